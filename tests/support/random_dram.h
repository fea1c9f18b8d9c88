/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random memories and request streams, for tests of the memory alone.  Memories come from
 * the standards' tables, so that a new standard is drawn without a word here.
 */
#ifndef MEMSIM_TESTS_RANDOM_DRAM_H
#define MEMSIM_TESTS_RANDOM_DRAM_H

#include "base/buf.h"
#include "config/machine.h"
#include "stream/stream.h"

struct random_dram {
	struct machine machine;
	char standard[64]; /* and what else a message needs */
	uint64_t n_accesses;
	struct buf stream; /* text of a stream file; empty: `spec` is to be generated */
	char spec[32];     /* KIND:COUNT */
};

/* What `seed` stands for, of about n_accesses.  A machine that no memory takes is drawn again,
 * not returned.  Standard `index` of the tables, or any: SIZE_MAX. */
void random_dram(struct random_dram *r, uint64_t seed, size_t index, uint64_t n_accesses);
struct stream *random_dram_open(const struct random_dram *r, struct err *err);
void random_dram_release(struct random_dram *r);

/* Runs it under the protocol audit, and holds its accounts to what must be true of any run:
 * true, and adds the commands it saw; false with the reason. */
bool random_dram_run(const struct random_dram *r, uint64_t *n_commands, char *why, size_t size);

#endif
