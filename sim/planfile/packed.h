/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues of commands, one a core, in a few dozen bytes a command: those that a file has
 * given and nobody has asked for yet, since it lists one core after the other.
 */
#ifndef MEMSIM_PLANFILE_PACKED_H
#define MEMSIM_PLANFILE_PACKED_H

#include "ir/command.h"

struct packed_queue {
	uint8_t *bytes; /* [head .. tail) */
	size_t head, tail, capacity;
	struct vector_part *parts; /* of the command taken last */
	size_t parts_capacity;
};
void packed_release(struct packed_queue *q);
void packed_clear(struct packed_queue *q);
static inline bool packed_is_empty(const struct packed_queue *q)
{
	return q->head == q->tail;
}
static inline uint64_t packed_bytes(const struct packed_queue *q)
{
	return q->tail - q->head;
}
/* `line` comes back with the command. */
void packed_put(struct packed_queue *q, const struct command *c, uint64_t line);
/* The queue is not empty.  The parts of vector work are valid until the next. */
void packed_take(struct packed_queue *q, struct command *c, uint64_t *line);

#endif
