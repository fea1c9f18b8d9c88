/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits commands, each at its earliest legal tick: what others ask for one by one, and the
 * bursts of a packet as close together as timing and the shared buses allow.  Commits of a
 * pseudo channel never overtake one another on its data bus, nor do their ACTs, so that a
 * command committed ahead of time stays legal.  Which packet: hbm_schedule.c.
 */
#include "model/hbm_commit.h"

/* The part of a packet that lies in one bank. */
struct visit {
	unsigned bank, n_left;
	uint64_t bursts; /* still to go, n_left of them */
};

void hbm_tell_watcher(struct hbm_pc *pc, enum dram_command_kind c, unsigned bank, uint32_t row,
		      uint32_t column, uint64_t tick)
{
	struct hbm *hbm = pc->hbm;
	const struct dram_standard *s = hbm->timing.standard;
	struct dram_command command;

	command = dram_command_in(s, bank, (struct dram_command){
		.tick = tick,
		.decided = c == DRAM_REFpb ? pc->refresh_from : pc->now,
		.channel = pc->channel->id,
		.command = (uint8_t)c,
		.pseudo_channel = pc->index,
		.row = row,
		.column = column,
	});
	hbm_watch_add(&hbm->watch, &command);
}

static uint64_t reserve(struct hbm_pc *pc, enum dram_command_kind c, uint64_t tick)
{
	const struct dram_timing *t = &pc->hbm->timing;
	const struct dram_command_form *form = &t->standard->commands[c];

	return dram_bus_take(&pc->channel->buses[form->bus], dram_on_edge(t, c, tick), form->ticks,
			     form->is_on_rising ? t->standard->ticks_per_clock : 1);
}

void hbm_commits_from(struct hbm_pc *pc, uint64_t now)
{
	pc->now = now;
	for (unsigned i = 0; i < N_DRAM_BUSES; i++)
		dram_bus_advance(&pc->channel->buses[i], now);
	hbm_busy_advance(&pc->hbm->books.busy, now);
}

uint64_t hbm_issue(struct hbm_pc *pc, enum dram_command_kind c, unsigned bank, uint32_t row)
{
	uint64_t tick = reserve(pc, c, max_u64(pc->now, dram_earliest(&pc->state, c, bank)));

	dram_issue(&pc->state, c, bank, tick);
	hbm_tell(pc, c, bank, row, 0, tick);
	return tick;
}

void hbm_close_row(struct hbm_pc *pc, unsigned bank)
{
	uint64_t tick = hbm_issue(pc, DRAM_PREpb, bank, pc->banks[bank].row);

	hbm_bank_closed(pc, bank, tick);
	pc->channel->counts.precharges++;
}

/* The packet's visits; returns their number. */
static unsigned plan_visits(const struct hbm_pc *pc, const struct hbm_entry *e,
			    struct visit *visits, unsigned *n_bursts)
{
	const struct addr_pattern *pattern = &pc->hbm->pattern;
	unsigned n = 0;

	for (unsigned k = 0; k < pattern->n_banks; k++) {
		uint64_t bursts = e->bursts & pattern->bursts[k];
		unsigned n_left = (unsigned)__builtin_popcountll(bursts);

		if (n_left == 0)
			continue;
		visits[n++] = (struct visit){ addr_step(pattern, e->bank, pattern->bank[k]), n_left,
					      bursts };
		*n_bursts += n_left;
	}
	return n;
}

/* The visit whose next burst can go first; of equals the one with most left to do. */
static struct visit *next_visit(const struct hbm_pc *pc, enum dram_command_kind column,
				struct visit *visits, unsigned n, uint64_t floor, uint64_t *tick)
{
	struct visit *best = NULL;

	*tick = UINT64_MAX;
	for (struct visit *v = visits; v < visits + n; v++) {
		uint64_t ready;

		if (v->n_left == 0)
			continue;
		ready = max_u64(floor, dram_column_ready(&pc->state, column, v->bank));
		if (ready < *tick || (ready == *tick && v->n_left > best->n_left)) {
			*tick = ready;
			best = v;
		}
	}
	return best;
}

/* Before the column command is issued: the rules' ticks are those that it met. */
void hbm_account_bursts(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
			unsigned bank, uint64_t tick, uint64_t n)
{
	enum dram_command_kind column = hbm_column_command(d);
	const struct dram_timing *t = &pc->hbm->timing;
	struct dram_node *of_pc = dram_pc_node(&pc->state), *of_sid = dram_sid_node(&pc->state, bank),
			 *of_bg = dram_bg_node(&pc->state, bank);
	uint64_t row = max_u64(dram_bank_node(&pc->state, bank)->ready[column], e->prepared);
	uint64_t turned = max_u64(*dram_turned(of_pc, column), *dram_turned(of_bg, column));
	uint64_t spaced = max_u64(max_u64(of_pc->ready[column], of_bg->ready[column]),
				  of_sid->ready[column]);
	/* What ends between the edges that the command may start on holds it to the next one. */
	struct hbm_delay why = {
		.packet = e->packet,
		.accepted_tick = dram_on_edge(t, column, e->accepted_tick),
		.banks = e->banks,
		.row = dram_on_edge(t, column, row),
		.turned = dram_on_edge(t, column, max_u64(turned, pc->turned)),
		.column = dram_on_edge(t, column, spaced),
	};

	hbm_bus_bursts(pc->bus, d, &why, tick, n);
}

/*
 * The last burst of a packet in a bank closes the row behind it, with auto precharge, if no
 * queued packet wants it and the policy is for it: always, where that pays, or where it
 * pays and a packet waits for another row; unless a write has still to recover.
 */
static bool closes_row(const struct hbm_pc *pc, enum hbm_direction d, unsigned bank,
		       enum dram_command_kind closing, uint64_t tick)
{
	const struct hbm_bank *b = &pc->banks[bank];

	if (!b->is_unwanted || dram_bank_node(&pc->state, bank)->ready[closing] > tick)
		return false;
	switch (pc->hbm->row_policy) {
	case HBM_ROWS_CLOSED:
		return true;
	case HBM_ROWS_ADAPTIVE:
		return b->closing_pays >= HBM_CLOSING_PAYS;
	default:
		return b->closing_pays >= HBM_CLOSING_PAYS && b->n_waiting[d] > 0;
	}
}

/* The row counts as open until the precharge begins. */
static void close_behind(struct hbm_pc *pc, enum hbm_direction d, unsigned bank, uint64_t tick)
{
	uint64_t recovered = tick + pc->hbm->column_to_pre[d];

	hbm_bank_closed(pc, bank,
			max_u64(recovered, dram_bank_node(&pc->state, bank)->ready[DRAM_PREpb]));
	pc->channel->counts.auto_precharges++;
}

void hbm_send_last(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		   unsigned bank, uint32_t column, uint64_t tick, bool is_followed)
{
	enum dram_command_kind closing = hbm_closing_command(d);
	enum dram_command_kind c = hbm_column_command(d);

	hbm_bank_used(pc, bank, tick);
	if (closes_row(pc, d, bank, closing, tick)) {
		c = closing;
		close_behind(pc, d, bank, tick);
	}
	if (is_followed)
		dram_issue_followed(&pc->state, c, bank, tick);
	else
		dram_issue(&pc->state, c, bank, tick);
	hbm_tell(pc, c, bank, e->row, column, tick);
}

/* One by one; returns how many. */
static unsigned send_bursts(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e)
{
	struct visit visits[MAX_PACKET_BURSTS];
	unsigned n_bursts = 0, n_visits = plan_visits(pc, e, visits, &n_bursts);
	enum dram_command_kind c = hbm_column_command(d);

	for (unsigned left = n_bursts; left > 0; left--) {
		uint64_t floor = max_u64(pc->now, dram_pc_node(&pc->state)->ready[c]), tick;
		struct visit *v = next_visit(pc, c, visits, n_visits, floor, &tick);
		unsigned burst = (unsigned)__builtin_ctzll(v->bursts);
		uint32_t column = addr_step(&pc->hbm->pattern, e->packet->column,
					    pc->hbm->pattern.column[burst]);

		tick = reserve(pc, c, tick);
		hbm_account_bursts(pc, d, e, v->bank, tick, 1);
		v->bursts &= v->bursts - 1;
		pc->last_column = tick;
		if (--v->n_left == 0) {
			hbm_send_last(pc, d, e, v->bank, column, tick, false);
			continue;
		}
		dram_issue_in_run(&pc->state, c, v->bank, tick);
		hbm_tell(pc, c, v->bank, e->row, column, tick);
	}
	return n_bursts;
}

static void count_packet(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
			 uint64_t bursts)
{
	struct hbm_account *counts = &pc->channel->counts;
	uint64_t bytes = bursts * pc->hbm->map.burst_bytes;

	for (uint64_t hits = e->banks & ~e->counted; hits; hits &= hits - 1)
		counts->row_hits++;
	if (d == HBM_WRITES) {
		counts->writes += bursts;
		counts->write_bytes += bytes;
	} else {
		counts->reads += bursts;
		counts->read_bytes += bytes;
		counts->read_packets++;
	}
}

uint64_t hbm_commit(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e)
{
	unsigned n_bursts;

	if (pc->has_waited || pc->wrote_last != (d == HBM_WRITES))
		pc->turned = pc->now;
	pc->has_waited = false;
	pc->wrote_last = d == HBM_WRITES;
	n_bursts = hbm_send_run(pc, d, e);
	if (n_bursts == 0)
		n_bursts = send_bursts(pc, d, e);
	count_packet(pc, d, e, n_bursts);
	return pc->bus->data_end;
}
