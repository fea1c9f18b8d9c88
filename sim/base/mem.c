/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that ends the process when the host's memory is at its end: one line,
 * status 6.  An arena is a list of chunks; a request larger than a chunk gets its own.
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define ARENA_ALIGN 16
#define ARENA_CHUNK_BYTES ((size_t)64 * 1024)
#define GROW_FIRST 16

NORETURN static void out_of_memory(size_t count, size_t bytes)
{
	fflush(stdout);
	fprintf(stderr, "memsim: out of memory (asked for %zu x %zu bytes)\n", count, bytes);
	exit(ERR_LIMIT);
}

void *xmalloc(size_t bytes)
{
	void *p = malloc(bytes ? bytes : 1);

	if (!p)
		out_of_memory(1, bytes);
	return p;
}

void *xcalloc(size_t count, size_t bytes)
{
	void *p = calloc(count ? count : 1, bytes ? bytes : 1);

	if (!p)
		out_of_memory(count, bytes);
	return p;
}

void *xreallocarray(void *p, size_t count, size_t bytes)
{
	size_t total;

	if (__builtin_mul_overflow(count, bytes, &total))
		out_of_memory(count, bytes);
	p = realloc(p, total ? total : 1);
	if (!p)
		out_of_memory(count, bytes);
	return p;
}

char *xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = xmalloc(len + 1);

	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *xvasprintf(const char *fmt, va_list args)
{
	va_list again;
	int len;
	char *text;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	BUG_ON(len < 0);
	text = xmalloc((size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	return text;
}

void grow_array(void **array, size_t count, size_t *capacity, size_t bytes)
{
	size_t wanted = *capacity ? *capacity : GROW_FIRST;

	if (count < *capacity)
		return;
	while (wanted <= count)
		if (__builtin_mul_overflow(wanted, (size_t)2, &wanted))
			out_of_memory(count, bytes);
	*array = xreallocarray(*array, wanted, bytes);
	*capacity = wanted;
}

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(ARENA_ALIGN) unsigned char data[];
};

struct arena {
	struct chunk *chunks; /* the first has room; full ones follow */
};

struct arena *arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

static struct chunk *chunk_new(size_t size)
{
	size_t total;
	struct chunk *c;

	if (__builtin_add_overflow(sizeof(*c), size, &total))
		out_of_memory(1, size);
	c = xcalloc(1, total);
	c->size = size;
	return c;
}

/* A chunk of its own goes behind the one that still has room. */
static void *alloc_alone(struct arena *a, size_t bytes)
{
	struct chunk *c = chunk_new(bytes);

	c->used = bytes;
	if (a->chunks) {
		c->next = a->chunks->next;
		a->chunks->next = c;
	} else {
		a->chunks = c;
	}
	return c->data;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	struct chunk *c = a->chunks;
	void *p;

	if (bytes > SIZE_MAX - ARENA_ALIGN)
		out_of_memory(1, bytes);
	bytes = (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (bytes > ARENA_CHUNK_BYTES / 4)
		return alloc_alone(a, bytes);
	if (!c || c->size - c->used < bytes) {
		c = chunk_new(ARENA_CHUNK_BYTES);
		c->next = a->chunks;
		a->chunks = c;
	}
	p = c->data + c->used;
	c->used += bytes;
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = arena_alloc(a, len + 1);

	memcpy(copy, s, len);
	return copy;
}

void arena_free(struct arena *a)
{
	struct chunk *c, *next;

	if (!a)
		return;
	for (c = a->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}
