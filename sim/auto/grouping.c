/* SPDX-License-Identifier: Apache-2.0 */
/* Groupings as lists, and how two of them differ.  Judges nothing. */
#include "auto/grouping.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void init(struct grouping *l, size_t n_ops)
{
	*l = (struct grouping){
		.kernels = xcalloc(n_ops + 1, sizeof(*l->kernels)),
		.ops = xcalloc(n_ops + 1, sizeof(*l->ops)),
		.classes = xcalloc(n_ops + 1, sizeof(*l->classes)),
		.is_possible = true,
	};
}

static int compare_classes(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void close_list(struct grouping *l)
{
	for (size_t i = 0; i < l->n; i++)
		l->classes[i] = l->kernels[i].class;
	if (l->n > 0)
		qsort(l->classes, l->n, sizeof(*l->classes), compare_classes);
}

/* A kernel of operators that are in l->ops already, from `ops` on. */
static void add(struct grouping *l, struct group_search *s, const uint32_t *ops, size_t n)
{
	struct grouped_kernel *k = &l->kernels[l->n];

	if (!group_search_spans(s, ops, n)) {
		l->is_possible = false;
		return;
	}
	*k = (struct grouped_kernel){ops, (uint32_t)n, group_search_class(s, ops, n)};
	l->is_possible &= group_search_cost(s, k->class)->is_legal;
	l->n++;
}

void grouping_found(struct grouping *l, const struct group_search *s)
{
	size_t n_ops = 0;

	for (size_t i = 0; i < group_search_n(s); i++)
		n_ops += group_search_group(s, i)->n_ops;
	init(l, n_ops);
	n_ops = 0;
	for (size_t i = 0; i < group_search_n(s); i++) {
		const struct found_group *f = group_search_group(s, i);

		memcpy(&l->ops[n_ops], f->ops, f->n_ops * sizeof(*l->ops));
		l->kernels[l->n++] = (struct grouped_kernel){&l->ops[n_ops], (uint32_t)f->n_ops,
							    f->class};
		n_ops += f->n_ops;
	}
	close_list(l);
}

void grouping_alone(struct grouping *l, const struct graph *g, struct group_search *s)
{
	init(l, g->n_ops);
	for (uint32_t i = 0; i < g->n_ops; i++) {
		l->ops[i] = i;
		if (group_search_spans(s, &i, 1)) /* no view */
			add(l, s, &l->ops[i], 1);
	}
	close_list(l);
}

void grouping_of_trace(struct grouping *l, const struct graph *g, struct group_search *s)
{
	uint32_t *first, *next;
	size_t n_ops = 0;

	init(l, g->n_ops);
	if (g->n_groups == 0) {
		l->is_possible = false;
		return;
	}
	first = xcalloc(g->n_groups, sizeof(*first));
	next = xcalloc(g->n_ops + 1, sizeof(*next));
	memset(first, 0xff, g->n_groups * sizeof(*first)); /* NO_INDEX */
	for (uint32_t i = (uint32_t)g->n_ops; i-- > 0;) {
		uint32_t group = g->ops[i].group;

		next[i] = group == NO_INDEX ? NO_INDEX : first[group];
		if (group != NO_INDEX)
			first[group] = i;
	}
	for (uint32_t i = 0; i < g->n_ops; i++) {
		uint32_t group = g->ops[i].group;
		size_t begin = n_ops;

		if (group != NO_INDEX && first[group] != i)
			continue; /* listed with the first */
		for (uint32_t op = i; op != NO_INDEX; op = next[op])
			if (group_search_spans(s, &op, 1))
				l->ops[n_ops++] = op;
		if (n_ops > begin)
			add(l, s, &l->ops[begin], n_ops - begin);
	}
	free(first);
	free(next);
	close_list(l);
}

void grouping_copy(struct grouping *l, const struct grouping *from)
{
	size_t n_ops = 0;

	for (size_t i = 0; i < from->n; i++)
		n_ops += from->kernels[i].n_ops;
	init(l, n_ops);
	l->is_possible = from->is_possible;
	for (n_ops = 0; l->n < from->n; l->n++) {
		struct grouped_kernel *k = &l->kernels[l->n];

		*k = from->kernels[l->n];
		memcpy(&l->ops[n_ops], k->ops, k->n_ops * sizeof(*l->ops));
		k->ops = &l->ops[n_ops];
		n_ops += k->n_ops;
	}
	close_list(l);
}

void grouping_release(struct grouping *l)
{
	free(l->kernels);
	free(l->ops);
	free(l->classes);
	*l = (struct grouping){.kernels = NULL};
}

uint32_t *grouping_groups(const struct grouping *l, const struct graph *g)
{
	uint32_t *groups = xcalloc(g->n_ops + 1, sizeof(*groups));

	memset(groups, 0xff, g->n_ops * sizeof(*groups)); /* NO_INDEX */
	for (size_t i = 0; i < l->n; i++)
		for (uint32_t j = 0; l->kernels[i].n_ops > 1 && j < l->kernels[i].n_ops; j++)
			groups[l->kernels[i].ops[j]] = (uint32_t)i;
	return groups;
}

static void count(struct grouping_sum *sum, const struct group_cost *cost, size_t n)
{
	sum->ps += n * cost->time_ps;
	if (cost->is_measured)
		return;
	sum->estimated_ps += n * cost->time_ps;
	sum->n_estimated += n;
}

/* Kernels of one class, from `i` on. */
static size_t run_of(const struct grouping *l, size_t i)
{
	size_t n = 1;

	while (i + n < l->n && l->classes[i + n] == l->classes[i])
		n++;
	return n;
}

static const struct grouped_kernel *find_kernel(const struct grouping *mine,
						const struct grouping *theirs, uint32_t class)
{
	for (size_t i = 0; i < mine->n; i++)
		if (mine->kernels[i].class == class)
			return &mine->kernels[i];
	for (size_t i = 0; i < theirs->n; i++)
		if (theirs->kernels[i].class == class)
			return &theirs->kernels[i];
	return NULL;
}

struct grouping_difference grouping_compare(const struct grouping *mine,
					    const struct grouping *theirs,
					    const struct group_search *s)
{
	struct grouping_difference d = {.is_possible = mine->is_possible && theirs->is_possible};
	uint32_t largest = NO_INDEX;
	uint64_t largest_ps = 0;
	size_t i = 0, j = 0;

	while (d.is_possible && (i < mine->n || j < theirs->n)) {
		uint32_t class = j == theirs->n || (i < mine->n &&
						    mine->classes[i] < theirs->classes[j])
					 ? mine->classes[i]
					 : theirs->classes[j];
		size_t a = i < mine->n && mine->classes[i] == class ? run_of(mine, i) : 0;
		size_t b = j < theirs->n && theirs->classes[j] == class ? run_of(theirs, j) : 0;
		const struct group_cost *cost = group_search_cost(s, class);
		size_t n = a > b ? a - b : b - a;

		count(a > b ? &d.mine : &d.theirs, cost, n);
		d.n += n;
		if (!cost->is_measured && n * cost->time_ps > largest_ps) {
			largest_ps = n * cost->time_ps;
			largest = class;
		}
		i += a;
		j += b;
	}
	d.largest = largest == NO_INDEX ? NULL : find_kernel(mine, theirs, largest);
	return d;
}
