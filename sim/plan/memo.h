/* SPDX-License-Identifier: Apache-2.0 */
/* Which kernels are alike in all that the choice of their tiles looks at. */
#ifndef MEMSIM_PLAN_MEMO_H
#define MEMSIM_PLAN_MEMO_H

#include "plan/internal.h"

struct memo;
struct memo *memo_new(void);
void memo_free(struct memo *m);

/* 32 hex digits that two kernels share only if their phases are alike. */
void memo_key(const struct plan *p, const struct kernel_plan *k, char key[33]);
/* The first kernel that was asked for with this key: `kernel` itself if it is the first. */
size_t memo_kernel(struct memo *m, const char *key, size_t kernel);

#endif
