/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a file or a pipe in chunks and inflates gzip, member by member.  Own loop over
 * inflate(): zlib's file interface passes over what follows a member, and takes what
 * is not gzip for text.  Knows nothing of lines.
 */
#include "base/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

#define CHUNK_BYTES ((size_t)64 * 1024)
#define ASIDE_MAX_BYTES ((uint64_t)4 << 30) /* of standard input */
#define GZIP_WINDOW_BITS (15 + 16) /* zlib: largest window, gzip wrapper only */

struct source {
	const char *name, *what;
	uint64_t max_bytes;
	int fd;
	struct stat opened; /* if it is to be read again */
	bool is_gzip, is_at_end; /* of the file */
	bool in_member;
	uint64_t members, raw_bytes, bytes;
	z_stream z;
	unsigned char raw[CHUNK_BYTES];
	size_t raw_at, raw_len; /* what is not used yet */
	char plain[CHUNK_BYTES];
};

/* Formats that are something else than gzip or text, by their first bytes. */
static const struct {
	const char *magic;
	size_t len;
	const char *name, *remedy;
} foreign[] = {
	{ "\xfd"
	  "7zXZ",
	  5, "xz", "xz -dc" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd", "zstd -dc" },
	{ "BZh", 3, "bzip2", "bzip2 -dc" },
	{ "PK\x03\x04", 4, "zip", "unzip -p" },
	{ "\x04\x22\x4d\x18", 4, "lz4", "lz4 -dc" },
	{ "\x1f\x9d", 2, "compress", "uncompress -c" },
	{ "\x78\x01", 2, "zlib", "zlib-flate -uncompress <" },
	{ "\x78\x9c", 2, "zlib", "zlib-flate -uncompress <" },
	{ "\x78\xda", 2, "zlib", "zlib-flate -uncompress <" },
};

/* Reads until `want` bytes are there or the file ends. */
static bool fill(struct source *s, size_t want, struct err *err)
{
	if (s->raw_len >= want)
		return true;
	memmove(s->raw, s->raw + s->raw_at, s->raw_len);
	s->raw_at = 0;
	while (s->raw_len < want && !s->is_at_end) {
		ssize_t n = read(s->fd, s->raw + s->raw_len, CHUNK_BYTES - s->raw_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_INPUT, "%s: cannot read: %s", s->name,
				       strerror(errno));
		s->is_at_end = n == 0;
		s->raw_len += (size_t)n;
		s->raw_bytes += (size_t)n;
	}
	return true;
}

static bool starts_with(const struct source *s, const char *magic, size_t len)
{
	return s->raw_len >= len && memcmp(s->raw + s->raw_at, magic, len) == 0;
}

/* One byte of gzip is gzip too: a cut file is not text. */
static bool starts_like_gzip(const struct source *s)
{
	return starts_with(s, "\x1f\x8b", 2) || (s->raw_len == 1 && s->raw[s->raw_at] == 0x1f);
}

static bool start_member(struct source *s, struct err *err)
{
	int status = s->members ? inflateReset(&s->z) : inflateInit2(&s->z, GZIP_WINDOW_BITS);

	if (status != Z_OK)
		return err_set(err, ERR_LIMIT, "%s: no memory to decompress it", s->name);
	s->members++;
	s->in_member = true;
	return true;
}

static bool recognise(struct source *s, struct err *err)
{
	if (!fill(s, 8, err))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (starts_with(s, foreign[i].magic, foreign[i].len))
			return err_set(err, ERR_INPUT,
				       "%s: not a %s (found %s data, expected text "
				       "or gzip); convert it with: %s FILE | gzip > NEW",
				       s->name, s->what, foreign[i].name, foreign[i].remedy);
	s->is_gzip = starts_like_gzip(s);
	return !s->is_gzip || start_member(s, err);
}

static bool open_file(struct source *s, const char *path, struct err *err)
{
	struct stat st;

	/* A pipe without a writer, or a device, must not be waited for. */
	s->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (s->fd < 0)
		return err_set(err, ERR_INPUT, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "%s: not a regular file (use - for standard input)",
			       path);
	return true;
}

struct source *source_open(const char *path, const char *what, uint64_t max_bytes,
			   struct err *err)
{
	struct source *s = xcalloc(1, sizeof(*s));
	bool is_stdin = strcmp(path, "-") == 0;

	s->name = source_path_name(path);
	s->what = what;
	s->max_bytes = max_bytes;
	s->fd = STDIN_FILENO;
	if ((is_stdin || open_file(s, path, err)) && recognise(s, err))
		return s;
	source_close(s);
	return NULL;
}

static bool fail_aside(const struct source *s, struct err *err)
{
	return err_set(err, ERR_OUTPUT, "%s: cannot be kept aside to be read again: %s", s->name,
		       strerror(errno));
}

static bool write_all(int fd, const unsigned char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Standard input into a file without a name, which takes its place. */
static bool keep_aside(struct source *s, struct err *err)
{
	FILE *file = tmpfile();
	int fd = file != NULL ? fcntl(fileno(file), F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;

	if (file != NULL)
		fclose(file);
	if (fd < 0)
		return fail_aside(s, err);
	while (!s->is_at_end) {
		if (!fill(s, 1, err) || s->raw_bytes > ASIDE_MAX_BYTES ||
		    !write_all(fd, s->raw + s->raw_at, s->raw_len)) {
			if (s->raw_bytes > ASIDE_MAX_BYTES)
				err_set(err, ERR_LIMIT,
					"%s: more than %" PRIu64 " bytes, which are not kept aside; "
					"name a file",
					s->name, ASIDE_MAX_BYTES);
			fail_aside(s, err);
			close(fd);
			return false;
		}
		s->raw_at = s->raw_len = 0;
	}
	s->fd = fd;
	return true;
}

struct source *source_open_again(const char *path, const char *what, uint64_t max_bytes,
				 struct err *err)
{
	struct source *s = xcalloc(1, sizeof(*s));
	bool is_stdin = strcmp(path, "-") == 0;

	s->name = is_stdin ? "standard input" : path;
	s->what = what;
	s->max_bytes = max_bytes;
	s->fd = STDIN_FILENO;
	if ((is_stdin ? keep_aside(s, err) : open_file(s, path, err)) &&
	    (fstat(s->fd, &s->opened) == 0 || fail_aside(s, err)) && source_rewind(s, err))
		return s;
	source_close(s);
	return NULL;
}

bool source_check_unchanged(const struct source *s, struct err *err)
{
	struct stat now;

	if (fstat(s->fd, &now) == 0 && now.st_size == s->opened.st_size &&
	    now.st_mtim.tv_sec == s->opened.st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == s->opened.st_mtim.tv_nsec)
		return true;
	return err_set(err, ERR_INPUT, "%s: the file has changed while it was read; try again",
		       s->name);
}

bool source_rewind(struct source *s, struct err *err)
{
	if (lseek(s->fd, 0, SEEK_SET) != 0)
		return err_set(err, ERR_INPUT, "%s: cannot be read again: %s", s->name,
			       strerror(errno));
	if (s->members > 0)
		inflateEnd(&s->z);
	memset(&s->z, 0, sizeof(s->z));
	s->members = s->raw_bytes = s->bytes = 0;
	s->raw_at = s->raw_len = 0;
	s->is_at_end = s->in_member = false;
	return source_check_unchanged(s, err) && recognise(s, err);
}

void source_close(struct source *s)
{
	if (!s)
		return;
	if (s->members)
		inflateEnd(&s->z);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	free(s);
}

const char *source_path_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

const char *source_name(const struct source *s)
{
	return s->name;
}

const char *source_what(const struct source *s)
{
	return s->what;
}

uint64_t source_members(const struct source *s)
{
	return s->members;
}

static bool count_bytes(struct source *s, size_t len, struct err *err)
{
	s->bytes += len;
	return s->bytes <= s->max_bytes ||
	       err_set(err, ERR_LIMIT, "%s: more than %" PRIu64 " bytes of text", s->name,
		       s->max_bytes);
}

static bool is_cut(const struct source *s, struct err *err)
{
	err_set(err, ERR_INPUT,
		"%s: truncated: the gzip data end too early (found the end of the file "
		"after %" PRIu64 " bytes); copy or write it again",
		s->name, s->raw_bytes);
	return false;
}

/* After a member: the end, or another one. */
static bool next_member(struct source *s, struct err *err)
{
	uint64_t offset;

	if (!fill(s, 2, err))
		return false;
	offset = s->raw_bytes - s->raw_len;
	if (s->raw_len == 0)
		return true;
	if (starts_like_gzip(s))
		return start_member(s, err);
	return err_set(err, ERR_INPUT,
		       "%s: after the gzip data there is something else (found byte "
		       "0x%02x at offset %" PRIu64
		       ", expected the end or another gzip member); copy or "
		       "write it again",
		       s->name, s->raw[s->raw_at], offset);
}

static bool inflate_some(struct source *s, size_t *len, struct err *err)
{
	int status;

	if (s->raw_len == 0 && !fill(s, 1, err))
		return false;
	if (s->raw_len == 0)
		return is_cut(s, err);
	s->z.next_in = s->raw + s->raw_at;
	s->z.avail_in = (uInt)s->raw_len;
	s->z.next_out = (unsigned char *)s->plain;
	s->z.avail_out = CHUNK_BYTES;
	status = inflate(&s->z, Z_NO_FLUSH);
	s->raw_at += s->raw_len - s->z.avail_in;
	s->raw_len = s->z.avail_in;
	*len = CHUNK_BYTES - s->z.avail_out;
	s->in_member = status != Z_STREAM_END;
	if (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR)
		return true;
	if (status == Z_MEM_ERROR)
		return err_set(err, ERR_LIMIT, "%s: no memory to decompress it", s->name);
	return err_set(err, ERR_INPUT,
		       "%s: damaged gzip data (found \"%s\" near byte %" PRIu64
		       "); copy or write it again",
		       s->name, s->z.msg ? s->z.msg : "a bad stream", s->raw_bytes - s->raw_len);
}

static bool next_inflated(struct source *s, size_t *len, struct err *err)
{
	while (*len == 0) {
		if (!s->in_member && !next_member(s, err))
			return false;
		if (!s->in_member)
			return true;
		if (!inflate_some(s, len, err))
			return false;
	}
	return true;
}

bool source_next(struct source *s, const char **data, size_t *len, struct err *err)
{
	*len = 0;
	if (s->is_gzip) {
		*data = s->plain;
		return next_inflated(s, len, err) && count_bytes(s, *len, err);
	}
	if (s->raw_len == 0 && !fill(s, 1, err))
		return false;
	*data = (const char *)s->raw + s->raw_at;
	*len = s->raw_len;
	s->raw_at += s->raw_len;
	s->raw_len = 0;
	return count_bytes(s, *len, err);
}
