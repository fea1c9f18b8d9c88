/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds request streams to a memory through the event queue and keeps what came of each
 * packet, for the tests of the memory.
 */
#ifndef MEMSIM_TESTS_MEMORY_BENCH_H
#define MEMSIM_TESTS_MEMORY_BENCH_H

#include "config/config.h"
#include "engine/clock.h"
#include "model/memory.h"

struct request {
	uint64_t address;
	uint64_t burst_mask;
	uint64_t at_ps;  /* not offered before */
	uint64_t noc_ps; /* time from issue to offer */
	bool is_write;
};

struct served {
	struct packet packet; /* first: found from it */
	struct bench *bench;
	uint64_t offered_ps, scheduled_ps, end_ps;
	uint64_t accepted_order, scheduled_order;
};

struct bench {
	/* Set before the run. */
	struct machine machine;
	const struct request *requests;
	size_t n;
	uint64_t window;        /* packets under way; held back beyond */
	bool keep_commands;
	const struct machine *audited; /* NULL: `machine` */

	/* Afterwards. */
	struct hbm_account account;
	struct served *served;  /* as the requests */
	struct dram_command *commands;
	size_t n_commands, commands_capacity;
	char audit[256];        /* "" when clean */
	uint64_t end_ps;
	uint64_t events;

	/* During it. */
	struct event_queue *queue;
	struct memory *memory;
	struct audit_dram *auditor;
	size_t next;
	uint64_t under_way, n_accepted, n_scheduled, free_ps;
	uint64_t next_event_ps;
};

/* HBM2 at defaults: one stack of `channels`. */
void bench_init(struct bench *b, uint64_t channels);
/* Runs all requests in order, until all are done. */
void bench_run(struct bench *b);
void bench_release(struct bench *b);

/* Bytes moved over the time, as 1/10000 of the memory's peak. */
uint64_t bench_share(const struct bench *b);

struct random {
	uint64_t state; /* not 0 */
};
uint64_t random_next(struct random *r); /* xorshift64* */
uint64_t random_below(struct random *r, uint64_t limit);

#endif
