/* SPDX-License-Identifier: Apache-2.0 */
/* A command is held back until none that comes later can precede it. */
#include "run/dram_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct dram_held {
	uint64_t effect_tick;
	struct dram_command command;
};

void dram_order_init(struct dram_order *o, const struct machine *m, dram_effect_fn fn,
		     void *context)
{
	*o = (struct dram_order){ .standard = machine_dram_standard(m), .fn = fn,
				  .context = context };
	clock_init_scaled(&o->clock, m->hbm_data_rate / o->standard->bits_per_clock,
			  o->standard->ticks_per_clock);
}

/* Tells what takes effect before any command that starts at `tick` or later. */
static void tell_before(struct dram_order *o, uint64_t tick)
{
	size_t n = 0;

	for (; n < o->n && o->held[n].effect_tick < tick; n++)
		o->fn(o->context, clock_edge_ps(&o->clock, o->held[n].effect_tick),
		      &o->held[n].command);
	if (n == 0)
		return;
	memmove(o->held, o->held + n, (o->n - n) * sizeof(*o->held));
	o->n -= n;
}

void dram_order_command(struct dram_order *o, const struct dram_command *c)
{
	struct dram_held e = { c->tick + o->standard->commands[c->command].ticks - 1, *c };
	size_t at;

	tell_before(o, c->tick);
	GROW(o->held, o->n, o->capacity);
	for (at = o->n++; at > 0 && o->held[at - 1].effect_tick > e.effect_tick; at--)
		o->held[at] = o->held[at - 1];
	o->held[at] = e;
}

void dram_order_end(struct dram_order *o)
{
	tell_before(o, UINT64_MAX);
	free(o->held);
	o->held = NULL;
	o->capacity = 0;
}
