/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of an address mapping.  Whether its parts fill their fields is addrmap.c's.
 */
#ifndef MEMSIM_MODEL_ADDRMAP_TEXT_H
#define MEMSIM_MODEL_ADDRMAP_TEXT_H

#include "model/addrmap.h"

extern const char *const addr_field_names[N_ADDR_FIELDS];

/* Reads `text` into the parts of a map whose sizes and burst are set: field, size (0: the
 * rest of the field), skew and XOR. */
bool addrmap_parse(struct addrmap *map, const char *text, uint64_t packet_bytes, struct err *err);

#endif
