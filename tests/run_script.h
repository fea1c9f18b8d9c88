/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests of the machine share: commands written by hand as a source, a log of
 * when they started and ended, and a memory without any behaviour but a latency.
 */
#ifndef MEMSIM_TESTS_RUN_SCRIPT_H
#define MEMSIM_TESTS_RUN_SCRIPT_H

#include "model/core_source.h"
#include "run/run_commands.h"

#define SCRIPT_MAX_KERNELS 4
#define SCRIPT_MAX_CORES 8
#define SCRIPT_MAX_COMMANDS 4096
#define SCRIPT_MAX_PACKETS 4096

/* The link's memory_*(): every packet is accepted `accept_ps` after its offer and its data
 * ends `latency_ps` after that; packets go to port (address / 512) % n_ports, and those of port
 * 0 are accepted `slow_port_ps` later still. */
struct fake_memory_settings {
	uint64_t accept_ps, latency_ps, slow_port_ps;
	unsigned n_ports;
	bool loses_packets; /* takes them and never answers */
};
struct fake_memory_settings *fake_memory_settings(void);
/* Packets in the order in which they were offered, with the time. */
struct fake_memory_offer {
	struct packet packet;
	uint64_t when_ps;
};
const struct fake_memory_offer *fake_memory_offers(size_t *n);

struct script_entry {
	struct command command;
	uint64_t started_ps, ended_ps, delivered_bytes;
	bool has_started, has_ended;
};
struct script_core {
	struct script_entry *entries; /* of all kernels, in program order */
	size_t n, n_of_kernel[SCRIPT_MAX_KERNELS];
	size_t next, end; /* of the present kernel */
	uint64_t n_unit[N_UNITS]; /* of the kernel being written */
};
struct script {
	struct machine machine;
	struct command_source source;
	size_t n_kernels;
	struct script_core core[SCRIPT_MAX_CORES];
	bool compute_is_free, memory_is_free;
	struct result result;
	struct err err;
};

/* 1 GHz everywhere; 128 B a cycle at cores and DMA, 64 at memory ports; latency 10 cycles;
 * no setup, launch, gap, fill, drain or startup; a matrix command of rows m = 16 c takes c
 * cycles, a vector command of b bytes ADD takes ceil(b / 512). */
void script_init(struct script *s, unsigned n_cores);
void script_release(struct script *s);
void script_next_kernel(struct script *s); /* what follows belongs to another kernel */

/* Append to a core's program; waits are counts of that core's units, set by script_wait(). */
struct command *script_add(struct script *s, unsigned core, enum unit_kind unit);
struct command *script_load(struct script *s, unsigned core, uint64_t address, uint64_t bytes);
struct command *script_store(struct script *s, unsigned core, uint64_t address, uint64_t bytes);
struct command *script_matrix(struct script *s, unsigned core, uint64_t cycles);
struct command *script_vector(struct script *s, unsigned core, uint64_t cycles);
struct command *script_barrier(struct script *s, unsigned core);
/* The command waits for all that are in the core's queue of `unit` already. */
void script_wait_all(struct script *s, unsigned core, struct command *c, enum unit_kind unit);

bool script_run(struct script *s);
/* Runs and fails the test on an error; checks what holds for every run. */
void script_run_ok(struct script *s);

/* The n-th command of a core's unit, over all kernels. */
const struct script_entry *script_entry(const struct script *s, unsigned core, enum unit_kind unit,
					size_t n);

#endif
