/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel declares before and between its commands: its operators, its on-chip
 * buffers, the groups of cores that share loads, and whose commands follow.
 */
#include "planfile/parse.h"

#include <stdlib.h>
#include <string.h>

static void clear_kernel(struct parser *p)
{
	struct file_kernel *k = &p->kernel;

	names_clear(&k->buffer_names);
	names_clear(&k->group_names);
	names_clear(&k->label_names);
	arena_free(k->texts);
	k->texts = arena_new();
	k->n_ops = 0;
	k->n_barriers = 0;
	memset(k->cores, 0, p->m->core_count * sizeof(*k->cores));
	p->has_core = false;
}

void parser_release_kernel(struct parser *p)
{
	struct file_kernel *k = &p->kernel;

	names_release(&k->buffer_names);
	names_release(&k->group_names);
	names_release(&k->label_names);
	arena_free(k->texts);
	free(k->ops);
	free(k->infos);
	free(k->buffers);
	free((void *)(uintptr_t)k->groups);
	free(k->labels);
	free(k->cores);
}

static bool check_op(const struct parser *p, uint32_t op, const struct op_info *info,
		     struct err *err)
{
	const struct op *o = &p->g->ops[op];

	if (info->refusal != NULL)
		return BAD_LINE(&p->reading, err,
				"operator '%s' of kind %s cannot be simulated: %s", o->id,
				op_kind_name(o->kind), info->refusal);
	if (op_is_view(info))
		return BAD_LINE(&p->reading, err,
				"operator '%s' is a view and moves nothing; leave it out", o->id);
	if (info->class == OP_CLASS_MATRIX && machine_matrix_k(p->m, info->matrix_dtype) == 0)
		return err_at(err, ERR_WORKLOAD, p->reading.file, p->reading.line,
			      "operator '%s': the matrix unit cannot multiply %s", o->id,
			      dtype_name(info->matrix_dtype));
	return true;
}

static bool add_op(struct parser *p, const char *name, struct err *err)
{
	struct file_kernel *k = &p->kernel;
	uint32_t op = names_find(&p->ops, name);

	if (op == NO_INDEX)
		return reading_unknown(&p->reading, "operator", name, &p->ops, err);
	if (p->kernel_of_op[op] != NO_INDEX)
		return BAD_LINE(&p->reading, err, "operator '%s' is in a kernel already%s", name,
				p->kernel_of_op[op] == k->number ? ", this one" : "");
	if (k->n_ops == MAX_KERNEL_OPS)
		return err_at(err, ERR_LIMIT, p->reading.file, p->reading.line,
			      "a kernel of more than %d operators", MAX_KERNEL_OPS);
	p->kernel_of_op[op] = (uint32_t)k->number;
	GROW(k->ops, k->n_ops, k->ops_capacity);
	k->ops[k->n_ops++] = op;
	return true;
}

static int compare_ops(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool take_ops(struct parser *p, char *list, struct err *err)
{
	struct file_kernel *k = &p->kernel;
	char *name;

	while ((name = cut_piece(&list)) != NULL)
		if (!add_op(p, name, err))
			return false;
	qsort(k->ops, k->n_ops, sizeof(*k->ops), compare_ops);
	for (size_t i = 0; i < k->n_ops; i++) {
		GROW(k->infos, i, k->infos_capacity);
		op_describe(p->g, k->ops[i], &k->infos[i]);
		p->position_of_op[k->ops[i]] = (uint32_t)i;
		if (!check_op(p, k->ops[i], &k->infos[i], err))
			return false;
	}
	return true;
}

bool parse_kernel(struct parser *p, struct err *err)
{
	static const char *const keys[] = {"ops", "estimate"};
	struct reading *r = &p->reading;
	struct file_kernel *k = &p->kernel;
	char *values[ARRAY_SIZE(keys)];

	clear_kernel(p);
	k->number = p->n_kernels;
	k->line = r->line;
	k->estimate_cycles = 0;
	if (r->n_words < 2)
		return BAD_LINE(r, err, "'kernel' lacks a name");
	if (!reading_check_name(r, r->words[1], err) ||
	    !reading_options(r, 2, keys, ARRAY_SIZE(keys), values, err) ||
	    !reading_needs(r, "ops", values[0], err))
		return false;
	if (values[1] != NULL &&
	    !reading_number(r, "estimate", values[1], 0, UINT64_MAX, &k->estimate_cycles, err))
		return false;
	k->name = arena_strndup(k->texts, r->words[1], strlen(r->words[1]));
	p->state = IN_KERNEL;
	return take_ops(p, values[0], err);
}

/* The name that a buffer or group gives itself, kept with the kernel. */
static const char *new_name(const struct parser *p, const struct names *known, size_t max,
			    struct err *err)
{
	const struct reading *r = &p->reading;
	const char *name = r->n_words > 1 ? r->words[1] : NULL;

	if (name == NULL)
		BAD_LINE(r, err, "'%s' lacks a name", r->words[0]);
	else if (!reading_check_name(r, name, err))
		return NULL;
	else if (names_find(known, name) != NO_INDEX)
		BAD_LINE(r, err, "the kernel has a %s '" SHOWN "' already", r->words[0], name);
	else if (known->n == max)
		err_at(err, ERR_LIMIT, r->file, r->line, "more than %zu of '%s' in a kernel", max,
		       r->words[0]);
	else
		return arena_strndup(p->kernel.texts, name, strlen(name));
	return NULL;
}

static bool take_memory(const struct parser *p, const char *word, struct file_buffer *b,
			uint64_t *capacity, struct err *err)
{
	unsigned memory = find_word(onchip_words, N_ONCHIP, word, strlen(word));

	b->memory = (uint8_t)memory;
	*capacity = memory == ONCHIP_ACC ? p->m->acc_bytes : p->m->spad_bytes;
	return memory < N_ONCHIP ||
	       BAD_LINE(&p->reading, err, "unknown memory '" SHOWN "' (expected spad or acc)",
			word);
}

static bool check_capacity(const struct parser *p, const char *name, const struct file_buffer *b,
			   uint64_t capacity, struct err *err)
{
	uint64_t bytes, end;

	if (mul_u64(b->slot_bytes, b->slots, &bytes) && add_u64(b->base, bytes, &end) &&
	    end <= capacity)
		return true;
	return err_at(err, ERR_WORKLOAD, p->reading.file, p->reading.line,
		      "buffer '%s' does not fit: %" PRIu64 " slots of %" PRIu64 " bytes at %" PRIu64
		      " end beyond the %" PRIu64 " bytes of %s of a core",
		      name, b->slots, b->slot_bytes, b->base, capacity,
		      b->memory == ONCHIP_ACC ? "accumulators" : "scratchpad");
}

bool parse_buffer(struct parser *p, struct err *err)
{
	static const char *const keys[] = {"at", "bytes", "slots"};
	struct reading *r = &p->reading;
	struct file_kernel *k = &p->kernel;
	struct file_buffer b = {.slots = 1};
	char *values[ARRAY_SIZE(keys)];
	const char *name = new_name(p, &k->buffer_names, MAX_KERNEL_BUFFERS, err);
	uint64_t capacity;

	if (name == NULL)
		return false;
	if (r->n_words < 3)
		return BAD_LINE(r, err, "buffer '%s' lacks its memory (spad or acc)", name);
	if (!take_memory(p, r->words[2], &b, &capacity, err) ||
	    !reading_options(r, 3, keys, ARRAY_SIZE(keys), values, err) ||
	    !reading_needs(r, "at", values[0], err) || !reading_needs(r, "bytes", values[1], err) ||
	    !reading_number(r, "at", values[0], 0, UINT64_MAX, &b.base, err) ||
	    !reading_number(r, "bytes", values[1], 1, UINT64_MAX, &b.slot_bytes, err))
		return false;
	if (values[2] != NULL &&
	    !reading_number(r, "slots", values[2], 1, UINT64_MAX, &b.slots, err))
		return false;
	if (!check_capacity(p, name, &b, capacity, err))
		return false;
	GROW(k->buffers, k->buffer_names.n, k->buffers_capacity);
	k->buffers[names_add(&k->buffer_names, name)] = b;
	return true;
}

static bool parse_core_number(const struct parser *p, const char *text, uint64_t *core,
			      struct err *err)
{
	return reading_number(&p->reading, "core", text, 0, p->m->core_count - 1, core, err);
}

/* "0,2-5": sets bits; false on a core that comes twice. */
static bool take_cores(const struct parser *p, char *list, bool *is_member, size_t *n,
		       struct err *err)
{
	char *piece;

	*n = 0;
	while ((piece = cut_piece(&list)) != NULL) {
		char *dash = strchr(piece, '-');
		uint64_t first, last;

		if (dash != NULL)
			*dash = '\0';
		if (!parse_core_number(p, piece, &first, err) ||
		    !parse_core_number(p, dash != NULL ? dash + 1 : piece, &last, err))
			return false;
		if (last < first)
			return BAD_LINE(&p->reading, err, "cores %" PRIu64 "-%" PRIu64 " are none",
					first, last);
		for (; first <= last; first++) {
			if (is_member[first])
				return BAD_LINE(&p->reading, err, "core %" PRIu64 " is named twice",
						first);
			is_member[first] = true;
			++*n;
		}
	}
	return true;
}

static void add_group(struct parser *p, const char *name, const bool *is_member, size_t n)
{
	struct file_kernel *k = &p->kernel;
	uint16_t *cores = arena_alloc(k->texts, n * sizeof(*cores));
	struct multicast *group = arena_alloc(k->texts, sizeof(*group));
	size_t at = 0;

	for (size_t i = 0; i < p->m->core_count; i++)
		if (is_member[i])
			cores[at++] = (uint16_t)i;
	GROW(k->groups, k->group_names.n, k->groups_capacity);
	*group = (struct multicast){
		.id = (uint32_t)k->group_names.n, .n_cores = (uint32_t)n, .cores = cores};
	k->groups[names_add(&k->group_names, name)] = group;
}

bool parse_multicast(struct parser *p, struct err *err)
{
	static const char *const keys[] = {"cores"};
	struct reading *r = &p->reading;
	char *values[ARRAY_SIZE(keys)];
	const char *name = new_name(p, &p->kernel.group_names, MAX_KERNEL_GROUPS, err);
	bool *is_member, ok;
	size_t n;

	if (name == NULL || !reading_options(r, 2, keys, ARRAY_SIZE(keys), values, err) ||
	    !reading_needs(r, "cores", values[0], err))
		return false;
	if (p->m->noc_multicast != NOC_MULTICAST_ON)
		return err_at(err, ERR_WORKLOAD, r->file, r->line,
			      "the plan shares loads, which this machine cannot (noc.multicast is "
			      "\"false\")");
	is_member = xcalloc(p->m->core_count, sizeof(*is_member));
	ok = take_cores(p, values[0], is_member, &n, err);
	if (ok && n < 2)
		ok = BAD_LINE(r, err, "multicast '%s' has one core (expected at least 2)", name);
	if (ok)
		add_group(p, name, is_member, n);
	free(is_member);
	return ok;
}

bool parse_core(struct parser *p, struct err *err)
{
	const struct reading *r = &p->reading;
	uint64_t core;

	if (r->n_words != 2)
		return BAD_LINE(r, err, "'core' takes the number of a core (found %zu words)",
				r->n_words - 1);
	if (!parse_core_number(p, r->words[1], &core, err))
		return false;
	p->core = (uint32_t)core;
	p->has_core = true;
	return true;
}

bool parse_barrier(struct parser *p, struct err *err)
{
	struct file_kernel *k = &p->kernel;

	if (p->reading.n_words != 1)
		return BAD_LINE(&p->reading, err, "'barrier' takes nothing (found '" SHOWN "')",
				p->reading.words[1]);
	for (size_t i = 0; i < p->m->core_count; i++)
		k->cores[i].barrier = ++k->cores[i].issued[UNIT_VECTOR];
	k->n_barriers++;
	p->has_core = false;
	return true;
}

void parser_barrier(const struct parser *p, uint32_t core, struct command *out)
{
	*out = (struct command){.unit = UNIT_VECTOR, .is_barrier = true};
	memcpy(out->waits, p->kernel.cores[core].issued, sizeof(out->waits));
	out->waits[UNIT_VECTOR]--;
}
