/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts the text of a --vary into values.  Ranges are counted in the setting's base unit, in
 * integers, and written so that --set reads the same number back.
 */
#include "sweep/axis.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/param.h"
#include "base/units.h"
#include "plan/plan.h"

static bool fail(const struct axis *a, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);

static bool fail(const struct axis *a, struct err *err, const char *fmt, ...)
{
	va_list args;
	char *what;

	va_start(args, fmt);
	what = xvasprintf(fmt, args);
	va_end(args);
	err_set(err, ERR_CONFIG, "--vary %s: %s", a->text, what);
	free(what);
	return false;
}

static bool add_value(struct axis *a, char *value, struct err *err)
{
	if (a->n == AXIS_MAX_VALUES) {
		free(value);
		return err_set(err, ERR_LIMIT, "--vary %s: more than %d values", a->text,
			       AXIS_MAX_VALUES);
	}
	GROW(a->values, a->n, a->capacity);
	a->values[a->n++] = value;
	return true;
}

static bool is_schedule(const char *name)
{
	for (unsigned s = 0; s < N_SCHEDULES; s++) {
		if (strcmp(name, schedule_name((enum schedule)s)) == 0)
			return true;
	}
	return false;
}

/* Lists. */

static bool parse_list(struct axis *a, const char *list, struct err *err)
{
	bool is_of_schedules = strcmp(a->path, AXIS_SCHEDULE) == 0, more = true;

	for (const char *at = list; more;) {
		size_t len = strcspn(at, ",");
		char *value = xstrndup(at, len);

		if (len == 0 || (is_of_schedules && !is_schedule(value))) {
			fail(a, err, "%s (found \"%s\"%s)",
			     len ? "no such schedule" : "a value is empty", value,
			     len ? ", expected baseline, trace or auto" : "");
			free(value);
			return false;
		}
		if (!add_value(a, value, err))
			return false;
		more = at[len] == ',';
		at += len + more;
	}
	return true;
}

/* Ranges. */

struct range {
	const struct param *param;
	uint64_t from, to, step;
	bool is_factor;
};

static bool is_number(const struct param *p)
{
	return p && p->kind != PARAM_WORD && p->kind != PARAM_TEXT;
}

/* FROM:TO:x... or FROM:TO:+... */
static bool looks_like_range(const char *text)
{
	const char *second = strchr(text, ':');
	const char *third = second ? strchr(second + 1, ':') : NULL;

	return third && (third[1] == 'x' || third[1] == '+');
}

/* In the setting's base unit; a step may be smaller than the setting's least value. */
static bool read_number(const struct axis *a, const struct param *p, const char *text, size_t len,
			bool is_step, uint64_t *out, struct err *err)
{
	struct param any = *p;
	char why[PARAM_REASON], *value = xstrndup(text, len);
	struct machine m;
	bool ok;

	if (is_step) {
		any.min = 0;
		any.max = UINT64_MAX;
	}
	config_defaults(&m);
	ok = param_set_argument(&any, &m, value, why);
	free(value);
	if (!ok)
		return fail(a, err, "%.*s %s", (int)len, text, why);
	memcpy(out, (const char *)&m + p->offset, sizeof(*out));
	return true;
}

static bool read_range(struct axis *a, const char *text, struct range *r, struct err *err)
{
	const char *to = strchr(text, ':') + 1, *step = strchr(to, ':') + 1;

	if (!is_number(r->param))
		return fail(a, err, "a range of what is no number; list the values");
	r->is_factor = *step++ == 'x';
	if (!read_number(a, r->param, text, (size_t)(to - 1 - text), false, &r->from, err) ||
	    !read_number(a, r->param, to, (size_t)(step - 2 - to), false, &r->to, err))
		return false;
	if (r->is_factor && (!parse_u64(step, strlen(step), &r->step) || r->step < 2))
		return fail(a, err, "bad factor (found \"%s\", expected an integer from 2 on)",
			    step);
	if (!r->is_factor &&
	    !read_number(a, r->param, step, strlen(step), true, &r->step, err))
		return false;
	if (r->step == 0 || r->from > r->to || (r->is_factor && r->from == 0))
		return fail(a, err, "the range never ends; give FROM <= TO and a step above 0");
	return true;
}

/* Sizes with the largest binary suffix, all else as a configuration writes it. */
static char *format_number(const struct param *p, uint64_t value)
{
	static const char suffixes[] = "KMGT";
	struct buf text = BUF_INIT;
	struct machine m;
	size_t i = 0;

	if (p->kind == PARAM_BYTES) {
		for (; i < 4 && value && value % 1024 == 0; i++)
			value /= 1024;
		return i ? xasprintf("%" PRIu64 "%c", value, suffixes[i - 1]) :
			   xasprintf("%" PRIu64, value);
	}
	config_defaults(&m);
	memcpy((char *)&m + p->offset, &value, sizeof(value));
	param_format(p, &m, &text);
	if (text.data[0] == '"') {
		text.data[text.len - 1] = '\0';
		memmove(text.data, text.data + 1, text.len - 1);
	}
	return text.data;
}

static bool parse_range(struct axis *a, const char *text, struct err *err)
{
	struct range r = { .param = param_find(a->path) };
	uint64_t value;
	bool more;

	if (!read_range(a, text, &r, err))
		return false;
	value = r.from;
	do {
		if (!add_value(a, format_number(r.param, value), err))
			return false;
		more = r.is_factor ? mul_u64(value, r.step, &value) :
				     add_u64(value, r.step, &value);
	} while (more && value <= r.to);
	return true;
}

bool axis_parse(struct axis *a, const char *text, struct err *err)
{
	const char *equals = strchr(text, '=');

	*a = (struct axis){ .text = text };
	if (!equals || equals == text)
		return err_set(err, ERR_USAGE,
			       "--vary %s: expected PATH=VALUE[,VALUE...] or PATH=FROM:TO:xFACTOR "
			       "or PATH=FROM:TO:+STEP",
			       text);
	a->path = xstrndup(text, (size_t)(equals - text));
	return looks_like_range(equals + 1) ? parse_range(a, equals + 1, err) :
					      parse_list(a, equals + 1, err);
}

void axis_release(struct axis *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->values[i]);
	free(a->values);
	free(a->path);
	*a = (struct axis){ .text = NULL };
}
