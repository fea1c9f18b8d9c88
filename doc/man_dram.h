/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of doc/dram-standards.md, in Markdown; see man_tables.c. */
#ifndef MEMSIM_DOC_MAN_DRAM_H
#define MEMSIM_DOC_MAN_DRAM_H

#include "base/buf.h"

void print_dram_organisation(struct buf *to);
void print_dram_densities(struct buf *to);
void print_dram_commands(struct buf *to);
void print_dram_parameters(struct buf *to);
void print_dram_rules(struct buf *to);

#endif
