/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which class each cycle of a core is in.  A cycle belongs to the state at its first
 * edge, after all events of that instant; so a change at time t holds from the first
 * edge at or after t, and the cycles between two changes are a difference of edges.
 * A wait for a unit is a wait for its oldest unfinished command, since units complete
 * in order.  It decides nothing that changes time.
 */
#include "base/fault.h"
#include "model/core.h"

/* The core's oldest unfinished command that explains why it does not compute: N_UNITS, none. */
static enum unit_kind oldest_unfinished(struct core *c)
{
	struct unit_queue *matrix = &c->queue[UNIT_MATRIX], *vector = &c->queue[UNIT_VECTOR];

	if (!queue_is_empty(matrix) && !queue_is_empty(vector))
		return queue_at(matrix, matrix->n_done)->sequence <
		       queue_at(vector, vector->n_done)->sequence ? UNIT_MATRIX : UNIT_VECTOR;
	if (!queue_is_empty(matrix))
		return UNIT_MATRIX;
	if (!queue_is_empty(vector))
		return UNIT_VECTOR;
	if (!queue_is_empty(&c->queue[UNIT_STORE]))
		return UNIT_STORE;
	return queue_is_empty(&c->queue[UNIT_LOAD]) ? N_UNITS : UNIT_LOAD;
}

/* Follows waits from a unit's oldest command to one that is under way.  What is not, and waits
 * for nothing on this core, waits for another: a load for the other members of its multicast. */
static enum core_class follow_waits(struct core *c, enum unit_kind unit)
{
	/* Waits lead to earlier commands, so no unit comes twice; unless the source breaks
	 * that rule, which ends as a deadlock. */
	for (unsigned steps = 0; steps < N_UNITS; steps++) {
		struct unit_queue *q = &c->queue[unit];
		enum unit_kind next;

		if (queue_is_empty(q))
			break;
		if (q->n_started > q->n_done)
			return unit == UNIT_LOAD ? CORE_STALL_LOAD :
			       unit == UNIT_STORE ? CORE_STALL_STORE : CORE_STALL_SYNC;
		next = core_unmet_wait(c, queue_at(q, q->n_done));
		if (next == N_UNITS)
			break;
		unit = next;
	}
	return CORE_STALL_SYNC;
}

static enum core_class class_now(struct core *c)
{
	enum unit_kind oldest;

	if (!c->is_released)
		return CORE_LAUNCH;
	if (c->compute[UNIT_MATRIX].is_executing || c->compute[UNIT_VECTOR].is_executing)
		return CORE_COMPUTE;
	oldest = oldest_unfinished(c);
	if (oldest != N_UNITS)
		return follow_waits(c, oldest);
	if (c->has_staged || !c->is_drained ||
	    dma_unit_state(c->all->dma, c->id, UNIT_LOAD) != DMA_READY ||
	    dma_unit_state(c->all->dma, c->id, UNIT_STORE) != DMA_READY)
		BUG("core %" PRIu32 " is idle with work under way", c->id);
	return CORE_IDLE;
}

static bool is_moving(const struct unit_queue *q)
{
	return q->n_started > q->n_done;
}

void core_classify(struct core *c)
{
	struct core_state state = { .class = class_now(c) };

	if (c->all->fault_wrong_class && state.class == CORE_STALL_LOAD)
		state.class = CORE_COMPUTE;
	state.is_overlapped = state.class == CORE_COMPUTE &&
			      (is_moving(&c->queue[UNIT_LOAD]) || is_moving(&c->queue[UNIT_STORE]));
	state.is_throttled = state.class == CORE_COMPUTE &&
			     (c->compute[UNIT_MATRIX].is_throttled ||
			      c->compute[UNIT_VECTOR].is_throttled);
	if (state.class == c->state.class && state.is_overlapped == c->state.is_overlapped &&
	    state.is_throttled == c->state.is_throttled)
		return;
	core_charge(c, clock_edge_at_or_after(&c->all->clock, event_now(c->all->setup.events)));
	c->state = state;
}

void core_charge(struct core *c, uint64_t edge)
{
	struct core_account *account = &c->all->account->core;
	uint64_t cycles = edge - c->counted_edge;

	if (edge < c->counted_edge)
		BUG("core %" PRIu32 ": cycles are charged twice", c->id);
	if (c->all->fault_lost_cycle && cycles > 0) {
		c->all->fault_lost_cycle = false;
		cycles--;
	}
	account->cycles[c->state.class] += cycles;
	if (c->state.is_overlapped)
		account->overlapped += cycles;
	if (c->state.is_throttled)
		account->compute_throttled += cycles;
	c->counted_edge = edge;
}

void core_touch(struct core *c)
{
	if (c->is_dirty)
		return;
	c->is_dirty = true;
	c->all->dirty[c->all->n_dirty++] = c;
}
