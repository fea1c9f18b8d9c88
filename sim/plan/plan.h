/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: graph + machine + schedule -> kernels -> commands, lazily, per core.
 * Never over the capacity of a memory.  What cannot run is ERR_WORKLOAD with what
 * would do, or ERR_INPUT with the operator's line for a kind that cannot run yet.
 */
#ifndef MEMSIM_PLAN_PLAN_H
#define MEMSIM_PLAN_PLAN_H

#include "base/err.h"
#include "config/machine.h"
#include "ir/command.h"

enum schedule { SCHEDULE_BASELINE, SCHEDULE_TRACE, SCHEDULE_AUTO, N_SCHEDULES };
const char *schedule_name(enum schedule s);

struct plan;
/* `g` and `m` must outlive the plan.  `s` is not SCHEDULE_AUTO: */
struct plan *plan_new(const struct graph *g, const struct machine *m, enum schedule s,
		      struct err *err);
/* whose groups are chosen beforehand (plan/search.h): of each operator a number below n_ops,
 * or NO_INDEX for a kernel of its own. */
struct plan *plan_new_groups(const struct graph *g, const struct machine *m,
			     const uint32_t *groups, struct err *err);
/* One kernel of `ops`, ascending, as if the rest of the graph ran before and after it. */
struct plan *plan_new_part(const struct graph *g, const struct machine *m, const uint32_t *ops,
			   size_t n_ops, struct err *err);
/* Such a plan draws, from now on, of each loop over tiles only the first ones, about one in `parts`
 * and at least `least`; 0 parts: all.  Tells which share of the kernel's estimated time they are,
 * the whole being PLAN_WHOLE. */
#define PLAN_WHOLE UINT64_C(1000000)
uint64_t plan_sample(struct plan *part, uint64_t parts, uint64_t least);
void plan_free(struct plan *p);

/* A kernel: what runs between two barriers. */
struct kernel {
	const char *name;    /* the operator's id, or "first..last" of a group */
	const uint32_t *ops; /* operators, in execution order */
	size_t n_ops;
	uint64_t macs;          /* of its operators, each once */
	uint64_t executed_macs; /* with recomputation */
	uint64_t vector_ops;
	uint64_t ideal_bytes;
	uint64_t compulsory_bytes; /* design.md, section 4 */
	uint64_t rate_cycles_x100; /* sum over types of executed MACs * 100 / percent rate,
				      device-wide, rounded down */
	uint64_t estimate_cycles;
	uint64_t estimate_bytes; /* that it should move to and from HBM */
	uint64_t spad_bytes; /* largest scratchpad use of a core */
};
size_t plan_n_kernels(const struct plan *p);
const struct kernel *plan_kernel(const struct plan *p, size_t k);
uint64_t plan_hbm_peak_bytes(const struct plan *p);
uint64_t plan_weight_bytes(const struct plan *p); /* distinct weights */

/* Where a tensor's storage lies in HBM, and the bytes set apart for it; false: nowhere. */
bool plan_place_of(const struct plan *p, uint32_t tensor, uint64_t *address, uint64_t *bytes);

/* Starts kernel k (the one before is done, or k is 0: all again); then each core draws its own
 * commands.  False at the end of the core's commands.  A core may draw ahead of the others. */
void plan_start_kernel(struct plan *p, size_t k);
bool plan_next(struct plan *p, uint32_t core, struct command *out);
/* After the last draw.  False: the commands ended early; err says why. */
bool plan_is_whole(const struct plan *p, struct err *err);

/* The same places on every core that spans name by number: so many slots, side by side. */
struct plan_buffer {
	const char *name; /* NULL: none but what it holds */
	uint32_t tensor;  /* whose elements it holds; NO_INDEX: see the name */
	bool is_sums;     /* of products, on their way to it */
	uint8_t memory;   /* enum onchip */
	uint64_t base, slot_bytes, slots;
};
/* Of the kernel that was started last; those of the commands drawn so far at least. */
size_t plan_n_buffers(const struct plan *p);
void plan_buffer(const struct plan *p, size_t i, struct plan_buffer *out);

/* A plan whose commands come from elsewhere; the functions answer as those above do. */
struct plan_source {
	void *context;
	size_t n_kernels;
	uint64_t hbm_peak_bytes;
	const struct kernel *(*kernel)(void *context, size_t k);
	bool (*place_of)(void *context, uint32_t tensor, uint64_t *address, uint64_t *bytes);
	void (*start_kernel)(void *context, size_t k);
	bool (*next)(void *context, uint32_t core, struct command *out);
	bool (*is_whole)(void *context, struct err *err);
	size_t (*n_buffers)(void *context);
	void (*buffer)(void *context, size_t i, struct plan_buffer *out);
	void (*release)(void *context); /* by plan_free() */
};
struct plan *plan_from(const struct graph *g, const struct machine *m,
		       const struct plan_source *source);

#endif
