/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what a core's commands read there, and is what they overwrite done with?  From waits
 * and queues alone, whatever the machine's speed: a command may touch bytes only if the
 * commands that wrote them, or still read them, are known to be complete when it starts.
 */
#ifndef MEMSIM_PLANFILE_CHIP_H
#define MEMSIM_PLANFILE_CHIP_H

#include "planfile/parse.h"

struct chip;
struct chip *chip_new(const struct parser *p);
void chip_free(struct chip *c);
void chip_kernel(struct chip *c);  /* nothing is on chip */
void chip_barrier(struct chip *c); /* everything before is complete, on all cores */
/* The commands of a core in their order. */
bool chip_command(struct chip *c, uint32_t core, const struct command *command, uint64_t line,
		  struct err *err);

#endif
