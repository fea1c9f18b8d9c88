/* SPDX-License-Identifier: Apache-2.0 */
/* Workers: a process a task, its messages in a file without a name.  Knows nothing of points. */
#define _GNU_SOURCE /* sched_getaffinity() */
#include "sweep/pool.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define MESSAGE_BYTES 2048 /* of a worker's last words */
#define SIGNAL_STATUS 128  /* as a shell counts */

struct worker {
	pid_t pid; /* 0: free */
	size_t task;
	FILE *messages;
};

struct pool {
	const struct pool_work *work;
	struct worker *workers;
	unsigned n_running;
	size_t next;
};

unsigned pool_processors(void)
{
	cpu_set_t set;
	long n = 0;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	if (n < 1)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : (unsigned)n;
}

/* A worker dies with its parent, even one that was killed before it could ask for that. */
NORETURN static void be_worker(const struct pool *p, const struct worker *w, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(SIGNAL_STATUS + SIGKILL);
	if (dup2(fileno(w->messages), STDERR_FILENO) < 0)
		_exit(ERR_LIMIT);
	_exit(p->work->run(p->work->context, w->task));
}

static bool start(struct pool *p, struct worker *w, struct err *err)
{
	pid_t parent = getpid();

	w->task = p->next;
	w->messages = tmpfile();
	if (!w->messages)
		return err_set(err, ERR_LIMIT, "no file for a worker's messages: %s",
			       strerror(errno));
	fflush(stdout);
	fflush(stderr);
	w->pid = fork();
	if (w->pid == 0)
		be_worker(p, w, parent);
	if (w->pid < 0) {
		w->pid = 0;
		fclose(w->messages);
		return err_set(err, ERR_LIMIT, "no process for a worker: %s", strerror(errno));
	}
	p->next++;
	p->n_running++;
	return true;
}

/* The last line that is not empty. */
static void last_words(FILE *messages, char text[MESSAGE_BYTES])
{
	char line[MESSAGE_BYTES];

	text[0] = '\0';
	rewind(messages);
	while (fgets(line, sizeof(line), messages)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			memcpy(text, line, sizeof(line));
	}
	fclose(messages);
}

static struct worker *find(const struct pool *p, pid_t pid)
{
	for (unsigned i = 0; i < p->work->n_workers; i++) {
		if (p->workers[i].pid == pid)
			return &p->workers[i];
	}
	return NULL;
}

static bool reap(struct pool *p, struct err *err)
{
	char message[MESSAGE_BYTES];
	struct worker *w;
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, 0);
	while (pid < 0 && errno == EINTR);
	BUG_ON(pid < 0);
	w = find(p, pid);
	if (!w)
		return true; /* inherited from who started this program */
	w->pid = 0;
	p->n_running--;
	last_words(w->messages, message);
	status = WIFSIGNALED(status) ? SIGNAL_STATUS + WTERMSIG(status) : WEXITSTATUS(status);
	return p->work->done(p->work->context, w->task, status, message, err);
}

static void end_all(struct pool *p)
{
	for (unsigned i = 0; i < p->work->n_workers; i++) {
		struct worker *w = &p->workers[i];

		if (!w->pid)
			continue;
		kill(w->pid, SIGKILL);
		while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
			;
		fclose(w->messages);
	}
}

bool pool_run(const struct pool_work *work, struct err *err)
{
	struct pool p = { .work = work };
	bool ok = true;

	signal(SIGCHLD, SIG_DFL); /* whoever started us may have had no use for it */
	p.workers = xcalloc(work->n_workers, sizeof(*p.workers));
	while (ok && (p.next < work->n_tasks || p.n_running > 0)) {
		if (p.next < work->n_tasks && p.n_running < work->n_workers)
			ok = start(&p, find(&p, 0), err);
		else
			ok = reap(&p, err);
	}
	if (!ok)
		end_all(&p);
	free(p.workers);
	return ok;
}
