/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the cores: shared by core.c (units), core_class.c (cycles) and cores.c (device). */
#ifndef MEMSIM_MODEL_CORE_H
#define MEMSIM_MODEL_CORE_H

#include "model/cores.h"

/* Commands that a unit's queue holds: enough for the fetcher never to be what limits a
 * double-buffered core (assumption), few enough that plans stay lazy. */
#define QUEUE_DEPTH 64

struct queued {
	uint64_t sequence; /* of the core, in program order */
	uint64_t waits[N_UNITS];
	bool is_barrier;
	bool is_finished;  /* though maybe not counted: one before it is not */
	bool is_on_spad;   /* a transfer's on-chip side */
	uint64_t own_cycles, port_bytes; /* of a compute command */
	struct transfer transfer;
};

/* Numbers of the kernel's commands of a unit: those below n_done are complete, below
 * n_started started, below n_drawn in the queue. */
struct unit_queue {
	uint64_t n_drawn, n_started, n_done;
	struct queued slots[QUEUE_DEPTH];
};

static inline struct queued *queue_at(struct unit_queue *q, uint64_t index)
{
	return &q->slots[index % QUEUE_DEPTH];
}
static inline bool queue_is_full(const struct unit_queue *q)
{
	return q->n_drawn - q->n_done == QUEUE_DEPTH;
}
static inline bool queue_is_empty(const struct unit_queue *q)
{
	return q->n_drawn == q->n_done;
}

/* The command that a matrix or vector unit executes. */
struct compute {
	bool is_busy;           /* a barrier, too */
	bool is_executing;      /* not a barrier */
	bool is_throttled;      /* held up by scratchpad ports */
	bool start_is_planned;  /* at the next edge */
	uint64_t start_edge;
};

struct core_state {
	enum core_class class;
	bool is_overlapped, is_throttled;
};

struct core {
	struct cores *all;
	uint32_t id;
	bool is_released, is_drained /* of the source */, is_done, is_dirty;
	bool has_staged; /* drawn, but its queue is full */
	struct command staged;
	uint64_t n_drawn; /* over the run */
	struct unit_queue queue[N_UNITS];
	struct compute compute[N_UNITS]; /* matrix and vector only */
	struct spad spad;
	struct core_state state;
	uint64_t counted_edge; /* every cycle before it is charged */
};

struct cores {
	struct cores_setup setup;
	struct clock clock;
	struct dma *dma;
	struct core *core;
	uint32_t n_cores;
	uint32_t n_unfinished; /* cores */
	uint32_t n_at_barrier;
	struct core **dirty;
	uint32_t n_dirty;
	struct kernel_account *account;
	uint64_t events_pending; /* own ones: starts, ends, barriers */
	uint64_t progress;
	bool fault_lost_cycle, fault_wrong_class, fault_overlap;
};

/* core.c */
void core_begin_kernel(struct core *c);
void core_advance(struct core *c); /* draws and starts what can be */
/* The first unit, in the order of blame, that a command still waits for; N_UNITS: none. */
enum unit_kind core_unmet_wait(const struct core *c, const struct queued *q);
void core_transfer_started(struct core *c, enum unit_kind unit, uint64_t index);
void core_transfer_finished(struct core *c, enum unit_kind unit, uint64_t index);
void core_barrier_passed(struct core *c);

/* cores.c */
void cores_event(struct cores *all, uint64_t when_ps, enum event_priority priority, event_fn fn,
		 void *context, uint64_t argument);
void cores_reach_barrier(struct cores *all);

/* core_class.c */
void core_touch(struct core *c); /* its state changed: the class is decided at the instant's end */
void core_classify(struct core *c);
void core_charge(struct core *c, uint64_t edge);

#endif
