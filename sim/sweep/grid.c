/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers the points of a sweep: a mixed-radix number, the trace its most significant digit. */
#include "sweep/grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool grid_add_axis(struct grid *g, const char *text, struct err *err)
{
	struct axis *a;

	GROW(g->axes, g->n_axes, g->axes_capacity);
	a = &g->axes[g->n_axes++];
	if (!axis_parse(a, text, err))
		return false;
	for (size_t i = 0; i + 1 < g->n_axes; i++) {
		if (strcmp(g->axes[i].path, a->path) == 0)
			return err_set(err, ERR_USAGE, "--vary names %s twice: %s and %s", a->path,
				       g->axes[i].text, text);
	}
	return true;
}

void grid_add_trace(struct grid *g, const char *trace)
{
	GROW(g->traces, g->n_traces, g->traces_capacity);
	g->traces[g->n_traces++] = trace;
}

bool grid_close(struct grid *g, struct err *err)
{
	uint64_t n = g->n_traces;

	for (size_t i = 0; i < g->n_axes; i++) {
		if (!mul_u64(n, g->axes[i].n, &n))
			n = UINT64_MAX;
	}
	if (n > GRID_MAX_POINTS)
		return err_set(err, ERR_LIMIT, "the grid has more than %d points",
			       GRID_MAX_POINTS);
	g->n_points = (size_t)n;
	return true;
}

void grid_release(struct grid *g)
{
	for (size_t i = 0; i < g->n_axes; i++)
		axis_release(&g->axes[i]);
	free(g->axes);
	free(g->traces);
	*g = (struct grid){ .axes = NULL };
}

size_t grid_trace(const struct grid *g, size_t point)
{
	return point / (g->n_points / g->n_traces);
}

const char *grid_value(const struct grid *g, size_t point, size_t axis)
{
	for (size_t i = g->n_axes; i-- > axis + 1;)
		point /= g->axes[i].n;
	return g->axes[axis].values[point % g->axes[axis].n];
}

bool grid_is_setting(const struct grid *g, size_t axis)
{
	return strcmp(g->axes[axis].path, AXIS_SCHEDULE) != 0;
}

enum schedule grid_schedule(const struct grid *g, size_t point)
{
	for (size_t i = 0; i < g->n_axes; i++) {
		for (unsigned s = 0; !grid_is_setting(g, i) && s < N_SCHEDULES; s++) {
			if (strcmp(grid_value(g, point, i), schedule_name((enum schedule)s)) == 0)
				return (enum schedule)s;
		}
	}
	return SCHEDULE_TRACE;
}
