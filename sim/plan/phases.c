/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a kernel's operators into phases.  A normalisation over data that no tile holds
 * whole takes two passes with a barrier between them: its statistics, then its
 * application one level later; what both levels need goes out to HBM and back (spill), or is
 * made once more (recompute).
 * A value that is stored is cut exactly by the tiles, so a reader that needs more of it
 * than its own tile (a window, a transposition) waits for the next level as well, as does
 * one that skips elements: the tiles would not cut what it leaves out.
 * Within a level, results of different shapes get phases of their own.
 */
#include "base/mem.h"
#include "plan/cut.h"

#include <stdlib.h>
#include <string.h>

/* Room for the tiles of a full pass: input, output, both double-buffered, and one to spare. */
#define FULL_PASS_COPIES 5

/* What one output element needs is more than a row in memory, or a row too long for a tile. */
static bool needs_two_passes(const struct cut *c, const struct member *m)
{
	const struct graph *g = c->p->graph;
	const struct op *op = &g->ops[m->op];
	struct region out = m->info.out, red, in;
	struct placement place;

	if (m->info.is_opaque)
		return true;
	if (!m->info.is_norm && !m->info.is_reduction)
		return false;
	for (unsigned d = 0; d < out.n_dims; d++)
		out.hi[d] = 1;
	op_whole_red(&m->info, &red);
	access_region(g, op, &m->info, 0, PASS_FULL, &out, &red, &in);
	tensor_placement(g, op_input(g, op, 0), &place);
	for (unsigned d = 0; d < in.n_dims; d++)
		if (region_extent(&in, d) > 1 && place.stride[d] != 1)
			return true;
	return region_bytes(g, op_input(g, op, 0), &in) * FULL_PASS_COPIES >
	       c->p->machine->spad_bytes;
}

/* Operand j of m is read exactly at the output's indices. */
static bool operand_is_identity(const struct graph *g, const struct member *m, unsigned j)
{
	const struct access *a = &m->info.access[j];
	const struct shape *s = graph_shape(g, op_operand(g, &g->ops[m->op], j));

	if (m->is_split && m->info.is_reduction)
		return true; /* its first pass walks the operand itself */
	if (a->n_dims != m->info.out.n_dims)
		return false;
	for (unsigned d = 0; d < a->n_dims; d++) {
		bool same = (int64_t)s->dims[d] == m->info.out.hi[d];

		if (!same || !(axis_is_identity(&a->axis[d], d, s->dims[d]) ||
			       (a->is_normalised && m->is_split)))
			return false;
	}
	return true;
}

static bool has_holes(const struct op_info *info, unsigned j)
{
	for (unsigned d = 0; d < info->access[j].n_dims; d++)
		if (axis_has_holes(info, &info->access[j].axis[d]))
			return true;
	return false;
}

static int member_of_op(const struct cut *c, uint32_t op)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->m[i].op == op)
			return (int)i;
	return -1;
}

int cut_producer(const struct cut *c, const struct member *m, unsigned j)
{
	const struct graph *g = c->p->graph;
	uint32_t t = plan_storage(c->p, op_input(g, &g->ops[m->op], j));
	uint32_t producer = g->tensors[t].producer;

	return producer == NO_INDEX ? -1 : member_of_op(c, producer);
}

static void link_member(struct cut *c, unsigned i)
{
	const struct graph *g = c->p->graph;
	struct member *m = &c->m[i];
	const struct op *op = &g->ops[m->op];
	const struct state_need *states;
	uint64_t other = 0;
	size_t n_states;

	states = plan_needs_of(c->p, m->op, &n_states);
	for (size_t s = 0; s < n_states; s++) {
		int q = member_of_op(c, states[s].before);

		m->after |= q < 0 ? 0 : 1ULL << q;
	}
	for (unsigned j = 0; j < op->n_inputs; j++) {
		uint32_t t = op_operand(g, op, j);
		int q = cut_producer(c, m, j);

		if (q < 0)
			continue;
		if (g->tensors[t].view != NO_INDEX || m->info.is_opaque ||
		    c->m[q].info.is_opaque || has_holes(&m->info, j))
			m->by_store |= 1ULL << q;
		else if (operand_is_identity(g, m, j))
			m->by_identity |= 1ULL << q;
		else
			other |= 1ULL << q;
		m->producers |= 1ULL << q;
	}
	m->by_identity &= ~(other | m->by_store);
}

/*
 * m reads member q's value from HBM, a level later: through a view, or because tiles cut a
 * stored value exactly and m's readers need more than m's tile.  Statistics need no more.
 */
static bool reads_stored(const struct cut *c, const struct member *m, unsigned q)
{
	bool takes_statistics = m->is_split && !m->is_given;

	return (m->by_store >> q & 1) ||
	       (c->m[q].is_stored &&
		(!(m->by_identity >> q & 1) || (m->is_windowed && !takes_statistics)));
}

/* Marks members whose readers, or readers' readers, look beyond their own tile. */
static void mark_windowed(struct cut *c)
{
	for (unsigned i = c->n; i-- > 0;)
		for (unsigned q = i + 1; q < c->n; q++) {
			const struct member *r = &c->m[q];

			if (r->producers >> i & 1)
				c->m[i].is_windowed |= !(r->by_identity >> i & 1) || r->is_windowed;
		}
}

/* First level at which m may read member q's value. */
static int level_after(const struct cut *c, const struct member *m, unsigned q)
{
	return c->m[q].level + (reads_stored(c, m, q) ? 1 : 0);
}

static void levels_early(struct cut *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		struct member *m = &c->m[i];
		int level = 0;

		for (unsigned q = 0; q < i; q++) {
			if ((m->producers >> q & 1) && level_after(c, m, q) > level)
				level = level_after(c, m, q);
			if ((m->after >> q & 1) && c->m[q].level + 1 > level)
				level = c->m[q].level + 1;
		}
		m->stats_level = level;
		m->level = level + (m->is_split && !m->is_given ? 1 : 0);
	}
}

/* Moves what only later levels need to them, so that it need not be kept. */
static void levels_late(struct cut *c)
{
	for (unsigned i = c->n; i-- > 0;) {
		struct member *m = &c->m[i];
		int latest = INT32_MAX;

		if (m->is_split || m->is_stored)
			continue;
		for (unsigned q = i + 1; q < c->n; q++) {
			const struct member *r = &c->m[q];
			int read = r->is_split && !r->is_given ? r->stats_level : r->level;

			read -= reads_stored(c, r, i) || (r->after >> i & 1) ? 1 : 0;
			if ((r->producers | r->after) >> i & 1)
				latest = read < latest ? read : latest;
		}
		if (latest != INT32_MAX && latest > m->level)
			m->level = m->stats_level = latest;
	}
}

/* Member i can run once more in every level that needs it: it reads and writes no state that
 * others do, and is more than the few results of a reduction. */
static bool can_run_again(const struct cut *c, unsigned i)
{
	const struct member *m = &c->m[i];

	if (m->is_outside || m->after != 0 || (m->is_split && m->info.is_reduction))
		return false;
	for (unsigned q = i + 1; q < c->n; q++)
		if ((c->m[q].after | c->m[q].by_store) >> i & 1)
			return false;
	return true;
}

static bool runs_again(const struct cut *c, unsigned i)
{
	return (c->kernel->variant & VARIANT_RECOMPUTE) && !c->m[i].is_stored &&
	       can_run_again(c, i);
}

/* Marks what a later level reads as stored; true if that changed anything. */
static bool mark_stored(struct cut *c)
{
	bool changed = false;

	for (unsigned i = 0; i < c->n; i++) {
		struct member *m = &c->m[i];
		bool stored = m->is_outside;

		for (unsigned q = i + 1; q < c->n; q++)
			if ((c->m[q].producers >> i & 1) && c->m[q].level > m->level)
				stored |= !runs_again(c, i);
		if (stored && !m->is_stored)
			m->is_stored = changed = true;
	}
	return changed;
}

static bool cut_init(struct cut *c, struct err *err)
{
	const struct graph *g = c->p->graph;
	struct kernel_plan *k = c->kernel;
	uint32_t index = (uint32_t)(k - c->p->kernels);

	if (k->info.n_ops > MAX_NODES)
		return err_trace(err, ERR_LIMIT, g->ops[k->ops[0]].line,
				 "kernel '%s': %zu operators in one fuse group (limit %d); "
				 "split the group",
				 k->name, k->info.n_ops, MAX_NODES);
	for (unsigned i = 0; i < k->info.n_ops; i++) {
		struct member *m = &c->m[c->n++];
		const struct op *op = &g->ops[k->ops[i]];

		m->op = k->ops[i];
		op_describe(g, m->op, &m->info);
		if (m->info.refusal != NULL)
			return err_trace(err, ERR_INPUT, op->line,
					 "operator '%s' of kind %s cannot be simulated: %s", op->id,
					 op_kind_name(op->kind), m->info.refusal);
		if (m->info.class == OP_CLASS_MATRIX &&
		    machine_matrix_k(c->p->machine, m->info.matrix_dtype) == 0)
			return err_trace(err, ERR_WORKLOAD, op->line,
					 "operator '%s' needs a matrix unit for %s; "
					 "set its depth in core.matrix",
					 op->id, dtype_name(m->info.matrix_dtype));
		m->is_long = m->is_split = needs_two_passes(c, m);
		m->loop = -1;
		m->is_given = m->is_split && m->info.is_norm && k->info.n_ops > 1 &&
			      c->p->machine->groupnorm == GROUPNORM_GIVEN;
		for (unsigned j = 0; j < op->n_outputs; j++)
			m->is_outside |= plan_needed_outside(c->p, op_output(g, op, j), index);
		link_member(c, i);
	}
	return true;
}

static bool is_in_level(const struct member *m, int level, enum op_pass *pass)
{
	if (m->is_split && !m->is_given && m->stats_level == level) {
		*pass = PASS_STATS;
		return true;
	}
	*pass = m->is_split ? PASS_APPLY : m->is_online ? PASS_ONLINE : PASS_FULL;
	return m->level == level;
}

/* The same, or once more. */
static bool runs_in_level(const struct cut *c, unsigned i, int level, enum op_pass *pass)
{
	return is_in_level(&c->m[i], level, pass) ||
	       (c->m[i].level < level && runs_again(c, i));
}

/* The space that a member's tiles cut in a level: its result's, or what it reduces. */
static struct region member_space(const struct cut *c, const struct member *m, int level)
{
	struct region space = m->info.out;
	enum op_pass pass;

	if (is_in_level(m, level, &pass) && pass == PASS_STATS)
		tensor_region(c->p->graph, op_input(c->p->graph, &c->p->graph->ops[m->op], 0),
			      &space);
	return space;
}

bool cut_same_shape(const struct cut *c, const struct member *a, const struct member *b, int level)
{
	struct region x = member_space(c, a, level), y = member_space(c, b, level);

	return region_equal(&x, &y);
}

/* Members of a level whose result leaves it: statistics, stored values, values nobody reads. */
static uint64_t level_sinks(const struct cut *c, int level)
{
	uint64_t sinks = 0;
	enum op_pass pass;

	for (unsigned i = 0; i < c->n; i++) {
		bool is_read = false;

		if (c->m[i].info.is_opaque || !is_in_level(&c->m[i], level, &pass))
			continue;
		for (unsigned q = i + 1; q < c->n; q++)
			is_read |= (c->m[q].producers >> i & 1) != 0;
		if (pass == PASS_STATS || c->m[i].is_stored || !is_read)
			sinks |= 1ULL << i;
	}
	return sinks;
}

/* The sinks and what they need of this level, stored values of another shape left out. */
static uint64_t phase_members(const struct cut *c, int level, uint64_t sinks,
			      const struct member *shape)
{
	uint64_t members = sinks;
	enum op_pass pass;

	for (unsigned i = c->n; i-- > 0;) {
		if (!(members >> i & 1))
			continue;
		for (unsigned q = 0; q < i; q++) {
			const struct member *m = &c->m[q];

			if (!(c->m[i].producers >> q & 1) || !runs_in_level(c, q, level, &pass) ||
			    pass == PASS_STATS)
				continue;
			if (!m->is_stored || cut_same_shape(c, m, shape, level))
				members |= 1ULL << q;
		}
	}
	return members;
}

/*
 * A reduction in two passes: the first walks the operand, each core reducing its tiles;
 * the second, past the barrier, writes the few results and reads nothing.
 */
static void split_reduction(const struct plan *p, struct node *n)
{
	struct op_info *info = &n->info;
	struct access *a = &info->access[0];

	if (!info->is_reduction)
		return;
	if (n->pass == PASS_STATS) {
		tensor_region(p->graph, op_input(p->graph, &p->graph->ops[n->op], 0), &info->out);
		a->is_normalised = true;
	} else {
		info->n_access = 0;
	}
	info->n_red = 0;
}

static struct phase *new_phase(struct kernel_plan *k, size_t n_nodes)
{
	struct phase *ph;

	k->phases = xreallocarray(k->phases, k->n_phases + 1, sizeof(*k->phases));
	ph = &k->phases[k->n_phases++];
	memset(ph, 0, sizeof(*ph));
	ph->nodes = xcalloc(n_nodes, sizeof(*ph->nodes));
	return ph;
}

static void add_phase(struct cut *c, int level, uint64_t members)
{
	struct phase *ph = new_phase(c->kernel, (size_t)__builtin_popcountll(members));

	for (unsigned i = 0; i < c->n; i++) {
		struct node *n = &ph->nodes[ph->n_nodes];

		if (!(members >> i & 1))
			continue;
		runs_in_level(c, i, level, &n->pass);
		n->op = c->m[i].op;
		n->info = c->m[i].info;
		n->is_matrix = n->info.class == OP_CLASS_MATRIX;
		n->loop_op = c->m[i].loop < 0 ? NONE : c->m[c->m[i].loop].op;
		if (n->pass != PASS_FULL)
			split_reduction(c->p, n);
		n->is_stored = c->m[i].is_stored && n->pass != PASS_STATS;
		n->store_cause = c->m[i].is_outside ? TRAFFIC_COMPULSORY : TRAFFIC_SPILL;
		ph->n_nodes++;
	}
}

/* One input that an opaque operator reads, or one output that it makes. */
static void add_opaque_phase(struct cut *c, const struct member *m, enum op_pass pass,
			     uint32_t port)
{
	const struct graph *g = c->p->graph;
	const struct op *op = &g->ops[m->op];
	struct phase *ph = new_phase(c->kernel, 1);
	struct node *n = &ph->nodes[ph->n_nodes++];

	n->op = m->op;
	n->port = port;
	n->pass = pass;
	n->info = m->info;
	n->loop_op = NONE;
	tensor_region(g, node_tensor(c->p, n), &n->info.out);
	if (pass == PASS_STATS) {
		n->info.n_access = 1;
		n->info.access[0] = (struct access){.n_dims = n->info.out.n_dims,
						    .is_normalised = true};
		return;
	}
	n->is_matrix = pass == PASS_FULL && n->info.class == OP_CLASS_MATRIX;
	n->is_stored = true;
	n->store_cause = plan_needed_outside(c->p, op_output(g, op, port),
					     (uint32_t)(c->kernel - c->p->kernels))
				 ? TRAFFIC_COMPULSORY
				 : TRAFFIC_SPILL;
}

static bool is_first_use(const struct graph *g, const struct op *op, uint32_t input)
{
	for (uint32_t i = 0; i < input; i++)
		if (op_input(g, op, i) == op_input(g, op, input))
			return false;
	return true;
}

/*
 * Nobody knows what of its inputs an opaque operator needs for what: it reads each of them
 * once, and past the barrier makes its outputs, the first of which has the products.
 */
static void cut_opaque(struct cut *c, int level)
{
	for (unsigned i = 0; i < c->n; i++) {
		const struct member *m = &c->m[i];
		const struct op *op = &c->p->graph->ops[m->op];

		for (uint32_t j = 0; m->info.is_opaque && m->stats_level == level && j < op->n_inputs;
		     j++)
			if (is_first_use(c->p->graph, op, j))
				add_opaque_phase(c, m, PASS_STATS, j);
		for (uint32_t j = 0; m->info.is_opaque && m->level == level && j < op->n_outputs; j++)
			add_opaque_phase(c, m, j == 0 ? PASS_FULL : PASS_APPLY, j);
	}
}

static void cut_level(struct cut *c, int level)
{
	uint64_t sinks = level_sinks(c, level);

	cut_opaque(c, level);
	while (sinks != 0) {
		const struct member *shape = &c->m[__builtin_ctzll(sinks)];
		uint64_t alike = 0;

		for (unsigned i = 0; i < c->n; i++)
			if ((sinks >> i & 1) && cut_same_shape(c, &c->m[i], shape, level))
				alike |= 1ULL << i;
		add_phase(c, level, phase_members(c, level, alike, shape));
		sinks &= ~alike;
	}
}

static void cut_levels(struct cut *c)
{
	int last = 0;

	cut_loops(c);
	mark_windowed(c);
	do {
		levels_early(c);
		levels_late(c);
	} while (mark_stored(c) || cut_store_shared(c));
	for (unsigned i = 0; i < c->n; i++)
		last = c->m[i].level > last ? c->m[i].level : last;
	for (int level = 0; level <= last; level++)
		cut_level(c, level);
	for (size_t i = 0; i < c->kernel->n_phases; i++) {
		struct phase *ph = &c->kernel->phases[i];

		phase_build(c->p, ph, c->kernel->variant);
		c->kernel->possible |= ph->possible;
	}
	for (unsigned i = 0; i < c->n; i++)
		if (c->m[i].is_stored && can_run_again(c, i))
			c->kernel->possible |= VARIANT_RECOMPUTE;
}

/* Sends values through HBM whose readers in a phase are in conflict; false if there are none. */
static bool part_conflicts(struct cut *c)
{
	bool any = false, is_new = false;

	for (size_t i = 0; i < c->kernel->n_phases; i++) {
		const struct phase *ph = &c->kernel->phases[i];
		struct member *reader;
		uint64_t maker;

		if (ph->conflict_reader == NONE)
			continue;
		reader = &c->m[member_of_op(c, ph->conflict_reader)];
		maker = 1ULL << member_of_op(c, ph->conflict_maker);
		is_new |= !(reader->by_store & maker);
		reader->by_store |= maker;
		reader->by_identity &= ~maker;
		any = true;
	}
	BUG_ON(any && !is_new);
	return any;
}

void kernel_release_phases(struct kernel_plan *k)
{
	for (size_t i = 0; i < k->n_phases; i++)
		phase_release(&k->phases[i]);
	free(k->phases);
	k->phases = NULL;
	k->n_phases = 0;
}

/* Line buffers that were asked for, and cannot be. */
static bool refuse_unkept(const struct cut *c, struct err *err)
{
	for (size_t i = 0; i < c->kernel->n_phases; i++) {
		const struct op *op;

		if (c->p->machine->halo != HALO_KEEP || c->kernel->phases[i].unkept == NONE)
			continue;
		op = &c->p->graph->ops[c->kernel->phases[i].unkept];
		return err_trace(
			err, ERR_WORKLOAD, op->line,
			"operator '%s': what its tiles share cannot be kept on chip (it runs "
			"inside a product's chunk loop, or follows the tiles in two "
			"dimensions); set kernel.halo to \"recompute\"",
			op->id);
	}
	return true;
}

bool kernel_phases(const struct plan *p, struct kernel_plan *k, struct err *err)
{
	struct cut *c = xcalloc(1, sizeof(*c));
	bool ok;

	c->p = p;
	c->kernel = k;
	ok = cut_init(c, err);
	if (ok) {
		cut_levels(c);
		while (part_conflicts(c)) {
			kernel_release_phases(k);
			cut_levels(c);
		}
		kernel_name_causes(p, k);
		ok = refuse_unkept(c, err);
	}
	free(c);
	return ok;
}
