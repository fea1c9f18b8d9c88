/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The standard streams of a program, from its start to its end.  What goes through them
 * is not looked at.
 */
#include "base/std_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

/* Puts there what fails every use of it. */
static void occupy_closed(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

/* What --help and --version printed must have arrived, too. */
static void close_output(int status, void *program)
{
	bool failed = ferror(stdout) != 0;

	if ((fclose(stdout) == 0 && !failed) || status != EXIT_SUCCESS)
		return;
	fprintf(stderr, "%s: standard output: cannot write: %s\n", (const char *)program,
		strerror(errno));
	_exit(ERR_OUTPUT);
}

void guard_standard_streams(const char *program)
{
	occupy_closed();
	signal(SIGXFSZ, SIG_IGN);
	on_exit(close_output, (void *)(uintptr_t)program);
}
