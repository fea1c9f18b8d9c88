/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The independent DRAM protocol audit: replays the commands of a run, in time order a
 * channel, against the rules of the standard as this file's own tables state them.  It
 * shares nothing with the controller but the form of a command.
 * A machine whose memory has no commands (ideal) has nothing to audit.
 */
#ifndef MEMSIM_RUN_AUDIT_DRAM_H
#define MEMSIM_RUN_AUDIT_DRAM_H

#include "config/machine.h"
#include "model/memory.h"

struct audit_dram;
struct audit_dram *audit_dram_new(const struct machine *m);
void audit_dram_free(struct audit_dram *a);

/* Constant work per command. */
void audit_dram_watch(struct audit_dram *a, const struct dram_command *c);

/* After the run's last command: what only the end can tell.  Leaves the first violation
 * of the whole run in `text`, or "" if there was none. */
void audit_dram_close(struct audit_dram *a, uint64_t end_ps, char *text, size_t size);

#endif
