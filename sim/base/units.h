/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers with units, read and printed exactly, in integers.  No strtod, no
 * locale.  `why` receives a short reason in plain words ("expected a size such as
 * \"64 KiB\"") when a function returns false.
 */
#ifndef MEMSIM_BASE_UNITS_H
#define MEMSIM_BASE_UNITS_H

#include "base/base.h"

enum quantity {
	Q_COUNT,           /* plain integer */
	Q_BYTES,           /* "192 KiB" "64 GiB" "8 GB" (SI) "4M" (binary suffix) "512" */
	Q_HZ,              /* "1912.5 MHz" "1.8 GHz" */
	Q_PS,              /* "3.9 us" "500 ns" "312.5 ps" is refused (not whole ps) */
	Q_BITS_PER_S,      /* per pin: "2000 Mbps" "6.4 Gbps" */
	Q_BYTES_PER_S,     /* "2.048 TB/s" */
	Q_BITS,            /* density: "4 Gb" (binary: 2^30 bits, the DRAM convention) */
};

/* "1".."18446744073709551615", decimal digits only. */
bool parse_u64(const char *text, size_t len, uint64_t *out);

/* A text with unit, e.g. "1912.5 MHz", to the base unit of `q`; must come out whole. */
bool parse_quantity(const char *text, enum quantity q, uint64_t *out, const char **why);

/* The shortest exact text that parse_quantity reads back, e.g. "192 KiB". */
void format_quantity(uint64_t value, enum quantity q, char *out, size_t size);

/* For people: three significant digits, "2.05 TB/s", "1.42 ms", "88.5 MB". */
void format_human(uint64_t value, enum quantity q, char *out, size_t size);

/* a / b with `decimals` digits, rounded half up, from integers; b = 0 prints 0. */
void format_ratio(uint64_t a, uint64_t b, unsigned decimals, char *out, size_t size);

#endif
