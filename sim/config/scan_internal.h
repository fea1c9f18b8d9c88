/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the scanner only: characters and tokens (lex.c), grammar (scan.c). */
#ifndef MEMSIM_CONFIG_SCAN_INTERNAL_H
#define MEMSIM_CONFIG_SCAN_INTERNAL_H

#include "config/scan.h"

#define MAX_NAME_BYTES 64
#define MAX_STRING_BYTES 4096

enum token_kind {
	TOKEN_END,
	TOKEN_NAME, /* true and false too */
	TOKEN_INTEGER,
	TOKEN_FLOAT,
	TOKEN_STRING,
	TOKEN_MARK,    /* one of = : ; , { } ( ) [ ] */
	TOKEN_INCLUDE, /* text: the file */
};

struct token {
	enum token_kind kind;
	const char *text;
	size_t len;
	uint64_t line;
};

struct lexer {
	const char *file;
	const char *data;
	size_t len, at;
	uint64_t line;
	bool is_line_start; /* only blanks so far on this line */
	struct err *err;
};

/* Refuses what no token can hold: NUL, broken UTF-8, lone CR, foreign formats. */
bool lexer_init(struct lexer *lx, const char *file, const struct buf *data, struct err *err);
bool lexer_next(struct lexer *lx, struct token *out);
bool lexer_error(struct lexer *lx, uint64_t line, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
