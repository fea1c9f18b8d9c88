/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy "ramulator21" behind memory.h: how packets come in and go out, and when ticks
 * are run.  All channels tick in their order, then the client hears of what is done, then
 * the doors move up in the order of the offers.  While the memory holds something there is one
 * event for each tick at which something can happen; the ticks of an idle memory, in which it
 * refreshes, are caught up with when it is next looked at.
 */
#include "model/ram21.h"

#include <stdlib.h>
#include <string.h>

static struct ram21 *ram_of(struct memory *mem)
{
	return (struct ram21 *)(void *)mem;
}

static uint64_t next_tick(const struct ram21 *ram)
{
	uint64_t tick = RAM21_NO_TICK;

	for (uint32_t i = 0; i < ram->n_channels; i++)
		tick = min_u64(tick, ram->channels[i].next_tick);
	return tick;
}

/* Runs all ticks up to and including `tick`. */
static void run_to(struct ram21 *ram, uint64_t tick)
{
	for (uint64_t at = next_tick(ram); at <= tick; at = next_tick(ram))
		for (uint32_t i = 0; i < ram->n_channels; i++)
			if (ram->channels[i].next_tick <= at)
				ram21_tick(&ram->channels[i], at);
	ram->clk = max_u64(ram->clk, tick);
}

static void on_tick(void *context, uint64_t tick);

static void wake(struct ram21 *ram)
{
	uint64_t tick = max_u64(next_tick(ram), ram->clk + 1);

	if (ram->memory.n_held == 0 || ram->event_tick <= tick)
		return;
	ram->event_tick = tick;
	event_at(ram->events, clock_edge_ps(&ram->books.clock, tick), EVENT_CONTROL, on_tick, ram,
		 tick);
}

/* The write queue's request for an address, if there is one. */
static bool is_in_write_queue(const struct ram21_channel *ch, uint64_t address)
{
	const struct ram21_list *writes = &ch->queues[HBM_WRITES];

	for (size_t i = 0; i < writes->n; i++)
		if (writes->requests[i].address == address)
			return true;
	return false;
}

/* A read of what is queued to be written is answered at the next tick; a write to the same
 * place takes the other's, and is done. */
static void take_short_cut(struct ram21_packet *p)
{
	struct ram21 *ram = p->channel->ram;
	struct hbm_account *counts = &p->channel->counts;

	if (p->packet->is_write) {
		counts->coalesced_writes++;
		return;
	}
	counts->forwarded_reads++;
	counts->forwarded_bytes += ram->map.burst_bytes;
	p->end_tick = max_u64(p->end_tick, ram->clk + 1);
	ram->end_clk = max_u64(ram->end_clk, ram->clk + 1);
}

static void enqueue(struct ram21_packet *p, struct ram21_list *queue, uint64_t address)
{
	struct ram21_channel *ch = p->channel;
	struct addr_place place;

	addrmap_place(&ch->ram->map, address, &place);
	queue->requests[queue->n++] = (struct ram21_request){
		.of = p,
		.pc = p->pc,
		.address = address,
		.arrive = ch->ram->clk,
		.row = place.field[ADDR_ROW],
		.bank = addr_flat_bank(&ch->ram->map, &place),
		.column = place.field[ADDR_COLUMN],
	};
	p->n_queued++;
	ch->next_tick = ch->ram->clk + 1;
}

/* The packet's next burst, unless its queue is full. */
static bool accept_burst(struct ram21_packet *p)
{
	const struct ram21 *ram = p->channel->ram;
	uint64_t burst = (uint64_t)__builtin_ctzll(p->at_door);
	uint64_t address = p->packet->address + burst * ram->map.burst_bytes;
	struct ram21_list *queue =
		&p->channel->queues[p->packet->is_write ? HBM_WRITES : HBM_READS];

	if (is_in_write_queue(p->channel, address))
		take_short_cut(p);
	else if (queue->n < queue->room)
		enqueue(p, queue, address);
	else
		return false;
	p->at_door &= p->at_door - 1;
	return true;
}

/* True when all of the packet is accepted. */
static bool accept_packet(struct ram21_packet *p)
{
	struct ram21 *ram = p->channel->ram;

	while (p->at_door != 0)
		if (!accept_burst(p))
			return false;
	p->arrive = ram->clk;
	p->packet->accepted_ps = event_now(ram->events);
	return true;
}

static void count_latency(const struct ram21_packet *p, uint64_t end_ps)
{
	struct ram21_channel *ch = p->channel;

	ch->counts.read_packets++;
	ch->counts.read_latency_ps += end_ps - p->packet->accepted_ps;
	ch->counts.read_latency_ticks += p->end_tick - p->arrive;
	histogram_add(&ch->latencies, p->end_tick - p->arrive, 1);
}

/* All of the packet is scheduled, and its client knows that it was accepted. */
static void finish_packet(struct ram21_packet *p)
{
	struct ram21 *ram = p->channel->ram;
	struct packet *packet = p->packet;
	uint64_t end_ps = max_u64(clock_edge_ps(&ram->books.clock, p->end_tick),
				  event_now(ram->events));

	if (!packet->is_write)
		count_latency(p, end_ps);
	p->next = ram->free;
	ram->free = p;
	ram->memory.n_held--;
	ram->memory.end_ps = max_u64(ram->memory.end_ps, end_ps);
	ram->client.scheduled(ram->client.context, packet, end_ps);
}

/* After accept_packet(). */
static void tell_accepted(struct ram21_packet *p)
{
	struct ram21 *ram = p->channel->ram;
	bool is_done = p->n_queued == 0;

	if (is_done)
		hbm_bus_waiting(p->pc->bus, ram->clk + 1, -1);
	ram->client.accepted(ram->client.context, p->packet);
	if (is_done)
		finish_packet(p);
}

/* Of the packets that are first at their doors and can go in now the one offered first. */
static struct ram21_packet *take_from_door(struct ram21 *ram)
{
	struct ram21_channel *best = NULL;

	if (ram->n_at_doors == 0)
		return NULL;
	for (uint32_t i = 0; i < ram->n_channels; i++) {
		struct ram21_channel *ch = &ram->channels[i];

		if (ch->door.first && (!best || ch->door.first->order < best->door.first->order) &&
		    accept_packet(ch->door.first))
			best = ch;
	}
	if (!best)
		return NULL;
	ram->n_at_doors--;
	return ram21_fifo_take(&best->door);
}

static void on_tick(void *context, uint64_t tick)
{
	struct ram21 *ram = context;
	struct ram21_packet *p;

	if (ram->event_tick != tick)
		return; /* an earlier one took its place */
	ram->event_tick = RAM21_NO_TICK;
	run_to(ram, tick);
	while ((p = ram21_fifo_take(&ram->done)) != NULL)
		finish_packet(p);
	while ((p = take_from_door(ram)) != NULL)
		tell_accepted(p);
	wake(ram);
}

static struct ram21_packet *hold_packet(struct ram21 *ram, struct packet *packet)
{
	struct ram21_packet *p = ram->free;
	struct addr_place place;

	if (p)
		ram->free = p->next;
	else
		p = arena_alloc(ram->arena, sizeof(*p));
	addrmap_place(&ram->map, packet->address, &place);
	*p = (struct ram21_packet){
		.packet = packet,
		.channel = &ram->channels[hbm_map_channel(&ram->map, &place)],
		.order = ram->n_offers++,
		.at_door = packet->burst_mask,
	};
	p->pc = &p->channel->pcs[place.field[ADDR_PSEUDO]];
	ram->memory.n_held++;
	return p;
}

static void ram21_offer(struct memory *mem, struct packet *packet)
{
	struct ram21 *ram = ram_of(mem);
	uint64_t tick = hbm_books_tick(&ram->books, event_now(ram->events));
	struct ram21_packet *p;

	hbm_map_check_packet(&ram->map, &ram->pattern, packet);
	if (tick > ram->clk + 1)
		run_to(ram, tick - 1); /* the memory was idle, or nothing could happen */
	p = hold_packet(ram, packet);
	hbm_bus_waiting(p->pc->bus, ram->clk + 1, 1);
	if (p->channel->door.first || !accept_packet(p)) {
		ram21_fifo_add(&p->channel->door, p);
		ram->n_at_doors++;
		wake(ram);
		return;
	}
	wake(ram);
	tell_accepted(p);
}

static void ram21_flush(struct memory *mem)
{
	(void)mem; /* writes are drained whenever no reads are queued */
}

static void ram21_locate(const struct memory *mem, struct packet *p)
{
	const struct ram21 *ram = (const struct ram21 *)(const void *)mem;
	struct addr_place place;

	addrmap_place(&ram->map, p->address, &place);
	p->port = hbm_map_channel(&ram->map, &place);
}

static void close_rows(struct ram21_pc *pc, uint64_t end_tick)
{
	for (unsigned bank = 0; bank < pc->state.timing->n_banks; bank++)
		if (pc->open_row[bank] != RAM21_NO_ROW && pc->open_since[bank] < end_tick)
			pc->channel->counts.open_bank_ticks += end_tick - pc->open_since[bank];
}

static void close_channel(struct ram21_channel *ch, uint64_t end_tick, struct hbm_account *out)
{
	for (unsigned p = 0; p < ch->ram->pcs_per_channel; p++)
		close_rows(&ch->pcs[p], end_tick);
	*out = ch->counts;
	for (unsigned p = 0; p < ch->ram->pcs_per_channel; p++)
		hbm_bus_close(ch->pcs[p].bus, end_tick, out);
	ram21_times_close(&ch->ram->timing, &ch->latencies, end_tick, ch->ram->end_clk, out);
}

/*
 * The policy's run is over when the last request is done, and so are its commands, unless
 * the machine's run goes on after the memory's last data.
 */
static void ram21_account(struct memory *mem, uint64_t end_ps, struct hbm_account *out)
{
	struct ram21 *ram = ram_of(mem);
	uint64_t end_tick = clock_edge_at_or_after(&ram->books.clock, end_ps);
	struct histogram latencies = HISTOGRAM_INIT;

	run_to(ram, ram->end_clk);
	if (end_ps > mem->end_ps)
		run_to(ram, end_tick - 1);
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < ram->n_channels; i++) {
		close_channel(&ram->channels[i], end_tick, &mem->channels[i]);
		memory_add_account(out, &mem->channels[i]);
		histogram_merge(&latencies, &ram->channels[i].latencies);
	}
	ram21_times_close(&ram->timing, &latencies, end_tick, ram->end_clk, out);
	out->busy_ticks = hbm_busy_ticks(&ram->books.busy);
	histogram_release(&latencies);
}

static void ram21_watch(struct memory *mem, dram_command_fn fn, void *context)
{
	struct ram21 *ram = ram_of(mem);

	ram->watch = fn;
	ram->watch_context = context;
}

static uint64_t ram21_command_ps(const struct memory *mem, const struct dram_command *c)
{
	const struct ram21 *ram = (const struct ram21 *)(const void *)mem;

	return clock_edge_ps(&ram->books.clock,
			     c->tick + ram->timing.standard->commands[c->command].ticks - 1u);
}

static void free_channel(struct ram21_channel *ch)
{
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		free(ch->queues[d].requests);
	free(ch->active.requests);
	histogram_release(&ch->latencies);
}

static void ram21_free(struct memory *mem)
{
	struct ram21 *ram = ram_of(mem);

	for (uint32_t i = 0; i < ram->n_channels * ram->pcs_per_channel; i++)
		dram_state_release(&ram->pcs[i].state);
	for (uint32_t i = 0; i < ram->n_channels; i++)
		free_channel(&ram->channels[i]);
	hbm_books_release(&ram->books);
	arena_free(ram->arena);
	free(ram->channels);
	free(ram->pcs);
	free(mem->channels);
	free(ram);
}

static const struct memory_ops ram21_ops = {
	.free = ram21_free,
	.locate = ram21_locate,
	.offer = ram21_offer,
	.flush = ram21_flush,
	.account = ram21_account,
	.watch = ram21_watch,
	.command_ps = ram21_command_ps,
};

/* The reference knows these alone. */
static bool check_standard(const struct dram_standard *s, struct err *err)
{
	static const char *const names[] = { "HBM2", "HBM2E", "HBM3", "HBM3E" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(s->name, names[i]) == 0)
			return true;
	return err_setting(err, "hbm.policy",
			   "ramulator21 is a controller of HBM2, HBM2E, HBM3 and HBM3E (found "
			   "hbm.standard = \"%s\"); set one of these, or policy \"default\"", s->name);
}

static void init_list(struct ram21_list *list, size_t room)
{
	*list = (struct ram21_list){ .room = room };
	list->requests = xcalloc(room, sizeof(*list->requests));
}

static void init_pc(struct ram21_pc *pc, struct ram21_channel *ch, unsigned index)
{
	struct ram21 *ram = ch->ram;

	pc->channel = ch;
	pc->index = (uint8_t)index;
	pc->bus = &ram->books.buses[ch->id * ram->pcs_per_channel + index];
	dram_state_init(&pc->state, &ram->timing);
	for (unsigned bank = 0; bank < DRAM_MAX_BANKS; bank++)
		pc->open_row[bank] = RAM21_NO_ROW;
}

static void init_channel(struct ram21_channel *ch, struct ram21 *ram, uint32_t id,
			 const struct machine *m)
{
	ch->ram = ram;
	ch->id = id;
	ch->pcs = &ram->pcs[id * ram->pcs_per_channel];
	init_list(&ch->queues[HBM_READS], m->hbm_read_queue);
	init_list(&ch->queues[HBM_WRITES], m->hbm_write_queue);
	init_list(&ch->active, (size_t)ram->pcs_per_channel * ram->timing.n_banks);
	ch->refresh_due = ram->times.refi_ticks;
	ch->next_tick = 1; /* even idle, it settles the write mode */
	for (unsigned i = 0; i < ram->pcs_per_channel; i++)
		init_pc(&ch->pcs[i], ch, i);
}

static void init_channels(struct ram21 *ram, const struct machine *m)
{
	struct memory *mem = &ram->memory;

	ram->n_channels = (uint32_t)(m->hbm_stacks * m->hbm_channels);
	ram->pcs_per_channel = ram->timing.standard->pseudo_channels;
	ram->channels = xcalloc(ram->n_channels, sizeof(*ram->channels));
	ram->pcs = xcalloc((size_t)ram->n_channels * ram->pcs_per_channel, sizeof(*ram->pcs));
	hbm_books_init(&ram->books, ram->n_channels * ram->pcs_per_channel,
		       max_u64(ram->times.read_ticks, ram->times.write_ticks));
	for (uint32_t i = 0; i < ram->n_channels; i++)
		init_channel(&ram->channels[i], ram, i, m);
	mem->n_channels = mem->n_ports = ram->n_channels;
	mem->channels = xcalloc(ram->n_channels, sizeof(*mem->channels));
}

struct memory *ram21_new(const struct machine *m, const struct dram_standard *standard,
			 struct event_queue *events, const struct memory_client *client,
			 struct err *err)
{
	struct ram21 *ram = xcalloc(1, sizeof(*ram));

	if (!check_standard(standard, err) ||
	    !dram_timing_init(&ram->timing, standard, m, err) ||
	    !hbm_map_init(&ram->map, &ram->pattern, &ram->timing, m, err)) {
		free(ram);
		return NULL;
	}
	ram->memory.ops = &ram21_ops;
	ram->events = events;
	ram->client = *client;
	ram->arena = arena_new();
	BUG_ON(m->hbm_write_low >= m->hbm_write_high);
	ram->write_high = m->hbm_write_high;
	ram->write_low = m->hbm_write_low;
	ram21_times_init(&ram->times, &ram->timing, &ram->books);
	ram->event_tick = RAM21_NO_TICK;
	init_channels(ram, m);
	return &ram->memory;
}

void ram21_visit_every_tick(struct memory *mem)
{
	struct ram21 *ram = ram_of(mem);

	ram->visits_every_tick = true;
	for (uint32_t i = 0; i < ram->n_channels; i++)
		ram->channels[i].next_tick = ram->clk + 1;
}
