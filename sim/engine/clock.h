/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clock domain.  Edge i of a clock of f Hz is at floor(i * 10^12 / f) ps, never by
 * accumulating a rounded period.  One multiplication and one division, in 64 bits where the
 * product fits and in 128 where it does not; results past 64 bits saturate, and the event
 * queue then sees a time past its horizon.
 */
#ifndef MEMSIM_ENGINE_CLOCK_H
#define MEMSIM_ENGINE_CLOCK_H

#include "base/base.h"

/*
 * Division by a constant d as a product: with factor = 2^64 / d, rounded up, factor * d is
 * 2^64 + e, and n * factor / 2^64 = n / d + n * e / (d * 2^64), which has the same floor while
 * n * e < 2^64.  That holds below `below`.
 */
struct clock_divisor {
	uint64_t by, factor, below;
};

struct clock_divisor clock_divisor(uint64_t by); /* by > 0 */
static inline uint64_t clock_divide(uint64_t n, const struct clock_divisor *d)
{
	if (__builtin_expect(n >= d->below, 0))
		return n / d->by;
	return (uint64_t)((unsigned __int128)n * d->factor >> 64);
}
/* Rounded up; n is not near 2^64. */
static inline uint64_t clock_ceil_divide(uint64_t n, const struct clock_divisor *d)
{
	return clock_divide(n + d->by - 1, d);
}

struct clock {
	uint64_t ps;    /* 10^12 / gcd: the period is ps / ticks picoseconds */
	uint64_t ticks; /* f / gcd */
	struct clock_divisor by_ps, by_ticks;
};
void clock_init(struct clock *c, uint64_t hz);
/* A clock with `scale` edges a period of f: half-clock ticks have scale 2. */
void clock_init_scaled(struct clock *c, uint64_t hz, uint64_t scale);

/* floor((a * b + add) / c) by 128 bits, saturated. */
uint64_t clock_scale_wide(uint64_t a, uint64_t b, uint64_t add, uint64_t c);

/* The same, where 64 bits do, as they do for hours of simulated time. */
static inline uint64_t clock_scale(uint64_t a, uint64_t b, uint64_t add,
				   const struct clock_divisor *c)
{
	uint64_t product;

	if (__builtin_expect(!mul_u64(a, b, &product) || !add_u64(product, add, &product), 0))
		return clock_scale_wide(a, b, add, c->by);
	return clock_divide(product, c);
}

static inline uint64_t clock_edge_ps(const struct clock *c, uint64_t edge)
{
	return clock_scale(edge, c->ps, 0, &c->by_ticks);
}

/* The index.  floor(i * ps / ticks) >= t exactly when i * ps >= t * ticks, t being whole. */
static inline uint64_t clock_edge_at_or_after(const struct clock *c, uint64_t ps)
{
	return clock_scale(ps, c->ticks, c->ps - 1, &c->by_ps);
}

/* floor(i * ps / ticks) <= t exactly when i * ps <= t * ticks + ticks - 1. */
static inline uint64_t clock_edge_at_or_before(const struct clock *c, uint64_t ps)
{
	return clock_scale(ps, c->ticks, c->ticks - 1, &c->by_ps);
}

#endif
