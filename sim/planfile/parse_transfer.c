/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a load or store moves: a region of a tensor, or a descriptor of strided runs in its
 * storage; on chip from or to one place; alone or for several cores; and why.
 */
#include "planfile/parse.h"

#include <string.h>

#include "base/units.h"

static bool check_operand(const struct parser *p, uint32_t op, uint32_t tensor, bool is_store,
			  struct err *err)
{
	const struct op *o = &p->g->ops[op];
	unsigned n = is_store ? o->n_outputs : o->n_inputs;

	for (unsigned i = 0; i < n; i++)
		if ((is_store ? op_output(p->g, o, i) : op_input(p->g, o, i)) == tensor)
			return true;
	return BAD_LINE(&p->reading, err, "tensor '%s' is no %s of operator '%s'",
			p->g->tensors[tensor].id, is_store ? "output" : "input", o->id);
}

/* Of a tensor's storage: the address, and the bytes in which the tensor itself lies. */
struct extent {
	uint64_t address, first, end;
};

static void find_extent(const struct graph *g, uint32_t tensor, const struct placement *place,
			struct extent *out)
{
	const struct shape *s = graph_shape(g, tensor);
	uint64_t unit = dtype_bits(g->tensors[tensor].dtype) / 8, last = place->offset;

	for (unsigned d = 0; d < s->n_dims; d++)
		last += (s->dims[d] - 1) * place->stride[d];
	out->first = place->offset * unit;
	out->end = (last + 1) * unit;
}

static bool find_place(const struct parser *p, uint32_t tensor, struct extent *out, struct err *err)
{
	struct placement place;
	const struct file_place *at;

	tensor_placement(p->g, tensor, &place);
	find_extent(p->g, tensor, &place, out);
	at = &p->places[place.storage];
	if (at->line == 0)
		return BAD_LINE(&p->reading, err,
				"tensor '%s' lies nowhere; give it a line: tensor %s at=ADDRESS",
				p->g->tensors[tensor].id, p->g->tensors[place.storage].id);
	out->address = at->address;
	return true;
}

static bool check_type(const struct parser *p, uint32_t tensor, struct err *err)
{
	enum dtype type = p->g->tensors[tensor].dtype;

	return dtype_bits(type) >= 8 ||
	       BAD_LINE(&p->reading, err,
			"tensor '%s' has elements of less than a byte (%s), which cannot be moved "
			"yet",
			p->g->tensors[tensor].id, dtype_name(type));
}

static bool take_region(struct parser *p, const struct tensor_region *t, uint64_t address,
			struct err *err)
{
	struct transfer *to = &p->command.transfer;
	struct blocks blocks;

	region_blocks(&blocks, p->g, t->tensor, &t->region, t->step, address);
	if (!blocks_next(&blocks, to))
		BUG("a region without elements");
	return blocks.is_done ||
	       BAD_LINE(&p->reading, err,
			"the region of tensor '%s' is cut in more than four dimensions of memory; "
			"move it with several commands",
			p->g->tensors[t->tensor].id);
}

/* "4x2x3" or "4096,512": up to three numbers, inner ones first. */
static bool take_three(const struct parser *p, const char *key, char *text, const char *between,
		       uint64_t *out, unsigned *n, struct err *err)
{
	*n = 0;
	while (text != NULL) {
		char *next = text + strcspn(text, between);
		bool more = *next != '\0';

		*next = '\0';
		if (*n == 3)
			return BAD_LINE(&p->reading, err, "'%s=' takes at most 3 numbers", key);
		if (!reading_number(&p->reading, key, text, 1, UINT64_MAX >> 1, &out[*n], err))
			return false;
		++*n;
		text = more ? next + 1 : NULL;
	}
	return true;
}

/* Bytes up to the end of the last run; runs that meet would be moved twice. */
static bool check_runs(const struct parser *p, const struct transfer *t, uint64_t *extent,
		       struct err *err)
{
	*extent = t->run_bytes;
	for (unsigned d = 0; d < ARRAY_SIZE(t->count); d++) {
		uint64_t more;

		if (t->count[d] == 1)
			continue;
		if (t->stride_bytes[d] < *extent)
			return BAD_LINE(&p->reading, err,
					"runs overlap: stride %" PRIu64 " is less than the %" PRIu64
					" bytes that it repeats",
					t->stride_bytes[d], *extent);
		if (!mul_u64(t->count[d] - 1, t->stride_bytes[d], &more) ||
		    !add_u64(*extent, more, extent))
			return BAD_LINE(&p->reading, err, "the runs end beyond any memory");
	}
	return true;
}

static bool check_inside(const struct parser *p, const struct transfer *t, uint64_t offset,
			 const struct extent *of, struct err *err)
{
	uint64_t unit = dtype_bits(p->g->tensors[t->tensor].dtype) / 8, bytes;
	bool is_cut = offset % unit != 0 || t->run_bytes % unit != 0;

	for (unsigned d = 0; d < ARRAY_SIZE(t->count); d++)
		is_cut = is_cut || t->stride_bytes[d] % unit != 0;
	if (is_cut)
		return BAD_LINE(&p->reading, err,
				"the runs cut elements of %" PRIu64 " bytes of tensor '%s'", unit,
				p->g->tensors[t->tensor].id);
	if (!check_runs(p, t, &bytes, err))
		return false;
	return (offset >= of->first && offset <= of->end && bytes <= of->end - offset) ||
	       BAD_LINE(&p->reading, err,
			"the runs lie outside tensor '%s' (found %" PRIu64
			" bytes from byte %" PRIu64 ", expected bytes %" PRIu64 " to %" PRIu64 ")",
			p->g->tensors[t->tensor].id, bytes, offset, of->first, of->end);
}

static bool is_whole(const struct parser *p, const struct tensor_region *t)
{
	struct region whole;

	tensor_region(p->g, t->tensor, &whole);
	return region_equal(&whole, &t->region) &&
	       memcmp(t->step, unit_steps, sizeof(t->step)) == 0;
}

static bool take_descriptor(struct parser *p, const struct tensor_region *of,
			    const struct extent *extent, char **values, struct err *err)
{
	struct transfer *t = &p->command.transfer;
	unsigned n_counts, n_strides;
	uint64_t offset;

	*t = (struct transfer){.tensor = of->tensor, .count = {1, 1, 1}};
	if (!is_whole(p, of))
		return BAD_LINE(&p->reading, err, "a region and a descriptor; give one of them");
	if (!reading_needs(&p->reading, "offset", values[KEY_OFFSET], err) ||
	    !reading_needs(&p->reading, "run", values[KEY_RUN], err) ||
	    !reading_number(&p->reading, "offset", values[KEY_OFFSET], 0, UINT64_MAX >> 1, &offset,
			    err) ||
	    !reading_number(&p->reading, "run", values[KEY_RUN], 1, UINT64_MAX >> 1, &t->run_bytes,
			    err) ||
	    !take_three(p, "count", values[KEY_COUNT], "x", t->count, &n_counts, err) ||
	    !take_three(p, "stride", values[KEY_STRIDE], ",", t->stride_bytes, &n_strides, err))
		return false;
	if (n_counts != n_strides)
		return BAD_LINE(&p->reading, err, "%u counts and %u strides", n_counts, n_strides);
	for (unsigned d = 0; d < n_counts; d++)
		if (t->count[d] == 1)
			t->stride_bytes[d] = 0; /* it is not used */
	t->address = extent->address + offset;
	return check_inside(p, t, offset, extent, err);
}

static bool take_group(struct parser *p, const char *name, struct err *err)
{
	const struct file_kernel *k = &p->kernel;
	uint32_t group;
	const struct multicast *m;
	bool is_member = false;

	if (name == NULL)
		return true;
	group = names_find(&k->group_names, name);
	if (group == NO_INDEX)
		return reading_unknown(&p->reading, "multicast", name, &k->group_names, err);
	m = k->groups[group];
	for (uint32_t i = 0; i < m->n_cores; i++)
		is_member = is_member || m->cores[i] == p->core;
	p->command.transfer.multicast = m;
	return is_member ||
	       BAD_LINE(&p->reading, err,
			"core %" PRIu32 " is not among the cores of multicast '" SHOWN "'", p->core,
			name);
}

static bool find_cause(const struct parser *p, const char *name, unsigned *cause, struct err *err)
{
	struct nearest near;

	*cause = find_word(traffic_words, N_TRAFFIC, name, strlen(name));
	if (*cause < N_TRAFFIC)
		return true;
	nearest_init(&near, name);
	for (unsigned i = 0; i < N_TRAFFIC; i++)
		nearest_offer(&near, traffic_words[i]);
	return near.best ? BAD_LINE(&p->reading, err,
				    "unknown traffic '" SHOWN "'; did you mean '%s'?", name,
				    near.best)
			 : BAD_LINE(&p->reading, err, "unknown traffic '" SHOWN "'", name);
}

/* One "CAUSE" or "CAUSE:BYTES"; what it does not say is `rest`. */
static bool take_cause(const struct parser *p, char *piece, uint64_t *rest, uint64_t *bytes,
		       struct err *err)
{
	char *colon = strchr(piece, ':');
	uint64_t of = *rest;
	unsigned cause;

	if (colon != NULL)
		*colon++ = '\0';
	if (!find_cause(p, piece, &cause, err) ||
	    (colon != NULL && !reading_number(&p->reading, piece, colon, 0, UINT64_MAX, &of, err)))
		return false;
	if (of > *rest)
		return BAD_LINE(&p->reading, err,
				"the causes of the traffic are more than the bytes that it moves");
	bytes[cause] += of;
	*rest -= of;
	return true;
}

static bool take_traffic(struct parser *p, char *list, uint64_t total, struct err *err)
{
	uint64_t *bytes = p->command.transfer.bytes, rest = total;
	char *piece;

	if (list == NULL)
		bytes[TRAFFIC_COMPULSORY] = rest;
	while (list != NULL && (piece = cut_piece(&list)) != NULL)
		if (!take_cause(p, piece, &rest, bytes, err))
			return false;
	return rest == 0 || bytes[TRAFFIC_COMPULSORY] == total ||
	       BAD_LINE(&p->reading, err,
			"the causes of the traffic are %" PRIu64 " bytes of the %" PRIu64
			" that it moves; leave the bytes of the last cause out",
			total - rest, total);
}

static bool check_bytes(const struct parser *p, uint64_t *bytes, struct err *err)
{
	const struct transfer *t = &p->command.transfer;

	*bytes = t->run_bytes;
	for (unsigned d = 0; d < ARRAY_SIZE(t->count); d++)
		if (!mul_u64(*bytes, t->count[d], bytes))
			return BAD_LINE(&p->reading, err, "more bytes than any memory has");
	return true;
}

bool parse_transfer(struct parser *p, bool is_store, char **values, struct err *err)
{
	struct command *c = &p->command;
	bool is_descriptor =
		values[KEY_OFFSET] || values[KEY_RUN] || values[KEY_COUNT] || values[KEY_STRIDE];
	struct extent extent = {0, 0, 0};
	uint64_t bytes;
	struct tensor_region t;

	if (!parse_tensor_region(p, p->reading.words[2], &t, err) ||
	    !check_operand(p, c->op, t.tensor, is_store, err) || !check_type(p, t.tensor, err) ||
	    !find_place(p, t.tensor, &extent, err))
		return false;
	if (is_descriptor ? !take_descriptor(p, &t, &extent, values, err)
			  : !take_region(p, &t, extent.address, err))
		return false;
	if (!check_bytes(p, &bytes, err) ||
	    !parse_span(p, values[KEY_SPAN], bytes, is_store ? &c->reads[0] : &c->writes[0], err) ||
	    !take_traffic(p, values[KEY_TRAFFIC], bytes, err) ||
	    !take_group(p, values[KEY_MULTICAST], err))
		return false;
	c->n_reads = is_store;
	c->n_writes = !is_store;
	return true;
}
