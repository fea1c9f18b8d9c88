/* SPDX-License-Identifier: Apache-2.0 */
/* Which kernels are alike in all that the choice of their tiles looks at. */
#ifndef MEMSIM_PLAN_MEMO_H
#define MEMSIM_PLAN_MEMO_H

#include "base/hash.h"
#include "plan/internal.h"

struct memo;
struct memo *memo_new(void);
void memo_free(struct memo *m);

/* Adds all of an operator that the choice of tiles looks at, its place in the kernel left out. */
void memo_note_op(struct hash *h, const struct plan *p, uint32_t op, const struct op_info *info);
/* 32 hex digits that two kernels share only if their phases are alike. */
void memo_key(const struct plan *p, const struct kernel_plan *k, char key[33]);
/* The first kernel that was asked for with this key: `kernel` itself if it is the first. */
size_t memo_kernel(struct memo *m, const char *key, size_t kernel);

/* What was found for a phase: phases of one key are tiled alike, whatever kernel they are in. */
struct tile_memory {
	bool fits;
	struct tiling tiling;
	uint64_t least_spad; /* of a phase that does not fit */
};
struct tile_memo *tile_memo_new(void);
void tile_memo_free(struct tile_memo *m); /* NULL is nothing */
unsigned __int128 phase_key(const struct plan *p, const struct phase *ph);
/* Valid until the next call; new ones are zero. */
struct tile_memory *tile_memo_at(struct tile_memo *m, unsigned __int128 key, bool *is_new);

#endif
