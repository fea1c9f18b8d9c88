/* SPDX-License-Identifier: Apache-2.0 */
/* Are seeded faults (base/off_by_one.h) found by a differential case? */
#ifndef MEMSIM_TESTS_OFF_BY_ONE_H
#define MEMSIM_TESTS_OFF_BY_ONE_H

#include "base/off_by_one.h"

#include <stdint.h>

/* The number of the case that found each fault first. */
#define OFF_NOT_FOUND UINT64_MAX
struct off_found {
	enum off_by_one first, end; /* faults [first, end) */
	unsigned n_left;
	uint64_t by[N_OFF];
};
struct off_found off_found_none(enum off_by_one first, enum off_by_one end);

/*
 * Asks the case for all faults that are not found yet, each in a process of its own, which the
 * fault may bring down or keep for ever: found if `agrees` returns false there, or not at all.
 * Fails the test if the case differs without a fault, too.
 */
void off_try_case(struct off_found *found, uint64_t number, int (*agrees)(const void *context),
		  const void *context);
/* Prints who found what; fails the test for each that nobody did. */
void off_expect_all(const struct off_found *found);

#endif
