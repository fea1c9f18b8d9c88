/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit of bytes: what each transfer asks for is delivered, kernels and run agree with
 * the sum of their commands, and every byte above the compulsory ones has a cause.  The
 * compulsory bytes are the plan's, held against bounds from the graph alone.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "run/audit_books.h"
#include "run/audit_graph.h"

struct kernel_bytes {
	uint64_t by_cause[N_TRAFFIC]; /* of commands; a multicast group's once */
	uint64_t asked;               /* of commands, each core's */
};

struct bytes_book {
	const struct graph *graph;
	uint64_t hbm_bytes;
	struct verdict *verdict;
	struct kernel_bytes *kernels;
	size_t n_kernels, capacity;
	uint64_t delivered;
};

struct bytes_book *bytes_book_new(const struct graph *g, const struct machine *m, struct verdict *v)
{
	struct bytes_book *b = xcalloc(1, sizeof(*b));

	b->graph = g;
	b->hbm_bytes = machine_hbm_bytes(m);
	b->verdict = v;
	return b;
}

void bytes_book_free(struct bytes_book *b)
{
	free(b->kernels);
	free(b);
}

void bytes_book_kernel(struct bytes_book *b, size_t kernel)
{
	(void)kernel;
	GROW(b->kernels, b->n_kernels, b->capacity);
	b->kernels[b->n_kernels++] = (struct kernel_bytes){ 0 };
}

static bool is_transfer(const struct command *c)
{
	return c->unit == UNIT_LOAD || c->unit == UNIT_STORE;
}

/* Runs lie in ascending addresses along dimension 0 only, so the last byte is the largest sum. */
static uint64_t end_address(const struct transfer *t)
{
	uint64_t end = t->address + t->run_bytes;

	for (unsigned d = 0; d < ARRAY_SIZE(t->count); d++)
		end += (t->count[d] - 1) * t->stride_bytes[d];
	return end;
}

static void check_transfer(struct bytes_book *b, uint32_t core, const struct transfer *t)
{
	uint64_t causes = 0;

	for (unsigned i = 0; i < N_TRAFFIC; i++)
		causes += t->bytes[i];
	if (causes != bytes_of_transfer(t))
		verdict_add(b->verdict, AUDIT_BYTES,
			    "core %" PRIu32 ": a transfer of %s moves %" PRIu64
			    " bytes, its causes sum to %" PRIu64,
			    core, b->graph->tensors[t->tensor].id, bytes_of_transfer(t), causes);
	if (end_address(t) > b->hbm_bytes)
		verdict_add(b->verdict, AUDIT_BYTES,
			    "core %" PRIu32 ": a transfer of %s ends at address %" PRIu64
			    ", beyond the memory",
			    core, b->graph->tensors[t->tensor].id, end_address(t));
}

void bytes_book_drawn(struct bytes_book *b, uint32_t core, const struct command *c)
{
	struct kernel_bytes *k = &b->kernels[b->n_kernels - 1];
	const struct transfer *t = &c->transfer;

	if (!is_transfer(c))
		return;
	check_transfer(b, core, t);
	k->asked += bytes_of_transfer(t);
	if (t->multicast && t->multicast->cores[0] != core)
		return;
	for (unsigned i = 0; i < N_TRAFFIC; i++)
		k->by_cause[i] += t->bytes[i];
}

void bytes_book_end(struct bytes_book *b, uint32_t core, const struct watched *w)
{
	uint64_t asked = is_transfer(&w->c) ? bytes_of_transfer(&w->c.transfer) : 0;

	b->delivered += w->delivered_bytes;
	if (w->delivered_bytes != asked)
		verdict_add(b->verdict, AUDIT_BYTES,
			    "core %" PRIu32 ": a transfer asked for %" PRIu64
			    " bytes and got %" PRIu64,
			    core, asked, w->delivered_bytes);
}

static void check_causes(struct bytes_book *b, size_t k, const struct kernel_account *account)
{
	for (unsigned i = 0; i < N_TRAFFIC; i++) {
		uint64_t of_commands = b->kernels[k].by_cause[i];
		/* The pins move whole bursts: padding grows behind the commands. */
		bool is_wrong = i == TRAFFIC_PADDING ? account->bytes[i] < of_commands
						     : account->bytes[i] != of_commands;

		if (is_wrong)
			verdict_add(b->verdict, AUDIT_BYTES,
				    "kernel %zu: %" PRIu64
				    " bytes of cause %u, by its commands %" PRIu64,
				    k, account->bytes[i], i, of_commands);
	}
}

static void check_compulsory(struct bytes_book *b, const struct graph_bounds *bounds, size_t k,
			     const struct kernel *kernel, const struct kernel_account *account)
{
	const struct byte_bounds *by_graph = &bounds->kernels[k];

	if (account->bytes[TRAFFIC_COMPULSORY] != kernel->compulsory_bytes)
		verdict_add(b->verdict, AUDIT_BYTES,
			    "kernel %s: moved %" PRIu64 " compulsory bytes of %" PRIu64,
			    kernel->name, account->bytes[TRAFFIC_COMPULSORY],
			    kernel->compulsory_bytes);
	if (kernel->compulsory_bytes < by_graph->least || kernel->compulsory_bytes > by_graph->most)
		verdict_add(b->verdict, AUDIT_BYTES,
			    "kernel %s: %" PRIu64 " compulsory bytes, by the graph %" PRIu64
			    " to %" PRIu64,
			    kernel->name, kernel->compulsory_bytes, by_graph->least,
			    by_graph->most);
}

/* read + write = compulsory + named causes; a kernel's bytes hold its forwarded ones. */
static void check_identity(struct bytes_book *b, const char *what, uint64_t moved, uint64_t named)
{
	if (moved != named)
		verdict_add(b->verdict, AUDIT_BYTES,
			    "%s: %" PRIu64 " bytes were moved, %" PRIu64 " have a cause", what,
			    moved, named);
}

static uint64_t moved_by_memory(const struct result *r)
{
	return r->hbm.read_bytes + r->hbm.write_bytes + r->hbm.forwarded_bytes;
}

static void check_kernels(struct bytes_book *b, const struct plan *plan, const struct result *r)
{
	struct graph_bounds bounds;
	uint64_t moved = 0;

	graph_bounds_init(&bounds, b->graph, plan);
	for (size_t k = 0; k < r->n_kernels; k++) {
		const struct kernel_account *account = &r->kernels[k];
		uint64_t named = 0;

		for (unsigned i = 0; i < N_TRAFFIC; i++)
			named += account->bytes[i];
		check_causes(b, k, account);
		check_compulsory(b, &bounds, k, plan_kernel(plan, k), account);
		check_identity(b, plan_kernel(plan, k)->name,
			       account->read_bytes + account->write_bytes, named);
		moved += account->read_bytes + account->write_bytes;
	}
	graph_bounds_release(&bounds);
	if (moved != moved_by_memory(r))
		verdict_add(b->verdict, AUDIT_BYTES,
			    "kernels moved %" PRIu64 " bytes, the memory %" PRIu64, moved,
			    moved_by_memory(r));
}

static void check_tensors(struct bytes_book *b, const struct result *r)
{
	uint64_t moved = 0;

	for (size_t t = 0; t < r->n_tensors; t++)
		moved += r->tensors[t].read_bytes + r->tensors[t].write_bytes;
	if (moved != moved_by_memory(r))
		verdict_add(b->verdict, AUDIT_BYTES,
			    "tensors moved %" PRIu64 " bytes, the memory %" PRIu64, moved,
			    moved_by_memory(r));
}

void bytes_book_close(struct bytes_book *b, const struct plan *plan, const struct result *r)
{
	uint64_t asked = 0;

	for (size_t k = 0; k < b->n_kernels; k++)
		asked += b->kernels[k].asked;
	if (asked != b->delivered || r->asked_bytes != r->delivered_bytes ||
	    r->asked_bytes != asked)
		verdict_add(b->verdict, AUDIT_BYTES,
			    "asked for %" PRIu64 " and delivered %" PRIu64
			    " bytes, by the commands %" PRIu64 " and %" PRIu64,
			    r->asked_bytes, r->delivered_bytes, asked, b->delivered);
	if (b->n_kernels == r->n_kernels)
		check_kernels(b, plan, r);
	check_tensors(b, r);
}
