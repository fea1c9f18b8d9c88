/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a pseudo channel decides, and for which packet.
 *
 * First-ready, first come: of the packets whose rows are open the one whose first column
 * command can go earliest, no earlier than the bus allows; of equals the oldest.  The oldest
 * goes before all others once hit_cap younger ones have passed it and its rows could be
 * opened.  Writes are held until high of them wait, until no read has come for write_idle
 * ticks, or until they are flushed; a batch that the high watermark began ends at the low
 * one.  What overlaps keeps its order.  Which rows open meanwhile: hbm_rows.c.
 */
#include "model/hbm.h"

static void update_direction(struct hbm_pc *pc)
{
	const struct hbm_queue *reads = &pc->queues[HBM_READS];
	const struct hbm_queue *writes = &pc->queues[HBM_WRITES];

	if (writes->n >= pc->hbm->write_high)
		pc->is_in_batch = true;
	else if (writes->n <= pc->hbm->write_low)
		pc->is_in_batch = false;
	pc->is_writing = writes->n > 0 && (pc->is_in_batch || reads->n == 0 ||
					   hbm_queue_at(reads, 0)->blockers > 0);
}

/*
 * The packet that must go next, or NULL.  Writes that the oldest read waits for go before
 * other writes.  The oldest write to its block waits for nothing: what it could wait for
 * would be older than the oldest read.
 */
static struct hbm_entry *must_go(const struct hbm_pc *pc, enum hbm_direction d)
{
	const struct hbm_queue *reads = &pc->queues[HBM_READS], *q = &pc->queues[d];

	if (d == HBM_WRITES && reads->n > 0 && hbm_queue_at(reads, 0)->blockers > 0) {
		size_t i = hbm_queue_find(q, hbm_queue_block(reads, 0));

		if (i < q->n)
			return hbm_queue_at(q, i);
	}
	if (q->n > 0 && q->passed >= pc->hbm->hit_cap && hbm_queue_at(q, 0)->blockers == 0)
		return hbm_queue_at(q, 0);
	return NULL;
}

/* Earliest column ticks of a decision, worked out once a bank. */
struct outlook {
	const struct hbm_pc *pc;
	enum dram_command_kind column;
	uint64_t floor;             /* what the bus allows */
	uint64_t known;             /* a mask of banks */
	uint64_t tick[DRAM_MAX_BANKS];
};

static uint64_t first_column(struct outlook *o, const struct hbm_entry *e)
{
	uint64_t first = UINT64_MAX;

	for (uint64_t left = e->banks; left; left &= left - 1) {
		unsigned bank = (unsigned)__builtin_ctzll(left);

		if (!(o->known >> bank & 1)) {
			o->known |= UINT64_C(1) << bank;
			o->tick[bank] = dram_column_ready(&o->pc->state, o->column, bank);
		}
		first = min_u64(first, o->tick[bank]);
	}
	return max_u64(first, o->floor);
}

static bool can_go(const struct hbm_pc *pc, const struct hbm_entry *e)
{
	return e->ready == e->banks && e->blockers == 0 && (e->banks & pc->refreshing) == 0;
}

/*
 * The best packet whose rows are open and that nothing older blocks, or q->n.  Rows that
 * stand in the way of `first`, which must go next, serve nobody else: every column command
 * would put off their PRE.
 */
static size_t select_entry(const struct hbm_pc *pc, enum hbm_direction d,
			   const struct hbm_entry *first)
{
	const struct hbm_queue *q = &pc->queues[d];
	enum dram_command_kind column = hbm_column_command(d);
	struct outlook o;
	uint64_t best = UINT64_MAX, wanted = first ? first->banks & ~first->ready : 0;
	size_t chosen = q->n;

	if (pc->hits[d] == 0)
		return q->n;
	o.pc = pc;
	o.column = column;
	o.floor = max_u64(pc->now, dram_pc_node(&pc->state)->ready[column]);
	o.known = 0;
	for (size_t i = 0; i < q->n && best > o.floor; i++) {
		const struct hbm_entry *e = hbm_queue_at(q, i);
		uint64_t tick;

		if (!can_go(pc, e) || (e->banks & wanted) != 0)
			continue;
		tick = first_column(&o, e);
		if (tick < best) {
			best = tick;
			chosen = i;
		}
	}
	return chosen;
}

/* The oldest that nothing blocks: when none can go its rows open, whoever else wants them. */
static struct hbm_entry *oldest_free(const struct hbm_pc *pc, enum hbm_direction d)
{
	const struct hbm_queue *q = &pc->queues[d];

	for (size_t i = 0; i < q->n; i++)
		if (hbm_queue_at(q, i)->blockers == 0)
			return hbm_queue_at(q, i);
	return NULL;
}

/*
 * The packet of a direction to serve now, or q->n and the tick at which a row can be opened
 * for one, of none of the banks `spared`; HBM_NO_TICK if none waits for that either.
 */
static size_t choose_of(struct hbm_pc *pc, enum hbm_direction d, uint64_t spared,
			uint64_t *soonest)
{
	const struct hbm_queue *q = &pc->queues[d];
	struct hbm_entry *first = must_go(pc, d);
	size_t chosen;

	*soonest = HBM_NO_TICK;
	if (q->n == 0)
		return 0;
	hbm_open_rows(pc, d, first, spared);
	if (first && can_go(pc, first))
		return hbm_queue_index(q, first);
	chosen = select_entry(pc, d, first);
	if (chosen == q->n && pc->hits[d] != 0) {
		first = first ? first : oldest_free(pc, d);
		hbm_open_rows(pc, d, first, spared);
		chosen = select_entry(pc, d, first);
	}
	if (chosen == q->n)
		*soonest = hbm_rows_soonest(pc, d, first, spared);
	return chosen;
}

/*
 * While the direction that has its turn waits for long, the other one is served, but it
 * takes no row from it.
 */
static bool choose_either(struct hbm_pc *pc, struct hbm_choice *out)
{
	const struct hbm *hbm = pc->hbm;
	enum hbm_direction turn = out->direction, other = turn == HBM_READS ? HBM_WRITES : HBM_READS;
	uint64_t wait, wait_other;

	out->index = choose_of(pc, turn, 0, &wait);
	if (out->index < pc->queues[turn].n)
		return true;
	pc->has_waited = true;
	if (wait > pc->now + hbm->row_horizon + hbm->patience) {
		out->direction = other;
		out->index = choose_of(pc, other, pc->hits[turn], &wait_other);
		if (out->index < pc->queues[other].n) {
			pc->is_writing = other == HBM_WRITES;
			return true;
		}
		wait = min_u64(wait, wait_other);
	}
	out->again = max_u64(pc->now + 1, wait > hbm->row_horizon ? wait - hbm->row_horizon : 0);
	return false;
}

bool hbm_choose(struct hbm_pc *pc, struct hbm_choice *out)
{
	out->again = max_u64(hbm_next_column(pc), hbm_hold_ends(pc));
	if (hbm_is_holding(pc) && out->again > pc->now)
		return false;
	update_direction(pc);
	out->direction = pc->is_writing ? HBM_WRITES : HBM_READS;
	if (out->again <= pc->now)
		return choose_either(pc, out);
	hbm_open_rows(pc, out->direction, must_go(pc, out->direction), 0);
	return false;
}
