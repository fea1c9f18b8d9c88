/* SPDX-License-Identifier: Apache-2.0 */
/* Which format a model's file has, and its bytes. */
#include "trace/import/import.h"

#include "base/mem.h"
#include "base/source.h"
#include "trace/import/onnx.h"
#include "trace/import/scalesim.h"

#define MAX_BYTES ((uint64_t)2 << 30) /* of a protobuf message */

static bool read_all(const char *path, struct buf *to, struct err *err)
{
	struct source *s = source_open(path, "model", MAX_BYTES, err);
	const char *data;
	size_t len;
	bool ok = s != NULL;

	while (ok && (ok = source_next(s, &data, &len, err)) && len > 0)
		buf_add(to, data, len);
	if (s)
		source_close(s);
	return ok;
}

/* A model in protobuf begins with a control byte, the tag of its version. */
static bool is_text(const struct buf *file)
{
	for (size_t i = 0; i < file->len && i < 256; i++) {
		unsigned char c = (unsigned char)file->data[i];

		if (c < ' ' && c != '\t' && c != '\r' && c != '\n')
			return false;
	}
	return true;
}

bool import_model(const char *path, const struct import_options *options, struct buf *text,
		  struct err *err)
{
	const char *name = source_path_name(path);
	struct buf file = BUF_INIT;
	bool ok = read_all(path, &file, err);

	if (ok && file.len == 0)
		ok = err_set(err, ERR_INPUT, "%s: the file is empty (expected an ONNX model or a "
			     "SCALE-Sim topology)", name);
	else if (ok && is_text(&file))
		ok = import_scalesim(name, &file, text, err);
	else if (ok)
		ok = import_onnx(name, &file, options, text, err);
	buf_release(&file);
	return ok;
}
