/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts commands that are committed ahead and out of order into order of ticks: a calendar,
 * one list a tick.  Commands of one tick come in the order of their commits.
 */
#ifndef MEMSIM_MODEL_HBM_WATCH_H
#define MEMSIM_MODEL_HBM_WATCH_H

#include "model/memory.h"

struct hbm_watch {
	dram_command_fn fn; /* NULL: nobody watches */
	void *context;
	struct hbm_watched *pool;
	size_t n_pool, pool_capacity;
	uint32_t free_head;
	struct hbm_watch_day *days;
	uint64_t n_days; /* a power of two */
	uint64_t told;   /* commands before this tick have been told */
	uint64_t n_pending;
};

/* Commands lie at most `span` ticks ahead of the last told tick. */
void hbm_watch_start(struct hbm_watch *w, uint64_t span, dram_command_fn fn, void *context);
void hbm_watch_release(struct hbm_watch *w);
void hbm_watch_add(struct hbm_watch *w, const struct dram_command *c);
/* Tells all commands before `tick`, which must be final. */
void hbm_watch_tell(struct hbm_watch *w, uint64_t tick);

#endif
