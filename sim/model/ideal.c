/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ideal memory: a bandwidth, a latency, and nothing else.  One server passes the
 * bursts of one packet after the other, in order of arrival; a packet is accepted when its
 * service starts; read data are there a latency after they passed.  No rows, no commands,
 * no refresh.
 * Accounts: one pseudo channel, ticks of 1 ns.  Times within a class are summed in ps and
 * turned into ticks by running sums, so that the classes add up exactly.
 */
#include <stdlib.h>

#include "base/histogram.h"
#include "base/mem.h"
#include "model/memory_ops.h"

#define TICK_PS 1000
#define FS_PER_PS 1000
#define PS_PER_S UINT64_C(1000000000000)

struct ideal {
	struct memory memory; /* first: this is a struct memory */
	struct event_queue *events;
	struct memory_client client;
	uint64_t bandwidth, latency_ps, burst_bytes, packet_bytes;

	uint64_t period_start_ps; /* since when the server has not paused */
	uint64_t period_bytes;    /* passed since */
	uint64_t free_ps;         /* end of the last service */
	struct packet *first, *last; /* waiting, in order of arrival */
	bool is_woken;
	uint64_t class_ps[N_HBM_CLASSES];
	struct histogram latencies; /* of reads, ticks */
	struct hbm_account counts, whole;
};

static struct ideal *ideal_of(struct memory *mem)
{
	return (struct ideal *)(void *)mem;
}

/* End of the service of `bytes` more; exact over a period without pauses. */
static uint64_t service_end_ps(struct ideal *i, uint64_t now_ps, uint64_t bytes)
{
	uint64_t ps;

	if (now_ps > i->free_ps || i->period_bytes == 0) {
		i->period_start_ps = now_ps;
		i->period_bytes = 0;
	}
	i->period_bytes += bytes;
	ps = mul_div_u64(i->period_bytes, PS_PER_S, i->bandwidth);
	return i->period_start_ps + ps;
}

/* The pause before a packet, by where the packet was. */
static void count_pause(struct ideal *i, const struct packet *p, uint64_t now_ps)
{
	uint64_t issued = min_u64(max_u64(p->issued_ps, i->free_ps), now_ps);
	uint64_t held = min_u64(max_u64(p->held_ps, i->free_ps), issued);

	i->class_ps[HBM_STARVED_IDLE] += held - i->free_ps;
	i->class_ps[HBM_STARVED_WINDOW] += issued - held;
	i->class_ps[HBM_STARVED_NOC] += now_ps - issued;
}

static void count_packet(struct ideal *i, const struct packet *p, uint64_t end_ps)
{
	uint64_t bursts = (uint64_t)__builtin_popcountll(p->burst_mask), ticks;

	if (p->is_write) {
		i->counts.writes += bursts;
		i->counts.write_bytes += bursts * i->burst_bytes;
		return;
	}
	i->counts.reads += bursts;
	i->counts.read_bytes += bursts * i->burst_bytes;
	i->counts.read_packets++;
	i->counts.read_latency_ps += end_ps - p->accepted_ps;
	ticks = ceil_div_u64(end_ps, TICK_PS) - ceil_div_u64(p->accepted_ps, TICK_PS);
	i->counts.read_latency_ticks += ticks;
	histogram_add(&i->latencies, ticks, 1);
}

static void serve(struct ideal *i, struct packet *p)
{
	uint64_t now_ps = event_now(i->events);
	uint64_t bytes = (uint64_t)__builtin_popcountll(p->burst_mask) * i->burst_bytes;
	uint64_t end_ps;

	if (now_ps > i->free_ps)
		count_pause(i, p, now_ps);
	end_ps = service_end_ps(i, now_ps, bytes);
	i->class_ps[p->is_write ? HBM_WRITE : HBM_READ] += end_ps - now_ps;
	i->free_ps = end_ps;
	if (!p->is_write)
		end_ps += i->latency_ps;
	i->memory.end_ps = max_u64(i->memory.end_ps, end_ps);
	i->memory.n_held--;
	p->accepted_ps = now_ps;
	count_packet(i, p, end_ps);
	i->client.accepted(i->client.context, p);
	i->client.scheduled(i->client.context, p, end_ps);
}

static void on_free(void *context, uint64_t argument);

static void wake(struct ideal *i)
{
	if (i->is_woken || i->first == NULL)
		return;
	i->is_woken = true;
	event_at(i->events, i->free_ps, EVENT_CONTROL, on_free, i, 0);
}

static void on_free(void *context, uint64_t argument)
{
	struct ideal *i = context;
	struct packet *p = i->first;

	(void)argument;
	i->is_woken = false;
	i->first = p->next;
	serve(i, p);
	wake(i);
}

static void ideal_offer(struct memory *mem, struct packet *p)
{
	struct ideal *i = ideal_of(mem);

	mem->n_held++;
	if (i->first == NULL && !i->is_woken && i->free_ps <= event_now(i->events)) {
		serve(i, p);
		return;
	}
	p->next = NULL;
	if (i->first == NULL)
		i->first = p;
	else
		i->last->next = p;
	i->last = p;
	wake(i);
}

static void ideal_flush(struct memory *mem)
{
	(void)mem; /* it holds nothing back */
}

static void ideal_locate(const struct memory *mem, struct packet *p)
{
	const struct ideal *i = (const struct ideal *)(const void *)mem;

	p->port = (uint32_t)(p->address / i->packet_bytes % mem->n_ports);
}

static void ideal_account(struct memory *mem, uint64_t end_ps, struct hbm_account *out)
{
	struct ideal *i = ideal_of(mem);
	uint64_t sum_ps = 0, told = 0;

	*out = i->counts;
	out->tick_fs = (uint64_t)TICK_PS * FS_PER_PS;
	out->ticks = out->total_ticks = out->policy_ticks = ceil_div_u64(end_ps, TICK_PS);
	for (unsigned c = 0; c < N_HBM_CLASSES; c++) {
		sum_ps += i->class_ps[c];
		out->class_ticks[c] = sum_ps / TICK_PS - told;
		told += out->class_ticks[c];
	}
	if (sum_ps != i->free_ps || told > out->ticks)
		BUG("the memory counted %" PRIu64 " of %" PRIu64 " ps", sum_ps, i->free_ps);
	out->class_ticks[HBM_STARVED_IDLE] += out->ticks - told;
	out->busy_ticks = out->class_ticks[HBM_READ] + out->class_ticks[HBM_WRITE];
	out->read_latency_p50_ticks = histogram_permille(&i->latencies, 500);
	out->read_latency_p99_ticks = histogram_permille(&i->latencies, 990);
	out->read_latency_p999_ticks = histogram_permille(&i->latencies, 999);
	i->whole = *out;
}

static void ideal_watch(struct memory *mem, dram_command_fn fn, void *context)
{
	(void)mem; /* there are no commands */
	(void)fn;
	(void)context;
}

static uint64_t ideal_command_ps(const struct memory *mem, const struct dram_command *c)
{
	(void)mem;
	return c->tick * TICK_PS;
}

static void ideal_free(struct memory *mem)
{
	histogram_release(&ideal_of(mem)->latencies);
	free(mem);
}

static const struct memory_ops ideal_ops = {
	.free = ideal_free,
	.locate = ideal_locate,
	.offer = ideal_offer,
	.flush = ideal_flush,
	.account = ideal_account,
	.watch = ideal_watch,
	.command_ps = ideal_command_ps,
};

struct memory *ideal_new(const struct machine *m, struct event_queue *events,
			 const struct memory_client *client, struct err *err)
{
	struct ideal *i;

	if (m->packet_bytes > MAX_PACKET_BURSTS * machine_burst_bytes(m)) {
		err_setting(err, "dma.packet_bytes",
			    "the memory takes packets of at most %d bursts of %" PRIu64
			    " bytes (found %" PRIu64 " bytes)", MAX_PACKET_BURSTS,
			    machine_burst_bytes(m), m->packet_bytes);
		return NULL;
	}
	i = xcalloc(1, sizeof(*i));
	i->memory.ops = &ideal_ops;
	i->memory.n_ports = (unsigned)(m->hbm_stacks * m->hbm_channels);
	i->memory.n_channels = 1;
	i->memory.channels = &i->whole;
	i->events = events;
	i->client = *client;
	i->bandwidth = m->hbm_bandwidth;
	i->latency_ps = m->hbm_latency_ps;
	i->burst_bytes = machine_burst_bytes(m);
	i->packet_bytes = m->packet_bytes;
	return &i->memory;
}
