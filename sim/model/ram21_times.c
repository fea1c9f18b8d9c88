/* SPDX-License-Identifier: Apache-2.0 */
/* Times of a device in ticks, and of a run.  Decides nothing. */
#include "model/ram21_times.h"

#define FS_PER_S UINT64_C(1000000000000000)

void ram21_times_init(struct ram21_times *times, const struct dram_timing *t,
		      struct hbm_books *books)
{
	const struct dram_params *n = &t->n;
	unsigned ticks = t->standard->ticks_per_clock;

	clock_init_scaled(&books->clock, t->clock_hz, ticks);
	times->refi_ticks = (uint64_t)n->nREFI * ticks;
	times->rfc_ticks = (uint64_t)n->nRFC * ticks;
	times->read_ticks = (uint64_t)(n->nCL + n->nBL) * ticks;
	times->write_ticks = (uint64_t)(n->nCWL + n->nBL) * ticks;
	books->latency[HBM_READS] = (uint64_t)n->nCL * ticks;
	books->latency[HBM_WRITES] = (uint64_t)n->nCWL * ticks;
	books->burst_ticks = (uint64_t)n->nBL * ticks;
}

void ram21_times_close(const struct dram_timing *t, const struct histogram *latencies,
		       uint64_t end_tick, uint64_t end_clk, struct hbm_account *out)
{
	out->ticks = end_tick;
	out->tick_fs = FS_PER_S / (t->clock_hz * t->standard->ticks_per_clock);
	out->policy_ticks = end_clk;
	out->read_latency_p50_ticks = histogram_permille(latencies, 500);
	out->read_latency_p99_ticks = histogram_permille(latencies, 990);
	out->read_latency_p999_ticks = histogram_permille(latencies, 999);
}
