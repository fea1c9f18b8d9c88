/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of a replayed stream (memsim-dram --check): the DRAM protocol, conservation of
 * bytes, the counts against the commands themselves, and the classes of bus ticks; for each
 * channel and for all.
 */
#ifndef MEMSIM_RUN_AUDIT_MEMORY_H
#define MEMSIM_RUN_AUDIT_MEMORY_H

#include "base/err.h"
#include "config/machine.h"
#include "ir/account.h"
#include "model/memory.h"

struct audit_memory;
struct audit_memory *audit_memory_new(const struct machine *m);
void audit_memory_free(struct audit_memory *a); /* NULL is nothing */
void audit_memory_command(void *audit, const struct dram_command *c); /* a dram_command_fn */

/* What the run says of itself. */
struct audit_memory_totals {
	uint64_t end_ps;
	uint64_t asked_reads, asked_writes; /* accesses of a burst */
	const struct hbm_account *hbm;
	const struct hbm_account *channels;
	size_t n_channels;
};
/* After the last command.  False: ERR_INTERNAL with the first violation. */
bool audit_memory_close(struct audit_memory *a, const struct audit_memory_totals *t,
			struct err *err);

#endif
