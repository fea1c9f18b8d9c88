/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a pseudo channel decides, and for which packet.
 *
 * First-ready, first come: the packet whose first column command can go earliest, no
 * earlier than the bus allows; of equals one that needs no row opened, then the oldest.
 * After hit_cap younger packets have passed the oldest, it goes.  Writes are held until
 * high of them wait, until no read has come for write_idle ticks, or until they are flushed;
 * a batch that the high watermark began ends at the low one.  What overlaps keeps its order.
 * Decides nothing about ticks of commands: those are hbm_commit.c's.
 */
#include "model/hbm.h"

/* Writes wait for company: the bus served reads last and may get more. */
static bool is_holding(const struct hbm_pc *pc)
{
	const struct hbm_queue *writes = &pc->queues[HBM_WRITES];

	return pc->queues[HBM_READS].n == 0 && !pc->is_writing && !pc->is_flushing &&
	       writes->n < pc->hbm->write_high;
}

/*
 * Late enough to know what has arrived, early enough that the row of the next packet opens
 * behind the data of the last one.
 */
uint64_t hbm_next_decision(const struct hbm_pc *pc, uint64_t now)
{
	uint64_t lookahead = pc->hbm->lookahead;
	uint64_t tick = max_u64(now, pc->resume);

	if (pc->last_column > lookahead)
		tick = max_u64(tick, pc->last_column - lookahead);
	if (is_holding(pc)) {
		tick = max_u64(tick, pc->last_column + pc->hbm->write_idle);
		tick = max_u64(now, min_u64(tick, pc->due));
	}
	return tick;
}

static void update_direction(struct hbm_pc *pc, uint64_t now)
{
	const struct hbm_queue *reads = &pc->queues[HBM_READS];
	const struct hbm_queue *writes = &pc->queues[HBM_WRITES];
	bool must_write;

	if (writes->n >= pc->hbm->write_high)
		pc->is_in_batch = true;
	else if (writes->n <= pc->hbm->write_low)
		pc->is_in_batch = false;
	must_write = writes->n > 0 && (pc->is_in_batch || reads->n == 0 ||
				       hbm_queue_at(reads, 0)->blockers > 0);
	if (must_write && !pc->is_writing)
		pc->writing_since = now;
	pc->is_writing = must_write;
}

/* Earliest column ticks of a decision, worked out once a bank. */
struct outlook {
	const struct hbm_pc *pc;
	enum hbm_direction direction;
	uint64_t now, floor;       /* floor: what the bus allows */
	uint64_t pre_to_act, act_to_column;
	uint64_t hits_known, misses_known; /* masks of banks */
	uint64_t hit[DRAM_MAX_BANKS], miss[DRAM_MAX_BANKS];
};

static void outlook_init(struct outlook *o, const struct hbm_pc *pc, enum hbm_direction d,
			 uint64_t now)
{
	enum dram_command_kind column = hbm_column_command(d);
	const struct dram_timing *t = &pc->hbm->timing;

	o->pc = pc;
	o->direction = d;
	o->now = now;
	o->floor = max_u64(now, dram_pc_node(&pc->state)->ready[column]);
	o->pre_to_act = dram_latency(t, DRAM_LEVEL_BANK, DRAM_PREpb, DRAM_ACT);
	o->act_to_column = dram_latency(t, DRAM_LEVEL_BANK, DRAM_ACT, column);
	o->hits_known = o->misses_known = 0;
}

static uint64_t hit_tick(struct outlook *o, unsigned bank)
{
	enum dram_command_kind column = hbm_column_command(o->direction);

	if (!(o->hits_known >> bank & 1)) {
		o->hits_known |= UINT64_C(1) << bank;
		o->hit[bank] = dram_column_ready(&o->pc->state, column, bank);
	}
	return o->hit[bank];
}

static uint64_t miss_tick(struct outlook *o, unsigned bank)
{
	const struct dram_state *s = &o->pc->state;
	uint64_t act;

	if (o->misses_known >> bank & 1)
		return o->miss[bank];
	act = max_u64(o->now, dram_earliest(s, DRAM_ACT, bank));
	if (o->pc->open_row[bank] != HBM_NO_ROW)
		act = max_u64(act, max_u64(o->now, dram_earliest(s, DRAM_PREpb, bank)) +
				   o->pre_to_act);
	o->misses_known |= UINT64_C(1) << bank;
	o->miss[bank] = max_u64(act + o->act_to_column, hit_tick(o, bank));
	return o->miss[bank];
}

/* Lower is better: the tick, then whether a row must be opened. */
static uint64_t rank(struct outlook *o, const struct hbm_entry *e)
{
	const struct addr_pattern *pattern = &o->pc->hbm->pattern;
	uint64_t first = UINT64_MAX, is_miss = 0;

	for (unsigned k = 0; k < pattern->n_banks; k++) {
		unsigned bank = addr_step(pattern, e->bank, pattern->bank[k]);
		uint64_t tick;

		if (!(e->bursts & pattern->bursts[k]))
			continue;
		if (o->pc->open_row[bank] == e->row) {
			tick = hit_tick(o, bank);
		} else {
			tick = miss_tick(o, bank);
			is_miss = 1;
		}
		first = min_u64(first, tick);
	}
	return max_u64(first, o->floor) << 1 | is_miss;
}

/* The best entry that nothing older blocks, or q->n. */
static size_t select_entry(const struct hbm_pc *pc, enum hbm_direction d, uint64_t now)
{
	const struct hbm_queue *q = &pc->queues[d];
	struct outlook o;
	uint64_t best = UINT64_MAX;
	size_t chosen = q->n;

	if (q->n > 0 && q->passed >= pc->hbm->hit_cap && hbm_queue_at(q, 0)->blockers == 0)
		return 0;
	outlook_init(&o, pc, d, now);
	for (size_t i = 0; i < q->n; i++) {
		const struct hbm_entry *e = hbm_queue_at(q, i);
		uint64_t r;

		if (e->blockers > 0)
			continue;
		r = rank(&o, e);
		if (r < best) {
			best = r;
			chosen = i;
		}
		if (best == o.floor << 1)
			break;
	}
	return chosen;
}

/*
 * Writes that the oldest read waits for go before other writes.  The oldest write to its
 * block waits for nothing: what it could wait for would be older than the oldest read.
 */
static size_t select_write(const struct hbm_pc *pc, uint64_t now)
{
	const struct hbm_queue *reads = &pc->queues[HBM_READS];

	if (reads->n > 0 && hbm_queue_at(reads, 0)->blockers > 0)
		return hbm_queue_find(&pc->queues[HBM_WRITES], hbm_queue_at(reads, 0)->block);
	return select_entry(pc, HBM_WRITES, now);
}

size_t hbm_choose(struct hbm_pc *pc, uint64_t now, enum hbm_direction *d)
{
	size_t chosen;

	update_direction(pc, now);
	if (pc->is_writing) {
		*d = HBM_WRITES;
		chosen = select_write(pc, now);
		if (chosen < pc->queues[HBM_WRITES].n)
			return chosen;
	}
	/* The oldest packet of all is blocked by none: if all writes are, a read is not. */
	*d = HBM_READS;
	chosen = select_entry(pc, HBM_READS, now);
	BUG_ON(chosen >= pc->queues[HBM_READS].n);
	return chosen;
}
