/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol audit of a run: hands its commands to the independent checker
 * (dramcheck/dramcheck.h) as a log would.  A machine whose memory has no commands (ideal)
 * has nothing to audit.
 */
#ifndef MEMSIM_RUN_AUDIT_DRAM_H
#define MEMSIM_RUN_AUDIT_DRAM_H

#include "config/machine.h"
#include "model/memory.h"

struct audit_dram;
struct audit_dram *audit_dram_new(const struct machine *m);
void audit_dram_free(struct audit_dram *a);

/* Commands in order of their first ticks; constant work each. */
void audit_dram_watch(struct audit_dram *a, const struct dram_command *c);

/* After the run's last command: what only the end can tell.  Leaves the first violation
 * of the whole run in `text`, or "" if there was none. */
void audit_dram_close(struct audit_dram *a, uint64_t end_ps, char *text, size_t size);

#endif
