/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sweep on a Slurm cluster: an array job whose tasks run a part each, and a job after it that
 * runs what is missing and puts the results together.  Who gets a node when is Slurm's.
 */
#ifndef MEMSIM_SWEEP_SLURM_H
#define MEMSIM_SWEEP_SLURM_H

#include "base/buf.h"
#include "base/err.h"

struct slurm_job {
	const char *folder;  /* of the sweep's points: for scripts and outputs */
	const char *program; /* of the sweep, as are the arguments, quoted for a shell */
	const char *arguments; /* without a part */
	const char *options; /* for sbatch, between blanks; NULL: none */
	unsigned n_parts;
	bool wait; /* until the results are there */
};

/* "..." for a shell, whatever is in it, with a blank behind it. */
void shell_add_word(struct buf *command, const char *word);

/* The numbers of both jobs.  With `wait`, *status is what the sweep ended with, else 0. */
bool slurm_submit(const struct slurm_job *job, char array[32], char table[32], int *status,
		  struct err *err);

#endif
