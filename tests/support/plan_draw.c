/* SPDX-License-Identifier: Apache-2.0 */
/* See plan_draw.h. */
#include "support/plan_draw.h"

#include "base/mem.h"
#include "config/config.h"
#include "ir/build.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 64

struct machine draw_machine(void)
{
	struct machine m;

	config_defaults(&m);
	return m;
}

struct graph *draw_graph(const char *const *lines)
{
	struct graph_builder *b = graph_builder_new("test");
	struct err err = {.code = ERR_NONE};
	struct graph *g;

	for (uint64_t n = 0; lines[n] != NULL; n++) {
		char *line = xstrdup(lines[n]), *words[MAX_WORDS], *save = NULL;
		size_t n_words = 0;

		for (char *w = strtok_r(line, " ", &save); w != NULL;
		     w = strtok_r(NULL, " ", &save))
			words[n_words++] = w;
		ck_assert_msg(graph_statement(b, n + 2, words, n_words, &err), "%s", err.text);
		free(line);
	}
	g = graph_builder_finish(b, false, &err);
	ck_assert_msg(g != NULL, "%s", err.text);
	return g;
}

static void check_span(const struct machine *m, const struct span *s)
{
	uint64_t capacity = s->memory == ONCHIP_ACC ? m->acc_bytes : m->spad_bytes;

	ck_assert_uint_le(s->base + s->bytes, capacity);
	ck_assert_uint_gt(s->bytes, 0);
}

static void add_transfer(const struct command *c, uint32_t core, struct drawn *d)
{
	const struct transfer *t = &c->transfer;
	uint64_t total = t->run_bytes * t->count[0] * t->count[1] * t->count[2], named = 0;

	for (unsigned i = 0; i < N_TRAFFIC; i++)
		named += t->bytes[i];
	ck_assert_uint_eq(named, total);
	if (t->multicast != NULL) {
		bool is_member = false;

		for (uint32_t i = 0; i < t->multicast->n_cores; i++)
			is_member |= t->multicast->cores[i] == core;
		ck_assert(is_member);
		if (t->multicast->cores[0] != core)
			return;
	}
	for (unsigned i = 0; i < N_TRAFFIC; i++)
		d->bytes[i] += t->bytes[i];
	*(c->unit == UNIT_LOAD ? &d->read_bytes : &d->write_bytes) += total;
	if (t->tensor < DRAWN_TENSORS)
		(c->unit == UNIT_LOAD ? d->tensor_reads : d->tensor_writes)[t->tensor] += total;
}

static void draw_core(const struct machine *m, struct plan *p, uint32_t core, struct drawn *d)
{
	uint64_t issued[N_UNITS] = {0};
	struct command c;

	while (plan_next(p, core, &c)) {
		for (unsigned u = 0; u < N_UNITS; u++)
			ck_assert_uint_le(c.waits[u], issued[u]);
		for (unsigned i = 0; i < c.n_reads; i++)
			check_span(m, &c.reads[i]);
		for (unsigned i = 0; i < c.n_writes; i++)
			check_span(m, &c.writes[i]);
		if (c.unit == UNIT_LOAD || c.unit == UNIT_STORE)
			add_transfer(&c, core, d);
		if (c.unit == UNIT_MATRIX)
			d->macs += c.matrix.work.m * c.matrix.work.n * c.matrix.work.k *
				   c.matrix.work.batches;
		d->products += c.unit == UNIT_MATRIX;
		d->vector_ops += c.unit == UNIT_VECTOR && !c.is_barrier ? c.vector.ops : 0;
		issued[c.unit]++;
		d->commands++;
	}
}

void draw_plan(const struct graph *g, const struct machine *m, struct plan *p, size_t k,
	       struct drawn *out)
{
	(void)g;
	for (size_t i = 0; i < plan_n_kernels(p); i++) {
		const struct kernel *kernel = plan_kernel(p, i);
		struct drawn d;

		memset(&d, 0, sizeof(d));
		plan_start_kernel(p, i);
		for (uint32_t core = 0; core < m->core_count; core++)
			draw_core(m, p, core, &d);
		ck_assert_uint_eq(d.macs, kernel->executed_macs);
		ck_assert_msg(d.bytes[TRAFFIC_COMPULSORY] == kernel->compulsory_bytes,
			      "kernel %s: compulsory %" PRIu64 ", drawn %" PRIu64, kernel->name,
			      kernel->compulsory_bytes, d.bytes[TRAFFIC_COMPULSORY]);
		if (i == k)
			*out = d;
	}
}
