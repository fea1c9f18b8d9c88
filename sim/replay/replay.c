/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The injector.  One access is at the memory's door at a time: while it is accepted at once
 * the next follows in the same instant; while it waits, all behind it wait (head of line).
 * Offers are made between events, never from within the memory's own callbacks.
 */
#include "replay/replay.h"

#include <stdlib.h>

#include "base/mem.h"
#include "engine/clock.h"
#include "engine/event.h"
#include "replay/replay_internal.h"

#define SLAB 64 /* packets that are allocated together */

struct slab {
	struct slab *next;
	struct packet packets[SLAB];
};

struct replay {
	const struct machine *machine;
	const struct replay_options *options;
	struct stream *stream;
	struct replay_result *result;
	struct err *err;
	struct event_queue *events;
	struct memory *memory;
	struct clock clock;
	uint64_t packet_bytes, burst_bytes;
	struct slab *slabs;
	struct packet *free_packets;

	struct stream_access access; /* the next one */
	bool has_access;
	bool is_waiting; /* for the tick from which it may be offered; an event is set */
	bool is_at_door; /* one is offered and not accepted */
	bool is_over;    /* none is left */
	uint64_t n_moves, stuck_at; /* accepted or scheduled; events run when that changed */
};

/* Packets. */

static struct packet *take_packet(struct replay *r)
{
	struct packet *p;

	if (!r->free_packets) {
		struct slab *slab = xcalloc(1, sizeof(*slab));

		slab->next = r->slabs;
		r->slabs = slab;
		for (size_t i = 0; i < SLAB; i++) {
			slab->packets[i].next = r->free_packets;
			r->free_packets = &slab->packets[i];
		}
	}
	p = r->free_packets;
	r->free_packets = p->next;
	return p;
}

static void free_slabs(struct slab *slab)
{
	while (slab) {
		struct slab *next = slab->next;

		free(slab);
		slab = next;
	}
}

static void on_accepted(void *context, struct packet *p)
{
	struct replay *r = context;

	(void)p;
	r->is_at_door = false;
	r->n_moves++;
}

static void on_scheduled(void *context, struct packet *p, uint64_t end_ps)
{
	struct replay *r = context;

	(void)end_ps;
	p->next = r->free_packets;
	r->free_packets = p;
	r->n_moves++;
}

/* Offering. */

static void offer(struct replay *r)
{
	const struct stream_access *a = &r->access;
	uint64_t offset = a->address % r->packet_bytes, now_ps = event_now(r->events);
	struct packet *p = take_packet(r);

	*p = (struct packet){
		.address = a->address - offset,
		.burst_mask = UINT64_C(1) << (offset / r->burst_bytes),
		.bytes = (uint32_t)r->burst_bytes,
		.is_write = a->is_write,
		.held_ps = now_ps,
		.issued_ps = now_ps,
	};
	if (a->is_write)
		r->result->writes++;
	else
		r->result->reads++;
	r->has_access = false;
	r->is_at_door = true;
	memory_locate(r->memory, p);
	memory_offer(r->memory, p);
}

static void on_tick(void *context, uint64_t argument)
{
	struct replay *r = context;

	(void)argument;
	r->is_waiting = false;
}

/* The tick from which the access may be offered is still to come. */
static bool must_wait(struct replay *r)
{
	uint64_t earliest_ps;

	if (r->is_waiting || r->access.earliest_tick == 0)
		return r->is_waiting;
	earliest_ps = clock_edge_ps(&r->clock, r->access.earliest_tick);
	r->is_waiting = earliest_ps > event_now(r->events);
	if (r->is_waiting)
		event_at(r->events, earliest_ps, EVENT_ARRIVE, on_tick, r, 0);
	return r->is_waiting;
}

static bool draw(struct replay *r)
{
	r->has_access = stream_next(r->stream, &r->access, r->err);
	if (!r->has_access && !r->err->code) {
		r->is_over = true;
		memory_flush(r->memory);
	}
	return r->has_access;
}

static void show_progress(const struct replay *r)
{
	if (r->options->progress && stream_count(r->stream) % PROGRESS_STEP == 0)
		r->options->progress(r->options->progress_context, stream_count(r->stream),
				     event_now(r->events));
}

/* Offers as many as are accepted now.  False: a fault of the stream. */
static bool inject(struct replay *r)
{
	while (!r->is_at_door && !r->is_over) {
		if (!r->has_access) {
			if (!draw(r))
				return !r->err->code;
			show_progress(r);
		}
		if (must_wait(r))
			return true;
		offer(r);
	}
	return true;
}

/* Running. */

static bool is_stuck(struct replay *r, uint64_t *n_moves)
{
	if (r->is_waiting || *n_moves != r->n_moves) {
		*n_moves = r->n_moves;
		r->stuck_at = event_count(r->events) + STUCK_EVENTS;
	}
	return event_count(r->events) > r->stuck_at;
}

static bool run_events(struct replay *r)
{
	uint64_t n_moves = UINT64_MAX;

	if (!inject(r))
		return false;
	while (!r->is_over || !memory_is_drained(r->memory)) {
		bool ran = event_run_next(r->events);

		if (event_overflowed(r->events))
			return replay_is_past_horizon(r->err);
		if (!ran)
			BUG("the memory holds accesses and has nothing to do");
		if (!inject(r))
			return false;
		if (is_stuck(r, &n_moves))
			return replay_is_stuck(r->stream, event_now(r->events), r->err);
	}
	return true;
}

static void close_result(struct replay *r)
{
	struct replay_result *result = r->result;

	result->end_ps = memory_end_ps(r->memory);
	result->bytes = (result->reads + result->writes) * r->burst_bytes;
	memory_account(r->memory, result->end_ps, &result->hbm);
	result->n_channels = memory_n_channels(r->memory);
	result->channels = xcalloc(result->n_channels, sizeof(*result->channels));
	for (unsigned i = 0; i < result->n_channels; i++)
		memory_channel_account(r->memory, i, &result->channels[i]);
	result->events = event_count(r->events);
}

static bool run_all(struct replay *r)
{
	const struct memory_client client = { r, on_accepted, on_scheduled };

	r->memory = memory_new(r->machine, r->events, &client, r->err);
	if (!r->memory)
		return false;
	if (r->options->watch)
		memory_watch(r->memory, r->options->watch, r->options->watch_context);
	if (!run_events(r))
		return false;
	close_result(r);
	return true;
}

bool replay_is_past_horizon(struct err *err)
{
	return err_set(err, ERR_LIMIT, "simulated time passes the horizon of "
		       "9223372036854775807 ps");
}

bool replay_is_stuck(const struct stream *s, uint64_t now_ps, struct err *err)
{
	return err_set(err, ERR_WORKLOAD, "no progress possible at %" PRIu64 " ps, after %" PRIu64
		       " accesses: the memory refreshes and nothing else", now_ps,
		       stream_count(s));
}

static bool replay_by_events(const struct machine *m, struct stream *s,
			     const struct replay_options *options, struct replay_result *out,
			     struct err *err)
{
	struct replay r = {
		.machine = m,
		.options = options,
		.stream = s,
		.result = out,
		.err = err,
		.events = event_queue_new(options->is_reference ? ENGINE_REFERENCE :
								    ENGINE_FAST),
		.packet_bytes = m->packet_bytes,
		.burst_bytes = machine_burst_bytes(m),
	};
	bool ok;

	*out = (struct replay_result){ 0 };
	clock_init(&r.clock, machine_memory_tick_hz(m));
	ok = run_all(&r);
	memory_free(r.memory);
	event_queue_free(r.events);
	free_slabs(r.slabs);
	return ok;
}

bool replay_run(const struct machine *m, struct stream *s, const struct replay_options *options,
		struct replay_result *out, struct err *err)
{
	struct ram21_fast *fast = options->is_reference ? NULL : ram21_fast_new(m);

	if (fast)
		return replay_fast(fast, machine_burst_bytes(m), s, options, out, err);
	return replay_by_events(m, s, options, out, err);
}

void replay_result_release(struct replay_result *r)
{
	free(r->channels);
	*r = (struct replay_result){ 0 };
}
