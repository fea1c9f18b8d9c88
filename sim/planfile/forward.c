/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wait for a later command: reads the core's commands up to it, as far as their queues
 * and waits, and follows these back.  If they lead to the command that waits, the two
 * would wait for each other for ever, and the way is named; else it merely stands too
 * early.  Only complaints come from here, so what cannot be understood is passed over.
 */
#include "planfile/forward.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

#define MAX_NODES 4096 /* commands that are looked through */
#define MAX_HOPS 8     /* of a way, that are named */

struct node {
	uint64_t line;
	enum unit_kind unit;
	bool is_barrier;
	char *after, *as; /* NULL: none */
	size_t from;      /* the node from which the search came here */
	bool is_seen;
};

struct look {
	const struct parser *p;
	struct node nodes[MAX_NODES]; /* nodes[0] is the statement at hand */
	size_t n;
	struct arena *texts;
};

static char *keep_option(const struct look *l, const struct reading *r, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 1; i < r->n_words; i++)
		if (strncmp(r->words[i], key, len) == 0)
			return arena_strndup(l->texts, r->words[i] + len,
					     strlen(r->words[i] + len));
	return NULL;
}

/* Takes the core's commands until one has the name; false: none has. */
static bool read_on(struct look *l, struct reading *r, const char *name)
{
	struct err ignored = {.code = ERR_NONE};
	uint32_t core = l->p->core;
	bool is_mine = true;

	while (l->n < MAX_NODES && reading_next(r, &ignored) && strcmp(r->words[0], "end") != 0) {
		unsigned unit = find_word(unit_words, N_UNITS, r->words[0], strlen(r->words[0]));
		struct node node = {.line = r->line, .unit = (enum unit_kind)unit};
		uint64_t number = UINT64_MAX;

		if (strcmp(r->words[0], "core") == 0 && r->n_words == 2) {
			parse_u64(r->words[1], strlen(r->words[1]), &number);
			is_mine = number == core;
			continue;
		}
		node.is_barrier = strcmp(r->words[0], "barrier") == 0;
		if (node.is_barrier)
			node.unit = UNIT_VECTOR;
		else if (!is_mine || unit == N_UNITS)
			continue;
		node.after = keep_option(l, r, "after=");
		node.as = keep_option(l, r, "as=");
		l->nodes[l->n++] = node;
		if (node.as != NULL && strcmp(node.as, name) == 0)
			return true;
	}
	return false;
}

/* The last node before `before` for which `piece` of an after= stands; SIZE_MAX: none here. */
static size_t waited_for(const struct look *l, const char *piece, size_t before)
{
	size_t len = strcspn(piece, "-");
	uint64_t but = 0;
	unsigned unit = find_word(unit_words, N_UNITS, piece, len);

	if (unit < N_UNITS && piece[len] == '-' &&
	    !parse_u64(piece + len + 1, strlen(piece + len + 1), &but))
		return SIZE_MAX;
	for (size_t i = before; i-- > 0;) {
		const struct node *n = &l->nodes[i];

		if (unit < N_UNITS ? n->unit == unit && but-- == 0
				   : n->as != NULL && strcmp(n->as, piece) == 0)
			return i;
	}
	return SIZE_MAX;
}

static void reach(struct look *l, size_t to, size_t from, size_t *stack, size_t *depth)
{
	if (to == SIZE_MAX || l->nodes[to].is_seen)
		return;
	l->nodes[to].is_seen = true;
	l->nodes[to].from = from;
	stack[(*depth)++] = to;
}

/* Whom a node waits for: those it names, the one before it in its queue, a barrier. */
static void reach_from(struct look *l, size_t at, size_t *stack, size_t *depth)
{
	const struct node *n = &l->nodes[at];
	char *list = n->after != NULL ? arena_strndup(l->texts, n->after, strlen(n->after)) : NULL;
	char *piece;

	while ((piece = cut_piece(&list)) != NULL)
		reach(l, waited_for(l, piece, at), at, stack, depth);
	for (size_t i = at; i-- > 0;) {
		bool is_queue = l->nodes[i].unit == n->unit;

		if (is_queue || l->nodes[i].is_barrier || n->is_barrier)
			reach(l, i, at, stack, depth);
	}
}

/* From the last node back to the first. */
static bool find_way(struct look *l)
{
	size_t *stack = xcalloc(l->n, sizeof(*stack)), depth = 0;

	reach(l, l->n - 1, SIZE_MAX, stack, &depth);
	while (depth > 0 && !l->nodes[0].is_seen)
		reach_from(l, stack[--depth], stack, &depth);
	free(stack);
	return l->nodes[0].is_seen;
}

/* "line 9 waits for line 8, which comes behind line 7": from the last node to the first. */
static void describe_way(struct look *l, struct buf *to)
{
	size_t way[MAX_HOPS], n = 0, all = 0;

	for (size_t at = 0; at != SIZE_MAX; at = l->nodes[at].from) {
		way[n < MAX_HOPS ? n++ : n - 1] = at;
		all++;
	}
	for (size_t i = n; i-- > 1;)
		buf_printf(to, "%sline %" PRIu64 " waits for %sline %" PRIu64,
			   i + 1 == n ? "" : ", ", l->nodes[way[i]].line,
			   i == n - 1 && all > n ? "others and " : "", l->nodes[way[i - 1]].line);
}

static bool complain(struct look *l, const char *name, uint64_t line, struct err *err)
{
	const char *file = l->p->reading.file;
	struct buf way = BUF_INIT;

	if (l->nodes[l->n - 1].line == line)
		return err_at(err, ERR_INPUT, file, line, "the command waits for itself ('%s')",
			      name);
	if (!find_way(l))
		return err_at(err, ERR_INPUT, file, line,
			      "the command waits for '%s' of line %" PRIu64
			      ", which comes later; put it behind that line",
			      name, l->nodes[l->n - 1].line);
	describe_way(l, &way);
	err_at(err, ERR_INPUT, file, line,
	       "deadlock: the command waits for '%s' of line %" PRIu64 ", and %s", name,
	       l->nodes[l->n - 1].line, way.data);
	buf_release(&way);
	return false;
}

static bool unknown(const struct look *l, const char *name, uint64_t line, struct err *err)
{
	const struct file_kernel *k = &l->p->kernel;
	struct nearest near;

	nearest_init(&near, name);
	for (size_t i = 0; i < k->label_names.n; i++)
		if (k->labels[i].core == l->p->core)
			nearest_offer(&near, arena_strndup(l->texts, k->label_names.v[i],
							   strcspn(k->label_names.v[i], "@")));
	if (near.best != NULL)
		return err_at(err, ERR_INPUT, l->p->reading.file, line,
			      "unknown command '%s'; did you mean '%s'?", name, near.best);
	return err_at(err, ERR_INPUT, l->p->reading.file, line,
		      "unknown command '%s' (expected a unit, or what a command of core %" PRIu32
		      " is named by as=)",
		      name, l->p->core);
}

bool forward_wait(struct parser *p, const char *name, struct err *err)
{
	struct look *l = xcalloc(1, sizeof(*l));
	const char *own = NULL;

	l->p = p;
	l->texts = arena_new();
	name = arena_strndup(l->texts, name, strlen(name)); /* the line goes */
	for (size_t i = 0; i < p->reading.n_words; i++)
		if (strncmp(p->reading.words[i], "as", 3) == 0) /* its '=' is cut */
			own = p->reading.words[i] + 3;
	l->nodes[l->n++] = (struct node){
		.line = p->reading.line,
		.unit = p->command.unit,
		.as = own != NULL ? arena_strndup(l->texts, own, strlen(own)) : NULL,
	};
	if ((own != NULL && strcmp(l->nodes[0].as, name) == 0) || read_on(l, &p->reading, name))
		complain(l, name, l->nodes[0].line, err);
	else
		unknown(l, name, l->nodes[0].line, err);
	arena_free(l->texts);
	free(l);
	return false;
}
