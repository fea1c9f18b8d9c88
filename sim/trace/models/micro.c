/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microbenchmarks: single operators and plain chains, whose work and traffic have
 * closed forms.
 */
#include <stdio.h>
#include <string.h>

#include "trace/models/model.h"

enum { MATMUL_M, MATMUL_K, MATMUL_N, MATMUL_BATCH, MATMUL_DTYPE };

static void make_matmul(struct model_run *r)
{
	const struct model_value *value = r->values;
	int64_t m = value[MATMUL_M].v[0], k = value[MATMUL_K].v[0], n = value[MATMUL_N].v[0];
	int64_t batch = value[MATMUL_BATCH].v[0];
	const char *dtype = value[MATMUL_DTYPE].text;

	emit(r, "model matmul m=%" PRId64 " k=%" PRId64 " n=%" PRId64 " batch=%" PRId64 " dtype=%s",
	     m, k, n, batch, dtype);
	emit(r, "tensor a %s %" PRId64 "x%" PRId64 "x%" PRId64 " role=input", dtype, batch, m, k);
	emit(r, "tensor b %s %" PRId64 "x%" PRId64 "x%" PRId64 " role=weight", dtype, batch, k, n);
	emit(r, "tensor c %s %" PRId64 "x%" PRId64 "x%" PRId64 " role=output", dtype, batch, m, n);
	emit(r, "op matmul matmul in=a,b out=c");
}

const struct model matmul_model = {
	.name = "matmul",
	.help = "One product c = a b: m x k by k x n.",
	.keys = {
		[MATMUL_M] = { "m", "4096", NULL, 1, INT32_MAX, 1, "Rows" },
		[MATMUL_K] = { "k", "4096", NULL, 1, INT32_MAX, 1, "Depth" },
		[MATMUL_N] = { "n", "4096", NULL, 1, INT32_MAX, 1, "Columns" },
		[MATMUL_BATCH] = { "batch", "1", NULL, 1, INT32_MAX, 1, "Products of that shape" },
		[MATMUL_DTYPE] = { "dtype", "f16", MODEL_DTYPES, 0, 0, 1, "Type of all tensors" },
	},
	.make = make_matmul,
};

enum {
	CONV_WIDTH,
	CONV_HEIGHT,
	CONV_IN,
	CONV_OUT,
	CONV_KERNEL,
	CONV_STRIDE,
	CONV_PAD,
	CONV_GROUPS,
	CONV_DTYPE
};

static void make_conv(struct model_run *r)
{
	const struct model_value *value = r->values;
	int64_t kernel = value[CONV_KERNEL].v[0], stride = value[CONV_STRIDE].v[0];
	int64_t pad = value[CONV_PAD].v[0], groups = value[CONV_GROUPS].v[0];
	int64_t width = value[CONV_WIDTH].v[0], height = value[CONV_HEIGHT].v[0];
	int64_t in = value[CONV_IN].v[0], out = value[CONV_OUT].v[0];
	const char *dtype = value[CONV_DTYPE].text;

	if (kernel > height + 2 * pad || kernel > width + 2 * pad || in % groups || out % groups) {
		emit_failure(r, "conv: the kernel must fit the padded input, and groups divide "
				"both channel "
				"counts");
		return;
	}
	emit(r, "model conv width=%" PRId64 " height=%" PRId64 " kernel=%" PRId64 " dtype=%s",
	     width, height, kernel, dtype);
	emit(r, "tensor x %s 1x%" PRId64 "x%" PRId64 "x%" PRId64 " role=input", dtype, in, height,
	     width);
	emit(r, "tensor w %s %" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64 " role=weight", dtype,
	     out, in / groups, kernel, kernel);
	emit(r, "tensor b %s %" PRId64 " role=weight", dtype, out);
	emit(r, "tensor y %s 1x%" PRId64 "x%" PRId64 "x%" PRId64 " role=output", dtype, out,
	     (height + 2 * pad - kernel) / stride + 1, (width + 2 * pad - kernel) / stride + 1);
	emit(r, "op conv conv2d in=x,w,b out=y stride=%" PRId64 " pad=%" PRId64 " groups=%" PRId64,
	     stride, pad, groups);
}

const struct model conv_model = {
	.name = "conv",
	.help = "One convolution with bias.",
	.keys = {
		[CONV_WIDTH] = { "width", "256", NULL, 1, 65536, 1, "Width of the input" },
		[CONV_HEIGHT] = { "height", "256", NULL, 1, 65536, 1, "Height of the input" },
		[CONV_IN] = { "in_channels", "128", NULL, 1, 1048576, 1, "Channels of the input" },
		[CONV_OUT] = { "out_channels", "128", NULL, 1, 1048576, 1,
			       "Channels of the output" },
		[CONV_KERNEL] = { "kernel", "3", NULL, 1, 4096, 1,
				  "Height and width of the kernel" },
		[CONV_STRIDE] = { "stride", "1", NULL, 1, 65535, 1, "Stride" },
		[CONV_PAD] = { "pad", "1", NULL, 0, 65535, 1, "Padding on each side" },
		[CONV_GROUPS] = { "groups", "1", NULL, 1, 1048576, 1, "Groups of channels" },
		[CONV_DTYPE] = { "dtype", "f16", MODEL_DTYPES, 0, 0, 1, "Type of all tensors" },
	},
	.make = make_conv,
};

/* "1x128x256x256" */
static void shape_of(const struct model_value *dims, char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < dims->n; i++)
		at += (size_t)snprintf(out + at, size - at, i ? "x%" PRId64 : "%" PRId64,
				       dims->v[i]);
}

#define ONE_INPUT "cast|relu|silu|gelu|sigmoid|tanh|exp|sqrt|neg|erf|abs|log|clip|hardswish"
#define TWO_INPUTS "add|sub|mul|div|max|min|pow"
#define SHAPE_KEY                                                                                  \
	{                                                                                          \
		"shape", "1,128,256,256", NULL, 1, INT32_MAX, MAX_DIMS, "Dimensions"               \
	}

enum { ELEMENTWISE_KIND, ELEMENTWISE_SHAPE, ELEMENTWISE_COUNT, ELEMENTWISE_DTYPE };

static void make_elementwise(struct model_run *r)
{
	const struct model_value *value = r->values;
	const char *kind = value[ELEMENTWISE_KIND].text, *dtype = value[ELEMENTWISE_DTYPE].text;
	char shape[SHAPE_TEXT], bounded[32];
	bool has_two;

	snprintf(bounded, sizeof(bounded), "|%s|", kind);
	has_two = strstr("|" TWO_INPUTS "|", bounded) != NULL;
	shape_of(&value[ELEMENTWISE_SHAPE], shape, sizeof(shape));
	emit(r, "model elementwise kind=%s shape=%s dtype=%s", kind, shape, dtype);
	for (int64_t i = 0; i < value[ELEMENTWISE_COUNT].v[0]; i++) {
		emit(r, "tensor a%" PRId64 " %s %s role=input", i, dtype, shape);
		if (has_two)
			emit(r, "tensor b%" PRId64 " %s %s role=input", i, dtype, shape);
		emit(r, "tensor y%" PRId64 " %s %s role=output", i, dtype, shape);
		if (has_two)
			emit(r, "op op%" PRId64 " %s in=a%" PRId64 ",b%" PRId64 " out=y%" PRId64, i,
			     kind, i, i, i);
		else
			emit(r, "op op%" PRId64 " %s in=a%" PRId64 " out=y%" PRId64, i, kind, i, i);
	}
}

const struct model elementwise_model = {
	.name = "elementwise",
	.help = "Independent elementwise operators; kind=cast is a plain copy.",
	.keys = {
		[ELEMENTWISE_KIND] = { "kind", "add", TWO_INPUTS "|" ONE_INPUT, 0, 0, 1,
				       "Kind of the operators" },
		[ELEMENTWISE_SHAPE] = SHAPE_KEY,
		[ELEMENTWISE_COUNT] = { "count", "1", NULL, 1, 1000000, 1, "Number of operators" },
		[ELEMENTWISE_DTYPE] = { "dtype", "f16", MODEL_DTYPES, 0, 0, 1,
					"Type of all tensors" },
	},
	.make = make_elementwise,
};

enum { CHAIN_KIND, CHAIN_LENGTH, CHAIN_SHAPE, CHAIN_DTYPE, CHAIN_FUSE };

/* All operators of a chain as one group; the trace's lines are bounded. */
#define MAX_FUSED_CHAIN 60

static void fuse_chain(struct model_run *r, int64_t length)
{
	char text[16 * MAX_FUSED_CHAIN];
	size_t at = 0;

	for (int64_t i = 0; i < length; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, " op%" PRId64, i);
	emit(r, "fuse%s", text);
}

static void make_chain(struct model_run *r)
{
	const struct model_value *value = r->values;
	const char *kind = value[CHAIN_KIND].text, *dtype = value[CHAIN_DTYPE].text;
	int64_t length = value[CHAIN_LENGTH].v[0];
	bool fuse = strcmp(value[CHAIN_FUSE].text, "hand") == 0 && length > 1;
	char shape[SHAPE_TEXT];

	if (fuse && length > MAX_FUSED_CHAIN) {
		emit_failure(r,
			     "chain: a fused chain has at most %d operators (found %" PRId64
			     "); give fuse=none",
			     MAX_FUSED_CHAIN, length);
		return;
	}
	shape_of(&value[CHAIN_SHAPE], shape, sizeof(shape));
	emit(r, "model chain kind=%s length=%" PRId64 " shape=%s dtype=%s", kind, length, shape,
	     dtype);
	emit(r, "tensor t0 %s %s role=input", dtype, shape);
	for (int64_t i = 0; i < length; i++) {
		emit(r, "tensor t%" PRId64 " %s %s %s", i + 1, dtype, shape,
		     i + 1 == length ? "role=output" : "");
		emit(r, "op op%" PRId64 " %s in=t%" PRId64 " out=t%" PRId64, i, kind, i, i + 1);
	}
	if (fuse)
		fuse_chain(r, length);
}

const struct model chain_model = {
	.name = "chain",
	.help = "A chain of elementwise operators, each on the output of the one before.",
	.keys = {
		[CHAIN_KIND] = { "kind", "silu", ONE_INPUT, 0, 0, 1, "Kind of the operators" },
		[CHAIN_LENGTH] = { "length", "8", NULL, 1, 1000000, 1, "Number of operators" },
		[CHAIN_SHAPE] = SHAPE_KEY,
		[CHAIN_DTYPE] = { "dtype", "f16", MODEL_DTYPES, 0, 0, 1, "Type of all tensors" },
		[CHAIN_FUSE] = { "fuse", "hand", MODEL_FUSE, 0, 0, 1,
				 "Fuse lines of the trace: hand makes all one group" },
	},
	.make = make_chain,
};
