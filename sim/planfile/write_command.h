/* SPDX-License-Identifier: Apache-2.0 */
/* One command as a line of a plan file. */
#ifndef MEMSIM_PLANFILE_WRITE_COMMAND_H
#define MEMSIM_PLANFILE_WRITE_COMMAND_H

#include "base/buf.h"
#include "plan/plan.h"
#include "planfile/names.h"

/* The kernel that is being written: names of its buffers, places of tensors' storages. */
struct written_kernel {
	const struct graph *g;
	uint64_t *address; /* by tensor */
	struct plan_buffer *buffers;
	struct names names;
	size_t buffers_capacity;
	const struct multicast **groups; /* those written; mINDEX is their name */
	size_t n_groups, groups_capacity;
	struct arena *texts;
};

/* What the queues of a core have waited for. */
struct core_writer {
	uint64_t issued[N_UNITS];
	uint64_t waited[N_UNITS][N_UNITS];
	uint64_t passed[N_UNITS]; /* at the last barrier */
	bool is_over;
};

/* The line of a command's multicast group, if it has one that was not written yet. */
void write_group(struct buf *to, struct written_kernel *k, const struct command *c);
void write_command(struct buf *to, const struct written_kernel *k, struct core_writer *core,
		   const struct command *c);
/* A barrier must wait for all that its core has issued. */
void core_writer_barrier(struct core_writer *core, const struct command *c);

#endif
