/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known to be complete when a command starts: what it waits for, all that this
 * waited for in turn, and what held for the command before it in its queue.  Matrix and
 * vector units end a command before they start the next; loads and stores overlap.
 *
 * Against that stand the bytes of each memory, in pieces that were written together: by
 * whom, through which buffer, and who has read them since.
 */
#include "planfile/chip.h"

#include <stdlib.h>
#include <string.h>

#include "planfile/pieces.h"

/* Of one memory, and of all: some 120 bytes each. */
#define MAX_PIECES 16384u
#define MAX_ALL_PIECES (UINT64_C(1) << 20)
/* Commands of a kernel whose knowledge may still be asked for: 32 bytes each. */
#define MAX_REMEMBERED (UINT64_C(1) << 23)
#define KEPT_KNOWN 1024 /* of a unit; more room than it needs is given back */

struct known {
	uint64_t n[N_UNITS]; /* so many commands of each unit are complete */
};

/* What was known at the start of a unit's commands, those after the first `base`. */
struct memory_of_unit {
	struct known *v;
	size_t first, n, capacity;
	uint64_t base;
};

struct chip_core {
	uint64_t issued[N_UNITS];
	struct known known[N_UNITS]; /* at the start of the last command of each */
	struct memory_of_unit memory[N_UNITS];
	struct pieces pieces[N_ONCHIP];
};

struct chip {
	const struct parser *p;
	struct chip_core *cores;
	size_t n_cores;
	uint64_t n_remembered, n_pieces;
};

/* A command on trial. */
struct trial {
	struct chip *chip;
	struct chip_core *core;
	uint32_t number; /* of the core */
	const struct command *command;
	uint64_t line, ordinal;
	struct known known;
};

struct chip *chip_new(const struct parser *p)
{
	struct chip *c = xcalloc(1, sizeof(*c));

	c->p = p;
	c->n_cores = p->m->core_count;
	c->cores = xcalloc(c->n_cores, sizeof(*c->cores));
	return c;
}

void chip_free(struct chip *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_cores; i++) {
		for (unsigned u = 0; u < N_UNITS; u++)
			free(c->cores[i].memory[u].v);
		for (unsigned m = 0; m < N_ONCHIP; m++)
			pieces_clear(&c->cores[i].pieces[m]);
	}
	free(c->cores);
	free(c);
}

static void forget_all(struct chip *c)
{
	for (size_t i = 0; i < c->n_cores; i++)
		for (unsigned u = 0; u < N_UNITS; u++) {
			struct memory_of_unit *m = &c->cores[i].memory[u];

			m->first = m->n = 0;
			m->base = c->cores[i].issued[u];
		}
	c->n_remembered = 0;
}

void chip_kernel(struct chip *c)
{
	for (size_t i = 0; i < c->n_cores; i++) {
		struct chip_core *core = &c->cores[i];

		memset(core->issued, 0, sizeof(core->issued));
		memset(core->known, 0, sizeof(core->known));
		for (unsigned m = 0; m < N_ONCHIP; m++)
			pieces_clear(&core->pieces[m]);
	}
	c->n_pieces = 0;
	forget_all(c);
}

void chip_barrier(struct chip *c)
{
	for (size_t i = 0; i < c->n_cores; i++) {
		struct chip_core *core = &c->cores[i];

		core->issued[UNIT_VECTOR]++;
		for (unsigned u = 0; u < N_UNITS; u++)
			memcpy(core->known[u].n, core->issued, sizeof(core->issued));
	}
	forget_all(c);
}

/* Knowledge. */

static void join(struct known *to, const struct known *from)
{
	for (unsigned u = 0; u < N_UNITS; u++)
		to->n[u] = max_u64(to->n[u], from->n[u]);
}

/* Where `least` of the units all know of a command, nobody will ask what it knew. */
static void trim(struct chip *c, struct chip_core *core, unsigned u)
{
	struct memory_of_unit *m = &core->memory[u];
	uint64_t least = UINT64_MAX, drop;

	for (unsigned other = 0; other < N_UNITS; other++)
		if (other != u)
			least = min_u64(least, core->known[other].n[u]);
	if (least <= m->base)
		return;
	drop = least - m->base;
	m->base = least;
	m->first += (size_t)drop;
	c->n_remembered -= drop;
	if (m->first > m->n / 2) {
		memmove(m->v, m->v + m->first, (m->n - m->first) * sizeof(*m->v));
		m->n -= m->first;
		m->first = 0;
	}
	if (m->capacity > KEPT_KNOWN && m->n < m->capacity / 4) {
		m->capacity /= 2;
		m->v = xreallocarray(m->v, m->capacity, sizeof(*m->v));
	}
}

static void learn(struct trial *t)
{
	const struct chip_core *core = t->core;
	enum unit_kind own = t->command->unit;

	t->known = core->known[own];
	if (own == UNIT_MATRIX || own == UNIT_VECTOR)
		t->known.n[own] = t->ordinal - 1;
	for (unsigned u = 0; u < N_UNITS; u++) {
		const struct memory_of_unit *m = &core->memory[u];
		uint64_t wait = t->command->waits[u];

		if (wait <= t->known.n[u])
			continue;
		if (wait > m->base)
			join(&t->known, &m->v[m->first + (size_t)(wait - m->base) - 1]);
		t->known.n[u] = wait;
	}
}

static bool remember(struct trial *t, struct err *err)
{
	struct chip_core *core = t->core;
	enum unit_kind own = t->command->unit;
	struct memory_of_unit *m = &core->memory[own];

	core->known[own] = t->known;
	GROW(m->v, m->n, m->capacity);
	m->v[m->n++] = t->known;
	t->chip->n_remembered++;
	for (unsigned u = 0; u < N_UNITS; u++)
		trim(t->chip, core, u);
	return t->chip->n_remembered <= MAX_REMEMBERED ||
	       err_at(err, ERR_LIMIT, t->chip->p->reading.file, t->line,
		      "more than %" PRIu64
		      " commands that some unit of their core has never waited for; put a barrier "
		      "between",
		      MAX_REMEMBERED);
}

/* Complaints. */

static const char *buffer_name(const struct trial *t, uint32_t buffer)
{
	return t->chip->p->kernel.buffer_names.v[buffer];
}

static bool complain_unwritten(const struct trial *t, const struct span *s, uint64_t at,
			       struct err *err)
{
	const struct file_buffer *b = &t->chip->p->kernel.buffers[s->buffer];
	uint64_t offset = at - b->base;

	return err_at(err, ERR_INPUT, t->chip->p->reading.file, t->line,
		      "core %" PRIu32 ": %s reads what nothing has written: byte %" PRIu64
		      " of slot %" PRIu64 " of buffer '%s'",
		      t->number, unit_words[t->command->unit], offset % b->slot_bytes,
		      offset / b->slot_bytes, buffer_name(t, s->buffer));
}

static bool complain_overlap(const struct trial *t, const struct span *s, const struct piece *p,
			     struct err *err)
{
	return err_at(err, ERR_INPUT, t->chip->p->reading.file, t->line,
		      "core %" PRIu32 ": buffers overlap: %s reads '%s', whose bytes line %" PRIu64
		      " has overwritten through '%s'",
		      t->number, unit_words[t->command->unit], buffer_name(t, s->buffer),
		      p->writer.line, buffer_name(t, p->buffer));
}

static bool complain_race(const struct trial *t, const struct span *s, const char *does,
			  enum unit_kind unit, const struct toucher *who, const char *did,
			  struct err *err)
{
	return err_at(err, ERR_INPUT, t->chip->p->reading.file, t->line,
		      "core %" PRIu32 ": %s %s '%s', which the %s of line %" PRIu64
		      " may still be %s; wait for it with after=",
		      t->number, unit_words[t->command->unit], does, buffer_name(t, s->buffer),
		      unit_words[unit], who->line, did);
}

/* Pieces. */

static struct pieces *pieces_of(const struct trial *t, const struct span *s)
{
	return &t->core->pieces[s->memory];
}

static bool is_complete(const struct trial *t, enum unit_kind unit, const struct toucher *who)
{
	return who->ordinal <= t->known.n[unit];
}

static bool read_span(const struct trial *t, const struct span *s, struct err *err)
{
	struct pieces *set = pieces_of(t, s);
	uint64_t at = s->base, end = s->base + s->bytes;

	pieces_cut(set, s->base, end);
	for (size_t i = pieces_behind(set, at); at < end; i++) {
		struct piece *p = i < set->n ? set->v[i] : NULL;

		if (p == NULL || p->lo > at)
			return complain_unwritten(t, s, at, err);
		if (p->buffer != s->buffer)
			return complain_overlap(t, s, p, err);
		if (!is_complete(t, p->unit, &p->writer))
			return complain_race(t, s, "reads", p->unit, &p->writer, "writing", err);
		p->readers[t->command->unit] = (struct toucher){t->ordinal, t->line};
		at = p->hi;
	}
	return true;
}

static bool may_overwrite(const struct trial *t, const struct span *s, const struct piece *p,
			  struct err *err)
{
	if (!is_complete(t, p->unit, &p->writer))
		return complain_race(t, s, "overwrites", p->unit, &p->writer, "writing", err);
	for (unsigned u = 0; u < N_UNITS; u++) {
		bool is_itself = u == t->command->unit && p->readers[u].ordinal == t->ordinal;

		if (!is_itself && !is_complete(t, (enum unit_kind)u, &p->readers[u]))
			return complain_race(t, s, "overwrites", (enum unit_kind)u, &p->readers[u],
					     "reading", err);
	}
	return true;
}

static bool write_span(const struct trial *t, const struct span *s, struct err *err)
{
	struct pieces *set = pieces_of(t, s);
	uint64_t end = s->base + s->bytes;
	size_t first, last;
	struct piece new = {
		.lo = s->base,
		.hi = end,
		.buffer = s->buffer,
		.unit = t->command->unit,
		.writer = {t->ordinal, t->line},
	};

	if (s->bytes == 0)
		return true;
	pieces_cut(set, s->base, end);
	first = last = pieces_behind(set, s->base);
	for (; last < set->n && set->v[last]->lo < end; last++)
		if (!may_overwrite(t, s, set->v[last], err))
			return false;
	pieces_replace(set, first, last, &new);
	return true;
}

static uint64_t count_pieces(const struct trial *t)
{
	uint64_t n = 0;

	for (unsigned m = 0; m < N_ONCHIP; m++)
		n += t->core->pieces[m].n;
	return n;
}

static bool check_pieces(const struct trial *t, struct err *err)
{
	for (unsigned m = 0; m < N_ONCHIP; m++)
		if (t->core->pieces[m].n > MAX_PIECES)
			return err_at(err, ERR_LIMIT, t->chip->p->reading.file, t->line,
				      "core %" PRIu32 ": more than %u pieces in one memory",
				      t->number, MAX_PIECES);
	return t->chip->n_pieces <= MAX_ALL_PIECES ||
	       err_at(err, ERR_LIMIT, t->chip->p->reading.file, t->line,
		      "more than %" PRIu64 " pieces in the memories of all cores", MAX_ALL_PIECES);
}

static bool touch(struct trial *t, struct err *err)
{
	const struct command *c = t->command;

	for (unsigned i = 0; i < c->n_reads; i++)
		if (!read_span(t, &c->reads[i], err))
			return false;
	for (unsigned i = 0; i < c->n_writes; i++)
		if (!write_span(t, &c->writes[i], err))
			return false;
	return true;
}

bool chip_command(struct chip *c, uint32_t core, const struct command *command, uint64_t line,
		  struct err *err)
{
	struct trial t = {
		.chip = c,
		.core = &c->cores[core],
		.number = core,
		.command = command,
		.line = line,
		.ordinal = ++c->cores[core].issued[command->unit],
	};

	learn(&t);
	c->n_pieces -= count_pieces(&t);
	if (!touch(&t, err))
		return false;
	c->n_pieces += count_pieces(&t);
	return check_pieces(&t, err) && remember(&t, err);
}
