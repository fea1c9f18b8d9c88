/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why kernels are as they are: for each pair of operators of which one reads the other's
 * result, what it costs that they run in one kernel or in two, and what the other way would.
 * Estimates, as the search for groups has them; judges any schedule, chooses none.
 */
#include "plan/explain.h"

#include "base/mem.h"
#include "plan/search_state.h"

#include <stdlib.h>

struct explain {
	struct group_search *search;
	const struct plan *plan;
	uint32_t *kernel_of; /* of each place */
	struct buf *to;
};

/* Places of kernel k from `first` on, which is at most its first; 0: they lie too far apart. */
static uint64_t kernel_members(const struct explain *e, size_t k, uint32_t first)
{
	const struct kernel *kernel = plan_kernel(e->plan, k);
	uint64_t members = 0;

	for (size_t i = 0; i < kernel->n_ops; i++) {
		uint32_t place = e->search->place[kernel->ops[i]];

		if (place < first || place - first >= WINDOW)
			return 0;
		members |= UINT64_C(1) << (place - first);
	}
	return members;
}

static uint32_t kernel_first(const struct explain *e, size_t k)
{
	return e->search->place[plan_kernel(e->plan, k)->ops[0]];
}

/* Those of `members` that need the one at i, itself included. */
static uint64_t needing(const struct explain *e, uint32_t first, uint64_t members, unsigned i)
{
	uint64_t found = UINT64_C(1) << i;

	for (unsigned j = i + 1; j < WINDOW; j++)
		if ((members >> j & 1) &&
		    (window_before(e->search->ops[first + j].needs_before, j) & found))
			found |= UINT64_C(1) << j;
	return found;
}

/* A place outside `members` that one of them is needed for and that another needs; NONE: none. */
static uint32_t find_between(const struct explain *e, uint32_t first, uint64_t members)
{
	uint64_t after = members;

	for (unsigned j = 0; j < WINDOW && first + j < e->search->n; j++) {
		uint64_t needs = window_before(e->search->ops[first + j].needs_before, j);

		if ((members >> j & 1) && (needs & after & ~members))
			return first + (unsigned)__builtin_ctzll(needs & after & ~members);
		if (needs & after)
			after |= UINT64_C(1) << j;
	}
	return NONE;
}

/* "saves" or "costs", and how much, of the way that was gone against the other. */
static void print_gain(const struct explain *e, const struct group_cost *gone_a,
		       const struct group_cost *gone_b, const struct group_cost *other_a,
		       const struct group_cost *other_b)
{
	uint64_t gone_ps = gone_a->time_ps + (gone_b ? gone_b->time_ps : 0);
	uint64_t other_ps = other_a->time_ps + (other_b ? other_b->time_ps : 0);
	uint64_t gone = gone_a->bytes + (gone_b ? gone_b->bytes : 0);
	uint64_t other = other_a->bytes + (other_b ? other_b->bytes : 0);

	buf_printf(e->to, "%" PRIu64 " ns against %" PRIu64 " ns (%s %" PRIu64 " ns), ",
		   gone_ps / 1000, other_ps / 1000, gone_ps <= other_ps ? "saves" : "costs",
		   (gone_ps <= other_ps ? other_ps - gone_ps : gone_ps - other_ps) / 1000);
	buf_printf(e->to, "%" PRIu64 " bytes against %" PRIu64 "\n", gone, other);
}

static void explain_fused(const struct explain *e, uint32_t reader)
{
	uint32_t k = e->kernel_of[reader], first = kernel_first(e, k);
	uint64_t members = kernel_members(e, k, first), later;
	const struct group_cost *a, *b, *whole;
	uint32_t class_a, class_b, class_whole;

	if (members == 0) {
		buf_puts(e->to, "one kernel: of operators too far apart to be judged\n");
		return;
	}
	later = needing(e, first, members, reader - first);
	class_whole = search_class(e->search, first, members);
	class_a = search_class(e->search, first, members & ~later);
	class_b = search_class(e->search, first, later);
	whole = group_search_cost(e->search, class_whole);
	a = group_search_cost(e->search, class_a);
	b = group_search_cost(e->search, class_b);
	if (!a->is_legal || !b->is_legal) {
		buf_puts(e->to, "one kernel: cut here, a part does not fit the scratchpad\n");
		return;
	}
	buf_puts(e->to, "one kernel: ");
	print_gain(e, whole, NULL, a, b);
}

static void print_illegal(const struct explain *e, const struct group_cost *whole)
{
	const struct machine *m = e->search->machine;

	buf_puts(e->to, "two kernels: ");
	if (whole->needs_bytes == 0)
		buf_puts(e->to, "one cannot run\n");
	else if (whole->needs_bytes == UINT64_MAX)
		buf_printf(e->to, "one's sums take more than the %" PRIu64
			   " bytes of accumulators of a core\n", m->acc_bytes);
	else
		buf_printf(e->to, "one needs at least %" PRIu64
			   " bytes of scratchpad a core, there are %" PRIu64 "\n",
			   whole->needs_bytes, m->spad_bytes);
}

static void explain_cut(const struct explain *e, uint32_t maker, uint32_t reader)
{
	uint32_t k = e->kernel_of[maker], l = e->kernel_of[reader];
	uint32_t first = kernel_first(e, k) < kernel_first(e, l) ? kernel_first(e, k)
								 : kernel_first(e, l);
	uint64_t a = kernel_members(e, k, first), b = kernel_members(e, l, first);
	uint32_t between = a && b ? find_between(e, first, a | b) : NONE;
	uint32_t class_a, class_b, class_whole;
	const struct group_cost *whole;

	if (e->search->ops[maker].is_alone || e->search->ops[reader].is_alone) {
		buf_puts(e->to, "two kernels: what touches a state runs alone\n");
	} else if (a == 0 || b == 0) {
		buf_puts(e->to, "two kernels: of operators too far apart to be judged\n");
	} else if (between != NONE) {
		buf_printf(e->to, "two kernels: %s lies between them, so one is not possible\n",
			   e->search->graph->ops[e->search->ops[between].op].id);
	} else {
		class_whole = search_class(e->search, first, a | b);
		class_a = search_class(e->search, first, a);
		class_b = search_class(e->search, first, b);
		whole = group_search_cost(e->search, class_whole);
		if (!whole->is_legal) {
			print_illegal(e, whole);
			return;
		}
		buf_puts(e->to, "two kernels: ");
		print_gain(e, group_search_cost(e->search, class_a),
			   group_search_cost(e->search, class_b), whole, NULL);
	}
}

static void explain_place(const struct explain *e, uint32_t reader)
{
	const struct group_search *s = e->search;

	for (uint64_t rest = s->ops[reader].needs_before; rest != 0; rest &= rest - 1) {
		uint32_t maker = reader - (WINDOW - (unsigned)__builtin_ctzll(rest));

		buf_printf(e->to, "  %s -> %s: ", s->graph->ops[s->ops[maker].op].id,
			   s->graph->ops[s->ops[reader].op].id);
		if (e->kernel_of[maker] == e->kernel_of[reader])
			explain_fused(e, reader);
		else
			explain_cut(e, maker, reader);
	}
}

bool plan_explain(const struct graph *g, const struct machine *m, const struct plan *plan,
		  const char *schedule, struct buf *to, struct err *err)
{
	struct explain e = {.search = group_search_new(g, m, err), .plan = plan, .to = to};

	if (e.search == NULL)
		return false;
	e.kernel_of = xcalloc(e.search->n + 1, sizeof(*e.kernel_of));
	for (size_t k = 0; k < plan_n_kernels(plan); k++)
		for (size_t i = 0; i < plan_kernel(plan, k)->n_ops; i++)
			e.kernel_of[e.search->place[plan_kernel(plan, k)->ops[i]]] = (uint32_t)k;
	buf_printf(to,
		   "Why one kernel or two, schedule %s: the way that is gone against the other, "
		   "as the plan estimates them\n",
		   schedule);
	for (uint32_t place = 0; place < e.search->n; place++)
		explain_place(&e, place);
	buf_putc(to, '\n');
	free(e.kernel_of);
	group_search_free(e.search);
	return true;
}
