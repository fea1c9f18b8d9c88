/* SPDX-License-Identifier: Apache-2.0 */
/* The crossbar is made and released.  How packets cross it: noc.h. */
#include "model/noc.h"

#include <stdlib.h>

#include "base/mem.h"

struct noc *noc_new(const struct machine *m, unsigned n_memory_ports)
{
	struct noc *noc = xcalloc(1, sizeof(*noc));

	clock_init(&noc->clock, m->noc_hz);
	noc->latency_cycles = m->noc_latency_cycles;
	noc->core_bytes_per_cycle = clock_divisor(m->noc_core_bytes_per_cycle);
	noc->memory_bytes_per_cycle = clock_divisor(m->noc_memory_bytes_per_cycle);
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
