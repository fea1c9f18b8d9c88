/* SPDX-License-Identifier: Apache-2.0 */
/* What a source of accesses provides; its struct begins with a struct stream.  Private. */
#ifndef MEMSIM_STREAM_STREAM_OPS_H
#define MEMSIM_STREAM_STREAM_OPS_H

#include "stream/fingerprint.h"
#include "stream/stream.h"

struct stream_ops {
	bool (*next)(struct stream *s, struct stream_access *out, struct err *err);
	void (*close)(struct stream *s);
	/* NULL: never regular. */
	bool (*period)(const struct stream *s, struct stream_period *out);
	void (*jump)(struct stream *s, uint64_t n_accesses);
};

struct stream {
	const struct stream_ops *ops;
	const char *kind;
	uint64_t n_accesses;
	struct fingerprint hash;
};

/* The number that stands for an access in the hash. */
static inline uint64_t stream_number(const struct stream_access *a)
{
	/* odd and not small, so that ticks do not look like addresses */
	return (a->address << 1 | a->is_write) + a->earliest_tick * UINT64_C(0x9E3779B97F4A7C15);
}

void stream_init(struct stream *s, const struct stream_ops *ops, const char *kind);

#endif
