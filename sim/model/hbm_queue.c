/* SPDX-License-Identifier: Apache-2.0 */
/* Queues and their order of age and overlap.  Which entry goes next is hbm_schedule.c's. */
#include "model/hbm_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void hbm_queue_init(struct hbm_queue *q, size_t capacity, unsigned n_banks)
{
	BUG_ON(capacity > UINT16_MAX);
	memset(q, 0, sizeof(*q));
	q->capacity = capacity;
	q->memory = xcalloc(capacity + 1, sizeof(*q->slots));
	q->slots = (struct hbm_entry *)(void *)
		((char *)q->memory + PACKET_LINE - (uintptr_t)q->memory % PACKET_LINE);
	q->blocks = xcalloc(capacity, sizeof(*q->blocks));
	q->orders = xcalloc(capacity, sizeof(*q->orders));
	q->by_age = xcalloc(2 * capacity, sizeof(*q->by_age));
	q->free_slots = xcalloc(capacity, sizeof(*q->free_slots));
	for (size_t i = 0; i < capacity; i++)
		q->free_slots[i] = (uint16_t)(capacity - 1 - i);
	q->n_words = (capacity + 63) / 64;
	q->visitors = xcalloc(n_banks * q->n_words, sizeof(*q->visitors));
}

void hbm_queue_release(struct hbm_queue *q)
{
	free(q->memory);
	free(q->blocks);
	free(q->orders);
	free(q->by_age);
	free(q->free_slots);
	free(q->visitors);
}

static void mark_visits(struct hbm_queue *q, uint32_t slot, uint64_t banks)
{
	uint64_t bit = UINT64_C(1) << slot % 64;

	for (uint64_t left = banks; left; left &= left - 1)
		q->visitors[(size_t)__builtin_ctzll(left) * q->n_words + slot / 64] ^= bit;
}

void hbm_door_add(struct hbm_queue *q, struct packet *p)
{
	p->next = NULL;
	if (q->n_door++ == 0)
		q->door_first = p;
	else
		q->door_last->next = p;
	q->door_last = p;
}

struct packet *hbm_door_take(struct hbm_queue *q)
{
	struct packet *p = q->door_first;

	if (q->n_door == 0 || q->n == q->capacity)
		return NULL;
	q->door_first = p->next;
	q->n_door--;
	return p;
}

/* Of entries of one block. */
static bool overlap(const struct hbm_entry *a, const struct hbm_entry *b)
{
	return (a->bursts & b->bursts) != 0;
}

static void block_by(struct hbm_entry *e, uint64_t block, const struct hbm_queue *q)
{
	for (size_t i = hbm_queue_find(q, block); i < q->n; i++) {
		struct hbm_entry *older = hbm_queue_at(q, i);

		if (hbm_queue_block(q, i) != block || !overlap(older, e))
			continue;
		older->is_waited_for = true;
		e->blockers++;
	}
}

static void unblock(const struct hbm_entry *gone, uint64_t block, uint64_t order,
		    struct hbm_queue *q)
{
	for (size_t i = hbm_queue_find(q, block); i < q->n; i++) {
		struct hbm_entry *e = hbm_queue_at(q, i);

		if (hbm_queue_block(q, i) == block && q->orders[q->by_age[q->first + i]] > order &&
		    overlap(e, gone))
			e->blockers--;
	}
}

struct hbm_entry *hbm_queue_add(struct hbm_queue *queues, enum hbm_direction d, struct packet *p,
				uint64_t banks, uint64_t tick, uint64_t block, uint64_t order)
{
	struct hbm_queue *q = &queues[d];
	uint16_t slot = q->free_slots[q->capacity - q->n - 1];
	struct hbm_entry *at = &q->slots[slot];

	if (q->first + q->n == 2 * q->capacity) {
		memmove(q->by_age, q->by_age + q->first, q->n * sizeof(*q->by_age));
		q->first = 0;
	}
	q->by_age[q->first + q->n] = slot;
	*at = (struct hbm_entry){
		.packet = p,
		.banks = banks,
		.accepted_tick = tick,
		.bursts = p->burst_mask,
		.row = p->row,
		.bank = (uint8_t)p->bank,
	};
	q->blocks[slot] = block;
	q->orders[slot] = order;
	mark_visits(q, slot, banks);
	block_by(at, block, &queues[HBM_WRITES]);
	if (d == HBM_WRITES)
		block_by(at, block, &queues[HBM_READS]);
	q->n++;
	q->filter[hbm_queue_bucket(block)]++;
	return at;
}

void hbm_queue_remove(struct hbm_queue *queues, enum hbm_direction d, size_t index,
		      struct hbm_entry *out)
{
	struct hbm_queue *q = &queues[d];
	uint16_t *oldest = &q->by_age[q->first], slot = oldest[index];
	uint64_t block = q->blocks[slot], order = q->orders[slot];

	*out = q->slots[slot];
	mark_visits(q, slot, out->banks);
	q->passed = index == 0 ? 0 : q->passed + 1;
	for (size_t i = index; i > 0; i--)
		oldest[i] = oldest[i - 1];
	q->free_slots[q->capacity - q->n] = slot;
	q->first++;
	q->n--;
	q->filter[hbm_queue_bucket(block)]--;
	if (!out->is_waited_for)
		return;
	unblock(out, block, order, &queues[HBM_WRITES]);
	if (d == HBM_WRITES)
		unblock(out, block, order, &queues[HBM_READS]);
}
