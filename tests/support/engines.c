/* SPDX-License-Identifier: Apache-2.0 */
/* See engines.h. */
#include "support/engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"

/* Of the tables' first standards, which are those that the policy has. */
#define N_RAM21_STANDARDS 4

/* xorshift64* */
static uint64_t below(uint64_t *state, uint64_t limit)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return (x * UINT64_C(0x2545F4914F6CDD1D) >> 16) % limit;
}

/*
 * What general streams seldom meet: few addresses, so that reads find queued writes; few banks,
 * so that rows are closed under waiting hits; runs; pauses about as long as timings, now and
 * then as refreshes.
 */
static void draw_hot_stream(struct random_dram *r, uint64_t seed)
{
	uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15) | 1, hot[32], tick = 0, at = 0;
	uint64_t capacity = machine_hbm_bytes(&r->machine), grain = machine_burst_bytes(&r->machine);
	uint64_t n_hot = 1 + below(&state, ARRAY_SIZE(hot)), reach = capacity >> below(&state, 20);
	uint64_t writes = below(&state, 101), runs = below(&state, 100), pauses = below(&state, 30);

	for (uint64_t i = 0; i < n_hot; i++)
		hot[i] = below(&state, max_u64(reach, grain));
	for (uint64_t i = 0; i < r->n_accesses; i++) {
		at = below(&state, 100) < runs ? (at + grain) % capacity : hot[below(&state, n_hot)];
		if (below(&state, 1000) < pauses)
			tick += below(&state, below(&state, 8) ? 200 : 20000);
		buf_printf(&r->stream, "%c 0x%" PRIx64 " %" PRIu64 "\n",
			   below(&state, 100) < writes ? 'W' : 'R', at / grain * grain, tick);
	}
}

/* One with ticks of whole or half picoseconds, if there is one: repetitions are shorter. */
static void take_round_rate(struct machine *m)
{
	const struct dram_standard *s = machine_dram_standard(m);

	for (size_t i = 0; i < s->n_bins; i++) {
		uint64_t hz = s->bins[i].data_rate / s->bits_per_clock * s->ticks_per_clock;

		if (UINT64_C(2000000000000) % hz == 0)
			m->hbm_data_rate = s->bins[i].data_rate;
	}
}

/* Regular streams, longer ones, on devices that are refreshed often, so that steady states come soon, and
 * small, so that addresses pass the end of the memory. */
static void draw_regular(struct random_dram *r, uint64_t seed)
{
	static const char *const kinds[] = { "seqrd", "seqrd", "seqwr", "copy", "copy", "stride",
					     "stride", "il8", "il8s", "tile" };
	static const char *const mappings[] = { "acc", "RoBaRaCoCh", "MOP4CLXOR", "acc" };
	uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
	struct machine *m = &r->machine;

	snprintf(m->hbm_mapping, sizeof(m->hbm_mapping), "%s",
		 mappings[below(&state, ARRAY_SIZE(mappings))]);
	m->hbm_density = machine_dram_standard(m)->densities[0];
	m->hbm_channels = 1 + (below(&state, 6) == 0);
	m->hbm_stacks = 1;
	m->packet_bytes = machine_burst_bytes(m);
	m->hbm_read_queue = 12 + below(&state, 30);
	if (below(&state, 4) != 0) {
		m->hbm_write_queue = 24 + below(&state, 20);
		m->hbm_write_low = 4 + below(&state, 4);
		m->hbm_write_high = m->hbm_write_queue - below(&state, 8);
	}
	if (below(&state, 4) != 0)
		take_round_rate(m);
	if (below(&state, 4) != 0) { /* and so do timings that fit together */
#define X(name, help) m->t_##name = 0;
		DRAM_PARAM_LIST(X)
#undef X
	}
	m->t_RFC = 60 + below(&state, 100);
	m->t_REFI = 1500 + 100 * below(&state, 10) + below(&state, 2) * below(&state, 100);
	r->stream.len = 0;
	r->n_accesses *= 8;
	snprintf(r->spec, sizeof(r->spec), "%s:%" PRIu64, kinds[below(&state, ARRAY_SIZE(kinds))],
		 r->n_accesses);
}

/* What a seed leaves to chance: a third regular, a third hot, a third as they come. */
static void draw_kind(struct random_dram *r, uint64_t seed)
{
	if (seed % 3 == 0)
		draw_regular(r, seed);
	if (seed % 3 != 1)
		return;
	r->stream.len = 0;
	draw_hot_stream(r, seed);
}

void random_ram21(struct random_dram *r, uint64_t seed, uint64_t n_accesses)
{
	struct err err = { 0 };

	for (uint64_t salt = 0;; salt++) {
		random_dram(r, seed + salt * UINT64_C(0x9E3779B97F4A7C15), seed % N_RAM21_STANDARDS,
			    n_accesses);
		r->machine.hbm_policy = HBM_POLICY_RAMULATOR21;
		draw_kind(r, seed);
		if (memory_check(&r->machine, &err))
			break;
		random_dram_release(r);
		err = (struct err){ 0 };
	}
}

struct told {
	struct dram_command *commands;
	size_t n, capacity;
};

static void keep_command(void *context, const struct dram_command *c)
{
	struct told *t = context;

	GROW(t->commands, t->n, t->capacity);
	t->commands[t->n++] = *c;
}

struct engine_outcome {
	struct replay_result result;
	struct told told;
	struct err err;
	char hash[33];
};

struct engine_outcome *engine_run(const struct random_dram *r, bool is_reference, bool is_watched)
{
	struct engine_outcome *out = xcalloc(1, sizeof(*out));
	struct replay_options options = { .is_reference = is_reference };
	struct stream *s;

	if (is_watched) {
		options.watch = keep_command;
		options.watch_context = &out->told;
	}
	s = random_dram_open(r, &out->err);
	if (s && replay_run(&r->machine, s, &options, &out->result, &out->err))
		stream_hash(s, out->hash);
	stream_close(s);
	return out;
}

const struct replay_result *engine_result(const struct engine_outcome *o)
{
	return &o->result;
}

void engine_outcome_free(struct engine_outcome *o)
{
	free(o->told.commands);
	replay_result_release(&o->result);
	free(o);
}

bool engines_same_command(const struct dram_command *a, const struct dram_command *b)
{
	return a->tick == b->tick && a->channel == b->channel && a->command == b->command &&
	       a->pseudo_channel == b->pseudo_channel && a->stack_id == b->stack_id &&
	       a->bank_group == b->bank_group && a->bank == b->bank && a->row == b->row &&
	       a->column == b->column;
}

static bool same_commands(const struct told *a, const struct told *b, char *why, size_t size)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (engines_same_command(&a->commands[i], &b->commands[i]))
			continue;
		snprintf(why, size, "command %zu: reference %s at %" PRIu64 ", fast %s at %" PRIu64,
			 i, dram_command_name(a->commands[i].command), a->commands[i].tick,
			 dram_command_name(b->commands[i].command), b->commands[i].tick);
		return false;
	}
	if (a->n == b->n)
		return true;
	snprintf(why, size, "%zu commands by reference, %zu by fast", a->n, b->n);
	return false;
}

static bool same_account(const struct hbm_account *a, const struct hbm_account *b, const char *of,
			 char *why, size_t size)
{
#define X(name, help) \
	if (a->name != b->name) { \
		snprintf(why, size, "%s: " #name " %" PRIu64 " by reference, %" PRIu64 \
			 " by fast", of, a->name, b->name); \
		return false; \
	}
	HBM_COUNT_LIST(X)
	HBM_DETAIL_LIST(X)
#undef X
#define X(NAME, text, help) \
	if (a->class_ticks[HBM_##NAME] != b->class_ticks[HBM_##NAME]) { \
		snprintf(why, size, "%s: class " text " %" PRIu64 " by reference, %" PRIu64 \
			 " by fast", of, a->class_ticks[HBM_##NAME], b->class_ticks[HBM_##NAME]); \
		return false; \
	}
	HBM_CLASS_LIST(X)
#undef X
	if (memcmp(a, b, sizeof(*a)) == 0) /* made of 64-bit numbers alone */
		return true;
	snprintf(why, size, "%s: times, percentiles or busy ticks", of);
	return false;
}

bool engine_outcomes_agree(const struct engine_outcome *a, const struct engine_outcome *b,
			   char *why, size_t size)
{
	const struct replay_result *x = &a->result, *y = &b->result;

	if (a->err.code != b->err.code || strcmp(a->err.text, b->err.text) != 0) {
		snprintf(why, size, "reference says \"%s\", fast \"%s\"", a->err.text, b->err.text);
		return false;
	}
	if (!same_commands(&a->told, &b->told, why, size) ||
	    !same_account(&x->hbm, &y->hbm, "all", why, size))
		return false;
	if (x->end_ps != y->end_ps || x->reads != y->reads || x->writes != y->writes ||
	    x->bytes != y->bytes || x->n_channels != y->n_channels ||
	    strcmp(a->hash, b->hash) != 0) {
		snprintf(why, size, "end, accesses, hash or channels");
		return false;
	}
	for (size_t i = 0; i < x->n_channels; i++)
		if (!same_account(&x->channels[i], &y->channels[i], "a channel", why, size))
			return false;
	return true;
}

bool engines_agree(const struct random_dram *r, bool is_watched, struct engines_seen *seen,
		   char *why, size_t size)
{
	struct engine_outcome *reference = engine_run(r, true, is_watched);
	struct engine_outcome *fast = engine_run(r, false, is_watched);
	bool ok = engine_outcomes_agree(reference, fast, why, size);

	seen->served += fast->result.is_fast;
	seen->jumps += fast->result.served.jumps;
	seen->skips += fast->result.served.skips;
	seen->commands += reference->told.n;
	seen->refreshes += reference->result.hbm.refreshes;
	seen->forwarded += reference->result.hbm.forwarded_reads;
	seen->coalesced += reference->result.hbm.coalesced_writes;
	seen->precharges_all += reference->result.hbm.precharges_all;
	engine_outcome_free(reference);
	engine_outcome_free(fast);
	return ok;
}

/* About 1 to 8,000. */
static uint64_t length_of(uint64_t seed)
{
	return 1 + seed * seed * 7919 % (UINT64_C(1) << (2 + seed / 2 % 12));
}

void engines_machine(struct random_dram *r, unsigned generation)
{
	struct err err = { 0 };
	char path[512];

	*r = (struct random_dram){ 0 };
	snprintf(r->standard, sizeof(r->standard), "HBM%u", generation);
	snprintf(path, sizeof(path), "%s/configs/dram/hbm%u-ramulator21.cfg", getenv("TOP_SRCDIR"),
		 generation);
	if (!config_load(path, NULL, 0, &r->machine, NULL, &err))
		BUG("%s", err.text);
}

/* Strides of the reference runs' memory, between refreshes that come a tick later in each case. */
static void draw_edge(struct random_dram *r, unsigned number)
{
	engines_machine(r, 2);
	r->n_accesses = 4000;
	r->machine.t_RFC = 100;
	r->machine.t_REFI = 2500 + number;
	snprintf(r->spec, sizeof(r->spec), "stride:%" PRIu64, r->n_accesses);
}

bool engines_quick_case(unsigned number, struct random_dram *r)
{
	uint64_t seed = number + 1;

	if (number < QUICK_RANDOM) {
		random_ram21(r, seed, length_of(seed));
		return seed / 3 % 3 != 0;
	}
	if (number >= QUICK_RANDOM + QUICK_STEADY) {
		draw_edge(r, number - QUICK_RANDOM - QUICK_STEADY);
		return false;
	}
	seed = 3 * (uint64_t)(number - QUICK_RANDOM + 1); /* multiples of three are regular */
	random_ram21(r, seed, 15000 + seed * 7919 % 4000);
	return false;
}
