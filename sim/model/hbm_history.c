/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step function of crowded pseudo channels.  At least KEPT_STEPS steps are kept, each a
 * tick or more: a range that began before them is cut there.  Only a packet that its DMA
 * held back for longer than all those steps could notice.
 */
#include "model/hbm_history.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define KEPT_STEPS (1u << 17)

void hbm_history_init(struct hbm_history *h)
{
	memset(h, 0, sizeof(*h));
	GROW(h->steps, h->n, h->capacity);
	h->steps[h->n++] = (struct hbm_step){ 0, 0, HBM_NO_UNIT };
}

void hbm_history_release(struct hbm_history *h)
{
	free(h->steps);
}

static uint64_t integral(const struct hbm_step *s, uint64_t tick)
{
	return s->crowded_before + (s->sole == HBM_NO_UNIT ? 0 : tick - s->tick);
}

static void add_step(struct hbm_history *h, uint64_t tick, uint32_t sole)
{
	struct hbm_step *last = &h->steps[h->n - 1];

	if (last->sole == sole)
		return;
	if (last->tick == tick) { /* within one tick only the last state counts */
		if (h->n > 1 && last[-1].sole == sole)
			h->n--;
		else
			last->sole = sole;
		return;
	}
	GROW(h->steps, h->n, h->capacity);
	last = &h->steps[h->n - 1];
	h->steps[h->n] = (struct hbm_step){ tick, integral(last, tick), sole };
	h->n++;
}

void hbm_history_change(struct hbm_history *h, uint64_t tick, uint32_t unit, bool is_crowded)
{
	if (is_crowded)
		h->n_crowded++;
	else
		h->n_crowded--;
	h->sum_of_crowded ^= unit;
	add_step(h, tick, h->n_crowded == 0 ? HBM_NO_UNIT :
			  h->n_crowded == 1 ? h->sum_of_crowded : HBM_MANY_UNITS);
}

/* The last step at or before a tick; the first step for ticks before it. */
static size_t find_step(const struct hbm_history *h, uint64_t tick)
{
	size_t lo = 0, hi = h->n;

	if (h->steps[h->n - 1].tick <= tick)
		return h->n - 1;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (h->steps[mid].tick <= tick)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

uint64_t hbm_history_any(const struct hbm_history *h, uint64_t tick)
{
	const struct hbm_step *s = &h->steps[find_step(h, tick)];

	return tick < s->tick ? s->crowded_before : integral(s, tick);
}

uint64_t hbm_history_sole(const struct hbm_history *h, uint32_t unit, uint64_t from, uint64_t to)
{
	uint64_t ticks = 0;

	for (size_t i = find_step(h, from); i < h->n && h->steps[i].tick < to; i++) {
		uint64_t end = i + 1 < h->n ? min_u64(h->steps[i + 1].tick, to) : to;
		uint64_t start = max_u64(h->steps[i].tick, from);

		if (h->steps[i].sole == unit && end > start)
			ticks += end - start;
	}
	return ticks;
}

bool hbm_history_is_long(const struct hbm_history *h)
{
	return h->n >= 2 * KEPT_STEPS;
}

uint64_t hbm_history_kept_from(const struct hbm_history *h)
{
	return h->steps[h->n - KEPT_STEPS].tick;
}

void hbm_history_prune(struct hbm_history *h)
{
	memmove(h->steps, h->steps + h->n - KEPT_STEPS, KEPT_STEPS * sizeof(*h->steps));
	h->n = KEPT_STEPS;
}
