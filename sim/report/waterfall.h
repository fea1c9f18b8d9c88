/* SPDX-License-Identifier: Apache-2.0 */
/* Where a memory's bandwidth went, as text: for the whole, and a line a channel. */
#ifndef MEMSIM_REPORT_WATERFALL_H
#define MEMSIM_REPORT_WATERFALL_H

#include "base/buf.h"
#include "ir/account.h"

/* From peak to achieved: each class of bus ticks as the bandwidth that it cost. */
void waterfall_print(struct buf *to, const struct hbm_account *hbm, uint64_t peak_bytes_per_s);
/* Classes that no channel has are left out. */
void waterfall_channels(struct buf *to, const struct hbm_account *channels, size_t n,
			uint64_t peak_bytes_per_s);

#endif
