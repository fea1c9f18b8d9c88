/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the bytes that a kernel calls compulsory those that it has to move: each element that
 * its operators need from outside, and each that others need of it, once?
 */
#ifndef MEMSIM_PLANFILE_COMPULSORY_H
#define MEMSIM_PLANFILE_COMPULSORY_H

#include "planfile/needs.h"
#include "planfile/parse.h"

struct compulsory;
struct compulsory *compulsory_new(const struct parser *p, const struct needs *needs);
void compulsory_free(struct compulsory *c);
void compulsory_kernel(struct compulsory *c); /* one begins */
/* A load (of a multicast, once) or store; its elements can be counted (COVERAGE_MAX). */
bool compulsory_transfer(struct compulsory *c, const struct command *command, uint64_t line,
			 struct err *err);
uint64_t compulsory_bytes(const struct compulsory *c); /* of the kernel so far */
bool compulsory_kernel_end(const struct compulsory *c, struct err *err);

#endif
