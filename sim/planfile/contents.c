/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which elements of every storage are there: `visible` to loads, or `fresh` since the last
 * barrier.  Two tensors may share a place if neither is read after the other was stored,
 * and a barrier lies between their uses; inputs, weights, states and outputs keep theirs.
 * Memory: one bit for each element of what is stored in part.
 */
#include "planfile/contents.h"

#include <stdlib.h>
#include <string.h>

#include "planfile/coverage.h"
#include "planfile/runs.h"

struct held {
	struct coverage *visible, *fresh;
	bool is_fresh;   /* listed in contents.fresh */
	bool is_live;    /* listed in contents.live, for what does not stay */
	uint32_t killer; /* whose store overwrote it, at that line; 0: none */
	uint64_t killer_line, load_epoch, store_epoch;
};

struct range {
	uint64_t lo, hi;
	uint32_t storage;
};

struct contents {
	const struct parser *p;
	const struct needs *needs;
	struct held **held;         /* by storage; NULL: not touched yet */
	struct range *fixed, *live; /* by address, apart */
	size_t n_fixed, n_live, live_capacity;
	uint32_t *fresh; /* storages with something stored since the last barrier */
	size_t n_fresh, fresh_capacity;
	uint64_t epoch; /* barriers and kernels so far, from 1 */
};

static uint64_t unit_bytes(const struct contents *h, uint32_t storage)
{
	return dtype_bits(h->p->g->tensors[storage].dtype) / 8;
}

static const char *id_of(const struct contents *h, uint32_t tensor)
{
	return h->p->g->tensors[tensor].id;
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
	s->visible = s->fresh = NULL;
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
	free(h->fresh);
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
		return err_at(
			err, ERR_INPUT, h->p->reading.file, line,
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
	if (h->held[storage] == NULL)
		h->held[storage] = xcalloc(1, sizeof(**h->held));
	return h->held[storage];
}

static bool check_countable(const struct contents *h, uint32_t storage, uint64_t line,
			    struct err *err)
{
	return tensor_elements(h->p->g, storage) <= COVERAGE_MAX ||
	       err_at(err, ERR_LIMIT, h->p->reading.file, line,
		      "tensor '%s' has more than %" PRIu64 " elements", id_of(h, storage),
		      COVERAGE_MAX);
}

static bool complain_unstored(const struct contents *h, uint32_t storage, const struct held *s,
			      uint64_t gap, uint64_t line, struct err *err)
{
	struct buf where = BUF_INIT;
	const char *why = s->fresh != NULL && coverage_gap(s->fresh, gap, 1) > gap
				  ? "is stored only since the last barrier"
				  : "nothing has stored";

	print_element(&where, h->p->g, storage, gap);
	if (s->killer_line != 0)
		err_at(err, ERR_INPUT, h->p->reading.file, line,
		       "element %s of tensor '%s' is loaded, but '%s', which lies in the same "
		       "place, "
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

static bool load(struct contents *h, uint32_t storage, const struct transfer *t, uint64_t line,
		 struct err *err)
{
	struct held *s = held_of(h, storage);
	struct runs run;

	runs_start(&run, t, h->p->places[storage].address, unit_bytes(h, storage));
	while (runs_next(&run))
		if (!check_visible(h, storage, s, &run, line, err))
			return false;
	s->load_epoch = h->epoch;
	return true;
}

static bool store(struct contents *h, uint32_t storage, const struct transfer *t, uint64_t line,
		  struct err *err)
{
	struct held *s = held_of(h, storage);
	struct runs run;

	if (!h->needs->stays[storage] && !s->is_live && !make_live(h, storage, line, err))
		return false;
	if (!s->is_fresh) {
		GROW(h->fresh, h->n_fresh, h->fresh_capacity);
		h->fresh[h->n_fresh++] = storage;
		s->is_fresh = true;
	}
	if (s->fresh == NULL)
		s->fresh = coverage_new(tensor_elements(h->p->g, storage));
	runs_start(&run, t, h->p->places[storage].address, unit_bytes(h, storage));
	while (runs_next(&run))
		coverage_add(s->fresh, run.first, run.length);
	s->store_epoch = h->epoch;
	return true;
}

bool contents_transfer(struct contents *h, const struct command *c, uint64_t line, struct err *err)
{
	uint32_t storage = storage_of(h->p->g, c->transfer.tensor);

	if (!check_countable(h, storage, line, err))
		return false;
	return c->unit == UNIT_LOAD ? load(h, storage, &c->transfer, line, err)
				    : store(h, storage, &c->transfer, line, err);
}

void contents_barrier(struct contents *h)
{
	for (size_t i = 0; i < h->n_fresh; i++) {
		struct held *s = h->held[h->fresh[i]];

		s->is_fresh = false;
		if (s->visible == NULL)
			s->visible = s->fresh;
		else if (s->fresh != NULL)
			coverage_merge(s->visible, s->fresh);
		s->fresh = NULL;
	}
	h->n_fresh = 0;
	h->epoch++;
}
