/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a stream replayed on the memory alone: the same facts of the memory as in a
 * run's report, and more of them. */
#ifndef MEMSIM_REPORT_REPLAY_REPORT_H
#define MEMSIM_REPORT_REPLAY_REPORT_H

#include "base/buf.h"
#include "config/machine.h"
#include "ir/account.h"
#include "report/facts.h"

/* Owns nothing. */
struct replay_report {
	const char *version;
	const char *engine; /* "fast" or "reference" */
	const char *stream_kind, *stream_hash;
	uint64_t reads, writes; /* accesses */
	const struct machine *machine;
	const char *config_hash;
	const char *const *overrides; /* the --set texts, in order */
	size_t n_overrides;
	const struct hbm_account *hbm;
	const struct hbm_account *channels; /* over all stacks */
	size_t n_channels;
};

typedef void (*replay_report_fn)(struct buf *to, const struct replay_report *in);

/* "text", "json" or "csv"; NULL for any other name. */
replay_report_fn replay_format_find(const char *name);

/* Each fills `f` anew. */
void facts_of_replay(struct facts *f, const struct replay_report *in);
void facts_of_replay_channel(struct facts *f, const struct replay_report *in, size_t channel);

#endif
