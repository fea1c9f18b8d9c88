/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growth of a ledger's ring.  What an entry means, and in which clock, is its
 * owner's to know.
 */
#include "model/dma_ledger.h"

#include <stdlib.h>

#include "base/mem.h"

#define FIRST_CAPACITY 16

void ledger_release(struct ledger *l)
{
	free(l->entries);
	*l = (struct ledger){ NULL, 0, 0, 0 };
}

void ledger_grow(struct ledger *l)
{
	size_t capacity = l->capacity > 0 ? 2 * l->capacity : FIRST_CAPACITY;
	struct ledger_entry *entries = xcalloc(capacity, sizeof(*entries));

	for (size_t i = 0; i < l->n; i++)
		entries[i] = l->entries[(l->first + i) & (l->capacity - 1)];
	free(l->entries);
	l->entries = entries;
	l->first = 0;
	l->capacity = capacity;
}
