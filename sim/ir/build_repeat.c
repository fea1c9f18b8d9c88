/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repeat ... end: the body is kept as it was written and carried out once for each
 * iteration, so that every check sees every iteration.  Decides which names an
 * iteration takes over from the one before; nothing about tensors and operators.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "ir/builder.h"

static void keep(struct graph_builder *b, char **words, size_t n_words)
{
	struct statement *s;

	if (!b->recorded_words)
		b->recorded_words = arena_new();
	GROW(b->recorded, b->n_recorded, b->recorded_capacity);
	s = &b->recorded[b->n_recorded++];
	*s = (struct statement){ .line = b->line, .n_words = n_words };
	s->words = arena_alloc(b->recorded_words, n_words * sizeof(*s->words));
	for (size_t i = 0; i < n_words; i++)
		s->words[i] = arena_strndup(b->recorded_words, words[i], strlen(words[i]));
}

/* Words to be cut in place, in one block. */
static char **copy_words(const struct statement *s)
{
	size_t bytes = s->n_words * sizeof(char *);
	char **copy, *text;

	for (size_t i = 0; i < s->n_words; i++)
		bytes += strlen(s->words[i]) + 1;
	copy = xmalloc(bytes);
	text = (char *)(copy + s->n_words);
	for (size_t i = 0; i < s->n_words; i++) {
		size_t len = strlen(s->words[i]) + 1;

		copy[i] = memcpy(text, s->words[i], len);
		text += len;
	}
	return copy;
}

void builder_suffix(const struct graph_builder *b, bool is_weight, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned f = 0; f < b->n_frames; f++)
		if (!(is_weight && b->frames[f].shares_weights))
			at += (size_t)snprintf(out + at, size - at, "[%" PRIu64 "]",
					       b->frames[f].iteration);
}

bool builder_is_earlier_tensor(const struct graph_builder *b, uint32_t tensor, bool *shared)
{
	bool found = false;

	*shared = false;
	for (unsigned f = 0; f < b->n_frames; f++) {
		const struct frame *frame = &b->frames[f];

		if (tensor < frame->first_tensor || tensor >= frame->current_tensor)
			continue;
		found = true;
		*shared |= frame->shares_weights && b->g->tensors[tensor].role == ROLE_WEIGHT;
	}
	return found;
}

bool builder_is_earlier_op(const struct graph_builder *b, uint32_t op)
{
	for (unsigned f = 0; f < b->n_frames; f++)
		if (op >= b->frames[f].first_op && op < b->frames[f].current_op)
			return true;
	return false;
}

struct repeat {
	uint64_t times;
	const char *carry; /* "A:B,A:B" or NULL */
	bool shares_weights;
};

static bool parse_repeat_key(struct graph_builder *b, char *word, struct repeat *r, struct err *err)
{
	char *key, *value;

	if (!builder_key_value(b, word, &key, &value, err))
		return false;
	if (strcmp(key, "carry") == 0 && !r->carry) {
		r->carry = value;
		return true;
	}
	if (strcmp(key, "weights") == 0 && !r->shares_weights) {
		r->shares_weights = strcmp(value, "shared") == 0;
		return r->shares_weights ||
		       BAD_STATEMENT(b, err, "weights=%s is not known (expected weights=shared)",
				     value);
	}
	return BAD_STATEMENT(b, err,
			     "key '%s' is unknown or given twice (expected carry=A:B or "
			     "weights=shared); remove it",
			     key);
}

static bool parse_repeat(struct graph_builder *b, char **words, size_t n_words, struct repeat *r,
			 struct err *err)
{
	*r = (struct repeat){ 0 };
	if (n_words < 2 || !parse_u64(words[1], strlen(words[1]), &r->times) || r->times == 0 ||
	    r->times > UINT32_MAX)
		return BAD_STATEMENT(b, err,
				     "repeat needs a count (found '%s', expected 1 to "
				     "4294967295)",
				     n_words < 2 ? "" : words[1]);
	for (size_t i = 2; i < n_words; i++)
		if (!parse_repeat_key(b, words[i], r, err))
			return false;
	return true;
}

static bool same_kind(const struct graph *g, uint32_t a, uint32_t b)
{
	return g->tensors[a].shape == g->tensors[b].shape &&
	       g->tensors[a].dtype == g->tensors[b].dtype;
}

static void set_alias(struct graph_builder *b, const char *name, uint32_t tensor)
{
	uint32_t i = name_map_find(&b->alias_map, name);

	if (i != NO_INDEX) {
		b->aliases[i].tensor = tensor;
		return;
	}
	GROW(b->aliases, b->n_aliases, b->alias_capacity);
	b->aliases[b->n_aliases] =
		(struct alias){ .name = arena_strndup(b->g->build->strings, name, strlen(name)),
				.tensor = tensor };
	name_map_bind(&b->alias_map, (uint32_t)b->n_aliases++);
}

/* One A:B.  Names may hold colons: the first cut that names a tensor from before the repeat
 * and one from inside counts. */
static bool carry_one(struct graph_builder *b, const struct frame *f, char *pair, struct err *err)
{
	for (char *colon = strchr(pair, ':'); colon; colon = strchr(colon + 1, ':')) {
		uint32_t from, to;

		*colon = '\0';
		from = builder_tensor(b, pair);
		to = builder_tensor(b, colon + 1);
		if (from != NO_INDEX && to != NO_INDEX && to >= f->current_tensor &&
		    (from < f->first_tensor || (f->iteration > 0 && from < f->current_tensor))) {
			if (!same_kind(b->g, from, to))
				return BAD_STATEMENT(b, err,
						     "carry=%s:%s joins tensors of different "
						     "shape or type",
						     pair, colon + 1);
			set_alias(b, pair, to);
			return true;
		}
		*colon = ':';
	}
	return BAD_STATEMENT(b, err,
			     "carry=%s does not name a tensor from before the repeat and one "
			     "from inside it (expected A:B)",
			     pair);
}

static bool carry_all(struct graph_builder *b, const struct frame *f, const char *list,
		      struct err *err)
{
	while (list && *list) {
		size_t len = strcspn(list, ",");
		char *pair = xstrndup(list, len);
		bool ok = carry_one(b, f, pair, err);

		free(pair);
		if (!ok)
			return false;
		list += len + (list[len] == ',');
	}
	return true;
}

/* Index after the `end` that closes the repeat at `at`. */
static size_t body_end(const struct graph_builder *b, size_t at)
{
	unsigned depth = 0;

	for (; at < b->n_recorded; at++) {
		if (strcmp(b->recorded[at].words[0], "repeat") == 0)
			depth++;
		else if (strcmp(b->recorded[at].words[0], "end") == 0 && --depth == 0)
			break;
	}
	return at + 1;
}

static bool run_repeat(struct graph_builder *b, size_t at, struct err *err);

static bool run_body(struct graph_builder *b, size_t from, size_t to, struct err *err)
{
	for (size_t i = from; i < to; i++) {
		const struct statement *s = &b->recorded[i];
		char **words;
		bool ok;

		b->line = s->line;
		if (strcmp(s->words[0], "repeat") == 0) {
			if (!run_repeat(b, i, err))
				return false;
			i = body_end(b, i) - 1;
			continue;
		}
		words = copy_words(s);
		ok = builder_execute(b, words, s->n_words, err);
		free(words);
		if (!ok)
			return false;
	}
	return true;
}

static bool has_op(const struct graph_builder *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (strcmp(b->recorded[i].words[0], "op") == 0)
			return true;
	return false;
}

/* Every iteration has an operator, so that the limit on operators ends every repeat. */
static bool run_iterations(struct graph_builder *b, size_t at, const struct repeat *r,
			   struct err *err)
{
	size_t end = body_end(b, at) - 1;
	struct frame *f = &b->frames[b->n_frames];

	if (!has_op(b, at, end))
		return BAD_STATEMENT(b, err, "the repeat has no operators; remove it");
	*f = (struct frame){ .first_tensor = (uint32_t)b->g->n_tensors,
			     .first_op = (uint32_t)b->g->n_ops,
			     .shares_weights = r->shares_weights };
	b->n_frames++;
	for (; f->iteration < r->times; f->iteration++) {
		f->current_tensor = (uint32_t)b->g->n_tensors;
		f->current_op = (uint32_t)b->g->n_ops;
		if (!run_body(b, at + 1, end, err))
			return false;
		b->line = b->recorded[at].line;
		if (f->iteration + 1 < r->times && !carry_all(b, f, r->carry, err))
			return false;
	}
	b->n_frames--;
	return true;
}

static bool run_repeat(struct graph_builder *b, size_t at, struct err *err)
{
	char **words = copy_words(&b->recorded[at]);
	struct repeat r;
	bool ok = parse_repeat(b, words, b->recorded[at].n_words, &r, err) &&
		  run_iterations(b, at, &r, err);

	free(words);
	return ok;
}

static bool start_repeat(struct graph_builder *b, struct err *err)
{
	if (b->open_repeats == MAX_NESTED_REPEATS)
		return err_at(err, ERR_LIMIT, b->file, b->line,
			      "repeats are nested too deep (found %u, expected at most %d)",
			      b->open_repeats + 1, MAX_NESTED_REPEATS);
	b->open_repeats++;
	return true;
}

bool builder_record(struct graph_builder *b, char **words, size_t n_words, bool *taken,
		    struct err *err)
{
	bool starts = strcmp(words[0], "repeat") == 0, ends = strcmp(words[0], "end") == 0;

	*taken = starts || b->open_repeats > 0;
	if (ends && b->open_repeats == 0)
		return BAD_STATEMENT(b, err, "'end' closes no repeat; remove it");
	if (ends && n_words > 1)
		return BAD_STATEMENT(b, err, "'end' takes nothing (found '%s')", words[1]);
	if (!*taken)
		return true;
	if (strcmp(words[0], "end-of-trace") == 0 || strcmp(words[0], "model") == 0)
		return BAD_STATEMENT(b, err,
				     "'%s' inside the repeat of line %" PRIu64
				     "; close that with 'end' first",
				     words[0], b->recorded[0].line);
	if (starts && !start_repeat(b, err))
		return false;
	keep(b, words, n_words);
	if (!ends || --b->open_repeats > 0)
		return true;
	b->line = b->recorded[0].line;
	bool ok = run_repeat(b, 0, err);
	b->n_recorded = 0;
	arena_free(b->recorded_words);
	b->recorded_words = NULL;
	return ok;
}
