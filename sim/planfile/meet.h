/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The meetings of cores at loads that they share: everybody comes to every one, in an
 * order in which nobody waits for ever, and for the same bytes.
 */
#ifndef MEMSIM_PLANFILE_MEET_H
#define MEMSIM_PLANFILE_MEET_H

#include "planfile/parse.h"

struct meetings;
struct meetings *meetings_new(const struct parser *p);
void meetings_free(struct meetings *m);
void meetings_kernel(struct meetings *m);

/* A core comes to a load; true in *is_full if it is the last, after which none waits there. */
bool meetings_come(struct meetings *m, uint32_t core, const struct transfer *t, uint64_t line,
		   bool *is_full, struct err *err);
bool meetings_waits(const struct meetings *m, uint32_t core);
/* At a barrier or the end of the kernel, at the present line.  False: somebody still waits. */
bool meetings_are_over(const struct meetings *m, struct err *err);

#endif
