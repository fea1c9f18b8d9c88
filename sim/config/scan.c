/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of a configuration with its includes: brackets, separators, duplicates,
 * and caps that keep libconfig's time bounded.  Copies what it accepts into one text
 * and remembers where each line came from.  Values are not looked at.
 */
#include "config/scan_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/in.h"
#include "base/mem.h"

#define MAX_FILE_BYTES ((size_t)1 << 20)
#define MAX_TEXT_BYTES ((size_t)4 << 20) /* with all includes */
#define MAX_SETTINGS 10000
#define MAX_DEPTH 32
#define MAX_INCLUDE_DEPTH 4
#define MAX_INCLUDES 64

/* A group, list or array that is open. */
struct scope {
	char opener; /* '{' '(' '[' */
	bool has_value;  /* a list's last token was a value */
	uint32_t id;     /* of its names */
	uint64_t line;
};

struct name_seen {
	uint64_t hash;
	uint32_t scope, file;
	uint64_t line;
};

struct scanner {
	struct config_text *out;
	struct err *err;
	struct scope scopes[MAX_DEPTH + 1]; /* [0] is the top */
	unsigned depth;
	uint32_t n_scopes;
	struct name_seen *names;
	size_t n_names, names_capacity;
	size_t n_settings, n_includes;
	char *open_files[MAX_INCLUDE_DEPTH + 1]; /* real paths, for loops */
	unsigned n_open;
};

/* One file while it is read. */
struct source {
	struct lexer lx;
	uint32_t file;
	size_t copied; /* bytes of it that are in the text */
	uint64_t copied_lines;
	const char *path;
	unsigned base_depth;
	struct token token; /* looked at, not used yet */
};

static bool scan_file(struct scanner *sc, const char *path, struct err *err);

static void start_line(struct scanner *sc, uint32_t file, uint64_t line)
{
	struct config_text *t = sc->out;

	GROW(t->lines, t->n_lines, t->lines_capacity);
	t->lines[t->n_lines++] = (struct source_line){ file, (uint32_t)line };
}

/* Copies the source up to byte `end`, without carriage returns. */
static void copy_to(struct scanner *sc, struct source *s, size_t end)
{
	for (; s->copied < end; s->copied++) {
		char c = s->lx.data[s->copied];

		if (c == '\r')
			continue;
		buf_putc(&sc->out->text, c);
		if (c == '\n')
			start_line(sc, s->file, ++s->copied_lines + 1);
	}
}

static int shown(size_t len)
{
	return (int)min_u64(len, 60);
}

static bool unexpected(struct source *s, const struct token *t, const char *expected)
{
	if (t->kind == TOKEN_END)
		return lexer_error(&s->lx, t->line, "unexpected end of the file; expected %s",
				   expected);
	return lexer_error(&s->lx, t->line, "syntax error (found %.*s, expected %s)", shown(t->len),
			   t->text, expected);
}

static bool next(struct source *s)
{
	return lexer_next(&s->lx, &s->token);
}

static bool is_mark(const struct token *t, char c)
{
	return t->kind == TOKEN_MARK && t->text[0] == c;
}

static bool count_setting(struct scanner *sc, struct source *s)
{
	if (++sc->n_settings <= MAX_SETTINGS)
		return true;
	return err_at(sc->err, ERR_LIMIT, s->path, s->token.line,
		      "more than %d settings", MAX_SETTINGS);
}

/* Names of one group differ; libconfig itself would name the second place alone. */
static bool note_name(struct scanner *sc, struct source *s)
{
	const struct token *t = &s->token;
	struct hash h;
	uint64_t hash;
	uint32_t scope = sc->scopes[sc->depth].id;

	hash_init(&h);
	hash_add(&h, t->text, t->len);
	hash = (uint64_t)h.state;
	for (size_t i = 0; i < sc->n_names; i++) {
		const struct name_seen *n = &sc->names[i];

		if (n->hash == hash && n->scope == scope)
			return lexer_error(&s->lx, t->line,
					   "%.*s is set twice (first at %s:%" PRIu64 ")",
					   shown(t->len), t->text, sc->out->files[n->file],
					   n->line);
	}
	GROW(sc->names, sc->n_names, sc->names_capacity);
	sc->names[sc->n_names++] = (struct name_seen){ hash, scope, s->file, t->line };
	return count_setting(sc, s);
}

static bool open_scope(struct scanner *sc, struct source *s)
{
	if (sc->depth == MAX_DEPTH)
		return err_at(sc->err, ERR_LIMIT, s->path, s->token.line,
			      "nested deeper than %d", MAX_DEPTH);
	sc->scopes[++sc->depth] = (struct scope){ .opener = s->token.text[0],
						  .id = ++sc->n_scopes,
						  .line = s->token.line };
	return next(s);
}

static char closer_of(char opener)
{
	return opener == '{' ? '}' : opener == '(' ? ')' : ']';
}

static bool is_bare_value(const struct token *t)
{
	static const char *const words[] = { "true", "false" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = 0;

		while (n < t->len && words[i][n] && (t->text[n] | 32) == words[i][n])
			n++;
		if (n == t->len && words[i][n] == '\0')
			return true;
	}
	return false;
}

/* A number and then a word is a unit, unless the word starts the next setting. */
static bool check_after_number(struct source *s, const struct token *number)
{
	struct lexer saved = s->lx;
	const struct token word = s->token;
	bool is_setting, ok;

	if (word.kind != TOKEN_NAME || word.line != number->line)
		return true;
	ok = next(s);
	is_setting = ok && (is_mark(&s->token, '=') || is_mark(&s->token, ':'));
	s->lx = saved;
	s->token = word;
	if (!ok || is_setting)
		return ok;
	return lexer_error(&s->lx, word.line, "unit without quotes (found %.*s %.*s); write "
			   "\"%.*s %.*s\"",
			   shown(number->len), number->text, shown(word.len), word.text,
			   shown(number->len), number->text, shown(word.len), word.text);
}

/* A value that is not a group, list or array. */
static bool scan_scalar(struct scanner *sc, struct source *s)
{
	struct token t = s->token;

	sc->scopes[sc->depth].has_value = true;
	switch (t.kind) {
	case TOKEN_STRING:
		do {
			if (!next(s))
				return false;
		} while (s->token.kind == TOKEN_STRING);
		return true;
	case TOKEN_INTEGER:
	case TOKEN_FLOAT:
		return next(s) && check_after_number(s, &t);
	case TOKEN_NAME:
		if (is_bare_value(&t))
			return next(s);
		return lexer_error(&s->lx, t.line,
				   "syntax error (found %.*s, expected a value); write text in "
				   "quotes, and switches as true or false",
				   shown(t.len), t.text);
	default:
		return unexpected(s, &t, "a value");
	}
}

static bool is_opener(const struct token *t)
{
	return is_mark(t, '{') || is_mark(t, '(') || is_mark(t, '[');
}

static bool is_closer(const struct token *t)
{
	return is_mark(t, '}') || is_mark(t, ')') || is_mark(t, ']');
}

/* After a value in a group: an optional ; or , and no number that a comma cut off. */
static bool scan_terminator(struct source *s)
{
	bool is_comma = is_mark(&s->token, ',');

	if (!is_comma && !is_mark(&s->token, ';'))
		return true;
	if (!next(s))
		return false;
	if (is_comma && s->token.kind == TOKEN_INTEGER)
		return lexer_error(&s->lx, s->token.line,
				   "number after a comma; write fractions with a point, as in 1.5");
	return true;
}

static bool close_scope(struct scanner *sc, struct source *s)
{
	const struct scope *scope = &sc->scopes[sc->depth];

	if (sc->depth == s->base_depth)
		return lexer_error(&s->lx, s->token.line, "\"%c\" closes nothing",
				   s->token.text[0]);
	if (s->token.text[0] != closer_of(scope->opener))
		return lexer_error(&s->lx, s->token.line,
				   "\"%c\" does not close the \"%c\" of line %" PRIu64,
				   s->token.text[0], scope->opener, scope->line);
	sc->depth--;
	sc->scopes[sc->depth].has_value = true;
	if (!next(s))
		return false;
	return sc->scopes[sc->depth].opener != '{' || scan_terminator(s);
}

static bool scan_setting(struct scanner *sc, struct source *s)
{
	if (!note_name(sc, s) || !next(s))
		return false;
	if (!is_mark(&s->token, '=') && !is_mark(&s->token, ':'))
		return unexpected(s, &s->token, "= after a name");
	if (!next(s))
		return false;
	if (is_opener(&s->token))
		return open_scope(sc, s);
	return scan_scalar(sc, s) && scan_terminator(s);
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup("");
}

/* `real` lies below `folder`, both without links. */
static bool is_below(const char *real, const char *folder)
{
	char *real_folder = realpath(folder, NULL);
	size_t len = real_folder ? strlen(real_folder) : 0;
	bool is_root = len == 1;
	bool below = real_folder && (is_root || (strncmp(real, real_folder, len) == 0 &&
						 real[len] == '/'));

	free(real_folder);
	return below;
}

/* The file that an include names: beside the including file, or among the installed. */
static bool resolve_include(struct source *s, const char *name, char **path)
{
	char *folder = folder_of(s->path), *real;
	bool allowed;

	*path = name[0] == '/' ? xstrdup(name) : xasprintf("%s%s", folder, name);
	real = realpath(*path, NULL);
	if (!real && name[0] != '/') {
		free(*path);
		*path = xasprintf("%s/%s", MEMSIM_CONFIGDIR, name);
		real = realpath(*path, NULL);
	}
	allowed = real && (is_below(real, folder[0] ? folder : ".") ||
			   is_below(real, MEMSIM_CONFIGDIR));
	free(folder);
	if (!real)
		lexer_error(&s->lx, s->token.line, "cannot include \"%.200s\": no such file", name);
	else if (!allowed)
		lexer_error(&s->lx, s->token.line,
			    "cannot include \"%.200s\": it lies outside the folder of this file "
			    "and the installed configs",
			    name);
	free(real);
	return allowed;
}

static bool check_include(struct scanner *sc, struct source *s, const char *path)
{
	char *real = realpath(path, NULL);
	bool is_loop = false;

	for (unsigned i = 0; i < sc->n_open; i++)
		is_loop = is_loop || (real && strcmp(sc->open_files[i], real) == 0);
	free(real);
	if (is_loop)
		return lexer_error(&s->lx, s->token.line,
				   "include loop: \"%.200s\" is being read already", path);
	if (sc->n_open > MAX_INCLUDE_DEPTH)
		return lexer_error(&s->lx, s->token.line, "includes nested deeper than %d",
				   MAX_INCLUDE_DEPTH);
	if (++sc->n_includes > MAX_INCLUDES)
		return lexer_error(&s->lx, s->token.line, "more than %d includes", MAX_INCLUDES);
	return true;
}

static bool scan_include(struct scanner *sc, struct source *s)
{
	const struct token t = s->token;
	char *name = xstrndup(t.text, t.len), *path = NULL;
	struct err inner = { .code = ERR_NONE };
	bool ok;

	copy_to(sc, s, (size_t)(t.text - s->lx.data) - 1);
	/* What is copied is "@include": give it back, the included text stands for it. */
	while (sc->out->text.data[sc->out->text.len - 1] != '@')
		sc->out->text.len--;
	sc->out->text.data[--sc->out->text.len] = '\0';
	s->copied = s->lx.at;

	buf_putc(&sc->out->text, '\n'); /* lines of the text belong to one file each */

	ok = resolve_include(s, name, &path) && check_include(sc, s, path);
	if (ok && !scan_file(sc, path, &inner)) {
		/* A fault inside the file has its own place; of the file itself, this one. */
		if (strncmp(inner.text, path, strlen(path)) == 0 &&
		    strncmp(inner.text + strlen(path), ": ", 2) == 0)
			err_at(sc->err, inner.code, s->path, t.line, "cannot include: %s",
			       inner.text);
		else
			*sc->err = inner;
		ok = false;
	}
	free(name);
	free(path);
	start_line(sc, s->file, t.line);
	return ok && next(s);
}

/* One token, or setting, of a group. */
static bool scan_in_group(struct scanner *sc, struct source *s)
{
	if (s->token.kind == TOKEN_INCLUDE)
		return scan_include(sc, s);
	if (s->token.kind == TOKEN_NAME)
		return scan_setting(sc, s);
	if (is_closer(&s->token))
		return close_scope(sc, s);
	return unexpected(s, &s->token, "the name of a setting");
}

static bool scan_in_list(struct scanner *sc, struct source *s)
{
	struct scope *scope = &sc->scopes[sc->depth];

	if (is_closer(&s->token))
		return close_scope(sc, s);
	if (scope->has_value) {
		if (!is_mark(&s->token, ','))
			return unexpected(s, &s->token, "a comma or the end of the list");
		scope->has_value = false;
		return next(s);
	}
	if (!count_setting(sc, s))
		return false;
	return is_opener(&s->token) ? open_scope(sc, s) : scan_scalar(sc, s);
}

static bool scan_tokens(struct scanner *sc, struct source *s)
{
	if (!next(s))
		return false;
	while (s->token.kind != TOKEN_END) {
		bool in_group = sc->scopes[sc->depth].opener == '{';

		if (!(in_group ? scan_in_group(sc, s) : scan_in_list(sc, s)))
			return false;
	}
	if (sc->depth > s->base_depth)
		return lexer_error(&s->lx, sc->scopes[sc->depth].line,
				   "\"%c\" opened here is never closed",
				   sc->scopes[sc->depth].opener);
	copy_to(sc, s, s->lx.len);
	buf_putc(&sc->out->text, '\n');
	return true;
}

static uint32_t add_file(struct config_text *t, const char *path)
{
	GROW(t->files, t->n_files, t->files_capacity);
	t->files[t->n_files] = xstrdup(path);
	return (uint32_t)t->n_files++;
}

static bool scan_file(struct scanner *sc, const char *path, struct err *err)
{
	struct source s = { .path = path, .base_depth = sc->depth };
	struct buf data = BUF_INIT;
	struct err *outer = sc->err;
	bool ok = in_read_file(path, MAX_FILE_BYTES, ERR_CONFIG, &data, err);

	if (ok && sc->out->text.len + data.len > MAX_TEXT_BYTES)
		ok = err_set(err, ERR_LIMIT, "%s: includes make more than %zu bytes", path,
			     MAX_TEXT_BYTES);
	if (ok) {
		sc->err = err;
		s.file = add_file(sc->out, path);
		start_line(sc, s.file, 1);
		sc->open_files[sc->n_open] = realpath(path, NULL);
		if (!sc->open_files[sc->n_open])
			sc->open_files[sc->n_open] = xstrdup(path);
		sc->n_open++;
		ok = lexer_init(&s.lx, path, &data, err) && scan_tokens(sc, &s);
		free(sc->open_files[--sc->n_open]);
		sc->err = outer;
	}
	buf_release(&data);
	return ok;
}

bool config_scan(const char *path, struct config_text *out, struct err *err)
{
	struct scanner sc = { .out = out, .err = err, .scopes = { { .opener = '{' } } };
	bool ok;

	*out = (struct config_text){ .text = BUF_INIT };
	buf_clear(&out->text);
	ok = scan_file(&sc, path, err);
	if (ok && sc.n_settings == 0)
		ok = err_set(err, ERR_CONFIG,
			     "%s: no settings found; `memsim --print-config` writes a "
			     "configuration to start from",
			     path);
	free(sc.names);
	if (!ok)
		config_text_release(out);
	return ok;
}

void config_text_release(struct config_text *t)
{
	for (size_t i = 0; i < t->n_files; i++)
		free(t->files[i]);
	free(t->files);
	free(t->lines);
	buf_release(&t->text);
	*t = (struct config_text){ .text = BUF_INIT };
}

const char *config_text_place(const struct config_text *t, unsigned line, uint64_t *file_line)
{
	size_t i = line > 0 ? line - 1 : 0;

	BUG_ON(t->n_lines == 0);
	if (i >= t->n_lines)
		i = t->n_lines - 1;
	*file_line = t->lines[i].line;
	return t->files[t->lines[i].file];
}
