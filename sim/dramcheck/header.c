/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the head of a log, "# key=value" lines and the columns' names.  What the values
 * should be, log.c decides.
 */
#include "dramcheck/header.h"

#include <string.h>

#include "base/names.h"
#include "base/units.h"

#define COLUMNS "time_ps,channel,pseudo_channel,stack_id,bank_group,bank,command,row,column"
#define SHOWN 60 /* bytes of a line in a message */

static const char *const key_names[] = {
#define X(name) #name,
	HEADER_KEY_LIST(X)
#undef X
};

const char *header_key_name(enum header_key key)
{
	return key_names[key];
}

struct key_value {
	const char *key, *value;
	size_t key_len, value_len;
};

static bool is_key(const struct key_value *k, const char *name)
{
	return strlen(name) == k->key_len && memcmp(name, k->key, k->key_len) == 0;
}

static bool fault(const struct lines *lines, struct err *err, const char *what,
		  const struct key_value *k, const char *expected)
{
	return err_at(err, ERR_INPUT, lines_name(lines), lines_number(lines),
		      "%s (found %.*s=%.*s, expected %s)", what,
		      (int)min_u64(k->key_len, SHOWN), k->key,
		      (int)min_u64(k->value_len, SHOWN), k->value, expected);
}

static bool take_number(const struct lines *lines, const struct key_value *k, uint64_t *value,
			uint64_t *line, struct err *err)
{
	if (*line)
		return fault(lines, err, "a key that was there before", k, "each key once");
	if (!parse_u64(k->value, k->value_len, value))
		return fault(lines, err, "not a number", k, "decimal digits, below 2^64");
	*line = lines_number(lines);
	return true;
}

static bool take_override(const struct lines *lines, const struct key_value *k, struct header *h,
			  struct err *err)
{
	size_t n = h->n_overrides;

	for (size_t i = 0; i < n; i++)
		if (is_key(k, h->overrides[i].name))
			return fault(lines, err, "a key that was there before", k, "each key once");
	if (n == MAX_OVERRIDES || k->key_len >= MAX_WORD)
		return fault(lines, err, "too many or too long names of timings", k,
			     "those of the standard");
	memcpy(h->overrides[n].name, k->key, k->key_len);
	h->overrides[n].name[k->key_len] = '\0';
	h->n_overrides++;
	return take_number(lines, k, &h->overrides[n].clocks, &h->overrides[n].line, err);
}

static bool take_standard(const struct lines *lines, const struct key_value *k, struct header *h,
			  struct err *err)
{
	if (h->standard_line)
		return fault(lines, err, "a key that was there before", k, "each key once");
	if (k->value_len == 0 || k->value_len >= MAX_WORD)
		return fault(lines, err, "not a standard", k, "a name such as HBM2");
	memcpy(h->standard, k->value, k->value_len);
	h->standard[k->value_len] = '\0';
	h->standard_line = lines_number(lines);
	return true;
}

static bool take_key(const struct lines *lines, const struct key_value *k, struct header *h,
		     struct err *err)
{
	if (is_key(k, "standard"))
		return take_standard(lines, k, h, err);
	if (is_key(k, "policy") || is_key(k, "refresh"))
		return true; /* what is right is right under any */
	for (unsigned i = 0; i < N_HEADER_KEYS; i++)
		if (is_key(k, key_names[i]))
			return take_number(lines, k, &h->values[i], &h->lines[i], err);
	if (k->key_len > 1 && k->key[0] == 'n' && k->key[1] >= 'A' && k->key[1] <= 'Z')
		return take_override(lines, k, h, err);
	return fault(lines, err, "unknown key", k,
		     "standard, data_rate, ..., a timing such as nRC, policy or refresh");
}

static bool take_line(const struct lines *lines, const char *text, size_t len, struct header *h,
		      struct err *err)
{
	const char *equals = memchr(text, '=', len);
	struct key_value k = { .key = text + 2 };

	if (len < 2 || text[0] != '#' || text[1] != ' ' || !equals)
		return err_at(err, ERR_INPUT, lines_name(lines), lines_number(lines),
			      "not the head of a DRAM log (found \"%.*s\", expected # key=value "
			      "lines and then " COLUMNS ")", (int)min_u64(len, SHOWN), text);
	k.key_len = (size_t)(equals - k.key);
	k.value = equals + 1;
	k.value_len = len - 2 - k.key_len - 1;
	return take_key(lines, &k, h, err);
}

static bool check_missing(const struct lines *lines, const struct header *h, struct err *err)
{
	const char *missing = h->standard_line ? NULL : "standard";

	for (unsigned i = 0; i < N_HEADER_KEYS && !missing; i++)
		if (!h->lines[i] && strcmp(h->standard, "ideal") != 0)
			missing = key_names[i];
	if (!missing)
		return true;
	return err_at(err, ERR_INPUT, lines_name(lines), lines_number(lines),
		      "the head lacks a key (expected \"# %s=...\" before this line)", missing);
}

bool header_read(struct lines *lines, struct header *h, struct err *err)
{
	const char *text;
	size_t len;

	*h = (struct header){ .standard_line = 0 };
	while (lines_next(lines, &text, &len, err)) {
		if (!lines_check_text(lines, text, len, err))
			return false;
		if (len == strlen(COLUMNS) && memcmp(text, COLUMNS, len) == 0) {
			h->end_line = lines_number(lines);
			return check_missing(lines, h, err);
		}
		if (!take_line(lines, text, len, h, err))
			return false;
	}
	if (err->code)
		return false;
	return err_set(err, ERR_INPUT,
		       "%s: not a whole DRAM log (found its end after %" PRIu64
		       " lines, expected " COLUMNS ")", lines_name(lines), lines_number(lines));
}
