/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The books that the audits of --check keep, one a question.  audit.c feeds them all
 * from the hooks; nobody else includes this.  A book sees commands, times and the final
 * accounts, never the state of the components that it audits.
 */
#ifndef MEMSIM_RUN_AUDIT_BOOKS_H
#define MEMSIM_RUN_AUDIT_BOOKS_H

#include "config/machine.h"
#include "ir/account.h"
#include "ir/command.h"
#include "plan/plan.h"

/* Name in messages, and the question. */
#define AUDIT_LIST(X) \
	X(PROTOCOL, "protocol") \
	X(BYTES, "conservation of bytes") \
	X(OCCUPANCY, "occupancy") \
	X(CYCLES, "cycle accounts") \
	X(BOUNDS, "bounds")
enum audit_kind {
#define X(NAME, text) AUDIT_##NAME,
	AUDIT_LIST(X)
#undef X
	N_AUDITS
};

/* The first violation of each audit. */
struct verdict {
	char text[N_AUDITS][512]; /* "" while there is none */
};
void verdict_add(struct verdict *v, enum audit_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);

enum watched_state { WATCHED_DRAWN, WATCHED_STARTED, WATCHED_DONE };

/* A command from when it is drawn until it and all before it have ended. */
struct watched {
	struct command c;
	uint64_t ordinal; /* in its unit's queue of this kernel, from 1 */
	uint64_t delivered_bytes;
	enum watched_state state;
};

/* The watched commands of a core, in program order. */
struct window {
	struct watched *v;
	size_t first, n, capacity; /* v[first .. n) */
	uint64_t first_seq;        /* of v[first] */
	uint64_t n_drawn[N_UNITS]; /* in this kernel */
};

uint64_t bytes_of_transfer(const struct transfer *t);

/* audit_bytes.c: what was asked arrives; every byte above the compulsory has a name. */
struct bytes_book;
struct bytes_book *bytes_book_new(const struct graph *g, const struct machine *m,
				  struct verdict *v);
void bytes_book_free(struct bytes_book *b);
void bytes_book_kernel(struct bytes_book *b, size_t kernel);
void bytes_book_drawn(struct bytes_book *b, uint32_t core, const struct command *c);
void bytes_book_end(struct bytes_book *b, uint32_t core, const struct watched *w);
void bytes_book_close(struct bytes_book *b, const struct plan *plan, const struct result *r);

/* audit_spans.c: on-chip memory is never over-full, raced for, or read before written. */
struct spans_book;
struct spans_book *spans_book_new(const struct machine *m, struct verdict *v);
void spans_book_free(struct spans_book *b);
void spans_book_kernel(struct spans_book *b);
void spans_book_drawn(struct spans_book *b, uint32_t core, const struct command *c);
/* `index` is the starting command's in the window. */
void spans_book_start(struct spans_book *b, uint32_t core, const struct window *w, size_t index);
void spans_book_end(struct spans_book *b, uint32_t core, const struct command *c);

/* audit_cycles.c: derives every core's classes again, from the times of its commands. */
struct cycles_book;
struct cycles_book *cycles_book_new(const struct machine *m, struct verdict *v);
void cycles_book_free(struct cycles_book *b);
void cycles_book_kernel(struct cycles_book *b, size_t kernel);
/* Before a command of the core changes state at now_ps. */
void cycles_book_event(struct cycles_book *b, uint32_t core, const struct window *w,
		       uint64_t now_ps);
void cycles_book_close(struct cycles_book *b, const struct result *r);

/* audit_bounds.c: nothing beats the machine's peaks; the memory's own counts agree. */
void bounds_check(const struct machine *m, const struct plan *plan, const struct result *r,
		  struct verdict *v);

#endif
