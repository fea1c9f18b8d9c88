/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts DRAM commands into the order in which they take effect.  A memory tells them in order
 * of their first ticks; a log, and who judges them, need that of their last ones.
 */
#ifndef MEMSIM_RUN_DRAM_ORDER_H
#define MEMSIM_RUN_DRAM_ORDER_H

#include "config/machine.h"
#include "engine/clock.h"
#include "model/memory.h"

/* `time_ps`: the command's last clock edge, rounded down. */
typedef void (*dram_effect_fn)(void *context, uint64_t time_ps, const struct dram_command *c);

struct dram_order {
	const struct dram_standard *standard;
	struct clock clock;
	dram_effect_fn fn;
	void *context;
	struct dram_held *held; /* ascending by effect, then as they came */
	size_t n, capacity;
};

/* The memory has commands: its standard is none but ideal. */
void dram_order_init(struct dram_order *o, const struct machine *m, dram_effect_fn fn,
		     void *context);
void dram_order_command(struct dram_order *o, const struct dram_command *c);
void dram_order_end(struct dram_order *o); /* tells what is left, and releases */

#endif
