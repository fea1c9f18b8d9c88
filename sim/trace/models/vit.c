/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transformers over patches of images: ViT (Dosovitskiy et al., arXiv 2010.11929) as
 * torchvision has it, and DiT (Peebles and Xie, arXiv 2212.09748), one denoising step on a
 * latent of an eighth of the image.
 */
#include <stdio.h>
#include <string.h>

#include "trace/models/transformer.h"

struct patches {
	const char *size;
	struct tf_layer layer;
	int64_t n_layers, patch;
};

#define VIT_LAYER(d, h)                                                                            \
	{                                                                                          \
		.hidden = (d), .heads = (h), .ffn = 4 * (d), .norm = "layernorm", .act = "gelu",   \
		.has_bias = true                                                                   \
	}
#define DIT_LAYER(d, h)                                                                            \
	{                                                                                          \
		.hidden = (d), .heads = (h), .ffn = 4 * (d), .norm = "layernorm", .act = "gelu",   \
		.has_bias = true, .is_modulated = true                                             \
	}

/* Each table ends with a row without a size; its sizes are the words of the key. */
#define VIT_SIZES "b-16|b-32|l-16|l-32"
static const struct patches vit[] = {
	{ "b-16", VIT_LAYER(768, 12), 12, 16 },
	{ "b-32", VIT_LAYER(768, 12), 12, 32 },
	{ "l-16", VIT_LAYER(1024, 16), 24, 16 },
	{ "l-32", VIT_LAYER(1024, 16), 24, 32 },
	{ 0 },
};
#define DIT_SIZES "s-2|b-2|l-2|xl-2"
static const struct patches dit[] = {
	{ "s-2", DIT_LAYER(384, 6), 12, 2 },
	{ "b-2", DIT_LAYER(768, 12), 12, 2 },
	{ "l-2", DIT_LAYER(1024, 16), 24, 2 },
	{ "xl-2", DIT_LAYER(1152, 16), 28, 2 },
	{ 0 },
};

enum { RESOLUTION = TF_N_COMMON };
enum { WIDTH = TF_N_COMMON, HEIGHT };

static const struct patches *find(const struct patches *family, const char *size)
{
	while (strcmp(family->size, size) != 0)
		family++;
	return family;
}

/* Patches of an image as rows, batch x rows x hidden: a convolution, looked at that way. */
static struct tf_id embed_patches(struct transformer *t, int64_t channels, int64_t height,
				  int64_t width, int64_t patch)
{
	int64_t hidden = t->layer.hidden, rows = (height / patch) * (width / patch);
	struct tf_id flat;

	emit(t->run, "tensor image %s %" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64 " role=input",
	     t->dtype, t->batch, channels, height, width);
	tf_declare_weight(t, "patches.weight",
			  tf_text("%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, hidden, channels,
				  patch, patch).s);
	tf_declare_weight(t, "patches.bias", tf_text("%" PRId64, hidden).s);
	emit(t->run, "tensor patches %s %" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, t->dtype,
	     t->batch, hidden, height / patch, width / patch);
	emit(t->run,
	     "op patches conv2d in=image,patches.weight,patches.bias out=patches stride=%" PRId64,
	     patch);
	flat = tf_view(t, "patches.flat", "reshape", "patches",
		       tf_text("%" PRId64 "x%" PRId64 "x%" PRId64, t->batch, hidden, rows), "");
	return tf_view(t, "patches.rows", "transpose", flat.s,
		       tf_text("%" PRId64 "x%" PRId64 "x%" PRId64, t->batch, rows, hidden),
		       "perm=0,2,1");
}

static void add_positions(struct transformer *t, struct tf_id x)
{
	tf_declare_weight(t, "positions",
			  tf_text("%" PRId64 "x%" PRId64, t->rows, t->layer.hidden).s);
	tf_unary(t, "embedding", "add", tf_text("%s,positions", x.s).s, t->layer.hidden, "");
	t->x = tf_name(t, "embedding");
}

#define VIT_CLASSES 1000

/* A class token goes before the patches; what it has become is classified. */
static void make_vit(struct model_run *r)
{
	const struct model_value *value = r->values;
	const struct patches *m = find(vit, value[TF_SIZE].text);
	int64_t resolution = value[RESOLUTION].v[0];
	struct tf_id token, x;
	struct transformer t;

	if (!tf_start(&t, r, &m->layer, m->n_layers, 0))
		return;
	if (resolution % m->patch) {
		emit_failure(
			r, "vit: resolution must be a multiple of %" PRId64 " (found %" PRId64 ")",
			m->patch, resolution);
		return;
	}
	emit(r, "model vit-%s batch=%" PRId64 " resolution=%" PRId64 " dtype=%s weight_dtype=%s",
	     m->size, t.batch, resolution, t.dtype, t.weight_dtype);
	x = embed_patches(&t, 3, resolution, resolution, m->patch);
	t.rows = (resolution / m->patch) * (resolution / m->patch) + 1;
	tf_declare_weight(&t, "class", tf_text("1x1x%" PRId64, t.layer.hidden).s);
	token = tf_view(&t, "classes", "expand", "class",
			tf_text("%" PRId64 "x1x%" PRId64, t.batch, t.layer.hidden), "");
	x = tf_view(&t, "rows", "concat", tf_text("%s,%s", token.s, x.s).s,
		    tf_dims(&t, t.layer.hidden), "axis=1");
	add_positions(&t, x);
	tf_layers(&t);
	tf_norm(&t, "norm_out", t.x.s, "");
	x = tf_position(&t, "first", "norm_out", 0, t.layer.hidden);
	t.one_row = true;
	tf_linear(&t, "head", x.s, t.layer.hidden, VIT_CLASSES, TF_BIAS | TF_OUTPUT);
}

const struct model vit_model = {
	.name = "vit",
	.help = "ViT, torchvision's (b-16: 86,567,656 parameters, 17.56 GMACs at 224x224).",
	.keys = { TF_KEYS(VIT_SIZES, "b-16"),
		  [RESOLUTION] = { "resolution", "224", NULL, 16, 16384, 1, "Height and width" } },
	.make = make_vit,
};

#define DIT_CLASSES 1001    /* ImageNet's, and none */
#define DIT_FREQUENCIES 256 /* sines and cosines of the time step */
#define LATENT_CHANNELS 4
#define LATENT_SCALE 8      /* pixels of an image a latent's, along each side */

/* The condition of every layer: an embedding of the time step plus one of the class. */
static void condition(struct transformer *t)
{
	int64_t hidden = t->layer.hidden;

	emit(t->run, "tensor time %s %" PRId64 "x%d role=input", t->dtype, t->batch,
	     DIT_FREQUENCIES);
	emit(t->run, "tensor label i32 %" PRId64 " role=input", t->batch);
	t->one_row = true;
	tf_linear(t, "time.in", "time", DIT_FREQUENCIES, hidden, TF_BIAS);
	tf_unary(t, "time.act", "silu", "time.in", hidden, "");
	tf_linear(t, "time.out", "time.act", hidden, hidden, TF_BIAS);
	tf_declare_weight(t, "classes", tf_text("%dx%" PRId64, DIT_CLASSES, hidden).s);
	tf_unary(t, "class", "gather", "classes,label", hidden, "");
	tf_unary(t, "cond", "add", "time.out,class", hidden, "");
	t->one_row = false;
	t->cond = tf_name(t, "cond");
}

/* Noise and its variance for each latent of a patch: rows, which unpatching looks at as a map. */
static void dit_head(struct transformer *t, int64_t patch)
{
	static const char *const parts[] = { "norm_out.shift", "norm_out.scale" };

	tf_modulation(t, "ada_out", parts, ARRAY_SIZE(parts));
	tf_norm(t, "norm_out", t->x.s, "");
	tf_unary(t, "norm_out.mod", "modulate", "norm_out,norm_out.scale,norm_out.shift",
		 t->layer.hidden, "");
	tf_linear(t, "noise", "norm_out.mod", t->layer.hidden, patch * patch * 2 * LATENT_CHANNELS,
		  TF_BIAS | TF_OUTPUT);
}

static void make_dit(struct model_run *r)
{
	const struct model_value *value = r->values;
	const struct patches *m = find(dit, value[TF_SIZE].text);
	int64_t width = value[WIDTH].v[0], height = value[HEIGHT].v[0];
	int64_t pixels = m->patch * LATENT_SCALE;
	struct transformer t;
	struct tf_id x;

	if (!tf_start(&t, r, &m->layer, m->n_layers, 0))
		return;
	if (width % pixels || height % pixels) {
		emit_failure(r,
			     "dit: width and height must be multiples of %" PRId64
			     " (found %" PRId64 "x%" PRId64 ")",
			     pixels, width, height);
		return;
	}
	emit(r, "model dit-%s batch=%" PRId64 " resolution=%" PRId64 "x%" PRId64
	     " dtype=%s weight_dtype=%s",
	     m->size, t.batch, width, height, t.dtype, t.weight_dtype);
	t.rows = (width / pixels) * (height / pixels);
	x = embed_patches(&t, LATENT_CHANNELS, height / LATENT_SCALE, width / LATENT_SCALE,
			  m->patch);
	add_positions(&t, x);
	condition(&t);
	tf_layers(&t);
	dit_head(&t, m->patch);
}

const struct model dit_model = {
	.name = "dit",
	.help = "DiT, one step (xl-2: 675,129,632 parameters, 118.6 GMACs at 256x256).",
	.keys = { TF_KEYS(DIT_SIZES, "xl-2"),
		  [WIDTH] = { "width", "256", NULL, 16, 65536, 1,
			      "Image width, a multiple of 16; the latent has an eighth of it" },
		  [HEIGHT] = { "height", "256", NULL, 16, 65536, 1, "Image height, likewise" } },
	.make = make_dit,
};
