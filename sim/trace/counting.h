/* SPDX-License-Identifier: Apache-2.0 */
/* What published tables count of a transformer's trace, by the rules that they were made with. */
#ifndef MEMSIM_TRACE_COUNTING_H
#define MEMSIM_TRACE_COUNTING_H

#include "base/buf.h"
#include "base/err.h"
#include "ir/graph.h"

/* Rows of the tables: name as printed there. */
#define COUNTING_PART_LIST(X) \
	X(MHA_PROJ, "MHA_proj") X(ACT2ACT, "MHA_act2act") X(FFN_PROJ, "FFN_proj") X(OTHER, "Other")
enum counting_part {
#define X(NAME, text) COUNTING_##NAME,
	COUNTING_PART_LIST(X)
#undef X
	N_COUNTING_PARTS
};
struct counting {
	uint64_t flops;
	uint64_t half_mops; /* a MOP is one value read or written, whatever its type */
};

/* By the words of --counting; false with err set if it is none, or the trace has what its rules
 * do not cover. */
bool counting_collect(const char *rules, const struct graph *g,
		      struct counting parts[N_COUNTING_PARTS], struct err *err);
void counting_print_text(const char *rules, const struct counting parts[N_COUNTING_PARTS],
			 struct buf *to);
void counting_print_json(const char *rules, const struct counting parts[N_COUNTING_PARTS],
			 struct buf *to);

#endif
