/* SPDX-License-Identifier: Apache-2.0 */
/* Topologies of SCALE-Sim: a layer a line, convolutions or matrix products. */
#ifndef MEMSIM_TRACE_IMPORT_SCALESIM_H
#define MEMSIM_TRACE_IMPORT_SCALESIM_H

#include "trace/import/import.h"

bool import_scalesim(const char *name, const struct buf *file, struct buf *text, struct err *err);

#endif
