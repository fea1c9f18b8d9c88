/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast ramulator21 from outside: which machines it serves, the door, time, and accounts.
 * What is not served is left to the reference, which takes every machine.
 */
#include "model/ram21_fast.h"

#include <stdlib.h>

#include "base/fault.h"
#include "base/mem.h"
#include "model/memory_ops.h"
#include "model/ram21_fast_channel.h"

uint64_t ram21_fast_tick_ps(const struct ram21_fast *f, uint64_t tick)
{
	return clock_edge_ps(&f->books.clock, tick);
}

uint64_t ram21_fast_last_tick(const struct ram21_fast *f)
{
	return clock_edge_at_or_before(&f->books.clock, INT64_MAX);
}

/* The write queue's request for a place, if there is one. */
static bool is_in_write_queue(const struct fast_channel *ch, uint64_t place)
{
	const struct fast_queue *q = &ch->queues[HBM_WRITES];

	for (uint64_t rest = q->of_bank[fast_place_bank(place)]; rest != 0; rest &= rest - 1) {
		unsigned at = (unsigned)__builtin_ctzll(rest);

		if (q->at[at].row == fast_place_row(place) &&
		    q->at[at].column == fast_place_column(place))
			return true;
	}
	return false;
}

static struct hbm_bus *bus_of(struct ram21_fast *f, uint64_t place)
{
	const struct fast_path *path = &f->path[fast_place_bank(place)];

	return &f->books.buses[fast_place_channel(place) * FAST_PCS + path->pc];
}

/* A read of what is queued to be written is answered at the next tick; a write to the same
 * place takes the other's, and is done. */
static void take_short_cut(struct ram21_fast *f, struct fast_channel *ch, uint64_t place,
			   bool is_write, uint64_t now)
{
	uint64_t end = is_write ? now : max_u64(f->clk + 1, now);

	fast_bus_waiting(bus_of(f, place), f->clk + 1, -1);
	f->n_held--;
	f->end_tick = max_u64(f->end_tick, end);
	if (is_write) {
		ch->counts.coalesced_writes++;
		return;
	}
	ch->counts.forwarded_reads++;
	ch->counts.forwarded_bytes += f->map.burst_bytes;
	f->end_clk = max_u64(f->end_clk, f->clk + 1);
	fast_count_latency(f, ch, f->clk, now, f->clk + 1);
}

static void enqueue(struct ram21_fast *f, uint64_t place, bool is_write, uint64_t offered,
		    uint64_t now)
{
	fast_enqueue(f, &f->channels[fast_place_channel(place)],
		     is_write ? HBM_WRITES : HBM_READS, place, offered, now);
}

static bool accept(struct ram21_fast *f, uint64_t place, bool is_write, uint64_t now)
{
	struct fast_channel *ch = &f->channels[fast_place_channel(place)];
	const struct fast_queue *q = &ch->queues[is_write ? HBM_WRITES : HBM_READS];

	if (is_in_write_queue(ch, place))
		take_short_cut(f, ch, place, is_write, now);
	else if (q->n < q->room + OFF(ROOM))
		enqueue(f, place, is_write, now, now);
	else
		return false;
	return true;
}

static inline uint64_t next_tick(const struct ram21_fast *f)
{
	uint64_t tick = fast_next_tick(&f->channels[0]);

	for (unsigned i = 1; i < f->n_channels; i++)
		tick = min_u64(tick, fast_next_tick(&f->channels[i]));
	return max_u64(tick, f->clk + 1);
}

/* A channel that has nothing to do looks at nothing. */
static inline void run_tick(struct ram21_fast *f, uint64_t tick)
{
	f->served.ticks++;
	fast_tick(f, &f->channels[0], tick);
	for (unsigned i = 1; i < f->n_channels; i++)
		if (fast_next_tick(&f->channels[i]) <= tick)
			fast_tick(f, &f->channels[i], tick);
	f->clk = tick;
}

/* All ticks up to and including `tick`, while nothing is at the door. */
static void run_to(struct ram21_fast *f, uint64_t tick)
{
	for (uint64_t at = next_tick(f); at <= tick; at = next_tick(f))
		run_tick(f, at);
	f->clk = max_u64(f->clk, tick);
}

bool ram21_fast_offer(struct ram21_fast *f, uint64_t address, bool is_write, uint64_t now)
{
	uint64_t place = fast_map_place(&f->places, address);

	BUG_ON(f->has_door);
	if (now > f->clk + 1)
		run_to(f, now - 1 - OFF(OFFER_IDLE)); /* the memory was idle, or nothing could happen */
	f->n_held++;
	f->offered[is_write ? HBM_WRITES : HBM_READS]++;
	fast_bus_waiting(bus_of(f, place), f->clk + 1, 1);
	if (accept(f, place, is_write, now))
		return true;
	f->has_door = true;
	f->door.place = place;
	f->door.offered = now;
	f->door.is_write = is_write;
	return false;
}

uint64_t ram21_fast_clk(const struct ram21_fast *f)
{
	return f->clk;
}

bool ram21_fast_has_door(const struct ram21_fast *f)
{
	return f->has_door;
}

void ram21_fast_offered(const struct ram21_fast *f, uint64_t *reads, uint64_t *writes)
{
	*reads = f->offered[HBM_READS];
	*writes = f->offered[HBM_WRITES];
}

uint64_t ram21_fast_held(const struct ram21_fast *f)
{
	return f->n_held;
}

/* One at the door was not in the write queue when it came, and nothing has come since: it waits
 * for room alone. */
static bool has_room_for_door(const struct ram21_fast *f)
{
	const struct fast_queue *q = &f->channels[fast_place_channel(f->door.place)]
		.queues[f->door.is_write ? HBM_WRITES : HBM_READS];

	return q->n < q->room + OFF(DOOR);
}

static void take_from_door(struct ram21_fast *f)
{
	enqueue(f, f->door.place, f->door.is_write, f->door.offered, f->clk);
	f->has_door = false;
}

bool ram21_fast_run(struct ram21_fast *f, uint64_t limit, uint64_t patience)
{
	uint64_t held = f->n_held, left = patience;

	for (uint64_t tick = next_tick(f); tick < limit + OFF(RUN_LIMIT) && f->n_held > 0;
	     tick = next_tick(f)) {
		run_tick(f, tick);
		if (f->has_door && has_room_for_door(f)) {
			take_from_door(f);
			return true;
		}
		left = f->n_held == held ? left - 1 : patience;
		held = f->n_held;
		if (left == 0)
			return false;
	}
	return true;
}

uint64_t ram21_fast_end_ps(const struct ram21_fast *f)
{
	return ram21_fast_tick_ps(f, f->end_tick);
}

static void close_rows(const struct ram21_fast *f, struct fast_channel *ch)
{
	for (unsigned bank = 0; bank < FAST_PCS * f->rules.n_banks; bank++)
		if (ch->open_row[bank] != FAST_NO_ROW && ch->open_since[bank] < f->end_tick)
			ch->counts.open_bank_ticks += f->end_tick - ch->open_since[bank];
}

static void close_channel(struct ram21_fast *f, struct fast_channel *ch, struct histogram *all)
{
	struct hbm_account *out = &f->accounts[ch->id];
	struct histogram *latencies = &ch->long_latencies;

	for (unsigned ticks = 0; ticks < HISTOGRAM_EXACT; ticks++)
		if (ch->latency_counts[ticks] > 0)
			histogram_add(latencies, ticks, ch->latency_counts[ticks]);
	close_rows(f, ch);
	*out = ch->counts;
	for (unsigned pc = 0; pc < FAST_PCS; pc++)
		hbm_bus_close(&f->books.buses[ch->id * FAST_PCS + pc], f->end_tick, out);
	ram21_times_close(&f->timing, latencies, f->end_tick, f->end_clk, out);
	histogram_merge(all, latencies);
}

/* The policy's run is over when the last request is done, and so are its commands. */
void ram21_fast_account(struct ram21_fast *f, struct hbm_account *out)
{
	struct histogram latencies = HISTOGRAM_INIT;

	BUG_ON(f->n_held != 0);
	run_to(f, f->end_clk);
	*out = (struct hbm_account){ 0 };
	for (unsigned i = 0; i < f->n_channels; i++) {
		close_channel(f, &f->channels[i], &latencies);
		memory_add_account(out, &f->accounts[i]);
	}
	ram21_times_close(&f->timing, &latencies, f->end_tick, f->end_clk, out);
	out->busy_ticks = hbm_busy_ticks(&f->books.busy);
	histogram_release(&latencies);
}

/* What is not counted where it happens follows from the accounts; accesses that were passed over
 * are in these. */
void ram21_fast_served(const struct ram21_fast *f, struct ram21_served *out)
{
	uint64_t offered = f->offered[HBM_READS] + f->offered[HBM_WRITES];
	uint64_t drawn = offered - f->served.skipped - f->served.jumped;

	*out = f->served;
	out->places_looked_up = f->places.is_linear ? drawn : 0;
	out->places_computed = drawn - out->places_looked_up;
}

unsigned ram21_fast_n_channels(const struct ram21_fast *f)
{
	return f->n_channels;
}

void ram21_fast_channel_account(const struct ram21_fast *f, unsigned channel,
				struct hbm_account *out)
{
	BUG_ON(channel >= f->n_channels);
	*out = f->accounts[channel];
}

void ram21_fast_watch(struct ram21_fast *f, dram_command_fn fn, void *context)
{
	f->watch = fn;
	f->watch_context = context;
}

static void init_paths(struct ram21_fast *f)
{
	const struct dram_timing *t = &f->timing;

	for (unsigned bank = 0; bank < FAST_PCS * t->n_banks; bank++) {
		unsigned pc = bank / t->n_banks, of_pc = bank % t->n_banks;
		unsigned first = pc * FAST_PC_NODES;

		f->path[bank] = (struct fast_path){
			.node = {
				[DRAM_LEVEL_PC] = (uint16_t)first,
				[DRAM_LEVEL_SID] = (uint16_t)(first + t->sid_node[of_pc]),
				[DRAM_LEVEL_BG] = (uint16_t)(first + t->bg_node[of_pc]),
				[DRAM_LEVEL_BANK] = (uint16_t)(first + t->bank_node[of_pc]),
			},
			.pc = (uint8_t)pc,
			.bank = (uint8_t)of_pc,
			.group = (uint8_t)((pc * t->n_banks + of_pc) / t->standard->banks_per_group),
			.index = (uint8_t)bank,
		};
	}
}

static void init_channel(struct ram21_fast *f, const struct machine *m, uint32_t id)
{
	struct fast_channel *ch = &f->channels[id];

	ch->id = id;
	ch->queues[HBM_READS].room = (unsigned)m->hbm_read_queue;
	ch->queues[HBM_WRITES].room = (unsigned)m->hbm_write_queue;
	ch->fast = f;
	ch->refresh_due = f->times.refi_ticks;
	fast_wheel_ripen_all(ch);
	ch->column_at = ch->row_at = 1; /* even idle, it settles the write mode */
	ch->is_turning = true;
	for (unsigned bank = 0; bank < FAST_MAX_BANKS; bank++)
		ch->open_row[bank] = FAST_NO_ROW;
}

static bool init_tables(struct ram21_fast *f, const struct machine *m,
			const struct dram_standard *s)
{
	struct addr_pattern pattern;
	struct err err = { 0 };

	f->n_channels = (unsigned)(m->hbm_stacks * m->hbm_channels);
	if (!dram_timing_init(&f->timing, s, m, &err) ||
	    !hbm_map_init(&f->map, &pattern, &f->timing, m, &err) ||
	    s->pseudo_channels != FAST_PCS || f->timing.n_nodes > FAST_PC_NODES ||
	    m->hbm_stacks * m->hbm_channels > 1u << FAST_CHANNEL_BITS ||
	    FAST_PCS * f->timing.n_banks > FAST_MAX_GROUPS * s->banks_per_group ||
	    s->columns > 1u << FAST_COLUMN_BITS)
		return false;
	init_paths(f);
	return fast_rules_init(&f->rules, &f->timing, f->path);
}

static bool serves(const struct machine *m, const struct dram_standard *s)
{
	return s && m->hbm_policy == HBM_POLICY_RAMULATOR21 && m->hbm_read_queue <= FAST_MAX_ROOM &&
	       m->hbm_write_queue <= FAST_MAX_ROOM && !fault_is("early-act");
}

struct ram21_fast *ram21_fast_new(const struct machine *m)
{
	const struct dram_standard *s = machine_dram_standard(m);
	struct ram21_fast *f;

	if (!serves(m, s))
		return NULL;
	f = xcalloc(1, sizeof(*f));
	if (!init_tables(f, m, s)) {
		free(f);
		return NULL;
	}
	f->write_high = m->hbm_write_high;
	f->write_low = m->hbm_write_low;
	ram21_times_init(&f->times, &f->timing, &f->books);
	fast_map_init(&f->places, &f->map);
	hbm_books_init(&f->books, f->n_channels * FAST_PCS,
		       max_u64(f->times.read_ticks, f->times.write_ticks));
	f->channels = xcalloc(f->n_channels, sizeof(*f->channels));
	f->accounts = xcalloc(f->n_channels, sizeof(*f->accounts));
	for (uint32_t i = 0; i < f->n_channels; i++)
		init_channel(f, m, i);
	return f;
}

void ram21_fast_free(struct ram21_fast *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < f->n_channels; i++)
		histogram_release(&f->channels[i].long_latencies);
	hbm_books_release(&f->books);
	fast_map_release(&f->places);
	free(f->accounts);
	free(f->channels);
	free(f);
}
