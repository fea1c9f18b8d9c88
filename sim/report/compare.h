/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules of one trace side by side, as text. */
#ifndef MEMSIM_REPORT_COMPARE_H
#define MEMSIM_REPORT_COMPARE_H

#include "report/report.h"

/* `n` >= 2 runs; all are compared with the first. */
void compare_text(struct buf *to, const struct report_input *runs, size_t n);

#endif
