/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from a machine's settings by arithmetic alone: peaks, capacity, the
 * cycles of one product.  Timings of memories are the memory model's.
 */
#include "config/machine.h"

/* HBM2, JESD235: two pseudo channels a channel, 64 data pins each, bursts of four. */
#define HBM_PSEUDO_CHANNELS 2
#define HBM_PSEUDO_CHANNEL_PINS 64
#define BURST_BYTES 32 /* 64 pins x burst length 4; the ideal memory keeps the same grain */

uint64_t machine_matrix_k(const struct machine *m, enum dtype t)
{
	switch (t) {
	case DTYPE_F16:
	case DTYPE_BF16:
		return m->matrix_k_f16;
	case DTYPE_F8:
		return m->matrix_k_f8;
	case DTYPE_I8:
		return m->matrix_k_i8;
	case DTYPE_I4:
		return m->matrix_k_i4;
	case DTYPE_TF32:
		return m->matrix_k_tf32;
	default:
		return m->matrix_k_f32;
	}
}

uint64_t machine_macs_per_cycle_percent(const struct machine *m, enum dtype t)
{
	return m->matrix_m * m->matrix_n * machine_matrix_k(m, t) * m->matrix_efficiency_percent;
}

uint64_t machine_peak_flops(const struct machine *m)
{
	uint64_t device_x100 = m->core_count * machine_macs_per_cycle_percent(m, DTYPE_F16);

	return mul_div_u64(2 * device_x100, m->core_hz, 100);
}

uint64_t machine_hbm_peak_bytes_per_s(const struct machine *m)
{
	uint64_t pins = m->hbm_stacks * m->hbm_channels * HBM_PSEUDO_CHANNELS *
			HBM_PSEUDO_CHANNEL_PINS;

	if (m->hbm_standard == HBM_STANDARD_IDEAL)
		return m->hbm_bandwidth;
	return mul_div_u64(pins, m->hbm_data_rate, 8);
}

uint64_t machine_hbm_bytes(const struct machine *m)
{
	if (m->hbm_standard == HBM_STANDARD_IDEAL)
		return m->hbm_bytes;
	return m->hbm_stacks * m->hbm_channels * HBM_PSEUDO_CHANNELS * (m->hbm_density / 8);
}

uint64_t machine_burst_bytes(const struct machine *m)
{
	(void)m;
	return BURST_BYTES;
}

static uint64_t mul_saturating(uint64_t a, uint64_t b)
{
	return mul_div_u64(a, b, 1);
}

/* ceil(value * 100 / percent) */
static uint64_t at_percent(uint64_t value, uint64_t percent)
{
	uint64_t whole = mul_saturating(value / percent, 100), sum;
	uint64_t rest = ceil_div_u64(value % percent * 100, percent);

	return add_u64(whole, rest, &sum) ? sum : UINT64_MAX;
}

uint64_t machine_matrix_cycles(const struct machine *m, enum dtype t, uint64_t rows, uint64_t k,
			       uint64_t columns, uint64_t batches)
{
	uint64_t depth = machine_matrix_k(m, t);
	uint64_t steps, cycles;

	BUG_ON(depth == 0);
	steps = mul_saturating(ceil_div_u64(rows, m->matrix_m), ceil_div_u64(k, depth));
	steps = mul_saturating(steps, ceil_div_u64(columns, m->matrix_n));
	steps = mul_saturating(steps, batches);
	cycles = at_percent(steps, m->matrix_efficiency_percent);
	if (!add_u64(cycles, m->matrix_fill_cycles + m->matrix_drain_cycles, &cycles))
		return UINT64_MAX;
	return cycles;
}
