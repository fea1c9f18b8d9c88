/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contention for the scratchpad's ports.  The rule: within the span of a compute
 * command, its own bytes and all bytes that others moved in that span must fit
 * through the ports.  DMA bytes count at the instant at which a packet's last byte
 * crosses the core's port; the other compute unit's bytes evenly over its planned
 * cycles.  DMA is never held up by it: its buffers absorb the difference.  An access
 * takes whole lines of banks; which banks is not looked at.
 */
#include "model/spad.h"

void spad_init(struct spad *s, const struct machine *m, const struct event_queue *events,
	       const struct clock *noc_clock)
{
	BUG_ON(m->spad_bytes_per_cycle < m->spad_banks);
	*s = (struct spad){
		.events = events,
		.noc_clock = noc_clock,
		.bytes_per_cycle = m->spad_bytes_per_cycle,
		.line_bytes = clock_divisor(m->spad_bytes_per_cycle / m->spad_banks),
	};
}

void spad_release(struct spad *s)
{
	for (unsigned d = 0; d < N_SPAD_DMA; d++)
		ledger_release(&s->coming[d]);
}

/* Counts the DMA bytes that are through by now. */
void spad_settle(struct spad *s)
{
	uint64_t edge = clock_edge_at_or_before(s->noc_clock, event_now(s->events));

	for (unsigned d = 0; d < N_SPAD_DMA; d++) {
		struct ledger *l = &s->coming[d];

		for (; l->n > 0 && ledger_first(l).edge <= edge; ledger_pop(l))
			s->dma_bytes += ledger_first(l).bytes;
	}
}

/* Bytes that a user has moved until an edge of the core's clock. */
static uint64_t user_bytes(const struct spad *s, enum spad_user user, uint64_t edge)
{
	const struct spad_command *c = &s->command[user];
	uint64_t bytes = s->user_bytes[user];

	if (!c->is_running)
		return bytes;
	if (edge - c->start_edge >= c->planned_cycles)
		return bytes + c->bytes;
	return bytes + mul_div_u64(c->bytes, edge - c->start_edge, c->planned_cycles);
}

static uint64_t others_bytes(struct spad *s, enum spad_user user, uint64_t edge)
{
	uint64_t bytes;

	spad_settle(s);
	bytes = s->dma_bytes;
	for (unsigned other = 0; other < N_SPAD_USERS; other++)
		if (other != user)
			bytes += user_bytes(s, other, edge);
	return bytes;
}

void spad_compute_start(struct spad *s, enum spad_user user, uint64_t edge, uint64_t own_cycles,
			uint64_t bytes)
{
	s->command[user] = (struct spad_command){
		.is_running = true,
		.start_edge = edge,
		.own_cycles = own_cycles,
		.planned_cycles = max_u64(own_cycles, ceil_div_u64(bytes, s->bytes_per_cycle)),
		.bytes = bytes,
		.others_before = others_bytes(s, user, edge),
	};
}

uint64_t spad_compute_cycles(struct spad *s, enum spad_user user, uint64_t edge)
{
	const struct spad_command *c = &s->command[user];
	uint64_t stolen = others_bytes(s, user, edge) - c->others_before;

	if (c->bytes == 0) /* works out of the accumulators alone */
		return c->own_cycles;
	return max_u64(c->own_cycles, ceil_div_u64(c->bytes + stolen, s->bytes_per_cycle));
}

void spad_compute_end(struct spad *s, enum spad_user user)
{
	s->user_bytes[user] += s->command[user].bytes;
	s->command[user].is_running = false;
}
