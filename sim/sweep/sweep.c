/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validates the points of a sweep, names each by everything that its result follows from, and
 * runs those that have no file yet.  What is finished is on the disk before it counts as done,
 * so that a sweep that was killed goes on where it was.
 */
#include "sweep/sweep.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "model/memory.h"
#include "sweep/lock.h"
#include "sweep/pool.h"
#include "trace/trace.h"

/* The machine of a point. */

/* The texts of --set of a point: those for all, then its own. */
static size_t sets_of(const struct sweep_options *o, const struct grid *g, size_t point,
		      char ***sets)
{
	size_t n = 0;

	*sets = xcalloc(o->n_sets + g->n_axes + 1, sizeof(**sets));
	for (size_t i = 0; i < o->n_sets; i++)
		(*sets)[n++] = xstrdup(o->sets[i]);
	for (size_t i = 0; i < g->n_axes; i++) {
		if (grid_is_setting(g, i))
			(*sets)[n++] = xasprintf("%s=%s", g->axes[i].path, grid_value(g, point, i));
	}
	return n;
}

static void free_sets(char **sets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(sets[i]);
	free(sets);
}

/* A value that came from --vary is not blamed on --set. */
static void blame_vary(const struct sweep_options *o, char **sets, size_t n, struct err *err)
{
	static const char as_set[] = "--set ";
	const char *text = err->text + sizeof(as_set) - 1;

	for (size_t i = o->n_sets; i < n; i++) {
		size_t len = strlen(sets[i]);
		char *rest;

		if (strncmp(err->text, as_set, sizeof(as_set) - 1) != 0 ||
		    strncmp(text, sets[i], len) != 0 || text[len] != ':')
			continue;
		rest = xstrdup(text);
		snprintf(err->text, sizeof(err->text), "--vary %s", rest);
		free(rest);
		return;
	}
}

static bool load(const struct sweep_options *o, char **sets, size_t n, struct machine *m,
		 struct config_source *source, struct err *err)
{
	if (config_load(o->config, (const char *const *)sets, n, m, source, err) &&
	    memory_check(m, err))
		return true;
	config_add_place(source, err);
	blame_vary(o, sets, n, err);
	return false;
}

static bool load_machine(const struct sweep_options *o, const struct grid *g, size_t point,
			 struct machine *m, struct config_source *source, struct err *err)
{
	char **sets;
	size_t n = sets_of(o, g, point, &sets);
	bool ok = load(o, sets, n, m, source, err);

	free_sets(sets, n);
	return ok;
}

/* Keys. */

static void make_key(const struct sweep *s, size_t point, const char *config_hash, char key[33])
{
	const struct sweep_options *o = s->options;
	struct hash h;

	hash_init(&h);
	key_add(&h, "memsim", o->version);
	key_add(&h, "program", o->program);
	key_add(&h, "config", config_hash);
	key_add(&h, "trace", s->graphs[grid_trace(s->grid, point)]->hash);
	key_add(&h, "schedule", schedule_name(grid_schedule(s->grid, point)));
	key_add(&h, "check", o->check ? "1" : "0");
	key_add(&h, "serial", o->serial ? "1" : "0");
	key_add(&h, "reports", o->reports ? "1" : "0");
	if (o->reports) { /* which tell the overrides as they were written */
		char **sets;
		size_t n = sets_of(o, s->grid, point, &sets);

		for (size_t i = 0; i < n; i++)
			key_add(&h, "set", sets[i]);
		free_sets(sets, n);
	}
	hash_hex(&h, key);
}

static bool key_of(const struct sweep *s, size_t point, struct machine *m, char key[33],
		   struct err *err)
{
	struct config_source source = { .path = NULL };
	bool ok = load_machine(s->options, s->grid, point, m, &source, err);

	if (ok)
		make_key(s, point, source.hash, key);
	config_source_release(&source);
	return ok;
}

/* Before the first point runs, everything that could be wrong with any is looked at. */
bool sweep_validate(struct sweep *s, const struct sweep_options *o, const struct grid *g,
		    struct err *err)
{
	struct machine m;

	s->options = o;
	s->grid = g;
	s->folder = xasprintf("%s.points", o->output);
	s->graphs = xcalloc(g->n_traces, sizeof(*s->graphs));
	s->keys = xcalloc(g->n_points, sizeof(*s->keys));
	for (size_t p = 0; p < g->n_points; p++) {
		size_t t = grid_trace(g, p);

		if (!s->graphs[t])
			s->graphs[t] = trace_read(g->traces[t], err);
		if (!s->graphs[t]) {
			trace_add_place(g->traces[t], err);
			return false;
		}
		if (!key_of(s, p, &m, s->keys[p], err))
			return false;
	}
	return true;
}

/* One point, in a worker. */

struct delivery {
	const struct sweep *sweep;
	size_t point;
	struct outcome *outcome;
};

static void take_report(void *context, const struct report_input *in)
{
	const struct delivery *d = context;
	const struct sweep_options *o = d->sweep->options;
	struct report_input with_sets = *in;
	struct facts f = FACTS_INIT;
	char **sets;
	size_t n = sets_of(o, d->sweep->grid, d->point, &sets);

	facts_of_run(&f, in);
	outcome_take_facts(d->outcome, &f);
	facts_release(&f);
	with_sets.overrides = (const char *const *)sets;
	with_sets.n_overrides = n;
	with_sets.with_tensors = true;
	if (o->reports)
		report_json(&d->outcome->report, &with_sets, 1);
	free_sets(sets, n);
}

static bool simulate(const struct delivery *d, const struct machine *m,
		     const struct config_source *source, struct err *err)
{
	const struct sweep *s = d->sweep;
	size_t trace = grid_trace(s->grid, d->point);
	const struct sweep_point p = {
		.graph = s->graphs[trace],
		.machine = m,
		.config_hash = source->hash,
		.schedule = grid_schedule(s->grid, d->point),
		.check = s->options->check,
		.serial = s->options->serial,
	};

	if (s->options->simulate(&p, take_report, (void *)(uintptr_t)d, err))
		return true;
	config_add_place(source, err);
	trace_add_place(s->grid->traces[trace], err);
	return false;
}

/* A failure that another start would meet again is a result like any other. */
static bool is_lasting(enum err_code code)
{
	return code == ERR_CONFIG || code == ERR_INPUT || code == ERR_WORKLOAD ||
	       code == ERR_INTERNAL;
}

static bool run_point(const struct delivery *d, struct err *err)
{
	const struct sweep *s = d->sweep;
	struct config_source source = { .path = NULL };
	char key[33];
	struct machine m;
	bool ok = load_machine(s->options, s->grid, d->point, &m, &source, err);

	if (ok) {
		make_key(s, d->point, source.hash, key);
		ok = strcmp(key, s->keys[d->point]) == 0 ||
		     err_set(err, ERR_OUTPUT, "%s: changed during the sweep", s->options->config);
		ok = ok && simulate(d, &m, &source, err);
	}
	config_source_release(&source);
	return ok;
}

static int work(void *context, size_t task)
{
	const struct sweep *s = context;
	struct outcome outcome = { .status = 0 };
	struct delivery d = { s, s->todo[task], &outcome };
	struct err err = { .code = ERR_NONE };

	if (!run_point(&d, &err) && is_lasting(err.code))
		outcome_fail(&outcome, (int)err.code, err.text);
	if (err.code == ERR_NONE || is_lasting(err.code)) {
		struct err lost = { .code = ERR_NONE };

		if (!outcome_write(&outcome, s->folder, s->keys[d.point], &lost))
			err = lost;
	}
	outcome_release(&outcome);
	return err.code ? err_report(&err, "memsim") : 0;
}

/* All of them. */

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void show_progress(const struct sweep *s)
{
	uint64_t ms = now_ms() - s->start_ms + 1, left_s, rate;

	if (!s->options->show_progress)
		return;
	fprintf(stderr, "\r\033[Kmemsim-sweep: %zu of %zu points", s->n_done, s->n_todo);
	if (s->n_failed)
		fprintf(stderr, ", %zu failed", s->n_failed);
	if (s->n_done > 0) {
		rate = s->n_done * UINT64_C(100000) / ms;
		left_s = (s->n_todo - s->n_done) * ms / s->n_done / 1000;
		fprintf(stderr, ", %" PRIu64 ".%02" PRIu64 " a second, %" PRIu64 ":%02" PRIu64
			":%02" PRIu64 " left", rate / 100, rate % 100, left_s / 3600,
			left_s / 60 % 60, left_s % 60);
	}
	fputc(' ', stderr);
}

static bool done(void *context, size_t task, int status, const char *message, struct err *err)
{
	static const char prefix[] = "memsim: ";
	struct sweep *s = context;
	size_t len = sizeof(prefix) - 1;

	s->n_done++;
	s->n_failed += status != 0;
	if (status != 0) {
		if (strncmp(message, prefix, len) == 0)
			message += len;
		GROW(s->failures, s->n_failures, s->failures_capacity);
		s->failures[s->n_failures++] = (struct failure){
			s->todo[task], status,
			*message ? xstrdup(message) :
				   xasprintf("ended by signal %d", status - 128),
		};
	}
	show_progress(s);
	/* A disk that takes no point would take none of the others either. */
	if (status == ERR_OUTPUT)
		return err_set(err, ERR_OUTPUT, "%s", message);
	return true;
}

/* What a killed sweep left unfinished.  The lock says that nobody is at work on it. */
static void remove_leftovers(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char *path = xasprintf("%s/%s", folder, entry->d_name);

		if (strncmp(entry->d_name, ".memsim-tmp.", 12) == 0)
			unlink(path);
		free(path);
	}
	if (dir)
		closedir(dir);
}

struct keyed {
	const char *key;
	size_t point;
};

static int compare_keys(const void *a, const void *b)
{
	const struct keyed *ka = a, *kb = b;
	int by_key = strcmp(ka->key, kb->key);

	return by_key ? by_key : (ka->point > kb->point) - (ka->point < kb->point);
}

static int compare_points(const void *a, const void *b)
{
	const size_t *pa = a, *pb = b;

	return (*pa > *pb) - (*pa < *pb);
}

/* One point of each key, unless its file is there; of those, every n_parts-th. */
static void list_todo(struct sweep *s)
{
	size_t n = s->grid->n_points, kept = 0;
	struct keyed *keyed = xcalloc(n, sizeof(*keyed));

	s->todo = xcalloc(n, sizeof(*s->todo));
	for (size_t p = 0; p < n; p++)
		keyed[p] = (struct keyed){ s->keys[p], p };
	qsort(keyed, n, sizeof(*keyed), compare_keys);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || strcmp(keyed[i].key, keyed[i - 1].key) != 0)
			s->todo[s->n_todo++] = keyed[i].point;
	}
	qsort(s->todo, s->n_todo, sizeof(*s->todo), compare_points);
	for (size_t i = 0; i < s->n_todo; i++) {
		struct outcome outcome;

		if (i % s->options->n_parts != s->options->part - 1)
			continue;
		if (!outcome_read(&outcome, s->folder, s->keys[s->todo[i]]))
			s->todo[kept++] = s->todo[i];
		outcome_release(&outcome);
	}
	s->n_todo = kept;
	free(keyed);
}

static bool run_todo(struct sweep *s, struct err *err)
{
	struct pool_work pool = {
		.context = s,
		.n_tasks = s->n_todo,
		.n_workers = s->options->n_workers,
		.run = work,
		.done = done,
	};
	bool ok;

	s->start_ms = now_ms();
	show_progress(s);
	ok = pool_run(&pool, err);
	if (s->options->show_progress)
		fputs("\r\033[K", stderr);
	return ok;
}

bool sweep_run(struct sweep *s, const struct sweep_options *o, const struct grid *g,
	       struct err *err)
{
	bool is_part = o->n_parts > 1;

	if (!sweep_validate(s, o, g, err) || lock_take(s->folder, o->output, is_part, err) < 0)
		return false;
	if (!is_part)
		remove_leftovers(s->folder);
	list_todo(s);
	return run_todo(s, err);
}

void sweep_release(struct sweep *s)
{
	for (size_t i = 0; s->graphs && i < s->grid->n_traces; i++)
		graph_free(s->graphs[i]);
	for (size_t i = 0; i < s->n_failures; i++)
		free(s->failures[i].message);
	free(s->graphs);
	free(s->keys);
	free(s->todo);
	free(s->failures);
	free(s->folder);
	*s = (struct sweep){ .options = NULL };
}
