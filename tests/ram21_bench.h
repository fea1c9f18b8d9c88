/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds packets to a memory of the policy ramulator21 as the reference runs were fed: in
 * order, as fast as it accepts them, between ticks; and keeps what came of each.
 */
#ifndef MEMSIM_TESTS_RAM21_BENCH_H
#define MEMSIM_TESTS_RAM21_BENCH_H

#include "config/machine.h"
#include "engine/clock.h"
#include "model/memory.h"

struct fed {
	struct packet packet; /* first: found from it; set before the run */
	uint64_t earliest;    /* not offered before this tick */
	uint64_t end_ps;
};

struct ram21_bench {
	const struct machine *machine;
	struct fed *fed;
	size_t n;
	bool visits_every_tick;
	dram_command_fn watch; /* may be NULL */
	void *watch_context;

	/* Afterwards. */
	struct hbm_account account;
	uint64_t end_ps;
	uint64_t events;

	/* During the run. */
	struct event_queue *queue;
	struct memory *memory;
	struct clock clock;
	size_t next, n_done;
	bool is_at_door, is_waiting;
};

/* The shipped machine of the standard, "HBM2" or "HBM3", with as many channels. */
void ram21_machine(struct machine *m, const char *standard, uint64_t channels, const char *mapping);

void ram21_bench_run(struct ram21_bench *b);

#endif
