/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cores of the device together: kernels, the barrier inside a kernel, and what is
 * still under way.  When a kernel is released, and what its end means for the run, is
 * decided by run/.
 */
#include "model/cores.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/mem.h"
#include "model/core.h"

void cores_event(struct cores *all, uint64_t when_ps, enum event_priority priority, event_fn fn,
		 void *context, uint64_t argument)
{
	all->events_pending++;
	event_at(all->setup.events, when_ps, priority, fn, context, argument);
}

/* The barrier. */

static void release_barrier(void *context, uint64_t argument)
{
	struct cores *all = context;

	(void)argument;
	all->events_pending--;
	for (uint32_t i = 0; i < all->n_cores; i++)
		core_barrier_passed(&all->core[i]);
}

/* Cores cannot be at different barriers: none passes one before all have reached it. */
void cores_reach_barrier(struct cores *all)
{
	const struct clock *noc_clock = dma_noc_clock(all->dma);
	uint64_t now_ps = event_now(all->setup.events);
	uint64_t edge;

	if (++all->n_at_barrier < all->n_cores)
		return;
	all->n_at_barrier = 0;
	if (all->setup.memory_is_free) {
		cores_event(all, now_ps, EVENT_COMPLETE, release_barrier, all, 0);
		return;
	}
	edge = clock_edge_at_or_after(noc_clock, now_ps);
	edge += all->setup.machine->noc_barrier_cycles;
	cores_event(all, clock_edge_ps(noc_clock, edge), EVENT_COMPLETE, release_barrier, all, 0);
}

/* What the DMA units tell. */

static void transfer_started(void *context, uint32_t core, enum unit_kind unit, uint64_t index)
{
	struct cores *all = context;

	core_transfer_started(&all->core[core], unit, index);
}

static void transfer_issued(void *context, uint32_t core, enum unit_kind unit)
{
	struct cores *all = context;

	(void)unit;
	core_advance(&all->core[core]);
	core_touch(&all->core[core]);
}

static void transfer_finished(void *context, uint32_t core, enum unit_kind unit, uint64_t index)
{
	struct cores *all = context;

	core_transfer_finished(&all->core[core], unit, index);
}

static void transfer_delivered(void *context, uint32_t core, enum unit_kind unit, uint64_t index,
			       uint64_t bytes)
{
	struct cores *all = context;
	const struct queued *q = queue_at(&all->core[core].queue[unit], index);

	all->setup.watch.delivered(all->setup.watch.context, core, q->sequence, bytes);
}

/* Kernels. */

void cores_begin_kernel(struct cores *all, struct kernel_account *account,
			struct tensor_account *tensors)
{
	struct dma_accounts *accounts = dma_accounts(all->dma);

	all->account = account;
	accounts->kernel = account;
	accounts->tensors = tensors;
	all->n_unfinished = all->n_cores;
	for (uint32_t i = 0; i < all->n_cores; i++)
		core_begin_kernel(&all->core[i]);
}

void cores_release(struct cores *all)
{
	for (uint32_t i = 0; i < all->n_cores; i++)
		all->core[i].is_released = true;
	for (uint32_t i = 0; i < all->n_cores; i++) {
		core_advance(&all->core[i]);
		core_touch(&all->core[i]);
	}
}

bool cores_are_done(const struct cores *all)
{
	return all->n_unfinished == 0;
}

bool cores_are_quiet(const struct cores *all)
{
	return all->n_dirty == 0 && dma_packets_pending(all->dma) > 0;
}

void cores_settle(struct cores *all)
{
	for (uint32_t i = 0; i < all->n_dirty; i++) {
		all->dirty[i]->is_dirty = false;
		core_classify(all->dirty[i]);
	}
	all->n_dirty = 0;
}

void cores_close_account(struct cores *all, uint64_t edge)
{
	for (uint32_t i = 0; i < all->n_cores; i++)
		core_charge(&all->core[i], edge);
}

/* Being stuck. */

bool cores_wait_for_memory_only(const struct cores *all)
{
	return all->events_pending == 0 && dma_events_pending(all->dma) == 0;
}

uint64_t cores_progress(const struct cores *all)
{
	return all->progress + dma_progress(all->dma);
}

static const char *const unit_names[N_UNITS] = {
	[UNIT_LOAD] = "load", [UNIT_MATRIX] = "matrix",
	[UNIT_VECTOR] = "vector", [UNIT_STORE] = "store",
};

static void describe_command(const struct cores *all, const struct core *c, enum unit_kind unit,
			     const struct queued *q, char *text, size_t size)
{
	const struct unit_queue *queue = &c->queue[unit];
	enum unit_kind unmet = core_unmet_wait(c, q);
	int n = snprintf(text, size, "core %" PRIu32 ": %s command %" PRIu64 " ", c->id,
			 unit_names[unit], queue->n_done);

	if (n < 0 || (size_t)n >= size)
		return;
	text += n;
	size -= (size_t)n;
	if (queue->n_started > queue->n_done && q->is_barrier)
		snprintf(text, size, "waits at a barrier that %" PRIu32 " of %" PRIu32
			 " cores have reached", all->n_at_barrier, all->n_cores);
	else if (queue->n_started > queue->n_done)
		snprintf(text, size, "is under way");
	else if (unmet != N_UNITS)
		snprintf(text, size, "waits for %" PRIu64 " %s commands, %" PRIu64 " are complete",
			 q->waits[unmet], unit_names[unmet], c->queue[unmet].n_done);
	else
		snprintf(text, size, "waits for %" PRIu32 " other members of multicast %" PRIu32,
			 dma_missing_members(all->dma, c->id), q->transfer.multicast == NULL ?
			 0 : q->transfer.multicast->id);
}

void cores_describe_wait(const struct cores *all, char *text, size_t size)
{
	snprintf(text, size, "no command is left");
	for (uint32_t i = 0; i < all->n_cores; i++) {
		struct core *c = &all->core[i];

		for (unsigned u = 0; u < N_UNITS; u++) {
			if (queue_is_empty(&c->queue[u]))
				continue;
			describe_command(all, c, (enum unit_kind)u,
					 queue_at(&c->queue[u], c->queue[u].n_done), text, size);
			return;
		}
	}
}

/* Life. */

static void make_cores(struct cores *all)
{
	const struct machine *m = all->setup.machine;

	all->core = xcalloc(all->n_cores, sizeof(*all->core));
	all->dirty = xcalloc(all->n_cores, sizeof(struct core *));
	for (uint32_t i = 0; i < all->n_cores; i++) {
		struct core *c = &all->core[i];

		c->all = all;
		c->id = i;
		c->state.class = CORE_LAUNCH;
		spad_init(&c->spad, m, all->setup.events, dma_noc_clock(all->dma));
		dma_set_spad(all->dma, i, &c->spad);
	}
}

struct cores *cores_new(const struct cores_setup *setup, struct err *err)
{
	struct cores *all = xcalloc(1, sizeof(*all));
	struct dma_client client = {
		.context = all,
		.started = transfer_started,
		.issued = transfer_issued,
		.finished = transfer_finished,
		.delivered = setup->watch.delivered != NULL ? transfer_delivered : NULL,
	};

	all->setup = *setup;
	all->n_cores = (uint32_t)setup->machine->core_count;
	clock_init(&all->clock, setup->machine->core_hz);
	all->fault_lost_cycle = fault_is("lost-cycle");
	all->fault_wrong_class = fault_is("wrong-class");
	all->fault_overlap = fault_is("overlap");
	all->dma = dma_new(setup->machine, setup->events, &client, err);
	if (all->dma == NULL) {
		free(all);
		return NULL;
	}
	make_cores(all);
	return all;
}

void cores_free(struct cores *all)
{
	if (all == NULL)
		return;
	for (uint32_t i = 0; i < all->n_cores; i++)
		spad_release(&all->core[i].spad);
	free(all->core);
	free(all->dirty);
	dma_free(all->dma);
	free(all);
}

struct dma *cores_dma(const struct cores *all)
{
	return all->dma;
}
