/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the rows of queued packets ahead of their bursts: PRE and ACT at their earliest legal
 * ticks, as many as fit before the next decision, the row that can open first first, of
 * equals that of the oldest packet.  A row with queued packets of its own stays open, but
 * for the packet that must go next.  Which packet goes: hbm_schedule.c.
 */
#include "model/hbm.h"

#include "base/off_by_one.h"

static uint64_t act_tick(const struct hbm_pc *pc, unsigned bank)
{
	const struct dram_state *s = &pc->state;
	uint64_t act = max_u64(pc->now, dram_earliest_in(s, DRAM_ACT, bank));

	if (pc->open >> bank & 1)
		act = max_u64(act, max_u64(pc->now, dram_earliest_in(s, DRAM_PREpb, bank)) +
				   pc->hbm->pre_to_act);
	return act;
}

/* Of the banks, those whose row can open first, and when. */
static uint64_t soonest_of(const struct hbm_pc *pc, uint64_t banks, uint64_t *tick)
{
	uint64_t soonest = 0;

	*tick = HBM_NO_TICK;
	for (; banks; banks &= banks - 1) {
		unsigned bank = (unsigned)__builtin_ctzll(banks);
		uint64_t act = act_tick(pc, bank);

		if (act < *tick) {
			*tick = act;
			soonest = 0;
		}
		if (act == *tick)
			soonest |= UINT64_C(1) << bank;
	}
	return soonest;
}

/* The oldest packet that waits for one of the banks to open, and which of them. */
static struct hbm_entry *oldest_for(const struct hbm_pc *pc, enum hbm_direction d, uint64_t banks)
{
	const struct hbm_queue *q = &pc->queues[d];

	for (size_t i = 0; i < q->n; i++) {
		struct hbm_entry *e = hbm_queue_at(q, i);

		if ((e->banks & ~e->ready & banks) != 0 && e->blockers == 0)
			return e;
	}
	return NULL;
}

static void open_row(struct hbm_pc *pc, struct hbm_entry *e, unsigned bank)
{
	struct hbm_account *counts = &pc->channel->counts;
	bool is_open = pc->open >> bank & 1;
	uint64_t tick;

	if (!(e->counted >> bank & 1)) {
		counts->row_conflicts += is_open;
		counts->row_misses += !is_open;
	}
	e->counted |= UINT64_C(1) << bank;
	if (is_open)
		hbm_close_row(pc, bank);
	tick = hbm_issue(pc, DRAM_ACT, bank, e->row);
	counts->activates++;
	hbm_bank_opened(pc, bank, e->row, tick);
}

/* Opens a row for the packet; false if none of its banks, but for `spared`, can by `limit`. */
static bool open_one_for(struct hbm_pc *pc, struct hbm_entry *e, uint64_t spared, uint64_t limit)
{
	uint64_t tick, banks = soonest_of(pc, e->banks & ~e->ready & ~spared, &tick);

	if (banks == 0 || tick > limit)
		return false;
	open_row(pc, e, (unsigned)__builtin_ctzll(banks));
	return true;
}

/*
 * Nothing opens by `limit`, as was found before: ready ticks only grow, and what is spared or
 * blocked can only open later.  A bank that came to those that only wait, or was closed, has
 * cleared the tick.
 */
static bool is_at_rest(const struct hbm_pc *pc, enum hbm_direction d, uint64_t limit)
{
	return limit < pc->rows_rest[d] + OFF(ROWS_REST);
}

/* Remembers until when no bank that only waits can open. */
static void note_rest(struct hbm_pc *pc, enum hbm_direction d, uint64_t banks, uint64_t tick)
{
	if (event_engine(pc->hbm->events) == ENGINE_FAST &&
	    banks == (pc->waiting[d] & ~pc->hits[d]))
		pc->rows_rest[d] = tick;
}

/* The packet whose row can open first, and of which banks; NULL if none waits for a row that can
 * by `limit`. */
static struct hbm_entry *next_to_open(struct hbm_pc *pc, enum hbm_direction d,
				      uint64_t spared, uint64_t limit, uint64_t *banks,
				      uint64_t *tick)
{
	uint64_t candidates = pc->waiting[d] & ~pc->hits[d] & ~spared;

	while (candidates) {
		struct hbm_entry *e;

		*banks = soonest_of(pc, candidates, tick);
		if (*tick > limit) {
			note_rest(pc, d, candidates, *tick);
			return NULL;
		}
		e = oldest_for(pc, d, *banks);
		if (e)
			return e;
		candidates &= ~*banks; /* what waits there waits for others too */
	}
	return NULL;
}

static bool open_one(struct hbm_pc *pc, enum hbm_direction d, uint64_t spared, uint64_t limit)
{
	uint64_t banks, tick;
	struct hbm_entry *e;

	if (is_at_rest(pc, d, limit))
		return false;
	e = next_to_open(pc, d, spared, limit, &banks, &tick);
	if (!e)
		return false;
	banks &= e->banks & ~e->ready;
	open_row(pc, e, (unsigned)__builtin_ctzll(banks));
	return true;
}

void hbm_open_rows(struct hbm_pc *pc, enum hbm_direction d, struct hbm_entry *first,
		   uint64_t spared)
{
	uint64_t limit = max_u64(pc->now, hbm_next_column(pc)) + pc->hbm->row_horizon;

	spared |= pc->refreshing;
	if (first)
		while (open_one_for(pc, first, spared, limit))
			continue;
	while (dram_pc_node(&pc->state)->ready[DRAM_ACT] <= limit && open_one(pc, d, spared, limit))
		continue;
}

uint64_t hbm_rows_soonest(struct hbm_pc *pc, enum hbm_direction d,
			  const struct hbm_entry *first, uint64_t spared)
{
	uint64_t banks, tick, of_first;

	spared |= pc->refreshing;
	if (!next_to_open(pc, d, spared, HBM_NO_TICK, &banks, &tick))
		tick = HBM_NO_TICK;
	if (first && soonest_of(pc, first->banks & ~first->ready & ~spared, &of_first))
		tick = min_u64(tick, of_first);
	return tick;
}
