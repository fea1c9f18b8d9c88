/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic modulo the prime 2^61 - 1; maps are composed by squaring. */
#include "stream/fingerprint.h"

#define PRIME ((UINT64_C(1) << 61) - 1)

/* Any two that are not small: the fractional digits of the golden ratio and of the square root
 * of 2, cut to 60 bits. */
static const uint64_t points[FINGERPRINT_POINTS] = {
	UINT64_C(0x9E3779B97F4A7C1), UINT64_C(0x6A09E667F3BCC90),
};

/* 2^61 is 1: the parts above and below it are added. */
static uint64_t reduce(uint64_t a)
{
	a = (a & PRIME) + (a >> 61);
	return a >= PRIME ? a - PRIME : a;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return reduce(a + b);
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return reduce((uint64_t)(product & PRIME) + (uint64_t)(product >> 61));
}

void fingerprint_init(struct fingerprint *f)
{
	*f = (struct fingerprint){ .n = 0 };
}

void fingerprint_add(struct fingerprint *f, uint64_t number)
{
	uint64_t rest = reduce(number);

	for (unsigned i = 0; i < FINGERPRINT_POINTS; i++)
		f->value[i] = add(multiply(f->value[i], points[i]), rest);
	f->n++;
}

/* The number of numbers comes in, so that leading zeros count. */
void fingerprint_hex(const struct fingerprint *f, char out[33])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < FINGERPRINT_POINTS; i++) {
		uint64_t word = add(multiply(f->value[i], points[i]), reduce(f->n));

		for (unsigned k = 0; k < 16; k++)
			out[16 * i + k] = digits[word >> (60 - 4 * k) & 15];
	}
	out[32] = '\0';
}

void fingerprint_block_init(struct fingerprint_block *b)
{
	*b = (struct fingerprint_block){ .n = 0 };
	for (unsigned i = 0; i < FINGERPRINT_POINTS; i++)
		b->by_value[i] = 1;
}

void fingerprint_block_add(struct fingerprint_block *b, uint64_t number, uint64_t step)
{
	uint64_t rest = reduce(number), grows = reduce(step);

	for (unsigned i = 0; i < FINGERPRINT_POINTS; i++) {
		b->by_value[i] = multiply(b->by_value[i], points[i]);
		b->by_time[i] = add(multiply(b->by_time[i], points[i]), grows);
		b->plus[i] = add(multiply(b->plus[i], points[i]), rest);
	}
	b->n++;
}

struct map {
	uint64_t by_value, by_time, plus, times;
};

/* `a`, then `b`. */
static struct map compose(const struct map *a, const struct map *b)
{
	return (struct map){
		.by_value = multiply(a->by_value, b->by_value),
		.by_time = add(multiply(a->by_time, b->by_value), b->by_time),
		.plus = add(add(multiply(a->plus, b->by_value), b->plus),
			    multiply(b->by_time, reduce(a->times))),
		.times = a->times + b->times,
	};
}

void fingerprint_repeat(struct fingerprint *f, const struct fingerprint_block *b, uint64_t times)
{
	for (unsigned i = 0; i < FINGERPRINT_POINTS; i++) {
		struct map power = { b->by_value[i], b->by_time[i], b->plus[i], 1 };
		struct map all = { 1, 0, 0, 0 };

		for (uint64_t rest = times; rest != 0; rest >>= 1) {
			if (rest & 1)
				all = compose(&all, &power);
			power = compose(&power, &power);
		}
		f->value[i] = add(multiply(f->value[i], all.by_value), all.plus);
	}
	f->n += b->n * times;
}
