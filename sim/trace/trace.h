/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a trace: plain or gzip, recognised by content, in constant memory beyond
 * the graph.  A graph is handed out only when the last byte has been verified.
 */
#ifndef MEMSIM_TRACE_TRACE_H
#define MEMSIM_TRACE_TRACE_H

#include "base/err.h"
#include "ir/graph.h"

#define TRACE_VERSION "1"

/* "-" is standard input.  NULL with err set: ERR_INPUT, or ERR_LIMIT. */
struct graph *trace_read(const char *path, struct err *err);

/* Puts the trace's name and line before an error of a later stage that blames a line of it. */
void trace_add_place(const char *path, struct err *err);

#endif
