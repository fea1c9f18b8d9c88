/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the first error as one printable line.  What came from a file may hold
 * anything: control characters and broken UTF-8 are shown as \xNN, so that a message
 * can neither drive a terminal nor span lines.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static bool is_printable(uint32_t code)
{
	return code >= 0x20 && code != 0x7f && (code < 0x80 || code > 0x9f);
}

/* Copies `from`, escaped, into `to`; cut with "..." when it does not fit. */
static void copy_printable(char *to, size_t size, const char *from)
{
	size_t left = strlen(from), used = 0;

	while (left > 0) {
		uint32_t code = 0;
		size_t n = utf8_char(from, left, &code);
		bool plain = n > 0 && is_printable(code);

		if (n == 0)
			n = 1;
		if (used + 4 * n + sizeof("...") > size) {
			memcpy(to + used, "...", 3);
			used += 3;
			break;
		}
		for (size_t i = 0; i < n; i++) {
			if (plain)
				to[used++] = from[i];
			else
				used += (size_t)snprintf(to + used, size - used, "\\x%02x",
							 (unsigned)(unsigned char)from[i]);
		}
		from += n;
		left -= n;
	}
	to[used] = '\0';
}

static void PRINTF_LIKE(4, 0) set_text(struct err *err, enum err_code code, const char *prefix,
				       const char *fmt, va_list args)
{
	char raw[sizeof(err->text)];
	int used = snprintf(raw, sizeof(raw), "%s", prefix);
	size_t at = used < 0 ? 0 : min_u64((uint64_t)used, sizeof(raw) - 1);

	vsnprintf(raw + at, sizeof(raw) - at, fmt, args);
	err->code = code;
	err->setting = NULL;
	err->trace_line = 0;
	copy_printable(err->text, sizeof(err->text), raw);
}

bool err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list args;

	if (!err || err->code != ERR_NONE)
		return false;
	va_start(args, fmt);
	set_text(err, code, "", fmt, args);
	va_end(args);
	return false;
}

bool err_at(struct err *err, enum err_code code, const char *file, uint64_t line, const char *fmt,
	    ...)
{
	char place[sizeof(err->text) / 2];
	va_list args;

	if (!err || err->code != ERR_NONE)
		return false;
	snprintf(place, sizeof(place) - 24, "%s", file);
	snprintf(place + strlen(place), 24, ":%" PRIu64 ": ", line);
	va_start(args, fmt);
	set_text(err, code, place, fmt, args);
	va_end(args);
	return false;
}

bool err_setting(struct err *err, const char *path, const char *fmt, ...)
{
	char prefix[128];
	va_list args;

	if (!err || err->code != ERR_NONE)
		return false;
	snprintf(prefix, sizeof(prefix), "%s: ", path);
	va_start(args, fmt);
	set_text(err, ERR_CONFIG, prefix, fmt, args);
	va_end(args);
	err->setting = path;
	return false;
}

bool err_trace(struct err *err, enum err_code code, uint64_t line, const char *fmt, ...)
{
	va_list args;

	if (!err || err->code != ERR_NONE)
		return false;
	va_start(args, fmt);
	set_text(err, code, "", fmt, args);
	va_end(args);
	err->trace_line = line;
	return false;
}

void err_add_place(struct err *err, const char *place)
{
	char raw[2 * sizeof(err->text)];

	snprintf(raw, sizeof(raw), "%.*s: %s", (int)sizeof(err->text) / 2, place, err->text);
	copy_printable(err->text, sizeof(err->text), raw);
}

int err_report(const struct err *err, const char *program)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", program, err->text);
	return (int)err->code;
}
