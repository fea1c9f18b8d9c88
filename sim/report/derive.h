/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a run's accounts: sums, the roofline, what bounds a kernel. */
#ifndef MEMSIM_REPORT_DERIVE_H
#define MEMSIM_REPORT_DERIVE_H

#include "report/report.h"

/* Sums over kernels. */
struct totals {
	uint64_t macs, executed_macs, vector_ops, ideal_bytes, compulsory_bytes;
	uint64_t rate_cycles_x100, estimate_cycles;
	uint64_t traffic[N_TRAFFIC];
};
void derive_totals(const struct report_input *in, struct totals *out);

/* No schedule of the run's work is faster than this. */
uint64_t derive_roofline_cycles(const struct report_input *in, const struct totals *totals);

/* Bytes that the memory could have moved in so many core cycles. */
uint64_t derive_hbm_capacity_bytes(const struct machine *m, uint64_t cycles);

uint64_t kernel_moved_bytes(const struct kernel_account *k);
/* Bytes that no schedule of the kernel's operators, each for itself or together, can save. */
uint64_t kernel_least_bytes(const struct kernel *k);
uint64_t kernel_cycles(const struct kernel_account *k);

/* Name of what bounds kernel `k` (design.md, "What bounds a kernel"). */
const char *derive_bound(const struct report_input *in, size_t k);

#endif
