/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one table behind every output format: each number of a report once, with its
 * group, name, and meaning, in the order of the contract.  Counters come from the
 * lists of ir/account.h; ratios are kept as two integers and rounded when printed.
 */
#ifndef MEMSIM_REPORT_FACTS_H
#define MEMSIM_REPORT_FACTS_H

#include "report/report.h"

enum fact_kind {
	FACT_COUNT, /* a */
	FACT_RATIO, /* a / b */
	FACT_TEXT,
	FACT_TEXTS, /* a list */
};

struct fact {
	const char *group; /* "" at top level, "hbm", "hbm.cycles" */
	const char *name;
	const char *help;
	enum fact_kind kind;
	unsigned decimals;
	uint64_t a, b;
	const char *text;
	const char *const *texts;
	size_t n_texts;
};

struct facts {
	struct fact *v;
	size_t n, capacity;
	const char **names; /* storage of a kernel's operator list */
};
#define FACTS_INIT { NULL, 0, 0, NULL }

/* Each fills `f` anew; release it once at the end. */
void facts_of_run(struct facts *f, const struct report_input *in);
void facts_of_kernel(struct facts *f, const struct report_input *in, size_t k);
void facts_of_class(struct facts *f, const struct report_input *in, unsigned class);
void facts_of_tensor(struct facts *f, const struct report_input *in, size_t t);
void facts_of_channel(struct facts *f, const struct report_input *in, size_t channel);
void facts_release(struct facts *f);

/* By path, "core_cycles.compute"; BUG when there is none. */
const struct fact *fact_find(const struct facts *f, const char *path);
/* Its value as every format shows it; lists with blanks between. */
void fact_print(const struct fact *f, struct buf *to);

/* A line of CSV each: "group.name" of all, and their values. */
void facts_csv_names(const struct facts *f, struct buf *to);
void facts_csv_values(const struct facts *f, struct buf *to);

#endif
