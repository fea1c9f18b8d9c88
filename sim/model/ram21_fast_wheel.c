/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wheel of ticks with the banks that could have a row command from each of them on.  It is
 * a hint: whether a command is legal is asked of the rules.
 */
#include "model/ram21_fast_channel.h"

#include <string.h>

/* The bank's requests are ripe with it. */
static void ripen(struct fast_channel *ch, unsigned pc, uint64_t banks, unsigned n_banks)
{
	ch->wheel.ripe[pc] |= banks;
	for (; banks != 0; banks &= banks - 1) {
		unsigned bank = pc * n_banks + (unsigned)__builtin_ctzll(banks);

		for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
			ch->queues[d].ripe |= ch->queues[d].of_bank[bank];
	}
}

void fast_wheel_ripen_all(struct fast_channel *ch)
{
	struct fast_wheel *w = &ch->wheel;

	memset(w->slots, 0, sizeof(w->slots));
	memset(w->used, 0, sizeof(w->used));
	memset(w->ripe, 0xff, sizeof(w->ripe));
	w->next = RAM21_FAST_NEVER;
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		ch->queues[d].ripe = ch->queues[d].all;
}

/* From slot number `from` on, once around; FAST_WHEEL: none. */
static unsigned distance_to_used(const struct fast_wheel *w, uint64_t from)
{
	unsigned slot = (unsigned)from % FAST_WHEEL, word = slot / 64;
	uint64_t bits = w->used[word] >> slot % 64;

	if (bits != 0)
		return (unsigned)__builtin_ctzll(bits);
	for (unsigned i = 1; i <= FAST_WHEEL / 64; i++) {
		bits = w->used[(word + i) % (FAST_WHEEL / 64)];
		if (bits != 0)
			return i * 64 - slot % 64 + (unsigned)__builtin_ctzll(bits);
	}
	return FAST_WHEEL;
}

void fast_wheel_turn_slots(struct fast_channel *ch, uint64_t tick)
{
	struct fast_wheel *w = &ch->wheel;

	while (w->next <= tick) {
		unsigned slot = (unsigned)w->next % FAST_WHEEL, away;

		for (unsigned pc = 0; pc < FAST_PCS; pc++) {
			ripen(ch, pc, w->slots[slot][pc], ch->fast->rules.n_banks);
			w->slots[slot][pc] = 0;
		}
		w->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
		away = distance_to_used(w, w->next + 1);
		w->next = away == FAST_WHEEL ? RAM21_FAST_NEVER : w->next + 1 + away;
	}
}

void fast_wheel_take(struct fast_channel *ch, const struct fast_path *path)
{
	ch->wheel.ripe[path->pc] &= ~(UINT64_C(1) << path->bank);
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		ch->queues[d].ripe &= ~ch->queues[d].of_bank[path->index];
}

void fast_wheel_put(struct fast_channel *ch, const struct fast_path *path, uint64_t ready)
{
	struct fast_wheel *w = &ch->wheel;
	uint64_t bank = UINT64_C(1) << path->bank;
	uint64_t at = min_u64(ready, w->tick + FAST_WHEEL - 1);
	unsigned slot = (unsigned)at % FAST_WHEEL;

	if (ready <= w->tick) {
		ripen(ch, path->pc, bank, ch->fast->rules.n_banks);
		return;
	}
	fast_wheel_take(ch, path);
	w->next = min_u64(w->next, at);
	w->slots[slot][path->pc] |= bank;
	w->used[slot / 64] |= UINT64_C(1) << slot % 64;
}
