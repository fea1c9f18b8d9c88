/* SPDX-License-Identifier: Apache-2.0 */
/* A 4-ary heap of the event queue's keys.  What an event does lies elsewhere, in its slot. */
#ifndef MEMSIM_ENGINE_EVENT_HEAP_H
#define MEMSIM_ENGINE_EVENT_HEAP_H

#include "base/base.h"

struct event_key {
	uint64_t when_ps;
	uint64_t order; /* priority, then sequence number */
	uint32_t slot;
};

/* As one number of 128 bits: without a branch, which the processor could only guess. */
static inline bool event_key_is_before(const struct event_key *a, const struct event_key *b)
{
	return ((unsigned __int128)a->when_ps << 64 | a->order) <
	       ((unsigned __int128)b->when_ps << 64 | b->order);
}

/* Zeroed is empty. */
struct event_heap {
	struct event_key *keys;
	size_t n, capacity;
};

void event_heap_release(struct event_heap *h);
void event_heap_add(struct event_heap *h, const struct event_key *key);
/* Of a heap that is not empty. */
static inline const struct event_key *event_heap_first(const struct event_heap *h)
{
	return &h->keys[0];
}
void event_heap_remove_first(struct event_heap *h);

#endif
