/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which statement may stand where, and those that every plan starts and ends with: the
 * trace and the machine that it is for, and where tensors lie.
 */
#include "planfile/parse.h"

#include <stdlib.h>
#include <string.h>

struct statement_kind {
	const char *word;
	enum parse_state state; /* in which it may stand ... */
	const char *where;      /* ... in words */
	bool (*parse)(struct parser *p, struct err *err);
	enum plan_event event;
	bool is_event;
};

static bool parse_first_line(const struct parser *p, struct err *err)
{
	const struct reading *r = &p->reading;

	if (r->line != 1 || strcmp(r->words[0], PLAN_FIRST_WORD) != 0)
		return BAD_LINE(r, err,
				"not a plan (found '%.40s', expected first line \"" PLAN_FIRST_WORD
				" " PLAN_VERSION "\")",
				r->line == 1 ? r->words[0] : "");
	if (r->n_words == 2 && strcmp(r->words[1], PLAN_VERSION) == 0)
		return true;
	return BAD_LINE(r, err,
			"version of the plan not known (found '%.40s', expected '" PLAN_VERSION
			"'); a newer memsim may read it",
			r->n_words > 1 ? r->words[r->n_words == 2 ? 1 : 2] : "");
}

static bool parse_trace(struct parser *p, struct err *err)
{
	const struct reading *r = &p->reading;

	if (r->n_words != 2)
		return BAD_LINE(r, err, "'trace' takes the hash of the trace (found %zu words)",
				r->n_words - 1);
	if (strcmp(r->words[1], p->g->hash) != 0)
		return BAD_LINE(r, err,
				"the plan is of another trace (found '%.40s', this trace is %s); "
				"write it anew with --plan-out",
				r->words[1], p->g->hash);
	p->state = AT_MACHINE;
	return true;
}

/* What of a machine a plan depends on. */
static bool parse_machine(struct parser *p, struct err *err)
{
	static const char *const keys[] = {"cores", "spad", "acc", "packet"};
	static const char *const settings[] = {"core.count", "scratchpad.bytes",
					       "scratchpad.accumulator_bytes", "dma.packet_bytes"};
	const uint64_t is[] = {p->m->core_count, p->m->spad_bytes, p->m->acc_bytes,
			       p->m->packet_bytes};
	char *values[ARRAY_SIZE(keys)];
	uint64_t value;

	if (!reading_options(&p->reading, 1, keys, ARRAY_SIZE(keys), values, err))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!reading_needs(&p->reading, keys[i], values[i], err) ||
		    !reading_number(&p->reading, keys[i], values[i], 0, UINT64_MAX, &value, err))
			return false;
		if (value != is[i])
			return BAD_LINE(&p->reading, err,
					"the plan is for another machine (found %s=%" PRIu64
					", this machine's %s is %" PRIu64
					"); set that, or write the plan anew with --plan-out",
					keys[i], value, settings[i], is[i]);
	}
	p->state = AT_TENSORS;
	return true;
}

static bool find_tensor(const struct parser *p, const char *name, uint32_t *t, struct err *err)
{
	*t = names_find(&p->tensors, name);
	return *t != NO_INDEX || reading_unknown(&p->reading, "tensor", name, &p->tensors, err);
}

static bool check_place(const struct parser *p, uint32_t t, const struct file_place *place,
			struct err *err)
{
	const struct reading *r = &p->reading;
	uint64_t end, capacity = machine_hbm_bytes(p->m);

	if (place->bytes < tensor_bytes(p->g, t))
		return BAD_LINE(r, err,
				"tensor '%s' takes %" PRIu64 " bytes (found bytes=%" PRIu64 ")",
				p->g->tensors[t].id, tensor_bytes(p->g, t), place->bytes);
	if (add_u64(place->address, place->bytes, &end) && end <= capacity)
		return true;
	return err_at(err, ERR_WORKLOAD, r->file, r->line,
		      "the plan does not fit in HBM: tensor '%s' ends %" PRIu64
		      " bytes behind address %" PRIu64 ", of %" PRIu64 " bytes",
		      p->g->tensors[t].id, place->bytes, place->address, capacity);
}

static bool parse_tensor(struct parser *p, struct err *err)
{
	static const char *const keys[] = {"at", "bytes"};
	struct reading *r = &p->reading;
	struct file_place place = {.line = r->line};
	char *values[ARRAY_SIZE(keys)];
	uint32_t t;

	if (r->n_words < 2)
		return BAD_LINE(r, err, "'tensor' lacks the tensor's name");
	if (!find_tensor(p, r->words[1], &t, err) ||
	    !reading_options(r, 2, keys, ARRAY_SIZE(keys), values, err) ||
	    !reading_needs(r, "at", values[0], err) ||
	    !reading_number(r, "at", values[0], 0, UINT64_MAX, &place.address, err))
		return false;
	if (p->g->tensors[t].view != NO_INDEX)
		return BAD_LINE(r, err, "tensor '%s' is a view and lies where '%s' does",
				r->words[1],
				p->g->tensors[p->g->views[p->g->tensors[t].view].storage].id);
	if (p->places[t].line != 0)
		return BAD_LINE(r, err, "tensor '%s' has a place since line %" PRIu64, r->words[1],
				p->places[t].line);
	place.bytes = tensor_bytes(p->g, t);
	if (values[1] != NULL &&
	    !reading_number(r, "bytes", values[1], 1, UINT64_MAX, &place.bytes, err))
		return false;
	p->places[t] = place;
	return check_place(p, t, &place, err);
}

static bool no_more_words(const struct parser *p, struct err *err)
{
	const struct reading *r = &p->reading;

	return r->n_words == 1 ||
	       BAD_LINE(r, err, "'%s' takes nothing (found '" SHOWN "')", r->words[0], r->words[1]);
}

static bool parse_end(struct parser *p, struct err *err)
{
	if (!no_more_words(p, err))
		return false;
	p->n_kernels++;
	p->state = AT_TENSORS;
	return true;
}

static bool parse_end_of_plan(struct parser *p, struct err *err)
{
	static const char *const keys[] = {"kernels"};
	char *values[1];
	uint64_t n;

	if (!reading_options(&p->reading, 1, keys, 1, values, err) ||
	    !reading_needs(&p->reading, "kernels", values[0], err) ||
	    !reading_number(&p->reading, "kernels", values[0], 0, UINT64_MAX, &n, err))
		return false;
	if (n != p->n_kernels)
		return BAD_LINE(&p->reading, err,
				"the plan has %zu kernels (found kernels=%" PRIu64
				"); is the file complete?",
				p->n_kernels, n);
	p->state = AT_END;
	return true;
}

static const struct statement_kind kinds[] = {
	{"load", IN_KERNEL, "after a core line", parse_load, PLAN_COMMAND, true},
	{"matrix", IN_KERNEL, "after a core line", parse_matrix, PLAN_COMMAND, true},
	{"vector", IN_KERNEL, "after a core line", parse_vector, PLAN_COMMAND, true},
	{"store", IN_KERNEL, "after a core line", parse_store, PLAN_COMMAND, true},
	{"core", IN_KERNEL, "in a kernel", parse_core, 0, false},
	{"barrier", IN_KERNEL, "in a kernel", parse_barrier, PLAN_BARRIER, true},
	{"buffer", IN_KERNEL, "in a kernel", parse_buffer, 0, false},
	{"multicast", IN_KERNEL, "in a kernel", parse_multicast, 0, false},
	{"kernel", AT_TENSORS, "after the end of the kernel before", parse_kernel, PLAN_KERNEL,
	 true},
	{"end", IN_KERNEL, "at the end of a kernel", parse_end, PLAN_KERNEL_END, true},
	{"tensor", AT_TENSORS, "before the first kernel", parse_tensor, 0, false},
	{"trace", AT_TRACE, "in the second line", parse_trace, 0, false},
	{"machine", AT_MACHINE, "behind the trace", parse_machine, 0, false},
	{"end-of-plan", AT_TENSORS, "after the end of the last kernel", parse_end_of_plan, PLAN_END,
	 true},
};

static const struct statement_kind *find_kind(const struct parser *p, struct err *err)
{
	const char *word = p->reading.words[0];
	struct nearest near;

	nearest_init(&near, word);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
		nearest_offer(&near, kinds[i].word);
	}
	if (near.best)
		BAD_LINE(&p->reading, err, "unknown statement '" SHOWN "'; did you mean '%s'?",
			 word, near.best);
	else
		BAD_LINE(&p->reading, err, "unknown statement '" SHOWN "'", word);
	return NULL;
}

/* What has to come next, where that is one thing only. */
static const char *due(enum parse_state s)
{
	return s == AT_TRACE     ? "trace HASH"
	       : s == AT_MACHINE ? "machine cores=N spad=N acc=N packet=N"
	       : s == AT_END     ? "nothing"
				 : NULL;
}

static bool check_place_of_statement(const struct parser *p, const struct statement_kind *k,
				     struct err *err)
{
	const char *next = due(p->state);

	if (k->state == p->state && (k->parse != parse_tensor || p->n_kernels == 0))
		return true;
	if (next != NULL)
		return BAD_LINE(&p->reading, err, "found '%s', expected %s", k->word, next);
	return BAD_LINE(&p->reading, err, "'%s' may not stand here (expected %s)", k->word,
			k->where);
}

static bool at_end_of_file(struct parser *p, struct err *err)
{
	if (err->code) {
		lines_blame_damage(p->reading.lines, err);
		return false;
	}
	if (p->state == AT_END)
		return true;
	if (p->state == AT_FIRST_LINE)
		return err_set(err, ERR_INPUT,
			       "%s: the file is empty (expected first line \"" PLAN_FIRST_WORD
			       " " PLAN_VERSION "\")",
			       p->reading.file);
	return err_at(err, ERR_INPUT, p->reading.file, lines_number(p->reading.lines),
		      "the plan ends without end-of-plan; is the file complete?");
}

static bool one_statement(struct parser *p, const struct statement_kind **kind, struct err *err)
{
	*kind = NULL;
	if (p->state == AT_FIRST_LINE) {
		p->state = AT_TRACE;
		return parse_first_line(p, err);
	}
	*kind = find_kind(p, err);
	return *kind != NULL && check_place_of_statement(p, *kind, err) && (*kind)->parse(p, err);
}

bool parser_next(struct parser *p, enum plan_event *event, struct err *err)
{
	const struct statement_kind *kind = NULL;

	while (p->state != AT_END && reading_next(&p->reading, err)) {
		if (!one_statement(p, &kind, err)) {
			lines_blame_damage(p->reading.lines, err);
			return false;
		}
		if (kind != NULL && kind->is_event && p->state != AT_END) {
			*event = kind->event;
			return true;
		}
	}
	*event = PLAN_END;
	if (p->state == AT_END && reading_next(&p->reading, err))
		return BAD_LINE(&p->reading, err, "found '" SHOWN "' after end-of-plan",
				p->reading.words[0]);
	return at_end_of_file(p, err);
}

static void forget(struct parser *p)
{
	p->state = AT_FIRST_LINE;
	p->n_kernels = 0;
	memset(p->places, 0, p->g->n_tensors * sizeof(*p->places));
	memset(p->kernel_of_op, 0xff, p->g->n_ops * sizeof(*p->kernel_of_op));
}

bool parser_open(struct parser *p, const char *path, const struct graph *g, const struct machine *m,
		 struct err *err)
{
	*p = (struct parser){.g = g, .m = m};
	if (!reading_open(&p->reading, path, err))
		return false;
	for (uint32_t t = 0; t < g->n_tensors; t++)
		names_add(&p->tensors, g->tensors[t].id);
	for (uint32_t i = 0; i < g->n_ops; i++)
		names_add(&p->ops, g->ops[i].id);
	p->places = xcalloc(g->n_tensors + 1, sizeof(*p->places));
	p->kernel_of_op = xcalloc(g->n_ops + 1, sizeof(*p->kernel_of_op));
	p->position_of_op = xcalloc(g->n_ops + 1, sizeof(*p->position_of_op));
	p->kernel.cores = xcalloc(m->core_count, sizeof(*p->kernel.cores));
	forget(p);
	return true;
}

bool parser_rewind(struct parser *p, struct err *err)
{
	forget(p);
	return reading_rewind(&p->reading, err);
}

void parser_close(struct parser *p)
{
	reading_close(&p->reading);
	names_release(&p->tensors);
	names_release(&p->ops);
	parser_release_kernel(p);
	free(p->places);
	free(p->kernel_of_op);
	free(p->position_of_op);
	free(p->parts);
}
