/* SPDX-License-Identifier: Apache-2.0 */
/* What both implementations of the policy ramulator21 take from a device, and how they close
 * an account's times. */
#ifndef MEMSIM_MODEL_RAM21_TIMES_H
#define MEMSIM_MODEL_RAM21_TIMES_H

#include "base/histogram.h"
#include "model/dram_timing.h"
#include "model/hbm_books.h"

struct ram21_times {
	uint64_t refi_ticks, rfc_ticks;
	uint64_t read_ticks; /* RD to its data's end */
	uint64_t write_ticks;
};

/* Sets the clock and the latencies of the books, too. */
void ram21_times_init(struct ram21_times *times, const struct dram_timing *t,
		      struct hbm_books *books);

/* The members of an account that are no sums; `end_clk`: the policy's last tick. */
void ram21_times_close(const struct dram_timing *t, const struct histogram *latencies,
		       uint64_t end_tick, uint64_t end_clk, struct hbm_account *out);

#endif
