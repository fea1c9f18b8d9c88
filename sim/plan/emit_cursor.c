/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a core stands: its place in the grid of cores, the tile under its loops, and the
 * other cores that need the same bytes at the same step.
 */
#include "plan/emit.h"

#include "base/mem.h"

#include <string.h>

bool core_place(const struct phase *ph, uint32_t core, uint64_t *row, uint64_t *column)
{
	*row = core / ph->tiling.columns;
	*column = core % ph->tiling.columns;
	return *row < ph->tiling.rows;
}

uint64_t spatial_iterations(const struct phase *ph, uint64_t row)
{
	const struct tiling *t = &ph->tiling;
	uint64_t strips = tiling_strips(t);

	return row < strips ? ceil_div_u64(strips - row, t->rows) * t->strip_tiles : 0;
}

uint64_t channel_iterations(const struct phase *ph, uint64_t column)
{
	const struct tiling *t = &ph->tiling;
	uint64_t first = column * t->channel_tiles_per_column;

	return first < t->channel_tiles
		       ? min_u64(t->channel_tiles - first, t->channel_tiles_per_column)
		       : 0;
}

uint64_t cursor_spatial(const struct phase *ph, const struct core_cursor *c)
{
	return ph->tiling.channel_outer ? c->inner : c->outer;
}

uint64_t cursor_channel(const struct phase *ph, const struct core_cursor *c)
{
	return ph->tiling.channel_outer ? c->outer : c->inner;
}

void tile_coordinate(const struct phase *ph, uint64_t row, uint64_t column, uint64_t spatial,
		     uint64_t channel, uint64_t *coordinate)
{
	const struct tiling *t = &ph->tiling;
	uint64_t strip = spatial / t->strip_tiles * t->rows + row;

	for (unsigned i = 0; i < t->n_inner; i++) {
		unsigned d = t->inner[i];
		bool slides = (int)d == ph->slide;
		uint64_t n = slides ? t->segments : t->grid[d];

		coordinate[d] = slides ? strip % n * t->strip_tiles + spatial % t->strip_tiles
				       : strip % n;
		strip /= n;
	}
	if (t->channel_dim >= 0)
		coordinate[t->channel_dim] = column * t->channel_tiles_per_column + channel;
}

static struct multicast_group *new_group(struct emitter *e, const struct phase *ph,
					 struct multicast_group shape)
{
	struct multicast_group *g = xmalloc(sizeof(*g));
	uint16_t *cores = xcalloc((size_t)shape.rows * shape.columns, sizeof(*cores));
	uint32_t n = 0;

	for (uint32_t r = 0; r < shape.rows; r++)
		for (uint32_t k = 0; k < shape.columns; k++)
			cores[n++] =
				(uint16_t)((shape.row + r) * ph->tiling.columns + shape.column + k);
	*g = shape;
	g->members = (struct multicast){.id = (uint32_t)e->n_groups, .n_cores = n, .cores = cores};
	GROW(e->groups, e->n_groups, e->groups_capacity);
	e->groups[e->n_groups++] = g;
	return g;
}

const struct multicast *find_multicast(struct emitter *e, const struct phase *ph,
				       const struct core_cursor *c, const struct stream *s)
{
	struct loops l = stream_loops(ph, s);
	uint64_t row, column, rows = 1, columns = 1;
	uint64_t spatial = cursor_spatial(ph, c), channel = cursor_channel(ph, c);
	struct multicast_group shape;

	core_place(ph, c->core, &row, &column);
	memset(&shape, 0, sizeof(shape));
	shape.grid_columns = ph->tiling.columns;
	shape.row = (uint32_t)row;
	shape.column = (uint32_t)column;
	if (!l.follows_spatial) {
		shape.row = 0;
		rows = min_u64(ph->tiling.rows,
			       tiling_strips(&ph->tiling) -
				       spatial / ph->tiling.strip_tiles * ph->tiling.rows);
	}
	if (!l.follows_channel) {
		shape.column = 0;
		for (columns = 0;
		     columns < ph->tiling.columns && channel_iterations(ph, columns) > channel;)
			columns++;
	}
	shape.rows = (uint32_t)rows;
	shape.columns = (uint32_t)columns;
	if (e->plan->machine->noc_multicast != NOC_MULTICAST_ON || rows * columns == 1)
		return NULL;
	for (size_t i = e->n_groups; i-- > 0;) {
		const struct multicast_group *g = e->groups[i];

		if (g->row == shape.row && g->rows == shape.rows && g->column == shape.column &&
		    g->columns == shape.columns && g->grid_columns == shape.grid_columns)
			return &g->members;
	}
	return &new_group(e, ph, shape)->members;
}
