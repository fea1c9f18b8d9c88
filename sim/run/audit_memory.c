/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds a memory's account against what was asked of it and against the commands that it told.
 * The protocol is the DRAM audit's (audit_dram.h).
 */
#include "run/audit_memory.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/audit_dram.h"

struct audit_memory {
	const struct machine *machine;
	struct audit_dram *dram;
	uint64_t (*told)[N_DRAM_COMMANDS]; /* commands of each channel */
	size_t n_channels;
};

struct audit_memory *audit_memory_new(const struct machine *m)
{
	struct audit_memory *a = xcalloc(1, sizeof(*a));

	a->machine = m;
	a->dram = audit_dram_new(m);
	a->n_channels = (size_t)(m->hbm_stacks * m->hbm_channels);
	a->told = xcalloc(a->n_channels, sizeof(*a->told));
	return a;
}

void audit_memory_free(struct audit_memory *a)
{
	if (!a)
		return;
	audit_dram_free(a->dram);
	free(a->told);
	free(a);
}

void audit_memory_command(void *audit, const struct dram_command *c)
{
	struct audit_memory *a = audit;

	audit_dram_watch(a->dram, c);
	if (c->channel < a->n_channels && c->command < N_DRAM_COMMANDS)
		a->told[c->channel][c->command]++;
}

static bool violated(struct err *err, const char *what, const char *whose, uint64_t found,
		     uint64_t expected)
{
	return err_set(err, ERR_INTERNAL,
		       "--check: audit of %s: %s (found %" PRIu64 ", expected %" PRIu64 ")", what,
		       whose, found, expected);
}

/* A count of the account is the number of commands that the memory told. */
static bool check_commands(const struct hbm_account *hbm, const uint64_t told[N_DRAM_COMMANDS],
			   struct err *err)
{
	const struct {
		const char *name;
		uint64_t counted, told;
	} pairs[] = {
		{ "reads", hbm->reads, told[DRAM_RD] + told[DRAM_RDA] },
		{ "writes", hbm->writes, told[DRAM_WR] + told[DRAM_WRA] },
		{ "activates", hbm->activates, told[DRAM_ACT] },
		{ "precharges", hbm->precharges, told[DRAM_PREpb] + told[DRAM_PREab] },
		{ "precharges_all", hbm->precharges_all, told[DRAM_PREab] },
		{ "auto_precharges", hbm->auto_precharges, told[DRAM_RDA] + told[DRAM_WRA] },
		{ "refreshes", hbm->refreshes, told[DRAM_REFab] + told[DRAM_REFpb] },
		{ "refreshes_bank", hbm->refreshes_bank, told[DRAM_REFpb] },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i].counted != pairs[i].told)
			return violated(err, "commands", pairs[i].name, pairs[i].counted,
					pairs[i].told);
	}
	return true;
}

static bool check_account(const struct hbm_account *hbm, uint64_t burst_bytes, uint64_t n_pcs,
			  struct err *err)
{
	uint64_t classes = 0;

	for (unsigned c = 0; c < N_HBM_CLASSES; c++)
		classes += hbm->class_ticks[c];
	if (classes != hbm->total_ticks)
		return violated(err, "cycle accounts", "the sum of the classes of bus ticks",
				classes, hbm->total_ticks);
	if (hbm->total_ticks != n_pcs * hbm->ticks)
		return violated(err, "cycle accounts", "bus ticks", hbm->total_ticks,
				n_pcs * hbm->ticks);
	if (hbm->read_bytes != hbm->reads * burst_bytes)
		return violated(err, "conservation of bytes", "bytes read", hbm->read_bytes,
				hbm->reads * burst_bytes);
	if (hbm->write_bytes != hbm->writes * burst_bytes)
		return violated(err, "conservation of bytes", "bytes written", hbm->write_bytes,
				hbm->writes * burst_bytes);
	return true;
}

/* What was asked for was moved, forwarded, or replaced before it was written. */
static bool check_bytes(const struct audit_memory_totals *t, uint64_t burst_bytes, struct err *err)
{
	const struct hbm_account *hbm = t->hbm;
	uint64_t reads = hbm->read_bytes + hbm->forwarded_bytes;
	uint64_t writes = hbm->write_bytes + hbm->coalesced_writes * burst_bytes;

	if (hbm->forwarded_bytes != hbm->forwarded_reads * burst_bytes)
		return violated(err, "conservation of bytes", "bytes forwarded",
				hbm->forwarded_bytes, hbm->forwarded_reads * burst_bytes);
	if (reads != t->asked_reads * burst_bytes)
		return violated(err, "conservation of bytes", "bytes read and forwarded", reads,
				t->asked_reads * burst_bytes);
	return writes == t->asked_writes * burst_bytes ||
	       violated(err, "conservation of bytes", "bytes written and replaced", writes,
			t->asked_writes * burst_bytes);
}

/* Channels make up the whole. */
static bool check_sums(const struct audit_memory_totals *t, struct err *err)
{
	struct hbm_account sum = { 0 };

	for (size_t i = 0; i < t->n_channels; i++) {
#define X(name, help) sum.name += t->channels[i].name;
		HBM_COUNT_LIST(X)
		HBM_DETAIL_LIST(X)
#undef X
		for (unsigned c = 0; c < N_HBM_CLASSES; c++)
			sum.class_ticks[c] += t->channels[i].class_ticks[c];
	}
#define X(name, help)                                                                              \
	if (sum.name != t->hbm->name)                                                              \
		return violated(err, "sums over channels", #name, t->hbm->name, sum.name);
	HBM_COUNT_LIST(X)
	HBM_DETAIL_LIST(X)
#undef X
	for (unsigned c = 0; c < N_HBM_CLASSES; c++) {
		if (sum.class_ticks[c] != t->hbm->class_ticks[c])
			return violated(err, "sums over channels", "a class of bus ticks",
					t->hbm->class_ticks[c], sum.class_ticks[c]);
	}
	return true;
}

static bool check_channel(const struct audit_memory *a, const struct hbm_account *hbm,
			  size_t channel, struct err *err)
{
	const struct dram_standard *s = machine_dram_standard(a->machine);
	bool ok = check_account(hbm, machine_burst_bytes(a->machine), s ? s->pseudo_channels : 1,
				err) &&
		  (!s || check_commands(hbm, a->told[channel], err));
	char place[64];

	if (!ok) {
		snprintf(place, sizeof(place), "channel %zu", channel);
		err_add_place(err, place);
	}
	return ok;
}

bool audit_memory_close(struct audit_memory *a, const struct audit_memory_totals *t,
			struct err *err)
{
	const struct dram_standard *s = machine_dram_standard(a->machine);
	uint64_t burst_bytes = machine_burst_bytes(a->machine);
	char text[256];

	audit_dram_close(a->dram, t->end_ps, text, sizeof(text));
	if (*text)
		return err_set(err, ERR_INTERNAL, "--check: audit of protocol: %s", text);
	for (size_t i = 0; i < t->n_channels; i++) {
		if (!check_channel(a, &t->channels[i], i, err))
			return false;
	}
	return check_account(t->hbm, burst_bytes, s ? s->pseudo_channels * t->n_channels : 1,
			     err) &&
	       check_sums(t, err) && check_bytes(t, burst_bytes, err);
}
