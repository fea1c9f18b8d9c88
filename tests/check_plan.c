/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan alone: kernels and their order, and, drawn to the last command, the bytes of
 * every kernel by cause against what the graph says must move.
 */
#include "base/mem.h"
#include "ir/build.h"
#include "plan/plan.h"
#include "support/plan_draw.h"
#include "support/tap_main.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct machine machine_of(uint64_t cores, uint64_t spad_bytes)
{
	struct machine m = draw_machine();

	m.core_count = cores;
	m.spad_bytes = spad_bytes;
	return m;
}

/* Draws everything and returns the bytes of kernel k by cause. */
static struct drawn draw(const char *const *lines, const struct machine *m, enum schedule s,
			 size_t k)
{
	struct graph *g = draw_graph(lines);
	struct err err = {.code = ERR_NONE};
	struct plan *p = plan_new(g, m, s, &err);
	struct drawn d;

	ck_assert_msg(p != NULL, "%s", err.text);
	draw_plan(g, m, p, k, &d);
	plan_free(p);
	graph_free(g);
	return d;
}

static const char *const chain[] = {
	"tensor x0 f16 1x64x32x32 role=input",
	"tensor x1 f16 1x64x32x32",
	"tensor x2 f16 1x64x32x32 role=output",
	"op a relu in=x0 out=x1",
	"op b silu in=x1 out=x2",
	"fuse a b",
	NULL,
};
#define CHAIN_BYTES (64 * 32 * 32 * 2)

START_TEST(a_fused_chain_moves_input_and_output_once)
{
	struct machine m = machine_of(4, 64 * 1024);
	struct drawn d = draw(chain, &m, SCHEDULE_TRACE, 0);

	ck_assert_uint_eq(d.read_bytes, CHAIN_BYTES);
	ck_assert_uint_eq(d.write_bytes, CHAIN_BYTES);
	ck_assert_uint_eq(d.bytes[TRAFFIC_COMPULSORY], 2 * CHAIN_BYTES);
}
END_TEST

START_TEST(a_baseline_operator_moves_its_own)
{
	struct machine m = machine_of(4, 64 * 1024);

	for (size_t k = 0; k < 2; k++) {
		struct drawn d = draw(chain, &m, SCHEDULE_BASELINE, k);

		ck_assert_uint_eq(d.read_bytes, CHAIN_BYTES);
		ck_assert_uint_eq(d.write_bytes, CHAIN_BYTES);
	}
}
END_TEST

static const char *const block[] = {
	"tensor x0 f16 1x32x60x90 role=input",
	"tensor x1 f16 1x32x120x180",
	"tensor w f16 64x32x3x3 role=weight",
	"tensor b f16 64 role=weight",
	"tensor x2 f16 1x64x120x180",
	"tensor g f16 64 role=weight",
	"tensor h f16 64 role=weight",
	"tensor x3 f16 1x64x120x180",
	"tensor x4 f16 1x64x120x180 role=output",
	"op up upsample in=x0 out=x1 scale=2",
	"op conv conv2d in=x1,w,b out=x2 pad=1",
	"op norm groupnorm in=x2,g,h out=x3 groups=32",
	"op act silu in=x3 out=x4",
	"fuse up conv norm act",
	NULL,
};
#define BLOCK_IN (32 * 60 * 90 * 2)
#define BLOCK_OUT (64 * 120 * 180 * 2)
#define BLOCK_WEIGHTS ((64 * 32 * 9 + 64 * 3) * 2)

/* Fused across a normalisation: the convolution's result goes out once and comes back once. */
START_TEST(a_fused_block_spills_exactly_its_norm_input)
{
	struct machine m = machine_of(8, 96 * 1024);
	struct drawn d = draw(block, &m, SCHEDULE_TRACE, 0);

	ck_assert_uint_eq(d.bytes[TRAFFIC_COMPULSORY], BLOCK_IN + BLOCK_OUT + BLOCK_WEIGHTS);
	ck_assert_uint_eq(d.bytes[TRAFFIC_SPILL], 2 * BLOCK_OUT);
	ck_assert_uint_eq(d.bytes[TRAFFIC_SECOND_PASS], 0);
	ck_assert_uint_ge(d.macs, 64ULL * 120 * 180 * 32 * 9);
}
END_TEST

/* Known statistics: nothing but the outside tensors, and the windows' overlap. */
START_TEST(a_given_norm_reaches_two_accesses)
{
	struct machine m = machine_of(8, 96 * 1024);
	struct drawn d;

	m.groupnorm = GROUPNORM_GIVEN;
	d = draw(block, &m, SCHEDULE_TRACE, 0);
	ck_assert_uint_eq(d.bytes[TRAFFIC_COMPULSORY], BLOCK_IN + BLOCK_OUT + BLOCK_WEIGHTS);
	ck_assert_uint_eq(d.bytes[TRAFFIC_SPILL], 0);
}
END_TEST

/* Unfused, a slice that fits on chip is read once; one that does not, twice. */
START_TEST(an_unfused_norm_reads_twice_unless_its_slice_fits)
{
	struct machine small = machine_of(2, 64 * 1024), large = machine_of(64, 256 * 1024);
	struct drawn d = draw(block, &small, SCHEDULE_BASELINE, 2);

	ck_assert_uint_eq(d.bytes[TRAFFIC_SECOND_PASS], BLOCK_OUT);
	d = draw(block, &large, SCHEDULE_BASELINE, 2);
	ck_assert_uint_eq(d.bytes[TRAFFIC_SECOND_PASS], 0);
	ck_assert_uint_eq(d.read_bytes + d.write_bytes, 2 * BLOCK_OUT + 2 * 64 * 2);
}
END_TEST

/* Strided 1 x 1 windows touch a quarter, and only that is moved. */
START_TEST(a_strided_window_of_one_loads_what_it_touches)
{
	static const char *const lines[] = {
		"tensor x f16 1x64x32x32 role=input",
		"tensor w f16 64x64x1x1 role=weight",
		"tensor y f16 1x64x16x16 role=output",
		"op c conv2d in=x,w out=y stride=2",
		NULL,
	};
	struct machine m = machine_of(4, 64 * 1024);
	struct drawn d = draw(lines, &m, SCHEDULE_BASELINE, 0);

	ck_assert_uint_eq(d.bytes[TRAFFIC_COMPULSORY], (64 * 16 * 16 * 2 + 64 * 64) * 2);
	ck_assert_uint_eq(d.bytes[TRAFFIC_PADDING], 0);
	ck_assert_uint_eq(d.bytes[TRAFFIC_HALO], 0);
}
END_TEST

START_TEST(what_does_not_fit_says_what_would)
{
	struct machine m = machine_of(1, 1024);
	struct err err = {.code = ERR_NONE};
	struct graph *g = draw_graph(block);
	struct plan *p = plan_new(g, &m, SCHEDULE_TRACE, &err);
	const char *needs;
	uint64_t bytes = 0;

	ck_assert_ptr_null(p);
	ck_assert_int_eq(err.code, ERR_WORKLOAD);
	needs = strstr(err.text, "needs ");
	ck_assert_msg(needs != NULL, "%s", err.text);
	for (needs += 6; *needs >= '0' && *needs <= '9'; needs++)
		bytes = bytes * 10 + (uint64_t)(*needs - '0');
	m.spad_bytes = bytes;
	err.code = ERR_NONE;
	p = plan_new(g, &m, SCHEDULE_TRACE, &err);
	ck_assert_msg(p != NULL, "%s", err.text);
	plan_free(p);
	m.spad_bytes = bytes - 64;
	ck_assert_ptr_null(plan_new(g, &m, SCHEDULE_TRACE, &err));
	graph_free(g);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("plan");
	TCase *c = tcase_create("traffic");

	tcase_set_timeout(c, 120);
	tcase_add_test(c, a_fused_chain_moves_input_and_output_once);
	tcase_add_test(c, a_baseline_operator_moves_its_own);
	tcase_add_test(c, a_fused_block_spills_exactly_its_norm_input);
	tcase_add_test(c, a_given_norm_reaches_two_accesses);
	tcase_add_test(c, an_unfused_norm_reads_twice_unless_its_slice_fits);
	tcase_add_test(c, a_strided_window_of_one_loads_what_it_touches);
	tcase_add_test(c, what_does_not_fit_says_what_would);
	suite_add_tcase(s, c);
	return tap_main(s);
}
