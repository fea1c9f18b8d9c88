/* SPDX-License-Identifier: Apache-2.0 */
/* The log of DRAM commands (--dram-log): its form is the contract's. */
#ifndef MEMSIM_RUN_DRAM_LOG_H
#define MEMSIM_RUN_DRAM_LOG_H

#include "base/out.h"
#include "config/machine.h"
#include "model/memory.h"

struct dram_log;
/* Writes the head at once; `m` and `to` outlive the log. */
struct dram_log *dram_log_new(const struct machine *m, struct out *to);
/* A dram_command_fn: commands in order of ticks. */
void dram_log_command(void *log, const struct dram_command *c);
void dram_log_free(struct dram_log *log); /* writes what is left; NULL is nothing */

#endif
