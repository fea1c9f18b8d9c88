/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regions of tensors as text, x[0,:,8:17,0:90:2]: for each dimension FROM:TO[:STEP], one
 * index, or all; and back from a strided transfer to the region that gives it, where one
 * does.
 */
#include "planfile/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

/* Text to region. */

static bool take_index(const struct parser *p, const char *text, size_t len, uint64_t max,
		       int64_t *out, struct err *err)
{
	uint64_t value;

	if (!parse_u64(text, len, &value) || value > max)
		return BAD_LINE(&p->reading, err,
				"'%.*s' is no index (expected a decimal integer up to %" PRIu64 ")",
				(int)(len > 40 ? 40 : len), text, max);
	*out = (int64_t)value;
	return true;
}

/* ":", "4", "4:", ":8", "4:8" or "4:8:2", of a dimension of `n` indices. */
static bool take_range(const struct parser *p, const char *text, uint32_t n, int64_t *lo,
		       int64_t *hi, int64_t *step, struct err *err)
{
	size_t len = strcspn(text, ":");
	const char *rest = text + len;

	*lo = 0;
	*hi = n;
	*step = 1;
	if (len > 0 && !take_index(p, text, len, n - 1, lo, err))
		return false;
	if (*rest == '\0') {
		*hi = *lo + 1;
		return len > 0 || BAD_LINE(&p->reading, err, "a dimension lacks its indices");
	}
	len = strcspn(++rest, ":");
	if (len > 0 && !take_index(p, rest, len, n, hi, err))
		return false;
	rest += len;
	if (*rest == ':' && !take_index(p, rest + 1, strlen(rest + 1), UINT32_MAX, step, err))
		return false;
	if (*lo >= *hi || *step < 1)
		return BAD_LINE(&p->reading, err, "indices '%.40s' are none", text);
	return true;
}

static bool take_ranges(const struct parser *p, char *list, struct tensor_region *out,
			struct err *err)
{
	const struct shape *shape = graph_shape(p->g, out->tensor);
	unsigned d = 0;
	char *piece;

	while ((piece = cut_piece(&list)) != NULL) {
		if (d == shape->n_dims)
			break;
		if (!take_range(p, piece, shape->dims[d], &out->region.lo[d], &out->region.hi[d],
				&out->step[d], err))
			return false;
		d++;
	}
	return (piece == NULL && d == shape->n_dims) ||
	       BAD_LINE(&p->reading, err, "tensor '%s' has %u dimensions (found %u%s)",
			p->g->tensors[out->tensor].id, shape->n_dims, d,
			piece == NULL ? "" : " and more");
}

/* The whole word is a name, or what stands before its last bracket. */
bool parse_tensor_region(const struct parser *p, char *word, struct tensor_region *out,
			 struct err *err)
{
	size_t len = strlen(word);
	char *open = strrchr(word, '[');

	memcpy(out->step, unit_steps, sizeof(out->step));
	out->tensor = names_find(&p->tensors, word);
	if (out->tensor != NO_INDEX) {
		tensor_region(p->g, out->tensor, &out->region);
		return true;
	}
	if (open == NULL || word[len - 1] != ']')
		return reading_unknown(&p->reading, "tensor", word, &p->tensors, err);
	word[len - 1] = '\0';
	*open = '\0';
	out->tensor = names_find(&p->tensors, word);
	if (out->tensor == NO_INDEX)
		return reading_unknown(&p->reading, "tensor", word, &p->tensors, err);
	tensor_region(p->g, out->tensor, &out->region);
	return take_ranges(p, open + 1, out, err);
}

/* Region to text. */

static bool is_whole(const struct shape *s, const struct tensor_region *t, unsigned d)
{
	return t->region.lo[d] == 0 && t->region.hi[d] == s->dims[d] && t->step[d] == 1;
}

static void print_range(struct buf *to, const struct shape *s, const struct tensor_region *t,
			unsigned d)
{
	int64_t lo = t->region.lo[d], hi = t->region.hi[d];

	if (is_whole(s, t, d) && s->dims[d] > 1)
		buf_putc(to, ':');
	else if (hi == lo + 1 && s->n_dims > 1) /* x[5] alone could be a name */
		buf_printf(to, "%" PRId64, lo);
	else
		buf_printf(to, "%" PRId64 ":%" PRId64, lo, hi);
	if (t->step[d] > 1)
		buf_printf(to, ":%" PRId64, t->step[d]);
}

void print_tensor_region(struct buf *to, const struct graph *g, const struct tensor_region *t)
{
	const struct shape *s = graph_shape(g, t->tensor);
	bool whole = true;

	buf_puts(to, g->tensors[t->tensor].id);
	for (unsigned d = 0; d < s->n_dims; d++)
		whole = whole && is_whole(s, t, d);
	if (whole)
		return;
	for (unsigned d = 0; d < s->n_dims; d++) {
		buf_putc(to, d == 0 ? '[' : ',');
		print_range(to, s, t, d);
	}
	buf_putc(to, ']');
}

void print_element(struct buf *to, const struct graph *g, uint32_t storage, uint64_t offset)
{
	const struct shape *s = graph_shape(g, storage);
	struct placement place;

	tensor_placement(g, storage, &place);
	for (unsigned d = 0; d < s->n_dims; d++)
		buf_printf(to, "%c%" PRIu64, d == 0 ? '[' : ',',
			   offset / place.stride[d] % s->dims[d]);
	buf_putc(to, ']');
}

/* Transfer to region. */

/* The dimensions that take room, widest stride last. */
static unsigned sort_dims(const struct shape *s, const struct placement *place, unsigned *dims)
{
	unsigned n = 0;

	for (unsigned d = 0; d < s->n_dims; d++) {
		unsigned at = n;

		if (s->dims[d] == 1 || place->stride[d] == 0)
			continue;
		for (; at > 0 && place->stride[dims[at - 1]] > place->stride[d]; at--)
			dims[at] = dims[at - 1];
		dims[at] = d;
		n++;
	}
	return n;
}

/* The run covers whole dimensions and a part of the next. */
static bool spread_run(const struct shape *s, const struct placement *place, const unsigned *dims,
		       unsigned n, uint64_t run, struct region *r)
{
	uint64_t stride = 1;

	for (unsigned i = 0; i < n && run > 1; i++) {
		uint64_t here = min_u64(run, s->dims[dims[i]]);

		if (place->stride[dims[i]] != stride || run % here != 0)
			return false;
		r->hi[dims[i]] = r->lo[dims[i]] + (int64_t)here;
		stride *= here;
		run /= here;
	}
	return run == 1;
}

/* A repetition goes along the widest dimension whose stride divides its own. */
static bool spread_count(const struct placement *place, const unsigned *dims, unsigned n,
			 uint64_t count, uint64_t stride, struct tensor_region *out)
{
	for (unsigned i = n; i-- > 0;) {
		unsigned d = dims[i];

		if (place->stride[d] > stride || stride % place->stride[d] != 0 ||
		    out->region.hi[d] != out->region.lo[d] + 1)
			continue;
		out->step[d] = (int64_t)(stride / place->stride[d]);
		out->region.hi[d] += (int64_t)(count - 1) * out->step[d];
		return true;
	}
	return false;
}

static bool find_corner(const struct shape *s, const struct placement *place, const unsigned *dims,
			unsigned n, uint64_t offset, struct region *r)
{
	r->n_dims = s->n_dims;
	for (unsigned d = 0; d < s->n_dims; d++) {
		r->lo[d] = 0;
		r->hi[d] = place->stride[d] == 0 ? s->dims[d] : 1;
	}
	for (unsigned i = n; i-- > 0;) {
		uint64_t index = offset / place->stride[dims[i]];

		if (index >= s->dims[dims[i]])
			return false;
		offset -= index * place->stride[dims[i]];
		r->lo[dims[i]] = (int64_t)index;
		r->hi[dims[i]] = (int64_t)index + 1;
	}
	return offset == 0;
}

static bool same_block(const struct transfer *a, const struct transfer *b)
{
	bool same = a->address == b->address && a->run_bytes == b->run_bytes;

	for (unsigned d = 0; d < ARRAY_SIZE(a->count); d++)
		same = same && a->count[d] == b->count[d] &&
		       a->stride_bytes[d] == b->stride_bytes[d];
	return same;
}

static bool gives(const struct graph *g, uint64_t address, const struct tensor_region *t,
		  const struct transfer *wanted)
{
	const struct shape *s = graph_shape(g, t->tensor);
	struct transfer made;
	struct blocks blocks;

	for (unsigned d = 0; d < s->n_dims; d++)
		if (t->region.hi[d] > s->dims[d])
			return false;
	region_blocks(&blocks, g, t->tensor, &t->region, t->step, address);
	return blocks_next(&blocks, &made) && blocks.is_done && same_block(&made, wanted);
}

bool region_of_transfer(const struct graph *g, uint64_t address, const struct transfer *t,
			struct tensor_region *out)
{
	const struct shape *s = graph_shape(g, t->tensor);
	uint64_t bytes = dtype_bits(g->tensors[t->tensor].dtype) / 8, offset;
	struct placement place;
	unsigned dims[MAX_DIMS], n;

	tensor_placement(g, t->tensor, &place);
	out->tensor = t->tensor;
	memcpy(out->step, unit_steps, sizeof(out->step));
	offset = bytes == 0 ? 0 : (t->address - address) / bytes;
	if (bytes == 0 || t->address < address || offset < place.offset)
		return false;
	n = sort_dims(s, &place, dims);
	if (!find_corner(s, &place, dims, n, offset - place.offset, &out->region) ||
	    !spread_run(s, &place, dims, n, t->run_bytes / bytes, &out->region))
		return false;
	for (unsigned d = 0; d < ARRAY_SIZE(t->count); d++)
		if (t->count[d] > 1 &&
		    !spread_count(&place, dims, n, t->count[d], t->stride_bytes[d] / bytes, out))
			return false;
	return gives(g, address, out, t);
}
