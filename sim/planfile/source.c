/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan file as a plan: the second reading.  Commands are read on as far as somebody asks;
 * those of other cores that lie before wait in queues.  What the first reading has found
 * right is not asked again, but a file that has changed since ends the plan.
 */
#include <stdlib.h>

#include "planfile/check.h"
#include "planfile/packed.h"
#include "planfile/planfile.h"

struct plan_file {
	struct parser parser;
	struct kernel_list kernels;
	struct packed_queue *waiting; /* by core */
	uint64_t waiting_bytes;
	bool has_kernel_ended; /* in the file */
	struct err err;        /* why there are no more commands */
};

static void release(void *context)
{
	struct plan_file *f = context;

	for (size_t i = 0; i < f->parser.m->core_count; i++)
		packed_release(&f->waiting[i]);
	free(f->waiting);
	kernel_list_release(&f->kernels);
	parser_close(&f->parser);
	free(f);
}

static const struct kernel *kernel(void *context, size_t k)
{
	const struct plan_file *f = context;

	return &f->kernels.v[k];
}

static bool place_of(void *context, uint32_t tensor, uint64_t *address, uint64_t *bytes)
{
	const struct plan_file *f = context;
	const struct file_place *place = &f->parser.places[tensor];

	*address = place->address;
	*bytes = place->bytes;
	return place->line != 0;
}

/* To the next kernel; from the first line again for kernel 0. */
static void start_kernel(void *context, size_t k)
{
	struct plan_file *f = context;
	enum plan_event event = PLAN_KERNEL_END;

	if (k == 0)
		parser_rewind(&f->parser, &f->err);
	for (size_t i = 0; i < f->parser.m->core_count; i++)
		packed_clear(&f->waiting[i]);
	f->waiting_bytes = 0;
	f->has_kernel_ended = false;
	while (f->err.code == ERR_NONE && event != PLAN_KERNEL)
		parser_next(&f->parser, &event, &f->err);
}

static void put(struct plan_file *f, uint32_t core, const struct command *c)
{
	struct packed_queue *q = &f->waiting[core];

	f->waiting_bytes -= packed_bytes(q);
	packed_put(q, c, f->parser.reading.line);
	f->waiting_bytes += packed_bytes(q);
	if (f->waiting_bytes > MAX_WAITING_BYTES)
		err_at(&f->err, ERR_LIMIT, f->parser.reading.file, f->parser.reading.line,
		       "too many commands (%" PRIu64 " bytes) stand before those that are due; let "
		       "the cores take turns in the file",
		       f->waiting_bytes);
}

static void read_on(struct plan_file *f)
{
	struct parser *p = &f->parser;
	enum plan_event event;
	struct command barrier;

	if (!parser_next(p, &event, &f->err))
		return;
	if (event == PLAN_COMMAND)
		put(f, p->core, &p->command);
	for (uint32_t i = 0; event == PLAN_BARRIER && i < p->m->core_count; i++) {
		parser_barrier(p, i, &barrier);
		put(f, i, &barrier);
	}
	f->has_kernel_ended = event == PLAN_KERNEL_END || event == PLAN_END;
}

static bool next(void *context, uint32_t core, struct command *out)
{
	struct plan_file *f = context;
	struct packed_queue *q = &f->waiting[core];
	uint64_t line;

	while (packed_is_empty(q) && !f->has_kernel_ended && f->err.code == ERR_NONE)
		read_on(f);
	if (packed_is_empty(q) || f->err.code != ERR_NONE)
		return false;
	f->waiting_bytes -= packed_bytes(q);
	packed_take(q, out, &line);
	f->waiting_bytes += packed_bytes(q);
	return true;
}

static bool is_whole(void *context, struct err *err)
{
	struct plan_file *f = context;

	lines_check_unchanged(f->parser.reading.lines, &f->err);
	if (f->err.code == ERR_NONE)
		return true;
	*err = f->err;
	return false;
}

static size_t n_buffers(void *context)
{
	const struct plan_file *f = context;

	return f->parser.kernel.buffer_names.n;
}

static void buffer(void *context, size_t i, struct plan_buffer *out)
{
	const struct plan_file *f = context;
	const struct file_buffer *b = &f->parser.kernel.buffers[i];

	*out = (struct plan_buffer){
		.name = f->parser.kernel.buffer_names.v[i],
		.tensor = NO_INDEX,
		.memory = b->memory,
		.base = b->base,
		.slot_bytes = b->slot_bytes,
		.slots = b->slots,
	};
}

static uint64_t peak_bytes(const struct parser *p)
{
	uint64_t most = 0;

	for (size_t t = 0; t < p->g->n_tensors; t++)
		if (p->places[t].line != 0)
			most = max_u64(most, p->places[t].address + p->places[t].bytes);
	return most;
}

struct plan *plan_file_open(const char *path, const struct graph *g, const struct machine *m,
			    struct err *err)
{
	struct plan_file *f = xcalloc(1, sizeof(*f));
	struct plan_source source = {
		.context = f,
		.kernel = kernel,
		.place_of = place_of,
		.start_kernel = start_kernel,
		.next = next,
		.is_whole = is_whole,
		.n_buffers = n_buffers,
		.buffer = buffer,
		.release = release,
	};

	f->waiting = xcalloc(m->core_count, sizeof(*f->waiting));
	f->parser.m = m;
	if (!parser_open(&f->parser, path, g, m, err) ||
	    !check_plan(&f->parser, &f->kernels, err)) {
		release(f);
		return NULL;
	}
	source.n_kernels = f->kernels.n;
	source.hbm_peak_bytes = peak_bytes(&f->parser);
	return plan_from(g, m, &source);
}
