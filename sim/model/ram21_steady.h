/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steady states of the fast ramulator21.  A stream whose accesses come again, block after block,
 * in later rows and otherwise the same, brings the controller back to a state that it was
 * in before, but for the time and the rows: from then on it does the same again, and as many
 * repetitions as one likes are done at once.  Why it is exact: doc/engine.md.
 */
#ifndef MEMSIM_MODEL_RAM21_STEADY_H
#define MEMSIM_MODEL_RAM21_STEADY_H

#include "model/ram21_fast.h"

struct ram21_steady;

/* Bytes from an address to the same place of the next row, the last one's being the first; 0:
 * not every address has such. */
uint64_t ram21_fast_row_bytes(const struct ram21_fast *f);

/* For a stream that moves on by `rows` rows in every `accesses` accesses: a block. */
struct ram21_steady *ram21_steady_new(struct ram21_fast *f, uint64_t accesses, uint64_t rows);
void ram21_steady_free(struct ram21_steady *s); /* NULL is nothing */

/*
 * Between two periods of the stream: all before `n_accesses` of its regular stretch are offered,
 * none is at the door, and `left` are to come.  Passes over as many of these as it can: their
 * number, whole blocks, or 0.
 */
uint64_t ram21_steady_look(struct ram21_steady *s, uint64_t n_accesses, uint64_t left);

#endif
