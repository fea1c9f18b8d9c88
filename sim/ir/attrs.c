/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading, storing and finding the attribute values of operators.  Which keys a
 * kind has, and their ranges, is the operator table's; what they mean is the
 * shape rules' and access relations'.
 */
#include "ir/attrs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "ir/graph_build.h"
#include "ir/op_row.h"

static const char *const names[N_ATTRS] = {
#define X(name) [ATTR_##name] = #name,
	ATTR_LIST(X)
#undef X
};

const char *attr_name(enum attr_key key)
{
	return names[key];
}

static void block_add(struct attr_block *b, int64_t value)
{
	GROW(b->values, b->n, b->capacity);
	b->values[b->n++] = value;
}

/* Decimal digits, with a sign where the range allows one. */
static bool parse_int(const struct attr_spec *spec, const char *text, size_t len, int64_t *out)
{
	bool negative = spec->min < 0 && len > 0 && text[0] == '-';
	uint64_t magnitude;

	if (!parse_u64(text + negative, len - negative, &magnitude) || magnitude > INT64_MAX)
		return false;
	*out = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return *out >= spec->min && *out <= spec->max;
}

static bool parse_word(const struct attr_spec *spec, const char *text, struct attr_block *to)
{
	int64_t index = 0;

	for (const char *word = spec->words; *word; index++) {
		size_t len = strcspn(word, "|");
		bool takes_number = word[len - 1] == ':';
		int64_t number = 0;

		if (strncmp(text, word, len) == 0 &&
		    (takes_number ? parse_int(spec, text + len, strlen(text + len), &number)
				  : text[len] == '\0')) {
			block_add(to, 2);
			block_add(to, index);
			block_add(to, number);
			return true;
		}
		word += len + (word[len] == '|');
	}
	return false;
}

static bool parse_list(const struct attr_spec *spec, const char *text, struct attr_block *to)
{
	size_t count_at = to->n;

	block_add(to, 0);
	while (*text) {
		size_t len = strcspn(text, ",");
		int64_t value;

		if (!parse_int(spec, text, len, &value))
			return false;
		block_add(to, value);
		to->values[count_at]++;
		text += len;
		if (*text == ',' && *++text == '\0')
			return false;
	}
	return spec->max_values == ATTR_NO_LIMIT || to->values[count_at] <= spec->max_values;
}

bool attr_parse(const struct attr_spec *spec, const char *text, struct attr_block *to, char *why,
		size_t why_size)
{
	bool is_default = spec->def && strcmp(text, spec->def) == 0;

	if (spec->words) {
		if (parse_word(spec, text, to))
			return true;
		snprintf(why, why_size, "%s", spec->words);
		return false;
	}
	if ((*text || is_default) && parse_list(spec, text, to))
		return true;
	if (spec->max_values == 1)
		snprintf(why, why_size, "an integer from %" PRId64 " to %" PRId64, spec->min,
			 spec->max);
	else if (spec->max_values == ATTR_NO_LIMIT)
		snprintf(why, why_size,
			 "integers from %" PRId64 " to %" PRId64 " separated by commas", spec->min,
			 spec->max);
	else
		snprintf(why, why_size,
			 "1 to %u integers from %" PRId64 " to %" PRId64 " separated by commas",
			 spec->max_values, spec->min, spec->max);
	return false;
}

/* A block in the pool: its length, then its values. */
static bool block_is_at(const struct graph_build *b, uint32_t at, const struct attr_block *block)
{
	return (size_t)b->attr_values[at] == block->n &&
	       (block->n == 0 ||
		memcmp(b->attr_values + at + 1, block->values, block->n * sizeof(int64_t)) == 0);
}

static size_t block_slot(const struct graph_build *b, const struct attr_block *block)
{
	uint64_t h = block->n;

	for (size_t i = 0; i < block->n; i++) {
		h = (h ^ (uint64_t)block->values[i]) *
		    0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
		h ^= h >> 29;
	}
	h &= b->n_attr_slots - 1;
	while (b->attr_slots[h] != NO_INDEX && !block_is_at(b, b->attr_slots[h], block))
		h = (h + 1) & (b->n_attr_slots - 1);
	return h;
}

static void grow_slots(struct graph_build *b)
{
	uint32_t *old = b->attr_slots;
	size_t n_old = b->n_attr_slots;

	b->n_attr_slots = n_old ? n_old * 2 : 64;
	b->attr_slots = xreallocarray(NULL, b->n_attr_slots, sizeof(*b->attr_slots));
	memset(b->attr_slots, 0xff, b->n_attr_slots * sizeof(*b->attr_slots));
	for (size_t i = 0; i < n_old; i++) {
		if (old[i] == NO_INDEX)
			continue;
		struct attr_block block = { .values = b->attr_values + old[i] + 1,
					    .n = (size_t)b->attr_values[old[i]] };
		b->attr_slots[block_slot(b, &block)] = old[i];
	}
	free(old);
}

static void pool_add(struct graph_build *b, int64_t value)
{
	GROW(b->attr_values, b->n_attr_values, b->attr_capacity);
	b->attr_values[b->n_attr_values++] = value;
}

uint32_t attr_store(struct graph *g, const struct attr_block *block)
{
	struct graph_build *b = g->build;
	size_t slot;

	if (2 * (b->n_attr_blocks + 1) > b->n_attr_slots)
		grow_slots(b);
	slot = block_slot(b, block);
	if (b->attr_slots[slot] == NO_INDEX) {
		b->attr_slots[slot] = (uint32_t)b->n_attr_values;
		b->n_attr_blocks++;
		pool_add(b, (int64_t)block->n);
		for (size_t i = 0; i < block->n; i++)
			pool_add(b, block->values[i]);
	}
	return b->attr_slots[slot];
}

/* Walks the block: specs and values lie in the same order. */
static const int64_t *value_at(const struct graph *g, const struct op *op, unsigned position)
{
	const int64_t *v = g->build->attr_values + op->attrs + 1;

	while (position-- > 0)
		v += *v + 1;
	return v;
}

const int64_t *attr_values(const struct graph *g, const struct op *op, enum attr_key key, size_t *n)
{
	const struct op_row *row = op_row(op->kind);

	for (unsigned i = 0; i < row->n_attrs; i++) {
		if (row->attrs[i].key != key)
			continue;
		const int64_t *v = value_at(g, op, i);
		*n = (size_t)v[0];
		return v + 1;
	}
	*n = 0;
	return NULL;
}

int64_t attr_int(const struct graph *g, const struct op *op, enum attr_key key)
{
	size_t n;
	const int64_t *v = attr_values(g, op, key, &n);

	if (n == 0)
		BUG("%s has no attribute %s", op_kind_name(op->kind), names[key]);
	return v[0];
}

static void print_value(const struct attr_spec *spec, const int64_t *v, struct buf *to)
{
	if (spec->words) {
		const char *word = spec->words;

		for (int64_t i = 0; i < v[1]; i++)
			word += strcspn(word, "|") + 1;
		size_t len = strcspn(word, "|");
		buf_add(to, word, len);
		if (word[len - 1] == ':')
			buf_printf(to, "%" PRId64, v[2]);
		return;
	}
	for (int64_t i = 1; i <= v[0]; i++)
		buf_printf(to, i > 1 ? ",%" PRId64 : "%" PRId64, v[i]);
}

void attr_print(const struct graph *g, const struct op *op, struct buf *to)
{
	const struct op_row *row = op_row(op->kind);
	struct buf text = BUF_INIT;

	for (unsigned i = 0; i < row->n_attrs; i++) {
		const struct attr_spec *spec = &row->attrs[i];

		buf_clear(&text);
		print_value(spec, value_at(g, op, i), &text);
		if (!spec->def || strcmp(text.data ? text.data : "", spec->def) != 0)
			buf_printf(to, " %s=%s", names[spec->key], text.data);
	}
	buf_release(&text);
}

/* What a value of the key may be: its default, its words, or N for integers. */
static void describe_value(const struct attr_spec *spec, struct buf *to)
{
	if (spec->words) {
		buf_puts(to, spec->words);
		if (spec->words[strlen(spec->words) - 1] == ':')
			buf_putc(to, 'N');
	} else if (spec->def && *spec->def) {
		buf_puts(to, spec->def);
	} else {
		buf_puts(to, spec->max_values > 1 ? "N,..." : "N");
	}
}

void op_kind_keys(uint32_t kind, struct buf *to)
{
	const struct op_row *row = op_row(kind);

	for (unsigned i = 0; i < row->n_attrs; i++) {
		const struct attr_spec *spec = &row->attrs[i];

		buf_printf(to, " %s%s=", spec->def ? "[" : "", names[spec->key]);
		describe_value(spec, to);
		buf_puts(to, spec->def ? "]" : "");
	}
}
