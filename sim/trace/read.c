/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From lines to statements: comments, words, and the first line.  What a
 * statement means is the graph builder's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lines.h"
#include "base/mem.h"
#include "base/source.h"
#include "ir/build.h"
#include "trace/trace.h"

/* Beyond this, decompressed, a trace is refused. */
#define MAX_BYTES ((uint64_t)4 << 30)

struct reader {
	struct lines *lines;
	struct graph_builder *builder;
	const char *name;
	struct buf text; /* of the line at hand */
	char **words;
	size_t n_words, words_capacity;
};

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

static bool take_line(struct reader *r, const char *text, size_t len, struct err *err)
{
	uint64_t line = lines_number(r->lines);

	if (!lines_check_text(r->lines, text, len, err))
		return false;
	buf_clear(&r->text);
	buf_add(&r->text, text, len);
	r->n_words = words_cut(r->text.data, &r->words, &r->words_capacity);
	if (line == 1)
		return first_line(r, err);
	return r->n_words == 0 || graph_statement(r->builder, line, r->words, r->n_words, err);
}

static bool read_all(struct reader *r, struct err *err)
{
	const char *text;
	size_t len;

	while (lines_next(r->lines, &text, &len, err)) {
		if (!take_line(r, text, len, err))
			break;
	}
	if (err->code) {
		lines_blame_damage(r->lines, err);
		return false;
	}
	return lines_number(r->lines) > 0 ||
	       err_set(err, ERR_INPUT,
		       "%s: the file is empty (expected first line "
		       "\"memsim-trace " TRACE_VERSION "\")",
		       r->name);
}

struct graph *trace_read(const char *path, struct err *err)
{
	struct reader r = { .lines = lines_open(path, "trace", MAX_BYTES, err) };
	struct graph *g = NULL;

	if (!r.lines)
		return NULL;
	r.name = lines_name(r.lines);
	r.builder = graph_builder_new(r.name);
	if (read_all(&r, err)) {
		g = graph_builder_finish(r.builder, lines_gzip_members(r.lines) > 1, err);
		r.builder = NULL;
	}
	graph_builder_free(r.builder);
	buf_release(&r.text);
	free(r.words);
	lines_close(r.lines);
	return g;
}

void trace_add_place(const char *path, struct err *err)
{
	char *place;

	if (err->trace_line == 0)
		return;
	place = xasprintf("%s:%" PRIu64, source_path_name(path), err->trace_line);
	err_add_place(err, place);
	free(place);
}
