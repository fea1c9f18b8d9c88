/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for people: what they ask first stands first.  Time, movement, where
 * core cycles and bandwidth went, traffic, the slowest kernels, what was fetched
 * again.  Every number is a fact of facts.c or follows from it; zero rows are left out.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/compare.h"
#include "report/derive.h"
#include "report/facts.h"
#include "report/layout.h"
#include "report/roofline.h"
#include "report/waterfall.h"

#define NAME_WIDTH 30
#define TOP_KERNELS 10

static uint64_t value(const struct facts *f, const char *path)
{
	return fact_find(f, path)->a;
}

/* A plan file may come without. */
static void print_estimate(struct buf *to, uint64_t estimate, uint64_t cycles)
{
	bool is_more = estimate > cycles;
	uint64_t off = is_more ? estimate - cycles : cycles - estimate;

	if (estimate != 0 && cycles != 0)
		buf_printf(to, "Plan  estimated %s cycles, %s %% %s\n", cell_count(estimate).text,
			   cell_percent(off, cycles).text, is_more ? "more" : "less");
}

static void print_heading(struct buf *to, const struct report_input *in, const struct facts *f)
{
	uint64_t cycles = value(f, "time.cycles");
	uint64_t ops = value(f, "workload.ops"), kernels = value(f, "workload.kernels");
	uint64_t roofline = value(f, "time.roofline_cycles");
	const char *model = *in->graph->model ? in->graph->model : "trace";

	buf_printf(to, "%s on %s: schedule %s, engine %s, memsim %s\n", model, in->machine->name,
		   in->schedule, in->engine, in->version);
	buf_printf(to, "%s operator%s in %s kernel%s, %s MACs, %s vector operations\n\n",
		   cell_count(ops).text, ops == 1 ? "" : "s", cell_count(kernels).text,
		   kernels == 1 ? "" : "s", cell_count(value(f, "workload.macs")).text,
		   cell_count(value(f, "workload.vector_ops")).text);
	buf_printf(to, "Time  %s: %s cycles at %s", cell_time(cycles, in->machine->core_hz).text,
		   cell_count(cycles).text, cell_human(in->machine->core_hz, Q_HZ).text);
	if (roofline)
		buf_printf(to, ", %s x the roofline's %s", cell_ratio(cycles, roofline, 2).text,
			   cell_count(roofline).text);
	buf_putc(to, '\n');
	print_estimate(to, value(f, "time.estimate_cycles"), cycles);
	if (in->machine->matrix_efficiency_percent != 100)
		buf_printf(to,
			   "Note  core.matrix.efficiency_percent is %" PRIu64
			   ": the matrix units are derated by configuration\n",
			   in->machine->matrix_efficiency_percent);
	if (in->machine->buffering == 1)
		buf_puts(to, "Note  scratchpad.buffering is 1: it serialises one core, not the "
			     "machine; cores drift apart and hide\n      each other's transfers\n");
}

static void print_fractions(struct buf *to, const struct facts *f)
{
	buf_puts(to, "\nMovement\n");
	for (size_t i = 0; i < f->n; i++) {
		const struct fact *fact = &f->v[i];
		bool is_utilization = strcmp(fact->name, "bandwidth_utilization") == 0;

		if (fact->kind != FACT_RATIO || (*fact->group && !is_utilization))
			continue;
		buf_printf(to, "  %-24s  ", fact->name);
		fact_print(fact, to);
		buf_printf(to, "  %s\n", fact->help);
	}
}

/* The class rows of `group`, with their share of its total and a bar. */
static void print_classes(struct buf *to, const struct facts *f, const char *group, uint64_t total)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct fact *fact = &f->v[i];

		if (strcmp(fact->group, group) != 0 || fact->a == 0 ||
		    strcmp(fact->name, "total") == 0 || strstr(fact->name, "_subset"))
			continue;
		buf_printf(to, "  %-12s  %18s  %5s %%  ", fact->name, cell_count(fact->a).text,
			   cell_percent(fact->a, total).text);
		layout_bar(to, fact->a, total);
	}
}

static void print_core_cycles(struct buf *to, const struct report_input *in, const struct facts *f)
{
	uint64_t total = value(f, "core_cycles.total");
	uint64_t compute = value(f, "core_cycles.compute");

	buf_printf(to, "\nCore cycles: %s of %" PRIu64 " core%s\n", cell_count(total).text,
		   in->machine->core_count, in->machine->core_count == 1 ? "" : "s");
	print_classes(to, f, "core_cycles", total);
	buf_printf(to, "  of compute, %s %% overlapped a transfer of the core",
		   cell_percent(value(f, "core_cycles.overlapped_subset"), compute).text);
	if (value(f, "core_cycles.compute_throttled_subset"))
		buf_printf(to, "; %s %% was held up by scratchpad ports",
			   cell_percent(value(f, "core_cycles.compute_throttled_subset"), compute)
				   .text);
	buf_putc(to, '\n');
}

static void print_memory(struct buf *to, const struct report_input *in)
{
	const struct hbm_account *hbm = &in->result->hbm;
	uint64_t visits = hbm->row_hits + hbm->row_misses + hbm->row_conflicts;
	uint64_t peak = machine_hbm_peak_bytes_per_s(in->machine);

	waterfall_print(to, hbm, peak);
	if (hbm->read_packets)
		buf_printf(to, "  reads take %s ns on average%s",
			   cell_ratio(hbm->read_latency_ps, hbm->read_packets * 1000, 0).text,
			   visits ? "" : "\n");
	if (hbm->read_packets && visits)
		buf_printf(to, "; %s %% of visits to a bank find the row open\n",
			   cell_percent(hbm->row_hits, visits).text);
	if (in->with_channels)
		waterfall_channels(to, in->result->hbm_channels, in->result->n_hbm_channels, peak);
}

static void print_bytes(struct buf *to, const char *sign, const char *name, uint64_t bytes,
			uint64_t ideal)
{
	buf_printf(to, "  %1s %-12s  %18s  %7s x\n", sign, name, cell_count(bytes).text,
		   cell_ratio(bytes, ideal, 3).text);
}

static void print_traffic(struct buf *to, const struct report_input *in, const struct facts *f)
{
	uint64_t ideal = value(f, "workload.ideal_bytes");
	uint64_t read = value(f, "hbm.read_bytes"), written = value(f, "hbm.write_bytes");

	buf_printf(to, "\nTraffic, bytes             (x ideal: every operator's operands once)\n");
	print_bytes(to, "", "ideal", ideal, ideal);
	print_bytes(to, "", "compulsory", value(f, "workload.compulsory_bytes"), ideal);
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->v[i].group, "traffic") == 0 && f->v[i].a)
			print_bytes(to, "+", f->v[i].name, f->v[i].a, ideal);
	}
	if (value(f, "hbm.forwarded_bytes"))
		print_bytes(to, "-", "forwarded", value(f, "hbm.forwarded_bytes"), ideal);
	print_bytes(to, "=", "moved", read + written, ideal);
	buf_printf(to, "    read %s, written %s\n", cell_count(read).text,
		   cell_count(written).text);
	buf_printf(to, "  scratchpad: %s of %s bytes a core at most;",
		   cell_count(value(f, "scratchpad.peak_bytes")).text,
		   cell_count(in->machine->spad_bytes).text);
	buf_printf(to, " device memory: %s of %s\n",
		   cell_human(value(f, "memory.peak_bytes"), Q_BYTES).text,
		   cell_human(value(f, "machine.hbm_bytes"), Q_BYTES).text);
}

/* Kernels in descending order of a key; ties in execution order. */
struct ranked {
	uint64_t key;
	size_t kernel;
};

static int rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->kernel < y->kernel ? -1 : 1;
}

static void print_top_kernels(struct buf *to, const struct report_input *in)
{
	const struct result *r = in->result;
	struct ranked *v = xcalloc(r->n_kernels + 1, sizeof(*v));

	for (size_t k = 0; k < r->n_kernels; k++)
		v[k] = (struct ranked){kernel_cycles(&r->kernels[k]), k};
	qsort(v, r->n_kernels, sizeof(*v), rank);
	buf_printf(to, "\n%-*s  %10s  %6s  %7s  %10s  %7s  %s\n", NAME_WIDTH, "Slowest kernels",
		   "time", "of run", "waiting", "bytes", "x ideal", "bound by");
	for (size_t i = 0; i < min_u64(r->n_kernels, TOP_KERNELS); i++) {
		const struct kernel_account *k = &r->kernels[v[i].kernel];
		const struct kernel *kernel = in->kernels[v[i].kernel];
		uint64_t waiting =
			k->core.cycles[CORE_STALL_LOAD] + k->core.cycles[CORE_STALL_STORE];

		buf_printf(to, "%-*s  %10s  %4s %%  %5s %%  %10s  %7s  %s\n", NAME_WIDTH,
			   cell_name(kernel->name, NAME_WIDTH).text,
			   cell_time(v[i].key, in->machine->core_hz).text,
			   cell_percent(v[i].key, r->cycles).text,
			   cell_percent(waiting, v[i].key * in->machine->core_count).text,
			   cell_human(kernel_moved_bytes(k), Q_BYTES).text,
			   cell_ratio(kernel_moved_bytes(k), kernel->ideal_bytes, 2).text,
			   derive_bound(in, v[i].kernel));
	}
	free(v);
}

/* moved > 1.10 x least */
static bool fetches_again(const struct report_input *in, size_t k)
{
	uint64_t least = kernel_least_bytes(in->kernels[k]);

	return (unsigned __int128)kernel_moved_bytes(&in->result->kernels[k]) * 10 >
	       (unsigned __int128)least * 11;
}

static void print_refetch_row(struct buf *to, const struct report_input *in, size_t k)
{
	static const char *const causes[N_TRAFFIC] = {
#define X(NAME, name, help) [TRAFFIC_##NAME] = name,
		TRAFFIC_LIST(X)
#undef X
	};
	const struct kernel_account *account = &in->result->kernels[k];
	uint64_t least = kernel_least_bytes(in->kernels[k]), moved = kernel_moved_bytes(account);

	buf_printf(to, "%-*s  %15s  %7s ", NAME_WIDTH,
		   cell_name(in->kernels[k]->name, NAME_WIDTH).text, cell_count(least).text,
		   cell_ratio(moved, least, 2).text);
	for (unsigned i = 0; i < N_TRAFFIC; i++) {
		if (causes[i] && account->bytes[i])
			buf_printf(to, " %s %s", causes[i], cell_count(account->bytes[i]).text);
	}
	buf_putc(to, '\n');
}

static void print_refetches(struct buf *to, const struct report_input *in)
{
	struct ranked *v = xcalloc(in->result->n_kernels + 1, sizeof(*v));
	size_t n = 0;

	for (size_t k = 0; k < in->result->n_kernels; k++) {
		if (fetches_again(in, k)) {
			v[n] = (struct ranked){kernel_moved_bytes(&in->result->kernels[k]) -
						       kernel_least_bytes(in->kernels[k]),
					       k};
			n++;
		}
	}
	qsort(v, n, sizeof(*v), rank);
	if (n)
		buf_printf(to, "\n%-*s  %15s  %7s  bytes above the least\n", NAME_WIDTH,
			   "Moved above 1.10 x the least", "least bytes", "x least");
	for (size_t i = 0; i < n; i++)
		print_refetch_row(to, in, v[i].kernel);
	free(v);
}

static void print_tensors(struct buf *to, const struct report_input *in)
{
	struct facts f = FACTS_INIT;

	buf_printf(to, "\n%-*s  %-12s  %15s  %15s  %15s\n", NAME_WIDTH, "Tensors", "role", "bytes",
		   "read", "written");
	for (size_t t = 0; t < in->result->n_tensors; t++) {
		facts_of_tensor(&f, in, t);
		buf_printf(to, "%-*s  %-12s  %15s  %15s  %15s\n", NAME_WIDTH,
			   cell_name(fact_find(&f, "id")->text, NAME_WIDTH).text,
			   fact_find(&f, "role")->text, cell_count(value(&f, "bytes")).text,
			   cell_count(value(&f, "read_bytes")).text,
			   cell_count(value(&f, "write_bytes")).text);
	}
	facts_release(&f);
}

static void print_run(struct buf *to, const struct report_input *in)
{
	struct facts f = FACTS_INIT;

	facts_of_run(&f, in);
	print_heading(to, in, &f);
	print_fractions(to, &f);
	print_core_cycles(to, in, &f);
	print_memory(to, in);
	print_traffic(to, in, &f);
	roofline_print(to, in);
	print_top_kernels(to, in);
	print_refetches(to, in);
	if (in->with_tensors)
		print_tensors(to, in);
	facts_release(&f);
}

void report_text(struct buf *to, const struct report_input *runs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		print_run(to, &runs[i]);
		buf_putc(to, '\n');
	}
	if (n > 1)
		compare_text(to, runs, n);
}
