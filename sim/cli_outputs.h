/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a run leaves: its report, the log of DRAM commands, the planned commands, a
 * timeline. */
#ifndef MEMSIM_CLI_OUTPUTS_H
#define MEMSIM_CLI_OUTPUTS_H

#include "base/buf.h"
#include "base/out.h"
#include "cli_options.h"

struct cli_outputs {
	struct out *report;
	struct out *log;  /* NULL: none */
	struct out *plan; /* NULL: none */
	struct out *timeline; /* NULL: none */
};

/* False: the output is one of the inputs (NULL and "-" are none). */
bool cli_check_output(const char *output, const char *const *inputs, size_t n_inputs,
		      struct err *err);
/* False: two options name one file, or both standard output. */
bool cli_check_apart(const char *a, const char *name_a, const char *b, const char *name_b,
		     struct err *err);
/* Refuses outputs that are one of the inputs (NULL and "-" are none), or each other. */
bool cli_outputs_open(struct cli_outputs *o, const struct cli_options *options,
		      const char *const *inputs, size_t n_inputs, struct err *err);
/* Writes the report and puts all in place, the report last: with it the run is complete. */
bool cli_outputs_commit(struct cli_outputs *o, const struct buf *report, struct err *err);
void cli_outputs_discard(struct cli_outputs *o); /* leaves nothing of what is not committed */

/* To a terminal, or because it was asked for. */
bool cli_shows_progress(const struct cli_options *options);
void cli_clear_progress(const struct cli_options *options);

#endif
