/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan as text: draws every core to its next barrier, a stretch at a time so that whoever
 * reads it has little to keep, and writes what parse*.c reads back to the same commands.
 * Waits are written only where they add to what the unit's queue has waited for already.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "planfile/planfile.h"
#include "planfile/reading.h"
#include "planfile/words.h"
#include "planfile/write_command.h"

/* Commands of a core that stand together. */
#define STRETCH 1000

struct plan_writer {
	const struct graph *g;
	const struct machine *m;
	struct plan *plan;
	struct out *out;
	struct buf text;
	struct written_kernel kernel;
	struct core_writer *cores;
	bool *is_at_barrier;
};

static void flush(struct plan_writer *w)
{
	out_write(w->out, w->text.data, w->text.len);
	buf_clear(&w->text);
}

static void write_head(struct plan_writer *w, const char *schedule)
{
	const struct machine *m = w->m;

	buf_printf(&w->text, PLAN_FIRST_WORD " " PLAN_VERSION "\n");
	buf_printf(&w->text, "# %s%sschedule %s\n", w->g->model, *w->g->model ? ", " : "",
		   schedule);
	buf_printf(&w->text, "trace %s\n", w->g->hash);
	buf_printf(&w->text,
		   "machine cores=%" PRIu64 " spad=%" PRIu64 " acc=%" PRIu64 " packet=%" PRIu64
		   "\n",
		   m->core_count, m->spad_bytes, m->acc_bytes, m->packet_bytes);
	for (uint32_t t = 0; t < w->g->n_tensors; t++) {
		uint64_t address, bytes;

		if (w->g->tensors[t].view != NO_INDEX ||
		    !plan_place_of(w->plan, t, &address, &bytes))
			continue;
		buf_printf(&w->text, "tensor %s at=%" PRIu64 " bytes=%" PRIu64 "\n",
			   w->g->tensors[t].id, address, bytes);
		if (w->text.len > LINE_MAX_BYTES)
			flush(w);
	}
}

/* A name that no buffer of the kernel has yet, after what the buffer holds. */
static const char *name_buffer(struct plan_writer *w, const struct plan_buffer *b)
{
	struct written_kernel *k = &w->kernel;
	struct buf name = BUF_INIT;
	const char *kept;

	if (b->name != NULL)
		return arena_strndup(k->texts, b->name, strlen(b->name));
	for (unsigned n = 1; n == 1 || names_find(&k->names, name.data) != NO_INDEX; n++) {
		buf_clear(&name);
		buf_printf(&name, "%s%s", w->g->tensors[b->tensor].id, b->is_sums ? ".sums" : "");
		if (n > 1)
			buf_printf(&name, ".%u", n);
	}
	kept = arena_strndup(k->texts, name.data, name.len);
	buf_release(&name);
	return kept;
}

/* Those that were not written yet: a plan file may declare some behind its first commands. */
static void write_buffers(struct plan_writer *w)
{
	struct written_kernel *k = &w->kernel;

	for (size_t i = k->names.n; i < plan_n_buffers(w->plan); i++) {
		struct plan_buffer b;

		plan_buffer(w->plan, i, &b);
		GROW(k->buffers, i, k->buffers_capacity);
		k->buffers[i] = b;
		names_add(&k->names, name_buffer(w, &b));
		buf_printf(&w->text, "buffer %s %s at=%" PRIu64 " bytes=%" PRIu64, k->names.v[i],
			   onchip_words[b.memory], b.base, b.slot_bytes);
		if (b.slots > 1)
			buf_printf(&w->text, " slots=%" PRIu64, b.slots);
		buf_putc(&w->text, '\n');
	}
}

static void write_kernel_head(struct plan_writer *w, size_t number)
{
	const struct kernel *kernel = plan_kernel(w->plan, number);
	struct written_kernel *k = &w->kernel;

	names_clear(&k->names);
	k->n_groups = 0;
	arena_free(k->texts);
	k->texts = arena_new();
	memset(w->cores, 0, w->m->core_count * sizeof(*w->cores));
	buf_printf(&w->text, "\nkernel %s ops=", kernel->name);
	for (size_t i = 0; i < kernel->n_ops; i++)
		buf_printf(&w->text, "%s%s", i ? "," : "", w->g->ops[kernel->ops[i]].id);
	if (kernel->estimate_cycles > 0)
		buf_printf(&w->text, " estimate=%" PRIu64, kernel->estimate_cycles);
	buf_printf(&w->text,
		   "\n# %" PRIu64 " MACs, %" PRIu64 " executed; %" PRIu64
		   " vector operations; %" PRIu64 " compulsory bytes\n",
		   kernel->macs, kernel->executed_macs, kernel->vector_ops,
		   kernel->compulsory_bytes);
	write_buffers(w);
}

/* Up to a stretch of a core's commands.  False: its commands are over. */
static bool write_stretch(struct plan_writer *w, uint32_t core)
{
	bool is_named = false;
	struct command c;

	for (unsigned n = 0; n < STRETCH; n++) {
		if (!plan_next(w->plan, core, &c))
			return false;
		if (c.is_barrier) {
			core_writer_barrier(&w->cores[core], &c);
			w->is_at_barrier[core] = true;
			return true;
		}
		write_buffers(w);
		write_group(&w->text, &w->kernel, &c);
		if (!is_named)
			buf_printf(&w->text, "core %" PRIu32 "\n", core);
		is_named = true;
		write_command(&w->text, &w->kernel, &w->cores[core], &c);
		if (w->text.len > LINE_MAX_BYTES)
			flush(w);
	}
	return true;
}

/* All cores up to their next barrier, or to the end: false. */
static bool write_to_barrier(struct plan_writer *w)
{
	bool is_barrier = false, more = true;

	memset(w->is_at_barrier, 0, w->m->core_count);
	while (more) {
		more = false;
		for (uint32_t i = 0; i < w->m->core_count; i++)
			if (!w->is_at_barrier[i] && !w->cores[i].is_over) {
				w->cores[i].is_over = !write_stretch(w, i);
				more |= !w->is_at_barrier[i] && !w->cores[i].is_over;
			}
	}
	for (uint32_t i = 0; i < w->m->core_count; i++) {
		if (i > 0 && w->is_at_barrier[i] != is_barrier)
			BUG("core %" PRIu32 " does not come to the barrier", i);
		is_barrier = w->is_at_barrier[i];
	}
	return is_barrier;
}

static void write_kernel(struct plan_writer *w, size_t number)
{
	plan_start_kernel(w->plan, number);
	write_kernel_head(w, number);
	while (write_to_barrier(w))
		buf_puts(&w->text, "barrier\n");
	buf_puts(&w->text, "end\n");
	flush(w);
}

static void find_places(struct plan_writer *w)
{
	w->kernel.address = xcalloc(w->g->n_tensors + 1, sizeof(*w->kernel.address));
	for (uint32_t t = 0; t < w->g->n_tensors; t++) {
		uint64_t bytes;

		plan_place_of(w->plan, t, &w->kernel.address[t], &bytes);
	}
}

void plan_file_write(const struct graph *g, const struct machine *m, struct plan *p,
		     const char *schedule, struct out *to)
{
	struct plan_writer w = {
		.g = g,
		.m = m,
		.plan = p,
		.out = to,
		.kernel = {.g = g},
		.cores = xcalloc(m->core_count, sizeof(*w.cores)),
		.is_at_barrier = xcalloc(m->core_count, sizeof(*w.is_at_barrier)),
	};

	find_places(&w);
	write_head(&w, schedule);
	for (size_t k = 0; k < plan_n_kernels(p); k++)
		write_kernel(&w, k);
	buf_printf(&w.text, "\nend-of-plan kernels=%zu\n", plan_n_kernels(p));
	flush(&w);
	buf_release(&w.text);
	names_release(&w.kernel.names);
	arena_free(w.kernel.texts);
	free(w.kernel.address);
	free(w.kernel.buffers);
	free((void *)(uintptr_t)w.kernel.groups);
	free(w.cores);
	free(w.is_at_barrier);
}
