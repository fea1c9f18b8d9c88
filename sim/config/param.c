/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns texts into values of one setting and back, with its range.  What settings
 * mean together is decided elsewhere (check.c).
 */
#include "config/param.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"

const struct param params[] = {
#define P(field, path, quantity, def, min, max, help) \
	{ path, PARAM_##quantity, def, min, max, NULL, help, offsetof(struct machine, field) },
#define W(field, path, def, words, help) \
	{ path, PARAM_WORD, def, 0, 0, words, help, offsetof(struct machine, field) },
#define T(field, path, def, help) \
	{ path, PARAM_TEXT, def, 0, 0, NULL, help, offsetof(struct machine, field) },
#include "config/params.def"
#undef P
#undef W
#undef T
};
const size_t n_params = ARRAY_SIZE(params);

/* What a memory is, as far as settings go: the ideal one, or a controller's policy. */
enum { OF_IDEAL = 1, OF_DEFAULT = 2, OF_RAMULATOR21 = 4, OF_REAL = OF_DEFAULT | OF_RAMULATOR21 };

/* Settings that not all of them use; "." at the end: a whole group. */
static const struct {
	const char *path;
	unsigned users;
} only_for[] = {
	{ "hbm.bytes", OF_IDEAL },
	{ "hbm.bandwidth", OF_IDEAL },
	{ "hbm.latency", OF_IDEAL },
	{ "hbm.data_rate", OF_REAL },
	{ "hbm.density", OF_REAL },
	{ "hbm.mapping", OF_REAL },
	{ "hbm.height", OF_REAL },
	{ "hbm.policy", OF_REAL },
	{ "hbm.refresh", OF_DEFAULT },
	{ "hbm.refresh_postpone", OF_DEFAULT },
	{ "hbm.row_policy", OF_DEFAULT },
	{ "hbm.row_timeout_cycles", OF_DEFAULT },
	{ "hbm.forward", OF_DEFAULT },
	{ "hbm.read_queue", OF_REAL },
	{ "hbm.write_queue", OF_REAL },
	{ "hbm.write_high", OF_REAL },
	{ "hbm.write_low", OF_REAL },
	{ "hbm.write_idle_cycles", OF_DEFAULT },
	{ "hbm.hit_cap", OF_DEFAULT },
	{ "hbm.timing.", OF_REAL },
};

static const struct {
	enum quantity quantity;
	const char *what;
	const char *suffix_units[4]; /* what K M G T stand for on a command line */
} kinds[] = {
	[PARAM_COUNT] = { Q_COUNT, "a plain integer", { NULL } },
	[PARAM_BYTES] = { Q_BYTES, "a size with its unit", { "K", "M", "G", "T" } },
	[PARAM_HZ] = { Q_HZ, "a clock with its unit", { "kHz", "MHz", "GHz", NULL } },
	[PARAM_PS] = { Q_PS, "a time with its unit", { NULL } },
	[PARAM_NS] = { Q_PS, "a whole number of ns, or a time with its unit", { NULL } },
	[PARAM_BITS_PER_S] = { Q_BITS_PER_S, "a data rate with its unit",
			       { "kbps", "Mbps", "Gbps", NULL } },
	[PARAM_BYTES_PER_S] = { Q_BYTES_PER_S, "a bandwidth with its unit",
				{ "KB/s", "MB/s", "GB/s", "TB/s" } },
	[PARAM_BITS] = { Q_BITS, "a density with its unit", { "Kb", "Mb", "Gb", NULL } },
	[PARAM_WORD] = { Q_COUNT, "a text", { NULL } },
	[PARAM_TEXT] = { Q_COUNT, "a text", { NULL } },
};

#define PS_PER_NS 1000

const struct param *param_find(const char *path)
{
	for (size_t i = 0; i < n_params; i++)
		if (strcmp(params[i].path, path) == 0)
			return &params[i];
	return NULL;
}

const char *param_name(const struct param *p)
{
	return strrchr(p->path, '.') + 1;
}

bool param_is_in_group(const struct param *p, const char *group)
{
	size_t len = strlen(group);

	return len == 0 || (strncmp(p->path, group, len) == 0 && p->path[len] == '.');
}

bool param_is_switch(const struct param *p)
{
	return p->kind == PARAM_WORD && strcmp(p->words, "true|false") == 0;
}

bool param_applies(const struct param *p, const struct machine *m)
{
	unsigned user = m->hbm_standard == HBM_STANDARD_IDEAL ? OF_IDEAL :
			m->hbm_policy == HBM_POLICY_RAMULATOR21 ? OF_RAMULATOR21 : OF_DEFAULT;

	for (size_t i = 0; i < ARRAY_SIZE(only_for); i++) {
		size_t len = strlen(only_for[i].path);
		bool is_group = only_for[i].path[len - 1] == '.';

		if (strncmp(p->path, only_for[i].path, len) == 0 &&
		    (is_group || p->path[len] == '\0'))
			return (only_for[i].users & user) != 0;
	}
	return true;
}

static uint64_t *number_of(const struct param *p, struct machine *m)
{
	return (uint64_t *)(void *)((char *)m + p->offset);
}

static uint64_t number_in(const struct param *p, const struct machine *m)
{
	return *(const uint64_t *)(const void *)((const char *)m + p->offset);
}

static unsigned word_in(const struct param *p, const struct machine *m)
{
	return *(const unsigned *)(const void *)((const char *)m + p->offset);
}

/* Word number `index` of the list; false past its end. */
static bool nth_word(const char *words, unsigned index, const char **word, size_t *len)
{
	for (; index > 0; index--) {
		words = strchr(words, '|');
		if (!words)
			return false;
		words++;
	}
	*word = words;
	*len = strcspn(words, "|");
	return true;
}

static void format_number(const struct param *p, uint64_t value, char *out, size_t size)
{
	if (p->kind == PARAM_NS && value % PS_PER_NS == 0)
		snprintf(out, size, "%" PRIu64, value / PS_PER_NS);
	else
		format_quantity(value, kinds[p->kind].quantity, out, size);
}

static bool set_number(const struct param *p, struct machine *m, uint64_t value, const char *found,
		       char *why)
{
	char low[48], high[48];

	if (value >= p->min && value <= p->max) {
		*number_of(p, m) = value;
		return true;
	}
	format_number(p, p->min, low, sizeof(low));
	format_number(p, p->max, high, sizeof(high));
	snprintf(why, PARAM_REASON, "out of range (found %.48s, expected %s to %s%s)", found, low,
		 high, p->kind == PARAM_NS ? " ns" : "");
	return false;
}

bool param_set_integer(const struct param *p, struct machine *m, int64_t value, char *why)
{
	char found[32], example[48];
	uint64_t number = value < 0 ? 0 : (uint64_t)value;

	snprintf(found, sizeof(found), "%" PRId64, value);
	if (p->kind != PARAM_COUNT && p->kind != PARAM_NS) {
		snprintf(example, sizeof(example), "%.40s", p->def);
		snprintf(why, PARAM_REASON,
			 "has the wrong type (found the integer %s, expected %s%s); for example "
			 "%s%s%s",
			 found, kinds[p->kind].what, param_is_switch(p) ? ", true or false" : "",
			 param_is_switch(p) ? "" : "\"", example, param_is_switch(p) ? "" : "\"");
		return false;
	}
	if (p->kind == PARAM_NS && !mul_u64(number, PS_PER_NS, &number))
		number = UINT64_MAX;
	if (value < 0)
		number = p->min > 0 ? 0 : UINT64_MAX; /* never in range */
	return set_number(p, m, number, found, why);
}

static bool set_choice(const struct param *p, struct machine *m, const char *text, char *why)
{
	const char *word;
	size_t len;

	for (unsigned i = 0; nth_word(p->words, i, &word, &len); i++) {
		if (strlen(text) == len && memcmp(word, text, len) == 0) {
			*(unsigned *)(void *)((char *)m + p->offset) = i;
			return true;
		}
	}
	snprintf(why, PARAM_REASON, "has an unknown value (found \"%.48s\", expected one of %s)",
		 text, p->words);
	return false;
}

static bool set_free_text(const struct param *p, struct machine *m, const char *text, char *why)
{
	size_t left = strlen(text);

	if (left == 0 || left >= MACHINE_TEXT) {
		snprintf(why, PARAM_REASON,
			 "has a bad length (found %zu bytes, expected 1 to %d)", left,
			 MACHINE_TEXT - 1);
		return false;
	}
	memcpy((char *)m + p->offset, text, left + 1);
	while (left > 0) {
		uint32_t code = 0;
		size_t n = utf8_char(text, left, &code);

		if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
			snprintf(why, PARAM_REASON,
				 "holds a control character or a broken one; use printable text");
			return false;
		}
		text += n;
		left -= n;
	}
	return true;
}

bool param_set_text(const struct param *p, struct machine *m, const char *text, char *why)
{
	const char *reason;
	uint64_t value;

	if (p->kind == PARAM_WORD)
		return set_choice(p, m, text, why);
	if (p->kind == PARAM_TEXT)
		return set_free_text(p, m, text, why);
	if (p->kind == PARAM_COUNT) {
		snprintf(why, PARAM_REASON,
			 "has the wrong type (found the text \"%.48s\", expected a plain integer); "
			 "for example %s without quotes",
			 text, p->def);
		return false;
	}
	if (!parse_quantity(text, kinds[p->kind].quantity, &value, &reason)) {
		snprintf(why, PARAM_REASON, "cannot be read (found \"%.48s\"): %.180s", text,
			 reason);
		return false;
	}
	return set_number(p, m, value, text, why);
}

/* "4M" for a kind whose M is "MHz": "4MHz"; any other text stays. */
static void expand_suffix(const struct param *p, const char *text, char *out, size_t size)
{
	static const char suffixes[] = "KMGT";
	size_t len = strlen(text);
	const char *at = len > 1 ? strchr(suffixes, text[len - 1]) : NULL;
	const char *unit = at && *at ? kinds[p->kind].suffix_units[at - suffixes] : NULL;
	bool is_number = strspn(text, "0123456789.") == len - (len > 0);

	if (unit && is_number)
		snprintf(out, size, "%.*s%s", (int)(len - 1), text, unit);
	else
		snprintf(out, size, "%s", text);
}

/* Digits with an optional K M G T, powers of 1000. */
static bool parse_count(const char *text, uint64_t *value)
{
	static const char suffixes[] = "KMGT";
	size_t len = strlen(text);
	const char *at = len > 1 ? strchr(suffixes, text[len - 1]) : NULL;

	if (!parse_u64(text, at ? len - 1 : len, value))
		return false;
	for (ptrdiff_t i = at ? at - suffixes + 1 : 0; i > 0; i--)
		if (!mul_u64(*value, 1000, value))
			return false;
	return true;
}

bool param_set_argument(const struct param *p, struct machine *m, const char *text, char *why)
{
	char expanded[MACHINE_TEXT + 8];
	uint64_t value;

	if (strlen(text) >= MACHINE_TEXT) {
		snprintf(why, PARAM_REASON, "has a value longer than %d bytes", MACHINE_TEXT - 1);
		return false;
	}
	if (p->kind == PARAM_COUNT || (p->kind == PARAM_NS && parse_count(text, &value))) {
		if (!parse_count(text, &value)) {
			snprintf(why, PARAM_REASON,
				 "cannot be read (found \"%.48s\", expected a plain integer, with "
				 "K, M, G or T perhaps)",
				 text);
			return false;
		}
		if (p->kind == PARAM_NS && !mul_u64(value, PS_PER_NS, &value))
			value = UINT64_MAX;
		return set_number(p, m, value, text, why);
	}
	expand_suffix(p, text, expanded, sizeof(expanded));
	return param_set_text(p, m, expanded, why);
}

void param_set_default(const struct param *p, struct machine *m)
{
	char why[PARAM_REASON];

	if (!param_set_argument(p, m, p->def, why))
		BUG("default of %s %s", p->path, why);
}

void param_format(const struct param *p, const struct machine *m, struct buf *to)
{
	char text[64];
	const char *word;
	size_t len;

	if (p->kind == PARAM_TEXT) {
		buf_putc(to, '"');
		for (const char *s = (const char *)m + p->offset; *s; s++)
			buf_printf(to, "%s%c", *s == '"' || *s == '\\' ? "\\" : "", *s);
		buf_putc(to, '"');
		return;
	}
	if (p->kind == PARAM_WORD) {
		const char *quote = param_is_switch(p) ? "" : "\"";

		if (!nth_word(p->words, word_in(p, m), &word, &len))
			BUG("%s holds word %u", p->path, word_in(p, m));
		buf_printf(to, "%s%.*s%s", quote, (int)len, word, quote);
		return;
	}
	format_number(p, number_in(p, m), text, sizeof(text));
	if (strspn(text, "0123456789") == strlen(text))
		buf_puts(to, text);
	else
		buf_printf(to, "\"%s\"", text);
}
