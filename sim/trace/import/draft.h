/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trace in the making: tensors and operators as an importer finds them, before they are
 * statements.  Names may be anything: ids that a trace can have are made of them here.
 */
#ifndef MEMSIM_TRACE_IMPORT_DRAFT_H
#define MEMSIM_TRACE_IMPORT_DRAFT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "ir/graph.h"

/* From names to whatever; keys stay with their owner. */
struct symbols {
	struct symbol {
		const char *name;
		void *value;
	} *slots;
	size_t n_slots, n;
};
void symbols_release(struct symbols *s);
void *symbols_find(const struct symbols *s, const char *name); /* NULL: not there */
/* False: it is there already. */
bool symbols_add(struct symbols *s, const char *name, void *value);

/*
 * A tensor.  Static: known before the run, as are parameters and what is computed of them.  A
 * static tensor that is no parameter and that no step makes lies in memory when the run begins:
 * the trace declares it, where an operator reads it, as a state that nobody writes.
 */
struct value {
	const char *name, *id; /* id: NULL until it is declared */
	enum dtype dtype;
	unsigned n_dims; /* 0: one element */
	int64_t dims[MAX_DIMS];
	bool is_set; /* type and dimensions are known */
	bool is_static, is_weight, is_input, is_output;
	bool in_weight;  /* a weight, or a view of one */
	int64_t *known;  /* its elements: integers, or the bits of floating-point numbers */
	struct step *maker, *reader; /* reader: the latest to be added */
	unsigned n_readers;
};
/* Values of static tensors are followed up to this size; shape arithmetic is far below it. */
#define KNOWN_MAX 65536
#define KNOWN_TOTAL ((uint64_t)16 << 20) /* and up to this many of all of them */

uint64_t value_elements(const struct value *v);
bool value_is_known(const struct value *v);
void dims_print(const struct value *v, struct buf *to);

struct step {
	const char *name, *kind, *attrs;
	struct value **in, **out;
	unsigned n_in, n_out;
	uint64_t line; /* of the source, for messages */
	bool is_dropped;
};

struct draft {
	const char *file;
	struct arena *arena;
	struct value **values;
	size_t n_values, value_capacity;
	struct step **steps;
	size_t n_steps, step_capacity;
	struct symbols tensor_ids, op_ids;
	uint64_t n_known; /* elements that are followed */
	struct err *err;
};
void draft_init(struct draft *d, const char *file, struct err *err);
void draft_release(struct draft *d);

struct value *draft_value(struct draft *d, const char *name);
/* Copies the operands. */
struct step *draft_step(struct draft *d, const char *name, const char *kind,
			struct value *const *in, unsigned n_in, struct value *const *out,
			unsigned n_out, const char *attrs);
/* Formats into the draft's arena. */
const char *draft_text(struct draft *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Appends the trace, checked as any other; `model` is the model's name. */
bool draft_write(struct draft *d, const char *model, struct buf *text);

#endif
