/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking an ONNX file with protobuf-c, which follows messages as deep as they nest and takes as
 * much memory as they ask for.  So they are walked first, by the same descriptors: their depth is
 * bounded, and a part that may be there once is there once (putting many together takes time that
 * grows with their square).  Memory is bounded by the allocator.
 */
#include "trace/import/onnx_wire.h"

#include <stdlib.h>

#include "base/mem.h"

#define MAX_DEPTH 64 /* a model without control flow has 7 */
#define SPARE_BYTES ((uint64_t)256 << 20) /* of memory, beside four times the file */

struct level {
	const ProtobufCMessageDescriptor *type;
	size_t end;
	uint64_t seen; /* a bit for each of its fields */
};
struct walk {
	const uint8_t *data;
	size_t at;
	struct level levels[MAX_DEPTH];
	unsigned depth;
	const char *fault;
};

static bool fault(struct walk *w, const char *why)
{
	w->fault = why;
	return false;
}

static bool varint(struct walk *w, uint64_t *out)
{
	size_t end = w->levels[w->depth].end;

	*out = 0;
	for (unsigned shift = 0; shift < 64 && w->at < end; shift += 7) {
		uint8_t byte = w->data[w->at++];

		*out |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return fault(w, "it ends within a number, or a number is too long");
}

static const ProtobufCFieldDescriptor *find_field(const struct level *l, uint64_t id)
{
	for (unsigned i = 0; i < l->type->n_fields; i++)
		if (l->type->fields[i].id == id)
			return &l->type->fields[i];
	return NULL;
}

/* A message is entered, anything else passed over. */
static bool bounded_field(struct walk *w, const ProtobufCFieldDescriptor *field)
{
	struct level *l = &w->levels[w->depth];
	uint64_t len;

	if (!varint(w, &len))
		return false;
	if (len > l->end - w->at)
		return fault(w, "it is cut off, or a length in it is wrong");
	if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE) {
		w->at += len;
		return true;
	}
	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		uint64_t bit = (uint64_t)1 << (field - l->type->fields) % 64;

		if (l->seen & bit)
			return fault(w, "a part that it can have once is there twice");
		l->seen |= bit;
	}
	if (w->depth + 1 == MAX_DEPTH)
		return fault(w, "its messages nest more than 64 deep");
	w->levels[++w->depth] = (struct level){ .type = field->descriptor, .end = w->at + len };
	return true;
}

static bool one_field(struct walk *w)
{
	const struct level *l = &w->levels[w->depth];
	uint64_t tag, number;
	size_t skip;

	if (!varint(w, &tag))
		return false;
	switch (tag & 7) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return varint(w, &number);
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		return bounded_field(w, find_field(l, tag >> 3));
	case PROTOBUF_C_WIRE_TYPE_64BIT:
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		skip = (tag & 7) == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4;
		if (skip > l->end - w->at)
			return fault(w, "it is cut off");
		w->at += skip;
		return true;
	default:
		return fault(w, "it has a field of no known form");
	}
}

static const char *walk_file(const uint8_t *data, size_t len)
{
	struct walk w = { .data = data };

	w.levels[0] = (struct level){ .type = &onnx__model_proto__descriptor, .end = len };
	for (;;) {
		while (w.at == w.levels[w.depth].end) {
			if (w.depth == 0)
				return NULL;
			w.depth--;
		}
		if (!one_field(&w))
			return w.fault;
	}
}

static void *take(void *data, size_t bytes)
{
	struct onnx_file *f = data;

	if (bytes >= f->max_bytes - f->bytes) {
		f->is_refused = true;
		return NULL;
	}
	f->bytes += bytes + 1;
	return xmalloc(bytes ? bytes : 1);
}

static void give_back(void *data, void *p)
{
	(void)data; /* what is taken in all is bounded, not what is held */
	free(p);
}

bool onnx_unpack(struct onnx_file *f, const char *name, const void *data, size_t len,
		 struct err *err)
{
	const char *why = walk_file(data, len);

	if (why)
		return err_set(err, ERR_INPUT, "%s: not an ONNX model: %s", name, why);
	f->allocator = (ProtobufCAllocator){ .alloc = take, .free = give_back,
					     .allocator_data = f };
	f->bytes = 0;
	f->is_refused = false;
	f->max_bytes = SPARE_BYTES + 4 * (uint64_t)len;
	f->model = onnx__model_proto__unpack(&f->allocator, len, data);
	if (f->model)
		return true;
	if (f->is_refused)
		return err_set(err, ERR_LIMIT,
			       "%s: the model would take more than %" PRIu64 " MiB of memory", name,
			       f->max_bytes >> 20);
	return err_set(err, ERR_INPUT, "%s: not an ONNX model: its fields are not of its schema",
		       name);
}

void onnx_release(struct onnx_file *f)
{
	onnx__model_proto__free_unpacked(f->model, &f->allocator);
}
