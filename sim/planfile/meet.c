/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads of a core go through one queue, and waits lead to earlier commands only; so a
 * core that has come to a shared load can come to no later one before all the others have
 * come to this one.  Hence playing the meetings through in any order finds every deadlock,
 * whatever the machine's speed, and no other.
 */
#include "planfile/meet.h"

#include <stdlib.h>
#include <string.h>

#define MAX_HOPS 6 /* of a circle of cores, that are named */

struct meeting {
	uint32_t n_arrived;
	uint64_t line; /* of the first */
	struct transfer transfer;
};

struct meetings {
	const struct parser *p;
	struct meeting *v; /* by group; those beyond n were not looked at yet */
	size_t n, capacity;
	struct {
		const struct multicast *group; /* NULL: it does not wait */
		uint64_t line;
	} * cores;
};

struct meetings *meetings_new(const struct parser *p)
{
	struct meetings *m = xcalloc(1, sizeof(*m));

	m->p = p;
	m->cores = xcalloc(p->m->core_count, sizeof(*m->cores));
	return m;
}

void meetings_free(struct meetings *m)
{
	if (m == NULL)
		return;
	free(m->v);
	free(m->cores);
	free(m);
}

void meetings_kernel(struct meetings *m)
{
	m->n = 0;
}

static struct meeting *meeting_of(struct meetings *m, uint32_t group)
{
	while (m->n <= group) {
		GROW(m->v, m->n, m->capacity);
		m->v[m->n++] = (struct meeting){.n_arrived = 0};
	}
	return &m->v[group];
}

static const char *group_name(const struct meetings *m, uint32_t group)
{
	return m->p->kernel.group_names.v[group];
}

static bool is_same(const struct transfer *a, const struct transfer *b)
{
	return a->tensor == b->tensor && a->address == b->address && a->run_bytes == b->run_bytes &&
	       memcmp(a->count, b->count, sizeof(a->count)) == 0 &&
	       memcmp(a->stride_bytes, b->stride_bytes, sizeof(a->stride_bytes)) == 0 &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool meetings_come(struct meetings *m, uint32_t core, const struct transfer *t, uint64_t line,
		   bool *is_full, struct err *err)
{
	uint32_t group = t->multicast->id;
	struct meeting *meeting = meeting_of(m, group);

	*is_full = false;
	if (meeting->n_arrived == 0) {
		meeting->transfer = *t;
		meeting->line = line;
	} else if (!is_same(&meeting->transfer, t)) {
		return err_at(err, ERR_INPUT, m->p->reading.file, line,
			      "core %" PRIu32 " comes to multicast '%s' for other bytes, or other "
			      "traffic, than line %" PRIu64,
			      core, group_name(m, group), meeting->line);
	}
	m->cores[core].group = t->multicast;
	m->cores[core].line = line;
	if (++meeting->n_arrived < t->multicast->n_cores)
		return true;
	*is_full = true;
	meeting->n_arrived = 0;
	for (uint32_t i = 0; i < t->multicast->n_cores; i++)
		m->cores[t->multicast->cores[i]].group = NULL;
	return true;
}

bool meetings_waits(const struct meetings *m, uint32_t core)
{
	return m->cores[core].group != NULL;
}

/* A member that has not come to the meeting at which `core` waits. */
static uint32_t missing_core(const struct meetings *m, uint32_t core)
{
	const struct multicast *group = m->cores[core].group;

	for (uint32_t i = 0; i < group->n_cores; i++)
		if (m->cores[group->cores[i]].group != group)
			return group->cores[i];
	BUG("nobody is missing");
}

static void describe_wait(const struct meetings *m, uint32_t core, struct buf *to)
{
	buf_printf(to, "core %" PRIu32 " waits on line %" PRIu64 " at multicast '%s'", core,
		   m->cores[core].line, group_name(m, m->cores[core].group->id));
}

/* From one that waits to one that is missing, and so on: to one that never comes, or round. */
static void describe_deadlock(const struct meetings *m, uint32_t core, struct buf *to)
{
	uint32_t first;

	for (uint64_t i = 0; i < m->p->m->core_count; i++) /* onto the circle, if there is one */
		if (meetings_waits(m, missing_core(m, core)))
			core = missing_core(m, core);
	first = core;
	for (unsigned hops = 0; hops < MAX_HOPS; hops++) {
		uint32_t next = missing_core(m, core);

		describe_wait(m, core, to);
		if (!meetings_waits(m, next)) {
			buf_printf(to, ", to which core %" PRIu32 " never comes", next);
			return;
		}
		buf_printf(to, " for core %" PRIu32, next);
		if (next == first)
			return;
		buf_puts(to, ", ");
		core = next;
	}
	buf_puts(to, "and so on");
}

bool meetings_are_over(const struct meetings *m, struct err *err)
{
	struct buf text = BUF_INIT;

	for (uint32_t i = 0; i < m->p->m->core_count; i++) {
		if (!meetings_waits(m, i))
			continue;
		describe_deadlock(m, i, &text);
		BAD_LINE(&m->p->reading, err, "deadlock before this line: %s", text.data);
		buf_release(&text);
		return false;
	}
	return true;
}
