/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as JSON, schema 1 of the contract: the facts in their order, groups as
 * objects.  One schedule is one object, several are a list.  Names no fact.
 */
#include "ir/ops.h"
#include "report/json_facts.h"

static void print_run(struct json_out *j, const struct report_input *in)
{
	struct facts f = FACTS_INIT;

	json_object(j, NULL);
	facts_of_run(&f, in);
	json_facts(j, &f);
	json_array(j, "kernels");
	for (size_t k = 0; k < in->result->n_kernels; k++) {
		json_object(j, NULL);
		facts_of_kernel(&f, in, k);
		json_facts(j, &f);
		json_end(j);
	}
	json_end(j);
	json_array(j, "classes");
	for (unsigned c = 0; c < N_WORK_CLASSES; c++) {
		json_object(j, NULL);
		facts_of_class(&f, in, c);
		json_facts(j, &f);
		json_end(j);
	}
	json_end(j);
	if (in->with_tensors) {
		json_array(j, "tensors");
		for (size_t t = 0; t < in->result->n_tensors; t++) {
			json_object(j, NULL);
			facts_of_tensor(&f, in, t);
			json_facts(j, &f);
			json_end(j);
		}
		json_end(j);
	}
	if (in->with_channels) {
		json_array(j, "channels");
		for (size_t c = 0; c < in->result->n_hbm_channels; c++) {
			json_object(j, NULL);
			facts_of_channel(&f, in, c);
			json_facts(j, &f);
			json_end(j);
		}
		json_end(j);
	}
	json_end(j);
	facts_release(&f);
}

void report_json(struct buf *to, const struct report_input *runs, size_t n)
{
	struct json_out j;

	json_init(&j, to);
	if (n > 1)
		json_array(&j, NULL);
	for (size_t i = 0; i < n; i++)
		print_run(&j, &runs[i]);
	if (n > 1)
		json_end(&j);
}
