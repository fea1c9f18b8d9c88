/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as JSON, schema 1 of the contract: the facts in their order, groups as
 * objects.  One schedule is one object, several are a list.  Names no fact.
 */
#include <string.h>

#include "base/json_out.h"
#include "report/facts.h"

static void print_value(struct json_out *j, const struct fact *f)
{
	switch (f->kind) {
	case FACT_COUNT:
		json_u64(j, f->name, f->a);
		break;
	case FACT_RATIO:
		json_ratio(j, f->name, f->a, f->b, f->decimals);
		break;
	case FACT_TEXT:
		json_string(j, f->name, f->text);
		break;
	case FACT_TEXTS:
		json_array_inline(j, f->name);
		for (size_t i = 0; i < f->n_texts; i++)
			json_string(j, NULL, f->texts[i]);
		json_end(j);
		break;
	}
}

/* Length of `group` up to the end of its component number `depth`, 0-based. */
static size_t component_end(const char *group, unsigned depth)
{
	const char *at = group;

	for (unsigned i = 0; at && i < depth; i++) {
		at = strchr(at, '.');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return strlen(group);
	return (size_t)(at - group) + strcspn(at, ".");
}

static unsigned group_depth(const char *group)
{
	unsigned depth = *group != '\0';

	for (const char *c = group; *c; c++)
		depth += *c == '.';
	return depth;
}

/* Closes what `to` is not inside of, and opens the rest of it. */
static void change_group(struct json_out *j, const char *from, const char *to)
{
	unsigned open = group_depth(from), shared = 0;

	while (shared < open && shared < group_depth(to) &&
	       component_end(from, shared) == component_end(to, shared) &&
	       strncmp(from, to, component_end(to, shared)) == 0)
		shared++;
	for (; open > shared; open--)
		json_end(j);
	for (; shared < group_depth(to); shared++) {
		size_t start = shared ? component_end(to, shared - 1) + 1 : 0;
		char name[64] = "";

		memcpy(name, to + start,
		       min_u64(component_end(to, shared) - start, sizeof(name) - 1));
		json_object(j, name);
	}
}

static void print_facts(struct json_out *j, const struct facts *f)
{
	const char *group = "";

	for (size_t i = 0; i < f->n; i++) {
		change_group(j, group, f->v[i].group);
		group = f->v[i].group;
		print_value(j, &f->v[i]);
	}
	change_group(j, group, "");
}

static void print_run(struct json_out *j, const struct report_input *in)
{
	struct facts f = FACTS_INIT;

	json_object(j, NULL);
	facts_of_run(&f, in);
	print_facts(j, &f);
	json_array(j, "kernels");
	for (size_t k = 0; k < in->result->n_kernels; k++) {
		json_object(j, NULL);
		facts_of_kernel(&f, in, k);
		print_facts(j, &f);
		json_end(j);
	}
	json_end(j);
	if (in->with_tensors) {
		json_array(j, "tensors");
		for (size_t t = 0; t < in->result->n_tensors; t++) {
			json_object(j, NULL);
			facts_of_tensor(&f, in, t);
			print_facts(j, &f);
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
