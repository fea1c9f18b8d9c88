/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of indices, marked range by range: which elements of a tensor have been moved.
 * One bit an index where a stretch is marked in part, next to nothing where it is whole.
 */
#ifndef MEMSIM_PLANFILE_COVERAGE_H
#define MEMSIM_PLANFILE_COVERAGE_H

#include "base/base.h"

/* Indices lie below it. */
#define COVERAGE_MAX (UINT64_C(1) << 40)

struct coverage;
struct coverage *coverage_new(uint64_t n);
void coverage_free(struct coverage *c);
/* Marks [first, first + n); returns how many were not marked before. */
uint64_t coverage_add(struct coverage *c, uint64_t first, uint64_t n);
/* The first index of [first, first + n) that is not marked, or first + n. */
uint64_t coverage_gap(const struct coverage *c, uint64_t first, uint64_t n);
uint64_t coverage_count(const struct coverage *c);
/* Adds what `from` has marked, and frees it.  Both are of the same size. */
void coverage_merge(struct coverage *into, struct coverage *from);

#endif
