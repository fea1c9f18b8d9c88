/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a schedule buys against the first one: a table of the numbers that decide, and
 * the intermediate tensors whose round trip through HBM vanished.  Prints facts only.
 */
#include "report/compare.h"

#include <stdlib.h>

#include "base/mem.h"
#include "report/facts.h"
#include "report/layout.h"

#define LABEL_WIDTH 26
#define COLUMN_WIDTH 20
#define TENSOR_WIDTH 40
#define TENSORS_SHOWN 12

/* Facts of a run that decide between schedules, in reading order. */
static const char *const compared[] = {
	"time.cycles", "workload.kernels", "hbm.read_bytes", "hbm.write_bytes",
	"workload.compulsory_bytes", "data_movement_fraction", "movement_share",
	"hbm_busy_fraction", "hbm.bandwidth_utilization",
};

static void print_cell(struct buf *to, const struct fact *f)
{
	struct buf number = BUF_INIT;

	if (f->kind == FACT_COUNT)
		buf_puts(&number, cell_count(f->a).text);
	else
		fact_print(f, &number);
	buf_printf(to, "%*s", COLUMN_WIDTH, number.data);
	buf_release(&number);
}

static void print_times(struct buf *to, const struct report_input *runs, size_t n)
{
	buf_printf(to, "%-*s", LABEL_WIDTH, "Schedules");
	for (size_t i = 0; i < n; i++)
		buf_printf(to, "%*s", COLUMN_WIDTH, runs[i].schedule);
	buf_printf(to, "\n  %-*s", LABEL_WIDTH - 2, "time");
	for (size_t i = 0; i < n; i++)
		buf_printf(to, "%*s", COLUMN_WIDTH,
			   cell_time(runs[i].result->cycles, runs[i].machine->core_hz).text);
	buf_printf(to, "\n  %-*s", LABEL_WIDTH - 2, "speed-up");
	for (size_t i = 0; i < n; i++)
		buf_printf(to, "%*s", COLUMN_WIDTH,
			   cell_ratio(runs[0].result->cycles, runs[i].result->cycles, 3).text);
	buf_putc(to, '\n');
}

static void print_table(struct buf *to, const struct report_input *runs, size_t n)
{
	struct facts *f = xcalloc(n, sizeof(*f));

	for (size_t i = 0; i < n; i++)
		facts_of_run(&f[i], &runs[i]);
	for (size_t row = 0; row < ARRAY_SIZE(compared); row++) {
		buf_printf(to, "  %-*s", LABEL_WIDTH - 2, fact_find(&f[0], compared[row])->name);
		for (size_t i = 0; i < n; i++)
			print_cell(to, fact_find(&f[i], compared[row]));
		buf_putc(to, '\n');
	}
	if (runs[0].has_serial) {
		buf_printf(to, "  %-*s", LABEL_WIDTH - 2, "serial_movement_fraction");
		for (size_t i = 0; i < n; i++)
			print_cell(to, fact_find(&f[i], "serial_movement_fraction"));
		buf_putc(to, '\n');
	}
	for (size_t i = 0; i < n; i++)
		facts_release(&f[i]);
	free(f);
}

struct saved {
	uint64_t bytes;
	size_t tensor;
};

static int by_bytes(const void *a, const void *b)
{
	const struct saved *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->tensor < y->tensor ? -1 : 1;
}

static uint64_t tensor_moved(const struct report_input *in, size_t t)
{
	return in->result->tensors[t].read_bytes + in->result->tensors[t].write_bytes;
}

static void print_vanished(struct buf *to, const struct report_input *first,
			   const struct report_input *other)
{
	struct saved *v = xcalloc(first->result->n_tensors + 1, sizeof(*v));
	size_t n = 0;
	uint64_t bytes = 0;

	for (size_t t = 0; t < first->result->n_tensors; t++) {
		if (first->graph->tensors[t].role != ROLE_INTERMEDIATE || tensor_moved(other, t) ||
		    !tensor_moved(first, t))
			continue;
		v[n++] = (struct saved){ tensor_moved(first, t), t };
		bytes += tensor_moved(first, t);
	}
	qsort(v, n, sizeof(*v), by_bytes);
	buf_printf(to, "\nRound trips of %s that vanished under %s: %s tensors, %s bytes\n",
		   first->schedule, other->schedule, cell_count(n).text, cell_count(bytes).text);
	for (size_t i = 0; i < min_u64(n, TENSORS_SHOWN); i++)
		buf_printf(to, "  %-*s  %18s\n", TENSOR_WIDTH,
			   cell_name(first->graph->tensors[v[i].tensor].id, TENSOR_WIDTH).text,
			   cell_count(v[i].bytes).text);
	if (n > TENSORS_SHOWN)
		buf_printf(to, "  +%s more\n", cell_count(n - TENSORS_SHOWN).text);
	free(v);
}

void compare_text(struct buf *to, const struct report_input *runs, size_t n)
{
	print_times(to, runs, n);
	print_table(to, runs, n);
	for (size_t i = 1; i < n; i++)
		print_vanished(to, &runs[0], &runs[i]);
}
