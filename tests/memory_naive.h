/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second opinion on the accounts of a run: classes every tick of every data bus by
 * itself, from the log of commands and the times of the packets, as design.md words it.
 * No two requests of the run may touch the same burst.
 */
#ifndef MEMSIM_TESTS_MEMORY_NAIVE_H
#define MEMSIM_TESTS_MEMORY_NAIVE_H

#include "memory_bench.h"

/* Fails the test where the run's accounts differ. */
void naive_check(const struct bench *b);

#endif
