/* SPDX-License-Identifier: Apache-2.0 */
/* Writes DRAM commands as the contract's CSV, in order of effect.  Judges no command. */
#include "run/dram_log.h"

#include <stdlib.h>

#include "base/mem.h"
#include "config/param.h"
#include "model/dram_timing.h"
#include "run/dram_order.h"

struct dram_log {
	struct dram_order order;
	struct dram_device device;
	bool is_ideal; /* a memory without commands */
	struct out *to;
};

/* A setting that is one of a few words. */
static void write_word(const struct dram_log *log, const struct machine *m, const char *key,
		       const char *path)
{
	struct buf word = BUF_INIT;

	param_format(param_find(path), m, &word);
	out_printf(log->to, "# %s=%.*s\n", key, (int)word.len - 2, word.data + 1);
	buf_release(&word);
}

static uint64_t height_of(const struct machine *m, const struct dram_standard *s)
{
	return m->hbm_height ? m->hbm_height : s->heights[0].dies;
}

static void write_organisation(const struct dram_log *log, const struct machine *m)
{
	const struct dram_standard *s = log->device.standard;

	out_printf(log->to, "# standard=%s\n", s->name);
	out_printf(log->to, "# data_rate=%" PRIu64 "\n# density_bits=%" PRIu64 "\n",
		   m->hbm_data_rate, m->hbm_density);
	out_printf(log->to, "# height=%" PRIu64 "\n", height_of(m, s));
	out_printf(log->to, "# stacks=%" PRIu64 "\n# channels=%" PRIu64 "\n", m->hbm_stacks,
		   m->hbm_channels);
	out_printf(log->to, "# pseudo_channels=%u\n# stack_ids=%u\n", s->pseudo_channels,
		   log->device.stack_ids);
	out_printf(log->to, "# bank_groups=%u\n# banks=%u\n", s->bank_groups, s->banks_per_group);
	out_printf(log->to, "# rows=%" PRIu64 "\n# columns=%" PRIu32 "\n", log->device.rows,
		   s->columns);
	out_printf(log->to, "# burst_bytes=%" PRIu32 "\n", s->burst_bytes);
}

static void write_head(const struct dram_log *log, const struct machine *m)
{
	if (log->is_ideal) {
		out_printf(log->to, "# standard=ideal\n");
	} else {
		write_organisation(log, m);
#define X(name, help)                                                                              \
	if (m->t_##name)                                                                           \
		out_printf(log->to, "# n" #name "=%" PRIu64 "\n", m->t_##name);
		DRAM_PARAM_LIST(X)
#undef X
		write_word(log, m, "policy", "hbm.policy");
		write_word(log, m, "refresh", "hbm.refresh");
	}
	out_printf(log->to, "time_ps,channel,pseudo_channel,stack_id,bank_group,bank,command,row,"
			    "column\n");
}

static void write_place(const struct dram_log *log, const struct dram_command *c)
{
	const struct dram_standard *s = log->device.standard;
	bool is_for_all_groups = c->command == DRAM_REFpb && s->refresh_groups == s->bank_groups;

	if (s->commands[c->command].scope == DRAM_FOR_PC) {
		out_printf(log->to, ",,,");
		return;
	}
	if (log->device.stack_ids > 1)
		out_printf(log->to, "%u", c->stack_id);
	if (is_for_all_groups)
		out_printf(log->to, ",,%u,", c->bank);
	else
		out_printf(log->to, ",%u,%u,", c->bank_group, c->bank);
}

/* Fields that do not apply stay empty. */
static void write_command(void *context, uint64_t time_ps, const struct dram_command *c)
{
	const struct dram_log *log = context;
	enum dram_command_kind kind = (enum dram_command_kind)c->command;

	out_printf(log->to, "%" PRIu64 ",%" PRIu32 ",%u,", time_ps, c->channel, c->pseudo_channel);
	write_place(log, c);
	out_printf(log->to, "%s,", dram_command_name(kind));
	if (dram_is_column(kind))
		out_printf(log->to, "%" PRIu32 ",%" PRIu32 "\n", c->row, c->column);
	else if (kind == DRAM_ACT)
		out_printf(log->to, "%" PRIu32 ",\n", c->row);
	else
		out_printf(log->to, ",\n");
}

struct dram_log *dram_log_new(const struct machine *m, struct out *to)
{
	const struct dram_standard *s = machine_dram_standard(m);
	struct dram_log *log = xcalloc(1, sizeof(*log));
	char why[DRAM_REASON];
	const char *setting;

	log->to = to;
	log->is_ideal = !s;
	if (s && !dram_device_init(&log->device, s, m->hbm_data_rate, m->hbm_density,
				   m->hbm_height, &setting, why))
		BUG("hbm.%s: %s", setting, why); /* the configuration was checked */
	if (s)
		dram_order_init(&log->order, m, write_command, log);
	write_head(log, m);
	return log;
}

void dram_log_command(void *context, const struct dram_command *c)
{
	struct dram_log *log = context;

	dram_order_command(&log->order, c);
}

void dram_log_free(struct dram_log *log)
{
	if (!log)
		return;
	if (!log->is_ideal)
		dram_order_end(&log->order);
	free(log);
}
