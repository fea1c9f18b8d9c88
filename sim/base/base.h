/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every file of memsim may use: limits of the language, nothing of the
 * domain.  Includes nothing of memsim.
 */
#ifndef MEMSIM_BASE_BASE_H
#define MEMSIM_BASE_BASE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __FAST_MATH__
#error "memsim's printed ratios must be the same everywhere: build without -ffast-math"
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))

/* Our fault, not the user's: says where and aborts the run with exit status 70. */
NORETURN void bug_at(const char *file, int line, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
#define BUG_ON(cond) ((cond) ? BUG("%s", #cond) : (void)0)

static inline int64_t min_i64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }
static inline uint64_t min_u64(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t max_u64(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline uint64_t ceil_div_u64(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }
static inline uint64_t round_up_u64(uint64_t a, uint64_t unit)
{
	return ceil_div_u64(a, unit) * unit;
}

/* Checked arithmetic for every value that comes from input: false on overflow. */
static inline bool add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}
static inline bool mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}

/* a * b / c by a 128-bit product, rounded down or to nearest; c > 0; saturates. */
uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t c);
uint64_t mul_div_round_u64(uint64_t a, uint64_t b, uint64_t c);
uint64_t gcd_u64(uint64_t a, uint64_t b);

#endif
