/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cutter walks the runs of a transfer, dimension 0 innermost.  It merges only
 * neighbours in that order, as a DMA engine with one packet being filled does; it
 * does not look ahead for other runs in the same block.
 */
#include "model/dma_packets.h"

/* Joins dimension 0 to the runs while they touch: fewer steps, the same packets. */
static void join_contiguous(struct packet_cutter *c)
{
	while (c->count[0] > 1 && c->stride_bytes[0] == c->run_bytes) {
		c->run_bytes *= c->count[0];
		c->count[0] = c->count[1];
		c->stride_bytes[0] = c->stride_bytes[1];
		c->count[1] = c->count[2];
		c->stride_bytes[1] = c->stride_bytes[2];
		c->count[2] = 1;
	}
}

void packet_cutter_init(struct packet_cutter *c, const struct transfer *t, uint64_t packet_bytes,
			unsigned burst_shift)
{
	c->packet_bytes = packet_bytes;
	c->burst_shift = burst_shift;
	c->run_bytes = t->run_bytes;
	for (unsigned d = 0; d < 3; d++) {
		if (t->count[d] == 0)
			BUG("transfer of tensor %" PRIu32 " with no runs", t->tensor);
		c->count[d] = t->count[d];
		c->stride_bytes[d] = t->stride_bytes[d];
		c->base[d] = t->address;
		c->at[d] = 0;
	}
	if (t->run_bytes == 0)
		BUG("transfer of tensor %" PRIu32 " with empty runs", t->tensor);
	join_contiguous(c);
	c->next = t->address;
	c->left = c->run_bytes;
}

/* Moves to the next run; leaves `left` 0 when there is none. */
static void next_run(struct packet_cutter *c)
{
	unsigned d = 0;

	while (d < 3 && ++c->at[d] == c->count[d])
		c->at[d++] = 0;
	if (d == 3)
		return;
	c->base[d] += c->stride_bytes[d];
	for (unsigned inner = 0; inner < d; inner++)
		c->base[inner] = c->base[d];
	c->next = c->base[0];
	c->left = c->run_bytes;
}

static uint64_t bit_range(uint64_t first, uint64_t last)
{
	return UINT64_MAX >> (63 - last) & UINT64_MAX << first;
}

bool packet_cutter_next(struct packet_cutter *c, struct packet_cut *out)
{
	uint64_t block = c->next & ~(c->packet_bytes - 1);

	if (c->left == 0)
		return false;
	*out = (struct packet_cut){ .address = block };
	while (c->left > 0 && (c->next & ~(c->packet_bytes - 1)) == block) {
		uint64_t offset = c->next - block;
		uint64_t bytes = min_u64(c->left, c->packet_bytes - offset);

		out->burst_mask |= bit_range(offset >> c->burst_shift,
					     (offset + bytes - 1) >> c->burst_shift);
		out->bytes += (uint32_t)bytes;
		c->next += bytes;
		c->left -= bytes;
		if (c->left == 0)
			next_run(c);
	}
	return true;
}
