/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names the place of a setting in messages: at once while a configuration is checked,
 * and later, from texts that are kept, when another stage cannot take a value.
 */
#include "config/origin.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"

bool origin_error(const struct origins *o, const struct origin *at, struct err *err,
		  const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (at->set)
		return err_set(err, ERR_CONFIG, "--set %s: %s", at->set, text);
	if (at->file)
		return err_at(err, ERR_CONFIG, at->file, at->line, "%s", text);
	return err_set(err, ERR_CONFIG, "%s: %s", o->top_file, text);
}

char **origin_places(const struct origins *o)
{
	char **places = xcalloc(n_params, sizeof(*places));

	for (size_t i = 0; i < n_params; i++) {
		const struct origin *at = &o->of[i];

		if (at->set)
			places[i] = xasprintf("--set %s", at->set);
		else if (at->file)
			places[i] = xasprintf("%s:%" PRIu64, at->file, at->line);
	}
	return places;
}

/* Of the setting, or of the first that was given in its group: what it follows from. */
static const char *find_place(const struct config_source *s, const char *path)
{
	const struct param *p = param_find(path);
	int group_len = p ? (int)(param_name(p) - 1 - path) : (int)strlen(path);

	if (p && s->places[p - params])
		return s->places[p - params];
	for (size_t i = 0; i < n_params; i++)
		if (s->places[i] && strncmp(params[i].path, path, (size_t)group_len) == 0 &&
		    params[i].path[group_len] == '.')
			return s->places[i];
	return s->path;
}

void config_add_place(const struct config_source *s, struct err *err)
{
	if (err->setting && s->places)
		err_add_place(err, find_place(s, err->setting));
}
