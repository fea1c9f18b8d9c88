/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a kernel reads what it reads: of all streams that need an element of outside storage,
 * under whatever name, one reads it for the first time, and the others again.  First comes
 * the stream that touches most.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <stdlib.h>
#include <string.h>

/* A stream of the kernel, and where its elements lie. */
struct reader {
	const struct phase *phase;
	struct stream *stream;
	uint64_t touched_bytes;
	uint32_t storage;
	struct lattice lattice;
	bool is_named, is_first; /* is_first: it reads elements that no reader before it does */
};

static bool is_made_inside(const struct plan *p, const struct kernel_plan *k, uint32_t t)
{
	uint32_t producer = p->graph->tensors[plan_storage(p, t)].producer;

	return producer != NO_INDEX && p->kernel_of_op[producer] == (uint32_t)(k - p->kernels);
}

static struct reader *list_readers(const struct plan *p, const struct kernel_plan *k, size_t *n)
{
	struct reader *list;
	size_t total = 0;

	for (size_t i = 0; i < k->n_phases; i++)
		total += k->phases[i].n_streams;
	list = xcalloc(total + 1, sizeof(*list));
	*n = 0;
	for (size_t i = 0; i < k->n_phases; i++)
		for (size_t j = 0; j < k->phases[i].n_streams; j++) {
			const struct phase *ph = &k->phases[i];
			struct reader *r = &list[(*n)++];
			struct region touched;

			r->phase = ph;
			r->stream = &ph->streams[j];
			r->storage = plan_storage(p, r->stream->tensor);
			r->touched_bytes = stream_touched_bytes(p, ph, r->stream);
			stream_touched_region(p, ph, r->stream, &touched);
			region_lattice(p, r->stream->tensor, &touched, r->stream->step,
				       &r->lattice);
		}
	return list;
}

/* The reader of this storage that touches most and has no name yet, the first of equals. */
static struct reader *next_reader(struct reader *list, size_t n, uint32_t storage)
{
	struct reader *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (list[i].storage == storage && !list[i].is_named &&
		    (best == NULL || list[i].touched_bytes > best->touched_bytes))
			best = &list[i];
	return best;
}

static uint64_t shared_bytes(const struct plan *p, const struct reader *a, const struct reader *b)
{
	return lattice_shared(&a->lattice, &b->lattice) *
	       dtype_bits(p->graph->tensors[a->stream->tensor].dtype) / 8;
}

/* Bytes of r that earlier readers know, whom it notes.  Where two of these know the same, or
 * what r touches is no lattice, all that r reads counts as known. */
static uint64_t find_known(const struct plan *p, const struct reader *list, size_t n,
			   struct reader *r)
{
	struct stream *s = r->stream;
	uint64_t known = 0;
	bool is_exact = !s->has_holes && !s->has_repeats && !s->is_preload, is_shared = false;

	for (size_t i = 0; i < n; i++) {
		const struct reader *e = &list[i];
		uint64_t bytes = 0;

		if (e->storage == r->storage && e->is_first)
			bytes = shared_bytes(p, r, e);
		if (bytes == 0)
			continue;
		known += bytes;
		is_shared |= e->stream->n_known > 0;
		s->known = xreallocarray(s->known, s->n_known + 1, sizeof(*s->known));
		s->known[s->n_known++] = e->lattice;
	}
	return known == 0 || (is_exact && (!is_shared || s->n_known == 1)) ? known : UINT64_MAX;
}

/* An earlier phase has made what the node makes: it is made once more. */
static bool runs_again(const struct kernel_plan *k, const struct phase *ph, const struct node *n)
{
	for (const struct phase *e = k->phases; e < ph; e++)
		for (uint32_t i = 0; i < e->n_nodes; i++)
			if (e->nodes[i].op == n->op && e->nodes[i].pass == n->pass &&
			    e->nodes[i].port == n->port)
				return true;
	return false;
}

static void name_reader(const struct plan *p, const struct kernel_plan *k,
			const struct reader *list, size_t n, struct reader *r)
{
	struct stream *s = r->stream;
	const struct node *node = &r->phase->nodes[s->node];
	uint64_t known = find_known(p, list, n, r);

	s->again = (node->pass == PASS_APPLY && s->operand == 0) ||
				   runs_again(k, r->phase, node)
			   ? TRAFFIC_SECOND_PASS
			   : TRAFFIC_REFETCH;
	s->cause = is_made_inside(p, k, s->tensor) ? TRAFFIC_SPILL : TRAFFIC_COMPULSORY;
	r->is_named = true;
	r->is_first = known < r->touched_bytes;
	if (r->is_first)
		return;
	s->cause = s->again;
	s->n_known = 0;
}

void kernel_name_causes(const struct plan *p, struct kernel_plan *k)
{
	size_t n;
	struct reader *list = list_readers(p, k, &n);

	for (size_t i = 0; i < n; i++) {
		struct reader *r;

		while ((r = next_reader(list, n, list[i].storage)) != NULL)
			name_reader(p, k, list, n, r);
	}
	free(list);
}

uint64_t stream_known_bytes(const struct plan *p, const struct stream *s, const struct region *r)
{
	struct lattice mine;
	uint64_t elements = 0;

	if (s->n_known == 0)
		return 0;
	region_lattice(p, s->tensor, r, s->step, &mine);
	for (size_t i = 0; i < s->n_known; i++)
		elements += lattice_shared(&mine, &s->known[i]);
	return elements * dtype_bits(p->graph->tensors[s->tensor].dtype) / 8;
}
