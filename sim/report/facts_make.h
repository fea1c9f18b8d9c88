/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a table of facts; private to report/. */
#ifndef MEMSIM_REPORT_FACTS_MAKE_H
#define MEMSIM_REPORT_FACTS_MAKE_H

#include "report/facts.h"

/* `group` and `name` outlive the table; help is a clause that follows the name. */
void fact_count(struct facts *f, const char *group, const char *name, uint64_t value,
		const char *help);
void fact_ratio(struct facts *f, const char *group, const char *name, uint64_t a, uint64_t b,
		const char *help); /* six decimals; f->v[f->n - 1].decimals for others */
void fact_text(struct facts *f, const char *group, const char *name, const char *value,
	       const char *help);
void fact_texts(struct facts *f, const char *group, const char *name, const char *const *values,
		size_t n, const char *help);

/* facts_hbm.c: a memory's account.  The group's own members come before the classes, which are
 * a group of their own. */
void fact_hbm_counts(struct facts *f, const char *group, const struct hbm_account *hbm,
		     uint64_t capacity_bytes); /* that could have crossed the pins */
void fact_hbm_details(struct facts *f, const char *group, const struct hbm_account *hbm);
void fact_hbm_percentiles(struct facts *f, const char *group, const struct hbm_account *hbm,
			  uint64_t tick_hz);
void fact_hbm_classes(struct facts *f, const char *group, const struct hbm_account *hbm);
/* All of a channel, at top level. */
void fact_hbm_channel(struct facts *f, size_t channel, const struct hbm_account *hbm,
		      uint64_t capacity_bytes);

#endif
