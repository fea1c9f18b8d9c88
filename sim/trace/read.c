/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to statements: lines, comments, words, and the first line.  What a
 * statement means is the graph builder's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "ir/build.h"
#include "trace/source.h"
#include "trace/trace.h"

struct reader {
	struct source *source;
	struct graph_builder *builder;
	const char *name;
	uint64_t line; /* number of the line at hand */
	struct buf text;
	char **words;
	size_t n_words, words_capacity;
};

/* Where `text` stops being printable UTF-8: NULL, or the offending byte. */
static const char *bad_text(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		unsigned char byte = (unsigned char)*text;
		size_t n;
		uint32_t code;

		if (byte >= 0x20 && byte < 0x7f) {
			text++;
			continue;
		}
		n = utf8_char(text, (size_t)(end - text), &code);
		if (n == 0 || (n == 1 && byte != '\t'))
			return text;
		text += n;
	}
	return NULL;
}

static bool check_text(const struct reader *r, const char *text, size_t len, struct err *err)
{
	const char *bad = bad_text(text, len);
	size_t column;

	if (!bad)
		return true;
	column = (size_t)(bad - text) + 1;
	if (*bad == '\0')
		return err_at(err, ERR_INPUT, r->name, r->line,
			      "a NUL byte in column %zu (expected text)", column);
	return err_at(err, ERR_INPUT, r->name, r->line,
		      "not UTF-8 text (found byte 0x%02x in column %zu); "
		      "is this a trace?",
		      (unsigned char)*bad, column);
}

static void cut_words(struct reader *r, char *text)
{
	text[strcspn(text, "#")] = '\0';
	r->n_words = 0;
	for (;;) {
		text += strspn(text, " \t");
		if (*text == '\0')
			return;
		GROW(r->words, r->n_words, r->words_capacity);
		r->words[r->n_words++] = text;
		text += strcspn(text, " \t");
		if (*text != '\0')
			*text++ = '\0';
	}
}

static bool first_line(const struct reader *r, struct err *err)
{
	if (r->n_words == 0 || strcmp(r->words[0], "memsim-trace") != 0)
		return err_at(err, ERR_INPUT, r->name, 1,
			      "not a trace (found '%.40s', expected first line "
			      "\"memsim-trace " TRACE_VERSION "\")",
			      r->n_words ? r->words[0] : "");
	if (r->n_words == 2 && strcmp(r->words[1], TRACE_VERSION) == 0)
		return true;
	return err_at(err, ERR_INPUT, r->name, 1,
		      "version of the trace not known (found '%.40s', expected "
		      "'" TRACE_VERSION "'); a newer memsim may read it",
		      r->n_words > 1 ? r->words[r->n_words == 2 ? 1 : 2] : "");
}

/* What the first bytes give away, before their line is looked at. */
static bool check_start(const struct reader *r, const char *text, size_t len, struct err *err)
{
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return err_at(err, ERR_INPUT, r->name, 1,
			      "a byte order mark (expected plain UTF-8); save the "
			      "file without one");
	if (len >= 2 && memcmp(text, "\x1f\x8b", 2) == 0)
		return err_at(err, ERR_INPUT, r->name, 1, "gzip inside gzip; decompress it once");
	return true;
}

static bool take_line(struct reader *r, char *text, size_t len, struct err *err)
{
	r->line++;
	if (len > 0 && text[len - 1] == '\r')
		text[--len] = '\0';
	if (len > TRACE_MAX_LINE)
		return err_at(err, ERR_LIMIT, r->name, r->line, "a line longer than %zu bytes",
			      TRACE_MAX_LINE);
	if ((r->line == 1 && !check_start(r, text, len, err)) || !check_text(r, text, len, err))
		return false;
	cut_words(r, text);
	if (r->line == 1)
		return first_line(r, err);
	return r->n_words == 0 || graph_statement(r->builder, r->line, r->words, r->n_words, err);
}

/* Adds a piece of a line, and takes the line once it is whole. */
static bool take_piece(struct reader *r, const char *piece, size_t len, bool is_whole,
		       struct err *err)
{
	bool ok;

	if (r->text.len + len > TRACE_MAX_LINE + 1) /* the one may be a CR */
		return err_at(err, ERR_LIMIT, r->name, r->line + 1, "a line longer than %zu bytes",
			      TRACE_MAX_LINE);
	buf_add(&r->text, piece, len);
	if (!is_whole)
		return true;
	ok = take_line(r, r->text.data, r->text.len, err);
	buf_clear(&r->text);
	return ok;
}

static bool take_chunk(struct reader *r, const char *data, size_t len, struct err *err)
{
	while (len > 0) {
		const char *newline = memchr(data, '\n', len);
		size_t piece = newline ? (size_t)(newline - data) : len;

		if (!take_piece(r, data, piece, newline != NULL, err))
			return false;
		data += piece + (newline != NULL);
		len -= piece + (newline != NULL);
	}
	return true;
}

/* A complaint about the text of a damaged file would mislead: the damage goes first. */
static void blame_damage(struct reader *r, struct err *err)
{
	struct err damage = { .code = ERR_NONE };
	const char *data;
	size_t len = 1;

	while (source_members(r->source) > 0 && len > 0)
		if (!source_next(r->source, &data, &len, &damage))
			break;
	if (damage.code == ERR_INPUT)
		*err = damage;
}

static bool read_all(struct reader *r, struct err *err)
{
	const char *data;
	size_t len;

	do {
		if (!source_next(r->source, &data, &len, err))
			return false;
		if (!take_chunk(r, data, len, err)) {
			blame_damage(r, err);
			return false;
		}
	} while (len > 0);
	if (r->text.len > 0 && !take_piece(r, "", 0, true, err))
		return false;
	return r->line > 0 || err_set(err, ERR_INPUT,
				      "%s: the file is empty (expected first line "
				      "\"memsim-trace " TRACE_VERSION "\")",
				      r->name);
}

struct graph *trace_read(const char *path, struct err *err)
{
	struct reader r = { .source = source_open(path, err) };
	struct graph *g = NULL;

	if (!r.source)
		return NULL;
	r.name = source_name(r.source);
	r.builder = graph_builder_new(r.name);
	if (read_all(&r, err)) {
		g = graph_builder_finish(r.builder, source_members(r.source) > 1, err);
		r.builder = NULL;
	}
	graph_builder_free(r.builder);
	buf_release(&r.text);
	free(r.words);
	source_close(r.source);
	return g;
}
