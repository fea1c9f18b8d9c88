/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits the bursts of a packet as runs instead of one by one, where that is the same.
 *
 * If the banks of all bursts are ready when the first may go, or nBL later, each burst is ready
 * nBL after the one before it: then hbm_commit()'s choice, the ready visit with most left to do,
 * of equals the first, is the same for every packet with these bursts, and known, but for which
 * visits are late for the first burst: those in the bank group of the packet before, as a rule.
 * What remains is where the shared column bus has room: the bursts go nBL apart from a free tick
 * on, until one is in the way of another pseudo channel's command, and again from the next free
 * tick on.  Delays are harmless: they move all bursts after them, and rules count from earlier
 * ones.
 */
#include "model/hbm_commit.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/off_by_one.h"

#define FORMS 64 /* kept of each direction */
#define ORDERS 4 /* kept of each form */
#define MAX_VISITS 8

/* In which order bursts go, when these visits are late for the first one. */
struct hbm_order {
	uint64_t late; /* as a mask: the key */
	bool is_known;
	bool is_steady; /* each may go nBL after the one before */
	uint8_t visit[MAX_PACKET_BURSTS]; /* of each burst */
	uint8_t last_of[MAX_VISITS];      /* of each visit, its last burst */
};

struct hbm_visit_form {
	uint64_t bursts; /* as a mask, n of them */
	uint32_t bank;   /* step from the packet's */
	uint32_t last_column; /* likewise, of its last burst */
	unsigned n;
};

/* What packets with the same bursts have in common. */
struct hbm_form {
	uint64_t bursts; /* the key; 0: no form yet */
	unsigned n_bursts, n_visits; /* n_visits 0: too many */
	struct hbm_visit_form visits[MAX_VISITS];
	struct hbm_order orders[ORDERS];
};

/* A packet on its way to the bus. */
struct run {
	struct hbm_pc *pc;
	const struct hbm_entry *entry;
	enum hbm_direction direction;
	const struct hbm_form *form;
	const struct hbm_order *order;
	unsigned banks[MAX_VISITS];
	/* Pieces of bursts nBL apart: the number of its first one, and that one's tick. */
	unsigned n_pieces, first[MAX_PACKET_BURSTS];
	uint64_t tick[MAX_PACKET_BURSTS];
};

static uint64_t tick_of(const struct run *r, unsigned burst)
{
	unsigned p = r->n_pieces - 1;

	while (r->first[p] > burst)
		p--;
	return r->tick[p] + (burst - r->first[p]) * r->pc->hbm->books.burst_ticks;
}

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
			hbm->forms[d] = xcalloc(FORMS, sizeof(*hbm->forms[d]));
}

void hbm_runs_release(struct hbm *hbm)
{
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		free(hbm->forms[d]);
}

static void make_form(const struct addr_pattern *pattern, uint64_t bursts, struct hbm_form *f)
{
	*f = (struct hbm_form){ .bursts = bursts };
	f->n_bursts = (unsigned)__builtin_popcountll(bursts);
	for (unsigned k = 0; k < pattern->n_banks; k++) {
		uint64_t of_visit = bursts & pattern->bursts[k];

		if (of_visit == 0)
			continue;
		if (f->n_visits == MAX_VISITS) {
			f->n_visits = 0;
			return;
		}
		f->visits[f->n_visits++] = (struct hbm_visit_form){
			.bursts = of_visit,
			.bank = pattern->bank[k],
			.last_column = pattern->column[63 - __builtin_clzll(of_visit)],
			.n = (unsigned)__builtin_popcountll(of_visit),
		};
	}
}

static struct hbm_form *form_of(struct hbm *hbm, enum hbm_direction d, uint64_t bursts)
{
	/* 2^64 / golden ratio; the top 6 bits number the forms. */
	struct hbm_form *f = &hbm->forms[d][bursts * UINT64_C(0x9E3779B97F4A7C15) >> 58];

	if (f->bursts != bursts)
		make_form(&hbm->pattern, bursts, f);
	return f;
}

/* Whether burst i may go nBL after the one before it, as far as those before it matter. */
static bool is_in_step(const struct run *r, const struct hbm_order *o, unsigned i)
{
	const struct hbm *hbm = r->pc->hbm;
	const struct dram_timing *t = &hbm->timing;
	enum hbm_direction d = r->direction;
	unsigned bank = r->banks[o->visit[i]];

	for (unsigned j = 0; j < i; j++) {
		unsigned other = r->banks[o->visit[j]];
		uint64_t apart = (i - j) * hbm->books.burst_ticks;

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
static unsigned fullest(const unsigned *n_left, unsigned n, uint64_t late)
{
	unsigned best = (unsigned)__builtin_ctzll(~late);

	for (unsigned v = best + 1; v < n; v++)
		if (!(late >> v & 1) && n_left[v] + OFF(RUN_FULLEST) > n_left[best])
			best = v;
	return best;
}

/* Banks differ between packets of a form, but not which of them share what. */
static void make_order(const struct run *r, uint64_t late, struct hbm_order *o)
{
	const struct hbm_form *f = r->form;
	unsigned n_left[MAX_VISITS];

	*o = (struct hbm_order){ .late = late, .is_known = true, .is_steady = true };
	for (unsigned v = 0; v < f->n_visits; v++)
		n_left[v] = f->visits[v].n;
	for (unsigned i = 0; i < f->n_bursts; i++) {
		unsigned v = fullest(n_left, f->n_visits, i == 0 ? late : 0);

		o->visit[i] = (uint8_t)v;
		o->last_of[v] = (uint8_t)i;
		n_left[v]--;
		o->is_steady = o->is_steady && is_in_step(r, o, i);
	}
}

static const struct hbm_order *order_of(const struct run *r, struct hbm_form *f, uint64_t late)
{
	struct hbm_order *o = &f->orders[late % ORDERS];

	if (!o->is_known || o->late != late)
		make_order(r, late, o);
	return o;
}

/* When the first burst may go, and which visits may not yet; false if one may not nBL later. */
static bool find_first(struct run *r, uint64_t *late)
{
	const struct hbm_pc *pc = r->pc;
	enum dram_command_kind c = hbm_column_command(r->direction);
	uint64_t ready[MAX_VISITS], floor = max_u64(pc->now, dram_pc_node(&pc->state)->ready[c]);
	uint64_t first = UINT64_MAX;

	*late = 0;
	for (unsigned v = 0; v < r->form->n_visits; v++) {
		r->banks[v] = addr_step(&pc->hbm->pattern, r->entry->bank, r->form->visits[v].bank);
		ready[v] = max_u64(floor, dram_column_ready(&pc->state, c, r->banks[v]));
		first = min_u64(first, ready[v]);
	}
	for (unsigned v = 0; v < r->form->n_visits; v++) {
		*late |= (uint64_t)(ready[v] > first) << v;
		if (ready[v] > first + pc->hbm->books.burst_ticks + OFF(RUN_LATE))
			return false;
	}
	r->tick[0] = first + OFF(RUN_FIRST);
	return true;
}

/* Where the bursts go, and the account of their data. */
static void place(struct run *r)
{
	struct hbm_pc *pc = r->pc;
	const struct hbm_entry *e = r->entry;
	const struct hbm_delay bus_alone = { .packet = e->packet, .banks = e->banks };
	struct dram_bus *bus = &pc->channel->buses[
		pc->hbm->timing.standard->commands[hbm_column_command(r->direction)].bus];
	unsigned apart = (unsigned)pc->hbm->books.burst_ticks;
	uint64_t tick = r->tick[0];

	r->n_pieces = 0;
	for (unsigned i = 0, n; i < r->form->n_bursts; i += n) {
		tick = dram_bus_first_free(bus, tick);
		n = dram_bus_take_row(bus, tick, pc->hbm->run_marks, apart, r->form->n_bursts - i);
		if (i == 0)
			hbm_account_bursts(pc, r->direction, e, r->banks[r->order->visit[0]], tick,
					   n);
		else
			hbm_bus_bursts(pc->bus, r->direction, &bus_alone, tick, n);
		r->first[r->n_pieces] = i;
		r->tick[r->n_pieces++] = tick;
		tick += (uint64_t)n * apart;
	}
}

/* All but the last burst of each visit, which tells itself. */
static void tell_run(const struct run *r)
{
	const struct addr_pattern *pattern = &r->pc->hbm->pattern;
	uint64_t left[MAX_VISITS];

	for (unsigned v = 0; v < r->form->n_visits; v++)
		left[v] = r->form->visits[v].bursts;
	for (unsigned i = 0; i < r->form->n_bursts; i++) {
		unsigned v = r->order->visit[i], burst = (unsigned)__builtin_ctzll(left[v]);

		left[v] &= left[v] - 1;
		if (left[v] != 0)
			hbm_tell(r->pc, hbm_column_command(r->direction), r->banks[v],
				 r->entry->row,
				 addr_step(pattern, r->entry->packet->column, pattern->column[burst]),
				 tick_of(r, i));
	}
}

static void send_lasts(const struct run *r)
{
	const struct addr_pattern *pattern = &r->pc->hbm->pattern;
	uint32_t column = hbm_is_watched(r->pc->hbm) ? r->entry->packet->column : 0;
	unsigned n = r->form->n_bursts;

	for (unsigned v = 0; v < r->form->n_visits; v++)
		hbm_send_last(r->pc, r->direction, r->entry, r->banks[v],
			      addr_step(pattern, column, r->form->visits[v].last_column),
			      tick_of(r, r->order->last_of[v]), r->order->last_of[v] + 1u < n + OFF(RUN_LAST));
}

unsigned hbm_send_run(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e)
{
	struct hbm_form *form;
	struct run r;
	uint64_t late;

	if (!pc->hbm->forms[d])
		return 0;
	form = form_of(pc->hbm, d, e->bursts);
	r.pc = pc;
	r.entry = e;
	r.direction = d;
	r.form = form;
	if (form->n_visits == 0 || !find_first(&r, &late))
		return 0;
	r.order = order_of(&r, form, late);
	if (!r.order->is_steady)
		return 0;
	place(&r);
	if (hbm_is_watched(pc->hbm))
		tell_run(&r);
	pc->last_column = tick_of(&r, form->n_bursts - 1);
	send_lasts(&r);
	return form->n_bursts;
}
