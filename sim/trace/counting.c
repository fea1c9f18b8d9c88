/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counting rules of Kim et al., arXiv 2302.14017, Tables 3, 10 and 11, and Figures 4 to 6:
 * operations and values moved by the layers of an encoder, or of a decoder that generates token by
 * token.  The paper prints the rules only in part; those marked "fit" were found by matching its
 * tables, and only the sums that they go into are known.  They are rules about kinds and about
 * places in a layer, as traces of memsim-trace name them, so this is the one file outside ir/
 * that knows either.
 *
 *   a product with a weight, l x k by k x n    2 l k n FLOP, the bias among them;
 *                                              l k + k n + l n values
 *   one of activations, m x k by k x n         m n (2 k - 1) FLOP; m k + k n + m n values
 *   softmax                                    4 FLOP and 2 values an element
 *   norm, GELU, add                            12, 8 and 1 FLOP an element (fit: 58 for each
 *                                              channel of a layer); operands and results
 *   an encoder's second residual add           two values an element, not three (fit)
 *
 * A token that is generated attends to t positions, half way between those before it and those
 * with it (fit: the sum over a sequence of length l is l^2 / 2).  Its two products count 4 d t FLOP
 * a head, and the keys and values of t positions, its own, its query and result, and its scores,
 * these once.  Embeddings, pooler and logits are not counted.
 */
#include "trace/counting.h"

#include <string.h>

#include "base/json_out.h"
#include "base/units.h"
#include "ir/attrs.h"
#include "ir/ops.h"
#include "trace/counting_onnx.h"

#define RULES "kim2023"

static const struct rule {
	uint32_t kind;
	uint64_t flops; /* an element of the result */
} vector_rules[] = {
	{ OP_softmax, 4 },
	{ OP_layernorm, 12 },
	{ OP_gelu, 8 },
	{ OP_add, 1 },
};

static const char *const part_names[] = {
#define X(NAME, text) text,
	COUNTING_PART_LIST(X)
#undef X
};

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* "attn.q" of "layer.attn.q[3]" or "t7.layer3.attn.q"; NULL outside the layers. */
static const char *place_in_layer(const char *id)
{
	if (*id == 't' && id[1 + strspn(id + 1, "0123456789")] == '.')
		id = strchr(id, '.') + 1;
	if (!starts_with(id, "layer") || id[5 + strspn(id + 5, "0123456789")] != '.')
		return NULL;
	return strchr(id, '.') + 1;
}

static uint8_t storage_role(const struct graph *g, uint32_t t)
{
	struct placement p;

	tensor_placement(g, t, &p);
	return g->tensors[p.storage].role;
}

static uint64_t input_elements(const struct graph *g, const struct op *op, unsigned i)
{
	return tensor_elements(g, op_input(g, op, i));
}

static uint64_t output_elements(const struct graph *g, const struct op *op)
{
	return tensor_elements(g, op_output(g, op, 0));
}

static void add(struct counting *to, uint64_t flops, uint64_t half_mops)
{
	to->flops += flops;
	to->half_mops += half_mops;
}

static bool reads_cache(const struct graph *g, const struct op *op)
{
	return op->kind == OP_matmul && storage_role(g, op_input(g, op, 1)) == ROLE_STATE;
}

/* The queries of a token by the cached keys, or its scores by the cached values. */
static void count_cached(const struct graph *g, const struct op *op, struct counting *to)
{
	const struct shape *b = graph_shape(g, op_input(g, op, 1));
	uint64_t width = b->dims[b->n_dims - 1], positions = b->dims[b->n_dims - 2];
	uint64_t new_row = input_elements(g, op, 1) / positions, half_t = 2 * positions - 1;
	bool is_keys = attr_int(g, op, ATTR_transpose_b);
	uint64_t query = is_keys ? input_elements(g, op, 0) : output_elements(g, op);

	add(to, query * half_t,
	    2 * query + 2 * new_row + new_row * half_t + (is_keys ? query / width * half_t : 0));
}

static void count_product(const struct graph *g, uint32_t index, const char *place,
			  struct counting *parts)
{
	const struct op *op = &g->ops[index];
	uint64_t values = input_elements(g, op, 0) + input_elements(g, op, 1) +
			  output_elements(g, op);
	struct op_info info;

	op_describe(g, index, &info);
	if (reads_cache(g, op))
		count_cached(g, op, &parts[COUNTING_ACT2ACT]);
	else if (storage_role(g, op_input(g, op, 1)) == ROLE_WEIGHT)
		add(&parts[starts_with(place, "attn.") ? COUNTING_MHA_PROJ : COUNTING_FFN_PROJ],
		    2 * info.red[0] * output_elements(g, op), 2 * values);
	else
		add(&parts[COUNTING_ACT2ACT], (2 * info.red[0] - 1) * output_elements(g, op),
		    2 * values);
}

/* The operator that makes input 0; NULL if none does. */
static const struct op *before(const struct graph *g, const struct op *op)
{
	uint32_t producer = g->tensors[op_input(g, op, 0)].producer;

	return producer == NO_INDEX ? NULL : &g->ops[producer];
}

static void count_vector(const struct graph *g, const struct op *op, const char *place,
			 const struct rule *rule, struct counting *to)
{
	const struct op *maker = before(g, op);
	uint64_t elements = output_elements(g, op), values = elements;

	for (unsigned i = 0; i < op->n_inputs; i++)
		values += input_elements(g, op, i);
	if (starts_with(place, "add2") && maker && maker->kind == OP_layernorm)
		values -= elements;
	if (op->kind == OP_softmax && maker && reads_cache(g, maker)) {
		const struct shape *scores = graph_shape(g, op_output(g, op, 0));
		uint64_t rows = elements / scores->dims[scores->n_dims - 1];

		/* half a position less of each row: of its work, and of what is read and written */
		add(to, rule->flops * elements - rule->flops * rows / 2, 2 * values - 2 * rows);
		return;
	}
	add(to, rule->flops * elements, 2 * values);
}

static bool count_op(const struct graph *g, uint32_t index, const char *place,
		     struct counting *parts, struct err *err)
{
	const struct op *op = &g->ops[index];
	struct op_info info;

	op_describe(g, index, &info);
	if (info.class == OP_CLASS_VIEW || op->kind == OP_kvappend)
		return true;
	if (op->kind == OP_matmul) {
		count_product(g, index, place, parts);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(vector_rules); i++) {
		if (vector_rules[i].kind != op->kind)
			continue;
		count_vector(g, op, place, &vector_rules[i], &parts[COUNTING_OTHER]);
		return true;
	}
	return err_trace(err, ERR_INPUT, op->line,
			 "operator '%s': the rules " RULES
			 " have none for %s (expected the layers of "
			 "BERT or GPT-2)",
			 op->id, op_kind_name(op->kind));
}

bool counting_collect(const char *rules, const struct graph *g,
		      struct counting parts[N_COUNTING_PARTS], struct err *err)
{
	size_t n = 0;

	if (strcmp(rules, RULES) != 0)
		return err_set(err, ERR_USAGE, "--counting: found '%s', expected " RULES " or " COUNTING_ONNX,
			       rules);
	memset(parts, 0, N_COUNTING_PARTS * sizeof(*parts));
	for (uint32_t i = 0; i < g->n_ops; i++) {
		const char *place = place_in_layer(g->ops[i].id);

		if (!place)
			continue;
		n++;
		if (!count_op(g, i, place, parts, err))
			return false;
	}
	return n > 0 ||
	       err_set(err, ERR_INPUT,
		       "the rules " RULES " count the layers of a transformer, and the trace "
		       "has none (expected operators named layer.…, as memsim-trace makes "
		       "them)");
}

static struct counting total_of(const struct counting parts[N_COUNTING_PARTS])
{
	struct counting total = { 0 };

	for (unsigned i = 0; i < N_COUNTING_PARTS; i++)
		add(&total, parts[i].flops, parts[i].half_mops);
	return total;
}

static void print_row(const char *name, const struct counting *c, struct buf *to)
{
	char gflops[32], gmops[32], intensity[32];

	format_ratio(c->flops, 1000000000, 6, gflops, sizeof(gflops));
	format_ratio(c->half_mops, 2000000000, 6, gmops, sizeof(gmops));
	format_ratio(2 * c->flops, c->half_mops, 4, intensity, sizeof(intensity));
	buf_printf(to, "  %-12s  %14s  %14s  %12s\n", name, gflops, gmops, intensity);
}

void counting_print_text(const char *rules, const struct counting parts[N_COUNTING_PARTS],
			 struct buf *to)
{
	struct counting total = total_of(parts);

	buf_printf(to, "  %-12s  %14s  %14s  %12s\n", rules, "GFLOP", "GMOP", "FLOP/MOP");
	for (unsigned i = 0; i < N_COUNTING_PARTS; i++)
		print_row(part_names[i], &parts[i], to);
	print_row("Total", &total, to);
}

static void json_row(struct json_out *j, const char *name, const struct counting *c)
{
	json_object(j, name);
	json_u64(j, "flops", c->flops);
	json_ratio(j, "mops", c->half_mops, 2, 1);
	json_ratio(j, "flops_per_mop", 2 * c->flops, c->half_mops, 6);
	json_end(j);
}

void counting_print_json(const char *rules, const struct counting parts[N_COUNTING_PARTS],
			 struct buf *to)
{
	struct counting total = total_of(parts);
	struct json_out j;

	json_init(&j, to);
	json_object(&j, NULL);
	json_string(&j, "counting", rules);
	for (unsigned i = 0; i < N_COUNTING_PARTS; i++)
		json_row(&j, part_names[i], &parts[i]);
	json_row(&j, "Total", &total);
	json_end(&j);
}
