/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every number of a command as a variable-length integer: seven bits a byte, the last one
 * without the top bit.  Pointers to multicast groups are kept as they are; they live as
 * long as the kernel.
 */
#include "planfile/packed.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MAX_NUMBER_BYTES 10
#define KEPT_BYTES ((size_t)1 << 16) /* room that is not given back */

void packed_release(struct packed_queue *q)
{
	free(q->bytes);
	free(q->parts);
	*q = (struct packed_queue){.bytes = NULL};
}

void packed_clear(struct packed_queue *q)
{
	q->head = q->tail = 0;
	if (q->capacity <= KEPT_BYTES)
		return;
	free(q->bytes);
	q->bytes = NULL;
	q->capacity = 0;
}

static void move_to_front(struct packed_queue *q)
{
	memmove(q->bytes, q->bytes + q->head, packed_bytes(q));
	q->tail -= q->head;
	q->head = 0;
}

/* Many queues may have been long once. */
static void shrink(struct packed_queue *q)
{
	if (q->capacity <= KEPT_BYTES || packed_bytes(q) >= q->capacity / 4)
		return;
	move_to_front(q);
	q->capacity /= 2;
	q->bytes = xreallocarray(q->bytes, q->capacity, 1);
}

static void make_room(struct packed_queue *q, size_t bytes)
{
	if (q->head > 0 && q->head >= q->capacity / 2)
		move_to_front(q);
	while (q->tail + bytes > q->capacity)
		GROW(q->bytes, q->capacity, q->capacity);
}

static void put(struct packed_queue *q, uint64_t value)
{
	make_room(q, MAX_NUMBER_BYTES);
	for (; value > 0x7f; value >>= 7)
		q->bytes[q->tail++] = (uint8_t)(value | 0x80);
	q->bytes[q->tail++] = (uint8_t)value;
}

static uint64_t take(struct packed_queue *q)
{
	uint64_t value = 0;

	for (unsigned shift = 0;; shift += 7) {
		uint8_t byte = q->bytes[q->head++];

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
}

static void put_spans(struct packed_queue *q, const struct span *s, unsigned n)
{
	put(q, n);
	for (unsigned i = 0; i < n; i++) {
		put(q, s[i].memory);
		put(q, s[i].buffer);
		put(q, s[i].base);
		put(q, s[i].bytes);
	}
}

static unsigned take_spans(struct packed_queue *q, struct span *s)
{
	unsigned n = (unsigned)take(q);

	for (unsigned i = 0; i < n; i++) {
		s[i].memory = (uint8_t)take(q);
		s[i].buffer = (uint32_t)take(q);
		s[i].base = take(q);
		s[i].bytes = take(q);
	}
	return n;
}

static void put_transfer(struct packed_queue *q, const struct transfer *t)
{
	put(q, t->tensor);
	put(q, t->address);
	put(q, t->run_bytes);
	for (unsigned d = 0; d < ARRAY_SIZE(t->count); d++) {
		put(q, t->count[d]);
		put(q, t->stride_bytes[d]);
	}
	for (unsigned i = 0; i < N_TRAFFIC; i++)
		put(q, t->bytes[i]);
	put(q, (uint64_t)(uintptr_t)t->multicast);
}

static void take_transfer(struct packed_queue *q, struct transfer *t)
{
	t->tensor = (uint32_t)take(q);
	t->address = take(q);
	t->run_bytes = take(q);
	for (unsigned d = 0; d < ARRAY_SIZE(t->count); d++) {
		t->count[d] = take(q);
		t->stride_bytes[d] = take(q);
	}
	for (unsigned i = 0; i < N_TRAFFIC; i++)
		t->bytes[i] = take(q);
	t->multicast = (const struct multicast *)(uintptr_t)take(q);
}

static void put_vector(struct packed_queue *q, const struct vector_command *v)
{
	for (unsigned i = 0; i < N_VECTOR_CLASSES; i++)
		put(q, v->bytes[i]);
	put(q, v->ops);
	put(q, v->n_parts);
	for (size_t i = 0; i < v->n_parts; i++) {
		put(q, v->parts[i].op);
		put(q, v->parts[i].pass);
		put(q, v->parts[i].elements);
	}
}

static void take_vector(struct packed_queue *q, struct vector_command *v)
{
	for (unsigned i = 0; i < N_VECTOR_CLASSES; i++)
		v->bytes[i] = take(q);
	v->ops = take(q);
	v->n_parts = take(q);
	for (size_t i = 0; i < v->n_parts; i++) {
		GROW(q->parts, i, q->parts_capacity);
		q->parts[i].op = (uint32_t)take(q);
		q->parts[i].pass = (uint8_t)take(q);
		q->parts[i].elements = take(q);
	}
	v->parts = q->parts;
}

void packed_put(struct packed_queue *q, const struct command *c, uint64_t line)
{
	put(q, line);
	put(q, (uint64_t)c->unit * 2 + c->is_barrier);
	put(q, c->op);
	for (unsigned u = 0; u < N_UNITS; u++)
		put(q, c->waits[u]);
	put_spans(q, c->reads, c->n_reads);
	put_spans(q, c->writes, c->n_writes);
	switch (c->unit) {
	case UNIT_MATRIX:
		put(q, c->matrix.dtype);
		put(q, c->matrix.work.m);
		put(q, c->matrix.work.k);
		put(q, c->matrix.work.n);
		put(q, c->matrix.work.batches);
		break;
	case UNIT_VECTOR:
		put_vector(q, &c->vector);
		break;
	default:
		put_transfer(q, &c->transfer);
	}
}

void packed_take(struct packed_queue *q, struct command *c, uint64_t *line)
{
	uint64_t kind;

	*line = take(q);
	kind = take(q);
	c->unit = (enum unit_kind)(kind / 2);
	c->is_barrier = kind % 2;
	c->op = (uint32_t)take(q);
	for (unsigned u = 0; u < N_UNITS; u++)
		c->waits[u] = take(q);
	c->n_reads = take_spans(q, c->reads);
	c->n_writes = take_spans(q, c->writes);
	switch (c->unit) {
	case UNIT_MATRIX:
		c->matrix.dtype = (enum dtype)take(q);
		c->matrix.work.m = take(q);
		c->matrix.work.k = take(q);
		c->matrix.work.n = take(q);
		c->matrix.work.batches = take(q);
		break;
	case UNIT_VECTOR:
		take_vector(q, &c->vector);
		break;
	default:
		take_transfer(q, &c->transfer);
	}
	if (packed_is_empty(q))
		packed_clear(q);
	else
		shrink(q);
}
