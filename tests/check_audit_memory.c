/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of a replay: passes what the memories say of themselves, and fails for every single
 * number that is one off, of a channel or of the whole, and for commands that are not told.
 */
#include "support/tap_main.h"

#include <string.h>

#include "config/config.h"
#include "replay/replay.h"
#include "run/audit_memory.h"

struct run {
	struct machine machine;
	struct replay_result result;
	struct dram_command commands[30000];
	size_t n_commands;
};

static struct run run;

static void keep_command(void *context, const struct dram_command *c)
{
	struct run *r = context;

	ck_assert_uint_lt(r->n_commands, ARRAY_SIZE(r->commands));
	r->commands[r->n_commands++] = *c;
}

static void make_run(unsigned policy, unsigned standard)
{
	const struct replay_options options = { .watch = keep_command, .watch_context = &run };
	struct err err = { 0 };
	struct stream *s;

	memset(&run, 0, sizeof(run));
	config_defaults(&run.machine);
	run.machine.hbm_standard = standard;
	run.machine.hbm_policy = policy;
	run.machine.hbm_channels = 2;
	run.machine.packet_bytes = 32;
	strcpy(run.machine.hbm_mapping, "acc");
	s = stream_generate("mix:6000", 32, machine_hbm_bytes(&run.machine), &err);
	ck_assert(s != NULL);
	ck_assert_msg(replay_run(&run.machine, s, &options, &run.result, &err), "%s", err.text);
	stream_close(s);
}

/* Says what the run says, and its commands but the last `skipped`. */
static bool audit(size_t skipped, struct err *err)
{
	struct audit_memory *a = audit_memory_new(&run.machine);
	const struct replay_result *r = &run.result;
	const struct audit_memory_totals totals = {
		.end_ps = r->end_ps,
		.asked_reads = r->reads,
		.asked_writes = r->writes,
		.hbm = &r->hbm,
		.channels = r->channels,
		.n_channels = r->n_channels,
	};
	bool ok;

	for (size_t i = 0; i < run.n_commands - skipped; i++)
		audit_memory_command(a, &run.commands[i]);
	ok = audit_memory_close(a, &totals, err);
	audit_memory_free(a);
	return ok;
}

static void assert_caught(uint64_t *number, const char *name)
{
	struct err err = { 0 };

	++*number;
	ck_assert_msg(!audit(0, &err), "%s: one more is not caught", name);
	ck_assert_int_eq(err.code, ERR_INTERNAL);
	ck_assert_msg(strstr(err.text, "--check: audit of ") != NULL, "%s", err.text);
	--*number;
}

/* Numbers that other numbers follow from or that commands tell; the rest only sums over
 * channels can betray. */
static void spoil_account(struct hbm_account *a)
{
#define X(name, help) assert_caught(&a->name, #name);
	HBM_COUNT_LIST(X)
	HBM_DETAIL_LIST(X)
#undef X
	for (unsigned c = 0; c < N_HBM_CLASSES; c++)
		assert_caught(&a->class_ticks[c], "a class");
	assert_caught(&a->total_ticks, "total_ticks");
	assert_caught(&a->ticks, "ticks");
}

static const struct {
	unsigned policy, standard;
} machines[] = {
	{ HBM_POLICY_DEFAULT, HBM_STANDARD_hbm2 },
	{ HBM_POLICY_RAMULATOR21, HBM_STANDARD_hbm2 },
};

START_TEST(every_number_is_audited)
{
	struct err err = { 0 };

	make_run(machines[_i].policy, machines[_i].standard);
	ck_assert_msg(audit(0, &err), "%s", err.text);
	spoil_account(&run.result.hbm);
	for (size_t i = 0; i < run.result.n_channels; i++)
		spoil_account(&run.result.channels[i]);
	assert_caught(&run.result.reads, "reads");
	assert_caught(&run.result.writes, "writes");
	ck_assert_msg(audit(0, &err), "%s", err.text);
	replay_result_release(&run.result);
}
END_TEST

START_TEST(an_untold_command_is_caught)
{
	struct err err = { 0 };

	make_run(machines[_i].policy, machines[_i].standard);
	ck_assert(!audit(1, &err));
	ck_assert_int_eq(err.code, ERR_INTERNAL);
	replay_result_release(&run.result);
}
END_TEST

/* No commands, one channel. */
START_TEST(ideal_memory_too)
{
	struct err err = { 0 };

	make_run(HBM_POLICY_DEFAULT, HBM_STANDARD_IDEAL);
	ck_assert_msg(audit(0, &err), "%s", err.text);
	assert_caught(&run.result.hbm.read_bytes, "read_bytes");
	assert_caught(&run.result.hbm.class_ticks[HBM_READ], "a class");
	assert_caught(&run.result.reads, "reads");
	replay_result_release(&run.result);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("audit_memory");
	TCase *t = tcase_create("audit");

	tcase_add_loop_test(t, every_number_is_audited, 0, ARRAY_SIZE(machines));
	tcase_add_loop_test(t, an_untold_command_is_caught, 0, ARRAY_SIZE(machines));
	tcase_add_test(t, ideal_memory_too);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
