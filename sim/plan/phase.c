/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds a phase from its nodes: who makes and who brings each operand, which nodes'
 * vector work runs as one command (clusters), which of them run inside a matrix node's
 * chunk loop, in which order (stages), and which grid dimension and loop each operand's
 * region follows.  Sizes come later, with the tiling.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <stdlib.h>
#include <string.h>

/* An operand at most this large, and much smaller than the result, is loaded whole, once. */
#define PRELOAD_BYTES 8192
#define PRELOAD_SHARE 8

static uint32_t make_node(const struct plan *p, const struct phase *ph, uint32_t i, unsigned j)
{
	const struct graph *g = p->graph;
	uint32_t t = node_operand(p, &ph->nodes[i], j);
	uint32_t producer = g->tensors[t].producer;

	if (g->tensors[t].view != NO_INDEX || producer == NO_INDEX)
		return NONE;
	for (uint32_t q = 0; q < i; q++)
		if (ph->nodes[q].op == producer && ph->nodes[q].pass != PASS_STATS)
			return q;
	return NONE;
}

static bool is_preload(const struct plan *p, const struct node *n, uint32_t t)
{
	return tensor_bytes(p->graph, t) <= PRELOAD_BYTES &&
	       tensor_bytes(p->graph, t) * 16 <= p->machine->spad_bytes &&
	       tensor_elements(p->graph, t) * PRELOAD_SHARE <= region_elements(&n->info.out);
}

/* Dimensions along which a view repeats the same bytes: nothing moves there. */
static uint32_t repeated_dims(const struct plan *p, uint32_t tensor)
{
	struct placement place;
	uint32_t mask = 0;

	tensor_placement(p->graph, tensor, &place);
	for (unsigned d = 0; d < graph_shape(p->graph, tensor)->n_dims; d++)
		mask |= place.stride[d] == 0 ? 1U << d : 0;
	return mask;
}

static void add_stream(const struct plan *p, struct phase *ph, uint32_t i, unsigned j, uint32_t t)
{
	struct placement place;

	tensor_placement(p->graph, t, &place);
	GROW(ph->streams, ph->n_streams, ph->streams_capacity);
	ph->streams[ph->n_streams] = (struct stream){
		.node = i,
		.operand = j,
		.tensor = t,
		.shape = graph_shape(p->graph, t),
		.repeated = repeated_dims(p, t),
		.buffer = NONE,
		.has_repeats = place.rows != NULL,
		.is_preload = is_preload(p, &ph->nodes[i], t),
	};
	ph->nodes[i].stream[j] = (uint32_t)ph->n_streams++;
}

/* Operand j is the same tensor as an earlier operand of the node, read in the same way. */
static bool reuse_operand(const struct plan *p, struct node *n, unsigned j)
{
	const struct graph *g = p->graph;
	const struct op *op = &g->ops[n->op];

	for (unsigned e = 0; e < j; e++)
		if (op_input(g, op, e) == op_input(g, op, j) &&
		    memcmp(&n->info.access[e], &n->info.access[j], sizeof(n->info.access[0])) ==
			    0) {
			n->stream[j] = n->stream[e];
			return true;
		}
	return false;
}

/* Operands of a pass: statistics read nothing but their input. */
static unsigned n_operands(const struct node *n)
{
	return n->pass == PASS_STATS ? 1 : n->info.n_access;
}

static void link_operands(const struct plan *p, struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		struct node *n = &ph->nodes[i];

		n->chunk_of = n->cluster = n->buffer = n->sums = n->online = NONE;
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++)
			n->producer[j] = n->stream[j] = NONE;
		for (unsigned j = 0; j < n->info.n_access; j++)
			n->shape[j] = graph_shape(p->graph, op_operand(p->graph, &p->graph->ops[n->op], j));
		for (unsigned j = 0; j < n_operands(n); j++) {
			uint32_t q;

			if (n->info.access[j].is_unread)
				continue;
			q = make_node(p, ph, i, j);
			n->producer[j] = q;
			if (q != NONE) {
				n->ancestors |= ph->nodes[q].ancestors | 1ULL << q;
				ph->nodes[q].consumers |= 1ULL << i;
			} else if (!reuse_operand(p, n, j)) {
				add_stream(p, ph, i, j, node_operand(p, n, j));
			}
		}
	}
}

/* The node whose result the tiles cut: the last one that nobody in the phase reads. */
static void find_primary(struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].consumers == 0 && ph->nodes[i].pass != PASS_STATS)
			ph->primary = i;
	if (ph->nodes[ph->primary].consumers != 0)
		ph->primary = ph->n_nodes - 1;
	ph->space = ph->nodes[ph->primary].info.out;
}

/* Nodes that have to run in a chunk loop, and whose loop it is. */
static void enter_loops(struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		struct node *n = &ph->nodes[i];

		for (uint32_t m = i + 1; n->loop_op != NONE && m < ph->n_nodes; m++)
			if (ph->nodes[m].op == n->loop_op)
				n->chunk_of = m;
		BUG_ON(n->loop_op != NONE && n->chunk_of == NONE);
		if (n->pass == PASS_ONLINE)
			ph->nodes[n->chunk_of].online = i;
	}
}

static uint64_t matrix_mask(const struct phase *ph)
{
	uint64_t mask = 0;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		mask |= (uint64_t)ph->nodes[i].is_matrix << i;
	return mask;
}

/*
 * A vector node whose value only one matrix node needs, and that needs no product itself,
 * runs inside that node's chunk loop, on just the chunk.  Not a full normalisation: each
 * chunk would make it look at whole axes again.
 */
static void find_chunk_nodes(struct phase *ph)
{
	uint64_t matrices = matrix_mask(ph);

	for (uint32_t i = ph->n_nodes; i-- > 0;) {
		struct node *n = &ph->nodes[i];
		uint32_t target = NONE;
		bool fits = n->chunk_of == NONE && !n->is_matrix && !n->is_stored &&
			    n->consumers != 0 && !(n->ancestors & matrices) &&
			    !(n->info.is_norm && n->pass == PASS_FULL);

		for (uint32_t q = i + 1; fits && q < ph->n_nodes; q++) {
			uint32_t t = ph->nodes[q].is_matrix ? q : ph->nodes[q].chunk_of;

			if (!(n->consumers >> q & 1))
				continue;
			if (t == NONE || (target != NONE && target != t) ||
			    ph->nodes[q].loop_op != NONE)
				fits = false;
			target = t;
		}
		if (fits)
			n->chunk_of = target;
	}
}

/* A chunk node and its neighbours must be in the chunk loop together. */
static bool leaves_chunk_loop(const struct phase *ph, uint32_t i)
{
	const struct node *n = &ph->nodes[i];

	for (unsigned j = 0; j < OP_MAX_ACCESS; j++)
		if (n->producer[j] != NONE && ph->nodes[n->producer[j]].chunk_of == NONE)
			return true;
	for (uint32_t q = i + 1; q < ph->n_nodes; q++)
		if ((n->consumers >> q & 1) && !ph->nodes[q].is_matrix &&
		    ph->nodes[q].chunk_of == NONE)
			return true;
	return false;
}

static void settle_chunk_nodes(struct phase *ph)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (uint32_t i = 0; i < ph->n_nodes; i++)
			if (ph->nodes[i].chunk_of != NONE && ph->nodes[i].loop_op == NONE &&
			    leaves_chunk_loop(ph, i)) {
				ph->nodes[i].chunk_of = NONE;
				changed = true;
			}
	}
}

/* Node i reads operand j, made by a node of the phase, at exactly its own indices. */
static bool reads_identity(const struct phase *ph, uint32_t i, unsigned j)
{
	const struct node *n = &ph->nodes[i];
	const struct access *a = &n->info.access[j];
	const struct region *made = &ph->nodes[n->producer[j]].info.out;

	if (n->is_matrix || !region_equal(made, &n->info.out))
		return false;
	if (a->is_normalised && n->pass != PASS_FULL)
		return true;
	for (unsigned d = 0; d < a->n_dims; d++)
		if (!axis_is_identity(&a->axis[d], d, made->hi[d]))
			return false;
	return true;
}

/* Could the nodes of `cluster` run as one command? Nothing outside may lie between two of them. */
static bool cluster_is_closed(const struct phase *ph, uint64_t cluster)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];

		if (!(cluster >> i & 1))
			continue;
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++) {
			uint32_t q = n->producer[j];

			if (q == NONE || ((cluster >> q & 1) && reads_identity(ph, i, j)))
				continue;
			if ((ph->nodes[q].ancestors | 1ULL << q) & cluster)
				return false;
		}
	}
	return true;
}

/* Clusters that wait for this one, and those that wait for them, are waited for by it. */
static bool cluster_is_in_circle(const struct phase *ph, uint64_t cluster)
{
	uint64_t behind = 0, from;

	do {
		from = behind;
		for (uint32_t i = 0; i < ph->n_nodes; i++) {
			uint64_t next = ph->nodes[i].consumers & ~cluster;

			for (uint32_t q = i + 1; ((cluster | from) >> i & 1) && q < ph->n_nodes; q++)
				if (next >> q & 1)
					behind |= phase_cluster(ph, ph->nodes[q].cluster);
		}
		for (uint32_t i = 0; i < ph->n_nodes; i++)
			if ((behind >> i & 1) && (ph->nodes[i].consumers & cluster))
				return true;
	} while (behind != from);
	return false;
}

uint64_t phase_cluster(const struct phase *ph, uint32_t cluster)
{
	uint64_t mask = 0;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		mask |= (uint64_t)(ph->nodes[i].cluster == cluster) << i;
	return mask;
}

/* Commands carry a bounded number of operands. */
static bool cluster_is_small(const struct phase *ph, uint64_t cluster)
{
	unsigned operands = 0, results = 0, spans = ph->keeps ? 2 : 1; /* rings are read in two */

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		if (!(cluster >> i & 1))
			continue;
		operands += ph->nodes[i].is_matrix;
		operands += ph->nodes[i].online != NONE || ph->nodes[i].pass == PASS_ONLINE;
		results += ph->nodes[i].pass == PASS_ONLINE ? 2 : 1;
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++)
			operands += ph->nodes[i].stream[j] != NONE ||
				    (ph->nodes[i].producer[j] != NONE &&
				     !(cluster >> ph->nodes[i].producer[j] & 1));
	}
	return operands * spans <= COMMAND_MAX_READS && results * spans <= COMMAND_MAX_WRITES;
}

static void join_cluster(struct phase *ph, uint32_t i, unsigned j)
{
	uint32_t q = ph->nodes[i].producer[j];
	uint32_t into, from;
	uint64_t both;

	if (q == NONE || ph->nodes[q].chunk_of != ph->nodes[i].chunk_of ||
	    !reads_identity(ph, i, j))
		return;
	into = ph->nodes[q].cluster;
	from = ph->nodes[i].cluster;
	both = phase_cluster(ph, into) | phase_cluster(ph, from);
	if (into == from || !cluster_is_closed(ph, both) || cluster_is_in_circle(ph, both) ||
	    !cluster_is_small(ph, both) ||
	    (ph->keeps && !slide_alike(&ph->nodes[i], &ph->nodes[q])))
		return;
	for (uint32_t m = 0; m < ph->n_nodes; m++)
		if (ph->nodes[m].cluster == from)
			ph->nodes[m].cluster = into;
}

/* A value is held when its cluster is not its only reader. */
static void mark_buffered(struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		struct node *n = &ph->nodes[i];

		n->is_buffered =
			n->is_stored || (n->consumers & ~phase_cluster(ph, n->cluster)) != 0;
	}
}

static void find_clusters(struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		ph->nodes[i].cluster = i;
		if (ph->nodes[i].is_matrix)
			continue;
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++)
			join_cluster(ph, i, j);
	}
	mark_buffered(ph);
}

/* What dimension d of operand j follows, given what the node's own dimensions follow. */
static uint32_t axis_follows(const struct node *n, const struct axis_access *a, bool whole)
{
	if (a->out_dim < 0 || (whole && a->block <= 1))
		return 0;
	return n->dim_follows[a->out_dim];
}

static bool axis_is_tapped(const struct node *n, const struct axis_access *a)
{
	return n->is_matrix && n->chunk_of == NONE && a->red_dim >= 0 &&
	       a->red_dim != n->info.contract_axis && a->out_dim < 0;
}

/* Dimension d of operand j follows the chunk loop that node n closes, or runs in. */
static bool axis_follows_chunk(const struct node *n, const struct access *a, unsigned d)
{
	const struct axis_access *x = &a->axis[d];

	if (n->is_matrix && n->chunk_of == NONE)
		return x->red_dim >= 0 && x->red_dim == n->info.contract_axis;
	if (a->is_normalised && n->pass != PASS_FULL)
		return n->chunk_dims >> d & 1;
	return n->chunk_of != NONE && x->out_dim >= 0 && !(x->whole && x->block <= 1) &&
	       (n->chunk_dims >> x->out_dim & 1);
}

/* Chunks of a vector node that do not overlap need pieces of its operand that do. */
static bool axis_overlaps(const struct node *n, const struct access *a, unsigned d)
{
	const struct axis_access *x = &a->axis[d];

	return !n->is_matrix && !(a->is_normalised && n->pass != PASS_FULL) &&
	       (x->whole || x->red_dim >= 0 || x->out_div > 1);
}

/* Several operands need the value: the chunk of one may be the whole axis of another. */
static bool is_shared(const struct phase *ph, const struct node *q)
{
	unsigned readers = 0;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++)
			readers += ph->nodes[i].producer[j] == (uint32_t)(q - ph->nodes);
	return readers > 1;
}

static void follow_operand(struct phase *ph, struct node *n, unsigned j)
{
	const struct access *a = &n->info.access[j];
	bool apply = a->is_normalised && n->pass != PASS_FULL;
	struct stream *s = n->stream[j] == NONE ? NULL : &ph->streams[n->stream[j]];
	struct node *q = n->producer[j] == NONE ? NULL : &ph->nodes[n->producer[j]];

	for (unsigned d = 0; d < a->n_dims; d++) {
		uint32_t follows =
			apply ? n->dim_follows[d] : axis_follows(n, &a->axis[d], a->axis[d].whole);
		uint32_t chunked = axis_follows_chunk(n, a, d) ? 1U << d : 0;
		bool overlaps = chunked && (n->chunks_overlap || axis_overlaps(n, a, d));

		if (s != NULL && (s->repeated >> d & 1))
			continue;
		if (s != NULL) {
			s->dim_follows[d] |= follows;
			s->grid_mask |= follows;
			s->chunk_dims |= chunked;
			s->chunks_overlap |= overlaps;
			s->follows_tap |= axis_is_tapped(n, &a->axis[d]);
		} else if (q != NULL) {
			q->dim_follows[d] |= follows;
			q->grid_mask |= follows;
			q->chunk_dims |= q->chunk_of != NONE ? chunked : 0;
			q->chunks_overlap |= q->chunk_of != NONE && (overlaps || is_shared(ph, q));
		}
	}
}

/* Operand j of n is read at the output's own indices, or not along its dimensions at all. */
static bool operand_can_slice(const struct node *n, unsigned j)
{
	const struct access *a = &n->info.access[j];

	if (a->is_normalised && n->pass != PASS_FULL)
		return true;
	for (unsigned d = 0; d < a->n_dims; d++)
		if (a->axis[d].out_dim >= 0 &&
		    !(a->axis[d].whole == false && a->axis[d].out_div == 1 &&
		      a->axis[d].out_mul == 1 && a->axis[d].red_dim < 0 &&
		      a->axis[d].out_bias == 0))
			return false;
	return true;
}

/*
 * The cluster that drains products into the primary need not hold a whole tile of results:
 * it works slice by slice.  Only if nothing else needs what it makes.
 */
static void find_sliced(struct phase *ph)
{
	uint32_t cluster = ph->nodes[ph->primary].cluster;
	uint64_t members = phase_cluster(ph, cluster);

	ph->sliced = NONE;
	if ((members & matrix_mask(ph)) == 0)
		return;
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];

		if (!(members >> i & 1))
			continue;
		if ((n->consumers & ~members) != 0 || !region_equal(&n->info.out, &ph->space))
			return;
		for (unsigned j = 0; j < OP_MAX_ACCESS && !n->is_matrix; j++)
			if ((n->stream[j] != NONE && !ph->streams[n->stream[j]].is_preload &&
			     !operand_can_slice(n, j)) ||
			    (n->producer[j] != NONE && !(members >> n->producer[j] & 1)))
				return;
	}
	ph->sliced = cluster;
	for (size_t i = 0; i < ph->n_streams; i++) {
		const struct node *n = &ph->nodes[ph->streams[i].node];

		ph->streams[i].in_sliced =
			n->cluster == cluster && !n->is_matrix && !ph->streams[i].is_preload;
	}
}

/* How densely a stream touches its regions. */
static void find_steps(const struct phase *ph, struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];
	const struct access *a = &n->info.access[s->operand];

	for (unsigned d = 0; d < MAX_DIMS; d++)
		s->step[d] = 1;
	if (s->is_preload || (a->is_normalised && n->pass != PASS_FULL))
		return;
	for (unsigned d = 0; d < a->n_dims; d++) {
		const struct axis_access *x = &a->axis[d];
		bool is_single = x->red_dim < 0 || n->info.red[x->red_dim] == 1;

		if (!axis_has_holes(&n->info, x))
			continue;
		if (is_single && x->out_div == 1)
			s->step[d] = x->out_mul;
		else
			s->has_holes = true;
	}
}

static void find_follows(struct phase *ph)
{
	for (uint32_t i = ph->n_nodes; i-- > 0;) {
		struct node *n = &ph->nodes[i];

		if (n->consumers == 0 || n->is_stored)
			for (unsigned d = 0; d < n->info.out.n_dims; d++) {
				n->dim_follows[d] |= 1U << d;
				n->grid_mask |= 1U << d;
			}
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++)
			if (n->producer[j] != NONE || n->stream[j] != NONE)
				follow_operand(ph, n, j);
	}
	for (size_t i = 0; i < ph->n_streams; i++) {
		struct stream *s = &ph->streams[i];

		find_steps(ph, s);
		if (s->is_preload) {
			s->grid_mask = 0;
			s->chunk_dims = 0;
			s->follows_tap = false;
		}
	}
}

/* Rows that are kept are not made chunk by chunk: what need not, leaves the chunk loops. */
static void leave_chunk_loops(struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].loop_op == NONE)
			ph->nodes[i].chunk_of = NONE;
	phase_reaches(ph);
}

void phase_build(const struct plan *p, struct phase *ph, uint32_t variant)
{
	ph->resident_stream = NONE;
	link_operands(p, ph);
	find_primary(ph);
	enter_loops(ph);
	find_chunk_nodes(ph);
	settle_chunk_nodes(ph);
	phase_reaches(ph);
	ph->possible = phase_overlaps(ph) ? VARIANT_KEEP : 0;
	ph->keeps = ph->possible & variant & VARIANT_KEEP;
	if (ph->keeps)
		leave_chunk_loops(ph);
	find_clusters(ph);
	phase_order(ph);
	find_sliced(ph);
	if (!ph->keeps && phase_can_share(ph)) {
		ph->possible |= VARIANT_SHARE;
		if (variant & VARIANT_SHARE)
			phase_share(ph);
	}
	find_follows(ph);
	phase_find_slide(p, ph);
}

void phase_release(struct phase *ph)
{
	for (size_t i = 0; i < ph->n_streams; i++)
		free(ph->streams[i].known);
	free(ph->nodes);
	free(ph->streams);
	free(ph->stages);
	free(ph->buffers);
}
