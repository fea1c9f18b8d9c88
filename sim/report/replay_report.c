/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memsim-dram's report: its facts, and the three forms of them.  CSV has a row a channel, its
 * first column the channel's number.
 */
#include "report/replay_report.h"

#include <string.h>

#include "report/facts_make.h"
#include "report/json_facts.h"
#include "report/layout.h"
#include "report/waterfall.h"

#define SECONDS_DECIMALS 12

static uint64_t capacity_bytes(const struct replay_report *in)
{
	return mul_div_u64(in->hbm->policy_ticks, machine_hbm_peak_bytes_per_s(in->machine),
			   machine_memory_tick_hz(in->machine));
}

static void identity_facts(struct facts *f, const struct replay_report *in)
{
	const struct machine *m = in->machine;

	fact_count(f, "", "schema", 1, "version of this report's form");
	fact_text(f, "", "memsim", in->version, "version of the program");
	fact_text(f, "", "engine", in->engine, "engine that simulated");
	fact_text(f, "stream", "kind", in->stream_kind, "formula, or file");
	fact_count(f, "stream", "accesses", in->reads + in->writes, "native accesses");
	fact_count(f, "stream", "reads", in->reads, "of them reads");
	fact_count(f, "stream", "writes", in->writes, "of them writes");
	fact_text(f, "stream", "hash", in->stream_hash, "hash of the accesses");
	fact_text(f, "config", "name", m->name, "name of the machine");
	fact_text(f, "config", "hash", in->config_hash, "hash of the effective machine");
	fact_texts(f, "config", "overrides", in->overrides, in->n_overrides, "settings of --set");
	fact_count(f, "machine", "hbm_peak_bytes_per_s", machine_hbm_peak_bytes_per_s(m),
		   "peak bandwidth");
	fact_count(f, "machine", "hbm_bytes", machine_hbm_bytes(m), "capacity");
}

void facts_of_replay(struct facts *f, const struct replay_report *in)
{
	uint64_t tick_hz = machine_memory_tick_hz(in->machine);

	f->n = 0;
	identity_facts(f, in);
	fact_count(f, "time", "cycles", in->hbm->policy_ticks, "memory ticks");
	fact_ratio(f, "time", "seconds", in->hbm->policy_ticks, tick_hz, "simulated time");
	f->v[f->n - 1].decimals = SECONDS_DECIMALS;
	fact_ratio(f, "", "hbm_busy_fraction", in->hbm->busy_ticks, in->hbm->ticks,
		   "of memory ticks carry a burst on some pseudo channel");
	fact_hbm_counts(f, "hbm", in->hbm, capacity_bytes(in));
	fact_hbm_details(f, "hbm", in->hbm);
	fact_hbm_percentiles(f, "hbm", in->hbm, tick_hz);
	fact_hbm_classes(f, "hbm.cycles", in->hbm);
}

void facts_of_replay_channel(struct facts *f, const struct replay_report *in, size_t channel)
{
	f->n = 0;
	fact_hbm_channel(f, channel, &in->channels[channel], capacity_bytes(in) / in->n_channels);
}

static void print_json(struct buf *to, const struct replay_report *in)
{
	struct facts f = FACTS_INIT;
	struct json_out j;

	json_init(&j, to);
	json_object(&j, NULL);
	facts_of_replay(&f, in);
	json_facts(&j, &f);
	json_array(&j, "channels");
	for (size_t i = 0; i < in->n_channels; i++) {
		json_object(&j, NULL);
		facts_of_replay_channel(&f, in, i);
		json_facts(&j, &f);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	facts_release(&f);
}

static void print_csv(struct buf *to, const struct replay_report *in)
{
	struct facts f = FACTS_INIT;

	for (size_t i = 0; i < in->n_channels; i++) {
		facts_of_replay_channel(&f, in, i);
		if (i == 0)
			facts_csv_names(&f, to);
		facts_csv_values(&f, to);
	}
	facts_release(&f);
}

static void print_heading(struct buf *to, const struct replay_report *in)
{
	const struct machine *m = in->machine;
	const struct dram_standard *s = machine_dram_standard(m);

	buf_printf(to, "%s, %s accesses of %" PRIu64 " bytes, on %s: memsim %s\n",
		   in->stream_kind, cell_count(in->reads + in->writes).text,
		   machine_burst_bytes(m), m->name, in->version);
	if (s)
		buf_printf(to, "%s at %s, %" PRIu64 " x %" PRIu64 " channels of %u pseudo "
			   "channel%s, mapping %s\n", s->name,
			   cell_human(m->hbm_data_rate, Q_BITS_PER_S).text, m->hbm_stacks,
			   m->hbm_channels, s->pseudo_channels, s->pseudo_channels == 1 ? "" : "s",
			   m->hbm_mapping);
	buf_printf(to, "\nTime  %s: %s memory ticks; read %s bytes, written %s\n",
		   cell_time(in->hbm->policy_ticks, machine_memory_tick_hz(m)).text,
		   cell_count(in->hbm->policy_ticks).text, cell_count(in->hbm->read_bytes).text,
		   cell_count(in->hbm->write_bytes).text);
}

static void print_latency(struct buf *to, const char *name, uint64_t ticks, uint64_t n,
			  uint64_t tick_hz)
{
	uint64_t common = gcd_u64(1000000000, tick_hz);

	buf_printf(to, "  %-6s  %12s ns  %12s ticks\n", name,
		   cell_ratio(mul_div_round_u64(ticks, 1000000000 / common, 1),
			      n * (tick_hz / common), 1).text,
		   cell_ratio(ticks, n, 1).text);
}

static void print_latencies(struct buf *to, const struct replay_report *in)
{
	const struct hbm_account *hbm = in->hbm;
	uint64_t tick_hz = machine_memory_tick_hz(in->machine);

	if (!hbm->read_packets)
		return;
	buf_puts(to, "\nRead latency, from acceptance to the last data\n");
	print_latency(to, "mean", hbm->read_latency_ticks, hbm->read_packets, tick_hz);
	print_latency(to, "p50", hbm->read_latency_p50_ticks, 1, tick_hz);
	print_latency(to, "p99", hbm->read_latency_p99_ticks, 1, tick_hz);
	print_latency(to, "p99.9", hbm->read_latency_p999_ticks, 1, tick_hz);
}

static void print_rows(struct buf *to, const struct hbm_account *hbm)
{
	uint64_t visits = hbm->row_hits + hbm->row_misses + hbm->row_conflicts;
	const struct {
		const char *name;
		uint64_t n;
	} rows[] = { { "hits", hbm->row_hits }, { "misses", hbm->row_misses },
		     { "conflicts", hbm->row_conflicts } };

	if (!visits)
		return;
	buf_printf(to, "\nRows: %s banks of a pseudo channel open on average\n",
		   cell_ratio(hbm->open_bank_ticks, hbm->total_ticks, 1).text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		buf_printf(to, "  %-9s  %18s  %5s %%\n", rows[i].name, cell_count(rows[i].n).text,
			   cell_percent(rows[i].n, visits).text);
}

/* A column command that closes its row is counted with its kind. */
static void print_commands(struct buf *to, const struct hbm_account *hbm)
{
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {
		{ "ACT", hbm->activates },
		{ "PREpb", hbm->precharges - hbm->precharges_all },
		{ "PREab", hbm->precharges_all },
		{ "RD", hbm->reads },
		{ "WR", hbm->writes },
		{ "REFab", hbm->refreshes - hbm->refreshes_bank },
		{ "REFpb", hbm->refreshes_bank },
	};

	if (!hbm->activates)
		return;
	buf_puts(to, "\nCommands\n");
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		if (counts[i].n)
			buf_printf(to, "  %-9s  %18s\n", counts[i].name,
				   cell_count(counts[i].n).text);
	}
	if (hbm->auto_precharges)
		buf_printf(to, "  %s of RD and WR close their row\n",
			   cell_count(hbm->auto_precharges).text);
	if (hbm->forwarded_reads || hbm->coalesced_writes)
		buf_printf(to, "  none for %s reads answered from queued writes and %s writes "
			   "that replaced one\n", cell_count(hbm->forwarded_reads).text,
			   cell_count(hbm->coalesced_writes).text);
}

static void print_text(struct buf *to, const struct replay_report *in)
{
	uint64_t peak = machine_hbm_peak_bytes_per_s(in->machine);

	print_heading(to, in);
	waterfall_print(to, in->hbm, peak);
	print_latencies(to, in);
	print_rows(to, in->hbm);
	print_commands(to, in->hbm);
	if (in->n_channels > 1)
		waterfall_channels(to, in->channels, in->n_channels, peak);
}

replay_report_fn replay_format_find(const char *name)
{
	static const struct {
		const char *name;
		replay_report_fn print;
	} formats[] = { { "text", print_text }, { "json", print_json }, { "csv", print_csv } };

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].print;
	}
	return NULL;
}
