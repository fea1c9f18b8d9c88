/* SPDX-License-Identifier: Apache-2.0 */
/* Forwards to the kind of stream at hand, and keeps what identifies any stream. */
#include "stream/stream_ops.h"

void stream_init(struct stream *s, const struct stream_ops *ops, const char *kind)
{
	*s = (struct stream){ .ops = ops, .kind = kind };
	hash_init(&s->hash);
}

bool stream_next(struct stream *s, struct stream_access *out, struct err *err)
{
	if (!s->ops->next(s, out, err))
		return false;
	s->n_accesses++;
	hash_add_pair(&s->hash, out->earliest_tick, out->address << 1 | out->is_write);
	return true;
}

void stream_close(struct stream *s)
{
	if (s)
		s->ops->close(s);
}

const char *stream_kind(const struct stream *s)
{
	return s->kind;
}

uint64_t stream_count(const struct stream *s)
{
	return s->n_accesses;
}

void stream_hash(const struct stream *s, char out[33])
{
	hash_hex(&s->hash, out);
}
