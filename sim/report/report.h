/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports: what a run left behind, as text, JSON or CSV.  A report reads final
 * structures only, so it cannot change a result; every format prints the same facts
 * (facts.h), and every ratio is rounded from integers.
 */
#ifndef MEMSIM_REPORT_REPORT_H
#define MEMSIM_REPORT_REPORT_H

#include "base/buf.h"
#include "config/machine.h"
#include "ir/account.h"
#include "ir/graph.h"
#include "plan/plan.h"

/* One schedule's run.  Owns nothing. */
struct report_input {
	const char *version;
	const char *schedule;
	const char *engine;
	const struct graph *graph;
	const struct machine *machine;
	const char *config_hash;
	const char *const *overrides; /* the --set texts, in order */
	size_t n_overrides;
	const struct kernel *const *kernels; /* result->n_kernels of them */
	uint64_t weight_bytes;               /* distinct weights */
	uint64_t memory_peak_bytes;
	const struct result *result;
	bool has_serial; /* --serial was asked: the two sums over kernels, launch and gap excluded
			  */
	uint64_t serial_movement_ps, serial_compute_ps;
	bool with_tensors, with_channels;
};

typedef void (*report_fn)(struct buf *to, const struct report_input *runs, size_t n);

/* The report of `n` >= 1 schedules of one trace on one machine. */
void report_text(struct buf *to, const struct report_input *runs, size_t n);
void report_json(struct buf *to, const struct report_input *runs, size_t n);
void report_csv(struct buf *to, const struct report_input *runs, size_t n);

/* "text", "json" or "csv"; NULL for any other name. */
report_fn report_format_find(const char *name);

#endif
