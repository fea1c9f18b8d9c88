/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wheel of ticks with the banks that could have a row command from each of them on.  It is
 * a hint: whether a command is legal is asked of the rules.
 */
#include "model/ram21_fast_channel.h"

#include <string.h>

/* The bank's requests come into the sets of those that wait for the row slot. */
static void ripen(struct fast_channel *ch, unsigned bank)
{
	bool is_closed = ch->open_row[bank] == FAST_NO_ROW;

	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++) {
		struct fast_queue *q = &ch->queues[d];
		uint64_t of_bank = q->of_bank[bank];

		q->act |= of_bank & fast_mask(is_closed);
		q->pre |= of_bank & ~q->column & fast_mask(!is_closed);
	}
}

/* A bank may be in a slot since before it became awaited: it stays out. */
static void ripen_slot(struct fast_channel *ch, unsigned first, uint64_t banks)
{
	for (; banks != 0; banks &= banks - 1) {
		unsigned bank = first + (unsigned)__builtin_ctzll(banks);

		if (ch->is_awaited[bank])
			continue;
		ch->wheel.ripe[first / 64] |= banks & (UINT64_C(0) - banks);
		ripen(ch, bank);
	}
}

void fast_wheel_ripen_all(struct fast_channel *ch)
{
	struct fast_wheel *w = &ch->wheel;

	memset(w->slots, 0, sizeof(w->slots));
	w->used = 0;
	w->next = RAM21_FAST_NEVER;
	for (unsigned i = 0; i < FAST_BANK_WORDS; i++)
		ripen_slot(ch, 64 * i, UINT64_MAX);
}

void fast_wheel_turn_slots(struct fast_channel *ch, uint64_t tick)
{
	struct fast_wheel *w = &ch->wheel;

	while (w->next + OFF(WHEEL_TURN) <= tick) {
		unsigned slot = (unsigned)w->next % FAST_WHEEL, after = (slot + 1) % FAST_WHEEL;
		uint64_t later;

		for (unsigned i = 0; i < FAST_BANK_WORDS; i++) {
			ripen_slot(ch, 64 * i, w->slots[slot][i]);
			w->slots[slot][i] = 0;
		}
		w->used &= ~(UINT64_C(1) << slot);
		later = w->used >> after | w->used << (FAST_WHEEL - after) % FAST_WHEEL;
		w->next = later == 0 ? RAM21_FAST_NEVER :
				       w->next + 1 + OFF(WHEEL_NEXT) +
						       (unsigned)__builtin_ctzll(later);
	}
}

void fast_wheel_take(struct fast_channel *ch, unsigned bank)
{
	ch->wheel.ripe[bank / 64] &= ~(UINT64_C(1) << bank % 64);
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++) {
		struct fast_queue *q = &ch->queues[d];

		q->act &= ~q->of_bank[bank];
		q->pre &= ~q->of_bank[bank];
	}
}

void fast_wheel_put(struct fast_channel *ch, unsigned bank, uint64_t ready)
{
	struct fast_wheel *w = &ch->wheel;
	uint64_t at;

	fast_wheel_take(ch, bank);
	if (ready <= w->tick || !fast_is_wanted(ch, bank)) {
		w->ripe[bank / 64] |= UINT64_C(1) << bank % 64;
		ripen(ch, bank);
		return;
	}
	at = min_u64(ready + OFF(WHEEL_LATE), w->tick + FAST_WHEEL - 1);
	w->next = min_u64(w->next, at);
	w->slots[at % FAST_WHEEL][bank / 64] |= UINT64_C(1) << bank % 64;
	w->used |= UINT64_C(1) << at % FAST_WHEEL;
}
