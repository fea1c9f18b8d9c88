/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open addressing with linear probing, at most half full.  Nothing depends on the order
 * of the slots.
 */
#include "planfile/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ir/graph.h"

static uint64_t hash_name(const char *name)
{
	uint64_t h = 0;

	for (; *name != '\0'; name++) {
		h = (h ^ (unsigned char)*name) * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio */
		h ^= h >> 32;
	}
	return h;
}

/* Where a name is, or the free slot where it belongs. */
static size_t slot_of(const struct names *s, const char *name)
{
	size_t slot = hash_name(name) & (s->n_slots - 1);

	while (s->slots[slot] != NO_INDEX && strcmp(s->v[s->slots[slot]], name) != 0)
		slot = (slot + 1) & (s->n_slots - 1);
	return slot;
}

static void grow(struct names *s)
{
	free(s->slots);
	s->n_slots = s->n_slots ? s->n_slots * 2 : 64;
	s->slots = xreallocarray(NULL, s->n_slots, sizeof(*s->slots));
	memset(s->slots, 0xff, s->n_slots * sizeof(*s->slots));
	for (size_t i = 0; i < s->n; i++)
		s->slots[slot_of(s, s->v[i])] = (uint32_t)i;
}

void names_release(struct names *s)
{
	free(s->v);
	free(s->slots);
	*s = (struct names){.v = NULL};
}

void names_clear(struct names *s)
{
	s->n = 0;
	if (s->n_slots > 0)
		memset(s->slots, 0xff, s->n_slots * sizeof(*s->slots));
}

uint32_t names_find(const struct names *s, const char *name)
{
	return s->n == 0 ? NO_INDEX : s->slots[slot_of(s, name)];
}

uint32_t names_add(struct names *s, const char *name)
{
	size_t slot;

	if (2 * (s->n + 1) > s->n_slots)
		grow(s);
	slot = slot_of(s, name);
	if (s->slots[slot] != NO_INDEX)
		BUG("'%s' is there already", name);
	GROW(s->v, s->n, s->capacity);
	s->v[s->n] = name;
	s->slots[slot] = (uint32_t)s->n;
	return (uint32_t)s->n++;
}

const char *names_nearest(const struct names *s, const char *wanted)
{
	struct nearest near;

	nearest_init(&near, wanted);
	for (size_t i = 0; i < s->n; i++)
		nearest_offer(&near, s->v[i]);
	return near.best;
}
