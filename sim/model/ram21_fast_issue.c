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
static void squeeze(struct ram21_fast *f, struct fast_queue *q)
{
	uint64_t column = 0, act = 0, pre = 0, counted = 0;
	unsigned to = 0;

	f->served.squeezes++;
	memset(q->of_pc, 0, sizeof(q->of_pc));
	memset(q->of_group, 0, sizeof(q->of_group));
	for (uint64_t rest = q->all; rest != 0; rest &= rest - 1)
		q->of_bank[q->at[__builtin_ctzll(rest)].bank] = 0;
	for (uint64_t rest = q->all; rest != 0; rest &= rest - 1, to++) {
		unsigned from = (unsigned)__builtin_ctzll(rest), bank = q->at[from].bank;

		column |= (q->column >> from & 1) << to;
		act |= (q->act >> from & 1) << to;
		pre |= (q->pre >> from & 1) << to;
		counted |= (q->counted >> from & 1) << (to + OFF(SQUEEZE));
		q->at[to] = q->at[from];
		q->of_pc[f->path[bank].pc] |= bit(to);
		q->of_group[f->path[bank].group] |= bit(to);
		q->of_bank[bank] |= bit(to);
	}
	q->column = column;
	q->act = act;
	q->pre = pre;
	q->counted = counted;
	q->tail = to;
	q->all = bit(to) - 1; /* at most FAST_MAX_ROOM */
}

static void remove_at(const struct ram21_fast *f, struct fast_channel *ch, struct fast_queue *q,
		      unsigned at)
{
	uint64_t others = ~bit(at);
	unsigned bank = q->at[at].bank;

	q->all &= others;
	q->column &= others;
	q->act &= others;
	q->pre &= others;
	q->counted &= others;
	q->of_bank[bank] &= others;
	q->of_group[f->path[bank].group] &= others;
	q->of_pc[f->path[bank].pc] &= others;
	q->n--;
	fast_settle_turn(f, ch);
}

/* The next command of a new request, and when it could go.  Without branches where they would go
 * either way. */
static inline void sort_in(const struct ram21_fast *f, struct fast_channel *ch,
			   enum hbm_direction d, unsigned at)
{
	struct fast_queue *q = &ch->queues[d];
	const struct fast_path *path = &f->path[q->at[at].bank];
	unsigned bank = path->index;
	bool is_hit = ch->open_row[bank] == q->at[at].row;
	bool is_closed = ch->open_row[bank] == FAST_NO_ROW;
	bool is_young = ch->active.is_young[bank] & (ch->active.of_bank[bank].direction == d);
	bool is_for_row = !is_hit & !ch->is_awaited[bank];
	bool is_ripe = is_for_row & fast_wheel_is_ripe(ch, bank);
	enum fast_command c = is_closed ? FAST_ACT : FAST_PREpb;
	uint64_t when;

	q->column |= (uint64_t)(is_hit & !is_young) << at;
	q->act |= (uint64_t)(is_ripe & is_closed) << at;
	q->pre |= (uint64_t)(is_ripe & !is_closed) << at;
	if ((d == HBM_WRITES) != ch->is_writing)
		return;
	if (is_hit) {
		c = column_command(d);
		when = fast_on_edge(&f->rules, c, max_u64(fast_ready(ch, path, c), f->clk + 1));
		ch->column_at = min_u64(ch->column_at, when + OFF(ACCEPT_COLUMN));
		return;
	}
	when = max_u64(fast_ready(ch, path, c), ch->bus_free[DRAM_BUS_ROW]);
	when = fast_on_edge(&f->rules, c, max_u64(when, f->clk + 1)) + OFF(ACCEPT_ROW);
	ch->row_at = min_u64(ch->row_at, when | fast_mask(!is_for_row));
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
	q->at[at] = (struct fast_request){
		.arrive = f->clk,
		.accepted = now,
		.offered = offered,
		.row = fast_place_row(place),
		.column = fast_place_column(place),
		.bank = (uint8_t)bank,
		.direction = (uint8_t)d,
	};
	q->all |= bit(at);
	q->of_bank[bank] |= bit(at);
	q->of_group[f->path[bank].group] |= bit(at);
	q->of_pc[f->path[bank].pc] |= bit(at);
	sort_in(f, ch, d, at);
	fast_settle_turn(f, ch);
	fast_look_again(ch, f->clk + 1);
}

/* Commands. */

static void tell_watch(const struct ram21_fast *f, const struct fast_channel *ch, enum fast_command c,
		       unsigned pc, unsigned bank, uint32_t row, uint32_t column, uint64_t tick)
{
	const struct dram_standard *s = f->timing.standard;
	struct dram_command command;

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

static inline void tell(const struct ram21_fast *f, const struct fast_channel *ch,
			enum fast_command c, unsigned pc, unsigned bank, uint32_t row,
			uint32_t column, uint64_t tick)
{
	if (f->watch)
		tell_watch(f, ch, c, pc, bank, row, column, tick);
}

/* `bank`: of the channel; the first of the pseudo channel for commands to all of it. */
static inline void issue(struct ram21_fast *f, struct fast_channel *ch, enum fast_command c,
			 unsigned bank, uint64_t tick)
{
	const struct fast_path *path = &f->path[bank];
	const struct dram_command_form *form = &f->rules.form[c];

	fast_rules_issue(&f->rules, ch, c, path, tick);
	ch->bus_free[form->bus] = tick + form->ticks;
	if (form->bus == DRAM_BUS_COLUMN || f->rules.ticks_per_clock == 1)
		return; /* without falling edges there are no pairs */
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

		q->column &= ~q->of_bank[bank];
	}
	fast_wheel_put(ch, bank, fast_on_edge(&f->rules, FAST_ACT, fast_ready(ch, path, FAST_ACT)));
}

/* For a request of direction d. */
static void open_row(struct fast_channel *ch, enum hbm_direction d, unsigned bank, uint32_t row,
		     uint64_t tick)
{
	struct fast_queue *others = &ch->queues[d == HBM_WRITES ? HBM_READS : HBM_WRITES];

	ch->open_row[bank] = row;
	ch->open_since[bank] = tick;
	others->column |= fast_hits(others, bank, row);
}

/* An active request is served: PREs of its bank may go. */
static void end_await(struct ram21_fast *f, struct fast_channel *ch, unsigned bank, uint64_t tick)
{
	const struct fast_path *path = &f->path[bank];
	uint64_t ready = max_u64(fast_ready(ch, path, FAST_PREpb), tick);

	ch->is_awaited[bank] = false;
	ch->n_awaited[path->pc]--;
	fast_wheel_put(ch, bank, ready);
	if (ch->n_refreshes > 0)
		ch->row_at = min_u64(ch->row_at, tick);
	else if (fast_is_wanted(ch, bank))
		ch->row_at = min_u64(ch->row_at, max_u64(ready, ch->bus_free[DRAM_BUS_ROW]) +
							OFF(AWAITED));
}

void fast_issue_precharge(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
			  unsigned at, uint64_t tick)
{
	struct fast_queue *q = &ch->queues[d];
	unsigned bank = q->at[at].bank;
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

/* Among the young ones in the order of their ticks: nearly always the last. */
static void add_young(struct fast_active *a, unsigned bank, uint64_t ready)
{
	unsigned at = a->first + a->n_young++;

	for (; at != a->first; at--) {
		unsigned before = (at - 1) % FAST_MAX_BANKS;

		if (a->ready[before] <= ready)
			break;
		a->ready[at % FAST_MAX_BANKS] = a->ready[before];
		a->young[at % FAST_MAX_BANKS] = a->young[before];
	}
	a->ready[at % FAST_MAX_BANKS] = ready;
	a->young[at % FAST_MAX_BANKS] = (uint8_t)bank;
}

void fast_issue_activate(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
			 unsigned at, uint64_t tick)
{
	struct fast_queue *q = &ch->queues[d];
	unsigned bank = q->at[at].bank;
	uint32_t row = q->at[at].row;
	const struct fast_path *path = &f->path[bank];
	enum fast_command column = column_command(d);
	uint64_t ready;

	ch->counts.row_misses += !(q->counted >> at & 1);
	issue(f, ch, FAST_ACT, bank, tick);
	tell(f, ch, FAST_ACT, path->pc, path->bank, row, 0, tick);
	ch->n_open[path->pc]++;
	ch->counts.activates++;
	fast_wheel_take(ch, bank);
	ready = fast_ready(ch, path, column);
	ch->active.of_bank[bank] = q->at[at];
	add_young(&ch->active, bank, ready + OFF(YOUNG));
	ch->active.is_young[bank] = true;
	ch->is_awaited[bank] = true;
	ch->n_awaited[path->pc]++;
	remove_at(f, ch, q, at);
	open_row(ch, d, bank, row, tick);
	ch->column_at = min_u64(ch->column_at, fast_on_edge(&f->rules, column, ready) +
						      OFF(ACTIVATED));
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
	ch->latency_top = max_u64(ch->latency_top, ticks + 1 - OFF(LATENCY_TOP));
}

/* [*at, end) is `class`. */
static inline void class_until(struct hbm_bus *bus, uint64_t *at, uint64_t end,
			       enum hbm_class class)
{
	uint64_t to = max_u64(*at, end);

	bus->class_ticks[class] += to - *at;
	*at = to;
}

/*
 * hbm_bus_burst() where no refresh can be in the gap, and the request was here when it began:
 * then the gap falls into pieces at the ends of the reasons.
 */
static inline void class_briefly(const struct ram21_fast *f, struct hbm_bus *bus,
				 enum hbm_direction d, const struct hbm_delay *why, uint64_t tick)
{
	uint64_t at = bus->data_end - f->books.latency[d], data = tick + f->books.latency[d];

	class_until(bus, &at, min_u64(tick, why->row + OFF(GAP_ROW)), HBM_ROW);
	class_until(bus, &at, min_u64(tick, why->turned), HBM_TURNAROUND);
	class_until(bus, &at, min_u64(tick, why->column), HBM_COLUMN);
	class_until(bus, &at, tick, HBM_COMMAND);
	bus->class_ticks[d == HBM_WRITES ? HBM_WRITE : HBM_READ] += f->books.burst_ticks;
	bus->data_end = data + f->books.burst_ticks;
	bus->is_gap_noted = false;
}

/* Before the column command is issued: the rules' ticks are those that it met. */
static inline void account_burst(struct ram21_fast *f, struct fast_channel *ch,
				 const struct fast_request *a, enum fast_command c, uint64_t tick)
{
	const struct fast_path *path = &f->path[a->bank];
	const uint64_t *of_pc = ch->ready[path->node[DRAM_LEVEL_PC]],
		       *of_sid = ch->ready[path->node[DRAM_LEVEL_SID]],
		       *of_bg = ch->ready[path->node[DRAM_LEVEL_BG]];
	unsigned turned = c == FAST_WR ? FAST_TURNED_WR : FAST_TURNED_RD;
	enum hbm_direction d = (enum hbm_direction)a->direction;
	struct hbm_bus *bus = &f->books.buses[ch->id * FAST_PCS + path->pc];
	uint64_t is_turned = max_u64(max_u64(of_pc[turned], of_bg[turned]), ch->serves_since[d]);
	uint64_t is_spaced = max_u64(max_u64(of_pc[c], of_bg[c]), of_sid[c]);
	const struct hbm_delay why = {
		.packet = &f->probe,
		.accepted_tick = fast_on_edge(&f->rules, c, a->arrive + 1),
		.row = fast_on_edge(&f->rules, c, ch->ready[path->node[DRAM_LEVEL_BANK]][c]),
		.turned = fast_on_edge(&f->rules, c, is_turned),
		.column = fast_on_edge(&f->rules, c, is_spaced),
	};

	hbm_busy_advance(&f->books.busy, tick);
	if (bus->n_refreshes == 0 &&
	    why.accepted_tick + f->books.latency[d] <= bus->data_end + OFF(ABSENCE)) {
		f->served.short_gaps++;
		class_briefly(f, bus, d, &why, tick);
		hbm_busy_mark(&f->books.busy, tick + f->books.latency[d],
			      (unsigned)f->books.burst_ticks);
	} else {
		f->served.long_gaps++;
		/* The books look at the packet only where the gap began before it came. */
		f->probe.held_ps = f->probe.issued_ps = ram21_fast_tick_ps(f, a->offered);
		hbm_bus_burst(bus, d, &why, tick);
	}
	fast_bus_waiting(bus, tick, -1);
}

/* The policy is done with a write when its command goes, with a read at its data's end. */
static inline void finish_burst(struct ram21_fast *f, struct fast_channel *ch,
				const struct fast_request *a, uint64_t tick)
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
			 const struct fast_request *a, uint64_t tick)
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
	struct fast_active *a = &ch->active;
	unsigned bank = a->grown[index];

	issue_column(f, ch, &a->of_bank[bank], tick);
	a->n_grown--;
	for (; index < a->n_grown; index++)
		a->grown[index] = a->grown[index + 1];
	end_await(f, ch, bank, tick);
}

void fast_issue_queued(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
		       unsigned at, uint64_t tick)
{
	struct fast_queue *q = &ch->queues[d];

	ch->counts.row_hits += !(q->counted >> at & 1);
	issue_column(f, ch, &q->at[at], tick);
	remove_at(f, ch, q, at);
}
