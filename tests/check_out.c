/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs are there whole or not at all; inputs are read whole or refused. */
#include "support/tap_main.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <dirent.h>
#include <unistd.h>
#include <zlib.h>

#include "base/in.h"
#include "base/out.h"

static char folder[] = "memsim-check-out.XXXXXX";

static void enter_folder(void)
{
	char name[sizeof(folder)];

	memcpy(name, folder, sizeof(name));
	ck_assert_ptr_nonnull(mkdtemp(name));
	ck_assert_int_eq(chdir(name), 0);
}

static unsigned count_files(void)
{
	DIR *dir = opendir(".");
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* "." and ".." */
}

/* Each test has a folder of its own; what it leaves is its own mistake to show. */
static void leave_folder(void)
{
	char here[4096];
	DIR *dir = opendir(".");
	struct dirent *e;

	while (dir && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.' || strlen(e->d_name) > 2)
			if (unlink(e->d_name) != 0)
				rmdir(e->d_name);
	if (dir)
		closedir(dir);
	ck_assert_ptr_nonnull(getcwd(here, sizeof(here)));
	ck_assert_int_eq(chdir(".."), 0);
	ck_assert_int_eq(rmdir(here), 0);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void expect_file(const char *name, const char *text)
{
	struct err err = { .code = ERR_NONE };
	struct buf data = BUF_INIT;

	ck_assert_msg(in_read_file(name, 1 << 20, ERR_INPUT, &data, &err), "%s", err.text);
	ck_assert_str_eq(data.data, text);
	buf_release(&data);
}

static struct out *open_out(const char *path)
{
	struct err err = { .code = ERR_NONE };
	struct out *o = out_open(path, &err);

	ck_assert_msg(o != NULL, "%s", err.text);
	return o;
}

static void commit(struct out *o)
{
	struct err err = { .code = ERR_NONE };

	ck_assert_msg(out_commit(o, &err), "%s", err.text);
}

START_TEST(a_file_appears_on_commit)
{
	struct out *o;
	struct stat st;

	umask(027);
	o = open_out("r.json");
	out_printf(o, "%d-%s", 7, "x");
	ck_assert_int_ne(access("r.json", F_OK), 0);
	commit(o);
	expect_file("r.json", "7-x");
	ck_assert_int_eq(stat("r.json", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
	ck_assert_uint_eq(count_files(), 1);
}
END_TEST

START_TEST(discard_leaves_the_old_file)
{
	struct out *o;

	write_file("r", "old", 0644);
	o = open_out("r");
	out_write(o, "new", 3);
	out_discard(o);
	expect_file("r", "old");
	ck_assert_uint_eq(count_files(), 1);
	out_discard(NULL);
}
END_TEST

START_TEST(replacing_keeps_mode_and_link)
{
	struct out *o;
	struct stat st;

	write_file("real", "old", 0604);
	ck_assert_int_eq(symlink("real", "link"), 0);
	o = open_out("link");
	out_write(o, "new", 3);
	commit(o);
	ck_assert_int_eq(lstat("link", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	expect_file("real", "new");
	ck_assert_int_eq(stat("real", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0604);
}
END_TEST

static void expect_refused(const char *path, const char *part)
{
	struct err err = { .code = ERR_NONE };

	ck_assert_ptr_null(out_open(path, &err));
	ck_assert_int_eq(err.code, ERR_OUTPUT);
	ck_assert_msg(strstr(err.text, part) != NULL, "%s", err.text);
}

START_TEST(bad_targets_are_refused_at_once)
{
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	expect_refused("dir", "dir: cannot write: Is a directory");
	expect_refused("none/r.json", "none/r.json: cannot write: No such file");
	expect_refused("", "empty");
	ck_assert_uint_eq(count_files(), 1);
}
END_TEST

START_TEST(a_full_device_is_told_at_commit)
{
	struct err err = { .code = ERR_NONE };
	struct out *o = open_out("/dev/full");

	out_write(o, "x", 1);
	ck_assert(!out_commit(o, &err));
	ck_assert_int_eq(err.code, ERR_OUTPUT);
	ck_assert_str_eq(err.text, "/dev/full: cannot write: No space left on device");
}
END_TEST

START_TEST(a_full_standard_output_is_told)
{
	struct err err = { .code = ERR_NONE };
	int saved = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
	struct out *o;
	bool ok;

	dup2(full, STDOUT_FILENO);
	o = out_open("-", &err);
	out_write(o, "x", 1);
	ok = out_commit(o, &err);
	dup2(saved, STDOUT_FILENO);
	close(full);
	close(saved);
	ck_assert(!ok);
	ck_assert_str_eq(err.text, "standard output: cannot write: No space left on device");
}
END_TEST

/* Text that does not compress to nothing, larger than any buffer on the way. */
static void fill(char *data, size_t len)
{
	uint32_t state = 1;

	for (size_t i = 0; i < len; i++) {
		state = state * 1664525u + 1013904223u;
		data[i] = (char)('a' + (state >> 24) % 26);
	}
}

START_TEST(gzip_by_name_and_reproducible)
{
	enum { LEN = 300000 };
	char *data = malloc(LEN), *back = malloc(LEN + 1);
	struct buf first = BUF_INIT, second = BUF_INIT;
	struct err err = { .code = ERR_NONE };
	gzFile gz;

	fill(data, LEN);
	for (unsigned i = 0; i < 2; i++) {
		struct out *o = open_out(i ? "b.gz" : "a.gz");

		for (size_t at = 0; at < LEN; at += i ? 1000 : 7500)
			out_write(o, data + at, i ? 1000 : 7500);
		commit(o);
	}
	gz = gzopen("a.gz", "rb");
	ck_assert_int_eq(gzread(gz, back, LEN + 1), LEN);
	ck_assert_int_eq(gzdirect(gz), 0);
	ck_assert_int_eq(gzclose(gz), Z_OK);
	ck_assert_mem_eq(data, back, LEN);
	ck_assert(in_read_file("a.gz", LEN, ERR_INPUT, &first, &err));
	ck_assert(in_read_file("b.gz", LEN, ERR_INPUT, &second, &err));
	ck_assert_uint_eq(first.len, second.len);
	ck_assert_mem_eq(first.data, second.data, first.len);
	ck_assert_mem_eq(first.data + 4, "\0\0\0\0", 4); /* no time of day */
	buf_release(&first);
	buf_release(&second);
	free(data);
	free(back);
}
END_TEST

/* A child with an unfinished output gets the signal; what is left, and its status? */
static void signal_child(int number)
{
	int ready[2], status;
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct err err = { .code = ERR_NONE };
		struct out *o = out_open("r", &err);

		out_write(o, "half", 4);
		c = o ? 'y' : 'n';
		if (write(ready[1], &c, 1) != 1)
			_exit(99);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(c, 'y');
	ck_assert_uint_eq(count_files(), 2); /* the old file, and the temporary one */
	kill(pid, number);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), number);
	ck_assert_uint_eq(count_files(), 1);
	expect_file("r", "old");
}

START_TEST(signals_remove_temporaries)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

	write_file("r", "old", 0644);
	signal(numbers[_i], SIG_DFL); /* Check has handlers of its own */
	signal_child(numbers[_i]);
}
END_TEST

START_TEST(same_file_sees_through_links)
{
	write_file("a", "x", 0644);
	write_file("b", "x", 0644);
	ck_assert_int_eq(symlink("a", "soft"), 0);
	ck_assert_int_eq(link("a", "hard"), 0);
	ck_assert(same_file("a", "./a"));
	ck_assert(same_file("a", "soft"));
	ck_assert(same_file("hard", "soft"));
	ck_assert(!same_file("a", "b"));
	ck_assert(!same_file("none", "none"));
}
END_TEST

START_TEST(inputs_are_bounded_regular_files)
{
	struct err err = { .code = ERR_NONE };
	struct buf data = BUF_INIT;

	write_file("a", "1234", 0644);
	ck_assert(in_read_file("a", 4, ERR_CONFIG, &data, &err));
	ck_assert_uint_eq(data.len, 4);
	ck_assert(!in_read_file("a", 3, ERR_CONFIG, &data, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	err.code = ERR_NONE;
	ck_assert(!in_read_file("none", 9, ERR_CONFIG, &data, &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_str_eq(err.text, "none: cannot open: No such file or directory");
	err.code = ERR_NONE;
	ck_assert_int_eq(mkfifo("pipe", 0644), 0);
	ck_assert(!in_read_file("pipe", 9, ERR_INPUT, &data, &err));
	ck_assert_str_eq(err.text, "pipe: not a regular file");
	err.code = ERR_NONE;
	ck_assert(!in_read_file("/dev/zero", 9, ERR_INPUT, &data, &err));
	ck_assert_int_eq(err.code, ERR_INPUT);
	buf_release(&data);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("out");
	TCase *c = tcase_create("files");

	tcase_add_checked_fixture(c, enter_folder, leave_folder);
	tcase_add_test(c, a_file_appears_on_commit);
	tcase_add_test(c, discard_leaves_the_old_file);
	tcase_add_test(c, replacing_keeps_mode_and_link);
	tcase_add_test(c, bad_targets_are_refused_at_once);
	tcase_add_test(c, a_full_device_is_told_at_commit);
	tcase_add_test(c, a_full_standard_output_is_told);
	tcase_add_test(c, gzip_by_name_and_reproducible);
	tcase_add_loop_test(c, signals_remove_temporaries, 0, 3);
	tcase_add_test(c, same_file_sees_through_links);
	tcase_add_test(c, inputs_are_bounded_regular_files);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return tap_main(suite());
}
