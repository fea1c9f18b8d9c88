/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crossbar between cores and memory ports.  Each core and each memory port has a
 * link in and a link out, which pass one packet after the other, whole, in the order
 * in which they are asked; between them lies the latency.  Everything happens on edges
 * of the interconnect's clock.  Pure arithmetic: a caller asks in order of time and
 * gets the time at which the packet is through.
 */
#ifndef MEMSIM_MODEL_NOC_H
#define MEMSIM_MODEL_NOC_H

#include "config/machine.h"
#include "engine/clock.h"

struct noc;
struct noc *noc_new(const struct machine *m, unsigned n_memory_ports);
void noc_free(struct noc *noc);
const struct clock *noc_clock(const struct noc *noc);

/* Read requests and acknowledgements: the latency alone. */
uint64_t noc_control_ps(const struct noc *noc, uint64_t now_ps);

/* A write leaves its core: `left_edge` is when its last byte crossed the core's port;
 * returns when the packet is at the memory port's link. */
uint64_t noc_leave_core_ps(struct noc *noc, uint32_t core, uint64_t now_ps, uint64_t bytes,
			   uint64_t *left_edge);
/* And crosses that link: returns when it is at the memory's door. */
uint64_t noc_enter_memory_ps(struct noc *noc, unsigned port, uint64_t now_ps, uint64_t bytes);

/* Read data leaves the memory: returns the edge at which it is at the cores' ports; then
 * each receiving core's port: returns the edge at which its last byte is there. */
uint64_t noc_leave_memory_edge(struct noc *noc, unsigned port, uint64_t now_ps, uint64_t bytes);
uint64_t noc_enter_core_edge(struct noc *noc, uint32_t core, uint64_t edge, uint64_t bytes);

#endif
