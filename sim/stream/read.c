/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams from files, line by line: memsim's own form and Ramulator 2's ("R 0x40", "LD 0x40")
 * and DRAMsim3's ("0x40 READ 12").  A line tells its form itself.  What is not understood
 * completely is refused with its place.
 */
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/mem.h"
#include "base/units.h"
#include "stream/stream_ops.h"

#define MAX_WORDS 4 /* one more than any request has */
#define SHOWN 40    /* bytes of a word in a message */

struct word {
	const char *text;
	size_t len;
};

struct reader {
	struct stream stream;
	struct lines *lines;
	uint64_t capacity_bytes;
	bool has_accesses;
};

static const struct {
	const char *name;
	bool is_write;
} operations[] = {
	{ "R", false }, { "W", true }, { "LD", false }, { "ST", true },
	{ "READ", false }, { "WRITE", true }, /* and DRAMsim3's other spellings: */
	{ "read", false }, { "write", true }, { "P_MEM_RD", false }, { "P_MEM_WR", true },
};

static const char expected[] =
	"expected \"R ADDR [TICK]\" (also W, LD, ST) or \"ADDR READ|WRITE TICK\"";

static bool is_operation(struct word w, bool *is_write)
{
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
		if (strncmp(operations[i].name, w.text, w.len) == 0 &&
		    operations[i].name[w.len] == '\0') {
			*is_write = operations[i].is_write;
			return true;
		}
	}
	return false;
}

static bool parse_hex(const char *text, size_t len, uint64_t *out)
{
	uint64_t value = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

		if (!digit || value >> 60)
			return false;
		value = value << 4 | ((uint64_t)(digit - digits) & 15);
	}
	*out = value;
	return true;
}

/* Hexadecimal with 0x, or decimal. */
static bool parse_number(struct word w, uint64_t *out)
{
	if (w.len > 2 && w.text[0] == '0' && (w.text[1] == 'x' || w.text[1] == 'X'))
		return parse_hex(w.text + 2, w.len - 2, out);
	return parse_u64(w.text, w.len, out);
}

static size_t cut_words(const char *text, size_t len, struct word words[MAX_WORDS])
{
	const char *end = text + len;
	size_t n = 0;

	while (n < MAX_WORDS) {
		const char *start;

		while (text < end && (*text == ' ' || *text == '\t'))
			text++;
		if (text == end || *text == '#')
			return n;
		start = text;
		while (text < end && *text != ' ' && *text != '\t' && *text != '#')
			text++;
		words[n++] = (struct word){ start, (size_t)(text - start) };
	}
	return n;
}

static bool fault(const struct reader *r, const char *what, struct word found, const char *want,
		  struct err *err)
{
	return err_at(err, ERR_INPUT, lines_name(r->lines), lines_number(r->lines),
		      "%s (found \"%.*s\", %s)", what, (int)min_u64(found.len, SHOWN), found.text,
		      want);
}

static bool bad_number(const struct reader *r, const char *what, struct word w, struct err *err)
{
	if (memchr(w.text, ',', w.len))
		return fault(r, "a list is not an address", w, "expected one byte address", err);
	return fault(r, what, w, "expected decimal digits, or hexadecimal ones after 0x, below 2^64",
		     err);
}

static bool bad_form(const struct reader *r, const struct word words[MAX_WORDS], size_t n,
		     struct err *err)
{
	uint64_t number;

	if (n == MAX_WORDS)
		return fault(r, "more than three fields", words[MAX_WORDS - 1], expected, err);
	if (parse_number(words[0], &number) && n > 1)
		return fault(r, "not an operation", words[1], expected, err);
	return fault(r, "not a request", words[0], expected, err);
}

static bool beyond(const struct reader *r, uint64_t address, struct err *err)
{
	char capacity[32];

	format_quantity(r->capacity_bytes, Q_BYTES, capacity, sizeof(capacity));
	return err_at(err, ERR_INPUT, lines_name(r->lines), lines_number(r->lines),
		      "address beyond the memory (found 0x%" PRIx64 ", expected below 0x%" PRIx64
		      ", %s); give the machine more channels or the stream lower addresses",
		      address, r->capacity_bytes, capacity);
}

static bool parse_request(const struct reader *r, const struct word words[MAX_WORDS], size_t n,
			  struct stream_access *out, struct err *err)
{
	bool is_first = n > 1 && is_operation(words[0], &out->is_write);

	if (n == MAX_WORDS || n < 2 || (!is_first && !is_operation(words[1], &out->is_write)))
		return bad_form(r, words, n, err);
	if (!parse_number(words[is_first ? 1 : 0], &out->address))
		return bad_number(r, "not an address", words[is_first ? 1 : 0], err);
	out->earliest_tick = 0;
	if (n == 3 && !parse_number(words[2], &out->earliest_tick))
		return bad_number(r, "not a memory tick", words[2], err);
	return out->address < r->capacity_bytes || beyond(r, out->address, err);
}

/* True: a request, or none (a comment, an empty line). */
static bool take_line(const struct reader *r, const char *text, size_t len, bool *is_request,
		      struct stream_access *out, struct err *err)
{
	struct word words[MAX_WORDS];
	size_t n = cut_words(text, len, words);
	struct err why = { 0 };

	*is_request = n > 0;
	if ((n == 0 || memchr(text, '#', len)) && !lines_check_text(r->lines, text, len, err))
		return false;
	if (n == 0 || parse_request(r, words, n, out, &why))
		return true;
	if (lines_check_text(r->lines, text, len, err))
		*err = why;
	return false;
}

static bool read_next(struct stream *s, struct stream_access *out, struct err *err)
{
	struct reader *r = (struct reader *)s;
	const char *text;
	size_t len;

	while (lines_next(r->lines, &text, &len, err)) {
		bool is_request;

		if (!take_line(r, text, len, &is_request, out, err)) {
			lines_blame_damage(r->lines, err);
			return false;
		}
		if (is_request)
			return r->has_accesses = true;
	}
	if (!err->code && !r->has_accesses)
		err_set(err, ERR_INPUT,
			"%s: no request in the stream (found the end after line %" PRIu64 ", %s)",
			lines_name(r->lines), lines_number(r->lines), expected);
	return false;
}

static void read_close(struct stream *s)
{
	struct reader *r = (struct reader *)s;

	lines_close(r->lines);
	free(r);
}

static const struct stream_ops read_ops = { .next = read_next, .close = read_close };

struct stream *stream_open(const char *path, uint64_t capacity_bytes, struct err *err)
{
	struct lines *lines = lines_open(path, "request stream", UINT64_MAX, err);
	struct reader *r;

	if (!lines)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	stream_init(&r->stream, &read_ops, "file");
	r->lines = lines;
	r->capacity_bytes = capacity_bytes;
	return &r->stream;
}
