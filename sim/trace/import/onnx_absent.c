/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for the ONNX importer where its schema or parser was missing when memsim was built. */
#include "trace/import/onnx.h"

bool import_onnx(const char *name, const struct buf *file, const struct import_options *options,
		 struct buf *text, struct err *err)
{
	(void)file;
	(void)options;
	(void)text;
	return err_set(err, ERR_WORKLOAD,
		       "%s: this memsim was built without ONNX; install protobuf-c-compiler, "
		       "libprotobuf-c-dev and libonnx-dev (scripts/setup onnx), and build it again",
		       name);
}
