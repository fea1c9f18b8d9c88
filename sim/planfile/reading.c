/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From lines to words, with the complaints that any statement may need.  A plan is read
 * twice, so its file must be one that can be read again; standard input is kept aside.
 */
#include "planfile/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

/* Beyond this, decompressed, a plan is refused. */
#define MAX_BYTES ((uint64_t)64 << 30)

bool reading_open(struct reading *r, const char *path, struct err *err)
{
	*r = (struct reading){.lines = lines_open_again(path, "plan", MAX_BYTES, err)};
	if (r->lines == NULL)
		return false;
	r->file = lines_name(r->lines);
	return true;
}

void reading_close(struct reading *r)
{
	lines_close(r->lines);
	buf_release(&r->text);
	free(r->words);
	*r = (struct reading){.lines = NULL};
}

bool reading_rewind(struct reading *r, struct err *err)
{
	return lines_rewind(r->lines, err);
}

bool reading_next(struct reading *r, struct err *err)
{
	const char *text;
	size_t len;

	while (lines_next(r->lines, &text, &len, err)) {
		r->line = lines_number(r->lines);
		if (!lines_check_text(r->lines, text, len, err))
			return false;
		buf_clear(&r->text);
		buf_add(&r->text, text, len);
		r->n_words = words_cut(r->text.data, &r->words, &r->words_capacity);
		if (r->n_words > 0)
			return true;
	}
	return false;
}

static size_t find_key(const char *word, size_t len, const char *const *keys, size_t n_keys)
{
	size_t i = 0;

	while (i < n_keys && (strlen(keys[i]) != len || memcmp(keys[i], word, len) != 0))
		i++;
	return i;
}

static bool unknown_key(const struct reading *r, const char *key, const char *const *keys,
			size_t n_keys, struct err *err)
{
	struct nearest near;

	nearest_init(&near, key);
	for (size_t i = 0; i < n_keys; i++)
		nearest_offer(&near, keys[i]);
	return near.best ? BAD_LINE(r, err, "'%s' takes no '" SHOWN "='; did you mean '%s='?",
				    r->words[0], key, near.best)
			 : BAD_LINE(r, err, "'%s' takes no '" SHOWN "='", r->words[0], key);
}

bool reading_options(struct reading *r, size_t first, const char *const *keys, size_t n_keys,
		     char **values, struct err *err)
{
	memset(values, 0, n_keys * sizeof(*values));
	for (size_t i = first; i < r->n_words; i++) {
		char *word = r->words[i], *equals = strchr(word, '=');
		size_t key;

		if (equals == NULL || equals == word)
			return BAD_LINE(r, err, "'" SHOWN "' is not KEY=VALUE", word);
		*equals = '\0';
		key = find_key(word, (size_t)(equals - word), keys, n_keys);
		if (key == n_keys)
			return unknown_key(r, word, keys, n_keys, err);
		if (values[key] != NULL)
			return BAD_LINE(r, err, "'%s=' is given twice", word);
		values[key] = equals + 1;
	}
	return true;
}

bool reading_number(const struct reading *r, const char *what, const char *text, uint64_t min,
		    uint64_t max, uint64_t *out, struct err *err)
{
	if (parse_u64(text, strlen(text), out) && *out >= min && *out <= max)
		return true;
	return BAD_LINE(r, err,
			"%s: found '" SHOWN "', expected a decimal integer from %" PRIu64
			" to %" PRIu64,
			what, text, min, max);
}

bool reading_needs(const struct reading *r, const char *key, const char *text, struct err *err)
{
	return text != NULL || BAD_LINE(r, err, "'%s' lacks '%s='", r->words[0], key);
}

bool reading_check_name(const struct reading *r, const char *name, struct err *err)
{
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789_./:-[]");

	if (name[len] != '\0')
		return BAD_LINE(r, err,
				"'" SHOWN "' is not a name (found '%c', expected letters, digits "
				"and _ . / : - [ ])",
				name, name[len]);
	return (len >= 1 && len <= 1023) ||
	       BAD_LINE(r, err, "a name of %zu characters (expected 1 to 1023)", len);
}

bool reading_unknown(const struct reading *r, const char *what, const char *name,
		     const struct names *known, struct err *err)
{
	const char *near = names_nearest(known, name);

	return near ? BAD_LINE(r, err, "unknown %s '" SHOWN "'; did you mean '" SHOWN "'?", what,
			       name, near)
		    : BAD_LINE(r, err, "unknown %s '" SHOWN "'", what, name);
}

char *cut_piece(char **list)
{
	char *piece = *list, *at = piece;
	unsigned depth = 0;

	if (piece == NULL)
		return NULL;
	for (; *at != '\0' && (*at != ',' || depth > 0); at++) {
		depth += *at == '[';
		depth -= *at == ']' && depth > 0;
	}
	*list = *at == ',' ? at + 1 : NULL;
	*at = '\0';
	return piece;
}
