/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of facts itself: adding to it, finding in it, printing one.
 */
#include "report/facts_make.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

#define RATIO_DECIMALS 6

static struct fact *add(struct facts *f, const char *group, const char *name, const char *help)
{
	GROW(f->v, f->n, f->capacity);
	f->v[f->n] = (struct fact){ .group = group, .name = name, .help = help };
	return &f->v[f->n++];
}

void fact_count(struct facts *f, const char *group, const char *name, uint64_t value,
		const char *help)
{
	struct fact *fact = add(f, group, name, help);

	fact->kind = FACT_COUNT;
	fact->a = value;
}

void fact_ratio(struct facts *f, const char *group, const char *name, uint64_t a, uint64_t b,
		const char *help)
{
	struct fact *fact = add(f, group, name, help);

	fact->kind = FACT_RATIO;
	fact->decimals = RATIO_DECIMALS;
	fact->a = a;
	fact->b = b;
}

void fact_text(struct facts *f, const char *group, const char *name, const char *value,
	       const char *help)
{
	struct fact *fact = add(f, group, name, help);

	fact->kind = FACT_TEXT;
	fact->text = value;
}

void fact_texts(struct facts *f, const char *group, const char *name, const char *const *values,
		size_t n, const char *help)
{
	struct fact *fact = add(f, group, name, help);

	fact->kind = FACT_TEXTS;
	fact->texts = values;
	fact->n_texts = n;
}

void facts_release(struct facts *f)
{
	free(f->v);
	free(f->names);
	*f = (struct facts)FACTS_INIT;
}

const struct fact *fact_find(const struct facts *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct fact *fact = &f->v[i];
		size_t len = strlen(fact->group);

		if (len == 0 ? strcmp(path, fact->name) == 0 :
			       strncmp(path, fact->group, len) == 0 && path[len] == '.' &&
				       strcmp(path + len + 1, fact->name) == 0)
			return fact;
	}
	BUG("no fact %s", path);
}

void fact_print(const struct fact *f, struct buf *to)
{
	char number[64];

	switch (f->kind) {
	case FACT_COUNT:
		buf_printf(to, "%" PRIu64, f->a);
		break;
	case FACT_RATIO:
		format_ratio(f->a, f->b, f->decimals, number, sizeof(number));
		buf_puts(to, number);
		break;
	case FACT_TEXT:
		buf_puts(to, f->text);
		break;
	case FACT_TEXTS:
		for (size_t i = 0; i < f->n_texts; i++)
			buf_printf(to, "%s%s", i ? " " : "", f->texts[i]);
		break;
	}
}

void facts_csv_names(const struct facts *f, struct buf *to)
{
	for (size_t i = 0; i < f->n; i++)
		buf_printf(to, "%s%s%s%s", i ? "," : "", f->v[i].group, *f->v[i].group ? "." : "",
			   f->v[i].name);
	buf_putc(to, '\n');
}

void facts_csv_values(const struct facts *f, struct buf *to)
{
	for (size_t i = 0; i < f->n; i++) {
		buf_puts(to, i ? "," : "");
		fact_print(&f->v[i], to);
	}
	buf_putc(to, '\n');
}
