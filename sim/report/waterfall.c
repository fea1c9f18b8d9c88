/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The classes of data-bus ticks as bandwidth.  Ticks, not rounded rates, are what is divided:
 * peak, losses and achieved agree to the last digit that is shown.
 */
#include "report/waterfall.h"

#include <string.h>

#include "report/layout.h"

#define FS_PER_S UINT64_C(1000000000000000)

static const char *const names[] = {
#define X(NAME, name, help) name,
	HBM_CLASS_LIST(X)
#undef X
};

static uint64_t used_ticks(const struct hbm_account *hbm)
{
	return hbm->class_ticks[HBM_READ] + hbm->class_ticks[HBM_WRITE];
}

static void print_row(struct buf *to, char sign, const char *name, uint64_t bytes_per_s,
		      uint64_t ticks, uint64_t total)
{
	buf_printf(to, "  %c %-18s  %10s  %5s %%  ", sign, name,
		   cell_human(bytes_per_s, Q_BYTES_PER_S).text, cell_percent(ticks, total).text);
	layout_bar(to, ticks, total);
}

/* What crossed the pins in less than a tick is in no class of ticks. */
static uint64_t achieved_bytes_per_s(const struct hbm_account *hbm, uint64_t peak)
{
	if (used_ticks(hbm))
		return mul_div_round_u64(peak, used_ticks(hbm), hbm->total_ticks);
	return mul_div_round_u64(hbm->read_bytes + hbm->write_bytes, FS_PER_S / hbm->tick_fs,
				 hbm->total_ticks);
}

void waterfall_print(struct buf *to, const struct hbm_account *hbm, uint64_t peak_bytes_per_s)
{
	uint64_t total = hbm->total_ticks, peak = peak_bytes_per_s;

	if (!total)
		return;
	buf_printf(to, "\nHBM bandwidth: peak %s\n",
		   cell_human(peak, Q_BYTES_PER_S).text);
	for (unsigned i = 0; i < N_HBM_CLASSES; i++) {
		uint64_t ticks = hbm->class_ticks[i];

		if (i != HBM_READ && i != HBM_WRITE && ticks)
			print_row(to, '-', names[i], mul_div_round_u64(peak, ticks, total), ticks,
				  total);
	}
	print_row(to, '=', "achieved", achieved_bytes_per_s(hbm, peak), used_ticks(hbm), total);
}

static bool has_class(const struct hbm_account *channels, size_t n, unsigned class)
{
	for (size_t i = 0; i < n; i++) {
		if (channels[i].class_ticks[class])
			return true;
	}
	return false;
}

static void print_channel(struct buf *to, const struct hbm_account *hbm, size_t channel,
			  const bool *is_shown, uint64_t peak)
{
	uint64_t visits = hbm->row_hits + hbm->row_misses + hbm->row_conflicts;

	buf_printf(to, "  %7zu  %10s", channel,
		   cell_human(mul_div_round_u64(peak, used_ticks(hbm), hbm->total_ticks),
			      Q_BYTES_PER_S).text);
	for (unsigned i = 0; i < N_HBM_CLASSES; i++) {
		if (is_shown[i])
			buf_printf(to, "  %*s", (int)max_u64(strlen(names[i]), 5),
				   cell_percent(hbm->class_ticks[i], hbm->total_ticks).text);
	}
	buf_printf(to, "  %8s  %s\n", cell_percent(hbm->row_hits, visits).text,
		   cell_count(hbm->activates).text);
}

void waterfall_channels(struct buf *to, const struct hbm_account *channels, size_t n,
			uint64_t peak_bytes_per_s)
{
	bool is_shown[N_HBM_CLASSES];

	if (n == 0 || !channels[0].total_ticks)
		return;
	buf_printf(to, "\nChannels, %% of bus ticks\n  channel    achieved");
	for (unsigned i = 0; i < N_HBM_CLASSES; i++) {
		is_shown[i] = has_class(channels, n, i);
		if (is_shown[i])
			buf_printf(to, "  %5s", names[i]);
	}
	buf_printf(to, "  row hits  activates\n");
	for (size_t i = 0; i < n; i++)
		print_channel(to, &channels[i], i, is_shown, peak_bytes_per_s / n);
}
