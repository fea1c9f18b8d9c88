/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder and the encoder of a Stable-Diffusion-style VAE (AutoencoderKL), with their
 * quant convolutions, and the decoder's upsampling block alone.  Names follow the operator table
 * that tests/data/vae_decoder_ops.csv holds.
 */
#include <stdio.h>
#include <string.h>

#include "trace/models/net.h"

enum { WIDTH, HEIGHT, LATENT_CHANNELS, BLOCK_CHANNELS, LAYERS, NORM_GROUPS, DTYPE, FUSE };

struct vae {
	struct net net;
	int64_t groups;
	bool fuse;
};

static void norm(struct vae *v, const char *prefix, const char *name)
{
	char groups[32];

	snprintf(groups, sizeof(groups), "groups=%" PRId64, v->groups);
	net_affine(&v->net, prefix, name, "groupnorm", groups);
}

static void resnet(struct vae *v, const char *p, int64_t channels)
{
	struct net_map in = v->net.x, main_path;

	norm(v, p, "norm1");
	net_unary(&v->net, p, "act1", "silu");
	net_conv_same(&v->net, p, "conv1", channels, 3);
	norm(v, p, "norm2");
	net_unary(&v->net, p, "act2", "silu");
	net_conv_same(&v->net, p, "conv2", channels, 3);
	main_path = v->net.x;
	v->net.x = in;
	if (in.channels != channels)
		net_conv_same(&v->net, p, "conv_shortcut", channels, 1);
	net_add(&v->net, p, "add", &main_path);
	if (!v->fuse)
		return;
	emit(v->net.run, "fuse %snorm1 %sact1 %sconv1", p, p, p);
	if (in.channels == channels)
		emit(v->net.run, "fuse %snorm2 %sact2 %sconv2 %sadd", p, p, p, p);
	else
		emit(v->net.run, "fuse %snorm2 %sact2 %sconv2 %sconv_shortcut %sadd", p, p, p, p,
		     p);
}

/* A Linear on positions x channels: out = in W + b. */
static void linear(const struct vae *v, const char *op, const char *in, const char *flags,
		   int64_t positions, int64_t channels)
{
	char dims[48];

	snprintf(dims, sizeof(dims), "%" PRId64 "x%" PRId64, channels, channels);
	net_weight(&v->net, op, "weight", dims);
	net_vector(&v->net, op, "bias", channels);
	emit(v->net.run, "tensor %s %s 1x%" PRId64 "x%" PRId64, op, v->net.dtype, positions,
	     channels);
	emit(v->net.run, "op %s matmul in=%s,%s.weight,%s.bias out=%s%s", op, in, op, op, op,
	     flags);
}

/* One head over all positions.  The map is looked at as channels x positions, and back: views. */
static void attention(struct vae *v, const char *p)
{
	struct net_map in = v->net.x, out;
	int64_t c = in.channels, l = in.height * in.width;
	static const char *const projections[] = { "to_q", "to_k", "to_v" };
	char id[NET_ID_BYTES], from[NET_ID_BYTES];

	norm(v, p, "group_norm");
	snprintf(from, sizeof(from), "%sflat", p);
	emit(v->net.run, "tensor %s %s 1x%" PRId64 "x%" PRId64, from, v->net.dtype, c, l);
	emit(v->net.run, "op %s reshape in=%s out=%s", from, v->net.x.id, from);
	for (size_t i = 0; i < ARRAY_SIZE(projections); i++) {
		snprintf(id, sizeof(id), "%s%s", p, projections[i]);
		linear(v, id, from, " transpose_a=1", l, c);
	}
	emit(v->net.run, "tensor %sqk %s 1x%" PRId64 "x%" PRId64, p, v->net.dtype, l, l);
	emit(v->net.run, "op %sqk matmul in=%sto_q,%sto_k out=%sqk transpose_b=1", p, p, p, p);
	emit(v->net.run, "tensor %ssoftmax %s 1x%" PRId64 "x%" PRId64, p, v->net.dtype, l, l);
	emit(v->net.run, "op %ssoftmax softmax in=%sqk out=%ssoftmax", p, p, p);
	emit(v->net.run, "tensor %spv %s 1x%" PRId64 "x%" PRId64, p, v->net.dtype, l, c);
	emit(v->net.run, "op %spv matmul in=%ssoftmax,%sto_v out=%spv", p, p, p, p);
	snprintf(id, sizeof(id), "%sto_out", p);
	snprintf(from, sizeof(from), "%spv", p);
	linear(v, id, from, "", l, c);
	emit(v->net.run, "tensor %schannels %s 1x%" PRId64 "x%" PRId64, p, v->net.dtype, c, l);
	emit(v->net.run, "op %schannels transpose in=%s out=%schannels perm=0,2,1", p, id, p);
	out = in;
	net_id(out.id, p, "map");
	emit(v->net.run, "tensor %s %s 1x%" PRId64 "x%" PRId64 "x%" PRId64, out.id, v->net.dtype,
	     out.channels, out.height, out.width);
	emit(v->net.run, "op %s reshape in=%schannels out=%s", out.id, p, out.id);
	v->net.x = out;
	net_add(&v->net, p, "add", &in);
}

static void up_block(struct vae *v, size_t index, int64_t layers, int64_t channels, bool is_last)
{
	char p[NET_ID_BYTES];

	for (int64_t i = 0; i <= layers; i++) {
		snprintf(p, sizeof(p), "up%zu.res%" PRId64 ".", index, i);
		resnet(v, p, channels);
	}
	if (is_last)
		return;
	snprintf(p, sizeof(p), "up%zu.", index);
	net_upsample(&v->net, p, "upsample");
	net_conv_same(&v->net, p, "upconv", channels, 3);
	if (v->fuse)
		emit(v->net.run, "fuse %supsample %supconv", p, p);
}

static void down_block(struct vae *v, size_t index, int64_t layers, int64_t channels, bool is_last)
{
	char p[NET_ID_BYTES];

	for (int64_t i = 0; i < layers; i++) {
		snprintf(p, sizeof(p), "down%zu.res%" PRId64 ".", index, i);
		resnet(v, p, channels);
	}
	if (is_last)
		return;
	snprintf(p, sizeof(p), "down%zu.", index);
	net_conv(&v->net, p, "downconv",
		 &(struct net_conv){ .channels = channels, .kernel = 3, .stride = 2, .pad_hi = 1 });
}

static void middle(struct vae *v, int64_t channels)
{
	resnet(v, "mid.res0.", channels);
	attention(v, "mid.attn.");
	resnet(v, "mid.res1.", channels);
}

/* What ends both networks: norm, SiLU and a convolution. */
static void finish(struct vae *v, int64_t channels, const char *role)
{
	norm(v, "", "norm_out");
	net_unary(&v->net, "", "act_out", "silu");
	v->net.role = role;
	net_conv_same(&v->net, "", "conv_out", channels, 3);
	if (v->fuse)
		emit(v->net.run, "fuse norm_out act_out conv_out");
}

static struct vae start(struct model_run *r, const char *dtype, const char *fuse)
{
	return (struct vae){ .net = { .run = r, .dtype = dtype, .batch = 1 },
			     .fuse = strcmp(fuse, "hand") == 0 };
}

/* Either network: whole latents, each of `scale` pixels along either side. */
static struct vae start_network(struct model_run *r, const char *name, const char *verb,
				int64_t *scale)
{
	const struct model_value *value = r->values;
	struct vae v = start(r, value[DTYPE].text, value[FUSE].text);

	*scale = (int64_t)1 << (value[BLOCK_CHANNELS].n - 1);
	v.groups = value[NORM_GROUPS].v[0];
	v.net.x.height = (value[HEIGHT].v[0] + *scale - 1) / *scale;
	v.net.x.width = (value[WIDTH].v[0] + *scale - 1) / *scale;
	emit(r, "model %s resolution=%" PRId64 "x%" PRId64 " %s=%" PRId64 "x%" PRId64 " dtype=%s",
	     name, value[WIDTH].v[0], value[HEIGHT].v[0], verb, v.net.x.width * *scale,
	     v.net.x.height * *scale, v.net.dtype);
	return v;
}

static void make_decoder(struct model_run *r)
{
	const struct model_value *value = r->values, *blocks = &value[BLOCK_CHANNELS];
	int64_t scale, deepest = blocks->v[blocks->n - 1];
	struct vae v = start_network(r, "vae-decoder", "decoded", &scale);

	net_id(v.net.x.id, "", "latent");
	v.net.x.channels = value[LATENT_CHANNELS].v[0];
	net_input(&v.net);
	net_conv_same(&v.net, "", "post_quant_conv", v.net.x.channels, 1);
	net_conv_same(&v.net, "", "conv_in", deepest, 3);
	middle(&v, deepest);
	for (size_t i = 0; i < blocks->n; i++)
		up_block(&v, i, value[LAYERS].v[0], blocks->v[blocks->n - 1 - i],
			 i + 1 == blocks->n);
	finish(&v, 3, "role=output");
}

/* To mean and variance of each latent. */
static void make_encoder(struct model_run *r)
{
	const struct model_value *value = r->values, *blocks = &value[BLOCK_CHANNELS];
	int64_t scale, moments = 2 * value[LATENT_CHANNELS].v[0];
	struct vae v = start_network(r, "vae-encoder", "encoded", &scale);

	net_id(v.net.x.id, "", "image");
	v.net.x.channels = 3;
	v.net.x.height *= scale;
	v.net.x.width *= scale;
	net_input(&v.net);
	net_conv_same(&v.net, "", "conv_in", blocks->v[0], 3);
	for (size_t i = 0; i < blocks->n; i++)
		down_block(&v, i, value[LAYERS].v[0], blocks->v[i], i + 1 == blocks->n);
	middle(&v, blocks->v[blocks->n - 1]);
	finish(&v, moments, NULL);
	v.net.role = "role=output";
	net_conv_same(&v.net, "", "quant_conv", moments, 1);
}

#define NETWORK_KEYS                                                                               \
	[WIDTH] = { "width", "720", NULL, 1, 65536, 1,                                             \
		    "Image width; in whole latent columns of 2^(blocks - 1)" },                    \
	[HEIGHT] = { "height", "480", NULL, 1, 65536, 1, "Image height, likewise" },               \
	[LATENT_CHANNELS] = { "latent_channels", "4", NULL, 1, 4096, 1,                            \
			      "Channels of the latent" },                                          \
	[BLOCK_CHANNELS] = { "block_channels", "128,256,512,512", NULL, 1, 65536, MODEL_MAX_LIST,  \
			     "Channels of the blocks, from the image's side" },                    \
	[LAYERS] = { "layers", "2", NULL, 1, 64, 1,                                                \
		     "Layers of a block; the decoder has one more residual block each" },          \
	[NORM_GROUPS] = { "norm_groups", "32", NULL, 1, 65536, 1,                                  \
			  "Groups of the normalisations; divide all block channels" },             \
	[DTYPE] = { "dtype", "f16", MODEL_DTYPES, 0, 0, 1, "Type of all tensors" },                \
	[FUSE] = { "fuse", "hand", MODEL_FUSE, 0, 0, 1, "Fuse lines of the trace" }

const struct model vae_decoder_model = {
	.name = "vae-decoder",
	.help = "Decoder of a Stable-Diffusion-style VAE: latent to image, one frame.",
	.keys = { NETWORK_KEYS },
	.make = make_decoder,
};

const struct model vae_encoder_model = {
	.name = "vae-encoder",
	.help = "Encoder of a Stable-Diffusion-style VAE: image to latent (34,163,664 parameters).",
	.keys = { NETWORK_KEYS },
	.make = make_encoder,
};

enum { BLOCK_WIDTH, BLOCK_HEIGHT, CHANNELS, BLOCK_GROUPS, BLOCK_DTYPE, BLOCK_FUSE };

static void make_block(struct model_run *r)
{
	const struct model_value *value = r->values;
	struct vae v = start(r, value[BLOCK_DTYPE].text, value[BLOCK_FUSE].text);

	if (value[BLOCK_WIDTH].v[0] % 2 || value[BLOCK_HEIGHT].v[0] % 2) {
		emit_failure(r,
			     "vae-block: width and height must be even (found %" PRId64 "x%" PRId64
			     ")",
			     value[BLOCK_WIDTH].v[0], value[BLOCK_HEIGHT].v[0]);
		return;
	}
	v.groups = value[BLOCK_GROUPS].v[0];
	v.net.x = (struct net_map){ .id = "x",
			    .channels = value[CHANNELS].v[0],
			    .height = value[BLOCK_HEIGHT].v[0] / 2,
			    .width = value[BLOCK_WIDTH].v[0] / 2 };
	emit(r, "model vae-block resolution=%" PRId64 "x%" PRId64 " channels=%" PRId64 " dtype=%s",
	     value[BLOCK_WIDTH].v[0], value[BLOCK_HEIGHT].v[0], v.net.x.channels, v.net.dtype);
	net_input(&v.net);
	net_upsample(&v.net, "", "up");
	net_conv_same(&v.net, "", "conv", v.net.x.channels, 3);
	norm(&v, "", "norm");
	v.net.role = "role=output";
	net_unary(&v.net, "", "act", "silu");
	if (v.fuse)
		emit(r, "fuse up conv norm act");
}

const struct model vae_block_model = {
	.name = "vae-block",
	.help = "Upsample x2, convolution 3x3, group norm, SiLU: the block of the fusion claim.",
	.keys = {
		[BLOCK_WIDTH] = { "width", "720", NULL, 2, 65536, 1, "Width at the output; even" },
		[BLOCK_HEIGHT] = { "height", "480", NULL, 2, 65536, 1,
				   "Height at the output; even" },
		[CHANNELS] = { "channels", "128", NULL, 1, 65536, 1, "Channels" },
		[BLOCK_GROUPS] = { "norm_groups", "32", NULL, 1, 65536, 1,
				   "Groups of the normalisation; divide the channels" },
		[BLOCK_DTYPE] = { "dtype", "f16", MODEL_DTYPES, 0, 0, 1, "Type of all tensors" },
		[BLOCK_FUSE] = { "fuse", "hand", MODEL_FUSE, 0, 0, 1, "Fuse lines of the trace" },
	},
	.make = make_block,
};
