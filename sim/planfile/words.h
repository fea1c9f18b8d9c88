/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan file calls the things of ir/command.h and ir/ops.h: for reader and writer. */
#ifndef MEMSIM_PLANFILE_WORDS_H
#define MEMSIM_PLANFILE_WORDS_H

#include "ir/command.h"

#define N_PASSES (PASS_FINISH + 1)
#define N_ONCHIP (ONCHIP_ACC + 1)

extern const char *const unit_words[N_UNITS];
extern const char *const pass_words[N_PASSES]; /* PASS_FULL: "", which is not written */
extern const char *const traffic_words[N_TRAFFIC];
extern const char *const onchip_words[N_ONCHIP];

/* The index of a word of `len` characters, or `n`. */
unsigned find_word(const char *const *words, unsigned n, const char *text, size_t len);

#endif
