/* SPDX-License-Identifier: Apache-2.0 */
/* Forwards to the kind of stream at hand, and keeps what identifies any stream. */
#include "stream/stream_ops.h"

void stream_init(struct stream *s, const struct stream_ops *ops, const char *kind)
{
	*s = (struct stream){ .ops = ops, .kind = kind };
	fingerprint_init(&s->hash);
}

bool stream_next(struct stream *s, struct stream_access *out, struct err *err)
{
	if (!s->ops->next(s, out, err))
		return false;
	s->n_accesses++;
	fingerprint_add(&s->hash, stream_number(out));
	return true;
}

bool stream_period(const struct stream *s, struct stream_period *out)
{
	return s->ops->period && s->ops->period(s, out);
}

void stream_jump(struct stream *s, uint64_t n_accesses)
{
	s->ops->jump(s, n_accesses);
	s->n_accesses += n_accesses;
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
	fingerprint_hex(&s->hash, out);
}
