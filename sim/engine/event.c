/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event queue: a 4-ary heap of small keys.  The key is a total order (time,
 * priority, sequence number), so the order of execution does not depend on the
 * heap's shape.  What an event does lies beside the heap, in slots that do not
 * move.  It knows nothing of what the events mean.
 */
#include "engine/event.h"

#include <stdlib.h>

#include "base/mem.h"

#define HORIZON_PS ((uint64_t)INT64_MAX)
#define ARITY 4
#define PRIORITY_SHIFT 60 /* 2^60 events: centuries at any speed */

struct key {
	uint64_t when_ps;
	uint64_t order; /* priority, then sequence number */
	uint32_t slot;
};

struct action {
	event_fn fn;
	void *context;
	uint64_t argument;
};

struct event_queue {
	uint64_t now_ps;
	uint64_t sequence;
	uint64_t n_run;
	struct key *keys;
	size_t n_keys, keys_capacity;
	struct action *actions;
	size_t n_actions, actions_capacity; /* slots ever used */
	uint32_t *free_slots;
	size_t n_free, free_capacity;
	bool is_overflowed;
};

struct event_queue *event_queue_new(void)
{
	return xcalloc(1, sizeof(struct event_queue));
}

void event_queue_free(struct event_queue *q)
{
	if (q == NULL)
		return;
	free(q->keys);
	free(q->actions);
	free(q->free_slots);
	free(q);
}

uint64_t event_now(const struct event_queue *q)
{
	return q->now_ps;
}

bool event_overflowed(const struct event_queue *q)
{
	return q->is_overflowed;
}

uint64_t event_count(const struct event_queue *q)
{
	return q->n_run;
}

/* As one number of 128 bits: without a branch, which the processor could only guess. */
static unsigned __int128 rank(const struct key *k)
{
	return (unsigned __int128)k->when_ps << 64 | k->order;
}

static bool key_is_before(const struct key *a, const struct key *b)
{
	return rank(a) < rank(b);
}

static void sift_up(struct key *keys, size_t at, struct key key)
{
	while (at > 0) {
		size_t parent = (at - 1) / ARITY;

		if (!key_is_before(&key, &keys[parent]))
			break;
		keys[at] = keys[parent];
		at = parent;
	}
	keys[at] = key;
}

static size_t earliest_child(const struct key *keys, size_t first, size_t n)
{
	size_t end = first + ARITY < n ? first + ARITY : n;
	size_t best = first;

	if (end - first == ARITY) {
		size_t left = first + key_is_before(&keys[first + 1], &keys[first]);
		size_t right = first + 2 + key_is_before(&keys[first + 3], &keys[first + 2]);

		return key_is_before(&keys[right], &keys[left]) ? right : left;
	}
	for (size_t i = first + 1; i < end; i++)
		best = key_is_before(&keys[i], &keys[best]) ? i : best;
	return best;
}

static void sift_down(struct key *keys, size_t n, struct key key)
{
	size_t at = 0;

	for (size_t first = 1; first < n; first = at * ARITY + 1) {
		size_t child = earliest_child(keys, first, n);

		if (!key_is_before(&keys[child], &key))
			break;
		keys[at] = keys[child];
		at = child;
	}
	keys[at] = key;
}

static uint32_t take_slot(struct event_queue *q)
{
	if (q->n_free > 0)
		return q->free_slots[--q->n_free];
	GROW(q->actions, q->n_actions, q->actions_capacity);
	if (q->n_actions >= UINT32_MAX)
		BUG("more than 2^32 events pending");
	return (uint32_t)q->n_actions++;
}

void event_at(struct event_queue *q, uint64_t when_ps, enum event_priority priority, event_fn fn,
	      void *context, uint64_t argument)
{
	struct key key;

	if (when_ps < q->now_ps)
		BUG("event at %" PRIu64 " ps, now is %" PRIu64 " ps", when_ps, q->now_ps);
	if (when_ps > HORIZON_PS) {
		q->is_overflowed = true;
		return;
	}
	key.when_ps = when_ps;
	key.order = (uint64_t)priority << PRIORITY_SHIFT | q->sequence++;
	key.slot = take_slot(q);
	q->actions[key.slot] = (struct action){ fn, context, argument };
	GROW(q->keys, q->n_keys, q->keys_capacity);
	sift_up(q->keys, q->n_keys++, key);
}

bool event_run_next(struct event_queue *q)
{
	struct key first;
	struct action action;

	if (q->n_keys == 0)
		return false;
	first = q->keys[0];
	if (--q->n_keys > 0)
		sift_down(q->keys, q->n_keys, q->keys[q->n_keys]);
	action = q->actions[first.slot];
	GROW(q->free_slots, q->n_free, q->free_capacity);
	q->free_slots[q->n_free++] = first.slot;
	q->now_ps = first.when_ps;
	q->n_run++;
	action.fn(action.context, action.argument);
	return true;
}
