/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock of a sweep: flock() on a file in the folder of its points, which nobody removes.
 * Workers inherit it: after a kill the next sweep starts when the last of them is gone.
 */
#include "sweep/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

/* Workers of a killed sweep need a moment to die. */
#define TRIES 60
#define PAUSE_NS 50000000

static bool make_folder(const char *folder, const char *what, struct err *err)
{
	if (mkdir(folder, 0777) == 0 || errno == EEXIST)
		return true;
	return err_set(err, ERR_OUTPUT, "%s: cannot make %s for its points: %s", what, folder,
		       strerror(errno));
}

/* "PID on HOST", as its holder wrote it. */
static void read_holder(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static void write_holder(int fd)
{
	char host[128] = "?", text[192];
	int len;

	gethostname(host, sizeof(host) - 1);
	len = snprintf(text, sizeof(text), "process %ld on %s\n", (long)getpid(), host);
	/* It is for messages alone: whoever cannot write it still holds the lock. */
	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) < 0)
		return;
}

static bool wait_for(int fd, int kind)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	for (unsigned i = 0; i < TRIES; i++) {
		if (flock(fd, kind | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&pause, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

static bool fail(int fd, const char *what, struct err *err)
{
	char holder[192];

	if (errno != EWOULDBLOCK)
		return err_set(err, ERR_OUTPUT, "%s: its points cannot be locked: %s", what,
			       strerror(errno));
	read_holder(fd, holder, sizeof(holder));
	return err_set(err, ERR_OUTPUT,
		       "%s: another memsim-sweep is at work on it (%s); start again when it has "
		       "ended, and what it has finished is not run twice",
		       what, holder);
}

int lock_take(const char *folder, const char *what, bool is_shared, struct err *err)
{
	char *path;
	int fd;

	if (!make_folder(folder, what, err))
		return -1;
	path = xasprintf("%s/lock", folder);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	free(path);
	if (fd < 0) {
		err_set(err, ERR_OUTPUT, "%s: cannot lock %s: %s", what, folder, strerror(errno));
		return -1;
	}
	if (!wait_for(fd, is_shared ? LOCK_SH : LOCK_EX)) {
		fail(fd, what, err);
		close(fd);
		return -1;
	}
	if (!is_shared)
		write_holder(fd);
	return fd;
}
