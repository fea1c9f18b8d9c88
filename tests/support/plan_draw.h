/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Draws a plan to its last command without simulating it, and checks each command on the
 * way: spans inside the memories, waits on earlier commands only, transfers that name
 * every byte, multicast groups that agree.
 */
#ifndef MEMSIM_TESTS_PLAN_DRAW_H
#define MEMSIM_TESTS_PLAN_DRAW_H

#include "config/machine.h"
#include "plan/plan.h"

#define DRAWN_TENSORS 32

struct drawn {
	uint64_t read_bytes, write_bytes; /* asked, multicast loads once */
	uint64_t bytes[N_TRAFFIC];
	uint64_t macs, products; /* matrix commands */
	uint64_t vector_ops;
	uint64_t commands;
	/* of the first tensors, by index: as above, and by stores */
	uint64_t tensor_reads[DRAWN_TENSORS], tensor_writes[DRAWN_TENSORS];
};

/* A small machine with every default, ideal memory. */
struct machine draw_machine(void);
/* Statements without the first line and end-of-trace, NULL-terminated; must be right. */
struct graph *draw_graph(const char *const *lines);
/* Draws all kernels, core by core; fails the test on a bad command; sums of kernel k. */
void draw_plan(const struct graph *g, const struct machine *m, struct plan *p, size_t k,
	       struct drawn *out);

#endif
