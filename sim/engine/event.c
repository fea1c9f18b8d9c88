/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event queue.  The key is a total order (time, priority, sequence number), so the
 * order of execution does not depend on how events are kept.  The reference engine keeps
 * all of them in a heap; the fast one those of the near future in a wheel, in buckets of
 * time that are sorted when their turn comes, and of a line of events only the first.  It knows
 * nothing of what the events mean.
 */
#include "engine/event.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/off_by_one.h"
#include "engine/event_heap.h"

#define HORIZON_PS ((uint64_t)INT64_MAX)
#define PRIORITY_SHIFT 60 /* 2^60 events: centuries at any speed */
#define NONE UINT32_MAX

/* Wide enough that few buckets are empty, narrow enough that few events share one; the wheel
 * reaches about a microsecond, the time of a few DRAM accesses. */
#define BUCKET_SHIFT 8
#define N_WORDS 64
#define N_BUCKETS (N_WORDS * 64)
#define MOVES_BY_INSERTION 8 /* a key, on average: more, and the bucket is sorted in earnest */

struct action {
	uint64_t when_ps, order; /* the key */
	event_fn fn;
	void *context;
	uint64_t argument;
	uint32_t next; /* of its bucket, or of the free slots */
};

struct bucket {
	uint32_t first, last;
};

/* Buckets in (present, present + N_BUCKETS); a bit says that one is not empty. */
struct wheel {
	struct bucket buckets[N_BUCKETS];
	uint64_t words[N_WORDS], summary;
};

struct event_queue {
	struct event_head head;
	uint64_t sequence;
	struct event_heap heap; /* what the wheel does not reach */
	struct action *actions;
	size_t n_actions, actions_capacity; /* slots ever used */
	uint32_t first_free;
	struct wheel *wheel;
	uint64_t present; /* the bucket whose events are run */
	struct event_key *keys; /* they, in order: [at, n) have still to be */
	size_t at, n_keys, keys_capacity;
	bool is_overflowed;
};

struct event_queue *event_queue_new(enum engine engine)
{
	struct event_queue *q = xcalloc(1, sizeof(*q));

	q->head.engine = engine;
	q->first_free = NONE;
	q->wheel = xcalloc(1, sizeof(*q->wheel));
	return q;
}

void event_queue_free(struct event_queue *q)
{
	if (q == NULL)
		return;
	event_heap_release(&q->heap);
	free(q->actions);
	free(q->wheel);
	free(q->keys);
	free(q);
}

bool event_overflowed(const struct event_queue *q)
{
	return q->is_overflowed;
}

static uint32_t take_slot(struct event_queue *q)
{
	uint32_t slot = q->first_free;

	if (slot != NONE) {
		q->first_free = q->actions[slot].next;
		return slot;
	}
	GROW(q->actions, q->n_actions, q->actions_capacity);
	if (q->n_actions >= NONE)
		BUG("more than 2^32 events pending");
	return (uint32_t)q->n_actions++;
}

static uint64_t bucket_of(uint64_t when_ps)
{
	return when_ps >> BUCKET_SHIFT;
}

static void add_to_wheel(struct event_queue *q, uint32_t slot, uint64_t bucket)
{
	struct wheel *w = q->wheel;
	unsigned i = bucket % N_BUCKETS;
	uint64_t bit = UINT64_C(1) << i % 64;

	if (w->words[i / 64] & bit)
		q->actions[w->buckets[i].last].next = slot;
	else
		w->buckets[i].first = slot;
	w->buckets[i].last = slot;
	w->words[i / 64] |= bit;
	w->summary |= UINT64_C(1) << i / 64;
}

/* Among those of the present bucket, of which none that has run comes after it. */
static void add_to_present(struct event_queue *q, const struct event_key *key)
{
	size_t i = q->n_keys;

	GROW(q->keys, q->n_keys, q->keys_capacity);
	for (; i > q->at && event_key_is_before(key, &q->keys[i - 1]); i--)
		q->keys[i] = q->keys[i - 1];
	q->keys[i] = *key;
	q->n_keys++;
}

/* False, and noted, when the time is past the horizon. */
static bool is_in_reach(struct event_queue *q, uint64_t when_ps)
{
	if (when_ps < q->head.now_ps)
		BUG("event at %" PRIu64 " ps, now is %" PRIu64 " ps", when_ps, q->head.now_ps);
	if (when_ps <= HORIZON_PS)
		return true;
	q->is_overflowed = true;
	return false;
}

static uint64_t next_order(struct event_queue *q, enum event_priority priority)
{
	return (uint64_t)priority << PRIORITY_SHIFT | q->sequence++;
}

static void add(struct event_queue *q, uint64_t when_ps, uint64_t order, event_fn fn,
		void *context, uint64_t argument)
{
	uint64_t bucket = bucket_of(when_ps);
	struct event_key key = { when_ps, order, take_slot(q) };

	q->actions[key.slot] = (struct action){ when_ps, order, fn, context, argument, NONE };
	if (q->head.engine == ENGINE_REFERENCE || bucket - q->present >= N_BUCKETS)
		event_heap_add(&q->heap, &key);
	else if (bucket == q->present)
		add_to_present(q, &key);
	else
		add_to_wheel(q, key.slot, bucket + OFF(EVENT_BUCKET));
}

void event_at(struct event_queue *q, uint64_t when_ps, enum event_priority priority, event_fn fn,
	      void *context, uint64_t argument)
{
	if (is_in_reach(q, when_ps))
		add(q, when_ps, next_order(q, priority), fn, context, argument);
}

void event_line_init(struct event_line *line, struct event_queue *q, enum event_priority priority,
		     event_fn fn)
{
	*line = (struct event_line){ .queue = q, .priority = priority, .fn = fn };
}

/* It will be the first when its turn comes; with the line of the host's caches before it, where the
 * beginning of its owner is, as a rule. */
static void prefetch_link(const struct event_link *link)
{
	if (link == NULL)
		return;
	__builtin_prefetch(link);
	__builtin_prefetch((const char *)link - 64);
}

static void run_first(void *context, uint64_t argument)
{
	struct event_line *line = context;
	struct event_link *link = line->first;

	line->first = link->next;
	if (line->first != NULL) {
		prefetch_link(line->first->next);
		add(line->queue, line->first->when_ps + OFF(EVENT_LINE), line->first->order,
		    run_first, line, 0);
	}
	line->fn(link, argument);
}

/* One that would come before the last of the line goes by itself. */
void event_line_at(struct event_line *line, uint64_t when_ps, struct event_link *link)
{
	struct event_queue *q = line->queue;
	bool is_alone = line->first == NULL;

	if (q->head.engine == ENGINE_REFERENCE || (!is_alone && when_ps < line->last->when_ps)) {
		event_at(q, when_ps, line->priority, line->fn, link, 0);
		return;
	}
	if (!is_in_reach(q, when_ps))
		return;
	*link = (struct event_link){ NULL, when_ps, next_order(q, line->priority) };
	if (is_alone) {
		line->first = link;
		add(q, when_ps, link->order, run_first, line, 0);
	} else {
		line->last->next = link;
	}
	line->last = link;
}

/* The first bucket after the present one that is not empty; `*bucket` is its number. */
static bool next_of_wheel(const struct event_queue *q, uint64_t *bucket)
{
	const struct wheel *w = q->wheel;
	unsigned from = (unsigned)((q->present + 1) % N_BUCKETS), word = from / 64;
	uint64_t bits = w->words[word] >> from % 64 << from % 64;
	uint64_t above;

	if (w->summary == 0)
		return false;
	if (bits == 0) {
		above = word == 63 ? 0 : w->summary >> (word + 1) << (word + 1);
		word = (unsigned)__builtin_ctzll(above ? above : w->summary);
		bits = w->words[word];
	}
	/* Without a bit above `from` in its own word, the first of that word comes last. */
	from = (unsigned)__builtin_ctzll(bits) + word * 64 - from;
	*bucket = q->present + 1 + from % N_BUCKETS;
	return true;
}

static void add_key(struct event_queue *q, const struct event_key *key)
{
	GROW(q->keys, q->n_keys, q->keys_capacity);
	q->keys[q->n_keys++] = *key;
}

static void empty_bucket(struct event_queue *q, uint64_t bucket)
{
	struct wheel *w = q->wheel;
	unsigned i = bucket % N_BUCKETS;

	for (uint32_t slot = w->buckets[i].first; slot != NONE; slot = q->actions[slot].next) {
		const struct action *a = &q->actions[slot];

		add_key(q, &(struct event_key){ a->when_ps, a->order, slot });
	}
	w->words[i / 64] &= ~(UINT64_C(1) << i % 64);
	if (w->words[i / 64] == 0)
		w->summary &= ~(UINT64_C(1) << i / 64);
}

static int compare_keys(const void *a, const void *b)
{
	return event_key_is_before(a, b) ? -1 : 1;
}

/* Events come nearly in order, so that insertion moves few keys, however many there are. */
static void sort_keys(struct event_key *keys, size_t n)
{
	size_t moves = 0;

	for (size_t i = 1 + OFF(EVENT_SORT); i < n; i++) {
		struct event_key key = keys[i];
		size_t j = i;

		for (; j > 0 && event_key_is_before(&key, &keys[j - 1]); j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
		moves += i - j;
		if (moves > MOVES_BY_INSERTION * n) {
			qsort(keys, n, sizeof(*keys), compare_keys);
			return;
		}
	}
}

/* Goes on to the next bucket with events; false when there is none. */
static bool next_bucket(struct event_queue *q)
{
	uint64_t of_wheel, of_heap;
	bool in_wheel = next_of_wheel(q, &of_wheel), in_heap = q->heap.n > 0;

	of_heap = in_heap ? bucket_of(event_heap_first(&q->heap)->when_ps) : UINT64_MAX;
	if (!in_wheel && !in_heap)
		return false;
	q->at = q->n_keys = 0;
	q->present = in_wheel ? min_u64(of_wheel, of_heap) : of_heap;
	if (in_wheel && of_wheel == q->present)
		empty_bucket(q, of_wheel);
	while (q->heap.n > 0 && bucket_of(event_heap_first(&q->heap)->when_ps) == q->present) {
		add_key(q, event_heap_first(&q->heap));
		event_heap_remove_first(&q->heap);
	}
	sort_keys(q->keys, q->n_keys);
	return true;
}

static bool next_key(struct event_queue *q, struct event_key *key)
{
	if (q->head.engine == ENGINE_REFERENCE) {
		if (q->heap.n == 0)
			return false;
		*key = *event_heap_first(&q->heap);
		event_heap_remove_first(&q->heap);
		return true;
	}
	if (q->at == q->n_keys && !next_bucket(q))
		return false;
	*key = q->keys[q->at++];
	if (q->at < q->n_keys)
		__builtin_prefetch(q->actions[q->keys[q->at].slot].context);
	return true;
}

bool event_run_next(struct event_queue *q)
{
	struct event_key first;
	struct action *action;

	if (!next_key(q, &first))
		return false;
	action = &q->actions[first.slot];
	action->next = q->first_free;
	q->first_free = first.slot;
	q->head.now_ps = first.when_ps;
	q->head.n_run++;
	action->fn(action->context, action->argument);
	return true;
}
