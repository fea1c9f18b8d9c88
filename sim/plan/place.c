/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capacity is physics: where each tensor lies in HBM, and for how long.  First fit in
 * kernel order; inputs, weights, states and outputs stay for the whole run; an
 * intermediate from the kernel that writes it to the last that reads it; one that never
 * leaves the chip has no place.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <stdlib.h>
#include <string.h>

#define PLACE_ALIGN 4096

struct hole {
	uint64_t base, end;
};
struct heap {
	struct hole *holes; /* free, ascending, never touching */
	size_t n, capacity;
	uint64_t peak;
};

static bool heap_take(struct heap *h, uint64_t bytes, uint64_t *base)
{
	for (size_t i = 0; i < h->n; i++) {
		struct hole *hole = &h->holes[i];

		if (hole->end - hole->base < bytes)
			continue;
		*base = hole->base;
		hole->base += bytes;
		h->peak = max_u64(h->peak, hole->base);
		if (hole->base == hole->end)
			memmove(hole, hole + 1, (--h->n - i) * sizeof(*hole));
		return true;
	}
	return false;
}

static void heap_give(struct heap *h, uint64_t base, uint64_t bytes)
{
	size_t i = 0;

	while (i < h->n && h->holes[i].end < base)
		i++;
	if (i < h->n && h->holes[i].end == base) {
		h->holes[i].end += bytes;
		if (i + 1 < h->n && h->holes[i + 1].base == h->holes[i].end) {
			h->holes[i].end = h->holes[i + 1].end;
			memmove(&h->holes[i + 1], &h->holes[i + 2],
				(--h->n - i - 1) * sizeof(*h->holes));
		}
	} else if (i < h->n && h->holes[i].base == base + bytes) {
		h->holes[i].base = base;
	} else {
		GROW(h->holes, h->n, h->capacity);
		memmove(&h->holes[i + 1], &h->holes[i], (h->n++ - i) * sizeof(*h->holes));
		h->holes[i] = (struct hole){base, base + bytes};
	}
}

/* Per tensor that owns storage: the last kernel that touches it. */
struct lifetimes {
	uint32_t *last;
	bool *stays; /* beyond the last kernel, or given back already */
};

static void lifetimes_init(const struct plan *p, struct lifetimes *l)
{
	const struct graph *g = p->graph;

	l->last = xcalloc(g->n_tensors + 1, sizeof(*l->last));
	l->stays = xcalloc(g->n_tensors + 1, sizeof(*l->stays));
	for (uint32_t t = 0; t < g->n_tensors; t++)
		if (g->tensors[t].role != ROLE_INTERMEDIATE)
			l->stays[plan_storage(p, t)] = true;
	for (uint32_t i = 0; i < g->n_ops; i++) {
		const struct op *op = &g->ops[i];
		uint32_t k = p->kernel_of_op[i];

		for (unsigned j = 0; k != NONE && j < op->n_inputs + op->n_outputs; j++) {
			uint32_t s = plan_storage(p, g->operands[op->operands + j]);

			l->last[s] = k > l->last[s] ? k : l->last[s];
		}
	}
}

uint64_t place_bytes(const struct plan *p, uint32_t t)
{
	return round_up_u64(max_u64(tensor_bytes(p->graph, t), 1), PLACE_ALIGN);
}

static bool place_tensor(struct plan *p, struct heap *h, uint32_t t, const char *where,
			 struct err *err)
{
	uint64_t bytes = place_bytes(p, t);
	uint64_t capacity = machine_hbm_bytes(p->machine), free_bytes = 0;

	if (heap_take(h, bytes, &p->address[t]))
		return true;
	for (size_t i = 0; i < h->n; i++)
		free_bytes += h->holes[i].end - h->holes[i].base;
	return err_set(err, ERR_WORKLOAD,
		       "the model does not fit in HBM: tensor '%s' of %" PRIu64
		       " bytes at %s has no place (%" PRIu64 " of %" PRIu64
		       " bytes free, short by %" PRIu64 "); a memory of at least %" PRIu64
		       " bytes would hold it",
		       p->graph->tensors[t].id, bytes, where, free_bytes, capacity,
		       bytes > free_bytes ? bytes - free_bytes : 0,
		       capacity + (bytes > free_bytes ? bytes - free_bytes : bytes));
}

static bool place_outputs(struct plan *p, struct heap *h, const struct kernel_plan *k,
			  struct err *err)
{
	const struct graph *g = p->graph;
	char *where = xasprintf("kernel '%s'", k->name);
	bool ok = true;

	for (size_t i = 0; ok && i < k->info.n_ops; i++) {
		const struct op *op = &g->ops[k->ops[i]];

		for (unsigned j = 0; ok && j < op->n_outputs; j++) {
			uint32_t t = op_output(g, op, j);

			if (p->address[t] == UINT64_MAX && (k->stored >> i & 1))
				ok = place_tensor(p, h, t, where, err);
		}
	}
	free(where);
	return ok;
}

static void release_dead(const struct plan *p, struct heap *h, const struct kernel_plan *k,
			 struct lifetimes *l)
{
	const struct graph *g = p->graph;

	for (size_t i = 0; i < k->info.n_ops; i++) {
		const struct op *op = &g->ops[k->ops[i]];

		for (unsigned j = 0; j < op->n_inputs + op->n_outputs; j++) {
			uint32_t t = plan_storage(p, g->operands[op->operands + j]);

			if (l->stays[t] || p->address[t] == UINT64_MAX ||
			    l->last[t] != (uint32_t)(k - p->kernels))
				continue;
			heap_give(h, p->address[t], place_bytes(p, t));
			l->stays[t] = true;
		}
	}
}

bool plan_place_part(struct plan *p, struct err *err)
{
	const struct graph *g = p->graph;
	const struct kernel_plan *k = &p->kernels[0];
	struct heap h = {NULL, 0, 0, 0};
	bool ok = true;

	p->address = xcalloc(g->n_tensors + 1, sizeof(*p->address));
	heap_give(&h, 0, machine_hbm_bytes(p->machine) / PLACE_ALIGN * PLACE_ALIGN);
	for (uint32_t t = 0; t < g->n_tensors; t++)
		p->address[t] = UINT64_MAX;
	for (size_t i = 0; ok && i < k->info.n_ops; i++) {
		const struct op *op = &g->ops[k->ops[i]];

		for (unsigned j = 0; ok && j < op->n_inputs + op->n_outputs; j++) {
			uint32_t t = plan_storage(p, g->operands[op->operands + j]);

			if (p->address[t] == UINT64_MAX)
				ok = place_tensor(p, &h, t, k->name, err);
		}
	}
	p->hbm_peak_bytes = h.peak;
	free(h.holes);
	return ok;
}

bool plan_place(struct plan *p, struct err *err)
{
	const struct graph *g = p->graph;
	struct heap h = {NULL, 0, 0, 0};
	struct lifetimes l;
	bool ok = true;

	lifetimes_init(p, &l);
	p->address = xcalloc(g->n_tensors + 1, sizeof(*p->address));
	heap_give(&h, 0, machine_hbm_bytes(p->machine) / PLACE_ALIGN * PLACE_ALIGN);
	for (uint32_t t = 0; t < g->n_tensors; t++)
		p->address[t] = UINT64_MAX;
	for (uint32_t t = 0; ok && t < g->n_tensors; t++)
		if (g->tensors[t].view == NO_INDEX && l.stays[t])
			ok = place_tensor(p, &h, t, "the start", err);
	for (size_t k = 0; ok && k < p->n_kernels; k++) {
		ok = place_outputs(p, &h, &p->kernels[k], err);
		if (ok)
			release_dead(p, &h, &p->kernels[k], &l);
	}
	p->hbm_peak_bytes = h.peak;
	free(h.holes);
	free(l.last);
	free(l.stays);
	return ok;
}
