/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device memory, as the interconnect sees it: packets are offered to a channel,
 * wait there in arrival order while the controller's queue is full, are accepted,
 * become DRAM commands, and their end is told ahead of time.
 *
 * The memory never calls "up" but through the two callbacks, and never moves the
 * clock: `now` comes from the event queue.  One implementation per standard family
 * (ideal, dram), chosen by memory_new().
 */
#ifndef MEMSIM_MODEL_MEMORY_H
#define MEMSIM_MODEL_MEMORY_H

#include "config/machine.h"
#include "dram/standard.h"
#include "engine/event.h"
#include "ir/account.h"

/* What a memory looks at while the packet waits comes first, in one line of the host's caches. */
struct packet {
	struct packet *next;    /* free to the holder: lists of interconnect and queues */
	uint64_t address;       /* of its aligned block of packet_bytes */
	uint64_t burst_mask;    /* bit i: the burst at address + i * burst_bytes is touched */
	uint64_t held_ps;       /* its DMA had it next, but its window was full; else = issued_ps */
	uint64_t issued_ps;     /* it entered the interconnect */
	uint64_t accepted_ps;   /* set by the memory */
	/* scratch of the memory from memory_locate() on: where its first burst lies; read data
	 * of one unit leave it in order of time, as a rule */
	uint32_t unit, row, bank, column;
	uint32_t port;          /* set by memory_locate(); its link to the interconnect */
	uint32_t bytes;         /* that the requester asked for; <= bursts * burst_bytes */
	bool is_write;
};

#define PACKET_LINE 64 /* of the host's caches; what follows a packet in its owner's lies in the next */
/* It will be wanted soon. */
static inline void packet_prefetch(const struct packet *p)
{
	__builtin_prefetch(p);
	__builtin_prefetch((const char *)p + PACKET_LINE);
}

struct memory_client {
	void *context;
	/* The controller has taken the packet into its queue (writes: send the acknowledgement). */
	void (*accepted)(void *context, struct packet *p);
	/* All bursts of the packet are scheduled; the last one's data ends at end_ps >= now.
	 * Called once.  The packet is the client's again. */
	void (*scheduled)(void *context, struct packet *p, uint64_t end_ps);
};

struct memory;
struct memory *memory_new(const struct machine *m, struct event_queue *events,
			  const struct memory_client *client, struct err *err);
void memory_free(struct memory *mem);
/* True if memory_new() would take the machine. */
bool memory_check(const struct machine *m, struct err *err);

/* Ports: packets of one port share its link to the interconnect. */
unsigned memory_n_ports(const struct memory *mem);
/* Finds where the packet's address lies, once; before it is offered. */
void memory_locate(const struct memory *mem, struct packet *p);

/* Now, at the memory's door.  Never refused: waits in order while the queue is full. */
void memory_offer(struct memory *mem, struct packet *p);

/* Requester side has nothing more to come: writes still queued are drained without waiting
 * for a watermark.  May be called at any event; later offers are allowed. */
void memory_flush(struct memory *mem);
/* Time at which the last burst so far ends; everything queued must have been scheduled. */
bool memory_is_drained(const struct memory *mem);
uint64_t memory_end_ps(const struct memory *mem);

/* Closes the accounts at the run's end (first tick at or after end_ps) and adds them up. */
void memory_account(struct memory *mem, uint64_t end_ps, struct hbm_account *out);
/* After that: the part of one channel (over all stacks); the parts sum to the whole, but
 * for ticks, busy_ticks and percentiles.  Ideal: one channel. */
unsigned memory_n_channels(const struct memory *mem);
void memory_channel_account(const struct memory *mem, unsigned channel, struct hbm_account *out);

/* Fields that do not apply to the command are 0.  The row of a PREpb is the one closed. */
struct dram_command {
	uint64_t tick;   /* first tick of the command */
	uint64_t decided; /* at which the controller chose to do it */
	uint32_t channel; /* over all stacks */
	uint8_t command; /* enum dram_command_kind */
	uint8_t pseudo_channel, stack_id, bank_group, bank;
	uint32_t row, column;
};
/* The same in a bank, by its number within the pseudo channel. */
struct dram_standard;
struct dram_command dram_command_in(const struct dram_standard *s, unsigned bank,
				    struct dram_command c);
typedef void (*dram_command_fn)(void *context, const struct dram_command *c);

/* Before the first offer: tells every DRAM command when it is final, in order of ticks over
 * all channels; the last ones at memory_account().  Changes no result.  Ideal: none come. */
void memory_watch(struct memory *mem, dram_command_fn fn, void *context);
/* When a command takes effect: its last clock edge, rounded down. */
uint64_t memory_command_ps(const struct memory *mem, const struct dram_command *c);

#endif
