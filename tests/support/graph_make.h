/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of a model of traces, by the words of memsim-trace make. */
#ifndef MEMSIM_TESTS_GRAPH_MAKE_H
#define MEMSIM_TESTS_GRAPH_MAKE_H

#include "ir/graph.h"

/* `keys`: "KEY=VALUE KEY=VALUE"; must be right. */
struct graph *graph_make(const char *model, const char *keys);

#endif
