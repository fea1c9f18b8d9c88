/* SPDX-License-Identifier: Apache-2.0 */
/* Machines: every row of params.def through file, command line and print, and what follows
 * from the settings.  Bad configurations are bad_config.sh's. */
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "config/config.h"
#include "config/param.h"

static char file_name[] = "check-config.XXXXXX";

static void write_config(const char *text)
{
	FILE *f = fopen(file_name, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static bool load_text(const char *text, const char *const *sets, size_t n, struct machine *m,
		      struct err *err)
{
	bool ok;

	memcpy(file_name, "check-config.XXXXXX", sizeof(file_name));
	close(mkstemp(file_name));
	write_config(text);
	err->code = ERR_NONE;
	ok = config_load(file_name, sets, n, m, NULL, err);
	unlink(file_name);
	return ok;
}

static void expect_load(const char *text, const char *set, struct machine *m)
{
	struct err err;

	if (!load_text(text, &set, set ? 1 : 0, m, &err))
		ck_abort_msg("%s", err.text);
}

static void hash_of(const struct machine *m, char hash[33])
{
	config_hash(m, hash);
}

/* Prints, reads back, and compares every byte of the machine. */
static void expect_round_trip(const struct machine *m)
{
	struct buf text = BUF_INIT;
	struct machine back;
	char before[33], after[33];

	config_print(m, &text);
	expect_load(text.data, NULL, &back);
	hash_of(m, before);
	hash_of(&back, after);
	ck_assert_str_eq(before, after);
	for (size_t i = 0; i < n_params; i++) {
		struct buf a = BUF_INIT, b = BUF_INIT;

		param_format(&params[i], m, &a);
		param_format(&params[i], &back, &b);
		ck_assert_msg(strcmp(a.data, b.data) == 0, "%s: %s became %s", params[i].path,
			      a.data, b.data);
		buf_release(&a);
		buf_release(&b);
	}
	buf_release(&text);
}

START_TEST(rows_are_sound)
{
	const struct param *p = &params[_i];
	size_t len = strlen(p->help);
	struct machine m;

	ck_assert_ptr_eq(param_find(p->path), p); /* and no other row has the path */
	ck_assert_uint_gt(len, 4);
	ck_assert_int_eq(p->help[len - 1], '.');
	ck_assert_uint_le(p->min, p->max);
	config_defaults(&m); /* a default out of its range is a bug */
	if (p->kind == PARAM_COUNT)
		ck_assert_uint_le(p->max, INT32_MAX); /* libconfig's integers */
}
END_TEST

/* A configuration with a memory and the one setting. */
static char *text_with(const struct param *p, const char *value, const char *memory)
{
	struct buf text = BUF_INIT;
	unsigned depth = 0;
	bool is_hbm = param_is_in_group(p, "hbm");

	if (!is_hbm)
		buf_printf(&text, "hbm = { %s};\n", memory);
	for (const char *s = p->path; *s; s += strcspn(s, ".") + (s[strcspn(s, ".")] == '.')) {
		int n = (int)strcspn(s, ".");

		if (s[n] != '.') {
			buf_printf(&text, "%.*s = %s; ", n, s, value);
			continue;
		}
		buf_printf(&text, "%.*s = { ", n, s);
		if (depth++ == 0 && is_hbm && strcmp(p->path, "hbm.standard") != 0)
			buf_puts(&text, memory);
	}
	while (depth-- > 0)
		buf_puts(&text, "}; ");
	return text.data;
}

/* The memory of a configuration in which the setting applies, by other settings; the first
 * standard that has it: ideal, or the one with such a timing.  NULL: none has. */
static char *memory_for(const struct param *p)
{
	struct machine m;

	config_defaults(&m);
	m.hbm_standard = HBM_STANDARD_hbm2;
	if (!param_applies(p, &m))
		return xstrdup("standard = \"ideal\"; ");
	if (!param_is_in_group(p, "hbm.timing"))
		return xstrdup("standard = \"HBM2\"; ");
	for (size_t i = 0; dram_standard_at(i); i++) {
		const struct dram_standard *s = dram_standard_at(i);
		uint64_t density = s->usual_density;
		struct dram_device d;
		const char *setting;
		char why[DRAM_REASON];
		const char *standard = s->name;

		ck_assert(dram_device_init(&d, s, s->bins[0].data_rate, density, 0, &setting, why));
#define X(name, help) \
		if (strcmp(param_name(p), "n" #name) == 0 && d.n.n##name > 0) \
			return xasprintf("standard = \"%s\"; data_rate = \"%" PRIu64 \
					 " Mbps\"; density = \"%" PRIu64 " Gb\"; ", standard, \
					 s->bins[0].data_rate / 1000000, density >> 30);
		DRAM_PARAM_LIST(X)
#undef X
	}
	return NULL;
}

/* A legal value that is not the default, as a configuration writes it. */
static char *other_value(const struct param *p)
{
	static const struct {
		const char *path, *value;
	} special[] = {
		/* bound to other settings, or a power of two */
		{ "dma.packet_bytes", "\"1 KiB\"" },  { "dma.window_bytes", "\"1 MiB\"" },
		{ "scratchpad.bytes", "\"1 MiB\"" },  { "hbm.density", "\"8 Gb\"" },
		{ "hbm.data_rate", "\"2400 Mbps\"" }, { "hbm.height", "4" },
		{ "scratchpad.banks", "8" },	      { "scratchpad.bytes_per_cycle", "512" },
		{ "hbm.write_queue", "64" },	      { "hbm.write_high", "31" },
		{ "hbm.write_low", "7" },	      { "hbm.standard", "\"HBM2\"" },
		{ "noc.multicast", "false" },	      { "kernel.groupnorm", "\"spill\"" },
		{ "kernel.halo", "\"keep\"" },	      { "core.matrix.efficiency_percent", "70" },
	};
	struct buf text = BUF_INIT;
	struct machine m;
	char why[PARAM_REASON];

	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (strcmp(p->path, special[i].path) == 0)
			return xstrdup(special[i].value);
	if (p->kind == PARAM_TEXT)
		return xstrdup("\"other\"");
	if (p->kind == PARAM_WORD)
		return NULL; /* one word only so far */
	config_defaults(&m);
	if (p->kind == PARAM_COUNT || p->kind == PARAM_NS)
		ck_assert_msg(param_set_integer(p, &m, p->max < 77 ? (int64_t)p->max : 77, why),
			      "%s %s", p->path, why);
	else
		ck_assert(param_set_text(p, &m,
					 p->kind == PARAM_BYTES	      ? "2 MiB"
					 : p->kind == PARAM_HZ	      ? "1234.5 MHz"
					 : p->kind == PARAM_PS	      ? "77 ns"
					 : p->kind == PARAM_BITS_PER_S ? "1777 Mbps"
									: "1.5 TB/s",
					 why));
	param_format(p, &m, &text);
	return text.data;
}

/* The setting reaches the machine, its print and its hash, from a file and from --set. */
START_TEST(every_setting_is_live)
{
	const struct param *p = &params[_i];
	char *memory = memory_for(p), *value = other_value(p), *text, *set, *bare;
	char plain_hash[33], file_hash[33], set_hash[33];
	struct machine plain, from_file, from_set;
	struct buf standard_text = BUF_INIT;

	if (!value || !memory) {
		free(value);
		free(memory);
		return;
	}
	text = text_with(p, value, memory);
	buf_printf(&standard_text, "hbm = { %s};",
		   strcmp(p->path, "hbm.standard") ? memory : "standard = \"ideal\"; ");
	bare = value[0] == '"' ? xstrndup(value + 1, strlen(value) - 2) : xstrdup(value);
	set = xasprintf("%s=%s", p->path, bare);
	expect_load(standard_text.data, NULL, &plain);
	expect_load(text, NULL, &from_file);
	expect_load(standard_text.data, set, &from_set);
	hash_of(&plain, plain_hash);
	hash_of(&from_file, file_hash);
	hash_of(&from_set, set_hash);
	ck_assert_str_ne(plain_hash, file_hash);
	ck_assert_str_eq(file_hash, set_hash);
	expect_round_trip(&from_file);
	free(bare);
	free(set);
	free(text);
	free(value);
	free(memory);
	buf_release(&standard_text);
}
END_TEST

START_TEST(hash_sees_values_not_spelling)
{
	struct machine a, b, c;
	char hash_a[33], hash_b[33], hash_c[33];

	expect_load("clock = { core = \"1.8 GHz\"; };\nscratchpad = { bytes = \"1 MiB\"; };", NULL,
		    &a);
	expect_load("# other text\nscratchpad : { bytes : \"1024 KiB\" }\n"
		    "clock : { core : \"1800MHz\" }",
		    NULL, &b);
	expect_load("core = { count = 3; };", "clock.core=1801M", &c);
	hash_of(&a, hash_a);
	hash_of(&b, hash_b);
	hash_of(&c, hash_c);
	ck_assert_str_eq(hash_a, hash_b);
	ck_assert_str_ne(hash_a, hash_c);
}
END_TEST

static const struct {
	const char *set;
	size_t offset;
	uint64_t value;
} arguments[] = {
#define AT(field) offsetof(struct machine, field)
	{ "scratchpad.bytes=4M", AT(spad_bytes), 4194304 },
	{ "scratchpad.bytes=256K", AT(spad_bytes), 262144 },
	{ "scratchpad.bytes=64 KB", AT(spad_bytes), 64000 },
	{ "scratchpad.bytes=\"64 KiB\"", AT(spad_bytes), 65536 },
	{ "scratchpad.bytes=196608", AT(spad_bytes), 196608 },
	{ "clock.core=2G", AT(core_hz), 2000000000 },
	{ "clock.core=1912.5M", AT(core_hz), 1912500000 },
	{ "hbm.bandwidth=2T", AT(hbm_bandwidth), 2000000000000 },
	{ "hbm.bandwidth=2.048 TB/s", AT(hbm_bandwidth), 2048000000000 },
	{ "hbm.latency=1.5 us", AT(hbm_latency_ps), 1500000 },
	{ "core.count=1K", AT(core_count), 1000 },
	{ "dma.setup_ns=7", AT(dma_setup_ps), 7000 },
	{ "dma.setup_ns=1500 ps", AT(dma_setup_ps), 1500 },
	{ "dma.setup_ns=2 us", AT(dma_setup_ps), 2000000 },
#undef AT
};

START_TEST(arguments_have_suffixes)
{
	struct machine m;

	expect_load("core = { count = 1; };", arguments[_i].set, &m);
	ck_assert_uint_eq(*(uint64_t *)(void *)((char *)&m + arguments[_i].offset),
			  arguments[_i].value);
	expect_round_trip(&m);
}
END_TEST

START_TEST(the_last_argument_wins)
{
	static const char *const sets[] = { "core.count=2", "core.count=5" };
	struct machine m;
	struct err err;

	ck_assert(load_text("core = { count = 1; };", sets, 2, &m, &err));
	ck_assert_uint_eq(m.core_count, 5);
}
END_TEST

START_TEST(swapping_the_standard_leaves_its_settings_out)
{
	static const char text[] = "hbm = { standard = \"HBM2\"; density = \"8 Gb\"; };";
	struct machine m, fresh;

	expect_load(text, "hbm.standard=ideal", &m);
	config_defaults(&fresh);
	ck_assert_uint_eq(m.hbm_standard, HBM_STANDARD_IDEAL);
	ck_assert_uint_eq(m.hbm_density, fresh.hbm_density);
	ck_assert_uint_eq(machine_hbm_bytes(&m), (uint64_t)64 << 30);
	expect_round_trip(&m);
}
END_TEST

static char *shipped(const char *name)
{
	const char *src = getenv("TOP_SRCDIR");

	return xasprintf("%s/configs/%s", src ? src : ".", name);
}

static void load_shipped(const char *name, struct machine *m)
{
	struct err err = { .code = ERR_NONE };
	char *path = shipped(name);

	if (!config_load(path, NULL, 0, m, NULL, &err))
		ck_abort_msg("%s", err.text);
	free(path);
}

/* The mission's table: 752 TFLOPS FP16, 64 GB at about 2 TB/s, a few MB of SRAM. */
START_TEST(ascend_keeps_the_mission)
{
	struct machine m;

	load_shipped("ascend.cfg", &m);
	ck_assert_uint_eq(m.core_count, 48);
	ck_assert_uint_eq(m.core_hz, 1912500000);
	ck_assert_uint_eq(machine_peak_flops(&m), 752025600000000);
	ck_assert_uint_eq(machine_hbm_peak_bytes_per_s(&m), 2048000000000);
	ck_assert_uint_eq(machine_hbm_bytes(&m), (uint64_t)64 << 30);
	ck_assert_uint_eq(m.core_count * m.spad_bytes, 9 << 20);
	ck_assert_uint_eq(m.acc_bytes, 128 << 10);
	ck_assert_uint_eq(m.vector_bytes_per_cycle, 512);
	ck_assert_uint_eq(m.noc_multicast, NOC_MULTICAST_ON);
	ck_assert_uint_eq(m.hbm_standard, HBM_STANDARD_hbm2);
	expect_round_trip(&m);
}
END_TEST

START_TEST(ideal_says_what_its_comments_say)
{
	struct machine m;

	load_shipped("ideal.cfg", &m);
	ck_assert_uint_eq(machine_peak_flops(&m), 512000000000);
	ck_assert_uint_eq(machine_hbm_peak_bytes_per_s(&m), 64000000000);
	ck_assert_uint_eq(machine_hbm_bytes(&m), 1 << 30);
	expect_round_trip(&m);
}
END_TEST

/* Each file says its capacity and peak at its head. */
START_TEST(memories_say_what_their_comments_say)
{
	static const struct {
		const char *name;
		uint64_t gib, mb_per_s;
	} memories[] = {
		{ "ddr5", 16, 51200 },
		{ "gddr6", 1, 56000 },
		{ "hbm2", 8, 256000 },
		{ "hbm2-dramsim3", 1, 32000 },
		{ "hbm2-ramulator21", 1, 32000 },
		{ "hbm2e", 16, 460800 },
		{ "hbm3", 16, 819200 },
		{ "hbm3-ramulator21", 1, 51200 },
		{ "hbm3e", 24, 1228800 },
		{ "hbm4", 36, 2048000 },
		{ "lpddr5x", 8, 68264 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(memories); i++) {
		char *name = xasprintf("dram/%s.cfg", memories[i].name);
		struct machine m;

		load_shipped(name, &m);
		ck_assert_str_eq(m.name, memories[i].name);
		ck_assert_uint_eq(machine_hbm_peak_bytes_per_s(&m), memories[i].mb_per_s * 1000000);
		ck_assert_uint_eq(machine_hbm_bytes(&m), memories[i].gib << 30);
		ck_assert_uint_eq(m.packet_bytes, machine_burst_bytes(&m));
		expect_round_trip(&m);
		free(name);
	}
}
END_TEST

START_TEST(bare_names_are_looked_up)
{
	char *folders = xasprintf("/nonexistent::%s", getenv("TOP_SRCDIR"));
	char *path = shipped("");
	struct err err = { .code = ERR_NONE };
	struct config_source info;
	struct machine m;

	setenv("MEMSIM_CONFIG_PATH", folders, 1);
	ck_assert(!config_load("not-installed.cfg", NULL, 0, &m, NULL, &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	free(folders);
	folders = xasprintf("/nonexistent::%s", path);
	setenv("MEMSIM_CONFIG_PATH", folders, 1);
	err.code = ERR_NONE;
	ck_assert_msg(config_load("ascend.cfg", NULL, 0, &m, &info, &err), "%s", err.text);
	ck_assert_ptr_nonnull(strstr(info.path, "configs//ascend.cfg"));
	ck_assert_uint_eq(strlen(info.hash), 32);
	config_source_release(&info);
	ck_assert_msg(config_load("dram/hbm2-ramulator21.cfg", NULL, 0, &m, NULL, &err), "%s",
		      err.text);
	/* A name that says where it is, is looked up nowhere. */
	ck_assert(!config_load("./ascend.cfg", NULL, 0, &m, NULL, &err));
	err.code = ERR_NONE;
	ck_assert(!config_load("../configs/dram/hbm2-ramulator21.cfg", NULL, 0, &m, NULL, &err));
	free(folders);
	free(path);
}
END_TEST

START_TEST(depths_are_by_type)
{
	struct machine m;

	config_defaults(&m);
	m.matrix_k_f16 = 1;
	m.matrix_k_f8 = 2;
	m.matrix_k_i8 = 3;
	m.matrix_k_i4 = 4;
	m.matrix_k_tf32 = 5;
	m.matrix_k_f32 = 6;
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_F16), 1);
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_BF16), 1);
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_F8), 2);
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_I8), 3);
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_I4), 4);
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_TF32), 5);
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_F32), 6);
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_F64), 6);
	ck_assert_uint_eq(machine_matrix_k(&m, DTYPE_I32), 6);
}
END_TEST

START_TEST(products_round_up_in_each_dimension)
{
	struct machine m;

	config_defaults(&m); /* 16 x 16 x 16, fill 16, drain 16 */
	ck_assert_uint_eq(machine_matrix_cycles(&m, DTYPE_F16, 16, 16, 16, 1), 33);
	ck_assert_uint_eq(machine_matrix_cycles(&m, DTYPE_F16, 17, 16, 16, 1), 34);
	ck_assert_uint_eq(machine_matrix_cycles(&m, DTYPE_F16, 17, 17, 17, 3), 32 + 24);
	ck_assert_uint_eq(machine_matrix_cycles(&m, DTYPE_I8, 16, 64, 16, 1), 34);
	m.matrix_efficiency_percent = 70;
	ck_assert_uint_eq(machine_matrix_cycles(&m, DTYPE_F16, 16, 16, 16, 7), 32 + 10);
	ck_assert_uint_eq(machine_matrix_cycles(&m, DTYPE_F16, 16, 16, 16, 1), 32 + 2);
	ck_assert_uint_eq(machine_macs_per_cycle_percent(&m, DTYPE_F16), 4096 * 70);
	ck_assert_uint_eq(machine_matrix_cycles(&m, DTYPE_F16, UINT64_MAX, UINT64_MAX, 1, 1),
			  UINT64_MAX);
}
END_TEST

START_TEST(peaks_of_the_largest_machine_do_not_wrap)
{
	struct machine m;

	config_defaults(&m);
	for (size_t i = 0; i < n_params; i++) {
		if (params[i].max > 0)
			*(uint64_t *)(void *)((char *)&m + params[i].offset) = params[i].max;
	}
	m.hbm_standard = HBM_STANDARD_hbm2;
	m.matrix_efficiency_percent = 100;
	m.hbm_height = 0;
	m.hbm_data_rate = 2400000000;
	ck_assert_uint_eq(machine_peak_flops(&m), UINT64_MAX); /* 1.4e25, said as the most */
	ck_assert_uint_eq(machine_hbm_peak_bytes_per_s(&m), (uint64_t)64 * 64 * 16 * 2400000000);
	ck_assert_uint_eq(machine_hbm_bytes(&m), (uint64_t)1 << 46);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("config");
	TCase *c = tcase_create("machines");

	tcase_add_loop_test(c, rows_are_sound, 0, (int)n_params);
	tcase_add_loop_test(c, every_setting_is_live, 0, (int)n_params);
	tcase_add_test(c, hash_sees_values_not_spelling);
	tcase_add_loop_test(c, arguments_have_suffixes, 0, ARRAY_SIZE(arguments));
	tcase_add_test(c, the_last_argument_wins);
	tcase_add_test(c, swapping_the_standard_leaves_its_settings_out);
	tcase_add_test(c, ascend_keeps_the_mission);
	tcase_add_test(c, ideal_says_what_its_comments_say);
	tcase_add_test(c, memories_say_what_their_comments_say);
	tcase_add_test(c, bare_names_are_looked_up);
	tcase_add_test(c, depths_are_by_type);
	tcase_add_test(c, products_round_up_in_each_dimension);
	tcase_add_test(c, peaks_of_the_largest_machine_do_not_wrap);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return tap_main(suite());
}
