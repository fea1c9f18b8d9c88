/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tables only: shorthands of the rule files, and the two readings of such a file, as rows
 * and as latencies.  A table defines, before it reads its rules:
 *   READ_TO_WRITE            last ticks of RD and WR
 *   WRITE_TO_WRITE_OF_GROUP, WRITE_TO_READ_OF_GROUP
 *   PREAB_TO_ACT, ACT_TO_REFPB, REFPB_TO_REFPB
 * each in terms of n, its parameters.
 */
#ifndef MEMSIM_DRAM_RULES_H
#define MEMSIM_DRAM_RULES_H

#include "dram/standard.h"

#define GIBIBIT (UINT64_C(1) << 30)

/* Spelled as rules show it. */
static inline int64_t max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#define WRITE_TO_PRE (n->nCWL + n->nBL + n->nWR)
/* Most standards'; the two clocks turn the data bus round. */
#define READ_TO_WRITE_OF_BUS (n->nCL + n->nBL + 2 - n->nCWL)
#define WRITE_TO_READ_BY_BURST (n->nCWL + n->nBL + n->nWTRL)

#define PAIRS(level, a, aA, b, bA, sibling, nominal, source) \
	RULE(level, a, b, 1, sibling, nominal, source) \
	RULE(level, a, bA, 1, sibling, nominal, source) \
	RULE(level, aA, b, 1, sibling, nominal, source) \
	RULE(level, aA, bA, 1, sibling, nominal, source)
#define READS_TO_READS(level, sibling, nominal, source) \
	PAIRS(level, RD, RDA, RD, RDA, sibling, nominal, source)
#define WRITES_TO_WRITES(level, sibling, nominal, source) \
	PAIRS(level, WR, WRA, WR, WRA, sibling, nominal, source)
#define READS_TO_WRITES(level, nominal, source) \
	PAIRS(level, RD, RDA, WR, WRA, 0, nominal, source)
#define WRITES_TO_READS(level, nominal, source) \
	PAIRS(level, WR, WRA, RD, RDA, 0, nominal, source)

#define RULE_TEXT(nominal) #nominal
#define RULE_ROW(level, preceding, following, window, sibling, nominal, source) \
	{ DRAM_LEVEL_##level, DRAM_##preceding, DRAM_##following, window, sibling, \
	  RULE_TEXT(nominal), source },
#define RULE_LATENCY(level, preceding, following, window, sibling, nominal, source) \
	*latencies++ = (nominal);

#endif
