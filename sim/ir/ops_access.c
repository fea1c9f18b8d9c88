/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access relations of the kinds: which indices of each input an output index and a
 * reduction index need, the reduction axes, and the matrix product they make.
 * What is done with a relation (regions, bytes) is access.c.
 */
#include "ir/op_row.h"

static const struct axis_access fixed = { .out_dim = -1, .red_dim = -1, .out_div = 1 };

static void add_red(struct op_info *out, uint64_t extent)
{
	BUG_ON(out->n_red == OP_MAX_RED);
	out->red[out->n_red++] = extent;
}

/* A new input's relation, all of whose axes are at index 0. */
struct access *add_access(struct op_info *out, unsigned n_dims)
{
	struct access *a = &out->access[out->n_access++];

	*a = (struct access){ .n_dims = n_dims };
	for (unsigned d = 0; d < n_dims; d++)
		a->axis[d] = fixed;
	return a;
}

void follow_out(struct axis_access *a, unsigned out_dim)
{
	a->out_dim = (int8_t)out_dim;
	a->out_mul = 1;
}

static void follow_red(struct axis_access *a, unsigned red_dim, int64_t step)
{
	a->red_dim = (int8_t)red_dim;
	a->red_mul = step;
}

static void identity(struct access *a)
{
	for (unsigned d = 0; d < a->n_dims; d++)
		follow_out(&a->axis[d], d);
}

/* Right-aligned with the output; a dimension of 1 stays at index 0. */
void add_broadcast(const struct op_ctx *c, struct op_info *out, unsigned i)
{
	const struct shape *s = input_shape(c, i);
	struct access *a = add_access(out, s->n_dims);

	for (unsigned d = 0; d < s->n_dims; d++)
		if (s->dims[d] != 1)
			follow_out(&a->axis[d], out->out.n_dims - s->n_dims + d);
}

/* A vector along one dimension of the output, if the operator has that input. */
static void add_vector(const struct op_ctx *c, struct op_info *out, unsigned i, unsigned out_dim)
{
	if (i < c->op->n_inputs)
		follow_out(&add_access(out, 1)->axis[0], out_dim);
}

static enum dtype dtype_of(const struct op_ctx *c, unsigned i)
{
	return c->g->tensors[op_input(c->g, c->op, i)].dtype;
}

/* Integers are widened to the other operand's floating type; of two alike, the wider counts. */
static enum dtype product_dtype(const struct op_ctx *c)
{
	enum dtype a = dtype_of(c, 0), b = dtype_of(c, 1);

	if (dtype_is_int(a) != dtype_is_int(b))
		return dtype_is_int(a) ? b : a;
	return dtype_bits(b) > dtype_bits(a) ? b : a;
}

/* The bias is added, or at least the sum converted, on the way out of the accumulators. */
static void set_epilogue(struct op_info *out, bool has_bias)
{
	out->per_output.n[has_bias ? VECTOR_ADD : VECTOR_CONVERT] = 1;
}

static void window_axis(struct axis_access *a, const struct window *w, unsigned d, unsigned red_dim)
{
	follow_out(a, 2 + d);
	a->out_mul = w->stride[d];
	follow_red(a, red_dim, w->dilation[d]);
	a->offset = -w->pad_lo[d];
}

/* Input channels of a group: those of the block that the output channel is in. */
static void channel_axis(struct axis_access *a, const struct window *w, uint32_t out_channels,
			 uint32_t group_channels)
{
	follow_red(a, 0, 1);
	if (w->groups == 1)
		return;
	a->out_dim = 1;
	a->out_div = out_channels / w->groups;
	a->out_mul = group_channels;
}

void describe_conv(const struct op_ctx *c, struct op_info *out)
{
	const struct shape *weight = input_shape(c, 1);
	struct access *x, *k;
	struct window w;

	op_window(c->g, c->op, &w, NULL, 0);
	add_red(out, weight->dims[1]);
	x = add_access(out, w.n + 2);
	k = add_access(out, w.n + 2);
	follow_out(&x->axis[0], 0);
	channel_axis(&x->axis[1], &w, weight->dims[0], weight->dims[1]);
	follow_out(&k->axis[0], 1);
	follow_red(&k->axis[1], 0, 1);
	for (unsigned d = 0; d < w.n; d++) {
		add_red(out, (uint64_t)w.kernel[d]);
		window_axis(&x->axis[2 + d], &w, d, 1 + d);
		follow_red(&k->axis[2 + d], 1 + d, 1);
	}
	add_vector(c, out, 2, 1);
	out->contract_axis = 0;
	out->column_dims = 1u << 1;
	out->row_dims = ((1u << (w.n + 2)) - 1) & ~out->column_dims;
	out->n_per_block = w.groups > 1 ? weight->dims[0] / (uint64_t)w.groups : 0;
	out->matrix_dtype = product_dtype(c);
	set_epilogue(out, c->op->n_inputs > 2);
}

/* Input index i meets tap r at the output's index i stride + r dilation - pad. */
static void undo_axis(struct axis_access *a, const struct window *w, unsigned d, uint32_t extent)
{
	follow_out(a, 2 + d);
	follow_red(a, 1 + d, w->dilation[d]);
	a->undoes = true;
	a->out_div = w->stride[d];
	a->out_bias = w->pad_lo[d];
	a->n_indices = extent;
}

void describe_conv_transpose(const struct op_ctx *c, struct op_info *out)
{
	const struct shape *weight = input_shape(c, 1), *in = input_shape(c, 0);
	uint64_t macs = tensor_elements(c->g, op_input(c->g, c->op, 0));
	struct access *x, *k;
	struct window w;

	op_window(c->g, c->op, &w, NULL, 0);
	for (unsigned d = 1; d < weight->n_dims; d++)
		macs = mul_sat_u64(macs, weight->dims[d]);
	out->macs = macs;
	add_red(out, weight->dims[0] / (uint64_t)w.groups);
	x = add_access(out, w.n + 2);
	k = add_access(out, w.n + 2);
	follow_out(&x->axis[0], 0);
	channel_axis(&x->axis[1], &w, output_shape(c, 0)->dims[1], (uint32_t)out->red[0]);
	k->axis[0] = x->axis[1];
	if (w.groups == 1)
		follow_out(&k->axis[1], 1);
	else /* which of a group's it is no axis says */
		k->axis[1].whole = weight->dims[1] > 1;
	for (unsigned d = 0; d < w.n; d++) {
		add_red(out, (uint64_t)w.kernel[d]);
		undo_axis(&x->axis[2 + d], &w, d, in->dims[2 + d]);
		follow_red(&k->axis[2 + d], 1 + d, 1);
	}
	add_vector(c, out, 2, 1);
	out->contract_axis = 0;
	out->column_dims = 1u << 1;
	out->row_dims = ((1u << (w.n + 2)) - 1) & ~out->column_dims;
	out->n_per_block = w.groups > 1 ? weight->dims[1] : 0;
	out->matrix_dtype = product_dtype(c);
	set_epilogue(out, c->op->n_inputs > 2);
}

/* Output positions that a mask leaves: row i sees columns up to i + columns - rows, and of
 * those the last `window`. */
static uint64_t visible(uint64_t rows, uint64_t columns, uint64_t window)
{
	uint64_t first = columns >= rows ? columns - rows + 1 : 1; /* columns seen by the first row
								    * that sees any */
	uint64_t ramp_end = min_u64(window, columns), n = 0;

	if (first < ramp_end) { /* rows that see first .. ramp_end - 1 */
		unsigned __int128 twice =
			(unsigned __int128)(first + ramp_end - 1) * (ramp_end - first);
		n = (uint64_t)(twice / 2);
		first = ramp_end;
	}
	return n + (columns - first + 1) * ramp_end;
}

/* The mask, and the work that it leaves. */
static void set_mask(const struct op_ctx *c, struct op_info *info)
{
	size_t n;
	const int64_t *mask = attr_values(c->g, c->op, ATTR_mask, &n);
	const struct shape *out = output_shape(c, 0);
	uint64_t rows = out->dims[out->n_dims - 2], columns = out->dims[out->n_dims - 1];
	uint64_t positions;

	if (mask[0] == MASK_NONE)
		return;
	info->mask_shift = (int64_t)columns - (int64_t)rows;
	info->mask_window =
		mask[0] == MASK_WINDOW ? min_u64((uint64_t)mask[1], columns) : columns;
	positions = visible(rows, columns, info->mask_window);
	for (unsigned d = 0; d + 2 < out->n_dims; d++)
		positions = mul_sat_u64(positions, out->dims[d]);
	info->macs = mul_sat_u64(positions, info->red[0]);
}

/* Batch dimensions are right-aligned with the output's. */
static struct access *add_operand(const struct op_ctx *c, struct op_info *out, unsigned i)
{
	struct access *a = add_access(out, input_shape(c, i)->n_dims);

	for (unsigned d = 0; d + 2 < a->n_dims; d++)
		if (input_shape(c, i)->dims[d] != 1)
			follow_out(&a->axis[d], out->out.n_dims - a->n_dims + d);
	return a;
}

/* A scale for each column of b, or for each group of its elements along K; of the groups,
 * those of the whole of K. */
static void add_scale(const struct op_ctx *c, struct op_info *out, unsigned i, unsigned k_at)
{
	struct access *a;

	if (i == 0)
		return;
	if (attr_int(c->g, c->op, ATTR_group) == 0) {
		add_vector(c, out, i, out->out.n_dims - 1);
		return;
	}
	a = add_operand(c, out, i);
	follow_out(&a->axis[a->n_dims - 2 + (a->n_dims - 1 - k_at)], out->out.n_dims - 1);
	a->axis[k_at].whole = true;
}

/* The two product dimensions of an operand: where the output's row or column goes, and K. */
static void product_axes(struct access *a, unsigned out_at, unsigned out_dim, unsigned k_at)
{
	a->axis[out_at] = a->axis[k_at] = fixed;
	follow_out(&a->axis[out_at], out_dim);
	follow_red(&a->axis[k_at], 0, 1);
}

void describe_matmul(const struct op_ctx *c, struct op_info *out)
{
	bool ta = attr_int(c->g, c->op, ATTR_transpose_a),
	     tb = attr_int(c->g, c->op, ATTR_transpose_b);
	struct matmul_operands operands = matmul_operands(c->g, c->op);
	const struct shape *a_shape = input_shape(c, 0), *b_shape = input_shape(c, 1);
	unsigned n = out->out.n_dims;
	struct access *a, *b;

	add_red(out, a_shape->dims[a_shape->n_dims - (ta ? 2 : 1)]);
	a = add_operand(c, out, 0);
	b = add_operand(c, out, 1);
	product_axes(a, a->n_dims - (ta ? 1 : 2), n - 2, a->n_dims - (ta ? 2 : 1));
	product_axes(b, b->n_dims - (tb ? 2 : 1), n - 1, b->n_dims - (tb ? 1 : 2));
	if (operands.bias)
		add_broadcast(c, out, operands.bias);
	add_scale(c, out, operands.scale, b->n_dims - (tb ? 1 : 2));
	out->contract_axis = 0;
	out->column_dims = 1u << (n - 1);
	out->row_dims = 1u << (n - 2);
	/* Batches that share b are more rows of one product. */
	for (unsigned d = 0; d + 2 < n; d++)
		if (d + b_shape->n_dims < n || b_shape->dims[d + b_shape->n_dims - n] == 1)
			out->row_dims |= 1u << d;
	out->matrix_dtype = product_dtype(c);
	set_epilogue(out, operands.bias != 0);
	set_mask(c, out);
}

void describe_broadcast(const struct op_ctx *c, struct op_info *out)
{
	for (unsigned i = 0; i < c->op->n_inputs; i++)
		add_broadcast(c, out, i);
}

void describe_upsample(const struct op_ctx *c, struct op_info *out)
{
	bool bilinear = attr_int(c->g, c->op, ATTR_mode) == MODE_BILINEAR;
	struct access *x = add_access(out, out->out.n_dims);

	identity(x);
	for (unsigned d = 2; d < x->n_dims; d++) {
		struct axis_access *a = &x->axis[d];

		a->out_div = output_shape(c, 0)->dims[d] / input_shape(c, 0)->dims[d];
		if (!bilinear || a->out_div == 1)
			continue;
		/* Pixel centres align: taps at floor((o + 1/2) / s - 1/2) and the next. */
		a->out_bias = -(a->out_div / 2);
		follow_red(a, out->n_red, 1);
		add_red(out, 2);
	}
	if (bilinear) /* a tap is a multiplication and an addition */
		out->per_reduced = (struct vector_cost){ { [VECTOR_MUL] = 1, [VECTOR_ADD] = 1 } };
}

void describe_pool(const struct op_ctx *c, struct op_info *out)
{
	struct access *x = add_access(out, out->out.n_dims);
	struct window w;

	op_window(c->g, c->op, &w, NULL, 0);
	follow_out(&x->axis[0], 0);
	follow_out(&x->axis[1], 1);
	for (unsigned d = 0; d < w.n; d++) {
		add_red(out, (uint64_t)w.kernel[d]);
		window_axis(&x->axis[2 + d], &w, d, d);
	}
}

void describe_global_pool(const struct op_ctx *c, struct op_info *out)
{
	struct access *x = add_access(out, out->out.n_dims);

	follow_out(&x->axis[0], 0);
	follow_out(&x->axis[1], 1);
	for (unsigned d = 2; d < x->n_dims; d++) {
		follow_red(&x->axis[d], out->n_red, 1);
		add_red(out, input_shape(c, 0)->dims[d]);
	}
}

/* An element of an affine vector is one more operation for each output. */
static void add_affine(struct op_info *out, unsigned i)
{
	out->apply.n[i == 1 ? VECTOR_MUL : VECTOR_ADD]++;
}

static void finish_norm(struct op_info *out)
{
	out->is_norm = true;
	for (unsigned v = 0; v < N_VECTOR_CLASSES; v++)
		out->per_output.n[v] = out->stats.n[v] + out->apply.n[v];
}

void describe_group_norm(const struct op_ctx *c, struct op_info *out)
{
	int64_t block = input_shape(c, 0)->dims[1] / attr_int(c->g, c->op, ATTR_groups);
	struct access *x = add_access(out, out->out.n_dims);

	identity(x);
	x->is_normalised = true;
	if (block > 1) {
		x->axis[1].whole = true;
		x->axis[1].block = block;
	}
	for (unsigned d = 2; d < x->n_dims; d++)
		x->axis[d].whole = true;
	for (unsigned i = 1; i < c->op->n_inputs; i++) {
		add_vector(c, out, i, 1);
		add_affine(out, i);
	}
	finish_norm(out);
}

void describe_axis_norm(const struct op_ctx *c, struct op_info *out)
{
	struct access *x = add_access(out, out->out.n_dims);
	unsigned axis;

	op_axis(c, x->n_dims, &axis);
	identity(x);
	x->is_normalised = true;
	for (unsigned d = axis; d < x->n_dims; d++)
		x->axis[d].whole = true;
	for (unsigned i = 1; i < c->op->n_inputs; i++) {
		struct access *affine = add_access(out, input_shape(c, i)->n_dims);

		for (unsigned d = 0; d < affine->n_dims; d++)
			follow_out(&affine->axis[d], axis + d);
		add_affine(out, i);
		out->online.element.n[VECTOR_MUL]++;
	}
	if (c->op->n_inputs > 2)
		out->online.state = 0; /* an offset is not what a row's elements share */
	finish_norm(out);
}

void describe_softmax(const struct op_ctx *c, struct op_info *out)
{
	struct access *x = add_access(out, out->out.n_dims);
	unsigned axis;

	op_axis(c, x->n_dims, &axis);
	identity(x);
	x->is_normalised = true;
	x->axis[axis].whole = true;
	finish_norm(out);
}

void describe_batch_norm(const struct op_ctx *c, struct op_info *out)
{
	identity(add_access(out, out->out.n_dims));
	add_vector(c, out, 1, 1);
	add_vector(c, out, 2, 1);
}

void describe_reduce(const struct op_ctx *c, struct op_info *out)
{
	const struct shape *in = input_shape(c, 0);
	bool keep = attr_int(c->g, c->op, ATTR_keepdims);
	struct access *x = add_access(out, in->n_dims);
	uint64_t points = 1;
	uint32_t mask;

	op_axes(c, in->n_dims, &mask);
	if (attr_int(c->g, c->op, ATTR_fn) == REDUCE_MEAN)
		out->per_output.n[VECTOR_MUL] = 1;
	for (unsigned d = 0, o = 0; d < in->n_dims; d++) {
		if (!(mask & 1u << d)) {
			follow_out(&x->axis[d], o++);
			continue;
		}
		o += keep;
		points *= in->dims[d];
		if (out->n_red == OP_MAX_RED) {
			x->axis[d].whole = true;
			out->refusal = "a reduction over more than 4 axes cannot be planned yet";
			continue;
		}
		follow_red(&x->axis[d], out->n_red, 1);
		add_red(out, in->dims[d]);
	}
	out->vector_ops =
		mul_sat_u64(region_elements(&out->out), points + out->per_output.n[VECTOR_MUL]);
}

/* Elements of all inputs, of one that comes twice once. */
static uint64_t read_elements(const struct op_ctx *c)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < c->op->n_inputs; i++) {
		bool is_first = true;

		for (unsigned j = 0; j < i; j++)
			is_first &= op_input(c->g, c->op, j) != op_input(c->g, c->op, i);
		if (is_first)
			n = add_sat_u64(n, tensor_elements(c->g, op_input(c->g, c->op, i)));
	}
	return n;
}

/* The work of each of n elements over which `work` is spread, rounded up. */
static uint64_t share_of(uint64_t work, uint64_t n)
{
	return work == 0 ? 0 : (work - 1) / n + 1;
}

/*
 * Spread evenly: multiply-accumulates over the elements of the first output, whose largest
 * dimension is a product's columns; vector work over the elements that are read, or made if
 * none are.
 */
void describe_custom(const struct op_ctx *c, struct op_info *out)
{
	uint64_t made = region_elements(&out->out), read = read_elements(c), ops;

	out->is_opaque = true;
	out->macs = (uint64_t)attr_int(c->g, c->op, ATTR_macs);
	out->vector_ops = (uint64_t)attr_int(c->g, c->op, ATTR_vector_ops);
	out->class = out->macs ? OP_CLASS_MATRIX : OP_CLASS_VECTOR;
	out->matrix_dtype =
		c->op->n_inputs ? dtype_of(c, 0) : c->g->tensors[op_output(c->g, c->op, 0)].dtype;
	ops = share_of(out->vector_ops, read ? read : made);
	if (ops > UINT32_MAX)
		out->refusal = "more than 2^32-1 vector operations an element cannot be planned";
	(read ? &out->stats : &out->per_output)->n[VECTOR_ADD] = (uint32_t)ops;
	if (out->macs == 0)
		return;
	add_red(out, share_of(out->macs, made));
	for (unsigned d = 0, columns = 0; d < out->out.n_dims; d++) {
		columns = out->out.hi[d] > out->out.hi[columns] ? d : columns;
		out->column_dims = 1u << columns;
	}
	out->row_dims = ((1u << out->out.n_dims) - 1) & ~out->column_dims;
	out->per_output.n[VECTOR_CONVERT] = 1;
}
