/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit of the core cycle accounts: derives the class of every cycle of every core a
 * second time, from the start and end of its commands alone (design.md, section 4:
 * launch, compute, what the oldest waiting command waits for, idle), and compares.
 * Between two events of a core its state, and so its class, does not change.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/clock.h"
#include "run/audit_books.h"

/* A core within the present kernel. */
struct core_state {
	bool has_begun;     /* it has had an event */
	uint64_t last_edge; /* first edge at or after its last event */
};

struct kernel_cycles {
	uint64_t cycles[N_CORE_CLASSES];
	uint64_t overlapped;
	/* Of cores' first events: how many, and the sum of their edges, by the class before.  The
	 * kernel's release, from which they count, is known at the end only. */
	uint64_t n_first[N_CORE_CLASSES], first_edges[N_CORE_CLASSES];
	uint64_t n_begun, last_edges; /* likewise of their last events: idle from there */
};

struct cycles_book {
	struct verdict *verdict;
	struct clock clock;
	uint64_t n_cores;
	struct core_state *cores;
	struct kernel_cycles *kernels;
	size_t n_kernels, capacity;
};

struct cycles_book *cycles_book_new(const struct machine *m, struct verdict *v)
{
	struct cycles_book *b = xcalloc(1, sizeof(*b));

	b->verdict = v;
	b->n_cores = m->core_count;
	b->cores = xcalloc(b->n_cores, sizeof(*b->cores));
	clock_init(&b->clock, m->core_hz);
	return b;
}

void cycles_book_free(struct cycles_book *b)
{
	free(b->cores);
	free(b->kernels);
	free(b);
}

static void end_kernel(struct cycles_book *b)
{
	struct kernel_cycles *k = b->n_kernels ? &b->kernels[b->n_kernels - 1] : NULL;

	for (uint64_t i = 0; k && i < b->n_cores; i++) {
		if (b->cores[i].has_begun) {
			k->n_begun++;
			k->last_edges += b->cores[i].last_edge;
		}
	}
	memset(b->cores, 0, b->n_cores * sizeof(*b->cores));
}

void cycles_book_kernel(struct cycles_book *b, size_t kernel)
{
	end_kernel(b);
	if (kernel != b->n_kernels)
		verdict_add(b->verdict, AUDIT_CYCLES, "kernel %zu starts after kernel %zu", kernel,
			    b->n_kernels);
	GROW(b->kernels, b->n_kernels, b->capacity);
	b->kernels[b->n_kernels++] = (struct kernel_cycles){ 0 };
}

static bool is_compute(const struct command *c)
{
	return (c->unit == UNIT_MATRIX || c->unit == UNIT_VECTOR) && !c->is_barrier;
}

static bool is_transfer(const struct command *c)
{
	return c->unit == UNIT_LOAD || c->unit == UNIT_STORE;
}

/* Oldest unfinished command of the units of `mask`; NULL if there is none. */
static const struct watched *oldest(const struct window *w, unsigned mask)
{
	for (size_t i = w->first; i < w->n; i++) {
		if (w->v[i].state != WATCHED_DONE && (mask >> w->v[i].c.unit & 1))
			return &w->v[i];
	}
	return NULL;
}

/* The command that x waits for, load before store before the rest; NULL if none of its core. */
static const struct watched *blocker(const struct window *w, const struct watched *x)
{
	static const enum unit_kind order[] = {UNIT_LOAD, UNIT_STORE, UNIT_MATRIX, UNIT_VECTOR};

	for (unsigned i = 0; i < N_UNITS; i++) {
		const struct watched *o = oldest(w, 1u << order[i]);

		if (o && o->ordinal <= x->c.waits[order[i]])
			return o;
	}
	return NULL;
}

static enum core_class waiting_class(const struct window *w)
{
	const struct watched *x = oldest(w, 1u << UNIT_MATRIX | 1u << UNIT_VECTOR);

	if (!x)
		x = oldest(w, 1u << UNIT_STORE);
	if (!x)
		x = oldest(w, 1u << UNIT_LOAD);
	if (!x)
		return CORE_IDLE;
	/* Waits lead to earlier commands, so each unit comes once at most. */
	for (unsigned i = 0; x && x->state != WATCHED_STARTED && i < N_UNITS; i++)
		x = blocker(w, x);
	if (!x || x->state != WATCHED_STARTED)
		return CORE_STALL_SYNC; /* it may start: other members of its multicast may not */
	return x->c.unit == UNIT_LOAD    ? CORE_STALL_LOAD
	       : x->c.unit == UNIT_STORE ? CORE_STALL_STORE
					 : CORE_STALL_SYNC;
}

/* The class that the core has been in, and whether a transfer of it was under way. */
static enum core_class classify(const struct window *w, bool *transfers)
{
	bool computes = false;

	*transfers = false;
	for (size_t i = w->first; i < w->n; i++) {
		if (w->v[i].state == WATCHED_STARTED) {
			computes |= is_compute(&w->v[i].c);
			*transfers |= is_transfer(&w->v[i].c);
		}
	}
	return computes ? CORE_COMPUTE : waiting_class(w);
}

void cycles_book_event(struct cycles_book *b, uint32_t core, const struct window *w,
		       uint64_t now_ps)
{
	struct kernel_cycles *k = &b->kernels[b->n_kernels - 1];
	struct core_state *state = &b->cores[core];
	uint64_t edge = clock_edge_at_or_after(&b->clock, now_ps);
	bool transfers;
	enum core_class class;

	if (state->has_begun && edge == state->last_edge)
		return;
	class = classify(w, &transfers);
	if (state->has_begun) {
		k->cycles[class] += edge - state->last_edge;
		if (class == CORE_COMPUTE && transfers)
			k->overlapped += edge - state->last_edge;
	} else {
		k->n_first[class]++;
		k->first_edges[class] += edge;
	}
	state->has_begun = true;
	state->last_edge = edge;
}

/* With the kernel's span known: what lies before the first events and after the last. */
static void complete(struct cycles_book *b, struct kernel_cycles *k,
		     const struct kernel_account *account)
{
	uint64_t release = clock_edge_at_or_after(&b->clock, account->release_ps);

	k->cycles[CORE_LAUNCH] += b->n_cores * (release - account->start_cycle);
	for (unsigned i = 0; i < N_CORE_CLASSES; i++)
		k->cycles[i] += k->first_edges[i] - k->n_first[i] * release;
	k->cycles[CORE_IDLE] += k->n_begun * account->end_cycle - k->last_edges;
	k->cycles[CORE_IDLE] += (b->n_cores - k->n_begun) * (account->end_cycle - release);
}

static void compare_kernel(struct cycles_book *b, size_t kernel,
			   const struct kernel_account *account)
{
	static const char *const names[] = {
#define X(NAME, text, help) text,
		CORE_CLASS_LIST(X)
#undef X
	};
	struct kernel_cycles *k = &b->kernels[kernel];
	uint64_t sum = 0;

	complete(b, k, account);
	for (unsigned i = 0; i < N_CORE_CLASSES; i++) {
		sum += account->core.cycles[i];
		if (account->core.cycles[i] != k->cycles[i])
			verdict_add(b->verdict, AUDIT_CYCLES,
				    "kernel %zu: %s is %" PRIu64
				    " core cycles, by its commands %" PRIu64,
				    kernel, names[i], account->core.cycles[i], k->cycles[i]);
	}
	if (sum != b->n_cores * (account->end_cycle - account->start_cycle))
		verdict_add(b->verdict, AUDIT_CYCLES,
			    "kernel %zu: classes sum to %" PRIu64 " of %" PRIu64 " core cycles",
			    kernel, sum, b->n_cores * (account->end_cycle - account->start_cycle));
	if (account->core.overlapped != k->overlapped)
		verdict_add(b->verdict, AUDIT_CYCLES,
			    "kernel %zu: overlapped is %" PRIu64
			    " core cycles, by its commands %" PRIu64,
			    kernel, account->core.overlapped, k->overlapped);
	if (account->core.compute_throttled > account->core.cycles[CORE_COMPUTE])
		verdict_add(b->verdict, AUDIT_CYCLES,
			    "kernel %zu: compute_throttled exceeds compute", kernel);
}

/* Kernel spans tile the run, on edges of the clock. */
static void check_spans(struct cycles_book *b, const struct result *r)
{
	uint64_t at = 0;

	for (size_t k = 0; k < r->n_kernels; k++) {
		const struct kernel_account *account = &r->kernels[k];

		if (account->start_cycle != at || account->end_cycle < at ||
		    account->release_ps < account->start_ps)
			verdict_add(b->verdict, AUDIT_CYCLES,
				    "kernel %zu: spans cycles %" PRIu64 " to %" PRIu64
				    ", the one before ends at %" PRIu64,
				    k, account->start_cycle, account->end_cycle, at);
		at = account->end_cycle;
	}
	if (at != r->cycles)
		verdict_add(b->verdict, AUDIT_CYCLES,
			    "kernels end at cycle %" PRIu64 ", the run at %" PRIu64, at, r->cycles);
}

static void check_run(struct cycles_book *b, const struct result *r)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < N_CORE_CLASSES; i++) {
		uint64_t of_kernels = 0;

		for (size_t k = 0; k < r->n_kernels; k++)
			of_kernels += r->kernels[k].core.cycles[i];
		if (of_kernels != r->core.cycles[i])
			verdict_add(b->verdict, AUDIT_CYCLES,
				    "kernels sum to %" PRIu64
				    " core cycles of a class, the run has %" PRIu64,
				    of_kernels, r->core.cycles[i]);
		sum += r->core.cycles[i];
	}
	if (sum != b->n_cores * r->cycles)
		verdict_add(b->verdict, AUDIT_CYCLES,
			    "classes sum to %" PRIu64 " of %" PRIu64 " core cycles", sum,
			    b->n_cores * r->cycles);
}

void cycles_book_close(struct cycles_book *b, const struct result *r)
{
	end_kernel(b);
	if (b->n_kernels != r->n_kernels) {
		verdict_add(b->verdict, AUDIT_CYCLES, "%zu kernels ran of %zu", b->n_kernels,
			    r->n_kernels);
		return;
	}
	check_spans(b, r);
	for (size_t k = 0; k < r->n_kernels; k++)
		compare_kernel(b, k, &r->kernels[k]);
	check_run(b, r);
}
