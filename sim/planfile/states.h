/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state is written in place, perhaps several times.  Are those who read it, and those who
 * write it, in the trace's order: by kernel, and inside one with a barrier between?
 */
#ifndef MEMSIM_PLANFILE_STATES_H
#define MEMSIM_PLANFILE_STATES_H

#include "planfile/needs.h"
#include "planfile/parse.h"

struct states;
struct states *states_new(const struct parser *p, const struct needs *needs);
void states_free(struct states *s);
bool states_kernel(struct states *s, struct err *err); /* one begins */
void states_barrier(struct states *s);
bool states_transfer(struct states *s, const struct command *c, uint64_t line, struct err *err);

#endif
