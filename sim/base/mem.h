/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that does not fail: out of memory prints one line and exits with
 * status 6 (ERR_LIMIT), so that callers carry no branch for it.  Sizes that come
 * from input are bounded by the caller first.
 */
#ifndef MEMSIM_BASE_MEM_H
#define MEMSIM_BASE_MEM_H

#include "base/base.h"

#include <stdarg.h>

void *xmalloc(size_t bytes);
void *xcalloc(size_t count, size_t bytes);             /* zeroed */
void *xreallocarray(void *p, size_t count, size_t bytes);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
char *xvasprintf(const char *fmt, va_list args) PRINTF_LIKE(1, 0);

/*
 * Grows *array (of elements of `bytes`) so that index `count` exists; *capacity
 * doubles.  `GROW(v, n, cap)` makes v[n] valid.
 */
void grow_array(void **array, size_t count, size_t *capacity, size_t bytes);
#define GROW(array, count, capacity) \
	((count) < (capacity) ? (void)0 : \
	 grow_array((void **)&(array), (count), &(capacity), sizeof(*(array))))

/* An arena: many small allocations, released at once.  Strings of a graph live in one. */
struct arena;
struct arena *arena_new(void);
void *arena_alloc(struct arena *a, size_t bytes); /* zeroed, aligned to 16 */
char *arena_strndup(struct arena *a, const char *s, size_t n);
void arena_free(struct arena *a);

#endif
