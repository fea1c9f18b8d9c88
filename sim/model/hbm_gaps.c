/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every tick of a data bus is counted as, decided when a burst is scheduled.
 *
 * The data of a column command at tick C lie in [C + L, C + L + nBL).  A tick g of the gap
 * before them is classed by what held the command back at tick g - L, so the gap is looked
 * at as the range of command ticks [end of the last burst - L, C), cut at the tick at which
 * each reason ended.  The first reason that holds counts: the packet was not here; refresh;
 * its row; turnaround, or the batch it waited in; column spacing; the command bus.
 * Ticks before time 0 count as starved_idle: nothing had been asked for.
 */
#include "model/hbm_books.h"

#include <stdlib.h>

#include "base/mem.h"

static bool is_crowded(const struct hbm_bus *bus)
{
	return bus->n_waiting >= 2;
}

/* The start of the gap after the PC's last burst, as a tick of the next command. */
static uint64_t gap_start(const struct hbm_bus *bus, enum hbm_direction d)
{
	uint64_t latency = bus->books->latency[d];

	return bus->data_end > latency ? bus->data_end - latency : 0;
}

/* Before the history is cut: what a gap that began before the cut will ask for. */
static void cut_history(struct hbm_books *books)
{
	uint64_t kept_from = hbm_history_kept_from(&books->history);

	for (uint32_t i = 0; i < books->n_buses; i++) {
		struct hbm_bus *bus = &books->buses[i];

		for (unsigned d = 0; d < N_HBM_DIRECTIONS && !bus->is_gap_noted; d++)
			bus->crowded_at_gap[d] = hbm_history_any(&books->history,
								 gap_start(bus, d));
		if (gap_start(bus, HBM_READS) < kept_from)
			bus->is_gap_noted = true;
	}
	hbm_history_prune(&books->history);
}

void hbm_bus_waiting(struct hbm_bus *bus, uint64_t tick, int change)
{
	struct hbm_books *books = bus->books;
	bool before = is_crowded(bus);

	bus->n_waiting += (uint64_t)(int64_t)change;
	if (is_crowded(bus) == before)
		return;
	if (before)
		bus->crowded_until = tick;
	hbm_history_change(&books->history, tick, bus->id, !before);
	if (hbm_history_is_long(&books->history))
		cut_history(books);
}

/* Ticks of [from, to), at the start of a gap, in which another PC was crowded. */
static uint64_t others_crowded(const struct hbm_bus *bus, enum hbm_direction d, uint64_t from,
			       uint64_t to)
{
	const struct hbm_history *h = &bus->books->history;
	uint64_t before = bus->is_gap_noted ? bus->crowded_at_gap[d] : hbm_history_any(h, from);
	uint64_t any = hbm_history_any(h, to);

	if (any <= before)
		return 0;
	any -= before;
	if (is_crowded(bus) || bus->crowded_until > from)
		any -= min_u64(any, hbm_history_sole(h, bus->id, from, to));
	return any;
}

/* [from, to): the packet was not in the queue. */
static void class_absence(struct hbm_bus *bus, enum hbm_direction d, const struct packet *p,
			  uint64_t from, uint64_t to)
{
	uint64_t issued = min_u64(max_u64(hbm_books_tick(bus->books, p->issued_ps), from), to);
	uint64_t held = min_u64(max_u64(hbm_books_tick(bus->books, p->held_ps), from), issued);
	uint64_t imbalance = held > from ? others_crowded(bus, d, from, held) : 0;

	bus->class_ticks[HBM_STARVED_IMBALANCE] += imbalance;
	bus->class_ticks[HBM_STARVED_IDLE] += held - from - imbalance;
	bus->class_ticks[HBM_STARVED_WINDOW] += issued - held;
	bus->class_ticks[HBM_STARVED_NOC] += to - issued;
}

#define ALL_BANKS UINT64_MAX

/*
 * Counts [*at, end) as `class`, but for what lies in a refresh of the banks; moves *at on.
 * Refreshes of a packet's banks may overlap, so ticks are counted between their ends.
 */
static void class_until(struct hbm_bus *bus, uint64_t *at, uint64_t end, uint64_t banks,
			enum hbm_class class)
{
	while (*at < end) {
		uint64_t next = end;
		bool is_in_refresh = false;

		for (size_t i = 0; i < bus->n_refreshes; i++) {
			const struct hbm_interval *r = &bus->refreshes[i];

			if (!(r->banks & banks) || r->to <= *at)
				continue;
			if (r->from > *at) {
				next = min_u64(next, r->from);
				continue;
			}
			is_in_refresh = true;
			next = min_u64(next, r->to);
		}
		bus->class_ticks[is_in_refresh ? HBM_REFRESH : class] += next - *at;
		*at = next;
	}
}

static void class_gap(struct hbm_bus *bus, enum hbm_direction d, const struct hbm_delay *why,
		      uint64_t tick)
{
	uint64_t at = gap_start(bus, d), latency = bus->books->latency[d];
	uint64_t here = min_u64(why->accepted_tick, tick);
	uint64_t banks = why->banks ? why->banks : ALL_BANKS;

	if (bus->data_end < latency)
		bus->class_ticks[HBM_STARVED_IDLE] += latency - bus->data_end;
	if (here > at) {
		class_absence(bus, d, why->packet, at, here);
		at = here;
	}
	class_until(bus, &at, min_u64(tick, why->row), banks, HBM_ROW);
	class_until(bus, &at, min_u64(tick, why->turned), banks, HBM_TURNAROUND);
	class_until(bus, &at, min_u64(tick, why->column), banks, HBM_COLUMN);
	class_until(bus, &at, tick, banks, HBM_COMMAND);
}

static void drop_refreshes_before(struct hbm_bus *bus, uint64_t tick)
{
	size_t n = 0;

	for (size_t i = 0; i < bus->n_refreshes; i++)
		if (bus->refreshes[i].to > tick)
			bus->refreshes[n++] = bus->refreshes[i];
	bus->n_refreshes = n;
}

/* Forgets the refreshes that were over before any tick that the next gap can ask about. */
static void drop_refreshes(struct hbm_bus *bus)
{
	if (bus->n_refreshes > 0)
		drop_refreshes_before(bus, min_u64(gap_start(bus, HBM_READS),
						   gap_start(bus, HBM_WRITES)));
}

void hbm_bus_bursts(struct hbm_bus *bus, enum hbm_direction d, const struct hbm_delay *why,
		    uint64_t tick, uint64_t n)
{
	struct hbm_books *books = bus->books;
	uint64_t data = tick + books->latency[d], ticks = n * books->burst_ticks;

	if (data < bus->data_end)
		BUG("bursts overlap on a data bus at tick %" PRIu64, data);
	if (data > bus->data_end)
		class_gap(bus, d, why, tick);
	bus->class_ticks[d == HBM_WRITES ? HBM_WRITE : HBM_READ] += ticks;
	bus->data_end = data + ticks;
	drop_refreshes(bus);
	bus->is_gap_noted = false;
	hbm_busy_mark(&books->busy, data, ticks);
}

/* While nothing waits, what is over before this one can matter to nothing that comes. */
void hbm_bus_refresh_banks(struct hbm_bus *bus, uint64_t banks, uint64_t from, uint64_t to)
{
	if (bus->n_waiting == 0)
		drop_refreshes_before(bus, from);
	GROW(bus->refreshes, bus->n_refreshes, bus->refreshes_capacity);
	bus->refreshes[bus->n_refreshes++] = (struct hbm_interval){ from, to, banks };
}

void hbm_bus_refresh(struct hbm_bus *bus, uint64_t from, uint64_t to)
{
	hbm_bus_refresh_banks(bus, ALL_BANKS, from, to);
}

void hbm_bus_refresh_ends(struct hbm_bus *bus, uint64_t to)
{
	bus->refreshes[bus->n_refreshes - 1].to = to;
}

void hbm_bus_close(const struct hbm_bus *bus, uint64_t end_tick, struct hbm_account *out)
{
	uint64_t sum = 0;

	for (unsigned c = 0; c < N_HBM_CLASSES; c++) {
		sum += bus->class_ticks[c];
		out->class_ticks[c] += bus->class_ticks[c];
	}
	if (sum != bus->data_end || sum > end_tick)
		BUG("pseudo channel %" PRIu32 " counted %" PRIu64
		    " ticks, its last burst ends at %" PRIu64 " of %" PRIu64,
		    bus->id, sum, bus->data_end, end_tick);
	out->class_ticks[HBM_STARVED_IDLE] += end_tick - sum;
	out->total_ticks += end_tick;
}

void hbm_books_init(struct hbm_books *b, uint32_t n_buses, uint64_t span)
{
	b->n_buses = n_buses;
	b->buses = xcalloc(n_buses, sizeof(*b->buses));
	for (uint32_t i = 0; i < n_buses; i++) {
		b->buses[i].books = b;
		b->buses[i].id = i;
	}
	hbm_history_init(&b->history);
	hbm_busy_init(&b->busy, span);
}

void hbm_books_release(struct hbm_books *b)
{
	for (uint32_t i = 0; i < b->n_buses; i++)
		free(b->buses[i].refreshes);
	free(b->buses);
	hbm_history_release(&b->history);
	hbm_busy_release(&b->busy);
}

uint64_t hbm_books_tick(struct hbm_books *b, uint64_t ps)
{
	if (ps != b->now_ps) {
		b->now_ps = ps;
		b->now_tick = clock_edge_at_or_after(&b->clock, ps);
	}
	return b->now_tick;
}
