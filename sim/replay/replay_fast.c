/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The injector of replay.c without events: time goes from one tick at which the memory has
 * something to do, or an access may be offered, to the next.  Arrivals come before the
 * memory's tick at the same edge, as they do there.
 */
#include "replay/replay_internal.h"

#include <stdlib.h>

#include "base/mem.h"

struct fast_replay {
	struct ram21_fast *memory;
	struct stream *stream;
	const struct replay_options *options;
	struct replay_result *result;
	struct err *err;
	struct stream_access access; /* the next one */
	bool has_access, is_over;
	uint64_t now; /* a tick: it is the time of its edge */
};

static uint64_t now_ps(const struct fast_replay *r)
{
	return ram21_fast_tick_ps(r->memory, r->now);
}

static bool draw(struct fast_replay *r)
{
	r->has_access = stream_next(r->stream, &r->access, r->err);
	r->is_over = !r->has_access;
	if (r->has_access && r->options->progress && stream_count(r->stream) % PROGRESS_STEP == 0)
		r->options->progress(r->options->progress_context, stream_count(r->stream),
				     now_ps(r));
	return r->has_access;
}

static void offer(struct fast_replay *r)
{
	if (r->access.is_write)
		r->result->writes++;
	else
		r->result->reads++;
	r->has_access = false;
	ram21_fast_offer(r->memory, r->access.address, r->access.is_write, r->now);
}

/* Offers as many as are accepted now.  False: a fault of the stream. */
static bool inject(struct fast_replay *r)
{
	while (!ram21_fast_has_door(r->memory) && !r->is_over) {
		if (!r->has_access && !draw(r))
			return !r->err->code;
		if (r->access.earliest_tick > r->now)
			return true;
		offer(r);
	}
	return true;
}

/* To the next moment at which something happens. */
static void advance(struct fast_replay *r)
{
	uint64_t arrival = r->has_access ? r->access.earliest_tick : RAM21_FAST_NEVER;

	r->now = ram21_fast_held(r->memory) > 0 ? ram21_fast_step(r->memory, arrival) : arrival;
}

static bool run_ticks(struct fast_replay *r)
{
	uint64_t n_idle = 0, last_tick = ram21_fast_last_tick(r->memory);

	if (!inject(r))
		return false;
	while (!r->is_over || ram21_fast_held(r->memory) > 0) {
		uint64_t offered = stream_count(r->stream), held = ram21_fast_held(r->memory);

		advance(r);
		if (r->now > last_tick)
			return replay_is_past_horizon(r->err);
		if (!ram21_fast_has_door(r->memory) && !inject(r))
			return false;
		n_idle = r->has_access || ram21_fast_held(r->memory) < held ||
			 stream_count(r->stream) != offered ? 0 : n_idle + 1;
		if (n_idle > STUCK_EVENTS)
			return replay_is_stuck(r->stream, now_ps(r), r->err);
	}
	return true;
}

static void close_result(struct fast_replay *r, uint64_t burst_bytes)
{
	struct replay_result *out = r->result;

	out->bytes = (out->reads + out->writes) * burst_bytes;
	ram21_fast_account(r->memory, &out->hbm);
	out->end_ps = ram21_fast_end_ps(r->memory);
	out->n_channels = ram21_fast_n_channels(r->memory);
	out->channels = xcalloc(out->n_channels, sizeof(*out->channels));
	for (unsigned i = 0; i < out->n_channels; i++)
		ram21_fast_channel_account(r->memory, i, &out->channels[i]);
}

bool replay_fast(struct ram21_fast *f, uint64_t burst_bytes, struct stream *s,
		 const struct replay_options *options, struct replay_result *out, struct err *err)
{
	struct fast_replay r = {
		.memory = f, .stream = s, .options = options, .result = out, .err = err,
	};
	bool ok;

	*out = (struct replay_result){ 0 };
	if (options->watch)
		ram21_fast_watch(f, options->watch, options->watch_context);
	ok = run_ticks(&r);
	if (ok)
		close_result(&r, burst_bytes);
	ram21_fast_free(f);
	return ok;
}
