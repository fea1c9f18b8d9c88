/* SPDX-License-Identifier: Apache-2.0 */
/* Random traces on random machines with random memories of every standard. */
#include "support/engines_run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "support/engines.h"
#include "support/plan_draw.h"

static void keep_command(void *context, const struct dram_command *c)
{
	struct run_outcome *o = context;

	GROW(o->commands, o->n, o->capacity);
	o->commands[o->n++] = *c;
}

void run_case_draw(struct run_case *c, uint64_t seed)
{
	random_dram(&c->memory, seed, SIZE_MAX, 1);
	if (seed % 5 == 0)
		random_attention_on(&c->run, seed, &c->memory.machine);
	else
		random_small_on(&c->run, seed, &c->memory.machine);
	c->is_watched = seed % 3 != 0;
}

void run_case_release(struct run_case *c)
{
	random_release(&c->run);
	random_dram_release(&c->memory);
}

bool run_case_run(const struct run_case *c, enum engine engine, struct run_outcome *out)
{
	const struct random_run *r = &c->run;
	struct graph *g = draw_graph((const char *const *)r->lines);
	struct err err = { .code = ERR_NONE };
	struct plan *p = plan_new(g, &r->machine, r->seed % 2 ? SCHEDULE_BASELINE : SCHEDULE_TRACE,
				  &err);
	struct run_options options = {
		.engine = engine,
		.dram_log = c->is_watched ? keep_command : NULL,
		.dram_log_context = out,
	};

	memset(out, 0, sizeof(*out));
	if (p != NULL)
		ck_assert_msg(run_simulation(g, &r->machine, p, &options, &out->result, &err),
			      "seed %" PRIu64 ": %s\n%s", r->seed, err.text, r->text.data);
	plan_free(p);
	graph_free(g);
	return p != NULL;
}

void run_outcome_release(struct run_outcome *o)
{
	result_free(&o->result);
	free(o->commands);
}

static bool same_commands(const struct run_outcome *a, const struct run_outcome *b, char *why,
			  size_t size)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (engines_same_command(&a->commands[i], &b->commands[i]) &&
		    a->commands[i].decided == b->commands[i].decided)
			continue;
		snprintf(why, size, "command %zu at tick %" PRIu64 " and %" PRIu64, i,
			 a->commands[i].tick, b->commands[i].tick);
		return false;
	}
	return true;
}

static bool same_number(const char *name, uint64_t a, uint64_t b, char *why, size_t size)
{
	if (a != b)
		snprintf(why, size, "%s is %" PRIu64 " by reference, %" PRIu64 " by fast", name, a,
			 b);
	return a == b;
}

/* Of structs of 64-bit numbers alone. */
static bool same_bytes(const char *name, const void *a, const void *b, size_t bytes, char *why,
		       size_t size)
{
	bool are_same = bytes == 0 || memcmp(a, b, bytes) == 0;

	if (!are_same)
		snprintf(why, size, "%s differ", name);
	return are_same;
}

#define SAME_NUMBER(a, b, name) same_number(#name, (a)->name, (b)->name, why, size)
#define SAME_ARRAY(a, b, array, n) \
	(SAME_NUMBER(a, b, n) && \
	 same_bytes(#array, (a)->array, (b)->array, (a)->n * sizeof(*(a)->array), why, size))
#define SAME_STRUCT(a, b, name) same_bytes(#name, &(a)->name, &(b)->name, sizeof((a)->name), why, size)

bool run_outcomes_agree(const struct run_outcome *reference, const struct run_outcome *fast,
			char *why, size_t size)
{
	const struct result *a = &reference->result, *b = &fast->result;

	return same_commands(reference, fast, why, size) && SAME_NUMBER(reference, fast, n) &&
	       SAME_NUMBER(a, b, end_ps) && SAME_NUMBER(a, b, cycles) &&
	       SAME_NUMBER(a, b, events) && SAME_NUMBER(a, b, asked_bytes) &&
	       SAME_NUMBER(a, b, delivered_bytes) && SAME_ARRAY(a, b, kernels, n_kernels) &&
	       SAME_ARRAY(a, b, tensors, n_tensors) &&
	       SAME_ARRAY(a, b, hbm_channels, n_hbm_channels) && SAME_STRUCT(a, b, hbm) &&
	       SAME_STRUCT(a, b, core);
}
