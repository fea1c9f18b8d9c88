/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits the bursts of a packet as runs instead of one by one, where that is the same.
 *
 * If the banks of all bursts are ready when the first may go, or nBL later, each burst is ready
 * nBL after the one before it: then hbm_commit()'s choice, the ready visit with most left to do,
 * of equals the first, is the same for every packet with these bursts, and known, but for which
 * visits are late for the first burst: those in the bank group of the packet before, as a rule.
 * What remains is where the
 * shared column bus has room: the bursts go nBL apart from a free tick on, until one is in the
 * way of another pseudo channel's command, and again from the next free tick on.  Delays are
 * harmless: they move all bursts after them, and rules count from earlier ones.
 */
#include "model/hbm_commit.h"

#include <stdlib.h>

#include "base/mem.h"

#define SHAPES 256 /* kept of each direction */

/* What a run of packets with the same bursts has in common. */
struct hbm_run_shape {
	uint64_t bursts, late; /* the key: bursts, and visits that cannot go first, as masks */
	bool is_steady;   /* each may go nBL after the one before */
	uint8_t bus;
	uint8_t n_bursts, n_visits;
	uint8_t visit[MAX_PACKET_BURSTS];   /* of each burst, in the order in which they go */
	uint8_t last_of[MAX_PACKET_BURSTS]; /* of each visit, its last burst */
};

static uint64_t own_latency(const struct hbm *hbm, enum dram_level level, enum hbm_direction d)
{
	return dram_latency(&hbm->timing, level, hbm_column_command(d), hbm_column_command(d));
}

/* A column command that closes its row holds back the next ones no longer than one that does not. */
static bool closing_is_alike(const struct hbm *hbm, enum hbm_direction d)
{
	enum dram_command_kind c = hbm_column_command(d), closing = hbm_closing_command(d);

	for (unsigned level = 0; level < DRAM_LEVEL_BANK; level++)
		if (dram_latency(&hbm->timing, level, closing, c) > own_latency(hbm, level, d))
			return false;
	return true;
}

/* Bursts nBL apart leave no gap, and no rule of more than two commands looks at them. */
static bool can_run(const struct hbm *hbm, enum hbm_direction d)
{
	const struct dram_timing *t = &hbm->timing;
	enum dram_command_kind c = hbm_column_command(d), closing = hbm_closing_command(d);

	return own_latency(hbm, DRAM_LEVEL_PC, d) == hbm->books.burst_ticks &&
	       t->standard->commands[c].ticks == 1 && !t->standard->commands[c].is_on_rising &&
	       t->counts_in[c] == 0 && t->counts_in[closing] == 0 && closing_is_alike(hbm, d);
}

void hbm_runs_init(struct hbm *hbm)
{
	if (event_engine(hbm->events) == ENGINE_REFERENCE)
		return;
	for (uint64_t tick = 0; tick < 64; tick += hbm->books.burst_ticks)
		hbm->run_marks |= UINT64_C(1) << tick;
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		if (can_run(hbm, d))
			hbm->shapes[d] = xcalloc(SHAPES, sizeof(*hbm->shapes[d]));
}

void hbm_runs_release(struct hbm *hbm)
{
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		free(hbm->shapes[d]);
}

/* Whether burst i may go nBL after the one before it, as far as those before it matter. */
static bool is_in_step(const struct hbm *hbm, enum hbm_direction d, const struct hbm_run_shape *s,
		       const struct visit *visits, unsigned i)
{
	const struct dram_timing *t = &hbm->timing;
	uint64_t step = hbm->books.burst_ticks;
	unsigned bank = visits[s->visit[i]].bank;

	for (unsigned j = 0; j < i; j++) {
		unsigned other = visits[s->visit[j]].bank;
		uint64_t apart = (i - j) * step;

		if (t->sid_node[other] != t->sid_node[bank] ||
		    own_latency(hbm, DRAM_LEVEL_SID, d) > apart ||
		    (t->bg_node[other] == t->bg_node[bank] &&
		     own_latency(hbm, DRAM_LEVEL_BG, d) > apart) ||
		    (other == bank && own_latency(hbm, DRAM_LEVEL_BANK, d) > apart))
			return false;
	}
	return true;
}

/* Of the visits that are not late the one with most left to do, of equals the first. */
static unsigned fullest(const struct visit *visits, unsigned n, uint64_t late)
{
	unsigned best = (unsigned)__builtin_ctzll(~late);

	for (unsigned v = best + 1; v < n; v++)
		if (!(late >> v & 1) && visits[v].n_left > visits[best].n_left)
			best = v;
	return best;
}

static void make_shape(const struct hbm *hbm, enum hbm_direction d, uint64_t bursts, uint64_t late,
		       const struct visit *from, unsigned n_visits, struct hbm_run_shape *s)
{
	struct visit visits[MAX_PACKET_BURSTS];

	*s = (struct hbm_run_shape){
		.bursts = bursts,
		.late = late,
		.is_steady = true,
		.bus = hbm->timing.standard->commands[hbm_column_command(d)].bus,
		.n_visits = (uint8_t)n_visits,
	};
	for (unsigned v = 0; v < n_visits; v++) {
		visits[v] = from[v];
		s->n_bursts = (uint8_t)(s->n_bursts + from[v].n_left);
	}
	for (unsigned i = 0; i < s->n_bursts; i++) {
		unsigned v = fullest(visits, n_visits, i == 0 ? late : 0);

		s->visit[i] = (uint8_t)v;
		s->last_of[v] = (uint8_t)i;
		visits[v].n_left--;
		s->is_steady = s->is_steady && is_in_step(hbm, d, s, visits, i);
	}
}

static const struct hbm_run_shape *shape_of(struct hbm *hbm, enum hbm_direction d, uint64_t bursts,
					    uint64_t late, const struct visit *visits,
					    unsigned n_visits)
{
	/* 2^64 / golden ratio */
	uint64_t hash = (bursts ^ late << 32) * UINT64_C(0x9E3779B97F4A7C15);
	struct hbm_run_shape *s = &hbm->shapes[d][hash >> 56];

	if (s->bursts != bursts || s->late != late)
		make_shape(hbm, d, bursts, late, visits, n_visits, s);
	return s;
}

/* Where the bursts go, and the account of their data. */
static void place(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		  const struct hbm_run_shape *s, const struct visit *visits, uint64_t *ticks)
{
	const struct hbm_delay bus_alone = { .packet = e->packet, .banks = e->banks };
	struct dram_bus *bus = &pc->channel->buses[s->bus];
	unsigned apart = (unsigned)pc->hbm->books.burst_ticks;
	uint64_t tick = ticks[0];

	for (unsigned i = 0, n; i < s->n_bursts; i += n) {
		tick = dram_bus_first_free(bus, tick);
		n = dram_bus_take_row(bus, tick, pc->hbm->run_marks, apart, s->n_bursts - i);
		if (i == 0)
			hbm_account_bursts(pc, d, e, visits[s->visit[0]].bank, tick, n);
		else
			hbm_bus_bursts(pc->bus, d, &bus_alone, tick, n);
		for (unsigned k = 0; k < n; k++, tick += apart)
			ticks[i + k] = tick;
	}
}

static void tell_run(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		     const struct hbm_run_shape *s, const struct visit *visits,
		     const uint64_t *ticks)
{
	uint64_t left[MAX_PACKET_BURSTS];

	for (unsigned v = 0; v < s->n_visits; v++)
		left[v] = visits[v].bursts;
	for (unsigned i = 0; i < s->n_bursts; i++) {
		unsigned v = s->visit[i], burst = (unsigned)__builtin_ctzll(left[v]);

		left[v] &= left[v] - 1;
		if (left[v] != 0) /* the last one tells itself */
			hbm_tell(pc, hbm_column_command(d), visits[v].bank, e->row,
				 addr_step(&pc->hbm->pattern, e->column,
					   pc->hbm->pattern.column[burst]), ticks[i]);
	}
}

/* When the first burst may go, and which visits may not yet; false if one may not nBL later. */
static bool find_first(const struct hbm_pc *pc, enum dram_command_kind c,
		       const struct visit *visits, unsigned n_visits, uint64_t *first,
		       uint64_t *late)
{
	uint64_t ready[MAX_PACKET_BURSTS], floor = max_u64(pc->now, dram_pc_node(&pc->state)->ready[c]);

	*first = UINT64_MAX;
	*late = 0;
	for (unsigned v = 0; v < n_visits; v++) {
		ready[v] = max_u64(floor, dram_column_ready(&pc->state, c, visits[v].bank));
		*first = min_u64(*first, ready[v]);
	}
	for (unsigned v = 0; v < n_visits; v++) {
		*late |= (uint64_t)(ready[v] > *first) << v;
		if (ready[v] > *first + pc->hbm->books.burst_ticks)
			return false;
	}
	return true;
}

bool hbm_send_run(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		  const struct visit *visits, unsigned n_visits)
{
	const struct addr_pattern *pattern = &pc->hbm->pattern;
	enum dram_command_kind c = hbm_column_command(d);
	const struct hbm_run_shape *s;
	uint64_t ticks[MAX_PACKET_BURSTS], late;

	if (!pc->hbm->shapes[d])
		return false;
	if (!find_first(pc, c, visits, n_visits, &ticks[0], &late))
		return false;
	s = shape_of(pc->hbm, d, e->bursts, late, visits, n_visits);
	if (!s->is_steady)
		return false;
	place(pc, d, e, s, visits, ticks);
	if (pc->hbm->watch.fn != NULL)
		tell_run(pc, d, e, s, visits, ticks);
	pc->last_column = ticks[s->n_bursts - 1];
	for (unsigned v = 0; v < n_visits; v++) {
		unsigned burst = 63 - (unsigned)__builtin_clzll(visits[v].bursts);

		hbm_send_last(pc, d, e, visits[v].bank,
			      addr_step(pattern, e->column, pattern->column[burst]),
			      ticks[s->last_of[v]]);
	}
	return true;
}
