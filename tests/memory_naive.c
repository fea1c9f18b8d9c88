/* SPDX-License-Identifier: Apache-2.0 */
/* Tick by tick, with no closed form and no state of the memory's.  Slow on purpose. */
#include "memory_naive.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/addrmap.h"
#include "model/dram_timing.h"

#define MAX_REFRESHES 4096

struct burst_key {
	uint64_t key;
	size_t request;
};

struct naive_refresh {
	int64_t from, tick, over;
	uint64_t banks;
};

struct naive_pc {
	int64_t act[16];             /* effect of the last one */
	int64_t rd[4], wr[4];        /* last of a bank group */
	int64_t last_rd, last_wr;
	uint64_t act_decided[16];
	struct naive_refresh refreshes[MAX_REFRESHES];
	size_t n_refreshes;
	uint64_t data_end;
	uint64_t classes[N_HBM_CLASSES];
	bool wrote_last;
	int64_t turned; /* its first packet after one of the other direction was chosen */
};

struct naive {
	const struct bench *b;
	struct clock clock;
	struct dram_timing t;
	struct addrmap map;
	struct burst_key *keys;
	size_t n_keys;
	struct naive_pc *pcs;
	size_t n_pcs;
	uint64_t ticks;
	int32_t *waiting;    /* [pc][tick]: packets that wait */
	uint32_t *crowded;   /* [tick]: PCs with two or more */
	uint8_t *column_bus; /* [channel][tick] */
	uint8_t *busy;       /* [tick] */
	int64_t slack;       /* ticks by which a refresh may come late */
	int64_t *column;     /* [request][bank]: tick of its first column command; 0 if none */
	uint64_t *prepared;  /* [request]: when the last of its rows was chosen to open */
};

static uint64_t key_of(const struct naive *n, uint64_t pc, uint64_t bank, uint64_t row,
		       uint64_t column)
{
	return ((pc * 16 + bank) * n->t.rows + row) * 32 + column;
}

static int compare_keys(const void *a, const void *b)
{
	const struct burst_key *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static size_t pc_of(const struct naive *n, const struct addr_place *p)
{
	return (p->field[ADDR_STACK] * n->b->machine.hbm_channels + p->field[ADDR_CHANNEL]) * 2 +
	       p->field[ADDR_PSEUDO];
}

static void index_bursts(struct naive *n)
{
	for (size_t i = 0; i < n->b->n; i++)
		n->n_keys += (size_t)__builtin_popcountll(n->b->requests[i].burst_mask);
	n->keys = xcalloc(n->n_keys, sizeof(*n->keys));
	n->n_keys = 0;
	for (size_t i = 0; i < n->b->n; i++) {
		for (uint64_t mask = n->b->requests[i].burst_mask; mask; mask &= mask - 1) {
			struct addr_place p;

			addrmap_place(&n->map, n->b->requests[i].address +
					       (uint64_t)__builtin_ctzll(mask) * 32, &p);
			n->keys[n->n_keys++] = (struct burst_key){
				key_of(n, pc_of(n, &p), addr_flat_bank(&n->map, &p),
				       p.field[ADDR_ROW], p.field[ADDR_COLUMN]), i };
		}
	}
	qsort(n->keys, n->n_keys, sizeof(*n->keys), compare_keys);
}

static size_t request_of(const struct naive *n, uint64_t key)
{
	const struct burst_key wanted = { key, 0 };
	const struct burst_key *found = bsearch(&wanted, n->keys, n->n_keys, sizeof(*n->keys),
						compare_keys);

	ck_assert_ptr_nonnull(found);
	return found->request;
}

static void count_waiting(struct naive *n)
{
	n->waiting = xcalloc(n->n_pcs * (n->ticks + 1), sizeof(*n->waiting));
	n->crowded = xcalloc(n->ticks + 1, sizeof(*n->crowded));
	for (size_t i = 0; i < n->b->n; i++) {
		const struct served *s = &n->b->served[i];
		struct addr_place p;
		int32_t *row;

		addrmap_place(&n->map, n->b->requests[i].address, &p);
		row = n->waiting + pc_of(n, &p) * (n->ticks + 1);
		row[clock_edge_at_or_after(&n->clock, s->offered_ps)]++;
		row[clock_edge_at_or_after(&n->clock, s->scheduled_ps)]--;
	}
	for (size_t pc = 0; pc < n->n_pcs; pc++) {
		int32_t *row = n->waiting + pc * (n->ticks + 1);

		for (uint64_t t = 0; t <= n->ticks; t++) {
			row[t] += t > 0 ? row[t - 1] : 0;
			n->crowded[t] += row[t] >= 2;
		}
	}
}

static bool is_column(const struct dram_command *c)
{
	return c->command == DRAM_RD || c->command == DRAM_WR || c->command == DRAM_RDA ||
	       c->command == DRAM_WRA;
}

static unsigned flat_bank(const struct dram_command *c)
{
	return c->bank_group * 4u + c->bank;
}

static size_t request_of_burst(const struct naive *n, const struct dram_command *c)
{
	return request_of(n, key_of(n, c->channel * 2 + c->pseudo_channel, flat_bank(c), c->row,
				    c->column));
}

static void add_refresh(struct naive *n, struct naive_pc *p, const struct dram_command *c)
{
	bool is_all = c->command == DRAM_REFab;

	ck_assert_uint_lt(p->n_refreshes, MAX_REFRESHES);
	p->refreshes[p->n_refreshes++] = (struct naive_refresh){
		.from = (int64_t)c->decided,
		.tick = (int64_t)c->tick,
		.over = (int64_t)c->tick + (is_all ? n->t.n.nRFC : n->t.n.nRFCpb),
		.banks = is_all ? UINT64_MAX : UINT64_C(1) << flat_bank(c),
	};
}

/* What lies ahead of a burst: a packet goes when all of its rows are open, or will be. */
static void look_ahead(struct naive *n)
{
	for (size_t i = 0; i < n->b->n_commands; i++) {
		const struct dram_command *c = &n->b->commands[i];
		struct naive_pc *p = &n->pcs[c->channel * 2 + c->pseudo_channel];
		size_t request;

		if (c->command == DRAM_ACT)
			p->act_decided[flat_bank(c)] = c->decided;
		if (c->command == DRAM_REFab || c->command == DRAM_REFpb)
			add_refresh(n, p, c);
		if (!is_column(c))
			continue;
		request = request_of_burst(n, c);
		if (n->column[request * 16 + flat_bank(c)] == 0)
			n->column[request * 16 + flat_bank(c)] = (int64_t)c->tick;
		n->prepared[request] =
			max_u64(n->prepared[request], p->act_decided[flat_bank(c)]);
	}
}

/* At tick c a refresh held a packet back: one that was not chosen before it, and so went later. */
static bool in_refresh(const struct naive *n, size_t pc, size_t request, int64_t c)
{
	const struct naive_pc *p = &n->pcs[pc];

	for (size_t i = 0; i < p->n_refreshes; i++) {
		const struct naive_refresh *r = &p->refreshes[i];

		if (c < r->from || c >= r->over)
			continue;
		for (unsigned bank = 0; bank < 16; bank++)
			if ((r->banks >> bank & 1) && r->tick < n->column[request * 16 + bank])
				return true;
	}
	return false;
}

/* At tick c the controller waited for a packet of the other direction, or an older one. */
static bool is_passed_over(const struct naive *n, size_t request, int64_t c)
{
	const struct served *s = &n->b->served[request];
	uint64_t ps = clock_edge_ps(&n->clock, (uint64_t)c);

	if (ps >= s->scheduled_ps)
		return false;
	for (size_t i = 0; i < n->b->n; i++) {
		const struct served *o = &n->b->served[i];

		if (o->packet.unit == s->packet.unit &&
		    (o->packet.is_write != s->packet.is_write ||
		     o->accepted_order < s->accepted_order) &&
		    o->packet.accepted_ps <= ps && o->scheduled_ps > ps)
			return true;
	}
	return false;
}

static enum hbm_class absence(const struct naive *n, size_t pc, const struct served *s, int64_t c)
{
	uint64_t t = clock_edge_ps(&n->clock, (uint64_t)c);
	bool own = n->waiting[pc * (n->ticks + 1) + (uint64_t)c] >= 2;

	if (t >= s->packet.issued_ps)
		return HBM_STARVED_NOC;
	if (t >= s->packet.held_ps)
		return HBM_STARVED_WINDOW;
	return n->crowded[c] > own ? HBM_STARVED_IMBALANCE : HBM_STARVED_IDLE;
}

/* What held the command back at tick c. */
static enum hbm_class class_of(const struct naive *n, const struct dram_command *command, size_t pc,
			       size_t request, int64_t c)
{
	const struct naive_pc *p = &n->pcs[pc];
	const struct served *s = &n->b->served[request];
	const struct dram_params *d = &n->t.n;
	bool is_write = s->packet.is_write;
	unsigned bg = command->bank_group, bank = flat_bank(command);
	int64_t turn, column;

	if (c < 0)
		return HBM_STARVED_IDLE;
	if (clock_edge_ps(&n->clock, (uint64_t)c) < s->packet.accepted_ps)
		return absence(n, pc, s, c);
	if (in_refresh(n, pc, request, c))
		return HBM_REFRESH;
	if (c < max_i64(p->act[bank] + (is_write ? d->nRCDWR : d->nRCDRD),
			(int64_t)n->prepared[request]))
		return HBM_ROW;
	if (is_write)
		turn = p->last_rd + max_i64(1, d->nCL + d->nBL + 2 - d->nCWL);
	else
		turn = d->nCWL + d->nBL + max_i64(p->last_wr + d->nWTRS, p->wr[bg] + d->nWTRL);
	if (c < max_i64(turn, p->turned) || is_passed_over(n, request, c))
		return HBM_TURNAROUND;
	column = is_write ? max_i64(p->last_wr + max_i64(d->nBL, d->nCCDS), p->wr[bg] + d->nCCDL)
			  : max_i64(p->last_rd + max_i64(d->nBL, d->nCCDS), p->rd[bg] + d->nCCDL);
	if (c < column)
		return HBM_COLUMN;
	/* Then nothing but the bus can be in the way. */
	ck_assert_msg(n->column_bus[command->channel * n->ticks + (uint64_t)c], "tick %" PRId64
		      " of channel %" PRIu32 " is unexplained", c, command->channel);
	return HBM_COMMAND;
}

static void add_burst(struct naive *n, const struct dram_command *c)
{
	size_t pc = c->channel * 2 + c->pseudo_channel;
	struct naive_pc *p = &n->pcs[pc];
	bool is_write = c->command == DRAM_WR || c->command == DRAM_WRA;
	int64_t latency = is_write ? n->t.n.nCWL : n->t.n.nCL, tick = (int64_t)c->tick;
	size_t request = request_of_burst(n, c);
	const struct served *s = &n->b->served[request];
	uint64_t start = c->tick + (uint64_t)latency;

	ck_assert_int_eq(s->packet.is_write, is_write);
	if (is_write != p->wrote_last)
		p->turned = (int64_t)clock_edge_at_or_after(&n->clock, s->scheduled_ps);
	p->wrote_last = is_write;
	ck_assert_uint_ge(start, p->data_end);
	for (uint64_t g = p->data_end; g < start; g++)
		p->classes[class_of(n, c, pc, request, (int64_t)g - latency)]++;
	p->data_end = start + (uint64_t)n->t.n.nBL;
	ck_assert_uint_le(p->data_end, n->ticks);
	p->classes[is_write ? HBM_WRITE : HBM_READ] += (uint64_t)n->t.n.nBL;
	memset(n->busy + start, 1, (size_t)n->t.n.nBL);
	*(is_write ? &p->last_wr : &p->last_rd) = tick;
	(is_write ? p->wr : p->rd)[c->bank_group] = tick;
}

static void add_command(struct naive *n, const struct dram_command *c)
{
	struct naive_pc *p = &n->pcs[c->channel * 2 + c->pseudo_channel];

	if (c->command == DRAM_ACT)
		p->act[flat_bank(c)] = (int64_t)c->tick + 1;
	if (is_column(c))
		add_burst(n, c);
}

/*
 * The oldest of a queue, by pseudo channel and direction, is passed hit_cap times at most,
 * and then while one of its rows has still to open.
 */
static void check_passes(const struct naive *n, uint64_t of, const size_t *by_service,
			 const size_t *by_age)
{
	const struct bench *b = n->b;
	bool *done = xcalloc(b->n, sizeof(*done));
	size_t oldest = 0;
	uint64_t passes = 0;

	for (size_t k = 0; k < b->n; k++) {
		const struct served *s = &b->served[by_service[k]], *first;

		if (s->packet.unit * 2u + s->packet.is_write != of)
			continue;
		while (done[by_age[oldest]] ||
		       b->served[by_age[oldest]].packet.unit * 2u +
			       b->served[by_age[oldest]].packet.is_write != of)
			oldest++;
		first = &b->served[by_age[oldest]];
		done[by_service[k]] = true;
		passes = s == first ? 0 : passes + 1;
		ck_assert_msg(passes <= b->machine.hbm_hit_cap ||
				      clock_edge_at_or_after(&n->clock, s->scheduled_ps) <=
					      n->prepared[by_age[oldest]],
			      "passed %" PRIu64 " times", passes);
	}
	free(done);
}

static void check_fairness(const struct naive *n)
{
	const struct bench *b = n->b;
	size_t *by_service = xcalloc(b->n, sizeof(*by_service));
	size_t *by_age = xcalloc(b->n, sizeof(*by_age));

	for (size_t i = 0; i < b->n; i++) {
		by_service[b->served[i].scheduled_order - 1] = i;
		by_age[b->served[i].accepted_order - 1] = i;
	}
	for (uint64_t of = 0; of < n->n_pcs * 2; of++)
		check_passes(n, of, by_service, by_age);
	free(by_service);
	free(by_age);
}

static int64_t open_until(const struct naive *n, const struct dram_command *c, int64_t act)
{
	const struct dram_params *d = &n->t.n;
	int64_t tick = (int64_t)c->tick;

	if (c->command == DRAM_RDA)
		return max_i64(tick + d->nRTP, act + d->nRAS);
	if (c->command == DRAM_WRA)
		return max_i64(tick + d->nCWL + d->nBL + d->nWR, act + d->nRAS);
	return tick;
}

/* An ACT takes effect on its second tick; the row counts as open from its first. */
static uint64_t count_open(const struct naive *n)
{
	uint64_t sum = 0;

	for (size_t bank = 0; bank < n->n_pcs * 16; bank++) {
		int64_t since = -1, end = (int64_t)n->ticks;

		for (size_t i = 0; i < n->b->n_commands; i++) {
			const struct dram_command *c = &n->b->commands[i];
			bool is_all = c->command == DRAM_PREab || c->command == DRAM_REFab;

			if (c->channel * 2 + c->pseudo_channel != bank / 16 ||
			    (!is_all && flat_bank(c) != bank % 16))
				continue;
			if (c->command == DRAM_ACT)
				since = (int64_t)c->tick;
			if (since < 0 || c->command == DRAM_ACT || c->command == DRAM_RD ||
			    c->command == DRAM_WR)
				continue;
			sum += (uint64_t)(max_i64(min_i64(open_until(n, c, since + 1), end),
						  since) - since);
			since = -1;
		}
		sum += since >= 0 ? (uint64_t)(max_i64(end, since) - since) : 0;
	}
	return sum;
}

static int compare_ticks(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void check_percentiles(const struct naive *n)
{
	const struct bench *b = n->b;
	uint64_t *ticks = xcalloc(b->n, sizeof(*ticks)), sum = 0;
	size_t n_reads = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct served *s = &b->served[i];

		if (s->packet.is_write)
			continue;
		ticks[n_reads] = clock_edge_at_or_after(&n->clock, s->end_ps) -
				 clock_edge_at_or_after(&n->clock, s->packet.accepted_ps);
		sum += ticks[n_reads++];
	}
	ck_assert_uint_eq(b->account.read_latency_ticks, sum);
	if (n_reads > 0) {
		const struct { uint64_t permille, found; } p[] = {
			{ 500, b->account.read_latency_p50_ticks },
			{ 990, b->account.read_latency_p99_ticks },
			{ 999, b->account.read_latency_p999_ticks },
		};

		qsort(ticks, n_reads, sizeof(*ticks), compare_ticks);
		for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
			uint64_t exact = ticks[(n_reads * p[i].permille + 999) / 1000 - 1];

			/* Long ones share a count with what is a thousandth away. */
			ck_assert_uint_le(p[i].found, exact);
			ck_assert_uint_ge(p[i].found, exact < 2048 ? exact : exact - exact / 1024);
		}
	}
	free(ticks);
}

/* Each bank is refreshed once before any is twice, none before it is due. */
static void check_refreshes(const struct naive *n)
{
	const struct machine *m = &n->b->machine;
	bool is_of_banks = m->hbm_refresh == HBM_REFRESH_PER_BANK;
	int64_t interval = is_of_banks ? n->t.n.nREFIpb : n->t.n.nREFI;
	uint64_t counted = 0;

	for (size_t i = 0; i < n->n_pcs; i++) {
		const struct naive_pc *p = &n->pcs[i];
		uint64_t round = 0;

		for (size_t k = 0; k < p->n_refreshes; k++) {
			const struct naive_refresh *r = &p->refreshes[k];
			int64_t due = ((int64_t)k + 1) * interval;

			ck_assert_uint_eq(r->banks == UINT64_MAX, !is_of_banks);
			ck_assert_int_ge(r->from, due);
			ck_assert_int_le(r->tick, due + n->slack);
			if (is_of_banks)
				ck_assert_uint_eq(round & r->banks, 0);
			round |= r->banks;
			if (round == 0xffff)
				round = 0;
		}
		counted += p->n_refreshes;
	}
	ck_assert_uint_eq(n->b->account.refreshes, counted);
	ck_assert_uint_eq(n->b->account.refreshes_bank, is_of_banks ? counted : 0);
}

static void start(struct naive *n, const struct bench *b)
{
	const struct machine *m = &b->machine;
	struct err err = { 0 };
	uint64_t size[N_ADDR_FIELDS] = { 0, 4, 4, 32, 2, m->hbm_channels, m->hbm_stacks, 1 };

	n->b = b;
	ck_assert(dram_timing_init(&n->t, &dram_hbm2, m, &err));
	size[ADDR_ROW] = n->t.rows;
	ck_assert(addrmap_init(&n->map, m->hbm_mapping, size, 32, m->packet_bytes, &err));
	clock_init(&n->clock, m->hbm_data_rate / 2);
	n->ticks = clock_edge_at_or_after(&n->clock, b->end_ps);
	n->n_pcs = m->hbm_stacks * m->hbm_channels * 2;
	n->pcs = xcalloc(n->n_pcs, sizeof(*n->pcs));
	n->column_bus = xcalloc(n->n_pcs / 2 * n->ticks, 1);
	n->busy = xcalloc(n->ticks + 16, 1);
	for (size_t i = 0; i < n->n_pcs; i++) {
		struct naive_pc *p = &n->pcs[i];

		p->last_rd = p->last_wr = INT64_MIN / 2;
		for (unsigned j = 0; j < 16; j++)
			p->act[j] = p->rd[j % 4] = p->wr[j % 4] = INT64_MIN / 2;
	}
	n->slack = max_i64((int64_t)m->hbm_refresh_postpone, 1) * n->t.n.nREFI;
	n->column = xcalloc(16 * b->n, sizeof(*n->column));
	n->prepared = xcalloc(b->n, sizeof(*n->prepared));
	for (size_t i = 0; i < b->n_commands; i++)
		if (is_column(&b->commands[i]))
			n->column_bus[b->commands[i].channel * n->ticks + b->commands[i].tick] = 1;
}

void naive_check(const struct bench *b)
{
	static const char *const names[] = {
#define X(NAME, text, help) text,
		HBM_CLASS_LIST(X)
#undef X
	};
	struct naive n = { 0 };
	uint64_t sums[N_HBM_CLASSES] = { 0 }, busy = 0;

	start(&n, b);
	index_bursts(&n);
	count_waiting(&n);
	look_ahead(&n);
	for (size_t i = 0; i < b->n_commands; i++)
		add_command(&n, &b->commands[i]);
	for (size_t i = 0; i < n.n_pcs; i++) {
		n.pcs[i].classes[HBM_STARVED_IDLE] += n.ticks - n.pcs[i].data_end;
		for (unsigned c = 0; c < N_HBM_CLASSES; c++)
			sums[c] += n.pcs[i].classes[c];
	}
	check_refreshes(&n);
	check_fairness(&n);
	check_percentiles(&n);
	ck_assert_uint_eq(b->account.open_bank_ticks, count_open(&n));
	for (uint64_t t = 0; t < n.ticks; t++)
		busy += n.busy[t];
	for (unsigned c = 0; c < N_HBM_CLASSES; c++)
		ck_assert_msg(sums[c] == b->account.class_ticks[c],
			      "%s: %" PRIu64 " ticks, by counting one by one %" PRIu64, names[c],
			      b->account.class_ticks[c], sums[c]);
	ck_assert_uint_eq(b->account.busy_ticks, busy);
	ck_assert_uint_eq(b->account.ticks, n.ticks);
	free(n.keys);
	free(n.pcs);
	free(n.waiting);
	free(n.crowded);
	free(n.column_bus);
	free(n.busy);
	free(n.column);
	free(n.prepared);
}
