/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a memory's account, for the memory as a whole and for a channel, in the reports
 * of both programs.
 */
#include "report/facts_make.h"

#define NS_PER_S UINT64_C(1000000000)
#define FS_PER_PS 1000
#define N_BEFORE_RATIOS 3 /* the contract's order: bytes, ratios, counts */

void fact_hbm_counts(struct facts *f, const char *group, const struct hbm_account *hbm,
		     uint64_t capacity_bytes)
{
	const struct {
		const char *name, *help;
		uint64_t value;
	} counts[] = {
#define X(name, help) { #name, help, hbm->name },
		HBM_COUNT_LIST(X)
#undef X
	};
	uint64_t visits = hbm->row_hits + hbm->row_misses + hbm->row_conflicts;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		if (i == N_BEFORE_RATIOS) {
			fact_ratio(f, group, "bandwidth_utilization",
				   hbm->read_bytes + hbm->write_bytes, capacity_bytes,
				   "of peak bandwidth crossed the pins");
			fact_ratio(f, group, "row_hit_rate", hbm->row_hits, visits,
				   "of packet visits to a bank found the row open");
			fact_ratio(f, group, "average_read_latency_ns", hbm->read_latency_ps,
				   hbm->read_packets * 1000, "from acceptance to the last data");
		}
		fact_count(f, group, counts[i].name, counts[i].value, counts[i].help);
	}
}

void fact_hbm_details(struct facts *f, const char *group, const struct hbm_account *hbm)
{
#define X(name, help) fact_count(f, group, #name, hbm->name, help);
	HBM_DETAIL_LIST(X)
#undef X
	fact_ratio(f, group, "average_read_latency_ticks", hbm->read_latency_ticks,
		   hbm->read_packets, "the mean of them");
	fact_ratio(f, group, "average_open_banks", hbm->open_bank_ticks, hbm->total_ticks,
		   "banks of a pseudo channel with a row open, on average");
}

/* Nine zeros and the clock's own cancel, so that long latencies stay within 64 bits. */
static void percentile(struct facts *f, const char *group, const char *ticks_name,
		       const char *ns_name, uint64_t ticks, uint64_t tick_hz, const char *help)
{
	uint64_t common = gcd_u64(NS_PER_S, tick_hz);

	fact_count(f, group, ticks_name, ticks, help);
	fact_ratio(f, group, ns_name, ticks * (NS_PER_S / common), tick_hz / common, help);
}

void fact_hbm_percentiles(struct facts *f, const char *group, const struct hbm_account *hbm,
			  uint64_t tick_hz)
{
#define X(name, help)                                                                              \
	percentile(f, group, "read_latency_" #name "_ticks", "read_latency_" #name "_ns",          \
		   hbm->read_latency_##name##_ticks, tick_hz, help);
	X(p50, "at most this for half of the reads")
	X(p99, "at most this for 99 % of the reads")
	X(p999, "at most this for 99.9 % of the reads")
#undef X
}

void fact_hbm_classes(struct facts *f, const char *group, const struct hbm_account *hbm)
{
	fact_count(f, group, "total", hbm->total_ticks, "pseudo channels times memory ticks");
	fact_count(f, group, "tick_ps", hbm->tick_fs / FS_PER_PS, "length of a tick");
	if (hbm->tick_fs % FS_PER_PS) { /* HBM3: 312.5 */
		f->n--;
		fact_ratio(f, group, "tick_ps", hbm->tick_fs, FS_PER_PS, "length of a tick");
		f->v[f->n - 1].decimals = hbm->tick_fs % 100 ? 3 : 1;
	}
#define X(NAME, name, help) fact_count(f, group, name, hbm->class_ticks[HBM_##NAME], help);
	HBM_CLASS_LIST(X)
#undef X
}

void fact_hbm_channel(struct facts *f, size_t channel, const struct hbm_account *hbm,
		      uint64_t capacity_bytes)
{
	fact_count(f, "", "channel", channel, "over all stacks");
	fact_hbm_counts(f, "", hbm, capacity_bytes);
	fact_hbm_details(f, "", hbm);
	fact_hbm_classes(f, "cycles", hbm);
}
