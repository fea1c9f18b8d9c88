/* SPDX-License-Identifier: Apache-2.0 */
/* Forwards to the kind of stream at hand. */
#include "stream/stream_ops.h"

bool stream_next(struct stream *s, struct stream_access *out, struct err *err)
{
	return s->ops->next(s, out, err);
}

void stream_close(struct stream *s)
{
	if (s)
		s->ops->close(s);
}
