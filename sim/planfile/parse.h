/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of reading a plan file, shared by parse*.c; check*.c and source.c draw
 * statements from it and look at the kernel at hand.  Memory grows with the trace's
 * tensors and operators and with what one kernel declares, never with its commands.
 */
#ifndef MEMSIM_PLANFILE_PARSE_H
#define MEMSIM_PLANFILE_PARSE_H

#include "base/mem.h"
#include "config/machine.h"
#include "ir/block.h"
#include "planfile/reading.h"
#include "planfile/words.h"

/* Beyond these a kernel is refused as too large. */
#define MAX_KERNEL_OPS 1024
#define MAX_KERNEL_BUFFERS 65536
#define MAX_KERNEL_GROUPS 65536
#define MAX_KERNEL_LABELS (1u << 20)

struct file_place {
	uint64_t address, bytes, line; /* line 0: none */
};

struct file_buffer {
	uint8_t memory; /* enum onchip */
	uint64_t base, slot_bytes, slots;
};

struct file_core {
	uint64_t issued[N_UNITS];
	uint64_t barrier; /* vector commands up to the last one */
};

/* A command that others may wait for by name. */
struct file_label {
	uint32_t core;
	enum unit_kind unit;
	uint64_t ordinal; /* in its unit's queue, from 1 */
};

struct file_kernel {
	size_t number;
	uint64_t line;
	const char *name;
	uint32_t *ops; /* ascending */
	struct op_info *infos;
	size_t n_ops, ops_capacity, infos_capacity;
	uint64_t estimate_cycles;
	struct file_buffer *buffers;
	struct names buffer_names; /* number is the index above */
	size_t buffers_capacity;
	const struct multicast **groups; /* they stay where they are */
	struct names group_names;
	size_t groups_capacity;
	struct file_label *labels;
	struct names label_names; /* "NAME@CORE" */
	size_t labels_capacity;
	struct file_core *cores; /* one a core of the machine */
	uint64_t n_barriers;
	struct arena *texts;
};

enum plan_event {
	PLAN_KERNEL,  /* a kernel starts: parser.kernel */
	PLAN_COMMAND, /* parser.command of parser.core, at parser.reading.line */
	PLAN_BARRIER, /* on all cores */
	PLAN_KERNEL_END,
	PLAN_END,
};

enum parse_state { AT_FIRST_LINE, AT_TRACE, AT_MACHINE, AT_TENSORS, IN_KERNEL, AT_END };

struct parser {
	const struct graph *g;
	const struct machine *m;
	struct reading reading;
	enum parse_state state;
	struct names tensors, ops; /* of the graph, by their index */
	struct file_place *places; /* by tensor */
	uint32_t *kernel_of_op;    /* NO_INDEX: none yet */
	uint32_t *position_of_op;  /* in its kernel */
	struct file_kernel kernel;
	size_t n_kernels;
	bool has_core;
	uint32_t core;
	struct command command;
	struct vector_part *parts; /* of the command */
	size_t parts_capacity;
};

bool parser_open(struct parser *p, const char *path, const struct graph *g, const struct machine *m,
		 struct err *err);
void parser_close(struct parser *p);
bool parser_rewind(struct parser *p, struct err *err);
/* False: a fault; after PLAN_END there is nothing to ask for. */
bool parser_next(struct parser *p, enum plan_event *event, struct err *err);
/* The barrier that has just been read, as the command of a core. */
void parser_barrier(const struct parser *p, uint32_t core, struct command *out);

/* parse_kernel.c */
bool parse_kernel(struct parser *p, struct err *err);
bool parse_buffer(struct parser *p, struct err *err);
bool parse_multicast(struct parser *p, struct err *err);
bool parse_core(struct parser *p, struct err *err);
bool parse_barrier(struct parser *p, struct err *err);
void parser_release_kernel(struct parser *p);

/* parse_command.c: fills p->command and counts it. */
bool parse_load(struct parser *p, struct err *err);
bool parse_matrix(struct parser *p, struct err *err);
bool parse_vector(struct parser *p, struct err *err);
bool parse_store(struct parser *p, struct err *err);
/* An operator of the kernel at hand. */
bool parse_op(const struct parser *p, const char *name, uint32_t *op, struct err *err);
const struct op_info *parser_op_info(const struct parser *p, uint32_t op);

/* parse_transfer.c: which bytes of which tensor, to or from where, and why. */
bool parse_transfer(struct parser *p, bool is_store, char **values, struct err *err);
/* Keys of loads and stores; parse_transfer() takes the values of all. */
enum {
	KEY_SPAN,
	KEY_AFTER,
	KEY_AS,
	KEY_TRAFFIC,
	KEY_OFFSET,
	KEY_RUN,
	KEY_COUNT,
	KEY_STRIDE,
	KEY_MULTICAST, /* loads only */
	N_TRANSFER_KEYS,
};

/* parse_span.c: BUFFER[@SLOT][[FROM:TO]]; `bytes` 0: what the word says or the whole slot. */
bool parse_span(const struct parser *p, char *word, uint64_t bytes, struct span *out,
		struct err *err);

/* parse_wait.c: after= and as=, NULL for none. */
bool parse_waits(struct parser *p, char *after, char *as, struct err *err);

/* region_text.c: TENSOR or TENSOR[RANGES]. */
struct tensor_region {
	uint32_t tensor;
	struct region region;
	int64_t step[MAX_DIMS];
};
bool parse_tensor_region(const struct parser *p, char *word, struct tensor_region *out,
			 struct err *err);
void print_tensor_region(struct buf *to, const struct graph *g, const struct tensor_region *t);
/* "[0,3,17]": where element `offset` of a storage lies in its tensor. */
void print_element(struct buf *to, const struct graph *g, uint32_t storage, uint64_t offset);
/* The region that gives exactly this transfer, if its storage lies at `address`. */
bool region_of_transfer(const struct graph *g, uint64_t address, const struct transfer *t,
			struct tensor_region *out);

#endif
