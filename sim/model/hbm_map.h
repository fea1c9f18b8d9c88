/* SPDX-License-Identifier: Apache-2.0 */
/* What every command-level controller asks of the address mapping of its machine. */
#ifndef MEMSIM_MODEL_HBM_MAP_H
#define MEMSIM_MODEL_HBM_MAP_H

#include "model/addrmap.h"
#include "model/dram_timing.h"
#include "model/memory.h"

/* The machine's mapping onto the device of `t`, and how its packets lie. */
bool hbm_map_init(struct addrmap *map, struct addr_pattern *pattern, const struct dram_timing *t,
		  const struct machine *m, struct err *err);

/* Over all stacks. */
static inline uint32_t hbm_map_channel(const struct addrmap *map, const struct addr_place *p)
{
	return (uint32_t)(p->field[ADDR_STACK] * map->size[ADDR_CHANNEL]) + p->field[ADDR_CHANNEL];
}

/* A BUG unless the packet is an aligned one of the mapping's packets, within the memory. */
void hbm_map_check_packet(const struct addrmap *map, const struct addr_pattern *pattern,
			  const struct packet *p);

#endif
