/* SPDX-License-Identifier: Apache-2.0 */
/* The sending of a packet's bursts: shared by hbm_commit.c (one by one) and hbm_run.c (in runs). */
#ifndef MEMSIM_MODEL_HBM_COMMIT_H
#define MEMSIM_MODEL_HBM_COMMIT_H

#include "model/hbm.h"

static inline enum dram_command_kind hbm_closing_command(enum hbm_direction d)
{
	return d == HBM_WRITES ? DRAM_WRA : DRAM_RDA;
}

/* Nobody else asks for columns. */
static inline bool hbm_is_watched(const struct hbm *hbm)
{
	return hbm->watch.fn != NULL;
}
/* The watcher, if there is one, hears of a command. */
void hbm_tell_watcher(struct hbm_pc *pc, enum dram_command_kind c, unsigned bank, uint32_t row,
		      uint32_t column, uint64_t tick);
static inline void hbm_tell(struct hbm_pc *pc, enum dram_command_kind c, unsigned bank,
			    uint32_t row, uint32_t column, uint64_t tick)
{
	if (__builtin_expect(hbm_is_watched(pc->hbm), 0))
		hbm_tell_watcher(pc, c, bank, row, column, tick);
}
/* The account of a burst and of those that follow without a gap, n in all; before its column
 * command is issued: the rules' ticks are those that it met. */
void hbm_account_bursts(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
			unsigned bank, uint64_t tick, uint64_t n);
/* The last burst of a packet in a bank, which may close its row; another one, of the same stack
 * ID, may follow. */
void hbm_send_last(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		   unsigned bank, uint32_t column, uint64_t tick, bool is_followed);

/* hbm_run.c: all bursts of a packet as runs; returns how many, 0, and nothing is done, if that
 * could differ. */
unsigned hbm_send_run(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e);

#endif
