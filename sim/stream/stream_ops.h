/* SPDX-License-Identifier: Apache-2.0 */
/* What a source of accesses provides; its struct begins with a struct stream.  Private. */
#ifndef MEMSIM_STREAM_STREAM_OPS_H
#define MEMSIM_STREAM_STREAM_OPS_H

#include "base/hash.h"
#include "stream/stream.h"

struct stream_ops {
	bool (*next)(struct stream *s, struct stream_access *out, struct err *err);
	void (*close)(struct stream *s);
};

struct stream {
	const struct stream_ops *ops;
	const char *kind;
	uint64_t n_accesses;
	struct hash hash;
};

void stream_init(struct stream *s, const struct stream_ops *ops, const char *kind);

#endif
