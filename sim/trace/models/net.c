/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements of an image network's operators.  Which operators a network has, and which of
 * them fuse, its own file says.
 */
#include "trace/models/net.h"

#include <stdio.h>
#include <string.h>

void net_id(char id[NET_ID_BYTES], const char *prefix, const char *name)
{
	int len = snprintf(id, NET_ID_BYTES, "%s%s", prefix, name);

	BUG_ON(len < 0 || len >= NET_ID_BYTES);
}

static void declare(const struct net *n, const struct net_map *m, const char *role)
{
	emit(n->run, "tensor %s %s %" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64 " %s", m->id,
	     n->map_dtype ? n->map_dtype : n->dtype, n->batch, m->channels, m->height, m->width,
	     role ? role : "");
}

void net_input(const struct net *n)
{
	declare(n, &n->x, "role=input");
}

void net_weight(const struct net *n, const char *op, const char *name, const char *dims)
{
	emit(n->run, "tensor %s.%s %s %s role=weight", op, name, n->dtype, dims);
}

void net_vector(const struct net *n, const char *op, const char *name, int64_t extent)
{
	char dims[24];

	snprintf(dims, sizeof(dims), "%" PRId64, extent);
	net_weight(n, op, name, dims);
}

void net_group(struct net *n)
{
	n->group[0] = '\0';
	n->n_group = 0;
}

void net_fuse(struct net *n)
{
	if (n->fuse && n->n_group > 1)
		emit(n->run, "fuse%s", n->group);
	net_group(n);
}

/* The map that the next operator makes. */
static void declare_next(struct net *n, const struct net_map *out)
{
	size_t len = strlen(n->group);

	declare(n, out, n->role);
	n->role = NULL;
	n->n_group++;
	BUG_ON(n->fuse && len + strlen(out->id) + 2 > sizeof(n->group));
	if (n->fuse)
		snprintf(n->group + len, sizeof(n->group) - len, " %s", out->id);
}

static int64_t window_count(int64_t extent, int64_t kernel, int64_t stride)
{
	return (extent - kernel) / stride + 1;
}

void net_conv(struct net *n, const char *prefix, const char *name, const struct net_conv *spec)
{
	int64_t stride = spec->stride ? spec->stride : 1, groups = spec->groups ? spec->groups : 1;
	int64_t pad = spec->pad_lo + spec->pad_hi;
	struct net_map out = { .channels = spec->channels };
	char dims[128], bias[NET_ID_BYTES + 8] = "";

	net_id(out.id, prefix, name);
	out.height = window_count(n->x.height + pad, spec->kernel, stride);
	out.width = window_count(n->x.width + pad, spec->kernel, stride);
	snprintf(dims, sizeof(dims), "%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, spec->channels,
		 n->x.channels / groups, spec->kernel, spec->kernel);
	net_weight(n, out.id, "weight", dims);
	if (!spec->no_bias) {
		net_vector(n, out.id, "bias", spec->channels);
		snprintf(bias, sizeof(bias), ",%s.bias", out.id);
	}
	declare_next(n, &out);
	if (spec->pad_lo == spec->pad_hi)
		snprintf(dims, sizeof(dims), "%" PRId64, spec->pad_lo);
	else
		snprintf(dims, sizeof(dims), "%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64,
			 spec->pad_lo, spec->pad_lo, spec->pad_hi, spec->pad_hi);
	emit(n->run,
	     "op %s conv2d in=%s,%s.weight%s out=%s stride=%" PRId64 " pad=%s groups=%" PRId64,
	     out.id, n->x.id, out.id, bias, out.id, stride, dims, groups);
	n->x = out;
}

void net_conv_same(struct net *n, const char *prefix, const char *name, int64_t channels,
		   int64_t kernel)
{
	net_conv(n, prefix, name,
		 &(struct net_conv){ .channels = channels,
				     .kernel = kernel,
				     .pad_lo = kernel / 2,
				     .pad_hi = kernel / 2 });
}

void net_unary(struct net *n, const char *prefix, const char *name, const char *kind)
{
	struct net_map out = n->x;

	net_id(out.id, prefix, name);
	declare_next(n, &out);
	emit(n->run, "op %s %s in=%s out=%s", out.id, kind, n->x.id, out.id);
	n->x = out;
}

void net_affine(struct net *n, const char *prefix, const char *name, const char *kind,
		const char *attrs)
{
	struct net_map out = n->x;

	net_id(out.id, prefix, name);
	net_vector(n, out.id, "weight", out.channels);
	net_vector(n, out.id, "bias", out.channels);
	declare_next(n, &out);
	emit(n->run, "op %s %s in=%s,%s.weight,%s.bias out=%s %s", out.id, kind, n->x.id, out.id,
	     out.id, out.id, attrs);
	n->x = out;
}

void net_add(struct net *n, const char *prefix, const char *name, const struct net_map *other)
{
	struct net_map out = n->x;

	net_id(out.id, prefix, name);
	declare_next(n, &out);
	emit(n->run, "op %s add in=%s,%s out=%s", out.id, n->x.id, other->id, out.id);
	n->x = out;
}

void net_upsample(struct net *n, const char *prefix, const char *name)
{
	struct net_map out = n->x;

	net_id(out.id, prefix, name);
	out.height *= 2;
	out.width *= 2;
	declare_next(n, &out);
	emit(n->run, "op %s upsample in=%s out=%s scale=2", out.id, n->x.id, out.id);
	n->x = out;
}

void net_max_pool(struct net *n, const char *name, int64_t kernel, int64_t stride, int64_t pad)
{
	struct net_map out = n->x;

	net_id(out.id, "", name);
	out.height = window_count(n->x.height + 2 * pad, kernel, stride);
	out.width = window_count(n->x.width + 2 * pad, kernel, stride);
	declare_next(n, &out);
	emit(n->run,
	     "op %s maxpool in=%s out=%s kernel=%" PRId64 " stride=%" PRId64 " pad=%" PRId64,
	     out.id, n->x.id, out.id, kernel, stride, pad);
	n->x = out;
}

void net_classifier(struct net *n, const char *pool, const char *linear, int64_t classes)
{
	struct net_map out = n->x;
	char dims[48];

	net_id(out.id, "", pool);
	out.height = out.width = 1;
	declare_next(n, &out);
	emit(n->run, "op %s globalpool in=%s out=%s", pool, n->x.id, pool);
	emit(n->run, "tensor flat %s %" PRId64 "x%" PRId64, n->dtype, n->batch, out.channels);
	emit(n->run, "op flat reshape in=%s out=flat", pool);
	snprintf(dims, sizeof(dims), "%" PRId64 "x%" PRId64, out.channels, classes);
	net_weight(n, linear, "weight", dims);
	net_vector(n, linear, "bias", classes);
	emit(n->run, "tensor %s %s %" PRId64 "x%" PRId64 " role=output", linear, n->dtype, n->batch,
	     classes);
	emit(n->run, "op %s matmul in=flat,%s.weight,%s.bias out=%s", linear, linear, linear,
	     linear);
}
