/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing traces: damage of every byte and bit is found, line ends and members
 * make no difference, what is written reads back as it was, and the models are what they
 * are said to be.
 */
#include "support/graph_make.h"
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/lines.h"
#include "trace/info.h"
#include "trace/models/model.h"
#include "trace/trace.h"
#include "trace/write.h"

static const char block[] =
	"memsim-trace 1\n"
	"model vae-block resolution=720x480 dtype=f16   # the contract's example\n"
	"tensor x0   f16 1x128x240x360 role=input\n"
	"tensor w1   f16 128x128x3x3   role=weight\n"
	"tensor b1   f16 128           role=weight\n"
	"tensor x1   f16 1x128x480x720\n"
	"tensor x2   f16 1x128x480x720 role=output\n"
	"op up   upsample in=x0       out=x1 scale=2\n"
	"op conv conv2d   in=x1,w1,b1 out=x2 pad=1\n"
	"fuse up conv\n"
	"end-of-trace ops=2\n";

struct outcome {
	enum err_code code; /* ERR_NONE: read */
	char text[1024];
	char hash[33];
};

static void read_bytes(const void *data, size_t len, struct outcome *o)
{
	char path[] = "check_trace.XXXXXX";
	struct err err = { .code = ERR_NONE };
	int fd = mkstemp(path);
	struct graph *g;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	close(fd);
	g = trace_read(path, &err);
	unlink(path);
	ck_assert((g == NULL) == (err.code != ERR_NONE));
	o->code = err.code;
	snprintf(o->text, sizeof(o->text), "%s", err.text);
	snprintf(o->hash, sizeof(o->hash), "%s", g ? g->hash : "");
	graph_free(g);
}

static void expect_read(const void *data, size_t len, const char *hash)
{
	struct outcome o;

	read_bytes(data, len, &o);
	ck_assert_msg(o.code == ERR_NONE, "%s", o.text);
	ck_assert_str_eq(o.hash, hash);
}

static void expect_fault(const void *data, size_t len, enum err_code code, const char *part)
{
	struct outcome o;

	read_bytes(data, len, &o);
	ck_assert_int_eq(o.code, code);
	ck_assert_msg(strstr(o.text, part) != NULL, "found: %s, expected: %s", o.text, part);
}

/* Appends a gzip member. */
static void gzip(struct buf *to, const void *data, size_t len, gz_header *header)
{
	unsigned char out[200000];
	z_stream z;

	memset(&z, 0, sizeof(z));
	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	if (header)
		deflateSetHeader(&z, header);
	z.next_in = (unsigned char *)data;
	z.avail_in = (unsigned)len;
	z.next_out = out;
	z.avail_out = sizeof(out);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_add(to, out, sizeof(out) - z.avail_out);
	deflateEnd(&z);
}

static void hash_of_block(char hash[33])
{
	struct outcome o;

	read_bytes(block, strlen(block), &o);
	ck_assert_msg(o.code == ERR_NONE, "%s", o.text);
	snprintf(hash, 33, "%s", o.hash);
}

/* A cut in plain text is found, until all operators are there. */
START_TEST(plain_text_cut_at_every_byte)
{
	size_t last_op = (size_t)(strstr(block, " pad=1") + strlen(" pad=1") - block);

	for (size_t len = 0; len < strlen(block); len++) {
		struct outcome o;

		read_bytes(block, len, &o);
		ck_assert_msg(o.code == ERR_INPUT || (o.code == ERR_NONE && len >= last_op),
			      "cut at %zu: code %d", len, o.code);
	}
}
END_TEST

START_TEST(gzip_cut_at_every_byte)
{
	struct buf gz = BUF_INIT;

	gzip(&gz, block, strlen(block), NULL);
	for (size_t len = 0; len < gz.len; len++) {
		struct outcome o;

		read_bytes(gz.data, len, &o);
		ck_assert_msg(o.code == ERR_INPUT, "cut at %zu: code %d", len, o.code);
		if (len > 0)
			ck_assert_msg(strstr(o.text, "truncated") != NULL, "cut at %zu: %s", len,
				      o.text);
	}
	buf_release(&gz);
}
END_TEST

/* Every flipped bit is found, or harms nothing (the header's time and the like). */
START_TEST(gzip_with_every_bit_flipped)
{
	struct buf gz = BUF_INIT;
	char hash[33];
	size_t harmless = 0;

	hash_of_block(hash);
	gzip(&gz, block, strlen(block), NULL);
	for (size_t bit = 0; bit < gz.len * 8; bit++) {
		struct outcome o;

		gz.data[bit / 8] ^= (char)(1 << bit % 8);
		read_bytes(gz.data, gz.len, &o);
		gz.data[bit / 8] ^= (char)(1 << bit % 8);
		ck_assert_msg(o.code == ERR_INPUT ||
				      (o.code == ERR_NONE && strcmp(o.hash, hash) == 0),
			      "bit %zu: code %d %s", bit, o.code, o.text);
		harmless += o.code == ERR_NONE;
	}
	ck_assert_uint_le(harmless, 10 * 8); /* a header is 10 bytes */
	buf_release(&gz);
}
END_TEST

START_TEST(members_are_one_file)
{
	struct buf gz = BUF_INIT;
	gz_header header = { .name = (unsigned char *)"../../x",
			     .comment = (unsigned char *)"\x1b[2J",
			     .extra = (unsigned char *)"abcd",
			     .extra_len = 4,
			     .hcrc = 1 };
	char hash[33];

	hash_of_block(hash);
	for (size_t cut = 1; cut < strlen(block); cut += 37) {
		buf_clear(&gz);
		gzip(&gz, block, cut, &header);
		gzip(&gz, "", 0, NULL);
		gzip(&gz, block + cut, strlen(block) - cut, NULL);
		expect_read(gz.data, gz.len, hash);
	}
	buf_release(&gz);
}
END_TEST

START_TEST(members_must_be_complete)
{
	size_t body = (size_t)(strstr(block, "end-of-trace") - block);
	struct buf gz = BUF_INIT;

	gzip(&gz, block, 200, NULL);
	gzip(&gz, block + 200, body - 200, NULL);
	expect_fault(gz.data, gz.len, ERR_INPUT, "must end with end-of-trace");
	buf_clear(&gz);
	gzip(&gz, block, body, NULL); /* of one member it may be missing */
	struct outcome o;
	read_bytes(gz.data, gz.len, &o);
	ck_assert_int_eq(o.code, ERR_NONE);
	buf_release(&gz);
}
END_TEST

START_TEST(nothing_may_follow_a_member)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *part;
	} t[] = { { "\n", 1, "found byte 0x0a at offset" },
		  { "\0\0\0\0", 4, "found byte 0x00" },
		  { "op", 2, "something else" },
		  { "\x1f", 1, "truncated" },
		  { "\x1f\x8b", 2, "truncated" },
		  { "\x1f\x8c", 2, "found byte 0x1f" } };
	struct buf gz = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		buf_clear(&gz);
		gzip(&gz, block, strlen(block), NULL);
		buf_add(&gz, t[i].bytes, t[i].len);
		expect_fault(gz.data, gz.len, ERR_INPUT, t[i].part);
		gzip(&gz, block, strlen(block), NULL); /* nor between two */
		expect_fault(gz.data, gz.len, ERR_INPUT, i == 3 || i == 4 ? "" : t[i].part);
	}
	buf_release(&gz);
}
END_TEST

/* What a damaged file seems to say is not blamed on its author. */
START_TEST(damage_is_blamed_before_text)
{
	struct buf gz = BUF_INIT;

	gzip(&gz, "memsim-trace 1\nnonsense\n", 24, NULL);
	expect_fault(gz.data, gz.len, ERR_INPUT, ":2: unknown statement");
	gz.data[gz.len - 8] ^= 1;
	expect_fault(gz.data, gz.len, ERR_INPUT, "damaged gzip data");
	buf_release(&gz);
}
END_TEST

START_TEST(line_ends_do_not_matter)
{
	struct buf text = BUF_INIT;
	char hash[33];

	hash_of_block(hash);
	for (const char *at = block; *at; at++) {
		if (*at == '\n')
			buf_putc(&text, '\r');
		buf_putc(&text, *at);
	}
	expect_read(text.data, text.len, hash);
	expect_read(block, strlen(block) - 1, hash);
	buf_release(&text);
}
END_TEST

START_TEST(lines_of_64_kib)
{
	struct buf text = BUF_INIT;
	char hash[33], *comment = malloc(LINE_MAX_BYTES + 1);

	hash_of_block(hash);
	memset(comment, '#', LINE_MAX_BYTES + 1);
	buf_add(&text, block, 15);
	buf_add(&text, comment, LINE_MAX_BYTES);
	buf_puts(&text, "\r\n");
	buf_puts(&text, block + 15);
	expect_read(text.data, text.len, hash);
	buf_clear(&text);
	buf_add(&text, block, 15);
	buf_add(&text, comment, LINE_MAX_BYTES + 1);
	expect_fault(text.data, text.len, ERR_LIMIT, ":2: a line longer than 65536 bytes");
	buf_puts(&text, "\n");
	expect_fault(text.data, text.len, ERR_LIMIT, ":2: a line longer than 65536 bytes");
	buf_release(&text);
	free(comment);
}
END_TEST

/* write, read, write: the same text and hash. */
static void round_trip(const struct graph *g)
{
	char path[] = "check_trace.XXXXXX";
	struct buf first = BUF_INIT, second = BUF_INIT;
	struct err err = { .code = ERR_NONE };
	struct graph *again;
	int fd = mkstemp(path);

	trace_write(g, &first);
	ck_assert_int_eq(write(fd, first.data, first.len), (ssize_t)first.len);
	close(fd);
	again = trace_read(path, &err);
	unlink(path);
	ck_assert_msg(again != NULL, "%s", err.text);
	ck_assert_str_eq(g->hash, again->hash);
	trace_write(again, &second);
	ck_assert_str_eq(first.data, second.data);
	graph_free(again);
	buf_release(&first);
	buf_release(&second);
}

START_TEST(what_is_written_reads_back)
{
	static const char *const models[][2] = {
		{ "vae-decoder", "" },
		{ "vae-decoder", "fuse=none width=64 height=64 block_channels=32,64 layers=1" },
		{ "vae-encoder", "" },
		{ "vae-block", "channels=64" },
		{ "resnet50", "bn=folded fuse=conv" },
		{ "mobilenet-v2", "dtype=i8 batch=2" },
		{ "gpt2", "phase=decode new_tokens=2 kv_dtype=i8" },
		{ "matmul", "m=1 k=2 n=3 batch=4 dtype=i8" },
		{ "conv", "stride=2 pad=0 groups=2 kernel=5" },
		{ "elementwise", "kind=pow count=3" },
		{ "elementwise", "kind=cast shape=5" },
		{ "chain", "length=60" },
		{ "chain", "length=1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		struct graph *g = graph_make(models[i][0], models[i][1]);

		round_trip(g);
		graph_free(g);
	}
}
END_TEST

/* Repeats are in the trace as they were emitted, and come to the graph that was checked. */
START_TEST(repeats_read_back)
{
	char path[] = "check_trace.XXXXXX", *keys[] = { strdup("seq=7") };
	struct err err = { .code = ERR_NONE };
	struct buf text = BUF_INIT;
	struct graph *made = model_make("bert", keys, 1, &text, &err), *read;
	int fd = mkstemp(path);

	ck_assert_msg(made != NULL, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(text.data, "\nrepeat 12 carry="));
	ck_assert_uint_lt(text.len, 8192); /* one layer, not twelve */
	ck_assert_int_eq(write(fd, text.data, text.len), (ssize_t)text.len);
	close(fd);
	read = trace_read(path, &err);
	unlink(path);
	ck_assert_msg(read != NULL, "%s", err.text);
	ck_assert_str_eq(read->hash, made->hash);
	graph_free(read);
	graph_free(made);
	buf_release(&text);
	free(keys[0]);
}
END_TEST

START_TEST(every_attribute_reads_back)
{
	static const char text[] =
		"memsim-trace 1\n"
		"tensor s f16 2x8x4 role=state\n"
		"tensor n f16 2x1x4 role=input\n"
		"op a kvappend in=s,n out=s axis=-2 at=3\n"
		"tensor q f16 1x2x9x9 role=input layout=nchw\n"
		"tensor w f16 4x1x3x2 role=weight\n"
		"tensor c f16 1x4x4x5 role=output\n"
		"op b conv2d in=q,w out=c stride=2 pad=0,0,1,2 dilation=1,2 groups=2\n"
		"tensor r f16 1x2x3x3 role=output\n"
		"op d avgpool in=q out=r kernel=3\n"
		"tensor p i8 3x4x5 role=input layout=nhwc\n"
		"tensor t i8 5x4x3\n"
		"op e transpose in=p out=t\n"
		"tensor k i8 3x4x1 role=output\n"
		"op f slice in=t out=k axes=2,0 starts=-1,0 ends=3,2147483647 steps=5,2\n"
		"tensor m i8 4x4 role=output\n"
		"tensor v i8 4x5 role=input\n"
		"op g matmul in=v,v out=m transpose_b=1 mask=window:3\n"
		"tensor g i8 2x5 role=output\n"
		"tensor j i64 2 role=input\n"
		"op h gather in=v,j out=g rows=random:42\n"
		"fuse g h\n"
		"end-of-trace ops=7\n";
	char path[] = "check_trace.XXXXXX";
	struct err err = { .code = ERR_NONE };
	struct buf out = BUF_INIT;
	struct graph *g;
	int fd = mkstemp(path);

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	g = trace_read(path, &err);
	unlink(path);
	ck_assert_msg(g != NULL, "%s", err.text);
	trace_write(g, &out);
	ck_assert_str_eq(out.data, text);
	round_trip(g);
	graph_free(g);
	buf_release(&out);
}
END_TEST

static void next_field(char **at, char *out, size_t size)
{
	size_t len = strcspn(*at, ",\n");

	ck_assert_uint_lt(len, size);
	memcpy(out, *at, len);
	out[len] = '\0';
	*at += len + ((*at)[len] == ',');
}

static uint64_t next_number(char **at)
{
	char field[32];

	next_field(at, field, sizeof(field));
	return strtoull(field, NULL, 10);
}

static FILE *open_table(void)
{
	const char *source = getenv("TOP_SRCDIR");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/vae_decoder_ops.csv", source ? source : ".");
	return fopen(path, "r");
}

/* The operators that are no views, in order, against the table: work and bytes of each. */
START_TEST(the_decoder_is_the_table)
{
	struct graph *g = graph_make("vae-decoder", "width=720 height=480");
	FILE *table = open_table();
	char line[256];
	uint32_t op = 0;

	ck_assert_ptr_nonnull(table);
	while (fgets(line, sizeof(line), table)) {
		char *at = line, name[64], kind[32];
		struct work w;

		if (*line == '#' || strncmp(line, "name,", 5) == 0)
			continue;
		do {
			ck_assert_uint_lt(op, g->n_ops);
			info_op(g, op++, &w);
		} while (w.views);
		next_field(&at, name, sizeof(name));
		next_field(&at, kind, sizeof(kind));
		ck_assert_str_eq(g->ops[op - 1].id, name);
		ck_assert_uint_eq(2 * w.macs, next_number(&at));
		ck_assert_uint_eq(w.vector_ops, next_number(&at));
		uint64_t in = next_number(&at), out = next_number(&at);
		ck_assert_uint_eq(w.activation_bytes, in + out);
		ck_assert_uint_eq(w.weight_read_bytes, next_number(&at));
	}
	ck_assert_uint_eq(op, g->n_ops);
	fclose(table);
	graph_free(g);
}
END_TEST

START_TEST(the_decoder_has_its_parameters)
{
	struct graph *g = graph_make("vae-decoder", "");
	struct trace_info info;

	info_collect(g, &info);
	ck_assert_uint_eq(info.weight_elements, 49490199);
	ck_assert_uint_eq(info.weight_bytes, 2 * 49490199);
	ck_assert_uint_eq(info.total.ops - info.total.views, 120);
	ck_assert_uint_eq(info.total.views, 3);
	graph_free(g);
}
END_TEST

START_TEST(models_have_closed_forms)
{
	static const struct {
		const char *model, *keys;
		uint64_t macs, vector_ops, activation_bytes, weight_bytes;
	} t[] = {
		{ "matmul", "m=3 k=4 n=5 batch=2 dtype=f32", 120, 0, 4 * (24 + 30), 4 * 40 },
		{ "conv", "width=8 height=6 in_channels=4 out_channels=2 kernel=3 pad=1 groups=2",
		  96 * 2 * 9, 96, 2 * (192 + 96), 2 * (36 + 2) },
		{ "elementwise", "kind=add shape=2,3 count=5", 0, 30, 5 * 36, 0 },
		{ "elementwise", "kind=cast shape=1024 count=1", 0, 0, 4096, 0 },
		{ "chain", "kind=silu length=7 shape=10", 0, 350, 7 * 40, 0 },
		/* upsample, conv 3x3, norm, silu at 64 x 32 with 32 channels */
		{ "vae-block", "width=64 height=32 channels=32", 65536 * 32 * 9,
		  65536 * (1 + 8 + 5), 2 * (65536 / 4 + 7 * 65536), 2 * (32 * 32 * 9 + 3 * 32) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct graph *g = graph_make(t[i].model, t[i].keys);
		struct trace_info info;

		info_collect(g, &info);
		ck_assert_uint_eq(info.total.macs, t[i].macs);
		ck_assert_uint_eq(info.total.vector_ops, t[i].vector_ops);
		ck_assert_uint_eq(info.total.activation_bytes, t[i].activation_bytes);
		ck_assert_uint_eq(info.weight_bytes, t[i].weight_bytes);
		ck_assert_uint_eq(info.total.weight_read_bytes, t[i].weight_bytes);
		graph_free(g);
	}
}
END_TEST

/* Every operator of the shipped models can be planned, and each is in at most one group. */
START_TEST(models_can_be_planned)
{
	static const char *const models[][2] = {
		{ "vae-decoder", "" },
		{ "vae-encoder", "" },
		{ "vae-block", "" },
		{ "resnet50", "" },
		{ "mobilenet-v2", "" },
		{ "bert", "" },
		{ "gpt2", "" },
		{ "gpt2", "phase=decode new_tokens=2 batch=2 weight_dtype=i8 kv_dtype=i8" },
		{ "llama", "size=3-8b" },
		{ "llama", "phase=decode kv_dtype=f8" },
		{ "llama", "size=3-8b phase=decode" },
		{ "vit", "batch=2" },
		{ "dit", "width=720 height=480 batch=2" },
		{ "matmul", "" },
		{ "conv", "" },
		{ "elementwise", "" },
		{ "chain", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
		struct graph *g = graph_make(models[i][0], models[i][1]);

		for (uint32_t op = 0; op < g->n_ops; op++) {
			struct op_info info;

			op_describe(g, op, &info);
			ck_assert_msg(info.refusal == NULL, "%s: %s", g->ops[op].id, info.refusal);
		}
		graph_free(g);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace");
	TCase *tc = tcase_create("trace");

	tcase_set_timeout(tc, 300);
	tcase_add_test(tc, plain_text_cut_at_every_byte);
	tcase_add_test(tc, gzip_cut_at_every_byte);
	tcase_add_test(tc, gzip_with_every_bit_flipped);
	tcase_add_test(tc, members_are_one_file);
	tcase_add_test(tc, members_must_be_complete);
	tcase_add_test(tc, nothing_may_follow_a_member);
	tcase_add_test(tc, damage_is_blamed_before_text);
	tcase_add_test(tc, line_ends_do_not_matter);
	tcase_add_test(tc, lines_of_64_kib);
	tcase_add_test(tc, what_is_written_reads_back);
	tcase_add_test(tc, repeats_read_back);
	tcase_add_test(tc, every_attribute_reads_back);
	tcase_add_test(tc, the_decoder_is_the_table);
	tcase_add_test(tc, the_decoder_has_its_parameters);
	tcase_add_test(tc, models_have_closed_forms);
	tcase_add_test(tc, models_can_be_planned);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
