/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The DMA units of all cores (one load and one store unit each), the packets that they
 * have under way, and the crossbar and memory that these cross.  A unit issues one
 * transfer at a time; the next may start as soon as all packets of the one before are
 * issued.  A multicast transfer starts when every member's load unit has come to it.
 */
#ifndef MEMSIM_MODEL_DMA_H
#define MEMSIM_MODEL_DMA_H

#include "base/err.h"
#include "config/machine.h"
#include "ir/account.h"
#include "model/memory.h"
#include "model/spad.h"

enum dma_state {
	DMA_READY,     /* takes the next transfer */
	DMA_GATHERING, /* waits for the other members of a multicast */
	DMA_ISSUING,   /* sets up and issues, or is held back by its window */
};

/* Told to the cores; `index` is the one given to dma_begin(). */
struct dma_client {
	void *context;
	void (*started)(void *context, uint32_t core, enum unit_kind unit, uint64_t index);
	void (*issued)(void *context, uint32_t core, enum unit_kind unit);
	/* All bytes have arrived (load), or are acknowledged (store); maybe before those of an
	 * earlier transfer of the unit. */
	void (*finished)(void *context, uint32_t core, enum unit_kind unit, uint64_t index);
	/* Part of a transfer; NULL: nobody asks. */
	void (*delivered)(void *context, uint32_t core, enum unit_kind unit, uint64_t index,
			  uint64_t bytes);
};

/* What the units count; the kernel's and the tensors' accounts change hands at kernel starts. */
struct dma_accounts {
	struct kernel_account *kernel;
	struct tensor_account *tensors;
	uint64_t asked_bytes, delivered_bytes;
};

struct dma;
/* Makes the memory, too; NULL, with err set, when that cannot be. */
struct dma *dma_new(const struct machine *m, struct event_queue *events,
		    const struct dma_client *client, struct err *err);
void dma_free(struct dma *dma);
struct memory *dma_memory(const struct dma *dma);
const struct clock *dma_noc_clock(const struct dma *dma);
struct dma_accounts *dma_accounts(struct dma *dma);
/* Where a core's DMA bytes are charged; before its first transfer. */
void dma_set_spad(struct dma *dma, uint32_t core, struct spad *spad);

enum dma_state dma_unit_state(const struct dma *dma, uint32_t core, enum unit_kind unit);
/* The unit is ready.  The transfer need not outlive the call. */
void dma_begin(struct dma *dma, uint32_t core, enum unit_kind unit, uint64_t index,
	       const struct transfer *t, bool is_on_spad);

/* Members that a gathering core's multicast still lacks. */
uint32_t dma_missing_members(const struct dma *dma, uint32_t core);

/* Anything under way that will bring an event: own events, and packets. */
uint64_t dma_events_pending(const struct dma *dma);
uint64_t dma_packets_pending(const struct dma *dma);
/* Grows whenever a packet moves. */
uint64_t dma_progress(const struct dma *dma);

#endif
