/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the results of all points together, in grid order: the varied settings, the trace, the
 * schedule, the status, the values of the report by their paths, and the error of what failed.
 * Follows from the points alone: however they came about, the bytes are the same.
 */
#include "sweep/table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/out.h"

/* Columns. */

struct columns {
	struct column *v;
	size_t n, capacity;
};

static void add_column(struct columns *c, enum column_kind kind, char *name)
{
	GROW(c->v, c->n, c->capacity);
	c->v[c->n++] = (struct column){ name, kind };
}

static enum column_kind kind_of(const struct fact *f)
{
	switch (f->kind) {
	case FACT_COUNT: return COLUMN_COUNT;
	case FACT_RATIO: return COLUMN_RATIO;
	default: return COLUMN_TEXT;
	}
}

/* The names of a report's values, from a report of nothing. */
static void add_report_columns(struct columns *c, const struct sweep *s)
{
	struct result nothing = { 0 };
	struct machine m;
	struct report_input in = {
		.version = "",
		.schedule = "",
		.engine = "",
		.graph = s->graphs[0],
		.machine = &m,
		.config_hash = "",
		.result = &nothing,
		.has_serial = s->options->serial,
	};
	struct facts f = FACTS_INIT;

	config_defaults(&m);
	facts_of_run(&f, &in);
	for (size_t i = 0; i < f.n; i++) {
		const struct fact *fact = &f.v[i];

		if (outcome_is_column(fact))
			add_column(c, kind_of(fact), xasprintf("%s%s%s", fact->group,
							       *fact->group ? "." : "",
							       fact->name));
	}
	facts_release(&f);
}

static void list_columns(struct columns *c, const struct sweep *s)
{
	const struct grid *g = s->grid;

	for (size_t i = 0; i < g->n_axes; i++) {
		if (grid_is_setting(g, i))
			add_column(c, COLUMN_SETTING, xstrdup(g->axes[i].path));
	}
	add_column(c, COLUMN_TEXT, xstrdup("trace"));
	add_column(c, COLUMN_TEXT, xstrdup(AXIS_SCHEDULE));
	add_column(c, COLUMN_COUNT, xstrdup("status"));
	add_report_columns(c, s);
	add_column(c, COLUMN_TEXT, xstrdup("error"));
}

static void release_columns(struct columns *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->v[i].name);
	free(c->v);
}

/* CSV. */

struct csv {
	struct out *out;
	size_t n;
};

/* As RFC 4180 has it. */
static void write_cell(struct csv *csv, const char *cell, bool is_last)
{
	if (strpbrk(cell, ",\"\r\n")) {
		out_write(csv->out, "\"", 1);
		for (const char *c = cell; *c; c++)
			out_write(csv->out, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
		out_write(csv->out, "\"", 1);
	} else {
		out_write(csv->out, cell, strlen(cell));
	}
	out_write(csv->out, is_last ? "\n" : ",", 1);
}

static void *csv_open(const char *path, const struct column *columns, size_t n, struct err *err)
{
	struct out *out = out_open(path, err);
	struct csv *csv;

	if (!out)
		return NULL;
	csv = xcalloc(1, sizeof(*csv));
	*csv = (struct csv){ out, n };
	for (size_t i = 0; i < n; i++)
		write_cell(csv, columns[i].name, i + 1 == n);
	return csv;
}

static void csv_row(void *writer, const char *const *cells)
{
	struct csv *csv = writer;

	for (size_t i = 0; i < csv->n; i++)
		write_cell(csv, cells[i], i + 1 == csv->n);
}

static bool csv_close(void *writer, struct err *err)
{
	struct csv *csv = writer;
	bool ok = out_commit(csv->out, err);

	free(csv);
	return ok;
}

static void csv_discard(void *writer)
{
	struct csv *csv = writer;

	out_discard(csv->out);
	free(csv);
}

static const struct table_writer csv_writer = { csv_open, csv_row, csv_close, csv_discard };

/* Rows. */

static void find_outcome(const struct sweep *s, size_t point, struct outcome *out)
{
	if (outcome_read(out, s->folder, s->keys[point]))
		return;
	for (size_t i = 0; i < s->n_failures; i++) {
		const struct failure *f = &s->failures[i];

		if (strcmp(s->keys[f->point], s->keys[point]) == 0) {
			outcome_fail(out, f->status, f->message);
			return;
		}
	}
	outcome_fail(out, ERR_OUTPUT, "the file of this point is not there any more");
}

/* One of all rows' files, with as many digits as the last one's. */
static bool write_report(const struct sweep *s, size_t point, const struct outcome *o,
			 struct err *err)
{
	char *last, *path;
	struct out *out;

	if (!s->options->reports || !o->report.len)
		return true;
	last = xasprintf("%zu", s->grid->n_points);
	path = xasprintf("%s/%0*zu.json", s->options->reports, (int)strlen(last), point + 1);
	out = out_open(path, err);
	if (out)
		out_write(out, o->report.data, o->report.len);
	free(last);
	free(path);
	return out && out_commit(out, err);
}

struct rows {
	const struct sweep *sweep;
	const struct columns *columns;
	const struct table_writer *writers[2];
	void *state[2];
	size_t n_failed;
};

static bool write_row(struct rows *r, size_t point, const char **cells, struct err *err)
{
	const struct grid *g = r->sweep->grid;
	struct outcome o;
	char status[16];
	size_t n = 0;
	bool ok;

	find_outcome(r->sweep, point, &o);
	for (size_t i = 0; i < g->n_axes; i++) {
		if (grid_is_setting(g, i))
			cells[n++] = grid_value(g, point, i);
	}
	cells[n++] = g->traces[grid_trace(g, point)];
	cells[n++] = schedule_name(grid_schedule(g, point));
	snprintf(status, sizeof(status), "%d", o.status);
	cells[n++] = status;
	for (size_t i = 0; n + 1 < r->columns->n; i++)
		cells[n++] = i < o.n_cells ? o.cells[i] : "";
	cells[n] = o.error ? o.error : "";
	for (size_t w = 0; w < ARRAY_SIZE(r->writers); w++) {
		if (r->state[w])
			r->writers[w]->row(r->state[w], cells);
	}
	r->n_failed += o.status != 0;
	ok = write_report(r->sweep, point, &o, err);
	outcome_release(&o);
	return ok;
}

static bool open_writers(struct rows *r, struct err *err)
{
	const struct sweep_options *o = r->sweep->options;

	r->state[0] = csv_writer.open(o->output, r->columns->v, r->columns->n, err);
	if (r->state[0] && o->db)
		r->state[1] = o->db_writer->open(o->db, r->columns->v, r->columns->n, err);
	return r->state[0] && (!o->db || r->state[1]);
}

/* The CSV last: with it the sweep is complete. */
static bool close_writers(struct rows *r, bool ok, struct err *err)
{
	for (size_t w = ARRAY_SIZE(r->writers); w-- > 0;) {
		if (!r->state[w])
			continue;
		if (ok)
			ok = r->writers[w]->close(r->state[w], err);
		else
			r->writers[w]->discard(r->state[w]);
	}
	return ok;
}

static bool make_reports_folder(const char *folder, struct err *err)
{
	if (!folder || mkdir(folder, 0777) == 0 || errno == EEXIST)
		return true;
	return err_set(err, ERR_OUTPUT, "%s: cannot make this folder: %s", folder,
		       strerror(errno));
}

bool table_write(const struct sweep *s, size_t *n_failed, struct err *err)
{
	struct columns columns = { .v = NULL };
	struct rows rows = {
		.sweep = s,
		.columns = &columns,
		.writers = { &csv_writer, s->options->db_writer },
	};
	const char **cells;
	bool ok;

	list_columns(&columns, s);
	cells = xcalloc(columns.n, sizeof(*cells));
	ok = make_reports_folder(s->options->reports, err) && open_writers(&rows, err);
	for (size_t p = 0; ok && p < s->grid->n_points; p++)
		ok = write_row(&rows, p, cells, err);
	ok = close_writers(&rows, ok, err);
	*n_failed = rows.n_failed;
	free(cells);
	release_columns(&columns);
	return ok;
}
