/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements of a transformer's layers: norms, projections, attention in its two forms,
 * feed-forward part, residual adds.  Embeddings and heads are the models' own.
 */
#include "trace/models/transformer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct tf_id tf_text(const char *fmt, ...)
{
	struct tf_id id;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(id.s, sizeof(id.s), fmt, args);
	va_end(args);
	BUG_ON(len < 0 || (size_t)len >= sizeof(id.s));
	return id;
}

static bool is(const struct model_value *value, const char *word)
{
	return strcmp(value->text, word) == 0;
}

/* One device's share of the heads and of the channels between the products of a layer. */
static bool shard(struct transformer *t, int64_t heads, int64_t tp)
{
	struct tf_layer *l = &t->layer;

	if (heads > 0)
		l->heads = heads;
	if (l->kv_heads == 0)
		l->kv_heads = l->heads;
	if (l->hidden % l->heads || l->heads % tp || l->ffn % tp) {
		emit_failure(t->run,
			     "%" PRId64 " heads and tp=%" PRId64 " do not cut %" PRId64
			     " channels and %" PRId64 " between the products into equal shares",
			     l->heads, tp, l->hidden, l->ffn);
		return false;
	}
	l->head_dim = l->hidden / l->heads;
	l->heads /= tp;
	l->kv_heads = max_i64(l->kv_heads / tp, 1);
	l->ffn /= tp;
	return true;
}

bool tf_start(struct transformer *t, struct model_run *r, const struct tf_layer *layer,
	      int64_t n_layers, int64_t heads)
{
	const struct model_value *value = r->values;

	*t = (struct transformer){ .run = r,
				   .layer = *layer,
				   .n_layers = n_layers,
				   .batch = value[TF_BATCH].v[0],
				   .dtype = value[TF_DTYPE].text,
				   .weight_dtype = value[TF_WEIGHT_DTYPE].text,
				   .kv_dtype = value[TF_DTYPE].text,
				   .scales_weights = !is(&value[TF_WEIGHT_DTYPE], "same"),
				   .group = value[TF_GROUP].v[0],
				   .fuse = is(&value[TF_FUSE], "hand"),
				   .fuses_attention = is(&value[TF_ATTENTION], "fused") };
	t->sum_dtype = t->dtype;
	if (!t->scales_weights)
		t->weight_dtype = t->dtype;
	return shard(t, heads, value[TF_TP].v[0]);
}

struct tf_id tf_weight(const struct transformer *t, const char *name)
{
	return tf_text("%s%s", t->prefix, name);
}

struct tf_id tf_name(const struct transformer *t, const char *name)
{
	if (t->has_steps)
		return tf_text("t%" PRId64 ".%s%s", t->step, t->prefix, name);
	return tf_weight(t, name);
}

struct tf_id tf_dims(const struct transformer *t, int64_t channels)
{
	if (t->is_decode || t->one_row)
		return tf_text("%" PRId64 "x%" PRId64, t->batch, channels);
	return tf_text("%" PRId64 "x%" PRId64 "x%" PRId64, t->batch, t->rows, channels);
}

/* Row-major: four dimensions would be an image's, channels innermost, if nothing were said. */
static void declare(const struct transformer *t, struct tf_id id, const char *dtype,
		    struct tf_id dims, const char *role)
{
	unsigned n_dims = 1;

	for (const char *at = dims.s; (at = strchr(at, 'x')) != NULL; at++)
		n_dims++;
	emit(t->run, "tensor %s %s %s %s %s", id.s, dtype, dims.s, role,
	     n_dims == 4 ? "layout=nchw" : "");
}

void tf_declare(const struct transformer *t, struct tf_id id, struct tf_id dims, const char *role)
{
	declare(t, id, t->is_sum ? t->sum_dtype : t->dtype, dims, role);
}

static struct tf_id dims4(int64_t a, int64_t b, int64_t c, int64_t d)
{
	return tf_text("%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, a, b, c, d);
}

void tf_declare_weight(const struct transformer *t, const char *name, const char *dims)
{
	if (t->step == 0)
		emit(t->run, "tensor %s %s %s role=weight", tf_weight(t, name).s, t->dtype, dims);
}

static void declare_scaled_weight(const struct transformer *t, const char *op, int64_t k, int64_t n)
{
	if (t->step > 0)
		return;
	emit(t->run, "tensor %s.weight %s %" PRId64 "x%" PRId64 " role=weight", tf_weight(t, op).s,
	     t->weight_dtype, k, n);
	if (t->scales_weights)
		emit(t->run, "tensor %s.scale %s %" PRId64 "x%" PRId64 " role=weight",
		     tf_weight(t, op).s, t->dtype, (k + t->group - 1) / t->group, n);
}

void tf_linear(struct transformer *t, const char *name, const char *in, int64_t k, int64_t n,
	       unsigned flags)
{
	struct tf_id weight = tf_weight(t, name), operands = tf_text("%s.weight", weight.s),
		     attrs = {""};

	declare_scaled_weight(t, name, k, n);
	if (flags & TF_BIAS) {
		tf_declare_weight(t, tf_text("%s.bias", name).s, tf_text("%" PRId64, n).s);
		operands = tf_text("%s,%s.bias", operands.s, weight.s);
	}
	if (t->scales_weights) {
		operands = tf_text("%s,%s.scale", operands.s, weight.s);
		attrs = tf_text("group=%" PRId64, t->group);
	}
	t->is_sum = flags & TF_SUM;
	tf_declare(t, tf_name(t, name), tf_dims(t, n), flags & TF_OUTPUT ? "role=output" : "");
	t->is_sum = false;
	emit(t->run, "op %s matmul in=%s,%s out=%s %s %s", tf_name(t, name).s, in, operands.s,
	     tf_name(t, name).s, flags & TF_TRANSPOSED_IN ? "transpose_a=1" : "", attrs.s);
}

void tf_unary(struct transformer *t, const char *name, const char *kind, const char *in,
	      int64_t channels, const char *role)
{
	tf_declare(t, tf_name(t, name), tf_dims(t, channels), role);
	emit(t->run, "op %s %s in=%s out=%s", tf_name(t, name).s, kind, in, tf_name(t, name).s);
}

static void binary(struct transformer *t, const char *name, const char *kind, const char *a,
		   const char *b, int64_t channels)
{
	tf_unary(t, name, kind, tf_text("%s,%s", a, b).s, channels, "");
}

void tf_norm(struct transformer *t, const char *name, const char *in, const char *role)
{
	struct tf_id weight = tf_weight(t, name), operands = tf_text("%s", in);
	struct tf_id dims = tf_text("%" PRId64, t->layer.hidden);

	if (!t->layer.is_modulated) {
		tf_declare_weight(t, tf_text("%s.weight", name).s, dims.s);
		operands = tf_text("%s,%s.weight", operands.s, weight.s);
		if (strcmp(t->layer.norm, "layernorm") == 0) {
			tf_declare_weight(t, tf_text("%s.bias", name).s, dims.s);
			operands = tf_text("%s,%s.bias", operands.s, weight.s);
		}
	}
	tf_unary(t, name, t->layer.norm, operands.s, t->layer.hidden, role);
}

struct tf_id tf_view(struct transformer *t, const char *name, const char *kind, const char *in,
			 struct tf_id dims, const char *attrs)
{
	struct tf_id id = tf_name(t, name);

	tf_declare(t, id, dims, "");
	emit(t->run, "op %s %s in=%s out=%s %s", id.s, kind, in, id.s, attrs);
	return id;
}

struct tf_id tf_position(struct transformer *t, const char *name, const char *in, int64_t at,
			 int64_t channels)
{
	struct tf_id part;

	if (t->is_decode)
		return tf_text("%s", in);
	part = tf_view(t, tf_text("%s.slice", name).s, "slice", in,
		    tf_text("%" PRId64 "x1x%" PRId64, t->batch, channels),
		    tf_text("axes=1 starts=%" PRId64 " ends=%" PRId64, at, at + 1).s);
	return tf_view(t, name, "reshape", part.s,
		       tf_text("%" PRId64 "x%" PRId64, t->batch, channels), "");
}

/* The operators named, in the current layer, as one group. */
static void fuse(struct transformer *t, const char *const *names, size_t n)
{
	char line[TF_ID_BYTES * 8];
	size_t at = 0;

	if (!t->fuse)
		return;
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, " %s", tf_name(t, names[i]).s);
	emit(t->run, "fuse%s", line);
}
#define FUSE(t, ...) \
	fuse(t, (const char *const[]){ __VA_ARGS__ }, \
	     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Products of `heads` heads, for attention: batch x heads x rows x head_dim. */
static struct tf_id heads_of(struct transformer *t, const char *name, int64_t heads)
{
	const struct tf_layer *l = &t->layer;
	struct tf_id in = tf_name(t, name);
	struct tf_id dims = dims4(t->batch, heads,
				 t->rows, l->head_dim);

	if (t->is_decode)
		return tf_view(t, tf_text("%s.heads", name).s, "reshape", in.s, dims, "");
	in = tf_view(t, tf_text("%s.split", name).s, "reshape", in.s,
		  dims4(t->batch, t->rows, heads,
		       l->head_dim),
		  "");
	return tf_view(t, tf_text("%s.heads", name).s, "transpose", in.s, dims, "perm=0,2,1,3");
}

static struct tf_id rope(struct transformer *t, const char *name, struct tf_id in, int64_t heads,
			 const char *role)
{
	struct tf_id out = tf_name(t, tf_text("%s.rope", name).s);

	if (!t->layer.has_rope)
		return in;
	tf_declare(t, out,
		   dims4(t->batch, heads, t->rows,
			t->layer.head_dim),
		   role);
	emit(t->run, "op %s rope in=%s,%srope.table out=%s", out.s, in.s,
	     t->has_steps ? tf_text("t%" PRId64 ".", t->step).s : "", out.s);
	return out;
}

/* Queries of the heads that share a key head are rows of one product in decode, products of
 * their own, with the same keys, otherwise. */
static struct tf_id grouped(struct transformer *t, const char *name, struct tf_id in,
			    int64_t per_kv)
{
	const struct tf_layer *l = &t->layer;
	struct tf_id dims;

	if (l->heads == l->kv_heads)
		return in;
	if (t->is_decode && per_kv == 1)
		return in;
	if (t->is_decode)
		dims = dims4(t->batch, l->kv_heads,
			    per_kv, l->head_dim);
	else
		dims = tf_text("%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, t->batch,
			    l->kv_heads, per_kv, t->rows, l->head_dim);
	return tf_view(t, tf_text("%s.groups", name).s, "reshape", in.s, dims, "");
}

/* batch x heads x A x B, with a dimension for the heads that share keys where there are any. */
static struct tf_id attention_dims(const struct transformer *t, int64_t a, int64_t b)
{
	const struct tf_layer *l = &t->layer;
	int64_t per_kv = l->heads / l->kv_heads;

	if (t->is_decode)
		return dims4(t->batch, l->kv_heads,
			    per_kv * a, b);
	if (per_kv == 1)
		return dims4(t->batch, l->heads, a,
			    b);
	return tf_text("%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64 "x%" PRId64, t->batch,
		    l->kv_heads, per_kv, a, b);
}

/* Keys or values as a cache holds them: narrower, with a scale for each head of each token. */
static struct tf_id quantised(struct transformer *t, const char *name, struct tf_id in,
			      const char *role)
{
	struct tf_id scale = tf_name(t, tf_text("%s.absmax", name).s);
	struct tf_id out = tf_name(t, tf_text("%s.quant", name).s);
	const struct tf_layer *l = &t->layer;

	if (!t->scales_kv)
		return in;
	tf_declare(t, scale,
		   dims4(t->batch, l->kv_heads, t->rows, 1),
		   role);
	emit(t->run, "op %s reduce in=%s out=%s fn=max axes=3", scale.s, in.s, scale.s);
	declare(t, out, t->kv_dtype, dims4(t->batch, l->kv_heads, t->rows, l->head_dim), role);
	emit(t->run, "op %s quant in=%s,%s out=%s group=%" PRId64, out.s, in.s, scale.s, out.s,
	     l->head_dim);
	return out;
}

/* Appends to NAME.cache, or .scales; what the step attends to. */
static struct tf_id cached(struct transformer *t, const char *name, const char *what,
			   const char *dtype, struct tf_id in, int64_t width)
{
	struct tf_id cache = tf_weight(t, tf_text("%s.%s", name, what).s);
	struct tf_id append = tf_name(t, tf_text("%s.append_%s", name, what).s), out;
	const struct tf_layer *l = &t->layer;

	if (t->step == 0)
		declare(t, cache, dtype, dims4(t->batch, l->kv_heads, t->capacity, width),
			"role=state");
	emit(t->run, "op %s kvappend in=%s,%s out=%s axis=2 at=%" PRId64, append.s, cache.s, in.s,
	     cache.s, t->context - 1);
	if (t->context == t->capacity)
		return cache;
	out = tf_name(t, tf_text("%s.%s_now", name, what).s);
	declare(t, out, dtype, dims4(t->batch, l->kv_heads, t->context, width), "");
	emit(t->run, "op %s slice in=%s out=%s axes=2 starts=0 ends=%" PRId64, out.s, cache.s,
	     out.s, t->context);
	return out;
}

static struct tf_id cache_scales(struct transformer *t, const char *name)
{
	return cached(t, name, "scales", t->dtype, tf_name(t, tf_text("%s.absmax", name).s), 1);
}

/* One query of each head against the cache. */
static void attend_cache(struct transformer *t, struct tf_id q, struct tf_id k, struct tf_id v)
{
	struct tf_id scores = tf_name(t, "attn.softmax"), pv = tf_name(t, "attn.pv");
	struct tf_id qk = tf_name(t, "attn.qk"), dims = attention_dims(t, 1, t->context);
	const struct tf_layer *l = &t->layer;
	struct tf_id scales, attrs = { "" };

	k = quantised(t, "attn.k", k, "");
	v = quantised(t, "attn.v", v, "");
	k = cached(t, "attn.k", "cache", t->kv_dtype, k, l->head_dim);
	v = cached(t, "attn.v", "cache", t->kv_dtype, v, l->head_dim);
	if (t->scales_kv) {
		k = tf_text("%s,%s", k.s, cache_scales(t, "attn.k").s);
		attrs = tf_text("group=%" PRId64, l->head_dim);
	}
	tf_declare(t, qk, dims, "");
	emit(t->run, "op %s matmul in=%s,%s out=%s transpose_b=1 %s", qk.s, q.s, k.s, qk.s,
	     attrs.s);
	tf_declare(t, scores, dims, "");
	emit(t->run, "op %s softmax in=%s out=%s", scores.s, qk.s, scores.s);
	if (t->scales_kv) { /* p (s v) = (p s) v: one factor for each position */
		struct tf_id scaled = tf_name(t, "attn.scaled");

		scales = cache_scales(t, "attn.v");
		scales = tf_view(t, "attn.v.scales_row", "transpose", scales.s,
			      tf_text("%" PRId64 "x%" PRId64 "x1x%" PRId64, t->batch, l->kv_heads,
				   t->context),
			      "perm=0,1,3,2");
		tf_declare(t, scaled, dims, "");
		emit(t->run, "op %s mul in=%s,%s out=%s", scaled.s, scores.s, scales.s, scaled.s);
		scores = scaled;
	}
	tf_declare(t, pv, attention_dims(t, 1, l->head_dim), "");
	emit(t->run, "op %s matmul in=%s,%s out=%s", pv.s, scores.s, v.s, pv.s);
	if (t->fuses_attention && t->scales_kv)
		FUSE(t, "attn.qk", "attn.softmax", "attn.scaled", "attn.pv");
	else if (t->fuses_attention)
		FUSE(t, "attn.qk", "attn.softmax", "attn.pv");
	tf_view(t, "attn.joined", "reshape", pv.s,
	     tf_text("%" PRId64 "x%" PRId64, t->batch, l->heads * l->head_dim), "");
}

/* All queries at once.  The values come first in the second product, so that its result lies
 * channels x rows, and no copy joins the heads. */
static void attend_rows(struct transformer *t, struct tf_id q, struct tf_id k, struct tf_id v)
{
	struct tf_id scores = tf_name(t, "attn.softmax"), pv = tf_name(t, "attn.pv");
	struct tf_id qk = tf_name(t, "attn.qk"), dims = attention_dims(t, t->rows, t->rows);
	const struct tf_layer *l = &t->layer;

	if (l->keeps_cache) {
		quantised(t, "attn.k", k, "role=output");
		quantised(t, "attn.v", v, "role=output");
	}
	k = grouped(t, "attn.k", k, 1);
	v = grouped(t, "attn.v", v, 1);
	declare(t, qk, t->sum_dtype, dims, "");
	emit(t->run, "op %s matmul in=%s,%s out=%s transpose_b=1 %s", qk.s, q.s, k.s, qk.s,
	     l->is_causal ? "mask=causal" : "");
	tf_declare(t, scores, dims, "");
	emit(t->run, "op %s softmax in=%s out=%s", scores.s, qk.s, scores.s);
	tf_declare(t, pv, attention_dims(t, l->head_dim, t->rows), "");
	emit(t->run, "op %s matmul in=%s,%s out=%s transpose_a=1 transpose_b=1", pv.s, v.s,
	     scores.s, pv.s);
	if (t->fuses_attention)
		FUSE(t, "attn.qk", "attn.softmax", "attn.pv");
	tf_view(t, "attn.joined", "reshape", pv.s,
		tf_text("%" PRId64 "x%" PRId64 "x%" PRId64, t->batch, l->heads * l->head_dim,
			t->rows),
		"");
}

/* From IN to attn.o. */
static void attention(struct transformer *t, const char *in)
{
	const struct tf_layer *l = &t->layer;
	unsigned flags = l->has_bias ? TF_BIAS : 0;
	bool keeps_plain = l->keeps_cache && !t->is_decode && !t->scales_kv;
	int64_t q_width = l->heads * l->head_dim, kv_width = l->kv_heads * l->head_dim;
	struct tf_id q, k, v;

	tf_linear(t, "attn.q", in, l->hidden, q_width, flags);
	tf_linear(t, "attn.k", in, l->hidden, kv_width,
		  flags | (keeps_plain && !l->has_rope ? TF_OUTPUT : 0));
	tf_linear(t, "attn.v", in, l->hidden, kv_width, flags | (keeps_plain ? TF_OUTPUT : 0));
	q = rope(t, "attn.q", heads_of(t, "attn.q", l->heads), l->heads, "");
	k = rope(t, "attn.k", heads_of(t, "attn.k", l->kv_heads), l->kv_heads,
		 keeps_plain ? "role=output" : "");
	v = heads_of(t, "attn.v", l->kv_heads);
	q = grouped(t, "attn.q", q, l->heads / l->kv_heads);
	(t->is_decode ? attend_cache : attend_rows)(t, q, k, v);
	tf_linear(t, "attn.o", tf_name(t, "attn.joined").s, q_width, l->hidden,
		  flags | TF_SUM | (t->is_decode ? 0 : TF_TRANSPOSED_IN));
}

static void feed_forward(struct transformer *t, const char *in)
{
	const struct tf_layer *l = &t->layer;
	unsigned flags = l->has_bias ? TF_BIAS : 0;

	if (l->is_gated) {
		tf_linear(t, "mlp.gate", in, l->hidden, l->ffn, flags | TF_SUM);
		tf_linear(t, "mlp.up", in, l->hidden, l->ffn, flags);
		tf_unary(t, "mlp.act", l->act, tf_name(t, "mlp.gate").s, l->ffn, "");
		binary(t, "mlp.mul", "mul", tf_name(t, "mlp.act").s, tf_name(t, "mlp.up").s,
		       l->ffn);
		FUSE(t, "mlp.gate", "mlp.up", "mlp.act", "mlp.mul");
	} else {
		tf_linear(t, "mlp.up", in, l->hidden, l->ffn, flags | TF_SUM);
		tf_unary(t, "mlp.act", l->act, tf_name(t, "mlp.up").s, l->ffn, "");
		FUSE(t, "mlp.up", "mlp.act");
	}
	tf_linear(t, "mlp.down", tf_name(t, l->is_gated ? "mlp.mul" : "mlp.act").s, l->ffn,
		  l->hidden, flags | TF_SUM);
}

/* Norm, then, if conditioned, part `shift` and `scale` of the modulation. */
static struct tf_id norm(struct transformer *t, const char *name, const char *in)
{
	struct tf_id out = tf_name(t, name), mod = tf_name(t, tf_text("%s.mod", name).s);

	tf_norm(t, name, in, "");
	if (!t->layer.is_modulated)
		return out;
	tf_unary(t, tf_text("%s.mod", name).s, "modulate",
		 tf_text("%s,%s.scale,%s.shift", out.s, out.s, out.s).s, t->layer.hidden, "");
	FUSE(t, name, tf_text("%s.mod", name).s);
	return mod;
}

void tf_modulation(struct transformer *t, const char *name, const char *const *parts, size_t n)
{
	int64_t hidden = t->layer.hidden, width = (int64_t)n * hidden;
	struct tf_id act = tf_text("%s.act", name), rows;
	char outs[TF_ID_BYTES * 8];
	size_t at = 0;

	t->one_row = true;
	tf_unary(t, act.s, "silu", t->cond.s, hidden, "");
	tf_linear(t, name, tf_name(t, act.s).s, hidden, width, TF_BIAS);
	t->one_row = false;
	rows = tf_view(t, tf_text("%s.rows", name).s, "reshape", tf_name(t, name).s,
		    tf_text("%" PRId64 "x1x%" PRId64, t->batch, width), "");
	for (size_t i = 0; i < n; i++) {
		struct tf_id part = tf_name(t, parts[i]);

		tf_declare(t, part, tf_text("%" PRId64 "x1x%" PRId64, t->batch, hidden), "");
		at += (size_t)snprintf(outs + at, sizeof(outs) - at, "%s%s", i ? "," : "", part.s);
	}
	emit(t->run, "op %s split in=%s out=%s axis=2", tf_name(t, tf_text("%s.split", name).s).s,
	     rows.s, outs);
}

/* NAME = t->x + IN, gated if conditioned; fused with the product that made IN. */
static void residual(struct transformer *t, const char *name, const char *in)
{
	struct tf_id gated = tf_text("%s.gated", name), gate = tf_text("%s.gate", name);
	int64_t hidden = t->layer.hidden;

	t->is_sum = t->layer.post_norm; /* a norm takes it; else it is the residual stream */
	if (t->layer.is_modulated) {
		binary(t, gated.s, "mul", tf_name(t, in).s, tf_name(t, gate.s).s, hidden);
		binary(t, name, "add", t->x.s, tf_name(t, gated.s).s, hidden);
		FUSE(t, in, gated.s, name);
	} else {
		binary(t, name, "add", t->x.s, tf_name(t, in).s, hidden);
		FUSE(t, in, name);
	}
	t->is_sum = false;
	t->x = tf_name(t, name);
}

static void layer(struct transformer *t)
{
	static const char *const parts[] = { "norm1.shift", "norm1.scale", "add1.gate",
					     "norm2.shift", "norm2.scale", "add2.gate" };

	if (t->layer.is_modulated)
		tf_modulation(t, "ada", parts, ARRAY_SIZE(parts));
	if (t->layer.post_norm) {
		attention(t, t->x.s);
		residual(t, "add1", "attn.o");
		t->x = norm(t, "norm1", t->x.s);
		feed_forward(t, t->x.s);
		residual(t, "add2", "mlp.down");
		t->x = norm(t, "norm2", t->x.s);
		return;
	}
	attention(t, norm(t, "norm1", t->x.s).s);
	residual(t, "add1", "attn.o");
	feed_forward(t, norm(t, "norm2", t->x.s).s);
	residual(t, "add2", "mlp.down");
}

void tf_layers(struct transformer *t)
{
	struct tf_id from = t->x;

	for (int64_t i = 0; i < t->n_layers && t->has_steps; i++) {
		snprintf(t->prefix, sizeof(t->prefix), "layer%" PRId64 ".", i);
		layer(t);
	}
	if (!t->has_steps) {
		snprintf(t->prefix, sizeof(t->prefix), "layer.");
		emit(t->run, "repeat %" PRId64 " carry=%s:%s", t->n_layers, from.s,
		     tf_name(t, t->layer.post_norm ? "norm2" : "add2").s);
		layer(t);
		emit(t->run, "end");
	}
	t->prefix[0] = '\0';
}
