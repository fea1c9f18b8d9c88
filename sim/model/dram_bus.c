/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of reservations of a command bus.  First come, first served; knows no commands. */
#include "model/dram_bus.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void dram_bus_init(struct dram_bus *b, uint64_t span)
{
	b->n_words = 2;
	while (b->n_words * 64 < span + 128)
		b->n_words *= 2;
	b->words = xcalloc(b->n_words, sizeof(*b->words));
	b->base_word = 0;
}

void dram_bus_release(struct dram_bus *b)
{
	free(b->words);
}

void dram_bus_advance(struct dram_bus *b, uint64_t tick)
{
	uint64_t word = tick / 64;

	if (word <= b->base_word)
		return;
	if (word - b->base_word >= b->n_words)
		memset(b->words, 0, b->n_words * sizeof(*b->words));
	else
		for (uint64_t i = b->base_word; i < word; i++)
			b->words[i & (b->n_words - 1)] = 0;
	b->base_word = word;
}

static bool is_taken(const struct dram_bus *b, uint64_t tick)
{
	return b->words[tick / 64 & (b->n_words - 1)] >> tick % 64 & 1;
}

uint64_t dram_bus_take(struct dram_bus *b, uint64_t tick, unsigned length)
{
	unsigned n_free = 0;

	while (n_free < length)
		n_free = is_taken(b, tick++) ? 0 : n_free + 1;
	tick -= length;
	if (tick / 64 < b->base_word || (tick + length) / 64 - b->base_word >= b->n_words)
		BUG("command bus asked for tick %" PRIu64 ", it holds %" PRIu64 " to %" PRIu64,
		    tick, b->base_word * 64, (b->base_word + b->n_words) * 64);
	for (unsigned i = 0; i < length; i++)
		b->words[(tick + i) / 64 & (b->n_words - 1)] |= UINT64_C(1) << (tick + i) % 64;
	return tick;
}
