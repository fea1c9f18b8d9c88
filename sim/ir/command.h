/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine does: the only thing that plan and simulation share.  A plan
 * yields, per core, a sequence of commands in program order; each names a unit,
 * the on-chip spans that it reads and writes, its work, and what it waits for.
 * The plan says what moves and in which order, never how long.
 *
 * Waits: each unit of a core executes its commands in order and counts completed
 * ones (a command counts once it and all before it in its unit's queue are done).
 * A command may start when, for every unit u, u has completed at least waits[u] of
 * its commands of this kernel.  Waits name only commands earlier in program order,
 * so a core alone cannot deadlock.
 */
#ifndef MEMSIM_IR_COMMAND_H
#define MEMSIM_IR_COMMAND_H

#include "base/base.h"
#include "ir/graph.h"
#include "ir/ops.h"

enum unit_kind { UNIT_LOAD, UNIT_MATRIX, UNIT_VECTOR, UNIT_STORE, N_UNITS };

enum onchip { ONCHIP_SPAD, ONCHIP_ACC };

struct span {
	uint8_t memory; /* enum onchip */
	uint32_t buffer; /* of the kernel, whose bytes they are: for people and plan files */
	uint64_t base, bytes;
};
#define COMMAND_MAX_READS 16
#define COMMAND_MAX_WRITES 8

/* Why bytes cross the pins; every byte above the compulsory ones has a name. */
#define TRAFFIC_LIST(X) \
	X(HALO, "halo", "Overlap of neighbouring tiles, read again") \
	X(REFETCH, "refetch", "Read again because it was not kept on chip") \
	X(SPILL, "spill", "An intermediate of a fused kernel, written out and read back") \
	X(SECOND_PASS, "second_pass", "Input of a normalisation, read a second time to apply it") \
	X(PADDING, "padding", "Bytes of a burst, or of a hole in a region, that nobody asked for")
enum traffic {
	TRAFFIC_COMPULSORY, /* first read of an outside element, write of an outside one */
#define X(NAME, text, help) TRAFFIC_##NAME,
	TRAFFIC_LIST(X)
#undef X
	N_TRAFFIC
};

/* The cores that receive one multicast load.  Owned by the plan, valid during its kernel.
 * All members yield their commands of a group in the same order. */
struct multicast {
	uint32_t id; /* unique within the kernel */
	uint32_t n_cores;
	const uint16_t *cores; /* ascending */
};

/* A strided block between HBM and the scratchpad: count[2] x count[1] x count[0] runs. */
struct transfer {
	uint32_t tensor;      /* whose bytes: index into the graph (the one the operator names) */
	uint64_t address;     /* of the first run, in HBM */
	uint64_t run_bytes;   /* contiguous; runs lie in ascending addresses along dimension 0 */
	uint64_t count[3];    /* >= 1 */
	uint64_t stride_bytes[3];
	uint64_t bytes[N_TRAFFIC]; /* of run_bytes * counts, by cause; sums to it */
	const struct multicast *multicast; /* NULL: for this core alone */
};

struct matrix_command {
	enum dtype dtype;
	struct matrix_work work;
};

/* The share of one operator: so many elements of its result, for statistics of its operand. */
struct vector_part {
	uint32_t op;
	uint8_t pass; /* enum op_pass */
	uint64_t elements;
};

struct vector_command {
	uint64_t bytes[N_VECTOR_CLASSES]; /* result bytes x operations of each class */
	uint64_t ops; /* counted vector operations, for the report */
	/* What the work is made of, for people and plan files; valid until the core's next draw. */
	const struct vector_part *parts;
	size_t n_parts;
};
/* The tensor whose elements a part counts. */
uint32_t vector_part_tensor(const struct graph *g, const struct vector_part *part);
/* Adds the work of a part; `info` is its operator's. */
void vector_command_add(struct vector_command *v, const struct graph *g,
			const struct op_info *info, const struct vector_part *part);

struct command {
	enum unit_kind unit;
	bool is_barrier; /* vector unit only: completes when all cores' barrier has been reached */
	uint32_t op;     /* operator that it serves */
	uint64_t waits[N_UNITS];
	unsigned n_reads, n_writes;
	struct span reads[COMMAND_MAX_READS];
	struct span writes[COMMAND_MAX_WRITES];
	union {
		struct transfer transfer; /* UNIT_LOAD: to writes[0]; UNIT_STORE: from reads[0] */
		struct matrix_command matrix;
		struct vector_command vector;
	};
};

#endif
