/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a run and the checker: says which memory the machine has, and in which order its
 * commands take effect.  Decides nothing, and gives the checker no timing but those that
 * the configuration overrides.
 */
#include "run/audit_dram.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "dramcheck/dramcheck.h"
#include "run/dram_order.h"

struct audit_dram {
	struct dramcheck *checker; /* NULL: ideal, or not known to the checker */
	struct dram_order order;
	uint64_t last_ps;
	char text[1024]; /* the first violation */
};

static void on_violation(void *context, const char *text)
{
	struct audit_dram *a = context;

	snprintf(a->text, sizeof(a->text), "%s", text);
}

static enum dramcheck_kind kind_of(const struct dram_command *c)
{
	static const enum dramcheck_kind kinds[] = {
#define X(name) [DRAM_##name] = DRAMCHECK_##name,
		DRAM_COMMAND_LIST(X)
#undef X
	};

	return kinds[c->command];
}

static void on_effect(void *context, uint64_t time_ps, const struct dram_command *c)
{
	struct audit_dram *a = context;
	enum dramcheck_kind kind = kind_of(c);
	struct dramcheck_fields f = dramcheck_fields(a->checker, kind);
	struct dramcheck_command to = { .time_ps = time_ps, .channel = c->channel,
					.pseudo_channel = c->pseudo_channel, .kind = kind };

	/* As in a log: nothing where a command has no such field. */
	to.stack_id = f.stack_id ? c->stack_id : 0;
	to.bank_group = f.bank_group ? c->bank_group : 0;
	to.bank = f.bank ? c->bank : 0;
	to.row = f.row ? c->row : 0;
	to.column = f.column ? c->column : 0;
	a->last_ps = time_ps;
	dramcheck_command(a->checker, &to);
}

struct audit_dram *audit_dram_new(const struct machine *m)
{
	static const char *const names[] = {
#define X(name, help) "n" #name,
		DRAM_PARAM_LIST(X)
#undef X
	};
	const uint64_t clocks[] = {
#define X(name, help) m->t_##name,
		DRAM_PARAM_LIST(X)
#undef X
	};
	struct dramcheck_override overrides[ARRAY_SIZE(names)];
	struct audit_dram *a = xcalloc(1, sizeof(*a));
	struct dramcheck_memory memory = { .data_rate = m->hbm_data_rate,
					   .density_bits = m->hbm_density,
					   .height = m->hbm_height,
					   .channels = m->hbm_stacks * m->hbm_channels,
					   .overrides = overrides };
	struct err err = { .code = ERR_NONE };

	if (!machine_dram_standard(m))
		return a;
	memory.standard = machine_dram_standard(m)->name;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (clocks[i])
			overrides[memory.n_overrides++] =
				(struct dramcheck_override){ names[i], clocks[i] };
	dram_order_init(&a->order, m, on_effect, a);
	a->checker = dramcheck_new(&memory, 1, on_violation, a, &err);
	if (!a->checker)
		on_violation(a, err.text);
	return a;
}

void audit_dram_free(struct audit_dram *a)
{
	if (!a)
		return;
	if (a->checker)
		dram_order_end(&a->order);
	dramcheck_free(a->checker);
	free(a);
}

void audit_dram_watch(struct audit_dram *a, const struct dram_command *c)
{
	if (a->checker)
		dram_order_command(&a->order, c);
}

void audit_dram_close(struct audit_dram *a, uint64_t end_ps, char *text, size_t size)
{
	if (a->checker) {
		dram_order_end(&a->order);
		dramcheck_end(a->checker, max_u64(end_ps, a->last_ps));
	}
	snprintf(text, size, "%s", a->text);
}
