/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can the fuse groups run one after the other, each as one kernel?  They can if the
 * graph in which each group is one node has no cycle: then every group is convex (no
 * path leaves it and returns) and no two wait for each other.  Linear in operators
 * and operands.
 */
#include <stdlib.h>
#include <string.h>

#include "ir/graph_build.h"

/* Nodes: the groups, then the operators (those in groups unused).  Edges of a node are
 * to[first[node]] .. to[first[node + 1] - 1]. */
struct condensed {
	const struct graph *g;
	size_t n_nodes;
	size_t *first;
	uint32_t *to;
	uint32_t *last_writer; /* of each tensor, so far */
	uint32_t *readers;     /* of each state, since: operands, linked by next_reader */
	uint32_t *next_reader;
	uint32_t *waits;  /* edges into each node that are not done */
	uint32_t *before; /* a node of a cycle that each waits for */
};

static uint32_t node_of(const struct graph *g, uint32_t op)
{
	return g->ops[op].group != NO_INDEX ? g->ops[op].group : (uint32_t)g->n_groups + op;
}

/* Counted in the first round over the graph, stored in the second. */
static void add_edge(struct condensed *c, uint32_t from_op, uint32_t op)
{
	uint32_t from = node_of(c->g, from_op), to = node_of(c->g, op);

	if (from == to)
		return;
	if (c->to) {
		c->to[c->first[from]++] = to;
		c->waits[to]++;
	} else {
		c->first[from + 1]++;
	}
}

/* What an operator reads was written by the last writer; a state's readers go before the
 * operator that writes it again. */
static void read_tensor(struct condensed *c, uint32_t op, uint32_t operand, uint32_t t)
{
	if (c->last_writer[t] != NO_INDEX)
		add_edge(c, c->last_writer[t], op);
	if (c->g->tensors[t].role == ROLE_STATE) {
		c->next_reader[operand] = c->readers[t];
		c->readers[t] = operand;
	}
}

static void write_tensor(struct condensed *c, const uint32_t *op_of, uint32_t op, uint32_t t)
{
	if (c->last_writer[t] != NO_INDEX)
		add_edge(c, c->last_writer[t], op);
	for (uint32_t r = c->readers[t]; r != NO_INDEX; r = c->next_reader[r])
		add_edge(c, op_of[r], op);
	c->readers[t] = NO_INDEX;
	c->last_writer[t] = op;
}

static uint32_t storage_of(const struct graph *g, uint32_t t)
{
	return g->tensors[t].view == NO_INDEX ? t : g->views[g->tensors[t].view].storage;
}

static void add_edges(struct condensed *c, const uint32_t *op_of)
{
	const struct graph *g = c->g;

	memset(c->last_writer, 0xff, g->n_tensors * sizeof(*c->last_writer));
	memset(c->readers, 0xff, g->n_tensors * sizeof(*c->readers));
	for (uint32_t i = 0; i < g->n_ops; i++) {
		const struct op *op = &g->ops[i];

		for (uint32_t o = 0; o < op->n_inputs; o++) {
			uint32_t t = g->operands[op->operands + o], storage = storage_of(g, t);

			if (storage != t && g->tensors[storage].role == ROLE_STATE)
				read_tensor(c, i, op->operands + o, storage);
			read_tensor(c, i, op->operands + o, t);
		}
		for (unsigned o = 0; o < op->n_outputs; o++)
			write_tensor(c, op_of, i, op_output(g, op, o));
	}
}

/* Nodes that can run in some order are taken away; true if none is left. */
static bool run_all(struct condensed *c)
{
	uint32_t *ready = xcalloc(c->n_nodes, sizeof(*ready));
	size_t n_ready = 0, n_done = 0;

	for (uint32_t n = 0; n < c->n_nodes; n++)
		if (c->waits[n] == 0)
			ready[n_ready++] = n;
	while (n_done < n_ready) {
		uint32_t n = ready[n_done++];

		for (size_t e = c->first[n]; e < c->first[n + 1]; e++)
			if (--c->waits[c->to[e]] == 0)
				ready[n_ready++] = c->to[e];
	}
	free(ready);
	return n_done == c->n_nodes;
}

/* A node on a cycle: whoever is left waits for someone who is left; follow that far enough. */
static uint32_t find_cycle(struct condensed *c)
{
	uint32_t at = 0;

	for (uint32_t n = 0; n < c->n_nodes; n++) {
		if (c->waits[n] == 0)
			continue;
		at = n;
		for (size_t e = c->first[n]; e < c->first[n + 1]; e++)
			c->before[c->to[e]] = n;
	}
	for (size_t i = 0; i < c->n_nodes; i++)
		at = c->before[at];
	return at;
}

static bool complain(struct condensed *c, const char *file, const uint32_t *lines, struct err *err)
{
	uint32_t start = find_cycle(c), group = NO_INDEX, other = NO_INDEX, op = NO_INDEX,
		 n = start;

	do {
		if (n >= c->g->n_groups)
			op = n - (uint32_t)c->g->n_groups;
		else if (group == NO_INDEX)
			group = n;
		else
			other = n;
		n = c->before[n];
	} while (n != start);
	if (other != NO_INDEX)
		return err_at(
			err, ERR_INPUT, file, lines[group],
			"this group and the one of line %u wait for each other (expected an order "
			"in which each can run as one); split one of them",
			lines[other]);
	return err_at(
		err, ERR_INPUT, file, lines[group],
		"the group is not convex: a path leaves it and returns through '%s'; add that "
		"operator or split the group",
		c->g->ops[op].id);
}

static void condense(struct condensed *c)
{
	const struct graph *g = c->g;
	uint32_t *op_of = xcalloc(g->n_operands, sizeof(*op_of));

	for (uint32_t i = 0; i < g->n_ops; i++)
		for (uint32_t o = 0; o < g->ops[i].n_inputs; o++)
			op_of[g->ops[i].operands + o] = i;
	add_edges(c, op_of);
	for (size_t n = 0; n < c->n_nodes; n++)
		c->first[n + 1] += c->first[n];
	c->to = xcalloc(c->first[c->n_nodes] + 1, sizeof(*c->to));
	add_edges(c, op_of);
	/* storing has moved each first to the next node's */
	memmove(c->first + 1, c->first, c->n_nodes * sizeof(*c->first));
	c->first[0] = 0;
	free(op_of);
}

bool graph_check_groups(const struct graph *g, const char *file, const uint32_t *group_lines,
			struct err *err)
{
	struct condensed c = { .g = g, .n_nodes = g->n_groups + g->n_ops };
	bool ok;

	if (g->n_groups == 0)
		return true;
	c.first = xcalloc(c.n_nodes + 1, sizeof(*c.first));
	c.last_writer = xcalloc(g->n_tensors, sizeof(*c.last_writer));
	c.readers = xcalloc(g->n_tensors, sizeof(*c.readers));
	c.next_reader = xcalloc(g->n_operands, sizeof(*c.next_reader));
	c.waits = xcalloc(c.n_nodes, sizeof(*c.waits));
	c.before = xcalloc(c.n_nodes, sizeof(*c.before));
	condense(&c);
	ok = run_all(&c) || complain(&c, file, group_lines, err);
	free(c.first);
	free(c.to);
	free(c.last_writer);
	free(c.readers);
	free(c.next_reader);
	free(c.waits);
	free(c.before);
	return ok;
}
