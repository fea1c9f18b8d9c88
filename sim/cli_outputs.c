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

static bool check_output(const char *output, const char *const *inputs, size_t n_inputs,
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

bool cli_outputs_open(struct cli_outputs *o, const struct cli_options *options,
		      const char *const *inputs, size_t n_inputs, struct err *err)
{
	const char *output = options->output, *log = options->dram_log;

	if (!check_output(output, inputs, n_inputs, err) ||
	    !check_output(log, inputs, n_inputs, err))
		return false;
	if (log && (strcmp(log, output) == 0 ||
		    (is_file(log) && is_file(output) && same_target(log, output))))
		return err_set(err, ERR_USAGE, "--output and --dram-log are both %s", output);
	o->report = out_open(output, err);
	if (o->report && log)
		o->log = out_open(log, err);
	return o->report && (o->log || !log);
}

bool cli_outputs_commit(struct cli_outputs *o, const struct buf *report, struct err *err)
{
	struct out *text = o->report, *log = o->log;

	out_write(text, report->data, report->len);
	o->log = NULL;
	if (log && !out_commit(log, err))
		return false;
	o->report = NULL;
	return out_commit(text, err);
}

void cli_outputs_discard(struct cli_outputs *o)
{
	out_discard(o->report);
	out_discard(o->log);
	*o = (struct cli_outputs){ NULL, NULL };
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
