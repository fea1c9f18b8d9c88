/* SPDX-License-Identifier: Apache-2.0 */
/* The heap's order.  Knows keys, and no queue. */
#include "engine/event_heap.h"

#include <stdlib.h>

#include "base/mem.h"

#define ARITY 4

void event_heap_release(struct event_heap *h)
{
	free(h->keys);
	*h = (struct event_heap){ NULL, 0, 0 };
}

void event_heap_add(struct event_heap *h, const struct event_key *key)
{
	size_t at = h->n;

	GROW(h->keys, h->n, h->capacity);
	h->n++;
	while (at > 0) {
		size_t parent = (at - 1) / ARITY;

		if (!event_key_is_before(key, &h->keys[parent]))
			break;
		h->keys[at] = h->keys[parent];
		at = parent;
	}
	h->keys[at] = *key;
}

static size_t earliest_child(const struct event_key *keys, size_t first, size_t n)
{
	size_t end = first + ARITY < n ? first + ARITY : n;
	size_t best = first;

	if (end - first == ARITY) {
		size_t left = first + event_key_is_before(&keys[first + 1], &keys[first]);
		size_t right = first + 2 + event_key_is_before(&keys[first + 3], &keys[first + 2]);

		return event_key_is_before(&keys[right], &keys[left]) ? right : left;
	}
	for (size_t i = first + 1; i < end; i++)
		best = event_key_is_before(&keys[i], &keys[best]) ? i : best;
	return best;
}

void event_heap_remove_first(struct event_heap *h)
{
	struct event_key key = h->keys[--h->n];
	size_t at = 0;

	for (size_t first = 1; first < h->n; first = at * ARITY + 1) {
		size_t child = earliest_child(h->keys, first, h->n);

		if (!event_key_is_before(&h->keys[child], &key))
			break;
		h->keys[at] = h->keys[child];
		at = child;
	}
	h->keys[at] = key;
}
