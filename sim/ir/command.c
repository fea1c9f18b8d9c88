/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator's share of a vector command costs, by the operator table alone. */
#include "ir/command.h"

#define SUM_BITS 32 /* accumulation is f32 or i32 */

static void add_cost(struct vector_command *v, const struct vector_cost *cost, uint64_t elements,
		     uint64_t bits)
{
	for (unsigned k = 0; k < N_VECTOR_CLASSES; k++) {
		v->bytes[k] += ceil_div_u64(elements * cost->n[k] * bits, 8);
		if (k != VECTOR_CONVERT && k != VECTOR_MOVE)
			v->ops += elements * cost->n[k];
	}
}

uint32_t vector_part_tensor(const struct graph *g, const struct vector_part *part)
{
	const struct op *op = &g->ops[part->op];

	return part->pass == PASS_STATS ? op_input(g, op, 0) : op_output(g, op, 0);
}

void vector_command_add(struct vector_command *v, const struct graph *g,
			const struct op_info *info, const struct vector_part *part)
{
	uint64_t bits = dtype_bits(g->tensors[vector_part_tensor(g, part)].dtype), points = 1;

	if (part->pass == PASS_STATS) {
		add_cost(v, &info->stats, part->elements, bits);
	} else if (part->pass == PASS_APPLY) {
		add_cost(v, &info->apply, part->elements, bits);
	} else if (part->pass == PASS_ONLINE) {
		add_cost(v, &info->online.element, part->elements, bits);
	} else if (part->pass == PASS_RESCALE) {
		add_cost(v, &info->online.rescale, part->elements, SUM_BITS);
	} else if (part->pass == PASS_FINISH) {
		add_cost(v, &info->online.finish, part->elements, bits);
	} else {
		add_cost(v, &info->per_output, part->elements, bits);
		for (unsigned r = 0; r < info->n_red; r++)
			points *= info->red[r];
		if (info->class != OP_CLASS_MATRIX)
			add_cost(v, &info->per_reduced, part->elements * points, bits);
	}
}
