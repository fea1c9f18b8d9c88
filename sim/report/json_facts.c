/* SPDX-License-Identifier: Apache-2.0 */
/* Writes facts in their order; opens and closes the objects that their groups name. */
#include "report/json_facts.h"

#include <string.h>

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

void json_facts(struct json_out *j, const struct facts *f)
{
	const char *group = "";

	for (size_t i = 0; i < f->n; i++) {
		change_group(j, group, f->v[i].group);
		group = f->v[i].group;
		print_value(j, &f->v[i]);
	}
	change_group(j, group, "");
}
