/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What moving a box of a tensor should take of the memory, the crossbar and a DMA unit, from how
 * it lies in memory: whole packets, parts of packets, and runs that share packets.
 */
#include "plan/box.h"

/* Rows that a packet opens: the default mapping spreads its bursts over two bank groups. */
#define PACKET_ROWS 2
/* Bursts that a part of a packet costs more: a 256-byte piece loses an eighth of the bus to rows. */
#define PARTIAL_BURSTS 1

/* How a box lies in memory: runs of contiguous bytes, `gap_bytes` from one to the next, so many
 * side by side; and then others elsewhere. */
struct box_runs {
	uint64_t run_bytes, gap_bytes, side_by_side;
};

/* The dimension whose elements lie `stride` apart, or -1. */
static int dim_at_stride(const struct shape *s, const struct placement *place, uint64_t stride)
{
	for (unsigned d = 0; d < s->n_dims; d++)
		if (place->stride[d] == stride && s->dims[d] > 1)
			return (int)d;
	return -1;
}

static void box_runs(const struct plan *p, uint32_t tensor, const int64_t *extent,
		     struct box_runs *out)
{
	const struct shape *s = graph_shape(p->graph, tensor);
	uint64_t bits = dtype_bits(p->graph->tensors[tensor].dtype), run = 1, stride = 1;
	struct placement place;
	int d;

	tensor_placement(p->graph, tensor, &place);
	while ((d = dim_at_stride(s, &place, stride)) >= 0) {
		run *= (uint64_t)extent[d];
		stride *= s->dims[d];
		if (extent[d] < (int64_t)s->dims[d])
			break;
	}
	d = d < 0 ? -1 : dim_at_stride(s, &place, stride);
	out->run_bytes = ceil_div_u64(run * bits, 8);
	out->gap_bytes = stride * bits / 8;
	out->side_by_side = d < 0 ? 1 : (uint64_t)extent[d];
}

/* Part of a packet: it cannot go faster than its rows are opened, and brings less work to hide
 * that behind. */
static uint64_t partial_bus_bytes(const struct plan *p, uint64_t bursts)
{
	return max_u64((bursts + PARTIAL_BURSTS) * p->pace.burst_bytes,
		       min_u64(bursts, PACKET_ROWS) * p->pace.act_bytes);
}

/* A piece of a packet crosses the port, and leaves the unit, in whole cycles. */
static void add_piece(const struct plan *p, uint64_t bytes, uint64_t times, struct box_cost *c)
{
	const struct machine *m = p->machine;
	uint64_t bursts = ceil_div_u64(bytes, p->pace.burst_bytes);

	bytes = bursts * p->pace.burst_bytes;
	c->bus_bytes += times * (bytes == m->packet_bytes ? bytes : partial_bus_bytes(p, bursts));
	c->port_cycles += times * ceil_div_u64(bytes, m->noc_core_bytes_per_cycle);
	c->dma_cycles += times * ceil_div_u64(bytes, m->dma_bytes_per_cycle);
}

/* Runs that lie close together share packets: `r` once, side by side. */
static void add_sharing(const struct plan *p, const struct box_runs *r, uint64_t times,
			struct box_cost *c)
{
	uint64_t packet = p->machine->packet_bytes, burst = p->pace.burst_bytes;
	uint64_t packets = ceil_div_u64((r->side_by_side - 1) * r->gap_bytes + r->run_bytes, packet);
	uint64_t bytes = r->gap_bytes <= burst
				 ? r->side_by_side * r->gap_bytes
				 : r->side_by_side * round_up_u64(r->run_bytes, burst);

	add_piece(p, min_u64(ceil_div_u64(bytes, packets), packet), times * packets, c);
}

struct box_cost box_cost(const struct plan *p, uint32_t tensor, const int64_t *extent)
{
	uint64_t packet = p->machine->packet_bytes, runs;
	struct box_cost c = {0, 0, 0};
	struct box_runs r;

	box_runs(p, tensor, extent, &r);
	if (r.run_bytes == 0)
		return c;
	runs = ceil_div_u64(phase_extent_bytes(p, tensor, extent), r.run_bytes);
	if (r.gap_bytes < packet && r.side_by_side > 1) {
		add_sharing(p, &r, ceil_div_u64(runs, r.side_by_side), &c);
	} else {
		if (r.run_bytes >= packet)
			add_piece(p, packet, runs * (r.run_bytes / packet), &c);
		if (r.run_bytes % packet != 0)
			add_piece(p, r.run_bytes % packet, runs, &c);
	}
	c.port_cycles = mul_div_u64(c.port_cycles, p->machine->core_hz, p->machine->noc_hz);
	return c;
}
