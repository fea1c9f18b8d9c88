/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a bounded file in one go, so that what is checked and what is used are the
 * same bytes.  Looks at no content.
 */
#include "base/in.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES ((size_t)16 * 1024)

static bool read_all(int fd, const char *path, size_t max, enum err_code code, struct buf *to,
		     struct err *err)
{
	char chunk[CHUNK_BYTES];
	ssize_t n;

	buf_clear(to);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, code, "%s: cannot read: %s", path, strerror(errno));
		if ((size_t)n > max - to->len)
			return err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, max);
		buf_add(to, chunk, (size_t)n);
	}
	return true;
}

bool in_read_file(const char *path, size_t max, enum err_code code, struct buf *to,
		  struct err *err)
{
	struct stat st;
	bool ok;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", max, code, to, err);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, code, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		ok = err_set(err, code, "%s: not a regular file", path);
	else
		ok = read_all(fd, path, max, code, to, err);
	close(fd);
	return ok;
}
