/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an acceptance and a command change: rules and buses, rows, the sets of requests, when
 * the slots are to be looked at again, counts, and the account of the data bus.
 */
#include "model/ram21_fast_channel.h"

#include <string.h>

static uint64_t bit(unsigned at)
{
	return UINT64_C(1) << at;
}

static enum fast_command column_command(enum hbm_direction d)
{
	return d == HBM_WRITES ? FAST_WR : FAST_RD;
}

/* Queues. */

/* Every set of places, squeezed by the holes: bit i of `from` moves to bit `to`. */
static void squeeze(const struct ram21_fast *f, struct fast_queue *q)
{
	uint64_t column = 0, act = 0, pre = 0, ripe = 0, counted = 0;
	unsigned to = 0;

	for (unsigned i = 0; i < FAST_PCS; i++)
		q->of_pc[i] = 0;
	for (uint64_t rest = q->all; rest != 0; rest &= rest - 1)
		q->of_bank[q->bank[__builtin_ctzll(rest)]] = 0;
	for (uint64_t rest = q->all; rest != 0; rest &= rest - 1, to++) {
		unsigned from = (unsigned)__builtin_ctzll(rest);

		column |= (q->column >> from & 1) << to;
		act |= (q->act >> from & 1) << to;
		pre |= (q->pre >> from & 1) << to;
		ripe |= (q->ripe >> from & 1) << to;
		counted |= (q->counted >> from & 1) << to;
		q->bank[to] = q->bank[from];
		q->column_of[to] = q->column_of[from];
		q->row[to] = q->row[from];
		q->arrive[to] = q->arrive[from];
		q->accepted[to] = q->accepted[from];
		q->offered[to] = q->offered[from];
		q->of_pc[f->path[q->bank[to]].pc] |= bit(to);
		q->of_bank[q->bank[to]] |= bit(to);
	}
	q->column = column;
	q->act = act;
	q->pre = pre;
	q->ripe = ripe;
	q->counted = counted;
	q->tail = to;
	q->all = bit(to) - 1; /* at most FAST_MAX_ROOM */
}

static void remove_at(const struct ram21_fast *f, struct fast_channel *ch, struct fast_queue *q,
		      unsigned at)
{
	uint64_t others = ~bit(at);

	q->all &= others;
	q->column &= others;
	q->act &= others;
	q->pre &= others;
	q->ripe &= others;
	q->counted &= others;
	q->of_bank[q->bank[at]] &= others;
	q->of_pc[f->path[q->bank[at]].pc] &= others;
	q->n--;
	fast_settle_turn(f, ch);
}

/* The next command of a new request, and when it could go. */
static void sort_in(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
		    unsigned at)
{
	struct fast_queue *q = &ch->queues[d];
	unsigned bank = q->bank[at];
	const struct fast_path *path = &f->path[bank];
	bool is_chosen = (d == HBM_WRITES) == ch->is_writing;
	enum fast_command c = FAST_PREpb;
	uint64_t when;

	if (ch->open_row[bank] == FAST_NO_ROW) {
		q->act |= bit(at);
		c = FAST_ACT;
	} else if (ch->open_row[bank] == q->row[at]) {
		q->column |= bit(at);
		c = column_command(d);
	} else if (!ch->is_awaited[bank]) {
		q->pre |= bit(at);
	} else {
		return;
	}
	if (!is_chosen)
		return;
	when = fast_on_edge(&f->rules, c, max_u64(fast_ready(ch, path, c), f->clk + 1));
	if (c == FAST_ACT || c == FAST_PREpb)
		ch->row_at = min_u64(ch->row_at, when);
	else
		ch->column_at = min_u64(ch->column_at, when);
}

void fast_enqueue(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
		  uint64_t place, uint64_t offered, uint64_t now)
{
	struct fast_queue *q = &ch->queues[d];
	unsigned bank = fast_place_bank(place), at;

	if (q->tail == FAST_PLACES)
		squeeze(f, q);
	at = q->tail++;
	q->n++;
	q->bank[at] = (uint8_t)bank;
	q->row[at] = fast_place_row(place);
	q->column_of[at] = fast_place_column(place);
	q->arrive[at] = f->clk;
	q->accepted[at] = now;
	q->offered[at] = offered;
	q->all |= bit(at);
	q->of_bank[bank] |= bit(at);
	q->of_pc[f->path[bank].pc] |= bit(at);
	q->ripe |= (uint64_t)fast_wheel_is_ripe(ch, &f->path[bank]) << at;
	sort_in(f, ch, d, at);
	fast_settle_turn(f, ch);
	fast_look_again(ch, f->clk + 1);
}

/* Commands. */

static void tell(const struct ram21_fast *f, const struct fast_channel *ch, enum fast_command c,
		 unsigned pc, unsigned bank, uint32_t row, uint32_t column, uint64_t tick)
{
	const struct dram_standard *s = f->timing.standard;
	struct dram_command command;

	if (f->watch == NULL)
		return;
	command = dram_command_in(s, bank, (struct dram_command){
		.tick = tick,
		.channel = ch->id,
		.command = f->rules.dram[c],
		.pseudo_channel = (uint8_t)pc,
		.row = row,
		.column = column,
	});
	f->watch(f->watch_context, &command);
}

/* `bank`: of the channel; the first of the pseudo channel for commands to all of it. */
static void issue(struct ram21_fast *f, struct fast_channel *ch, enum fast_command c,
		  unsigned bank, uint64_t tick)
{
	const struct fast_path *path = &f->path[bank];
	const struct dram_command_form *form = &f->rules.form[c];

	fast_rules_issue(f, ch, c, path->pc, path, tick);
	ch->bus_free[form->bus] = tick + form->ticks;
	if (form->bus == DRAM_BUS_COLUMN)
		return;
	ch->pairing = (struct fast_pairing){
		.tick = tick + form->ticks,
		.pc = path->pc,
		.bank = path->bank,
		.is_for_pc = form->scope == DRAM_FOR_PC,
	};
}

static void close_row(const struct ram21_fast *f, struct fast_channel *ch, unsigned bank,
		      uint64_t tick)
{
	const struct fast_path *path = &f->path[bank];

	ch->counts.open_bank_ticks += tick - ch->open_since[bank];
	ch->open_row[bank] = FAST_NO_ROW;
	ch->n_open[path->pc]--;
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++) {
		struct fast_queue *q = &ch->queues[d];
		uint64_t of_bank = q->of_bank[bank];

		q->act |= of_bank;
		q->column &= ~of_bank;
		q->pre &= ~of_bank;
	}
	fast_wheel_turn(ch, tick);
	fast_wheel_put(ch, path, fast_ready(ch, path, FAST_ACT));
}

static void open_row(struct fast_channel *ch, unsigned bank, uint32_t row, uint64_t tick)
{
	ch->open_row[bank] = row;
	ch->open_since[bank] = tick;
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++) {
		struct fast_queue *q = &ch->queues[d];

		q->act &= ~q->of_bank[bank];
		for (uint64_t rest = q->of_bank[bank]; rest != 0; rest &= rest - 1) {
			unsigned at = (unsigned)__builtin_ctzll(rest);

			if (q->row[at] == row)
				q->column |= bit(at);
		}
	}
}

/* An active request is served: PREs of its bank may go. */
static void end_await(struct ram21_fast *f, struct fast_channel *ch, unsigned bank, uint64_t tick)
{
	const struct fast_path *path = &f->path[bank];
	uint64_t pre = 0, ready = max_u64(fast_ready(ch, path, FAST_PREpb), tick);

	ch->is_awaited[bank] = false;
	ch->n_awaited[path->pc]--;
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++) {
		struct fast_queue *q = &ch->queues[d];

		q->pre |= q->of_bank[bank] & ~q->column;
		pre |= q->pre & q->of_bank[bank];
	}
	fast_wheel_turn(ch, tick);
	fast_wheel_put(ch, path, ready);
	if (ch->n_refreshes > 0)
		ch->row_at = min_u64(ch->row_at, tick);
	else if (pre != 0)
		ch->row_at = min_u64(ch->row_at, ready);
}

void fast_issue_precharge(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
			  unsigned at, uint64_t tick)
{
	struct fast_queue *q = &ch->queues[d];
	unsigned bank = q->bank[at];
	const struct fast_path *path = &f->path[bank];

	if (!(q->counted >> at & 1)) {
		q->counted |= bit(at);
		ch->counts.row_conflicts++;
	}
	issue(f, ch, FAST_PREpb, bank, tick);
	tell(f, ch, FAST_PREpb, path->pc, path->bank, ch->open_row[bank], 0, tick);
	close_row(f, ch, bank, tick);
	ch->counts.precharges++;
}

void fast_issue_precharge_all(struct ram21_fast *f, struct fast_channel *ch, unsigned pc,
			      uint64_t tick)
{
	unsigned first = pc * f->rules.n_banks;

	issue(f, ch, FAST_PREab, first, tick);
	tell(f, ch, FAST_PREab, pc, 0, 0, 0, tick);
	for (unsigned bank = first; bank < first + f->rules.n_banks; bank++)
		if (ch->open_row[bank] != FAST_NO_ROW)
			close_row(f, ch, bank, tick);
	ch->counts.precharges++;
	ch->counts.precharges_all++;
}

void fast_issue_refresh(struct ram21_fast *f, struct fast_channel *ch, unsigned pc, uint64_t tick)
{
	issue(f, ch, FAST_REFab, pc * f->rules.n_banks, tick);
	tell(f, ch, FAST_REFab, pc, 0, 0, 0, tick);
	ch->counts.refreshes++;
	ch->refreshed[pc] = tick + f->times.rfc_ticks;
	ch->refresh_pc = (ch->refresh_pc + 1) % FAST_PCS;
	if (--ch->n_refreshes > 0)
		return;
	ch->column_at = ch->row_at = tick + 1;
	for (unsigned p = 0; p < FAST_PCS; p++)
		hbm_bus_refresh_ends(&f->books.buses[ch->id * FAST_PCS + p],
				     max_u64(ch->refreshed[p], tick + 1));
}

void fast_issue_activate(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
			 unsigned at, uint64_t tick)
{
	struct fast_queue *q = &ch->queues[d];
	unsigned bank = q->bank[at];
	const struct fast_path *path = &f->path[bank];
	enum fast_command column = column_command(d);

	if (!(q->counted >> at & 1))
		ch->counts.row_misses++;
	issue(f, ch, FAST_ACT, bank, tick);
	tell(f, ch, FAST_ACT, path->pc, path->bank, q->row[at], 0, tick);
	ch->n_open[path->pc]++;
	ch->counts.activates++;
	fast_wheel_take(ch, path);
	ch->active_ready[ch->n_active] = fast_ready(ch, path, column);
	ch->active[ch->n_active++] = (struct fast_active){
		.arrive = q->arrive[at],
		.accepted = q->accepted[at],
		.offered = q->offered[at],
		.row = q->row[at],
		.column = q->column_of[at],
		.bank = (uint8_t)bank,
		.direction = (uint8_t)d,
	};
	ch->is_awaited[bank] = true;
	ch->n_awaited[path->pc]++;
	remove_at(f, ch, q, at);
	open_row(ch, bank, q->row[at], tick);
	ch->column_at = min_u64(ch->column_at,
				fast_on_edge(&f->rules, column, ch->active_ready[ch->n_active - 1]));
}

/* Column commands. */

void fast_count_latency(struct ram21_fast *f, struct fast_channel *ch, uint64_t arrive,
			uint64_t accepted, uint64_t end_tick)
{
	uint64_t ticks = end_tick - arrive;

	ch->counts.read_packets++;
	ch->counts.read_latency_ps += ram21_fast_tick_ps(f, end_tick) -
				      ram21_fast_tick_ps(f, accepted);
	ch->counts.read_latency_ticks += ticks;
	if (ticks >= HISTOGRAM_EXACT) {
		histogram_add(&ch->long_latencies, ticks, 1);
		return;
	}
	ch->latency_counts[ticks]++;
	ch->latency_top = max_u64(ch->latency_top, ticks + 1);
}

/* Before the column command is issued: the rules' ticks are those that it met. */
static void account_burst(struct ram21_fast *f, struct fast_channel *ch,
			  const struct fast_active *a, enum fast_command c, uint64_t tick)
{
	const struct fast_path *path = &f->path[a->bank];
	const uint64_t *of_pc = ch->ready[path->node[DRAM_LEVEL_PC]],
		       *of_sid = ch->ready[path->node[DRAM_LEVEL_SID]],
		       *of_bg = ch->ready[path->node[DRAM_LEVEL_BG]];
	unsigned turned = c == FAST_WR ? FAST_TURNED_WR : FAST_TURNED_RD;
	struct hbm_bus *bus = &f->books.buses[ch->id * FAST_PCS + path->pc];
	uint64_t is_turned = max_u64(max_u64(of_pc[turned], of_bg[turned]),
				     ch->serves_since[a->direction]);
	uint64_t is_spaced = max_u64(max_u64(of_pc[c], of_bg[c]), of_sid[c]);
	const struct hbm_delay why = {
		.packet = &f->probe,
		.accepted_tick = fast_on_edge(&f->rules, c, a->arrive + 1),
		.row = fast_on_edge(&f->rules, c, ch->ready[path->node[DRAM_LEVEL_BANK]][c]),
		.turned = fast_on_edge(&f->rules, c, is_turned),
		.column = fast_on_edge(&f->rules, c, is_spaced),
	};

	/* The books look at the packet only where the gap began before it was accepted. */
	if (why.accepted_tick + f->books.latency[a->direction] > bus->data_end)
		f->probe.held_ps = f->probe.issued_ps = ram21_fast_tick_ps(f, a->offered);
	hbm_busy_advance(&f->books.busy, tick);
	hbm_bus_burst(bus, (enum hbm_direction)a->direction, &why, tick);
	hbm_bus_waiting(bus, tick, -1);
}

/* The policy is done with a write when its command goes, with a read at its data's end. */
static void finish_burst(struct ram21_fast *f, struct fast_channel *ch,
			 const struct fast_active *a, uint64_t tick)
{
	uint64_t bytes = f->map.burst_bytes;
	uint64_t end = tick + (a->direction == HBM_WRITES ? f->times.write_ticks : f->times.read_ticks);

	f->n_held--;
	f->end_tick = max_u64(f->end_tick, end);
	if (a->direction == HBM_WRITES) {
		ch->counts.writes++;
		ch->counts.write_bytes += bytes;
		f->end_clk = max_u64(f->end_clk, tick);
		return;
	}
	ch->counts.reads++;
	ch->counts.read_bytes += bytes;
	f->end_clk = max_u64(f->end_clk, end);
	fast_count_latency(f, ch, a->arrive, a->accepted, end);
}

static void issue_column(struct ram21_fast *f, struct fast_channel *ch,
			 const struct fast_active *a, uint64_t tick)
{
	enum fast_command c = column_command((enum hbm_direction)a->direction);
	const struct fast_path *path = &f->path[a->bank];

	account_burst(f, ch, a, c, tick);
	issue(f, ch, c, a->bank, tick);
	tell(f, ch, c, path->pc, path->bank, a->row, a->column, tick);
	finish_burst(f, ch, a, tick);
}

void fast_issue_active(struct ram21_fast *f, struct fast_channel *ch, unsigned index,
		       uint64_t tick)
{
	struct fast_active a = ch->active[index];

	issue_column(f, ch, &a, tick);
	ch->n_active--;
	memmove(&ch->active[index], &ch->active[index + 1],
		(ch->n_active - index) * sizeof(*ch->active));
	memmove(&ch->active_ready[index], &ch->active_ready[index + 1],
		(ch->n_active - index) * sizeof(*ch->active_ready));
	end_await(f, ch, a.bank, tick);
}

void fast_issue_queued(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
		       unsigned at, uint64_t tick)
{
	struct fast_queue *q = &ch->queues[d];
	const struct fast_active a = {
		.arrive = q->arrive[at],
		.accepted = q->accepted[at],
		.offered = q->offered[at],
		.row = q->row[at],
		.column = q->column_of[at],
		.bank = q->bank[at],
		.direction = (uint8_t)d,
	};

	if (!(q->counted >> at & 1))
		ch->counts.row_hits++;
	issue_column(f, ch, &a, tick);
	remove_at(f, ch, q, at);
}
