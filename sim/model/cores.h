/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All cores of the device with their units: commands are drawn in program order into
 * one in-order queue a unit, start when their waits are met, and end.  Every cycle of
 * every core is put into its class as the state changes.
 */
#ifndef MEMSIM_MODEL_CORES_H
#define MEMSIM_MODEL_CORES_H

#include "base/err.h"
#include "config/machine.h"
#include "engine/event.h"
#include "model/core_source.h"
#include "model/dma.h"

struct cores_setup {
	const struct machine *machine;
	struct event_queue *events;
	const struct command_source *source;
	struct command_watch watch;
	bool compute_is_free; /* compute commands take no time, but keep their order */
	bool memory_is_free;  /* loads, stores, meetings and barriers take no time */
};

struct cores;
struct cores *cores_new(const struct cores_setup *setup, struct err *err);
void cores_free(struct cores *c);
struct dma *cores_dma(const struct cores *c);

/* The cores are in `launch` until the release; cycles are charged to `account`, tensor bytes
 * to `tensors`. */
void cores_begin_kernel(struct cores *c, struct kernel_account *account,
			struct tensor_account *tensors);
void cores_release(struct cores *c);
bool cores_are_done(const struct cores *c); /* every command of the kernel is complete */
/* The last event left every core as it was, and packets are under way: there is nothing to
 * settle, no kernel has ended and nothing is stuck. */
bool cores_are_quiet(const struct cores *c);
/* Settles the classes after an event. */
void cores_settle(struct cores *c);
/* Charges every cycle before `edge`. */
void cores_close_account(struct cores *c, uint64_t edge);

/* Nothing under way could still complete a command; packets may wait in the memory. */
bool cores_wait_for_memory_only(const struct cores *c);
/* Grows whenever a command or a packet moves. */
uint64_t cores_progress(const struct cores *c);
/* "core 2: matrix command 5 waits for load command 7": the first that is stuck. */
void cores_describe_wait(const struct cores *c, char *text, size_t size);

#endif
