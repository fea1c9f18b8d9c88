/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ramulator 2.1's HBM controller a second time, for the tests: tick by tick, as its behaviour
 * was written down, with the timing edges of tests/data/dram and the mapping "acc".  It shares
 * nothing with the memory model: no code, no table, no address mapping.  Slow on purpose.
 */
#ifndef MEMSIM_TESTS_RAM21_NAIVE_H
#define MEMSIM_TESTS_RAM21_NAIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of the reports. */
enum naive_class {
	NAIVE_READ, NAIVE_WRITE, NAIVE_REFRESH, NAIVE_TURNAROUND, NAIVE_ROW, NAIVE_COLUMN,
	NAIVE_COMMAND, NAIVE_NOC, NAIVE_WINDOW, NAIVE_IMBALANCE, NAIVE_IDLE, N_NAIVE_CLASSES
};

struct naive_access {
	uint64_t address;  /* aligned to 32 bytes */
	uint64_t earliest; /* not offered before this tick */
	bool is_write;
	/* Results: ticks done when it was accepted, and when its data end (a coalesced write: as
	 * accepted). */
	uint64_t arrive, end;
};

struct naive_result {
	uint64_t cycles;
	uint64_t hits, misses, conflicts;
	uint64_t acts, pre_pb, pre_ab, refs;
	uint64_t forwarded, coalesced, latency_sum;
	uint64_t classes[N_NAIVE_CLASSES]; /* of all pseudo channels, up to the last data's end */
	uint64_t busy_ticks, open_bank_ticks;
};

/* `standard` is "HBM2" or "HBM3"; of 1, 2, 4... channels. */
void ram21_naive(const char *standard, unsigned channels, struct naive_access *accesses, size_t n,
		 struct naive_result *out);

#endif
