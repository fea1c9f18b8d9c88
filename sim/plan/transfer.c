/* SPDX-License-Identifier: Apache-2.0 */
/* Regions of tensors as strided blocks, at the places that the plan has given them. */
#include "plan/internal.h"

uint64_t storage_bytes(const struct plan *p, uint32_t tensor, const struct region *r,
		       const int64_t *step)
{
	return region_storage_bytes(p->graph, tensor, r, step);
}

void blocks_init(struct blocks *b, const struct plan *p, uint32_t tensor, const struct region *r,
		 const int64_t *step)
{
	region_blocks(b, p->graph, tensor, r, step, p->address[plan_storage(p, tensor)]);
}
