/* SPDX-License-Identifier: Apache-2.0 */
/* See random_dram.h. */
#include "support/random_dram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/config.h"
#include "model/memory.h"
#include "replay/replay.h"
#include "run/audit_dram.h"

struct rng {
	uint64_t state;
};

/* splitmix64: public domain, Sebastiano Vigna */
static uint64_t draw_u64(struct rng *g)
{
	uint64_t z = g->state += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

static uint64_t pick(struct rng *g, uint64_t n)
{
	return draw_u64(g) % n;
}

static uint64_t between(struct rng *g, uint64_t lo, uint64_t hi)
{
	return lo + pick(g, hi - lo + 1);
}

static void draw_device(struct rng *g, struct machine *m, size_t index)
{
	static const uint64_t counts[] = { 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 12 };
	const struct dram_standard *s;
	size_t n = 0;

	while (dram_standard_at(n))
		n++;
	if (index >= n)
		index = pick(g, n);
	s = dram_standard_at(index);
	m->hbm_standard = (unsigned)index + 1;
	m->hbm_data_rate = s->bins[pick(g, s->n_bins)].data_rate;
	m->hbm_density = s->densities[pick(g, s->n_densities)];
	m->hbm_height = s->heights[pick(g, s->n_heights)].dies;
	m->hbm_channels = counts[pick(g, ARRAY_SIZE(counts))];
	m->hbm_stacks = between(g, 1, 2);
}

static void draw_mapping(struct rng *g, struct machine *m)
{
	static const char *const texts[] = {
		"default", "default", "acc", "RoBaRaCoCh", "MOP4CLXOR",
		"row:bank:bankgroup:sid:column:pseudo:channel:stack",
		"row:column:sid+:bank+:bankgroup+:stack:channel:pseudo",
		"row:bank^row.0:sid:column:channel:stack:bankgroup^row.2:pseudo",
	};

	snprintf(m->hbm_mapping, sizeof(m->hbm_mapping), "%s", texts[pick(g, ARRAY_SIZE(texts))]);
}

static void draw_policy(struct rng *g, struct machine *m)
{
	m->packet_bytes = machine_burst_bytes(m) << (pick(g, 2) ? 0 : pick(g, 5));
	m->hbm_read_queue = between(g, 1, 64);
	m->hbm_write_queue = between(g, 1, 64);
	m->hbm_write_high = between(g, 1, m->hbm_write_queue);
	m->hbm_write_low = pick(g, m->hbm_write_high);
	m->hbm_write_idle = pick(g, 2) * between(g, 1, 300);
	m->hbm_hit_cap = between(g, 1, 64);
	m->hbm_refresh = (unsigned)pick(g, 2);
	m->hbm_refresh_postpone = pick(g, 2) *
				  pick(g, 1 + machine_dram_standard(m)->max_postponed);
	m->hbm_row_policy = (unsigned)pick(g, 4);
	m->hbm_row_timeout = between(g, 1, 600);
	m->hbm_forward = pick(g, 2) ? HBM_FORWARD_ON : HBM_FORWARD_OFF;
}

/* Some timings, up to twice the table's. */
static void draw_timing(struct rng *g, struct machine *m)
{
	struct dram_device d;
	const char *setting;
	char why[DRAM_REASON];

	if (pick(g, 2) || !dram_device_init(&d, machine_dram_standard(m), m->hbm_data_rate,
					    m->hbm_density, m->hbm_height, &setting, why))
		return;
#define X(name, help) \
	if (d.n.n##name > 0 && pick(g, 6) == 0) \
		m->t_##name = between(g, (uint64_t)d.n.n##name, 2 * (uint64_t)d.n.n##name);
	DRAM_PARAM_LIST(X)
#undef X
	m->t_REFI = m->t_REFIpb = 0;
}

/* Phases of sequential, hot, strided and random accesses, with pauses in between. */
static void draw_stream(struct rng *g, struct random_dram *r, uint64_t capacity, uint64_t grain)
{
	uint64_t tick = 0, at = 0, stride = grain, region = capacity;
	unsigned writes = 0, left = 0;
	bool is_random = false;

	for (uint64_t i = 0; i < r->n_accesses; i++, left--) {
		if (left == 0) {
			left = (unsigned)between(g, 1, 400);
			writes = (unsigned)(pick(g, 3) * pick(g, 101));
			is_random = pick(g, 2);
			region = capacity >> pick(g, 24);
			stride = grain << (pick(g, 2) ? 0 : pick(g, 16));
			at = pick(g, capacity);
			tick += pick(g, 4) ? 0 : between(g, 1, 20000);
		}
		at = is_random ? pick(g, max_u64(region, grain)) : (at + stride) % capacity;
		buf_printf(&r->stream, "%c 0x%" PRIx64 " %" PRIu64 "\n",
			   pick(g, 100) < writes ? 'W' : 'R', at / grain * grain, tick);
		tick += pick(g, 40) ? 0 : pick(g, 200);
	}
}

static bool is_taken(const struct machine *m)
{
	struct err err = { 0 };

	return memory_check(m, &err);
}

void random_dram(struct random_dram *r, uint64_t seed, size_t index, uint64_t n_accesses)
{
	static const char *const kinds[] = { "seqrd", "seqwr", "copy", "rand", "stride", "mix",
					     "il8", "il8s", "rand32", "mix32" };
	struct rng g = { seed * 0x2545F4914F6CDD1D };
	struct machine *m = &r->machine;

	*r = (struct random_dram){ .n_accesses = n_accesses, .stream = BUF_INIT };
	do {
		config_defaults(m);
		draw_device(&g, m, index);
		draw_mapping(&g, m);
		draw_policy(&g, m);
		draw_timing(&g, m);
	} while (!is_taken(m));
	snprintf(r->standard, sizeof(r->standard), "%s at %" PRIu64 " Mbps, %" PRIu64 " high",
		 machine_dram_standard(m)->name, m->hbm_data_rate / 1000000, m->hbm_height);
	if (pick(&g, 2))
		draw_stream(&g, r, machine_hbm_bytes(m), machine_burst_bytes(m));
	else
		snprintf(r->spec, sizeof(r->spec), "%s:%" PRIu64, kinds[pick(&g, ARRAY_SIZE(kinds))],
			 n_accesses);
}

void random_dram_release(struct random_dram *r)
{
	buf_release(&r->stream);
}

struct judge {
	struct audit_dram *audit;
	uint64_t n_commands;
};

static void judge(void *context, const struct dram_command *c)
{
	struct judge *j = context;

	j->n_commands++;
	audit_dram_watch(j->audit, c);
}

struct stream *random_dram_open(const struct random_dram *r, struct err *err)
{
	const struct machine *m = &r->machine;
	uint64_t capacity = machine_hbm_bytes(m);
	char path[] = "random-dram.XXXXXX";
	struct stream *s;
	int fd;

	if (r->stream.len == 0)
		return stream_generate(r->spec, machine_burst_bytes(m), capacity, err);
	fd = mkstemp(path);
	if (fd < 0 || write(fd, r->stream.data, r->stream.len) != (ssize_t)r->stream.len)
		BUG("cannot write %s", path);
	close(fd);
	s = stream_open(path, capacity, err);
	unlink(path);
	return s;
}

/* Identities of the accounts. */
static bool check_account(const struct machine *m, const struct replay_result *r, char *why,
			  size_t size)
{
	const struct hbm_account *h = &r->hbm;
	const struct dram_standard *s = machine_dram_standard(m);
	uint64_t sum = 0, of_channels = 0, pcs = m->hbm_stacks * m->hbm_channels * s->pseudo_channels;
	uint64_t moved = h->read_bytes + h->write_bytes + h->forwarded_bytes;

	for (unsigned c = 0; c < N_HBM_CLASSES; c++) {
		sum += h->class_ticks[c];
		for (size_t i = 0; i < r->n_channels; i++)
			of_channels += r->channels[i].class_ticks[c];
	}
	if (sum != h->total_ticks || sum != pcs * h->ticks || sum != of_channels)
		snprintf(why, size, "classes sum to %" PRIu64 ", by channel to %" PRIu64 ", of %"
			 PRIu64, sum, of_channels, h->total_ticks);
	else if (moved != (r->reads + r->writes) * s->burst_bytes || moved != r->bytes)
		snprintf(why, size, "moved %" PRIu64 " bytes, asked for %" PRIu64, moved, r->bytes);
	else if (h->read_packets != r->reads || h->open_bank_ticks > pcs * DRAM_MAX_BANKS * h->ticks)
		snprintf(why, size, "served %" PRIu64 " of %" PRIu64 " reads", h->read_packets,
			 r->reads);
	else
		return true;
	return false;
}

bool random_dram_run(const struct random_dram *r, uint64_t *n_commands, char *why, size_t size)
{
	struct judge j = { audit_dram_new(&r->machine), 0 };
	struct replay_options options = { .watch = judge, .watch_context = &j };
	struct replay_result result = { 0 };
	struct err err = { 0 };
	struct stream *s = random_dram_open(r, &err);
	bool ok = s && replay_run(&r->machine, s, &options, &result, &err);

	if (!ok) {
		snprintf(why, size, "%s", err.text);
	} else {
		audit_dram_close(j.audit, result.end_ps, why, size);
		ok = *why == '\0' && check_account(&r->machine, &result, why, size);
	}
	*n_commands += j.n_commands;
	audit_dram_free(j.audit);
	replay_result_release(&result);
	stream_close(s);
	return ok;
}
