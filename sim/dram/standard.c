/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a standard, and resolves speed, density and height to one device of it. */
#include "dram/standard.h"

#include <stdio.h>
#include <string.h>

#define PS_PER_S UINT64_C(1000000000000)

const struct dram_standard *dram_standard_at(size_t index)
{
	static const struct dram_standard *const standards[] = {
#define X(id, name) &dram_##id,
		DRAM_STANDARD_LIST(X)
#undef X
	};

	return index < ARRAY_SIZE(standards) ? standards[index] : NULL;
}

/* Clocks that cover a time. */
static int64_t covering_clocks(uint64_t ps, uint64_t hz)
{
	return (int64_t)ceil_div_u64(ps * (hz / 1000000), PS_PER_S / 1000000);
}

static const struct dram_bin *find_bin(const struct dram_standard *s, uint64_t data_rate, char *why)
{
	size_t len;

	for (size_t i = 0; i < s->n_bins; i++)
		if (s->bins[i].data_rate == data_rate)
			return &s->bins[i];
	len = (size_t)snprintf(why, DRAM_REASON, "is no speed bin of %s (found %" PRIu64
			       " bit/s, expected", s->name, data_rate);
	for (size_t i = 0; i < s->n_bins && len < DRAM_REASON; i++)
		len += (size_t)snprintf(why + len, DRAM_REASON - len, "%s %" PRIu64,
					i == 0 ? "" : i + 1 < s->n_bins ? "," : " or",
					s->bins[i].data_rate / 1000000);
	if (len < DRAM_REASON)
		snprintf(why + len, DRAM_REASON - len, " Mbps); set one of these");
	return NULL;
}

static const struct dram_height *find_height(const struct dram_standard *s, uint64_t height,
					     char *why)
{
	size_t len;

	if (height == 0)
		return &s->heights[0];
	for (size_t i = 0; i < s->n_heights; i++)
		if (s->heights[i].dies == height)
			return &s->heights[i];
	len = (size_t)snprintf(why, DRAM_REASON, "is no stack of %s (found %" PRIu64
			       " dies, expected", s->name, height);
	for (size_t i = 0; i < s->n_heights && len < DRAM_REASON; i++)
		len += (size_t)snprintf(why + len, DRAM_REASON - len, "%s %u",
					i == 0 ? "" : i + 1 < s->n_heights ? "," : " or",
					s->heights[i].dies);
	if (len < DRAM_REASON)
		snprintf(why + len, DRAM_REASON - len, "); set one of these");
	return NULL;
}

static bool find_rows(struct dram_device *d, uint64_t density_bits, char *why)
{
	const struct dram_standard *s = d->standard;
	uint64_t row_bits = s->row_bytes * 8 * s->bank_groups * s->banks_per_group;
	uint64_t quantum = row_bits * s->shares / s->chips;

	d->rows = density_bits / quantum;
	if (density_bits % quantum == 0 && d->rows > 0 && d->rows < UINT32_MAX)
		return true;
	snprintf(why, DRAM_REASON, "does not divide into rows (found %" PRIu64
		 " bits, expected a multiple of %" PRIu64 "); set such a density",
		 density_bits, quantum);
	return false;
}

static const struct dram_refresh_row *find_refresh(const struct dram_device *d, uint64_t bits)
{
	const struct dram_standard *s = d->standard;
	size_t i = 0;

	if (s->refresh_by_sid)
		bits /= d->stack_ids;
	while (i + 1 < s->n_refresh && bits > s->refresh[i].bits)
		i++;
	return &s->refresh[i];
}

/* Intervals are bounds from above and round down; times that must pass round up. */
static void find_refresh_times(struct dram_device *d, uint64_t density_bits)
{
	const struct dram_standard *s = d->standard;
	const struct dram_refresh_row *r = find_refresh(d, density_bits);
	bool is_same_bank = s->commands[DRAM_REFpb].scope == DRAM_FOR_SAME_BANK;
	uint64_t n_turns = is_same_bank ? d->n_banks / s->bank_groups : d->n_banks;

	d->n.nRFC = covering_clocks(r->rfc_ps, d->clock_hz);
	d->n.nREFI = (int64_t)mul_div_u64(s->refi_ps, d->clock_hz, PS_PER_S);
	if (s->commands[DRAM_REFpb].scope == DRAM_FOR_NONE)
		return;
	d->n.nRFCpb = covering_clocks(r->rfcpb_ps, d->clock_hz);
	d->n.nREFIpb = s->refipb_ps ? (int64_t)mul_div_u64(s->refipb_ps, d->clock_hz, PS_PER_S)
				    : d->n.nREFI / (int64_t)n_turns;
}

bool dram_device_init(struct dram_device *d, const struct dram_standard *s, uint64_t data_rate,
		      uint64_t density_bits, uint64_t height, const char **setting, char *why)
{
	const struct dram_bin *bin = find_bin(s, data_rate, why);
	const struct dram_height *h = bin ? find_height(s, height, why) : NULL;

	memset(d, 0, sizeof(*d));
	*setting = !bin ? "data_rate" : !h ? "height" : "density";
	if (!bin || !h)
		return false;
	d->standard = s;
	d->n = bin->n;
	d->n.nBL = (int64_t)(s->burst_bytes * 8u / s->pins / s->bits_per_clock);
	d->clock_hz = data_rate / s->bits_per_clock;
	d->stack_ids = h->stack_ids;
	d->n_banks = h->stack_ids * s->bank_groups * s->banks_per_group;
	BUG_ON(d->n_banks > DRAM_MAX_BANKS || d->stack_ids > DRAM_MAX_SIDS);
	if (!find_rows(d, density_bits, why))
		return false;
	find_refresh_times(d, density_bits);
	return true;
}
