/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crossbar between cores and memory ports.  Each core and each memory port has a
 * link in and a link out, which pass one packet after the other, whole, in the order
 * in which they are asked; between them lies the latency.  Everything happens on edges
 * of the interconnect's clock.  Pure arithmetic: a caller asks in order of time and
 * gets the time at which the packet is through.  A packet's way through the core ports is
 * granted when its data leaves the memory, so ports serve packets in that order (a crossbar
 * that reserves the output with the request).
 */
#ifndef MEMSIM_MODEL_NOC_H
#define MEMSIM_MODEL_NOC_H

#include "config/machine.h"
#include "engine/clock.h"

struct noc {
	struct clock clock;
	uint64_t latency_cycles;
	struct clock_divisor core_bytes_per_cycle, memory_bytes_per_cycle;
	/* per port: the first edge at which its link is free */
	uint64_t *core_in, *core_out, *memory_in, *memory_out;
};

struct noc *noc_new(const struct machine *m, unsigned n_memory_ports);
void noc_free(struct noc *noc);

static inline const struct clock *noc_clock(const struct noc *noc)
{
	return &noc->clock;
}

/* The packet takes the link for whole cycles, from the edge on which both are there. */
static inline uint64_t noc_cross(uint64_t *link_free, uint64_t edge, uint64_t bytes,
				 const struct clock_divisor *bytes_per_cycle)
{
	*link_free = max_u64(*link_free, edge) + clock_ceil_divide(bytes, bytes_per_cycle);
	return *link_free;
}

/* Read requests and acknowledgements: the latency alone. */
static inline uint64_t noc_control_ps(const struct noc *noc, uint64_t now_ps)
{
	uint64_t edge = clock_edge_at_or_after(&noc->clock, now_ps);

	return clock_edge_ps(&noc->clock, edge + noc->latency_cycles);
}

/* A write leaves its core: `left_edge` is when its last byte crossed the core's port;
 * returns when the packet is at the memory port's link. */
static inline uint64_t noc_leave_core_ps(struct noc *noc, uint32_t core, uint64_t now_ps,
					 uint64_t bytes, uint64_t *left_edge)
{
	uint64_t edge = clock_edge_at_or_after(&noc->clock, now_ps);

	*left_edge = noc_cross(&noc->core_out[core], edge, bytes, &noc->core_bytes_per_cycle);
	return clock_edge_ps(&noc->clock, *left_edge + noc->latency_cycles);
}

/* And crosses that link: returns when it is at the memory's door. */
static inline uint64_t noc_enter_memory_ps(struct noc *noc, unsigned port, uint64_t now_ps,
					   uint64_t bytes)
{
	uint64_t edge = clock_edge_at_or_after(&noc->clock, now_ps);

	edge = noc_cross(&noc->memory_in[port], edge, bytes, &noc->memory_bytes_per_cycle);
	return clock_edge_ps(&noc->clock, edge);
}

/* Read data leaves the memory: returns the edge at which it is at the cores' ports; then
 * each receiving core's port: returns the edge at which its last byte is there. */
static inline uint64_t noc_leave_memory_edge(struct noc *noc, unsigned port, uint64_t now_ps,
					   uint64_t bytes)
{
	uint64_t edge = clock_edge_at_or_after(&noc->clock, now_ps);

	edge = noc_cross(&noc->memory_out[port], edge, bytes, &noc->memory_bytes_per_cycle);
	return edge + noc->latency_cycles;
}

static inline uint64_t noc_enter_core_edge(struct noc *noc, uint32_t core, uint64_t edge,
					   uint64_t bytes)
{
	return noc_cross(&noc->core_in[core], edge, bytes, &noc->core_bytes_per_cycle);
}

#endif
