/* SPDX-License-Identifier: Apache-2.0 */
/* The driver: an endless supply of packets through a window, in order of the requests. */
#include "memory_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/audit_dram.h"

uint64_t random_next(struct random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * UINT64_C(0x2545F4914F6CDD1D);
}

uint64_t random_below(struct random *r, uint64_t limit)
{
	return (random_next(r) >> 11) % limit;
}

void bench_init(struct bench *b, uint64_t channels)
{
	memset(b, 0, sizeof(*b));
	config_defaults(&b->machine);
	b->machine.hbm_standard = HBM_STANDARD_hbm2;
	b->machine.hbm_stacks = 1;
	b->machine.hbm_channels = channels;
	b->window = 256 * channels;
}

static void issue(struct bench *b);

static void on_issue(void *context, uint64_t argument)
{
	struct bench *b = context;

	(void)argument;
	b->next_event_ps = 0;
	issue(b);
}

static void on_offer(void *context, uint64_t argument)
{
	struct bench *b = context;
	struct served *s = &b->served[argument];

	s->offered_ps = event_now(b->queue);
	memory_locate(b->memory, &s->packet);
	memory_offer(b->memory, &s->packet);
	if (argument + 1 == b->n)
		memory_flush(b->memory);
}

/* Issues what the window and the requests' times allow. */
static void issue(struct bench *b)
{
	uint64_t now = event_now(b->queue);

	while (b->next < b->n && b->under_way < b->window) {
		const struct request *r = &b->requests[b->next];
		struct served *s = &b->served[b->next];

		if (r->at_ps > now) {
			if (b->next_event_ps == 0)
				event_at(b->queue, r->at_ps, EVENT_ISSUE, on_issue, b, 0);
			b->next_event_ps = r->at_ps;
			return;
		}
		s->bench = b;
		s->packet.address = r->address;
		s->packet.burst_mask = r->burst_mask;
		s->packet.is_write = r->is_write;
		s->packet.held_ps = r->at_ps > b->free_ps ? r->at_ps : b->free_ps;
		s->packet.issued_ps = now;
		b->free_ps = now; /* the next one is next since now */
		b->under_way++;
		event_at(b->queue, now + r->noc_ps, EVENT_ARRIVE, on_offer, b, b->next++);
	}
}

static void on_end(void *context, uint64_t argument)
{
	struct bench *b = context;

	(void)argument;
	b->under_way--;
	issue(b);
}

static struct served *served_of(struct packet *p)
{
	return (struct served *)(void *)p;
}

static void on_accepted(void *context, struct packet *p)
{
	struct bench *b = context;

	if (p->accepted_ps != event_now(b->queue))
		BUG("accepted at %" PRIu64 " ps, told at %" PRIu64, p->accepted_ps,
		    event_now(b->queue));
	served_of(p)->accepted_order = ++b->n_accepted;
}

static void on_scheduled(void *context, struct packet *p, uint64_t end_ps)
{
	struct bench *b = context;
	struct served *s = served_of(p);

	if (s->end_ps != 0 || s->accepted_order == 0)
		BUG("packet scheduled twice, or before it was accepted");
	s->scheduled_ps = event_now(b->queue);
	s->end_ps = end_ps;
	s->scheduled_order = ++b->n_scheduled;
	event_at(b->queue, end_ps, EVENT_DELIVER, on_end, b, 0);
}

static void on_command(void *context, const struct dram_command *c)
{
	struct bench *b = context;

	audit_dram_watch(b->auditor, c);
	if (!b->keep_commands)
		return;
	GROW(b->commands, b->n_commands, b->commands_capacity);
	b->commands[b->n_commands++] = *c;
}

void bench_run(struct bench *b)
{
	const struct memory_client client = { b, on_accepted, on_scheduled };
	bool is_watched = b->keep_commands || b->audited;
	struct err err = { 0 };

	b->next = 0;
	b->under_way = b->n_accepted = b->n_scheduled = b->free_ps = b->next_event_ps = 0;
	b->queue = event_queue_new(ENGINE_FAST);
	b->memory = memory_new(&b->machine, b->queue, &client, &err);
	if (!b->memory)
		BUG("%s", err.text);
	b->auditor = audit_dram_new(b->audited ? b->audited : &b->machine);
	if (is_watched)
		memory_watch(b->memory, on_command, b);
	b->served = xcalloc(b->n + 1, sizeof(*b->served));
	event_at(b->queue, 0, EVENT_ISSUE, on_issue, b, 0);
	while (event_run_next(b->queue))
		continue;
	if (b->n_scheduled != b->n || !memory_is_drained(b->memory))
		BUG("%" PRIu64 " of %zu packets scheduled", b->n_scheduled, b->n);
	b->end_ps = memory_end_ps(b->memory);
	memory_account(b->memory, b->end_ps, &b->account);
	if (is_watched)
		audit_dram_close(b->auditor, b->end_ps, b->audit, sizeof(b->audit));
	b->events = event_count(b->queue);
	memory_free(b->memory);
	audit_dram_free(b->auditor);
	event_queue_free(b->queue);
}

void bench_release(struct bench *b)
{
	free(b->served);
	free(b->commands);
	b->served = NULL;
	b->commands = NULL;
	b->n_commands = b->commands_capacity = 0;
}

uint64_t bench_share(const struct bench *b)
{
	uint64_t data = b->account.class_ticks[HBM_READ] + b->account.class_ticks[HBM_WRITE];

	return data * 10000 / b->account.total_ticks;
}
