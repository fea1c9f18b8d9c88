/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every tick of a data bus is counted as, decided when a burst is scheduled.
 *
 * The data of a column command at tick C lie in [C + L, C + L + nBL).  A tick g of the gap
 * before them is classed by what held the command back at tick g - L, so the gap is looked
 * at as the range of command ticks [end of the last burst - L, C), cut at the tick at which
 * each reason ended.  The first reason that holds counts: the packet was not here; refresh;
 * its row; turnaround, or the batch it waited in; column spacing; the command bus.
 * Ticks before time 0 count as starved_idle: nothing had been asked for.
 */
#include "model/hbm.h"

#include <stdlib.h>

#include "base/mem.h"

static bool is_crowded(const struct hbm_pc *pc)
{
	return pc->n_waiting >= 2;
}

/* The start of the gap after the PC's last burst, as a tick of the next command. */
static uint64_t gap_start(const struct hbm_pc *pc, enum hbm_direction d)
{
	uint64_t latency = pc->hbm->latency[d];

	return pc->data_end > latency ? pc->data_end - latency : 0;
}

/* Before the history is cut: what a gap that began before the cut will ask for. */
static void cut_history(struct hbm *hbm)
{
	uint64_t kept_from = hbm_history_kept_from(&hbm->history);

	for (uint32_t i = 0; i < hbm->n_pcs; i++) {
		struct hbm_pc *pc = &hbm->pcs[i];

		for (unsigned d = 0; d < N_HBM_DIRECTIONS && !pc->is_gap_noted; d++)
			pc->crowded_at_gap[d] = hbm_history_any(&hbm->history, gap_start(pc, d));
		if (gap_start(pc, HBM_READS) < kept_from)
			pc->is_gap_noted = true;
	}
	hbm_history_prune(&hbm->history);
}

void hbm_gaps_waiting(struct hbm_pc *pc, uint64_t tick, int change)
{
	struct hbm *hbm = pc->hbm;
	bool before = is_crowded(pc);

	pc->n_waiting += (uint64_t)(int64_t)change;
	if (is_crowded(pc) == before)
		return;
	if (before)
		pc->crowded_until = tick;
	hbm_history_change(&hbm->history, tick, pc->id, !before);
	if (hbm_history_is_long(&hbm->history))
		cut_history(hbm);
}

/* Ticks of [from, to), at the start of a gap, in which another PC was crowded. */
static uint64_t others_crowded(const struct hbm_pc *pc, enum hbm_direction d, uint64_t from,
			       uint64_t to)
{
	const struct hbm_history *h = &pc->hbm->history;
	uint64_t before = pc->is_gap_noted ? pc->crowded_at_gap[d] : hbm_history_any(h, from);
	uint64_t any = hbm_history_any(h, to);

	if (any <= before)
		return 0;
	any -= before;
	if (is_crowded(pc) || pc->crowded_until > from)
		any -= min_u64(any, hbm_history_sole(h, pc->id, from, to));
	return any;
}

/* [from, to): the packet was not in the queue. */
static void class_absence(struct hbm_pc *pc, enum hbm_direction d, const struct packet *p,
			  uint64_t from, uint64_t to)
{
	uint64_t issued = min_u64(max_u64(hbm_tick(pc->hbm, p->issued_ps), from), to);
	uint64_t held = min_u64(max_u64(hbm_tick(pc->hbm, p->held_ps), from), issued);
	uint64_t imbalance = held > from ? others_crowded(pc, d, from, held) : 0;

	pc->class_ticks[HBM_STARVED_IMBALANCE] += imbalance;
	pc->class_ticks[HBM_STARVED_IDLE] += held - from - imbalance;
	pc->class_ticks[HBM_STARVED_WINDOW] += issued - held;
	pc->class_ticks[HBM_STARVED_NOC] += to - issued;
}

/* Counts [*at, end) as `class`, but for what lies in a refresh; moves *at on. */
static void class_until(struct hbm_pc *pc, uint64_t *at, uint64_t end, enum hbm_class class)
{
	uint64_t refresh = 0;

	if (end <= *at)
		return;
	for (size_t i = 0; i < pc->n_refreshes; i++) {
		uint64_t from = max_u64(pc->refreshes[i].from, *at);
		uint64_t to = min_u64(pc->refreshes[i].to, end);

		refresh += to > from ? to - from : 0;
	}
	pc->class_ticks[HBM_REFRESH] += refresh;
	pc->class_ticks[class] += end - *at - refresh;
	*at = end;
}

static void class_gap(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		      unsigned bank, uint64_t tick)
{
	enum dram_command_kind column = hbm_column_command(d);
	struct dram_node *pc_node = dram_pc_node(&pc->state);
	struct dram_node *bg_node = dram_bg_node(&pc->state, bank);
	uint64_t at = gap_start(pc, d), latency = pc->hbm->latency[d];
	uint64_t here = min_u64(e->accepted_tick, tick);
	uint64_t turned = max_u64(*dram_turned(pc_node, column), *dram_turned(bg_node, column));

	if (pc->data_end < latency)
		pc->class_ticks[HBM_STARVED_IDLE] += latency - pc->data_end;
	if (here > at) {
		class_absence(pc, d, e->packet, at, here);
		at = here;
	}
	if (d == HBM_WRITES)
		turned = max_u64(turned, pc->writing_since);
	class_until(pc, &at, min_u64(tick, dram_bank_node(&pc->state, bank)->ready[column]),
		    HBM_ROW);
	class_until(pc, &at, min_u64(tick, turned), HBM_TURNAROUND);
	class_until(pc, &at, min_u64(tick, max_u64(pc_node->ready[column], bg_node->ready[column])),
		    HBM_COLUMN);
	class_until(pc, &at, tick, HBM_COMMAND);
}

/* Forgets the refreshes that were over before any tick that the next gap can ask about. */
static void drop_refreshes(struct hbm_pc *pc)
{
	uint64_t from = min_u64(gap_start(pc, HBM_READS), gap_start(pc, HBM_WRITES));
	size_t n = 0;

	for (size_t i = 0; i < pc->n_refreshes; i++)
		if (pc->refreshes[i].to > from)
			pc->refreshes[n++] = pc->refreshes[i];
	pc->n_refreshes = n;
}

void hbm_gaps_burst(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		    unsigned bank, uint64_t tick)
{
	struct hbm *hbm = pc->hbm;
	uint64_t data = tick + hbm->latency[d];

	if (data < pc->data_end)
		BUG("bursts overlap on a data bus at tick %" PRIu64, data);
	if (data > pc->data_end)
		class_gap(pc, d, e, bank, tick);
	pc->class_ticks[d == HBM_WRITES ? HBM_WRITE : HBM_READ] += hbm->burst_ticks;
	pc->data_end = data + hbm->burst_ticks;
	drop_refreshes(pc);
	pc->is_gap_noted = false;
	hbm_busy_mark(&hbm->busy, data, (unsigned)hbm->burst_ticks);
}

/* Of refreshes while nothing waits only the last can matter to what comes. */
void hbm_gaps_refresh(struct hbm_pc *pc, uint64_t from, uint64_t to)
{
	if (pc->n_waiting == 0)
		pc->n_refreshes = 0;
	GROW(pc->refreshes, pc->n_refreshes, pc->refreshes_capacity);
	pc->refreshes[pc->n_refreshes++] = (struct hbm_interval){ from, to };
}

void hbm_gaps_close(struct hbm *hbm, uint64_t end_tick, struct hbm_account *out)
{
	*out = hbm->counts;
	out->ticks = end_tick;
	out->total_ticks = end_tick * hbm->n_pcs;
	out->busy_ticks = hbm_busy_ticks(&hbm->busy);
	for (uint32_t i = 0; i < hbm->n_pcs; i++) {
		const struct hbm_pc *pc = &hbm->pcs[i];
		uint64_t sum = 0;

		for (unsigned c = 0; c < N_HBM_CLASSES; c++) {
			sum += pc->class_ticks[c];
			out->class_ticks[c] += pc->class_ticks[c];
		}
		if (sum != pc->data_end || sum > end_tick)
			BUG("pseudo channel %" PRIu32 " counted %" PRIu64
			    " ticks, its last burst ends at %" PRIu64 " of %" PRIu64,
			    pc->id, sum, pc->data_end, end_tick);
		out->class_ticks[HBM_STARVED_IDLE] += end_tick - sum;
	}
}
