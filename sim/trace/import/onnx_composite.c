/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rewrites of a draft: operators that an exporter took apart become the one that they stand for.
 * A composite is taken for one only if nobody else reads what lies within it.  The rewritten step
 * keeps the name of one of its nodes: of the first for a norm, of the last for an activation.
 */
#include <stdio.h>
#include <string.h>

#include "trace/import/onnx_node.h"

static struct step *made_by(const struct value *v, const char *kind)
{
	struct step *s = v->maker;

	return s && !s->is_dropped && strcmp(s->kind, kind) == 0 ? s : NULL;
}

static bool is_inner(const struct value *v)
{
	return v->n_readers == 1 && !v->is_output && !v->is_static;
}

/* The only reader, if it is of that kind. */
static struct step *read_by(const struct value *v, const char *kind)
{
	struct step *s = is_inner(v) ? v->reader : NULL;

	return s && !s->is_dropped && strcmp(s->kind, kind) == 0 ? s : NULL;
}

static bool is_number(const struct value *v)
{
	return v->is_static && !v->in_weight && value_elements(v) == 1;
}

/* The other operand of a step with two. */
static struct value *other(const struct step *s, const struct value *v)
{
	return s->in[0] == v ? s->in[1] : s->in[0];
}

/* x of an operator of `kind` on x and a number; NULL if it is none. */
static struct value *scaled(const struct value *v, const char *kind)
{
	struct step *s = made_by(v, kind);

	if (!s)
		return NULL;
	if (is_number(s->in[1]))
		return s->in[0];
	return is_number(s->in[0]) ? s->in[1] : NULL;
}

static void drop(struct step *s)
{
	s->is_dropped = true;
	for (unsigned i = 0; i < s->n_in; i++)
		s->in[i]->n_readers--;
}

static void rewrite(struct draft *d, struct step *s, const char *kind, struct value *const *in,
		    unsigned n_in, struct value *out)
{
	for (unsigned i = 0; i < n_in; i++) {
		in[i]->n_readers++;
		in[i]->reader = s;
	}
	for (unsigned i = 0; i < s->n_in; i++)
		s->in[i]->n_readers--;
	s->kind = kind;
	s->in = arena_alloc(d->arena, n_in * sizeof(*s->in));
	memcpy(s->in, in, n_in * sizeof(*s->in));
	s->n_in = n_in;
	s->out[0] = out;
	out->maker = s;
}

static bool same_dims(const struct value *a, const struct value *b)
{
	return a->n_dims == b->n_dims &&
	       memcmp(a->dims, b->dims, a->n_dims * sizeof(*a->dims)) == 0;
}

/* A parameter that is only read turned round lies so: that is done before the run. */
static void settle_weight(struct step *s)
{
	struct value *w = s->in[0], *turned = s->out[0];

	if (!w->is_weight || w->n_readers != 1)
		return;
	memcpy(w->dims, turned->dims, sizeof(w->dims));
	for (struct step *reader = turned->reader; reader && turned->n_readers == 1;) {
		for (unsigned i = 0; i < reader->n_in; i++)
			if (reader->in[i] == turned)
				reader->in[i] = w;
		w->reader = reader;
		s->is_dropped = true;
		return;
	}
}

void onnx_drop_unread(struct draft *d)
{
	for (size_t i = d->n_steps; i-- > 0;) {
		struct step *s = d->steps[i];
		bool is_read = false;

		for (unsigned k = 0; k < s->n_out; k++)
			is_read |= s->out[k]->n_readers > 0 || !s->out[k]->is_static;
		if (!s->is_dropped && !is_read)
			drop(s);
	}
}

static bool is_all(const struct value *v, int64_t bits)
{
	if (!value_is_known(v) || v->dtype != DTYPE_F32)
		return false;
	for (uint64_t i = 0; i < value_elements(v); i++)
		if (v->known[i] != bits)
			return false;
	return true;
}

#define BITS_OF_ONE 0x3f800000

/* reshape, a norm over the last dimension without an effect of its own, reshape: the norm over
 * groups of channels that these three stand for. */
static void settle_group_norm(struct draft *d, struct step *norm)
{
	struct step *before = made_by(norm->in[0], "reshape");
	struct step *after = read_by(norm->out[0], "reshape");
	struct value *x, *flat = norm->in[0], *y;

	if (!before || !after || norm->n_in != 3 || !is_inner(flat))
		return;
	x = before->in[0];
	y = after->out[0];
	if (flat->n_dims != 3 || x->n_dims < 3 || !same_dims(x, y) || x->is_static ||
	    x->dims[0] != flat->dims[0] || x->dims[1] % flat->dims[1] != 0 ||
	    !is_all(norm->in[1], BITS_OF_ONE) || !is_all(norm->in[2], 0))
		return;
	drop(before);
	drop(after);
	rewrite(d, norm, "groupnorm", &x, 1, y);
}

void onnx_settle(struct draft *d)
{
	for (size_t i = 0; i < d->n_steps; i++) {
		struct step *s = d->steps[i];

		if (!s->is_dropped && strcmp(s->kind, "transpose") == 0)
			settle_weight(s);
		else if (!s->is_dropped && strcmp(s->kind, "groupnorm") == 0)
			settle_group_norm(d, s);
	}
}

/* A parameter of `count` elements along dimension `axis` of x, as a vector; NULL if it is none. */
static struct value *vector_along(struct value *v, const struct value *x, unsigned axis)
{
	int64_t count = x->dims[axis];
	unsigned from_end = x->n_dims - axis;

	if (!v->is_static || v->n_dims > x->n_dims || value_elements(v) != (uint64_t)count ||
	    v->n_dims < from_end || v->dims[v->n_dims - from_end] != count)
		return NULL;
	while (v->n_dims != 1 && v->maker && strcmp(v->maker->kind, "reshape") == 0)
		v = v->maker->in[0];
	return v->n_dims == 1 ? v : NULL;
}

/* mul by gamma and add of beta after a norm along `axis`. */
static void take_affine(struct draft *d, struct step *norm, unsigned axis)
{
	struct value *x = norm->in[0], *y = norm->out[0], *gamma, *beta;
	struct step *scale = read_by(y, "mul"), *shift;
	struct value *operands[3] = { x };

	if (!scale || norm->n_in != 1)
		return;
	gamma = vector_along(other(scale, y), x, axis);
	if (!gamma)
		return;
	operands[1] = gamma;
	shift = read_by(scale->out[0], "add");
	beta = shift ? vector_along(other(shift, scale->out[0]), x, axis) : NULL;
	operands[2] = beta;
	if (!same_dims(scale->out[0], x))
		return;
	drop(scale);
	if (beta)
		drop(shift);
	rewrite(d, norm, norm->kind, operands, beta ? 3 : 2, (beta ? shift : scale)->out[0]);
}

/* Mean over the last dimension, kept. */
static struct value *mean_of(const struct value *v)
{
	struct step *s = made_by(v, "reduce");
	char want[64];

	if (!s || s->in[0]->n_dims == 0)
		return NULL;
	snprintf(want, sizeof(want), "fn=mean axes=%u keepdims=1", s->in[0]->n_dims - 1);
	return strcmp(s->attrs, want) == 0 ? s->in[0] : NULL;
}

/* The x of sqrt(mean(x^2) + e), whose five values nobody else reads; their steps in `inner`. */
static struct value *root_mean_square(struct value *root, struct step *inner[4])
{
	struct step *sqrt_step = made_by(root, "sqrt"), *power;
	struct value *sum, *mean, *square, *x;

	if (!sqrt_step || !is_inner(root))
		return NULL;
	sum = sqrt_step->in[0];
	mean = is_inner(sum) ? scaled(sum, "add") : NULL;
	square = mean && is_inner(mean) ? mean_of(mean) : NULL;
	x = square && is_inner(square) ? scaled(square, "pow") : NULL;
	power = square ? made_by(square, "mul") : NULL;
	if (!x && power && is_inner(square) && power->in[0] == power->in[1])
		x = power->in[0];
	if (!x)
		return NULL;
	inner[0] = sqrt_step;
	inner[1] = sum->maker;
	inner[2] = mean->maker;
	inner[3] = square->maker;
	return x;
}

static void drop_all(struct step *const *inner, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		drop(inner[i]);
}

/* div of x - mean(x) by the root of its mean square, or of x itself by that of its own. */
static void fold_norm(struct draft *d, struct step *div)
{
	struct value *top = div->in[0], *x, *y = div->out[0];
	struct step *inner[4], *sub = made_by(top, "sub"), *mean_step;
	unsigned n_readers = top->n_readers;

	if (root_mean_square(div->in[1], inner) != top)
		return;
	x = sub ? mean_of(sub->in[1]) : NULL;
	mean_step = x && x == sub->in[0] && is_inner(sub->in[1]) ? sub->in[1]->maker : NULL;
	div->attrs = draft_text(d, "axis=%u", top->n_dims - 1);
	drop_all(inner, 4);
	/* the square and the quotient read the difference; a square by mul reads it twice */
	if (mean_step && !top->is_output && n_readers <= 3 && top->n_readers == 1) {
		drop(sub);
		drop(mean_step);
		rewrite(d, div, "layernorm", &x, 1, y);
	} else {
		rewrite(d, div, "rmsnorm", &top, 1, y);
	}
	take_affine(d, div, top->n_dims - 1);
}

static void fold_silu(struct draft *d, struct step *mul)
{
	for (unsigned i = 0; i < 2; i++) {
		struct value *x = mul->in[i], *gate = mul->in[1 - i];
		struct step *sigmoid = made_by(gate, "sigmoid");

		if (!sigmoid || sigmoid->in[0] != x || !is_inner(gate))
			continue;
		drop(sigmoid);
		rewrite(d, mul, "silu", &x, 1, mul->out[0]);
		return;
	}
}

/* What follows the inner function of either GELU: add a number, times x or a scaled x, and maybe
 * times a number.  NULL if it is something else; else the last step, with what to drop. */
static struct step *gelu_end(struct step *function, struct value *x, struct step *inner[3],
			     unsigned *n)
{
	struct step *add = read_by(function->out[0], "add"), *mul, *last;
	struct value *factor;

	*n = 0;
	if (!add || !is_number(other(add, function->out[0])))
		return NULL;
	mul = read_by(add->out[0], "mul");
	if (!mul)
		return NULL;
	inner[(*n)++] = add;
	factor = other(mul, add->out[0]);
	if (factor != x) {
		if (!is_inner(factor) || (scaled(factor, "mul") != x && scaled(factor, "div") != x))
			return NULL;
		inner[(*n)++] = factor->maker;
		return mul;
	}
	last = read_by(mul->out[0], "mul");
	if (!last || !is_number(other(last, mul->out[0])))
		return mul;
	inner[(*n)++] = mul;
	return last;
}

static void fold_gelu(struct draft *d, struct step *function, struct value *x,
		      struct step *const *before, unsigned n_before)
{
	struct step *after[3], *last;
	unsigned n_after;

	last = gelu_end(function, x, after, &n_after);
	if (!last)
		return;
	drop_all(before, n_before);
	drop(function);
	drop_all(after, n_after);
	last->attrs = "";
	rewrite(d, last, "gelu", &x, 1, last->out[0]);
}

static void fold_erf(struct draft *d, struct step *erf)
{
	struct value *u = erf->in[0], *x = scaled(u, "div");

	if (!x)
		x = scaled(u, "mul");
	if (x && is_inner(u))
		fold_gelu(d, erf, x, &u->maker, 1);
}

/* tanh of c (x + k x^3) */
static void fold_tanh(struct draft *d, struct step *tanh_step)
{
	struct value *u = tanh_step->in[0], *sum = is_inner(u) ? scaled(u, "mul") : NULL;
	struct step *add = sum && is_inner(sum) ? made_by(sum, "add") : NULL, *before[4];

	for (unsigned i = 0; add && i < 2; i++) {
		struct value *x = add->in[i], *term = add->in[1 - i];
		struct value *cube = is_inner(term) ? scaled(term, "mul") : NULL;

		if (!cube || !is_inner(cube) || scaled(cube, "pow") != x)
			continue;
		before[0] = u->maker;
		before[1] = add;
		before[2] = term->maker;
		before[3] = cube->maker;
		fold_gelu(d, tanh_step, x, before, 4);
		return;
	}
}

static void fold_bias(struct draft *d, struct step *add)
{
	for (unsigned i = 0; i < 2; i++) {
		struct value *product = add->in[i];
		struct step *matmul = made_by(product, "matmul");
		struct value *bias = product->n_dims ? vector_along(add->in[1 - i], product,
								     product->n_dims - 1) : NULL;

		if (!matmul || !bias || matmul->n_in != 2 || !is_inner(product) ||
		    !same_dims(product, add->out[0]))
			continue;
		drop(add);
		rewrite(d, matmul, "matmul",
			(struct value *[]){ matmul->in[0], matmul->in[1], bias }, 3, add->out[0]);
		return;
	}
}

/* Scores times a number: exp(c x - c max) is as much work as exp(x - max). */
static void fold_scale(struct draft *d, struct step *softmax)
{
	struct value *scores = softmax->in[0], *x = scaled(scores, "mul");

	if (!x)
		x = scaled(scores, "div");
	if (!x || !is_inner(scores) || !same_dims(x, scores))
		return;
	drop(scores->maker);
	rewrite(d, softmax, "softmax", &x, 1, softmax->out[0]);
}

/* Its last two dimensions, exchanged. */
static struct value *turned(const struct value *v)
{
	struct step *s = made_by(v, "transpose");
	unsigned n = v->n_dims;
	struct buf want = BUF_INIT;
	bool is_it;

	if (!s || n < 2)
		return NULL;
	for (unsigned i = 0; i < n; i++)
		buf_printf(&want, "%s%u", i ? "," : "perm=", i < n - 2 ? i : 2 * n - 3 - i);
	is_it = strcmp(want.data, s->attrs) == 0;
	buf_release(&want);
	return is_it ? s->in[0] : NULL;
}

/* A product takes an operand turned round as it lies. */
static void fold_turns(struct draft *d, struct step *matmul)
{
	bool turns[2] = { strstr(matmul->attrs, "transpose_a=1") != NULL,
			  strstr(matmul->attrs, "transpose_b=1") != NULL };

	for (unsigned i = 0; i < 2; i++) {
		struct value *v = matmul->in[i], *source = turned(v);

		if (!source || v->is_output)
			continue;
		turns[i] = !turns[i];
		matmul->in[i] = source;
		source->n_readers++;
		source->reader = matmul;
		if (--v->n_readers == 0)
			drop(v->maker);
	}
	matmul->attrs = draft_text(d, "transpose_a=%d transpose_b=%d", turns[0], turns[1]);
}

static void take_channels(struct draft *d, struct step *norm)
{
	take_affine(d, norm, 1);
}

void onnx_fold_composites(struct draft *d)
{
	static const struct {
		const char *kind;
		void (*fold)(struct draft *d, struct step *s);
	} folds[] = {
		{ "groupnorm", take_channels }, { "div", fold_norm }, { "mul", fold_silu },
		{ "erf", fold_erf },		{ "tanh", fold_tanh }, { "add", fold_bias },
		{ "softmax", fold_scale },	{ "matmul", fold_turns },
	};

	for (size_t i = 0; i < d->n_steps; i++)
		for (size_t k = 0; k < ARRAY_SIZE(folds); k++)
			if (!d->steps[i]->is_dropped &&
			    strcmp(d->steps[i]->kind, folds[k].kind) == 0) {
				folds[k].fold(d, d->steps[i]);
				break;
			}
}
