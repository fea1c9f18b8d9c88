/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports of runs made by hand, so that every ratio can be worked out beside it: two
 * cores at 1 GHz, a memory of 100 bytes a cycle, two kernels of one operator each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/ops.h"
#include "report/derive.h"
#include "report/facts.h"
#include "report/layout.h"
#include "report/report.h"
#include "report/roofline.h"
#include "support/tap_main.h"

#define GIGA UINT64_C(1000000000)

/* x (input) -a-> y -b-> z (output), each 1,000 f16 elements. */
struct fixture {
	struct machine machine;
	struct shape shape;
	struct tensor tensors[3];
	struct op ops[2];
	uint32_t operands[4];
	struct graph graph;
	uint32_t op_index[2];
	struct kernel kernel[2];
	const struct kernel *kernels[2];
	struct kernel_account accounts[2];
	struct tensor_account tensor_accounts[3];
	struct result result;
	struct report_input in;
};

static void make_graph(struct fixture *f)
{
	static const char *const ids[] = { "x", "y", "z" };
	static const uint8_t roles[] = { ROLE_INPUT, ROLE_INTERMEDIATE, ROLE_OUTPUT };

	f->shape = (struct shape){ .n_dims = 1, .dims = { 1000 } };
	for (unsigned t = 0; t < 3; t++)
		f->tensors[t] = (struct tensor){ .id = ids[t], .view = NO_INDEX, .dtype = DTYPE_F16,
						 .role = roles[t] };
	f->ops[0] = (struct op){ .id = "a", .kind = OP_relu, .n_inputs = 1, .n_outputs = 1 };
	f->ops[1] = (struct op){ .id = "b", .kind = OP_relu, .operands = 2, .n_inputs = 1,
				 .n_outputs = 1 };
	memcpy(f->operands, (uint32_t[]){ 0, 1, 1, 2 }, sizeof(f->operands));
	f->graph = (struct graph){ .model = "pair", .model_keys = "", .tensors = f->tensors,
				   .n_tensors = 3, .ops = f->ops, .n_ops = 2, .shapes = &f->shape,
				   .n_shapes = 1, .operands = f->operands, .n_operands = 4, .hash = "0123456789abcdef0123456789abcdef" };
}

static void make_machine(struct machine *m)
{
	*m = (struct machine){ .name = "tiny", .core_hz = GIGA, .noc_hz = GIGA, .core_count = 2,
			       .matrix_m = 16, .matrix_n = 16, .matrix_k_f16 = 16,
			       .matrix_efficiency_percent = 100, .spad_bytes = 4096, .buffering = 2,
			       .noc_core_bytes_per_cycle = 128, .hbm_standard = HBM_STANDARD_IDEAL,
			       .hbm_bytes = UINT64_C(1) << 30, .hbm_bandwidth = 100 * GIGA };
}

static void make_kernel(struct fixture *f, unsigned k, const char *name)
{
	f->op_index[k] = k;
	f->kernel[k] = (struct kernel){ .name = name, .ops = &f->op_index[k], .n_ops = 1,
					.macs = 500 + k, .executed_macs = 600 + k, .vector_ops = 7,
					.ideal_bytes = 20000, .compulsory_bytes = 20000,
					.rate_cycles_x100 = 12345, .estimate_cycles = 580 + k };
	f->kernels[k] = &f->kernel[k];
}

/* Cycles 0-600 and 600-1000 of two cores; 30,000 and 34,000 bytes. */
static void make_accounts(struct fixture *f)
{
	f->accounts[0] = (struct kernel_account){
		.start_cycle = 0, .end_cycle = 600, .end_ps = 600000,
		.core = { .cycles = { 300, 500, 200, 50, 50, 100 }, .overlapped = 120,
			  .compute_throttled = 10 },
		.read_bytes = 20000, .write_bytes = 10000,
		.bytes = { 20000, 4000, 3000, 2000, 600, 400 },
		.matrix_busy_cycles = 300, .noc_bytes = 29600,
	};
	f->accounts[1] = (struct kernel_account){
		.start_cycle = 600, .end_cycle = 1000, .start_ps = 600000, .end_ps = 1000000,
		.core = { .cycles = { 700, 100, 0, 0, 0, 0 }, .overlapped = 1 },
		.read_bytes = 24000, .write_bytes = 10000,
		.bytes = { 20000, 0, 14000, 0, 0, 0 },
		.vector_busy_cycles = 700, .noc_bytes = 34000,
	};
}

static void make_result(struct fixture *f)
{
	f->result = (struct result){
		.end_ps = 1000000, .cycles = 1000,
		.core = { .cycles = { 1000, 600, 200, 50, 50, 100 }, .overlapped = 121,
			  .compute_throttled = 10 },
		.hbm = { .read_bytes = 44000, .write_bytes = 20000, .reads = 1375, .writes = 625,
			 .activates = 11, .precharges = 12, .refreshes = 13, .row_hits = 3,
			 .row_misses = 1, .row_conflicts = 2, .read_packets = 4,
			 .read_latency_ps = 500000, .total_ticks = 4000, .busy_ticks = 900,
			 .ticks = 1000, .tick_fs = 1000000,
			 .class_ticks = { 1375, 625, 100, 200, 300, 50, 25, 75, 150, 400, 700 } },
		.kernels = f->accounts, .n_kernels = 2, .tensors = f->tensor_accounts,
		.n_tensors = 3, .spad_peak_bytes = 4000,
	};
	f->tensor_accounts[0] = (struct tensor_account){ 22000, 0 };
	f->tensor_accounts[1] = (struct tensor_account){ 22000, 10000 };
	f->tensor_accounts[2] = (struct tensor_account){ 0, 10000 };
}

static void make_fixture(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	make_graph(f);
	make_machine(&f->machine);
	make_kernel(f, 0, "a");
	make_kernel(f, 1, "b");
	make_accounts(f);
	make_result(f);
	f->in = (struct report_input){
		.version = "9.9", .schedule = "baseline", .engine = "fast", .graph = &f->graph,
		.machine = &f->machine, .config_hash = "c0ffee", .kernels = f->kernels,
		.weight_bytes = 77, .memory_peak_bytes = 6000, .result = &f->result,
	};
}

static const char *fact_text(const struct report_input *in, const char *path)
{
	static struct buf text;
	struct facts f = FACTS_INIT;

	buf_clear(&text);
	facts_of_run(&f, in);
	fact_print(fact_find(&f, path), &text);
	facts_release(&f);
	return text.data;
}

START_TEST(ratios_are_what_hand_computation_gives)
{
	struct fixture f;
	static const struct {
		const char *path, *text;
	} expected[] = {
		{ "time.cycles", "1000" },
		{ "time.seconds", "0.000001000000" },
		/* compute: 24,690 / 100 = 246; memory: 64,000 bytes / 100 a cycle = 640 */
		{ "time.roofline_cycles", "640" },
		{ "core_cycles.total", "2000" },
		{ "data_movement_fraction", "0.400000" },  /* 800 / 2000 */
		{ "movement_share", "0.444444" },          /* 800 / 1800 */
		{ "hbm_busy_fraction", "0.900000" },       /* 900 / 1000 */
		{ "hbm.bandwidth_utilization", "0.640000" }, /* 64,000 / 100,000 */
		{ "hbm.row_hit_rate", "0.500000" },        /* 3 / 6 */
		{ "hbm.average_read_latency_ns", "125.000000" }, /* 500 ns / 4 */
		{ "hbm.cycles.tick_ps", "1000" },
		{ "hbm.cycles.starved_idle", "700" },
		{ "workload.macs", "1001" },
		{ "workload.executed_macs", "1201" },
		{ "workload.ideal_bytes", "40000" },
		{ "traffic.refetch", "17000" },
		{ "machine.peak_flops", "16384000000000" }, /* 2 x 2 x 4096 x 10^9 */
		{ "memory.peak_bytes", "6000" },
	};

	make_fixture(&f);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		ck_assert_msg(strcmp(fact_text(&f.in, expected[i].path), expected[i].text) == 0,
			      "%s: %s", expected[i].path, fact_text(&f.in, expected[i].path));
}
END_TEST

START_TEST(roofline_is_of_compute_where_that_is_larger)
{
	struct fixture f;

	make_fixture(&f);
	f.kernel[0].rate_cycles_x100 = 64099 - 12345; /* 640.99 cycles in all: still 640 */
	ck_assert_str_eq(fact_text(&f.in, "time.roofline_cycles"), "640");
	f.kernel[0].rate_cycles_x100++;
	f.kernel[0].rate_cycles_x100 += 100;
	ck_assert_str_eq(fact_text(&f.in, "time.roofline_cycles"), "642");
}
END_TEST

START_TEST(half_a_tick_is_printed_exactly)
{
	struct fixture f;

	make_fixture(&f);
	f.result.hbm.tick_fs = 312500;
	ck_assert_str_eq(fact_text(&f.in, "hbm.cycles.tick_ps"), "312.5");
	f.result.hbm.tick_fs = 416667;
	ck_assert_str_eq(fact_text(&f.in, "hbm.cycles.tick_ps"), "416.667");
}
END_TEST

START_TEST(serial_fraction_only_when_asked)
{
	struct fixture f;
	struct buf json = BUF_INIT;

	make_fixture(&f);
	report_json(&json, &f.in, 1);
	ck_assert_ptr_null(strstr(json.data, "serial_movement_fraction"));
	ck_assert_ptr_null(strstr(json.data, "\"tensors\""));
	f.in.has_serial = true;
	f.in.serial_movement_ps = 3;
	f.in.serial_compute_ps = 1;
	ck_assert_str_eq(fact_text(&f.in, "serial_movement_fraction"), "0.750000");
	buf_release(&json);
}
END_TEST

/* Bounds: the highest utilisation above one half of its own peak. */

struct bound_case {
	const char *expected;
	uint64_t matrix, vector, throttled, noc_in, bytes, launch, idle;
};

START_TEST(bound_is_the_busiest_resource)
{
	/* Kernel 1: 800 core cycles, 40,000 bytes at peak, 102,400 bytes a direction of the
	 * interconnect. */
	static const struct bound_case cases[] = {
		{ "latency", 400, 400, 0, 51200, 20000, 0, 0 }, /* exactly half is not above it */
		{ "matrix", 401, 400, 0, 0, 20000, 0, 0 },
		{ "vector", 401, 402, 0, 0, 20000, 0, 0 },
		{ "hbm", 401, 402, 0, 0, 20200, 0, 0 },
		{ "noc", 401, 0, 0, 60000, 20000, 0, 0 },
		{ "scratchpad", 500, 0, 500, 0, 0, 0, 0 },
		{ "launch", 800, 0, 0, 0, 40000, 401, 0 },
		{ "matrix", 800, 0, 0, 0, 39000, 400, 400 },
		{ "imbalance", 0, 0, 0, 0, 40000, 0, 401 },
	};
	struct fixture f;

	make_fixture(&f);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		f.accounts[1] = (struct kernel_account){
			.start_cycle = 600, .end_cycle = 1000, .read_bytes = cases[i].bytes,
			.matrix_busy_cycles = cases[i].matrix,
			.vector_busy_cycles = cases[i].vector,
			.noc_bytes = cases[i].noc_in,
			.core = { .compute_throttled = cases[i].throttled },
		};
		f.accounts[1].core.cycles[CORE_LAUNCH] = cases[i].launch;
		f.accounts[1].core.cycles[CORE_IDLE] = cases[i].idle;
		ck_assert_msg(strcmp(derive_bound(&f.in, 1), cases[i].expected) == 0,
			      "case %zu: %s", i, derive_bound(&f.in, 1));
	}
}
END_TEST

/* Formats. */

static void expect_in(const struct buf *text, const char *what)
{
	ck_assert_msg(strstr(text->data, what) != NULL, "not printed: %s", what);
}

START_TEST(json_has_the_contract_s_members_in_order)
{
	static const char *const members[] = {
		"\"schema\"", "\"memsim\"", "\"schedule\"", "\"engine\"", "\"trace\"", "\"model\"",
		"\"ops\"", "\"hash\"", "\"config\"", "\"name\"", "\"overrides\"", "\"machine\"",
		"\"cores\"", "\"core_hz\"", "\"peak_flops\"", "\"hbm_peak_bytes_per_s\"",
		"\"scratchpad_bytes\"", "\"hbm_bytes\"", "\"workload\"", "\"kernels\"", "\"macs\"",
		"\"executed_macs\"", "\"vector_ops\"", "\"ideal_bytes\"", "\"compulsory_bytes\"",
		"\"weight_bytes\"", "\"time\"", "\"cycles\"", "\"seconds\"", "\"roofline_cycles\"",
		"\"core_cycles\"", "\"total\"", "\"compute\"", "\"stall_load\"", "\"stall_store\"",
		"\"stall_sync\"", "\"launch\"", "\"idle\"", "\"overlapped_subset\"",
		"\"compute_throttled_subset\"", "\"data_movement_fraction\"", "\"movement_share\"",
		"\"hbm_busy_fraction\"", "\"traffic\"", "\"halo\"", "\"refetch\"", "\"spill\"",
		"\"second_pass\"", "\"padding\"", "\"hbm\"", "\"read_bytes\"", "\"write_bytes\"",
		"\"forwarded_bytes\"", "\"bandwidth_utilization\"", "\"row_hit_rate\"",
		"\"average_read_latency_ns\"", "\"reads\"", "\"writes\"", "\"activates\"",
		"\"precharges\"", "\"refreshes\"", "\"cycles\"", "\"total\"", "\"tick_ps\"",
		"\"read\"", "\"write\"", "\"refresh\"", "\"turnaround\"", "\"row\"", "\"column\"",
		"\"command\"", "\"starved_noc\"", "\"starved_window\"", "\"starved_imbalance\"",
		"\"starved_idle\"", "\"scratchpad\"", "\"peak_bytes\"", "\"memory\"",
		"\"peak_bytes\"",
		"\"kernels\"", "\"name\": \"a\"", "\"ops\"", "\"start_cycle\"", "\"end_cycle\"",
		"\"traffic\"", "\"core_cycles\"", "\"bound\"", "\"name\": \"b\"", "\"tensors\"",
		"\"id\": \"x\"", "\"role\": \"input\"", "\"bytes\": 2000", "\"read_bytes\": 22000",
	};
	struct fixture f;
	struct buf json = BUF_INIT;
	const char *at;

	make_fixture(&f);
	f.in.with_tensors = true;
	report_json(&json, &f.in, 1);
	ck_assert_int_eq(json.data[0], '{');
	at = json.data;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		at = strstr(at, members[i]);
		ck_assert_msg(at != NULL, "%s is missing or out of order", members[i]);
		at += strlen(members[i]);
	}
	buf_release(&json);
}
END_TEST

START_TEST(a_list_of_schedules_is_a_json_list)
{
	struct fixture f;
	struct report_input runs[2];
	struct buf one = BUF_INIT, two = BUF_INIT;

	make_fixture(&f);
	runs[0] = runs[1] = f.in;
	report_json(&one, runs, 1);
	report_json(&two, runs, 2);
	ck_assert_int_eq(two.data[0], '[');
	ck_assert_str_eq(two.data + two.len - 2, "]\n");
	ck_assert_uint_gt(two.len, 2 * one.len - 10);
	buf_release(&one);
	buf_release(&two);
}
END_TEST

/* Every count of the JSON's run and kernels also stands in the text or the CSV. */
START_TEST(formats_print_the_same_integers)
{
	struct fixture f;
	struct buf text = BUF_INIT, csv = BUF_INIT;
	struct facts facts = FACTS_INIT;

	make_fixture(&f);
	report_text(&text, &f.in, 1);
	report_csv(&csv, &f.in, 1);
	facts_of_run(&facts, &f.in);
	for (size_t i = 0; i < facts.n; i++) {
		const struct fact *fact = &facts.v[i];

		if (fact->kind == FACT_COUNT && (strcmp(fact->group, "core_cycles") == 0 ||
						 strcmp(fact->group, "traffic") == 0) &&
		    !strstr(fact->name, "_subset"))
			expect_in(&text, cell_count(fact->a).text);
	}
	expect_in(&csv, "schedule,name,ops,start_cycle,end_cycle,macs,executed_macs,ideal_bytes,"
			"compulsory_bytes,read_bytes,write_bytes,traffic.halo,traffic.refetch,"
			"traffic.spill,traffic.second_pass,traffic.padding,core_cycles.total,"
			"core_cycles.compute,core_cycles.stall_load,core_cycles.stall_store,"
			"core_cycles.stall_sync,core_cycles.launch,core_cycles.idle,"
			"core_cycles.overlapped_subset,core_cycles.compute_throttled_subset,"
			"bound,estimate_cycles,class,flops,flops_per_byte,"
			"attainable_flops_per_s,achieved_flops_per_s\n");
	expect_in(&csv, "\nbaseline,a,a,0,600,500,600,20000,20000,20000,10000,4000,3000,2000,600,"
			"400,1200,300,500,200,50,50,100,120,10,latency,580,"
			"elementwise,1207,0.040233,4023333333,2011666666\n");
	expect_in(&csv, "\nbaseline,b,b,600,1000,501,601,20000,20000,24000,10000,0,14000,0,0,0,"
			"800,700,100,0,0,0,0,1,0,vector,581,elementwise,"
			"1209,0.035559,3555882352,3022500000\n");
	expect_in(&text, "Plan  estimated 1,161 cycles, 16.1 % more\n");
	facts_release(&facts);
	buf_release(&text);
	buf_release(&csv);
}
END_TEST

START_TEST(text_names_what_was_fetched_again)
{
	struct fixture f;
	struct buf text = BUF_INIT;

	make_fixture(&f);
	report_text(&text, &f.in, 1);
	expect_in(&text, "Moved above 1.10 x the least");
	expect_in(&text, "  1.70 "); /* b: 34,000 / 20,000 */
	/* more excess first */
	ck_assert(strstr(strstr(text.data, "Moved above"), "\na ") >
		  strstr(strstr(text.data, "Moved above"), "\nb "));
	buf_clear(&text);
	f.accounts[0].read_bytes = 12000; /* 22,000: exactly 1.10 x */
	f.accounts[1].read_bytes = 12000;
	report_text(&text, &f.in, 1);
	ck_assert_ptr_null(strstr(text.data, "Moved above"));
	buf_release(&text);
}
END_TEST

START_TEST(notes_tell_what_the_numbers_rest_on)
{
	struct fixture f;
	struct buf text = BUF_INIT;

	make_fixture(&f);
	report_text(&text, &f.in, 1);
	ck_assert_ptr_null(strstr(text.data, "Note"));
	f.machine.matrix_efficiency_percent = 70;
	f.machine.buffering = 1;
	buf_clear(&text);
	report_text(&text, &f.in, 1);
	expect_in(&text, "core.matrix.efficiency_percent is 70");
	expect_in(&text, "serialises one core, not the machine");
	buf_release(&text);
}
END_TEST

START_TEST(schedules_side_by_side_name_vanished_round_trips)
{
	struct fixture f, fused;
	struct report_input runs[2];
	struct buf text = BUF_INIT;

	make_fixture(&f);
	make_fixture(&fused);
	fused.in.schedule = "trace";
	fused.result.cycles = 500;
	fused.tensor_accounts[1] = (struct tensor_account){ 0, 0 };
	fused.tensor_accounts[2] = (struct tensor_account){ 0, 0 }; /* an output is no round trip */
	runs[0] = f.in;
	runs[1] = fused.in;
	report_text(&text, runs, 2);
	expect_in(&text,
		  "Round trips of baseline that vanished under trace: 1 tensors, 32,000 bytes");
	expect_in(&text, "  2.000\n"); /* speed-up */
	buf_clear(&text);
	fused.tensor_accounts[1].write_bytes = 1;
	report_text(&text, runs, 2);
	expect_in(&text, "vanished under trace: 0 tensors, 0 bytes");
	buf_release(&text);
}
END_TEST

/* Kernel a: 2 x 600 + 7 operations, 30,000 bytes are 300 cycles of the memory, its products 123,
 * and it took 600.  Both: 2,416 operations, 64,000 bytes, 246 and 1,000 cycles. */
START_TEST(kernels_and_classes_stand_under_the_roofline)
{
	struct roofline r, classes[N_WORK_CLASSES];
	enum work_class class;
	struct fixture f;

	make_fixture(&f);
	roofline_of_kernel(&f.in, 0, &r, &class);
	ck_assert_int_eq(class, WORK_ELEMENTWISE);
	ck_assert_uint_eq(roofline_flops(&r), 1207);
	ck_assert_uint_eq(roofline_attainable(&f.in, &r), 4023333333);
	ck_assert_uint_eq(roofline_achieved(&f.in, &r), 2011666666);
	f.kernel[0].rate_cycles_x100 = 40000; /* products take longer than bytes */
	roofline_of_kernel(&f.in, 0, &r, &class);
	ck_assert_uint_eq(roofline_attainable(&f.in, &r), 3017500000);
	f.kernel[0].rate_cycles_x100 = 12345;
	roofline_collect(&f.in, classes);
	ck_assert_uint_eq(classes[WORK_MATRIX].kernels + classes[WORK_REDUCTION].kernels, 0);
	ck_assert_uint_eq(classes[WORK_ELEMENTWISE].cycles, 1000);
	ck_assert_uint_eq(roofline_flops(&classes[WORK_ELEMENTWISE]), 2416);
	ck_assert_uint_eq(roofline_attainable(&f.in, &classes[WORK_ELEMENTWISE]), 3775000000);
	ck_assert_uint_eq(roofline_achieved(&f.in, &classes[WORK_ELEMENTWISE]), 2416000000);
	ck_assert_uint_eq(roofline_attainable(&f.in, &classes[WORK_MATRIX]), 0);
}
END_TEST

START_TEST(nothing_moved_divides_by_nothing)
{
	struct fixture f;
	struct buf text = BUF_INIT;

	make_fixture(&f);
	memset(&f.result.hbm, 0, sizeof(f.result.hbm));
	memset(f.accounts, 0, sizeof(f.accounts));
	f.result.cycles = 0;
	report_text(&text, &f.in, 1);
	report_json(&text, &f.in, 1);
	expect_in(&text, "\"data_movement_fraction\": ");
	buf_release(&text);
}
END_TEST

START_TEST(numbers_are_set_for_reading)
{
	ck_assert_str_eq(cell_count(0).text, "0");
	ck_assert_str_eq(cell_count(999).text, "999");
	ck_assert_str_eq(cell_count(1000).text, "1,000");
	ck_assert_str_eq(cell_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
	ck_assert_str_eq(cell_percent(1, 3).text, "33.3");
	ck_assert_str_eq(cell_percent(1, 0).text, "0.0");
	ck_assert_str_eq(cell_name("abcdefghij", 10).text, "abcdefghij");
	ck_assert_str_eq(cell_name("abcdefghijk", 10).text, "abcd..hijk");
}
END_TEST

START_TEST(only_known_formats_are_found)
{
	ck_assert(report_format_find("text") == report_text);
	ck_assert(report_format_find("json") == report_json);
	ck_assert(report_format_find("csv") == report_csv);
	ck_assert(report_format_find("xml") == NULL);
	ck_assert(report_format_find("") == NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *tests = tcase_create("report");

	tcase_add_test(tests, ratios_are_what_hand_computation_gives);
	tcase_add_test(tests, roofline_is_of_compute_where_that_is_larger);
	tcase_add_test(tests, half_a_tick_is_printed_exactly);
	tcase_add_test(tests, serial_fraction_only_when_asked);
	tcase_add_test(tests, bound_is_the_busiest_resource);
	tcase_add_test(tests, json_has_the_contract_s_members_in_order);
	tcase_add_test(tests, a_list_of_schedules_is_a_json_list);
	tcase_add_test(tests, formats_print_the_same_integers);
	tcase_add_test(tests, text_names_what_was_fetched_again);
	tcase_add_test(tests, notes_tell_what_the_numbers_rest_on);
	tcase_add_test(tests, schedules_side_by_side_name_vanished_round_trips);
	tcase_add_test(tests, kernels_and_classes_stand_under_the_roofline);
	tcase_add_test(tests, nothing_moved_divides_by_nothing);
	tcase_add_test(tests, numbers_are_set_for_reading);
	tcase_add_test(tests, only_known_formats_are_found);
	suite_add_tcase(suite, tests);
	return tap_main(suite);
}
