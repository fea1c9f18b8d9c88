/* SPDX-License-Identifier: Apache-2.0 */
/* A region of a tensor as strided blocks of the memory that it lies in. */
#ifndef MEMSIM_IR_BLOCK_H
#define MEMSIM_IR_BLOCK_H

#include "ir/command.h"

/* Steps of a region that is taken whole. */
extern const int64_t unit_steps[MAX_DIMS];

struct blocks {
	struct transfer next; /* bytes by cause not set */
	unsigned n_outer;     /* dimensions beyond a transfer's, walked by the iterator */
	uint64_t count[MAX_DIMS], stride_bytes[MAX_DIMS], at[MAX_DIMS];
	bool is_done;
	/* Rows where indices say: one after the other, outermost. */
	const struct row_order *rows; /* NULL: none */
	struct region place_region;
	uint32_t place_dims[MAX_DIMS];
	int64_t place[MAX_DIMS];
	uint64_t element_bits;
};
/* `address` is where the tensor's storage lies; of each dimension, every step-th index. */
void region_blocks(struct blocks *b, const struct graph *g, uint32_t tensor,
		   const struct region *r, const int64_t *step, uint64_t address);
bool blocks_next(struct blocks *b, struct transfer *out);
uint64_t transfer_bytes(const struct transfer *t);

/* Axes of a region that take room in storage, smallest stride first; their number. */
struct storage_axis {
	uint64_t extent, stride; /* elements */
};
unsigned storage_axes(const struct placement *place, const struct region *r, const int64_t *step,
		      struct storage_axis *axes);

/* Bytes of a region in its storage: a broadcast dimension of a view counts once. */
uint64_t region_storage_bytes(const struct graph *g, uint32_t tensor, const struct region *r,
			      const int64_t *step);

/* Likewise, but of rows that repeat the first alone. */
uint64_t region_first_bytes(const struct graph *g, uint32_t tensor, const struct region *r,
			    const int64_t *step);

#endif
