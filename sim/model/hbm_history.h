/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When was another pseudo channel crowded (two or more packets waiting)?  The history of
 * which ones were, as a step function of ticks with its integral, so that any range of the
 * past is answered by two look-ups.  Old steps are dropped; who still needs an integral
 * from before is asked for it first.
 */
#ifndef MEMSIM_MODEL_HBM_HISTORY_H
#define MEMSIM_MODEL_HBM_HISTORY_H

#include "base/base.h"

#define HBM_NO_UNIT UINT32_MAX    /* nobody is crowded */
#define HBM_MANY_UNITS (UINT32_MAX - 1) /* more than one is */

struct hbm_step {
	uint64_t tick;
	uint64_t crowded_before; /* ticks before `tick` in which any was crowded */
	uint32_t sole;           /* since: the one that is, HBM_NO_UNIT or HBM_MANY_UNITS */
};

struct hbm_history {
	struct hbm_step *steps;
	size_t n, capacity;
	size_t n_crowded;
	uint32_t sum_of_crowded; /* XOR of their numbers: the sole one's when it is one */
};

void hbm_history_init(struct hbm_history *h);
void hbm_history_release(struct hbm_history *h);

/* A pseudo channel became crowded, or is no longer.  Ticks do not decrease. */
void hbm_history_change(struct hbm_history *h, uint64_t tick, uint32_t unit, bool is_crowded);

/* Ticks before `tick` in which any was crowded, and in which only `unit` was, from the
 * oldest step kept. */
uint64_t hbm_history_any(const struct hbm_history *h, uint64_t tick);
uint64_t hbm_history_sole(const struct hbm_history *h, uint32_t unit, uint64_t from, uint64_t to);

/* It is time to drop steps; then: the first tick that will still be answered. */
bool hbm_history_is_long(const struct hbm_history *h);
uint64_t hbm_history_kept_from(const struct hbm_history *h);
void hbm_history_prune(struct hbm_history *h);

#endif
