/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Import of ONNX models, from models that are written down here in a line a node: what each
 * operator becomes, by hand; what is refused, and how; and files that were damaged at random.
 */
#include <onnx.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/source.h"
#include "support/tap_main.h"
#include "trace/import/import.h"
#include "trace/import/onnx.h"

#define MAX_PARTS 16

/* A model under construction: everything lies in one arena. */
struct made {
	struct arena *arena;
	Onnx__ModelProto model;
	Onnx__GraphProto graph;
	Onnx__OperatorSetIdProto set, *sets[1];
	Onnx__NodeProto *nodes[MAX_PARTS];
	Onnx__ValueInfoProto *inputs[MAX_PARTS], *outputs[MAX_PARTS];
	Onnx__TensorProto *initializers[MAX_PARTS];
};

static void made_start(struct made *m, int64_t opset)
{
	*m = (struct made){ .arena = arena_new(),
			    .model = ONNX__MODEL_PROTO__INIT,
			    .graph = ONNX__GRAPH_PROTO__INIT,
			    .set = ONNX__OPERATOR_SET_ID_PROTO__INIT };
	m->set.has_version = true;
	m->set.version = opset;
	m->sets[0] = &m->set;
	m->model.has_ir_version = true;
	m->model.ir_version = 8;
	m->model.opset_import = m->sets;
	m->model.n_opset_import = 1;
	m->model.graph = &m->graph;
	m->graph.node = m->nodes;
	m->graph.input = m->inputs;
	m->graph.output = m->outputs;
	m->graph.initializer = m->initializers;
}

static char *word(struct made *m, const char *from, size_t len)
{
	return arena_strndup(m->arena, from, len);
}

/* Numbers between commas; names are symbolic dimensions. */
static size_t numbers(struct made *m, const char *text, int64_t **out)
{
	int64_t *v = arena_alloc(m->arena, 4096 * sizeof(*v));
	size_t n = 0;

	while (*text) {
		char *end;

		v[n++] = strtoll(text, &end, 10);
		ck_assert_msg(end != text, "'%s'", text);
		text = *end ? end + 1 : end;
	}
	*out = v;
	return n;
}

static Onnx__TypeProto *type_of(struct made *m, const char *dims)
{
	Onnx__TypeProto *type = arena_alloc(m->arena, sizeof(*type));
	Onnx__TypeProto__Tensor *tensor = arena_alloc(m->arena, sizeof(*tensor));
	Onnx__TensorShapeProto *shape = arena_alloc(m->arena, sizeof(*shape));

	onnx__type_proto__init(type);
	onnx__type_proto__tensor__init(tensor);
	onnx__tensor_shape_proto__init(shape);
	type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	type->tensor_type = tensor;
	tensor->has_elem_type = true;
	tensor->elem_type = 1;
	tensor->shape = shape;
	shape->dim = arena_alloc(m->arena, 16 * sizeof(Onnx__TensorShapeProto__Dimension *));
	while (*dims) {
		Onnx__TensorShapeProto__Dimension *d = arena_alloc(m->arena, sizeof(*d));
		size_t len = strcspn(dims, ",");

		onnx__tensor_shape_proto__dimension__init(d);
		if (*dims >= '0' && *dims <= '9') {
			d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
			d->dim_value = strtoll(dims, NULL, 10);
		} else {
			d->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
			d->dim_param = word(m, dims, len);
		}
		shape->dim[shape->n_dim++] = d;
		dims += len + (dims[len] == ',');
	}
	return type;
}

static Onnx__ValueInfoProto *info_of(struct made *m, const char *name, const char *dims)
{
	Onnx__ValueInfoProto *info = arena_alloc(m->arena, sizeof(*info));

	onnx__value_info_proto__init(info);
	info->name = word(m, name, strlen(name));
	info->type = dims ? type_of(m, dims) : NULL;
	return info;
}

static void input(struct made *m, const char *name, const char *dims)
{
	m->inputs[m->graph.n_input++] = info_of(m, name, dims);
}

static void output(struct made *m, const char *name)
{
	m->outputs[m->graph.n_output++] = info_of(m, name, NULL);
}

/* 64-bit integers, one dimension; of type 1 their values are the bits of f32. */
static Onnx__TensorProto *tensor(struct made *m, const char *name, int type, const char *values)
{
	Onnx__TensorProto *t = arena_alloc(m->arena, sizeof(*t));
	int64_t *v;

	onnx__tensor_proto__init(t);
	t->name = word(m, name, strlen(name));
	t->dims = arena_alloc(m->arena, sizeof(*t->dims));
	t->n_dims = 1;
	t->has_data_type = true;
	t->data_type = type;
	t->dims[0] = (int64_t)numbers(m, values, &v);
	if (type == 7) {
		t->int64_data = v;
		t->n_int64_data = (size_t)t->dims[0];
		return t;
	}
	t->has_raw_data = true;
	t->raw_data.len = 4 * (size_t)t->dims[0];
	t->raw_data.data = arena_alloc(m->arena, t->raw_data.len + 1);
	for (int64_t i = 0; i < t->dims[0]; i++)
		for (unsigned byte = 0; byte < 4; byte++)
			t->raw_data.data[4 * i + byte] = (uint8_t)((uint64_t)v[i] >> 8 * byte);
	return t;
}

static void constant(struct made *m, const char *name, const char *values)
{
	m->initializers[m->graph.n_initializer++] = tensor(m, name, 7, values);
}

/* A parameter without values. */
static void weight(struct made *m, const char *name, const char *dims)
{
	Onnx__TensorProto *t = tensor(m, name, 1, "");

	t->has_raw_data = false;
	t->has_data_location = true;
	t->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
	t->n_dims = numbers(m, dims, &t->dims);
	m->initializers[m->graph.n_initializer++] = t;
}

static size_t names(struct made *m, const char *text, char ***out)
{
	char **list = arena_alloc(m->arena, MAX_PARTS * sizeof(*list));
	size_t n = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		ck_assert_uint_lt(n, MAX_PARTS);
		list[n++] = *text == '-' ? word(m, "", 0) : word(m, text, len);
		text += len + (text[len] == ' ');
	}
	*out = list;
	return n;
}

/* "KEY=5" an integer, "KEY=[5,6]" integers, "KEY=word" a string. */
static Onnx__AttributeProto *attribute(struct made *m, const char *text, size_t len)
{
	Onnx__AttributeProto *a = arena_alloc(m->arena, sizeof(*a));
	size_t key = strcspn(text, "=");
	const char *value = word(m, text + key + 1, len - key - 1);

	onnx__attribute_proto__init(a);
	a->name = word(m, text, key);
	if (*value == '[') {
		a->n_ints = numbers(m, word(m, value + 1, strlen(value) - 2), &a->ints);
	} else if (*value == '-' || (*value >= '0' && *value <= '9')) {
		a->has_i = true;
		a->i = strtoll(value, NULL, 10);
	} else {
		a->has_s = true;
		a->s.data = (uint8_t *)word(m, value, strlen(value));
		a->s.len = strlen(value);
	}
	return a;
}

static Onnx__NodeProto *node(struct made *m, const char *op, const char *in, const char *out,
			     const char *attrs)
{
	Onnx__NodeProto *n = arena_alloc(m->arena, sizeof(*n));

	onnx__node_proto__init(n);
	n->op_type = word(m, op, strlen(op));
	n->n_input = names(m, in, &n->input);
	n->n_output = names(m, out, &n->output);
	n->attribute = arena_alloc(m->arena, MAX_PARTS * sizeof(*n->attribute));
	while (*attrs) {
		size_t len = strcspn(attrs, " ");

		n->attribute[n->n_attribute++] = attribute(m, attrs, len);
		attrs += len + (attrs[len] == ' ');
	}
	return m->nodes[m->graph.n_node++] = n;
}

static enum err_code import(struct made *m, const struct import_options *with, struct buf *text,
			    struct err *err)
{
	static const struct import_options plain;
	size_t len = onnx__model_proto__get_packed_size(&m->model);
	struct buf file = { .data = arena_alloc(m->arena, len + 1), .len = len };

	onnx__model_proto__pack(&m->model, (uint8_t *)file.data);
	*err = (struct err){ .code = ERR_NONE };
	buf_clear(text);
	import_onnx("m.onnx", &file, with ? with : &plain, text, err);
	return err->code;
}

static void expect_line(const struct buf *text, const char *line)
{
	ck_assert_msg(strstr(text->data, line) != NULL, "no '%s' in\n%s", line, text->data);
}

/* Nodes of one data input `x` and one output `y`, and lines that the trace must have. */
struct op_case {
	int64_t opset;
	const char *dims, *op, *in, *attrs;
	const char *lines[3];
};

static const struct op_case op_cases[] = {
	{ 11, "1,8,9,10", "MaxPool", "x", "kernel_shape=[3,3] strides=[2,2]",
	  { "tensor y f32 1x8x4x4 role=output\n", "op y maxpool in=x out=y kernel=3 stride=2\n" } },
	/* (10 - 3) / 2 = 3.5: one more window, which starts inside */
	{ 11, "1,8,9,10", "MaxPool", "x", "kernel_shape=[3,3] strides=[2,2] ceil_mode=1",
	  { "tensor y f32 1x8x4x5 role=output\n",
	    "op y maxpool in=x out=y kernel=3 stride=2 pad=0,0,0,1\n" } },
	/* a last window that would start in the pad does not count: 5 = 2 * 2 + 1 */
	{ 11, "1,8,4,4", "AveragePool", "x", "kernel_shape=[2,2] strides=[3,3] pads=[0,0,1,1] "
	  "ceil_mode=1", { "tensor y f32 1x8x2x2 role=output\n" } },
	{ 11, "1,8,5,6", "MaxPool", "x", "kernel_shape=[3,3] strides=[2,2] auto_pad=SAME_UPPER",
	  { "tensor y f32 1x8x3x3 role=output\n", " pad=1,0,1,1\n" } },
	{ 11, "1,8,5,6", "MaxPool", "x", "kernel_shape=[3,3] strides=[2,2] auto_pad=SAME_LOWER",
	  { "tensor y f32 1x8x3x3 role=output\n", " pad=1,1,1,0\n" } },
	{ 11, "1,8,64", "MaxPool", "x", "kernel_shape=[4] strides=[4]",
	  { "op y/x reshape in=x out=y/x\n", "op y maxpool in=y/x out=y/y kernel=1,4 stride=1,4\n",
	    "tensor y f32 1x8x16 role=output\n" } },
	{ 13, "1,8,5,6", "GlobalAveragePool", "x", "", { "tensor y f32 1x8x1x1 role=output\n" } },
	{ 13, "2,3,4", "ReduceMean", "x", "axes=[-2] keepdims=0",
	  { "op y reduce in=x out=y fn=mean axes=1 keepdims=0\n",
	    "tensor y f32 2x4 role=output\n" } },
	{ 13, "2,3,4", "ReduceMax", "x", "", { "tensor y f32 1x1x1 role=output\n" } },
	{ 13, "2,3,4", "ArgMax", "x", "axis=2 keepdims=0", { "tensor y i64 2x3 role=output\n" } },
	/* before set 13: over all dimensions from axis 1 on */
	{ 11, "2,3,4", "Softmax", "x", "", { "tensor y/flat f32 2x12\n",
	  "op y softmax in=y/flat out=y/soft axis=1\n", "tensor y f32 2x3x4 role=output\n" } },
	{ 13, "2,3,4", "Softmax", "x", "", { "op y softmax in=x out=y\n" } },
	{ 13, "2,3,4,5", "Flatten", "x", "axis=-1", { "tensor y f32 24x5 role=output\n" } },
	{ 11, "2,1,4,1", "Squeeze", "x", "axes=[1]", { "tensor y f32 2x4x1 role=output\n" } },
	{ 11, "2,1,4,1", "Squeeze", "x", "", { "tensor y f32 2x4 role=output\n" } },
	{ 11, "2,4", "Unsqueeze", "x", "axes=[0,-1]", { "tensor y f32 1x2x4x1 role=output\n" } },
	{ 13, "2,3,4", "Transpose", "x", "", { "op y transpose in=x out=y perm=2,1,0\n" } },
	{ 9, "8,9", "Slice", "x", "starts=[1,-3] ends=[100,-1]",
	  { "tensor y f32 7x2 role=output\n",
	    "op y slice in=x out=y axes=0,1 starts=1,6 ends=8,8" } },
	{ 11, "2,7", "Pad", "x", "pads=[1,0,2,3]", { "op y pad in=x out=y pads=1,0,2,3\n" } },
	{ 13, "1,8,4,6", "DepthToSpace", "x", "blocksize=2",
	  { "tensor y/blocks f32 1x2x2x2x4x6\n", "perm=0,3,4,1,5,2\n",
	    "tensor y f32 1x2x8x12 role=output\n" } },
	{ 13, "1,2,8,12", "SpaceToDepth", "x", "blocksize=2",
	  { "tensor y f32 1x8x4x6 role=output\n" } },
	{ 13, "4,6", "Cast", "x", "to=10", { "tensor y f16 4x6 role=output\n" } },
	{ 13, "4,6", "Not", "x", "", { "tensor y bool 4x6 role=output\n" } },
};

static void expect_import(struct made *m, struct buf *text)
{
	struct err err;

	ck_assert_msg(import(m, NULL, text, &err) == ERR_NONE, "%s", err.text);
}

static void made_end(struct made *m, struct buf *text)
{
	buf_release(text);
	arena_free(m->arena);
}

START_TEST(operators_of_one_input)
{
	const struct op_case *c = &op_cases[_i];
	struct buf text = BUF_INIT;
	struct made m;

	made_start(&m, c->opset);
	input(&m, "x", c->dims);
	weight(&m, "unused", "3");
	node(&m, c->op, c->in, "y", c->attrs);
	output(&m, "y");
	expect_import(&m, &text);
	for (unsigned i = 0; i < ARRAY_SIZE(c->lines) && c->lines[i]; i++)
		expect_line(&text, c->lines[i]);
	made_end(&m, &text);
}
END_TEST

/* Operators that take a parameter w as well, whose dimensions stand before the operator's. */
static const struct op_case weighted_cases[] = {
	/* 1 + (20 + 3 - (2 * 2 + 1)) / 3 = 7, 1 + (20 + 3 - 5) / 3 = 7 */
	{ 11, "2,6,20,20", "Conv", "9,2,3,3", "group=3 strides=[3,3] dilations=[2,2] pads=[1,2,2,1]",
	  { "tensor y f32 2x9x7x7 role=output\n",
	    "op y conv2d in=x,w out=y stride=3 pad=1,2,2,1 dilation=2 groups=3\n" } },
	{ 11, "2,6,30", "Conv", "4,6,5", "pads=[2,2]",
	  { "tensor y/w f32 4x6x1x5\n", "op y conv2d in=y/x,y/w out=y/y pad=0,2,0,2\n",
	    "tensor y f32 2x4x30 role=output\n" } },
	{ 11, "1,3,8,9,10", "Conv", "4,3,1,2,3", "", { "tensor y f32 1x4x8x8x8 role=output\n",
	  "op y conv3d in=x,w out=y\n" } },
	/* 2 * 7 + 4 - 1 - 2 + 1 = 16 with an output pad of 1 */
	{ 11, "1,6,8,8", "ConvTranspose", "6,4,4,4",
	  "strides=[2,2] pads=[1,1,2,2] output_padding=[1,1]",
	  { "tensor y f32 1x4x16x16 role=output\n" } },
	{ 11, "1,6,8,8", "ConvTranspose", "6,4,3,3", "strides=[2,2] output_shape=[16,16]",
	  { "tensor y f32 1x4x16x16 role=output\n", "pad=0,0,1,1" } },
	{ 13, "5,7", "Gemm", "4,7", "transB=1",
	  { "op y matmul in=x,w out=y transpose_b=1\n", "tensor y f32 5x4 role=output\n" } },
	{ 13, "3,1,5,7", "MatMul", "2,7,4", "", { "tensor y f32 3x2x5x4 role=output\n" } },
	{ 13, "7", "MatMul", "2,7,4", "", { "tensor y/product f32 2x1x4\n",
	  "tensor y f32 2x4 role=output\n" } },
	{ 13, "3,5,7", "MatMul", "7", "", { "tensor y/column f32 7x1\n",
	  "tensor y f32 3x5 role=output\n" } },
	{ 13, "3,1,7", "Add", "4,1", "", { "tensor y f32 3x4x7 role=output\n" } },
	{ 13, "3,7", "GatherElements", "3,2", "axis=1",
	  { "op y custom in=x,w out=y\n", "tensor y f32 3x2 role=output\n" } },
	{ 13, "3,7", "Greater", "7", "", { "tensor y bool 3x7 role=output\n",
	  "op y max in=x,w out=y\n" } },
};

START_TEST(operators_with_a_parameter)
{
	const struct op_case *c = &weighted_cases[_i];
	struct buf text = BUF_INIT;
	struct made m;

	made_start(&m, c->opset);
	input(&m, "x", c->dims);
	weight(&m, "w", c->in);
	node(&m, c->op, "x w", "y", c->attrs);
	output(&m, "y");
	expect_import(&m, &text);
	for (unsigned i = 0; i < ARRAY_SIZE(c->lines) && c->lines[i]; i++)
		expect_line(&text, c->lines[i]);
	made_end(&m, &text);
}
END_TEST

/* Shape(x)[1] * 2, -1: the chain that exporters write for a view. */
START_TEST(shape_arithmetic_is_folded)
{
	struct buf text = BUF_INIT;
	struct made m;

	made_start(&m, 13);
	input(&m, "x", "2,6,4");
	constant(&m, "one", "1");
	constant(&m, "two", "2");
	constant(&m, "rest", "-1");
	node(&m, "Shape", "x", "shape", "");
	node(&m, "Gather", "shape one", "six", "");
	node(&m, "Mul", "six two", "twelve", "");
	node(&m, "Concat", "twelve rest", "dims", "axis=0");
	node(&m, "Reshape", "x dims", "y", "");
	node(&m, "Split", "y", "a b", "axis=1");
	node(&m, "Mul", "a b", "z", "");
	output(&m, "z");
	expect_import(&m, &text);
	expect_line(&text, "tensor y f32 12x4\n");
	expect_line(&text, "op a split in=y out=a,b axis=1 sizes=2,2\n");
	expect_line(&text, "end-of-trace ops=3\n");
	ck_assert_ptr_null(strstr(text.data, "twelve"));
	made_end(&m, &text);
}
END_TEST

/* Where(Equal(shape, -1), ones, shape), as an exported expand() has it. */
START_TEST(open_dimensions_of_expand_are_folded)
{
	struct buf text = BUF_INIT;
	struct made m;

	made_start(&m, 13);
	input(&m, "x", "1,6");
	constant(&m, "want", "5,-1");
	constant(&m, "open", "-1");
	constant(&m, "ones", "1,1");
	node(&m, "Equal", "want open", "is_open", "");
	node(&m, "Where", "is_open ones want", "dims", "");
	node(&m, "Expand", "x dims", "y", "");
	node(&m, "Relu", "y", "z", "");
	output(&m, "z");
	expect_import(&m, &text);
	expect_line(&text, "tensor y f32 5x6\n");
	made_end(&m, &text);
}
END_TEST

START_TEST(sizes_by_scale_round_as_floats_do)
{
	/* 0.7f is 0.69999999; times 10 the nearest float is 7 */
	static const struct {
		const char *bits, *line;
	} t[] = {
		{ "1065353216,1065353216,1060320051,1073741824", "tensor y f32 1x3x7x20 " },
		{ "1065353216,1065353216,1073741824,1077936128", "tensor y f32 1x3x20x30 " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct buf text = BUF_INIT;
		struct made m;

		made_start(&m, 13);
		input(&m, "x", "1,3,10,10");
		m.initializers[m.graph.n_initializer++] = tensor(&m, "scales", 1, t[i].bits);
		node(&m, "Resize", "x - scales", "y", "mode=nearest");
		output(&m, "y");
		expect_import(&m, &text);
		expect_line(&text, t[i].line);
		expect_line(&text, i == 0 ? "op y custom " : "upsample in=x out=y scale=2,3\n");
		made_end(&m, &text);
	}
}
END_TEST

START_TEST(symbolic_dimensions)
{
	struct import_dim dims[] = { { "batch", 3, false }, { "x.1", 7, false },
				     { "absent", 1, false } };
	struct import_options with = { .dims = dims };
	struct buf text = BUF_INIT;
	struct made m;
	struct err err;

	made_start(&m, 13);
	input(&m, "x", "batch,?,4");
	node(&m, "Relu", "x", "y", "");
	output(&m, "y");
	ck_assert_int_eq(import(&m, NULL, &text, &err), ERR_INPUT);
	ck_assert_msg(strstr(err.text, "--dim batch=N"), "%s", err.text);
	with.n_dims = 2;
	ck_assert_msg(import(&m, &with, &text, &err) == ERR_NONE, "%s", err.text);
	expect_line(&text, "tensor y f32 3x7x4 role=output\n");
	with.n_dims = 3;
	ck_assert_int_eq(import(&m, &with, &text, &err), ERR_USAGE);
	ck_assert_msg(strstr(err.text, "'absent'"), "%s", err.text);
	buf_release(&text);
	arena_free(m.arena);
}
END_TEST

START_TEST(unknown_operators_are_listed_at_once)
{
	struct import_options with = { .takes_unknown = true };
	struct buf text = BUF_INIT;
	struct made m;
	struct err err;

	made_start(&m, 13);
	input(&m, "x", "3,4");
	node(&m, "Zyx", "x", "a", "");
	node(&m, "Zyx", "a", "b", "");
	node(&m, "Rellu", "b", "c", "")->domain = word(&m, "com.acme", 8);
	output(&m, "c");
	ck_assert_int_eq(import(&m, NULL, &text, &err), ERR_INPUT);
	ck_assert_msg(strstr(err.text, "Zyx at 'a' and 1 more (nearest: Max), com.acme.Rellu at 'c' "
				       "(nearest: Relu)"), "%s", err.text);
	ck_assert_int_eq(import(&m, &with, &text, &err), ERR_INPUT);
	ck_assert_msg(strstr(err.text, "no shape"), "%s", err.text);
	m.graph.n_value_info = 2;
	m.graph.value_info = (Onnx__ValueInfoProto *[]){ info_of(&m, "a", "5,4"),
							 info_of(&m, "b", "6,4") };
	m.outputs[0] = info_of(&m, "c", "7,8");
	ck_assert_msg(import(&m, &with, &text, &err) == ERR_NONE, "%s", err.text);
	expect_line(&text, "op b custom in=a out=b\n");
	expect_line(&text, "tensor c f32 7x8 role=output\n");
	node(&m, "Loop", "c", "d", "");
	ck_assert_int_eq(import(&m, &with, &text, &err), ERR_INPUT);
	ck_assert_msg(strstr(err.text, "control flow or unknown operators: Loop at 'd'"), "%s",
		      err.text);
	buf_release(&text);
	arena_free(m.arena);
}
END_TEST

/* Faults of one node that follows x of 4 by 6, and what the message says. */
static const struct {
	const char *op, *in, *out, *attrs, *why;
} faults[] = {
	{ "Relu", "later", "y", "", "its input 'later' is made by no node before it" },
	{ "Relu", "y", "y", "", "its input 'y' is made by no node before it" },
	{ "Relu", "x", "x", "", "two tensors are named 'x'" },
	{ "Relu", "x x", "y", "", "2 inputs (expected 1 to 1)" },
	{ "Add", "x -", "y", "", "1 inputs (expected 2 to 2)" },
	{ "Add", "- x", "y", "", "input 0 is missing" },
	{ "Relu", "x", "", "", "no output" },
	{ "Reshape", "x x", "y", "", "the values of input 1 ('x') are not known before the run" },
	{ "Reshape", "x big", "y", "", "(expected 1 to 2147483647)" },
	{ "Reshape", "x bigger", "y", "", "a dimension of 4" },
	{ "Expand", "x huge", "y", "", "(expected 1 to 2147483647)" },
	{ "Expand", "x many", "y", "", "2^56 elements" },
	{ "Concat", "x x", "y", "axis=5", "axis 5 is outside its 2 dimensions" },
	{ "Transpose", "x", "y", "perm=[0,0]", "perm is no permutation" },
	{ "MaxPool", "x", "y", "kernel_shape=[2,2]", "an input of 2 dimensions (expected 3 to 5)" },
	{ "MatMul", "x x", "y", "", "the inner dimensions differ (found 6 and 4)" },
	{ "Slice", "x", "y", "starts=[5] ends=[5]", "dimension 0 of 'y' would be 0" },
	{ "Split", "x", "y z", "axis=0 split=[1,1]", "the parts leave 2 of 4" },
	{ "Tile", "x many", "y", "", "6 repeats for 2 dimensions" },
	{ "Unsqueeze", "x", "y", "axes=[0,0]", "names axis 0 twice" },
	{ "Cast", "x", "y", "to=8", "cannot convert to type 8" },
	{ "Conv", "x x", "y", "", "an input of 2 dimensions" },
};

START_TEST(faults_are_named)
{
	struct buf text = BUF_INIT;
	struct made m;
	struct err err;

	made_start(&m, 13);
	input(&m, "x", "4,6");
	constant(&m, "big", "4294967296,1");
	constant(&m, "huge", "4294967296,4,6");
	constant(&m, "bigger", "4611686018427387904,4");
	constant(&m, "many", "65536,65536,65536,65536,4,6");
	node(&m, faults[_i].op, faults[_i].in, faults[_i].out, faults[_i].attrs);
	output(&m, "x");
	ck_assert_int_eq(import(&m, NULL, &text, &err), ERR_INPUT);
	ck_assert_msg(strstr(err.text, faults[_i].why), "%s", err.text);
	ck_assert_msg(strncmp(err.text, "m.onnx: ", 8) == 0, "%s", err.text);
	buf_release(&text);
	arena_free(m.arena);
}
END_TEST

static enum err_code import_bytes(const char *data, size_t len, struct err *err)
{
	static const struct import_options plain, all = { .takes_unknown = true, .folds = true };
	struct buf file = { .data = (char *)data, .len = len }, text = BUF_INIT;
	enum err_code code;

	*err = (struct err){ .code = ERR_NONE };
	import_onnx("m.onnx", &file, len % 2 ? &plain : &all, &text, err);
	code = err->code;
	buf_release(&text);
	return code;
}

/* Graphs in attributes of nodes in graphs: "nested nonsense" would overflow any stack. */
START_TEST(deep_nesting_is_refused)
{
	/* a graph's node, its attribute, that one's graph; around them the model's graph */
	static const char tags[] = { 0x0a, 0x2a, 0x32 };
	unsigned n_levels = 100000;
	size_t size = 4 * (size_t)n_levels, len = 0;
	char *bytes = xmalloc(size);
	struct err err;

	for (unsigned level = 0; level < n_levels; level++) { /* from the innermost */
		char *at = bytes + size - len - 4;
		unsigned depth = n_levels - 1 - level;

		at[0] = depth ? tags[(depth - 1) % 3] : 0x3a;
		at[1] = (char)((len & 0x7f) | 0x80); /* three bytes of length */
		at[2] = (char)((len >> 7 & 0x7f) | 0x80);
		at[3] = (char)(len >> 14 & 0x7f);
		len += 4;
	}
	ck_assert_int_eq(import_bytes(bytes + size - len, len, &err), ERR_INPUT);
	ck_assert_msg(strstr(err.text, "nest more than 64 deep"), "%s", err.text);
	free(bytes);
}
END_TEST

/* Two bytes each, which unpack to some 60: memory must stay within its bound. */
START_TEST(many_empty_parts_are_bounded)
{
	size_t len = 16 << 20;
	char *bytes = xmalloc(len);
	struct err err;

	for (size_t i = 0; i < len; i += 2) {
		bytes[i] = 0x42; /* opset_import */
		bytes[i + 1] = 0;
	}
	ck_assert_int_eq(import_bytes(bytes, len, &err), ERR_LIMIT);
	ck_assert_msg(strstr(err.text, "would take more than 320 MiB"), "%s", err.text);
	free(bytes);
}
END_TEST

static void read_data(const char *name, struct buf *to)
{
	const char *top = getenv("TOP_SRCDIR"), *data;
	char *path = xasprintf("%s/tests/data/onnx/%s", top ? top : ".", name);
	struct err err = { .code = ERR_NONE };
	struct source *s = source_open(path, "model", 1 << 24, &err);
	size_t len;

	ck_assert_msg(s != NULL, "%s", err.text);
	while (source_next(s, &data, &len, &err) && len > 0)
		buf_add(to, data, len);
	source_close(s);
	free(path);
}

static uint64_t draw(uint64_t *state, uint64_t n)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15; /* splitmix64: public domain, S. Vigna */

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return (z ^ z >> 31) % n;
}

/* Flips, cuts, runs of a byte, and pieces that stand elsewhere too. */
static size_t damage(struct buf *b, const struct buf *whole, uint64_t *state)
{
	size_t len = whole->len;

	memcpy(b->data, whole->data, len);
	for (uint64_t edits = 1 + draw(state, 4); edits-- > 0;) {
		size_t at = draw(state, len), run = 1 + draw(state, 16);

		if (run > len - at)
			run = len - at;
		switch (draw(state, 5)) {
		case 0:
			b->data[at] = (char)(b->data[at] ^ 1 << draw(state, 8));
			break;
		case 1:
			memset(b->data + at, (int)draw(state, 256), run);
			break;
		case 2:
			memmove(b->data + at, whole->data + draw(state, len - run + 1), run);
			break;
		case 3:
			b->data[at] = (char)(b->data[at] + 1);
			break;
		default:
			len = draw(state, 8) ? len : at + 1;
		}
	}
	return len;
}

static const char *const files[] = { "resnet50.onnx.gz", "mobilenet_v2.external.onnx.gz" };
#define DAMAGES 60 /* a case; MEMSIM_SOAK=N makes it N times as many */

START_TEST(damaged_files)
{
	const char *soak = getenv("MEMSIM_SOAK");
	unsigned n = DAMAGES * (unsigned)(soak ? atoi(soak) : 1), n_good = 0;
	struct buf whole = BUF_INIT, damaged = BUF_INIT;
	uint64_t state = (uint64_t)_i;
	struct err err;

	read_data(files[_i % 2], &whole);
	ck_assert_int_eq(import_bytes(whole.data, whole.len, &err), ERR_NONE);
	buf_add(&damaged, whole.data, whole.len);
	for (unsigned i = 0; i < n; i++) {
		size_t len = damage(&damaged, &whole, &state);
		enum err_code code = import_bytes(damaged.data, len, &err);

		ck_assert_msg(code == ERR_NONE || code == ERR_INPUT || code == ERR_LIMIT, "%d: %s",
			      code, err.text);
		ck_assert(code == ERR_NONE || strncmp(err.text, "m.onnx:", 7) == 0);
		ck_assert_ptr_null(strchr(err.text, '\n'));
		n_good += code == ERR_NONE;
	}
	ck_assert_uint_lt(n_good, n); /* some damage was noticed */
	buf_release(&whole);
	buf_release(&damaged);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("onnx");
	TCase *tc = tcase_create("operators"), *bad = tcase_create("bad");

	tcase_add_loop_test(tc, operators_of_one_input, 0, ARRAY_SIZE(op_cases));
	tcase_add_loop_test(tc, operators_with_a_parameter, 0, ARRAY_SIZE(weighted_cases));
	tcase_add_test(tc, shape_arithmetic_is_folded);
	tcase_add_test(tc, open_dimensions_of_expand_are_folded);
	tcase_add_test(tc, sizes_by_scale_round_as_floats_do);
	tcase_add_test(tc, symbolic_dimensions);
	tcase_add_test(bad, unknown_operators_are_listed_at_once);
	tcase_add_loop_test(bad, faults_are_named, 0, ARRAY_SIZE(faults));
	tcase_add_test(bad, deep_nesting_is_refused);
	tcase_add_test(bad, many_empty_parts_are_bounded);
	tcase_add_loop_test(bad, damaged_files, 0, 8);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, bad);
	return tap_main(suite);
}
