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

#define DIT "arXiv 2212.09748, Table 4, and the checkpoint's tensors"
#define BERT "arXiv 1810.04805, and the checkpoint's tensors with the pooler"
#define GPT2 "the checkpoint's tensors"
#define LLAMA "the checkpoint's tensors; 7B, 13B, 70B, 8B in arXiv 2307.09288 and 2407.21783"

/* Parameters as published.  MACs are exact, 0 where a case of their own has them; `printed` is
 * what the source prints of them. */
static const struct published {
	const char *model, *keys, *source;
	uint64_t parameters, macs;
	const char *printed; /* MACs in the source's unit, "" if it prints none */
	uint64_t unit;       /* of the last digit printed */
} published[] = {
	{ "resnet50", "", TORCHVISION, 25557032, 4089184256, "4089", 1000000 },
	{ "mobilenet-v2", "", TORCHVISION, 3504872, 300774272, "301", 1000000 },
	{ "vit", "size=b-16", TORCHVISION, 86567656, 17563828224, "17564", 1000000 },
	{ "vit", "size=b-32", TORCHVISION, 88224232, 4409186304, "4409", 1000000 },
	{ "vit", "size=l-16", TORCHVISION, 304326632, 61554712576, "61555", 1000000 },
	{ "vit", "size=l-32", TORCHVISION, 306535400, 15377539072, "15378", 1000000 },
	{ "dit", "size=xl-2", DIT, 675129632, 118621421568, "1186", 100000000 },
	{ "dit", "size=l-2", DIT, 458102816, 80697622528, "807", 100000000 },
	{ "dit", "size=b-2", DIT, 130512416, 23005102080, "230", 100000000 },
	{ "dit", "size=s-2", DIT, 32963360, 6055673856, "61", 100000000 },
	/* encoder 34,163,592 and quant_conv 72 of AutoencoderKL's 83,653,863 */
	{ "vae-encoder", "", "the checkpoint's tensors", 34163664, 0, "", 1 },
	{ "vae-decoder", "", "the checkpoint's tensors", 49490199, 1664730403200, "", 1 },
	{ "bert", "size=base", BERT, 109482240, 0, "", 1 },
	{ "bert", "size=large", BERT, 335141888, 0, "", 1 },
	{ "gpt2", "size=small", GPT2, 124439808, 0, "", 1 },
	{ "gpt2", "size=medium", GPT2, 354823168, 0, "", 1 },
	{ "gpt2", "size=large", GPT2, 774030080, 0, "", 1 },
	{ "gpt2", "size=xl", GPT2, 1557611200, 0, "", 1 },
	{ "llama", "size=2-7b", LLAMA, 6738415616, 0, "", 1 },
	{ "llama", "size=2-13b", LLAMA, 13015864320, 0, "", 1 },
	{ "llama", "size=2-70b", LLAMA, 68976648192, 0, "", 1 },
	{ "llama", "size=3-8b", LLAMA, 8030261248, 0, "", 1 },
	{ "llama", "size=3-70b", LLAMA, 70553706496, 0, "", 1 },
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
		ck_assert_msg(p->macs == 0 || info.total.macs == p->macs,
			      "%s %s: %" PRIu64 " MACs, not %" PRIu64, p->model, p->keys,
			      info.total.macs, p->macs);
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

/*
 * Products of a layer and a head, from the papers' shapes: each of `rows` tokens passes the
 * projections and the feed-forward part, and attends to `context` positions, or to those up to
 * its own.  Embeddings are no products.
 */
struct shape_of_lm {
	const char *model, *keys;
	uint64_t layers, hidden, q_width, kv_width, ffn, ffn_products;
	uint64_t rows, context;
	bool is_causal;
	uint64_t head_macs;
};

START_TEST(language_models_multiply)
{
	static const struct shape_of_lm t[] = {
		{ "bert", "seq=512", 12, 768, 768, 768, 3072, 2, 512, 512, false, 768 * 768 },
		{ "bert", "size=large seq=128", 24, 1024, 1024, 1024, 4096, 2, 128, 128, false,
		  1024 * 1024 },
		{ "gpt2", "seq=128", 12, 768, 768, 768, 3072, 2, 128, 128, true, 768 * 50257 },
		{ "gpt2", "seq=128 logits=all", 12, 768, 768, 768, 3072, 2, 128, 128, true,
		  128 * (uint64_t)(768 * 50257) },
		{ "gpt2", "size=xl seq=10 phase=decode", 48, 1600, 1600, 1600, 6400, 2, 1, 11,
		  false, 1600 * 50257 },
		{ "llama", "seq=99 logits=none", 32, 4096, 4096, 4096, 11008, 3, 99, 99, true, 0 },
		{ "llama", "size=3-8b seq=99", 32, 4096, 4096, 1024, 14336, 3, 99, 99, true,
		  4096 * 128256 },
		{ "llama", "size=3-8b phase=decode seq=99", 32, 4096, 4096, 1024, 14336, 3, 1, 100,
		  false, 4096 * 128256 },
		{ "llama", "size=2-70b phase=decode seq=99", 80, 8192, 8192, 1024, 28672, 3, 1, 100,
		  false, 8192 * 32000 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint64_t d = t[i].hidden, per_token = 2 * d * t[i].q_width + 2 * d * t[i].kv_width +
						      t[i].ffn_products * d * t[i].ffn;
		uint64_t masked = t[i].is_causal ? t[i].rows * (t[i].rows - 1) / 2 : 0;
		uint64_t attention = (2 * t[i].rows * t[i].context - masked) * t[i].q_width;
		struct trace_info info;

		collect(t[i].model, t[i].keys, &info);
		ck_assert_uint_eq(info.total.macs,
				  t[i].layers * (t[i].rows * per_token + attention) +
					  t[i].head_macs);
	}
}
END_TEST

/* Products of DiT: each layer's of every token, its modulation once, patches in and out, the
 * time's embedding; a latent of 90 x 60 is 1,350 tokens. */
START_TEST(dit_multiplies)
{
	static const struct {
		const char *keys;
		uint64_t rows;
	} t[] = { { "", 256 }, { "width=512 height=512", 1024 }, { "width=720 height=480", 1350 } };
	const uint64_t d = 1152;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint64_t n = t[i].rows;
		struct trace_info info;

		collect("dit", t[i].keys, &info);
		ck_assert_uint_eq(info.total.macs,
				  28 * (12 * n * d * d + 2 * n * n * d + 6 * d * d) +
					  n * d * (16 + 32) + 256 * d + d * d + 2 * d * d);
	}
}
END_TEST

/* Maps of the encoder, and its products layer by layer from the published configuration. */
START_TEST(vae_encoder)
{
	static const uint64_t channels[] = { 128, 256, 512, 512 };
	struct graph *g = graph_make("vae-encoder", "width=720 height=480");
	uint64_t pixels = 720 * 480, in = 128, macs = pixels * 3 * 128 * 9;
	struct trace_info info;

	for (unsigned i = 0; i < 4; i++) {
		uint64_t out = channels[i];

		macs += pixels * (9 * out * (in + 3 * out) + (in == out ? 0 : in * out));
		in = out;
		if (i < 3)
			macs += (pixels /= 4) * 9 * out * out;
	}
	macs += pixels * (4 * 9 * 512 * 512 + 4 * 512 * 512 + 2 * pixels * 512);
	macs += pixels * (9 * 512 * 8 + 8 * 8);
	info_collect(g, &info);
	ck_assert_uint_eq(info.total.macs, macs);
	expect_map(g, "down0.downconv", "1x128x240x360");
	expect_map(g, "down3.res1.add", "1x512x60x90");
	expect_map(g, "quant_conv", "1x8x60x90");
	graph_free(g);
}
END_TEST

/* The graph of GPT-2 that an exporter makes: 128 tokens, no logits, masked scores computed. */
START_TEST(gpt2_is_the_exported_graph)
{
	struct trace_info info;

	collect("gpt2", "seq=128 logits=none", &info);
	ck_assert_uint_eq(info.total.macs + 12 * 12 * 64 * (128 * 127 / 2), 11173625856);
	ck_assert_uint_eq(info.by_kind[OP_matmul].ops, 12 * 8);
}
END_TEST

/* A token of a sequence reads every weight but the rows of other tokens and positions. */
START_TEST(decoding_reads_the_weights)
{
	static const struct {
		const char *model, *keys;
		uint64_t unread; /* weights */
		const char *gigabytes;
		uint64_t cache_per_token; /* bytes of a sequence */
	} t[] = {
		{ "gpt2", "", 1023 * 768, "0.247", 36864 },
		{ "gpt2", "size=medium", 1023 * 1024, "0.708", 98304 },
		{ "gpt2", "size=xl", 1023 * 1600, "3.112", 307200 },
		{ "llama", "", 31999 * 4096, "13.215", 524288 },
		{ "llama", "size=3-8b", 128255 * (uint64_t)4096, "15.010", 131072 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		char keys[64], text[32];
		struct trace_info info;
		uint64_t cache = 0;
		struct graph *g;

		snprintf(keys, sizeof(keys), "phase=decode seq=31 %s", t[i].keys);
		g = graph_make(t[i].model, keys);
		info_collect(g, &info);
		/* a tied table is read as a whole, and a row of it again for the token */
		if (strcmp(t[i].model, "gpt2") == 0)
			info.total.weight_read_bytes -= info.by_kind[OP_gather].weight_read_bytes;
		ck_assert_uint_eq(info.total.weight_read_bytes,
				  info.weight_bytes - 2 * t[i].unread);
		snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64,
			 (info.total.weight_read_bytes + 500000) / 1000000000,
			 (info.total.weight_read_bytes + 500000) / 1000000 % 1000);
		ck_assert_str_eq(text, t[i].gigabytes);
		for (uint32_t n = 0; n < g->n_tensors; n++)
			if (g->tensors[n].role == ROLE_STATE)
				cache += tensor_bytes(g, n);
		ck_assert_uint_eq(cache, 32 * t[i].cache_per_token);
		graph_free(g);
	}
}
END_TEST

/* Steps are what they would be as traces of their own; weights are there once. */
START_TEST(steps_add_up)
{
	struct trace_info all, one;
	uint64_t macs = 0, weight_reads = 0;

	collect("gpt2", "phase=decode seq=5 new_tokens=3 batch=2", &all);
	for (unsigned i = 5; i < 8; i++) {
		char keys[64];

		snprintf(keys, sizeof(keys), "phase=decode seq=%u batch=2", i);
		collect("gpt2", keys, &one);
		macs += one.total.macs;
		weight_reads += one.total.weight_read_bytes;
	}
	ck_assert_uint_eq(all.total.macs, macs);
	ck_assert_uint_eq(all.total.weight_read_bytes, weight_reads);
	ck_assert_uint_eq(all.weight_elements, 124439808);
}
END_TEST

/* Quantised: a byte or half a one a weight, and a scale for each 128; of the cache, one for each
 * head of each token. */
START_TEST(quantised_weights_and_caches)
{
	static const char keys[] = "phase=decode seq=63 weight_dtype=%s kv_dtype=%s";
	const uint64_t layer = 4 * 4096 * 4096 + 3 * 4096 * 11008,
		       products = 32 * layer + 4096 * 32000;
	const uint64_t others = 4096 * 32000 + (2 * 32 + 1) * 4096, heads = 32 * 2 * 32 * 64;
	static const struct {
		const char *dtype;
		uint64_t bits;
	} t[] = { { "i8", 8 }, { "f8", 8 }, { "i4", 4 } };

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		char text[96];
		struct trace_info info;
		uint64_t states = 0;
		struct graph *g;

		snprintf(text, sizeof(text), keys, t[i].dtype, t[i].dtype);
		g = graph_make("llama", text);
		info_collect(g, &info);
		ck_assert_uint_eq(info.weight_bytes, products * t[i].bits / 8 +
							     2 * (products / 128) + 2 * others);
		for (uint32_t n = 0; n < g->n_tensors; n++)
			if (g->tensors[n].role == ROLE_STATE)
				states += tensor_bytes(g, n);
		ck_assert_uint_eq(states, heads * 128 * t[i].bits / 8 + 2 * heads);
		graph_free(g);
	}
}
END_TEST

/* A device of several has its share of every product, and of the cache; the norms are all its. */
START_TEST(shards_share_the_products)
{
	struct trace_info whole, half, eighth;

	collect("llama", "seq=64 logits=none", &whole);
	collect("llama", "seq=64 logits=none tp=2", &half);
	ck_assert_uint_eq(2 * half.total.macs, whole.total.macs);
	ck_assert_uint_eq(half.by_kind[OP_rmsnorm].activation_bytes,
			  whole.by_kind[OP_rmsnorm].activation_bytes);
	collect("llama", "size=3-8b phase=decode seq=64 tp=8", &eighth);
	collect("llama", "size=3-8b phase=decode seq=64", &whole);
	ck_assert_uint_eq(8 * eighth.total.macs, whole.total.macs);
	ck_assert_uint_eq(8 * eighth.by_kind[OP_matmul].weight_read_bytes,
			  whole.by_kind[OP_matmul].weight_read_bytes);
}
END_TEST

/* What softmax and GELU take is four bytes wide, what they make one; weights and products of
 * one-byte operands stay as they are. */
START_TEST(wide_sums_of_transformers)
{
	struct trace_info narrow, wide;

	collect("bert", "dtype=i8", &narrow);
	collect("bert", "dtype=i8 sum_dtype=i32", &wide);
	ck_assert_uint_eq(2 * wide.by_kind[OP_softmax].activation_bytes,
			  5 * narrow.by_kind[OP_softmax].activation_bytes);
	ck_assert_uint_eq(2 * wide.by_kind[OP_gelu].activation_bytes,
			  5 * narrow.by_kind[OP_gelu].activation_bytes);
	/* attn.o and mlp.down to the adds, and from there to the norms, are the others */
	ck_assert_uint_eq(wide.by_kind[OP_layernorm].activation_bytes,
			  narrow.by_kind[OP_layernorm].activation_bytes + 3 * 24 * 128 * 768);
	ck_assert_uint_eq(wide.by_kind[OP_add].activation_bytes,
			  narrow.by_kind[OP_add].activation_bytes + 2 * 3 * 24 * 128 * 768);
	ck_assert_uint_eq(wide.by_kind[OP_matmul].activation_bytes,
			  narrow.by_kind[OP_matmul].activation_bytes +
				  3 * 12 * (12 * 128 * 128 + 128 * 3072 + 2 * 128 * 768));
	ck_assert_uint_eq(wide.total.weight_read_bytes, narrow.total.weight_read_bytes);
}
END_TEST

/* Fused attention is one group more a layer, and nothing else. */
START_TEST(attention_fuses)
{
	struct graph *standard = graph_make("bert", ""), *fused = graph_make("bert",
									     "attention=fused");

	ck_assert_uint_eq(standard->n_groups, 12 * 3);
	ck_assert_uint_eq(fused->n_groups, 12 * 4);
	ck_assert_uint_eq(standard->n_ops, fused->n_ops);
	graph_free(standard);
	graph_free(fused);
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
	tcase_add_test(tc, language_models_multiply);
	tcase_add_test(tc, dit_multiplies);
	tcase_add_test(tc, vae_encoder);
	tcase_add_test(tc, gpt2_is_the_exported_graph);
	tcase_add_test(tc, decoding_reads_the_weights);
	tcase_add_test(tc, steps_add_up);
	tcase_add_test(tc, quantised_weights_and_caches);
	tcase_add_test(tc, shards_share_the_products);
	tcase_add_test(tc, wide_sums_of_transformers);
	tcase_add_test(tc, attention_fuses);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
