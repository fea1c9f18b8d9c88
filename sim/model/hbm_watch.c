/* SPDX-License-Identifier: Apache-2.0 */
/* The calendar of commands that are not final yet.  Does not know what they mean. */
#include "model/hbm_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NONE UINT32_MAX

struct hbm_watched {
	struct dram_command command;
	uint32_t next;
};
struct hbm_watch_day {
	uint32_t head, tail;
};

void hbm_watch_start(struct hbm_watch *w, uint64_t span, dram_command_fn fn, void *context)
{
	hbm_watch_release(w);
	w->fn = fn;
	w->context = context;
	if (fn == NULL)
		return;
	w->n_days = 2;
	while (w->n_days < span)
		w->n_days *= 2;
	w->days = xcalloc(w->n_days, sizeof(*w->days));
	for (uint64_t i = 0; i < w->n_days; i++)
		w->days[i].head = w->days[i].tail = NONE;
	w->free_head = NONE;
}

void hbm_watch_release(struct hbm_watch *w)
{
	free(w->pool);
	free(w->days);
	memset(w, 0, sizeof(*w));
}

static uint32_t take_slot(struct hbm_watch *w)
{
	uint32_t slot = w->free_head;

	if (slot != NONE) {
		w->free_head = w->pool[slot].next;
		return slot;
	}
	GROW(w->pool, w->n_pool, w->pool_capacity);
	return (uint32_t)w->n_pool++;
}

void hbm_watch_add(struct hbm_watch *w, const struct dram_command *c)
{
	struct hbm_watch_day *day = &w->days[c->tick & (w->n_days - 1)];
	uint32_t slot = take_slot(w);

	if (c->tick < w->told || c->tick - w->told >= w->n_days)
		BUG("command at tick %" PRIu64 ", told up to %" PRIu64, c->tick, w->told);
	w->pool[slot] = (struct hbm_watched){ *c, NONE };
	if (day->head == NONE)
		day->head = slot;
	else
		w->pool[day->tail].next = slot;
	day->tail = slot;
	w->n_pending++;
}

static void tell_day(struct hbm_watch *w, struct hbm_watch_day *day)
{
	for (uint32_t slot = day->head; slot != NONE;) {
		uint32_t next = w->pool[slot].next;

		w->fn(w->context, &w->pool[slot].command);
		w->pool[slot].next = w->free_head;
		w->free_head = slot;
		w->n_pending--;
		slot = next;
	}
	day->head = day->tail = NONE;
}

void hbm_watch_tell(struct hbm_watch *w, uint64_t tick)
{
	for (; w->told < tick && w->n_pending > 0; w->told++)
		tell_day(w, &w->days[w->told & (w->n_days - 1)]);
	w->told = max_u64(w->told, tick);
}
