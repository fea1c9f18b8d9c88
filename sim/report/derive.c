/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers that follow from the accounts and the machine.  Decides nothing about what
 * is printed or how; integers only.
 */
#include "report/derive.h"

void derive_totals(const struct report_input *in, struct totals *out)
{
	*out = (struct totals){ 0 };
	for (size_t k = 0; k < in->result->n_kernels; k++) {
		const struct kernel *kernel = in->kernels[k];

		out->macs += kernel->macs;
		out->executed_macs += kernel->executed_macs;
		out->vector_ops += kernel->vector_ops;
		out->ideal_bytes += kernel->ideal_bytes;
		out->compulsory_bytes += kernel->compulsory_bytes;
		out->rate_cycles_x100 += kernel->rate_cycles_x100;
		out->estimate_cycles += kernel->estimate_cycles;
		for (unsigned i = 0; i < N_TRAFFIC; i++)
			out->traffic[i] += in->result->kernels[k].bytes[i];
	}
}

uint64_t derive_roofline_cycles(const struct report_input *in, const struct totals *totals)
{
	const struct hbm_account *hbm = &in->result->hbm;
	uint64_t bytes = hbm->read_bytes + hbm->write_bytes;
	uint64_t peak = machine_hbm_peak_bytes_per_s(in->machine);

	return max_u64(totals->rate_cycles_x100 / 100,
		       mul_div_u64(bytes, in->machine->core_hz, peak));
}

uint64_t derive_hbm_capacity_bytes(const struct machine *m, uint64_t cycles)
{
	return mul_div_u64(cycles, machine_hbm_peak_bytes_per_s(m), m->core_hz);
}

uint64_t kernel_moved_bytes(const struct kernel_account *k)
{
	return k->read_bytes + k->write_bytes;
}

uint64_t kernel_least_bytes(const struct kernel *k)
{
	return min_u64(k->ideal_bytes, k->compulsory_bytes);
}

uint64_t kernel_cycles(const struct kernel_account *k)
{
	return k->end_cycle - k->start_cycle;
}

/* A resource's use of what it could have done in the kernel's span. */
struct utilization {
	const char *name;
	uint64_t used, peak;
};

static bool is_higher(const struct utilization *a, const struct utilization *b)
{
	return (unsigned __int128)a->used * b->peak > (unsigned __int128)b->used * a->peak;
}

/* The busier direction of the cores' ports to the interconnect. */
static struct utilization noc_utilization(const struct machine *m, const struct kernel_account *k)
{
	uint64_t out = min_u64(k->write_bytes, k->noc_bytes);
	uint64_t noc_cycles = mul_div_u64(kernel_cycles(k), m->noc_hz, m->core_hz);

	return (struct utilization){ "noc", max_u64(out, k->noc_bytes - out),
				     noc_cycles * m->core_count * m->noc_core_bytes_per_cycle };
}

const char *derive_bound(const struct report_input *in, size_t k)
{
	const struct machine *m = in->machine;
	const struct kernel_account *account = &in->result->kernels[k];
	uint64_t cycles = kernel_cycles(account);
	uint64_t core_cycles = cycles * m->core_count;
	/* Of equals the first: ports that hold up every busy cycle are the scarcer resource. */
	const struct utilization all[] = {
		{ "scratchpad", account->core.compute_throttled, core_cycles },
		{ "matrix", account->matrix_busy_cycles, core_cycles },
		{ "vector", account->vector_busy_cycles, core_cycles },
		{ "hbm", kernel_moved_bytes(account), derive_hbm_capacity_bytes(m, cycles) },
		noc_utilization(m, account),
	};
	const struct utilization half = { "latency", 1, 2 };
	const struct utilization *best = &half;

	if (account->core.cycles[CORE_LAUNCH] > core_cycles / 2)
		return "launch";
	if (account->core.cycles[CORE_IDLE] > core_cycles / 2)
		return "imbalance";
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (all[i].peak && is_higher(&all[i], best))
			best = &all[i];
	}
	return best->name;
}
