/* SPDX-License-Identifier: Apache-2.0 */
/* One `--vary PATH=...`: a setting, or "schedule", and the texts that it takes in turn. */
#ifndef MEMSIM_SWEEP_AXIS_H
#define MEMSIM_SWEEP_AXIS_H

#include "base/err.h"

#define AXIS_SCHEDULE "schedule"
#define AXIS_MAX_VALUES 100000

struct axis {
	const char *text; /* as given */
	char *path;
	char **values; /* each as --set takes it */
	size_t n, capacity;
};

/*
 * "PATH=VALUE[,VALUE...]", or for a number "PATH=FROM:TO:xFACTOR" and "PATH=FROM:TO:+STEP", both
 * ends included.  Whether the values are the setting's is config_load()'s to say; schedules are
 * looked at here.
 */
bool axis_parse(struct axis *a, const char *text, struct err *err);
void axis_release(struct axis *a);

#endif
