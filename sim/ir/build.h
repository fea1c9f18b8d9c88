/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building a graph, statement by statement, with every check of the trace's
 * contract: the reader feeds it parsed lines, the model generators (trace/models/)
 * feed it directly, so both pass the same rules.  Messages carry file:line.
 */
#ifndef MEMSIM_IR_BUILD_H
#define MEMSIM_IR_BUILD_H

#include "ir/ops.h"

struct graph_builder;
struct graph_builder *graph_builder_new(const char *file);
void graph_builder_free(struct graph_builder *b); /* before finish only */

/* One statement of the trace language, already cut into words ("tensor", "x0", "f16", ...);
 * handles model, tensor, op, fuse, repeat, end, end-of-trace. */
bool graph_statement(struct graph_builder *b, uint64_t line, char **words, size_t n_words,
		     struct err *err);
/* Checks what only the whole can tell (open repeats, groups convex, state); consumes b.
 * `complete` true demands end-of-trace (a file of more than one gzip member). */
struct graph *graph_builder_finish(struct graph_builder *b, bool must_have_end, struct err *err);

#endif
