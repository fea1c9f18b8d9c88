/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams from files: the forms of a line, what they have in common, lines across the reader's
 * chunks, gzip, and the lines that are refused.
 */
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/lines.h"
#include "stream/stream.h"

#define GIB (UINT64_C(1) << 30)

static char path[] = "stream-file.XXXXXX";

static void write_file(const void *data, size_t len, bool is_gzip, bool appends)
{
	const char *mode = appends ? "ab" : "wb";

	if (is_gzip) {
		gzFile f = gzopen(path, mode);

		ck_assert(len == 0 || gzwrite(f, data, (unsigned)len) == (int)len);
		ck_assert_int_eq(gzclose(f), Z_OK);
	} else {
		FILE *f = fopen(path, mode);

		ck_assert_uint_eq(fwrite(data, 1, len, f), len);
		ck_assert_int_eq(fclose(f), 0);
	}
}

static struct stream *open_file(void)
{
	struct err err = { 0 };
	struct stream *s = stream_open(path, GIB, &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	return s;
}

static struct stream *open_text(const char *text)
{
	write_file(text, strlen(text), false, false);
	return open_file();
}

static void assert_next(struct stream *s, bool is_write, uint64_t address, uint64_t tick)
{
	struct stream_access a;
	struct err err = { 0 };

	ck_assert_msg(stream_next(s, &a, &err), "%s", err.text);
	ck_assert_int_eq(a.is_write, is_write);
	ck_assert_uint_eq(a.address, address);
	ck_assert_uint_eq(a.earliest_tick, tick);
}

static void assert_end(struct stream *s)
{
	struct stream_access a;
	struct err err = { 0 };

	ck_assert(!stream_next(s, &a, &err));
	ck_assert_msg(err.code == ERR_NONE, "%s", err.text);
	stream_close(s);
}

START_TEST(every_form)
{
	struct stream *s = open_text("R 0x40\nW 128\nLD 0x3FFFFFFF\nST 0Xabc\n"
				     "R 0 7\nW 0x20 18446744073709551615\nLD 96 0x10\n"
				     "0x60 READ 12\n128 WRITE 13\n0x80 read 0\n0xa0 write 1\n"
				     "0xc0 P_MEM_RD 2\n0xe0 P_MEM_WR 3\n0x100 R\n256 W\n");

	assert_next(s, false, 0x40, 0);
	assert_next(s, true, 128, 0);
	assert_next(s, false, GIB - 1, 0);
	assert_next(s, true, 0xabc, 0);
	assert_next(s, false, 0, 7);
	assert_next(s, true, 0x20, UINT64_MAX);
	assert_next(s, false, 96, 16);
	assert_next(s, false, 0x60, 12);
	assert_next(s, true, 128, 13);
	assert_next(s, false, 0x80, 0);
	assert_next(s, true, 0xa0, 1);
	assert_next(s, false, 0xc0, 2);
	assert_next(s, true, 0xe0, 3);
	assert_next(s, false, 0x100, 0);
	assert_next(s, true, 256, 0);
	assert_end(s);
}
END_TEST

START_TEST(blanks_comments_and_line_ends)
{
	struct stream *s = open_text("# head \xc3\xa9\r\n\r\n\n \t\n  R\t 0x40 \r\nW 1#no blank\n"
				     "LD 2 # R 3\n\t# R 4\nST 5 6# 7\nR 8");

	assert_next(s, false, 0x40, 0);
	assert_next(s, true, 1, 0);
	assert_next(s, false, 2, 0);
	assert_next(s, true, 5, 6);
	assert_next(s, false, 8, 0);
	assert_end(s);
}
END_TEST

START_TEST(forms_have_one_hash)
{
	static const char *const texts[] = {
		"R 0x40\nW 0x80\nR 0xc0 5\n",
		"LD 64 # first\r\nST 128\r\nLD 192 5",
		"0x40 READ 0\n0x80 WRITE 0\n0xc0 READ 5\n",
		"R 0x40\nW 0x80\nR 0xc0 6\n", /* and what differs */
		"R 0x40\nR 0x80\nR 0xc0 5\n",
		"R 0x40\nW 0x81\nR 0xc0 5\n",
		"W 0x80\nR 0x40\nR 0xc0 5\n",
	};
	char first[33], hash[33];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct stream *s = open_text(texts[i]);
		struct stream_access a;
		struct err err = { 0 };

		while (stream_next(s, &a, &err))
			;
		ck_assert_uint_eq(stream_count(s), 3);
		ck_assert_str_eq(stream_kind(s), "file");
		stream_hash(s, i == 0 ? first : hash);
		stream_close(s);
		if (i == 1 || i == 2)
			ck_assert_str_eq(first, hash);
		else if (i > 2)
			ck_assert_str_ne(first, hash);
	}
}
END_TEST

/* A file of a generated stream's accesses is that stream. */
START_TEST(file_equals_formula)
{
	struct err err = { 0 };
	struct stream *s = stream_generate("mix:20000", 32, GIB, &err);
	struct buf text = BUF_INIT;
	struct stream_access a;
	char made[33], read[33];

	while (stream_next(s, &a, &err))
		buf_printf(&text, "%c 0x%" PRIx64 "\n", a.is_write ? 'W' : 'R', a.address);
	stream_hash(s, made);
	stream_close(s);
	write_file(text.data, text.len, true, false);
	buf_release(&text);
	s = open_file();
	while (stream_next(s, &a, &err))
		;
	ck_assert_int_eq(err.code, ERR_NONE);
	stream_hash(s, read);
	stream_close(s);
	ck_assert_str_eq(made, read);
}
END_TEST

/* Lines of all lengths, so that every byte of one falls on the limit of a chunk somewhere. */
START_TEST(lines_across_chunks)
{
	bool is_gzip = _i & 1, has_cr = _i & 2, has_last_end = _i & 4;
	struct buf text = BUF_INIT;
	struct stream *s;
	uint64_t n = 20000;

	for (uint64_t i = 0; i < n; i++) {
		buf_printf(&text, "%*s%c 0x%" PRIx64 " %" PRIu64, (int)(i * 7 % 61), "",
			   i % 3 ? 'R' : 'W', i * 37, i);
		if (i + 1 < n || has_last_end)
			buf_puts(&text, has_cr ? "\r\n" : "\n");
	}
	write_file(text.data, text.len / 2, is_gzip, false); /* two members */
	write_file(text.data + text.len / 2, text.len - text.len / 2, is_gzip, true);
	buf_release(&text);
	s = open_file();
	for (uint64_t i = 0; i < n; i++)
		assert_next(s, i % 3 == 0, i * 37, i);
	assert_end(s);
}
END_TEST

START_TEST(longest_line)
{
	struct buf text = BUF_INIT;
	struct stream *s;

	for (size_t i = 0; i < LINE_MAX_BYTES; i++)
		buf_putc(&text, '#');
	buf_puts(&text, "\r\nR 0\n");
	s = open_text(text.data);
	assert_next(s, false, 0, 0);
	assert_end(s);
	buf_release(&text);
}
END_TEST

static const struct {
	const char *text;
	enum err_code code;
	const char *message;
} refused[] = {
	{ "", ERR_INPUT, ": no request in the stream (found the end after line 0, " },
	{ "# only\n\n", ERR_INPUT, ": no request in the stream (found the end after line 2, " },
	{ "R\n", ERR_INPUT, ":1: not a request (found \"R\", expected " },
	{ "0x40\n", ERR_INPUT, ":1: not a request (found \"0x40\", " },
	{ "R 0x40\nX 0x40\n", ERR_INPUT, ":2: not a request (found \"X\", " },
	{ "r 0x40\n", ERR_INPUT, ":1: not a request (found \"r\", " },
	{ "R 0x40 1 2\n", ERR_INPUT, ":1: more than three fields (found \"2\", " },
	{ "0x40 FETCH 1\n", ERR_INPUT, ":1: not an operation (found \"FETCH\", " },
	{ "R x\n", ERR_INPUT, ":1: not an address (found \"x\", expected decimal" },
	{ "R 0x\n", ERR_INPUT, ":1: not an address (found \"0x\"" },
	{ "R 0xg\n", ERR_INPUT, ":1: not an address (found \"0xg\"" },
	{ "R 7d7134200\n", ERR_INPUT, ":1: not an address (found \"7d7134200\"" },
	{ "R -1\n", ERR_INPUT, ":1: not an address (found \"-1\"" },
	{ "R +1\n", ERR_INPUT, ":1: not an address (found \"+1\"" },
	{ "R 1.5\n", ERR_INPUT, ":1: not an address" },
	{ "R 18446744073709551616\n", ERR_INPUT, ":1: not an address" },
	{ "R 0x10000000000000000\n", ERR_INPUT, ":1: not an address" },
	{ "R 0,0,1,2\n", ERR_INPUT, ":1: a list is not an address (found \"0,0,1,2\"" },
	{ "R 0x40 soon\n", ERR_INPUT, ":1: not a memory tick (found \"soon\"" },
	{ "R 1\n\nR 0x40000000\n", ERR_INPUT,
	  ":3: address beyond the memory (found 0x40000000, expected below 0x40000000, 1 GiB)" },
	{ "0x40000000 READ 1\n", ERR_INPUT, ":1: address beyond the memory" },
	{ "R 0x\x01\n", ERR_INPUT, ":1: not UTF-8 text (found byte 0x01 in column 5)" },
	{ "R 0 # \xff\n", ERR_INPUT, ":1: not UTF-8 text (found byte 0xff in column 7)" },
	{ "\xef\xbb\xbfR 0\n", ERR_INPUT, ":1: a byte order mark" },
	{ "PK\x03\x04zip", ERR_INPUT, ": not a request stream (found zip data" },
	{ "memsim-trace 1\n", ERR_INPUT, ":1: not a request (found \"memsim-trace\"" },
};

static void assert_refused(enum err_code code, const char *message)
{
	struct err err = { 0 };
	struct stream *s = stream_open(path, GIB, &err);
	struct stream_access a;

	while (s && stream_next(s, &a, &err))
		;
	stream_close(s);
	ck_assert_int_eq(err.code, code);
	ck_assert_msg(strstr(err.text, message) != NULL, "%s", err.text);
	ck_assert_msg(strncmp(err.text, path, strlen(path)) == 0, "%s", err.text);
}

START_TEST(refuses)
{
	write_file(refused[_i].text, strlen(refused[_i].text), false, false);
	assert_refused(refused[_i].code, refused[_i].message);
}
END_TEST

START_TEST(refuses_long_lines)
{
	size_t len = 10 * LINE_MAX_BYTES;
	char *text = malloc(len);

	memset(text, ' ', len);
	memcpy(text, "R 0\n", 4);
	write_file(text, len, false, false);
	assert_refused(ERR_LIMIT, ":2: a line longer than 65536 bytes");
	write_file(text, 4 + LINE_MAX_BYTES + 1, false, false);
	assert_refused(ERR_LIMIT, ":2: a line longer than 65536 bytes");
	write_file(text, len, true, false);
	assert_refused(ERR_LIMIT, ":2: a line longer than 65536 bytes");
	free(text);
}
END_TEST

START_TEST(refuses_a_nul)
{
	write_file("R 0\nR 1\0 2\n", 11, false, false);
	assert_refused(ERR_INPUT, ":2: a NUL byte in column 4");
}
END_TEST

/* Cut anywhere, a gzip file is damaged, and that is what is said. */
START_TEST(refuses_damaged_gzip)
{
	static const char text[] = "R 0\nR 64\nR 128\nW 192\nrubbish\n";
	char whole[256];
	size_t len;
	FILE *f;

	write_file(text, strlen(text), true, false);
	f = fopen(path, "rb");
	len = fread(whole, 1, sizeof(whole), f);
	fclose(f);
	assert_refused(ERR_INPUT, ":5: not a request (found \"rubbish\"");
	for (size_t cut = 1; cut < len; cut++) {
		write_file(whole, cut, false, false);
		assert_refused(ERR_INPUT, ": truncated: the gzip data end too early");
	}
	whole[len - 6] = (char)(whole[len - 6] ^ 1);
	write_file(whole, len, false, false);
	assert_refused(ERR_INPUT, ": damaged gzip data");
}
END_TEST

static void make_name(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void remove_file(void)
{
	unlink(path);
	memcpy(path + strlen(path) - 6, "XXXXXX", 6);
}

int main(void)
{
	Suite *suite = suite_create("stream_file");
	TCase *t = tcase_create("read");

	tcase_add_checked_fixture(t, make_name, remove_file);
	tcase_add_test(t, every_form);
	tcase_add_test(t, blanks_comments_and_line_ends);
	tcase_add_test(t, forms_have_one_hash);
	tcase_add_test(t, file_equals_formula);
	tcase_add_loop_test(t, lines_across_chunks, 0, 8);
	tcase_add_test(t, longest_line);
	tcase_add_loop_test(t, refuses, 0, ARRAY_SIZE(refused));
	tcase_add_test(t, refuses_long_lines);
	tcase_add_test(t, refuses_a_nul);
	tcase_add_test(t, refuses_damaged_gzip);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
