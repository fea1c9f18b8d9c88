/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine as a configuration: groups and settings in the order of params.def, only
 * those that its memory standard uses.  The hash is over the same values, so it does
 * not see spelling, comments or files.
 */
#include <string.h>

#include "base/hash.h"
#include "base/units.h"
#include "config/config.h"
#include "config/param.h"

static void indent(struct buf *to, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_putc(to, '\t');
}

/* Components of a path before its last. */
static unsigned group_depth(const char *path)
{
	unsigned depth = 0;

	for (; (path = strchr(path, '.')) != NULL; path++)
		depth++;
	return depth;
}

/* Groups that two paths share, from the top. */
static unsigned shared_depth(const char *a, const char *b)
{
	unsigned depth = 0;

	for (; *a && *a == *b; a++, b++)
		depth += *a == '.';
	return depth;
}

/* From inside `from` groups of the last path to those of `path`. */
static void change_group(struct buf *to, const char *last, const char *path)
{
	unsigned shared = shared_depth(last, path), depth = group_depth(last);

	for (; depth > shared; depth--) {
		indent(to, depth - 1);
		buf_puts(to, "};\n");
	}
	for (; depth < group_depth(path); depth++) {
		const char *start = path;

		for (unsigned i = 0; i < depth; i++)
			start = strchr(start, '.') + 1;
		if (depth == 0)
			buf_putc(to, '\n');
		indent(to, depth);
		buf_printf(to, "%.*s = {\n", (int)strcspn(start, "."), start);
	}
}

static void comment(struct buf *to, const char *what, uint64_t value, enum quantity q)
{
	char text[64];

	format_human(value, q, text, sizeof(text));
	buf_printf(to, "# %-28s %s\n", what, text);
}

static void print_peaks(const struct machine *m, struct buf *to)
{
	char text[64];

	buf_puts(to, "# The complete machine; every setting at its effective value.\n#\n");
	format_human(machine_peak_flops(m), Q_COUNT, text, sizeof(text));
	buf_printf(to, "# %-28s %sFLOP/s\n", "f16 peak:", text);
	comment(to, "memory bandwidth, peak:", machine_hbm_peak_bytes_per_s(m), Q_BYTES_PER_S);
	format_quantity(machine_hbm_bytes(m), Q_BYTES, text, sizeof(text));
	buf_printf(to, "# %-28s %s\n", "memory:", text);
	format_quantity(m->core_count * m->spad_bytes, Q_BYTES, text, sizeof(text));
	buf_printf(to, "# %-28s %s\n", "scratchpads, all cores:", text);
	format_ratio(machine_peak_flops(m), machine_hbm_peak_bytes_per_s(m), 1, text, sizeof(text));
	buf_printf(to, "# %-28s %s FLOP/byte\n", "machine balance:", text);
}

void config_print(const struct machine *m, struct buf *to)
{
	const char *last = "";

	print_peaks(m, to);
	for (size_t i = 0; i < n_params; i++) {
		const struct param *p = &params[i];

		if (!param_applies(p, m))
			continue;
		change_group(to, last, p->path);
		indent(to, group_depth(p->path));
		buf_printf(to, "%s = ", param_name(p));
		param_format(p, m, to);
		buf_puts(to, ";\n");
		last = p->path;
	}
	change_group(to, last, "");
}

void config_hash(const struct machine *m, char out[33])
{
	struct buf text = BUF_INIT;
	struct hash h;

	for (size_t i = 0; i < n_params; i++) {
		if (!param_applies(&params[i], m))
			continue;
		buf_printf(&text, "%s=", params[i].path);
		param_format(&params[i], m, &text);
		buf_putc(&text, '\n');
	}
	hash_init(&h);
	hash_add(&h, text.data, text.len);
	hash_hex(&h, out);
	buf_release(&text);
}
