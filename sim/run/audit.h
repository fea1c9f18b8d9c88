/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audits of --check.  Each watches the run through hooks and keeps its own books,
 * sharing no state with what it audits; a violation is kept (the first of each audit)
 * and reported after the run as ERR_INTERNAL.
 */
#ifndef MEMSIM_RUN_AUDIT_H
#define MEMSIM_RUN_AUDIT_H

#include "base/err.h"
#include "config/machine.h"
#include "ir/command.h"
#include "model/memory.h"
#include "plan/plan.h"
#include "ir/account.h"

struct audit;
struct audit *audit_new(const struct graph *g, const struct machine *m);
void audit_free(struct audit *a);

/* Hooks, in time order. `seq` numbers the commands of a core in program order. */
void audit_kernel_start(struct audit *a, size_t kernel);
void audit_command_drawn(struct audit *a, uint32_t core, uint64_t seq, const struct command *c);
void audit_command_start(struct audit *a, uint32_t core, uint64_t seq, uint64_t now_ps);
void audit_command_end(struct audit *a, uint32_t core, uint64_t seq, uint64_t now_ps);
void audit_delivered(struct audit *a, uint32_t core, uint64_t seq, uint64_t bytes);
void audit_dram_command(void *audit, const struct dram_command *c); /* a dram_command_fn */

/* After the run: all books against the result and the plan.  False: err says which audit. */
bool audit_close(struct audit *a, const struct plan *plan, const struct result *r, struct err *err);

#endif
