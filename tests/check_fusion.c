/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways to fuse, drawn to the last command: what each moves and computes against closed forms.
 */
#include "plan/plan.h"
#include "support/plan_draw.h"
#include "support/tap_main.h"

#include <check.h>
#include <string.h>

/* One kernel, drawn whole; tensors keep the order of the lines. */
static struct drawn draw(const char *const *lines, const struct machine *m)
{
	struct graph *g = draw_graph(lines);
	struct err err = {.code = ERR_NONE};
	struct plan *p = plan_new(g, m, SCHEDULE_TRACE, &err);
	struct drawn d;

	ck_assert_msg(p != NULL, "%s", err.text);
	ck_assert_uint_eq(plan_n_kernels(p), 1);
	draw_plan(g, m, p, 0, &d);
	plan_free(p);
	graph_free(g);
	return d;
}

/* Five heads, 200 rows against 300 keys: nothing divides evenly. */
#define HEADS 5
#define ROWS 200
#define KEYS 300
#define DEPTH 64
#define WIDTH 16 /* of the matrix unit: the result's columns are not cut */
enum { Q, K, V, S, P, O };
static const char *const attention[] = {
	"tensor q f16 1x5x200x64 role=input",
	"tensor k f16 1x5x300x64 role=input",
	"tensor v f16 1x5x300x16 role=input",
	"tensor s f16 1x5x200x300",
	"tensor p f16 1x5x200x300",
	"tensor o f16 1x5x200x16 role=output",
	"op qk matmul in=q,k out=s transpose_b=1",
	"op norm softmax in=s out=p",
	"op pv matmul in=p,v out=o",
	"fuse qk norm pv",
	NULL,
};

static struct machine online_machine(uint64_t acc_bytes)
{
	struct machine m = draw_machine();

	m.core_count = 1;
	m.spad_bytes = 64 * 1024;
	m.acc_bytes = acc_bytes;
	m.softmax = SOFTMAX_ONLINE;
	return m;
}

/*
 * q and o once; k and v once for each tile of rows; scores never.
 */
static uint64_t check_attention_bytes(const struct drawn *d)
{
	const uint64_t k_bytes = HEADS * KEYS * DEPTH * 2, v_bytes = HEADS * KEYS * WIDTH * 2;
	uint64_t tiles = d->tensor_reads[K] / k_bytes;

	ck_assert_uint_eq(d->tensor_reads[Q], HEADS * ROWS * DEPTH * 2);
	ck_assert_uint_eq(d->tensor_writes[O], HEADS * ROWS * WIDTH * 2);
	ck_assert_uint_eq(d->tensor_reads[K], tiles * k_bytes);
	ck_assert_uint_eq(d->tensor_reads[V], tiles * v_bytes);
	ck_assert_uint_eq(d->read_bytes + d->write_bytes,
			  (HEADS * ROWS * (DEPTH + WIDTH)) * 2 + tiles * (k_bytes + v_bytes));
	ck_assert_uint_eq(d->bytes[TRAFFIC_REFETCH], (tiles - 1) * (k_bytes + v_bytes));
	return tiles;
}

/*
 * Each tile and chunk takes two products, so they tell the chunks.  Of a score: subtract,
 * exponential, maximum, sum.  Of a result: divide once, and scale by each chunk but the first.
 */
START_TEST(attention_moves_and_computes_its_closed_form)
{
	static const uint64_t acc[] = {4096, 8192, 16384, 65536, 262144};
	uint64_t last_tiles = UINT64_MAX;

	for (size_t i = 0; i < sizeof(acc) / sizeof(acc[0]); i++) {
		struct machine m = online_machine(acc[i]);
		struct drawn d = draw(attention, &m);
		uint64_t tiles = check_attention_bytes(&d);
		/* the sums are rescaled once a chunk; a tile may take several heads at once */
		uint64_t chunks = (d.vector_ops / (HEADS * ROWS) - KEYS * 4) / WIDTH;
		uint64_t heads = 2 * tiles * HEADS * chunks / d.products;

		ck_assert_uint_eq(d.macs, (uint64_t)HEADS * ROWS * KEYS * (DEPTH + WIDTH));
		ck_assert_uint_eq(d.vector_ops,
				  HEADS * ROWS * ((uint64_t)KEYS * 4 + WIDTH * chunks));
		ck_assert_uint_eq(d.products * heads, 2 * tiles * HEADS * chunks);
		ck_assert_uint_eq(HEADS % heads, 0);
		ck_assert_uint_le(tiles, last_tiles);
		last_tiles = tiles;
	}
	ck_assert_uint_le(last_tiles, 2);
}
END_TEST

/* What lies between the products stays in the loop: the mask is read for each head at most. */
START_TEST(scores_are_scaled_and_masked_on_the_way)
{
	static const char *const lines[] = {
		"tensor q f16 1x5x200x64 role=input",
		"tensor k f16 1x5x300x64 role=input",
		"tensor v f16 1x5x300x16 role=input",
		"tensor s f16 1x5x200x300",
		"tensor p f16 1x5x200x300",
		"tensor o f16 1x5x200x16 role=output",
		"tensor c f16 1 role=weight",
		"tensor t f16 1x5x200x300",
		"tensor m f16 1x1x200x300 role=input",
		"tensor u f16 1x5x200x300",
		"op qk matmul in=q,k out=s transpose_b=1",
		"op scale mul in=s,c out=t",
		"op mask add in=t,m out=u",
		"op norm softmax in=u out=p",
		"op pv matmul in=p,v out=o",
		"fuse qk scale mask norm pv",
		NULL,
	};
	struct machine m = online_machine(32768);
	struct drawn d = draw(lines, &m);
	uint64_t tiles = d.tensor_reads[K] / (HEADS * KEYS * DEPTH * 2);
	uint64_t mended = d.vector_ops - (uint64_t)HEADS * ROWS * KEYS * 6;

	ck_assert_uint_eq(d.tensor_reads[V], tiles * HEADS * KEYS * WIDTH * 2);
	ck_assert_uint_ge(d.tensor_reads[8], ROWS * KEYS * 2);
	ck_assert_uint_le(d.tensor_reads[8], HEADS * ROWS * KEYS * 2);
	ck_assert_uint_eq(d.write_bytes, HEADS * ROWS * WIDTH * 2);
	ck_assert_uint_gt(mended, HEADS * ROWS * WIDTH); /* several chunks */
	ck_assert_uint_eq(mended % (HEADS * ROWS * WIDTH), 0);
}
END_TEST

/*
 * A kin: rows of a product scaled by their mean square.  1,000 columns in chunks; the gain is
 * one more operation for each, the row's factor one for each result, and nothing is rescaled.
 */
START_TEST(a_root_mean_square_runs_online)
{
	static const char *const lines[] = {
		"tensor a f16 96x128 role=input",
		"tensor w f16 128x1000 role=weight",
		"tensor g f16 1000 role=weight",
		"tensor x f16 1000x64 role=weight",
		"tensor h f16 96x1000",
		"tensor n f16 96x1000",
		"tensor y f16 96x64 role=output",
		"op first matmul in=a,w out=h",
		"op norm rmsnorm in=h,g out=n",
		"op last matmul in=n,x out=y",
		"fuse first norm last",
		NULL,
	};
	struct machine m = online_machine(32768);
	struct drawn d = draw(lines, &m);
	uint64_t tiles = d.tensor_reads[1] / (128 * 1000 * 2);

	ck_assert_uint_eq(d.tensor_reads[0], 96 * 128 * 2);
	ck_assert_uint_eq(d.tensor_reads[1], tiles * 128 * 1000 * 2);
	ck_assert_uint_eq(d.tensor_reads[3], tiles * 1000 * 64 * 2);
	ck_assert_uint_eq(d.write_bytes, 96 * 64 * 2);
	ck_assert_uint_gt(d.products, 2 * tiles);
	ck_assert_uint_eq(d.vector_ops, 96 * (1000 * 3 + 64));
	ck_assert_uint_eq(d.macs, 96 * 1000 * (128 + 64));
}
END_TEST

/* An offset is not a factor of the row, a second reader needs the rows whole. */
START_TEST(what_is_not_linear_in_its_rows_stays_whole)
{
	static const char *const offset[] = {
		"tensor a f16 96x128 role=input",
		"tensor w f16 128x64 role=weight",
		"tensor g f16 64 role=weight",
		"tensor b f16 64 role=weight",
		"tensor x f16 64x64 role=weight",
		"tensor h f16 96x64",
		"tensor n f16 96x64",
		"tensor y f16 96x64 role=output",
		"op first matmul in=a,w out=h",
		"op norm layernorm in=h,g,b out=n",
		"op last matmul in=n,x out=y",
		"fuse first norm last",
		NULL,
	};
	static const char *const twice[] = {
		"tensor q f16 96x128 role=input",
		"tensor k f16 128x64 role=weight",
		"tensor v f16 64x64 role=weight",
		"tensor s f16 96x64",
		"tensor p f16 96x64",
		"tensor o f16 96x64",
		"tensor y f16 96x64 role=output",
		"op qk matmul in=q,k out=s",
		"op norm softmax in=s out=p",
		"op pv matmul in=p,v out=o",
		"op sum add in=o,p out=y",
		"fuse qk norm pv sum",
		NULL,
	};
	struct machine m = online_machine(131072);
	struct drawn d = draw(offset, &m);

	/* statistics 4, subtract and scale, gain and offset: 8 an element */
	ck_assert_uint_eq(d.vector_ops, 96 * 64 * 8);
	d = draw(twice, &m);
	ck_assert_uint_eq(d.vector_ops, 96 * 64 * (5 + 1));
}
END_TEST

/* Two windows of 3 x 3 and a residual, on one core with room to spare. */
#define MAP (16 * 64 * 32)
static const char *const windows[] = {
	"tensor x f16 1x16x64x32 role=input",
	"tensor r f16 1x16x64x32 role=input",
	"tensor v f16 16x16x3x3 role=weight",
	"tensor w f16 16x16x3x3 role=weight",
	"tensor a f16 1x16x64x32",
	"tensor b f16 1x16x64x32",
	"tensor c f16 1x16x64x32",
	"tensor y f16 1x16x64x32 role=output",
	"op one conv2d in=x,v out=a pad=1",
	"op map relu in=a out=b",
	"op two conv2d in=b,w out=c pad=1",
	"op sum add in=c,r out=y",
	"fuse one map two sum",
	NULL,
};

static struct machine kept_machine(uint64_t cores, uint64_t spad_bytes)
{
	struct machine m = draw_machine();

	m.core_count = cores;
	m.spad_bytes = spad_bytes;
	m.acc_bytes = 1 << 20;
	m.halo = HALO_KEEP;
	return m;
}

/* Every product, every vector operation, every byte once, whatever the tiles. */
START_TEST(kept_rows_are_made_and_read_once)
{
	static const uint64_t spad[] = {28 << 10, 40 << 10, 80 << 10, 1 << 20};

	for (size_t i = 0; i < sizeof(spad) / sizeof(spad[0]); i++) {
		struct machine m = kept_machine(1, spad[i]);
		struct drawn d = draw(windows, &m);

		ck_assert_uint_eq(d.macs, 2ULL * MAP * 16 * 9);
		ck_assert_uint_eq(d.vector_ops, 2 * MAP);
		ck_assert_uint_eq(d.bytes[TRAFFIC_HALO], 0);
		ck_assert_uint_eq(d.tensor_reads[0], MAP * 2);
		ck_assert_uint_eq(d.tensor_reads[1], MAP * 2);
		ck_assert_uint_eq(d.tensor_reads[2], 16 * 16 * 9 * 2);
		ck_assert_uint_eq(d.tensor_reads[3], 16 * 16 * 9 * 2);
		ck_assert_uint_eq(d.read_bytes + d.write_bytes, 3 * MAP * 2 + 2 * 16 * 16 * 9 * 2);
	}
}
END_TEST

/* Recomputed, the same chain makes rows twice: the test above can fail. */
START_TEST(recomputed_rows_are_made_again)
{
	struct machine m = kept_machine(1, 40 << 10);
	struct drawn d;

	m.halo = HALO_RECOMPUTE;
	d = draw(windows, &m);
	ck_assert_uint_gt(d.macs, 2ULL * MAP * 16 * 9);
	ck_assert_uint_gt(d.bytes[TRAFFIC_HALO], 0);
}
END_TEST

/*
 * A map one column wide is cut along its rows alone, one strip a core: at each border between
 * cores the first window's result is made twice for two rows, its input read twice for four.
 */
START_TEST(strips_overlap_at_the_borders_of_cores_alone)
{
	static const char *const lines[] = {
		"tensor x f16 1x16x96x1 role=input",
		"tensor v f16 16x16x3x1 role=weight",
		"tensor w f16 16x16x3x1 role=weight",
		"tensor a f16 1x16x96x1",
		"tensor y f16 1x16x96x1 role=output",
		"op one conv2d in=x,v out=a pad=1,0",
		"op two conv2d in=a,w out=y pad=1,0",
		"fuse one two",
		NULL,
	};
	struct machine m = kept_machine(4, 8 << 10);
	struct drawn d = draw(lines, &m);
	uint64_t row_macs = 16 * 16 * 3, again = d.macs - 2 * 96 * row_macs;
	uint64_t borders = again / (2 * row_macs);

	ck_assert_uint_le(borders, 3);
	ck_assert_uint_eq(again, borders * 2 * row_macs);
	ck_assert_uint_eq(d.bytes[TRAFFIC_HALO], borders * 4 * 16 * 2);
}
END_TEST

/* What does not follow the tiles at all is made by the first of a strip, and kept. */
START_TEST(what_all_tiles_share_is_made_once)
{
	static const char *const lines[] = {
		"tensor x f16 1x8x64x16 role=input",
		"tensor s f16 1x8x1x1 role=input",
		"tensor t f16 1x8x1x1",
		"tensor a f16 1x8x64x16",
		"tensor b f16 1x8x64x16",
		"tensor y f16 1x8x64x16 role=output",
		"op scale exp in=s out=t",
		"op apply mul in=x,t out=a",
		"op pool maxpool in=a out=b kernel=3 stride=1 pad=1",
		"op map relu in=b out=y",
		"fuse scale apply pool map",
		NULL,
	};
	struct machine m = kept_machine(1, 8 << 10);
	struct drawn d = draw(lines, &m);

	ck_assert_uint_eq(d.vector_ops, 8 + 8 * 64 * 16 * (1 + 9 + 1));
	ck_assert_uint_eq(d.tensor_reads[0], 8 * 64 * 16 * 2);
}
END_TEST

/* Inside a product's loop there is no place for rows of the tile before. */
START_TEST(rows_that_cannot_be_kept_are_refused)
{
	static const char *const lines[] = {
		"tensor q f16 1x1x64x32 role=input",
		"tensor k f16 1x1x48x32 role=input",
		"tensor v f16 1x1x48x16 role=input",
		"tensor s f16 1x1x64x48",
		"tensor p f16 1x1x64x48",
		"tensor o f16 1x1x64x16",
		"tensor y f16 1x1x64x16 role=output",
		"op qk matmul in=q,k out=s transpose_b=1",
		"op norm softmax in=s out=p",
		"op pv matmul in=p,v out=o",
		"op pool maxpool in=o out=y kernel=3,1 stride=1 pad=1,0",
		"fuse qk norm pv pool",
		NULL,
	};
	struct machine m = kept_machine(1, 64 << 10);
	struct graph *g = draw_graph(lines);
	struct err err = {.code = ERR_NONE};

	m.softmax = SOFTMAX_ONLINE;
	ck_assert_ptr_null(plan_new(g, &m, SCHEDULE_TRACE, &err));
	ck_assert_int_eq(err.code, ERR_WORKLOAD);
	ck_assert_msg(strstr(err.text, "'qk': what its tiles share cannot be kept") != NULL, "%s",
		      err.text);
	graph_free(g);
	m.softmax = SOFTMAX_WHOLE;
	draw(lines, &m);
	m.softmax = SOFTMAX_ONLINE;
	m.halo = HALO_AUTO;
	draw(lines, &m);
}
END_TEST

/* Two normalisations over the whole map, each behind a window. */
#define TWICE_MAP (8 * 32 * 16)
#define TWICE_MACS (TWICE_MAP * 8ULL * 9)
static const char *const twice_normalised[] = {
	"tensor x f16 1x8x32x16 role=input",
	"tensor v f16 8x8x3x3 role=weight",
	"tensor w f16 8x8x3x3 role=weight",
	"tensor a f16 1x8x32x16",
	"tensor b f16 1x8x32x16",
	"tensor c f16 1x8x32x16",
	"tensor y f16 1x8x32x16 role=output",
	"op one conv2d in=x,v out=a pad=1",
	"op first groupnorm in=a out=b groups=1",
	"op two conv2d in=b,w out=c pad=1",
	"op last groupnorm in=c out=y groups=1",
	"fuse one first two last",
	NULL,
};

/*
 * With rows kept on one core nothing is made twice within a pass.  There are three: statistics
 * of the first window's result; it again, applied, into the second's, and its statistics; all
 * of it again.  Statistics are 4 operations an element, application 2.
 */
START_TEST(producers_run_once_more_for_each_pass)
{
	struct machine m = kept_machine(1, 64 << 10);
	struct drawn d;

	m.groupnorm = GROUPNORM_RECOMPUTE;
	d = draw(twice_normalised, &m);
	ck_assert_uint_eq(d.macs, (3 + 2) * TWICE_MACS);
	ck_assert_uint_eq(d.vector_ops, TWICE_MAP * (4 + 2 + 4 + 2 + 2));
	ck_assert_uint_eq(d.bytes[TRAFFIC_SPILL], 0);
	ck_assert_uint_eq(d.tensor_reads[0], 3 * TWICE_MAP * 2);
	ck_assert_uint_eq(d.tensor_reads[1], 3 * 8 * 8 * 9 * 2);
	ck_assert_uint_eq(d.tensor_reads[2], 2 * 8 * 8 * 9 * 2);
	ck_assert_uint_eq(d.bytes[TRAFFIC_SECOND_PASS],
			  2 * TWICE_MAP * 2 + (2 + 1) * 8 * 8 * 9 * 2);
	ck_assert_uint_eq(d.write_bytes, TWICE_MAP * 2);
}
END_TEST

/* The same spilled: each result out and back once, everything made once. */
START_TEST(a_spill_makes_everything_once)
{
	struct machine m = kept_machine(1, 64 << 10);
	struct drawn d;

	m.groupnorm = GROUPNORM_SPILL;
	d = draw(twice_normalised, &m);
	ck_assert_uint_eq(d.macs, 2 * TWICE_MACS);
	ck_assert_uint_eq(d.bytes[TRAFFIC_SPILL], 2 * 2 * TWICE_MAP * 2);
	ck_assert_uint_eq(d.bytes[TRAFFIC_SECOND_PASS], 0);
	ck_assert_uint_eq(d.tensor_reads[0], TWICE_MAP * 2);
}
END_TEST

/* Three projections of one tensor, on one core: it is read once, and so is each weight. */
START_TEST(siblings_read_their_input_once)
{
	static const char *const lines[] = {
		"tensor x f16 256x192 role=input",
		"tensor u f16 192x64 role=weight",
		"tensor v f16 192x64 role=weight",
		"tensor w f16 192x64 role=weight",
		"tensor q f16 256x64 role=output",
		"tensor k f16 256x64 role=output",
		"tensor l f16 256x64 role=output",
		"op q matmul in=x,u out=q",
		"op k matmul in=x,v out=k",
		"op l matmul in=x,w out=l",
		"fuse q k l",
		NULL,
	};
	struct machine m = online_machine(131072);
	struct drawn d;

	m.spad_bytes = 256 * 1024;
	d = draw(lines, &m);
	ck_assert_uint_eq(d.tensor_reads[0], 256 * 192 * 2);
	ck_assert_uint_eq(d.read_bytes, (256 * 192 + 3 * 192 * 64) * 2);
	ck_assert_uint_eq(d.write_bytes, 3 * 256 * 64 * 2);
	ck_assert_uint_eq(d.macs, 3ULL * 256 * 192 * 64);
}
END_TEST

/* One command may need an operand twice, and a later one again: relu(x) + x, and x squared. */
START_TEST(readers_of_one_tile_share_it)
{
	static const char *const lines[] = {
		"tensor x f16 1x16x64x64 role=input",
		"tensor r f16 1x16x64x64",
		"tensor y f16 1x16x64x64 role=output",
		"tensor z f16 1x16x64x64 role=output",
		"op map relu in=x out=r",
		"op sum add in=r,x out=y",
		"op square mul in=x,x out=z",
		"fuse map sum square",
		NULL,
	};
	struct machine m = online_machine(0);
	struct drawn d = draw(lines, &m);

	ck_assert_uint_eq(d.read_bytes, 16 * 64 * 64 * 2);
	ck_assert_uint_eq(d.write_bytes, 2 * 16 * 64 * 64 * 2);
}
END_TEST

/* A group need not be consecutive: what lies between runs before it or behind it. */
START_TEST(a_group_with_gaps_is_one_kernel)
{
	static const char *const lines[] = {
		"tensor x f16 1x16x64x64 role=input",
		"tensor z f16 1x16x64x64 role=input",
		"tensor a f16 1x16x64x64",
		"tensor b f16 1x16x64x64",
		"tensor c f16 1x16x64x64",
		"tensor y f16 1x16x64x64 role=output",
		"tensor w f16 1x16x64x64 role=output",
		"op first relu in=x out=a",
		"op other silu in=z out=b",
		"op second exp in=a out=c",
		"op behind neg in=b out=w",
		"op last add in=c,b out=y",
		"fuse first second last",
		NULL,
	};
	const uint64_t map = 16 * 64 * 64 * 2;
	struct graph *g = draw_graph(lines);
	struct machine m = online_machine(0);
	struct err err = {.code = ERR_NONE};
	struct plan *p = plan_new(g, &m, SCHEDULE_TRACE, &err);
	struct drawn d;

	ck_assert_msg(p != NULL, "%s", err.text);
	ck_assert_uint_eq(plan_n_kernels(p), 3);
	ck_assert_str_eq(plan_kernel(p, 0)->name, "other");
	ck_assert_str_eq(plan_kernel(p, 1)->name, "first..last");
	draw_plan(g, &m, p, 1, &d);
	ck_assert_uint_eq(d.read_bytes, 2 * map);
	ck_assert_uint_eq(d.write_bytes, map);
	plan_free(p);
	graph_free(g);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fusion");
	TCase *online = tcase_create("online"), *kept = tcase_create("kept"),
	      *again = tcase_create("again"), *groups = tcase_create("groups");

	tcase_set_timeout(online, 60);
	tcase_add_test(online, attention_moves_and_computes_its_closed_form);
	tcase_add_test(online, scores_are_scaled_and_masked_on_the_way);
	tcase_add_test(online, a_root_mean_square_runs_online);
	tcase_add_test(online, what_is_not_linear_in_its_rows_stays_whole);
	tcase_set_timeout(kept, 60);
	tcase_add_test(kept, kept_rows_are_made_and_read_once);
	tcase_add_test(kept, recomputed_rows_are_made_again);
	tcase_add_test(kept, strips_overlap_at_the_borders_of_cores_alone);
	tcase_add_test(kept, what_all_tiles_share_is_made_once);
	tcase_add_test(kept, rows_that_cannot_be_kept_are_refused);
	suite_add_tcase(s, online);
	suite_add_tcase(s, kept);
	tcase_set_timeout(again, 60);
	tcase_add_test(again, producers_run_once_more_for_each_pass);
	tcase_add_test(again, a_spill_makes_everything_once);
	suite_add_tcase(s, again);
	tcase_set_timeout(groups, 60);
	tcase_add_test(groups, siblings_read_their_input_once);
	tcase_add_test(groups, readers_of_one_tile_share_it);
	tcase_add_test(groups, a_group_with_gaps_is_one_kernel);
	suite_add_tcase(s, groups);
	return tap_main(s);
}
