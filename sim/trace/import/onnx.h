/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX files; built with the format's schema, or without it and then refusing them. */
#ifndef MEMSIM_TRACE_IMPORT_ONNX_H
#define MEMSIM_TRACE_IMPORT_ONNX_H

#include "trace/import/import.h"

bool import_onnx(const char *name, const struct buf *file, const struct import_options *options,
		 struct buf *text, struct err *err);

#endif
