/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits the commands of a decision, each at its earliest legal tick: PRE and ACT as the
 * banks need them, then the bursts as close together as timing and the shared buses allow.
 * Commits of a pseudo channel never overtake one another on its data bus, nor do their
 * ACTs, so that a command committed ahead of time stays legal.  Which packet: hbm_schedule.c.
 */
#include "model/hbm.h"

/* The part of a packet that lies in one bank. */
struct visit {
	unsigned bank, n_left;
	uint64_t bursts; /* still to go, n_left of them */
};

static void tell(struct hbm_pc *pc, enum dram_command_kind c, unsigned bank, uint32_t row,
		 uint32_t column, uint64_t tick)
{
	struct hbm *hbm = pc->hbm;
	const struct dram_standard *s = hbm->timing.standard;
	unsigned group = bank / s->banks_per_group;

	if (hbm->watch.fn == NULL)
		return;
	hbm_watch_add(&hbm->watch, &(struct dram_command){
		.tick = tick,
		.channel = pc->channel->id,
		.command = (uint8_t)c,
		.pseudo_channel = pc->index,
		.stack_id = (uint8_t)(group / s->bank_groups),
		.bank_group = (uint8_t)(group % s->bank_groups),
		.bank = (uint8_t)(bank % s->banks_per_group),
		.row = row,
		.column = column,
	});
}

static uint64_t reserve(struct hbm_pc *pc, enum dram_command_kind c, uint64_t tick)
{
	const struct dram_timing *t = &pc->hbm->timing;
	const struct dram_command_form *form = &t->standard->commands[c];

	return dram_bus_take(&pc->channel->buses[form->bus], dram_on_edge(t, c, tick), form->ticks,
			     form->is_on_rising ? t->standard->ticks_per_clock : 1);
}

/* A command at its earliest tick, not before `now`. */
static uint64_t issue(struct hbm_pc *pc, enum dram_command_kind c, unsigned bank, uint32_t row,
		      uint64_t now)
{
	uint64_t tick = reserve(pc, c, max_u64(now, dram_earliest(&pc->state, c, bank)));

	dram_issue(&pc->state, c, bank, tick);
	tell(pc, c, bank, row, 0, tick);
	return tick;
}

static void advance(struct hbm_pc *pc, uint64_t now)
{
	for (unsigned i = 0; i < N_DRAM_BUSES; i++)
		dram_bus_advance(&pc->channel->buses[i], now);
}

static void close_row(struct hbm_pc *pc, unsigned bank, uint64_t now)
{
	issue(pc, DRAM_PREpb, bank, pc->open_row[bank], now);
	pc->open_row[bank] = HBM_NO_ROW;
	pc->n_open--;
	pc->channel->counts.precharges++;
}

/* Collects the packet's visits and closes rows that are in their way; returns their number. */
static unsigned plan_visits(struct hbm_pc *pc, const struct hbm_entry *e, uint64_t now,
			    struct visit *visits, unsigned *n_bursts)
{
	const struct addr_pattern *pattern = &pc->hbm->pattern;
	struct hbm_account *counts = &pc->channel->counts;
	unsigned n = 0;

	for (unsigned k = 0; k < pattern->n_banks; k++) {
		unsigned bank = addr_step(pattern, e->bank, pattern->bank[k]);
		uint64_t bursts = e->bursts & pattern->bursts[k];
		unsigned n_left = (unsigned)__builtin_popcountll(bursts);

		if (n_left == 0)
			continue;
		visits[n++] = (struct visit){ bank, n_left, bursts };
		*n_bursts += n_left;
		if (pc->open_row[bank] == e->row) {
			counts->row_hits++;
		} else if (pc->open_row[bank] == HBM_NO_ROW) {
			counts->row_misses++;
		} else {
			counts->row_conflicts++;
			close_row(pc, bank, now);
		}
	}
	return n;
}

/* Opens the rows of all visits, the bank that is ready first first. */
static void open_rows(struct hbm_pc *pc, uint32_t row, uint64_t now, const struct visit *visits,
		      unsigned n)
{
	for (;;) {
		unsigned best = n;
		uint64_t best_tick = UINT64_MAX;

		for (unsigned i = 0; i < n; i++) {
			uint64_t tick;

			if (pc->open_row[visits[i].bank] != HBM_NO_ROW)
				continue;
			tick = max_u64(now, dram_earliest(&pc->state, DRAM_ACT, visits[i].bank));
			if (tick < best_tick) {
				best_tick = tick;
				best = i;
			}
		}
		if (best == n)
			return;
		issue(pc, DRAM_ACT, visits[best].bank, row, now);
		pc->open_row[visits[best].bank] = row;
		pc->n_open++;
		pc->channel->counts.activates++;
	}
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
static void account_burst(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
			  unsigned bank, uint64_t tick)
{
	enum dram_command_kind column = hbm_column_command(d);
	const struct dram_timing *t = &pc->hbm->timing;
	struct dram_node *of_pc = dram_pc_node(&pc->state), *of_sid = dram_sid_node(&pc->state, bank),
			 *of_bg = dram_bg_node(&pc->state, bank);
	uint64_t row = dram_bank_node(&pc->state, bank)->ready[column];
	uint64_t turned = max_u64(*dram_turned(of_pc, column), *dram_turned(of_bg, column));
	uint64_t spaced = max_u64(max_u64(of_pc->ready[column], of_bg->ready[column]),
				  of_sid->ready[column]);
	/* What ends between the edges that the command may start on holds it to the next one. */
	struct hbm_delay why = {
		.packet = e->packet,
		.accepted_tick = dram_on_edge(t, column, e->accepted_tick),
		.row = dram_on_edge(t, column, row),
		.turned = dram_on_edge(t, column, turned),
		.column = dram_on_edge(t, column, spaced),
	};

	if (d == HBM_WRITES)
		why.turned = max_u64(why.turned, pc->writing_since);
	hbm_bus_burst(pc->bus, d, &why, tick);
}

static void send_bursts(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
			unsigned n_bursts, uint64_t now, struct visit *visits, unsigned n_visits)
{
	enum dram_command_kind column = hbm_column_command(d);
	const struct addr_pattern *pattern = &pc->hbm->pattern;

	for (; n_bursts > 0; n_bursts--) {
		uint64_t floor = max_u64(now, dram_pc_node(&pc->state)->ready[column]), tick;
		struct visit *v = next_visit(pc, column, visits, n_visits, floor, &tick);
		unsigned burst = (unsigned)__builtin_ctzll(v->bursts);

		tick = reserve(pc, column, tick);
		account_burst(pc, d, e, v->bank, tick);
		tell(pc, column, v->bank, e->row,
		     addr_step(pattern, e->column, pattern->column[burst]), tick);
		v->bursts &= v->bursts - 1;
		v->n_left--;
		pc->last_column = tick;
		if (v->n_left > 0)
			dram_issue_in_run(&pc->state, column, v->bank, tick);
		else
			dram_issue(&pc->state, column, v->bank, tick);
	}
}

static void count_packet(struct hbm_pc *pc, enum hbm_direction d, uint64_t bursts)
{
	struct hbm_account *counts = &pc->channel->counts;
	uint64_t bytes = bursts * pc->hbm->map.burst_bytes;

	if (d == HBM_WRITES) {
		counts->writes += bursts;
		counts->write_bytes += bytes;
	} else {
		counts->reads += bursts;
		counts->read_bytes += bytes;
		counts->read_packets++;
	}
}

uint64_t hbm_commit(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		    uint64_t now)
{
	struct visit visits[MAX_PACKET_BURSTS];
	unsigned n, n_bursts = 0;

	advance(pc, now);
	hbm_busy_advance(&pc->hbm->books.busy, now);
	n = plan_visits(pc, e, now, visits, &n_bursts);
	open_rows(pc, e->row, now, visits, n);
	send_bursts(pc, d, e, n_bursts, now, visits, n);
	count_packet(pc, d, n_bursts);
	return pc->bus->data_end;
}

void hbm_refresh(struct hbm_pc *pc, uint64_t now)
{
	const struct dram_timing *t = &pc->hbm->timing;
	uint64_t tick;

	advance(pc, now);
	if (pc->n_open > 0) {
		issue(pc, DRAM_PREab, 0, 0, now);
		pc->channel->counts.precharges++;
		pc->channel->counts.precharges_all++;
		for (unsigned bank = 0; bank < t->n_banks; bank++)
			pc->open_row[bank] = HBM_NO_ROW;
		pc->n_open = 0;
	}
	tick = issue(pc, DRAM_REFab, 0, 0, now);
	pc->channel->counts.refreshes++;
	hbm_bus_refresh(pc->bus, pc->due, tick + (uint64_t)t->n.nRFC * t->standard->ticks_per_clock);
	pc->resume = dram_pc_node(&pc->state)->ready[DRAM_ACT];
	pc->due += (uint64_t)t->n.nREFI * t->standard->ticks_per_clock;
}
