/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks a kernel for each core: phases, tiles, stages, chunks; yields commands a step at a
 * time, so that memory does not grow with the number of tiles.  Every core walks the same
 * loops over its own tiles; that is why the members of a multicast group yield its
 * commands in the same order.
 */
#include "plan/emit.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void release_groups(struct emitter *e)
{
	for (size_t i = 0; i < e->n_groups; i++) {
		free((void *)(uintptr_t)e->groups[i]->members.cores);
		free(e->groups[i]);
	}
	e->n_groups = 0;
}

static void cursor_release_phase(struct core_cursor *c)
{
	free(c->slots);
	free(c->first_slot);
	free(c->stream_slot);
	free(c->stream_loads);
	free(c->stream_frontier);
	free(c->stream_reached);
	free(c->stream_row_bytes);
	c->slots = NULL;
	c->first_slot = NULL;
	c->stream_slot = c->stream_loads = NULL;
	c->stream_frontier = c->stream_reached = NULL;
	c->stream_row_bytes = NULL;
}

static void cursor_enter_phase(const struct phase *ph, struct core_cursor *c)
{
	struct slot *kept = c->slots;
	size_t n = 0;

	c->slots = NULL;
	free(c->first_slot);
	c->first_slot = xcalloc(ph->n_buffers + 1, sizeof(*c->first_slot));
	for (size_t i = 0; i < ph->n_buffers; i++) {
		c->first_slot[i] = n;
		n += ph->buffers[i].slots;
	}
	c->slots = xcalloc(n + 1, sizeof(*c->slots));
	if (ph->takes_resident)
		memcpy(c->slots, kept, ph->buffers[0].slots * sizeof(*kept));
	free(kept);
	free(c->stream_slot);
	free(c->stream_loads);
	c->stream_slot = xcalloc(ph->n_streams + 1, sizeof(*c->stream_slot));
	c->stream_loads = xcalloc(ph->n_streams + 1, sizeof(*c->stream_loads));
	free(c->stream_frontier);
	free(c->stream_reached);
	free(c->stream_row_bytes);
	c->stream_row_bytes = xcalloc(ph->n_streams + 1, sizeof(*c->stream_row_bytes));
	c->stream_frontier = xcalloc(ph->n_streams + 1, sizeof(*c->stream_frontier));
	c->stream_reached = xcalloc(ph->n_streams + 1, sizeof(*c->stream_reached));
	memset(c->value_turn, 0, sizeof(c->value_turn));
	memset(c->sums_slot, 0, sizeof(c->sums_slot));
	c->outer = c->inner = c->chunk = c->tap = 0;
	c->stage = 0;
	c->has_tile = false;
	c->is_open = true;
}

/* At the head of a strip nothing is there yet; later, what the tiles before have left. */
static void enter_strip(const struct phase *ph, struct core_cursor *c)
{
	bool is_head = cursor_spatial(ph, c) % ph->tiling.strip_tiles == 0;

	for (uint32_t i = 0; is_head && i < ph->n_nodes; i++)
		c->frontier[i] = INT64_MIN;
	for (size_t i = 0; i < ph->n_streams; i++) {
		c->stream_reached[i] = is_head ? INT64_MIN : c->stream_reached[i];
		c->stream_frontier[i] = c->stream_reached[i];
	}
}

/* Coordinate of the first tile behind the strip under the cursor. */
static uint64_t strip_end(const struct phase *ph, const struct core_cursor *c)
{
	return round_up_u64(c->coordinate[ph->slide] + 1, ph->tiling.strip_tiles);
}

/* Regions of the tiles behind this one: the next in every dimension, and the first of the next
 * strip; of what several read, the last has to answer for the bytes. */
static void look_ahead(struct emitter *e, const struct phase *ph, struct core_cursor *c)
{
	const struct tiling *t = &ph->tiling;
	bool in_strip = ph->slide >= 0 &&
			(cursor_spatial(ph, c) + 1) % t->strip_tiles != 0;
	uint64_t next[MAX_DIMS];
	struct region tile;

	for (unsigned d = 0; d < ph->space.n_dims; d++)
		next[d] = min_u64(c->coordinate[d] + 1, t->grid[d] - 1);
	tile_region(ph, next, &tile);
	if (in_strip) /* not all tiles need something anew of everything */
		tile.hi[ph->slide] = min_i64((int64_t)(strip_end(ph, c) * t->tile[ph->slide]),
					     ph->space.hi[ph->slide]);
	phase_regions(e->plan, ph, &tile, in_strip ? c->frontier : NULL, &c->next);
	c->has_next_strip = false;
	if (ph->slide < 0)
		return;
	next[ph->slide] = strip_end(ph, c);
	c->has_next_strip = next[ph->slide] < t->grid[ph->slide];
	if (!c->has_next_strip)
		return;
	tile_region(ph, next, &tile);
	phase_regions(e->plan, ph, &tile, NULL, &c->next_strip);
}

/* Nodes that would have something to make, had the tiles before not made it. */
static void find_made(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		      const struct region *tile)
{
	c->made = 0;
	if (ph->slide < 0)
		return;
	phase_regions(e->plan, ph, tile, NULL, &c->next);
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (region_is_empty(&c->regions.value[i]) &&
		    !region_is_empty(&c->next.value[i]))
			c->made |= UINT64_C(1) << i;
}

/* Regions of the tile under the cursor. */
static void enter_tile(struct emitter *e, const struct phase *ph, struct core_cursor *c)
{
	uint64_t row, column;
	struct region tile;

	core_place(ph, c->core, &row, &column);
	tile_coordinate(ph, row, column, cursor_spatial(ph, c), cursor_channel(ph, c),
			c->coordinate);
	tile_region(ph, c->coordinate, &tile);
	enter_strip(ph, c);
	phase_regions(e->plan, ph, &tile, c->frontier, &c->regions);
	advance_frontier(ph, &c->regions, c->frontier);
	find_made(e, ph, c, &tile);
	look_ahead(e, ph, c);
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].sums != NONE)
			next_sums(ph, c, i);
	c->has_tile = true;
}

/* The tiles before have made all that this stage would. */
static bool has_stage(const struct phase *ph, const struct core_cursor *c)
{
	const struct stage *s = &ph->stages[c->stage];
	bool has_some = false;

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		if (s->matrix != NONE ? i != s->matrix : ph->nodes[i].cluster != s->cluster)
			continue;
		if (!region_is_empty(&c->regions.value[i]))
			return false;
		has_some |= c->made >> i & 1;
	}
	return has_some;
}

static void narrow(struct region *r, const struct region *tile, int d, uint64_t slice,
		   uint64_t index)
{
	*r = *tile;
	r->lo[d] = (int64_t)min_u64((uint64_t)(tile->lo[d]) + index * slice, (uint64_t)tile->hi[d]);
	r->hi[d] = (int64_t)min_u64((uint64_t)r->lo[d] + slice, (uint64_t)tile->hi[d]);
}

/* Narrows the sliced cluster's regions to the present slice; false if the tile has none left. */
static bool enter_slice(const struct phase *ph, struct core_cursor *c)
{
	const struct tiling *t = &ph->tiling;
	struct region tile;

	if (ph->stages[c->stage].cluster != ph->sliced || t->slice_dim < 0)
		return true;
	tile_region(ph, c->coordinate, &tile);
	if (tile.lo[t->slice_dim] + (int64_t)(c->chunk * t->slice) >= tile.hi[t->slice_dim])
		return false;
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].cluster == ph->sliced)
			narrow(&c->regions.value[i], &tile, t->slice_dim, t->slice, c->chunk);
	return true;
}

static uint64_t stage_slices(const struct phase *ph, const struct core_cursor *c)
{
	return ph->stages[c->stage].cluster == ph->sliced ? ph->tiling.n_slices : 1;
}

/* Advances the loops by one step; false at the end of the phase. */
static bool next_step(const struct emitter *e, const struct phase *ph, struct core_cursor *c)
{
	const struct node *m = ph->stages[c->stage].matrix == NONE
				       ? NULL
				       : &ph->nodes[ph->stages[c->stage].matrix];
	uint64_t row, column, outer, inner, most_outer, most_inner;

	if (m != NULL && ++c->tap < m->n_taps)
		return true;
	c->tap = 0;
	if (++c->chunk < (m != NULL ? m->n_chunks : stage_slices(ph, c)))
		return true;
	c->chunk = 0;
	if (++c->stage < ph->n_stages)
		return true;
	c->stage = 0;
	c->has_tile = false;
	core_place(ph, c->core, &row, &column);
	phase_sampled_loops(e->plan, ph, &most_outer, &most_inner);
	outer = ph->tiling.channel_outer ? channel_iterations(ph, column)
					 : spatial_iterations(ph, row);
	inner = ph->tiling.channel_outer ? spatial_iterations(ph, row)
					 : channel_iterations(ph, column);
	if (++c->inner < min_u64(inner, most_inner))
		return true;
	c->inner = 0;
	return ++c->outer < min_u64(outer, most_outer);
}

static void leave_phase(struct core_cursor *c)
{
	c->phase++;
	c->is_open = false;
}

static void step(struct emitter *e, struct core_cursor *c)
{
	const struct phase *ph = &e->kernel->phases[c->phase];
	uint64_t row, column;

	if (!c->is_open) {
		if (c->phase > 0)
			emit_barrier(c);
		cursor_enter_phase(ph, c);
		if (!core_place(ph, c->core, &row, &column) || spatial_iterations(ph, row) == 0 ||
		    channel_iterations(ph, column) == 0)
			leave_phase(c);
		else
			emit_preloads(e, ph, c);
		return;
	}
	if (!c->has_tile)
		enter_tile(e, ph, c);
	if (has_stage(ph, c))
		emit_shared(e, ph, c);
	else if (ph->stages[c->stage].matrix != NONE)
		emit_chunk(e, ph, c, ph->stages[c->stage].matrix);
	else if (enter_slice(ph, c))
		emit_cluster(e, ph, c, ph->stages[c->stage].cluster);
	if (!next_step(e, ph, c))
		leave_phase(c);
}

bool emitter_next(struct emitter *e, uint32_t core, struct command *out)
{
	struct core_cursor *c = &e->cores[core];

	while (c->head == c->tail) {
		c->head = c->tail = 0;
		c->n_parts = c->parts_head = 0;
		if (c->phase == e->kernel->n_phases)
			return false;
		step(e, c);
	}
	*out = c->queue[c->head++];
	if (out->unit == UNIT_VECTOR) { /* the array may have moved since */
		out->vector.parts = out->vector.n_parts == 0 ? NULL : c->parts + c->parts_head;
		c->parts_head += out->vector.n_parts;
	}
	return true;
}

void emitter_start(struct emitter *e, const struct kernel_plan *k)
{
	release_groups(e);
	e->kernel = k;
	for (uint32_t i = 0; i < e->n_cores; i++) {
		struct core_cursor *c = &e->cores[i];

		cursor_release_phase(c);
		c->core = i;
		c->phase = 0;
		c->is_open = false;
		c->head = c->tail = 0;
		c->n_parts = c->parts_head = 0;
		c->barrier = 0;
		memset(c->issued, 0, sizeof(c->issued));
	}
}

const struct kernel_plan *emitter_kernel(const struct emitter *e)
{
	return e->kernel;
}

struct emitter *emitter_new(const struct plan *p)
{
	struct emitter *e = xcalloc(1, sizeof(*e));

	e->plan = p;
	e->n_cores = (uint32_t)p->machine->core_count;
	e->cores = xcalloc(e->n_cores, sizeof(*e->cores));
	return e;
}

void emitter_free(struct emitter *e)
{
	if (e == NULL)
		return;
	release_groups(e);
	free(e->groups);
	for (uint32_t i = 0; i < e->n_cores; i++) {
		cursor_release_phase(&e->cores[i]);
		free(e->cores[i].queue);
		free(e->cores[i].parts);
	}
	free(e->cores);
	free(e);
}
