/* SPDX-License-Identifier: Apache-2.0 */
/* A run by classes of work: products, reductions and what is done element by element. */
#ifndef MEMSIM_REPORT_ROOFLINE_H
#define MEMSIM_REPORT_ROOFLINE_H

#include "ir/ops.h"
#include "report/report.h"

/* Kernels of a class.  A fused kernel is of the first class that one of its operators is of. */
struct roofline {
	uint64_t kernels, cycles, macs, vector_ops, bytes; /* bytes: at the pins */
	uint64_t rate_cycles_x100; /* of the products at the matrix units' peak */
};
void roofline_of_kernel(const struct report_input *in, size_t k, struct roofline *out,
			enum work_class *class);
void roofline_collect(const struct report_input *in, struct roofline out[N_WORK_CLASSES]);
const char *work_class_name(enum work_class class);

uint64_t roofline_flops(const struct roofline *r);
/* Operations a second: those that the matrix units' peak and the memory's leave room for, and
 * those that the run had. */
uint64_t roofline_attainable(const struct report_input *in, const struct roofline *r);
uint64_t roofline_achieved(const struct report_input *in, const struct roofline *r);

void roofline_print(struct buf *to, const struct report_input *in);

#endif
