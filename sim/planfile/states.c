/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two readers may change places, nobody else.  Inside a kernel that is asked of the state as
 * a whole: which elements two operators share is not looked at.
 */
#include "planfile/states.h"

#include <stdlib.h>

#define SEVERAL (NO_INDEX - 1)

/* Operators of the kernel that have touched the state. */
struct touched {
	uint32_t last;  /* of the kernel: the latest in the trace's order */
	uint32_t since; /* the last barrier; or SEVERAL */
	uint64_t line;  /* of the last such command */
};

struct state {
	uint32_t tensor;
	uint32_t *users; /* operators, ascending; one that reads and writes comes twice */
	bool *is_write;  /* by user */
	size_t n, capacity, write_capacity;
	size_t n_done, n_written; /* users, and writers among them, whose kernels have begun */
	struct touched read, written;
};

struct states {
	const struct parser *p;
	const struct needs *needs;
	uint32_t *state_of; /* by storage; NO_INDEX: not a state */
	struct state *v;
	size_t n, capacity;
};

static struct state *state_of(const struct states *s, uint32_t tensor)
{
	uint32_t i = s->state_of[storage_of(s->p->g, tensor)];

	return i == NO_INDEX ? NULL : &s->v[i];
}

static void add_user(struct states *s, uint32_t op, uint32_t tensor, bool is_write)
{
	struct state *state = state_of(s, tensor);

	if (state == NULL)
		return;
	GROW(state->users, state->n, state->capacity);
	GROW(state->is_write, state->n, state->write_capacity);
	state->users[state->n] = op;
	state->is_write[state->n++] = is_write;
}

struct states *states_new(const struct parser *p, const struct needs *needs)
{
	const struct graph *g = p->g;
	struct states *s = xcalloc(1, sizeof(*s));

	s->p = p;
	s->needs = needs;
	s->state_of = xcalloc(g->n_tensors + 1, sizeof(*s->state_of));
	for (uint32_t t = 0; t < g->n_tensors; t++) {
		bool is_state = g->tensors[t].role == ROLE_STATE && g->tensors[t].view == NO_INDEX;

		s->state_of[t] = is_state ? (uint32_t)s->n : NO_INDEX;
		if (!is_state)
			continue;
		GROW(s->v, s->n, s->capacity);
		s->v[s->n++] = (struct state){.tensor = t};
	}
	for (uint32_t o = 0; o < g->n_ops; o++) {
		const struct op *op = &g->ops[o];

		for (unsigned i = 0; !needs->is_view[o] && i < op->n_inputs; i++)
			add_user(s, o, op_input(g, op, i), false);
		for (unsigned i = 0; !needs->is_view[o] && i < op->n_outputs; i++)
			add_user(s, o, op_output(g, op, i), true);
	}
	return s;
}

void states_free(struct states *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].users);
		free(s->v[i].is_write);
	}
	free(s->v);
	free(s->state_of);
	free(s);
}

/* Between kernels. */

/* Passes over users whose kernels have begun, up to the first, or first writer, that has not. */
static size_t pass_done(const struct states *s, const struct state *state, size_t from,
			bool writers_only)
{
	while (from < state->n && ((writers_only && !state->is_write[from]) ||
				   s->p->kernel_of_op[state->users[from]] != NO_INDEX))
		from++;
	return from;
}

static bool check_before(const struct states *s, uint32_t op, uint32_t tensor, bool is_write,
			 struct err *err)
{
	struct state *state = state_of(s, tensor);
	size_t next;

	if (state == NULL)
		return true;
	state->n_done = pass_done(s, state, state->n_done, false);
	state->n_written = pass_done(s, state, state->n_written, true);
	next = is_write ? state->n_done : state->n_written;
	return next == state->n || state->users[next] > op ||
	       BAD_LINE(&s->p->reading, err,
			"operator '%s' uses state '%s' after operator '%s', which no kernel up to "
			"this one has",
			s->p->g->ops[op].id, s->p->g->tensors[state->tensor].id,
			s->p->g->ops[state->users[next]].id);
}

static void forget(struct states *s, const struct op *op)
{
	const struct graph *g = s->p->g;

	for (unsigned i = 0; i < op->n_inputs + op->n_outputs; i++) {
		struct state *state = state_of(s, g->operands[op->operands + i]);

		if (state != NULL)
			state->read = state->written =
				(struct touched){.last = NO_INDEX, .since = NO_INDEX};
	}
}

bool states_kernel(struct states *s, struct err *err)
{
	const struct file_kernel *k = &s->p->kernel;
	const struct graph *g = s->p->g;

	for (size_t i = 0; i < k->n_ops; i++) {
		const struct op *op = &g->ops[k->ops[i]];

		forget(s, op);
		for (unsigned j = 0; j < op->n_inputs + op->n_outputs; j++)
			if (!check_before(s, k->ops[i], g->operands[op->operands + j],
					  j >= op->n_inputs, err))
				return false;
	}
	return true;
}

/* Inside a kernel. */

void states_barrier(struct states *s)
{
	const struct file_kernel *k = &s->p->kernel;
	const struct graph *g = s->p->g;

	for (size_t i = 0; i < k->n_ops; i++) {
		const struct op *op = &g->ops[k->ops[i]];

		for (unsigned j = 0; j < op->n_inputs + op->n_outputs; j++) {
			struct state *state = state_of(s, g->operands[op->operands + j]);

			if (state != NULL)
				state->read.since = state->written.since = NO_INDEX;
		}
	}
}

/* `op` comes to what `before` has done to the state. */
static bool check_order(const struct states *s, const struct state *state, uint32_t op,
			const struct touched *before, const char *did, uint64_t line,
			struct err *err)
{
	const char *id = s->p->g->tensors[state->tensor].id, *name = s->p->g->ops[op].id;

	if (before->last != NO_INDEX && before->last > op)
		return err_at(
			err, ERR_INPUT, s->p->reading.file, line,
			"state '%s' comes to operator '%s' after a later operator has %s it on "
			"line %" PRIu64,
			id, name, did, before->line);
	return before->since == NO_INDEX || before->since == op ||
	       err_at(err, ERR_INPUT, s->p->reading.file, line,
		      "state '%s' was %s by another operator than '%s' on line %" PRIu64
		      ", and no barrier is between",
		      id, did, name, before->line);
}

static void touch(struct touched *t, uint32_t op, uint64_t line)
{
	t->last = t->last == NO_INDEX || op > t->last ? op : t->last;
	t->since = t->since == NO_INDEX || t->since == op ? op : SEVERAL;
	t->line = line;
}

bool states_transfer(struct states *s, const struct command *c, uint64_t line, struct err *err)
{
	struct state *state = state_of(s, c->transfer.tensor);

	if (state == NULL)
		return true;
	if (!check_order(s, state, c->op, &state->written, "stored", line, err) ||
	    (c->unit == UNIT_STORE &&
	     !check_order(s, state, c->op, &state->read, "loaded", line, err)))
		return false;
	touch(c->unit == UNIT_LOAD ? &state->read : &state->written, c->op, line);
	return true;
}
