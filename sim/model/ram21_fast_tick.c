/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which commands go at a tick: at most one column command, then at most one row command, as
 * in ram21_tick.c.  Each slot has a tick before which nothing can go in it: it is looked at
 * from then on only.  That tick is the least over the requests that were looked at and could
 * not go, and whatever makes another one able to go lowers it: an acceptance, an ACT, a
 * column command that an active request was waiting for.  Ready ticks only grow.
 * A change of the write mode changes what both slots look at: see fast_look_again().
 */
#include "model/ram21_fast_channel.h"

/* `from`: the first tick at which a column command could see the change. */
static void update_write_mode(const struct ram21_fast *f, struct fast_channel *ch, uint64_t tick,
			      uint64_t from)
{
	if (!ch->is_turning)
		return;
	ch->is_writing = !ch->is_writing;
	fast_settle_turn(f, ch);
	ch->serves_since[ch->is_writing ? HBM_WRITES : HBM_READS] = from;
	ch->column_at = min_u64(ch->column_at, from);
	ch->row_at = tick;
}

static enum hbm_direction chosen(const struct fast_channel *ch)
{
	return ch->is_writing ? HBM_WRITES : HBM_READS;
}

static enum fast_command column_command(enum hbm_direction d)
{
	return d == HBM_WRITES ? FAST_WR : FAST_RD;
}

/* Its place among the grown is behind those that are served before it. */
static void grow(struct fast_channel *ch, unsigned bank)
{
	struct fast_active *a = &ch->active;
	struct fast_queue *q = &ch->queues[a->of_bank[bank].direction];
	uint64_t arrive = a->of_bank[bank].arrive, activated = ch->open_since[bank];
	unsigned at = a->n_grown++;

	for (; at > 0; at--) {
		unsigned other = a->grown[at - 1];

		if (a->of_bank[other].arrive < arrive ||
		    (a->of_bank[other].arrive == arrive &&
		     (ch->open_since[other] < activated) != OFF(GROWN)))
			break;
		a->grown[at] = (uint8_t)other;
	}
	a->grown[at] = (uint8_t)bank;
	a->is_young[bank] = false;
	q->column |= fast_hits(q, bank, ch->open_row[bank]);
}

/* The active request to serve, as its number among the grown ones, or FAST_MAX_BANKS. */
static unsigned pick_active(struct ram21_fast *f, struct fast_channel *ch, uint64_t tick,
			    uint64_t *wake)
{
	struct fast_active *a = &ch->active;

	while (a->n_young > 0 && a->ready[a->first] <= tick) {
		grow(ch, a->young[a->first]);
		a->first = (a->first + 1) % FAST_MAX_BANKS;
		a->n_young--;
	}
	for (unsigned i = 0; i < a->n_grown; i++) {
		unsigned bank = a->grown[i];
		uint64_t ready = fast_ready(ch, &f->path[bank],
			column_command((enum hbm_direction)a->of_bank[bank].direction));

		if (ready <= tick)
			return i;
		*wake = min_u64(*wake, ready);
	}
	if (a->n_young > 0)
		*wake = min_u64(*wake, a->ready[a->first]);
	return FAST_MAX_BANKS;
}

/* Leaves out those whose pseudo channel holds the command back.  Without branches, which would
 * go either way. */
static inline uint64_t pcs_ready(const struct ram21_fast *f, const struct fast_channel *ch,
				 const struct fast_queue *q, uint64_t wanted, enum fast_command c,
				 uint64_t tick, uint64_t *wake)
{
	for (unsigned pc = 0; pc < FAST_PCS; pc++) {
		uint64_t at = fast_pc_ready(ch, pc, c);
		uint64_t held = wanted & q->of_pc[pc] & fast_mask(at > tick);

		*wake = min_u64(*wake, fast_on_edge(&f->rules, c, at) | fast_mask(held == 0));
		wanted ^= held;
	}
	return wanted;
}

/* The oldest request with a hit that can go, or FAST_PLACES.  What holds for one of a bank
 * group, or of a bank, holds for all of them. */
static unsigned pick_hit(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
			 uint64_t tick, uint64_t *wake)
{
	const struct fast_queue *q = &ch->queues[d];
	enum fast_command c = column_command(d);
	uint64_t hits = q->column == 0 ? 0 : pcs_ready(f, ch, q, q->column, c, tick, wake);

	while (hits != 0) {
		unsigned at = (unsigned)__builtin_ctzll(hits), bank = q->at[at].bank;
		const struct fast_path *path = &f->path[bank];
		uint64_t of_group = max_u64(ch->ready[path->node[DRAM_LEVEL_SID]][c],
					    ch->ready[path->node[DRAM_LEVEL_BG]][c]);
		uint64_t ready = max_u64(of_group, ch->ready[path->node[DRAM_LEVEL_BANK]][c]);

		if (ready <= tick)
			return at;
		*wake = min_u64(*wake, of_group > tick ? of_group : ready);
		hits &= ~(of_group > tick ? q->of_group[path->group] : q->of_bank[bank]);
	}
	return FAST_PLACES;
}

/* After a column command: when the next could go, if only young requests are left. */
static uint64_t column_after(const struct ram21_fast *f, const struct fast_channel *ch)
{
	const struct fast_active *a = &ch->active;
	uint64_t at = ch->bus_free[DRAM_BUS_COLUMN];

	if (a->n_grown == 0 && ch->queues[chosen(ch)].column == 0) {
		if (a->n_young == 0)
			return RAM21_FAST_NEVER;
		at = max_u64(at, a->ready[a->first] + OFF(COLUMN_AFTER));
	}
	return fast_on_edge(&f->rules, FAST_RD, at);
}

static void column_slot(struct ram21_fast *f, struct fast_channel *ch, uint64_t tick)
{
	uint64_t free = ch->bus_free[DRAM_BUS_COLUMN], wake = RAM21_FAST_NEVER;
	unsigned i = free > tick ? FAST_MAX_BANKS : pick_active(f, ch, tick, &wake);

	f->served.column_looks++;
	if (i < FAST_MAX_BANKS) {
		fast_issue_active(f, ch, i, tick);
		ch->column_at = column_after(f, ch);
		return;
	}
	if (ch->n_refreshes == 0)
		update_write_mode(f, ch, tick, tick);
	if (free > tick) {
		f->served.column_misses++;
		ch->column_at = fast_on_edge(&f->rules, FAST_RD, free);
		return;
	}
	i = ch->n_refreshes == 0 ? pick_hit(f, ch, chosen(ch), tick, &wake) : FAST_PLACES;
	if (i < FAST_PLACES) {
		fast_issue_queued(f, ch, chosen(ch), i, tick);
		ch->column_at = column_after(f, ch);
		return;
	}
	f->served.column_misses++;
	ch->column_at = wake == RAM21_FAST_NEVER ?
				wake : fast_on_edge(&f->rules, FAST_RD, wake + OFF(COLUMN_WAKE));
}

/* At the falling edge with which the last row command's clock ends, a PRE may not follow it
 * to the same bank, nor to the same pseudo channel if either is for all banks. */
static bool is_paired(const struct fast_channel *ch, unsigned pc, unsigned bank, bool is_for_pc,
		      uint64_t tick)
{
	const struct fast_pairing *last = &ch->pairing;

	return last->tick == tick && last->pc == pc &&
	       (last->is_for_pc || is_for_pc || last->bank == bank);
}

/* The first of the refreshes that are due; nothing else has the row slot meanwhile. */
static void refresh_slot(struct ram21_fast *f, struct fast_channel *ch, uint64_t tick)
{
	unsigned pc = ch->refresh_pc;
	enum fast_command c = ch->n_open[pc] > 0 ? FAST_PREab : FAST_REFab;
	uint64_t at = max_u64(fast_pc_ready(ch, pc, c), ch->bus_free[DRAM_BUS_ROW]);

	ch->row_at = RAM21_FAST_NEVER;
	if (ch->n_awaited[pc] > 0)
		return;
	ch->row_at = fast_on_edge(&f->rules, c, max_u64(at, tick));
	if (ch->row_at == tick && !fast_is_rising(&f->rules, tick) &&
	    is_paired(ch, pc, 0, true, tick))
		ch->row_at = tick + 1;
	if (ch->row_at > tick)
		return;
	ch->row_at = tick + 1;
	if (c == FAST_PREab)
		fast_issue_precharge_all(f, ch, pc, tick);
	else
		fast_issue_refresh(f, ch, pc, tick);
}

/* The oldest request whose ACT or PRE can go, or FAST_PLACES.  A bank that is not ready leaves
 * the sets of ripe ones. */
static unsigned pick_row(struct ram21_fast *f, struct fast_channel *ch, const struct fast_queue *q,
			 uint64_t tick, uint64_t *wake)
{
	bool is_rising = fast_is_rising(&f->rules, tick);
	uint64_t may_act = fast_mask(is_rising | (f->rules.edge[FAST_ACT] == 0));
	uint64_t acts = pcs_ready(f, ch, q, q->act, FAST_ACT, tick, wake);
	uint64_t wanted = pcs_ready(f, ch, q, q->pre, FAST_PREpb, tick, wake);

	wanted |= acts & may_act;
	*wake = min_u64(*wake, (tick + 1) | may_act | fast_mask(acts == 0));
	while (wanted != 0) {
		unsigned at = (unsigned)__builtin_ctzll(wanted), bank = q->at[at].bank;
		const struct fast_path *path = &f->path[bank];
		enum fast_command c = acts >> at & 1 ? FAST_ACT : FAST_PREpb;
		uint64_t ready = fast_on_edge(&f->rules, c, fast_bank_ready(ch, path, c));

		wanted &= ~q->of_bank[bank];
		f->served.wheel_misses += ready > tick;
		if (ready > tick)
			fast_wheel_put(ch, bank, ready);
		else if (is_rising || !is_paired(ch, path->pc, path->bank, false, tick))
			return at;
		else
			*wake = tick + 1;
	}
	*wake = min_u64(*wake, ch->wheel.next) + OFF(ROW_WAKE);
	return FAST_PLACES;
}

/* After a row command: when the next could go, if there is no PRE among the ripe. */
static uint64_t row_after(const struct ram21_fast *f, const struct fast_channel *ch)
{
	const struct fast_queue *q = &ch->queues[chosen(ch)];
	uint64_t free = ch->bus_free[DRAM_BUS_ROW];
	uint64_t act = fast_on_edge(&f->rules, FAST_ACT, free) | fast_mask(q->act == 0);
	uint64_t pre = free | fast_mask(q->pre == 0);

	return min_u64(min_u64(act, pre), max_u64(free, ch->wheel.next)) + OFF(ROW_AFTER);
}

static void row_slot(struct ram21_fast *f, struct fast_channel *ch, uint64_t tick)
{
	uint64_t wake = RAM21_FAST_NEVER;
	struct fast_queue *q;
	unsigned at;

	if (ch->n_refreshes > 0) {
		refresh_slot(f, ch, tick);
		return;
	}
	update_write_mode(f, ch, tick, tick + 1);
	ch->row_at = ch->bus_free[DRAM_BUS_ROW];
	if (ch->row_at > tick)
		return;
	fast_wheel_turn(ch, tick);
	q = &ch->queues[chosen(ch)];
	at = pick_row(f, ch, q, tick, &wake);
	ch->row_at = wake;
	f->served.row_looks++;
	f->served.row_misses += at == FAST_PLACES;
	if (at == FAST_PLACES)
		return;
	if (q->act >> at & 1)
		fast_issue_activate(f, ch, chosen(ch), at, tick);
	else
		fast_issue_precharge(f, ch, chosen(ch), at, tick);
	ch->row_at = row_after(f, ch);
}

/* Of all pseudo channels at once, one after the other. */
static void add_refreshes(struct ram21_fast *f, struct fast_channel *ch)
{
	for (unsigned pc = 0; pc < FAST_PCS && ch->n_refreshes == 0; pc++)
		hbm_bus_refresh(&f->books.buses[ch->id * FAST_PCS + pc], ch->refresh_due,
				UINT64_MAX);
	ch->n_refreshes += FAST_PCS;
	ch->refresh_due += f->times.refi_ticks;
}

void fast_tick(struct ram21_fast *f, struct fast_channel *ch, uint64_t tick)
{
	if (tick == ch->refresh_due) {
		add_refreshes(f, ch);
		ch->row_at = tick;
	}
	if (ch->column_at <= tick && fast_is_rising(&f->rules, tick))
		column_slot(f, ch, tick);
	fast_look_again(ch, tick); /* the row slot sees what the column slot took away */
	if (ch->row_at <= tick)
		row_slot(f, ch, tick);
	fast_look_again(ch, tick + 1);
}
