/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of finished points: lines of text, the report behind them, and at the end the hash of
 * all before it, so that a file that was cut or edited counts as none.
 */
#include "sweep/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "base/in.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/units.h"

#define FILE_MAX_BYTES ((size_t)1 << 30)
#define MAX_CELLS 1024
#define END_LINE "end "
#define END_BYTES (sizeof(END_LINE) - 1 + 32 + 1)

void outcome_release(struct outcome *o)
{
	for (size_t i = 0; i < o->n_cells; i++)
		free(o->cells[i]);
	free(o->cells);
	free(o->error);
	buf_release(&o->report);
	*o = (struct outcome){ .status = 0 };
}

void outcome_fail(struct outcome *o, int status, const char *error)
{
	outcome_release(o);
	o->status = status;
	o->error = xstrdup(error);
}

bool outcome_is_column(const struct fact *f)
{
	return f->kind != FACT_TEXTS && (*f->group || strcmp(f->name, "schedule") != 0);
}

void outcome_take_facts(struct outcome *o, const struct facts *f)
{
	o->cells = xcalloc(f->n, sizeof(*o->cells));
	for (size_t i = 0; i < f->n; i++) {
		struct buf cell = BUF_INIT;

		if (!outcome_is_column(&f->v[i]))
			continue;
		buf_puts(&cell, "");
		fact_print(&f->v[i], &cell);
		o->cells[o->n_cells++] = cell.data;
	}
}

void key_add(struct hash *h, const char *name, const char *value)
{
	hash_add(h, name, strlen(name) + 1);
	hash_add(h, value, strlen(value) + 1);
}

static char *path_of(const char *folder, const char *key)
{
	return xasprintf("%s/%s.point", folder, key);
}

/* Writing. */

static void add_end(struct buf *text)
{
	struct hash h;
	char hex[33];

	hash_init(&h);
	hash_add(&h, text->data, text->len);
	hash_hex(&h, hex);
	buf_printf(text, END_LINE "%s\n", hex);
}

bool outcome_write(const struct outcome *o, const char *folder, const char *key, struct err *err)
{
	struct buf text = BUF_INIT;
	char *path = path_of(folder, key);
	struct out *out = out_open(path, err);
	bool ok = false;

	buf_printf(&text, "memsim-point 1\nkey %s\nstatus %d\nerror %s\ncells %zu\n", key,
		   o->status, o->error ? o->error : "", o->n_cells);
	for (size_t i = 0; i < o->n_cells; i++)
		buf_printf(&text, "%s\n", o->cells[i]);
	if (o->report.len)
		buf_add(&text, o->report.data, o->report.len);
	add_end(&text);
	if (out) {
		out_write(out, text.data, text.len);
		ok = out_commit(out, err);
	}
	buf_release(&text);
	free(path);
	return ok;
}

/* Reading. */

static bool has_end(const struct buf *text)
{
	struct buf again = BUF_INIT;
	bool ok;

	if (text->len < END_BYTES)
		return false;
	buf_add(&again, text->data, text->len - END_BYTES);
	add_end(&again);
	ok = memcmp(again.data, text->data, text->len) == 0;
	buf_release(&again);
	return ok;
}

/* The rest of the next line if it starts with `name`; moves *at behind it. */
static char *take_line(char **at, const char *end, const char *name)
{
	size_t len = strlen(name);
	char *start = *at, *stop = memchr(start, '\n', (size_t)(end - start));

	if (!stop || (size_t)(stop - start) < len || memcmp(start, name, len) != 0)
		return NULL;
	*at = stop + 1;
	return xstrndup(start + len, (size_t)(stop - start) - len);
}

static bool take_count(char **at, const char *end, const char *name, uint64_t max, uint64_t *out)
{
	char *text = take_line(at, end, name);
	bool ok = text && parse_u64(text, strlen(text), out) && *out <= max;

	free(text);
	return ok;
}

static bool take_key(char **at, const char *end, const char *key)
{
	char *found = take_line(at, end, "key ");
	bool ok = found && strcmp(found, key) == 0;

	free(found);
	return ok;
}

static bool take_head(char **at, const char *end)
{
	char *rest = take_line(at, end, "memsim-point 1");
	bool ok = rest && *rest == '\0';

	free(rest);
	return ok;
}

static bool parse(struct outcome *o, struct buf *text, const char *key)
{
	char *at = text->data, *end = at + text->len - END_BYTES;
	uint64_t status, n;

	if (!take_head(&at, end) || !take_key(&at, end, key) || !take_count(&at, end, "status ", 255, &status))
		return false;
	o->status = (int)status;
	o->error = take_line(&at, end, "error ");
	if (!o->error || !take_count(&at, end, "cells ", MAX_CELLS, &n))
		return false;
	o->cells = xcalloc((size_t)n + 1, sizeof(*o->cells));
	for (; o->n_cells < n; o->n_cells++) {
		o->cells[o->n_cells] = take_line(&at, end, "");
		if (!o->cells[o->n_cells])
			return false;
	}
	buf_add(&o->report, at, (size_t)(end - at));
	return true;
}

bool outcome_read(struct outcome *o, const char *folder, const char *key)
{
	char *path = path_of(folder, key);
	struct err err = { .code = ERR_NONE };
	struct buf text = BUF_INIT;
	bool ok;

	*o = (struct outcome){ .status = 0 };
	ok = in_read_file(path, FILE_MAX_BYTES, ERR_INPUT, &text, &err) && has_end(&text) &&
	     parse(o, &text, key);
	if (!ok)
		outcome_release(o);
	buf_release(&text);
	free(path);
	return ok;
}
