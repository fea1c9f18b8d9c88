/* SPDX-License-Identifier: Apache-2.0 */
/* Opens outputs before a run and puts them in place after it; what is in them is others'. */
#include "cli_outputs.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static bool is_file(const char *path)
{
	return path && strcmp(path, "-") != 0;
}

/* The same name in the same folder, or one file by two names; neither need exist. */
static bool same_target(const char *a, const char *b)
{
	char *a1 = xstrdup(a), *a2 = xstrdup(a), *b1 = xstrdup(b), *b2 = xstrdup(b);
	bool same = same_file(a, b) || (same_file(dirname(a1), dirname(b1)) &&
					strcmp(basename(a2), basename(b2)) == 0);

	free(a1);
	free(a2);
	free(b1);
	free(b2);
	return same;
}

bool cli_check_output(const char *output, const char *const *inputs, size_t n_inputs,
		      struct err *err)
{
	for (size_t i = 0; is_file(output) && i < n_inputs; i++) {
		if (is_file(inputs[i]) && same_file(output, inputs[i]))
			return err_set(err, ERR_USAGE,
				       "%s: the output would overwrite the input %s", output,
				       inputs[i]);
	}
	return true;
}

bool cli_check_apart(const char *a, const char *name_a, const char *b, const char *name_b,
		     struct err *err)
{
	if (a && b && (strcmp(a, b) == 0 || (is_file(a) && is_file(b) && same_target(a, b))))
		return err_set(err, ERR_USAGE, "--%s and --%s are both %s", name_a, name_b, a);
	return true;
}

static bool open_one(struct out **to, const char *path, struct err *err)
{
	if (path)
		*to = out_open(path, err);
	return !path || *to;
}

bool cli_outputs_open(struct cli_outputs *o, const struct cli_options *options,
		      const char *const *inputs, size_t n_inputs, struct err *err)
{
	const struct {
		const char *name, *path;
		struct out **to;
	} outputs[] = {
		{ "output", options->output, &o->report },
		{ "dram-log", options->dram_log, &o->log },
		{ "plan-out", options->plan_out, &o->plan },
		{ "timeline", options->timeline, &o->timeline },
	};
	bool ok = true;

	for (size_t i = 0; ok && i < ARRAY_SIZE(outputs); i++) {
		ok = cli_check_output(outputs[i].path, inputs, n_inputs, err);
		for (size_t k = 0; ok && k < i; k++)
			ok = cli_check_apart(outputs[k].path, outputs[k].name, outputs[i].path,
					     outputs[i].name, err);
	}
	for (size_t i = 0; ok && i < ARRAY_SIZE(outputs); i++)
		ok = open_one(outputs[i].to, outputs[i].path, err);
	return ok;
}

static bool commit_one(struct out **o, struct err *err)
{
	struct out *out = *o;

	*o = NULL;
	return !out || out_commit(out, err);
}

bool cli_outputs_commit(struct cli_outputs *o, const struct buf *report, struct err *err)
{
	out_write(o->report, report->data, report->len);
	return commit_one(&o->log, err) && commit_one(&o->plan, err) &&
	       commit_one(&o->timeline, err) && commit_one(&o->report, err);
}

void cli_outputs_discard(struct cli_outputs *o)
{
	out_discard(o->report);
	out_discard(o->log);
	out_discard(o->plan);
	out_discard(o->timeline);
	*o = (struct cli_outputs){ .report = NULL };
}

bool cli_shows_progress(const struct cli_options *options)
{
	return options->progress || isatty(STDERR_FILENO);
}

void cli_clear_progress(const struct cli_options *options)
{
	if (cli_shows_progress(options))
		fputs("\r\033[K", stderr);
}
