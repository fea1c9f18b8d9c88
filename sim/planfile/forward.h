/* SPDX-License-Identifier: Apache-2.0 */
/* What a wait for a command that has not come yet would lead to. */
#ifndef MEMSIM_PLANFILE_FORWARD_H
#define MEMSIM_PLANFILE_FORWARD_H

#include "planfile/parse.h"

/* Complains: the statement at hand waits for `name`, which its core has not met.  Reads on in
 * the file, to say whether it comes later and whom that would make wait for each other. */
bool forward_wait(struct parser *p, const char *name, struct err *err);

#endif
