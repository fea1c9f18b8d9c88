/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command waits for: UNIT, all commands of that unit before it; UNIT-N, all but the
 * last N of them; or a command that gave itself a name.  All lie before it; one that lies
 * behind it is looked for to the kernel's end, to say what would come of it.
 */
#include "planfile/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "planfile/forward.h"

#define LABEL_TEXT 160

static void wait_for(struct command *c, enum unit_kind unit, uint64_t ordinal)
{
	c->waits[unit] = max_u64(c->waits[unit], ordinal);
}

/* "UNIT" or "UNIT-N"; *is_unit tells whether it is that at all. */
static bool wait_for_unit(struct parser *p, char *piece, bool *is_unit, struct err *err)
{
	const struct file_core *core = &p->kernel.cores[p->core];
	char *minus = strchr(piece, '-');
	unsigned unit = find_word(unit_words, N_UNITS, piece, strcspn(piece, "-"));
	uint64_t but = 0;

	*is_unit = unit < N_UNITS;
	if (!*is_unit)
		return true;
	if (minus != NULL &&
	    !reading_number(&p->reading, piece, minus + 1, 0, UINT32_MAX, &but, err))
		return false;
	if (but >= core->issued[unit])
		return BAD_LINE(&p->reading, err,
				"after=%s: core %" PRIu32 " has %" PRIu64
				" %s commands before this one",
				piece, p->core, core->issued[unit], unit_words[unit]);
	wait_for(&p->command, (enum unit_kind)unit, core->issued[unit] - but);
	return true;
}

static bool check_label(const struct parser *p, const char *name, struct err *err)
{
	size_t len =
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");

	if (name[len] != '\0' || len == 0 || len > 100)
		return BAD_LINE(&p->reading, err,
				"'" SHOWN "' is no name of a command (expected 1 to 100 letters, "
				"digits and _ .)",
				name);
	return find_word(unit_words, N_UNITS, name, len) == N_UNITS ||
	       BAD_LINE(&p->reading, err, "a command may not be named '%s', as its unit", name);
}

static void label_key(const struct parser *p, const char *name, char key[LABEL_TEXT])
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "%s@%" PRIu32, name, p->core);
	memcpy(key, b.data, b.len + 1); /* check_label() has bounded it */
	buf_release(&b);
}

static bool wait_for_label(struct parser *p, const char *name, struct err *err)
{
	char key[LABEL_TEXT];
	uint32_t label;

	if (!check_label(p, name, err))
		return false;
	label_key(p, name, key);
	label = names_find(&p->kernel.label_names, key);
	if (label == NO_INDEX)
		return forward_wait(p, name, err);
	wait_for(&p->command, p->kernel.labels[label].unit, p->kernel.labels[label].ordinal);
	return true;
}

/* A name that is given again means the later command from here on. */
static bool give_label(struct parser *p, const char *name, struct err *err)
{
	struct file_kernel *k = &p->kernel;
	char key[LABEL_TEXT];
	uint32_t label;

	if (!check_label(p, name, err))
		return false;
	label_key(p, name, key);
	label = names_find(&k->label_names, key);
	if (label == NO_INDEX) {
		if (k->label_names.n == MAX_KERNEL_LABELS)
			return err_at(err, ERR_LIMIT, p->reading.file, p->reading.line,
				      "more than %u names of commands in a kernel",
				      MAX_KERNEL_LABELS);
		GROW(k->labels, k->label_names.n, k->labels_capacity);
		label = names_add(&k->label_names, arena_strndup(k->texts, key, strlen(key)));
	}
	k->labels[label] = (struct file_label){
		.core = p->core,
		.unit = p->command.unit,
		.ordinal = k->cores[p->core].issued[p->command.unit],
	};
	return true;
}

bool parse_waits(struct parser *p, char *after, char *as, struct err *err)
{
	char *piece;

	while ((piece = cut_piece(&after)) != NULL) {
		bool is_unit;

		if (!wait_for_unit(p, piece, &is_unit, err) ||
		    (!is_unit && !wait_for_label(p, piece, err)))
			return false;
	}
	p->kernel.cores[p->core].issued[p->command.unit]++;
	return as == NULL || give_label(p, as, err);
}
