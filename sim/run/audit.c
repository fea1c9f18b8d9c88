/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audits of --check: watches every command from draw to end and feeds the books
 * (audit_books.h) and the DRAM protocol audit.  Decides only in which order they are
 * heard; each book decides what a violation is.
 */
#include "run/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/audit_books.h"
#include "run/audit_dram.h"

#define COMPACT_AT 256 /* finished commands at the front of a window before it is moved down */

struct audit {
	const struct machine *machine;
	struct verdict verdict;
	struct window *cores;
	size_t n_cores;
	struct bytes_book *bytes;
	struct spans_book *spans;
	struct cycles_book *cycles;
	struct audit_dram *dram;
};

void verdict_add(struct verdict *v, enum audit_kind kind, const char *fmt, ...)
{
	va_list args;

	if (*v->text[kind])
		return;
	va_start(args, fmt);
	vsnprintf(v->text[kind], sizeof(v->text[kind]), fmt, args);
	va_end(args);
}

uint64_t bytes_of_transfer(const struct transfer *t)
{
	return t->run_bytes * t->count[0] * t->count[1] * t->count[2];
}

struct audit *audit_new(const struct graph *g, const struct machine *m)
{
	struct audit *a = xcalloc(1, sizeof(*a));

	a->machine = m;
	a->n_cores = m->core_count;
	a->cores = xcalloc(a->n_cores, sizeof(*a->cores));
	a->bytes = bytes_book_new(g, m, &a->verdict);
	a->spans = spans_book_new(m, &a->verdict);
	a->cycles = cycles_book_new(m, &a->verdict);
	a->dram = audit_dram_new(m);
	return a;
}

void audit_free(struct audit *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n_cores; i++)
		free(a->cores[i].v);
	free(a->cores);
	bytes_book_free(a->bytes);
	spans_book_free(a->spans);
	cycles_book_free(a->cycles);
	audit_dram_free(a->dram);
	free(a);
}

static void check_all_ended(struct audit *a)
{
	for (size_t i = 0; i < a->n_cores; i++) {
		const struct window *w = &a->cores[i];

		if (w->first < w->n)
			verdict_add(&a->verdict, AUDIT_CYCLES,
				    "core %zu: the kernel ends before its command %" PRIu64, i,
				    w->first_seq);
	}
}

void audit_kernel_start(struct audit *a, size_t kernel)
{
	check_all_ended(a);
	for (size_t i = 0; i < a->n_cores; i++) {
		a->cores[i].first = a->cores[i].n = 0;
		memset(a->cores[i].n_drawn, 0, sizeof(a->cores[i].n_drawn));
	}
	bytes_book_kernel(a->bytes, kernel);
	spans_book_kernel(a->spans);
	cycles_book_kernel(a->cycles, kernel);
}

void audit_command_drawn(struct audit *a, uint32_t core, uint64_t seq, const struct command *c)
{
	struct window *w = &a->cores[core];

	if (w->first == w->n)
		w->first_seq = seq;
	GROW(w->v, w->n, w->capacity);
	w->v[w->n++] = (struct watched){.c = *c, .ordinal = ++w->n_drawn[c->unit]};
	bytes_book_drawn(a->bytes, core, c);
	spans_book_drawn(a->spans, core, c);
}

static struct watched *find(struct audit *a, uint32_t core, uint64_t seq)
{
	struct window *w = &a->cores[core];
	size_t index = w->first + (size_t)(seq - w->first_seq);

	if (seq < w->first_seq || index >= w->n) {
		verdict_add(&a->verdict, AUDIT_CYCLES,
			    "core %" PRIu32 ": command %" PRIu64 " was not drawn", core, seq);
		return NULL;
	}
	return &w->v[index];
}

void audit_command_start(struct audit *a, uint32_t core, uint64_t seq, uint64_t now_ps)
{
	struct window *w = &a->cores[core];
	struct watched *command = find(a, core, seq);

	if (!command)
		return;
	cycles_book_event(a->cycles, core, w, now_ps);
	spans_book_start(a->spans, core, w, (size_t)(command - w->v));
	command->state = WATCHED_STARTED;
}

static void drop_done(struct window *w)
{
	while (w->first < w->n && w->v[w->first].state == WATCHED_DONE) {
		w->first++;
		w->first_seq++;
	}
	if (w->first >= COMPACT_AT) {
		memmove(w->v, w->v + w->first, (w->n - w->first) * sizeof(*w->v));
		w->n -= w->first;
		w->first = 0;
	}
}

void audit_command_end(struct audit *a, uint32_t core, uint64_t seq, uint64_t now_ps)
{
	struct window *w = &a->cores[core];
	struct watched *command = find(a, core, seq);

	if (!command)
		return;
	cycles_book_event(a->cycles, core, w, now_ps);
	bytes_book_end(a->bytes, core, command);
	spans_book_end(a->spans, core, &command->c);
	command->state = WATCHED_DONE;
	drop_done(w);
}

void audit_delivered(struct audit *a, uint32_t core, uint64_t seq, uint64_t bytes)
{
	struct watched *command = find(a, core, seq);

	if (command)
		command->delivered_bytes += bytes;
}

void audit_dram_command(void *audit, const struct dram_command *c)
{
	struct audit *a = audit;

	audit_dram_watch(a->dram, c);
}

bool audit_close(struct audit *a, const struct plan *plan, const struct result *r, struct err *err)
{
	static const char *const names[] = {
#define X(NAME, text) text,
		AUDIT_LIST(X)
#undef X
	};

	check_all_ended(a);
	audit_dram_close(a->dram, r->end_ps, a->verdict.text[AUDIT_PROTOCOL],
			 sizeof(a->verdict.text[AUDIT_PROTOCOL]));
	bytes_book_close(a->bytes, plan, r);
	cycles_book_close(a->cycles, r);
	bounds_check(a->machine, plan, r, &a->verdict);
	for (size_t i = 0; i < N_AUDITS; i++) {
		if (*a->verdict.text[i])
			return err_set(err, ERR_INTERNAL, "--check: audit of %s: %s", names[i],
				       a->verdict.text[i]);
	}
	return true;
}
