/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks of 32,768 indices, each unmarked (NULL), whole (FULL), or a bitmap; under a table
 * of tables, so that a large and hardly marked set is small.
 */
#include "planfile/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define CHUNK_BITS 15
#define CHUNK (UINT64_C(1) << CHUNK_BITS)
#define WORDS (CHUNK / 64)
#define TABLE_BITS 10 /* chunks a table, as a power of two */

struct chunk {
	uint64_t words[WORDS];
	uint64_t n_set;
};
static struct chunk full_chunk; /* only its address is used */
#define FULL (&full_chunk)

struct table {
	struct chunk *chunks[1u << TABLE_BITS];
};

struct coverage {
	uint64_t n, n_set;
	struct table **tables;
	size_t n_tables;
};

struct coverage *coverage_new(uint64_t n)
{
	struct coverage *c = xcalloc(1, sizeof(*c));

	BUG_ON(n > COVERAGE_MAX);
	c->n = n;
	c->n_tables = (size_t)ceil_div_u64(n, CHUNK << TABLE_BITS);
	c->tables = xcalloc(c->n_tables + 1, sizeof(struct table *));
	return c;
}

static void free_chunk(struct chunk *chunk)
{
	if (chunk != FULL)
		free(chunk);
}

void coverage_free(struct coverage *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_tables; i++)
		for (size_t j = 0; c->tables[i] != NULL && j < 1u << TABLE_BITS; j++)
			free_chunk(c->tables[i]->chunks[j]);
	for (size_t i = 0; i < c->n_tables; i++)
		free(c->tables[i]);
	free(c->tables);
	free(c);
}

static struct chunk **chunk_at(struct coverage *c, uint64_t index)
{
	struct table **t = &c->tables[index >> (CHUNK_BITS + TABLE_BITS)];

	if (*t == NULL)
		*t = xcalloc(1, sizeof(**t));
	return &(*t)->chunks[index >> CHUNK_BITS & ((1u << TABLE_BITS) - 1)];
}

static const struct chunk *chunk_seen(const struct coverage *c, uint64_t index)
{
	const struct table *t = c->tables[index >> (CHUNK_BITS + TABLE_BITS)];

	return t == NULL ? NULL : t->chunks[index >> CHUNK_BITS & ((1u << TABLE_BITS) - 1)];
}

/* Bits [first, end) of a word. */
static uint64_t bits(unsigned first, unsigned end)
{
	return UINT64_MAX >> (64 - (end - first)) << first;
}

/* Indices of a chunk that exist: the last one may be short. */
static uint64_t chunk_size(const struct coverage *c, uint64_t index)
{
	uint64_t start = index & ~(CHUNK - 1);

	return min_u64(CHUNK, c->n - start);
}

static uint64_t mark(struct chunk *chunk, unsigned first, unsigned end)
{
	uint64_t before = chunk->n_set;

	while (first < end) {
		unsigned word = first / 64, stop = (unsigned)min_u64(end, (word + 1) * 64);
		uint64_t mask = bits(first % 64, stop - word * 64);

		chunk->n_set += (unsigned)__builtin_popcountll(mask & ~chunk->words[word]);
		chunk->words[word] |= mask;
		first = stop;
	}
	return chunk->n_set - before;
}

static uint64_t mark_chunk(struct coverage *c, uint64_t first, uint64_t n)
{
	struct chunk **chunk = chunk_at(c, first);
	uint64_t added, size = chunk_size(c, first);

	if (*chunk == FULL)
		return 0;
	if (*chunk == NULL && n == size) {
		*chunk = FULL;
		return n;
	}
	if (*chunk == NULL)
		*chunk = xcalloc(1, sizeof(**chunk));
	added = mark(*chunk, (unsigned)(first % CHUNK), (unsigned)(first % CHUNK + n));
	if ((*chunk)->n_set == size) {
		free(*chunk);
		*chunk = FULL;
	}
	return added;
}

uint64_t coverage_add(struct coverage *c, uint64_t first, uint64_t n)
{
	uint64_t before = c->n_set;

	while (n > 0) {
		uint64_t here = min_u64(n, CHUNK - first % CHUNK);

		c->n_set += mark_chunk(c, first, here);
		first += here;
		n -= here;
	}
	return c->n_set - before;
}

static uint64_t gap_in(const struct chunk *chunk, uint64_t first, uint64_t end)
{
	while (first < end) {
		uint64_t open = ~chunk->words[first % CHUNK / 64] >> first % 64;

		if (open != 0)
			return min_u64(first + (unsigned)__builtin_ctzll(open), end);
		first += 64 - first % 64;
	}
	return end;
}

uint64_t coverage_gap(const struct coverage *c, uint64_t first, uint64_t n)
{
	uint64_t end = first + n;

	while (first < end) {
		const struct chunk *chunk = chunk_seen(c, first);
		uint64_t stop = min_u64(end, (first / CHUNK + 1) * CHUNK);
		uint64_t gap = chunk == NULL   ? first
			       : chunk == FULL ? stop
					       : gap_in(chunk, first, stop);

		if (gap < stop)
			return gap;
		first = stop;
	}
	return end;
}

uint64_t coverage_count(const struct coverage *c)
{
	return c->n_set;
}

static void merge_chunk(struct coverage *into, uint64_t index, struct chunk **from)
{
	struct chunk **to = chunk_at(into, index);

	if (*to == FULL)
		return;
	if (*from == FULL) {
		into->n_set += chunk_size(into, index) - (*to == NULL ? 0 : (*to)->n_set);
		free(*to);
		*to = FULL;
	} else if (*to == NULL) {
		into->n_set += (*from)->n_set;
		*to = *from;
		*from = NULL;
	} else {
		for (size_t i = 0; i < WORDS; i++) {
			uint64_t added = (*from)->words[i] & ~(*to)->words[i];

			(*to)->words[i] |= added;
			(*to)->n_set += (unsigned)__builtin_popcountll(added);
			into->n_set += (unsigned)__builtin_popcountll(added);
		}
		if ((*to)->n_set == chunk_size(into, index)) {
			free(*to);
			*to = FULL;
		}
	}
}

void coverage_merge(struct coverage *into, struct coverage *from)
{
	for (size_t i = 0; i < from->n_tables; i++)
		for (size_t j = 0; from->tables[i] != NULL && j < 1u << TABLE_BITS; j++)
			if (from->tables[i]->chunks[j] != NULL)
				merge_chunk(into,
					    (i << (CHUNK_BITS + TABLE_BITS)) + (j << CHUNK_BITS),
					    &from->tables[i]->chunks[j]);
	coverage_free(from);
}
