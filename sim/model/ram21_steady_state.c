/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the future depends on.  Times are written relative to the last tick that was run.  A ready
 * tick matters to what goes when from the next tick on, and to how a gap of a data bus is
 * classed from that gap's start on: earlier ones are as good as the earliest that matters.
 * Left out are sums, and bounds that only say when to look (column_at, row_at, the wheel,
 * which active requests are young).
 */
#include "model/ram21_steady_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/ram21_steady.h"

uint64_t ram21_fast_row_bytes(const struct ram21_fast *f)
{
	const struct addrmap *map = &f->map;
	const struct addr_part *top = &map->parts[map->n_parts - 1];

	if (map->n_parts == 0 || top->field != ADDR_ROW || top->size != f->timing.rows ||
	    top->is_xored)
		return 0;
	for (unsigned i = 0; i < map->n_parts; i++)
		if (map->parts[i].is_skewed)
			return 0;
	for (unsigned i = 0; i < map->n_xors; i++)
		if (map->xors[i].source == ADDR_ROW || map->xors[i].field == ADDR_ROW)
			return 0;
	return map->bytes / f->timing.rows;
}

uint64_t fast_refreshes(const struct ram21_fast *f)
{
	return f->channels[0].counts.refreshes;
}

uint64_t fast_refresh_due(const struct ram21_fast *f)
{
	uint64_t due = f->channels[0].refresh_due;

	for (unsigned i = 1; i < f->n_channels; i++)
		due = min_u64(due, f->channels[i].refresh_due);
	return due;
}

static void put(struct words *w, uint64_t number)
{
	GROW(w->v, w->n, w->capacity);
	w->v[w->n++] = number;
}

/* What a state is written relative to. */
struct frame {
	struct words *out;
	uint64_t clk, least; /* ticks before `least` are as good as it */
	uint64_t row, n_rows;
};

static void put_tick(const struct frame *w, uint64_t tick)
{
	put(w->out, tick == UINT64_MAX ? tick : tick - w->clk);
}

static void put_ready(const struct frame *w, uint64_t tick)
{
	put_tick(w, max_u64(tick, w->least));
}

static void put_row(const struct frame *w, uint32_t row)
{
	put(w->out, row == FAST_NO_ROW ? UINT64_MAX : (row + w->n_rows - w->row) % w->n_rows);
}

static void put_request(const struct frame *w, const struct fast_request *r, uint64_t counted)
{
	put(w->out, r->bank | (uint64_t)r->column << 8 | (uint64_t)r->direction << 32 |
		    counted << 33);
	put_row(w, r->row);
	put_tick(w, r->arrive);
	put_tick(w, r->accepted);
	put_tick(w, r->offered);
}

static void put_queue(const struct frame *w, const struct fast_queue *q)
{
	put(w->out, q->n);
	for (uint64_t rest = q->all; rest != 0; rest &= rest - 1) {
		unsigned at = (unsigned)__builtin_ctzll(rest);

		put_request(w, &q->at[at], q->counted >> at & 1);
	}
}

/* Rows open since the ticks at which their active requests were activated. */
static void put_banks(const struct ram21_fast *f, const struct frame *w,
		      const struct fast_channel *ch)
{
	for (unsigned bank = 0; bank < FAST_PCS * f->rules.n_banks; bank++) {
		put(w->out, ch->is_awaited[bank]);
		put_row(w, ch->open_row[bank]);
		if (ch->open_row[bank] != FAST_NO_ROW)
			put_tick(w, ch->open_since[bank]);
		if (ch->is_awaited[bank])
			put_request(w, &ch->active.of_bank[bank], 0);
	}
}

static uint64_t longest_window(const struct fast_rules *r)
{
	uint64_t ticks = 0;

	for (unsigned c = 0; c < N_FAST_COMMANDS; c++)
		for (unsigned i = 0; i < r->of[c].n_window; i++)
			ticks = max_u64(ticks, r->of[c].window[i].latency);
	return ticks;
}

/* The last ticks, latest first, as what they could make ready: as many as a window will
 * still count. */
static void put_history(const struct frame *w, const struct dram_history *h, unsigned size,
			uint64_t longest)
{
	for (unsigned back = 1; back < size; back++)
		put_ready(w, h->n >= back ? h->tick[(h->n - back) % size] + longest : 0);
}

static void put_rules(const struct ram21_fast *f, const struct frame *w,
		      const struct fast_channel *ch)
{
	const struct dram_timing *t = &f->timing;
	uint64_t longest = longest_window(&f->rules);

	for (unsigned i = 0; i < FAST_PCS * t->n_nodes; i++) {
		unsigned node = i / t->n_nodes * FAST_PC_NODES + i % t->n_nodes;

		for (unsigned what = 0; what < N_FAST_READY; what++)
			put_ready(w, ch->ready[node][what]);
		for (unsigned k = 0; k < t->n_windows; k++)
			put_history(w, &ch->history[node][k], t->windows[k].size, longest);
	}
}

static void put_channel(const struct ram21_fast *f, enum fast_horizon horizon,
			const struct frame *w, const struct fast_channel *ch)
{
	put_tick(w, horizon == FAST_TO_REFRESH ? UINT64_MAX : ch->refresh_due);
	for (unsigned b = 0; b < N_DRAM_BUSES; b++)
		put_ready(w, ch->bus_free[b]);
	put(w->out, ch->is_writing);
	put(w->out, ch->n_refreshes | (uint64_t)ch->refresh_pc << 32);
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++) {
		put_ready(w, ch->serves_since[d]);
		put_queue(w, &ch->queues[d]);
	}
	for (unsigned pc = 0; pc < FAST_PCS; pc++)
		put_tick(w, ch->n_refreshes > 0 ? ch->refreshed[pc] : w->clk);
	put_tick(w, max_u64(ch->pairing.tick, w->clk));
	if (ch->pairing.tick > w->clk)
		put(w->out, ch->pairing.pc | (uint64_t)ch->pairing.bank << 8 |
			    (uint64_t)ch->pairing.is_for_pc << 16);
	put_banks(f, w, ch);
	put_rules(f, w, ch);
	put(w->out, ch->latency_top); /* so that the lists of counts are as long */
	put(w->out, ch->long_latencies.n_counts);
}

/* A bus at which nothing waits keeps its last burst's time as it is: nothing of a repetition
 * touched it, or the state differs. */
static bool is_idle(const struct hbm_bus *bus)
{
	return bus->n_waiting == 0;
}

static void put_bus(const struct frame *w, const struct hbm_bus *bus)
{
	put(w->out, bus->n_waiting);
	if (is_idle(bus)) {
		put(w->out, bus->data_end);
		put(w->out, bus->crowded_until);
	} else {
		put_tick(w, bus->data_end);
		put_ready(w, bus->crowded_until);
	}
	put(w->out, bus->n_refreshes);
	for (size_t i = 0; i < bus->n_refreshes; i++) {
		put_tick(w, bus->refreshes[i].from);
		put_tick(w, bus->refreshes[i].to);
	}
}

/* Ticks of bursts to come are set in words from the one of `clk` on. */
static uint64_t busy_bits(const struct hbm_busy *b, uint64_t tick)
{
	uint64_t word = tick / 64;

	if (word < b->base_word || word > b->last_word)
		return 0;
	return b->words[word & (b->n_words - 1)];
}

static uint64_t busy_from(const struct hbm_busy *b, uint64_t tick)
{
	uint64_t low = busy_bits(b, tick), high = busy_bits(b, tick + 64);

	return tick % 64 == 0 ? low : low >> tick % 64 | high << (64 - tick % 64);
}

static uint64_t busy_span(const struct hbm_busy *b, uint64_t clk)
{
	return max_u64((b->last_word + 1) * 64, clk + 1) - (clk + 1);
}

static void put_busy(const struct frame *w, const struct hbm_busy *b)
{
	size_t last = w->out->n;

	for (uint64_t i = 0; i < busy_span(b, w->clk); i += 64) {
		uint64_t bits = busy_from(b, w->clk + 1 + i);

		if (bits != 0)
			last = w->out->n + 1;
		put(w->out, bits);
	}
	w->out->n = last; /* without the zeros at the end */
}

/* The start of the earliest gap that a request which is here already can end; a tick earlier
 * where ticks are counted from the edge on which a command could go. */
static uint64_t least_of(const struct ram21_fast *f)
{
	uint64_t least = f->clk + 1;
	uint64_t latency = max_u64(f->books.latency[HBM_READS], f->books.latency[HBM_WRITES]);

	for (uint32_t i = 0; i < f->books.n_buses; i++) {
		uint64_t end = f->books.buses[i].data_end;

		if (!is_idle(&f->books.buses[i]))
			least = min_u64(least, end > latency ? end - latency : 0);
	}
	return least - min_u64(least, f->rules.ticks_per_clock - 1);
}

/* Who is crowded: a history without a change since is as good as none. */
static bool put_history_of_crowds(const struct frame *w, const struct hbm_books *books)
{
	const struct hbm_history *h = &books->history;

	for (uint32_t i = 0; i < books->n_buses; i++)
		if (books->buses[i].is_gap_noted)
			return false;
	put(w->out, h->n);
	put(w->out, h->steps[h->n - 1].tick);
	put(w->out, h->steps[h->n - 1].sole);
	put(w->out, h->n_crowded);
	put(w->out, h->sum_of_crowded);
	return h->steps[h->n - 1].tick <= w->least;
}

static bool is_refreshing(const struct ram21_fast *f)
{
	bool is = false;

	for (unsigned i = 0; i < f->n_channels; i++)
		is |= f->channels[i].n_refreshes > 0;
	for (uint32_t i = 0; i < f->books.n_buses; i++)
		is |= f->books.buses[i].n_refreshes > 0;
	return is;
}

bool fast_write_state(const struct ram21_fast *f, enum fast_horizon horizon, uint64_t row,
		      uint64_t place, struct words *out)
{
	const struct frame w = {
		.out = out, .clk = f->clk, .least = least_of(f), .row = row, .n_rows = f->timing.rows,
	};

	BUG_ON(f->has_door);
	out->n = 0;
	if (horizon == FAST_TO_REFRESH && is_refreshing(f))
		return false;
	put(out, place);
	put(out, f->clk % f->rules.ticks_per_clock);
	put(out, f->clk % f->books.clock.ticks); /* where ticks lie between picoseconds */
	put_tick(&w, f->end_clk);
	put_tick(&w, f->end_tick);
	put(out, f->n_held);
	put_tick(&w, w.least);
	for (unsigned i = 0; i < f->n_channels; i++)
		put_channel(f, horizon, &w, &f->channels[i]);
	for (uint32_t i = 0; i < f->books.n_buses; i++)
		put_bus(&w, &f->books.buses[i]);
	put_busy(&w, &f->books.busy);
	return put_history_of_crowds(&w, &f->books);
}

/* Sums. */

typedef void (*count_fn)(void *context, uint64_t *count);

/* All of a channel but the accounts of its buses. */
static void each_of_channel(struct fast_channel *ch, count_fn fn, void *context)
{
#define X(name, help) fn(context, &ch->counts.name);
	HBM_COUNT_LIST(X)
	HBM_DETAIL_LIST(X)
#undef X
	for (unsigned t = 0; t < ch->latency_top; t++)
		fn(context, &ch->latency_counts[t]);
	for (size_t i = 0; i < ch->long_latencies.n_counts; i++)
		fn(context, &ch->long_latencies.counts[i]);
	fn(context, &ch->long_latencies.total);
}

static void each_count(struct ram21_fast *f, count_fn fn, void *context)
{
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		fn(context, &f->offered[d]);
	for (unsigned i = 0; i < f->n_channels; i++)
		each_of_channel(&f->channels[i], fn, context);
	for (uint32_t i = 0; i < f->books.n_buses; i++)
		for (unsigned c = 0; c < N_HBM_CLASSES; c++)
			fn(context, &f->books.buses[i].class_ticks[c]);
}

static void write_count(void *context, uint64_t *count)
{
	put(context, *count);
}

void fast_write_counts(struct ram21_fast *f, struct words *out)
{
	out->n = 0;
	put(out, hbm_busy_ticks(&f->books.busy));
	each_count(f, write_count, out);
}

struct repetition {
	const uint64_t *from, *to;
	uint64_t times;
};

static uint64_t next_sum(struct repetition *r)
{
	return (*r->to++ - *r->from++) * r->times;
}

static void repeat_count(void *context, uint64_t *count)
{
	*count += next_sum(context);
}

void fast_repeat_counts(struct ram21_fast *f, const struct words *from, const struct words *to,
			uint64_t times)
{
	struct repetition r = { from->v, to->v, times };

	BUG_ON(from->n != to->n);
	f->books.busy.ticks += next_sum(&r);
	each_count(f, repeat_count, &r);
}

/* Moving on. */

static void shift_tick(uint64_t *tick, uint64_t ticks)
{
	if (*tick != UINT64_MAX)
		*tick += ticks;
}

static void shift_row(const struct ram21_fast *f, uint32_t *row, uint64_t rows)
{
	if (*row != FAST_NO_ROW)
		*row = (uint32_t)((*row + rows) % f->timing.rows);
}

static void shift_request(const struct ram21_fast *f, struct fast_request *r, uint64_t ticks,
			  uint64_t rows)
{
	shift_row(f, &r->row, rows);
	r->arrive += ticks;
	r->accepted += ticks;
	r->offered += ticks;
}

static void shift_queue(const struct ram21_fast *f, struct fast_queue *q, uint64_t ticks,
			uint64_t rows)
{
	for (uint64_t rest = q->all; rest != 0; rest &= rest - 1)
		shift_request(f, &q->at[__builtin_ctzll(rest)], ticks, rows);
}

static void shift_banks(const struct ram21_fast *f, struct fast_channel *ch, uint64_t ticks,
			uint64_t rows)
{
	for (unsigned bank = 0; bank < FAST_MAX_BANKS; bank++) {
		shift_row(f, &ch->open_row[bank], rows);
		ch->open_since[bank] += ticks;
		if (ch->is_awaited[bank])
			shift_request(f, &ch->active.of_bank[bank], ticks, rows);
		ch->active.ready[bank] += ticks;
	}
}

static void shift_channel(const struct ram21_fast *f, struct fast_channel *ch, uint64_t ticks,
			  uint64_t rows)
{
	shift_tick(&ch->column_at, ticks);
	shift_tick(&ch->row_at, ticks);
	for (unsigned b = 0; b < N_DRAM_BUSES; b++)
		ch->bus_free[b] += ticks;
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++) {
		ch->serves_since[d] += ticks;
		shift_queue(f, &ch->queues[d], ticks, rows);
	}
	for (unsigned pc = 0; pc < FAST_PCS; pc++)
		ch->refreshed[pc] += ticks;
	ch->pairing.tick += ticks;
	shift_banks(f, ch, ticks, rows);
	fast_wheel_ripen_all(ch); /* nothing is lost: they are asked again */
	ch->wheel.tick += ticks;
	for (unsigned node = 0; node < FAST_NODES; node++) {
		for (unsigned what = 0; what < N_FAST_READY; what++)
			ch->ready[node][what] += ticks;
		for (unsigned k = 0; k < DRAM_MAX_WINDOWS; k++)
			for (unsigned i = 0; i < DRAM_MAX_WINDOW; i++)
				ch->history[node][k].tick[i] += ticks;
	}
}

static void shift_bus(struct hbm_bus *bus, uint64_t ticks)
{
	if (!is_idle(bus)) {
		bus->data_end += ticks;
		bus->crowded_until += ticks;
	}
	for (size_t i = 0; i < bus->n_refreshes; i++) {
		shift_tick(&bus->refreshes[i].from, ticks);
		shift_tick(&bus->refreshes[i].to, ticks);
	}
}

/* Bursts still to come move on; those that were are counted. */
static void shift_busy(struct hbm_busy *b, uint64_t clk, uint64_t ticks)
{
	uint64_t total = hbm_busy_ticks(b), n = busy_span(b, clk), later = 0;
	uint64_t *bits = xcalloc(n / 64 + 1, sizeof(*bits));

	for (uint64_t i = 0; i < n; i += 64) {
		bits[i / 64] = busy_from(b, clk + 1 + i);
		later += (uint64_t)__builtin_popcountll(bits[i / 64]);
	}
	memset(b->words, 0, b->n_words * sizeof(*b->words));
	b->base_word = b->last_word = (clk + 1 + ticks) / 64;
	for (uint64_t i = 0; i < n; i++)
		if (bits[i / 64] >> i % 64 & 1)
			hbm_busy_mark(b, clk + 1 + ticks + i + OFF(SKIP_BUSY), 1);
	b->ticks = total - later;
	free(bits);
}

void fast_shift_state(struct ram21_fast *f, enum fast_horizon horizon, uint64_t ticks,
		      uint64_t rows)
{
	shift_busy(&f->books.busy, f->clk, ticks);
	for (uint32_t i = 0; i < f->books.n_buses; i++)
		shift_bus(&f->books.buses[i], ticks);
	for (unsigned i = 0; i < f->n_channels; i++) {
		shift_channel(f, &f->channels[i], ticks, rows);
		f->channels[i].refresh_due += horizon == FAST_TO_REFRESH ? 0 : ticks;
	}
	f->clk += ticks;
	f->end_clk += ticks;
	f->end_tick += ticks;
}
