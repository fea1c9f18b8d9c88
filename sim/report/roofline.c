/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a run's kernels stand under the roofline, by class.  Intensity is of the bytes that
 * crossed the pins; launches are in the time of the kernels that they start.
 */
#include "report/roofline.h"

#include "report/derive.h"
#include "report/layout.h"

const char *work_class_name(enum work_class class)
{
	static const char *const names[N_WORK_CLASSES] = {
#define X(NAME, text) text,
		WORK_CLASS_LIST(X)
#undef X
	};

	return names[class];
}

void roofline_of_kernel(const struct report_input *in, size_t k, struct roofline *out,
			enum work_class *class)
{
	const struct kernel *kernel = in->kernels[k];
	const struct kernel_account *account = &in->result->kernels[k];

	*out = (struct roofline){ .kernels = 1,
				  .cycles = kernel_cycles(account),
				  .macs = kernel->executed_macs,
				  .vector_ops = kernel->vector_ops,
				  .bytes = kernel_moved_bytes(account),
				  .rate_cycles_x100 = kernel->rate_cycles_x100 };
	*class = WORK_ELEMENTWISE;
	for (size_t i = 0; i < kernel->n_ops; i++) {
		struct op_info info;

		op_describe(in->graph, kernel->ops[i], &info);
		if (info.class != OP_CLASS_VIEW && op_work_class(&info) < *class)
			*class = op_work_class(&info);
	}
}

void roofline_collect(const struct report_input *in, struct roofline out[N_WORK_CLASSES])
{
	for (unsigned c = 0; c < N_WORK_CLASSES; c++)
		out[c] = (struct roofline){ 0 };
	for (size_t k = 0; k < in->result->n_kernels; k++) {
		struct roofline r, *to;
		enum work_class class;

		roofline_of_kernel(in, k, &r, &class);
		to = &out[class];
		to->kernels++;
		to->cycles += r.cycles;
		to->macs += r.macs;
		to->vector_ops += r.vector_ops;
		to->bytes += r.bytes;
		to->rate_cycles_x100 += r.rate_cycles_x100;
	}
}

uint64_t roofline_flops(const struct roofline *r)
{
	uint64_t flops;

	return mul_u64(2, r->macs, &flops) && add_u64(flops, r->vector_ops, &flops) ? flops
										     : UINT64_MAX;
}

static uint64_t rate(const struct report_input *in, const struct roofline *r, uint64_t cycles)
{
	return cycles ? mul_div_u64(roofline_flops(r), in->machine->core_hz, cycles) : 0;
}

uint64_t roofline_attainable(const struct report_input *in, const struct roofline *r)
{
	uint64_t memory = mul_div_u64(r->bytes, in->machine->core_hz,
				      machine_hbm_peak_bytes_per_s(in->machine));

	return rate(in, r, max_u64(memory, r->rate_cycles_x100 / 100));
}

uint64_t roofline_achieved(const struct report_input *in, const struct roofline *r)
{
	return rate(in, r, r->cycles);
}

static void print_class(struct buf *to, const struct report_input *in, const struct roofline *r,
			enum work_class class)
{
	buf_printf(to, "  %-12s  %7s  %10s  %4s %%  %12s  %10s  %10s  %10s\n",
		   work_class_name(class), cell_count(r->kernels).text,
		   cell_time(r->cycles, in->machine->core_hz).text,
		   cell_percent(r->cycles, in->result->cycles).text,
		   cell_ratio(roofline_flops(r), 1000000000, 3).text,
		   cell_ratio(roofline_flops(r), r->bytes, 2).text,
		   cell_ratio(roofline_attainable(in, r), 1000000000, 1).text,
		   cell_ratio(roofline_achieved(in, r), 1000000000, 1).text);
}

void roofline_print(struct buf *to, const struct report_input *in)
{
	struct roofline classes[N_WORK_CLASSES];

	roofline_collect(in, classes);
	buf_printf(to, "\n%-14s  %7s  %10s  %6s  %12s  %10s  %10s  %10s\n", "Roofline", "kernels",
		   "time", "of run", "GFLOP", "FLOP/byte", "attainable", "GFLOP/s");
	for (unsigned c = 0; c < N_WORK_CLASSES; c++)
		if (classes[c].kernels)
			print_class(to, in, &classes[c], c);
}
