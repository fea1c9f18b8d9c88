/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that meet become one, so that a whole tensor is one stretch. */
#include "planfile/runs.h"

void runs_start(struct runs *r, const struct transfer *t, uint64_t address, uint64_t unit)
{
	*r = (struct runs){.t = *t, .unit = unit, .base = t->address - address};
	while (r->t.count[0] > 1 && r->t.stride_bytes[0] == r->t.run_bytes) {
		r->t.run_bytes *= r->t.count[0];
		for (unsigned d = 0; d + 1 < ARRAY_SIZE(r->t.count); d++) {
			r->t.count[d] = r->t.count[d + 1];
			r->t.stride_bytes[d] = r->t.stride_bytes[d + 1];
		}
		r->t.count[ARRAY_SIZE(r->t.count) - 1] = 1;
	}
	r->length = r->t.run_bytes / unit;
}

bool runs_next(struct runs *r)
{
	uint64_t offset = r->base;
	unsigned d = 0;

	if (r->is_over)
		return false;
	for (unsigned i = 0; i < ARRAY_SIZE(r->at); i++)
		offset += r->at[i] * r->t.stride_bytes[i];
	r->first = offset / r->unit;
	while (d < ARRAY_SIZE(r->at) && ++r->at[d] == r->t.count[d])
		r->at[d++] = 0;
	r->is_over = d == ARRAY_SIZE(r->at);
	return true;
}
