/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command-level memory behind memory.h: doors and acceptance, the events at which
 * pseudo channels decide, and the refreshes of idle ones, which are caught up with before
 * anything else happens in their channel.  At most one event a packet.
 */
#include "model/hbm.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Ticks by which the telling of commands may lag: few, so that those that wait stay in the
 * host's caches, and more when there are none. */
#define WATCH_STEP 16
#define WATCH_LEAP 1024
#define FS_PER_S UINT64_C(1000000000000000)

static struct hbm *hbm_of(struct memory *mem)
{
	return (struct hbm *)(void *)mem;
}

/* Nothing waits but what a later event will see. */
static bool is_idle(const struct hbm_pc *pc)
{
	return pc->event_tick == HBM_NO_TICK && !pc->is_deciding;
}

/*
 * What a PC does by itself, up to `tick`: an idle one refreshes when it is due, any closes the
 * rows whose time is over.  When the next such thing is to be done, or HBM_NO_TICK.
 */
static uint64_t chore_tick(struct hbm_pc *pc, uint64_t tick)
{
	uint64_t at = HBM_NO_TICK;
	unsigned bank;

	if (pc->expiry <= tick)
		at = pc->expiry = hbm_bank_expires(pc, &bank);
	if (pc->due <= tick && is_idle(pc))
		at = min_u64(at, hbm_refresh_idle(pc));
	return at <= tick ? max_u64(at, pc->now) : HBM_NO_TICK;
}

static void do_chore(struct hbm_pc *pc, uint64_t tick)
{
	unsigned bank;

	hbm_commits_from(pc, tick);
	if (pc->expiry <= tick && hbm_bank_expires(pc, &bank) <= tick)
		hbm_close_row(pc, bank);
	else
		hbm_refresh(pc);
}

/* Does all chores of a channel up to `tick`, in the order of their ticks. */
static void catch_up(struct hbm_channel *ch, unsigned n_pcs, uint64_t tick)
{
	for (;;) {
		struct hbm_pc *first = NULL;
		uint64_t first_tick = HBM_NO_TICK;

		for (unsigned i = 0; i < n_pcs; i++) {
			uint64_t at = chore_tick(&ch->pcs[i], tick);

			if (at < first_tick) {
				first = &ch->pcs[i];
				first_tick = at;
			}
		}
		if (!first)
			return;
		do_chore(first, first_tick);
	}
}

/* Tells the watcher what has become final by `tick`. */
static void tell_commands(struct hbm *hbm, uint64_t tick)
{
	for (;;) {
		uint64_t step = hbm->watch.n_pending > 0 ? WATCH_STEP : WATCH_LEAP;
		uint64_t until = min_u64(hbm->watch.told + step, tick);

		if (until < hbm->watch.told + WATCH_STEP)
			return;
		for (uint32_t i = 0; i < hbm->n_channels; i++)
			catch_up(&hbm->channels[i], hbm->pcs_per_channel, until);
		hbm_watch_tell(&hbm->watch, until);
	}
}

/* Brings a PC's channel to the tick of an event. */
static void reach(struct hbm_pc *pc, uint64_t tick)
{
	struct hbm *hbm = pc->hbm;

	if (hbm->watch.fn != NULL)
		tell_commands(hbm, tick);
	for (unsigned i = 0; i < hbm->pcs_per_channel; i++) {
		const struct hbm_pc *other = &pc->channel->pcs[i];

		if (other->expiry <= tick || (other->due <= tick && is_idle(other))) {
			catch_up(pc->channel, hbm->pcs_per_channel, tick);
			return;
		}
	}
}

/* The banks that a packet visits, as a mask. */
static uint64_t banks_of(const struct hbm *hbm, const struct packet *p)
{
	const struct addr_pattern *pattern = &hbm->pattern;
	uint64_t banks = 0;

	for (unsigned k = 0; k < pattern->n_banks; k++)
		if (p->burst_mask & pattern->bursts[k])
			banks |= UINT64_C(1) << addr_step(pattern, p->bank, pattern->bank[k]);
	return banks;
}

static void enqueue(struct hbm_pc *pc, enum hbm_direction d, struct packet *p, uint64_t tick)
{
	struct hbm *hbm = pc->hbm;

	p->accepted_ps = event_now(hbm->events);
	hbm_banks_enter(pc, d, hbm_queue_add(pc->queues, d, p, banks_of(hbm, p), tick,
					     p->address >> hbm->packet_shift, pc->next_order++));
}

static void on_decision(void *context, uint64_t tick);

/* Makes sure that the PC decides at a tick, or before. */
static void decide_at(struct hbm_pc *pc, uint64_t tick)
{
	struct hbm *hbm = pc->hbm;

	if (pc->event_tick <= tick)
		return;
	pc->event_tick = tick;
	event_at(hbm->events, clock_edge_ps(&hbm->books.clock, tick), EVENT_CONTROL, on_decision, pc,
		 tick);
}

/* Something came that the PC may decide upon. */
static void wake(struct hbm_pc *pc, uint64_t now)
{
	uint64_t tick = max_u64(max_u64(hbm_next_column(pc), hbm_hold_ends(pc)), pc->resume);

	if (!pc->is_deciding && pc->bus->n_waiting > 0)
		decide_at(pc, max_u64(now, min_u64(tick, hbm_refresh_next(pc))));
}

static void count_latency(struct hbm_pc *pc, const struct hbm_entry *e, uint64_t end_tick,
			  uint64_t end_ps)
{
	struct hbm_account *counts = &pc->channel->counts;

	counts->read_latency_ps += end_ps - e->packet->accepted_ps;
	counts->read_latency_ticks += end_tick - e->accepted_tick;
	histogram_add(&pc->hbm->latencies, end_tick - e->accepted_tick, 1);
}

/* Serves one packet: commits it, lets the door move up, then tells the client. */
static void serve(struct hbm_pc *pc, enum hbm_direction d, size_t index)
{
	struct hbm *hbm = pc->hbm;
	struct hbm_entry e;
	struct packet *next;
	uint64_t end_tick, end_ps;

	hbm_queue_remove(pc->queues, d, index, &e);
	packet_prefetch(e.packet);
	hbm_banks_leave(pc, d, &e);
	end_tick = hbm_commit(pc, d, &e);
	end_ps = clock_edge_ps(&hbm->books.clock, end_tick);
	hbm->memory.end_ps = max_u64(hbm->memory.end_ps, end_ps);
	if (d == HBM_READS)
		count_latency(pc, &e, end_tick, end_ps);
	hbm->memory.n_held--;
	hbm_bus_waiting(pc->bus, pc->now, -1);
	next = hbm_door_take(&pc->queues[d]);
	if (next)
		enqueue(pc, d, next, pc->now);
	if (pc->queues[HBM_WRITES].n == 0)
		pc->is_flushing = false;
	hbm->client.scheduled(hbm->client.context, e.packet, end_ps);
	if (next)
		hbm->client.accepted(hbm->client.context, next);
}

static void on_decision(void *context, uint64_t tick)
{
	struct hbm_pc *pc = context;
	struct hbm_choice choice;

	if (pc->event_tick != tick)
		return; /* an earlier one took its place */
	reach(pc, tick);
	pc->event_tick = HBM_NO_TICK;
	pc->is_deciding = true;
	hbm_commits_from(pc, tick);
	hbm_refresh(pc);
	while (pc->bus->n_waiting > 0 && hbm_choose(pc, &choice))
		serve(pc, choice.direction, choice.index);
	pc->is_deciding = false;
	if (pc->bus->n_waiting > 0)
		decide_at(pc, min_u64(choice.again, hbm_refresh_next(pc)));
}

static void hbm_locate(const struct memory *mem, struct packet *p)
{
	const struct hbm *hbm = (const struct hbm *)(const void *)mem;
	struct addr_place place;

	hbm_map_check_packet(&hbm->map, &hbm->pattern, p);
	if (event_engine(hbm->events) == ENGINE_FAST)
		addr_table_place(&hbm->table, p->address, &place);
	else
		addrmap_place(&hbm->map, p->address, &place);
	p->row = place.field[ADDR_ROW];
	p->bank = addr_flat_bank(&hbm->map, &place);
	p->column = place.field[ADDR_COLUMN];
	p->port = hbm_map_channel(&hbm->map, &place);
	p->unit = p->port * hbm->pcs_per_channel + place.field[ADDR_PSEUDO];
}

/* Queued writes hold all that the packet reads. */
static bool is_in_writes(const struct hbm_pc *pc, const struct packet *p)
{
	const struct hbm_queue *q = &pc->queues[HBM_WRITES];
	uint64_t block = p->address >> pc->hbm->packet_shift, left = p->burst_mask;

	for (size_t i = hbm_queue_find(q, block); i < q->n && left; i++)
		if (hbm_queue_block(q, i) == block)
			left &= ~hbm_queue_at(q, i)->bursts;
	return left == 0;
}

/* Answers a read from the queue of writes: on the next tick, without a command. */
static void forward(struct hbm_pc *pc, struct packet *p, uint64_t tick)
{
	struct hbm *hbm = pc->hbm;
	struct hbm_account *counts = &pc->channel->counts;
	uint64_t end_ps = clock_edge_ps(&hbm->books.clock, tick + 1);

	p->accepted_ps = event_now(hbm->events);
	counts->forwarded_reads++;
	counts->forwarded_bytes +=
		(uint64_t)__builtin_popcountll(p->burst_mask) * hbm->map.burst_bytes;
	counts->read_packets++;
	counts->read_latency_ps += end_ps - p->accepted_ps;
	counts->read_latency_ticks++;
	histogram_add(&hbm->latencies, 1, 1);
	hbm->memory.end_ps = max_u64(hbm->memory.end_ps, end_ps);
	hbm->client.accepted(hbm->client.context, p);
	hbm->client.scheduled(hbm->client.context, p, end_ps);
}

static void hbm_offer(struct memory *mem, struct packet *p)
{
	struct hbm *hbm = hbm_of(mem);
	uint64_t tick = hbm_books_tick(&hbm->books, event_now(hbm->events));
	enum hbm_direction d = p->is_write ? HBM_WRITES : HBM_READS;
	struct hbm_pc *pc = &hbm->pcs[p->unit];
	bool is_accepted = hbm_queue_has_room(&pc->queues[d]);

	reach(pc, tick);
	if (hbm->forwards && d == HBM_READS && is_in_writes(pc, p)) {
		forward(pc, p, tick);
		return;
	}
	mem->n_held++;
	hbm_bus_waiting(pc->bus, tick, 1);
	if (is_accepted)
		enqueue(pc, d, p, tick);
	else
		hbm_door_add(&pc->queues[d], p);
	wake(pc, tick);
	if (is_accepted)
		hbm->client.accepted(hbm->client.context, p);
}

static void hbm_flush(struct memory *mem)
{
	struct hbm *hbm = hbm_of(mem);
	uint64_t tick = hbm_books_tick(&hbm->books, event_now(hbm->events));

	for (uint32_t i = 0; i < hbm->n_pcs; i++) {
		struct hbm_pc *pc = &hbm->pcs[i];

		if (pc->queues[HBM_WRITES].n == 0)
			continue;
		reach(pc, tick);
		pc->is_flushing = true;
		wake(pc, tick);
	}
}

static void close_pc(const struct hbm_pc *pc, uint64_t end_tick, struct hbm_account *out)
{
	hbm_bus_close(pc->bus, end_tick, out);
	for (unsigned bank = 0; bank < pc->hbm->timing.n_banks; bank++)
		out->open_bank_ticks += hbm_bank_open_ticks(&pc->banks[bank], end_tick);
}

static void close_books(struct hbm *hbm, uint64_t end_tick, struct hbm_account *out)
{
	uint64_t ticks_per_s = hbm->timing.clock_hz * hbm->timing.standard->ticks_per_clock;

	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < hbm->n_channels; i++) {
		struct hbm_account *a = &hbm->memory.channels[i];

		*a = hbm->channels[i].counts;
		for (uint32_t p = 0; p < hbm->pcs_per_channel; p++)
			close_pc(&hbm->channels[i].pcs[p], end_tick, a);
		a->ticks = a->policy_ticks = end_tick;
		a->tick_fs = FS_PER_S / ticks_per_s;
		memory_add_account(out, a);
	}
	out->ticks = out->policy_ticks = end_tick;
	out->tick_fs = FS_PER_S / ticks_per_s;
	out->busy_ticks = hbm_busy_ticks(&hbm->books.busy);
	out->read_latency_p50_ticks = histogram_permille(&hbm->latencies, 500);
	out->read_latency_p99_ticks = histogram_permille(&hbm->latencies, 990);
	out->read_latency_p999_ticks = histogram_permille(&hbm->latencies, 999);
}

static void hbm_account_all(struct memory *mem, uint64_t end_ps, struct hbm_account *out)
{
	struct hbm *hbm = hbm_of(mem);
	uint64_t end_tick = clock_edge_at_or_after(&hbm->books.clock, end_ps);

	if (hbm->watch.fn != NULL && end_tick > 0)
		tell_commands(hbm, end_tick - 1);
	for (uint32_t i = 0; i < hbm->n_channels && end_tick > 0; i++)
		catch_up(&hbm->channels[i], hbm->pcs_per_channel, end_tick - 1);
	if (hbm->watch.fn != NULL)
		hbm_watch_tell(&hbm->watch, UINT64_MAX);
	close_books(hbm, end_tick, out);
}

/* More ticks than a commit can reach ahead of its decision: every parameter several times. */
static uint64_t reach_of_commits(const struct hbm *hbm)
{
	const struct dram_params *n = &hbm->timing.n;
	int64_t fixed = n->nBL, a_burst = n->nBL + n->nCCDS + n->nCCDL;
	int64_t a_row = n->nRRDS + n->nRRDL + n->nFAW + n->nRP;
	int64_t clocks;

#define X(name, help) fixed += n->n##name;
	DRAM_PARAM_LIST(X)
#undef X
	fixed -= n->nREFI;
	clocks = 4 * fixed + 2 * hbm->pattern.n_bursts * (a_burst + 4) +
		 2 * hbm->pattern.n_banks * (a_row + 4) + 4096;
	return (uint64_t)clocks * hbm->timing.standard->ticks_per_clock;
}

static void hbm_watch_commands(struct memory *mem, dram_command_fn fn, void *context)
{
	struct hbm *hbm = hbm_of(mem);

	hbm_watch_start(&hbm->watch, reach_of_commits(hbm) + 2 * WATCH_LEAP, fn, context);
}

static uint64_t hbm_command_ps(const struct memory *mem, const struct dram_command *c)
{
	const struct hbm *hbm = (const struct hbm *)(const void *)mem;

	return clock_edge_ps(&hbm->books.clock,
			     c->tick + hbm->timing.standard->commands[c->command].ticks - 1u);
}

static void free_hbm(struct memory *mem)
{
	struct hbm *hbm = hbm_of(mem);

	for (uint32_t i = 0; i < hbm->n_pcs; i++) {
		dram_state_release(&hbm->pcs[i].state);
		free(hbm->pcs[i].banks);
		for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
			hbm_queue_release(&hbm->pcs[i].queues[d]);
	}
	for (uint32_t i = 0; i < hbm->n_channels; i++)
		for (unsigned b = 0; b < N_DRAM_BUSES; b++)
			dram_bus_release(&hbm->channels[i].buses[b]);
	hbm_books_release(&hbm->books);
	histogram_release(&hbm->latencies);
	hbm_watch_release(&hbm->watch);
	addr_table_release(&hbm->table);
	hbm_runs_release(hbm);
	dram_timing_release(&hbm->timing);
	free(hbm->channels);
	free(hbm->memory.channels);
	free(hbm->pcs);
	free(hbm);
}

static const struct memory_ops hbm_ops = {
	.free = free_hbm,
	.locate = hbm_locate,
	.offer = hbm_offer,
	.flush = hbm_flush,
	.account = hbm_account_all,
	.watch = hbm_watch_commands,
	.command_ps = hbm_command_ps,
};

static bool check_queues(const struct machine *m, struct err *err)
{
	if (m->hbm_write_low < m->hbm_write_high && m->hbm_write_high <= m->hbm_write_queue)
		return true;
	return err_setting(err, "hbm.write_high",
			   "expected hbm.write_low < hbm.write_high <= hbm.write_queue "
			   "(found %" PRIu64 ", %" PRIu64 ", %" PRIu64 "); set them in that order",
			   m->hbm_write_low, m->hbm_write_high, m->hbm_write_queue);
}

/*
 * A row is closed and opened before it is used, for which the commands of the other pseudo
 * channel may be in the way; so are all rows of a packet.
 */
static void init_lookahead(struct hbm *hbm)
{
	const struct dram_timing *t = &hbm->timing;
	uint64_t a_row = dram_latency(t, DRAM_LEVEL_PC, DRAM_ACT, DRAM_ACT);
	uint64_t act_to_column = dram_latency(t, DRAM_LEVEL_BANK, DRAM_ACT, DRAM_RD);

	hbm->row_horizon = hbm->pre_to_act + (hbm->pattern.n_banks - 1) * a_row +
			   2u * t->standard->commands[DRAM_ACT].ticks;
	hbm->lookahead = max_u64(hbm->row_horizon + act_to_column, hbm->books.latency[HBM_READS]);
	hbm->patience = dram_latency(t, DRAM_LEVEL_PC, DRAM_RD, DRAM_WR) +
			dram_latency(t, DRAM_LEVEL_PC, DRAM_WR, DRAM_RD);
}

static void init_refresh(struct hbm *hbm, const struct machine *m)
{
	const struct dram_timing *t = &hbm->timing;
	unsigned ticks = t->standard->ticks_per_clock;

	hbm->refreshes_banks = m->hbm_refresh == HBM_REFRESH_PER_BANK;
	hbm->refresh_interval =
		(uint64_t)(hbm->refreshes_banks ? t->n.nREFIpb : t->n.nREFI) * ticks;
	/* What is committed ends within half an interval, so that none is later than allowed. */
	hbm->refresh_slack = m->hbm_refresh_postpone * (uint64_t)t->n.nREFI * ticks;
	if (hbm->refresh_slack > 0)
		hbm->refresh_slack -= (uint64_t)t->n.nREFI * ticks / 2;
	hbm->all_banks = t->n_banks == 64 ? UINT64_MAX : (UINT64_C(1) << t->n_banks) - 1;
}

static void init_settings(struct hbm *hbm, const struct machine *m)
{
	unsigned ticks = hbm->timing.standard->ticks_per_clock;

	clock_init_scaled(&hbm->books.clock, hbm->timing.clock_hz, ticks);
	hbm->packet_shift = (unsigned)__builtin_ctzll(m->packet_bytes);
	hbm->write_high = m->hbm_write_high;
	hbm->write_low = m->hbm_write_low;
	hbm->write_idle = m->hbm_write_idle * ticks;
	hbm->hit_cap = m->hbm_hit_cap;
	hbm->books.latency[HBM_READS] = (uint64_t)hbm->timing.n.nCL * ticks;
	hbm->books.latency[HBM_WRITES] = (uint64_t)hbm->timing.n.nCWL * ticks;
	hbm->books.burst_ticks = (uint64_t)hbm->timing.n.nBL * ticks;
	hbm->pre_to_act = dram_latency(&hbm->timing, DRAM_LEVEL_BANK, DRAM_PREpb, DRAM_ACT);
	hbm->pre_to_refresh = dram_latency(&hbm->timing, DRAM_LEVEL_BANK, DRAM_PREpb, DRAM_REFpb);
	for (unsigned d = 0; d < N_HBM_DIRECTIONS; d++)
		hbm->column_to_pre[d] = dram_latency(&hbm->timing, DRAM_LEVEL_BANK,
						     hbm_column_command(d), DRAM_PREpb);
	hbm->row_policy = m->hbm_row_policy;
	/* Without a timeout no row ever expires. */
	hbm->row_timeout = m->hbm_row_policy == HBM_ROWS_TIMEOUT ? m->hbm_row_timeout * ticks :
								    HBM_NO_TICK / 2;
	hbm->forwards = m->hbm_forward == HBM_FORWARD_ON;
	init_lookahead(hbm);
	init_refresh(hbm, m);
}

static void init_pc(struct hbm_pc *pc, struct hbm *hbm, const struct machine *m)
{
	pc->hbm = hbm;
	dram_state_init(&pc->state, &hbm->timing);
	pc->banks = xcalloc(hbm->timing.n_banks, sizeof(*pc->banks));
	for (unsigned bank = 0; bank < hbm->timing.n_banks; bank++)
		pc->banks[bank].row = HBM_NO_ROW;
	hbm_queue_init(&pc->queues[HBM_READS], m->hbm_read_queue, hbm->timing.n_banks);
	hbm_queue_init(&pc->queues[HBM_WRITES], m->hbm_write_queue, hbm->timing.n_banks);
	pc->expiry = HBM_NO_TICK;
	pc->due = hbm->refresh_interval;
	pc->round = hbm->all_banks;
	pc->event_tick = HBM_NO_TICK;
}

static void init_channels(struct hbm *hbm, const struct machine *m)
{
	uint64_t span = reach_of_commits(hbm);

	hbm->n_channels = (uint32_t)(m->hbm_stacks * m->hbm_channels);
	hbm->pcs_per_channel = hbm->timing.standard->pseudo_channels;
	hbm->n_pcs = hbm->n_channels * hbm->pcs_per_channel;
	hbm->channels = xcalloc(hbm->n_channels, sizeof(*hbm->channels));
	hbm->pcs = xcalloc(hbm->n_pcs, sizeof(*hbm->pcs));
	hbm->memory.n_channels = hbm->n_channels;
	hbm->memory.channels = xcalloc(hbm->n_channels, sizeof(*hbm->memory.channels));
	hbm_books_init(&hbm->books, hbm->n_pcs, span);
	for (uint32_t i = 0; i < hbm->n_channels; i++) {
		struct hbm_channel *ch = &hbm->channels[i];

		ch->id = i;
		ch->pcs = &hbm->pcs[i * hbm->pcs_per_channel];
		for (unsigned b = 0; b < N_DRAM_BUSES; b++)
			dram_bus_init(&ch->buses[b], span);
	}
	for (uint32_t i = 0; i < hbm->n_pcs; i++) {
		init_pc(&hbm->pcs[i], hbm, m);
		hbm->pcs[i].bus = &hbm->books.buses[i];
		hbm->pcs[i].index = (uint8_t)(i % hbm->pcs_per_channel);
		hbm->pcs[i].channel = &hbm->channels[i / hbm->pcs_per_channel];
	}
}

/* The commands whose ticks this controller asks for. */
static unsigned asked_commands(const struct hbm *hbm)
{
	unsigned asked = 1u << DRAM_ACT | 1u << DRAM_PREpb | 1u << DRAM_RD | 1u << DRAM_WR;

	if (hbm->refreshes_banks)
		return asked | 1u << DRAM_REFpb;
	return asked | 1u << DRAM_PREab | 1u << DRAM_REFab;
}

struct memory *hbm_new(const struct machine *m, const struct dram_standard *standard,
		       struct event_queue *events, const struct memory_client *client,
		       struct err *err)
{
	struct hbm *hbm = xcalloc(1, sizeof(*hbm));

	if (!check_queues(m, err) || !dram_timing_init(&hbm->timing, standard, m, err) ||
	    !hbm_map_init(&hbm->map, &hbm->pattern, &hbm->timing, m, err)) {
		free(hbm);
		return NULL;
	}
	hbm->events = events;
	hbm->client = *client;
	init_settings(hbm, m);
	init_channels(hbm, m);
	addr_table_init(&hbm->table, &hbm->map, m->packet_bytes);
	hbm_runs_init(hbm);
	if (event_engine(events) == ENGINE_FAST)
		dram_timing_compile(&hbm->timing, asked_commands(hbm));
	hbm->memory.ops = &hbm_ops;
	hbm->memory.n_ports = hbm->n_channels;
	return &hbm->memory;
}
