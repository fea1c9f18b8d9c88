/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules between settings.  Ranges of single ones are params.def's; what only a memory
 * standard's table can tell is the memory model's.
 */
#include "config/origin.h"

#include <stdio.h>

#include "base/units.h"


/* The place to blame of two settings: what was said last, or at all. */
static const struct origin *blame(const struct origins *o, const char *a, const char *b)
{
	const struct origin *first = origin_of(o, param_find(a));
	const struct origin *second = origin_of(o, param_find(b));

	if (first->set || (first->file && !second->set))
		return first;
	return origin_is_given(second) ? second : first;
}

static void size_text(uint64_t value, char out[48])
{
	format_quantity(value, Q_BYTES, out, 48);
}

static bool check_sizes(const struct origins *o, const struct machine *m, struct err *err)
{
	char a[48], b[48];

	size_text(m->packet_bytes, a);
	if ((m->packet_bytes & (m->packet_bytes - 1)) != 0)
		return origin_error(o, origin_of(o, param_find("dma.packet_bytes")), err,
				    "dma.packet_bytes is not a power of two (found %s)", a);
	size_text(MAX_PACKET_BURSTS * machine_burst_bytes(m), b);
	if (m->packet_bytes > MAX_PACKET_BURSTS * machine_burst_bytes(m))
		return origin_error(o, origin_of(o, param_find("dma.packet_bytes")), err,
				    "dma.packet_bytes holds more than %d bursts of the memory "
				    "(found %s, expected at most %s)",
				    MAX_PACKET_BURSTS, a, b);
	size_text(m->dma_window_bytes, b);
	if (m->dma_window_bytes < m->packet_bytes)
		return origin_error(o, blame(o, "dma.window_bytes", "dma.packet_bytes"), err,
				    "dma.window_bytes is smaller than one packet (found %s, "
				    "expected at least dma.packet_bytes = %s)",
				    b, a);
	size_text(m->spad_bytes, b);
	if (m->spad_bytes < 2 * m->packet_bytes)
		return origin_error(o, blame(o, "scratchpad.bytes", "dma.packet_bytes"), err,
				    "scratchpad.bytes holds no two packets (found %s, expected at "
				    "least twice dma.packet_bytes = %s)",
				    b, a);
	return true;
}

/* A bank's line is a whole number of bytes. */
static bool check_banks(const struct origins *o, const struct machine *m, struct err *err)
{
	if (m->spad_bytes_per_cycle % m->spad_banks == 0)
		return true;
	return origin_error(o, blame(o, "scratchpad.banks", "scratchpad.bytes_per_cycle"), err,
			    "scratchpad.bytes_per_cycle is no multiple of scratchpad.banks (found "
			    "%" PRIu64 " and %" PRIu64 ")",
			    m->spad_bytes_per_cycle, m->spad_banks);
}

static bool check_queues(const struct origins *o, const struct machine *m, struct err *err)
{
	if (m->hbm_write_low >= m->hbm_write_high)
		return origin_error(o, blame(o, "hbm.write_low", "hbm.write_high"), err,
				    "hbm.write_low is not below hbm.write_high (found %" PRIu64
				    " and %" PRIu64 ")",
				    m->hbm_write_low, m->hbm_write_high);
	if (m->hbm_write_high > m->hbm_write_queue)
		return origin_error(o, blame(o, "hbm.write_high", "hbm.write_queue"), err,
				    "hbm.write_high is above hbm.write_queue (found %" PRIu64
				    " and %" PRIu64 ")",
				    m->hbm_write_high, m->hbm_write_queue);
	return true;
}

static bool check_timing(const struct origins *o, const struct machine *m, struct err *err)
{
	if (m->t_RC && m->t_RAS && m->t_RP && m->t_RC < m->t_RAS + m->t_RP)
		return origin_error(o, blame(o, "hbm.timing.nRC", "hbm.timing.nRAS"), err,
				    "hbm.timing.nRC = %" PRIu64 " is below nRAS + nRP = %" PRIu64
				    " + %" PRIu64,
				    m->t_RC, m->t_RAS, m->t_RP);
	if (m->t_REFI && m->t_RFC && m->t_REFI <= m->t_RFC)
		return origin_error(o, blame(o, "hbm.timing.nREFI", "hbm.timing.nRFC"), err,
				    "hbm.timing.nREFI = %" PRIu64 " is not above nRFC = %" PRIu64,
				    m->t_REFI, m->t_RFC);
	if (m->t_CCDS && m->t_CCDL && m->t_CCDL < m->t_CCDS)
		return origin_error(o, blame(o, "hbm.timing.nCCDL", "hbm.timing.nCCDS"), err,
				    "hbm.timing.nCCDL = %" PRIu64 " is below nCCDS = %" PRIu64,
				    m->t_CCDL, m->t_CCDS);
	if (m->t_RRDS && m->t_RRDL && m->t_RRDL < m->t_RRDS)
		return origin_error(o, blame(o, "hbm.timing.nRRDL", "hbm.timing.nRRDS"), err,
				    "hbm.timing.nRRDL = %" PRIu64 " is below nRRDS = %" PRIu64,
				    m->t_RRDL, m->t_RRDS);
	return true;
}

/* An override of what the standard does not have would change nothing. */
static bool check_overrides(const struct origins *o, const struct machine *m,
			    const struct dram_device *d, struct err *err)
{
	const char *standard = d->standard->name;

#define X(name, help) \
	if (m->t_##name && d->n.n##name == 0) \
		return origin_error(o, origin_of(o, param_find("hbm.timing.n" #name)), err, \
				    "hbm.timing.n" #name " does not exist in %s", \
				    standard);
	DRAM_PARAM_LIST(X)
#undef X
	return true;
}

static bool check_postponement(const struct origins *o, const struct machine *m,
			       const struct dram_standard *s, struct err *err)
{
	const char *path = "hbm.refresh_postpone";

	if (m->hbm_refresh_postpone <= s->max_postponed)
		return true;
	return origin_error(o, blame(o, path, "hbm.standard"), err,
			    "%s is more than %s allows (found %" PRIu64 ", expected at most %u); "
			    "lower it",
			    path, s->name, m->hbm_refresh_postpone, s->max_postponed);
}

/* Speed, density and height must be the standard's. */
static bool check_device(const struct origins *o, const struct machine *m, struct err *err)
{
	struct dram_device d;
	const char *setting;
	char why[DRAM_REASON], path[32];

	if (dram_device_init(&d, machine_dram_standard(m), m->hbm_data_rate, m->hbm_density,
			     m->hbm_height, &setting, why))
		return check_overrides(o, m, &d, err) &&
		       check_postponement(o, m, d.standard, err);
	snprintf(path, sizeof(path), "hbm.%s", setting);
	return origin_error(o, blame(o, path, "hbm.standard"), err, "%s %s", path, why);
}

/* The setting means something in real memories, but not under this one's policy. */
static bool is_left_out_by_policy(const struct param *p, const struct machine *m)
{
	struct machine other = *m;

	other.hbm_policy = HBM_POLICY_DEFAULT;
	return m->hbm_standard != HBM_STANDARD_IDEAL && param_applies(p, &other);
}

static bool refuse_setting(const struct origins *o, const struct origin *at, const struct param *p,
			   const struct machine *m, struct err *err)
{
	bool is_ideal = m->hbm_standard == HBM_STANDARD_IDEAL;

	if (is_left_out_by_policy(p, m))
		return origin_error(o, at, err,
				    "%s is for hbm.policy = \"default\" only (found hbm.policy = "
				    "\"ramulator21\"); leave it out", p->path);
	return origin_error(o, at, err, "%s is for %s only (found hbm.standard = %s)", p->path,
			    is_ideal ? "real memory standards" : "hbm.standard = \"ideal\"",
			    is_ideal ? "\"ideal\"" : "a real standard");
}

/*
 * A setting of another kind of memory was given.  In the file, with the standard and policy
 * that the file chose, that is a mistake; a --set that swaps the standard or the policy of a
 * whole file (what if the memory were ideal?) leaves the file's settings out instead.
 */
static bool check_standard(const struct origins *o, struct machine *m, struct err *err)
{
	const struct origin *standard = origin_of(o, param_find("hbm.standard"));
	const struct origin *policy = origin_of(o, param_find("hbm.policy"));

	for (size_t i = 0; i < n_params; i++) {
		const struct param *p = &params[i];
		const struct origin *at = &o->of[i];
		bool is_swapped = is_left_out_by_policy(p, m) ? policy->set : standard->set;

		if (param_applies(p, m))
			continue;
		if (at->set || (at->file && !is_swapped))
			return refuse_setting(o, at, p, m, err);
		param_set_default(p, m);
	}
	return true;
}

bool config_check(const struct origins *o, struct machine *m, struct err *err)
{
	if (m->matrix_k_f16 == 0)
		return origin_error(o, origin_of(o, param_find("core.matrix.k_f16")), err,
				    "core.matrix.k_f16 is 0: every machine needs f16 (expected 1 "
				    "to 4096)");
	if (!check_standard(o, m, err) || !check_sizes(o, m, err) || !check_banks(o, m, err))
		return false;
	if (m->hbm_standard == HBM_STANDARD_IDEAL)
		return true;
	return check_queues(o, m, err) && check_timing(o, m, err) && check_device(o, m, err);
}
