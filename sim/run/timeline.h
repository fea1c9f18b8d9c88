/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run as Chrome trace events, which Perfetto and speedscope open: the device is a process, each
 * queue of a core a thread, each command a slice, with arrows from loads to compute to stores, and
 * counters of bandwidth and of what the scratchpads hold.  Written as the run goes.
 */
#ifndef MEMSIM_RUN_TIMELINE_H
#define MEMSIM_RUN_TIMELINE_H

#include "base/out.h"
#include "config/machine.h"
#include "ir/account.h"
#include "model/core_source.h"
#include "model/memory.h"
#include "plan/plan.h"

#define TIMELINE_MAX_BYTES ((uint64_t)1 << 30) /* unless asked otherwise */

struct timeline_options {
	uint64_t from_ps, to_ps; /* what lies wholly outside is left out */
	uint64_t max_bytes;      /* of text, about; what comes then is left out, which it says */
};

struct timeline;
/* All outlive the timeline; `to` is not committed by it. */
struct timeline *timeline_new(const struct graph *g, const struct machine *m,
			      const struct plan *plan, const struct timeline_options *o,
			      struct out *to);
void timeline_free(struct timeline *t); /* NULL is nothing */

/* The context of each is the timeline. */
extern const struct command_watch timeline_watch;
void timeline_dram_command(void *timeline, const struct dram_command *c); /* a dram_command_fn */

/* After the run: kernels, and the end.  True: everything asked for is there. */
bool timeline_close(struct timeline *t, const struct result *r);

#endif
