/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of each bank of a pseudo channel: its open row, how many queued packets
 * visit it, and how many of them want the open row.  Kept up as packets come and go and as
 * rows open and close, so that no decision has to look through the queues for it.
 */
#include "model/hbm.h"

#include "base/off_by_one.h"

/*
 * Whether it pays to close a row behind the last queued packet that wants it: it did if the
 * bank next opened another row, it did not if the same one, or if a packet came for it
 * while it was open.  A row that is closed too early costs an ACT and its latencies, one
 * that is left open too long a PRE: one miss outweighs four hits.
 */
static void learn(struct hbm_bank *b, bool pays)
{
	if (!b->is_unwanted)
		return;
	b->is_unwanted = false;
	if (!pays)
		b->closing_pays = (uint8_t)(b->closing_pays > 4 ? b->closing_pays - 4 : 0);
	else if (b->closing_pays < HBM_CLOSING_MAX)
		b->closing_pays++;
}

/* A packet came that visits the bank; one more may be there to be opened. */
static void visit(struct hbm_pc *pc, enum hbm_direction d, unsigned bank, bool is_hit)
{
	struct hbm_bank *b = &pc->banks[bank];
	uint64_t bit = UINT64_C(1) << bank;

	if (is_hit) {
		b->n_hits[d]++;
		pc->hits[d] |= bit;
	} else if (b->n_waiting[d] == OFF(ROWS_JOIN)) {
		pc->rows_rest[d] = 0;
	}
	b->n_waiting[d]++;
	pc->waiting[d] |= bit;
}

void hbm_banks_enter(struct hbm_pc *pc, enum hbm_direction d, struct hbm_entry *e)
{
	for (uint64_t left = e->banks; left; left &= left - 1) {
		unsigned bank = (unsigned)__builtin_ctzll(left);
		bool is_hit = pc->banks[bank].row == e->row;

		if (is_hit) {
			e->ready |= UINT64_C(1) << bank;
			learn(&pc->banks[bank], false);
		}
		visit(pc, d, bank, is_hit);
	}
}

/* Nobody wants the bank's open row, or it has none. */
static void lose_hits(struct hbm_pc *pc, enum hbm_direction d, unsigned bank)
{
	pc->hits[d] &= ~(UINT64_C(1) << bank);
	pc->rows_rest[d] = 0;
}

void hbm_banks_leave(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e)
{
	for (uint64_t left = e->banks; left; left &= left - 1) {
		unsigned bank = (unsigned)__builtin_ctzll(left);
		struct hbm_bank *b = &pc->banks[bank];

		if (--b->n_waiting[d] == 0)
			pc->waiting[d] &= ~(left & (0 - left));
		if ((e->ready >> bank & 1) && --b->n_hits[d] == 0)
			lose_hits(pc, d, bank);
	}
}

/* The queued packets that visit the bank find its row open. */
static void find_open(struct hbm_pc *pc, enum hbm_direction d, unsigned bank)
{
	struct hbm_queue *q = &pc->queues[d];
	struct hbm_bank *b = &pc->banks[bank];
	uint64_t bit = UINT64_C(1) << bank;
	uint16_t n_hits = 0;
	struct hbm_entry *e;

	HBM_FOR_VISITORS(e, q, bank) {
		if (e->row != b->row)
			continue;
		e->ready |= bit;
		e->prepared = pc->now;
		n_hits++;
	}
	b->n_hits[d] = n_hits;
	if (n_hits > 0)
		pc->hits[d] |= bit;
}

/* They find it closed. */
static void find_closed(struct hbm_pc *pc, enum hbm_direction d, unsigned bank)
{
	struct hbm_queue *q = &pc->queues[d];
	struct hbm_entry *e;

	HBM_FOR_VISITORS(e, q, bank)
		e->ready &= ~(UINT64_C(1) << bank);
	pc->banks[bank].n_hits[d] = 0;
	lose_hits(pc, d, bank);
}

uint64_t hbm_bank_open_ticks(const struct hbm_bank *b, uint64_t end_tick)
{
	uint64_t until = b->row == HBM_NO_ROW ? min_u64(b->closed, end_tick) : end_tick;

	return max_u64(until, b->opened) - b->opened;
}

void hbm_bank_opened(struct hbm_pc *pc, unsigned bank, uint32_t row, uint64_t tick)
{
	struct hbm_bank *b = &pc->banks[bank];

	learn(b, row != b->last_row);
	pc->channel->counts.open_bank_ticks += hbm_bank_open_ticks(b, tick);
	b->row = row;
	b->opened = b->used = tick;
	pc->open |= UINT64_C(1) << bank;
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		if (b->n_waiting[d] > 0)
			find_open(pc, (enum hbm_direction)d, bank);
}

void hbm_bank_closed(struct hbm_pc *pc, unsigned bank, uint64_t tick)
{
	struct hbm_bank *b = &pc->banks[bank];

	pc->rows_rest[HBM_READS] = pc->rows_rest[HBM_WRITES] = 0;
	b->closed = tick;
	b->last_row = b->row;
	b->row = HBM_NO_ROW;
	pc->open &= ~(UINT64_C(1) << bank);
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		if (b->n_hits[d] > 0)
			find_closed(pc, (enum hbm_direction)d, bank);
}

void hbm_bank_used(struct hbm_pc *pc, unsigned bank, uint64_t tick)
{
	struct hbm_bank *b = &pc->banks[bank];

	b->used = tick;
	b->is_unwanted = b->n_hits[HBM_READS] + b->n_hits[HBM_WRITES] == 0;
	pc->expiry = min_u64(pc->expiry, tick + pc->hbm->row_timeout);
}

uint64_t hbm_bank_expires(const struct hbm_pc *pc, unsigned *bank)
{
	uint64_t soonest = HBM_NO_TICK;

	for (uint64_t left = pc->open & ~pc->hits[HBM_READS] & ~pc->hits[HBM_WRITES]; left;
	     left &= left - 1) {
		unsigned b = (unsigned)__builtin_ctzll(left);
		uint64_t tick = pc->banks[b].used + pc->hbm->row_timeout;

		if (tick < soonest) {
			soonest = tick;
			*bank = b;
		}
	}
	return soonest;
}
