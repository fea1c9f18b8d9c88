/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own faults, and arithmetic that cannot overflow.  A fault of ours ends the
 * process through exit(), so that unfinished outputs are removed on the way.
 */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/off_by_one.h"

#ifdef MEMSIM_FAULTS
enum off_by_one off_by_one;
#endif

void bug_at(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "memsim: internal error at %s:%d: ", file, line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\n", stderr);
	exit(ERR_INTERNAL);
}

static uint64_t saturate(unsigned __int128 value)
{
	return value > UINT64_MAX ? UINT64_MAX : (uint64_t)value;
}

uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t c)
{
	BUG_ON(c == 0);
	return saturate((unsigned __int128)a * b / c);
}

uint64_t mul_div_round_u64(uint64_t a, uint64_t b, uint64_t c)
{
	unsigned __int128 product = (unsigned __int128)a * b;
	unsigned __int128 rest;

	BUG_ON(c == 0);
	rest = product % c;
	return saturate(product / c + (rest >= c - rest));
}

uint64_t gcd_u64(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}
