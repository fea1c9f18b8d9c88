/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an ONNX file to the messages of its schema, within bounds. */
#ifndef MEMSIM_TRACE_IMPORT_ONNX_WIRE_H
#define MEMSIM_TRACE_IMPORT_ONNX_WIRE_H

#include <onnx.pb-c.h>

#include "base/err.h"

struct onnx_file {
	Onnx__ModelProto *model;
	ProtobufCAllocator allocator;
	uint64_t bytes, max_bytes;
	bool is_refused; /* more was asked for */
};
bool onnx_unpack(struct onnx_file *f, const char *name, const void *data, size_t len,
		 struct err *err);
void onnx_release(struct onnx_file *f);

#endif
