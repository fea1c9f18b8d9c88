/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model repeats its layers: a kernel that is like an earlier one in all that the choice of
 * its tiles looks at (operators' derived facts, shapes, types, memory order, what is stored)
 * takes over that one's tiles instead of searching again.  The same choice, found once.
 */
#include "plan/memo.h"

#include "base/hash.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct memo_entry {
	char key[33];
	size_t kernel; /* whose tiles to take over */
};

struct memo {
	struct memo_entry *entries; /* open addressing; a key of "" is free */
	size_t n, capacity;
};

static void note(struct hash *h, uint64_t value)
{
	hash_add(h, &value, sizeof(value));
}

/* Shape, type and memory order; not the name, nor where it lies. */
static void add_tensor(struct hash *h, const struct plan *p, uint32_t t)
{
	const struct shape *s = graph_shape(p->graph, t);
	struct placement place;

	tensor_placement(p->graph, t, &place);
	note(h, p->graph->tensors[t].dtype);
	note(h, s->n_dims);
	for (unsigned d = 0; d < s->n_dims; d++) {
		note(h, s->dims[d]);
		note(h, place.stride[d]);
	}
}

static void add_access(struct hash *h, const struct access *access)
{
	for (unsigned d = 0; d < access->n_dims; d++) {
		const struct axis_access *a = &access->axis[d];

		note(h, (uint64_t)(a->out_dim + 1) << 16 | (uint64_t)(a->red_dim + 1) << 8 |
				(uint64_t)a->undoes << 1 | a->whole);
		note(h, (uint64_t)a->out_bias);
		note(h, (uint64_t)a->out_div);
		note(h, (uint64_t)a->out_mul);
		note(h, (uint64_t)a->red_mul);
		note(h, (uint64_t)a->offset);
		note(h, (uint64_t)a->block);
	}
}

void memo_note_op(struct hash *h, const struct plan *p, uint32_t op_index,
		  const struct op_info *info)
{
	const struct op *op = &p->graph->ops[op_index];

	note(h, op->kind);
	note(h, info->n_red);
	hash_add(h, info->red, info->n_red * sizeof(info->red[0]));
	hash_add(h, &info->per_output, sizeof(info->per_output));
	hash_add(h, &info->per_reduced, sizeof(info->per_reduced));
	hash_add(h, &info->stats, sizeof(info->stats));
	hash_add(h, &info->apply, sizeof(info->apply));
	for (unsigned j = 0; j < info->n_access; j++)
		add_access(h, &info->access[j]);
	for (unsigned j = 0; j < op->n_inputs + op->n_outputs; j++)
		add_tensor(h, p, op_operand(p->graph, op, j));
}

static void add_node(struct hash *h, const struct plan *p, const struct node *n)
{
	note(h, n->pass);
	note(h, n->port);
	note(h, n->is_stored);
	note(h, n->chunk_of);
	note(h, n->cluster); /* what it does not share with its readers, it holds */
	note(h, n->online);
	note(h, (uint64_t)(n->slide_dim + 1));
	memo_note_op(h, p, n->op, &n->info);
	for (unsigned j = 0; j < OP_MAX_ACCESS; j++) {
		note(h, n->producer[j]);
		note(h, n->stream[j]);
	}
}

void memo_key(const struct plan *p, const struct kernel_plan *k, char key[33])
{
	struct hash h;

	hash_init(&h);
	for (size_t i = 0; i < k->n_phases; i++) {
		note(&h, k->phases[i].n_nodes);
		for (uint32_t n = 0; n < k->phases[i].n_nodes; n++)
			add_node(&h, p, &k->phases[i].nodes[n]);
	}
	hash_hex(&h, key);
}

/* The place of a key: its entry, or the free one where it belongs. */
static struct memo_entry *find(const struct memo *m, const char *key)
{
	size_t at = 0;

	for (unsigned i = 0; i < 16; i++)
		at = at * 31 + (unsigned char)key[i];
	for (at %= m->capacity; m->entries[at].key[0] != '\0'; at = (at + 1) % m->capacity)
		if (strcmp(m->entries[at].key, key) == 0)
			break;
	return &m->entries[at];
}

static void enlarge(struct memo *m)
{
	struct memo old = *m;

	m->capacity = old.capacity == 0 ? 64 : 2 * old.capacity;
	m->entries = xcalloc(m->capacity, sizeof(*m->entries));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].key[0] != '\0')
			*find(m, old.entries[i].key) = old.entries[i];
	free(old.entries);
}

struct memo *memo_new(void)
{
	return xcalloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
	if (m != NULL)
		free(m->entries);
	free(m);
}

size_t memo_kernel(struct memo *m, const char *key, size_t kernel)
{
	struct memo_entry *e;

	if (2 * (m->n + 1) > m->capacity)
		enlarge(m);
	e = find(m, key);
	if (e->key[0] == '\0') {
		memcpy(e->key, key, sizeof(e->key));
		e->kernel = kernel;
		m->n++;
	}
	return e->kernel;
}

/* Tilings of phases. */

struct tile_entry {
	unsigned __int128 key;
	bool is_used;
	struct tile_memory memory;
};
struct tile_memo {
	struct tile_entry *entries; /* open addressing */
	size_t n, capacity;
};

struct tile_memo *tile_memo_new(void)
{
	return xcalloc(1, sizeof(struct tile_memo));
}

void tile_memo_free(struct tile_memo *m)
{
	if (m != NULL)
		free(m->entries);
	free(m);
}

unsigned __int128 phase_key(const struct plan *p, const struct phase *ph)
{
	struct hash h;

	hash_init(&h);
	note(&h, ph->n_nodes);
	note(&h, (uint64_t)(ph->slide + 1));
	for (size_t i = 0; i < ph->n_streams; i++)
		note(&h, (uint64_t)(ph->streams[i].slide_dim + 1) << 1 | ph->streams[i].is_shared);
	for (uint32_t n = 0; n < ph->n_nodes; n++)
		add_node(&h, p, &ph->nodes[n]);
	return h.state;
}

static struct tile_entry *find_tiles(const struct tile_memo *m, unsigned __int128 key)
{
	size_t at = (size_t)(key ^ key >> 64) & (m->capacity - 1);

	while (m->entries[at].is_used && m->entries[at].key != key)
		at = (at + 1) & (m->capacity - 1);
	return &m->entries[at];
}

struct tile_memory *tile_memo_at(struct tile_memo *m, unsigned __int128 key, bool *is_new)
{
	struct tile_entry *e;

	if (2 * (m->n + 1) > m->capacity) {
		struct tile_memo old = *m;

		m->capacity = old.capacity == 0 ? 64 : 2 * old.capacity;
		m->entries = xcalloc(m->capacity, sizeof(*m->entries));
		for (size_t i = 0; i < old.capacity; i++)
			if (old.entries[i].is_used)
				*find_tiles(m, old.entries[i].key) = old.entries[i];
		free(old.entries);
	}
	e = find_tiles(m, key);
	*is_new = !e->is_used;
	m->n += *is_new;
	e->is_used = true;
	e->key = key;
	return &e->memory;
}
