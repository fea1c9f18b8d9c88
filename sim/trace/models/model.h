/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generators of traces: one row of the table (model.c) a model, with its keys.  They
 * feed the graph builder statement by statement, so that what they make has passed
 * every check of the trace format.
 */
#ifndef MEMSIM_TRACE_MODELS_MODEL_H
#define MEMSIM_TRACE_MODELS_MODEL_H

#include "base/buf.h"
#include "base/err.h"
#include "ir/build.h"

#define MODEL_MAX_LIST 8
#define MODEL_MAX_KEYS 16

struct model_key {
	const char *name;
	const char *def;   /* as a user would write it */
	const char *words; /* "a|b": one of these; NULL: integers */
	int64_t min, max;  /* of each integer */
	unsigned max_values;
	const char *help;
};

struct model_value {
	const char *text;        /* of a word */
	int64_t v[MODEL_MAX_LIST];
	size_t n;
};

/* What a generator works with: its values, in the order of its keys, and where statements go. */
struct model_run {
	const struct model_value *values;
	struct graph_builder *builder;
	uint64_t line;
	bool has_repeat;
	struct buf text; /* the statements, as they were emitted */
	bool failed;
	struct err *err;
};
/* One statement; after a failure nothing more is built. */
void emit(struct model_run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A fault in the combination of the keys. */
void emit_failure(struct model_run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);

struct model {
	const char *name;
	const char *help;
	struct model_key keys[MODEL_MAX_KEYS]; /* up to a NULL name */
	void (*make)(struct model_run *r);
};
extern const struct model vae_decoder_model, vae_encoder_model, vae_block_model, resnet50_model,
	mobilenet_v2_model, bert_model, gpt2_model, llama_model, vit_model, dit_model, matmul_model,
	conv_model, elementwise_model, chain_model;

/* Words of the keys that several models have. */
#define MODEL_DTYPES "f16|bf16|f32|tf32|f64|f8|i32|i16|i8"
#define MODEL_FUSE "hand|none"

/* Appends the trace to `text`, if that is not NULL.  NULL with err set: ERR_USAGE for what was
 * asked, else as the builder says. */
struct graph *model_make(const char *name, char **key_values, size_t n, struct buf *text,
			 struct err *err);

/* For people: every model with its keys, then every kind of operator with its attributes. */
void model_list(struct buf *to);

#endif
