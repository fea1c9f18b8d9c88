/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an implementation of memory.h provides; memory.c chooses and forwards.  An
 * implementation's struct begins with a struct memory.
 */
#ifndef MEMSIM_MODEL_MEMORY_OPS_H
#define MEMSIM_MODEL_MEMORY_OPS_H

#include "model/memory.h"

struct memory_ops {
	void (*free)(struct memory *mem);
	void (*locate)(const struct memory *mem, struct packet *p);
	void (*offer)(struct memory *mem, struct packet *p);
	void (*flush)(struct memory *mem);
	void (*account)(struct memory *mem, uint64_t end_ps, struct hbm_account *out);
	void (*watch)(struct memory *mem, dram_command_fn fn, void *context);
	uint64_t (*command_ps)(const struct memory *mem, const struct dram_command *c);
};

struct memory {
	const struct memory_ops *ops;
	unsigned n_ports, n_channels;
	uint64_t n_held; /* packets offered and not yet scheduled */
	uint64_t end_ps; /* of the last burst so far */
	struct hbm_account *channels; /* n_channels of them, filled by account() */
};

/* Adds what is a sum over channels. */
void memory_add_account(struct hbm_account *to, const struct hbm_account *channel);

struct memory *ideal_new(const struct machine *m, struct event_queue *events,
			 const struct memory_client *client, struct err *err);

struct memory *hbm_new(const struct machine *m, const struct dram_standard *standard,
		       struct event_queue *events, const struct memory_client *client,
		       struct err *err);

struct memory *ram21_new(const struct machine *m, const struct dram_standard *standard,
			 struct event_queue *events, const struct memory_client *client,
			 struct err *err);

#endif
