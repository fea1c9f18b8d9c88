/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crossbar: how long its links are taken.  A packet's way through the core ports
 * is granted when its data leaves the memory, so ports serve packets in that order
 * (a crossbar that reserves the output with the request).  It does not know what the
 * packets are for, and schedules no events.
 */
#include "model/noc.h"

#include <stdlib.h>

#include "base/mem.h"

struct noc {
	struct clock clock;
	uint64_t latency_cycles;
	uint64_t core_bytes_per_cycle, memory_bytes_per_cycle;
	/* per port: the first edge at which its link is free */
	uint64_t *core_in, *core_out, *memory_in, *memory_out;
};

struct noc *noc_new(const struct machine *m, unsigned n_memory_ports)
{
	struct noc *noc = xcalloc(1, sizeof(*noc));

	clock_init(&noc->clock, m->noc_hz);
	noc->latency_cycles = m->noc_latency_cycles;
	noc->core_bytes_per_cycle = m->noc_core_bytes_per_cycle;
	noc->memory_bytes_per_cycle = m->noc_memory_bytes_per_cycle;
	noc->core_in = xcalloc(m->core_count, sizeof(*noc->core_in));
	noc->core_out = xcalloc(m->core_count, sizeof(*noc->core_out));
	noc->memory_in = xcalloc(n_memory_ports, sizeof(*noc->memory_in));
	noc->memory_out = xcalloc(n_memory_ports, sizeof(*noc->memory_out));
	return noc;
}

void noc_free(struct noc *noc)
{
	if (noc == NULL)
		return;
	free(noc->core_in);
	free(noc->core_out);
	free(noc->memory_in);
	free(noc->memory_out);
	free(noc);
}

const struct clock *noc_clock(const struct noc *noc)
{
	return &noc->clock;
}

/* The packet takes the link for whole cycles, from the edge on which both are there. */
static uint64_t cross(uint64_t *link_free, uint64_t edge, uint64_t bytes, uint64_t bytes_per_cycle)
{
	*link_free = max_u64(*link_free, edge) + ceil_div_u64(bytes, bytes_per_cycle);
	return *link_free;
}

uint64_t noc_control_ps(const struct noc *noc, uint64_t now_ps)
{
	uint64_t edge = clock_edge_at_or_after(&noc->clock, now_ps);

	return clock_edge_ps(&noc->clock, edge + noc->latency_cycles);
}

uint64_t noc_leave_core_ps(struct noc *noc, uint32_t core, uint64_t now_ps, uint64_t bytes,
			   uint64_t *left_edge)
{
	uint64_t edge = clock_edge_at_or_after(&noc->clock, now_ps);

	*left_edge = cross(&noc->core_out[core], edge, bytes, noc->core_bytes_per_cycle);
	return clock_edge_ps(&noc->clock, *left_edge + noc->latency_cycles);
}

uint64_t noc_enter_memory_ps(struct noc *noc, unsigned port, uint64_t now_ps, uint64_t bytes)
{
	uint64_t edge = clock_edge_at_or_after(&noc->clock, now_ps);

	edge = cross(&noc->memory_in[port], edge, bytes, noc->memory_bytes_per_cycle);
	return clock_edge_ps(&noc->clock, edge);
}

uint64_t noc_leave_memory_edge(struct noc *noc, unsigned port, uint64_t now_ps, uint64_t bytes)
{
	uint64_t edge = clock_edge_at_or_after(&noc->clock, now_ps);

	edge = cross(&noc->memory_out[port], edge, bytes, noc->memory_bytes_per_cycle);
	return edge + noc->latency_cycles;
}

uint64_t noc_enter_core_edge(struct noc *noc, uint32_t core, uint64_t edge, uint64_t bytes)
{
	return cross(&noc->core_in[core], edge, bytes, noc->core_bytes_per_cycle);
}
