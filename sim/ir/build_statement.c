/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements `tensor` and `op`: cutting words, names and sizes, and who may read
 * and write what.  Shapes are the operator table's.
 */
#include "ir/build_statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/units.h"

bool statement_unknown(struct graph_builder *b, const char *what, const char *name,
		       const struct name_map *known, size_t n_known, struct err *err)
{
	struct nearest near;

	nearest_init(&near, name);
	for (uint32_t i = 0; i < n_known; i++)
		nearest_offer(&near, known->name_of(known->owner, i));
	if (near.best)
		return BAD_STATEMENT(b, err, "unknown %s '%s'; did you mean '%s'?", what, name,
				     near.best);
	return BAD_STATEMENT(b, err, "unknown %s '%s' (expected one declared on an earlier line)",
			     what, name);
}

bool builder_key_value(struct graph_builder *b, char *word, char **key, char **value,
		       struct err *err)
{
	static const char *const reserved[] = { "on", "keep", "tier", "async" };
	char *equals = strchr(word, '=');

	if (!equals || equals == word)
		return BAD_STATEMENT(b, err, "'%s' is not KEY=VALUE", word);
	*equals = '\0';
	*key = word;
	*value = equals + 1;
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcmp(word, reserved[i]) == 0)
			return BAD_STATEMENT(b, err,
					     "'%s=' is reserved for a later version of the "
					     "format",
					     word);
	return true;
}

static bool check_id(struct graph_builder *b, const char *id, struct err *err)
{
	size_t len =
		strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:-");

	if (id[len] != '\0')
		return BAD_STATEMENT(b, err,
				     "'%.100s' is not a name (found '%c', expected letters, "
				     "digits and _ . / : -)",
				     id, id[len]);
	return (len >= 1 && len <= 255) ||
	       BAD_STATEMENT(b, err, "a name of %zu characters (expected 1 to 255)", len);
}

#define ID_BLOCK_BYTES ((size_t)4096) /* names are at most 255 long, suffixes some 200 */

/* The id of something new: its name, and the iteration that it is of. */
static const char *store_id(struct graph_builder *b, const char *name, bool is_weight)
{
	struct graph_build *build = b->g->build;
	char suffix[SUFFIX_TEXT], *id;
	size_t bytes;

	builder_suffix(b, is_weight, suffix, sizeof(suffix));
	bytes = strlen(name) + strlen(suffix) + 1;
	if (bytes > build->id_room_bytes) {
		build->id_room = arena_alloc(build->strings, ID_BLOCK_BYTES);
		build->id_room_bytes = ID_BLOCK_BYTES;
	}
	id = build->id_room;
	memcpy(id, name, strlen(name));
	memcpy(id + strlen(name), suffix, strlen(suffix) + 1);
	build->id_room += bytes;
	build->id_room_bytes -= bytes;
	return id;
}

/* Cuts "1x128x3x3". */
static bool parse_dims(struct graph_builder *b, const char *text, struct shape *s, struct err *err)
{
	*s = (struct shape){ 0 };
	for (const char *at = text;; at++) {
		size_t len = strcspn(at, "x");
		uint64_t dim;

		if (s->n_dims == MAX_DIMS)
			return BAD_STATEMENT(b, err,
					     "'%.100s' has too many dimensions (expected 1 to %d)",
					     text, MAX_DIMS);
		if (!parse_u64(at, len, &dim) || dim < 1 || dim > INT32_MAX)
			return BAD_STATEMENT(b, err,
					     "'%.100s' are not dimensions (found '%.*s', expected "
					     "decimal integers from 1 to 2147483647 joined by x)",
					     text, (int)(len > 40 ? 40 : len), at);
		s->dims[s->n_dims++] = (uint32_t)dim;
		at += len;
		if (*at == '\0')
			return true;
	}
}

static bool check_size(struct graph_builder *b, const struct shape *s, enum dtype type,
		       struct err *err)
{
	uint64_t bits = dtype_bits(type);

	for (unsigned d = 0; d < s->n_dims; d++)
		if (!mul_u64(bits, s->dims[d], &bits) || bits > INT64_MAX)
			return BAD_STATEMENT(b, err,
					     "the tensor is too large (expected at most 2^63-1 "
					     "bits)");
	return true;
}

static bool shape_is(const struct shape *a, const struct shape *b)
{
	return a->n_dims == b->n_dims &&
	       memcmp(a->dims, b->dims, a->n_dims * sizeof(a->dims[0])) == 0;
}

static size_t shape_slot(const struct graph_builder *b, const struct shape *s)
{
	uint64_t h = s->n_dims;

	for (unsigned d = 0; d < s->n_dims; d++) {
		h = (h ^ s->dims[d]) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
		h ^= h >> 32;
	}
	h &= b->n_shape_slots - 1;
	while (b->shape_slots[h] != NO_INDEX && !shape_is(&b->g->shapes[b->shape_slots[h]], s))
		h = (h + 1) & (b->n_shape_slots - 1);
	return h;
}

static void grow_shape_slots(struct graph_builder *b)
{
	free(b->shape_slots);
	b->n_shape_slots = b->n_shape_slots ? b->n_shape_slots * 2 : 64;
	b->shape_slots = xreallocarray(NULL, b->n_shape_slots, sizeof(*b->shape_slots));
	memset(b->shape_slots, 0xff, b->n_shape_slots * sizeof(*b->shape_slots));
	for (uint32_t i = 0; i < b->g->n_shapes; i++)
		b->shape_slots[shape_slot(b, &b->g->shapes[i])] = i;
}

static uint32_t intern_shape(struct graph_builder *b, const struct shape *s)
{
	struct graph *g = b->g;
	size_t slot;

	if (2 * (g->n_shapes + 1) > b->n_shape_slots)
		grow_shape_slots(b);
	slot = shape_slot(b, s);
	if (b->shape_slots[slot] == NO_INDEX) {
		GROW(g->shapes, g->n_shapes, b->shape_capacity);
		g->shapes[g->n_shapes] = *s;
		b->shape_slots[slot] = (uint32_t)g->n_shapes++;
	}
	return b->shape_slots[slot];
}

static bool parse_role(struct graph_builder *b, const char *text, struct tensor *t, struct err *err)
{
	for (enum role r = ROLE_INPUT; r < N_ROLES; r++)
		if (strcmp(text, role_name(r)) == 0) {
			t->role = (uint8_t)r;
			return true;
		}
	return BAD_STATEMENT(b, err, "unknown role '%s' (expected input, output, weight or state)",
			     text);
}

static bool parse_layout(struct graph_builder *b, const char *text, const struct shape *s,
			 struct tensor *t, struct err *err)
{
	bool is_nhwc = strcmp(text, "nhwc") == 0;

	if (!is_nhwc && strcmp(text, "nchw") != 0)
		return BAD_STATEMENT(b, err, "unknown layout '%s' (expected nchw or nhwc)", text);
	if (is_nhwc && s->n_dims < 3)
		return BAD_STATEMENT(b, err,
				     "layout=nhwc of a tensor of %u dimensions (expected at "
				     "least 3)",
				     s->n_dims);
	t->layout = is_nhwc ? LAYOUT_NHWC : LAYOUT_ROW_MAJOR;
	return true;
}

static bool parse_tensor_keys(struct graph_builder *b, char **words, size_t n_words,
			      const struct shape *s, struct tensor *t, struct err *err)
{
	bool has_role = false, has_layout = false;
	char *key, *value;

	for (size_t i = 0; i < n_words; i++) {
		bool ok;

		if (!builder_key_value(b, words[i], &key, &value, err))
			return false;
		if (strcmp(key, "role") == 0 && !has_role)
			has_role = ok = parse_role(b, value, t, err);
		else if (strcmp(key, "layout") == 0 && !has_layout)
			has_layout = ok = parse_layout(b, value, s, t, err);
		else
			ok = BAD_STATEMENT(b, err,
					   "key '%s' of a tensor is unknown or given twice "
					   "(expected role= or layout=)",
					   key);
		if (!ok)
			return false;
	}
	return true;
}

static bool parse_dtype(struct graph_builder *b, const char *text, struct tensor *t,
			struct err *err)
{
	struct nearest near;

	for (enum dtype d = 0; d < N_DTYPES; d++) {
		if (strcmp(text, dtype_name(d)) == 0) {
			t->dtype = (uint8_t)d;
			return true;
		}
	}
	nearest_init(&near, text);
	for (enum dtype d = 0; d < N_DTYPES; d++)
		nearest_offer(&near, dtype_name(d));
	return BAD_STATEMENT(b, err,
			     "unknown type '%s' (expected f64 f32 tf32 f16 bf16 f8 i64 i32 i16 "
			     "i8 i4 or bool%s%s)",
			     text, near.best ? "; nearest: " : "", near.best ? near.best : "");
}

/* Binds a name anew, a carried one too. */
static void bind_tensor(struct graph_builder *b, uint32_t t)
{
	uint32_t alias = name_map_find(&b->alias_map, b->g->tensors[t].id);

	if (alias != NO_INDEX)
		b->aliases[alias].tensor = t;
	name_map_bind(&b->tensors, t);
}

/* False: an error, or (with *shared) a weight of an earlier iteration that is used again. */
static bool may_declare(struct graph_builder *b, const char *name, enum role role, bool *shared,
			struct err *err)
{
	uint32_t earlier = builder_tensor(b, name);

	*shared = false;
	if (b->g->n_tensors == MAX_GRAPH_TENSORS)
		return err_at(err, ERR_LIMIT, b->file, b->line, "more than %u tensors",
			      MAX_GRAPH_TENSORS);
	if (earlier == NO_INDEX)
		return true;
	if (!builder_is_earlier_tensor(b, earlier, shared))
		return BAD_STATEMENT(b, err, "tensor '%s' is declared twice (first on line %u)",
				     name, b->g->tensors[earlier].line);
	*shared = *shared && role == ROLE_WEIGHT;
	return !*shared;
}

bool tensor_statement(struct graph_builder *b, char **words, size_t n_words, struct err *err)
{
	struct graph *g = b->g;
	struct tensor t = { .view = NO_INDEX, .producer = NO_INDEX, .line = (uint32_t)b->line };
	struct shape s;
	bool shared;

	if (n_words < 4)
		return BAD_STATEMENT(b, err,
				     "tensor has %zu fields (expected tensor ID TYPE DIMS "
				     "[KEY=VALUE...])",
				     n_words - 1);
	if (!check_id(b, words[1], err) || !parse_dtype(b, words[2], &t, err) ||
	    !parse_dims(b, words[3], &s, err) || !check_size(b, &s, t.dtype, err))
		return false;
	t.layout = s.n_dims == 4 ? LAYOUT_NHWC : LAYOUT_ROW_MAJOR;
	if (!parse_tensor_keys(b, words + 4, n_words - 4, &s, &t, err))
		return false;
	if (!may_declare(b, words[1], t.role, &shared, err))
		return shared;
	t.shape = intern_shape(b, &s);
	t.id = store_id(b, words[1], t.role == ROLE_WEIGHT);
	GROW(g->tensors, g->n_tensors, b->tensor_capacity);
	g->tensors[g->n_tensors++] = t;
	bind_tensor(b, (uint32_t)g->n_tensors - 1);
	return true;
}

/* Words of an op statement, sorted. */
struct op_words {
	char *in, *out;
	char *values[N_ATTRS];
};

static bool unknown_key(struct graph_builder *b, const struct op_row *row, uint32_t kind,
			const char *key, struct err *err)
{
	struct nearest near;
	struct buf list = BUF_INIT;

	nearest_init(&near, key);
	buf_puts(&list, "in out");
	for (unsigned i = 0; i < row->n_attrs; i++) {
		nearest_offer(&near, attr_name(row->attrs[i].key));
		buf_printf(&list, " %s", attr_name(row->attrs[i].key));
	}
	BAD_STATEMENT(b, err, "unknown key '%s' of %s (expected %s%s%s)", key, op_kind_name(kind),
		      list.data, near.best ? "; nearest: " : "", near.best ? near.best : "");
	buf_release(&list);
	return false;
}

static char **place_of(struct op_words *w, const struct op_row *row, const char *key)
{
	if (strcmp(key, "in") == 0)
		return &w->in;
	if (strcmp(key, "out") == 0)
		return &w->out;
	for (unsigned i = 0; i < row->n_attrs; i++)
		if (strcmp(key, attr_name(row->attrs[i].key)) == 0)
			return &w->values[row->attrs[i].key];
	return NULL;
}

static bool sort_words(struct graph_builder *b, uint32_t kind, char **words, size_t n_words,
		       struct op_words *w, struct err *err)
{
	char *key, *value, **place;

	*w = (struct op_words){ 0 };
	for (size_t i = 0; i < n_words; i++) {
		if (!builder_key_value(b, words[i], &key, &value, err))
			return false;
		place = place_of(w, op_row(kind), key);
		if (!place)
			return unknown_key(b, op_row(kind), kind, key, err);
		if (*place)
			return BAD_STATEMENT(b, err, "key '%s' is given twice; remove one", key);
		*place = value;
	}
	return true;
}

static bool parse_attrs(struct graph_builder *b, struct op *op, const struct op_words *w,
			struct err *err)
{
	const struct op_row *row = op_row(op->kind);
	char why[160];

	b->attrs.n = 0;
	for (unsigned i = 0; i < row->n_attrs; i++) {
		const struct attr_spec *spec = &row->attrs[i];
		const char *value = w->values[spec->key];

		if (!value && !spec->def)
			return BAD_STATEMENT(b, err, "%s '%s' needs %s=", op_kind_name(op->kind),
					     op->id, attr_name(spec->key));
		if (!attr_parse(spec, value ? value : spec->def, &b->attrs, why, sizeof(why)))
			return BAD_STATEMENT(b, err,
					     "bad value of %s (found '%.100s', expected %s)",
					     attr_name(spec->key), value, why);
	}
	op->attrs = attr_store(b->g, &b->attrs);
	return true;
}

static bool check_input(struct graph_builder *b, uint32_t t, struct err *err)
{
	const struct tensor *tensor = &b->g->tensors[t];

	return (tensor->role != ROLE_INTERMEDIATE && tensor->role != ROLE_OUTPUT) ||
	       tensor->producer != NO_INDEX ||
	       BAD_STATEMENT(b, err,
			     "tensor '%s' is read before it is written (expected an output of an "
			     "earlier operator, or role=input or weight on line %u)",
			     tensor->id, tensor->line);
}

static bool check_output(struct graph_builder *b, const struct op *op, uint32_t t, struct err *err)
{
	struct tensor *tensor = &b->g->tensors[t];

	if (tensor->role == ROLE_INPUT || tensor->role == ROLE_WEIGHT)
		return BAD_STATEMENT(b, err, "tensor '%s' is %s %s, which no operator writes",
				     tensor->id, tensor->role == ROLE_INPUT ? "an" : "a",
				     role_name(tensor->role));
	if (tensor->role == ROLE_STATE)
		return op_row(op->kind)->class != OP_CLASS_VIEW ||
		       BAD_STATEMENT(b, err,
				     "the state '%s' is the output of a view, which writes "
				     "nothing",
				     tensor->id);
	if (tensor->producer != NO_INDEX)
		return BAD_STATEMENT(
			b, err, "tensor '%s' is written twice (first by '%s' on line %u)",
			tensor->id,
			tensor->producer == b->g->n_ops ? op->id : b->g->ops[tensor->producer].id,
			tensor->producer == b->g->n_ops ? (uint32_t)b->line
							: b->g->ops[tensor->producer].line);
	tensor->producer = (uint32_t)b->g->n_ops;
	return true;
}

/* Cuts a list of tensors and appends them to the operands. */
static bool parse_operands(struct graph_builder *b, struct op *op, char *list, bool are_inputs,
			   uint16_t *count, struct err *err)
{
	struct graph *g = b->g;

	for (char *id = list; id; (*count)++) {
		char *comma = strchr(id, ',');
		uint32_t t;

		if (comma)
			*comma = '\0';
		t = builder_tensor(b, id);
		if (*id == '\0')
			return BAD_STATEMENT(b, err, "an empty name in %s= (expected ID[,ID...])",
					     are_inputs ? "in" : "out");
		if (t == NO_INDEX)
			return statement_unknown(b, "tensor", id, &b->tensors, g->n_tensors, err);
		if (*count == MAX_OPERANDS || g->n_operands == MAX_GRAPH_OPERANDS)
			return err_at(err, ERR_LIMIT, b->file, b->line,
				      "more than %d operands of '%s', or %u of all", MAX_OPERANDS,
				      op->id, MAX_GRAPH_OPERANDS);
		if (!(are_inputs ? check_input(b, t, err) : check_output(b, op, t, err)))
			return false;
		GROW(g->operands, g->n_operands, b->operand_capacity);
		g->operands[g->n_operands++] = t;
		id = comma ? comma + 1 : NULL;
	}
	return true;
}

static bool check_count(struct graph_builder *b, const struct op *op, const char *what, unsigned n,
			unsigned min, unsigned max, struct err *err)
{
	const char *kind = op_kind_name(op->kind);

	if (n >= min && (n <= max || max == ANY_NUMBER))
		return true;
	if (min == max)
		return BAD_STATEMENT(b, err,
				     "%s '%s' has the wrong number of %s (found %u, expected %u)",
				     kind, op->id, what, n, min);
	if (max == ANY_NUMBER)
		return BAD_STATEMENT(b, err,
				     "%s '%s' has too few %s (found %u, expected at least %u)",
				     kind, op->id, what, n, min);
	return BAD_STATEMENT(b, err,
			     "%s '%s' has the wrong number of %s (found %u, expected %u to %u)",
			     kind, op->id, what, n, min, max);
}

/* Sums that reports print must fit. */
static bool add_work(struct graph_builder *b, uint32_t index, struct err *err)
{
	struct op_info info;

	op_describe(b->g, index, &info);
	b->macs = add_sat_u64(b->macs, info.macs);
	b->vector_ops = add_sat_u64(b->vector_ops, info.vector_ops);
	b->ideal_bytes = add_sat_u64(b->ideal_bytes, op_ideal_bytes(b->g, index));
	return (b->macs <= INT64_MAX && b->vector_ops <= INT64_MAX &&
		b->ideal_bytes <= INT64_MAX) ||
	       err_at(err, ERR_LIMIT, b->file, b->line,
		      "the work of the trace so far is too large to "
		      "count (expected at most 2^63-1 MACs, vector operations and bytes)");
}

static bool find_kind(struct graph_builder *b, const char *name, uint32_t *kind, struct err *err)
{
	struct nearest near;

	for (*kind = 0; *kind < N_OP_KINDS; (*kind)++)
		if (strcmp(name, op_kind_name(*kind)) == 0)
			return true;
	nearest_init(&near, name);
	for (uint32_t k = 0; k < N_OP_KINDS; k++)
		nearest_offer(&near, op_kind_name(k));
	if (near.best)
		return BAD_STATEMENT(b, err, "unknown kind of operator '%s'; did you mean '%s'?",
				     name, near.best);
	return BAD_STATEMENT(b, err,
			     "unknown kind of operator '%s' (expected one that 'memsim-trace "
			     "list' names)",
			     name);
}

static bool may_add_op(struct graph_builder *b, const char *name, struct err *err)
{
	uint32_t earlier = name_map_find(&b->ops, name);

	if (b->g->n_ops == MAX_GRAPH_OPS)
		return err_at(err, ERR_LIMIT, b->file, b->line, "more than %u operators",
			      MAX_GRAPH_OPS);
	return earlier == NO_INDEX || builder_is_earlier_op(b, earlier) ||
	       BAD_STATEMENT(b, err, "operator '%s' is declared twice (first on line %u)", name,
			     b->g->ops[earlier].line);
}

static bool read_op(struct graph_builder *b, char **words, size_t n_words, struct op *op,
		    struct err *err)
{
	struct op_words w;

	if (n_words < 3)
		return BAD_STATEMENT(b, err,
				     "op has %zu fields (expected op ID KIND in=ID[,ID...] "
				     "out=ID[,ID...] [KEY=VALUE...])",
				     n_words - 1);
	if (!check_id(b, words[1], err) || !find_kind(b, words[2], &op->kind, err) ||
	    !may_add_op(b, words[1], err) ||
	    !sort_words(b, op->kind, words + 3, n_words - 3, &w, err))
		return false;
	op->id = store_id(b, words[1], false);
	return parse_operands(b, op, w.in, true, &op->n_inputs, err) &&
	       check_count(b, op, "inputs", op->n_inputs, op_row(op->kind)->min_inputs,
			   op_row(op->kind)->max_inputs, err) &&
	       parse_operands(b, op, w.out, false, &op->n_outputs, err) &&
	       check_count(b, op, "outputs", op->n_outputs, op_row(op->kind)->min_outputs,
			   op_row(op->kind)->max_outputs, err) &&
	       parse_attrs(b, op, &w, err);
}

bool op_statement(struct graph_builder *b, char **words, size_t n_words, struct err *err)
{
	struct graph *g = b->g;
	struct op op = { .line = (uint32_t)b->line,
			 .group = NO_INDEX,
			 .operands = (uint32_t)g->n_operands };
	struct op_ctx c = { .g = g };

	if (!read_op(b, words, n_words, &op, err))
		return false;
	c.op = &op;
	if (!op_row(op.kind)->shape(&c))
		return BAD_STATEMENT(b, err, "%s '%s': %s", op_kind_name(op.kind), op.id, c.why);
	graph_resolve_views(g, &op);
	GROW(g->ops, g->n_ops, b->op_capacity);
	g->ops[g->n_ops++] = op;
	name_map_bind(&b->ops, (uint32_t)g->n_ops - 1);
	return add_work(b, (uint32_t)g->n_ops - 1, err);
}
