/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One core: a fetcher that draws commands in program order, in-order units, and the
 * time that a compute command takes.  A compute command starts and ends on edges of
 * the core's clock and takes its unit's own cycles, more when the scratchpad's ports
 * cannot pass its bytes beside those of the others (spad.c).
 */
#include "model/core.h"

static bool is_dma(enum unit_kind unit)
{
	return unit == UNIT_LOAD || unit == UNIT_STORE;
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return add_u64(a, b, &sum) ? sum : UINT64_MAX;
}

/* Drawing. */

static uint64_t vector_cycles(const struct machine *m, const struct vector_command *v)
{
	const uint64_t cost[N_VECTOR_CLASSES] = {
		[VECTOR_ADD] = m->vector_cost_add,
		[VECTOR_MUL] = m->vector_cost_mul,
		[VECTOR_EXP] = m->vector_cost_exp,
		[VECTOR_DIV] = m->vector_cost_div,
		[VECTOR_REDUCE] = m->vector_cost_reduce,
		[VECTOR_CONVERT] = m->vector_cost_convert,
		[VECTOR_MOVE] = m->vector_cost_move,
	};
	uint64_t bytes = 0;

	for (unsigned i = 0; i < N_VECTOR_CLASSES; i++)
		bytes = add_saturated(bytes, mul_div_u64(v->bytes[i], cost[i], 1));
	return add_saturated(m->vector_startup_cycles,
			     ceil_div_u64(bytes, m->vector_bytes_per_cycle));
}

static uint64_t own_cycles(const struct machine *m, const struct command *from)
{
	const struct matrix_work *w = &from->matrix.work;

	if (from->unit == UNIT_VECTOR)
		return vector_cycles(m, &from->vector);
	return machine_matrix_cycles(m, from->matrix.dtype, w->m, w->k, w->n, w->batches);
}

static uint64_t port_bytes(const struct spad *spad, const struct span *spans, unsigned n)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		if (spans[i].memory == ONCHIP_SPAD)
			bytes += spad_port_bytes(spad, spans[i].bytes);
	return bytes;
}

static void enqueue(struct core *c, const struct command *from)
{
	struct unit_queue *q = &c->queue[from->unit];
	struct queued *to = queue_at(q, q->n_drawn++);

	to->sequence = c->n_drawn - 1;
	for (unsigned u = 0; u < N_UNITS; u++)
		to->waits[u] = from->waits[u];
	to->is_barrier = from->is_barrier;
	to->is_finished = false;
	if (is_dma(from->unit)) {
		to->transfer = from->transfer;
		to->is_on_spad = from->unit == UNIT_LOAD ?
				 from->n_writes == 0 || from->writes[0].memory == ONCHIP_SPAD :
				 from->n_reads == 0 || from->reads[0].memory == ONCHIP_SPAD;
	} else if (!from->is_barrier) {
		to->own_cycles = own_cycles(c->all->setup.machine, from);
		to->port_bytes = port_bytes(&c->spad, from->reads, from->n_reads) +
				 port_bytes(&c->spad, from->writes, from->n_writes);
	}
}

static bool draw(struct core *c)
{
	const struct cores_setup *setup = &c->all->setup;

	if (c->is_drained)
		return false;
	if (!setup->source->next(setup->source->context, c->id, &c->staged)) {
		c->is_drained = true;
		return false;
	}
	if (setup->watch.drawn != NULL)
		setup->watch.drawn(setup->watch.context, c->id, c->n_drawn, &c->staged);
	c->n_drawn++;
	c->has_staged = true;
	return true;
}

/* Stops at the first command whose queue is full: program order. */
static void fetch(struct core *c)
{
	while ((c->has_staged || draw(c)) && !queue_is_full(&c->queue[c->staged.unit])) {
		enqueue(c, &c->staged);
		c->has_staged = false;
	}
}

/* Waits. */

enum unit_kind core_unmet_wait(const struct core *c, const struct queued *q)
{
	static const enum unit_kind order_of_blame[N_UNITS] = {
		UNIT_LOAD, UNIT_STORE, UNIT_MATRIX, UNIT_VECTOR
	};

	for (unsigned i = 0; i < N_UNITS; i++) {
		enum unit_kind u = order_of_blame[i];

		if (c->queue[u].n_done < q->waits[u])
			return u;
	}
	return N_UNITS;
}

/* Starting and ending. */

static void mark_started(struct core *c, enum unit_kind unit)
{
	const struct cores_setup *setup = &c->all->setup;
	struct unit_queue *q = &c->queue[unit];

	if (setup->watch.started != NULL)
		setup->watch.started(setup->watch.context, c->id,
				     queue_at(q, q->n_started)->sequence, event_now(setup->events));
	q->n_started++;
	c->all->progress++;
	core_touch(c);
}

/* Counts the finished commands at the head of a queue. */
static void count_done(struct core *c, enum unit_kind unit)
{
	const struct cores_setup *setup = &c->all->setup;
	struct unit_queue *q = &c->queue[unit];

	while (q->n_done < q->n_started && queue_at(q, q->n_done)->is_finished) {
		if (setup->watch.ended != NULL)
			setup->watch.ended(setup->watch.context, c->id,
					   queue_at(q, q->n_done)->sequence,
					   event_now(setup->events));
		q->n_done++;
		c->all->progress++;
	}
	core_touch(c);
	core_advance(c);
}

static void finish(struct core *c, enum unit_kind unit, uint64_t index)
{
	queue_at(&c->queue[unit], index)->is_finished = true;
	count_done(c, unit);
}

static void compute_end(struct core *c, enum unit_kind unit)
{
	c->compute[unit] = (struct compute){ .is_busy = false };
	finish(c, unit, c->queue[unit].n_done);
}

static enum spad_user spad_user_of(enum unit_kind unit)
{
	return unit == UNIT_MATRIX ? SPAD_MATRIX : SPAD_VECTOR;
}

/* At the planned end: ends, or goes on for as long as the ports have held it up. */
static void compute_check(void *context, uint64_t argument)
{
	struct core *c = context;
	enum unit_kind unit = (enum unit_kind)argument;
	struct compute *compute = &c->compute[unit];
	struct kernel_account *account = c->all->account;
	uint64_t edge = clock_edge_at_or_after(&c->all->clock, event_now(c->all->setup.events));
	uint64_t cycles = spad_compute_cycles(&c->spad, spad_user_of(unit), edge);
	uint64_t end = add_saturated(compute->start_edge, cycles);

	c->all->events_pending--;
	if (end > edge) {
		compute->is_throttled = true;
		core_touch(c);
		cores_event(c->all, clock_edge_ps(&c->all->clock, end), EVENT_COMPLETE,
			    compute_check, c, unit);
		return;
	}
	spad_compute_end(&c->spad, spad_user_of(unit));
	*(unit == UNIT_MATRIX ? &account->matrix_busy_cycles : &account->vector_busy_cycles) +=
		edge - compute->start_edge;
	compute_end(c, unit);
}

static void compute_free(void *context, uint64_t argument)
{
	struct core *c = context;

	c->all->events_pending--;
	compute_end(c, (enum unit_kind)argument);
}

static void compute_start(struct core *c, enum unit_kind unit, struct queued *q, uint64_t edge)
{
	struct cores *all = c->all;
	struct compute *compute = &c->compute[unit];

	compute->is_busy = true;
	compute->start_edge = edge;
	mark_started(c, unit);
	if (q->is_barrier) {
		cores_reach_barrier(all);
		return;
	}
	compute->is_executing = true;
	if (all->setup.compute_is_free) {
		cores_event(all, event_now(all->setup.events), EVENT_COMPLETE, compute_free, c,
			    unit);
		return;
	}
	spad_compute_start(&c->spad, spad_user_of(unit), edge, q->own_cycles, q->port_bytes);
	cores_event(all, clock_edge_ps(&all->clock, add_saturated(edge, q->own_cycles)),
		    EVENT_COMPLETE, compute_check, c, unit);
}

static void reach_edge(void *context, uint64_t argument)
{
	struct core *c = context;

	c->all->events_pending--;
	c->compute[argument].start_is_planned = false;
	core_advance(c);
}

/* Overlooks waits for loads under the fault "overlap". */
static bool may_start(const struct core *c, const struct queued *q, enum unit_kind unit)
{
	enum unit_kind unmet = core_unmet_wait(c, q);

	return unmet == N_UNITS ||
	       (c->all->fault_overlap && unmet == UNIT_LOAD && !is_dma(unit) && !q->is_barrier);
}

static void try_compute(struct core *c, enum unit_kind unit)
{
	struct unit_queue *queue = &c->queue[unit];
	struct compute *compute = &c->compute[unit];
	struct queued *q = queue_at(queue, queue->n_started);
	uint64_t now_ps = event_now(c->all->setup.events);
	uint64_t edge, edge_ps;

	if (compute->is_busy || queue->n_started == queue->n_drawn || !may_start(c, q, unit))
		return;
	edge = clock_edge_at_or_after(&c->all->clock, now_ps);
	edge_ps = clock_edge_ps(&c->all->clock, edge);
	if (edge_ps == now_ps || c->all->setup.compute_is_free) {
		compute_start(c, unit, q, edge);
	} else if (!compute->start_is_planned) {
		compute->start_is_planned = true;
		cores_event(c->all, edge_ps, EVENT_ISSUE, reach_edge, c, unit);
	}
}

static void transfer_free(void *context, uint64_t argument)
{
	struct core *c = context;
	enum unit_kind unit = (enum unit_kind)argument;

	c->all->events_pending--;
	finish(c, unit, c->queue[unit].n_done);
}

static void try_transfer(struct core *c, enum unit_kind unit)
{
	struct unit_queue *queue = &c->queue[unit];
	struct queued *q = queue_at(queue, queue->n_started);

	if (queue->n_started == queue->n_drawn || !may_start(c, q, unit))
		return;
	if (c->all->setup.memory_is_free) {
		if (queue->n_started > queue->n_done)
			return;
		mark_started(c, unit);
		cores_event(c->all, event_now(c->all->setup.events), EVENT_COMPLETE, transfer_free,
			    c, unit);
	} else if (dma_unit_state(c->all->dma, c->id, unit) == DMA_READY) {
		dma_begin(c->all->dma, c->id, unit, queue->n_started, &q->transfer, q->is_on_spad);
		core_touch(c);
	}
}

static bool is_done(const struct core *c)
{
	bool is_empty = c->is_drained && !c->has_staged;

	for (unsigned u = 0; u < N_UNITS; u++)
		is_empty = is_empty && queue_is_empty(&c->queue[u]);
	return is_empty;
}

void core_advance(struct core *c)
{
	if (!c->is_released)
		return;
	fetch(c);
	try_transfer(c, UNIT_LOAD);
	try_compute(c, UNIT_MATRIX);
	try_compute(c, UNIT_VECTOR);
	try_transfer(c, UNIT_STORE);
	if (!c->is_done && is_done(c)) {
		c->is_done = true;
		c->all->n_unfinished--;
	}
}

/* What the DMA units and the barrier report. */

void core_transfer_started(struct core *c, enum unit_kind unit, uint64_t index)
{
	if (index != c->queue[unit].n_started)
		BUG("core %" PRIu32 ": transfers start out of order", c->id);
	mark_started(c, unit);
}

void core_transfer_finished(struct core *c, enum unit_kind unit, uint64_t index)
{
	finish(c, unit, index);
}

void core_barrier_passed(struct core *c)
{
	compute_end(c, UNIT_VECTOR);
}

void core_begin_kernel(struct core *c)
{
	for (unsigned u = 0; u < N_UNITS; u++)
		c->queue[u].n_drawn = c->queue[u].n_started = c->queue[u].n_done = 0;
	c->is_released = false;
	c->is_drained = false;
	c->is_done = false;
	core_touch(c);
}
