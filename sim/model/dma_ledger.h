/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that fall due at known times, entered in ascending order of time: credits on
 * their way back to a window, bytes about to cross a scratchpad's port.
 */
#ifndef MEMSIM_MODEL_DMA_LEDGER_H
#define MEMSIM_MODEL_DMA_LEDGER_H

#include "base/base.h"

struct ledger_entry {
	uint64_t edge; /* of the owner's clock */
	uint64_t bytes;
};

/* A ring; zeroed is empty. */
struct ledger {
	struct ledger_entry *entries;
	size_t first, n, capacity; /* capacity: 0 or a power of two */
};
void ledger_release(struct ledger *l);
void ledger_grow(struct ledger *l);

static inline bool ledger_is_full(const struct ledger *l)
{
	return l->n == l->capacity;
}

static inline void ledger_add(struct ledger *l, uint64_t edge, uint64_t bytes)
{
	if (ledger_is_full(l))
		ledger_grow(l);
	l->entries[(l->first + l->n++) & (l->capacity - 1)] = (struct ledger_entry){ edge, bytes };
}

/* The earliest; the ledger is not empty. */
static inline struct ledger_entry ledger_first(const struct ledger *l)
{
	return l->entries[l->first];
}

static inline void ledger_pop(struct ledger *l)
{
	l->first = (l->first + 1) & (l->capacity - 1);
	l->n--;
}

#endif
