/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How packets move.  Whatever can be known ahead is computed ahead: a unit issues at
 * once, with their times, all packets that its window takes or that credits already on
 * their way pay for; a packet's way to the cores is granted when its data leaves the
 * memory.  So a packet costs two events of its own, however many cores receive it.
 */
#include "model/dma_unit.h"

static void own_event(struct dma_unit *u, uint64_t when_ps, enum event_priority priority,
		      event_fn fn, uint64_t argument)
{
	u->dma->events_pending++;
	event_at(u->dma->events, when_ps, priority, fn, u, argument);
}

static struct dma_packet *of_link(void *link)
{
	return (struct dma_packet *)(void *)((char *)link - offsetof(struct dma_packet, link));
}

static struct dma_packet *of_packet(struct packet *p)
{
	return (struct dma_packet *)(void *)p;
}

static void make_packets(struct dma *dma)
{
	char *block = arena_alloc(dma->packets, DMA_PACKET_BLOCK * sizeof(struct dma_packet) +
						PACKET_LINE);
	struct dma_packet *p = (struct dma_packet *)(void *)
		(block + PACKET_LINE - (uintptr_t)block % PACKET_LINE);

	for (unsigned i = 0; i < DMA_PACKET_BLOCK; i++) {
		GROW(dma->free_packets, dma->n_free_packets, dma->free_packets_capacity);
		dma->free_packets[dma->n_free_packets++] = &p[i].packet;
	}
}

static struct dma_packet *take_packet(struct dma *dma)
{
	if (dma->n_free_packets == 0)
		make_packets(dma);
	if (dma->n_free_packets > DMA_PACKETS_AHEAD)
		packet_prefetch(dma->free_packets[dma->n_free_packets - 1 - DMA_PACKETS_AHEAD]);
	return of_packet(dma->free_packets[--dma->n_free_packets]);
}

static void give_packet(struct dma *dma, struct dma_packet *p)
{
	GROW(dma->free_packets, dma->n_free_packets, dma->free_packets_capacity);
	dma->free_packets[dma->n_free_packets++] = &p->packet;
	dma->packets_pending--;
}

static void give_transfer(struct dma *dma, struct dma_transfer *t)
{
	t->next = dma->free_transfers;
	dma->free_transfers = t;
}

/* Cutting. */

static void count_packet(struct dma *dma, const struct dma_transfer *t, uint64_t burst_bytes,
			 uint64_t bytes)
{
	struct kernel_account *k = dma->accounts.kernel;
	struct tensor_account *tensor = &dma->accounts.tensors[t->tensor];

	if (bytes > burst_bytes)
		BUG("transfer of tensor %" PRIu32 " asks for bytes twice", t->tensor);
	*(t->is_store ? &k->write_bytes : &k->read_bytes) += burst_bytes;
	*(t->is_store ? &tensor->write_bytes : &tensor->read_bytes) += burst_bytes;
	k->bytes[TRAFFIC_PADDING] += burst_bytes - bytes;
}

static uint32_t bursts_in(const struct dma *dma, uint64_t burst_mask)
{
	unsigned n = (unsigned)(dma->packet_bytes >> dma->burst_shift);

	if (burst_mask == UINT64_MAX >> (64 - n)) /* most packets are whole */
		return n;
	return (uint32_t)__builtin_popcountll(burst_mask);
}

/* The next packet of a transfer goes to the member whose turn it is; false: there is none. */
static bool cut_packet(struct dma *dma, struct dma_transfer *t)
{
	struct packet_cut cut;
	struct dma_packet *p;
	struct dma_unit *u;

	if (!packet_cutter_next(&t->cutter, &cut))
		return false;
	u = dma_unit_of(dma, t->cores[t->turn], t->is_store ? UNIT_STORE : UNIT_LOAD);
	t->turn = t->turn + 1 == t->n_members ? 0 : t->turn + 1;
	t->n_out++;
	dma->packets_pending++;
	p = take_packet(dma);
	p->packet = (struct packet){
		.address = cut.address,
		.burst_mask = cut.burst_mask,
		.bytes = cut.bytes,
		.is_write = t->is_store,
	};
	memory_locate(dma->memory, &p->packet);
	p->unit = u;
	p->transfer = t;
	p->burst_bytes = bursts_in(dma, cut.burst_mask) << dma->burst_shift;
	count_packet(dma, t, p->burst_bytes, cut.bytes);
	if (u->first == NULL)
		u->first = p;
	else
		u->last->packet.next = &p->packet;
	u->last = p;
	return true;
}

/* The next packet that the unit has to issue, NULL after its last. */
static struct dma_packet *next_packet(struct dma_unit *u)
{
	while (u->first == NULL)
		if (!cut_packet(u->dma, u->current))
			return NULL;
	return u->first;
}

/* Issuing. */

void dma_offer(void *context, uint64_t argument)
{
	struct dma_packet *p = of_link(context);
	struct dma *dma = p->unit->dma;

	(void)argument;
	dma->progress++;
	memory_offer(dma->memory, &p->packet);
}

void dma_reach_memory_link(void *context, uint64_t argument)
{
	struct dma_packet *p = of_link(context);
	struct dma *dma = p->unit->dma;
	uint64_t through_ps = noc_enter_memory_ps(dma->noc, p->packet.port, event_now(dma->events),
						  p->burst_bytes);

	(void)argument;
	dma->progress++;
	event_line_at(&dma->entering[p->packet.port], through_ps, &p->link);
}

static void send_write(struct dma_unit *u, struct dma_packet *p)
{
	struct dma *dma = u->dma;
	uint64_t left_edge, arrives_ps;

	arrives_ps = noc_leave_core_ps(dma->noc, u->core, p->packet.issued_ps, p->burst_bytes,
				       &left_edge);
	if (p->transfer->is_on_spad)
		spad_dma(u->spad, SPAD_DMA_OUT, left_edge, p->packet.bytes);
	dma->accounts.kernel->noc_bytes += p->burst_bytes;
	event_line_at(&u->leaving, arrives_ps, &p->link);
}

/* Takes room in the window; `edge` is when it is there.  A window holds at least one packet. */
static bool claim_window(struct dma_unit *u, uint64_t bytes, uint64_t *edge)
{
	while (u->in_flight_bytes > 0 && u->in_flight_bytes + bytes > u->dma->window_bytes) {
		struct ledger_entry credit;

		if (u->credits.n == 0)
			return false;
		credit = ledger_first(&u->credits);
		ledger_pop(&u->credits);
		u->in_flight_bytes -= credit.bytes;
		*edge = max_u64(*edge, credit.edge);
	}
	u->in_flight_bytes += bytes;
	return true;
}

static void issue_packet(struct dma_unit *u, struct dma_packet *p, uint64_t edge)
{
	struct dma *dma = u->dma;

	p->packet.issued_ps = clock_edge_ps(&dma->core_clock, edge);
	p->packet.held_ps = edge > u->next_edge ? clock_edge_ps(&dma->core_clock, u->next_edge)
						: p->packet.issued_ps;
	u->issued_edge = edge;
	u->next_edge = edge + clock_ceil_divide(p->burst_bytes, &dma->bytes_per_cycle);
	u->first = of_packet(p->packet.next);
	if (p->packet.is_write)
		send_write(u, p);
	else
		event_line_at(&u->leaving, noc_control_ps(dma->noc, p->packet.issued_ps),
			      &p->link);
}

static void all_issued(void *context, uint64_t argument)
{
	struct dma_unit *u = context;
	struct dma *dma = u->dma;

	(void)argument;
	dma->events_pending--;
	u->state = DMA_READY;
	dma->client.issued(dma->client.context, u->core, u->kind);
}

static void issue(struct dma_unit *u)
{
	struct dma_packet *p;

	u->is_blocked = false;
	while ((p = next_packet(u)) != NULL) {
		uint64_t edge = u->next_edge;

		if (!claim_window(u, p->burst_bytes, &edge)) {
			u->is_blocked = true;
			return;
		}
		issue_packet(u, p, edge);
	}
	u->current = NULL;
	own_event(u, clock_edge_ps(&u->dma->core_clock, u->issued_edge), EVENT_ISSUE, all_issued,
		  0);
}

/* Arriving. */

static void finish(void *context, uint64_t argument)
{
	struct dma_unit *u = context;
	struct dma *dma = u->dma;

	dma->events_pending--;
	dma->client.finished(dma->client.context, u->core, u->kind, argument);
}

static void credit(struct dma_unit *u, uint64_t when_ps, uint64_t bytes)
{
	ledger_add(&u->credits, clock_edge_at_or_after(&u->dma->core_clock, when_ps), bytes);
	if (u->is_blocked)
		issue(u);
}

static void deliver(struct dma_unit *u, uint64_t index, uint64_t bytes)
{
	struct dma *dma = u->dma;

	if (dma->fault_drop_byte) {
		dma->fault_drop_byte = false;
		bytes--;
	}
	dma->accounts.delivered_bytes += bytes;
	if (dma->client.delivered != NULL)
		dma->client.delivered(dma->client.context, u->core, u->kind, index, bytes);
}

static bool is_last_out(const struct dma_transfer *t)
{
	return t->n_out == 0 && t->cutter.left == 0;
}

/* A member's copy of a packet, through its core's port. */
static void arrive_at_core(struct dma_unit *u, const struct dma_packet *p, uint64_t edge,
			   uint64_t index)
{
	struct dma *dma = u->dma;
	const struct dma_transfer *t = p->transfer;

	edge = noc_enter_core_edge(dma->noc, u->core, edge, p->burst_bytes);
	if (t->is_on_spad)
		spad_dma(u->spad, SPAD_DMA_IN, edge, p->packet.bytes);
	deliver(u, index, p->packet.bytes);
	if (u == p->unit)
		credit(u, clock_edge_ps(noc_clock(dma->noc), edge), p->burst_bytes);
	if (is_last_out(t))
		own_event(u, clock_edge_ps(noc_clock(dma->noc), edge), EVENT_COMPLETE, finish,
			  index);
}

void dma_read_data(void *context, uint64_t argument)
{
	struct dma_packet *p = of_link(context);
	struct dma_transfer *t = p->transfer;
	struct dma *dma = p->unit->dma;
	uint64_t edge = noc_leave_memory_edge(dma->noc, p->packet.port, event_now(dma->events),
					      p->burst_bytes);

	(void)argument;
	dma->progress++;
	t->n_out--;
	dma->accounts.kernel->noc_bytes += (uint64_t)p->burst_bytes * t->n_members;
	for (uint32_t i = 0; i < t->n_members; i++)
		arrive_at_core(dma_unit_of(dma, t->cores[i], UNIT_LOAD), p, edge, t->index[i]);
	if (is_last_out(t))
		give_transfer(dma, t);
	give_packet(dma, p);
}

void dma_packet_accepted(void *context, struct packet *packet)
{
	struct dma *dma = context;
	struct dma_packet *p = of_packet(packet);
	struct dma_transfer *t = p->transfer;
	uint64_t acknowledged_ps;

	dma->progress++;
	if (!packet->is_write)
		return;
	acknowledged_ps = noc_control_ps(dma->noc, event_now(dma->events));
	t->n_out--;
	deliver(p->unit, t->index[0], packet->bytes);
	if (is_last_out(t)) {
		own_event(p->unit, acknowledged_ps, EVENT_COMPLETE, finish, t->index[0]);
		give_transfer(dma, t);
	}
	credit(p->unit, acknowledged_ps, p->burst_bytes);
}

void dma_packet_scheduled(void *context, struct packet *packet, uint64_t end_ps)
{
	struct dma *dma = context;
	struct dma_packet *p = of_packet(packet);

	dma->progress++;
	if (packet->is_write)
		give_packet(dma, p);
	else
		event_line_at(&dma->returning[packet->unit % dma->n_returning], end_ps, &p->link);
}

/* Beginning. */

static void start_member(struct dma_unit *u, struct dma_transfer *t, uint64_t index)
{
	struct dma *dma = u->dma;
	uint64_t set_up_ps = event_now(dma->events) + dma->setup_ps;

	u->current = t;
	u->state = DMA_ISSUING;
	u->issued_edge = clock_edge_at_or_after(&dma->core_clock, set_up_ps);
	u->next_edge = max_u64(u->next_edge, u->issued_edge);
	dma->client.started(dma->client.context, u->core, u->kind, index);
}

void dma_start_transfer(struct dma *dma, struct dma_transfer *t)
{
	enum unit_kind kind = t->is_store ? UNIT_STORE : UNIT_LOAD;
	uint32_t n_members = t->n_members;
	const uint16_t *cores = t->cores;

	for (uint32_t i = 0; i < n_members; i++)
		start_member(dma_unit_of(dma, cores[i], kind), t, t->index[i]);
	for (uint32_t i = 0; i < n_members; i++)
		issue(dma_unit_of(dma, cores[i], kind));
}
