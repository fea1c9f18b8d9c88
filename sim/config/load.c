/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a configuration, walks libconfig's tree over the rows of params.def, and
 * applies the overrides.  libconfig's look-ups are not used: they hide unknown names
 * and wrong types.
 */
#include "config/config.h"

#include <libconfig.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/names.h"
#include "config/origin.h"
#include "config/scan.h"

/* Groups that the configuration language reserves and this version cannot simulate. */
static const char *const reserved_groups[] = {
	"memories", "units", "host", "cluster", "energy", "shared",
};

struct loader {
	struct config_text text;
	struct origins origins;
	struct machine *machine;
	struct err *err;
};

static bool is_group(const char *path)
{
	for (size_t i = 0; i < n_params; i++)
		if (param_is_in_group(&params[i], path))
			return true;
	return false;
}

static bool is_reserved(const char *path)
{
	size_t len = strcspn(path, ".");

	for (size_t i = 0; i < ARRAY_SIZE(reserved_groups); i++)
		if (strlen(reserved_groups[i]) == len &&
		    strncmp(reserved_groups[i], path, len) == 0)
			return true;
	return false;
}

/* "memory, hbm.timing": the groups that have a setting of this name, if any. */
static void groups_with(const char *name, struct buf *to)
{
	for (size_t i = 0; i < n_params; i++) {
		const char *own = param_name(&params[i]);
		int len = (int)(own - params[i].path) - 1;

		if (strcmp(own, name) == 0)
			buf_printf(to, "%s%.*s", to->len ? " or " : "", len, params[i].path);
	}
}

/* The nearest setting or group to `path`: first in its own group, then anywhere. */
static void nearest_path(const char *path, struct buf *to)
{
	const char *dot = strrchr(path, '.');
	char *group = xstrndup(path, dot ? (size_t)(dot - path) : 0);
	struct buf candidate = BUF_INIT;
	struct nearest own, any;
	size_t skip = dot ? (size_t)(dot - path) + 1 : 0;

	nearest_init(&own, path + skip);
	nearest_init(&any, path);
	buf_clear(&candidate);
	for (size_t i = 0; i < n_params; i++) {
		unsigned before = own.distance;
		const char *rest;

		nearest_offer(&any, params[i].path);
		if (!param_is_in_group(&params[i], group))
			continue;
		rest = params[i].path + skip;
		buf_clear(&candidate);
		buf_add(&candidate, rest, strcspn(rest, "."));
		nearest_offer(&own, candidate.data);
		if (own.distance < before) {
			buf_clear(to);
			buf_add(to, params[i].path, skip + candidate.len);
		}
	}
	if (!own.best && any.best)
		buf_puts(to, any.best);
	buf_release(&candidate);
	free(group);
}

/* What to say of a path that is no setting. */
static void describe_unknown(const char *path, struct buf *to)
{
	const char *dot = strrchr(path, '.');
	struct buf hint = BUF_INIT;

	buf_clear(&hint);
	if (is_reserved(path)) {
		buf_printf(to, "group %.*s is not supported yet", (int)strcspn(path, "."), path);
	} else if (groups_with(dot ? dot + 1 : path, &hint), hint.len > 0) {
		buf_printf(to, "setting %s stands in the wrong group; it belongs in %s", path,
			   hint.data);
	} else if (nearest_path(path, &hint), hint.len > 0) {
		buf_printf(to, "unknown setting %s; did you mean %s?", path, hint.data);
	} else {
		buf_printf(to, "unknown setting %s; --print-config lists all", path);
	}
	buf_release(&hint);
}

static const char *place(const struct loader *l, const config_setting_t *s, uint64_t *line)
{
	return config_text_place(&l->text, config_setting_source_line(s), line);
}

static bool complain(struct loader *l, const config_setting_t *s, const char *path,
		     const char *why)
{
	uint64_t line;
	const char *file = place(l, s, &line);

	return err_at(l->err, ERR_CONFIG, file, line, "%s %s", path, why);
}

static const char *type_name(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_GROUP:
		return "a group";
	case CONFIG_TYPE_LIST:
		return "a list";
	case CONFIG_TYPE_ARRAY:
		return "an array";
	case CONFIG_TYPE_FLOAT:
		return "a fraction";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	default:
		return "a value";
	}
}

/* A fraction, switch or group where the row wants something else. */
static bool refuse_type(const struct param *p, const config_setting_t *s, char *why)
{
	const char *expected = "a text", *quote = "\"";

	if (p->kind == PARAM_COUNT || p->kind == PARAM_NS) {
		expected = "a plain integer";
		quote = "";
	} else if (param_is_switch(p)) {
		expected = "true or false";
		quote = "";
	}
	snprintf(why, PARAM_REASON,
		 "has the wrong type (found %s, expected %s); for example %s%s%s", type_name(s),
		 expected, quote, p->def, quote);
	return false;
}

static bool set_value(struct loader *l, const struct param *p, const config_setting_t *s, char *why)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
		return param_set_integer(p, l->machine, config_setting_get_int(s), why);
	case CONFIG_TYPE_STRING:
		if (param_is_switch(p))
			break;
		return param_set_text(p, l->machine, config_setting_get_string(s), why);
	case CONFIG_TYPE_BOOL:
		if (param_is_switch(p))
			return param_set_text(p, l->machine,
					      config_setting_get_bool(s) ? "true" : "false", why);
		break;
	default:
		break;
	}
	if (config_setting_type(s) == CONFIG_TYPE_STRING) {
		snprintf(why, PARAM_REASON, "has the wrong type (found a text, expected true or "
					    "false); write it without quotes");
		return false;
	}
	return refuse_type(p, s, why);
}

static bool refuse_unknown(struct loader *l, const config_setting_t *s, const char *path)
{
	struct buf text = BUF_INIT;
	uint64_t line;
	const char *file = place(l, s, &line);

	describe_unknown(path, &text);
	err_at(l->err, ERR_CONFIG, file, line, "%s", text.data);
	buf_release(&text);
	return false;
}

static bool walk_leaf(struct loader *l, const config_setting_t *s, const char *path)
{
	const struct param *p = param_find(path);
	char why[PARAM_REASON];
	struct origin *o;

	if (!p && is_group(path))
		return complain(l, s, path, "is a group of settings; write it as NAME = { ... };");
	if (!p)
		return refuse_unknown(l, s, path);
	if (!set_value(l, p, s, why))
		return complain(l, s, path, why);
	o = origin_of(&l->origins, p);
	o->file = place(l, s, &o->line);
	return true;
}

/* Depth is bounded by the scanner. */
static bool walk_group(struct loader *l, const config_setting_t *group, struct buf *path)
{
	size_t len = path->len;

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		bool ok;

		buf_printf(path, "%s%s", len ? "." : "", config_setting_name(s));
		if (is_group(path->data) && config_setting_is_group(s))
			ok = walk_group(l, s, path);
		else
			ok = walk_leaf(l, s, path->data);
		if (!ok)
			return false;
		path->len = len;
		path->data[len] = '\0';
	}
	return true;
}

static bool read_tree(struct loader *l)
{
	struct buf path = BUF_INIT;
	uint64_t line;
	config_t tree;
	bool ok;

	config_init(&tree);
	buf_clear(&path);
	ok = config_read_string(&tree, l->text.text.data) == CONFIG_TRUE;
	if (!ok) {
		const char *file = config_text_place(&l->text, (unsigned)config_error_line(&tree),
						     &line);

		err_at(l->err, ERR_CONFIG, file, line, "%s", config_error_text(&tree));
	} else {
		ok = walk_group(l, config_root_setting(&tree), &path);
	}
	buf_release(&path);
	config_destroy(&tree);
	return ok;
}

static bool refuse_set(struct loader *l, const char *text, const char *path, const char *why)
{
	return err_set(l->err, ERR_CONFIG, "--set %s: %s %s", text, path, why);
}

/* "VALUE" in quotes is VALUE; as one literal, whatever it holds. */
static char *unquoted(const char *value)
{
	size_t len = strlen(value);

	if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
		return xstrndup(value + 1, len - 2);
	return xstrdup(value);
}

static bool apply_path(struct loader *l, const char *text, const char *path, const char *value)
{
	const struct param *p = param_find(path);
	struct buf reason = BUF_INIT;
	char why[PARAM_REASON];

	if (p && value[0] == '\0')
		return refuse_set(l, text, path, "has no value; write --set PATH=VALUE");
	if (p && !param_set_argument(p, l->machine, value, why))
		return refuse_set(l, text, path, why);
	if (p) {
		origin_of(&l->origins, p)->set = text;
		return true;
	}
	if (is_group(path))
		return refuse_set(l, text, path, "is a group; name one setting of it");
	describe_unknown(path, &reason);
	err_set(l->err, ERR_CONFIG, "--set %s: %s", text, reason.data);
	buf_release(&reason);
	return false;
}

static bool apply_set(struct loader *l, const char *text)
{
	const char *equals = strchr(text, '=');
	char *path, *value;
	bool ok;

	if (!equals || equals == text)
		return err_set(l->err, ERR_CONFIG, "--set %s: expected PATH=VALUE", text);
	path = xstrndup(text, (size_t)(equals - text));
	value = unquoted(equals + 1);
	ok = apply_path(l, text, path, value);
	free(path);
	free(value);
	return ok;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The first NAME in a list of folders, "a:b"; NULL if there is none. */
static char *find_in(const char *folders, const char *name)
{
	while (folders && *folders) {
		size_t len = strcspn(folders, ":");
		char *path = xasprintf("%.*s/%s", (int)len, folders, name);

		if (len > 0 && exists(path))
			return path;
		free(path);
		folders += len + (folders[len] == ':');
	}
	return NULL;
}

/* "dram/hbm2.cfg" may be a shipped machine; "./hbm2.cfg" and "/hbm2.cfg" say where they are. */
static bool says_where(const char *name)
{
	return name[0] == '/' || strncmp(name, "./", 2) == 0 || strncmp(name, "../", 3) == 0;
}

static char *find_file(const char *name, struct err *err)
{
	char *path;

	if (strcmp(name, "-") == 0 || says_where(name) || exists(name))
		return xstrdup(name);
	path = find_in(getenv("MEMSIM_CONFIG_PATH"), name);
	if (!path)
		path = find_in(MEMSIM_CONFIGDIR, name);
	if (!path)
		err_set(err, ERR_CONFIG,
			"%s: cannot open: no such file here, in MEMSIM_CONFIG_PATH or in %s", name,
			MEMSIM_CONFIGDIR);
	return path;
}

void config_defaults(struct machine *out)
{
	*out = (struct machine){ .core_hz = 0 };
	for (size_t i = 0; i < n_params; i++)
		param_set_default(&params[i], out);
}

static bool load(struct loader *l, const char *path, const char *const *sets, size_t n_sets)
{
	bool ok = config_scan(path, &l->text, l->err) && read_tree(l);

	for (size_t i = 0; ok && i < n_sets; i++)
		ok = apply_set(l, sets[i]);
	return ok && config_check(&l->origins, l->machine, l->err);
}

bool config_load(const char *path_or_name, const char *const *sets, size_t n_sets,
		 struct machine *out, struct config_source *info, struct err *err)
{
	struct loader l = { .machine = out, .err = err };
	char *path = find_file(path_or_name, err);
	bool ok;

	if (!path)
		return false;
	config_defaults(out);
	l.origins.top_file = path;
	l.origins.of = xcalloc(n_params, sizeof(*l.origins.of));
	ok = load(&l, path, sets, n_sets);
	if (ok && info) {
		info->path = xstrdup(path);
		config_hash(out, info->hash);
		info->places = origin_places(&l.origins);
	}
	config_text_release(&l.text);
	free(l.origins.of);
	free(path);
	return ok;
}

void config_source_release(struct config_source *s)
{
	for (size_t i = 0; s->places && i < n_params; i++)
		free(s->places[i]);
	free(s->places);
	free(s->path);
	*s = (struct config_source){ .path = NULL };
}
