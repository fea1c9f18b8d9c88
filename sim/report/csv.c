/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as CSV: one row a kernel, header first, columns named by the JSON path of
 * the kernel's facts.  Identifiers of a trace hold no comma, quote or newline (the
 * contract's character set), so no cell needs quoting.
 */
#include "report/facts.h"

static void print_header(struct buf *to, const struct facts *f)
{
	buf_puts(to, "schedule");
	for (size_t i = 0; i < f->n; i++)
		buf_printf(to, ",%s%s%s", f->v[i].group, *f->v[i].group ? "." : "", f->v[i].name);
	buf_putc(to, '\n');
}

static void print_row(struct buf *to, const char *schedule, const struct facts *f)
{
	buf_puts(to, schedule);
	for (size_t i = 0; i < f->n; i++) {
		buf_putc(to, ',');
		fact_print(&f->v[i], to);
	}
	buf_putc(to, '\n');
}

void report_csv(struct buf *to, const struct report_input *runs, size_t n)
{
	struct facts f = FACTS_INIT;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < runs[i].result->n_kernels; k++) {
			facts_of_kernel(&f, &runs[i], k);
			if (i == 0 && k == 0)
				print_header(to, &f);
			print_row(to, runs[i].schedule, &f);
		}
	}
	facts_release(&f);
}
