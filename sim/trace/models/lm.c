/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Language models: BERT (Devlin et al., arXiv 1810.04805), GPT-2 (Radford et al., 2019) and
 * Llama 2 and 3 (arXiv 2307.09288, 2407.21783), as transformers has them: embeddings before
 * their layers, a pooler or logits behind.
 */
#include <stdio.h>
#include <string.h>

#include "trace/models/transformer.h"

struct lm {
	const char *size;
	struct tf_layer layer;
	int64_t n_layers, vocabulary;
	int64_t positions; /* of a table of positions; 0: none */
	bool is_tied;      /* the logits' weight is the embedding's */
};

#define BERT_LAYER(d, h)                                                                           \
	{                                                                                          \
		.hidden = (d), .heads = (h), .ffn = 4 * (d), .norm = "layernorm", .act = "gelu",   \
		.post_norm = true, .has_bias = true                                                \
	}
#define GPT2_LAYER(d, h)                                                                           \
	{                                                                                          \
		.hidden = (d), .heads = (h), .ffn = 4 * (d), .norm = "layernorm", .act = "gelu",   \
		.has_bias = true, .is_causal = true, .keeps_cache = true                           \
	}
#define LLAMA_LAYER(d, h, kv, f)                                                                   \
	{                                                                                          \
		.hidden = (d), .heads = (h), .kv_heads = (kv), .ffn = (f), .norm = "rmsnorm",      \
		.act = "silu", .is_gated = true, .has_rope = true, .is_causal = true,              \
		.keeps_cache = true                                                                \
	}

/* Each table ends with a row without a size; its sizes are the words of the key. */
#define BERT_SIZES "base|large"
static const struct lm bert[] = {
	{ "base", BERT_LAYER(768, 12), 12, 30522, 512, false },
	{ "large", BERT_LAYER(1024, 16), 24, 30522, 512, false },
	{ 0 },
};
#define GPT2_SIZES "small|medium|large|xl"
static const struct lm gpt2[] = {
	{ "small", GPT2_LAYER(768, 12), 12, 50257, 1024, true },
	{ "medium", GPT2_LAYER(1024, 16), 24, 50257, 1024, true },
	{ "large", GPT2_LAYER(1280, 20), 36, 50257, 1024, true },
	{ "xl", GPT2_LAYER(1600, 25), 48, 50257, 1024, true },
	{ 0 },
};
#define LLAMA_SIZES "2-7b|2-13b|2-70b|3-8b|3-70b"
static const struct lm llama[] = {
	{ "2-7b", LLAMA_LAYER(4096, 32, 32, 11008), 32, 32000, 0, false },
	{ "2-13b", LLAMA_LAYER(5120, 40, 40, 13824), 40, 32000, 0, false },
	{ "2-70b", LLAMA_LAYER(8192, 64, 8, 28672), 80, 32000, 0, false },
	{ "3-8b", LLAMA_LAYER(4096, 32, 8, 14336), 32, 128256, 0, false },
	{ "3-70b", LLAMA_LAYER(8192, 64, 8, 28672), 80, 128256, 0, false },
	{ 0 },
};

/* Keys of their own behind the common ones. */
enum { SEQ = TF_N_COMMON };
enum { HEADS = SEQ + 1, SUM_DTYPE };
enum { PHASE = SEQ + 1, NEW_TOKENS, KV_DTYPE, LOGITS };
#define SEQ_KEY                                                                                    \
	[SEQ] = { "seq", "128", NULL, 0, 1048576, 1,                                               \
		  "Tokens of a sequence; decode: already in its cache" }
#define DECODER_KEYS                                                                               \
	[PHASE] = { "phase", "prefill", "prefill|decode", 0, 0, 1,                                 \
		    "All tokens at once, or one of each sequence a step against the cache" },      \
	[NEW_TOKENS] = { "new_tokens", "1", NULL, 1, 65536, 1, "decode: steps" },                  \
	[KV_DTYPE] = { "kv_dtype", "same", "same|i8|i4|f8", 0, 0, 1,                               \
		       "Type of cached keys and values; but for same, quantised on their way" },   \
	[LOGITS] = { "logits", "last", "last|all|none", 0, 0, 1,                                   \
		     "prefill: positions whose logits are computed" }

static bool is(const struct model_value *value, const char *word)
{
	return strcmp(value->text, word) == 0;
}

static const struct lm *find(const struct lm *family, const char *size)
{
	while (strcmp(family->size, size) != 0)
		family++;
	return family;
}

/* Rows of the table of tokens, and of positions from the one that comes. */
static void embed(struct transformer *t, const struct lm *m, int64_t at, int64_t last)
{
	int64_t hidden = t->layer.hidden, positions = max_i64(m->positions, last);
	struct tf_id ids = tf_name(t, "ids"), dims, rows;

	tf_declare_weight(t, "wte", tf_text("%" PRId64 "x%" PRId64, m->vocabulary, hidden).s);
	dims = t->is_decode ? tf_text("%" PRId64, t->batch)
			    : tf_text("%" PRId64 "x%" PRId64, t->batch, t->rows);
	emit(t->run, "tensor %s i32 %s role=input", ids.s, dims.s);
	tf_unary(t, "tokens", "gather", tf_text("wte,%s", ids.s).s, hidden, "");
	t->x = tf_name(t, "tokens");
	if (m->positions == 0)
		return;
	tf_declare_weight(t, "wpe", tf_text("%" PRId64 "x%" PRId64, positions, hidden).s);
	rows = tf_view(t, "positions", "slice", "wpe",
		       tf_text("%" PRId64 "x%" PRId64, t->rows, hidden),
		       tf_text("axes=0 starts=%" PRId64 " ends=%" PRId64, at, at + t->rows).s);
	tf_unary(t, "embedding", "add", tf_text("%s,%s", t->x.s, rows.s).s, hidden, "");
	t->x = tf_name(t, "embedding");
}

/* BERT adds a type to each token, and normalises before its first layer. */
static void make_bert(struct model_run *r)
{
	const struct model_value *value = r->values;
	const struct lm *m = find(bert, value[TF_SIZE].text);
	struct transformer t;
	struct tf_id first;

	if (!tf_start(&t, r, &m->layer, m->n_layers, value[HEADS].v[0]))
		return;
	t.rows = value[SEQ].v[0];
	if (t.rows == 0) {
		emit_failure(r, "bert: seq must be at least 1 (found 0)");
		return;
	}
	if (!is(&value[SUM_DTYPE], "same"))
		t.sum_dtype = value[SUM_DTYPE].text;
	emit(r, "model bert-%s batch=%" PRId64 " seq=%" PRId64 " dtype=%s weight_dtype=%s", m->size,
	     t.batch, t.rows, t.dtype, t.weight_dtype);
	t.context = t.rows;
	embed(&t, m, 0, t.rows);
	tf_declare_weight(&t, "types", tf_text("2x%" PRId64, t.layer.hidden).s);
	first = tf_view(&t, "type", "slice", "types", tf_text("1x%" PRId64, t.layer.hidden),
			"axes=0 starts=0 ends=1");
	tf_unary(&t, "typed", "add", tf_text("%s,%s", t.x.s, first.s).s, t.layer.hidden, "");
	tf_norm(&t, "norm_in", "typed", "");
	t.x = tf_name(&t, "norm_in");
	tf_layers(&t);
	first = tf_position(&t, "first", t.x.s, 0, t.layer.hidden);
	t.one_row = true;
	tf_linear(&t, "pooler", first.s, t.layer.hidden, t.layer.hidden, TF_BIAS);
	tf_unary(&t, "pooled", "tanh", "pooler", t.layer.hidden, "role=output");
}

const struct model bert_model = {
	.name = "bert",
	.help = "BERT, with its pooler (base: 109,482,240 parameters, large: 335,141,888).",
	.keys = { TF_KEYS(BERT_SIZES, "base"), SEQ_KEY,
		  [HEADS] = { "heads", "0", NULL, 0, 1024, 1,
			      "Attention heads; 0: the model's own" },
		  [SUM_DTYPE] = { "sum_dtype", "same", "same|i32|f32|f16", 0, 0, 1,
				  "Type of what softmax, GELU, adds and norms take" } },
	.make = make_bert,
};

/* Final norm and logits, of all rows or of the last. */
static void logits(struct transformer *t, const struct lm *m, const char *which, int64_t tp)
{
	int64_t hidden = t->layer.hidden, share = (m->vocabulary + tp - 1) / tp;
	struct tf_id x = t->x, table;

	if (strcmp(which, "none") == 0) {
		tf_norm(t, "norm_out", x.s, "role=output");
		return;
	}
	if (strcmp(which, "last") == 0) {
		x = tf_position(t, "last", x.s, t->rows - 1, hidden);
		t->one_row = true;
	}
	tf_norm(t, "norm_out", x.s, "");
	if (!m->is_tied) {
		tf_linear(t, "logits", tf_name(t, "norm_out").s, hidden, share, TF_OUTPUT);
		return;
	}
	table = tf_text("wte");
	if (tp > 1)
		table = tf_view(t, "wte_share", "slice", "wte",
				tf_text("%" PRId64 "x%" PRId64, share, hidden),
				tf_text("axes=0 starts=0 ends=%" PRId64, share).s);
	tf_declare(t, tf_name(t, "logits"), tf_dims(t, share), "role=output");
	emit(t->run, "op %s matmul in=%s,%s out=%s transpose_b=1", tf_name(t, "logits").s,
	     tf_name(t, "norm_out").s, table.s, tf_name(t, "logits").s);
}

/* Sines and cosines of the positions that run now. */
static void rope_table(struct transformer *t)
{
	struct tf_id id = tf_name(t, "rope.table");

	if (t->layer.has_rope)
		emit(t->run, "tensor %s %s %" PRId64 "x%" PRId64 " role=input", id.s, t->dtype,
		     t->rows, t->layer.head_dim);
}

static void decode(struct transformer *t, const struct lm *m)
{
	const struct model_value *value = t->run->values;
	int64_t steps = value[NEW_TOKENS].v[0], cached = value[SEQ].v[0];

	t->is_decode = true;
	t->has_steps = steps > 1;
	t->rows = 1;
	t->capacity = cached + steps;
	for (t->step = 0; t->step < steps && !t->run->failed; t->step++) {
		t->context = cached + t->step + 1;
		rope_table(t);
		embed(t, m, t->context - 1, t->capacity);
		tf_layers(t);
		logits(t, m, value[LOGITS].text, value[TF_TP].v[0]);
	}
}

static void make_decoder(struct model_run *r, const struct lm *family, const char *name)
{
	const struct model_value *value = r->values;
	const struct lm *m = find(family, value[TF_SIZE].text);
	struct transformer t;

	if (!tf_start(&t, r, &m->layer, m->n_layers, 0))
		return;
	t.rows = value[SEQ].v[0];
	t.scales_kv = !is(&value[KV_DTYPE], "same");
	if (t.scales_kv)
		t.kv_dtype = value[KV_DTYPE].text;
	emit(r,
	     "model %s-%s phase=%s batch=%" PRId64 " seq=%" PRId64 " new_tokens=%" PRId64
	     " dtype=%s weight_dtype=%s kv_dtype=%s tp=%" PRId64,
	     name, m->size, value[PHASE].text, t.batch, t.rows, value[NEW_TOKENS].v[0], t.dtype,
	     t.weight_dtype, t.kv_dtype, value[TF_TP].v[0]);
	if (is(&value[PHASE], "decode")) {
		decode(&t, m);
		return;
	}
	if (t.rows == 0) {
		emit_failure(r, "%s: seq must be at least 1 in prefill (found 0)", name);
		return;
	}
	t.context = t.rows;
	rope_table(&t);
	embed(&t, m, 0, t.rows);
	tf_layers(&t);
	logits(&t, m, value[LOGITS].text, value[TF_TP].v[0]);
}

static void make_gpt2(struct model_run *r)
{
	make_decoder(r, gpt2, "gpt2");
}

const struct model gpt2_model = {
	.name = "gpt2",
	.help = "GPT-2 (small: 124,439,808 parameters, xl: 1,557,611,200).",
	.keys = { TF_KEYS(GPT2_SIZES, "small"), SEQ_KEY, DECODER_KEYS },
	.make = make_gpt2,
};

static void make_llama(struct model_run *r)
{
	make_decoder(r, llama, "llama");
}

const struct model llama_model = {
	.name = "llama",
	.help = "Llama 2 and 3 (2-7b: 6,738,415,616 parameters, 3-8b: 8,030,261,248).",
	.keys = { TF_KEYS(LLAMA_SIZES, "2-7b"), SEQ_KEY, DECODER_KEYS },
	.make = make_llama,
};
