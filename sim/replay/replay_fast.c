/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The injector of replay.c without events: time goes from one tick at which the memory has
 * something to do, or an access may be offered, to the next.  Arrivals come before the
 * memory's tick at the same edge, as they do there.
 */
#include "replay/replay_internal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/ram21_steady.h"

#define NEVER UINT64_MAX
#define MIN_BLOCK 32 /* accesses: a look should cost less than serving them */

struct fast_replay {
	struct ram21_fast *memory;
	struct stream *stream;
	const struct replay_options *options;
	struct replay_result *result;
	struct err *err;
	struct stream_access access; /* the next one */
	bool has_access, is_over;
	uint64_t n;   /* accesses drawn */
	uint64_t now; /* a tick: it is the time of its edge */
	uint64_t last_tick; /* before the horizon of simulated time */

	/* A regular stretch of the stream, in blocks that move on by whole rows. */
	struct ram21_steady *steady; /* NULL: none */
	uint64_t stretch, stretch_end, period; /* accesses */
	uint64_t next_look;          /* at that many accesses, or NEVER */
};

static uint64_t now_ps(const struct fast_replay *r)
{
	return ram21_fast_tick_ps(r->memory, r->now);
}

/* Regular stretches. */

static void begin_stretch(struct fast_replay *r)
{
	uint64_t row_bytes = ram21_fast_row_bytes(r->memory), n = r->n, periods;
	struct stream_period p;

	ram21_steady_free(r->steady);
	r->steady = NULL;
	r->next_look = NEVER;
	if (r->options->watch || row_bytes == 0 || !stream_period(r->stream, &p) || p.left == 0)
		return;
	periods = row_bytes / gcd_u64(row_bytes, p.bytes);
	periods *= ceil_div_u64(MIN_BLOCK, periods * p.accesses);
	r->stretch = n;
	r->stretch_end = n + p.left;
	r->period = p.accesses;
	r->next_look = r->stretch_end;
	if (p.left / 4 < periods * p.accesses)
		return; /* too short to come to anything */
	r->steady = ram21_steady_new(r->memory, periods * p.accesses, periods * p.bytes / row_bytes);
	r->next_look = n + r->period;
}

/* Before an access is drawn that begins a period, or ends the stretch. */
static void look(struct fast_replay *r)
{
	uint64_t jumped;

	if (r->n == r->stretch_end) {
		begin_stretch(r);
		return;
	}
	jumped = ram21_steady_look(r->steady, r->n - r->stretch, r->stretch_end - r->n);
	if (jumped > 0) {
		stream_jump(r->stream, jumped);
		r->n += jumped;
		r->now = ram21_fast_clk(r->memory);
	}
	r->next_look = min_u64(r->n + r->period, r->stretch_end);
}

static void show_progress(const struct fast_replay *r)
{
	if (r->options->progress)
		r->options->progress(r->options->progress_context, r->n, now_ps(r));
}

static bool draw(struct fast_replay *r)
{
	while (r->n == r->next_look)
		look(r);
	if (!stream_next(r->stream, &r->access, r->err)) {
		r->is_over = true;
		return false;
	}
	if (++r->n % PROGRESS_STEP == 0)
		show_progress(r);
	return true;
}

/* Offers as many as are accepted now.  False: a fault of the stream. */
static bool inject(struct fast_replay *r)
{
	while (!r->is_over) {
		if (!r->has_access && !draw(r))
			return !r->err->code;
		r->has_access = r->access.earliest_tick > r->now;
		if (r->has_access || !ram21_fast_offer(r->memory, r->access.address,
						       r->access.is_write, r->now))
			return true;
	}
	return true;
}

/* To the next moment at which an access may be offered, or to the end of the last. */
static bool advance(struct fast_replay *r)
{
	uint64_t arrival = r->has_access ? r->access.earliest_tick : NEVER;
	uint64_t patience = r->has_access ? NEVER : STUCK_EVENTS;
	bool moved = ram21_fast_run(r->memory, arrival, patience);

	r->now = r->has_access ? arrival : ram21_fast_clk(r->memory);
	if (!moved)
		return replay_is_stuck(r->stream, now_ps(r), r->err);
	return r->now <= r->last_tick || replay_is_past_horizon(r->err);
}

static bool run_ticks(struct fast_replay *r)
{
	if (!inject(r))
		return false;
	while (!r->is_over || ram21_fast_held(r->memory) > 0)
		if (!advance(r) || !inject(r))
			return false;
	return true;
}

static void close_result(struct fast_replay *r, uint64_t burst_bytes)
{
	struct replay_result *out = r->result;

	ram21_fast_offered(r->memory, &out->reads, &out->writes);
	out->bytes = (out->reads + out->writes) * burst_bytes;
	out->is_fast = true;
	ram21_fast_served(r->memory, &out->served);
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
		.last_tick = ram21_fast_last_tick(f),
	};
	bool ok;

	*out = (struct replay_result){ 0 };
	if (options->watch)
		ram21_fast_watch(f, options->watch, options->watch_context);
	begin_stretch(&r);
	ok = run_ticks(&r);
	ram21_steady_free(r.steady);
	if (ok)
		close_result(&r, burst_bytes);
	ram21_fast_free(f);
	return ok;
}
