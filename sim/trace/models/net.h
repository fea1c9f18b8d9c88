/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What generators of image networks share: the map of activations on its way through the
 * network, and a function for each operator, which takes the latest map to the next.  An
 * operator has the name of the map that it makes; its weights are NAME.weight and NAME.bias.
 */
#ifndef MEMSIM_TRACE_MODELS_NET_H
#define MEMSIM_TRACE_MODELS_NET_H

#include "trace/models/model.h"

#define NET_ID_BYTES 64
#define NET_GROUP_BYTES (8 * (NET_ID_BYTES + 1))

struct net_map {
	char id[NET_ID_BYTES];
	int64_t channels, height, width;
};

struct net {
	struct model_run *run;
	const char *dtype;
	int64_t batch;
	const char *role;      /* of the next map; NULL: an intermediate */
	const char *map_dtype; /* of the next maps; NULL: dtype */
	struct net_map x; /* the latest */
	bool fuse;
	char group[NET_GROUP_BYTES]; /* operators since net_group() or net_fuse() */
	unsigned n_group;
};

/* Prefix and name, joined; a BUG() if too long. */
void net_id(char id[NET_ID_BYTES], const char *prefix, const char *name);
/* Declares n->x, which no operator makes. */
void net_input(const struct net *n);
void net_weight(const struct net *n, const char *op, const char *name, const char *dims);
void net_vector(const struct net *n, const char *op, const char *name, int64_t extent);

/* A group starts with the next operator. */
void net_group(struct net *n);
/* What came since then is a group, if there are two of it and the network fuses at all. */
void net_fuse(struct net *n);

struct net_conv {
	int64_t channels, kernel;
	int64_t stride, groups; /* 0: one */
	int64_t pad_lo, pad_hi; /* at top and left; at bottom and right */
	bool no_bias;
};
void net_conv(struct net *n, const char *prefix, const char *name, const struct net_conv *spec);
/* An odd kernel, padded so that the map keeps its size. */
void net_conv_same(struct net *n, const char *prefix, const char *name, int64_t channels,
		   int64_t kernel);
/* A kind that takes x alone, with its attributes, and keeps its shape. */
void net_unary(struct net *n, const char *prefix, const char *name, const char *kind);
/* A kind that also takes a weight and a bias for each channel. */
void net_affine(struct net *n, const char *prefix, const char *name, const char *kind,
		const char *attrs);
void net_add(struct net *n, const char *prefix, const char *name, const struct net_map *other);
void net_upsample(struct net *n, const char *prefix, const char *name);
void net_max_pool(struct net *n, const char *name, int64_t kernel, int64_t stride, int64_t pad);
/* Mean over the map, then one product with a bias: the network's output, `classes` values. */
void net_classifier(struct net *n, const char *pool, const char *linear, int64_t classes);

#endif
