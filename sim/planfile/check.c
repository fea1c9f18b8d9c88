/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plays a plan through without time: commands go to the checks in the order of the file,
 * but for those of a core that waits at a shared load, which are put aside until the
 * others have come.  What each check asks is its own affair.
 */
#include "planfile/check.h"

#include <stdlib.h>
#include <string.h>

#include "planfile/chip.h"
#include "planfile/compulsory.h"
#include "planfile/contents.h"
#include "planfile/meet.h"
#include "planfile/packed.h"
#include "planfile/states.h"
#include "planfile/work.h"

struct check {
	struct parser *p;
	struct needs needs;
	struct chip *chip;
	struct meetings *meetings;
	struct contents *contents; /* from the first kernel on */
	struct compulsory *compulsory;
	struct states *states;
	struct work *work;
	struct packed_queue *aside; /* by core */
	uint64_t aside_bytes;
	uint32_t *ready; /* cores that may go on, each once */
	bool *is_ready;  /* by core: listed there */
	size_t n_ready;
	struct kernel_list *kernels;
};

void kernel_list_release(struct kernel_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((void *)(uintptr_t)l->v[i].ops);
	free(l->v);
	arena_free(l->texts);
	*l = (struct kernel_list){.v = NULL};
}

/* Commands. */

static bool transfer(struct check *c, const struct command *command, uint64_t line, struct err *err)
{
	return contents_transfer(c->contents, command, line, err) &&
	       compulsory_transfer(c->compulsory, command, line, err) &&
	       states_transfer(c->states, command, line, err);
}

/* All have come: it happens once, and then each core goes on. */
static bool meet(struct check *c, const struct command *command, uint64_t line, struct err *err)
{
	const struct multicast *group = command->transfer.multicast;

	for (uint32_t i = 0; i < group->n_cores; i++) {
		uint32_t core = group->cores[i];

		if (!c->is_ready[core])
			c->ready[c->n_ready++] = core;
		c->is_ready[core] = true;
	}
	return transfer(c, command, line, err);
}

static bool one_command(struct check *c, uint32_t core, const struct command *command,
			uint64_t line, struct err *err)
{
	bool is_full;

	if (!chip_command(c->chip, core, command, line, err))
		return false;
	work_command(c->work, command);
	if (command->unit != UNIT_LOAD && command->unit != UNIT_STORE)
		return true;
	if (command->transfer.multicast == NULL)
		return transfer(c, command, line, err);
	return meetings_come(c->meetings, core, &command->transfer, line, &is_full, err) &&
	       (!is_full || meet(c, command, line, err));
}

/* The core that was listed last goes on to where it must wait again. */
static bool go_on(struct check *c, struct err *err)
{
	uint32_t core = c->ready[--c->n_ready];
	struct packed_queue *q = &c->aside[core];

	c->is_ready[core] = false;
	while (!packed_is_empty(q) && !meetings_waits(c->meetings, core)) {
		struct command command;
		uint64_t line;

		c->aside_bytes -= packed_bytes(q);
		packed_take(q, &command, &line);
		c->aside_bytes += packed_bytes(q);
		if (!one_command(c, core, &command, line, err))
			return false;
	}
	return true;
}

static bool put_aside(struct check *c, struct err *err)
{
	struct packed_queue *q = &c->aside[c->p->core];

	c->aside_bytes -= packed_bytes(q);
	packed_put(q, &c->p->command, c->p->reading.line);
	c->aside_bytes += packed_bytes(q);
	return c->aside_bytes <= MAX_WAITING_BYTES ||
	       err_at(err, ERR_LIMIT, c->p->reading.file, c->p->reading.line,
		      "too many commands (%" PRIu64 " bytes) stand before those that their cores "
		      "wait for; let the cores take turns in the file",
		      c->aside_bytes);
}

static bool take_command(struct check *c, struct err *err)
{
	uint32_t core = c->p->core;
	uint64_t line = c->p->reading.line;

	if (meetings_waits(c->meetings, core))
		return put_aside(c, err);
	if (!one_command(c, core, &c->p->command, line, err))
		return false;
	while (c->n_ready > 0)
		if (!go_on(c, err))
			return false;
	return true;
}

/* Kernels. */

static bool take_kernel(struct check *c, struct err *err)
{
	if (c->contents == NULL)
		c->contents = contents_new(c->p, &c->needs, err);
	if (c->contents == NULL)
		return false;
	needs_kernel(&c->needs);
	compulsory_kernel(c->compulsory);
	chip_kernel(c->chip);
	meetings_kernel(c->meetings);
	return work_kernel(c->work, err) && states_kernel(c->states, err);
}

static bool take_barrier(struct check *c, struct err *err)
{
	if (!meetings_are_over(c->meetings, err))
		return false;
	chip_barrier(c->chip);
	contents_barrier(c->contents);
	states_barrier(c->states);
	work_barrier(c->work);
	return true;
}

/* The end of the highest buffer. */
static uint64_t spad_bytes(const struct file_kernel *k)
{
	uint64_t most = 0;

	for (size_t i = 0; i < k->buffer_names.n; i++) {
		const struct file_buffer *b = &k->buffers[i];

		if (b->memory == ONCHIP_SPAD)
			most = max_u64(most, b->base + b->slots * b->slot_bytes);
	}
	return most;
}

static bool take_kernel_end(struct check *c, struct err *err)
{
	const struct file_kernel *k = &c->p->kernel;
	struct kernel_list *list = c->kernels;
	struct kernel *out;
	uint32_t *ops;

	if (!meetings_are_over(c->meetings, err))
		return false;
	GROW(list->v, list->n, list->capacity);
	ops = xcalloc(k->n_ops, sizeof(*ops));
	memcpy(ops, k->ops, k->n_ops * sizeof(*ops));
	out = &list->v[list->n++];
	*out = (struct kernel){
		.name = arena_strndup(list->texts, k->name, strlen(k->name)),
		.ops = ops,
		.n_ops = k->n_ops,
		.estimate_cycles = k->estimate_cycles,
		.compulsory_bytes = compulsory_bytes(c->compulsory),
		.spad_bytes = spad_bytes(k),
	};
	contents_barrier(c->contents);
	return work_kernel_end(c->work, out, err) && compulsory_kernel_end(c->compulsory, err);
}

static bool take_end(struct check *c, struct err *err)
{
	if (c->contents == NULL)
		c->contents = contents_new(c->p, &c->needs, err);
	return c->contents != NULL && work_plan_end(c->work, err);
}

static bool take_event(struct check *c, enum plan_event event, struct err *err)
{
	switch (event) {
	case PLAN_KERNEL:
		return take_kernel(c, err);
	case PLAN_COMMAND:
		return take_command(c, err);
	case PLAN_BARRIER:
		return take_barrier(c, err);
	case PLAN_KERNEL_END:
		return take_kernel_end(c, err);
	case PLAN_END:
		return take_end(c, err);
	}
	BUG("no such event");
}

static bool take_all(struct check *c, struct err *err)
{
	enum plan_event event;

	do {
		if (!parser_next(c->p, &event, err) || !take_event(c, event, err))
			return false;
	} while (event != PLAN_END);
	return true;
}

bool check_plan(struct parser *p, struct kernel_list *kernels, struct err *err)
{
	size_t n_cores = p->m->core_count;
	struct check c = {
		.p = p,
		.chip = chip_new(p),
		.meetings = meetings_new(p),
		.aside = xcalloc(n_cores, sizeof(*c.aside)),
		.ready = xcalloc(n_cores, sizeof(*c.ready)),
		.is_ready = xcalloc(n_cores, sizeof(*c.is_ready)),
		.kernels = kernels,
	};
	bool ok;

	*kernels = (struct kernel_list){.texts = arena_new()};
	needs_init(&c.needs, p);
	c.work = work_new(p, &c.needs);
	c.compulsory = compulsory_new(p, &c.needs);
	c.states = states_new(p, &c.needs);
	ok = take_all(&c, err);
	for (size_t i = 0; i < n_cores; i++)
		packed_release(&c.aside[i]);
	free(c.aside);
	free(c.ready);
	free(c.is_ready);
	work_free(c.work);
	compulsory_free(c.compulsory);
	states_free(c.states);
	contents_free(c.contents);
	meetings_free(c.meetings);
	chip_free(c.chip);
	needs_release(&c.needs);
	return ok;
}
