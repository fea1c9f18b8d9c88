/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of reservations of a command bus.  First come, first served; knows no commands. */
#include "model/dram_bus.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/off_by_one.h"

void dram_bus_init(struct dram_bus *b, uint64_t span)
{
	b->n_words = 2;
	while (b->n_words * 64 < span + 256)
		b->n_words *= 2;
	b->words = xcalloc(b->n_words, sizeof(*b->words));
	b->base_word = 0;
}

void dram_bus_release(struct dram_bus *b)
{
	free(b->words);
}

void dram_bus_forget(struct dram_bus *b, uint64_t word)
{
	if (word - b->base_word >= b->n_words)
		memset(b->words, 0, b->n_words * sizeof(*b->words));
	else
		for (uint64_t i = b->base_word; i < word; i++)
			b->words[i & (b->n_words - 1)] = 0;
	b->base_word = word;
}

/* The 64 ticks from `tick` on, a bit set where one is taken. */
static inline uint64_t taken_from(const struct dram_bus *b, uint64_t tick)
{
	uint64_t word = tick / 64, low = b->words[word & (b->n_words - 1)];
	unsigned shift = tick % 64;

	return shift == 0 ? low : low >> shift | b->words[(word + 1) & (b->n_words - 1)]
							  << (64 - shift);
}

static inline void check_range(const struct dram_bus *b, uint64_t tick)
{
	if (tick / 64 < b->base_word || tick / 64 + 2 - b->base_word >= b->n_words)
		BUG("command bus asked for tick %" PRIu64 ", it holds %" PRIu64 " to %" PRIu64, tick,
		    b->base_word * 64, (b->base_word + b->n_words) * 64);
}

static inline void mark(struct dram_bus *b, uint64_t tick, uint64_t bits)
{
	unsigned shift = tick % 64;

	b->words[tick / 64 & (b->n_words - 1)] |= bits << shift;
	if (shift > 0 && bits >> (64 - shift) != 0)
		b->words[(tick / 64 + 1) & (b->n_words - 1)] |= bits >> (64 - shift);
}

#define LOOK 48 /* ticks of a look that are sure, whatever lies behind its 64 */

uint64_t dram_bus_take(struct dram_bus *b, uint64_t tick, unsigned length, unsigned step)
{
	const uint64_t firsts = step == 2 ? UINT64_C(0x555555555555) : (UINT64_C(1) << LOOK) - 1;
	uint64_t bits = (UINT64_C(1) << length) - 1, is_free = 0;

	if (length == 1 && step == 1) {
		tick = dram_bus_first_free(b, tick);
		mark(b, tick, 1);
		return tick;
	}
	BUG_ON(length > 64 - LOOK || step > 2 || tick % step != 0);
	for (; is_free == 0; tick += LOOK) {
		uint64_t taken = taken_from(b, tick);

		check_range(b, tick);
		for (unsigned i = 1; i < length; i++)
			taken |= taken >> 1;
		is_free = ~taken & firsts;
	}
	tick += (uint64_t)__builtin_ctzll(is_free) - LOOK;
	mark(b, tick, bits);
	return tick;
}

uint64_t dram_bus_first_free(const struct dram_bus *b, uint64_t tick)
{
	uint64_t taken;

	for (;; tick += 64) {
		check_range(b, tick);
		taken = taken_from(b, tick);
		if (taken != UINT64_MAX)
			return tick + (uint64_t)__builtin_ctzll(~taken);
	}
}

unsigned dram_bus_take_row(struct dram_bus *b, uint64_t tick, uint64_t marks, unsigned apart,
			   unsigned n)
{
	unsigned in_look = 63 / apart + 1, done = 0;

	while (done < n) {
		unsigned some = n - done < in_look ? n - done : in_look;
		uint64_t wanted = marks & UINT64_MAX >> (63 - (some - 1) * apart), met;

		check_range(b, tick);
		met = taken_from(b, tick) & wanted;
		if (met != 0) {
			wanted &= ((met & -met) << OFF(BUS_ROW)) - 1;
			mark(b, tick, wanted);
			return done + (unsigned)__builtin_popcountll(wanted);
		}
		mark(b, tick, wanted);
		done += some;
		tick += (uint64_t)some * apart;
	}
	return done;
}
