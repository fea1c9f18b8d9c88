/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clock domain.  Edge i of a clock of f Hz is at floor(i * 10^12 / f) ps, never by
 * accumulating a rounded period.
 */
#ifndef MEMSIM_ENGINE_CLOCK_H
#define MEMSIM_ENGINE_CLOCK_H

#include "base/base.h"

struct clock {
	uint64_t ps;    /* 10^12 / gcd: the period is ps / ticks picoseconds */
	uint64_t ticks; /* f / gcd */
};
void clock_init(struct clock *c, uint64_t hz);
/* A clock with `scale` edges a period of f: half-clock ticks have scale 2. */
void clock_init_scaled(struct clock *c, uint64_t hz, uint64_t scale);
uint64_t clock_edge_ps(const struct clock *c, uint64_t edge);
uint64_t clock_edge_at_or_after(const struct clock *c, uint64_t ps); /* index */
uint64_t clock_edge_at_or_before(const struct clock *c, uint64_t ps);

#endif
