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

struct naive_pc {
	int64_t act[16];             /* effect of the last one */
	int64_t rd[4], wr[4];        /* last of a bank group */
	int64_t last_rd, last_wr;
	int64_t due[MAX_REFRESHES], over[MAX_REFRESHES];
	size_t n_refreshes;
	uint64_t data_end;
	uint64_t classes[N_HBM_CLASSES];
	bool wrote_last;
	int64_t writing_since;
	size_t last_request;
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

static bool in_refresh(const struct naive_pc *pc, int64_t c)
{
	for (size_t i = 0; i < pc->n_refreshes; i++)
		if (pc->due[i] <= c && c < pc->over[i])
			return true;
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
			       const struct served *s, int64_t c)
{
	const struct naive_pc *p = &n->pcs[pc];
	const struct dram_params *d = &n->t.n;
	bool is_write = command->command == DRAM_WR;
	unsigned bg = command->bank_group, bank = bg * 4 + command->bank;
	int64_t turn, column;

	if (c < 0)
		return HBM_STARVED_IDLE;
	if (clock_edge_ps(&n->clock, (uint64_t)c) < s->packet.accepted_ps)
		return absence(n, pc, s, c);
	if (in_refresh(p, c))
		return HBM_REFRESH;
	if (c < p->act[bank] + (is_write ? d->nRCDWR : d->nRCDRD))
		return HBM_ROW;
	if (is_write)
		turn = max_i64(p->last_rd + max_i64(1, d->nCL + d->nBL + 2 - d->nCWL),
			       p->writing_since);
	else
		turn = d->nCWL + d->nBL + max_i64(p->last_wr + d->nWTRS, p->wr[bg] + d->nWTRL);
	if (c < turn)
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
	bool is_write = c->command == DRAM_WR;
	int64_t latency = is_write ? n->t.n.nCWL : n->t.n.nCL, tick = (int64_t)c->tick;
	size_t request =
		request_of(n, key_of(n, pc, c->bank_group * 4u + c->bank, c->row, c->column));
	const struct served *s = &n->b->served[request];
	uint64_t start = c->tick + (uint64_t)latency;

	ck_assert_int_eq(s->packet.is_write, is_write);
	if (is_write && !p->wrote_last)
		p->writing_since = (int64_t)clock_edge_at_or_after(&n->clock, s->scheduled_ps);
	p->wrote_last = is_write;
	ck_assert_uint_ge(start, p->data_end);
	for (uint64_t g = p->data_end; g < start; g++)
		p->classes[class_of(n, c, pc, s, (int64_t)g - latency)]++;
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
		p->act[c->bank_group * 4 + c->bank] = (int64_t)c->tick + 1;
	if (c->command == DRAM_REFab) {
		ck_assert_uint_lt(p->n_refreshes, MAX_REFRESHES);
		p->due[p->n_refreshes] = ((int64_t)p->n_refreshes + 1) * n->t.n.nREFI;
		p->over[p->n_refreshes++] = (int64_t)c->tick + n->t.n.nRFC;
	}
	if (c->command == DRAM_RD || c->command == DRAM_WR)
		add_burst(n, c);
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
	for (size_t i = 0; i < b->n_commands; i++)
		if (b->commands[i].command == DRAM_RD || b->commands[i].command == DRAM_WR)
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
	for (size_t i = 0; i < b->n_commands; i++)
		add_command(&n, &b->commands[i]);
	for (size_t i = 0; i < n.n_pcs; i++) {
		n.pcs[i].classes[HBM_STARVED_IDLE] += n.ticks - n.pcs[i].data_end;
		for (unsigned c = 0; c < N_HBM_CLASSES; c++)
			sums[c] += n.pcs[i].classes[c];
	}
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
}
