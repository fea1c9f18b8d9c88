/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The models of traces are the published ones: parameters and multiply-accumulates, with
 * where each number is printed; and their keys change what they say they change.
 */
#include "support/graph_make.h"
#include "support/tap_main.h"

#include <stdio.h>
#include <string.h>

#include "ir/ops.h"
#include "trace/info.h"

#define TORCHVISION "torchvision 0.14 model weights: num_params, and _ops to its digits"

/* Parameters as published.  MACs are exact; `ops` is what the source prints of them. */
static const struct published {
	const char *model, *keys, *source;
	uint64_t parameters, macs;
	const char *printed; /* MACs in the source's unit, "" if it prints none */
	uint64_t unit;       /* of the last digit printed */
} published[] = {
	{ "resnet50", "", TORCHVISION, 25557032, 4089184256, "4089", 1000000 },
	{ "mobilenet-v2", "", TORCHVISION, 3504872, 300774272, "301", 1000000 },
};

START_TEST(published_counts)
{
	for (size_t i = 0; i < ARRAY_SIZE(published); i++) {
		const struct published *p = &published[i];
		struct graph *g = graph_make(p->model, p->keys);
		struct trace_info info;
		char text[32];

		info_collect(g, &info);
		ck_assert_msg(info.weight_elements == p->parameters,
			      "%s %s: %" PRIu64 " parameters, %s has %" PRIu64, p->model, p->keys,
			      info.weight_elements, p->source, p->parameters);
		ck_assert_msg(info.total.macs == p->macs, "%s %s: %" PRIu64 " MACs, not %" PRIu64,
			      p->model, p->keys, info.total.macs, p->macs);
		snprintf(text, sizeof(text), "%" PRIu64,
			 (info.total.macs + p->unit / 2) / p->unit);
		if (*p->printed)
			ck_assert_str_eq(text, p->printed);
		graph_free(g);
	}
}
END_TEST

static void collect(const char *model, const char *keys, struct trace_info *info)
{
	struct graph *g = graph_make(model, keys);

	info_collect(g, info);
	graph_free(g);
}

/* A batch multiplies all but the weights. */
START_TEST(a_batch_multiplies_activations)
{
	static const char *const models[] = { "resnet50", "mobilenet-v2" };

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		struct trace_info one, three;

		collect(models[i], "", &one);
		collect(models[i], "batch=3", &three);
		ck_assert_uint_eq(three.total.macs, 3 * one.total.macs);
		ck_assert_uint_eq(three.total.vector_ops, 3 * one.total.vector_ops);
		ck_assert_uint_eq(three.total.activation_bytes, 3 * one.total.activation_bytes);
		ck_assert_uint_eq(three.total.weight_read_bytes, one.total.weight_read_bytes);
		ck_assert_uint_eq(three.weight_bytes, one.weight_bytes);
	}
}
END_TEST

/* Folded, a norm's scale and shift of each channel become one bias, and it is no operator. */
START_TEST(batch_norms_fold)
{
	static const struct {
		const char *model;
		uint64_t norms, channels; /* of all of them */
	} t[] = { { "resnet50", 53, 26560 }, { "mobilenet-v2", 52, 17056 } };

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct trace_info separate, folded;

		collect(t[i].model, "", &separate);
		collect(t[i].model, "bn=folded", &folded);
		ck_assert_uint_eq(separate.by_kind[OP_batchnorm].ops, t[i].norms);
		ck_assert_uint_eq(folded.total.ops + t[i].norms, separate.total.ops);
		ck_assert_uint_eq(folded.weight_elements + t[i].channels, separate.weight_elements);
		ck_assert_uint_eq(folded.total.macs, separate.total.macs);
	}
}
END_TEST

static void expect_map(const struct graph *g, const char *id, const char *expected)
{
	char shape[SHAPE_TEXT];

	for (uint32_t t = 0; t < g->n_tensors; t++) {
		if (strcmp(g->tensors[t].id, id) != 0)
			continue;
		shape_text(graph_shape(g, t), shape);
		ck_assert_str_eq(shape, expected);
		return;
	}
	ck_abort_msg("no tensor %s", id);
}

/* Table 1 of He et al., and where the stride of a block is. */
START_TEST(resnet_maps)
{
	static const char *const ends[][2] = {
		{ "conv1", "1x64x112x112" },	{ "layer1.2.relu", "1x256x56x56" },
		{ "layer2.3.relu", "1x512x28x28" }, { "layer3.5.relu", "1x1024x14x14" },
		{ "layer4.2.relu", "1x2048x7x7" },	{ "fc", "1x1000" },
	};
	struct graph *g = graph_make("resnet50", "");

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		expect_map(g, ends[i][0], ends[i][1]);
	expect_map(g, "layer2.0.conv1", "1x128x56x56");
	graph_free(g);
	g = graph_make("resnet50", "stride=1x1");
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		expect_map(g, ends[i][0], ends[i][1]);
	expect_map(g, "layer2.0.conv1", "1x128x28x28");
	graph_free(g);
}
END_TEST

/* Tables 1 and 2 of Sandler et al. */
START_TEST(mobilenet_maps)
{
	static const char *const ends[][2] = {
		{ "stem", "1x32x112x112" },	       { "block1.project", "1x16x112x112" },
		{ "block3.project", "1x24x56x56" },    { "block6.project", "1x32x28x28" },
		{ "block10.project", "1x64x14x14" },   { "block13.project", "1x96x14x14" },
		{ "block16.project", "1x160x7x7" },    { "block17.project", "1x320x7x7" },
		{ "head", "1x1280x7x7" },	       { "classifier", "1x1000" },
	};
	struct graph *g = graph_make("mobilenet-v2", "");

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		expect_map(g, ends[i][0], ends[i][1]);
	graph_free(g);
}
END_TEST

/* Groups: conv1, each convolution of a block, and with fuse=conv its add and ReLU apart. */
START_TEST(resnet_groups)
{
	static const struct {
		const char *keys;
		size_t groups;
	} t[] = {
		{ "fuse=hand", 1 + 16 * 3 + 4 },
		{ "fuse=conv", 1 + 16 * 4 + 4 },
		{ "fuse=conv bn=folded", 1 + 16 * 3 }, /* a convolution alone is no group */
		{ "fuse=none", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct graph *g = graph_make("resnet50", t[i].keys);

		ck_assert_uint_eq(g->n_groups, t[i].groups);
		graph_free(g);
	}
}
END_TEST

/* Maps between a convolution and its activation, four times as wide: what is read and written
 * of them grows by three bytes an element, and nothing else does. */
START_TEST(wide_sums)
{
	struct trace_info narrow, wide;

	collect("resnet50", "dtype=i8", &narrow);
	collect("resnet50", "dtype=i8 sum_dtype=i32", &wide);
	ck_assert_uint_eq(wide.by_kind[OP_conv2d].activation_bytes,
			  narrow.by_kind[OP_conv2d].activation_bytes +
				  3 * narrow.by_kind[OP_batchnorm].activation_bytes / 2);
	ck_assert_uint_eq(wide.by_kind[OP_batchnorm].activation_bytes,
			  4 * narrow.by_kind[OP_batchnorm].activation_bytes);
	ck_assert_uint_eq(wide.by_kind[OP_maxpool].activation_bytes,
			  narrow.by_kind[OP_maxpool].activation_bytes);
	ck_assert_uint_eq(wide.weight_bytes, narrow.weight_bytes);
	ck_assert_uint_eq(wide.total.macs, narrow.total.macs);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("models");
	TCase *tc = tcase_create("models");

	tcase_add_test(tc, published_counts);
	tcase_add_test(tc, a_batch_multiplies_activations);
	tcase_add_test(tc, batch_norms_fold);
	tcase_add_test(tc, resnet_maps);
	tcase_add_test(tc, mobilenet_maps);
	tcase_add_test(tc, resnet_groups);
	tcase_add_test(tc, wide_sums);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
