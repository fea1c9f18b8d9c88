/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traffic of fused kernels in closed form: chains and trees of operators move each of their
 * inputs once and their result once; what is moved beyond that has a name.  What is expected
 * is counted here, from the shapes as they are drawn, and nothing is asked of the plan.
 */
#include "base/buf.h"
#include "plan/plan.h"
#include "support/plan_draw.h"
#include "support/tap_main.h"

#include <check.h>
#include <stdlib.h>

#define MAX_LINES 64
#define MAX_BRANCH_OPS 5
#define VALUE_BYTES 2 /* f16 */

/* A fused kernel in the making. */
struct drawing {
	uint64_t seed;
	char *lines[MAX_LINES + 1];
	unsigned n_lines, n_tensors, n_ops;
	unsigned ops_left;      /* the last one's result is the kernel's */
	uint64_t outside_bytes; /* inputs, weights and the result, each once */
	uint64_t spilled_bytes; /* what a normalisation of whole maps reads that the kernel makes,
				   out and back */
	uint64_t twice_bytes;   /* what such a normalisation reads that comes from outside */
	bool has_window;
};

struct value {
	unsigned id, n_dims;
	uint32_t dim[4]; /* N, C, H, W; or rows, columns */
	bool is_made;
};

static uint32_t pick(struct drawing *d, uint32_t n)
{
	d->seed = d->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((d->seed >> 33) % n);
}

static uint64_t value_bytes(const struct value *v)
{
	uint64_t n = VALUE_BYTES;

	for (unsigned i = 0; i < v->n_dims; i++)
		n *= v->dim[i];
	return n;
}

static void add_line(struct drawing *d, struct buf *line)
{
	ck_assert_uint_lt(d->n_lines, MAX_LINES);
	d->lines[d->n_lines++] = line->data;
	d->lines[d->n_lines] = NULL;
}

/* Names a tensor; its line says `role`, if any. */
static void add_tensor(struct drawing *d, struct value *v, const char *role)
{
	struct buf line = BUF_INIT;

	v->id = d->n_tensors++;
	buf_printf(&line, "tensor t%u f16 ", v->id);
	for (unsigned i = 0; i < v->n_dims; i++)
		buf_printf(&line, "%s%u", i == 0 ? "" : "x", v->dim[i]);
	if (role != NULL)
		buf_printf(&line, " role=%s", role);
	add_line(d, &line);
}

static struct value outside(struct drawing *d, struct value like, const char *role)
{
	like.is_made = false;
	add_tensor(d, &like, role);
	d->outside_bytes += value_bytes(&like);
	return like;
}

static struct value vector_of(uint32_t n)
{
	return (struct value){.n_dims = 1, .dim = {n}};
}

/* One operator; `second` and `third` may be NULL. */
static struct value apply(struct drawing *d, const char *kind, const struct value *x,
			  const struct value *second, const struct value *third,
			  struct value result, const char *attributes)
{
	struct buf line = BUF_INIT;

	result.is_made = true;
	add_tensor(d, &result, d->ops_left == 1 ? "output" : NULL);
	d->outside_bytes += d->ops_left == 1 ? value_bytes(&result) : 0;
	buf_printf(&line, "op o%u %s in=t%u", d->n_ops++, kind, x->id);
	if (second != NULL)
		buf_printf(&line, ",t%u", second->id);
	if (third != NULL)
		buf_printf(&line, ",t%u", third->id);
	buf_printf(&line, " out=t%u %s", result.id, attributes);
	add_line(d, &line);
	d->ops_left--;
	return result;
}

static struct value unary(struct drawing *d, const struct value *x)
{
	static const char *const kinds[] = {"relu", "silu", "gelu", "sigmoid", "tanh", "exp"};

	return apply(d, kinds[pick(d, 6)], x, NULL, NULL, *x, "");
}

/* With another map, or rows, from outside. */
static struct value join_leaf(struct drawing *d, const struct value *x)
{
	struct value leaf = outside(d, *x, "input");

	return apply(d, pick(d, 2) ? "add" : "mul", x, &leaf, NULL, *x, "");
}

static struct value conv(struct drawing *d, const struct value *x)
{
	uint32_t k = 1 + 2 * pick(d, 3);
	uint32_t stride = k > 1 && (x->dim[2] | x->dim[3]) % 2 == 0 && pick(d, 3) == 0 ? 2 : 1;
	uint32_t to = stride * x->dim[1];
	struct value w =
		outside(d, (struct value){.n_dims = 4, .dim = {to, x->dim[1], k, k}}, "weight");
	struct value bias = outside(d, vector_of(to), "weight");
	struct value result = {.n_dims = 4, .dim = {1, to, x->dim[2] / stride, x->dim[3] / stride}};
	struct buf attributes = BUF_INIT;

	d->has_window |= k > 1;
	buf_printf(&attributes, "pad=%u stride=%u", k / 2, stride);
	result = apply(d, "conv2d", x, &w, &bias, result, attributes.data);
	buf_release(&attributes);
	return result;
}

static struct value depthwise(struct drawing *d, const struct value *x)
{
	struct value w =
		outside(d, (struct value){.n_dims = 4, .dim = {x->dim[1], 1, 3, 3}}, "weight");
	struct buf attributes = BUF_INIT;
	struct value result;

	d->has_window = true;
	buf_printf(&attributes, "pad=1 groups=%u", x->dim[1]);
	result = apply(d, "conv2d", x, &w, NULL, *x, attributes.data);
	buf_release(&attributes);
	return result;
}

static struct value pool(struct drawing *d, const struct value *x)
{
	struct value result = *x;

	if (x->dim[2] % 2 != 0 || x->dim[3] % 2 != 0 || pick(d, 2)) {
		d->has_window = true;
		return apply(d, pick(d, 2) ? "maxpool" : "avgpool", x, NULL, NULL, *x,
			     "kernel=3 stride=1 pad=1");
	}
	result.dim[2] /= 2;
	result.dim[3] /= 2;
	return apply(d, "maxpool", x, NULL, NULL, result, "kernel=2");
}

static struct value upsample(struct drawing *d, const struct value *x)
{
	struct value result = *x;

	result.dim[2] *= 2;
	result.dim[3] *= 2;
	d->has_window = true; /* tiles that begin in the middle of a pixel share it */
	return apply(d, "upsample", x, NULL, NULL, result,
		     pick(d, 2) ? "scale=2" : "scale=2 mode=bilinear");
}

static struct value batchnorm(struct drawing *d, const struct value *x)
{
	struct value scale = outside(d, vector_of(x->dim[1]), "weight");
	struct value shift = outside(d, vector_of(x->dim[1]), "weight");

	return apply(d, "batchnorm", x, &scale, &shift, *x, "");
}

static struct value groupnorm(struct drawing *d, const struct value *x)
{
	struct value gamma = outside(d, vector_of(x->dim[1]), "weight");
	struct value beta = outside(d, vector_of(x->dim[1]), "weight");

	*(x->is_made ? &d->spilled_bytes : &d->twice_bytes) +=
		(x->is_made ? 2 : 1) * value_bytes(x);
	return apply(d, "groupnorm", x, &gamma, &beta, *x, "groups=4");
}

/* An operator on maps. */
static struct value on_map(struct drawing *d, const struct value *x)
{
	switch (pick(d, 10)) {
	case 0:
	case 1:
		return conv(d, x);
	case 2:
		return depthwise(d, x);
	case 3:
		return pool(d, x);
	case 4:
		return x->dim[2] <= 24 ? upsample(d, x) : unary(d, x);
	case 5:
		return batchnorm(d, x);
	case 6:
		return groupnorm(d, x);
	case 7:
		return apply(d, "softmax", x, NULL, NULL, *x, "axis=1");
	case 8:
		return join_leaf(d, x);
	default:
		return unary(d, x);
	}
}

/* An operator on rows. */
static struct value on_rows(struct drawing *d, const struct value *x)
{
	struct value w, bias, result = *x;

	switch (pick(d, 6)) {
	case 0:
	case 1:
		result.dim[1] = 32 * (1 + pick(d, 4));
		w = outside(d, (struct value){.n_dims = 2, .dim = {x->dim[1], result.dim[1]}},
			    "weight");
		bias = outside(d, vector_of(result.dim[1]), "weight");
		return apply(d, "matmul", x, &w, &bias, result, "");
	case 2:
		return apply(d, "softmax", x, NULL, NULL, *x, "");
	case 3:
		w = outside(d, vector_of(x->dim[1]), "weight");
		bias = outside(d, vector_of(x->dim[1]), "weight");
		return apply(d, "layernorm", x, &w, &bias, *x, "");
	case 4:
		return join_leaf(d, x);
	default:
		return unary(d, x);
	}
}

/* `n` operators in a row from a leaf of this shape. */
static struct value chain(struct drawing *d, struct value shape, unsigned n)
{
	struct value x = outside(d, shape, "input");

	while (n-- > 0)
		x = shape.n_dims == 4 ? on_map(d, &x) : on_rows(d, &x);
	return x;
}

static void fuse_all(struct drawing *d)
{
	struct buf line = BUF_INIT;

	if (d->n_ops < 2)
		return;
	buf_puts(&line, "fuse");
	for (unsigned i = 0; i < d->n_ops; i++)
		buf_printf(&line, " o%u", i);
	add_line(d, &line);
}

static struct value random_leaf(struct drawing *d)
{
	if (pick(d, 3) == 0)
		return (struct value){.n_dims = 2,
				      .dim = {40 + pick(d, 100), 32 * (1 + pick(d, 4))}};
	return (struct value){
		.n_dims = 4,
		.dim = {1, 16 * (1 + pick(d, 2)), 8 + 2 * pick(d, 9), 8 + 2 * pick(d, 9)}};
}

/* Operators that keep the shape, so that branches meet. */
static struct value branch(struct drawing *d, struct value shape, unsigned n)
{
	struct value x = outside(d, shape, "input");

	for (; n > 0; n--)
		x = shape.n_dims == 2 || pick(d, 3) == 0 ? unary(d, &x)
		    : pick(d, 2)                         ? depthwise(d, &x)
							 : batchnorm(d, &x);
	return x;
}

static void draw_chain(struct drawing *d, uint64_t seed)
{
	*d = (struct drawing){.seed = seed};
	d->ops_left = 1 + pick(d, 8);
	(void)chain(d, random_leaf(d), d->ops_left);
	fuse_all(d);
}

/* Branches of one shape that meet one after the other, and a chain behind them. */
static void draw_tree(struct drawing *d, uint64_t seed)
{
	unsigned branches, length[4], behind;
	struct value shape, x;

	*d = (struct drawing){.seed = seed};
	branches = 2 + pick(d, 3);
	behind = pick(d, 3);
	d->ops_left = branches - 1 + behind;
	for (unsigned i = 0; i < branches; i++)
		d->ops_left += length[i] = pick(d, 3);
	shape = random_leaf(d);
	x = branch(d, shape, length[0]);
	for (unsigned i = 1; i < branches; i++) {
		struct value y = branch(d, shape, length[i]);

		x = apply(d, pick(d, 2) ? "add" : "max", &x, &y, NULL, shape, "");
	}
	while (behind-- > 0)
		x = shape.n_dims == 4 ? on_map(d, &x) : on_rows(d, &x);
	fuse_all(d);
}

static struct drawn run(const struct drawing *d, const struct machine *m)
{
	struct graph *g = draw_graph((const char *const *)d->lines);
	struct err err = {.code = ERR_NONE};
	struct plan *p = plan_new(g, m, SCHEDULE_TRACE, &err);
	struct drawn out;

	ck_assert_msg(p != NULL, "%s", err.text);
	ck_assert_uint_eq(plan_n_kernels(p), 1);
	draw_plan(g, m, p, 0, &out);
	plan_free(p);
	graph_free(g);
	return out;
}

static void release(struct drawing *d)
{
	for (unsigned i = 0; i < d->n_lines; i++)
		free(d->lines[i]);
}

/* Fails with the kernel's lines. */
static void expect_bytes(const struct drawing *d, const char *what, uint64_t found,
			 uint64_t expected)
{
	struct buf lines = BUF_INIT;

	if (found == expected)
		return;
	for (unsigned i = 0; i < d->n_lines; i++)
		buf_printf(&lines, "%s\n", d->lines[i]);
	ck_abort_msg("%s: %" PRIu64 ", expected %" PRIu64 ":\n%s", what, found, expected,
		     lines.data);
}

static uint64_t beyond(const struct drawn *r)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < N_TRAFFIC; i++)
		sum += i == TRAFFIC_COMPULSORY ? 0 : r->bytes[i];
	return sum;
}

static struct machine roomy(uint32_t cores)
{
	struct machine m = draw_machine();

	m.core_count = cores;
	m.spad_bytes = 64 << 20;
	m.acc_bytes = 16 << 20;
	return m;
}

/*
 * One core with room for everything, and a memory so slow that nothing is worth moving twice:
 * beyond its inputs and its result a kernel moves the maps that are normalised, and those alone.
 */
static void check_one_core(const struct drawing *d, uint32_t groupnorm)
{
	struct machine m = roomy(1);
	struct drawn r;

	m.groupnorm = groupnorm;
	m.hbm_bandwidth = 10000000;
	r = run(d, &m);
	expect_bytes(d, "compulsory", r.bytes[TRAFFIC_COMPULSORY], d->outside_bytes);
	expect_bytes(d, "moved", r.read_bytes + r.write_bytes, d->outside_bytes + beyond(&r));
	expect_bytes(d, "halo", r.bytes[TRAFFIC_HALO], 0);
	expect_bytes(d, "refetch", r.bytes[TRAFFIC_REFETCH], 0);
	expect_bytes(d, "padding", r.bytes[TRAFFIC_PADDING], 0);
	expect_bytes(d, "spill", r.bytes[TRAFFIC_SPILL],
		     groupnorm == GROUPNORM_GIVEN ? 0 : d->spilled_bytes);
	/* what comes from outside may stay on chip for the second pass */
	if (groupnorm == GROUPNORM_GIVEN || r.bytes[TRAFFIC_SECOND_PASS] != d->twice_bytes)
		expect_bytes(d, "second pass", r.bytes[TRAFFIC_SECOND_PASS], 0);
}

static void check_many_cores(const struct drawing *d)
{
	struct machine m = roomy(6);
	struct drawn r = run(d, &m);

	expect_bytes(d, "compulsory", r.bytes[TRAFFIC_COMPULSORY], d->outside_bytes);
	expect_bytes(d, "moved", r.read_bytes + r.write_bytes, d->outside_bytes + beyond(&r));
}

#define DRAWINGS 200

START_TEST(a_chain_moves_its_inputs_and_its_result)
{
	for (uint64_t seed = 1; seed <= DRAWINGS; seed++) {
		struct drawing d;

		draw_chain(&d, seed);
		check_one_core(&d, GROUPNORM_GIVEN);
		check_one_core(&d, GROUPNORM_SPILL);
		check_many_cores(&d);
		release(&d);
	}
}
END_TEST

START_TEST(a_tree_moves_its_leaves_and_its_result)
{
	for (uint64_t seed = 1; seed <= DRAWINGS; seed++) {
		struct drawing d;

		draw_tree(&d, seed);
		check_one_core(&d, GROUPNORM_GIVEN);
		check_one_core(&d, GROUPNORM_SPILL);
		check_many_cores(&d);
		release(&d);
	}
}
END_TEST

/* Keys of a causal product that no row of a tile sees are not read: of tiles of Br rows, the i-th
 * reads the first i Br keys, up to the end of a chunk. */
START_TEST(a_causal_plan_reads_the_keys_that_its_rows_see)
{
	enum { HEADS = 5, TOKENS = 320, KEY_BYTES = 64 * VALUE_BYTES };
	static const char *const lines[] = {
		"tensor q f16 1x5x320x64 role=input layout=nchw",
		"tensor k f16 1x5x320x64 role=input layout=nchw",
		"tensor v f16 1x5x320x16 role=input layout=nchw",
		"tensor s f16 1x5x320x320 layout=nchw",
		"tensor p f16 1x5x320x320 layout=nchw",
		"tensor o f16 1x5x320x16 role=output layout=nchw",
		"op qk matmul in=q,k out=s transpose_b=1 mask=causal",
		"op norm softmax in=s out=p",
		"op pv matmul in=p,v out=o",
		"fuse qk norm pv",
		NULL,
	};
	struct machine m = draw_machine();
	struct graph *g = draw_graph(lines);
	struct err err = {.code = ERR_NONE};
	uint64_t tiles, chunk, least = 0;
	struct drawn r;
	struct plan *p;

	m.core_count = 1;
	m.spad_bytes = 32 << 10;
	m.acc_bytes = 16 << 10;
	m.softmax = SOFTMAX_ONLINE;
	p = plan_new(g, &m, SCHEDULE_TRACE, &err);
	ck_assert_msg(p != NULL, "%s", err.text);
	draw_plan(g, &m, p, 0, &r);
	tiles = r.tensor_reads[2] / (HEADS * TOKENS * 16 * VALUE_BYTES); /* values, whole */
	chunk = round_up_u64(ceil_div_u64(2 * HEADS * tiles * TOKENS, r.products), 16);
	ck_assert_uint_gt(tiles, 2);
	ck_assert_uint_lt(chunk, TOKENS / 2);
	for (uint64_t i = 1; i <= tiles; i++)
		least += HEADS * KEY_BYTES * min_u64(i * ceil_div_u64(TOKENS, tiles), TOKENS);
	ck_assert_uint_ge(r.tensor_reads[1], least);
	ck_assert_uint_le(r.tensor_reads[1], least + tiles * HEADS * KEY_BYTES * chunk);
	ck_assert_uint_eq(r.bytes[TRAFFIC_REFETCH],
			  r.tensor_reads[1] + r.tensor_reads[2] -
				  HEADS * TOKENS * (64 + 16) * VALUE_BYTES);
	plan_free(p);
	graph_free(g);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("closed_form");
	TCase *c = tcase_create("traffic");

	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_chain_moves_its_inputs_and_its_result);
	tcase_add_test(c, a_tree_moves_its_leaves_and_its_result);
	tcase_add_test(c, a_causal_plan_reads_the_keys_that_its_rows_see);
	suite_add_tcase(s, c);
	return tap_main(s);
}
