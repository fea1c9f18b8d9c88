/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From names to 32-bit indices, in four bytes a slot: the names stay with their
 * owner, which hands them out by index.  A stored name ends at NUL or at '[' (an
 * iteration's suffix), so that a new iteration's "x[1]" takes over the name "x".
 * Private to ir/.
 */
#ifndef MEMSIM_IR_NAME_MAP_H
#define MEMSIM_IR_NAME_MAP_H

#include "base/base.h"

struct name_map {
	const char *(*name_of)(const void *owner, uint32_t index);
	const void *owner;
	uint32_t *slots; /* NO_INDEX: free */
	size_t n_slots;  /* a power of two */
	size_t n_names;
};
void name_map_release(struct name_map *m);
/* The index bound to a name, or NO_INDEX. */
uint32_t name_map_find(const struct name_map *m, const char *name);
/* Binds name_of(index) to index, instead of what that name was bound to. */
void name_map_bind(struct name_map *m, uint32_t index);

#endif
