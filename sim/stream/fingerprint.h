/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash of a list of numbers that can be taken over long regular stretches at once: the value
 * of the polynomial whose coefficients are the numbers, at two points, modulo 2^61 - 1.
 * Not for security.
 */
#ifndef MEMSIM_STREAM_FINGERPRINT_H
#define MEMSIM_STREAM_FINGERPRINT_H

#include "base/base.h"

#define FINGERPRINT_POINTS 2

struct fingerprint {
	uint64_t value[FINGERPRINT_POINTS];
	uint64_t n;
};

/* What a block of numbers does to a fingerprint when it comes for the t-th time, its numbers
 * having grown by t times a step each: value -> by_value * value + by_time * t + plus. */
struct fingerprint_block {
	uint64_t by_value[FINGERPRINT_POINTS], by_time[FINGERPRINT_POINTS];
	uint64_t plus[FINGERPRINT_POINTS];
	uint64_t n; /* numbers */
};

void fingerprint_init(struct fingerprint *f);
void fingerprint_add(struct fingerprint *f, uint64_t number);
void fingerprint_hex(const struct fingerprint *f, char out[33]);

void fingerprint_block_init(struct fingerprint_block *b);
/* The block's next number, and its step. */
void fingerprint_block_add(struct fingerprint_block *b, uint64_t number, uint64_t step);
/* The block `times` times, t from 0 on. */
void fingerprint_repeat(struct fingerprint *f, const struct fingerprint_block *b, uint64_t times);

#endif
