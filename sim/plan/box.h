/* SPDX-License-Identifier: Apache-2.0 */
/* What moving a box of a tensor should take; for the estimate. */
#ifndef MEMSIM_PLAN_BOX_H
#define MEMSIM_PLAN_BOX_H

#include "plan/internal.h"

/* What moving one box takes: time of the memory's data buses, in bytes; of a core's port; and of
 * the DMA unit that asks for it. */
struct box_cost {
	uint64_t bus_bytes, port_cycles, dma_cycles;
};

struct box_cost box_cost(const struct plan *p, uint32_t tensor, const int64_t *extent);

#endif
