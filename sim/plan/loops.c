/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs inside the chunk loop of a product because it makes that product's operand chunk
 * by chunk: another product, and a normalisation over the contracted axis, online.  So the
 * scores of attention never exist as a whole.  Decides that it can be done; whether it pays
 * is for the tilings to say.
 */
#include "plan/cut.h"

#include <string.h>

/* The members that a chunk of product `m` needs, and along which dimensions they follow it. */
struct loop {
	const struct cut *c;
	unsigned m;
	uint64_t members;
	uint32_t follows[MAX_NODES];
	int online; /* member that runs online, or -1 */
	bool has_product;
};

static bool can_own_loop(const struct member *m)
{
	if (m->info.class != OP_CLASS_MATRIX || m->loop >= 0 || m->info.contract_axis < 0 ||
	    m->info.n_per_block > 0)
		return false;
	for (unsigned r = 0; r < m->info.n_red; r++)
		if ((int)r != m->info.contract_axis && m->info.red[r] > 1)
			return false;
	return true;
}

/* Operand j of member i, made on chip by member q, follows the loop along these dimensions. */
static void follow(struct loop *l, unsigned i, unsigned j, uint32_t dims)
{
	int q = cut_producer(l->c, &l->c->m[i], j);

	if (q < 0 || dims == 0 || (l->c->m[i].by_store >> q & 1))
		return;
	l->members |= 1ULL << q;
	l->follows[q] |= dims;
}

/* An index of the operand for each index of the result. */
static bool is_index(const struct axis_access *a)
{
	return !a->whole && a->red_dim < 0 && a->out_mul == 1 && a->out_div == 1 &&
	       a->out_bias == 0 && a->offset == 0;
}

/* A normalisation of whole rows along just the followed axis, read by the product alone. */
static bool take_online(struct loop *l, unsigned i)
{
	const struct member *s = &l->c->m[i];
	unsigned n_whole = 0;

	for (unsigned d = 0; d < s->info.out.n_dims; d++) {
		const struct axis_access *a = &s->info.access[0].axis[d];

		if (!a->whole)
			continue;
		n_whole++;
		if (a->block > 1 || l->follows[i] != 1U << d)
			return false;
	}
	for (unsigned q = i + 1; q < l->c->n; q++)
		if ((l->c->m[q].producers >> i & 1) && q != l->m)
			return false;
	if (n_whole != 1 || s->info.online.state == 0 || s->is_given || l->online >= 0)
		return false;
	l->online = (int)i;
	return true;
}

/* Passes what member i follows on to its operands; false if it cannot run chunk by chunk. */
static bool follow_operands(struct loop *l, unsigned i)
{
	const struct member *m = &l->c->m[i];

	for (unsigned j = 0; j < m->info.n_access; j++) {
		const struct access *a = &m->info.access[j];
		uint32_t dims = 0;

		if (a->is_normalised && l->online == (int)i) {
			follow(l, i, j, l->follows[i]);
			continue;
		}
		for (unsigned d = 0; d < a->n_dims; d++) {
			if (a->axis[d].out_dim < 0 || !(l->follows[i] >> a->axis[d].out_dim & 1))
				continue;
			if (!is_index(&a->axis[d]))
				return false;
			dims |= 1U << d;
		}
		follow(l, i, j, dims);
	}
	return true;
}

static bool follows_whole_axis(const struct loop *l, unsigned i)
{
	const struct op_info *info = &l->c->m[i].info;

	for (unsigned d = 0; info->is_norm && d < info->out.n_dims; d++)
		if (info->access[0].axis[d].whole && (l->follows[i] >> d & 1))
			return true;
	return false;
}

/* Member i can run in the loop: nobody else needs its value, and nothing of it is whole. */
static bool take_member(struct loop *l, unsigned i)
{
	const struct member *m = &l->c->m[i];
	uint64_t inside = l->members | 1ULL << l->m;

	if (m->is_outside || m->loop >= 0)
		return false;
	for (unsigned q = i + 1; q < l->c->n; q++)
		if ((l->c->m[q].producers >> i & 1) &&
		    (!(inside >> q & 1) || (l->c->m[q].by_store >> i & 1)))
			return false;
	if (follows_whole_axis(l, i) ? !take_online(l, i) : m->is_split)
		return false;
	if (m->info.class == OP_CLASS_MATRIX) {
		l->has_product = true;
		if (m->info.n_per_block > 0)
			return false;
	}
	return follow_operands(l, i);
}

/* The loop of product m over what makes its operand j; false if there is none to run in it. */
static bool find_loop(struct loop *l, const struct cut *c, unsigned m, unsigned j)
{
	const struct member *owner = &c->m[m];
	const struct access *a = &owner->info.access[j];
	uint32_t dims = 0;

	memset(l, 0, sizeof(*l));
	l->c = c;
	l->m = m;
	l->online = -1;
	for (unsigned d = 0; d < a->n_dims; d++)
		if (a->axis[d].red_dim == owner->info.contract_axis && a->axis[d].out_dim < 0 &&
		    a->axis[d].red_mul == 1 && a->axis[d].offset == 0)
			dims |= 1U << d;
	follow(l, m, j, dims);
	for (unsigned i = m; i-- > 0;)
		if ((l->members >> i & 1) && !take_member(l, i))
			return false;
	return l->has_product || l->online >= 0;
}

static void enter_loop(struct cut *c, const struct loop *l)
{
	for (unsigned i = 0; i < l->m; i++)
		if (l->members >> i & 1)
			c->m[i].loop = (int)l->m;
	if (l->online < 0)
		return;
	c->m[l->online].is_online = true;
	c->m[l->online].is_split = false;
}

void cut_loops(struct cut *c)
{
	struct loop l;

	for (unsigned i = 0; i < c->n; i++) {
		c->m[i].loop = -1;
		c->m[i].is_online = false;
		c->m[i].is_split = c->m[i].is_long;
	}
	c->kernel->possible &= ~(uint32_t)VARIANT_ONLINE;
	for (unsigned m = c->n; m-- > 0;)
		for (unsigned j = 0; j < 2 && can_own_loop(&c->m[m]); j++) {
			if (!find_loop(&l, c, m, j))
				continue;
			c->kernel->possible |= VARIANT_ONLINE;
			if (c->kernel->variant & VARIANT_ONLINE) {
				enter_loop(c, &l);
				break;
			}
		}
}
