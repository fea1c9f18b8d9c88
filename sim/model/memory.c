/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the memory's implementation by standard and policy, and forwards to it. */
#include "model/memory.h"

#include "dram/standard.h"

#include "model/memory_ops.h"

struct memory *memory_new(const struct machine *m, struct event_queue *events,
			  const struct memory_client *client, struct err *err)
{
	const struct dram_standard *s = machine_dram_standard(m);

	if (!s)
		return ideal_new(m, events, client, err);
	if (m->hbm_policy == HBM_POLICY_RAMULATOR21)
		return ram21_new(m, s, events, client, err);
	return hbm_new(m, s, events, client, err);
}

bool memory_check(const struct machine *m, struct err *err)
{
	struct event_queue *events = event_queue_new(ENGINE_FAST);
	struct memory *mem = memory_new(m, events, &(struct memory_client){ .context = NULL }, err);
	bool ok = mem != NULL;

	memory_free(mem);
	event_queue_free(events);
	return ok;
}

void memory_free(struct memory *mem)
{
	if (mem)
		mem->ops->free(mem);
}

unsigned memory_n_ports(const struct memory *mem)
{
	return mem->n_ports;
}

void memory_locate(const struct memory *mem, struct packet *p)
{
	mem->ops->locate(mem, p);
}

void memory_offer(struct memory *mem, struct packet *p)
{
	mem->ops->offer(mem, p);
}

void memory_flush(struct memory *mem)
{
	mem->ops->flush(mem);
}

bool memory_is_drained(const struct memory *mem)
{
	return mem->n_held == 0;
}

uint64_t memory_end_ps(const struct memory *mem)
{
	return mem->end_ps;
}

void memory_account(struct memory *mem, uint64_t end_ps, struct hbm_account *out)
{
	if (mem->n_held != 0 || end_ps < mem->end_ps)
		BUG("memory closed at %" PRIu64 " ps with %" PRIu64 " packets held, last burst at %"
		    PRIu64 " ps", end_ps, mem->n_held, mem->end_ps);
	mem->ops->account(mem, end_ps, out);
}

void memory_add_account(struct hbm_account *to, const struct hbm_account *channel)
{
#define X(name, help) to->name += channel->name;
	HBM_COUNT_LIST(X)
	HBM_DETAIL_LIST(X)
#undef X
	for (unsigned c = 0; c < N_HBM_CLASSES; c++)
		to->class_ticks[c] += channel->class_ticks[c];
	to->total_ticks += channel->total_ticks;
}

unsigned memory_n_channels(const struct memory *mem)
{
	return mem->n_channels;
}

void memory_channel_account(const struct memory *mem, unsigned channel, struct hbm_account *out)
{
	BUG_ON(channel >= mem->n_channels);
	*out = mem->channels[channel];
}

void memory_watch(struct memory *mem, dram_command_fn fn, void *context)
{
	mem->ops->watch(mem, fn, context);
}

uint64_t memory_command_ps(const struct memory *mem, const struct dram_command *c)
{
	return mem->ops->command_ps(mem, c);
}

struct dram_command dram_command_in(const struct dram_standard *s, unsigned bank,
				    struct dram_command c)
{
	unsigned group = bank / s->banks_per_group;

	c.stack_id = (uint8_t)(group / s->bank_groups);
	c.bank_group = (uint8_t)(group % s->bank_groups);
	c.bank = (uint8_t)(bank % s->banks_per_group);
	return c;
}
