/* SPDX-License-Identifier: Apache-2.0 */
/* The contiguous elements of a transfer, one stretch after the other. */
#ifndef MEMSIM_PLANFILE_RUNS_H
#define MEMSIM_PLANFILE_RUNS_H

#include "ir/command.h"

struct runs {
	struct transfer t;
	uint64_t unit, first, length; /* elements */
	uint64_t base, at[3];
	bool is_over;
};
/* Of elements of `unit` bytes in a storage at `address`. */
void runs_start(struct runs *r, const struct transfer *t, uint64_t address, uint64_t unit);
/* Leaves the next stretch in r->first and r->length. */
bool runs_next(struct runs *r);

#endif
