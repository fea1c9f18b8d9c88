/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From chunks to lines.  A line that lies within a chunk is handed out where it is; one that
 * spans chunks is put together first.
 */
#include "base/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/source.h"
#include "base/utf8.h"

/* How far a file is read on to see whether it is damaged. */
#define MAX_BLAME_BYTES ((uint64_t)4 << 30)

struct lines {
	struct source *source;
	const char *name;
	uint64_t number;
	const char *chunk; /* what is left of it */
	size_t chunk_len;
	bool is_at_end;  /* no chunk follows */
	bool is_failed;  /* what the source said is the fault */
	bool is_pending; /* `piece` begins a line */
	bool is_piece;   /* the line handed out last is `piece` */
	struct buf piece;
};

static struct lines *lines_of(struct source *source)
{
	struct lines *l;

	if (!source)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->source = source;
	l->name = source_name(source);
	return l;
}

struct lines *lines_open(const char *path, const char *what, uint64_t max_bytes, struct err *err)
{
	return lines_of(source_open(path, what, max_bytes, err));
}

struct lines *lines_open_again(const char *path, const char *what, uint64_t max_bytes,
			       struct err *err)
{
	return lines_of(source_open_again(path, what, max_bytes, err));
}

bool lines_rewind(struct lines *l, struct err *err)
{
	l->number = 0;
	l->chunk_len = 0;
	l->is_at_end = l->is_failed = l->is_pending = l->is_piece = false;
	buf_clear(&l->piece);
	return source_rewind(l->source, err);
}

bool lines_check_unchanged(const struct lines *l, struct err *err)
{
	return source_check_unchanged(l->source, err);
}

void lines_close(struct lines *l)
{
	if (!l)
		return;
	source_close(l->source);
	buf_release(&l->piece);
	free(l);
}

const char *lines_name(const struct lines *l)
{
	return l->name;
}

uint64_t lines_number(const struct lines *l)
{
	return l->number;
}

uint64_t lines_gzip_members(const struct lines *l)
{
	return source_members(l->source);
}

/* What the first bytes give away, before their line is looked at. */
static bool check_start(const struct lines *l, const char *text, size_t len, struct err *err)
{
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		return err_at(err, ERR_INPUT, l->name, 1,
			      "a byte order mark (expected plain UTF-8); save the "
			      "file without one");
	if (len >= 2 && memcmp(text, "\x1f\x8b", 2) == 0)
		return err_at(err, ERR_INPUT, l->name, 1, "gzip inside gzip; decompress it once");
	return true;
}

static bool check_length(const struct lines *l, size_t len, uint64_t number, struct err *err)
{
	return len <= LINE_MAX_BYTES || err_at(err, ERR_LIMIT, l->name, number,
					       "a line longer than %zu bytes", LINE_MAX_BYTES);
}

static bool hand_out(struct lines *l, const char *text, size_t *len, struct err *err)
{
	l->number++;
	if (*len > 0 && text[*len - 1] == '\r')
		--*len;
	return check_length(l, *len, l->number, err) &&
	       (l->number > 1 || check_start(l, text, *len, err));
}

/* Another chunk; at the end none. */
static bool refill(struct lines *l, struct err *err)
{
	if (l->is_at_end)
		return true;
	l->is_failed = !source_next(l->source, &l->chunk, &l->chunk_len, err);
	l->is_at_end = l->is_failed || l->chunk_len == 0;
	return !l->is_failed;
}

/* Moves the chunk's rest, or its part before the newline, to the line being put together. */
static bool keep_piece(struct lines *l, size_t len, struct err *err)
{
	/* the one may be a CR */
	if (l->piece.len + len > LINE_MAX_BYTES + 1)
		return check_length(l, l->piece.len + len, l->number + 1, err);
	buf_add(&l->piece, l->chunk, len);
	l->is_pending = true;
	return true;
}

static void skip(struct lines *l, size_t len)
{
	l->chunk += len;
	l->chunk_len -= len;
}

static bool take_piece(struct lines *l, const char **text, size_t *len, struct err *err)
{
	l->is_pending = false;
	l->is_piece = true;
	*text = l->piece.data;
	*len = l->piece.len;
	return hand_out(l, *text, len, err);
}

bool lines_next(struct lines *l, const char **text, size_t *len, struct err *err)
{
	if (l->is_piece)
		buf_clear(&l->piece);
	l->is_piece = false;
	for (;;) {
		const char *newline;

		if (l->chunk_len == 0 && !refill(l, err))
			return false;
		if (l->chunk_len == 0)
			return l->is_pending && take_piece(l, text, len, err);
		newline = memchr(l->chunk, '\n', l->chunk_len);
		*len = newline ? (size_t)(newline - l->chunk) : l->chunk_len;
		*text = l->chunk;
		if ((l->is_pending || !newline) && !keep_piece(l, *len, err))
			return false;
		skip(l, *len + (newline != NULL));
		if (newline && l->is_pending)
			return take_piece(l, text, len, err);
		if (newline)
			return hand_out(l, *text, len, err);
	}
}

/* Where `text` stops being printable UTF-8: NULL, or the offending byte. */
static const char *bad_text(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		unsigned char byte = (unsigned char)*text;
		size_t n;
		uint32_t code;

		if (byte >= 0x20 && byte < 0x7f) {
			text++;
			continue;
		}
		n = utf8_char(text, (size_t)(end - text), &code);
		if (n == 0 || (n == 1 && byte != '\t'))
			return text;
		text += n;
	}
	return NULL;
}

bool lines_check_text(const struct lines *l, const char *text, size_t len, struct err *err)
{
	const char *bad = bad_text(text, len);
	size_t column;

	if (!bad)
		return true;
	column = (size_t)(bad - text) + 1;
	if (*bad == '\0')
		return err_at(err, ERR_INPUT, l->name, l->number,
			      "a NUL byte in column %zu (expected text)", column);
	return err_at(err, ERR_INPUT, l->name, l->number,
		      "not UTF-8 text (found byte 0x%02x in column %zu); "
		      "is this a %s?",
		      (unsigned char)*bad, column, source_what(l->source));
}

void lines_blame_damage(struct lines *l, struct err *err)
{
	struct err damage = { .code = ERR_NONE };
	const char *data;
	uint64_t bytes = 0;
	size_t len = l->is_failed ? 0 : 1;

	while (source_members(l->source) > 0 && len > 0 && bytes < MAX_BLAME_BYTES) {
		if (!source_next(l->source, &data, &len, &damage))
			break;
		bytes += len;
	}
	if (damage.code == ERR_INPUT)
		*err = damage;
}

size_t words_cut(char *text, char ***words, size_t *capacity)
{
	size_t n = 0;

	text[strcspn(text, "#")] = '\0';
	for (;;) {
		text += strspn(text, " \t");
		if (*text == '\0')
			return n;
		GROW(*words, n, *capacity);
		(*words)[n++] = text;
		text += strcspn(text, " \t");
		if (*text != '\0')
			*text++ = '\0';
	}
}
