/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How transfers begin: alone, or when all members of a multicast have come to it; and
 * the life of the DMA units as a whole.  What a transfer waits for before it may begin
 * is the core's to decide; how its packets move is in dma_unit.c.
 */
#include "model/dma_unit.h"

#include <stdlib.h>

#include "base/fault.h"

static struct dma_transfer *take_transfer(struct dma *dma)
{
	struct dma_transfer *t = dma->free_transfers;

	if (t != NULL) {
		dma->free_transfers = t->next;
		return t;
	}
	t = xcalloc(1, sizeof(*t));
	t->next_all = dma->all_transfers;
	dma->all_transfers = t;
	return t;
}

static void prepare_transfer(struct dma *dma, struct dma_transfer *t, const struct dma_unit *u,
			     const struct transfer *from, bool is_on_spad)
{
	packet_cutter_init(&t->cutter, from, dma->packet_bytes, dma->burst_shift);
	t->n_out = 0;
	t->tensor = from->tensor;
	t->is_store = u->kind == UNIT_STORE;
	t->is_on_spad = is_on_spad;
	t->self = (uint16_t)u->core;
	t->is_multicast = from->multicast != NULL;
	t->multicast_id = t->is_multicast ? from->multicast->id : 0;
	t->cores = t->is_multicast ? from->multicast->cores : &t->self;
	t->n_members = t->is_multicast ? from->multicast->n_cores : 1;
	t->n_arrived = 0;
	t->turn = 0;
	if (t->n_members > t->index_capacity) {
		t->index = xreallocarray(t->index, t->n_members, sizeof(*t->index));
		t->index_capacity = t->n_members;
	}
	for (unsigned cause = 0; cause < N_TRAFFIC; cause++)
		dma->accounts.kernel->bytes[cause] += from->bytes[cause];
}

static struct dma_transfer *find_gathering(const struct dma *dma, uint32_t id, size_t *at)
{
	for (*at = 0; *at < dma->n_gathering; (*at)++)
		if (dma->gathering[*at]->multicast_id == id)
			return dma->gathering[*at];
	return NULL;
}

static uint32_t member_number(const struct dma_transfer *t, uint32_t core)
{
	for (uint32_t i = 0; i < t->n_members; i++)
		if (t->cores[i] == core)
			return i;
	BUG("core %" PRIu32 " is not a member of multicast %" PRIu32, core, t->multicast_id);
}

/* Comes to the meeting of a multicast; returns the transfer when all members have. */
static struct dma_transfer *gather(struct dma *dma, struct dma_unit *u, uint64_t index,
				   const struct transfer *from, bool is_on_spad)
{
	size_t at;
	struct dma_transfer *t = find_gathering(dma, from->multicast->id, &at);

	if (t == NULL) {
		t = take_transfer(dma);
		prepare_transfer(dma, t, u, from, is_on_spad);
		GROW(dma->gathering, dma->n_gathering, dma->gathering_capacity);
		dma->gathering[dma->n_gathering++] = t;
	}
	u->state = DMA_GATHERING;
	u->current = t;
	t->index[member_number(t, u->core)] = index;
	if (++t->n_arrived < t->n_members)
		return NULL;
	dma->gathering[at] = dma->gathering[--dma->n_gathering];
	return t;
}

static uint64_t transfer_bytes(const struct transfer *t)
{
	return t->run_bytes * t->count[0] * t->count[1] * t->count[2];
}

void dma_begin(struct dma *dma, uint32_t core, enum unit_kind unit, uint64_t index,
	       const struct transfer *from, bool is_on_spad)
{
	struct dma_unit *u = dma_unit_of(dma, core, unit);
	struct dma_transfer *t;

	if (u->state != DMA_READY)
		BUG("core %" PRIu32 ": DMA unit is not ready", core);
	dma->progress++;
	dma->accounts.asked_bytes += transfer_bytes(from);
	if (from->multicast != NULL) {
		t = gather(dma, u, index, from, is_on_spad);
		if (t != NULL)
			dma_start_transfer(dma, t);
		return;
	}
	t = take_transfer(dma);
	prepare_transfer(dma, t, u, from, is_on_spad);
	t->index[0] = index;
	dma_start_transfer(dma, t);
}

enum dma_state dma_unit_state(const struct dma *dma, uint32_t core, enum unit_kind unit)
{
	return dma_unit_of(dma, core, unit)->state;
}

uint32_t dma_missing_members(const struct dma *dma, uint32_t core)
{
	const struct dma_unit *u = dma_unit_of(dma, core, UNIT_LOAD);

	if (u->state != DMA_GATHERING)
		return 0;
	return u->current->n_members - u->current->n_arrived;
}

uint64_t dma_events_pending(const struct dma *dma)
{
	return dma->events_pending;
}

uint64_t dma_packets_pending(const struct dma *dma)
{
	return dma->packets_pending;
}

uint64_t dma_progress(const struct dma *dma)
{
	return dma->progress;
}

struct memory *dma_memory(const struct dma *dma)
{
	return dma->memory;
}

const struct clock *dma_noc_clock(const struct dma *dma)
{
	return noc_clock(dma->noc);
}

struct dma_accounts *dma_accounts(struct dma *dma)
{
	return &dma->accounts;
}

void dma_set_spad(struct dma *dma, uint32_t core, struct spad *spad)
{
	dma_unit_of(dma, core, UNIT_LOAD)->spad = spad;
	dma_unit_of(dma, core, UNIT_STORE)->spad = spad;
}

static bool packet_fits(const struct machine *m, struct err *err)
{
	uint64_t burst_bytes = machine_burst_bytes(m);

	if (m->packet_bytes >= burst_bytes && m->packet_bytes / burst_bytes <= MAX_PACKET_BURSTS)
		return true;
	return err_setting(err, "dma.packet_bytes",
			   "a packet has 1 to %d bursts (found %" PRIu64
			   " bytes, bursts of %" PRIu64 ")",
			   MAX_PACKET_BURSTS, m->packet_bytes, burst_bytes);
}

static void make_units(struct dma *dma, const struct machine *m)
{
	dma->n_units = 2 * (uint32_t)m->core_count;
	dma->units = xcalloc(dma->n_units, sizeof(*dma->units));
	for (uint32_t i = 0; i < dma->n_units; i++) {
		dma->units[i].dma = dma;
		dma->units[i].core = i / 2;
		dma->units[i].kind = i % 2 == 0 ? UNIT_LOAD : UNIT_STORE;
		event_line_init(&dma->units[i].leaving, dma->events, EVENT_ARRIVE,
				i % 2 == 0 ? dma_offer : dma_reach_memory_link);
	}
}

/* As many for read data as a standard's pseudo channels, of which a port has two as a rule. */
static void make_lines(struct dma *dma)
{
	dma->n_entering = memory_n_ports(dma->memory);
	dma->n_returning = 2 * dma->n_entering;
	dma->entering = xcalloc(dma->n_entering, sizeof(*dma->entering));
	dma->returning = xcalloc(dma->n_returning, sizeof(*dma->returning));
	for (unsigned i = 0; i < dma->n_entering; i++)
		event_line_init(&dma->entering[i], dma->events, EVENT_ARRIVE, dma_offer);
	for (unsigned i = 0; i < dma->n_returning; i++)
		event_line_init(&dma->returning[i], dma->events, EVENT_DELIVER, dma_read_data);
}

struct dma *dma_new(const struct machine *m, struct event_queue *events,
		    const struct dma_client *client, struct err *err)
{
	struct memory_client memory_client = { NULL, dma_packet_accepted, dma_packet_scheduled };
	struct dma *dma;

	if (!packet_fits(m, err))
		return NULL;
	dma = xcalloc(1, sizeof(*dma));
	memory_client.context = dma;
	dma->memory = memory_new(m, events, &memory_client, err);
	if (dma->memory == NULL) {
		free(dma);
		return NULL;
	}
	dma->events = events;
	dma->client = *client;
	dma->noc = noc_new(m, memory_n_ports(dma->memory));
	clock_init(&dma->core_clock, m->core_hz);
	dma->packet_bytes = m->packet_bytes;
	dma->window_bytes = m->dma_window_bytes;
	dma->bytes_per_cycle = clock_divisor(m->dma_bytes_per_cycle);
	dma->setup_ps = m->dma_setup_ps;
	dma->burst_shift = (unsigned)__builtin_ctzll(machine_burst_bytes(m));
	dma->packets = arena_new();
	dma->fault_drop_byte = fault_is("drop-byte");
	make_units(dma, m);
	make_lines(dma);
	return dma;
}

void dma_free(struct dma *dma)
{
	if (dma == NULL)
		return;
	while (dma->all_transfers != NULL) {
		struct dma_transfer *t = dma->all_transfers;

		dma->all_transfers = t->next_all;
		free(t->index);
		free(t);
	}
	for (uint32_t i = 0; i < dma->n_units; i++)
		ledger_release(&dma->units[i].credits);
	free(dma->units);
	free(dma->free_packets);
	free(dma->entering);
	free(dma->returning);
	free(dma->gathering);
	arena_free(dma->packets);
	noc_free(dma->noc);
	memory_free(dma->memory);
	free(dma);
}
