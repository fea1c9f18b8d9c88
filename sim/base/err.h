/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's faults.  A function that can fail for a reason the user can mend
 * takes a `struct err *`, fills it and returns false (or NULL); nothing below a
 * main() prints or exits.  The code is the process's exit status.
 */
#ifndef MEMSIM_BASE_ERR_H
#define MEMSIM_BASE_ERR_H

#include "base/base.h"

enum err_code {
	ERR_NONE = 0,
	ERR_USAGE = 2,     /* wrong usage */
	ERR_CONFIG = 3,    /* bad configuration */
	ERR_INPUT = 4,     /* bad trace, plan, stream or model */
	ERR_OUTPUT = 5,    /* output cannot be written */
	ERR_LIMIT = 6,     /* a limit, or the host's memory, reached */
	ERR_WORKLOAD = 7,  /* the workload cannot run on this machine */
	ERR_INTERNAL = 70, /* an invariant or an audit was violated */
};

struct err {
	enum err_code code;
	const char *setting; /* whose value is at fault, if err_setting was used */
	uint64_t trace_line; /* where the fault stands in the trace, if err_trace was used; else 0 */
	char text[1024]; /* one line, without "PROGRAM: "; control bytes shown as \xNN */
};

/* Both return false.  The first error set wins; later ones are dropped. */
bool err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* "FILE:LINE: message" */
bool err_at(struct err *err, enum err_code code, const char *file, uint64_t line,
	    const char *fmt, ...) PRINTF_LIKE(5, 6);
/* A setting of the configuration, by its path, that a later stage cannot take: ERR_CONFIG,
 * "PATH: message".  Whoever knows where it was given puts the place before it. */
bool err_setting(struct err *err, const char *path, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A line of the trace that a later stage cannot take; whoever knows the trace's name puts the
 * place before the message. */
bool err_trace(struct err *err, enum err_code code, uint64_t line, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* "PLACE: text" */
void err_add_place(struct err *err, const char *place);

/* Prints "PROGRAM: text\n" on standard error and returns the exit status. */
int err_report(const struct err *err, const char *program);

#endif
