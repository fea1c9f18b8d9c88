/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes slices, arrows and counters of what a run's watchers are told.  A queue whose commands
 * overlap (several loads under way) gets further lanes, each a thread, because slices of a thread
 * must not overlap.
 */
#include "run/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/timeline_counters.h"

#define MAX_LANES 64     /* of a queue; what overlaps even so starts where the one before ends */
#define MAX_RECENT 64    /* commands of a queue that arrows can come from */
#define KERNELS_TID 1
#define FIRST_TID 64

/* As an engineer of Ascend, or of a TPU, would look for them. */
static const char *const queue_names[N_UNITS] = {
	[UNIT_LOAD] = "MTE2 load",
	[UNIT_MATRIX] = "Cube matrix (MXU)",
	[UNIT_VECTOR] = "Vector (VPU)",
	[UNIT_STORE] = "MTE3 store",
};

/* A command between its draw and its end. */
struct pending {
	struct command c;
	uint64_t ordinal; /* in its queue, of this kernel */
	uint64_t start_ps;
	unsigned lane;
	bool is_done;
};

struct lane {
	bool is_named, is_busy;
	uint64_t end_ps; /* of its last slice */
};

struct ended {
	uint64_t ordinal, tid, end_ps;
	bool is_there;
};

struct queue {
	struct lane lanes[MAX_LANES];
	uint64_t n_drawn;
	struct ended recent[MAX_RECENT]; /* by ordinal */
	uint64_t shown[N_UNITS];         /* waits that have their arrow */
};

struct timeline_core {
	struct pending *v; /* from first_seq on; the first ones may be done */
	size_t first, n, capacity;
	uint64_t first_seq;
	struct queue queues[N_UNITS];
	struct held_counter held;
};

struct timeline {
	const struct graph *graph;
	const struct plan *plan;
	struct timeline_events events;
	struct bandwidth_counter bandwidth;
	struct timeline_core *cores;
	size_t n_cores;
};

struct timeline *timeline_new(const struct graph *g, const struct machine *m,
			      const struct plan *plan, const struct timeline_options *o,
			      struct out *to)
{
	struct timeline *t = xcalloc(1, sizeof(*t));

	t->graph = g;
	t->plan = plan;
	t->n_cores = m->core_count;
	t->cores = xcalloc(t->n_cores, sizeof(*t->cores));
	events_open(&t->events, o, to);
	events_process(&t->events, "device 0");
	bandwidth_open(&t->bandwidth, m, &t->events);
	return t;
}

static void end_kernel(struct timeline *t, bool is_last)
{
	for (size_t i = 0; i < t->n_cores; i++) {
		struct timeline_core *core = &t->cores[i];
		char name[64];

		snprintf(name, sizeof(name), "core %zu scratchpad, bytes", i);
		held_end_kernel(&core->held, &t->events, name, is_last);
		core->first = core->n = 0;
		for (unsigned u = 0; u < N_UNITS; u++) {
			struct queue *q = &core->queues[u];

			q->n_drawn = 0;
			memset(q->recent, 0, sizeof(q->recent));
			memset(q->shown, 0, sizeof(q->shown));
		}
	}
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_cores; i++) {
		free(t->cores[i].v);
		held_release(&t->cores[i].held);
	}
	free(t->cores);
	free(t);
}

/* Commands. */

static void on_kernel(void *context, size_t kernel)
{
	if (kernel > 0)
		end_kernel(context, false);
}

static void on_drawn(void *context, uint32_t core_id, uint64_t seq, const struct command *c)
{
	struct timeline *t = context;
	struct timeline_core *core = &t->cores[core_id];

	if (core->first == core->n)
		core->first_seq = seq;
	GROW(core->v, core->n, core->capacity);
	core->v[core->n++] = (struct pending){ .c = *c, .ordinal = core->queues[c->unit].n_drawn++ };
}

static struct pending *find(struct timeline_core *core, uint64_t seq)
{
	return &core->v[core->first + (size_t)(seq - core->first_seq)];
}

static uint64_t tid_of(uint32_t core, enum unit_kind unit, unsigned lane)
{
	return FIRST_TID + ((uint64_t)core * N_UNITS + unit) * MAX_LANES + lane;
}

static unsigned take_lane(struct queue *q)
{
	unsigned lane = 0;

	while (lane + 1 < MAX_LANES && q->lanes[lane].is_busy)
		lane++;
	q->lanes[lane].is_busy = true;
	return lane;
}

static void use_spans(struct timeline_core *core, const struct command *c, uint64_t now_ps)
{
	for (unsigned i = 0; i < c->n_reads; i++) {
		if (c->reads[i].memory == ONCHIP_SPAD)
			held_use(&core->held, c->reads[i].base, c->reads[i].bytes, now_ps);
	}
	for (unsigned i = 0; i < c->n_writes; i++) {
		if (c->writes[i].memory == ONCHIP_SPAD)
			held_use(&core->held, c->writes[i].base, c->writes[i].bytes, now_ps);
	}
}

static void on_started(void *context, uint32_t core_id, uint64_t seq, uint64_t now_ps)
{
	struct timeline *t = context;
	struct timeline_core *core = &t->cores[core_id];
	struct pending *p = find(core, seq);

	p->start_ps = now_ps;
	p->lane = take_lane(&core->queues[p->c.unit]);
	use_spans(core, &p->c, now_ps);
	for (unsigned i = 0; !t->events.is_cut && i < p->c.n_writes; i++) {
		if (p->c.writes[i].memory == ONCHIP_SPAD)
			held_write(&core->held, p->c.writes[i].base, p->c.writes[i].bytes, now_ps);
	}
}

static void name_lane(struct timeline *t, uint32_t core, enum unit_kind unit, unsigned lane)
{
	char name[96], more[16] = "";

	if (t->cores[core].queues[unit].lanes[lane].is_named)
		return;
	t->cores[core].queues[unit].lanes[lane].is_named = true;
	if (lane > 0)
		snprintf(more, sizeof(more), " +%u", lane);
	snprintf(name, sizeof(name), "core %" PRIu32 " %s%s", core, queue_names[unit], more);
	events_thread(&t->events, tid_of(core, unit, lane), name);
}

/* What a command does, as the name and the arguments of its slice. */
static const char *describe(const struct timeline *t, const struct command *c, char *args,
			    size_t size)
{
	const char *op = t->graph->ops[c->op].id;
	const struct transfer *move = &c->transfer;
	const struct matrix_work *work = &c->matrix.work;

	if (c->is_barrier) {
		snprintf(args, size, "\"op\": \"%s\"", op);
		return "barrier";
	}
	switch (c->unit) {
	case UNIT_LOAD:
	case UNIT_STORE:
		snprintf(args, size, "\"op\": \"%s\", \"bytes\": %" PRIu64 ", \"cores\": %" PRIu32, op,
			 move->run_bytes * move->count[0] * move->count[1] * move->count[2],
			 move->multicast ? move->multicast->n_cores : 1);
		return t->graph->tensors[move->tensor].id;
	case UNIT_MATRIX:
		snprintf(args, size, "\"m\": %" PRIu64 ", \"k\": %" PRIu64 ", \"n\": %" PRIu64
			 ", \"batches\": %" PRIu64, work->m, work->k, work->n, work->batches);
		return op;
	default:
		snprintf(args, size, "\"vector_ops\": %" PRIu64, c->vector.ops);
		return op;
	}
}

/* Data goes from loads to compute to stores; waits for space are no data. */
static bool is_data(enum unit_kind from, enum unit_kind to)
{
	bool from_compute = from == UNIT_MATRIX || from == UNIT_VECTOR;
	bool to_compute = to == UNIT_MATRIX || to == UNIT_VECTOR;

	return from != to && ((from == UNIT_LOAD && to_compute) ||
			      (from_compute && (to_compute || to == UNIT_STORE)));
}

static void draw_arrows(struct timeline *t, struct timeline_core *core, const struct pending *p,
			uint64_t tid, uint64_t start_ps)
{
	struct queue *to = &core->queues[p->c.unit];

	for (unsigned u = 0; u < N_UNITS; u++) {
		uint64_t wait = p->c.waits[u];
		const struct ended *from = &core->queues[u].recent[(wait - 1) % MAX_RECENT];

		if (wait <= to->shown[u] || !is_data((enum unit_kind)u, p->c.unit))
			continue;
		to->shown[u] = wait;
		if (from->is_there && from->ordinal == wait - 1 &&
		    events_want(&t->events, from->end_ps, start_ps))
			events_flow(&t->events, from->tid, from->end_ps - 1, tid, start_ps);
	}
}

static void drop_done(struct timeline_core *core)
{
	while (core->first < core->n && core->v[core->first].is_done) {
		core->first++;
		core->first_seq++;
	}
	if (core->first < core->n - core->first)
		return;
	memmove(core->v, core->v + core->first, (core->n - core->first) * sizeof(*core->v));
	core->n -= core->first;
	core->first = 0;
}

static void on_ended(void *context, uint32_t core_id, uint64_t seq, uint64_t now_ps)
{
	struct timeline *t = context;
	struct timeline_core *core = &t->cores[core_id];
	struct pending *p = find(core, seq);
	struct queue *q = &core->queues[p->c.unit];
	struct lane *lane = &q->lanes[p->lane];
	uint64_t start_ps = max_u64(p->start_ps, lane->end_ps);
	uint64_t tid = tid_of(core_id, p->c.unit, p->lane);
	char args[512];

	use_spans(core, &p->c, now_ps);
	if (events_want(&t->events, start_ps, now_ps)) {
		const char *name = describe(t, &p->c, args, sizeof(args));

		name_lane(t, core_id, p->c.unit, p->lane);
		events_slice(&t->events, tid, start_ps, now_ps, name, args);
		draw_arrows(t, core, p, tid, start_ps);
	}
	q->recent[p->ordinal % MAX_RECENT] =
		(struct ended){ p->ordinal, tid, now_ps, now_ps > start_ps };
	lane->is_busy = false;
	lane->end_ps = now_ps;
	p->is_done = true;
	drop_done(core);
}

const struct command_watch timeline_watch = {
	.kernel = on_kernel,
	.drawn = on_drawn,
	.started = on_started,
	.ended = on_ended,
};

void timeline_dram_command(void *timeline, const struct dram_command *c)
{
	struct timeline *t = timeline;

	bandwidth_command(&t->bandwidth, c);
}

static void write_kernels(struct timeline *t, const struct result *r)
{
	events_thread(&t->events, KERNELS_TID, "kernels");
	for (size_t k = 0; k < r->n_kernels; k++) {
		const struct kernel_account *a = &r->kernels[k];
		char args[160];

		if (!events_want(&t->events, a->start_ps, a->end_ps))
			continue;
		snprintf(args, sizeof(args),
			 "\"read_bytes\": %" PRIu64 ", \"write_bytes\": %" PRIu64
			 ", \"cycles\": %" PRIu64,
			 a->read_bytes, a->write_bytes, a->end_cycle - a->start_cycle);
		events_slice(&t->events, KERNELS_TID, a->start_ps, a->end_ps,
			     plan_kernel(t->plan, k)->name, args);
	}
}

bool timeline_close(struct timeline *t, const struct result *r)
{
	end_kernel(t, true);
	bandwidth_close(&t->bandwidth);
	write_kernels(t, r);
	events_close(&t->events, r->end_ps);
	return !t->events.is_cut;
}
