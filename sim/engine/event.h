/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event queue: (when_ps, priority, sequence), a total order; equal times run by
 * priority of component class, then first-in first-out.  Integer picoseconds.
 */
#ifndef MEMSIM_ENGINE_EVENT_H
#define MEMSIM_ENGINE_EVENT_H

#include "base/base.h"

/* Order within one instant, each with its reason. */
enum event_priority {
	EVENT_DELIVER,    /* data and acknowledgements arrive before anyone acts on the instant */
	EVENT_COMPLETE,   /* units finish, freeing what others wait for */
	EVENT_ISSUE,      /* DMA units send packets, on the state after completions */
	EVENT_ARRIVE,     /* packets reach the memory's door */
	EVENT_CONTROL,    /* controllers decide last: they see everything that arrived */
};

typedef void (*event_fn)(void *context, uint64_t argument);

/* How a simulation is computed, with the same result: the plain way, or with every shortcut that
 * doc/engine.md argues to be exact.  Kept here because all components share the queue. */
enum engine { ENGINE_FAST, ENGINE_REFERENCE };

struct event_queue;
struct event_queue *event_queue_new(enum engine engine);
void event_queue_free(struct event_queue *q);

/* What everybody asks for: a queue begins with it. */
struct event_head {
	uint64_t now_ps;
	uint64_t n_run;
	enum engine engine;
};
static inline const struct event_head *event_head(const struct event_queue *q)
{
	return (const struct event_head *)(const void *)q;
}
static inline enum engine event_engine(const struct event_queue *q)
{
	return event_head(q)->engine;
}
static inline uint64_t event_now(const struct event_queue *q)
{
	return event_head(q)->now_ps;
}
static inline uint64_t event_count(const struct event_queue *q) /* run so far */
{
	return event_head(q)->n_run;
}
/* when_ps >= now, else BUG.  Past the horizon (INT64_MAX ps): recorded, see event_overflowed. */
void event_at(struct event_queue *q, uint64_t when_ps, enum event_priority priority, event_fn fn,
	      void *context, uint64_t argument);

/*
 * Events of one source, which come in ascending order of time as a rule: only the first of them
 * is among the others, and the next one comes there when it runs.  Each has the place in the total
 * order that event_at() would have given it.
 */
struct event_link {
	struct event_link *next;
	uint64_t when_ps, order;
};
struct event_line {
	struct event_queue *queue;
	struct event_link *first, *last;
	enum event_priority priority;
	event_fn fn; /* its context is the link */
};
void event_line_init(struct event_line *line, struct event_queue *q, enum event_priority priority,
		     event_fn fn);
/* As event_at().  The link is the line's until the event runs. */
void event_line_at(struct event_line *line, uint64_t when_ps, struct event_link *link);

/* Runs the earliest event; false when none is left. */
bool event_run_next(struct event_queue *q);
bool event_overflowed(const struct event_queue *q);

#endif
