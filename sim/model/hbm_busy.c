/* SPDX-License-Identifier: Apache-2.0 */
/* The union of all data buses' bursts, as a ring of bits.  Knows only ticks. */
#include "model/hbm_busy.h"

#include <stdlib.h>

#include "base/mem.h"

void hbm_busy_init(struct hbm_busy *b, uint64_t span)
{
	*b = (struct hbm_busy){ .n_words = 2 };
	while (b->n_words * 64 < span + 256)
		b->n_words *= 2;
	b->words = xcalloc(b->n_words, sizeof(*b->words));
}

void hbm_busy_release(struct hbm_busy *b)
{
	free(b->words);
}

static uint64_t *word_at(const struct hbm_busy *b, uint64_t word)
{
	return &b->words[word & (b->n_words - 1)];
}

void hbm_busy_count(struct hbm_busy *b, uint64_t word)
{
	for (; b->base_word < word && b->base_word <= b->last_word; b->base_word++) {
		b->ticks += (uint64_t)__builtin_popcountll(*word_at(b, b->base_word));
		*word_at(b, b->base_word) = 0;
	}
	b->base_word = max_u64(b->base_word, word);
}

void hbm_busy_mark(struct hbm_busy *b, uint64_t tick, uint64_t length)
{
	uint64_t end = tick + length, first = tick / 64, last = (end - 1) / 64;
	uint64_t from = UINT64_MAX << tick % 64, to = UINT64_MAX >> (63 - (end - 1) % 64);

	if (first < b->base_word || last - b->base_word >= b->n_words)
		BUG("burst at tick %" PRIu64 ", the ring holds %" PRIu64 " to %" PRIu64, tick,
		    b->base_word * 64, (b->base_word + b->n_words) * 64);
	b->last_word = max_u64(b->last_word, last);
	if (first == last) {
		*word_at(b, first) |= from & to;
		return;
	}
	*word_at(b, first) |= from;
	for (uint64_t word = first + 1; word < last; word++)
		*word_at(b, word) = UINT64_MAX;
	*word_at(b, last) |= to;
}

uint64_t hbm_busy_ticks(const struct hbm_busy *b)
{
	uint64_t ticks = b->ticks;

	for (uint64_t word = b->base_word; word <= b->last_word; word++)
		ticks += (uint64_t)__builtin_popcountll(*word_at(b, word));
	return ticks;
}
