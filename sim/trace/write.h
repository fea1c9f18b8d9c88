/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a trace: reading it back gives a graph of the same hash. */
#ifndef MEMSIM_TRACE_WRITE_H
#define MEMSIM_TRACE_WRITE_H

#include "base/buf.h"
#include "ir/graph.h"

/* Appends the trace of `g`, which came of no repeat: ids of iterations cannot be declared. */
void trace_write(const struct graph *g, struct buf *to);

#endif
