/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of a core: what each statement says about work and places.  Whether bytes
 * are there when they are read, and whether work covers an operator, is check*.c's.
 */
#include "planfile/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

bool parse_op(const struct parser *p, const char *name, uint32_t *op, struct err *err)
{
	*op = names_find(&p->ops, name);
	if (*op == NO_INDEX)
		return reading_unknown(&p->reading, "operator", name, &p->ops, err);
	return p->kernel_of_op[*op] == p->kernel.number ||
	       BAD_LINE(&p->reading, err, "operator '%s' is not among those of kernel '%s'", name,
			p->kernel.name);
}

const struct op_info *parser_op_info(const struct parser *p, uint32_t op)
{
	return &p->kernel.infos[p->position_of_op[op]];
}

/* A new command; waits for the last barrier at least. */
static bool begin(struct parser *p, enum unit_kind unit, const char *needs, size_t n_words,
		  struct err *err)
{
	if (!p->has_core)
		return BAD_LINE(&p->reading, err, "whose '%s' is this? say core N first",
				p->reading.words[0]);
	if (p->reading.n_words < n_words)
		return BAD_LINE(&p->reading, err, "'%s' lacks %s", p->reading.words[0], needs);
	p->command.unit = unit;
	p->command.is_barrier = false;
	p->command.n_reads = p->command.n_writes = 0;
	memset(p->command.waits, 0, sizeof(p->command.waits));
	p->command.waits[UNIT_VECTOR] = p->kernel.cores[p->core].barrier;
	return true;
}

static bool take_transfer(struct parser *p, enum unit_kind unit, const char *span_key,
			  size_t n_keys, struct err *err)
{
	const char *const keys[N_TRANSFER_KEYS] = {
		[KEY_SPAN] = span_key,     [KEY_AFTER] = "after",   [KEY_AS] = "as",
		[KEY_TRAFFIC] = "traffic", [KEY_OFFSET] = "offset", [KEY_RUN] = "run",
		[KEY_COUNT] = "count",     [KEY_STRIDE] = "stride", [KEY_MULTICAST] = "multicast",
	};
	char *values[N_TRANSFER_KEYS] = {NULL};

	return begin(p, unit, "an operator and a tensor", 3, err) &&
	       parse_op(p, p->reading.words[1], &p->command.op, err) &&
	       reading_options(&p->reading, 3, keys, n_keys, values, err) &&
	       reading_needs(&p->reading, span_key, values[KEY_SPAN], err) &&
	       parse_transfer(p, unit == UNIT_STORE, values, err) &&
	       parse_waits(p, values[KEY_AFTER], values[KEY_AS], err);
}

bool parse_load(struct parser *p, struct err *err)
{
	return take_transfer(p, UNIT_LOAD, "to", N_TRANSFER_KEYS, err);
}

bool parse_store(struct parser *p, struct err *err)
{
	return take_transfer(p, UNIT_STORE, "from", KEY_MULTICAST, err);
}

static bool take_spans(const struct parser *p, const char *key, char *list, struct span *to,
		       unsigned max, unsigned *n, struct err *err)
{
	char *piece;

	while ((piece = cut_piece(&list)) != NULL) {
		if (*n == max)
			return err_at(err, ERR_LIMIT, p->reading.file, p->reading.line,
				      "more than %u places in '%s='", max, key);
		if (!parse_span(p, piece, 0, &to[(*n)++], err))
			return false;
	}
	return true;
}

static bool take_places(struct parser *p, char *in, char *out, struct err *err)
{
	struct command *c = &p->command;

	return take_spans(p, "in", in, c->reads, COMMAND_MAX_READS, &c->n_reads, err) &&
	       take_spans(p, "out", out, c->writes, COMMAND_MAX_WRITES, &c->n_writes, err);
}

/* A product within those of the whole operator. */
static bool check_product(const struct parser *p, const struct matrix_work *w, struct err *err)
{
	const struct op_info *info = parser_op_info(p, p->command.op);
	struct matrix_work whole;
	struct region red;
	unsigned __int128 all;
	uint64_t rows, product;

	op_whole_red(info, &red);
	op_matrix_work(info, &info->out, &red, &whole);
	all = (unsigned __int128)whole.m * whole.n * whole.k * whole.batches;
	if (w->k > whole.k)
		return BAD_LINE(&p->reading, err,
				"k=%" PRIu64 " is more than the %" PRIu64
				" that operator '%s' sums over",
				w->k, whole.k, p->g->ops[p->command.op].id);
	if (mul_u64(w->m, w->n, &rows) && mul_u64(rows, w->batches, &rows) &&
	    mul_u64(rows, w->k, &product) && product <= all)
		return true;
	return BAD_LINE(&p->reading, err,
			"the product is more than that of the whole operator '%s' (m=%" PRIu64
			" k=%" PRIu64 " n=%" PRIu64 " batches=%" PRIu64 ")",
			p->g->ops[p->command.op].id, whole.m, whole.k, whole.n, whole.batches);
}

static bool take_product(struct parser *p, char **values, struct err *err)
{
	static const char *const keys[] = {"m", "k", "n", "batches"};
	struct matrix_work *w = &p->command.matrix.work;
	uint64_t *const to[] = {&w->m, &w->k, &w->n, &w->batches};

	w->batches = 1;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (values[i] == NULL && to[i] == &w->batches)
			continue;
		if (!reading_needs(&p->reading, keys[i], values[i], err) ||
		    !reading_number(&p->reading, keys[i], values[i], 0, UINT64_MAX, to[i], err))
			return false;
	}
	return check_product(p, w, err);
}

bool parse_matrix(struct parser *p, struct err *err)
{
	static const char *const keys[] = {"m", "k", "n", "batches", "in", "out", "after", "as"};
	struct command *c = &p->command;
	char *values[ARRAY_SIZE(keys)];

	if (!begin(p, UNIT_MATRIX, "an operator", 2, err) ||
	    !parse_op(p, p->reading.words[1], &c->op, err))
		return false;
	if (parser_op_info(p, c->op)->class != OP_CLASS_MATRIX)
		return BAD_LINE(&p->reading, err, "operator '%s' is no product",
				p->g->ops[c->op].id);
	c->matrix.dtype = parser_op_info(p, c->op)->matrix_dtype;
	return reading_options(&p->reading, 2, keys, ARRAY_SIZE(keys), values, err) &&
	       take_product(p, values, err) && take_places(p, values[4], values[5], err) &&
	       parse_waits(p, values[6], values[7], err);
}

/* Adds a bound of the part's work in any class, which must stay countable. */
static bool bound_work(const struct op_info *info, const struct vector_part *part, uint64_t *bound)
{
	uint64_t most = max_u64(max_u64(info->stats.n[VECTOR_ADD], info->per_output.n[VECTOR_ADD]),
				UINT8_MAX);
	uint64_t work;
	bool is_countable = mul_u64(part->elements, most * 64, &work);

	for (unsigned r = 0; is_countable && r < info->n_red && info->class != OP_CLASS_MATRIX; r++)
		is_countable = mul_u64(work, info->red[r], &work);
	return is_countable && add_u64(*bound, work, bound) && *bound <= INT64_MAX / 2;
}

/* Elements of the sums or results of another operator: which, the part does not say. */
static bool is_of_product(const struct vector_part *part)
{
	return part->pass == PASS_RESCALE || part->pass == PASS_FINISH;
}

/* The most that one part can have: of an opaque operator it may be any of its operands. */
static uint64_t part_elements(const struct graph *g, const struct op_info *info,
			      const struct vector_part *part)
{
	const struct op *op = &g->ops[part->op];
	uint64_t most = tensor_elements(g, vector_part_tensor(g, part));

	for (unsigned i = 0; info->is_opaque && i < op->n_inputs + op->n_outputs; i++)
		most = max_u64(most, tensor_elements(g, op_operand(g, op, i)));
	return most;
}

static bool check_elements(const struct parser *p, const struct vector_part *part, uint64_t *bound,
			   struct err *err)
{
	const struct op_info *info = parser_op_info(p, part->op);
	uint64_t whole = part_elements(p->g, info, part);

	if (part->elements > whole && !is_of_product(part))
		return BAD_LINE(&p->reading, err,
				"operator '%s' has %" PRIu64 " elements (found %" PRIu64 ")",
				p->g->ops[part->op].id, whole, part->elements);
	return bound_work(info, part, bound) ||
	       err_at(err, ERR_LIMIT, p->reading.file, p->reading.line,
		      "the work of operator '%s' is too large to count", p->g->ops[part->op].id);
}

/* NULL: all at once. */
static bool take_pass(const struct parser *p, const char *text, struct vector_part *part,
		      struct err *err)
{
	const struct op_info *info = parser_op_info(p, part->op);
	unsigned pass = PASS_FULL;

	if (text != NULL)
		pass = find_word(pass_words, N_PASSES, text, strlen(text));
	if (pass == N_PASSES || (text != NULL && pass == PASS_FULL))
		return BAD_LINE(&p->reading, err,
				"unknown pass '" SHOWN "' (expected stats, apply, online, rescale "
				"or finish)",
				text);
	part->pass = (uint8_t)pass;
	return pass == PASS_FULL ||
	       (pass <= PASS_APPLY ? info->is_norm || info->is_reduction || info->is_opaque :
				      info->online.state > 0) ||
	       BAD_LINE(&p->reading, err, "operator '%s' has no pass '%s'",
			p->g->ops[part->op].id, text);
}

/* OP*ELEMENTS or OP*ELEMENTS/PASS. */
static bool take_part(struct parser *p, char *piece, size_t n, uint64_t *bound, struct err *err)
{
	char *star = strrchr(piece, '*'), *slash;
	struct vector_part *part;

	if (star == NULL)
		return BAD_LINE(&p->reading, err,
				"'" SHOWN "' is no share of work (expected OPERATOR*ELEMENTS)",
				piece);
	*star++ = '\0';
	slash = strchr(star, '/');
	if (slash != NULL)
		*slash++ = '\0';
	GROW(p->parts, n, p->parts_capacity);
	part = &p->parts[n];
	return parse_op(p, piece, &part->op, err) &&
	       reading_number(&p->reading, "elements", star, 0, UINT64_MAX, &part->elements, err) &&
	       take_pass(p, slash, part, err) && check_elements(p, part, bound, err);
}

/* Work that no operator's elements stand for, by class, and in operations. */
static bool take_extra(struct parser *p, char *const *values, const char *const *keys,
		       struct err *err)
{
	struct vector_command *v = &p->command.vector;
	uint64_t more;

	for (unsigned i = 0; i <= N_VECTOR_CLASSES; i++) {
		uint64_t *to = i < N_VECTOR_CLASSES ? &v->bytes[i] : &v->ops;

		if (values[i] == NULL)
			continue;
		if (!reading_number(&p->reading, keys[i], values[i], 0, UINT32_MAX, &more, err))
			return false;
		*to += more;
	}
	return true;
}

static bool take_parts(struct parser *p, char *list, struct err *err)
{
	struct vector_command *v = &p->command.vector;
	uint64_t bound = 0;
	char *piece;

	*v = (struct vector_command){.ops = 0};
	while ((piece = cut_piece(&list)) != NULL) {
		if (!take_part(p, piece, v->n_parts, &bound, err))
			return false;
		v->n_parts++;
	}
	for (size_t i = 0; i < v->n_parts; i++)
		vector_command_add(v, p->g, parser_op_info(p, p->parts[i].op), &p->parts[i]);
	v->parts = p->parts;
	p->command.op = p->parts[v->n_parts - 1].op;
	return true;
}

bool parse_vector(struct parser *p, struct err *err)
{
	static const char *const keys[] = {
#define X(NAME, text) text,
		VECTOR_CLASS_LIST(X)
#undef X
			"ops",
		"in", "out", "after", "as"};
	char *values[ARRAY_SIZE(keys)], **rest = values + N_VECTOR_CLASSES + 1;

	return begin(p, UNIT_VECTOR, "its work (OPERATOR*ELEMENTS)", 2, err) &&
	       take_parts(p, p->reading.words[1], err) &&
	       reading_options(&p->reading, 2, keys, ARRAY_SIZE(keys), values, err) &&
	       take_extra(p, values, keys, err) && take_places(p, rest[0], rest[1], err) &&
	       parse_waits(p, rest[2], rest[3], err);
}
