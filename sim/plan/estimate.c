/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tiling should cost, in core cycles, from the machine's description alone: the
 * busiest resource, plus what no overlap hides.  The simulation then tells; the estimate
 * only has to rank tilings.  Integers throughout.
 */
#include "plan/internal.h"

#include <string.h>

/* Share of peak that streams keep after refresh and turnarounds: assumed 90 %. */
#define HBM_PERCENT 90
/* A packet that is not full costs so many bursts more, and at least so many: its rows are
 * opened for less. */
#define PARTIAL_BURSTS 2
#define LEAST_BURSTS 6
/* Unloaded time from a load's issue to its first data, beyond set-up: assumed. */
#define MEMORY_LATENCY_PS 400000
/* A store is over once its last packet is accepted: half of a load's latency, assumed. */
#define STORE_SHARE 2
#define SUM_BITS 32

/* Contiguous bytes of a box of these extents in the tensor's memory order. */
static uint64_t run_bytes(const struct plan *p, uint32_t tensor, const int64_t *extent)
{
	const struct shape *s = graph_shape(p->graph, tensor);
	struct placement place;
	uint64_t run = 1;

	tensor_placement(p->graph, tensor, &place);
	for (unsigned n = 0; n < s->n_dims; n++) {
		uint64_t before = run;

		for (unsigned d = 0; d < s->n_dims; d++)
			if (place.stride[d] == run && s->dims[d] > 1) {
				run *= (uint64_t)extent[d];
				if (extent[d] < (int64_t)s->dims[d])
					return ceil_div_u64(
						run * dtype_bits(p->graph->tensors[tensor].dtype),
						8);
				break;
			}
		if (run == before)
			break;
	}
	return ceil_div_u64(run * dtype_bits(p->graph->tensors[tensor].dtype), 8);
}

/* Time of one box on the memory's data buses, in bytes of bus time. */
static uint64_t bus_bytes(const struct plan *p, uint32_t tensor, const int64_t *extent)
{
	uint64_t bytes = phase_extent_bytes(p, tensor, extent), run = run_bytes(p, tensor, extent);
	uint64_t burst = machine_burst_bytes(p->machine), packet = p->machine->packet_bytes;
	uint64_t moved;

	if (run == 0)
		return 0;
	moved = run / packet * packet;
	if (run % packet != 0)
		moved += min_u64(max_u64(round_up_u64(run % packet, burst) + PARTIAL_BURSTS * burst,
					 LEAST_BURSTS * burst),
				 packet);
	return moved * ceil_div_u64(bytes, run);
}

static uint64_t vector_cost(const struct machine *m, const struct vector_cost *c)
{
	const uint64_t cost[N_VECTOR_CLASSES] = {
		[VECTOR_ADD] = m->vector_cost_add,       [VECTOR_MUL] = m->vector_cost_mul,
		[VECTOR_EXP] = m->vector_cost_exp,       [VECTOR_DIV] = m->vector_cost_div,
		[VECTOR_REDUCE] = m->vector_cost_reduce, [VECTOR_CONVERT] = m->vector_cost_convert,
		[VECTOR_MOVE] = m->vector_cost_move,
	};
	uint64_t sum = 0;

	for (unsigned v = 0; v < N_VECTOR_CLASSES; v++)
		sum += cost[v] * c->n[v];
	return sum;
}

/* Vector cycles of node n over a region of its extents. */
static uint64_t node_vector_cycles(const struct plan *p, const struct node *n,
				   const int64_t *extent)
{
	uint32_t t = node_tensor(p, n);
	uint64_t bytes = phase_extent_bytes(p, t, extent), cost = 0, points = 1;

	if (n->pass == PASS_STATS)
		cost = vector_cost(p->machine, &n->info.stats);
	else if (n->pass == PASS_APPLY)
		cost = vector_cost(p->machine, &n->info.apply);
	else if (n->pass == PASS_ONLINE)
		cost = vector_cost(p->machine, &n->info.online.element);
	else {
		for (unsigned r = 0; r < n->info.n_red && !n->is_matrix; r++)
			points *= n->info.red[r];
		cost = vector_cost(p->machine, &n->info.per_output) +
		       (n->is_matrix ? 0 : points * vector_cost(p->machine, &n->info.per_reduced));
	}
	return ceil_div_u64(bytes * cost, p->machine->vector_bytes_per_cycle);
}

/* Cycles of the units of one core for one tile. */
struct tile_cycles {
	uint64_t matrix, vector, port_bytes;
};

static void product_of(const struct node *n, const int64_t *extent, struct matrix_work *work)
{
	struct region out = {.n_dims = n->info.out.n_dims}, red;

	for (unsigned d = 0; d < out.n_dims; d++)
		out.hi[d] = extent[d];
	op_whole_red(&n->info, &red);
	if (n->info.contract_axis >= 0)
		red.hi[n->info.contract_axis] = (int64_t)n->chunk;
	if (n->n_taps > 1)
		red.hi[n->tap_axis] = 1;
	op_matrix_work(&n->info, &out, &red, work);
}

/* What an online normalisation adds to its product's vector work. */
static uint64_t online_cycles(const struct plan *p, const struct phase *ph, const struct node *n)
{
	const struct machine *m = p->machine;
	const struct online_cost *cost = &ph->nodes[n->online].info.online;
	uint64_t bytes = phase_extent_bytes(p, node_tensor(p, n), n->extent);
	uint64_t sums = bytes * SUM_BITS / dtype_bits(p->graph->tensors[node_tensor(p, n)].dtype);
	uint64_t rescale = vector_cost(m, &cost->rescale);

	return ceil_div_u64(bytes * vector_cost(m, &cost->finish), m->vector_bytes_per_cycle) +
	       (rescale == 0 ? 0
			     : (n->n_chunks - 1) *
				       (m->vector_startup_cycles +
					ceil_div_u64(sums * rescale, m->vector_bytes_per_cycle)));
}

static void add_matrix(const struct plan *p, const struct phase *ph, const struct node *n,
		       const int64_t *extent, struct tile_cycles *c)
{
	uint64_t times = n->n_chunks * n->n_taps, width = dtype_bits(n->info.matrix_dtype);
	struct matrix_work w;
	struct region red;
	uint64_t cycles;

	if (n->chunk_of != NONE)
		times *= ph->nodes[n->chunk_of].n_chunks;
	if (n->online != NONE)
		c->vector += online_cycles(p, ph, n);
	product_of(n, extent, &w);
	cycles = times *
		 machine_matrix_cycles(p->machine, n->info.matrix_dtype, w.m, w.k, w.n, w.batches);
	op_whole_red(&n->info, &red);
	if (n->info.mask_window > 0) /* of all tiles, what the mask leaves */
		cycles = mul_div_u64(cycles, n->info.macs,
				     region_elements(&n->info.out) * region_elements(&red));
	c->matrix += cycles;
	c->port_bytes += times * w.batches * (w.m + w.n) * w.k * width / 8;
}

/* Of a tile at the head of a strip, or of one behind it, which finds some rows made. */
static struct tile_cycles tile_cycles(const struct plan *p, const struct phase *ph, bool is_head)
{
	struct tile_cycles c = {0, 0, 0};

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];
		uint64_t times = n->chunk_of == NONE ? 1 : ph->nodes[n->chunk_of].n_chunks;
		const int64_t *extent = is_head ? n->extent : n->work;
		uint32_t t = node_tensor(p, n);

		if (n->is_matrix)
			add_matrix(p, ph, n, extent, &c);
		c.vector += times * node_vector_cycles(p, n, extent);
		if (n->cluster == i)
			c.vector += times * p->machine->vector_startup_cycles *
				    (n->cluster == ph->sliced ? ph->tiling.n_slices : 1);
		c.port_bytes += 2 * times * phase_extent_bytes(p, t, extent);
	}
	return c;
}

/* Over the tiles of a strip. */
static struct tile_cycles mean_tile_cycles(const struct plan *p, const struct phase *ph)
{
	uint64_t tiles = ph->tiling.strip_tiles;
	struct tile_cycles head = tile_cycles(p, ph, true), c;

	if (tiles == 1)
		return head;
	c = tile_cycles(p, ph, false);
	c.matrix = (head.matrix + (tiles - 1) * c.matrix) / tiles;
	c.vector = (head.vector + (tiles - 1) * c.vector) / tiles;
	c.port_bytes = (head.port_bytes + (tiles - 1) * c.port_bytes) / tiles;
	return c;
}

struct traffic_estimate {
	uint64_t bus_bytes;   /* of HBM */
	uint64_t load_bytes;  /* into one core's port */
	uint64_t store_bytes; /* out of it */
	uint64_t loads;       /* load commands of a core */
	uint64_t rounds;      /* of its most frequent stream */
	uint64_t first_bytes; /* before the first tile can start */
};

static void add_streams(const struct plan *p, const struct phase *ph, struct traffic_estimate *e)
{
	for (size_t i = 0; i < ph->n_streams; i++) {
		const struct stream *s = &ph->streams[i];
		uint64_t bytes = phase_extent_bytes(p, s->tensor, s->extent);
		uint64_t loads = stream_core_loads(ph, s), device = stream_device_loads(p, ph, s);
		uint64_t heads = loads / ph->tiling.strip_tiles;
		uint64_t device_heads = device / ph->tiling.strip_tiles;

		e->bus_bytes += device_heads * bus_bytes(p, s->tensor, s->extent) +
				(device - device_heads) * bus_bytes(p, s->tensor, s->work);
		e->load_bytes += heads * bytes +
				 (loads - heads) * phase_extent_bytes(p, s->tensor, s->work);
		e->loads += loads;
		e->rounds = max_u64(e->rounds, loads);
		e->first_bytes += loads > 0 ? bytes : 0;
	}
}

static void add_stores(const struct plan *p, const struct phase *ph, struct traffic_estimate *e)
{
	const struct tiling *t = &ph->tiling;
	uint64_t tiles = t->spatial_tiles * t->channel_tiles;
	uint64_t core_tiles = tiling_core_tiles(t) * t->channel_tiles_per_column;

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];
		uint32_t tensor = node_tensor(p, n);

		if (!n->is_stored)
			continue;
		e->bus_bytes += tiles * bus_bytes(p, tensor, n->extent);
		e->store_bytes += core_tiles * phase_extent_bytes(p, tensor, n->extent);
	}
}

static uint64_t hbm_cycles(const struct machine *m, uint64_t bytes)
{
	return mul_div_u64(bytes * 100 / HBM_PERCENT, m->core_hz, machine_hbm_peak_bytes_per_s(m));
}

static uint64_t port_cycles(const struct machine *m, uint64_t bytes)
{
	return mul_div_u64(ceil_div_u64(bytes, m->noc_core_bytes_per_cycle), m->core_hz, m->noc_hz);
}

static uint64_t ps_cycles(const struct machine *m, uint64_t ps)
{
	return mul_div_u64(ps, m->core_hz, 1000000000000);
}

/* Slots of the streams that are loaded again and again: the least of them. */
static uint64_t ring_slots(const struct phase *ph)
{
	uint64_t slots = UINT64_MAX;

	for (size_t i = 0; i < ph->n_streams; i++) {
		const struct stream *s = &ph->streams[i];

		if (!s->is_resident && !s->keeps_all && !s->keeps_chunks && !s->is_shared &&
		    stream_core_loads(ph, s) > ph->buffers[s->buffer].slots)
			slots = min_u64(slots, ph->buffers[s->buffer].slots);
	}
	return slots;
}

/*
 * A slot is filled again once its reader is done with it: around the ring of slots go the
 * load's latency, its transfer, and the work on it.
 */
static uint64_t ring_cycles(const struct plan *p, const struct phase *ph,
			    const struct traffic_estimate *e, uint64_t latency,
			    uint64_t work_cycles)
{
	uint64_t slots = ring_slots(ph);

	if (slots == UINT64_MAX)
		return 0;
	return (e->rounds * latency + work_cycles +
		max_u64(port_cycles(p->machine, e->load_bytes),
			hbm_cycles(p->machine, e->bus_bytes))) /
	       slots;
}

/* The same ring for results: made, stored, free again. */
static uint64_t store_ring_cycles(const struct plan *p, const struct phase *ph,
				  const struct traffic_estimate *e, uint64_t latency,
				  uint64_t tiles, uint64_t work_cycles)
{
	uint64_t slots = UINT64_MAX, rounds = tiles * ph->tiling.n_slices;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].is_stored)
			slots = min_u64(slots, ph->buffers[ph->nodes[i].buffer].slots);
	if (slots == UINT64_MAX || rounds <= slots)
		return 0;
	return (rounds * latency / STORE_SHARE + work_cycles +
		max_u64(port_cycles(p->machine, e->store_bytes),
			hbm_cycles(p->machine, e->bus_bytes))) /
	       slots;
}

/*
 * With one set of sums, the next tile's products wait until the last slice of this one is
 * worked off; slices beyond the staging buffers wait for stores.
 */
static uint64_t drain_cycles(const struct plan *p, const struct phase *ph, uint64_t vector_cycles,
			     uint64_t latency)
{
	const struct tiling *t = &ph->tiling;
	const struct machine *m = p->machine;
	uint64_t bytes = 0, slots = 1, store;
	bool is_single = false;

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];

		is_single |= n->is_matrix && ph->buffers[n->sums].slots == 1;
		if (n->is_stored && n->cluster == ph->sliced) {
			bytes += ph->buffers[n->buffer].slot_bytes;
			slots = ph->buffers[n->buffer].slots;
		}
	}
	if (!is_single)
		return 0;
	store = max_u64(port_cycles(m, bytes), hbm_cycles(m, bytes * t->rows * t->columns));
	return vector_cycles +
	       (t->n_slices > slots
			? (t->n_slices - slots) * (store + latency / STORE_SHARE / slots)
			: 0);
}

uint64_t phase_bus_cycles(const struct plan *p, const struct phase *ph)
{
	struct traffic_estimate e;

	memset(&e, 0, sizeof(e));
	add_streams(p, ph, &e);
	add_stores(p, ph, &e);
	return hbm_cycles(p->machine, e.bus_bytes);
}

uint64_t phase_estimate(const struct plan *p, const struct phase *ph)
{
	const struct machine *m = p->machine;
	const struct tiling *t = &ph->tiling;
	uint64_t tiles = tiling_core_tiles(t) * t->channel_tiles_per_column;
	struct tile_cycles c = mean_tile_cycles(p, ph);
	struct traffic_estimate e;
	uint64_t latency, busiest, loads;

	memset(&e, 0, sizeof(e));
	add_streams(p, ph, &e);
	add_stores(p, ph, &e);
	latency = ps_cycles(m, MEMORY_LATENCY_PS + m->dma_setup_ps);
	loads = e.loads * (ps_cycles(m, m->dma_setup_ps) + 2) +
		e.load_bytes / m->dma_bytes_per_cycle;
	loads = max_u64(loads, port_cycles(m, e.load_bytes));
	if (m->buffering == 1)
		return max_u64(hbm_cycles(m, e.bus_bytes),
			       loads + tiles * (c.matrix + c.vector + 2 * latency) +
				       port_cycles(m, e.store_bytes));
	busiest = max_u64(tiles * (c.matrix + drain_cycles(p, ph, c.vector, latency)),
			  tiles * c.vector);
	busiest = max_u64(busiest, max_u64(hbm_cycles(m, e.bus_bytes), loads));
	busiest = max_u64(busiest, ring_cycles(p, ph, &e, latency, tiles * (c.matrix + c.vector)));
	busiest = max_u64(busiest, store_ring_cycles(p, ph, &e, latency, tiles, tiles * c.vector));
	busiest = max_u64(busiest, max_u64(port_cycles(m, e.store_bytes),
					   tiles * c.port_bytes / m->spad_bytes_per_cycle));
	return busiest + 2 * latency + port_cycles(m, e.first_bytes) +
	       hbm_cycles(m, e.first_bytes * min_u64(t->rows * t->columns, 8)) +
	       c.vector / ph->tiling.n_slices; /* the last results' work, with nothing behind it */
}
