/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a timeline: bytes at the pins of the memory, and bytes that a scratchpad holds. */
#ifndef MEMSIM_RUN_TIMELINE_COUNTERS_H
#define MEMSIM_RUN_TIMELINE_COUNTERS_H

#include "run/dram_order.h"
#include "run/timeline_events.h"

/* Bursts of each microsecond, by the times of their column commands: bytes in a microsecond are
 * MB/s, so that the counter's integral is the bytes, exactly.  A memory without commands has none.
 */
struct bandwidth_counter {
	struct timeline_events *events;
	struct dram_order order;
	uint64_t burst_bytes; /* 0: ideal */
	uint64_t us;          /* the present one */
	uint64_t read_bytes, write_bytes; /* in it */
	uint64_t told_read, told_write;
};
void bandwidth_open(struct bandwidth_counter *c, const struct machine *m,
		    struct timeline_events *e);
void bandwidth_command(struct bandwidth_counter *c, const struct dram_command *command);
void bandwidth_close(struct bandwidth_counter *c);

/*
 * What is between the start of the command that writes it and the end of the last that reads it,
 * before something else is written there or the kernel ends.  Told at the kernel's end, but for its
 * last moment, in which the next kernel may begin.
 */
struct held_counter {
	struct held_part *parts; /* apart, ascending */
	size_t n_parts, parts_capacity;
	struct held_change *changes;
	size_t n_changes, changes_capacity;
	uint64_t held; /* before them */
};
void held_write(struct held_counter *c, uint64_t base, uint64_t bytes, uint64_t now_ps);
void held_use(struct held_counter *c, uint64_t base, uint64_t bytes, uint64_t now_ps);
void held_end_kernel(struct held_counter *c, struct timeline_events *e, const char *name,
		     bool is_last);
void held_release(struct held_counter *c);

#endif
