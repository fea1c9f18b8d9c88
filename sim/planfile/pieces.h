/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of one on-chip memory, in pieces that were written, and read, together. */
#ifndef MEMSIM_PLANFILE_PIECES_H
#define MEMSIM_PLANFILE_PIECES_H

#include "ir/command.h"

struct toucher {
	uint64_t ordinal, line; /* 0: nobody */
};

struct piece {
	uint64_t lo, hi;
	uint32_t buffer;
	enum unit_kind unit; /* that wrote it */
	struct toucher writer;
	struct toucher readers[N_UNITS]; /* the last of each */
};

struct pieces {
	struct piece **v; /* ascending, apart; bytes of none were not written */
	size_t n, capacity;
};
void pieces_clear(struct pieces *set);
/* The first piece that ends behind `at`; set->n: none. */
size_t pieces_behind(const struct pieces *set, uint64_t at);
/* Makes `lo` and `hi` boundaries between pieces. */
void pieces_cut(struct pieces *set, uint64_t lo, uint64_t hi);
/* One piece in the place of all from `first` up to `last`. */
void pieces_replace(struct pieces *set, size_t first, size_t last, const struct piece *by);

#endif
