/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCALE-Sim's topologies, read as its topology_utils.py does: a line that names the columns, then
 * a layer a line.
 *
 *   name, ifmap height, ifmap width, filter height, filter width, channels, filters, stride,
 *   name, M, N, K,                                        where the first line has M, N and K
 *
 * Further columns (sparsity, notes) are not read.  An output has ceil((ifmap - filter + stride) /
 * stride) places: the last window may stand over the edge, which is a pad here.  "DP" in a name
 * means depth-wise.  Layers do not feed each other: a topology does not say what feeds what, and
 * often leaves out what lies between.  Nor does it give a type: f16 is assumed.
 */
#include "trace/import/scalesim.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "trace/import/draft.h"

#define MAX_FIELDS 16
#define CONV_FIELDS 8
#define GEMM_FIELDS 4

struct field {
	const char *text;
	size_t len;
};
struct reader {
	struct draft d;
	const char *at, *end;
	uint64_t line;
	bool is_gemm;
	struct field fields[MAX_FIELDS];
	size_t n_fields; /* those beyond the last that is kept count too */
};

static bool fault(struct reader *r, const char *what)
{
	return err_at(r->d.err, ERR_INPUT, r->d.file, r->line, "%s", what);
}

static struct field trim(const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r'))
		to--;
	return (struct field){ from, (size_t)(to - from) };
}

/* False at the end of the file. */
static bool next_line(struct reader *r)
{
	const char *stop;

	if (r->at == r->end)
		return false;
	r->line++;
	r->n_fields = 0;
	stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
	if (!stop)
		stop = r->end;
	for (const char *from = r->at;; r->n_fields++) {
		const char *comma = memchr(from, ',', (size_t)(stop - from));

		if (r->n_fields < MAX_FIELDS)
			r->fields[r->n_fields] = trim(from, comma ? comma : stop);
		if (!comma)
			break;
		from = comma + 1;
	}
	r->n_fields = r->n_fields < MAX_FIELDS ? r->n_fields + 1 : MAX_FIELDS;
	r->at = stop < r->end ? stop + 1 : stop;
	return true;
}

static bool is_blank(const struct reader *r)
{
	for (size_t i = 0; i < r->n_fields; i++)
		if (r->fields[i].len)
			return false;
	return true;
}

static bool field_is(const struct reader *r, size_t i, const char *text)
{
	return i < r->n_fields && r->fields[i].len == strlen(text) &&
	       strncmp(r->fields[i].text, text, r->fields[i].len) == 0;
}

static bool read_header(struct reader *r)
{
	do {
		if (!next_line(r))
			return fault(r, "no line that names the columns");
	} while (is_blank(r));
	r->is_gemm = field_is(r, 1, "M") && field_is(r, 2, "N") && field_is(r, 3, "K");
	if (r->is_gemm || (r->n_fields >= CONV_FIELDS && r->fields[0].len >= 5 &&
			   strncmp(r->fields[0].text, "Layer", 5) == 0))
		return true;
	return fault(r, "not a SCALE-Sim topology (expected 'Layer name, IFMAP Height, IFMAP "
			"Width, Filter Height, Filter Width, Channels, Num Filter, Strides,' or "
			"'Layer, M, N, K,')");
}

static bool read_numbers(struct reader *r, size_t n, int64_t *to)
{
	if (r->n_fields < n)
		return err_at(r->d.err, ERR_INPUT, r->d.file, r->line,
			      "too few columns (found %zu, expected %zu)", r->n_fields, n);
	for (size_t i = 1; i < n; i++) {
		uint64_t v;

		if (!parse_u64(r->fields[i].text, r->fields[i].len, &v) || v < 1 || v > INT32_MAX)
			return err_at(r->d.err, ERR_INPUT, r->d.file, r->line,
				      "column %zu (found '%.*s', expected 1 to 2147483647)", i + 1,
				      (int)min_u64(r->fields[i].len, 40), r->fields[i].text);
		to[i - 1] = (int64_t)v;
	}
	return true;
}

static struct value *tensor(struct reader *r, const char *layer, const char *suffix,
			    unsigned n_dims, const int64_t *dims)
{
	struct value *v = draft_value(&r->d, draft_text(&r->d, "%s%s", layer, suffix));

	v->dtype = DTYPE_F16;
	v->n_dims = n_dims;
	memcpy(v->dims, dims, n_dims * sizeof(*dims));
	return v;
}

static void layer_step(struct reader *r, const char *layer, const char *kind, struct value *x,
		       struct value *w, struct value *y, const char *attrs)
{
	x->is_input = w->is_weight = y->is_output = true;
	draft_step(&r->d, layer, kind, (struct value *[]){ x, w }, 2, &y, 1, attrs);
}

static bool gemm_layer(struct reader *r, const char *layer)
{
	int64_t v[GEMM_FIELDS - 1]; /* M, N, K */

	if (!read_numbers(r, GEMM_FIELDS, v))
		return false;
	layer_step(r, layer, "matmul",
		   tensor(r, layer, ".a", 2, (int64_t[]){ v[0], v[2] }),
		   tensor(r, layer, ".b", 2, (int64_t[]){ v[2], v[1] }),
		   tensor(r, layer, "", 2, (int64_t[]){ v[0], v[1] }), "");
	return true;
}

static bool conv_layer(struct reader *r, const char *layer)
{
	bool is_depthwise = strstr(layer, "DP") != NULL;
	int64_t v[CONV_FIELDS - 1], out[2], pad[2], groups, filters;

	if (!read_numbers(r, CONV_FIELDS, v))
		return false;
	for (unsigned d = 0; d < 2; d++) {
		if (v[2 + d] > v[d])
			return fault(r, "the filter is larger than its input");
		out[d] = (v[d] - v[2 + d] + 2 * v[6] - 1) / v[6];
		pad[d] = (out[d] - 1) * v[6] + v[2 + d] - v[d];
	}
	groups = is_depthwise ? v[4] : 1;
	filters = is_depthwise ? v[4] * v[5] : v[5];
	layer_step(r, layer, "conv2d",
		   tensor(r, layer, ".ifmap", 4, (int64_t[]){ 1, v[4], v[0], v[1] }),
		   tensor(r, layer, ".filter", 4,
			  (int64_t[]){ filters, v[4] / groups, v[2], v[3] }),
		   tensor(r, layer, "", 4, (int64_t[]){ 1, filters, out[0], out[1] }),
		   draft_text(&r->d, "stride=%" PRId64 " pad=0,0,%" PRId64 ",%" PRId64
				     " groups=%" PRId64, v[6], pad[0], pad[1], groups));
	return true;
}

static bool read_layers(struct reader *r)
{
	while (next_line(r)) {
		const char *layer;

		if (is_blank(r))
			continue;
		if (r->fields[0].len == 0)
			return fault(r, "a layer without a name");
		layer = arena_strndup(r->d.arena, r->fields[0].text, r->fields[0].len);
		if (!(r->is_gemm ? gemm_layer : conv_layer)(r, layer))
			return false;
	}
	return r->d.n_steps > 0 || fault(r, "no layers");
}

bool import_scalesim(const char *name, const struct buf *file, struct buf *text, struct err *err)
{
	struct reader r = { .at = file->data, .end = file->data + file->len };
	const char *base = strrchr(name, '/');
	bool ok;

	draft_init(&r.d, name, err);
	ok = read_header(&r) && read_layers(&r) &&
	     draft_write(&r.d, base ? base + 1 : name, text);
	draft_release(&r.d);
	return ok;
}
