/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clock edges, exactly: one multiplication and one division, in 64 bits where the
 * product fits and in 128 where it does not.  Results past 64 bits saturate; the
 * event queue then sees a time past its horizon.
 */
#include "engine/clock.h"

#define PS_PER_S UINT64_C(1000000000000)

void clock_init_scaled(struct clock *c, uint64_t hz, uint64_t scale)
{
	uint64_t edges_per_s, common;

	if (hz == 0 || scale == 0 || !mul_u64(hz, scale, &edges_per_s))
		BUG("clock of %" PRIu64 " x %" PRIu64 " Hz", hz, scale);
	common = gcd_u64(PS_PER_S, edges_per_s);
	c->ps = PS_PER_S / common;
	c->ticks = edges_per_s / common;
}

void clock_init(struct clock *c, uint64_t hz)
{
	clock_init_scaled(c, hz, 1);
}

/* floor((a * b + add) / c), saturated. */
static uint64_t scale_wide(uint64_t a, uint64_t b, uint64_t add, uint64_t c)
{
	unsigned __int128 quotient = ((unsigned __int128)a * b + add) / c;

	return quotient > UINT64_MAX ? UINT64_MAX : (uint64_t)quotient;
}

static uint64_t scale(uint64_t a, uint64_t b, uint64_t add, uint64_t c)
{
	uint64_t product;

	if (__builtin_expect(mul_u64(a, b, &product) && add_u64(product, add, &product), 1))
		return product / c;
	return scale_wide(a, b, add, c);
}

uint64_t clock_edge_ps(const struct clock *c, uint64_t edge)
{
	return scale(edge, c->ps, 0, c->ticks);
}

/* floor(i * ps / ticks) >= t exactly when i * ps >= t * ticks, t being whole. */
uint64_t clock_edge_at_or_after(const struct clock *c, uint64_t ps)
{
	return scale(ps, c->ticks, c->ps - 1, c->ps);
}

/* floor(i * ps / ticks) <= t exactly when i * ps <= t * ticks + ticks - 1. */
uint64_t clock_edge_at_or_before(const struct clock *c, uint64_t ps)
{
	return scale(ps, c->ticks, c->ticks - 1, c->ps);
}
