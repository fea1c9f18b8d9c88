/* SPDX-License-Identifier: Apache-2.0 */
/* What the two injectors have in common.  Private. */
#ifndef MEMSIM_REPLAY_REPLAY_INTERNAL_H
#define MEMSIM_REPLAY_REPLAY_INTERNAL_H

#include "model/ram21_fast.h"
#include "replay/replay.h"

/* Events without an access moving after which the memory is called stuck. */
#define STUCK_EVENTS UINT64_C(20000000)
#define PROGRESS_STEP (UINT64_C(1) << 16) /* accesses */

/* Both false, with the error. */
bool replay_is_past_horizon(struct err *err);
bool replay_is_stuck(const struct stream *s, uint64_t now_ps, struct err *err);

/* The stream against the fast ramulator21, which is freed. */
bool replay_fast(struct ram21_fast *f, uint64_t burst_bytes, struct stream *s,
		 const struct replay_options *options, struct replay_result *out, struct err *err);

#endif
