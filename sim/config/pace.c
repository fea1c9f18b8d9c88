/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a memory's table says of its pace without simulating it: for estimates, which may not
 * ask the memory model.
 */
#include "config/machine.h"

static uint64_t clocks_ps(uint64_t clock_hz, int64_t clocks)
{
	return clocks <= 0 ? 0 : mul_div_u64((uint64_t)clocks, UINT64_C(1000000000000), clock_hz);
}

static void pace_of_table(const struct machine *m, const struct dram_device *d,
			  struct memory_pace *out)
{
	struct dram_params n = d->n;
	int64_t read_to_write, write_to_read, closed;

#define X(name, help) \
	if (m->t_##name != 0) \
		n.n##name = (int64_t)m->t_##name;
	DRAM_PARAM_LIST(X)
#undef X
	/* clocks for which the data bus carries nothing */
	read_to_write = n.nRTW + n.nCWL - n.nCL - n.nBL;
	write_to_read = n.nWTRL + n.nCL;
	closed = n.nRFC + (n.nRPab > 0 ? n.nRPab : n.nRP);
	out->read_latency_ps = clocks_ps(d->clock_hz, n.nRCDRD + n.nCL + n.nBL);
	out->turn_ps = clocks_ps(d->clock_hz, read_to_write) + clocks_ps(d->clock_hz, write_to_read);
	if (n.nREFI > closed && m->hbm_refresh == HBM_REFRESH_ALL_BANK)
		out->refresh_ppm = mul_div_u64((uint64_t)closed, 1000000, (uint64_t)n.nREFI);
	out->act_bytes = mul_div_u64((uint64_t)(4 * n.nRRDS > n.nFAW ? 4 * n.nRRDS : n.nFAW),
				     d->standard->burst_bytes, 4 * (uint64_t)n.nBL);
	out->pseudo_channels = m->hbm_stacks * m->hbm_channels * d->standard->pseudo_channels;
	out->batch_bytes = (m->hbm_write_high > m->hbm_write_low
				    ? m->hbm_write_high - m->hbm_write_low
				    : 1) *
			   m->packet_bytes;
	out->queued_bytes = out->pseudo_channels * m->hbm_write_queue * m->packet_bytes;
	out->held_bytes = out->pseudo_channels * (m->hbm_write_high + m->hbm_write_low) / 2 *
			  m->packet_bytes;
}

void machine_memory_pace(const struct machine *m, struct memory_pace *out)
{
	const struct dram_standard *s = machine_dram_standard(m);
	struct dram_device d;
	const char *setting;
	char why[DRAM_REASON];

	*out = (struct memory_pace){
		.burst_bytes = machine_burst_bytes(m),
		.read_latency_ps = m->hbm_latency_ps,
		.pseudo_channels = 1,
	};
	if (s != NULL && dram_device_init(&d, s, m->hbm_data_rate, m->hbm_density, m->hbm_height,
					  &setting, why))
		pace_of_table(m, &d, out);
}
