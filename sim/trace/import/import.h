/* SPDX-License-Identifier: Apache-2.0 */
/* Traces of models that others wrote: ONNX graphs and SCALE-Sim topologies. */
#ifndef MEMSIM_TRACE_IMPORT_H
#define MEMSIM_TRACE_IMPORT_H

#include "base/buf.h"
#include "base/err.h"

/* A symbolic dimension's value, of "NAME=VALUE". */
struct import_dim {
	const char *name;
	int64_t value;
	bool is_used;
};

struct import_options {
	struct import_dim *dims;
	size_t n_dims;
	bool takes_unknown; /* operators that memsim does not know become custom ones */
	bool folds;         /* operators that the exporter took apart are put together again */
};

/* Appends the trace of the model in `path` ("-": standard input), recognised by content.  False
 * with err set: ERR_INPUT, ERR_LIMIT, ERR_USAGE for a dimension that the model does not have, or
 * ERR_WORKLOAD where memsim was built without the format's parser. */
bool import_model(const char *path, const struct import_options *options, struct buf *text,
		  struct err *err);

#endif
