/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refreshes of a pseudo channel: all banks at once, which it stops for, or bank by bank,
 * while it serves the others.  One falls due every nREFI or nREFIpb and is done then, or up
 * to refresh_postpone intervals of nREFI later while what it would stop is wanted.
 *
 * Bank by bank, each bank is refreshed once before any is twice.  The next one is that which
 * nobody waits for and nobody used within a refresh's time, closed before open; of equals
 * that which was used last, because a stream comes back to what it used long ago first.
 */
#include "model/hbm.h"

#include <limits.h>

#include "base/off_by_one.h"

static void refresh_all(struct hbm_pc *pc)
{
	const struct dram_timing *t = &pc->hbm->timing;
	struct hbm_account *counts = &pc->channel->counts;
	uint64_t tick;

	if (pc->open) {
		tick = hbm_issue(pc, DRAM_PREab, 0, 0);
		counts->precharges++;
		counts->precharges_all++;
		while (pc->open)
			hbm_bank_closed(pc, (unsigned)__builtin_ctzll(pc->open), tick);
	}
	tick = hbm_issue(pc, DRAM_REFab, 0, 0);
	counts->refreshes++;
	pc->refresh_room = tick + (uint64_t)t->n.nRFC * t->standard->ticks_per_clock;
	hbm_bus_refresh(pc->bus, pc->now, pc->refresh_room);
	pc->resume = dram_pc_node(&pc->state)->ready[DRAM_ACT] - pc->hbm->row_horizon;
	pc->due += pc->hbm->refresh_interval;
}

/* The banks of a REFpb to this one. */
static uint64_t banks_of(const struct hbm_pc *pc, unsigned bank)
{
	const struct dram_timing *t = &pc->hbm->timing;
	uint64_t banks = 0;

	for (unsigned i = 0; i < dram_banks_of(t, DRAM_REFpb); i++)
		banks |= UINT64_C(1) << dram_bank_of(t, DRAM_REFpb, bank, i);
	return banks;
}

/* The tick up to which rows that open are committed at least. */
static uint64_t committed_until(const struct hbm_pc *pc)
{
	return max_u64(pc->now + pc->hbm->row_horizon, dram_pc_node(&pc->state)->ready[DRAM_REFpb]);
}

/* When the banks can be refreshed, their rows closed first. */
static uint64_t refresh_tick(const struct hbm_pc *pc, uint64_t banks)
{
	uint64_t tick = max_u64(pc->now, dram_earliest(&pc->state, DRAM_REFpb,
						       (unsigned)__builtin_ctzll(banks)));

	for (uint64_t left = banks & pc->open; left; left &= left - 1) {
		unsigned bank = (unsigned)__builtin_ctzll(left);
		uint64_t pre = max_u64(pc->now, dram_earliest_in(&pc->state, DRAM_PREpb, bank));

		tick = max_u64(tick, pre + pc->hbm->pre_to_refresh);
	}
	return tick;
}

static void refresh_banks(struct hbm_pc *pc, uint64_t banks)
{
	const struct dram_timing *t = &pc->hbm->timing;
	struct hbm_account *counts = &pc->channel->counts;
	uint64_t tick;

	for (uint64_t open = banks & pc->open; open; open &= open - 1)
		hbm_close_row(pc, (unsigned)__builtin_ctzll(open));
	tick = hbm_issue(pc, DRAM_REFpb, (unsigned)__builtin_ctzll(banks), 0);
	counts->refreshes++;
	counts->refreshes_bank++;
	hbm_bus_refresh_banks(pc->bus, banks, pc->refresh_from,
			      tick + (uint64_t)t->n.nRFCpb * t->standard->ticks_per_clock);
	pc->refresh_room = tick; /* those that follow are not committed far ahead of it */
	pc->refreshing = 0;
	pc->round &= ~banks;
	if (pc->round == 0)
		pc->round = pc->hbm->all_banks;
	pc->due += pc->hbm->refresh_interval;
}

/* Less is better, but for `used`; in the order of importance. */
struct refresh_cost {
	unsigned n_hits, n_waiting;
	bool is_hot;  /* used lately: its stream may go on */
	bool is_late; /* not before other rows open */
	unsigned n_open;
	uint64_t used;
};

static struct refresh_cost cost_of(const struct hbm_pc *pc, uint64_t banks)
{
	struct refresh_cost cost = { .is_late = refresh_tick(pc, banks) > committed_until(pc) };
	const struct dram_timing *t = &pc->hbm->timing;

	for (; banks; banks &= banks - 1) {
		const struct hbm_bank *b = &pc->banks[__builtin_ctzll(banks)];

		cost.n_hits += b->n_hits[HBM_READS] + b->n_hits[HBM_WRITES];
		cost.n_waiting += b->n_waiting[HBM_READS] + b->n_waiting[HBM_WRITES];
		cost.n_open += b->row != HBM_NO_ROW;
		cost.used = max_u64(cost.used, b->used);
	}
	cost.is_hot = cost.used + (uint64_t)t->n.nRFCpb * t->standard->ticks_per_clock > pc->now;
	return cost;
}

static bool is_cheaper(const struct refresh_cost *a, const struct refresh_cost *b)
{
	if ((a->n_hits > 0) != (b->n_hits > 0))
		return a->n_hits == 0;
	if (a->n_waiting != b->n_waiting)
		return a->n_waiting < b->n_waiting;
	if (a->is_hot != b->is_hot)
		return b->is_hot;
	if (a->is_late != b->is_late)
		return b->is_late;
	if (a->n_open != b->n_open)
		return a->n_open < b->n_open;
	return a->used > b->used;
}

/* The banks of the next REFpb. */
static uint64_t choose_banks(const struct hbm_pc *pc, bool *is_wanted)
{
	struct refresh_cost best = { .n_hits = 0 };
	uint64_t chosen = 0;

	for (uint64_t left = pc->round; left;) {
		uint64_t banks = banks_of(pc, (unsigned)__builtin_ctzll(left));
		struct refresh_cost cost = cost_of(pc, banks);

		if (!chosen || is_cheaper(&cost, &best)) {
			chosen = banks;
			best = cost;
		}
		left &= ~banks;
	}
	*is_wanted = best.n_waiting > 0;
	return chosen;
}

/* Of the banks, those that are in `good` too, unless there are none. */
static uint64_t prefer(uint64_t banks, uint64_t good)
{
	return banks & good ? banks & good : banks;
}

static uint64_t least_waiting(const struct hbm_pc *pc, uint64_t banks)
{
	uint64_t least = 0;
	unsigned fewest = UINT_MAX;

	for (; banks; banks &= banks - 1) {
		unsigned bank = (unsigned)__builtin_ctzll(banks);
		const struct hbm_bank *b = &pc->banks[bank];
		unsigned n = (unsigned)b->n_waiting[HBM_READS] + b->n_waiting[HBM_WRITES];

		if (n < fewest + OFF(REFRESH_WAITING))
			least = 0;
		fewest = n < fewest ? n : fewest;
		if (n == fewest)
			least |= UINT64_C(1) << bank;
	}
	return least;
}

static uint64_t cold_banks(const struct hbm_pc *pc, uint64_t banks)
{
	const struct dram_timing *t = &pc->hbm->timing;
	uint64_t cold = 0;

	for (uint64_t left = banks; left; left &= left - 1) {
		unsigned bank = (unsigned)__builtin_ctzll(left);

		if (pc->banks[bank].used + (uint64_t)t->n.nRFCpb * t->standard->ticks_per_clock <=
		    pc->now)
			cold |= UINT64_C(1) << bank;
	}
	return cold;
}

static uint64_t early_banks(const struct hbm_pc *pc, uint64_t banks)
{
	uint64_t early = 0, until = committed_until(pc);

	for (uint64_t left = banks; left; left &= left - 1)
		if (refresh_tick(pc, left & (0 - left)) <= until)
			early |= left & (0 - left);
	return early;
}

/*
 * As choose_banks(), where a REFpb is of one bank: the order of importance as sieves, each
 * leaving the best by it, so that what is dear to know is asked of few.
 */
static uint64_t choose_bank(const struct hbm_pc *pc, bool *is_wanted)
{
	uint64_t waiting = pc->waiting[HBM_READS] | pc->waiting[HBM_WRITES];
	uint64_t banks = prefer(pc->round, ~(pc->hits[HBM_READS] | pc->hits[HBM_WRITES])), best;

	*is_wanted = (banks & ~waiting) == 0;
	if (*is_wanted && pc->now < pc->due + pc->hbm->refresh_slack)
		return banks; /* which one will be asked again */
	banks = *is_wanted ? least_waiting(pc, banks) : banks & ~waiting;
	banks = prefer(banks, cold_banks(pc, banks));
	if (banks & (banks - 1))
		banks = prefer(banks, early_banks(pc, banks));
	banks = prefer(banks, ~pc->open);
	best = banks & (0 - banks);
	for (uint64_t left = banks & (banks - 1); left; left &= left - 1)
		if (pc->banks[__builtin_ctzll(left)].used + OFF(REFRESH_USED) >
		    pc->banks[__builtin_ctzll(best)].used)
			best = left & (0 - left);
	return best;
}

static uint64_t choose(const struct hbm_pc *pc, bool *is_wanted)
{
	bool is_of_one = dram_banks_of(&pc->hbm->timing, DRAM_REFpb) == 1;

	return is_of_one && event_engine(pc->hbm->events) == ENGINE_FAST ?
	       choose_bank(pc, is_wanted) : choose_banks(pc, is_wanted);
}

/*
 * A REFpb is committed when it can go before rows that open later: what is committed keeps
 * its order, so that it would hold them back.  Until then its banks are left alone.
 * False: nothing to do now.
 */
static bool refresh_some(struct hbm_pc *pc)
{
	uint64_t tick;

	if (!pc->refreshing) {
		bool is_wanted;
		uint64_t banks = choose(pc, &is_wanted);

		if (is_wanted && pc->now < pc->due + pc->hbm->refresh_slack)
			return false;
		pc->refreshing = banks;
		pc->refresh_from = pc->now;
	}
	tick = refresh_tick(pc, pc->refreshing);
	if (tick > committed_until(pc)) {
		pc->refresh_room = tick - pc->hbm->row_horizon;
		return false;
	}
	refresh_banks(pc, pc->refreshing);
	return true;
}

static bool refresh_one(struct hbm_pc *pc)
{
	if (pc->hbm->refreshes_banks)
		return refresh_some(pc);
	if (hbm_refresh_is_put_off(pc))
		return false;
	refresh_all(pc);
	return true;
}

void hbm_refresh_due(struct hbm_pc *pc)
{
	while (pc->due <= pc->now && pc->refresh_room <= pc->now && refresh_one(pc))
		continue;
}

uint64_t hbm_refresh_next(const struct hbm_pc *pc)
{
	uint64_t latest = pc->due + pc->hbm->refresh_slack;
	bool is_early = pc->hbm->refreshes_banks && (pc->due > pc->now || pc->refreshing);
	uint64_t tick = is_early ? pc->due : latest;

	return max_u64(max_u64(tick, pc->refresh_room), pc->now + 1);
}

uint64_t hbm_refresh_idle(const struct hbm_pc *pc)
{
	return max_u64(max_u64(pc->due, pc->now), pc->refresh_room);
}
