/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request streams: native accesses in the order in which they are offered to a memory,
 * pulled one by one from a file or a formula.  A stream of any
 * length takes the same memory.
 */
#ifndef MEMSIM_STREAM_STREAM_H
#define MEMSIM_STREAM_STREAM_H

#include "base/err.h"

struct stream_access {
	uint64_t address;       /* a byte of the native access; below the capacity */
	uint64_t earliest_tick; /* not offered before this memory tick; 0: at once */
	bool is_write;
};

/* The streams that can be generated: name, bytes of a request, seed of its draws (0: none). */
#define STREAM_KIND_LIST(X) \
	X(seqrd, 64, 0, "reads in ascending order") \
	X(seqwr, 64, 0, "writes in ascending order") \
	X(copy, 64, 0, "4 KiB read, 4 KiB written 512 MiB above, and so on") \
	X(rand, 64, 0x9E3779B97F4A7C15, "reads at random in 1 GiB") \
	X(stride, 64, 0, "reads 4 KiB apart") \
	X(mix, 64, 0xD1B54A32D192ED03, "seven reads to three writes, at random in 1 GiB") \
	X(il8, 64, 0, "reads of eight sequences in turn, 128 MiB apart") \
	X(il8s, 64, 0, "reads of eight sequences in turn, 128 MiB and 17 KiB apart") \
	X(tile, 64, 0, "reads of tiles of 64 rows of 512 bytes, at a pitch of 16 KiB") \
	X(rand32, 32, 0x9E3779B97F4A7C15, "rand in requests of 32 bytes") \
	X(mix32, 32, 0xD1B54A32D192ED03, "mix in requests of 32 bytes")

struct stream;

/* `spec` is KIND:COUNT, as on the command line; addresses are modulo the capacity.  A request
 * longer than a burst is several accesses, and COUNT may end within one.  ERR_USAGE. */
struct stream *stream_generate(const char *spec, uint64_t burst_bytes, uint64_t capacity_bytes,
			       struct err *err);

/* A file, or "-", standard input, plain or gzip; one access a line, in memsim's own form, in
 * Ramulator 2's or in DRAMsim3's.  ERR_INPUT for what is not one, ERR_LIMIT for long lines. */
struct stream *stream_open(const char *path, uint64_t capacity_bytes, struct err *err);

/* False: the end, or a fault, which `err` then tells. */
bool stream_next(struct stream *s, struct stream_access *out, struct err *err);
void stream_close(struct stream *s); /* NULL is nothing */

/* A regular stretch: from here on each access comes again `accesses` later, `bytes` further on
 * modulo the capacity, as long as both are among the next `left` ones.  No ticks. */
struct stream_period {
	uint64_t accesses, bytes, left;
};
bool stream_period(const struct stream *s, struct stream_period *out);
/* Passes over so many accesses of a regular stretch, whole periods of it, as if they had been
 * drawn. */
void stream_jump(struct stream *s, uint64_t n_accesses);

/* Of the accesses so far: how many, and a hash that does not depend on where they come from. */
uint64_t stream_count(const struct stream *s);
void stream_hash(const struct stream *s, char out[33]);
const char *stream_kind(const struct stream *s); /* "file", or the formula's name */

#endif
