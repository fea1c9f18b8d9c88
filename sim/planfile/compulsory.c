/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Books by storage, for one kernel: the elements that it has moved each way, how many bytes
 * of them it calls compulsory, and how many there are to call so.  Operands of which the
 * graph alone does not tell what is read (through views) are bounded from above only.
 */
#include "planfile/compulsory.h"

#include <stdlib.h>

#include "base/units.h"
#include "planfile/coverage.h"
#include "planfile/runs.h"

/* One way. */
struct moved {
	struct coverage *elements;        /* NULL: none yet */
	uint64_t compulsory, least, most; /* bytes: called so, and to be called so */
};

struct book {
	uint32_t storage;
	struct moved in, out;
};

struct compulsory {
	const struct parser *p;
	const struct needs *needs;
	struct book *books; /* of the kernel at hand */
	size_t n, capacity;
	uint32_t *book_of; /* by storage; NO_INDEX: none */
};

struct compulsory *compulsory_new(const struct parser *p, const struct needs *needs)
{
	struct compulsory *c = xcalloc(1, sizeof(*c));

	c->p = p;
	c->needs = needs;
	c->book_of = xcalloc(p->g->n_tensors + 1, sizeof(*c->book_of));
	for (size_t i = 0; i < p->g->n_tensors; i++)
		c->book_of[i] = NO_INDEX;
	return c;
}

static void close_books(struct compulsory *c)
{
	for (size_t i = 0; i < c->n; i++) {
		coverage_free(c->books[i].in.elements);
		coverage_free(c->books[i].out.elements);
		c->book_of[c->books[i].storage] = NO_INDEX;
	}
	c->n = 0;
}

void compulsory_free(struct compulsory *c)
{
	if (c == NULL)
		return;
	close_books(c);
	free(c->books);
	free(c->book_of);
	free(c);
}

static struct book *book_of(struct compulsory *c, uint32_t storage)
{
	if (c->book_of[storage] == NO_INDEX) {
		GROW(c->books, c->n, c->capacity);
		c->books[c->n] = (struct book){.storage = storage};
		c->book_of[storage] = (uint32_t)c->n++;
	}
	return &c->books[c->book_of[storage]];
}

/* What there is to move. */

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return add_u64(a, b, &sum) ? sum : UINT64_MAX;
}

static bool is_first_use(const struct graph *g, const struct op *op, unsigned input)
{
	for (unsigned i = 0; i < input; i++)
		if (op_input(g, op, i) == op_input(g, op, input))
			return false;
	return true;
}

static void expect_inputs(struct compulsory *c, size_t at)
{
	const struct graph *g = c->p->g;
	const struct op_info *info = &c->p->kernel.infos[at];
	const struct op *op = &g->ops[c->p->kernel.ops[at]];

	for (unsigned i = 0; i < op->n_inputs && op_knows_input(info, i); i++) {
		uint32_t tensor = op_input(g, op, i), storage = storage_of(g, tensor);
		uint64_t bytes = op_touched_bytes(g, op, info, i);
		struct moved *in = &book_of(c, storage)->in;

		if (needs_is_made_here(c->needs, storage) || !is_first_use(g, op, i))
			continue;
		in->most = min_u64(add_saturated(in->most, bytes), tensor_bytes(g, storage));
		if (tensor == storage && c->needs->is_whole[c->p->kernel.ops[at]])
			in->least = max_u64(in->least, bytes);
	}
}

static void expect_outputs(struct compulsory *c, size_t at)
{
	const struct graph *g = c->p->g;
	const struct op *op = &g->ops[c->p->kernel.ops[at]];

	for (unsigned i = 0; i < op->n_outputs; i++) {
		uint32_t tensor = op_output(g, op, i), storage = storage_of(g, tensor);
		struct moved *out = &book_of(c, storage)->out;
		bool is_needed = needs_is_for_others(c->needs, storage);
		uint64_t bytes = op_written_bytes(g, op, i); /* of a state perhaps a part */

		if (is_needed || !needs_is_read(c->needs, storage))
			out->most = add_saturated(out->most, bytes);
		if (is_needed)
			out->least = max_u64(out->least, bytes);
	}
}

void compulsory_kernel(struct compulsory *c)
{
	close_books(c);
	for (size_t i = 0; i < c->p->kernel.n_ops; i++) {
		expect_inputs(c, i);
		expect_outputs(c, i);
	}
}

/* What is moved. */

static const char *id_of(const struct compulsory *c, uint32_t tensor)
{
	return c->p->g->tensors[tensor].id;
}

static uint64_t unit_bytes(const struct compulsory *c, uint32_t storage)
{
	return dtype_bits(c->p->g->tensors[storage].dtype) / 8;
}

static uint64_t moved_bytes(const struct compulsory *c, uint32_t storage, const struct moved *m)
{
	return m->elements == NULL ? 0 : coverage_count(m->elements) * unit_bytes(c, storage);
}

static void mark(const struct compulsory *c, uint32_t storage, struct moved *m,
		 const struct transfer *t)
{
	struct runs run;

	if (m->elements == NULL)
		m->elements = coverage_new(tensor_elements(c->p->g, storage));
	runs_start(&run, t, c->p->places[storage].address, unit_bytes(c, storage));
	while (runs_next(&run))
		coverage_add(m->elements, run.first, run.length);
}

/* Bytes that need not be moved at all. */
static bool complain_needless(const struct compulsory *c, const struct command *command,
			      uint64_t line, struct err *err)
{
	const char *id = id_of(c, command->transfer.tensor);

	if (command->unit == UNIT_STORE)
		return err_at(err, ERR_INPUT, c->p->reading.file, line,
			      "nobody outside this kernel reads tensor '%s': to store it is not "
			      "compulsory; call it traffic=spill",
			      id);
	return err_at(err, ERR_INPUT, c->p->reading.file, line,
		      "tensor '%s' is made by this kernel: to load it is not compulsory; call it "
		      "traffic=spill",
		      id);
}

static bool check_called(const struct compulsory *c, const struct command *command,
			 const struct moved *m, uint64_t line, struct err *err)
{
	uint32_t storage = storage_of(c->p->g, command->transfer.tensor);
	uint64_t moved = moved_bytes(c, storage, m);
	const char *verb = command->unit == UNIT_LOAD ? "loaded" : "stored";

	if (m->compulsory > 0 && m->most == 0)
		return complain_needless(c, command, line, err);
	if (m->compulsory > moved)
		return err_at(err, ERR_INPUT, c->p->reading.file, line,
			      "the kernel calls %" PRIu64
			      " %s bytes of tensor '%s' compulsory, but "
			      "%" PRIu64 " are different ones; call the others traffic=%s",
			      m->compulsory, verb, id_of(c, storage), moved,
			      command->unit == UNIT_LOAD ? "refetch or halo" : "spill");
	return m->compulsory <= m->most ||
	       err_at(err, ERR_INPUT, c->p->reading.file, line,
		      "the kernel calls %" PRIu64 " %s bytes of tensor '%s' compulsory, but its "
		      "operators need %" PRIu64 "; call the others traffic=padding",
		      m->compulsory, verb, id_of(c, storage), m->most);
}

bool compulsory_transfer(struct compulsory *c, const struct command *command, uint64_t line,
			 struct err *err)
{
	uint32_t storage = storage_of(c->p->g, command->transfer.tensor);
	struct book *book = book_of(c, storage);
	struct moved *m = command->unit == UNIT_LOAD ? &book->in : &book->out;

	mark(c, storage, m, &command->transfer);
	m->compulsory = add_saturated(m->compulsory, command->transfer.bytes[TRAFFIC_COMPULSORY]);
	return check_called(c, command, m, line, err);
}

uint64_t compulsory_bytes(const struct compulsory *c)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < c->n; i++)
		bytes += c->books[i].in.compulsory + c->books[i].out.compulsory;
	return bytes;
}

/* Names the first element that was not stored, if none may be missing. */
static void name_missing(const struct compulsory *c, const struct book *b, struct buf *to)
{
	uint64_t n = tensor_elements(c->p->g, b->storage);

	if (b->out.least < tensor_bytes(c->p->g, b->storage) || b->out.elements == NULL)
		return;
	buf_puts(to, "; the first that is missing is ");
	print_element(to, c->p->g, b->storage, coverage_gap(b->out.elements, 0, n));
}

static bool check_stored(const struct compulsory *c, const struct book *b, struct err *err)
{
	uint64_t stored = moved_bytes(c, b->storage, &b->out);
	struct buf missing = BUF_INIT;

	if (stored >= b->out.least)
		return true;
	name_missing(c, b, &missing);
	err_at(err, ERR_INPUT, c->p->reading.file, c->p->kernel.line,
	       "kernel '%s' stores %" PRIu64 " bytes of tensor '%s', of %" PRIu64
	       " that others need%s",
	       c->p->kernel.name, stored, id_of(c, b->storage), b->out.least,
	       missing.len > 0 ? missing.data : "");
	buf_release(&missing);
	return false;
}

static bool check_loaded(const struct compulsory *c, const struct book *b, struct err *err)
{
	uint64_t loaded = moved_bytes(c, b->storage, &b->in);

	return loaded >= b->in.least ||
	       err_at(err, ERR_INPUT, c->p->reading.file, c->p->kernel.line,
		      "kernel '%s' loads %" PRIu64 " bytes of tensor '%s', of %" PRIu64
		      " that its operators read",
		      c->p->kernel.name, loaded, id_of(c, b->storage), b->in.least);
}

static bool check_least(const struct compulsory *c, uint32_t storage, const struct moved *m,
			const char *what, struct err *err)
{
	return m->compulsory >= m->least ||
	       err_at(err, ERR_INPUT, c->p->reading.file, c->p->kernel.line,
		      "kernel '%s' calls only %" PRIu64 " of %" PRIu64 " bytes of tensor '%s' "
		      "compulsory that %s",
		      c->p->kernel.name, m->compulsory, m->least, id_of(c, storage), what);
}

bool compulsory_kernel_end(const struct compulsory *c, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct book *b = &c->books[i];

		if (!check_loaded(c, b, err) || !check_stored(c, b, err) ||
		    !check_least(c, b->storage, &b->in, "its operators read", err) ||
		    !check_least(c, b->storage, &b->out, "others need", err))
			return false;
	}
	return true;
}
