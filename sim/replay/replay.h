/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request stream against the memory alone: accesses are offered in order, as fast as the
 * memory accepts them, each a packet of one burst.  Takes the same memory for any length.
 */
#ifndef MEMSIM_REPLAY_REPLAY_H
#define MEMSIM_REPLAY_REPLAY_H

#include "base/err.h"
#include "config/machine.h"
#include "ir/account.h"
#include "model/memory.h"
#include "model/ram21_fast.h"
#include "stream/stream.h"

struct replay_options {
	bool is_reference;     /* no shortcuts: slower, and every number the same */
	dram_command_fn watch; /* every DRAM command; NULL: none */
	void *watch_context;
	/* Now and then; NULL: none. */
	void (*progress)(void *context, uint64_t n_accesses, uint64_t now_ps);
	void *progress_context;
};

struct replay_result {
	uint64_t end_ps;
	uint64_t reads, writes; /* accesses offered; each is done */
	uint64_t bytes;         /* asked for by them */
	struct hbm_account hbm;
	struct hbm_account *channels; /* over all stacks */
	size_t n_channels;
	uint64_t events;     /* 0 if there were none: the fast controller has none */
	bool is_fast;        /* served by it */
	struct ram21_served served;
};

/* False: what the stream's file is at fault for, or time past the horizon, or no progress. */
bool replay_run(const struct machine *m, struct stream *s, const struct replay_options *options,
		struct replay_result *out, struct err *err);
void replay_result_release(struct replay_result *r);

#endif
