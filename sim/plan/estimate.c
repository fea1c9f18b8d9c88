/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tiling should cost, in core cycles, from the machine's description alone: the
 * busiest resource, plus what no overlap hides.  The simulation then tells; the estimate
 * only has to rank tilings.  Integers throughout.
 */
#include "plan/box.h"
#include "plan/internal.h"

#include <string.h>

#define SUM_BITS 32
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
	uint64_t drain; /* vector cycles that are not spent inside a product's chunk loop */
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

/* Of something that is done for all of a masked product, what is done for what its mask hides. */
static uint64_t hidden_share(const struct node *n, uint64_t all)
{
	struct region red;

	op_whole_red(&n->info, &red);
	return all - mul_div_u64(all, n->info.macs,
				 region_elements(&n->info.out) * region_elements(&red));
}

/* Of tiles, what a mask leaves; of large ones more, since whole rows and columns alone are left
 * out of them. */
static uint64_t masked_cycles(const struct node *n, uint64_t cycles)
{
	unsigned rows = n->info.out.n_dims - 2, columns = rows + 1;
	const int64_t *whole = n->info.out.hi;
	uint64_t hidden = hidden_share(n, cycles);

	return cycles - hidden +
	       min_u64(mul_div_u64(hidden, (uint64_t)n->extent[rows], (uint64_t)whole[rows]),
		       mul_div_u64(hidden, (uint64_t)n->extent[columns], (uint64_t)whole[columns]));
}

static void add_matrix(const struct plan *p, const struct phase *ph, const struct node *n,
		       const int64_t *extent, struct tile_cycles *c)
{
	uint64_t times = n->n_chunks * n->n_taps, width = dtype_bits(n->info.matrix_dtype);
	struct matrix_work w;
	uint64_t cycles;

	if (n->chunk_of != NONE)
		times *= ph->nodes[n->chunk_of].n_chunks;
	if (n->online != NONE)
		c->vector += online_cycles(p, ph, n);
	product_of(n, extent, &w);
	cycles = times *
		 machine_matrix_cycles(p->machine, n->info.matrix_dtype, w.m, w.k, w.n, w.batches);
	c->matrix += n->info.mask_window > 0 ? masked_cycles(n, cycles) : cycles;
	c->port_bytes += times * w.batches * (w.m + w.n) * w.k * width / 8;
}

/* Of a tile at the head of a strip, or of one behind it, which finds some rows made. */
static struct tile_cycles tile_cycles(const struct plan *p, const struct phase *ph, bool is_head)
{
	struct tile_cycles c = {0, 0, 0, 0};

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];
		uint64_t times = n->chunk_of == NONE ? 1 : ph->nodes[n->chunk_of].n_chunks;
		const int64_t *extent = is_head ? n->extent : n->work;
		uint64_t vector = times * node_vector_cycles(p, n, extent);
		uint32_t t = node_tensor(p, n);

		if (n->is_matrix)
			add_matrix(p, ph, n, extent, &c);
		if (n->cluster == i)
			vector += times * p->machine->vector_startup_cycles *
				  (n->cluster == ph->sliced ? ph->tiling.n_slices : 1);
		c.vector += vector;
		c.drain += n->chunk_of == NONE ? vector : 0;
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
	c.drain = (head.drain + (tiles - 1) * c.drain) / tiles;
	c.port_bytes = (head.port_bytes + (tiles - 1) * c.port_bytes) / tiles;
	return c;
}

/* What a phase moves.  The memory's bytes count for the time that they take of its buses; cycles
 * are those of a core's ports and DMA units. */
struct flows {
	uint64_t read_bus_bytes, write_bus_bytes; /* of the device */
	uint64_t load_cycles, store_cycles;
	uint64_t loads, stores; /* commands of a core */
	uint64_t rounds;        /* loads of its most frequent stream */
	uint64_t first_loads, first_cycles; /* of a core, before its first tile can start */
	uint64_t first_bus_bytes;           /* of the device */
	uint64_t found_cycles; /* of the bus: writes of the phase before that are still queued */
};

static uint64_t core_cycles(const struct box_cost *c)
{
	return max_u64(c->port_cycles, c->dma_cycles);
}

/* Loads of a stream; of one that is left where a mask hides all, for the other tiles. */
static uint64_t seen_loads(const struct phase *ph, const struct stream *s, uint64_t loads)
{
	const struct node *n = &ph->nodes[s->node];
	unsigned rows = n->info.out.n_dims - 2, columns = rows + 1;
	const int64_t *whole = n->info.out.hi;
	uint64_t hidden;

	if (!stream_leaves_hidden(ph, s))
		return loads;
	hidden = hidden_share(n, loads);
	return loads - hidden +
	       min_u64(hidden,
		       mul_div_u64(hidden, (uint64_t)n->extent[rows], (uint64_t)whole[rows]) +
			       mul_div_u64(hidden, (uint64_t)n->extent[columns],
					   (uint64_t)whole[columns]));
}

static void add_streams(const struct plan *p, const struct phase *ph, struct flows *f)
{
	for (size_t i = 0; i < ph->n_streams; i++) {
		const struct stream *s = &ph->streams[i];
		struct stream_loads n = stream_loads(p, ph, s);
		uint64_t loads = seen_loads(ph, s, n.core), device = seen_loads(ph, s, n.device);
		uint64_t heads = loads / ph->tiling.strip_tiles, bus;
		uint64_t device_heads = device / ph->tiling.strip_tiles;
		struct box_cost head, rest;

		if (loads == 0)
			continue;
		head = rest = box_cost(p, s->tensor, s->extent);
		if (ph->tiling.strip_tiles > 1)
			rest = box_cost(p, s->tensor, s->work);
		bus = device_heads * head.bus_bytes + (device - device_heads) * rest.bus_bytes;
		f->read_bus_bytes += bus;
		f->load_cycles += heads * core_cycles(&head) + (loads - heads) * core_cycles(&rest);
		f->loads += loads;
		f->rounds = max_u64(f->rounds, loads);
		f->first_loads++;
		f->first_cycles += core_cycles(&head);
		f->first_bus_bytes += bus / loads;
	}
}

/* Tiles that the busiest core works through. */
static uint64_t core_tiles(const struct tiling *t)
{
	return tiling_core_tiles(t) * t->channel_tiles_per_column;
}

static void add_stores(const struct plan *p, const struct phase *ph, struct flows *f)
{
	const struct tiling *t = &ph->tiling;
	uint64_t tiles = t->spatial_tiles * t->channel_tiles;

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];
		struct box_cost box;

		if (!n->is_stored)
			continue;
		box = box_cost(p, node_tensor(p, n), n->extent);
		f->write_bus_bytes += tiles * box.bus_bytes;
		f->store_cycles += core_tiles(t) * core_cycles(&box);
		f->stores += core_tiles(t) * (n->cluster == ph->sliced ? t->n_slices : 1);
	}
}

static uint64_t ps_cycles(const struct machine *m, uint64_t ps)
{
	return mul_div_u64(ps, m->core_hz, 1000000000000);
}

/* Cycles of the data buses for so many bytes, refreshes included, turnarounds not. */
static uint64_t bus_cycles(const struct plan *p, uint64_t bytes)
{
	const struct machine *m = p->machine;

	return mul_div_u64(mul_div_u64(bytes, 1000000, 1000000 - p->pace.refresh_ppm), m->core_hz,
			   machine_hbm_peak_bytes_per_s(m));
}

/*
 * Turning the buses: once for every batch of writes.  While a batch goes, more writes arrive, as
 * many as their share of the traffic is; it ends when those are gone, too.
 */
static uint64_t turn_cycles(const struct plan *p, const struct flows *f)
{
	uint64_t batch, total = f->read_bus_bytes + f->write_bus_bytes;

	if (f->read_bus_bytes == 0 || f->write_bus_bytes == 0 || p->pace.turn_ps == 0)
		return 0;
	batch = mul_div_u64(p->pace.batch_bytes * p->pace.pseudo_channels, total,
			    f->read_bus_bytes);
	return ps_cycles(p->machine, mul_div_u64(f->write_bus_bytes, p->pace.turn_ps, batch));
}

static uint64_t hbm_cycles(const struct plan *p, const struct flows *f)
{
	return bus_cycles(p, f->read_bus_bytes + f->write_bus_bytes) + turn_cycles(p, f) +
	       f->found_cycles;
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
static uint64_t ring_cycles(const struct plan *p, const struct phase *ph, const struct flows *f,
			    uint64_t work_cycles)
{
	uint64_t slots = ring_slots(ph);

	if (slots == UINT64_MAX)
		return 0;
	return (f->rounds * p->latency.load + work_cycles +
		max_u64(f->load_cycles, hbm_cycles(p, f))) /
	       slots;
}

/* The same ring for results: made, stored, free again. */
static uint64_t store_ring_cycles(const struct plan *p, const struct phase *ph,
				  const struct flows *f, uint64_t work_cycles)
{
	uint64_t slots = UINT64_MAX, rounds = core_tiles(&ph->tiling) * ph->tiling.n_slices;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].is_stored)
			slots = min_u64(slots, ph->buffers[ph->nodes[i].buffer].slots);
	if (slots == UINT64_MAX || rounds <= slots)
		return 0;
	return (rounds * p->latency.store + work_cycles +
		max_u64(f->store_cycles, hbm_cycles(p, f))) /
	       slots;
}

/* Storing results of one step, a slice or a tile of every core; `in_flight` at a time. */
static uint64_t slice_store_cycles(const struct plan *p, const struct flows *f, uint64_t in_flight)
{
	if (f->stores == 0)
		return 0;
	return p->latency.store / in_flight +
	       max_u64(f->store_cycles / f->stores, bus_cycles(p, f->write_bus_bytes) / f->stores);
}

/*
 * With one set of sums, the next tile's products wait until the last slice of this one is
 * worked off; slices beyond the staging buffers wait for stores.
 */
static uint64_t drain_cycles(const struct plan *p, const struct phase *ph, const struct flows *f,
			     const struct tile_cycles *c)
{
	const struct tiling *t = &ph->tiling;
	uint64_t slots = 1;
	bool is_single = false;

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];

		is_single |= n->is_matrix && ph->buffers[n->sums].slots == 1;
		if (n->is_stored && n->cluster == ph->sliced)
			slots = ph->buffers[n->buffer].slots;
	}
	if (!is_single)
		return 0;
	return c->drain + (t->n_slices > slots
				   ? (t->n_slices - slots) * slice_store_cycles(p, f, slots)
				   : 0);
}

uint64_t phase_hbm_bytes(const struct plan *p, const struct phase *ph)
{
	uint64_t tiles = ph->tiling.spatial_tiles * ph->tiling.channel_tiles, bytes = 0;

	for (size_t i = 0; i < ph->n_streams; i++) {
		const struct stream *s = &ph->streams[i];
		uint64_t device = seen_loads(ph, s, stream_loads(p, ph, s).device);
		uint64_t heads = device / ph->tiling.strip_tiles;

		bytes += heads * phase_extent_bytes(p, s->tensor, s->extent) +
			 (device - heads) * phase_extent_bytes(p, s->tensor,
							       ph->tiling.strip_tiles > 1
								       ? s->work
								       : s->extent);
	}
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].is_stored)
			bytes += tiles * phase_extent_bytes(p, node_tensor(p, &ph->nodes[i]),
							    ph->nodes[i].extent);
	return bytes;
}

/* Traffic hidden behind compute still counts, a half: it is energy, and the first thing
 * to hurt when the estimate is wrong. */
#define HIDDEN_TRAFFIC_SHARE 2

static uint64_t score(uint64_t cycles, uint64_t hbm)
{
	return cycles + hbm / HIDDEN_TRAFFIC_SHARE;
}

uint64_t phase_least_score(const struct plan *p, const struct phase *ph)
{
	uint64_t tiles = core_tiles(&ph->tiling), hbm;
	struct tile_cycles c = mean_tile_cycles(p, ph);
	struct flows f;

	memset(&f, 0, sizeof(f));
	add_streams(p, ph, &f);
	add_stores(p, ph, &f);
	hbm = hbm_cycles(p, &f);
	return score(max_u64(max_u64(hbm, tiles * max_u64(c.matrix, c.vector)),
			     max_u64(f.load_cycles, f.store_cycles)),
		     hbm);
}

/* A core that does one thing after the other; the machine still has its memory to share. */
static uint64_t serial_cycles(const struct plan *p, const struct phase *ph, const struct flows *f,
			      const struct tile_cycles *c)
{
	return max_u64(hbm_cycles(p, f),
		       f->loads * p->latency.load + f->load_cycles +
			       core_tiles(&ph->tiling) * (c->matrix + c->vector) +
			       f->stores * p->latency.store + f->store_cycles);
}

/* Work on the last tile once its last load is there: a product's last chunk, and what drains it. */
static uint64_t last_tile_cycles(const struct phase *ph, const struct tile_cycles *c)
{
	uint64_t chunks = 1;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].is_matrix)
			chunks = max_u64(chunks, ph->nodes[i].n_chunks * ph->nodes[i].n_taps);
	return (c->matrix + c->vector - c->drain) / chunks +
	       c->drain / (c->matrix > 0 ? ph->tiling.n_slices : 1);
}

/*
 * Movement and work hide each other only as far as the slots between them even out their pauses:
 * of two that take equally long, a quarter of one in slots + 2 parts is not hidden (two machines
 * with so many places between them, whose times vary by half of what they take); of unequal ones
 * less, since the slower one hardly waits.
 */
static uint64_t unhidden_cycles(const struct phase *ph, uint64_t less, uint64_t more)
{
	uint64_t slots = ring_slots(ph);

	if (slots == UINT64_MAX || more == 0)
		return 0;
	return mul_div_u64(mul_div_u64(less, less, more), less, more) / (4 * (slots + 2));
}

static unsigned log2_ceil(uint64_t n)
{
	return n <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(n - 1);
}

/* Cores that take a load of the stream together. */
static uint64_t stream_members(const struct plan *p, const struct phase *ph, const struct stream *s)
{
	const struct tiling *t = &ph->tiling;
	uint64_t cores = min_u64(t->rows, t->spatial_tiles) * t->columns;
	struct stream_loads n = stream_loads(p, ph, s);

	return n.device == 0 ? 0 : n.core * cores / n.device;
}

/* A step waits for a load's latency, but for what the slots hide of it. */
static uint64_t load_waits(const struct plan *p, const struct phase *ph, const struct stream *s)
{
	uint64_t loads = stream_core_loads(ph, s);

	return loads < 2 ? 0
			 : (loads - 1) * p->latency.load / max_u64(ph->buffers[s->buffer].slots, 2);
}

/*
 * A load that several cores take together starts when the last of them is ready for it: the more
 * cores, the later, up to about a load's latency for sixteen.
 */
static uint64_t together_cycles(const struct plan *p, const struct phase *ph)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ph->n_streams; i++)
		sum += load_waits(p, ph, &ph->streams[i]) *
		       log2_ceil(stream_members(p, ph, &ph->streams[i])) / 4;
	return sum;
}

/* Were each load that cores take together late: of tilings that should take equally long, that
 * with fewer such loads is the safer one. */
static uint64_t waits_at_worst(const struct plan *p, const struct phase *ph)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ph->n_streams; i++)
		if (stream_members(p, ph, &ph->streams[i]) > 1)
			sum += load_waits(p, ph, &ph->streams[i]);
	return sum;
}

/* What is lost where neither movement nor work goes on without a pause. */
static uint64_t lost_cycles(const struct plan *p, const struct phase *ph, uint64_t movement,
			    uint64_t work)
{
	uint64_t less = min_u64(movement, work), more = max_u64(movement, work);

	if (more == 0)
		return 0;
	return mul_div_u64(mul_div_u64(together_cycles(p, ph), less, more), less, more) +
	       unhidden_cycles(ph, less, more);
}

/*
 * The longest way through the pipeline: for each resource what comes before its first use, all
 * its work without a pause, and what is left to do after its last.  Work on a tile holds what was
 * loaded for it for `held_cycles`.
 */
static uint64_t pipeline_cycles(const struct plan *p, const struct phase *ph,
				const struct flows *f, const struct tile_cycles *c,
				uint64_t held_cycles)
{
	const struct machine *m = p->machine;
	uint64_t tiles = core_tiles(&ph->tiling), hbm = hbm_cycles(p, f);
	uint64_t fill = f->first_loads == 0
				? 0
				: p->latency.load + (f->first_loads - 1) * p->latency.setup +
					  max_u64(f->first_cycles,
						  bus_cycles(p, f->first_bus_bytes));
	uint64_t last_tile = last_tile_cycles(ph, c), last_store = slice_store_cycles(p, f, 1);
	uint64_t before_last = bus_cycles(p, f->write_bus_bytes) / tiles * (tiles - 1);
	uint64_t rings = max_u64(ring_cycles(p, ph, f, tiles * held_cycles),
				 store_ring_cycles(p, ph, f, tiles * c->vector));
	uint64_t longest, way;

	/* the bus pauses while the last tile is worked on, unless earlier stores fill it */
	longest = (f->first_loads == 0 ? 0 : p->latency.load) + hbm +
		  (last_tile > before_last ? last_tile - before_last : 0) +
		  (f->stores == 0 ? 0 : p->latency.store);
	way = (f->first_loads == 0 ? 0 : p->latency.load) + f->loads * p->latency.setup +
	      f->load_cycles + last_tile + last_store;
	longest = max_u64(longest, way);
	way = fill + tiles * (c->matrix + drain_cycles(p, ph, f, c)) +
	      c->drain / ph->tiling.n_slices + last_store;
	longest = max_u64(longest, way);
	longest = max_u64(longest, fill + c->matrix + tiles * c->vector + last_store);
	longest = max_u64(longest, fill + c->matrix + f->stores * p->latency.setup +
					   f->store_cycles + last_store);
	longest = max_u64(longest, fill + tiles * c->port_bytes / m->spad_bytes_per_cycle);
	return max_u64(longest, fill + rings + last_store) +
	       lost_cycles(p, ph, max_u64(hbm, f->load_cycles), tiles * max_u64(c->matrix, c->vector));
}

/* Of a phase with such flows; `worst`: as its score counts it. */
static uint64_t flow_cycles(const struct plan *p, const struct phase *ph, const struct flows *f,
			    uint64_t *worst)
{
	struct tile_cycles c = mean_tile_cycles(p, ph);

	if (p->machine->buffering == 1)
		return *worst = serial_cycles(p, ph, f, &c);
	*worst = pipeline_cycles(p, ph, f, &c, c.matrix + c.vector) + waits_at_worst(p, ph);
	return pipeline_cycles(p, ph, f, &c, max_u64(c.matrix, c.vector));
}

void phase_estimate(const struct plan *p, struct phase *ph)
{
	struct flows f = {0};
	uint64_t worst;

	add_streams(p, ph, &f);
	add_stores(p, ph, &f);
	ph->tiling.estimate_cycles = flow_cycles(p, ph, &f, &worst);
	ph->tiling.score = score(worst, hbm_cycles(p, &f));
}

uint64_t phase_estimate_queued(const struct plan *p, const struct phase *ph, bool is_last,
			       uint64_t *queued_cycles)
{
	struct flows f = {0};
	uint64_t cycles, alone, held, worst;

	add_streams(p, ph, &f);
	add_stores(p, ph, &f);
	/* they are worked off while the first loads are on their way */
	f.found_cycles = *queued_cycles - min_u64(*queued_cycles, p->latency.load);
	alone = flow_cycles(p, ph, &f, &worst);
	if (is_last)
		return alone;
	held = bus_cycles(p, min_u64(p->pace.held_bytes, f.write_bus_bytes));
	f.write_bus_bytes -= min_u64(p->pace.queued_bytes, f.write_bus_bytes);
	cycles = flow_cycles(p, ph, &f, &worst);
	*queued_cycles = max_u64(held, alone - cycles);
	return cycles;
}
