/* SPDX-License-Identifier: Apache-2.0 */
/* What the shape rules say things with.  Private to ir/ops_shape*.c. */
#ifndef MEMSIM_IR_SHAPE_RULE_H
#define MEMSIM_IR_SHAPE_RULE_H

#include "ir/op_row.h"

/* All return false with c->why filled when what they expect does not hold. */
bool rule_broken(struct op_ctx *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool expect_output(struct op_ctx *c, unsigned i, const struct shape *want);
bool expect_input(struct op_ctx *c, unsigned i, const struct shape *want);
bool expect_dims(struct op_ctx *c, unsigned i, unsigned min, unsigned max);
/* Input i, if there is one, is a vector of `extent`. */
bool expect_vector(struct op_ctx *c, unsigned i, uint32_t extent);
bool expect_axis(struct op_ctx *c, unsigned *axis);
bool set_dim(struct op_ctx *c, struct shape *s, unsigned d, int64_t extent);

#endif
