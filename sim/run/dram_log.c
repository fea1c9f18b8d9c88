/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes DRAM commands as the contract's CSV.  They come in order of their first tick
 * and are written in order of when they take effect, their last tick: a command is
 * held back until none that comes later can precede it.  Judges no command.
 */
#include "run/dram_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/clock.h"
#include "model/dram_timing.h"

struct entry {
	uint64_t effect_tick;
	struct dram_command command;
};

struct dram_log {
	const struct dram_standard *standard; /* NULL: a memory without commands */
	struct clock clock;
	struct out *to;
	struct entry *held; /* ascending by effect_tick, then as they came */
	size_t n, capacity;
};

static const struct dram_standard *standard_of(const struct machine *m)
{
	return machine_dram_standard(m);
}

static void write_head(const struct dram_log *log, const struct machine *m)
{
	const struct dram_standard *s = log->standard;
	struct dram_timing timing;
	struct err ignored = { 0 };

	out_printf(log->to, "# standard=%s\n", s ? s->name : "ideal");
	if (s) {
		out_printf(log->to, "# data_rate=%" PRIu64 "\n# density_bits=%" PRIu64 "\n",
			   m->hbm_data_rate, m->hbm_density);
		out_printf(log->to, "# stacks=%" PRIu64 "\n# channels=%" PRIu64 "\n", m->hbm_stacks,
			   m->hbm_channels);
		out_printf(log->to, "# pseudo_channels=%u\n# bank_groups=%u\n# banks=%u\n",
			   s->pseudo_channels, s->bank_groups, s->banks_per_group);
		if (dram_timing_init(&timing, s, m, &ignored))
			out_printf(log->to, "# rows=%" PRIu64 "\n", timing.rows);
		out_printf(log->to, "# columns=%" PRIu32 "\n", s->columns);
#define X(name, help)                                                                                    \
	if (m->t_##name)                                                                           \
		out_printf(log->to, "# n" #name "=%" PRIu64 "\n", m->t_##name);
		DRAM_PARAM_LIST(X)
#undef X
	}
	out_printf(log->to, "time_ps,channel,pseudo_channel,stack_id,bank_group,bank,command,row,"
			    "column\n");
}

struct dram_log *dram_log_new(const struct machine *m, struct out *to)
{
	struct dram_log *log = xcalloc(1, sizeof(*log));

	log->standard = standard_of(m);
	log->to = to;
	if (log->standard)
		clock_init_scaled(&log->clock, m->hbm_data_rate / log->standard->bits_per_clock,
				  log->standard->ticks_per_clock);
	write_head(log, m);
	return log;
}

/* HBM2 has no stack IDs: that field stays empty. */
static void write_entry(const struct dram_log *log, const struct entry *e)
{
	const struct dram_command *c = &e->command;

	out_printf(log->to, "%" PRIu64 ",%" PRIu32 ",%u,,",
		   clock_edge_ps(&log->clock, e->effect_tick), c->channel, c->pseudo_channel);
	if (log->standard->commands[c->command].scope == DRAM_FOR_PC)
		out_printf(log->to, ",,");
	else
		out_printf(log->to, "%u,%u,", c->bank_group, c->bank);
	out_printf(log->to, "%s,", dram_command_name((enum dram_command_kind)c->command));
	if (c->command == DRAM_ACT || c->command == DRAM_RD || c->command == DRAM_WR)
		out_printf(log->to, "%" PRIu32, c->row);
	out_printf(log->to, ",");
	if (c->command == DRAM_RD || c->command == DRAM_WR)
		out_printf(log->to, "%" PRIu32, c->column);
	out_printf(log->to, "\n");
}

/* Writes what takes effect before any command that starts at `tick` or later. */
static void write_before(struct dram_log *log, uint64_t tick)
{
	size_t n = 0;

	while (n < log->n && log->held[n].effect_tick < tick)
		write_entry(log, &log->held[n++]);
	if (n == 0)
		return;
	memmove(log->held, log->held + n, (log->n - n) * sizeof(*log->held));
	log->n -= n;
}

void dram_log_command(void *context, const struct dram_command *c)
{
	struct dram_log *log = context;
	struct entry e = {c->tick + log->standard->commands[c->command].ticks - 1, *c};
	size_t at;

	write_before(log, c->tick);
	GROW(log->held, log->n, log->capacity);
	for (at = log->n++; at > 0 && log->held[at - 1].effect_tick > e.effect_tick; at--)
		log->held[at] = log->held[at - 1];
	log->held[at] = e;
}

void dram_log_free(struct dram_log *log)
{
	if (!log)
		return;
	write_before(log, UINT64_MAX);
	free(log->held);
	free(log);
}
