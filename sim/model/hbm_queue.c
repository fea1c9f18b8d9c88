/* SPDX-License-Identifier: Apache-2.0 */
/* Queues and their order of age and overlap.  Which entry goes next is hbm_schedule.c's. */
#include "model/hbm_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void hbm_queue_init(struct hbm_queue *q, size_t capacity)
{
	memset(q, 0, sizeof(*q));
	q->capacity = capacity;
	q->entries = xcalloc(2 * capacity, sizeof(*q->entries));
}

void hbm_queue_release(struct hbm_queue *q)
{
	free(q->entries);
}

void hbm_door_add(struct hbm_queue *q, struct packet *p)
{
	p->next = NULL;
	if (q->n_door++ == 0)
		q->door_first = p;
	else
		q->door_last->next = p;
	q->door_last = p;
}

struct packet *hbm_door_take(struct hbm_queue *q)
{
	struct packet *p = q->door_first;

	if (q->n_door == 0 || q->n == q->capacity)
		return NULL;
	q->door_first = p->next;
	q->n_door--;
	return p;
}

static size_t bucket(uint64_t block)
{
	/* 2^64 / golden ratio */
	return (size_t)((block * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - HBM_FILTER_BITS));
}

size_t hbm_queue_find(const struct hbm_queue *q, uint64_t block)
{
	size_t i = 0;

	if (q->filter[bucket(block)] == 0)
		return q->n;
	while (i < q->n && hbm_queue_at(q, i)->block != block)
		i++;
	return i;
}

static bool overlap(const struct hbm_entry *a, const struct hbm_entry *b)
{
	return a->block == b->block && (a->bursts & b->bursts) != 0;
}

static void block_by(struct hbm_entry *e, const struct hbm_queue *q)
{
	for (size_t i = hbm_queue_find(q, e->block); i < q->n; i++) {
		struct hbm_entry *older = hbm_queue_at(q, i);

		if (!overlap(older, e))
			continue;
		older->is_waited_for = true;
		e->blockers++;
	}
}

static void unblock(const struct hbm_entry *gone, struct hbm_queue *q)
{
	for (size_t i = hbm_queue_find(q, gone->block); i < q->n; i++) {
		struct hbm_entry *e = hbm_queue_at(q, i);

		if (e->order > gone->order && overlap(e, gone))
			e->blockers--;
	}
}

struct hbm_entry *hbm_queue_add(struct hbm_queue *queues, enum hbm_direction d,
				const struct hbm_entry *e)
{
	struct hbm_queue *q = &queues[d];
	struct hbm_entry *at;

	if (q->first + q->n == 2 * q->capacity) {
		memmove(q->entries, q->entries + q->first, q->n * sizeof(*q->entries));
		q->first = 0;
	}
	at = hbm_queue_at(q, q->n);
	*at = *e;
	block_by(at, &queues[HBM_WRITES]);
	if (d == HBM_WRITES)
		block_by(at, &queues[HBM_READS]);
	q->n++;
	q->filter[bucket(e->block)]++;
	return at;
}

void hbm_queue_remove(struct hbm_queue *queues, enum hbm_direction d, size_t index,
		      struct hbm_entry *out)
{
	struct hbm_queue *q = &queues[d];

	*out = *hbm_queue_at(q, index);
	q->passed = index == 0 ? 0 : q->passed + 1;
	memmove(hbm_queue_at(q, 1), hbm_queue_at(q, 0), index * sizeof(*q->entries));
	q->first++;
	q->n--;
	q->filter[bucket(out->block)]--;
	if (!out->is_waited_for)
		return;
	unblock(out, &queues[HBM_WRITES]);
	if (d == HBM_WRITES)
		unblock(out, &queues[HBM_READS]);
}
