/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds a SQLite database in memory and writes it like any other output: whole, or not at all.
 * Values go in as text; the columns' types make numbers of them.
 */
#include "sweep/db.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/out.h"

struct db {
	struct out *out;
	sqlite3 *memory;
	sqlite3_stmt *insert;
	size_t n;
	int status; /* of the first call that failed */
};

static const char *const types[] = {
	[COLUMN_SETTING] = "NUMERIC",
	[COLUMN_TEXT] = "TEXT",
	[COLUMN_COUNT] = "INTEGER",
	[COLUMN_RATIO] = "REAL",
};

static void keep(struct db *db, int status)
{
	if (db->status == SQLITE_OK && status != SQLITE_DONE)
		db->status = status;
}

static void execute(struct db *db, const char *sql)
{
	keep(db, sqlite3_exec(db->memory, sql, NULL, NULL, NULL));
}

static void create_table(struct db *db, const struct column *columns)
{
	struct buf sql = BUF_INIT, values = BUF_INIT;

	buf_puts(&sql, "CREATE TABLE points (");
	buf_puts(&values, "INSERT INTO points VALUES (");
	for (size_t i = 0; i < db->n; i++) {
		buf_printf(&sql, "%s\"%s\" %s", i ? ", " : "", columns[i].name,
			   types[columns[i].kind]);
		buf_puts(&values, i ? ", ?" : "?");
	}
	buf_puts(&sql, ")");
	buf_puts(&values, ")");
	execute(db, sql.data);
	keep(db, sqlite3_prepare_v2(db->memory, values.data, -1, &db->insert, NULL));
	execute(db, "BEGIN");
	buf_release(&sql);
	buf_release(&values);
}

static void release(struct db *db)
{
	sqlite3_finalize(db->insert);
	sqlite3_close(db->memory);
	out_discard(db->out);
	free(db);
}

static void *db_open(const char *path, const struct column *columns, size_t n, struct err *err)
{
	struct db *db = xcalloc(1, sizeof(*db));

	db->n = n;
	db->out = out_open(path, err);
	if (!db->out) {
		release(db);
		return NULL;
	}
	keep(db, sqlite3_open(":memory:", &db->memory));
	create_table(db, columns);
	return db;
}

/* The cells outlive the step, so SQLite needs no copies of them. */
static void db_row(void *writer, const char *const *cells)
{
	struct db *db = writer;

	for (size_t i = 0; i < db->n; i++) {
		if (*cells[i])
			keep(db, sqlite3_bind_text(db->insert, (int)i + 1, cells[i], -1, NULL));
		else
			keep(db, sqlite3_bind_null(db->insert, (int)i + 1));
	}
	keep(db, sqlite3_step(db->insert));
	keep(db, sqlite3_reset(db->insert));
}

static bool db_close(void *writer, struct err *err)
{
	struct db *db = writer;
	sqlite3_int64 bytes = 0;
	unsigned char *image;
	bool ok;

	execute(db, "COMMIT");
	image = sqlite3_serialize(db->memory, "main", &bytes, 0);
	if (db->status != SQLITE_OK || !image) {
		ok = err_set(err, ERR_LIMIT, "--db: SQLite: %s",
			     sqlite3_errstr(image ? db->status : SQLITE_NOMEM));
	} else {
		out_write(db->out, image, (size_t)bytes);
		ok = out_commit(db->out, err);
		db->out = NULL;
	}
	sqlite3_free(image);
	release(db);
	return ok;
}

static void db_discard(void *writer)
{
	release(writer);
}

const struct table_writer db_writer = { db_open, db_row, db_close, db_discard };
