/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON of trace events: one a line.  Times are microseconds with six decimals, which is
 * picoseconds exactly.  Decides which events come through, and nothing about what they mean.
 */
#include "run/timeline_events.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PS_PER_US 1000000
#define PS_ARGS(ps) (ps) / PS_PER_US, (ps) % PS_PER_US
#define PS_FORMAT "%" PRIu64 ".%06" PRIu64

static void put(struct timeline_events *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void put(struct timeline_events *e, const char *fmt, ...)
{
	va_list args;
	char *text;
	size_t len;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	len = strlen(text);
	out_write(e->to, text, len);
	e->bytes += len;
	free(text);
}

void events_open(struct timeline_events *e, const struct timeline_options *o, struct out *to)
{
	*e = (struct timeline_events){ .to = to, .options = *o };
	put(e, "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [");
}

/* The last event, which has no comma behind it, says whether all are there. */
void events_close(struct timeline_events *e, uint64_t end_ps)
{
	put(e, "\n{\"ph\": \"i\", \"pid\": 0, \"tid\": 0, \"s\": \"p\", \"ts\": " PS_FORMAT
	       ", \"name\": \"%s\"}\n]}\n",
	    PS_ARGS(end_ps), e->is_cut ? "cut: the timeline has reached its largest size" : "end");
}

bool events_want(const struct timeline_events *e, uint64_t from_ps, uint64_t to_ps)
{
	return !e->is_cut && to_ps >= e->options.from_ps && from_ps < e->options.to_ps;
}

static void end_event(struct timeline_events *e)
{
	e->is_cut = e->is_cut || e->bytes >= e->options.max_bytes;
}

void events_process(struct timeline_events *e, const char *name)
{
	put(e, "\n{\"ph\": \"M\", \"pid\": 0, \"name\": \"process_name\", \"args\": "
	       "{\"name\": \"%s\"}},", name);
}

void events_thread(struct timeline_events *e, uint64_t tid, const char *name)
{
	put(e, "\n{\"ph\": \"M\", \"pid\": 0, \"tid\": %" PRIu64 ", \"name\": \"thread_name\", "
	       "\"args\": {\"name\": \"%s\"}},", tid, name);
	put(e, "\n{\"ph\": \"M\", \"pid\": 0, \"tid\": %" PRIu64
	       ", \"name\": \"thread_sort_index\", \"args\": {\"sort_index\": %" PRIu64 "}},",
	    tid, tid);
}

void events_slice(struct timeline_events *e, uint64_t tid, uint64_t from_ps, uint64_t to_ps,
		  const char *name, const char *args)
{
	put(e, "\n{\"ph\": \"X\", \"pid\": 0, \"tid\": %" PRIu64 ", \"ts\": " PS_FORMAT
	       ", \"dur\": " PS_FORMAT ", \"name\": \"%s\", \"args\": {%s}},",
	    tid, PS_ARGS(from_ps), PS_ARGS(to_ps - from_ps), name, args);
	end_event(e);
}

void events_flow(struct timeline_events *e, uint64_t from_tid, uint64_t from_ps, uint64_t to_tid,
		 uint64_t to_ps)
{
	uint64_t id = ++e->n_flows;

	put(e, "\n{\"ph\": \"s\", \"pid\": 0, \"tid\": %" PRIu64 ", \"ts\": " PS_FORMAT
	       ", \"id\": %" PRIu64 ", \"cat\": \"data\", \"name\": \"data\"},",
	    from_tid, PS_ARGS(from_ps), id);
	put(e, "\n{\"ph\": \"f\", \"bp\": \"e\", \"pid\": 0, \"tid\": %" PRIu64 ", \"ts\": " PS_FORMAT
	       ", \"id\": %" PRIu64 ", \"cat\": \"data\", \"name\": \"data\"},",
	    to_tid, PS_ARGS(to_ps), id);
	end_event(e);
}

void events_counter(struct timeline_events *e, uint64_t ps, const char *name, const char *args)
{
	put(e, "\n{\"ph\": \"C\", \"pid\": 0, \"ts\": " PS_FORMAT
	       ", \"name\": \"%s\", \"args\": {%s}},", PS_ARGS(ps), name, args);
	end_event(e);
}
