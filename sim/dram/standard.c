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

/* What a standard has a few of: found as the setting has it, offered in a larger unit. */
struct offer {
	const char *what, *found_unit, *unit;
	uint64_t unit_size;
};
static const struct offer of_bins = { "speed bin", " bit/s", " Mbps", 1000000 };
static const struct offer of_heights = { "stack", " dies", " dies", 1 };
static const struct offer of_densities = { "density", " bits", " Gb", UINT64_C(1) << 30 };

static bool refuse(char *why, const struct dram_standard *s, const struct offer *of,
		   uint64_t found, const uint64_t *choices, size_t n)
{
	int len = snprintf(why, DRAM_REASON, "is no %s of %s (found %" PRIu64 "%s, expected",
			   of->what, s->name, found, of->found_unit);

	for (size_t i = 0; i < n && len < DRAM_REASON; i++)
		len += snprintf(why + len, (size_t)(DRAM_REASON - len), "%s %" PRIu64,
				i == 0 ? "" : i + 1 < n ? "," : " or", choices[i] / of->unit_size);
	if (len < DRAM_REASON)
		snprintf(why + len, (size_t)(DRAM_REASON - len), "%s); set one of these", of->unit);
	return false;
}

#define MAX_CHOICES 8

static const struct dram_bin *find_bin(const struct dram_standard *s, uint64_t data_rate, char *why)
{
	uint64_t choices[MAX_CHOICES];

	for (size_t i = 0; i < s->n_bins; i++) {
		if (s->bins[i].data_rate == data_rate)
			return &s->bins[i];
		choices[i] = s->bins[i].data_rate;
	}
	refuse(why, s, &of_bins, data_rate, choices, s->n_bins);
	return NULL;
}

static const struct dram_height *find_height(const struct dram_standard *s, uint64_t height,
					     char *why)
{
	uint64_t choices[MAX_CHOICES];

	if (height == 0)
		height = s->usual_height;
	for (size_t i = 0; i < s->n_heights; i++) {
		if (s->heights[i].dies == height)
			return &s->heights[i];
		choices[i] = s->heights[i].dies;
	}
	refuse(why, s, &of_heights, height, choices, s->n_heights);
	return NULL;
}

static bool is_on_offer(const struct dram_standard *s, uint64_t density_bits, char *why)
{
	for (size_t i = 0; i < s->n_densities; i++)
		if (s->densities[i] == density_bits)
			return true;
	return s->takes_any_density ||
	       refuse(why, s, &of_densities, density_bits, s->densities, s->n_densities);
}

static bool find_rows(struct dram_device *d, uint64_t density_bits, char *why)
{
	const struct dram_standard *s = d->standard;
	uint64_t row_bits = s->row_bytes * 8 * s->bank_groups * s->banks_per_group;
	uint64_t quantum = row_bits * s->shares / s->chips;

	if (s->density_of == DRAM_OF_PSEUDO_CHANNEL)
		quantum *= d->stack_ids;
	d->rows = density_bits / quantum;
	if (density_bits % quantum == 0 && d->rows > 0 && d->rows < UINT32_MAX)
		return true;
	snprintf(why, DRAM_REASON, "does not divide into rows (found %" PRIu64
		 " bits, expected a multiple of %" PRIu64 "); set such a density",
		 density_bits, quantum);
	return false;
}

const struct dram_refresh_row *dram_refresh_times(const struct dram_device *d,
						  uint64_t density_bits)
{
	const struct dram_standard *s = d->standard;
	uint64_t channel_bits = dram_channel_bytes(d) * 8;
	uint64_t bits = s->refresh_by == DRAM_OF_CHANNEL ? channel_bits :
			s->refresh_by == DRAM_OF_STACK_ID ?
				channel_bits / s->pseudo_channels / d->stack_ids : density_bits;
	size_t i = 0;

	while (i + 1 < s->n_refresh && bits > s->refresh[i].bits)
		i++;
	return &s->refresh[i];
}

/* Intervals are bounds from above and round down; times that must pass round up. */
static void find_refresh_times(struct dram_device *d, uint64_t density_bits)
{
	const struct dram_standard *s = d->standard;
	const struct dram_refresh_row *r = dram_refresh_times(d, density_bits);
	uint64_t n_turns = d->n_banks / s->refresh_groups;

	d->n.nRFC = covering_clocks(r->rfc_ps, d->clock_hz);
	d->n.nREFI = (int64_t)mul_div_u64(s->refi_ps, d->clock_hz, PS_PER_S);
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
	if (!is_on_offer(s, density_bits, why) || !find_rows(d, density_bits, why))
		return false;
	find_refresh_times(d, density_bits);
	return true;
}
