/* SPDX-License-Identifier: Apache-2.0 */
/* The address mapping of a machine: sizes of its fields, and packets that fit it. */
#include "model/hbm_map.h"

bool hbm_map_init(struct addrmap *map, struct addr_pattern *pattern, const struct dram_timing *t,
		  const struct machine *m, struct err *err)
{
	const struct dram_standard *s = t->standard;
	const uint64_t size[N_ADDR_FIELDS] = {
		[ADDR_ROW] = t->rows,
		[ADDR_BANK] = s->banks_per_group,
		[ADDR_BANKGROUP] = s->bank_groups,
		[ADDR_COLUMN] = s->columns,
		[ADDR_PSEUDO] = s->pseudo_channels,
		[ADDR_CHANNEL] = m->hbm_channels,
		[ADDR_STACK] = m->hbm_stacks,
		[ADDR_SID] = t->stack_ids,
	};

	return addrmap_init(map, m->hbm_mapping, size, s->burst_bytes, m->packet_bytes, err) &&
	       addrmap_pattern(map, m->packet_bytes, pattern, err);
}

void hbm_map_check_packet(const struct addrmap *map, const struct addr_pattern *pattern,
			  const struct packet *p)
{
	unsigned n = pattern->n_bursts;
	uint64_t packet_bytes = n * map->burst_bytes; /* a power of two */

	if ((p->address & (packet_bytes - 1)) != 0 || p->address >= map->bytes ||
	    p->burst_mask == 0 || (n < 64 && p->burst_mask >> n))
		BUG("packet at %" PRIu64 " of bursts %" PRIx64 " does not fit the memory",
		    p->address, p->burst_mask);
}
