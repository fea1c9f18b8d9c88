/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from access relations, whatever the kind: the region of an input that
 * a region of the output needs, the bytes that a whole operator touches, and the
 * matrix product that a region asks for.
 *
 * The indices that an axis needs are { a f + b r + c : f in F, r in R } for intervals
 * F and R; a is the window's stride, b its dilation.
 */
#include "ir/op_row.h"

/* Indices a f + b r + c, before they are clipped to [0, n). */
struct index_set {
	int64_t a, b, c;
	int64_t f_lo, f_hi, r_lo, r_hi; /* both ends included */
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static struct index_set axis_indices(const struct axis_access *a, const struct region *out,
				     const struct region *red)
{
	struct index_set s = { .c = a->offset };

	if (a->out_dim >= 0) {
		s.a = a->out_mul;
		s.f_lo = floor_div(out->lo[a->out_dim] + a->out_bias, a->out_div);
		s.f_hi = floor_div(out->hi[a->out_dim] - 1 + a->out_bias, a->out_div);
	}
	if (a->red_dim >= 0) {
		s.b = a->red_mul;
		s.r_lo = red->lo[a->red_dim];
		s.r_hi = red->hi[a->red_dim] - 1;
	}
	return s;
}

/* Swaps the roles of f and r so that r has the fewer values: it is enumerated. */
static void order_by_length(struct index_set *s)
{
	struct index_set t = *s;

	if (s->r_hi - s->r_lo <= s->f_hi - s->f_lo)
		return;
	*s = (struct index_set){ .a = t.b,
				 .b = t.a,
				 .c = t.c,
				 .f_lo = t.r_lo,
				 .f_hi = t.r_hi,
				 .r_lo = t.f_lo,
				 .r_hi = t.f_hi };
}

static int64_t first_index(const struct index_set *s)
{
	return s->a * s->f_lo + s->b * s->r_lo + s->c;
}

static int64_t last_index(const struct index_set *s)
{
	return s->a * s->f_hi + s->b * s->r_hi + s->c;
}

/* True if the set has no holes between its first and last index. */
static bool has_no_holes(const struct index_set *s)
{
	int64_t n_f = s->f_hi - s->f_lo + 1, n_r = s->r_hi - s->r_lo + 1;

	return ((s->b == 1 || n_r == 1) && (s->a <= n_r || n_f == 1)) ||
	       ((s->a == 1 || n_f == 1) && (s->b <= n_f || n_r == 1));
}

/* Least index >= 0 of the values with this r, or INT64_MAX. */
static int64_t least_from_zero(const struct index_set *s, int64_t r)
{
	int64_t rest = s->b * r + s->c, f = s->f_lo;

	if (s->a > 0)
		f = clamp(-floor_div(rest, s->a), s->f_lo, s->f_hi);
	return s->a * f + rest >= 0 ? s->a * f + rest : INT64_MAX;
}

/* Greatest index < n of the values with this r, or -1. */
static int64_t greatest_below(const struct index_set *s, int64_t r, int64_t n)
{
	int64_t rest = s->b * r + s->c, f = s->f_hi;

	if (s->a > 0)
		f = clamp(floor_div(n - 1 - rest, s->a), s->f_lo, s->f_hi);
	return s->a * f + rest < n ? s->a * f + rest : -1;
}

/* The smallest interval [*lo, *hi) that holds every index of the set in [0, n). */
static void clip(struct index_set s, int64_t n, int64_t *lo, int64_t *hi)
{
	*lo = first_index(&s);
	*hi = last_index(&s) + 1;
	if (*lo >= 0 && *hi <= n)
		return;
	if (has_no_holes(&s)) {
		*lo = *lo < 0 ? 0 : *lo;
		*hi = *hi > n ? n : *hi;
		return;
	}
	order_by_length(&s);
	*lo = INT64_MAX;
	*hi = 0;
	for (int64_t r = s.r_lo; r <= s.r_hi; r++) {
		int64_t least = least_from_zero(&s, r), greatest = greatest_below(&s, r, n);

		if (least > greatest)
			continue;
		*lo = least < *lo ? least : *lo;
		*hi = greatest + 1 > *hi ? greatest + 1 : *hi;
	}
}

static int64_t ceil_div(int64_t a, int64_t b)
{
	return -floor_div(-a, b);
}

/* Indices that tap r of a turned window needs, [*lo, *hi]; none if *lo > *hi. */
static void undone_tap(const struct axis_access *a, int64_t out_lo, int64_t out_hi, int64_t r,
		       int64_t *lo, int64_t *hi)
{
	int64_t bias = a->out_bias - r * a->red_mul;

	*lo = max_i64(ceil_div(out_lo + bias, a->out_div), 0);
	*hi = min_i64(floor_div(out_hi - 1 + bias, a->out_div), a->n_indices - 1);
}

/* The smallest interval [*lo, *hi) that holds all that some tap needs. */
static void undone_box(const struct axis_access *a, const struct region *out,
		       const struct region *red, int64_t *lo, int64_t *hi)
{
	int64_t first, last;

	*lo = INT64_MAX;
	*hi = 0;
	for (int64_t r = red->lo[a->red_dim]; r < red->hi[a->red_dim]; r++) {
		undone_tap(a, out->lo[a->out_dim], out->hi[a->out_dim], r, &first, &last);
		if (first > last)
			continue;
		*lo = min_i64(*lo, first);
		*hi = max_i64(*hi, last + 1);
	}
}

void axis_undone_window(const struct axis_access *a, const struct region *out,
			const struct region *red, int64_t *lo, int64_t *hi)
{
	int64_t out_lo = out->lo[a->out_dim], out_hi = out->hi[a->out_dim], unused;

	undone_tap(a, out_lo, out_hi, red->hi[a->red_dim] - 1, lo, &unused);
	undone_tap(a, out_lo, out_hi, red->lo[a->red_dim], &unused, hi);
	++*hi;
}

/* Distinct indices below n: taps from the last on need ever higher ones. */
static uint64_t count_undone(const struct axis_access *a, const struct region *out,
			     const struct region *red, int64_t n)
{
	int64_t first, last, next = 0;
	uint64_t count = 0;

	for (int64_t r = red->hi[a->red_dim] - 1; r >= red->lo[a->red_dim]; r--) {
		undone_tap(a, out->lo[a->out_dim], out->hi[a->out_dim], r, &first, &last);
		first = max_i64(first, next);
		last = min_i64(last, n - 1);
		if (first > last)
			continue;
		count += (uint64_t)(last - first) + 1;
		next = last + 1;
	}
	return count;
}

static void whole_axis(const struct axis_access *a, const struct region *out, int64_t n,
		       int64_t *lo, int64_t *hi)
{
	*lo = 0;
	*hi = n;
	if (a->block <= 1)
		return;
	*lo = out->lo[a->out_dim] / a->block * a->block;
	*hi = ((out->hi[a->out_dim] - 1) / a->block + 1) * a->block;
	*hi = *hi > n ? n : *hi;
}

/* A pass of a normalisation over a piece reads that piece; statistics need nothing else. */
static bool pass_region(enum op_pass pass, const struct access *a, const struct region *out,
			struct region *in)
{
	if (pass == PASS_FULL || !(a->is_normalised || pass == PASS_STATS))
		return false;
	*in = a->is_normalised ? *out : (struct region){ .n_dims = a->n_dims };
	return true;
}

/* The axis needs something of the output or reduction dimensions that it follows. */
static bool axis_is_asked(const struct axis_access *a, const struct region *out,
			  const struct region *red)
{
	if (a->whole && a->block <= 1)
		return true;
	if (a->out_dim >= 0 && region_extent(out, (unsigned)a->out_dim) == 0)
		return false;
	return a->whole || a->red_dim < 0 || region_extent(red, (unsigned)a->red_dim) > 0;
}

void access_axes(const struct graph *g, const struct op *op, const struct op_info *info,
		 unsigned i, enum op_pass pass, const struct region *out,
		 const struct region *red, struct region *in)
{
	const struct shape *shape = graph_shape(g, op_operand(g, op, i));
	const struct access *a = &info->access[i];

	BUG_ON(i >= info->n_access);
	*in = (struct region){ .n_dims = a->n_dims };
	if (a->is_unread || pass_region(pass, a, out, in))
		return;
	for (unsigned d = 0; d < a->n_dims; d++) {
		if (!axis_is_asked(&a->axis[d], out, red))
			continue;
		if (a->axis[d].whole)
			whole_axis(&a->axis[d], out, shape->dims[d], &in->lo[d], &in->hi[d]);
		else if (a->axis[d].undoes)
			undone_box(&a->axis[d], out, red, &in->lo[d], &in->hi[d]);
		else
			clip(axis_indices(&a->axis[d], out, red), shape->dims[d], &in->lo[d],
			     &in->hi[d]);
		if (in->lo[d] >= in->hi[d])
			in->lo[d] = in->hi[d] = 0;
	}
}

void access_region(const struct graph *g, const struct op *op, const struct op_info *info,
		   unsigned i, enum op_pass pass, const struct region *out,
		   const struct region *red, struct region *in)
{
	access_axes(g, op, info, i, pass, out, red, in);
	if (region_is_empty(out) || region_is_empty(red) || region_is_empty(in))
		*in = (struct region){ .n_dims = in->n_dims };
}

void op_whole_red(const struct op_info *info, struct region *red)
{
	*red = (struct region){ .n_dims = info->n_red };
	for (unsigned d = 0; d < info->n_red; d++)
		red->hi[d] = (int64_t)info->red[d];
}

/* Values first, first + step, ... <= last that lie in [0, n). */
static uint64_t count_in(int64_t first, int64_t last, int64_t step, int64_t n)
{
	if (step == 0)
		return first >= 0 && first < n;
	if (first < 0)
		first += -floor_div(first, step) * step;
	if (last > n - 1)
		last = n - 1;
	return last < first ? 0 : (uint64_t)((last - first) / step) + 1;
}

/*
 * Distinct indices of the set in [0, n).  Values of two r that are a multiple of `a`
 * apart fall into one progression; each r adds what its predecessor in it did not
 * reach.
 */
static uint64_t count_distinct(struct index_set s, int64_t n)
{
	int64_t apart, stride;
	uint64_t count = 0;

	if (has_no_holes(&s))
		return count_in(first_index(&s), last_index(&s), 1, n);
	order_by_length(&s);
	if (s.r_hi == s.r_lo)
		return count_in(first_index(&s), last_index(&s), s.a, n);
	stride = (int64_t)gcd_u64((uint64_t)s.a, (uint64_t)s.b);
	apart = s.a / stride; /* r and r + apart share a progression */
	for (int64_t r = s.r_lo; r <= s.r_hi; r++) {
		int64_t rest = s.b * r + s.c, first = s.a * s.f_lo + rest,
			last = s.a * s.f_hi + rest;

		if (r - apart >= s.r_lo) {
			int64_t reached = last - s.b * apart + s.a;
			first = first > reached ? first : reached;
		}
		count += count_in(first, last, s.a, n);
	}
	return count;
}

uint64_t axis_touched_below(const struct axis_access *a, const struct region *out,
			    const struct region *red, int64_t n)
{
	if (a->whole)
		return (uint64_t)n;
	return a->undoes ? count_undone(a, out, red, n)
			 : count_distinct(axis_indices(a, out, red), n);
}

/* A dimension along which a view repeats the same bytes counts once. */
static uint64_t axis_touched(const struct axis_access *a, const struct region *out,
			     const struct region *red, uint32_t n, uint64_t stride)
{
	if (stride == 0)
		return 1;
	return axis_touched_below(a, out, red, n);
}

uint64_t op_touched_bytes(const struct graph *g, const struct op *op, const struct op_info *info,
			  unsigned i)
{
	static const struct axis_access all = { .whole = true };
	const struct op_ctx c = { .g = g, .op = op };
	uint32_t t = op_input(g, op, i);
	const struct shape *shape = graph_shape(g, t);
	uint64_t elements = 1;
	struct placement p;
	struct region red;

	if (op_row(op->kind)->touched)
		return element_bytes(g->tensors[t].dtype, op_row(op->kind)->touched(&c, i));
	tensor_placement(g, t, &p);
	op_whole_red(info, &red);
	for (unsigned d = 0; d < shape->n_dims; d++)
		elements *= axis_touched(i < info->n_access ? &info->access[i].axis[d] : &all,
					 &info->out, &red, shape->dims[d], p.stride[d]);
	return element_bytes(g->tensors[t].dtype, elements);
}

uint64_t op_written_bytes(const struct graph *g, const struct op *op, unsigned i)
{
	const struct op_ctx c = { .g = g, .op = op };
	uint32_t t = op_output(g, op, i);
	uint64_t elements = op_row(op->kind)->touched
				    ? op_row(op->kind)->touched(&c, op->n_inputs + i)
				    : tensor_elements(g, t);

	return element_bytes(g->tensors[t].dtype, elements);
}

static uint64_t output_bytes(const struct graph *g, const struct op *op)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < op->n_outputs; i++)
		bytes = add_sat_u64(bytes, op_written_bytes(g, op, i));
	return bytes;
}

static bool same_bytes(const struct graph *g, uint32_t a, uint32_t b)
{
	const struct shape *shape = graph_shape(g, a), *other = graph_shape(g, b);
	struct placement p, q;

	if (a == b)
		return true;
	tensor_placement(g, a, &p);
	tensor_placement(g, b, &q);
	if (p.storage != q.storage || p.offset != q.offset || shape->n_dims != other->n_dims)
		return false;
	for (unsigned d = 0; d < shape->n_dims; d++)
		if (shape->dims[d] != other->dims[d] || p.stride[d] != q.stride[d])
			return false;
	return true;
}

uint64_t op_input_bytes(const struct graph *g, const struct op *op, const struct op_info *info,
			unsigned i)
{
	uint64_t bytes = op_touched_bytes(g, op, info, i);

	if (info->class == OP_CLASS_VIEW)
		return 0;
	for (unsigned j = 0; j < op->n_inputs && j < i; j++)
		if (same_bytes(g, op_input(g, op, i), op_input(g, op, j))) {
			uint64_t earlier = op_touched_bytes(g, op, info, j);
			bytes = bytes > earlier ? bytes - earlier : 0;
		}
	return bytes;
}

uint64_t op_output_bytes(const struct graph *g, const struct op *op, const struct op_info *info)
{
	return info->class == OP_CLASS_VIEW ? 0 : output_bytes(g, op);
}

uint64_t op_ideal_bytes(const struct graph *g, uint32_t index)
{
	const struct op *op = &g->ops[index];
	struct op_info info;
	uint64_t bytes;

	op_describe(g, index, &info);
	bytes = op_output_bytes(g, op, &info);
	for (unsigned i = 0; i < op->n_inputs; i++)
		bytes = add_sat_u64(bytes, op_input_bytes(g, op, &info, i));
	return bytes;
}

void op_meet_mask(const struct op_info *info, struct region *out)
{
	int64_t shift = info->mask_shift, window = (int64_t)info->mask_window;
	int64_t *lo = out->lo + out->n_dims - 2, *hi = out->hi + out->n_dims - 2;

	if (window == 0 || lo[0] >= hi[0] || lo[1] >= hi[1])
		return;
	lo[0] = max_i64(lo[0], lo[1] - shift); /* rows that see a column of the region */
	hi[0] = min_i64(hi[0], hi[1] - shift + window - 1);
	lo[1] = max_i64(lo[1], lo[0] + shift - window + 1); /* columns that these see */
	hi[1] = min_i64(hi[1], hi[0] + shift);
}

/* The axis of input 0 that undoes a window over the output's dimension d, or NULL. */
static const struct axis_access *undone_axis(const struct op_info *info, unsigned d)
{
	const struct access *x = &info->access[0];

	for (unsigned i = 0; info->n_access > 0 && i < x->n_dims; i++)
		if (x->axis[i].undoes && x->axis[i].out_dim == (int)d)
			return &x->axis[i];
	return NULL;
}

uint64_t op_product_extent(const struct op_info *info, unsigned d, const struct region *out,
			   const struct region *red)
{
	const struct axis_access *a = undone_axis(info, d);
	uint64_t pairs = 0;

	if (a == NULL || region_extent(out, d) == 0)
		return (uint64_t)region_extent(out, d);
	for (int64_t r = red->lo[a->red_dim]; r < red->hi[a->red_dim]; r++) {
		int64_t first, last;

		undone_tap(a, out->lo[d], out->hi[d], r, &first, &last);
		first = out->lo[d] == 0 ? 0 : first;
		last = out->hi[d] == info->out.hi[d] ? a->n_indices - 1 : last;
		pairs += first <= last ? (uint64_t)(last - first) + 1 : 0;
	}
	return pairs;
}

uint64_t op_product_depth(const struct op_info *info, const struct region *red)
{
	struct region left = *red;

	for (unsigned d = 0; d < info->out.n_dims; d++) {
		const struct axis_access *a = undone_axis(info, d);

		if (a == NULL)
			continue;
		left.lo[a->red_dim] = 0;
		left.hi[a->red_dim] = 1;
	}
	return region_elements(&left);
}

/* Columns of several blocks are separate products; n is what all of them have in common. */
static void split_columns(int64_t lo, int64_t hi, int64_t block, struct matrix_work *work)
{
	int64_t first = lo / block, last = (hi - 1) / block;
	uint64_t n;

	if (first == last)
		return;
	n = gcd_u64((uint64_t)((first + 1) * block - lo), (uint64_t)(hi - last * block));
	if (last > first + 1)
		n = gcd_u64(n, (uint64_t)block);
	work->batches *= work->n / n;
	work->n = n;
}

void op_matrix_work(const struct op_info *info, const struct region *out, const struct region *red,
		    struct matrix_work *work)
{
	*work = (struct matrix_work){ .m = 1, .k = 1, .n = 1, .batches = 1 };
	for (unsigned d = 0; d < out->n_dims; d++) {
		uint64_t extent = op_product_extent(info, d, out, red);

		if (info->column_dims & 1u << d)
			work->n *= extent;
		else if (info->row_dims & 1u << d)
			work->m *= extent;
		else
			work->batches *= extent;
		if ((info->column_dims & 1u << d) && info->n_per_block && extent)
			split_columns(out->lo[d], out->hi[d], (int64_t)info->n_per_block, work);
	}
	work->k = op_product_depth(info, red);
}
