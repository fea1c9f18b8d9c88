/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from a machine's settings by arithmetic alone: peaks, capacity, the
 * cycles of one product.  Timings of memories are the memory model's.
 */
#include "config/machine.h"

#define IDEAL_BURST_BYTES 32 /* the grain of HBM */
#define IDEAL_TICK_HZ UINT64_C(1000000000)

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

const struct dram_standard *machine_dram_standard(const struct machine *m)
{
	return m->hbm_standard == HBM_STANDARD_IDEAL ? NULL : dram_standard_at(m->hbm_standard - 1);
}

uint64_t machine_hbm_peak_bytes_per_s(const struct machine *m)
{
	const struct dram_standard *s = machine_dram_standard(m);

	if (!s)
		return m->hbm_bandwidth;
	return mul_div_u64(m->hbm_stacks * m->hbm_channels * s->pseudo_channels * s->pins,
			   m->hbm_data_rate, 8);
}

uint64_t machine_hbm_bytes(const struct machine *m)
{
	const struct dram_standard *s = machine_dram_standard(m);
	struct dram_device d;
	const char *setting;
	char why[DRAM_REASON];

	if (!s)
		return m->hbm_bytes;
	if (!dram_device_init(&d, s, m->hbm_data_rate, m->hbm_density, m->hbm_height, &setting, why))
		return 0; /* config_check() refuses it */
	return m->hbm_stacks * m->hbm_channels * dram_channel_bytes(&d);
}

uint64_t machine_burst_bytes(const struct machine *m)
{
	const struct dram_standard *s = machine_dram_standard(m);

	return s ? s->burst_bytes : IDEAL_BURST_BYTES;
}

uint64_t machine_memory_tick_hz(const struct machine *m)
{
	const struct dram_standard *s = machine_dram_standard(m);

	return s ? m->hbm_data_rate / s->bits_per_clock * s->ticks_per_clock : IDEAL_TICK_HZ;
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
