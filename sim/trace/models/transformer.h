/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers of transformers, written once: a table row says what a layer consists of, a
 * model's own file what comes before and behind its layers.
 *
 * A trace runs either all tokens of a sequence at once (encoders, prefill), or, in decode, one
 * token of each sequence a step against a cache of keys and values.  Activations are
 * batch x rows x channels in the first case, batch x channels in the second.  The layers are a
 * repeat block, unless several steps share their weights.  Scaling of attention scores counts as
 * part of the weights of the queries.
 */
#ifndef MEMSIM_TRACE_MODELS_TRANSFORMER_H
#define MEMSIM_TRACE_MODELS_TRANSFORMER_H

#include "trace/models/model.h"

struct tf_layer {
	int64_t hidden, heads, ffn;
	int64_t kv_heads; /* 0: as many as heads */
	int64_t head_dim; /* filled in: hidden / heads */
	const char *norm; /* kind: layernorm has a bias, rmsnorm none */
	const char *act;  /* kind */
	bool post_norm;   /* norms behind the residual adds */
	bool has_bias;    /* of the products */
	bool is_gated;    /* act(gate) * up */
	bool has_rope;
	bool is_causal;
	bool is_modulated; /* adaLN: norms without weights, scaled, shifted and gated from `cond` */
	bool keeps_cache;  /* keys and values are wanted later */
};

/* Keys of every model built here, and of their values; a model's own follow. */
enum {
	TF_SIZE,
	TF_BATCH,
	TF_DTYPE,
	TF_WEIGHT_DTYPE,
	TF_GROUP,
	TF_ATTENTION,
	TF_TP,
	TF_FUSE,
	TF_N_COMMON
};
#define TF_KEYS(sizes, first)                                                                      \
	[TF_SIZE] = { "size", first, sizes, 0, 0, 1, "Which of the family" },                      \
	[TF_BATCH] = { "batch", "1", NULL, 1, 65536, 1, "Sequences" },                             \
	[TF_DTYPE] = { "dtype", "f16", MODEL_DTYPES, 0, 0, 1, "Type of all other tensors" },       \
	[TF_WEIGHT_DTYPE] = { "weight_dtype", "same", "same|i8|i4|f8", 0, 0, 1,                    \
			      "Type of the products' weights; but for same, with scales" },        \
	[TF_GROUP] = { "group", "128", NULL, 1, 1048576, 1,                                        \
		       "Weights of a column that share a scale" },                                 \
	[TF_ATTENTION] = { "attention", "standard", "standard|fused", 0, 0, 1,                     \
			   "Attention as operators of its own, or products and softmax fused" },   \
	[TF_TP] = { "tp", "1", NULL, 1, 1024, 1,                                                   \
		    "Devices that share each layer; the trace is one's, without their sums" },      \
	[TF_FUSE] = { "fuse", "hand", MODEL_FUSE, 0, 0, 1, "Fuse lines of the trace" }

#define TF_ID_BYTES 160
struct tf_id {
	char s[TF_ID_BYTES];
};

struct transformer {
	struct model_run *run;
	struct tf_layer layer; /* of this shard */
	int64_t n_layers;
	int64_t batch, rows; /* sequences, tokens of each that run at once */
	int64_t context;     /* positions attended to */
	int64_t capacity;    /* decode: positions of the cache */
	bool is_decode;
	bool has_steps; /* decode: more than one */
	int64_t step;
	const char *dtype, *weight_dtype, *kv_dtype;
	const char *sum_dtype; /* of what softmax, activation, residual add and norm take */
	bool scales_weights, scales_kv; /* those types are quantised: with a scale for each group */
	int64_t group;                  /* weights along K that share a scale */
	bool fuse, fuses_attention;
	bool one_row; /* activations are batch x channels now */
	bool is_sum;  /* what is declared now has the type of sums */
	struct tf_id x;    /* the latest activations of the residual stream */
	struct tf_id cond; /* is_modulated: batch x hidden */
	char prefix[32];   /* of names in the current layer */
};

/* From the common keys; `heads` replaces the layer's if it is not 0.  False after a failure. */
bool tf_start(struct transformer *t, struct model_run *r, const struct tf_layer *layer,
	      int64_t n_layers, int64_t heads);
/* Any text that fits; a BUG() if not. */
struct tf_id tf_text(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Names with the prefix of the current layer. */
struct tf_id tf_name(const struct transformer *t, const char *name);   /* of this step */
struct tf_id tf_weight(const struct transformer *t, const char *name); /* of all steps */

enum { TF_BIAS = 1, TF_TRANSPOSED_IN = 2, TF_OUTPUT = 4, TF_SUM = 8 };
/* NAME = IN x weight: k to n channels. */
void tf_linear(struct transformer *t, const char *name, const char *in, int64_t k, int64_t n,
	       unsigned flags);
/* "batch x rows x channels", or "batch x channels". */
struct tf_id tf_dims(const struct transformer *t, int64_t channels);
void tf_declare(const struct transformer *t, struct tf_id id, struct tf_id dims, const char *role);
void tf_declare_weight(const struct transformer *t, const char *name, const char *dims);
/* NAME = KIND(IN), of `channels` channels. */
void tf_unary(struct transformer *t, const char *name, const char *kind, const char *in,
	      int64_t channels, const char *role);
void tf_norm(struct transformer *t, const char *name, const char *in, const char *role);
/* A view of IN: reshape, transpose or slice. */
struct tf_id tf_view(struct transformer *t, const char *name, const char *kind, const char *in,
		     struct tf_id dims, const char *attrs);
/* NAME = IN at position `at` of each sequence: batch x channels; IN itself in decode. */
struct tf_id tf_position(struct transformer *t, const char *name, const char *in, int64_t at,
			 int64_t channels);
/* Views PARTS of silu(cond) x weight, batch x 1 x hidden each. */
void tf_modulation(struct transformer *t, const char *name, const char *const *parts, size_t n);
/* All layers, from t->x to t->x. */
void tf_layers(struct transformer *t);

#endif
