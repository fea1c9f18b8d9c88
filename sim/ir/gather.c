/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gather: which rows of a table are read, and where they lie.  Traces hold no indices, so
 * `rows` says what is assumed.  sequential: index i names row i; consecutive ones share pages.
 * random: each index names a page of its own, anywhere in the table.  Either way, where there
 * are more indices than that, they begin again, and those rows are read again.
 *
 * What is read is a view of the table (parts.c) in whose dimensions those of the indices stand
 * for the table's axis; a page of several rows, if each index has its own, is one more.
 */
#include "base/mem.h"
#include "ir/graph_build.h"
#include "ir/op_row.h"

enum form {
	FORM_SPREAD, /* each index its own row or page */
	FORM_BLOCKS, /* rows in blocks of a page along one dimension of the indices */
	FORM_WHOLE,  /* pages lie across dimensions: all rows that are read, each time */
};

struct gather {
	enum form form;
	unsigned axis, n_index;
	unsigned at;        /* dimension of the indices that has the blocks, or all rows */
	uint64_t n_indices, n_rows, page;
	uint64_t n_blocks;  /* FORM_SPREAD: rows or pages that there are */
	bool is_random, has_page_dim;
	uint64_t seed;
};

static void find_blocks(struct gather *x, const struct shape *indices)
{
	unsigned n_long = 0;

	x->at = x->n_index - 1;
	for (unsigned d = 0; d < x->n_index; d++)
		if (indices->dims[d] > 1) {
			x->at = d;
			n_long++;
		}
	if (x->n_indices > x->n_rows ||
	    (n_long > 1 && (x->at != x->n_index - 1 || indices->dims[x->at] % x->page != 0)))
		x->form = FORM_WHOLE;
	else
		x->form = FORM_BLOCKS;
}

static void gather_init(const struct op_ctx *c, struct gather *x)
{
	const struct shape *table = input_shape(c, 0), *indices = input_shape(c, 1);
	size_t n;
	const int64_t *rows = attr_values(c->g, c->op, ATTR_rows, &n);

	*x = (struct gather){ .form = FORM_SPREAD, .n_index = indices->n_dims };
	op_axis(c, table->n_dims, &x->axis);
	x->n_indices = tensor_elements(c->g, op_input(c->g, c->op, 1));
	x->n_rows = table->dims[x->axis];
	x->page = min_u64((uint64_t)attr_int(c->g, c->op, ATTR_page), x->n_rows);
	x->is_random = rows[0] == ROWS_RANDOM;
	x->seed = x->is_random ? (uint64_t)rows[1] : 0;
	x->n_blocks = x->is_random ? x->n_rows / x->page : x->n_rows;
	x->has_page_dim = x->is_random && x->page > 1;
	if (!x->is_random && x->page > 1)
		find_blocks(x, indices);
}

/* Rows that FORM_BLOCKS and FORM_WHOLE read. */
static uint64_t rows_read(const struct gather *x)
{
	return min_u64(round_up_u64(min_u64(x->n_indices, x->n_rows), x->page), x->n_rows);
}

static void index_axis(const struct gather *x, struct access *a, unsigned d)
{
	struct axis_access *axis = &a->axis[x->axis + d];

	if (x->form == FORM_SPREAD || (x->form == FORM_BLOCKS && d != x->at)) {
		follow_out(axis, x->axis + d);
	} else if (d == x->at) {
		axis->whole = true;
		if (x->form == FORM_BLOCKS) {
			follow_out(axis, x->axis + d);
			axis->block = (int64_t)x->page;
		}
	}
}

void describe_gather(const struct op_ctx *c, struct op_info *out)
{
	const struct shape *table = input_shape(c, 0), *indices = input_shape(c, 1);
	unsigned after, moved;
	struct access *a;
	struct gather x;

	gather_init(c, &x);
	after = table->n_dims - x.axis - 1;
	moved = x.n_index + x.has_page_dim;
	if (x.axis + moved + after > MAX_DIMS) {
		out->refusal = "pages of several rows take one dimension more than there can be";
		return;
	}
	a = add_access(out, x.axis + moved + after);
	for (unsigned d = 0; d < x.axis; d++)
		follow_out(&a->axis[d], d);
	for (unsigned d = 0; d < x.n_index; d++)
		index_axis(&x, a, d);
	if (x.has_page_dim)
		a->axis[x.axis + x.n_index].whole = true;
	for (unsigned d = 0; d < after; d++)
		follow_out(&a->axis[x.axis + moved + d], x.axis + x.n_index + d);
	a = add_access(out, indices->n_dims);
	for (unsigned d = 0; d < indices->n_dims; d++)
		follow_out(&a->axis[d], x.axis + d);
}

/* Extents and strides of the dimensions that stand for the axis, from the last on; the rows of
 * consecutive indices as if they were neighbours. */
static void part_rows(const struct gather *x, const struct shape *indices, uint64_t row_stride,
		      struct shape *s, struct placement *p)
{
	unsigned page_dim = x->axis + x->n_index;
	uint64_t step = row_stride;

	if (x->has_page_dim) {
		s->dims[page_dim] = (uint32_t)x->page;
		p->stride[page_dim] = step;
		step *= x->page;
	}
	for (unsigned d = x->n_index; d-- > 0;) {
		bool is_long = x->form == FORM_SPREAD || indices->dims[d] > 1;

		s->dims[x->axis + d] = is_long ? indices->dims[d] : 1;
		if (x->form == FORM_WHOLE)
			s->dims[x->axis + d] = d == x->at ? (uint32_t)rows_read(x) : 1;
		else if (x->form == FORM_BLOCKS && d == x->at && indices->dims[d] == x->n_indices)
			s->dims[x->axis + d] = (uint32_t)rows_read(x);
		p->stride[x->axis + d] = step;
		step *= s->dims[x->axis + d];
	}
}

void part_gather(const struct op_ctx *c, struct shape *s, struct placement *p)
{
	const struct shape *table = input_shape(c, 0), *indices = input_shape(c, 1);
	const struct placement whole = *p;
	unsigned after, moved;
	struct gather x;

	gather_init(c, &x);
	after = table->n_dims - x.axis - 1;
	moved = x.n_index + x.has_page_dim;
	if (x.axis + moved + after > MAX_DIMS)
		return; /* refused */
	s->n_dims = x.axis + moved + after;
	for (unsigned d = 0; d < after; d++) {
		s->dims[x.axis + moved + d] = table->dims[x.axis + 1 + d];
		p->stride[x.axis + moved + d] = whole.stride[x.axis + 1 + d];
	}
	part_rows(&x, indices, whole.stride[x.axis], s, p);
	if (x.form == FORM_SPREAD && (x.is_random || x.n_indices > x.n_blocks)) {
		struct row_order *order = arena_alloc(c->g->build->strings, sizeof(*order));

		*order = (struct row_order){ .first = x.axis,
					     .n_dims = x.n_index,
					     .n_blocks = x.n_blocks,
					     .stride = x.page * whole.stride[x.axis],
					     .is_random = x.is_random,
					     .seed = x.seed };
		p->rows = order;
	}
}

/* All indices, and the rows that they name, each once. */
uint64_t touched_gather(const struct op_ctx *c, unsigned i)
{
	struct gather x;
	uint64_t rows;

	if (i != 0)
		return tensor_elements(c->g, i == 1 ? op_input(c->g, c->op, 1)
						    : op_output(c->g, c->op, 0));
	gather_init(c, &x);
	rows = x.is_random ? min_u64(x.n_indices, x.n_blocks) * x.page : rows_read(&x);
	return rows * (tensor_elements(c->g, op_input(c->g, c->op, 0)) / x.n_rows);
}

/* splitmix64's finaliser: public domain, Sebastiano Vigna */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

/* A permutation of [0, 2^(2 half)): four rounds of a Feistel network. */
static uint64_t shuffle(uint64_t at, unsigned half, uint64_t seed)
{
	uint64_t mask = (UINT64_C(1) << half) - 1, left = at >> half, right = at & mask;

	for (uint64_t round = 1; round <= 4; round++) {
		uint64_t next = left ^ (mix(right + mix(seed * 4 + round)) & mask);

		left = right;
		right = next;
	}
	return left << half | right;
}

uint64_t row_block(const struct row_order *order, uint64_t position)
{
	uint64_t block = position % order->n_blocks;
	unsigned half = 1;

	if (!order->is_random)
		return block;
	while (half < 32 && UINT64_C(1) << 2 * half < order->n_blocks)
		half++;
	do /* out of the table: on along the cycle, which comes back into it */
		block = shuffle(block, half, order->seed);
	while (block >= order->n_blocks);
	return block;
}
