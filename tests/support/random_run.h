/* SPDX-License-Identifier: Apache-2.0 */
/* Random traces and machines for whole runs; the same seed gives the same run anywhere. */
#ifndef MEMSIM_TESTS_RANDOM_RUN_H
#define MEMSIM_TESTS_RANDOM_RUN_H

#include "base/buf.h"
#include "config/machine.h"

/* More than any unloaded access of the memories that random machines have. */
#define UNLOADED_PS 100000

#define RANDOM_MAX_LINES 128

struct random_run {
	uint64_t seed;
	struct machine machine;
	struct buf text;                   /* machine and trace, for people */
	char *lines[RANDOM_MAX_LINES + 1]; /* statements, NULL-terminated */
	unsigned n_lines;
};

/* Up to eight small operators of mixed kinds, some joined, some fused; any machine. */
void random_small_on(struct random_run *r, uint64_t seed, const struct machine *memory);
/* A product, a normalisation of its rows and a product, all fused, with what may lie between. */
void random_attention_on(struct random_run *r, uint64_t seed, const struct machine *memory);
/* The same with a memory of their own; above: that of the machine, whose packets it fits. */
static inline void random_small(struct random_run *r, uint64_t seed)
{
	random_small_on(r, seed, NULL);
}
static inline void random_attention(struct random_run *r, uint64_t seed)
{
	random_attention_on(r, seed, NULL);
}
/* One operator that moves 2 to 16 MB or computes as long, on a machine with room to overlap. */
void random_large(struct random_run *r, uint64_t seed);
void random_release(struct random_run *r);

#endif
