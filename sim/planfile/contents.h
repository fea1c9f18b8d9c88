/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does device memory hold what a plan loads?  A load sees what was stored before the last
 * barrier, or by an earlier kernel.
 */
#ifndef MEMSIM_PLANFILE_CONTENTS_H
#define MEMSIM_PLANFILE_CONTENTS_H

#include "planfile/needs.h"
#include "planfile/parse.h"

struct contents;
/* After the last tensor line; NULL: two tensors that stay lie in one place. */
struct contents *contents_new(const struct parser *p, const struct needs *needs, struct err *err);
void contents_free(struct contents *h);
/* A load (of a multicast, once) or store of the kernel at hand. */
bool contents_transfer(struct contents *h, const struct command *c, uint64_t line, struct err *err);
void contents_barrier(struct contents *h); /* or the end of a kernel */

#endif
