/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From tensors and operators of an importer to a trace: ids, declarations just before their
 * first use, statements through the graph builder, so that what is written has passed every
 * check of the format.
 */
#include "trace/import/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "ir/build.h"
#include "trace/write.h"

void symbols_release(struct symbols *s)
{
	free(s->slots);
}

static size_t symbol_slot(const struct symbols *s, const char *name)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (const char *at = name; *at; at++)
		h = (h ^ (unsigned char)*at) * 0x100000001b3u;
	h = (h ^ h >> 29) & (s->n_slots - 1);
	while (s->slots[h].name && strcmp(s->slots[h].name, name) != 0)
		h = (h + 1) & (s->n_slots - 1);
	return h;
}

void *symbols_find(const struct symbols *s, const char *name)
{
	return s->n_slots ? s->slots[symbol_slot(s, name)].value : NULL;
}

static void symbols_grow(struct symbols *s)
{
	struct symbols bigger = { .n_slots = s->n_slots ? 2 * s->n_slots : 64, .n = s->n };

	bigger.slots = xcalloc(bigger.n_slots, sizeof(*bigger.slots));
	for (size_t i = 0; i < s->n_slots; i++)
		if (s->slots[i].name)
			bigger.slots[symbol_slot(&bigger, s->slots[i].name)] = s->slots[i];
	free(s->slots);
	*s = bigger;
}

bool symbols_add(struct symbols *s, const char *name, void *value)
{
	struct symbol *slot;

	if (2 * (s->n + 1) > s->n_slots)
		symbols_grow(s);
	slot = &s->slots[symbol_slot(s, name)];
	if (slot->name)
		return false;
	*slot = (struct symbol){ .name = name, .value = value };
	s->n++;
	return true;
}

uint64_t value_elements(const struct value *v)
{
	uint64_t n = 1;

	for (unsigned d = 0; d < v->n_dims; d++)
		n *= (uint64_t)v->dims[d]; /* the reader has checked that it fits */
	return n;
}

bool value_is_known(const struct value *v)
{
	return v->known != NULL;
}

void draft_init(struct draft *d, const char *file, struct err *err)
{
	*d = (struct draft){ .file = file, .arena = arena_new(), .err = err };
}

void draft_release(struct draft *d)
{
	symbols_release(&d->tensor_ids);
	symbols_release(&d->op_ids);
	free(d->values);
	free(d->steps);
	arena_free(d->arena);
}

const char *draft_text(struct draft *d, const char *fmt, ...)
{
	va_list args;
	char *made;
	const char *kept;

	va_start(args, fmt);
	made = xvasprintf(fmt, args);
	va_end(args);
	kept = arena_strndup(d->arena, made, strlen(made));
	free(made);
	return kept;
}

struct value *draft_value(struct draft *d, const char *name)
{
	struct value *v = arena_alloc(d->arena, sizeof(*v));

	v->name = name;
	GROW(d->values, d->n_values, d->value_capacity);
	return d->values[d->n_values++] = v;
}

static struct value **copy_operands(struct draft *d, struct value *const *from, unsigned n)
{
	struct value **to = arena_alloc(d->arena, (n + 1) * sizeof(*to));

	for (unsigned i = 0; i < n; i++)
		to[i] = from[i];
	return to;
}

struct step *draft_step(struct draft *d, const char *name, const char *kind,
			struct value *const *in, unsigned n_in, struct value *const *out,
			unsigned n_out, const char *attrs)
{
	struct step *s = arena_alloc(d->arena, sizeof(*s));

	*s = (struct step){ .name = name, .kind = kind, .attrs = attrs, .n_in = n_in,
			    .n_out = n_out, .in = copy_operands(d, in, n_in),
			    .out = copy_operands(d, out, n_out) };
	for (unsigned i = 0; i < n_in; i++) {
		in[i]->n_readers++;
		in[i]->reader = s;
	}
	for (unsigned i = 0; i < n_out; i++)
		out[i]->maker = s;
	GROW(d->steps, d->n_steps, d->step_capacity);
	return d->steps[d->n_steps++] = s;
}

#define ID_MAX 240 /* a trace's 255, less room for a number */

static bool is_id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("_./:-", c));
}

/* The name, or what is left of it; ".2" and so on tell equal ones apart. */
static const char *make_id(struct draft *d, struct symbols *taken, const char *name)
{
	size_t len = strnlen(name, ID_MAX);
	char *id = arena_strndup(d->arena, len ? name : "unnamed", len ? len : 7);
	uint64_t *count;

	for (char *at = id; *at; at++)
		if (!is_id_char(*at))
			*at = '_';
	count = symbols_find(taken, id);
	if (!count) {
		count = arena_alloc(d->arena, sizeof(*count));
		symbols_add(taken, id, count);
		*count = 1;
		return id;
	}
	for (;;) {
		const char *numbered = draft_text(d, "%s.%" PRIu64, id, ++*count);
		uint64_t *own = arena_alloc(d->arena, sizeof(*own));

		*own = 1;
		if (symbols_add(taken, numbered, own))
			return numbered;
	}
}

void dims_print(const struct value *v, struct buf *to)
{
	for (unsigned i = 0; i < v->n_dims; i++)
		buf_printf(to, "%s%" PRId64, i ? "x" : "", v->dims[i]);
	if (v->n_dims == 0)
		buf_putc(to, '1');
}

/* What is being written: statements, one at a time, into a builder. */
struct writer {
	struct draft *d;
	struct graph_builder *builder;
	struct buf line;
	char **words;
	size_t word_capacity;
	uint64_t n_lines;
};

static bool put_line(struct writer *w)
{
	size_t n = words_cut(w->line.data, &w->words, &w->word_capacity);
	bool ok;

	w->n_lines++;
	if (w->line.len >= LINE_MAX_BYTES)
		return err_set(w->d->err, ERR_LIMIT,
			       "%s: statement %" PRIu64 " of the trace would have more than 64 KiB",
			       w->d->file, w->n_lines);
	ok = graph_statement(w->builder, w->n_lines, w->words, n, w->d->err);
	buf_clear(&w->line);
	return ok;
}

static const char *role_of(const struct value *v)
{
	if (v->is_weight)
		return " role=weight";
	if (v->is_input)
		return " role=input";
	if (v->is_output)
		return " role=output";
	return v->maker ? "" : " role=state";
}

static bool declare(struct writer *w, struct value *v)
{
	if (v->id)
		return true;
	v->id = make_id(w->d, &w->d->tensor_ids, v->name);
	buf_printf(&w->line, "tensor %s %s ", v->id, dtype_name(v->dtype));
	dims_print(v, &w->line);
	buf_puts(&w->line, role_of(v));
	return put_line(w);
}

static void put_operands(struct writer *w, const char *key, struct value *const *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_printf(&w->line, "%s%s", i ? "," : key, v[i]->id);
}

static bool put_step(struct writer *w, const struct step *s)
{
	for (unsigned i = 0; i < s->n_in; i++)
		if (!declare(w, s->in[i]))
			return false;
	for (unsigned i = 0; i < s->n_out; i++)
		if (!declare(w, s->out[i]))
			return false;
	buf_printf(&w->line, "op %s %s", make_id(w->d, &w->d->op_ids, s->name), s->kind);
	put_operands(w, " in=", s->in, s->n_in);
	put_operands(w, " out=", s->out, s->n_out);
	buf_printf(&w->line, "%s%s", *s->attrs ? " " : "", s->attrs);
	return put_line(w);
}

static bool put_all(struct writer *w, const char *model)
{
	struct draft *d = w->d;
	struct symbols none = { 0 };
	bool ok;

	buf_printf(&w->line, "model %s", make_id(d, &none, model));
	symbols_release(&none);
	ok = put_line(w);
	for (size_t i = 0; ok && i < d->n_values; i++)
		if (d->values[i]->is_input)
			ok = declare(w, d->values[i]);
	for (size_t i = 0; ok && i < d->n_steps; i++)
		if (!d->steps[i]->is_dropped)
			ok = put_step(w, d->steps[i]);
	for (size_t i = 0; ok && i < d->n_values; i++)
		if (d->values[i]->is_weight) /* those that nobody reads count too */
			ok = declare(w, d->values[i]);
	return ok;
}

bool draft_write(struct draft *d, const char *model, struct buf *text)
{
	struct writer w = { .d = d, .builder = graph_builder_new(d->file) };
	struct graph *g = NULL;

	if (put_all(&w, model))
		g = graph_builder_finish(w.builder, false, d->err);
	else
		graph_builder_free(w.builder);
	if (g) {
		trace_write(g, text);
		graph_free(g);
	}
	buf_release(&w.line);
	free(w.words);
	return g != NULL;
}
