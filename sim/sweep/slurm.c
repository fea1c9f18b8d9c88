/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the scripts of the two jobs into the folder of the points, and hands them to sbatch.
 * A task that is run twice, as after the death of a node, finds its points done.
 */
#include "sweep/slurm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/out.h"

#define NO_SUCH_COMMAND 127

void shell_add_word(struct buf *command, const char *word)
{
	buf_putc(command, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_puts(command, "'\\''");
		else
			buf_putc(command, *word);
	}
	buf_puts(command, "' ");
}

/* Arguments for sbatch, which own their text. */
struct words {
	char **v;
	size_t n, capacity;
};

static void add(struct words *w, char *word)
{
	GROW(w->v, w->n + 1, w->capacity);
	w->v[w->n++] = word;
	w->v[w->n] = NULL;
}

static void add_all(struct words *w, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, " \t");

		if (len > 0)
			add(w, xstrndup(text, len));
		text += len + (text[len] != '\0');
	}
}

static void release(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i]);
	free(w->v);
}

static bool write_script(const char *path, const struct slurm_job *job, const char *part,
			 struct err *err)
{
	struct out *out = out_open(path, err);

	if (!out)
		return false;
	out_printf(out, "#!/bin/sh\nexec %s-j \"${SLURM_CPUS_PER_TASK:-1}\" %s%s\n", job->program,
		   part, job->arguments);
	return out_commit(out, err);
}

/* The first line that it prints, and the status that it ends with. */
static bool run(char *const *argv, char *line, size_t size, int *status, struct err *err)
{
	size_t len = 0;
	ssize_t n = 1;
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		return err_set(err, ERR_LIMIT, "no pipe for %s: %s", argv[0], strerror(errno));
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[0], argv);
		_exit(NO_SUCH_COMMAND);
	}
	close(ends[1]);
	while (pid > 0 && n > 0 && len + 1 < size) {
		n = read(ends[0], line + len, size - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	close(ends[0]);
	line[len] = '\0';
	line[strcspn(line, "\n;")] = '\0';
	if (pid < 0)
		return err_set(err, ERR_LIMIT, "no process for %s: %s", argv[0], strerror(errno));
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	*status = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
	return true;
}

static bool check_number(const char *number, int status, struct err *err)
{
	if (status == NO_SUCH_COMMAND)
		return err_set(err, ERR_LIMIT, "--slurm: there is no sbatch on the PATH");
	if (strspn(number, "0123456789") != strlen(number) || !*number)
		return err_set(err, ERR_LIMIT, "--slurm: sbatch ended with status %d and no job",
			       status);
	return true;
}

/* Submits FOLDER/NAME.sh; `more` is an option of its own. */
static bool submit(const struct slurm_job *job, const char *name, char *more, bool wait,
		   char number[32], int *status, struct err *err)
{
	struct words w = { .v = NULL };
	bool ok;

	add(&w, xstrdup("sbatch"));
	add(&w, xstrdup("--parsable"));
	add(&w, xasprintf("--job-name=memsim-sweep-%s", name));
	add(&w, xasprintf("--output=%s/slurm-%s-%%j.out", job->folder, name));
	add(&w, xstrdup("--requeue"));
	add(&w, xstrdup("--open-mode=append"));
	add(&w, more);
	if (wait)
		add(&w, xstrdup("--wait"));
	add_all(&w, job->options);
	add(&w, xasprintf("%s/%s.sh", job->folder, name));
	ok = run(w.v, number, 32, status, err) && check_number(number, *status, err) &&
	     (wait || *status == 0 ||
	      err_set(err, ERR_LIMIT, "--slurm: sbatch ended with status %d", *status));
	release(&w);
	return ok;
}

bool slurm_submit(const struct slurm_job *job, char array[32], char table[32], int *status,
		  struct err *err)
{
	char *part = xasprintf("--part \"$SLURM_ARRAY_TASK_ID/%u\" ", job->n_parts);
	char *array_script = xasprintf("%s/array.sh", job->folder);
	char *table_script = xasprintf("%s/table.sh", job->folder);
	bool ok = (mkdir(job->folder, 0777) == 0 || errno == EEXIST ||
		   err_set(err, ERR_OUTPUT, "%s: cannot make this folder: %s", job->folder,
			   strerror(errno))) &&
		  write_script(array_script, job, part, err) &&
		  write_script(table_script, job, "", err);

	ok = ok &&
	     submit(job, "array", xasprintf("--array=1-%u", job->n_parts), false, array, status,
		    err) &&
	     submit(job, "table", xasprintf("--dependency=afterany:%s", array), job->wait, table,
		    status, err);
	free(part);
	free(array_script);
	free(table_script);
	return ok;
}
