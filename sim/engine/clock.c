/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks are made, and edges so late that their products need 128 bits.  Others: clock.h. */
#include "engine/clock.h"

#define PS_PER_S UINT64_C(1000000000000)

struct clock_divisor clock_divisor(uint64_t by)
{
	uint64_t factor = UINT64_MAX / by + 1, error = factor * by; /* modulo 2^64 */
	struct clock_divisor d = { by, factor, error == 0 ? UINT64_MAX : UINT64_MAX / error };

	if (by == 1) /* 2^64 is no factor */
		d.below = 0;
	return d;
}

void clock_init_scaled(struct clock *c, uint64_t hz, uint64_t scale)
{
	uint64_t edges_per_s, common;

	if (hz == 0 || scale == 0 || !mul_u64(hz, scale, &edges_per_s))
		BUG("clock of %" PRIu64 " x %" PRIu64 " Hz", hz, scale);
	common = gcd_u64(PS_PER_S, edges_per_s);
	c->ps = PS_PER_S / common;
	c->ticks = edges_per_s / common;
	c->by_ps = clock_divisor(c->ps);
	c->by_ticks = clock_divisor(c->ticks);
}

void clock_init(struct clock *c, uint64_t hz)
{
	clock_init_scaled(c, hz, 1);
}

uint64_t clock_scale_wide(uint64_t a, uint64_t b, uint64_t add, uint64_t c)
{
	unsigned __int128 quotient = ((unsigned __int128)a * b + add) / c;

	return quotient > UINT64_MAX ? UINT64_MAX : (uint64_t)quotient;
}
