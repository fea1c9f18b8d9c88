/* SPDX-License-Identifier: Apache-2.0 */
/* See graph_lines.h. */
#include "support/graph_lines.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ir/build.h"

#define MAX_LINE_WORDS 64

static bool add_line(struct graph_builder *b, uint64_t number, const char *text, struct err *err)
{
	char *line = xstrdup(text), *words[MAX_LINE_WORDS], *save = NULL;
	size_t n = 0;
	bool ok;

	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	ok = graph_statement(b, number, words, n, err);
	free(line);
	return ok;
}

struct graph *graph_of(const char *const *lines, struct err *err)
{
	struct graph_builder *b = graph_builder_new("test");

	for (uint64_t n = 0; lines[n]; n++) {
		if (!add_line(b, n + 1, lines[n], err)) {
			graph_builder_free(b);
			return NULL;
		}
	}
	return graph_builder_finish(b, false, err);
}

struct graph *graph_must(const char *const *lines)
{
	struct err err = { .code = ERR_NONE };
	struct graph *g = graph_of(lines, &err);

	ck_assert_msg(g != NULL, "%s", err.text);
	return g;
}
