/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work is counted, not placed: that products and elements are enough for the operator,
 * not which of them a command makes.  More than enough is recomputation.
 */
#include "planfile/work.h"

#include <stdlib.h>
#include <string.h>

/* What was done for an operator of the kernel at hand. */
struct done {
	uint64_t products;           /* m * k * n * batches */
	uint64_t since_barrier;      /* of them */
	uint64_t elements[N_PASSES]; /* all of them saturated */
	uint64_t rate_cycles_x100;
};

struct work {
	const struct parser *p;
	const struct needs *needs;
	struct done *done; /* by position in the kernel */
	size_t capacity;
};

struct work *work_new(const struct parser *p, const struct needs *needs)
{
	struct work *w = xcalloc(1, sizeof(*w));

	w->p = p;
	w->needs = needs;
	return w;
}

void work_free(struct work *w)
{
	if (w == NULL)
		return;
	free(w->done);
	free(w);
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return add_u64(a, b, &sum) ? sum : UINT64_MAX;
}

/* The operator that makes what a storage holds, past views: NO_INDEX, none or several. */
static uint32_t maker_of(const struct work *w, uint32_t tensor)
{
	uint32_t producer = w->p->g->tensors[storage_of(w->p->g, tensor)].producer;

	return producer == NO_INDEX || w->needs->is_view[producer] ? NO_INDEX : producer;
}

/* Operands are made by this kernel or one before. */
bool work_kernel(struct work *w, struct err *err)
{
	const struct file_kernel *k = &w->p->kernel;
	const struct graph *g = w->p->g;

	for (size_t i = 0; i < k->n_ops; i++) {
		const struct op *op = &g->ops[k->ops[i]];

		GROW(w->done, i, w->capacity);
		w->done[i] = (struct done){.products = 0};
		for (unsigned j = 0; j < op->n_inputs; j++) {
			uint32_t maker = maker_of(w, op_input(g, op, j));

			if (maker != NO_INDEX && maker < k->ops[i] &&
			    w->p->kernel_of_op[maker] == NO_INDEX)
				return BAD_LINE(
					&w->p->reading, err,
					"operator '%s' needs operator '%s', which no kernel "
					"up to this one has",
					op->id, g->ops[maker].id);
		}
	}
	return true;
}

static struct done *done_of(struct work *w, uint32_t op)
{
	return &w->done[w->p->position_of_op[op]];
}

void work_command(struct work *w, const struct command *c)
{
	if (c->unit == UNIT_MATRIX) {
		const struct matrix_work *m = &c->matrix.work;
		struct done *d = done_of(w, c->op);

		/* parse_matrix() has bounded it by the operator's */
		d->since_barrier = add_saturated(d->since_barrier, m->m * m->k * m->n * m->batches);
	}
	for (size_t i = 0; c->unit == UNIT_VECTOR && i < c->vector.n_parts; i++) {
		const struct vector_part *part = &c->vector.parts[i];
		uint64_t *elements = &done_of(w, part->op)->elements[part->pass];

		*elements = add_saturated(*elements, part->elements);
	}
}

/* The products between two barriers become MACs and cycles, rounded down together. */
void work_barrier(struct work *w)
{
	const struct file_kernel *k = &w->p->kernel;

	for (size_t i = 0; i < k->n_ops; i++) {
		const struct op_info *info = &k->infos[i];
		struct done *d = &w->done[i];
		uint64_t percent;

		if (d->since_barrier == 0)
			continue;
		percent = machine_macs_per_cycle_percent(w->p->m, info->matrix_dtype);
		d->rate_cycles_x100 = add_saturated(
			d->rate_cycles_x100,
			mul_div_u64(d->since_barrier, 10000, percent * w->p->m->core_count));
		d->products = add_saturated(d->products, d->since_barrier);
		d->since_barrier = 0;
	}
}

static bool complain(const struct work *w, size_t at, const char *what, uint64_t found,
		     uint64_t needed, struct err *err)
{
	const struct file_kernel *k = &w->p->kernel;

	return BAD_LINE(&w->p->reading, err,
			"kernel '%s' ends with %" PRIu64 " of the %" PRIu64
			" %s of operator '%s' done",
			k->name, found, needed, what, w->p->g->ops[k->ops[at]].id);
}

/* The statistics of elements that were not made in one pass, unless they are given. */
static bool check_statistics(const struct work *w, size_t at, uint64_t made, struct err *err)
{
	const struct op *op = &w->p->g->ops[w->p->kernel.ops[at]];
	uint64_t operands = tensor_elements(w->p->g, op_input(w->p->g, op, 0));
	uint64_t results = region_elements(&w->p->kernel.infos[at].out);
	uint64_t counted = w->done[at].elements[PASS_STATS];

	return made >= results || counted >= operands ||
	       (w->p->kernel.infos[at].is_norm && w->p->m->groupnorm == GROUPNORM_GIVEN) ||
	       complain(w, at, "elements of the statistics", counted, operands, err);
}

/* What was made online is finished in the result of the products that read it. */
static bool check_finished(const struct work *w, size_t at, struct err *err)
{
	const struct file_kernel *k = &w->p->kernel;
	const struct graph *g = w->p->g;
	const struct done *d = &w->done[at];
	uint64_t needed = 0;

	for (size_t i = 0; d->elements[PASS_ONLINE] > 0 && i < k->n_ops; i++) {
		const struct op *reader = &g->ops[k->ops[i]];

		for (unsigned j = 0; k->infos[i].class == OP_CLASS_MATRIX && j < reader->n_inputs;
		     j++)
			if (op_input(g, reader, j) == op_output(g, &g->ops[k->ops[at]], 0))
				needed = max_u64(needed,
						 tensor_elements(g, op_output(g, reader, 0)));
	}
	return d->elements[PASS_FINISH] >= needed ||
	       complain(w, at, "finished elements", d->elements[PASS_FINISH], needed, err);
}

static bool check_done(const struct work *w, size_t at, struct err *err)
{
	const struct file_kernel *k = &w->p->kernel;
	const struct op_info *info = &k->infos[at];
	const struct done *d = &w->done[at];
	uint64_t results = region_elements(&info->out);
	uint64_t made = add_saturated(d->elements[PASS_FULL], d->elements[PASS_ONLINE]);
	uint64_t applied = add_saturated(made, d->elements[PASS_APPLY]);

	if (!w->needs->is_whole[k->ops[at]])
		return true;
	if (info->class == OP_CLASS_MATRIX && d->products < info->macs)
		return complain(w, at, "products", d->products, info->macs, err);
	if (applied < results)
		return complain(w, at, "elements", applied, results, err);
	return check_statistics(w, at, made, err) && check_finished(w, at, err);
}

bool work_kernel_end(struct work *w, struct kernel *out, struct err *err)
{
	const struct file_kernel *k = &w->p->kernel;

	work_barrier(w);
	for (size_t i = 0; i < k->n_ops; i++) {
		if (!check_done(w, i, err))
			return false;
		out->macs += k->infos[i].macs;
		out->vector_ops += k->infos[i].vector_ops;
		out->ideal_bytes += op_ideal_bytes(w->p->g, k->ops[i]);
		out->executed_macs = add_saturated(out->executed_macs, w->done[i].products);
		out->rate_cycles_x100 =
			add_saturated(out->rate_cycles_x100, w->done[i].rate_cycles_x100);
	}
	return true;
}

bool work_plan_end(const struct work *w, struct err *err)
{
	const struct graph *g = w->p->g;

	for (uint32_t o = 0; o < g->n_ops; o++)
		if (w->p->kernel_of_op[o] == NO_INDEX && !w->needs->is_view[o])
			return err_at(err, ERR_INPUT, w->p->reading.file,
				      lines_number(w->p->reading.lines),
				      "operator '%s' is in no kernel", g->ops[o].id);
	return true;
}
