/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which elements of every storage are there: `visible` to loads, or `fresh` since the last
 * barrier.  Two tensors may share a place if neither is read after the other was stored,
 * and a barrier lies between their uses; inputs, weights, states and outputs keep theirs.
 * Memory: one bit for each element of what is stored, or loaded by the kernel, in part.
 */
#include "planfile/contents.h"

#include <stdlib.h>
#include <string.h>

#include "planfile/coverage.h"

struct held {
	struct coverage *visible, *fresh;
	struct coverage *loaded; /* by the kernel at hand */
	bool is_of_kernel;       /* listed in contents.of_kernel */
	bool is_live;            /* listed in contents.live, for what does not stay */
	uint32_t killer;         /* whose store overwrote it, at that line; 0: none */
	uint64_t killer_line, load_epoch, store_epoch;
	/* of the kernel at hand, bytes */
	uint64_t compulsory_loads, compulsory_stores;
	uint64_t stored_sum, stored_most; /* distinct ones between barriers: over them, and most */
};

struct range {
	uint64_t lo, hi;
	uint32_t storage;
};

struct contents {
	const struct parser *p;
	const struct needs *needs;
	struct held **held; /* by storage; NULL: not touched yet */
	struct range *fixed, *live; /* by address, apart */
	size_t n_fixed, n_live, live_capacity;
	uint32_t *of_kernel;
	size_t n_of_kernel, of_kernel_capacity;
	uint64_t epoch; /* barriers and kernels so far, from 1 */
};

/* The contiguous elements of a transfer, one run after the other. */
struct runs {
	struct transfer t;
	uint64_t unit, first, length; /* elements */
	uint64_t base, at[3];
	bool is_over;
};

static void runs_start(struct runs *r, const struct transfer *t, uint64_t address, uint64_t unit)
{
	*r = (struct runs){.t = *t, .unit = unit, .base = t->address - address};
	while (r->t.count[0] > 1 && r->t.stride_bytes[0] == r->t.run_bytes) {
		r->t.run_bytes *= r->t.count[0];
		for (unsigned d = 0; d + 1 < ARRAY_SIZE(r->t.count); d++) {
			r->t.count[d] = r->t.count[d + 1];
			r->t.stride_bytes[d] = r->t.stride_bytes[d + 1];
		}
		r->t.count[ARRAY_SIZE(r->t.count) - 1] = 1;
	}
	r->length = r->t.run_bytes / unit;
}

static bool runs_next(struct runs *r)
{
	uint64_t offset = r->base;
	unsigned d = 0;

	if (r->is_over)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(r->at); i++)
		offset += r->at[i] * r->t.stride_bytes[i];
	r->first = offset / r->unit;
	while (d < ARRAY_SIZE(r->at) && ++r->at[d] == r->t.count[d])
		r->at[d++] = 0;
	r->is_over = d == ARRAY_SIZE(r->at);
	return true;
}

static uint64_t unit_bytes(const struct contents *h, uint32_t storage)
{
	return dtype_bits(h->p->g->tensors[storage].dtype) / 8;
}

static const char *id_of(const struct contents *h, uint32_t tensor)
{
	return h->p->g->tensors[tensor].id;
}

/* "[0,3,17]": where element `offset` of a storage lies in its tensor. */
static void element_text(const struct contents *h, uint32_t storage, uint64_t offset, struct buf *to)
{
	const struct shape *s = graph_shape(h->p->g, storage);
	struct placement place;

	tensor_placement(h->p->g, storage, &place);
	for (unsigned d = 0; d < s->n_dims; d++)
		buf_printf(to, "%c%" PRIu64, d == 0 ? '[' : ',',
			   offset / place.stride[d] % s->dims[d]);
	buf_putc(to, ']');
}

/* Places. */

static int compare_ranges(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

static struct range range_of(const struct contents *h, uint32_t storage)
{
	const struct file_place *place = &h->p->places[storage];

	return (struct range){place->address, place->address + place->bytes, storage};
}

static bool list_fixed(struct contents *h, struct err *err)
{
	size_t capacity = 0;

	for (uint32_t t = 0; t < h->p->g->n_tensors; t++) {
		if (!h->needs->stays[t] || h->p->places[t].line == 0)
			continue;
		GROW(h->fixed, h->n_fixed, capacity);
		h->fixed[h->n_fixed++] = range_of(h, t);
	}
	if (h->n_fixed > 0)
		qsort(h->fixed, h->n_fixed, sizeof(*h->fixed), compare_ranges);
	for (size_t i = 1; i < h->n_fixed; i++) {
		const struct range *a = &h->fixed[i - 1], *b = &h->fixed[i];

		if (b->lo < a->hi)
			return err_at(err, ERR_INPUT, h->p->reading.file,
				      max_u64(h->p->places[a->storage].line,
					      h->p->places[b->storage].line),
				      "tensors '%s' and '%s' overlap, and both stay for the whole "
				      "run",
				      id_of(h, a->storage), id_of(h, b->storage));
	}
	return true;
}

struct contents *contents_new(const struct parser *p, const struct needs *needs, struct err *err)
{
	struct contents *h = xcalloc(1, sizeof(*h));

	h->p = p;
	h->needs = needs;
	h->epoch = 1;
	h->held = xcalloc(p->g->n_tensors + 1, sizeof(struct held *));
	if (list_fixed(h, err))
		return h;
	contents_free(h);
	return NULL;
}

static void forget_marks(struct held *s)
{
	coverage_free(s->visible);
	coverage_free(s->fresh);
	coverage_free(s->loaded);
	s->visible = s->fresh = s->loaded = NULL;
}

void contents_free(struct contents *h)
{
	if (h == NULL)
		return;
	for (size_t t = 0; t < h->p->g->n_tensors; t++)
		if (h->held[t] != NULL) {
			forget_marks(h->held[t]);
			free(h->held[t]);
		}
	free(h->held);
	free(h->fixed);
	free(h->live);
	free(h->of_kernel);
	free(h);
}

/* The first range that ends behind `at`. */
static size_t first_behind(const struct range *v, size_t n, uint64_t at)
{
	size_t lo = 0;

	while (lo < n) {
		size_t middle = lo + (n - lo) / 2;

		if (v[middle].hi <= at)
			lo = middle + 1;
		else
			n = middle;
	}
	return lo;
}

static bool kill(struct contents *h, uint32_t victim, uint32_t by, uint64_t line, struct err *err)
{
	struct held *s = h->held[victim];

	if (s->load_epoch == h->epoch || s->store_epoch == h->epoch)
		return err_at(err, ERR_INPUT, h->p->reading.file, line,
			      "tensors '%s' and '%s' lie in one place, and both are used since the "
			      "last barrier",
			      id_of(h, victim), id_of(h, by));
	forget_marks(s);
	s->is_live = false;
	s->killer = by;
	s->killer_line = line;
	return true;
}

/* A storage that does not stay is stored: whoever lay in its place is gone. */
static bool make_live(struct contents *h, uint32_t storage, uint64_t line, struct err *err)
{
	struct range r = range_of(h, storage);
	size_t at = first_behind(h->fixed, h->n_fixed, r.lo), last;

	if (at < h->n_fixed && h->fixed[at].lo < r.hi)
		return err_at(err, ERR_INPUT, h->p->reading.file, line,
			      "tensor '%s' lies in the place of '%s', which stays for the whole run",
			      id_of(h, storage), id_of(h, h->fixed[at].storage));
	at = last = first_behind(h->live, h->n_live, r.lo);
	for (; last < h->n_live && h->live[last].lo < r.hi; last++)
		if (!kill(h, h->live[last].storage, storage, line, err))
			return false;
	if (at == last)
		GROW(h->live, h->n_live, h->live_capacity);
	memmove(&h->live[at + 1], &h->live[last], (h->n_live - last) * sizeof(r));
	h->n_live += 1 - (last - at);
	h->live[at] = r;
	h->held[storage]->is_live = true;
	h->held[storage]->killer_line = 0;
	return true;
}

/* What is held. */

static struct held *held_of(struct contents *h, uint32_t storage)
{
	struct held **s = &h->held[storage];

	if (*s == NULL)
		*s = xcalloc(1, sizeof(**s));
	if (!(*s)->is_of_kernel) {
		GROW(h->of_kernel, h->n_of_kernel, h->of_kernel_capacity);
		h->of_kernel[h->n_of_kernel++] = storage;
		(*s)->is_of_kernel = true;
	}
	return *s;
}

static bool marks_of(const struct contents *h, uint32_t storage, struct coverage **c, uint64_t line,
		     struct err *err)
{
	uint64_t elements = tensor_elements(h->p->g, storage);

	if (elements > COVERAGE_MAX)
		return err_at(err, ERR_LIMIT, h->p->reading.file, line,
			      "tensor '%s' has more than %" PRIu64 " elements", id_of(h, storage),
			      COVERAGE_MAX);
	if (*c == NULL)
		*c = coverage_new(elements);
	return true;
}

static bool complain_unstored(const struct contents *h, uint32_t storage, const struct held *s,
			      uint64_t gap, uint64_t line, struct err *err)
{
	struct buf where = BUF_INIT;
	const char *why = s->fresh != NULL && coverage_gap(s->fresh, gap, 1) > gap
				  ? "is stored only since the last barrier"
				  : "nothing has stored";

	element_text(h, storage, gap, &where);
	if (s->killer_line != 0)
		err_at(err, ERR_INPUT, h->p->reading.file, line,
		       "element %s of tensor '%s' is loaded, but '%s', which lies in the same place, "
		       "was stored on line %" PRIu64,
		       where.data, id_of(h, storage), id_of(h, s->killer), s->killer_line);
	else
		err_at(err, ERR_INPUT, h->p->reading.file, line,
		       "element %s of tensor '%s' is loaded, which %s", where.data,
		       id_of(h, storage), why);
	buf_release(&where);
	return false;
}

static bool check_visible(const struct contents *h, uint32_t storage, const struct held *s,
			  const struct runs *run, uint64_t line, struct err *err)
{
	uint64_t gap = run->first;

	if (h->needs->is_given[storage])
		return true;
	if (s->visible != NULL)
		gap = coverage_gap(s->visible, run->first, run->length);
	return (s->visible != NULL && gap == run->first + run->length) ||
	       complain_unstored(h, storage, s, gap, line, err);
}

static bool is_of_this_kernel(const struct contents *h, uint32_t op)
{
	return h->p->kernel_of_op[op] == h->p->kernel.number;
}

static bool is_made_here(const struct contents *h, uint32_t storage)
{
	uint32_t producer = h->p->g->tensors[storage].producer;

	return producer != NO_INDEX && is_of_this_kernel(h, producer);
}

/* Several operators write to it: the parts of a concatenation. */
static bool has_many_makers(const struct contents *h, uint32_t storage)
{
	uint32_t producer = h->p->g->tensors[storage].producer;

	return producer != NO_INDEX && h->needs->is_view[producer];
}

/* Somebody outside the kernel at hand needs it. */
static bool is_needed_outside(const struct contents *h, uint32_t storage)
{
	const struct needs *n = h->needs;

	if (n->is_put_out[storage])
		return true;
	for (size_t i = n->first_read[storage]; i < n->first_read[storage + 1]; i++)
		if (!is_of_this_kernel(h, n->readers[i]))
			return true;
	return n->first_read[storage] == n->first_read[storage + 1];
}

static bool check_compulsory_load(struct contents *h, uint32_t storage, struct held *s, uint64_t bytes,
				  uint64_t line, struct err *err)
{
	uint64_t distinct = coverage_count(s->loaded) * unit_bytes(h, storage);

	s->compulsory_loads += bytes;
	if (bytes > 0 && is_made_here(h, storage))
		return err_at(err, ERR_INPUT, h->p->reading.file, line,
			      "tensor '%s' is made by this kernel: to load it is not compulsory; call "
			      "it traffic=spill",
			      id_of(h, storage));
	return s->compulsory_loads <= distinct ||
	       err_at(err, ERR_INPUT, h->p->reading.file, line,
		      "the kernel calls %" PRIu64 " bytes of tensor '%s' compulsory, but has loaded "
		      "%" PRIu64 " different ones; call the others traffic=refetch or halo",
		      s->compulsory_loads, id_of(h, storage), distinct);
}

static bool load(struct contents *h, uint32_t storage, const struct transfer *t, uint64_t line,
		 struct err *err)
{
	struct held *s = held_of(h, storage);
	struct runs run;

	if (!marks_of(h, storage, &s->loaded, line, err))
		return false;
	runs_start(&run, t, h->p->places[storage].address, unit_bytes(h, storage));
	while (runs_next(&run)) {
		if (!check_visible(h, storage, s, &run, line, err))
			return false;
		coverage_add(s->loaded, run.first, run.length);
	}
	s->load_epoch = h->epoch;
	return check_compulsory_load(h, storage, s, t->bytes[TRAFFIC_COMPULSORY], line, err);
}

static bool check_compulsory_store(struct contents *h, uint32_t storage, struct held *s, uint64_t bytes,
				   uint64_t line, struct err *err)
{
	uint64_t distinct = s->stored_sum + coverage_count(s->fresh) * unit_bytes(h, storage);

	s->compulsory_stores += bytes;
	if (bytes > 0 && !is_needed_outside(h, storage))
		return err_at(err, ERR_INPUT, h->p->reading.file, line,
			      "nobody outside this kernel reads tensor '%s': to store it is not "
			      "compulsory; call it traffic=spill",
			      id_of(h, storage));
	return s->compulsory_stores <= distinct ||
	       err_at(err, ERR_INPUT, h->p->reading.file, line,
		      "the kernel calls %" PRIu64 " stored bytes of tensor '%s' compulsory, but they "
		      "are %" PRIu64 " different ones",
		      s->compulsory_stores, id_of(h, storage), distinct);
}

static bool store(struct contents *h, uint32_t storage, const struct transfer *t, uint64_t line,
		  struct err *err)
{
	struct held *s = held_of(h, storage);
	struct runs run;

	if (!h->needs->stays[storage] && !s->is_live && !make_live(h, storage, line, err))
		return false;
	if (!marks_of(h, storage, &s->fresh, line, err))
		return false;
	runs_start(&run, t, h->p->places[storage].address, unit_bytes(h, storage));
	while (runs_next(&run))
		coverage_add(s->fresh, run.first, run.length);
	s->store_epoch = h->epoch;
	return check_compulsory_store(h, storage, s, t->bytes[TRAFFIC_COMPULSORY], line, err);
}

bool contents_transfer(struct contents *h, const struct command *c, uint64_t line, struct err *err)
{
	uint32_t storage = storage_of(h->p->g, c->transfer.tensor);

	return c->unit == UNIT_LOAD ? load(h, storage, &c->transfer, line, err)
				    : store(h, storage, &c->transfer, line, err);
}

/* Barriers and ends. */

static void make_visible(struct contents *h, uint32_t storage)
{
	struct held *s = h->held[storage];
	uint64_t bytes;

	if (s->fresh == NULL)
		return;
	bytes = coverage_count(s->fresh) * unit_bytes(h, storage);
	s->stored_sum += bytes;
	s->stored_most = max_u64(s->stored_most, bytes);
	if (s->visible == NULL)
		s->visible = s->fresh;
	else
		coverage_merge(s->visible, s->fresh);
	s->fresh = NULL;
}

void contents_barrier(struct contents *h)
{
	for (size_t i = 0; i < h->n_of_kernel; i++)
		make_visible(h, h->of_kernel[i]);
	h->epoch++;
}

uint64_t contents_compulsory_bytes(const struct contents *h)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < h->n_of_kernel; i++)
		bytes += h->held[h->of_kernel[i]]->compulsory_loads +
			 h->held[h->of_kernel[i]]->compulsory_stores;
	return bytes;
}

static bool fail_kernel(const struct contents *h, struct err *err, const char *what, uint32_t storage,
			uint64_t found, uint64_t wanted, const char *of)
{
	return err_at(err, ERR_INPUT, h->p->reading.file, h->p->kernel.line,
		      "kernel '%s' %s %" PRIu64 " bytes of tensor '%s', of %" PRIu64 " %s",
		      h->p->kernel.name, what, found, id_of(h, storage), wanted, of);
}

/* An operand from outside is there to the last byte that the operator touches. */
static bool check_operand(const struct contents *h, uint32_t op, const struct op_info *info, unsigned i,
			  struct err *err)
{
	const struct graph *g = h->p->g;
	uint32_t storage = storage_of(g, op_input(g, &g->ops[op], i));
	const struct held *s = h->held[storage];
	uint64_t needed, found;

	if (i >= info->n_access || is_made_here(h, storage) || has_many_makers(h, storage))
		return true;
	needed = op_touched_bytes(g, &g->ops[op], info, i);
	found = s == NULL || s->loaded == NULL
			? 0
			: coverage_count(s->loaded) * unit_bytes(h, storage);
	if (found < needed)
		return fail_kernel(h, err, "loads only", storage, found, needed,
				   "that its operators read");
	return s->compulsory_loads >= needed ||
	       fail_kernel(h, err, "calls only", storage, s->compulsory_loads, needed,
			   "that it has to load compulsory");
}

static bool check_stores(const struct contents *h, struct err *err)
{
	for (size_t i = 0; i < h->n_of_kernel; i++) {
		uint32_t storage = h->of_kernel[i];
		const struct held *s = h->held[storage];

		if (s->stored_most > 0 && is_needed_outside(h, storage) &&
		    s->compulsory_stores < s->stored_most)
			return fail_kernel(h, err, "calls only", storage, s->compulsory_stores,
					   s->stored_most, "that others need compulsory");
	}
	return true;
}

bool contents_kernel_end(struct contents *h, struct err *err)
{
	const struct file_kernel *k = &h->p->kernel;

	contents_barrier(h);
	for (size_t j = 0; j < k->n_ops; j++)
		for (unsigned i = 0; h->needs->is_whole[k->ops[j]] &&
				     i < h->p->g->ops[k->ops[j]].n_inputs; i++)
			if (!check_operand(h, k->ops[j], &k->infos[j], i, err))
				return false;
	if (!check_stores(h, err))
		return false;
	for (size_t i = 0; i < h->n_of_kernel; i++) {
		struct held *s = h->held[h->of_kernel[i]];

		coverage_free(s->loaded);
		s->loaded = NULL;
		s->compulsory_loads = s->compulsory_stores = s->stored_sum = s->stored_most = 0;
		s->is_of_kernel = false;
	}
	h->n_of_kernel = 0;
	return true;
}

static bool complain_output(const struct contents *h, uint32_t tensor, uint32_t storage, uint64_t gap,
			    struct err *err)
{
	struct buf where = BUF_INIT;

	element_text(h, storage, gap, &where);
	err_at(err, ERR_INPUT, h->p->reading.file, lines_number(h->p->reading.lines),
	       "the plan never stores element %s of output '%s'", where.data, id_of(h, tensor));
	buf_release(&where);
	return false;
}

/* Every element of an output, which may be a view, is there. */
static bool check_output(const struct contents *h, uint32_t tensor, struct err *err)
{
	uint32_t storage = storage_of(h->p->g, tensor);
	const struct held *s = h->held[storage];
	struct blocks blocks;
	struct transfer t;
	struct region whole;

	if (unit_bytes(h, storage) == 0) /* less than a byte: nothing can store it */
		return complain_output(h, tensor, storage, 0, err);
	tensor_region(h->p->g, tensor, &whole);
	region_blocks(&blocks, h->p->g, tensor, &whole, unit_steps, 0);
	while (blocks_next(&blocks, &t)) {
		struct runs run;

		runs_start(&run, &t, 0, unit_bytes(h, storage));
		while (runs_next(&run)) {
			uint64_t gap = s == NULL || s->visible == NULL
					       ? run.first
					       : coverage_gap(s->visible, run.first, run.length);

			if (gap < run.first + run.length)
				return complain_output(h, tensor, storage, gap, err);
		}
	}
	return true;
}

/* A state is stored as far as its operator writes it. */
static bool check_state(const struct contents *h, uint32_t o, struct err *err)
{
	const struct graph *g = h->p->g;
	const struct op *op = &g->ops[o];
	uint32_t storage = storage_of(g, op_output(g, op, 0));
	const struct held *s = h->held[storage];
	uint64_t found = s == NULL || s->visible == NULL
				 ? 0
				 : coverage_count(s->visible) * unit_bytes(h, storage);
	struct op_info info;

	op_describe(g, o, &info);
	return found >= op_output_bytes(g, op, &info) ||
	       err_at(err, ERR_INPUT, h->p->reading.file, lines_number(h->p->reading.lines),
		      "the plan stores %" PRIu64 " bytes of state '%s', of %" PRIu64
		      " that operator '%s' writes",
		      found, id_of(h, storage), op_output_bytes(g, op, &info), op->id);
}

bool contents_plan_end(struct contents *h, struct err *err)
{
	const struct graph *g = h->p->g;

	for (uint32_t t = 0; t < g->n_tensors; t++)
		if (g->tensors[t].role == ROLE_OUTPUT && !check_output(h, t, err))
			return false;
	for (uint32_t o = 0; o < g->n_ops; o++)
		if (g->tensors[op_output(g, &g->ops[o], 0)].role == ROLE_STATE &&
		    !h->needs->is_view[o] && !check_state(h, o, err))
			return false;
	return true;
}
