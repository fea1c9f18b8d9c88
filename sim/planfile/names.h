/* SPDX-License-Identifier: Apache-2.0 */
/* Names and their numbers: 0, 1, ... in the order in which they were added. */
#ifndef MEMSIM_PLANFILE_NAMES_H
#define MEMSIM_PLANFILE_NAMES_H

#include "base/base.h"
#include "base/names.h"

struct names {
	const char **v; /* the texts belong to whoever added them */
	size_t n, capacity;
	uint32_t *slots;
	size_t n_slots; /* a power of two */
};
void names_release(struct names *s);
void names_clear(struct names *s);

/* NO_INDEX: not there. */
uint32_t names_find(const struct names *s, const char *name);
/* A name that is not there yet; `name` must live as long as it stands here. */
uint32_t names_add(struct names *s, const char *name);
/* The nearest of all, for "did you mean"; NULL: none is near. */
const char *names_nearest(const struct names *s, const char *wanted);

#endif
