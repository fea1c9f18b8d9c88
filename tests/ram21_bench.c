/* SPDX-License-Identifier: Apache-2.0 */
/* The injector: one packet at the door at a time, offered between events. */
#include "ram21_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "model/ram21.h"

void ram21_machine(struct machine *m, const char *standard, uint64_t channels, const char *mapping)
{
	char path[512], channels_set[64], mapping_set[128];
	const char *const sets[] = { channels_set, mapping_set };
	struct err err = { 0 };

	snprintf(path, sizeof(path), "%s/configs/dram/hbm%c-ramulator21.cfg", getenv("TOP_SRCDIR"),
		 standard[3]);
	snprintf(channels_set, sizeof(channels_set), "hbm.channels=%" PRIu64, channels);
	snprintf(mapping_set, sizeof(mapping_set), "hbm.mapping=%s", mapping);
	if (!config_load(path, sets, ARRAY_SIZE(sets), m, NULL, &err))
		BUG("%s", err.text);
}

static void on_accepted(void *context, struct packet *p)
{
	struct ram21_bench *b = context;

	if (p->accepted_ps != event_now(b->queue))
		BUG("accepted at another time than it was told");
	b->is_at_door = false;
}

static void on_scheduled(void *context, struct packet *p, uint64_t end_ps)
{
	struct ram21_bench *b = context;
	struct fed *f = (struct fed *)(void *)p;

	if (f->end_ps != UINT64_MAX || end_ps < event_now(b->queue))
		BUG("a packet is done twice, or in the past");
	f->end_ps = end_ps;
	b->n_done++;
}

static void on_earliest(void *context, uint64_t argument)
{
	struct ram21_bench *b = context;

	(void)argument;
	b->is_waiting = false;
}

static bool must_wait(struct ram21_bench *b, uint64_t earliest)
{
	uint64_t ps = clock_edge_ps(&b->clock, earliest);

	if (ps <= event_now(b->queue))
		return false;
	b->is_waiting = true;
	event_at(b->queue, ps, EVENT_ARRIVE, on_earliest, b, 0);
	return true;
}

static void inject(struct ram21_bench *b)
{
	while (!b->is_at_door && !b->is_waiting && b->next < b->n) {
		struct fed *f = &b->fed[b->next];

		if (must_wait(b, f->earliest))
			return;
		f->packet.held_ps = f->packet.issued_ps = event_now(b->queue);
		f->end_ps = UINT64_MAX;
		b->is_at_door = true;
		b->next++;
		memory_locate(b->memory, &f->packet);
		memory_offer(b->memory, &f->packet);
	}
}

void ram21_bench_run(struct ram21_bench *b)
{
	const struct memory_client client = { b, on_accepted, on_scheduled };
	const struct dram_standard *s = machine_dram_standard(b->machine);
	struct err err = { 0 };

	b->next = b->n_done = 0;
	b->is_at_door = b->is_waiting = false;
	clock_init_scaled(&b->clock, b->machine->hbm_data_rate / s->bits_per_clock,
			  s->ticks_per_clock);
	b->queue = event_queue_new(ENGINE_FAST);
	b->memory = memory_new(b->machine, b->queue, &client, &err);
	if (!b->memory)
		BUG("%s", err.text);
	if (b->watch)
		memory_watch(b->memory, b->watch, b->watch_context);
	if (b->visits_every_tick)
		ram21_visit_every_tick(b->memory);
	inject(b);
	while (b->n_done < b->n && event_run_next(b->queue))
		inject(b);
	if (b->n_done < b->n || !memory_is_drained(b->memory))
		BUG("%zu of %zu packets done", b->n_done, b->n);
	b->end_ps = memory_end_ps(b->memory);
	memory_account(b->memory, b->end_ps, &b->account);
	b->events = event_count(b->queue);
	memory_free(b->memory);
	event_queue_free(b->queue);
}
