/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of models, and reading their keys.  What a model consists of is its own
 * file's.
 */
#include "trace/models/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/units.h"
#include "trace/trace.h"
#include "trace/write.h"

static const struct model *const models[] = {
	&vae_decoder_model, &vae_encoder_model, &vae_block_model, &resnet50_model,
	&mobilenet_v2_model, &bert_model, &gpt2_model, &llama_model, &vit_model, &dit_model,
	&matmul_model, &conv_model, &elementwise_model, &chain_model,
};

void emit(struct model_run *r, const char *fmt, ...)
{
	char text[2048], *words[64], *at = text;
	size_t n = 0;
	va_list args;
	int len;

	if (r->failed)
		return;
	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	BUG_ON(len < 0 || (size_t)len >= sizeof(text));
	for (char *word; (word = strsep(&at, " ")) != NULL;) {
		BUG_ON(n == ARRAY_SIZE(words));
		if (!*word)
			continue;
		words[n++] = word;
		buf_printf(&r->text, n > 1 ? " %s" : "%s", word);
	}
	buf_putc(&r->text, '\n');
	r->has_repeat |= strcmp(words[0], "repeat") == 0;
	r->failed = !graph_statement(r->builder, ++r->line, words, n, r->err);
}

void emit_failure(struct model_run *r, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	r->failed = !err_set(r->err, ERR_USAGE, "%s", text);
}

static bool is_word(const char *words, const char *text)
{
	size_t len = strlen(text);

	for (const char *at = words;; at++) {
		size_t word = strcspn(at, "|");

		if (word == len && strncmp(at, text, len) == 0)
			return true;
		at += word;
		if (*at == '\0')
			return false;
	}
}

static bool parse_integers(const struct model_key *key, const char *text, struct model_value *value)
{
	value->n = 0;
	for (const char *at = text;; at++) {
		size_t len = strcspn(at, ",");
		uint64_t v;

		if (value->n == key->max_values || !parse_u64(at, len, &v) ||
		    v < (uint64_t)key->min || v > (uint64_t)key->max)
			return false;
		value->v[value->n++] = (int64_t)v;
		at += len;
		if (*at == '\0')
			return true;
	}
}

static bool parse_value(const struct model *m, const struct model_key *key, const char *text,
			struct model_value *value, struct err *err)
{
	value->text = text;
	if (key->words)
		return is_word(key->words, text) ||
		       err_set(err, ERR_USAGE, "%s: bad value of %s (found '%.100s', expected %s)",
			       m->name, key->name, text, key->words);
	if (parse_integers(key, text, value))
		return true;
	if (key->max_values == 1)
		return err_set(err, ERR_USAGE,
			       "%s: bad value of %s (found '%.100s', expected an integer "
			       "from %" PRId64 " to %" PRId64 ")",
			       m->name, key->name, text, key->min, key->max);
	return err_set(err, ERR_USAGE,
		       "%s: bad value of %s (found '%.100s', expected 1 to %u integers from "
		       "%" PRId64 " to %" PRId64 " separated by commas)",
		       m->name, key->name, text, key->max_values, key->min, key->max);
}

static bool unknown_key(const struct model *m, const char *name, struct err *err)
{
	struct nearest near;
	struct buf list = BUF_INIT;

	nearest_init(&near, name);
	for (const struct model_key *k = m->keys; k->name; k++) {
		nearest_offer(&near, k->name);
		buf_printf(&list, " %s", k->name);
	}
	err_set(err, ERR_USAGE, "%s: unknown key '%.100s' (expected%s%s%s)", m->name, name,
		list.data, near.best ? "; nearest: " : "", near.best ? near.best : "");
	buf_release(&list);
	return false;
}

/* One KEY=VALUE of the command line. */
static bool take_key(const struct model *m, char *word, struct model_value *values, uint32_t *seen,
		     struct err *err)
{
	char *equals = strchr(word, '=');

	if (!equals)
		return err_set(err, ERR_USAGE, "%s: '%.100s' is not KEY=VALUE", m->name, word);
	*equals = '\0';
	for (unsigned i = 0; m->keys[i].name; i++) {
		if (strcmp(word, m->keys[i].name) != 0)
			continue;
		if (*seen & 1u << i)
			return err_set(err, ERR_USAGE, "%s: key '%s' is given twice", m->name,
				       word);
		*seen |= 1u << i;
		return parse_value(m, &m->keys[i], equals + 1, &values[i], err);
	}
	return unknown_key(m, word, err);
}

static const struct model *find_model(const char *name, struct err *err)
{
	struct nearest near;

	nearest_init(&near, name);
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		if (strcmp(name, models[i]->name) == 0)
			return models[i];
		nearest_offer(&near, models[i]->name);
	}
	err_set(err, ERR_USAGE, "unknown model '%.100s'%s%s; 'memsim-trace list' names them all",
		name, near.best ? "; nearest: " : "", near.best ? near.best : "");
	return NULL;
}

/* A graph does not know the repeats that it came of: their trace is as it was emitted. */
static void write_trace(const struct model_run *r, const struct graph *g, struct buf *text)
{
	if (r->has_repeat)
		buf_printf(text, "memsim-trace " TRACE_VERSION "\n%send-of-trace ops=%zu\n",
			   r->text.data, g->n_ops);
	else
		trace_write(g, text);
}

struct graph *model_make(const char *name, char **key_values, size_t n, struct buf *text,
			 struct err *err)
{
	struct graph *g = NULL;

	const struct model *m = find_model(name, err);
	struct model_value values[MODEL_MAX_KEYS] = { { 0 } };
	struct model_run r = { .values = values, .err = err };
	uint32_t seen = 0;

	if (!m)
		return NULL;
	for (unsigned i = 0; m->keys[i].name; i++)
		BUG_ON(!parse_value(m, &m->keys[i], m->keys[i].def, &values[i], err));
	for (size_t i = 0; i < n; i++)
		if (!take_key(m, key_values[i], values, &seen, err))
			return NULL;
	r.builder = graph_builder_new(m->name);
	m->make(&r);
	if (r.failed)
		graph_builder_free(r.builder);
	else
		g = graph_builder_finish(r.builder, false, err);
	if (g && text)
		write_trace(&r, g, text);
	buf_release(&r.text);
	return g;
}

static void list_key(const struct model_key *k, struct buf *to)
{
	buf_printf(to, "    %s=%s", k->name, k->def);
	for (size_t pad = strlen(k->name) + strlen(k->def) + 1; pad < 34; pad++)
		buf_putc(to, ' ');
	buf_printf(to, " %s", k->help);
	if (k->words)
		buf_printf(to, " (%s)", k->words);
	else
		buf_printf(to, " (%" PRId64 " to %" PRId64 "%s)", k->min, k->max,
			   k->max_values > 1 ? " each" : "");
	buf_putc(to, '\n');
}

void model_list(struct buf *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		buf_printf(to, "%s%s\n    %s\n", i ? "\n" : "", models[i]->name, models[i]->help);
		for (const struct model_key *k = models[i]->keys; k->name; k++)
			list_key(k, to);
	}
	buf_puts(to, "\nKinds of operators in a trace:\n");
	for (uint32_t kind = 0; kind < N_OP_KINDS; kind++) {
		buf_printf(to, "    %s", op_kind_name(kind));
		op_kind_keys(kind, to);
		buf_putc(to, '\n');
	}
}
