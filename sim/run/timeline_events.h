/* SPDX-License-Identifier: Apache-2.0 */
/* Writes trace events, of which those of a window, and so many bytes, come through. */
#ifndef MEMSIM_RUN_TIMELINE_EVENTS_H
#define MEMSIM_RUN_TIMELINE_EVENTS_H

#include "base/out.h"
#include "run/timeline.h"

struct timeline_events {
	struct out *to;
	struct timeline_options options;
	uint64_t bytes;
	uint64_t n_flows;
	bool is_cut;
};

void events_open(struct timeline_events *e, const struct timeline_options *o, struct out *to);
void events_close(struct timeline_events *e, uint64_t end_ps);

/* False: what lies in [from, to] is not wanted, or not any more. */
bool events_want(const struct timeline_events *e, uint64_t from_ps, uint64_t to_ps);

/* Names and arguments hold no character that JSON would have to escape; `args`: members. */
void events_process(struct timeline_events *e, const char *name);
void events_thread(struct timeline_events *e, uint64_t tid, const char *name);
void events_slice(struct timeline_events *e, uint64_t tid, uint64_t from_ps, uint64_t to_ps,
		  const char *name, const char *args);
/* From a slice that ends at from_ps to one that starts at to_ps. */
void events_flow(struct timeline_events *e, uint64_t from_tid, uint64_t from_ps, uint64_t to_tid,
		 uint64_t to_ps);
void events_counter(struct timeline_events *e, uint64_t ps, const char *name, const char *args);

#endif
