/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a group costs as a kernel.  Groups are alike, and cost the same, if their operators,
 * what connects them, and what leaves them are: a model of repeated blocks has few classes.
 */
#include "base/hash.h"
#include "base/mem.h"
#include "plan/search_state.h"

#include <stdlib.h>
#include <string.h>

#define ILLEGAL_PS (UINT64_MAX >> 16) /* sums of some thousands do not overflow */

/* Operand j, as the group sees it: the member that makes it, or a number of its own among
 * what comes from outside. */
static uint64_t operand_code(const struct group_search *s, const struct op *op, unsigned j,
			     uint32_t first, uint64_t members, uint32_t *outside, unsigned *n_outside)
{
	uint32_t storage = plan_storage(s->part, op_input(s->graph, op, j));
	uint32_t producer = s->graph->tensors[storage].producer;
	uint32_t place = producer == NO_INDEX ? NONE : s->place[producer];
	unsigned i = 0;

	if (place != NONE && place >= first && place - first < WINDOW &&
	    (members >> (place - first) & 1))
		return 1000 + (uint64_t)__builtin_popcountll(
				      members & ((UINT64_C(1) << (place - first)) - 1));
	while (i < *n_outside && outside[i] != storage)
		i++;
	if (i == *n_outside)
		outside[(*n_outside)++] = storage;
	return i;
}

static unsigned __int128 group_key(const struct group_search *s, uint32_t first, uint64_t members)
{
	uint32_t outside[WINDOW * OP_MAX_ACCESS];
	unsigned n_outside = 0;
	struct hash h;

	hash_init(&h);
	for (uint64_t rest = members; rest != 0; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest);
		const struct search_op *o = &s->ops[first + i];
		const struct op *op = &s->graph->ops[o->op];
		bool leaves = o->is_kept || o->readers_after >> (WINDOW - 1 - i) != 0 ||
			      (window_after(o->readers_after, i) & ~members) != 0;

		hash_add(&h, &o->signature, sizeof(o->signature));
		hash_add(&h, &leaves, sizeof(leaves));
		for (unsigned j = 0; j < op->n_inputs && j < OP_MAX_ACCESS; j++) {
			uint64_t code = operand_code(s, op, j, first, members, outside, &n_outside);

			hash_add(&h, &code, sizeof(code));
		}
	}
	return h.state;
}

static struct class_key *find_key(const struct group_search *s, unsigned __int128 hash)
{
	size_t at = (size_t)(hash ^ hash >> 64) & (s->keys_capacity - 1);

	while (s->keys[at].is_used && s->keys[at].hash != hash)
		at = (at + 1) & (s->keys_capacity - 1);
	return &s->keys[at];
}

static void enlarge_keys(struct group_search *s)
{
	struct class_key *old = s->keys;
	size_t n = s->keys_capacity;

	s->keys_capacity = n == 0 ? 256 : 2 * n;
	s->keys = xcalloc(s->keys_capacity, sizeof(*s->keys));
	for (size_t i = 0; i < n; i++)
		if (old[i].is_used)
			*find_key(s, old[i].hash) = old[i];
	free(old);
}

static struct set_key *find_set(const struct group_search *s, uint32_t first, uint64_t members)
{
	uint64_t mixed = (members ^ members >> 29 ^ first * UINT64_C(0x9E3779B97F4A7C15)) *
			 UINT64_C(0xBF58476D1CE4E5B9);
	size_t at = (size_t)(mixed >> 20) & (s->sets_capacity - 1);

	while (s->sets[at].members != 0 &&
	       (s->sets[at].first != first || s->sets[at].members != members))
		at = (at + 1) & (s->sets_capacity - 1);
	return &s->sets[at];
}

static void enlarge_sets(struct group_search *s)
{
	struct set_key *old = s->sets;
	size_t n = s->sets_capacity;

	s->sets_capacity = n == 0 ? 1024 : 2 * n;
	s->sets = xcalloc(s->sets_capacity, sizeof(*s->sets));
	for (size_t i = 0; i < n; i++)
		if (old[i].members != 0)
			*find_set(s, old[i].first, old[i].members) = old[i];
	free(old);
}

/* A kernel takes its time and the gap, but not less than a launch. */
static uint64_t with_launch(const struct group_search *s, uint64_t time_ps)
{
	return max_u64(time_ps + s->machine->gap_ps, s->machine->launch_ps);
}

static size_t list_members(const struct group_search *s, uint32_t first, uint64_t members,
			   uint32_t *ops)
{
	size_t n = 0;

	for (; members != 0; members &= members - 1)
		ops[n++] = s->ops[first + (unsigned)__builtin_ctzll(members)].op;
	return n;
}

static struct group_cost cost_of(struct group_search *s, uint32_t first, uint64_t members,
				 struct err *err)
{
	struct group_cost cost = {.time_ps = ILLEGAL_PS};
	uint32_t ops[WINDOW];
	size_t n = list_members(s, first, members, ops);
	const struct kernel_plan *k = part_set(s->part, ops, n, err);

	if (k == NULL)
		return cost;
	cost.needs_bytes = k->spad_needs;
	if (k->spad_needs > 0)
		return cost;
	cost.is_legal = true;
	cost.bytes = k->info.estimate_bytes;
	cost.time_ps = with_launch(s, mul_div_u64(k->info.estimate_cycles, UINT64_C(1000000000000),
						  s->machine->core_hz));
	return cost;
}

static uint32_t class_of(struct group_search *s, uint32_t first, uint64_t members, struct err *err)
{
	struct class_key *key;

	if (2 * (s->n_keys + 1) > s->keys_capacity)
		enlarge_keys(s);
	key = find_key(s, group_key(s, first, members));
	if (key->is_used)
		return key->class;
	GROW(s->costs, s->n_costs, s->costs_capacity);
	s->costs[s->n_costs] = cost_of(s, first, members, err);
	key->is_used = true;
	key->hash = group_key(s, first, members);
	key->class = (uint32_t)s->n_costs++;
	s->n_keys++;
	return key->class;
}

uint32_t search_class(struct group_search *s, uint32_t first, uint64_t members)
{
	struct err ignored = {.code = ERR_NONE};
	unsigned shift = (unsigned)__builtin_ctzll(members);
	struct set_key *set;

	first += shift;
	members >>= shift;
	if (2 * (s->n_sets + 1) > s->sets_capacity)
		enlarge_sets(s);
	set = find_set(s, first, members);
	if (set->members == 0) {
		*set = (struct set_key){first, class_of(s, first, members, &ignored), members};
		s->n_sets++;
	}
	return set->class;
}

uint64_t search_time_ps(const struct group_search *s, uint32_t class)
{
	const struct group_cost *c = &s->costs[class];

	if (c->is_measured || !c->is_legal)
		return c->time_ps;
	return s->estimate_percent == 0 ? ILLEGAL_PS
					: mul_div_u64(c->time_ps, s->estimate_percent, 100);
}

/* Every operator by itself: what cannot run so cannot run in a group either, for want of a
 * rule or a unit; what only does not fit, might. */
bool search_costs_init(struct group_search *s, struct err *err)
{
	s->alone = xcalloc(s->n + 1, sizeof(*s->alone));
	for (uint32_t place = 0; place < s->n; place++) {
		s->alone[place] = class_of(s, place, 1, err);
		if (err->code != ERR_NONE)
			return false;
	}
	return true;
}

void search_costs_release(struct group_search *s)
{
	free(s->alone);
	free(s->costs);
	free(s->keys);
	free(s->sets);
}

bool group_search_spans(const struct group_search *s, const uint32_t *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s->place[ops[i]] == NONE || s->place[ops[i]] - s->place[ops[0]] >= WINDOW)
			return false;
	return true;
}

uint32_t group_search_class(struct group_search *s, const uint32_t *ops, size_t n)
{
	uint32_t first = s->place[ops[0]];
	uint64_t members = 0;

	for (size_t i = 0; i < n; i++)
		members |= UINT64_C(1) << (s->place[ops[i]] - first);
	return search_class(s, first, members);
}

const struct group_cost *group_search_cost(const struct group_search *s, uint32_t class)
{
	return &s->costs[class];
}

void group_search_measured(struct group_search *s, uint32_t class, uint64_t time_ps)
{
	s->costs[class].is_measured = true;
	s->costs[class].time_ps = with_launch(s, time_ps);
}
