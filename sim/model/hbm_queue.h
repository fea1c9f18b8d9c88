/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two queues of a pseudo channel, oldest entry first, each behind a door in which
 * packets wait that find it full.  Keeps what overlaps in order: an entry is blocked while
 * an older one that shares a burst with it, one of them a write, is still queued.
 */
#ifndef MEMSIM_MODEL_HBM_QUEUE_H
#define MEMSIM_MODEL_HBM_QUEUE_H

#include "model/memory.h"

enum hbm_direction { HBM_READS, HBM_WRITES, N_HBM_DIRECTIONS };

/* One line of the host's caches; what is asked for at the end alone is the packet's. */
struct hbm_entry {
	struct packet *packet;
	uint64_t banks;         /* that it visits, as a mask */
	uint64_t ready;         /* of them, those that are open on its row */
	uint64_t counted;       /* of them, those whose row was opened for it before */
	uint64_t accepted_tick; /* first tick at which a command may go */
	uint64_t prepared;      /* tick of the decision that last made one ready */
	uint64_t bursts;        /* as a mask */
	uint32_t row;
	uint16_t blockers;      /* older entries that it has to wait for */
	bool is_waited_for;
	uint8_t bank;           /* of the first burst of its block */
};

#define HBM_FILTER_BITS 7

struct hbm_queue {
	struct hbm_entry *slots;   /* `capacity` of them; an entry stays in its own */
	uint64_t *blocks, *orders; /* of the slots: the address, in packets; of acceptance */
	uint16_t *by_age;          /* slots, oldest first: [first, first + n) of 2 * capacity */
	uint16_t *free_slots;      /* capacity - n of them */
	size_t first, n, capacity;
	uint64_t *visitors;        /* of each bank, as a mask of slots of n_words words */
	size_t n_words;
	uint64_t passed;           /* younger entries that left while the oldest stayed */
	uint16_t filter[1 << HBM_FILTER_BITS]; /* entries by hash of block: 0 says there is none */
	struct packet *door_first, *door_last;
	uint64_t n_door;
	void *memory;              /* of the slots, which begin at a line within it */
};

void hbm_queue_init(struct hbm_queue *q, size_t capacity, unsigned n_banks);
void hbm_queue_release(struct hbm_queue *q);

static inline struct hbm_entry *hbm_queue_at(const struct hbm_queue *q, size_t i)
{
	return &q->slots[q->by_age[q->first + i]];
}
/* The place of an entry among them. */
static inline size_t hbm_queue_index(const struct hbm_queue *q, const struct hbm_entry *e)
{
	size_t i = 0;

	while (hbm_queue_at(q, i) != e)
		i++;
	return i;
}
static inline uint64_t hbm_queue_block(const struct hbm_queue *q, size_t i)
{
	return q->blocks[q->by_age[q->first + i]];
}
/* Runs the statement for each queued entry `e` that visits the bank, in no order. */
#define HBM_FOR_VISITORS(e, q, bank) \
	for (size_t word_ = 0; word_ < (q)->n_words; word_++) \
		for (uint64_t left_ = (q)->visitors[(bank) * (q)->n_words + word_]; \
		     left_ != 0 && ((e) = &(q)->slots[word_ * 64 + (size_t)__builtin_ctzll(left_)], 1); \
		     left_ &= left_ - 1)
static inline bool hbm_queue_has_room(const struct hbm_queue *q)
{
	return q->n < q->capacity && q->n_door == 0;
}

void hbm_door_add(struct hbm_queue *q, struct packet *p);
/* The first in the door, taken out; NULL when there is none or the queue is full. */
struct packet *hbm_door_take(struct hbm_queue *q);

/* `queues` are both of the pseudo channel; `block`: the packet's address, in packets; `order`: of
 * acceptance, in the pseudo channel.  Returns the entry's place until the next change. */
struct hbm_entry *hbm_queue_add(struct hbm_queue *queues, enum hbm_direction d, struct packet *p,
				uint64_t banks, uint64_t tick, uint64_t block, uint64_t order);
void hbm_queue_remove(struct hbm_queue *queues, enum hbm_direction d, size_t index,
		      struct hbm_entry *out);
static inline size_t hbm_queue_bucket(uint64_t block)
{
	/* 2^64 / golden ratio */
	return (size_t)((block * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - HBM_FILTER_BITS));
}
/* Oldest entry of a block, or q->n. */
static inline size_t hbm_queue_find(const struct hbm_queue *q, uint64_t block)
{
	size_t i = 0;

	if (q->filter[hbm_queue_bucket(block)] == 0)
		return q->n;
	while (i < q->n && hbm_queue_block(q, i) != block)
		i++;
	return i;
}

#endif
