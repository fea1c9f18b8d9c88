/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters and tokens of libconfig's language, strictly.  libconfig 1.5 reads
 * 4294967296 as 0, drops the rest of a file after an open comment, and cuts strings at
 * a NUL, all without an error; other versions differ.  What could be read in two ways
 * is refused here.  Meaning is not looked at.
 */
#include "config/scan_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "base/utf8.h"

#define MAX_EXPONENT 300 /* well inside a double's range, either side */

bool lexer_error(struct lexer *lx, uint64_t line, const char *fmt, ...)
{
	char text[768];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return err_at(lx->err, ERR_CONFIG, lx->file, line, "%s", text);
}

/* Files that are something else, by their first bytes. */
static const struct {
	const char *magic;
	size_t len;
	const char *message;
} foreign[] = {
	{ "\xef\xbb\xbf", 3, "starts with a UTF-8 byte-order mark; save it without one" },
	{ "\xff\xfe", 2, "looks like UTF-16; save it as UTF-8" },
	{ "\xfe\xff", 2, "looks like UTF-16; save it as UTF-8" },
	{ "\x1f\x8b", 2, "looks like gzip data, not a configuration; unpack it first" },
	{ "\xfd""7zXZ", 5, "looks like xz data, not a configuration" },
	{ "\x28\xb5\x2f\xfd", 4, "looks like zstd data, not a configuration" },
	{ "BZh", 3, "looks like bzip2 data, not a configuration" },
	{ "PK\x03\x04", 4, "looks like a zip archive, not a configuration" },
	{ "\x89PNG", 4, "looks like a PNG image, not a configuration" },
	{ "\x7f""ELF", 4, "looks like a program, not a configuration" },
	{ "memsim-trace", 12, "looks like a trace, not a configuration; the order is "
			      "-c CONFIG TRACE" },
};

static bool check_format(struct lexer *lx)
{
	size_t first = 0;

	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		if (lx->len >= foreign[i].len &&
		    memcmp(lx->data, foreign[i].magic, foreign[i].len) == 0)
			return lexer_error(lx, 1, "%s", foreign[i].message);
	}
	if (lx->len >= 2 && (lx->data[0] == '\0') != (lx->data[1] == '\0'))
		return lexer_error(lx, 1, "looks like UTF-16; save it as UTF-8");
	while (first < lx->len && strchr(" \t\r\n", lx->data[first]))
		first++;
	if (first < lx->len && (lx->data[first] == '{' || lx->data[first] == '['))
		return lexer_error(lx, 1, "looks like JSON (found \"%c\" first); libconfig writes "
				   "name = value;",
				   lx->data[first]);
	return true;
}

static bool check_characters(struct lexer *lx)
{
	uint64_t line = 1;
	size_t n;

	for (size_t i = 0; i < lx->len; i += n) {
		uint32_t code = 0;

		n = utf8_char(lx->data + i, lx->len - i, &code);
		if (n == 0)
			return lexer_error(lx, line, "not valid UTF-8 (found byte 0x%02x)",
					   (unsigned)(unsigned char)lx->data[i]);
		if (code == 0)
			return lexer_error(lx, line, "NUL byte; a configuration is plain text");
		if (code == '\r' && (i + 1 == lx->len || lx->data[i + 1] != '\n'))
			return lexer_error(lx, line, "carriage return without a line feed (line "
					   "ends of an old Mac); convert them to LF");
		line += code == '\n';
	}
	return true;
}

bool lexer_init(struct lexer *lx, const char *file, const struct buf *data, struct err *err)
{
	*lx = (struct lexer){ .file = file,
			      .data = data->data,
			      .len = data->len,
			      .line = 1,
			      .is_line_start = true,
			      .err = err };
	return check_format(lx) && check_characters(lx);
}

static char peek(const struct lexer *lx, size_t ahead)
{
	return lx->at + ahead < lx->len ? lx->data[lx->at + ahead] : '\0';
}

static void step(struct lexer *lx)
{
	if (lx->data[lx->at++] == '\n') {
		lx->line++;
		lx->is_line_start = true;
	}
}

static void skip_line(struct lexer *lx)
{
	while (lx->at < lx->len && lx->data[lx->at] != '\n')
		lx->at++;
}

static bool skip_block_comment(struct lexer *lx)
{
	uint64_t line = lx->line;

	lx->at += 2;
	while (lx->at < lx->len) {
		if (peek(lx, 0) == '*' && peek(lx, 1) == '/') {
			lx->at += 2;
			return true;
		}
		step(lx);
	}
	return lexer_error(lx, line, "comment opened here is never closed; close it with */");
}

/* Blanks and comments; true also at the end. */
static bool skip_blank(struct lexer *lx)
{
	while (lx->at < lx->len) {
		char c = peek(lx, 0);

		if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f')
			step(lx);
		else if (c == '#' || (c == '/' && peek(lx, 1) == '/'))
			skip_line(lx);
		else if (c != '/' || peek(lx, 1) != '*')
			return true;
		else if (!skip_block_comment(lx))
			return false;
	}
	return true;
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_name_char(char c)
{
	return is_alpha(c) || is_digit(c) || c == '_' || c == '-' || c == '*';
}

static bool lex_name(struct lexer *lx, struct token *out)
{
	while (is_name_char(peek(lx, 0)))
		lx->at++;
	out->kind = TOKEN_NAME;
	out->len = (size_t)(lx->data + lx->at - out->text);
	if (out->len > MAX_NAME_BYTES)
		return err_at(lx->err, ERR_LIMIT, lx->file, out->line,
			      "name of %zu bytes; at most %d are allowed", out->len,
			      MAX_NAME_BYTES);
	return true;
}

/* The value of an escape at `at` (on the backslash), or -1; *len gets its length. */
static int escape_value(const struct lexer *lx, size_t *len)
{
	static const char known[] = "abfnrtv\"\\";
	char c = peek(lx, 1);

	*len = 2;
	if (c != '\0' && strchr(known, c))
		return c == '"' || c == '\\' ? c : '\n';
	if (c != 'x' || !is_hex(peek(lx, 2)) || !is_hex(peek(lx, 3)))
		return -1;
	*len = 4;
	c = peek(lx, 2);
	return c > '7' || (c == '0' && peek(lx, 3) == '0') ? -1 : c;
}

static bool lex_string(struct lexer *lx, struct token *out)
{
	out->kind = TOKEN_STRING;
	for (lx->at++; peek(lx, 0) != '"'; lx->at++) {
		size_t len = 1;

		if (lx->at >= lx->len || peek(lx, 0) == '\n')
			return lexer_error(lx, out->line,
					   "text opened here is not closed on its line; add a \"");
		if (peek(lx, 0) == '\\' && escape_value(lx, &len) < 0)
			return lexer_error(lx, out->line,
					   "unknown or forbidden escape \\%c%.2s in a text",
					   peek(lx, 1), peek(lx, 1) == 'x' ? "NN" : "");
		lx->at += len - 1;
	}
	lx->at++;
	out->len = (size_t)(lx->data + lx->at - out->text);
	if (out->len - 2 > MAX_STRING_BYTES)
		return err_at(lx->err, ERR_LIMIT, lx->file, out->line,
			      "text of %zu bytes; at most %d are allowed", out->len - 2,
			      MAX_STRING_BYTES);
	return true;
}

/* Says how to write a number that is too large for libconfig, if 64 bits hold it. */
static bool refuse_large(struct lexer *lx, const struct token *t)
{
	char size[48];
	uint64_t value;

	if (!parse_u64(t->text, t->len, &value))
		return lexer_error(lx, t->line, "integer %.*s does not fit 64 bits",
				   (int)min_u64(t->len, 40), t->text);
	format_quantity(value, Q_BYTES, size, sizeof(size));
	return lexer_error(lx, t->line,
			   "integer %.*s out of range (expected at most 2147483647); write sizes, "
			   "rates and times as text with a unit, such as \"%s\"",
			   (int)t->len, t->text, size);
}

static bool check_decimal(struct lexer *lx, struct token *out, size_t sign)
{
	struct token digits = { out->kind, out->text + sign, out->len - sign, out->line };
	uint64_t value = 0;

	out->kind = TOKEN_INTEGER;
	if (digits.len > 1 && digits.text[0] == '0')
		return lexer_error(lx, out->line, "leading zero in %.*s; write it without",
				   (int)min_u64(out->len, 40), out->text);
	if (parse_u64(digits.text, digits.len, &value) && value <= INT32_MAX)
		return true;
	if (sign > 0)
		return lexer_error(lx, out->line, "integer %.*s out of range",
				   (int)min_u64(out->len, 40), out->text);
	return refuse_large(lx, &digits);
}

static bool check_hex(struct lexer *lx, struct token *out)
{
	uint64_t value = 0;
	size_t i = 2;

	out->kind = TOKEN_INTEGER;
	for (; i < out->len && is_hex(out->text[i]) && value <= INT32_MAX; i++) {
		char c = out->text[i];

		value = value * 16 + (uint64_t)(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
	}
	if (value > INT32_MAX)
		return lexer_error(lx, out->line,
				   "hexadecimal integer %.*s above 0x7fffffff; write it as text "
				   "with a unit, such as \"2 GiB\"",
				   (int)min_u64(out->len, 40), out->text);
	if (i != out->len || i == 2)
		return lexer_error(lx, out->line, "malformed number %.*s",
				   (int)min_u64(out->len, 40), out->text);
	return true;
}

/* digits [. digits] [e [sign] digits], a digit on at least one side of the point. */
static bool check_float(struct lexer *lx, struct token *out, size_t sign)
{
	const char *s = out->text + sign, *end = out->text + out->len;
	size_t n_before = 0, n_after = 0;
	uint64_t exponent = 0;

	out->kind = TOKEN_FLOAT;
	for (; s < end && is_digit(*s); s++)
		n_before++;
	if (s < end && *s == '.')
		for (s++; s < end && is_digit(*s); s++)
			n_after++;
	if (s < end && (*s == 'e' || *s == 'E')) {
		s += s + 1 < end && (s[1] == '+' || s[1] == '-') ? 2 : 1;
		if (s == end)
			n_before = n_after = 0;
		for (; s < end && is_digit(*s); s++)
			exponent = min_u64(exponent * 10 + (uint64_t)(*s - '0'), MAX_EXPONENT + 1);
	}
	if (s != end || n_before + n_after == 0)
		return lexer_error(lx, out->line, "incomplete or malformed number %.*s",
				   (int)min_u64(out->len, 40), out->text);
	if (exponent > MAX_EXPONENT || n_before > MAX_EXPONENT)
		return lexer_error(lx, out->line, "%.*s is not a finite number of any use",
				   (int)min_u64(out->len, 40), out->text);
	return true;
}

/* "64KiB", "1.8GHz": digits, then letters that no number has. */
static bool has_unit(const char *s, size_t len, size_t *n_number)
{
	size_t i = 0;

	while (i < len && (is_digit(s[i]) || s[i] == '.'))
		i++;
	*n_number = i;
	if (i == 0 || i == len || !is_alpha(s[i]))
		return false;
	return !(s[i] == 'e' || s[i] == 'E') || (i + 1 < len && is_alpha(s[i + 1]));
}

static bool lex_number(struct lexer *lx, struct token *out)
{
	size_t sign = peek(lx, 0) == '+' || peek(lx, 0) == '-', n_number, len;
	const char *digits = out->text + sign;

	while (is_name_char(peek(lx, 0)) || peek(lx, 0) == '.' || peek(lx, 0) == '+')
		lx->at++;
	out->len = (size_t)(lx->data + lx->at - out->text);
	len = out->len - sign;
	if (len > 1 && digits[0] == '0' && (digits[1] | 32) == 'x' && sign == 0)
		return check_hex(lx, out);
	if (len > 1 && digits[len - 1] == 'L')
		return lexer_error(lx, out->line,
				   "integer %.*s with an L; write it without, or as text with its "
				   "unit",
				   (int)min_u64(out->len, 40), out->text);
	if (has_unit(digits, len, &n_number))
		return lexer_error(lx, out->line,
				   "unit without quotes (found %.*s); write \"%.*s %.*s\"",
				   (int)min_u64(out->len, 40), out->text,
				   (int)min_u64(n_number, 24), digits,
				   (int)min_u64(len - n_number, 16), digits + n_number);
	for (size_t i = 0; i < len; i++)
		if (!is_digit(digits[i]))
			return check_float(lx, out, sign);
	return len > 0 ? check_decimal(lx, out, sign)
		       : lexer_error(lx, out->line, "sign without a number");
}

/* @include "FILE", first on its line. */
static bool lex_include(struct lexer *lx, struct token *out, bool is_first)
{
	static const char word[] = "@include";
	size_t len = sizeof(word) - 1;

	if (!is_first || lx->len - lx->at < len || memcmp(lx->data + lx->at, word, len) != 0)
		return lexer_error(lx, lx->line,
				   "unexpected \"@\"; an include is @include \"FILE\" on a line of "
				   "its own");
	lx->at += len;
	while (peek(lx, 0) == ' ' || peek(lx, 0) == '\t')
		lx->at++;
	out->text = lx->data + lx->at;
	if (peek(lx, 0) != '"')
		return lexer_error(lx, lx->line, "@include wants a file name in quotes");
	if (!lex_string(lx, out))
		return false;
	out->kind = TOKEN_INCLUDE;
	out->text++;
	out->len -= 2;
	return true;
}

static bool unexpected(struct lexer *lx)
{
	uint32_t code = 0;

	utf8_char(lx->data + lx->at, lx->len - lx->at, &code);
	if (code < 0x80 && code > 0x20 && code != 0x7f)
		return lexer_error(lx, lx->line, "unexpected character \"%c\"", (char)code);
	return lexer_error(lx, lx->line, "unexpected character U+%04X", (unsigned)code);
}

bool lexer_next(struct lexer *lx, struct token *out)
{
	bool is_first;
	char c;

	if (!skip_blank(lx))
		return false;
	is_first = lx->is_line_start;
	lx->is_line_start = false;
	*out = (struct token){ TOKEN_END, lx->data + lx->at, 0, lx->line };
	if (lx->at >= lx->len)
		return true;
	c = peek(lx, 0);
	if (c == '"')
		return lex_string(lx, out);
	if (c == '@')
		return lex_include(lx, out, is_first);
	if (is_alpha(c) || c == '*')
		return lex_name(lx, out);
	if (is_digit(c) || c == '.' || c == '+' || c == '-')
		return lex_number(lx, out);
	if (!strchr("=:;,{}()[]", c))
		return unexpected(lx);
	out->kind = TOKEN_MARK;
	out->len = 1;
	lx->at++;
	return true;
}
