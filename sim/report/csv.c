/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as CSV: one row a kernel, header first, columns named by the JSON path of
 * the kernel's facts.  Identifiers of a trace hold no comma, quote or newline (the
 * contract's character set), so no cell needs quoting.
 */
#include "report/facts.h"

void report_csv(struct buf *to, const struct report_input *runs, size_t n)
{
	struct facts f = FACTS_INIT;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < runs[i].result->n_kernels; k++) {
			facts_of_kernel(&f, &runs[i], k);
			if (i == 0 && k == 0) {
				buf_puts(to, "schedule,");
				facts_csv_names(&f, to);
			}
			buf_printf(to, "%s,", runs[i].schedule);
			facts_csv_values(&f, to);
		}
	}
	facts_release(&f);
}
