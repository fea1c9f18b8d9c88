/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The points of a sweep: traces times axes, the traces varying slowest and the last axis
 * fastest.  Knows no machine and runs nothing.
 */
#ifndef MEMSIM_SWEEP_GRID_H
#define MEMSIM_SWEEP_GRID_H

#include "plan/plan.h"
#include "sweep/axis.h"

#define GRID_MAX_POINTS 1000000

struct grid {
	struct axis *axes;
	size_t n_axes, axes_capacity;
	const char **traces; /* as given */
	size_t n_traces, traces_capacity;
	size_t n_points;
};

/* Two axes must not be the same setting. */
bool grid_add_axis(struct grid *g, const char *text, struct err *err);
void grid_add_trace(struct grid *g, const char *trace);
/* When all are there: counts the points. */
bool grid_close(struct grid *g, struct err *err);
void grid_release(struct grid *g);

size_t grid_trace(const struct grid *g, size_t point);
const char *grid_value(const struct grid *g, size_t point, size_t axis);
enum schedule grid_schedule(const struct grid *g, size_t point); /* `trace` if none is varied */
bool grid_is_setting(const struct grid *g, size_t axis);         /* not the schedules */

#endif
