/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The builder: which statements there are, names and fuse groups, and what only the
 * whole trace can tell.  Tensors and operators are build_statement.c, repeats
 * build_repeat.c, the order of groups build_group.c.
 */
#include "ir/build.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/names.h"
#include "base/units.h"
#include "ir/build_statement.h"
#include "ir/builder.h"

static const char *tensor_name(const void *owner, uint32_t i)
{
	return ((const struct graph *)owner)->tensors[i].id;
}

static const char *op_name(const void *owner, uint32_t i)
{
	return ((const struct graph *)owner)->ops[i].id;
}

static const char *alias_name(const void *owner, uint32_t i)
{
	return ((const struct graph_builder *)owner)->aliases[i].name;
}

struct graph_builder *graph_builder_new(const char *file)
{
	struct graph_builder *b = xcalloc(1, sizeof(*b));

	b->file = file;
	b->g = graph_new();
	b->tensors = (struct name_map){ .name_of = tensor_name, .owner = b->g };
	b->ops = (struct name_map){ .name_of = op_name, .owner = b->g };
	b->alias_map = (struct name_map){ .name_of = alias_name, .owner = b };
	return b;
}

void graph_builder_free(struct graph_builder *b)
{
	if (!b)
		return;
	graph_free(b->g);
	name_map_release(&b->tensors);
	name_map_release(&b->ops);
	name_map_release(&b->alias_map);
	free(b->aliases);
	free(b->shape_slots);
	free(b->group_lines);
	free(b->attrs.values);
	free(b->recorded);
	arena_free(b->recorded_words);
	free(b);
}

uint32_t builder_tensor(const struct graph_builder *b, const char *name)
{
	uint32_t alias = name_map_find(&b->alias_map, name);

	return alias != NO_INDEX ? b->aliases[alias].tensor : name_map_find(&b->tensors, name);
}

static bool model_statement(struct graph_builder *b, char **words, size_t n_words, struct err *err)
{
	struct buf keys = BUF_INIT;

	if (n_words < 2)
		return BAD_STATEMENT(b, err,
				     "model has no name (expected model NAME [KEY=VALUE...])");
	if (b->has_model)
		return BAD_STATEMENT(b, err, "a second model statement; remove it");
	for (size_t i = 2; i < n_words; i++) {
		if (!strchr(words[i], '=')) {
			buf_release(&keys);
			return BAD_STATEMENT(b, err, "'%s' is not KEY=VALUE", words[i]);
		}
		buf_printf(&keys, i > 2 ? " %s" : "%s", words[i]);
	}
	b->has_model = true;
	b->g->model = arena_strndup(b->g->build->strings, words[1], strlen(words[1]));
	if (keys.len)
		b->g->model_keys = arena_strndup(b->g->build->strings, keys.data, keys.len);
	buf_release(&keys);
	return true;
}

static bool fuse_statement(struct graph_builder *b, char **words, size_t n_words, struct err *err)
{
	if (n_words < 3)
		return BAD_STATEMENT(b, err, "a group of %zu operators (expected at least 2)",
				     n_words - 1);
	for (size_t i = 1; i < n_words; i++) {
		uint32_t op = name_map_find(&b->ops, words[i]);

		if (op == NO_INDEX)
			return statement_unknown(b, "operator", words[i], &b->ops, b->g->n_ops,
						 err);
		if (b->g->ops[op].group != NO_INDEX)
			return BAD_STATEMENT(b, err,
					     "operator '%s' is in two groups, or twice in one "
					     "(first at line %u, expected once)",
					     words[i], b->group_lines[b->g->ops[op].group]);
		GROW(b->group_lines, b->g->n_groups, b->group_capacity);
		b->group_lines[b->g->n_groups] = (uint32_t)b->line;
		b->g->ops[op].group = (uint32_t)b->g->n_groups;
	}
	b->g->n_groups++;
	return true;
}

static bool end_statement(struct graph_builder *b, char **words, size_t n_words, struct err *err)
{
	char *key, *value;
	uint64_t ops;

	b->has_ended = true;
	if (n_words == 1)
		return true;
	if (n_words > 2 || !builder_key_value(b, words[1], &key, &value, err) ||
	    strcmp(key, "ops") != 0 || !parse_u64(value, strlen(value), &ops))
		return BAD_STATEMENT(b, err, "end-of-trace takes ops=N and nothing else");
	return ops == b->g->n_ops ||
	       BAD_STATEMENT(b, err,
			     "end-of-trace says %" PRIu64 " operators, %zu were read; the file "
			     "is incomplete or was edited, copy or write it again",
			     ops, b->g->n_ops);
}

struct statement_kind {
	const char *word;
	bool (*run)(struct graph_builder *b, char **words, size_t n_words, struct err *err);
};
/* repeat and end are build_repeat.c's; here for the nearest name. */
static const struct statement_kind statements[] = {
	{ "tensor", tensor_statement },
	{ "op", op_statement },
	{ "fuse", fuse_statement },
	{ "model", model_statement },
	{ "end-of-trace", end_statement },
	{ "repeat", NULL },
	{ "end", NULL },
};

static bool unknown_statement(struct graph_builder *b, const char *word, struct err *err)
{
	struct nearest near;

	if (strcmp(word, "group") == 0)
		return BAD_STATEMENT(b, err,
				     "'group' is reserved for a later version of the format");
	nearest_init(&near, word);
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		nearest_offer(&near, statements[i].word);
	if (near.best)
		return BAD_STATEMENT(b, err, "unknown statement '%s'; did you mean '%s'?", word,
				     near.best);
	return BAD_STATEMENT(b, err,
			     "unknown statement '%s' (expected tensor, op, fuse, model, repeat, "
			     "end or end-of-trace)",
			     word);
}

bool builder_execute(struct graph_builder *b, char **words, size_t n_words, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (statements[i].run && strcmp(words[0], statements[i].word) == 0)
			return statements[i].run(b, words, n_words, err);
	return unknown_statement(b, words[0], err);
}

bool graph_statement(struct graph_builder *b, uint64_t line, char **words, size_t n_words,
		     struct err *err)
{
	bool recorded;

	b->line = line;
	if (line > UINT32_MAX)
		return err_at(err, ERR_LIMIT, b->file, line, "the trace has more than 2^32 lines");
	if (b->has_ended)
		return BAD_STATEMENT(b, err, "'%s' after end-of-trace (expected nothing)",
				     words[0]);
	if (!builder_record(b, words, n_words, &recorded, err))
		return false;
	return recorded || builder_execute(b, words, n_words, err);
}

/* An output, or what only stands between operators, that none has written. */
static bool check_written(struct graph_builder *b, struct err *err)
{
	for (size_t t = 0; t < b->g->n_tensors; t++) {
		const struct tensor *tensor = &b->g->tensors[t];

		if (tensor->producer != NO_INDEX ||
		    (tensor->role != ROLE_INTERMEDIATE && tensor->role != ROLE_OUTPUT))
			continue;
		return err_at(err, ERR_INPUT, b->file, tensor->line,
			      "tensor '%s' is never written (expected an operator with it in out=, "
			      "or role=input or weight)",
			      tensor->id);
	}
	return true;
}

static void hash_text(struct hash *h, const char *text)
{
	hash_add(h, text, strlen(text) + 1);
}

static void hash_u64(struct hash *h, uint64_t v)
{
	unsigned char bytes[8];

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(v >> 8 * i);
	hash_add(h, bytes, sizeof(bytes));
}

static void hash_tensors(struct hash *h, const struct graph *g)
{
	char shape[SHAPE_TEXT];

	for (uint32_t t = 0; t < g->n_tensors; t++) {
		hash_text(h, g->tensors[t].id);
		hash_text(h, dtype_name(g->tensors[t].dtype));
		shape_text(graph_shape(g, t), shape);
		hash_text(h, shape);
		hash_text(h, role_name(g->tensors[t].role));
		hash_u64(h, g->tensors[t].layout);
	}
}

static void hash_ops(struct hash *h, const struct graph *g)
{
	for (size_t i = 0; i < g->n_ops; i++) {
		const struct op *op = &g->ops[i];
		const int64_t *attrs = g->build->attr_values + op->attrs;

		hash_text(h, op->id);
		hash_text(h, op_kind_name(op->kind));
		hash_u64(h, op->n_inputs);
		hash_u64(h, op->n_outputs);
		for (unsigned o = 0; o < op->n_inputs + op->n_outputs; o++)
			hash_u64(h, g->operands[op->operands + o]);
		for (int64_t a = 0; a <= attrs[0]; a++)
			hash_u64(h, (uint64_t)attrs[a]);
		hash_u64(h, op->group);
	}
}

static void hash_graph(struct graph *g)
{
	struct hash h;

	hash_init(&h);
	hash_text(&h, g->model);
	hash_text(&h, g->model_keys);
	hash_u64(&h, g->n_tensors);
	hash_tensors(&h, g);
	hash_u64(&h, g->n_ops);
	hash_ops(&h, g);
	hash_hex(&h, g->hash);
}

/* Gives back what growing by doubling left over. */
static void trim(struct graph *g)
{
	g->tensors = xreallocarray(g->tensors, g->n_tensors, sizeof(*g->tensors));
	g->ops = xreallocarray(g->ops, g->n_ops, sizeof(*g->ops));
	g->operands = xreallocarray(g->operands, g->n_operands, sizeof(*g->operands));
	free(g->build->attr_slots);
	g->build->attr_slots = NULL;
}

static bool check_whole(struct graph_builder *b, bool must_have_end, struct err *err)
{
	if (b->open_repeats)
		return err_at(
			err, ERR_INPUT, b->file, b->recorded[0].line,
			"the repeat is not closed (found the end of the file, expected 'end')");
	if (must_have_end && !b->has_ended)
		return err_set(
			err, ERR_INPUT,
			"%s: a gzip file of several members must end with end-of-trace, and does "
			"not; it may be cut between members: copy or write it again",
			b->file);
	if (b->g->n_ops == 0)
		return err_set(err, ERR_INPUT, "%s: the trace has no operators", b->file);
	return check_written(b, err) && graph_check_groups(b->g, b->file, b->group_lines, err);
}

struct graph *graph_builder_finish(struct graph_builder *b, bool must_have_end, struct err *err)
{
	struct graph *g = NULL;

	if (check_whole(b, must_have_end, err)) {
		g = b->g;
		b->g = NULL;
		trim(g);
		graph_add_parts(g);
		hash_graph(g);
	}
	graph_builder_free(b);
	return g;
}
