/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear probing, at most three quarters full.  Nothing that memsim
 * reports depends on the order of the slots.
 */
#include "ir/name_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ir/graph.h"

static size_t plain_length(const char *name)
{
	return strcspn(name, "[");
}

static uint64_t hash_name(const char *name, size_t len)
{
	uint64_t h = len;

	for (size_t i = 0; i < len; i++) {
		h = (h ^ (unsigned char)name[i]) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
		h ^= h >> 32;
	}
	return h;
}

/* The slot of a name: where it is, or the free one where it belongs. */
static size_t slot_of(const struct name_map *m, const char *name)
{
	size_t len = plain_length(name), mask = m->n_slots - 1;
	size_t slot = hash_name(name, len) & mask;

	for (; m->slots[slot] != NO_INDEX; slot = (slot + 1) & mask) {
		const char *other = m->name_of(m->owner, m->slots[slot]);

		if (strncmp(other, name, len) == 0 && (other[len] == '\0' || other[len] == '['))
			break;
	}
	return slot;
}

static void grow(struct name_map *m)
{
	uint32_t *old = m->slots;
	size_t n_old = m->n_slots;

	m->n_slots = n_old ? n_old * 2 : 64;
	m->slots = xreallocarray(NULL, m->n_slots, sizeof(*m->slots));
	memset(m->slots, 0xff, m->n_slots * sizeof(*m->slots));
	for (size_t i = 0; i < n_old; i++)
		if (old[i] != NO_INDEX)
			m->slots[slot_of(m, m->name_of(m->owner, old[i]))] = old[i];
	free(old);
}

void name_map_release(struct name_map *m)
{
	free(m->slots);
	m->slots = NULL;
	m->n_slots = m->n_names = 0;
}

uint32_t name_map_find(const struct name_map *m, const char *name)
{
	return m->n_names ? m->slots[slot_of(m, name)] : NO_INDEX;
}

void name_map_bind(struct name_map *m, uint32_t index)
{
	size_t slot;

	if (4 * (m->n_names + 1) > 3 * m->n_slots)
		grow(m);
	slot = slot_of(m, m->name_of(m->owner, index));
	m->n_names += m->slots[slot] == NO_INDEX;
	m->slots[slot] = index;
}
