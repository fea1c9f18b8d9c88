/* SPDX-License-Identifier: Apache-2.0 */
/* The statements that declare tensors and operators.  Private to build*.c. */
#ifndef MEMSIM_IR_BUILD_STATEMENT_H
#define MEMSIM_IR_BUILD_STATEMENT_H

#include "ir/builder.h"

bool tensor_statement(struct graph_builder *b, char **words, size_t n_words, struct err *err);
bool op_statement(struct graph_builder *b, char **words, size_t n_words, struct err *err);

/* "unknown WHAT 'NAME'", with the nearest of the names bound in `known`. */
bool statement_unknown(struct graph_builder *b, const char *what, const char *name,
		       const struct name_map *known, size_t n_known, struct err *err);

#endif
