/* SPDX-License-Identifier: Apache-2.0 */
/* Who may work on a sweep's results: one sweep, or several that share out its points. */
#ifndef MEMSIM_SWEEP_LOCK_H
#define MEMSIM_SWEEP_LOCK_H

#include "base/err.h"

/*
 * Takes the lock of `folder`, which is made if it is not there; `what` it is for stands in the
 * message.  The kernel gives it back when this process and the workers it started are all gone,
 * however they end.  -1: another holds it.
 */
int lock_take(const char *folder, const char *what, bool is_shared, struct err *err);

#endif
