/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer that cannot produce bad JSON: it keeps the comma and nesting state.
 * Two-space indentation; numbers are exact integers or fixed-point decimals.
 */
#ifndef MEMSIM_BASE_JSON_OUT_H
#define MEMSIM_BASE_JSON_OUT_H

#include "base/base.h"
#include "base/buf.h"

struct json_out {
	struct buf *to;
	unsigned depth;
	uint64_t has_member; /* bit per depth: a member was written */
	uint64_t is_inline;  /* bit per depth: written on one line */
	uint64_t is_array;   /* bit per depth: an array, whose values have no name */
};

void json_init(struct json_out *j, struct buf *to);
/* `name` is NULL inside arrays and at top level. */
void json_object(struct json_out *j, const char *name);
void json_array(struct json_out *j, const char *name);
void json_array_inline(struct json_out *j, const char *name);
void json_end(struct json_out *j); /* closes the innermost object or array */
void json_u64(struct json_out *j, const char *name, uint64_t value);
void json_string(struct json_out *j, const char *name, const char *value);
void json_ratio(struct json_out *j, const char *name, uint64_t a, uint64_t b, unsigned decimals);
void json_bool(struct json_out *j, const char *name, bool value);

#endif
