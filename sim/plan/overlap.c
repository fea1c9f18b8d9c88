/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements that two regions of one storage share, whatever views name them.  A region of a
 * view is a lattice: an offset and axes, each of whose strides is at least the span of all
 * smaller ones; so the common elements can be counted axis by axis, the largest stride first.
 */
#include "plan/internal.h"

/* Lattices with no strides in common are compared row by row, up to so many rows; what is
 * left counts as not shared. */
#define MAX_ROWS (1U << 20)

void region_lattice(const struct plan *p, uint32_t tensor, const struct region *r,
		    const int64_t *step, struct lattice *out)
{
	struct placement place;
	struct storage_axis axes[MAX_DIMS];
	unsigned n;

	*out = (struct lattice){.n_axes = 0};
	if (region_is_empty(r)) {
		out->is_empty = true;
		return;
	}
	tensor_placement(p->graph, tensor, &place);
	n = storage_axes(&place, r, step, axes);
	for (unsigned d = 0; d < r->n_dims; d++)
		place.offset += (uint64_t)r->lo[d] * place.stride[d];
	out->offset = (int64_t)place.offset;
	for (unsigned i = 0; i < n; i++) {
		struct storage_axis *last = &out->axis[out->n_axes == 0 ? 0 : out->n_axes - 1];

		if (out->n_axes > 0 && axes[i].stride == last->stride * last->extent)
			last->extent *= axes[i].extent;
		else
			out->axis[out->n_axes++] = axes[i];
	}
}

/* Distance from the first to the last element of the n smallest axes. */
static int64_t span(const struct lattice *l, unsigned n)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += (int64_t)((l->axis[i].extent - 1) * l->axis[i].stride);
	return sum;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && a < 0);
}

/* The n smallest axes of a, and those of b moved by `delta`. */
struct pair {
	const struct lattice *a, *b;
	unsigned n_a, n_b;
	int64_t delta;
};

static uint64_t count_shared(struct pair p, unsigned *rows);

static struct pair swapped(struct pair p)
{
	return (struct pair){p.b, p.a, p.n_b, p.n_a, -p.delta};
}

/* Both have the same largest stride: steps i of a and j of b meet by their difference alone. */
static uint64_t count_in_step(struct pair p, unsigned *rows)
{
	const struct storage_axis *a = &p.a->axis[--p.n_a], *b = &p.b->axis[--p.n_b];
	int64_t stride = (int64_t)a->stride, n_a = (int64_t)a->extent, n_b = (int64_t)b->extent;
	int64_t delta = p.delta;
	int64_t first = -floor_div(span(p.a, p.n_a) - delta, stride);
	int64_t last = floor_div(delta + span(p.b, p.n_b), stride);
	uint64_t sum = 0;

	for (int64_t k = first; k <= last; k++) {
		int64_t lo = k > 0 ? k : 0, hi = n_b + k < n_a ? n_b + k : n_a;

		p.delta = delta - k * stride;
		if (lo < hi)
			sum += (uint64_t)(hi - lo) * count_shared(p, rows);
	}
	return sum;
}

/* a has the larger stride: each of its steps that b reaches. */
static uint64_t count_by_step(struct pair p, unsigned *rows)
{
	const struct storage_axis *a = &p.a->axis[--p.n_a];
	int64_t stride = (int64_t)a->stride, last = (int64_t)a->extent - 1, delta = p.delta;
	int64_t from = -floor_div(span(p.a, p.n_a) - delta, stride);
	int64_t to = floor_div(delta + span(p.b, p.n_b), stride);
	uint64_t sum = 0;

	for (int64_t i = from > 0 ? from : 0; i <= (to < last ? to : last); i++) {
		p.delta = delta - i * stride;
		sum += count_shared(p, rows);
	}
	return sum;
}

/* Elements of the lattice's n smallest axes below x. */
static uint64_t count_below(const struct lattice *l, unsigned n, int64_t x)
{
	uint64_t sum = 0, size = 1;

	for (unsigned i = 0; i < n; i++)
		size *= l->axis[i].extent;
	for (unsigned i = n; i-- > 0 && x > 0;) {
		const struct storage_axis *a = &l->axis[i];
		uint64_t steps = min_u64((uint64_t)x / a->stride, a->extent);

		size /= a->extent;
		sum += steps * size;
		if (steps == a->extent)
			return sum;
		x -= (int64_t)(steps * a->stride);
	}
	return sum + (x > 0);
}

static bool is_run(const struct lattice *l, unsigned n)
{
	return n == 0 || (n == 1 && l->axis[0].stride == 1);
}

static uint64_t count_shared(struct pair p, unsigned *rows)
{
	int64_t span_a = span(p.a, p.n_a), span_b = span(p.b, p.n_b);

	if (p.delta > span_a || p.delta + span_b < 0 || *rows == 0)
		return 0;
	--*rows;
	if (is_run(p.a, p.n_a))
		return count_below(p.b, p.n_b, span_a + 1 - p.delta) -
		       count_below(p.b, p.n_b, -p.delta);
	if (is_run(p.b, p.n_b))
		return count_shared(swapped(p), rows);
	if (p.a->axis[p.n_a - 1].stride == p.b->axis[p.n_b - 1].stride)
		return count_in_step(p, rows);
	return p.a->axis[p.n_a - 1].stride > p.b->axis[p.n_b - 1].stride
		       ? count_by_step(p, rows)
		       : count_by_step(swapped(p), rows);
}

uint64_t lattice_shared(const struct lattice *a, const struct lattice *b)
{
	unsigned rows = MAX_ROWS;

	if (a->is_empty || b->is_empty)
		return 0;
	return count_shared((struct pair){a, b, a->n_axes, b->n_axes, b->offset - a->offset},
			    &rows);
}
