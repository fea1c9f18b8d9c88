/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks that classify images: ResNet-50 (He et al., arXiv 1512.03385) and MobileNetV2
 * (Sandler et al., arXiv 1801.04381), as torchvision has them.
 */
#include <stdio.h>
#include <string.h>

#include "trace/models/net.h"

#define CLASSES 1000

static bool is(const struct model_value *value, const char *word)
{
	return strcmp(value->text, word) == 0;
}

/* Keys that both networks have, in this order. */
enum { BATCH, RESOLUTION, DTYPE, BN, FUSE, STRIDE, SUM_DTYPE };
#define COMMON_KEYS                                                                                \
	[BATCH] = { "batch", "1", NULL, 1, 65536, 1, "Images" },                                   \
	[RESOLUTION] = { "resolution", "224", NULL, 32, 16384, 1, "Height and width" },            \
	[DTYPE] = { "dtype", "f16", MODEL_DTYPES, 0, 0, 1, "Type of all tensors" },                \
	[BN] = { "bn", "separate", "separate|folded", 0, 0, 1,                                     \
		 "Batch norms as operators, or as biases of their convolutions" },                 \
	[FUSE] = { "fuse", "hand", "hand|conv|none", 0, 0, 1,                                      \
		   "Fuse lines of the trace: convolution, norm, activation; hand: and residual "   \
		   "add" }

struct cnn {
	struct net net;
	bool folds;       /* batch norms into convolutions */
	bool fuses_add;
	const char *sums; /* type between a convolution and its activation; NULL: of all tensors */
};

static struct cnn start(struct model_run *r, const char *name)
{
	const struct model_value *value = r->values;
	struct cnn c = { .net = { .run = r,
				  .dtype = value[DTYPE].text,
				  .batch = value[BATCH].v[0],
				  .fuse = !is(&value[FUSE], "none") },
			 .folds = is(&value[BN], "folded"),
			 .fuses_add = is(&value[FUSE], "hand") };

	c.net.x = (struct net_map){ .id = "image",
				.channels = 3,
				.height = value[RESOLUTION].v[0],
				.width = value[RESOLUTION].v[0] };
	emit(r, "model %s batch=%" PRId64 " resolution=%" PRId64 "x%" PRId64 " dtype=%s bn=%s",
	     name, c.net.batch, c.net.x.height, c.net.x.width, c.net.dtype, value[BN].text);
	net_input(&c.net);
	return c;
}

/* A convolution, its batch norm, or a bias in its place, and a nonlinearity unless `act` is NULL.
 */
static void conv_bn(struct cnn *c, const char *prefix, const char *name, struct net_conv spec,
		    const char *act)
{
	struct net *n = &c->net;
	char id[NET_ID_BYTES];

	spec.no_bias = !c->folds;
	spec.pad_lo = spec.pad_hi = spec.kernel / 2;
	n->map_dtype = c->sums;
	net_conv(n, prefix, name, &spec);
	net_id(id, name, "_bn");
	if (!c->folds)
		net_affine(n, prefix, id, "batchnorm", "");
	if (!act)
		return;
	n->map_dtype = NULL;
	net_id(id, name, "_act");
	net_unary(n, prefix, id, act);
}

/* 1x1, 3x3, 1x1 to four times the width, and the input added. */
static void bottleneck(struct cnn *c, const char *p, int64_t width, int64_t stride)
{
	struct net *n = &c->net;
	bool first = is(&n->run->values[STRIDE], "1x1");
	struct net_map in = n->x, shortcut = n->x;
	struct net_conv spec = { .channels = 4 * width, .kernel = 1, .stride = stride };

	net_group(n);
	if (in.channels != 4 * width) {
		conv_bn(c, p, "downsample", spec, NULL);
		net_fuse(n);
		shortcut = n->x;
		n->x = in;
	}
	spec = (struct net_conv){ .channels = width, .kernel = 1, .stride = first ? stride : 1 };
	conv_bn(c, p, "conv1", spec, "relu");
	net_fuse(n);
	spec = (struct net_conv){ .channels = width, .kernel = 3, .stride = first ? 1 : stride };
	conv_bn(c, p, "conv2", spec, "relu");
	net_fuse(n);
	conv_bn(c, p, "conv3", (struct net_conv){ .channels = 4 * width, .kernel = 1 }, NULL);
	if (!c->fuses_add)
		net_fuse(n);
	net_add(n, p, "add", &shortcut);
	n->map_dtype = NULL;
	net_unary(n, p, "relu", "relu");
	net_fuse(n);
}

static void make_resnet50(struct model_run *r)
{
	static const struct {
		int64_t blocks, width, stride;
	} layers[] = { { 3, 64, 1 }, { 4, 128, 2 }, { 6, 256, 2 }, { 3, 512, 2 } };
	struct cnn c = start(r, "resnet50");
	struct net *n = &c.net;
	char p[NET_ID_BYTES];

	if (!is(&r->values[SUM_DTYPE], "same"))
		c.sums = r->values[SUM_DTYPE].text;
	net_group(n);
	conv_bn(&c, "", "conv1",
		(struct net_conv){ .channels = 64, .kernel = 7, .stride = 2 }, "relu");
	net_fuse(n);
	net_max_pool(n, "maxpool", 3, 2, 1);
	for (size_t i = 0; i < ARRAY_SIZE(layers); i++) {
		for (int64_t b = 0; b < layers[i].blocks; b++) {
			snprintf(p, sizeof(p), "layer%zu.%" PRId64 ".", i + 1, b);
			bottleneck(&c, p, layers[i].width, b ? 1 : layers[i].stride);
		}
	}
	net_classifier(n, "avgpool", "fc", CLASSES);
}

const struct model resnet50_model = {
	.name = "resnet50",
	.help = "ResNet-50, torchvision's (25,557,032 parameters, 4.09 GMACs at 224x224).",
	.keys = {
		COMMON_KEYS,
		[STRIDE] = { "stride", "3x3", "3x3|1x1", 0, 0, 1,
			     "Convolution of a block that has its stride: 3x3 in torchvision, 1x1 "
			     "in the paper" },
		[SUM_DTYPE] = { "sum_dtype", "same", "same|i32|f32|f16", 0, 0, 1,
				"Type of maps between a convolution and its activation" },
	},
	.make = make_resnet50,
};

/* 1x1 to `expansion` times the channels, depthwise 3x3, 1x1 without a nonlinearity. */
static void inverted_residual(struct cnn *c, const char *p, int64_t expansion, int64_t channels,
			      int64_t stride)
{
	struct net *n = &c->net;
	struct net_map in = n->x;
	int64_t hidden = expansion * in.channels;

	net_group(n);
	if (expansion > 1) {
		conv_bn(c, p, "expand", (struct net_conv){ .channels = hidden, .kernel = 1 },
			"clip");
		net_fuse(n);
	}
	conv_bn(c, p, "depthwise",
		(struct net_conv){
			.channels = hidden, .kernel = 3, .stride = stride, .groups = hidden },
		"clip");
	net_fuse(n);
	conv_bn(c, p, "project", (struct net_conv){ .channels = channels, .kernel = 1 },
		NULL);
	if (!c->fuses_add)
		net_fuse(n);
	if (stride == 1 && in.channels == channels)
		net_add(n, p, "add", &in);
	net_fuse(n);
}

static void make_mobilenet_v2(struct model_run *r)
{
	static const struct {
		int64_t expansion, channels, blocks, stride;
	} rows[] = { { 1, 16, 1, 1 }, { 6, 24, 2, 2 }, { 6, 32, 3, 2 },	 { 6, 64, 4, 2 },
		     { 6, 96, 3, 1 }, { 6, 160, 3, 2 }, { 6, 320, 1, 1 } };
	struct cnn c = start(r, "mobilenet-v2");
	struct net *n = &c.net;
	char p[NET_ID_BYTES];
	unsigned block = 0;

	net_group(n);
	conv_bn(&c, "", "stem",
		(struct net_conv){ .channels = 32, .kernel = 3, .stride = 2 }, "clip");
	net_fuse(n);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int64_t b = 0; b < rows[i].blocks; b++) {
			snprintf(p, sizeof(p), "block%u.", ++block);
			inverted_residual(&c, p, rows[i].expansion, rows[i].channels,
					  b ? 1 : rows[i].stride);
		}
	}
	conv_bn(&c, "", "head", (struct net_conv){ .channels = 1280, .kernel = 1 }, "clip");
	net_fuse(n);
	net_classifier(n, "avgpool", "classifier", CLASSES);
}

const struct model mobilenet_v2_model = {
	.name = "mobilenet-v2",
	.help = "MobileNetV2, torchvision's (3,504,872 parameters, 0.301 GMACs at 224x224).",
	.keys = { COMMON_KEYS },
	.make = make_mobilenet_v2,
};
