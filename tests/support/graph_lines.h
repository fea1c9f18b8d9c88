/* SPDX-License-Identifier: Apache-2.0 */
/* A graph from statements written in a test. */
#ifndef MEMSIM_TESTS_GRAPH_LINES_H
#define MEMSIM_TESTS_GRAPH_LINES_H

#include "base/err.h"
#include "ir/graph.h"

/* Statements without the first line, NULL-terminated, as lines 1, 2, ... of "test". */
struct graph *graph_of(const char *const *lines, struct err *err);
/* Likewise; must be right. */
struct graph *graph_must(const char *const *lines);

#endif
