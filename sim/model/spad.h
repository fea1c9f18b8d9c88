/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of one core's scratchpad: so many bytes a cycle, shared by the DMA units
 * (whose bytes come when they come) and the two compute units (which are held up).  Each
 * bank passes its share of them as one line, and an access takes whole lines.
 */
#ifndef MEMSIM_MODEL_SPAD_H
#define MEMSIM_MODEL_SPAD_H

#include "config/machine.h"
#include "engine/clock.h"
#include "engine/event.h"
#include "model/dma_ledger.h"

enum spad_dma { SPAD_DMA_IN, SPAD_DMA_OUT, N_SPAD_DMA };
enum spad_user { SPAD_MATRIX, SPAD_VECTOR, N_SPAD_USERS };

/* A compute command moves its bytes evenly over its planned cycles, from its start. */
struct spad_command {
	bool is_running;
	uint64_t start_edge;     /* core clock */
	uint64_t own_cycles;     /* of the unit, undisturbed */
	uint64_t planned_cycles; /* the larger of own_cycles and what its bytes need */
	uint64_t bytes;
	uint64_t others_before;  /* what the others had moved when it started */
};

struct spad {
	const struct event_queue *events;
	const struct clock *noc_clock;
	uint64_t bytes_per_cycle;
	struct clock_divisor line_bytes; /* of a bank */
	struct ledger coming[N_SPAD_DMA]; /* edges of the interconnect */
	uint64_t dma_bytes;               /* through the ports so far */
	uint64_t user_bytes[N_SPAD_USERS]; /* of finished commands */
	struct spad_command command[N_SPAD_USERS];
};

void spad_init(struct spad *s, const struct machine *m, const struct event_queue *events,
	       const struct clock *noc_clock);
void spad_release(struct spad *s);

/* What `bytes` of one span or packet take of the ports. */
static inline uint64_t spad_port_bytes(const struct spad *s, uint64_t bytes)
{
	return clock_ceil_divide(bytes, &s->line_bytes) * s->line_bytes.by;
}

void spad_settle(struct spad *s);
/* DMA bytes will be through the port at an edge of the interconnect; ascending per direction. */
static inline void spad_dma(struct spad *s, enum spad_dma direction, uint64_t noc_edge,
			    uint64_t bytes)
{
	if (ledger_is_full(&s->coming[direction]))
		spad_settle(s);
	ledger_add(&s->coming[direction], noc_edge, spad_port_bytes(s, bytes));
}

/* `bytes`: of the ports, summed over the command's spans. */
void spad_compute_start(struct spad *s, enum spad_user user, uint64_t edge, uint64_t own_cycles,
			uint64_t bytes);
/* Cycles that the running command needs from its start, by all that has passed until now,
 * an edge of the core's clock. */
uint64_t spad_compute_cycles(struct spad *s, enum spad_user user, uint64_t edge);
void spad_compute_end(struct spad *s, enum spad_user user);

#endif
