/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ONNX model's graph to a trace: what is data and what a parameter, node after node through
 * the operator table, outputs.  Operators themselves are rows of that table.
 *
 * A graph with initializers: inputs without one are data.  A graph without any: the first input
 * is data, all others are parameters, as exporters order them.
 */
#include "trace/import/onnx.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "trace/import/onnx_node.h"
#include "trace/import/onnx_wire.h"

#define MIN_OPSET 9

struct importer {
	struct draft d;
	const Onnx__GraphProto *graph;
	const struct import_options *options;
	int64_t opset;
	struct symbols values; /* by the names of the graph */
	struct symbols types;  /* Onnx__TypeProto of intermediate tensors, where the file has them */
};

static const char *text_of(const char *s)
{
	return s ? s : "";
}

static bool refuse(struct importer *im, enum err_code code, const char *what, const char *name)
{
	return err_set(im->d.err, code, "%s: %s '%.120s'", im->d.file, what, name);
}

static bool read_opset(struct importer *im, const Onnx__ModelProto *model)
{
	for (size_t i = 0; i < model->n_opset_import; i++) {
		const char *domain = text_of(model->opset_import[i]->domain);

		if (*domain == '\0' || strcmp(domain, "ai.onnx") == 0)
			im->opset = model->opset_import[i]->version;
	}
	return im->opset >= MIN_OPSET ||
	       err_set(im->d.err, ERR_INPUT,
		       "%s: operator set %" PRId64 " (expected %d or later); convert the model",
		       im->d.file, im->opset, MIN_OPSET);
}

static bool is_control_flow(const char *op)
{
	static const char *const names[] = { "If", "Loop", "Scan", "SequenceMap" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(op, names[i]) == 0)
			return true;
	return false;
}

static const struct onnx_row *row_of(const Onnx__NodeProto *node)
{
	const char *domain = text_of(node->domain);

	if (*domain && strcmp(domain, "ai.onnx") != 0)
		return NULL;
	return onnx_row_find(text_of(node->op_type));
}

static const char *name_of(const Onnx__NodeProto *node)
{
	if (node->name && *node->name)
		return node->name;
	if (node->n_output && *node->output[0])
		return node->output[0];
	return node->op_type && *node->op_type ? node->op_type : "node";
}

static void nearest_row(void *with, const char *name)
{
	nearest_offer(with, name);
}

#define LIST_MAX 700 /* characters of a list in a message */

/* One unknown operator: how often it is there, and where first. */
struct unknown {
	const char *op, *domain, *node;
	size_t n;
};

static void list_unknown(const struct unknown *u, struct buf *to, size_t *n_left_out)
{
	struct nearest near;

	if (to->len > LIST_MAX) {
		++*n_left_out;
		return;
	}
	nearest_init(&near, u->op);
	onnx_row_names(nearest_row, &near);
	buf_printf(to, "%s%.60s%s%.60s at '%.100s'", to->len ? ", " : "", u->domain,
		   *u->domain ? "." : "", u->op, u->node);
	if (u->n > 1)
		buf_printf(to, " and %zu more", u->n - 1);
	if (near.best && strcmp(near.best, u->op) != 0)
		buf_printf(to, " (nearest: %s)", near.best);
}

/* All of them at once, so that a user sees what is left to do. */
static bool check_operators(struct importer *im)
{
	struct symbols seen = { 0 };
	struct unknown **found = NULL;
	size_t n = 0, capacity = 0, left_out = 0;
	struct buf list = BUF_INIT;

	for (size_t i = 0; i < im->graph->n_node; i++) {
		const Onnx__NodeProto *node = im->graph->node[i];
		const char *op = text_of(node->op_type), *domain = text_of(node->domain);
		const char *key;
		struct unknown *u;

		if (row_of(node) || (im->options->takes_unknown && !is_control_flow(op)))
			continue;
		key = draft_text(&im->d, "%s.%s", domain, op);
		u = symbols_find(&seen, key);
		if (!u) {
			u = arena_alloc(im->d.arena, sizeof(*u));
			*u = (struct unknown){ .op = op, .domain = domain,
					       .node = name_of(node) };
			symbols_add(&seen, key, u);
			GROW(found, n, capacity);
			found[n++] = u;
		}
		u->n++;
	}
	for (size_t i = 0; i < n; i++)
		list_unknown(found[i], &list, &left_out);
	if (left_out)
		buf_printf(&list, ", and %zu more operators", left_out);
	if (n && is_control_flow(found[0]->op))
		err_set(im->d.err, ERR_INPUT,
			"%s: control flow or unknown operators: %s; a trace is a fixed list of "
			"operators: export the model without control flow",
			im->d.file, list.data);
	else if (n)
		err_set(im->d.err, ERR_INPUT,
			"%s: unknown operators: %s; --unknown=custom takes those that are no "
			"control flow as operators without work",
			im->d.file, list.data);
	buf_release(&list);
	symbols_release(&seen);
	free(found);
	return n == 0;
}

static bool bind(struct importer *im, struct value *v)
{
	return symbols_add(&im->values, v->name, v) ||
	       refuse(im, ERR_INPUT, "two tensors are named", v->name);
}

static void make_weight(struct value *v)
{
	v->is_set = v->is_static = true;
	v->is_weight = v->in_weight = value_elements(v) > 0;
}

static bool read_initializers(struct importer *im)
{
	if (im->graph->n_sparse_initializer)
		return err_set(im->d.err, ERR_INPUT,
			       "%s: sparse parameters, which a trace cannot hold", im->d.file);
	for (size_t i = 0; i < im->graph->n_initializer; i++) {
		const Onnx__TensorProto *t = im->graph->initializer[i];
		struct value *v = draft_value(&im->d, text_of(t->name));

		if (!onnx_tensor(&im->d, t, v))
			return false;
		make_weight(v);
		if (!bind(im, v))
			return false;
	}
	return true;
}

/* A dimension without a number: by its own name, or by the input's and its place. */
static bool symbolic_dim(struct importer *im, const char *input, size_t place, const char *symbol,
			 int64_t *out)
{
	const char *placed = draft_text(&im->d, "%s.%zu", input, place);

	for (size_t i = 0; i < im->options->n_dims; i++) {
		struct import_dim *dim = &im->options->dims[i];

		if ((*symbol && strcmp(dim->name, symbol) == 0) || strcmp(dim->name, placed) == 0) {
			dim->is_used = true;
			*out = dim->value;
			return true;
		}
	}
	return err_set(im->d.err, ERR_INPUT,
		       "%s: dimension %zu of input '%.100s' has no fixed size; give it with --dim "
		       "%.100s=N", im->d.file, place, input, *symbol ? symbol : placed);
}

static bool read_shape(struct importer *im, const Onnx__TypeProto *type, struct value *v)
{
	const Onnx__TensorShapeProto *shape;
	uint64_t elements = 1;

	if (!type || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ||
	    !type->tensor_type->shape || !onnx_dtype(type->tensor_type->elem_type, &v->dtype))
		return refuse(im, ERR_INPUT, "no shape, or no type that a trace can hold, for",
			      v->name);
	shape = type->tensor_type->shape;
	if (shape->n_dim > MAX_DIMS)
		return refuse(im, ERR_INPUT, "more than 8 dimensions in", v->name);
	v->n_dims = (unsigned)shape->n_dim;
	for (size_t d = 0; d < shape->n_dim; d++) {
		const Onnx__TensorShapeProto__Dimension *dim = shape->dim[d];
		bool is_number =
			dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
		bool is_named =
			dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;

		if (is_number && dim->dim_value > 0)
			v->dims[d] = dim->dim_value;
		else if (!symbolic_dim(im, v->name, d, is_named ? text_of(dim->dim_param) : "",
				       &v->dims[d]))
			return false;
		if (v->dims[d] < 1 || v->dims[d] > INT32_MAX ||
		    !mul_u64(elements, (uint64_t)v->dims[d], &elements) || elements >> 56)
			return refuse(im, ERR_INPUT,
				      "a dimension of more than 2^31-1, or more than 2^56 "
				      "elements, in", v->name);
	}
	v->is_set = true;
	return true;
}

static bool read_inputs(struct importer *im)
{
	bool has_initializers = im->graph->n_initializer > 0;

	for (size_t i = 0; i < im->graph->n_input; i++) {
		const Onnx__ValueInfoProto *info = im->graph->input[i];
		struct value *v;

		if (symbols_find(&im->values, text_of(info->name)))
			continue; /* an initializer's default, or bind() would have refused it */
		v = draft_value(&im->d, text_of(info->name));
		if (!read_shape(im, info->type, v) || !bind(im, v))
			return false;
		if (has_initializers || i == 0)
			v->is_input = true;
		else
			make_weight(v);
	}
	for (size_t i = 0; i < im->options->n_dims; i++)
		if (!im->options->dims[i].is_used)
			return refuse(im, ERR_USAGE, "no input has a dimension without a size named",
				      im->options->dims[i].name);
	return true;
}

static bool note_types(struct importer *im)
{
	for (size_t i = 0; i < im->graph->n_value_info; i++)
		symbols_add(&im->types, text_of(im->graph->value_info[i]->name),
			    im->graph->value_info[i]->type);
	for (size_t i = 0; i < im->graph->n_output; i++)
		symbols_add(&im->types, text_of(im->graph->output[i]->name),
			    im->graph->output[i]->type);
	return true;
}

/* An operator that memsim does not know: bytes in, bytes out, of the shapes that the file gives. */
static bool convert_unknown(struct importer *im, struct node *n)
{
	struct value **in = arena_alloc(im->d.arena, (n->n_in + 1) * sizeof(*in));
	unsigned n_in = 0;

	for (unsigned i = 0; i < n->n_in; i++)
		if (n->in[i])
			in[n_in++] = n->in[i];
	for (unsigned i = 0; i < n->n_out; i++) {
		if (!read_shape(im, symbols_find(&im->types, n->out[i]->name), n->out[i]))
			return false;
		n->out[i]->is_static = n->is_static;
	}
	node_step(n, "custom", in, n_in, n->out, n->n_out, "%s", "");
	return true;
}

static bool take_inputs(struct importer *im, struct node *n)
{
	n->n_in = (unsigned)n->proto->n_input;
	while (n->n_in && *n->proto->input[n->n_in - 1] == '\0')
		n->n_in--;
	n->in = arena_alloc(im->d.arena, (n->n_in + 1) * sizeof(*n->in));
	n->is_static = true;
	for (unsigned i = 0; i < n->n_in; i++) {
		const char *name = n->proto->input[i];

		if (*name == '\0')
			continue;
		n->in[i] = symbols_find(&im->values, name);
		if (!n->in[i])
			return node_fail(n, "its input '%.120s' is made by no node before it", name);
		if (!n->in[i]->is_set)
			return node_fail(n, "its input '%.120s' is an output that memsim does "
					    "not trace", name);
		n->is_static = n->is_static && n->in[i]->is_static;
	}
	return true;
}

static bool take_outputs(struct importer *im, struct node *n)
{
	n->n_out = (unsigned)n->proto->n_output;
	if (n->n_out == 0)
		return node_fail(n, "no output");
	n->out = arena_alloc(im->d.arena, n->n_out * sizeof(*n->out));
	for (unsigned i = 0; i < n->n_out; i++) {
		const char *name = n->proto->output[i];

		n->out[i] = draft_value(&im->d, *name ? name : draft_text(&im->d, "%s/out%u",
									   n->name, i));
		if (*name && !bind(im, n->out[i]))
			return false;
	}
	return true;
}

/* All inputs that must be there are. */
static bool check_inputs(struct node *n)
{
	const struct onnx_row *row = n->row;
	unsigned needed = row->max_in == ANY_NUMBER_OF_INPUTS ? n->n_in : row->min_in;

	if (n->n_in < row->min_in || n->n_in > row->max_in)
		return node_fail(n, "%u inputs (expected %u to %u)", n->n_in, row->min_in,
				 row->max_in);
	for (unsigned i = 0; i < needed; i++)
		if (!n->in[i])
			return node_fail(n, "input %u is missing", i);
	return true;
}

static bool convert_node(struct importer *im, size_t index)
{
	struct node n = { .d = &im->d, .proto = im->graph->node[index],
			  .opset = im->opset, .number = index + 1 };

	n.name = name_of(n.proto);
	n.row = row_of(n.proto);
	if (n.proto->n_input > UINT16_MAX || n.proto->n_output > UINT16_MAX)
		return node_fail(&n, "more than 65535 operands");
	if (!take_inputs(im, &n) || !take_outputs(im, &n))
		return false;
	if (!n.row)
		return convert_unknown(im, &n);
	return check_inputs(&n) && n.row->make(&n);
}

static bool mark_outputs(struct importer *im)
{
	for (size_t i = 0; i < im->graph->n_output; i++) {
		const char *name = text_of(im->graph->output[i]->name);
		struct value *v = symbols_find(&im->values, name);

		if (!v)
			return refuse(im, ERR_INPUT, "no node makes the output", name);
		/* what is not traced (a mask, an index) is not there to be an output */
		v->is_output = v->maker != NULL && !v->is_static;
	}
	return im->d.n_steps > 0 ||
	       err_set(im->d.err, ERR_INPUT, "%s: no operator works on the model's input",
		       im->d.file);
}

static bool convert_graph(struct importer *im)
{
	bool ok = check_operators(im) && read_initializers(im) && read_inputs(im) &&
		  note_types(im);

	for (size_t i = 0; ok && i < im->graph->n_node; i++)
		ok = convert_node(im, i);
	return ok && mark_outputs(im);
}

bool import_onnx(const char *name, const struct buf *file, const struct import_options *options,
		 struct buf *text, struct err *err)
{
	struct onnx_file onnx;
	struct importer im = { .options = options };
	const char *model;
	bool ok;

	if (!onnx_unpack(&onnx, name, file->data, file->len, err))
		return false;
	draft_init(&im.d, name, err);
	im.graph = onnx.model->graph;
	ok = im.graph ? read_opset(&im, onnx.model) && convert_graph(&im)
		      : err_set(err, ERR_INPUT, "%s: not an ONNX model: it has no graph", name);
	if (ok)
		onnx_settle(&im.d);
	if (ok && options->folds)
		onnx_fold_composites(&im.d);
	if (ok)
		onnx_drop_unread(&im.d);
	model = ok && im.graph->name && *im.graph->name ? im.graph->name : "onnx";
	ok = ok && draft_write(&im.d, model, text);
	draft_release(&im.d);
	symbols_release(&im.values);
	symbols_release(&im.types);
	onnx_release(&onnx);
	return ok;
}
