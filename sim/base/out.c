/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs that appear whole or not at all.  A regular target gets a temporary file in
 * its own folder and a rename; devices and pipes are written as they are.  Decides
 * compression by the name, never what is written.
 *
 * The names of unfinished temporary files are in a table that a signal handler and
 * exit() can read: the one mutable global of the library, because a handler has no
 * other way to reach them.
 */
#include "base/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/mem.h"

#define FLUSH_BYTES ((size_t)64 * 1024)
#define MAX_PENDING 16
#define GZIP_WINDOW_BITS (15 + 16) /* zlib: largest window, gzip wrapper */
#define GZIP_OS_UNKNOWN 255        /* the same bytes wherever they were written */

struct out {
	char *path;   /* as the user named it */
	char *target; /* what rename replaces; NULL when written in place */
	char *tmp;    /* NULL when written in place */
	int fd;
	int error; /* errno of the first failure */
	bool is_gzip;
	struct buf pending;
	z_stream z;
	gz_header header;
};

static char *volatile pending_names[MAX_PENDING];
static pid_t pending_owner; /* a forked child removes nothing of its parent's */

static void remove_pending(void)
{
	if (getpid() != pending_owner)
		return;
	for (size_t i = 0; i < MAX_PENDING; i++)
		if (pending_names[i])
			unlink(pending_names[i]);
}

static void out_on_signal(int number)
{
	remove_pending();
	signal(number, SIG_DFL);
	raise(number);
}

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };

static void block_signals(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, before);
}

/* Once a process.  A signal that its parent ignores (nohup) stays ignored. */
static void install_cleanup(void)
{
	struct sigaction action = { .sa_handler = out_on_signal }, before;

	if (pending_owner == getpid())
		return;
	if (pending_owner == 0)
		atexit(remove_pending);
	for (size_t i = 0; i < MAX_PENDING; i++)
		pending_names[i] = NULL;
	pending_owner = getpid();
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
		if (sigaction(caught[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			sigaction(caught[i], &action, NULL);
	}
}

static void pending_add(char *name)
{
	for (size_t i = 0; i < MAX_PENDING; i++) {
		if (!pending_names[i]) {
			pending_names[i] = name;
			return;
		}
	}
	BUG("more than %d unfinished outputs", MAX_PENDING);
}

static void pending_drop(const char *name)
{
	for (size_t i = 0; i < MAX_PENDING; i++)
		if (pending_names[i] == name)
			pending_names[i] = NULL;
}

static bool fail(struct err *err, const char *path, int error)
{
	return err_set(err, ERR_OUTPUT, "%s: cannot write: %s", path, strerror(error));
}

/* The umask can only be read by setting it. */
static mode_t mode_of_new_file(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* The target itself, where the path is a link: the link stays. */
static char *resolve(const char *path, bool exists)
{
	char *real = exists ? realpath(path, NULL) : NULL;
	char *copy = xstrdup(real ? real : path);

	free(real);
	return copy;
}

/* Started with a closed standard descriptor, a file would get its number, and messages. */
static int above_standard(int fd)
{
	int above;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return above;
}

static bool make_temporary(struct out *o, mode_t mode, struct err *err)
{
	const char *slash = strrchr(o->target, '/');
	int folder_len = slash ? (int)(slash - o->target) + 1 : 0;
	sigset_t before;
	int error = 0;

	o->tmp = xasprintf("%.*s.memsim-tmp.XXXXXX", folder_len, o->target);
	block_signals(&before);
	install_cleanup();
	o->fd = mkstemp(o->tmp);
	if (o->fd >= 0) {
		pending_add(o->tmp);
	} else {
		error = errno;
		free(o->tmp);
		o->tmp = NULL;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	o->fd = above_standard(o->fd);
	if (o->fd < 0)
		return fail(err, o->path, error ? error : errno);
	fcntl(o->fd, F_SETFD, FD_CLOEXEC);
	if (fchmod(o->fd, mode) != 0)
		return fail(err, o->path, errno);
	return true;
}

static bool open_target(struct out *o, struct err *err)
{
	struct stat st;
	bool exists;

	if (strcmp(o->path, "-") == 0) {
		fflush(stdout);
		o->fd = STDOUT_FILENO;
		return true;
	}
	if (o->path[0] == '\0')
		return err_set(err, ERR_OUTPUT, "the name of an output is empty");
	exists = stat(o->path, &st) == 0;
	if (exists && S_ISDIR(st.st_mode))
		return fail(err, o->path, EISDIR);
	if (exists && access(o->path, W_OK) != 0)
		return fail(err, o->path, errno);
	if (exists && !S_ISREG(st.st_mode)) {
		o->fd = above_standard(open(o->path, O_WRONLY | O_CLOEXEC | O_NOCTTY));
		return o->fd >= 0 || fail(err, o->path, errno);
	}
	o->target = resolve(o->path, exists);
	return make_temporary(o, exists ? st.st_mode & 0777 : mode_of_new_file(), err);
}

static bool ends_in_gz(const char *path)
{
	size_t len = strlen(path);

	return len > 3 && strcmp(path + len - 3, ".gz") == 0;
}

/* No name and no time in the header: equal content makes equal files. */
static void start_gzip(struct out *o)
{
	if (deflateInit2(&o->z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, MAX_MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		o->error = ENOMEM;
		return;
	}
	o->is_gzip = true;
	o->header.os = GZIP_OS_UNKNOWN;
	deflateSetHeader(&o->z, &o->header);
}

static void out_free(struct out *o)
{
	if (o->is_gzip)
		deflateEnd(&o->z);
	if (o->fd >= 0 && o->fd != STDOUT_FILENO)
		close(o->fd);
	if (o->tmp) {
		unlink(o->tmp);
		pending_drop(o->tmp);
	}
	buf_release(&o->pending);
	free(o->tmp);
	free(o->target);
	free(o->path);
	free(o);
}

struct out *out_open(const char *path, struct err *err)
{
	struct out *o = xcalloc(1, sizeof(*o));

	o->path = xstrdup(path);
	o->fd = -1;
	if (!open_target(o, err)) {
		out_free(o);
		return NULL;
	}
	if (ends_in_gz(path))
		start_gzip(o);
	return o;
}

static void write_all(struct out *o, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0 && !o->error) {
		ssize_t n = write(o->fd, at, len);

		if (n < 0 && errno != EINTR)
			o->error = errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
}

static void deflate_all(struct out *o, const struct buf *from, int flush)
{
	unsigned char chunk[16 * 1024];

	o->z.next_in = (unsigned char *)from->data;
	o->z.avail_in = (unsigned)from->len;
	do {
		o->z.next_out = chunk;
		o->z.avail_out = sizeof(chunk);
		deflate(&o->z, flush);
		write_all(o, chunk, sizeof(chunk) - o->z.avail_out);
	} while (o->z.avail_out == 0 && !o->error);
}

static void flush_pending(struct out *o, bool is_last)
{
	if (o->is_gzip)
		deflate_all(o, &o->pending, is_last ? Z_FINISH : Z_NO_FLUSH);
	else
		write_all(o, o->pending.data, o->pending.len);
	buf_clear(&o->pending);
}

void out_write(struct out *o, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0 && !o->error) {
		size_t n = min_u64(len, FLUSH_BYTES - o->pending.len);

		buf_add(&o->pending, at, n);
		at += n;
		len -= n;
		if (o->pending.len == FLUSH_BYTES)
			flush_pending(o, false);
	}
}

void out_printf(struct out *o, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	out_write(o, text, strlen(text));
	free(text);
}

/* The name must survive a power failure too; folders that cannot be synced are no error. */
static void sync_folder(const char *target)
{
	const char *slash = strrchr(target, '/');
	char *folder = slash ? xstrndup(target, (size_t)(slash - target) + 1) : xstrdup(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

static void close_and_rename(struct out *o)
{
	sigset_t before;

	if (!o->error && o->tmp && fsync(o->fd) != 0 && errno != EINVAL)
		o->error = errno;
	if (o->fd != STDOUT_FILENO && close(o->fd) != 0 && !o->error)
		o->error = errno;
	o->fd = -1;
	if (o->error || !o->tmp)
		return;
	block_signals(&before);
	if (rename(o->tmp, o->target) != 0) {
		o->error = errno;
	} else {
		pending_drop(o->tmp);
		free(o->tmp);
		o->tmp = NULL;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (!o->error)
		sync_folder(o->target);
}

bool out_commit(struct out *o, struct err *err)
{
	bool ok;

	if (!o->error)
		flush_pending(o, true);
	close_and_rename(o);
	ok = !o->error || fail(err, strcmp(o->path, "-") ? o->path : "standard output", o->error);
	out_free(o);
	return ok;
}

void out_discard(struct out *o)
{
	if (o)
		out_free(o);
}

bool same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}
