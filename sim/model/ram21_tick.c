/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which commands go at a tick: at most one column command, then at most one row command, the
 * latter already seeing what the former changed.  What they change is ram21_issue.c's.
 *
 * A tick at which no command goes changes nothing: requests come and go by commands and by
 * acceptance alone, and the write mode is settled after one look at queues that stay as they
 * are (it enters with an empty read queue or at the high watermark, and leaves with reads
 * queued and at the low one: where one holds, the other does not).  So after such a tick the
 * next one at which anything can happen is the earliest at which one of the commands that
 * were looked at is legal, or the next refresh; ch->wake collects it.  Commands that wait for
 * another one to go first are left out: that one is looked at too.
 */
#include "model/ram21.h"

static bool is_rising(const struct ram21_channel *ch, uint64_t tick)
{
	return ram21_is_rising(&ch->ram->timing, tick);
}

/* `from`: the first tick at which a column command could see the change. */
static void update_write_mode(struct ram21_channel *ch, uint64_t from)
{
	size_t n_reads = ch->queues[HBM_READS].n, n_writes = ch->queues[HBM_WRITES].n;
	const struct ram21 *ram = ch->ram;
	bool was_writing = ch->is_writing;

	if (!was_writing)
		ch->is_writing = n_writes >= ram->write_high || n_reads == 0;
	else
		ch->is_writing = n_writes > ram->write_low || n_reads == 0;
	if (ch->is_writing != was_writing)
		ch->serves_since[ch->is_writing ? HBM_WRITES : HBM_READS] = from;
}

static struct ram21_list *chosen_queue(struct ram21_channel *ch)
{
	return &ch->queues[ch->is_writing ? HBM_WRITES : HBM_READS];
}

static enum dram_command_kind next_command(const struct ram21_request *r)
{
	uint32_t open_row = r->pc->open_row[r->bank];

	if (open_row == RAM21_NO_ROW)
		return DRAM_ACT;
	return open_row == r->row ? ram21_column_command(r) : DRAM_PREpb;
}

/* At the falling edge with which the last row command's clock ends, a PRE may not follow it
 * to the same bank, nor to the same pseudo channel if either is for all banks. */
static bool is_paired(const struct ram21_pc *pc, enum dram_command_kind c, unsigned bank,
		      uint64_t tick)
{
	const struct ram21_pairing *last = &pc->channel->pairing;
	const struct dram_command_form *forms = pc->channel->ram->timing.standard->commands;

	return last->tick == tick && last->pc == pc &&
	       (forms[last->command].scope == DRAM_FOR_PC || forms[c].scope == DRAM_FOR_PC ||
		last->bank == bank);
}

static bool is_legal(struct ram21_pc *pc, enum dram_command_kind c, unsigned bank, uint64_t tick)
{
	struct ram21_channel *ch = pc->channel;
	const struct dram_command_form *form = &ch->ram->timing.standard->commands[c];
	uint64_t earliest = ram21_on_edge(&ch->ram->timing, c,
					  max_u64(dram_earliest(&pc->state, c, bank),
						  ch->bus_free[form->bus]));

	ch->wake = min_u64(ch->wake, earliest);
	if (earliest > tick)
		return false;
	if (is_rising(ch, tick))
		return true;
	return !form->is_on_rising && !is_paired(pc, c, bank, tick);
}

static bool column_is_legal(const struct ram21_request *r, uint64_t tick)
{
	return is_legal(r->pc, ram21_column_command(r), r->bank, tick);
}

/* The active request to serve, or the number of them: the first to arrive; of those the first
 * to be activated. */
static size_t pick_active(struct ram21_channel *ch, uint64_t tick)
{
	const struct ram21_list *active = &ch->active;
	size_t best = active->n;

	for (size_t i = 0; i < active->n; i++)
		if (column_is_legal(&active->requests[i], tick) &&
		    (best == active->n ||
		     active->requests[i].arrive < active->requests[best].arrive))
			best = i;
	return best;
}

static void column_slot(struct ram21_channel *ch, uint64_t tick)
{
	size_t i = pick_active(ch, tick);
	struct ram21_list *queue;

	if (i < ch->active.n) {
		ram21_issue_column(&ch->active, i, tick);
		return;
	}
	if (ch->n_refreshes > 0)
		return;
	update_write_mode(ch, tick);
	queue = chosen_queue(ch);
	for (i = 0; i < queue->n; i++) {
		struct ram21_request *r = &queue->requests[i];

		if (!dram_is_column(next_command(r)) || !column_is_legal(r, tick))
			continue;
		ram21_count_outcome(r);
		ram21_issue_column(queue, i, tick);
		return;
	}
}

/* The first of the refreshes that are due; nothing else has the row slot meanwhile. */
static void refresh_slot(struct ram21_channel *ch, uint64_t tick)
{
	struct ram21_pc *pc = &ch->pcs[ch->refresh_pc];

	if (pc->n_awaited > 0)
		return;
	if (pc->n_open > 0) {
		if (is_legal(pc, DRAM_PREab, 0, tick))
			ram21_issue_precharge_all(pc, tick);
	} else if (is_legal(pc, DRAM_REFab, 0, tick)) {
		ram21_issue_refresh(pc, tick);
	}
}

static bool row_command_is_legal(const struct ram21_request *r, uint64_t tick)
{
	enum dram_command_kind c = next_command(r);

	if (dram_is_column(c) || (c == DRAM_PREpb && r->pc->is_awaited[r->bank]))
		return false;
	return is_legal(r->pc, c, r->bank, tick);
}

static void row_slot(struct ram21_channel *ch, uint64_t tick)
{
	struct ram21_list *queue;

	if (ch->n_refreshes > 0) {
		refresh_slot(ch, tick);
		return;
	}
	update_write_mode(ch, tick + 1);
	queue = chosen_queue(ch);
	for (size_t i = 0; i < queue->n; i++) {
		struct ram21_request *r = &queue->requests[i];

		if (!row_command_is_legal(r, tick))
			continue;
		ram21_count_outcome(r);
		if (next_command(r) == DRAM_ACT)
			ram21_issue_activate(queue, i, tick);
		else
			ram21_issue_precharge(r->pc, r->bank, tick);
		return;
	}
}

/* Of all pseudo channels at once, one after the other. */
static void add_refreshes(struct ram21_channel *ch)
{
	for (unsigned p = 0; p < ch->ram->pcs_per_channel && ch->n_refreshes == 0; p++)
		hbm_bus_refresh(ch->pcs[p].bus, ch->refresh_due, RAM21_NO_TICK);
	ch->n_refreshes += ch->ram->pcs_per_channel;
	ch->refresh_due += ch->ram->times.refi_ticks;
}

void ram21_tick(struct ram21_channel *ch, uint64_t tick)
{
	ch->wake = RAM21_NO_TICK;
	if (tick == ch->refresh_due)
		add_refreshes(ch);
	if (is_rising(ch, tick))
		column_slot(ch, tick);
	else
		ch->wake = tick + 1; /* column commands were not looked at */
	row_slot(ch, tick);
	ch->next_tick = min_u64(max_u64(ch->wake, tick + 1), ch->refresh_due);
	if (ch->ram->visits_every_tick)
		ch->next_tick = tick + 1;
}
