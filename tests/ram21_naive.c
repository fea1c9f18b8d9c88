/* SPDX-License-Identifier: Apache-2.0 */
/* Every tick, every request, every edge.  Knows the accesses' whole past, keeps no ready times. */
#include "ram21_naive.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEVER (INT64_MIN / 4)
#define QUEUE 32
#define MAX_EDGES 64
#define MAX_BANKS 64  /* of a channel */
#define MAX_CHANNELS 8

enum command { ACT, PREPB, PREAB, RD, WR, REFAB, N_COMMANDS };
enum level { CHANNEL, PC, SID, BG, BANK, N_LEVELS };
static const char *const command_names[] = { "ACT", "PREpb", "PREab", "RD", "WR", "REFab" };
static const char *const level_names[] = { "channel", "pseudo_channel", "stack_id", "bank_group",
					   "bank" };

/* In ticks. */
static const struct device {
	const char *name, *edges;
	bool has_halves; /* two ticks a clock: rising, falling */
	int sids;
	int64_t nCL, nCWL, nBL, nRFC, nREFI;
} devices[] = {
	{ "HBM2", "constraints_hbm2.csv", false, 1, 14, 5, 2, 260, 3900 },
	{ "HBM3", "constraints_hbm3.csv", true, 2, 40, 20, 4, 1120, 12480 },
};

struct edge {
	enum level level;
	enum command preceding, following;
	int64_t latency;
	unsigned window;
	bool is_sibling;
};

struct request {
	size_t index;   /* of its access */
	unsigned channel;
	int node[N_LEVELS]; /* of its channel */
	int64_t row;
	bool is_counted;
};
struct list {
	struct request at[MAX_BANKS];
	size_t n;
};

struct channel {
	unsigned id;
	int64_t last[N_COMMANDS][N_LEVELS][MAX_BANKS];
	int64_t acts[2][4]; /* of a pseudo channel, the latest first */
	int64_t open[MAX_BANKS]; /* row, or -1 */
	struct list reads, writes, active;
	int maintenance[16]; /* pseudo channels to refresh */
	size_t n_maintenance;
	bool write_mode;
	int64_t served_since[2]; /* reads, writes */
	struct { /* the row command of the last rising edge */
		enum command command;
		int node[N_LEVELS];
		int64_t tick;
	} pairing;
	/* For the classes. */
	int64_t waiting[2], data_end[2], refresh_over[2];
};

struct naive {
	const struct device *device;
	struct edge edges[MAX_EDGES];
	size_t n_edges;
	unsigned n_channels;
	struct channel channels[MAX_CHANNELS];
	struct naive_access *accesses;
	struct request *requests; /* as the accesses */
	int64_t *offered;         /* as the accesses: the tick */
	size_t n, next;
	bool is_next_offered;
	size_t *in_flight; /* reads, in the order of their RDs */
	size_t n_in_flight, n_done_in_flight;
	size_t n_done;
	int64_t clk;
	/* Of each tick, one bit a pseudo channel. */
	uint64_t *crowded, *refreshed;
	uint8_t *busy;
	unsigned *open_banks;
	size_t n_ticks; /* room */
	struct naive_result *out;
};

/* The edges. */

static int find_name(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static void read_edges(struct naive *n)
{
	char path[512], line[256], level[24], preceding[12], following[12];
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/data/dram/%s", getenv("TOP_SRCDIR"),
		 n->device->edges);
	in = fopen(path, "r");
	ck_assert_msg(in != NULL, "%s", path);
	while (fgets(line, sizeof(line), in)) {
		struct edge e;
		unsigned is_sibling;
		int a, b;

		if (sscanf(line, "%23[^,],%11[^,],%11[^,],%" SCNd64 ",%u,%u,", level, preceding,
			   following, &e.latency, &e.window, &is_sibling) != 6)
			continue;
		a = find_name(command_names, N_COMMANDS, preceding);
		b = find_name(command_names, N_COMMANDS, following);
		if (a < 0 || b < 0)
			continue; /* a command that is never used */
		e.preceding = (enum command)a;
		e.following = (enum command)b;
		e.level = (enum level)find_name(level_names, N_LEVELS, level);
		e.is_sibling = is_sibling != 0;
		ck_assert_uint_lt(n->n_edges, MAX_EDGES);
		n->edges[n->n_edges++] = e;
	}
	fclose(in);
	ck_assert_uint_gt(n->n_edges, 25);
}

static int64_t max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The tick from which one edge allows its command. */
static int64_t edge_allows(const struct naive *n, const struct channel *ch, const struct edge *e,
			   const int *node)
{
	int64_t last = NEVER;

	if (e->window > 1)
		return ch->acts[node[PC]][e->window - 1] + e->latency;
	if (!e->is_sibling)
		return ch->last[e->preceding][e->level][node[e->level]] + e->latency;
	for (int sid = 0; sid < n->device->sids; sid++) {
		int other = node[PC] * n->device->sids + sid;

		if (other != node[SID])
			last = max_i64(last, ch->last[e->preceding][SID][other]);
	}
	return last + e->latency;
}

static bool is_for_all(enum command c)
{
	return c == PREAB || c == REFAB;
}

static bool is_legal(const struct naive *n, const struct channel *ch, enum command c,
		     const int *node)
{
	for (size_t i = 0; i < n->n_edges; i++) {
		const struct edge *e = &n->edges[i];

		if (e->following == c && (!is_for_all(c) || e->level <= PC) &&
		    n->clk < edge_allows(n, ch, e, node))
			return false;
	}
	return true;
}

static void issue(struct naive *n, struct channel *ch, enum command c, const int *node)
{
	for (int level = 0; level < N_LEVELS; level++)
		if (!is_for_all(c) || level <= PC)
			ch->last[c][level][node[level]] = n->clk;
	if (c == ACT) {
		memmove(ch->acts[node[PC]] + 1, ch->acts[node[PC]], 3 * sizeof(int64_t));
		ch->acts[node[PC]][0] = n->clk;
	}
}

/* Mapping "acc". */

static uint64_t cut(uint64_t *address, unsigned bits)
{
	uint64_t field = *address & ((UINT64_C(1) << bits) - 1);

	*address >>= bits;
	return field;
}

static struct request place(const struct naive *n, size_t index)
{
	uint64_t a = n->accesses[index].address;
	struct request r = { .index = index };
	int sid = 0, bank;

	cut(&a, 5);
	r.node[PC] = (int)cut(&a, 1);
	r.node[BG] = (int)cut(&a, 2);
	r.channel = (unsigned)cut(&a, (unsigned)__builtin_ctz(n->n_channels));
	cut(&a, 5);
	bank = (int)cut(&a, 2);
	if (n->device->sids == 2)
		sid = (int)cut(&a, 1);
	r.row = (int64_t)a;
	r.node[SID] = r.node[PC] * n->device->sids + sid;
	r.node[BG] += r.node[SID] * 4;
	r.node[BANK] = r.node[BG] * 4 + bank;
	return r;
}

/* The classes of the data buses. */

/* The channel's edges are its command buses. */
static int64_t last_allows(const struct naive *n, const struct channel *ch, enum command c,
			   const struct request *r, bool (*wanted)(enum command a, enum command b))
{
	int64_t tick = NEVER;

	for (size_t i = 0; i < n->n_edges; i++)
		if (n->edges[i].level > CHANNEL && n->edges[i].following == c &&
		    wanted(n->edges[i].preceding, c))
			tick = max_i64(tick, edge_allows(n, ch, &n->edges[i], r->node));
	return tick;
}

static bool is_row(enum command a, enum command b)
{
	(void)b;
	return a == ACT;
}

static bool is_turnaround(enum command a, enum command b)
{
	return (a == RD && b == WR) || (a == WR && b == RD);
}

static bool is_same(enum command a, enum command b)
{
	return a == b;
}

static enum naive_class absence(const struct naive *n, const struct request *r, int64_t c)
{
	uint64_t own = UINT64_C(1) << (r->channel * 2 + (unsigned)r->node[PC]);

	if (c >= n->offered[r->index])
		return NAIVE_NOC;
	return n->crowded[c] & ~own ? NAIVE_IMBALANCE : NAIVE_IDLE;
}

/* Column commands go on rising edges: what ends between them holds one to the next. */
static int64_t on_rising(const struct naive *n, int64_t tick)
{
	return tick + (n->device->has_halves && tick % 2 == 0);
}

/* What held the column command back at tick c. */
static enum naive_class class_of(const struct naive *n, const struct channel *ch,
				 enum command command, const struct request *r, int64_t c)
{
	uint64_t own = UINT64_C(1) << (ch->id * 2 + (unsigned)r->node[PC]);

	if (c < 0)
		return NAIVE_IDLE;
	if (c < on_rising(n, (int64_t)n->accesses[r->index].arrive + 1))
		return absence(n, r, c);
	if (n->refreshed[c] & own)
		return NAIVE_REFRESH;
	if (c < on_rising(n, last_allows(n, ch, command, r, is_row)))
		return NAIVE_ROW;
	if (c < on_rising(n, last_allows(n, ch, command, r, is_turnaround)) ||
	    c < on_rising(n, ch->served_since[command == WR]))
		return NAIVE_TURNAROUND;
	return c < on_rising(n, last_allows(n, ch, command, r, is_same)) ? NAIVE_COLUMN :
									    NAIVE_COMMAND;
}

static void count_burst(struct naive *n, struct channel *ch, enum command c,
			const struct request *r)
{
	int64_t latency = c == WR ? n->device->nCWL : n->device->nCL;
	int64_t start = n->clk + latency, *data_end = &ch->data_end[r->node[PC]];

	ck_assert_int_ge(start, *data_end);
	for (int64_t g = *data_end; g < start; g++)
		n->out->classes[class_of(n, ch, c, r, g - latency)]++;
	n->out->classes[c == WR ? NAIVE_WRITE : NAIVE_READ] += (uint64_t)n->device->nBL;
	*data_end = start + n->device->nBL;
	memset(n->busy + start, 1, (size_t)n->device->nBL);
}

/* Accepting. */

static bool is_queued_write(const struct naive *n, const struct channel *ch, uint64_t address)
{
	for (size_t i = 0; i < ch->writes.n; i++)
		if (n->accesses[ch->writes.at[i].index].address == address)
			return true;
	return false;
}

static void complete_at(struct naive *n, size_t index, int64_t tick)
{
	n->accesses[index].end = (uint64_t)tick;
	n->in_flight[n->n_in_flight++] = index;
}

static bool accept(struct naive *n, const struct request *r)
{
	struct channel *ch = &n->channels[r->channel];
	struct naive_access *a = &n->accesses[r->index];
	struct list *queue = a->is_write ? &ch->writes : &ch->reads;

	a->arrive = a->end = (uint64_t)n->clk;
	if (is_queued_write(n, ch, a->address)) {
		ch->waiting[r->node[PC]]--;
		if (a->is_write) {
			n->out->coalesced++;
			n->n_done++;
		} else {
			n->out->forwarded++;
			complete_at(n, r->index, n->clk + 1);
		}
		return true;
	}
	if (queue->n == QUEUE)
		return false;
	queue->at[queue->n++] = *r;
	return true;
}

static void inject(struct naive *n)
{
	for (; n->next < n->n; n->next++) {
		const struct request *r = &n->requests[n->next];
		int64_t earliest = (int64_t)n->accesses[n->next].earliest;

		if (earliest > n->clk + 1)
			return;
		if (!n->is_next_offered) {
			n->offered[n->next] = max_i64(n->clk, earliest);
			n->channels[r->channel].waiting[r->node[PC]]++;
		}
		n->is_next_offered = !accept(n, r);
		if (n->is_next_offered)
			return;
	}
}

/* A tick. */

static enum command next_command(const struct naive *n, const struct channel *ch,
				 const struct request *r)
{
	int64_t open = ch->open[r->node[BANK]];

	if (open < 0)
		return ACT;
	if (open != r->row)
		return PREPB;
	return n->accesses[r->index].is_write ? WR : RD;
}

static void count_outcome(struct naive *n, const struct channel *ch, struct request *r)
{
	if (r->is_counted)
		return;
	r->is_counted = true;
	if (ch->open[r->node[BANK]] < 0)
		n->out->misses++;
	else if (ch->open[r->node[BANK]] == r->row)
		n->out->hits++;
	else
		n->out->conflicts++;
}

static struct request take(struct list *list, size_t i)
{
	struct request r = list->at[i];

	memmove(&list->at[i], &list->at[i + 1], (list->n - i - 1) * sizeof(r));
	list->n--;
	return r;
}

static void retire(struct naive *n, struct channel *ch, struct list *list, size_t i)
{
	struct request r = take(list, i);
	enum command c = n->accesses[r.index].is_write ? WR : RD;

	count_burst(n, ch, c, &r);
	issue(n, ch, c, r.node);
	ch->waiting[r.node[PC]]--;
	if (c == RD) {
		complete_at(n, r.index, n->clk + n->device->nCL + n->device->nBL);
	} else {
		n->accesses[r.index].end = (uint64_t)(n->clk + n->device->nCWL + n->device->nBL);
		n->n_done++;
	}
}

static struct list *update_write_mode(struct channel *ch, int64_t from)
{
	bool before = ch->write_mode;

	if (!ch->write_mode) {
		if (ch->writes.n >= 26 || ch->reads.n == 0)
			ch->write_mode = true;
	} else if (ch->writes.n <= 6 && ch->reads.n > 0) {
		ch->write_mode = false;
	}
	if (before != ch->write_mode)
		ch->served_since[ch->write_mode] = from;
	return ch->write_mode ? &ch->writes : &ch->reads;
}

static void column_slot(struct naive *n, struct channel *ch)
{
	size_t best = SIZE_MAX;
	struct list *queue;

	for (size_t i = 0; i < ch->active.n; i++) {
		const struct request *r = &ch->active.at[i];
		const struct naive_access *a = &n->accesses[r->index];

		if (is_legal(n, ch, a->is_write ? WR : RD, r->node) &&
		    (best == SIZE_MAX ||
		     a->arrive < n->accesses[ch->active.at[best].index].arrive))
			best = i;
	}
	if (best != SIZE_MAX) {
		retire(n, ch, &ch->active, best);
		return;
	}
	if (ch->n_maintenance > 0)
		return;
	queue = update_write_mode(ch, n->clk);
	for (size_t i = 0; i < queue->n; i++) {
		enum command c = next_command(n, ch, &queue->at[i]);

		if ((c == RD || c == WR) && is_legal(n, ch, c, queue->at[i].node)) {
			count_outcome(n, ch, &queue->at[i]);
			retire(n, ch, queue, i);
			return;
		}
	}
}

static bool is_rising(const struct naive *n)
{
	return !n->device->has_halves || n->clk % 2 == 1;
}

/* What the clock's edge allows. */
static bool fits_edge(const struct naive *n, const struct channel *ch, enum command c,
		      const int *node)
{
	if (is_rising(n))
		return true;
	if (c != PREPB && c != PREAB)
		return false;
	if (ch->pairing.tick != n->clk || ch->pairing.node[PC] != node[PC])
		return true;
	return !is_for_all(ch->pairing.command) && c == PREPB &&
	       ch->pairing.node[BANK] != node[BANK];
}

static void issue_row(struct naive *n, struct channel *ch, enum command c, const int *node)
{
	issue(n, ch, c, node);
	if (!is_rising(n))
		return;
	ch->pairing.command = c;
	memcpy(ch->pairing.node, node, sizeof(ch->pairing.node));
	ch->pairing.tick = n->clk + (c == ACT ? 3 : 1);
}

static bool has_active(const struct channel *ch, enum level level, int node)
{
	for (size_t i = 0; i < ch->active.n; i++)
		if (ch->active.at[i].node[level] == node)
			return true;
	return false;
}

static void maintain(struct naive *n, struct channel *ch)
{
	int pc = ch->maintenance[0], node[N_LEVELS] = { 0, pc, 0, 0, 0 };
	int per_pc = n->device->sids * 16;
	enum command c = REFAB;

	for (int bank = pc * per_pc; bank < (pc + 1) * per_pc; bank++)
		if (ch->open[bank] >= 0)
			c = PREAB;
	if (!is_legal(n, ch, c, node) || !fits_edge(n, ch, c, node) ||
	    (c == PREAB && has_active(ch, PC, pc)))
		return;
	issue_row(n, ch, c, node);
	if (c == PREAB) {
		for (int bank = pc * per_pc; bank < (pc + 1) * per_pc; bank++)
			ch->open[bank] = -1;
		n->out->pre_ab++;
		return;
	}
	n->out->refs++;
	ch->refresh_over[pc] = n->clk + n->device->nRFC;
	memmove(ch->maintenance, ch->maintenance + 1, sizeof(ch->maintenance) - sizeof(int));
	ch->n_maintenance--;
}

static void row_slot(struct naive *n, struct channel *ch)
{
	struct list *queue;

	if (ch->n_maintenance > 0) {
		maintain(n, ch);
		return;
	}
	queue = update_write_mode(ch, n->clk + 1);
	for (size_t i = 0; i < queue->n; i++) {
		struct request *r = &queue->at[i];
		enum command c = next_command(n, ch, r);
		int bank = r->node[BANK];

		if ((c != ACT && c != PREPB) || !is_legal(n, ch, c, r->node) ||
		    !fits_edge(n, ch, c, r->node) || (c == PREPB && has_active(ch, BANK, bank)))
			continue;
		count_outcome(n, ch, r);
		issue_row(n, ch, c, r->node);
		if (c == PREPB) {
			ch->open[bank] = -1;
			n->out->pre_pb++;
		} else {
			ch->open[bank] = r->row;
			n->out->acts++;
			ch->active.at[ch->active.n++] = take(queue, i);
		}
		return;
	}
}

/* What the classes ask about later. */
static void note_tick(struct naive *n, const struct channel *ch, bool was_maintained)
{
	for (unsigned pc = 0; pc < 2; pc++) {
		uint64_t bit = UINT64_C(1) << (ch->id * 2 + pc);

		if (ch->waiting[pc] >= 2)
			n->crowded[n->clk] |= bit;
		if (was_maintained || n->clk < ch->refresh_over[pc])
			n->refreshed[n->clk] |= bit;
	}
	for (int bank = 0; bank < n->device->sids * 32; bank++)
		n->open_banks[n->clk] += ch->open[bank] >= 0;
}

static void tick_channel(struct naive *n, struct channel *ch)
{
	bool was_maintained;

	if (n->clk % n->device->nREFI == 0) {
		ch->maintenance[ch->n_maintenance++] = 0;
		ch->maintenance[ch->n_maintenance++] = 1;
	}
	was_maintained = ch->n_maintenance > 0;
	if (is_rising(n))
		column_slot(n, ch);
	row_slot(n, ch);
	note_tick(n, ch, was_maintained);
}

static void complete(struct naive *n)
{
	while (n->n_done_in_flight < n->n_in_flight) {
		const struct naive_access *a = &n->accesses[n->in_flight[n->n_done_in_flight]];

		if ((int64_t)a->end > n->clk)
			return;
		n->out->latency_sum += a->end - a->arrive;
		n->n_done_in_flight++;
		n->n_done++;
	}
}

/* Room for what happens up to some ticks ahead. */
static void make_room(struct naive *n)
{
	size_t room = 2 * n->n_ticks + 4096;

	if ((size_t)n->clk + 128 < n->n_ticks)
		return;
	n->crowded = realloc(n->crowded, room * sizeof(*n->crowded));
	n->refreshed = realloc(n->refreshed, room * sizeof(*n->refreshed));
	n->busy = realloc(n->busy, room * sizeof(*n->busy));
	n->open_banks = realloc(n->open_banks, room * sizeof(*n->open_banks));
	ck_assert(n->crowded && n->refreshed && n->busy && n->open_banks);
	memset(n->crowded + n->n_ticks, 0, (room - n->n_ticks) * sizeof(*n->crowded));
	memset(n->refreshed + n->n_ticks, 0, (room - n->n_ticks) * sizeof(*n->refreshed));
	memset(n->busy + n->n_ticks, 0, (room - n->n_ticks) * sizeof(*n->busy));
	memset(n->open_banks + n->n_ticks, 0, (room - n->n_ticks) * sizeof(*n->open_banks));
	n->n_ticks = room;
}

static void tick(struct naive *n)
{
	n->clk++;
	make_room(n);
	/* Reads that end now are done before anything goes. */
	complete(n);
	for (unsigned i = 0; i < n->n_channels; i++)
		tick_channel(n, &n->channels[i]);
}

/* The accounts go to the last data's end, the policy's cycles no further than the last WR. */
static void close_accounts(struct naive *n)
{
	int64_t end = n->clk;

	for (size_t i = 0; i < n->n; i++)
		end = max_i64(end, (int64_t)n->accesses[i].end);
	for (int64_t t = 0; t < end; t++) {
		n->out->open_bank_ticks += n->open_banks[t < n->clk ? t : n->clk];
		n->out->busy_ticks += n->busy[t];
	}
	for (unsigned i = 0; i < n->n_channels * 2; i++)
		n->out->classes[NAIVE_IDLE] +=
			(uint64_t)(end - n->channels[i / 2].data_end[i % 2]);
}

static void init_channel(struct channel *ch, unsigned id)
{
	int64_t *last = &ch->last[0][0][0];

	ch->id = id;
	for (size_t i = 0; i < sizeof(ch->last) / sizeof(*last); i++)
		last[i] = NEVER;
	for (unsigned i = 0; i < 8; i++)
		ch->acts[i / 4][i % 4] = NEVER;
	for (unsigned bank = 0; bank < MAX_BANKS; bank++)
		ch->open[bank] = -1;
}

static struct naive *start(const char *standard, unsigned channels, struct naive_access *accesses,
			   size_t n_accesses, struct naive_result *out)
{
	struct naive *n = calloc(1, sizeof(*n));

	ck_assert(n != NULL && channels <= MAX_CHANNELS);
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++)
		if (strcmp(devices[i].name, standard) == 0)
			n->device = &devices[i];
	ck_assert(n->device != NULL);
	memset(out, 0, sizeof(*out));
	n->out = out;
	n->accesses = accesses;
	n->n = n_accesses;
	n->n_channels = channels;
	read_edges(n);
	n->requests = calloc(n_accesses, sizeof(*n->requests));
	n->offered = calloc(n_accesses, sizeof(*n->offered));
	n->in_flight = calloc(n_accesses, sizeof(*n->in_flight));
	ck_assert(n->requests && n->offered && n->in_flight);
	for (size_t i = 0; i < n_accesses; i++)
		n->requests[i] = place(n, i);
	for (unsigned i = 0; i < channels; i++)
		init_channel(&n->channels[i], i);
	return n;
}

void ram21_naive(const char *standard, unsigned channels, struct naive_access *accesses, size_t n,
		 struct naive_result *out)
{
	struct naive *naive = start(standard, channels, accesses, n, out);

	while (naive->n_done < n) {
		inject(naive);
		if (naive->n_done == n)
			break;
		tick(naive);
	}
	out->cycles = (uint64_t)naive->clk;
	close_accounts(naive);
	free(naive->requests);
	free(naive->offered);
	free(naive->in_flight);
	free(naive->crowded);
	free(naive->refreshed);
	free(naive->busy);
	free(naive->open_banks);
	free(naive);
}
