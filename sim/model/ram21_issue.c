/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command changes once ram21_tick.c has chosen it: the rules' ready times and its bus,
 * open rows, the queues, the counts, and the account of the data bus.
 */
#include "model/ram21.h"

#include <string.h>

static void tell(struct ram21_pc *pc, enum dram_command_kind c, unsigned bank, uint32_t row,
		 uint32_t column, uint64_t tick)
{
	const struct ram21 *ram = pc->channel->ram;
	const struct dram_standard *s = ram->timing.standard;
	struct dram_command command;

	if (ram->watch == NULL)
		return;
	command = dram_command_in(s, bank, (struct dram_command){
		.tick = tick,
		.channel = pc->channel->id,
		.command = (uint8_t)c,
		.pseudo_channel = pc->index,
		.row = row,
		.column = column,
	});
	ram->watch(ram->watch_context, &command);
}

static void issue(struct ram21_pc *pc, enum dram_command_kind c, unsigned bank, uint64_t tick)
{
	struct ram21_channel *ch = pc->channel;
	const struct dram_command_form *form = &ch->ram->timing.standard->commands[c];

	dram_issue(&pc->state, c, bank, tick);
	ch->bus_free[form->bus] = tick + form->ticks;
	ch->wake = 0; /* everything may be different at the next tick */
}

static void issue_row(struct ram21_pc *pc, enum dram_command_kind c, unsigned bank, uint64_t tick)
{
	struct ram21_channel *ch = pc->channel;

	issue(pc, c, bank, tick);
	ch->pairing = (struct ram21_pairing){
		.pc = pc,
		.command = c,
		.bank = bank,
		.tick = tick + ch->ram->timing.standard->commands[c].ticks,
	};
}

static void close_row(struct ram21_pc *pc, unsigned bank, uint64_t tick)
{
	pc->channel->counts.open_bank_ticks += tick - pc->open_since[bank];
	pc->open_row[bank] = RAM21_NO_ROW;
	pc->n_open--;
}

void ram21_issue_precharge(struct ram21_pc *pc, unsigned bank, uint64_t tick)
{
	issue_row(pc, DRAM_PREpb, bank, tick);
	tell(pc, DRAM_PREpb, bank, pc->open_row[bank], 0, tick);
	close_row(pc, bank, tick);
	pc->channel->counts.precharges++;
}

void ram21_issue_precharge_all(struct ram21_pc *pc, uint64_t tick)
{
	issue_row(pc, DRAM_PREab, 0, tick);
	tell(pc, DRAM_PREab, 0, 0, 0, tick);
	for (unsigned bank = 0; bank < pc->state.timing->n_banks; bank++)
		if (pc->open_row[bank] != RAM21_NO_ROW)
			close_row(pc, bank, tick);
	pc->channel->counts.precharges++;
	pc->channel->counts.precharges_all++;
}

/* The channel waits from the moment that refreshes are due to the last of them. */
static void end_refreshes(struct ram21_channel *ch, uint64_t tick)
{
	for (unsigned p = 0; p < ch->ram->pcs_per_channel; p++)
		hbm_bus_refresh_ends(ch->pcs[p].bus, max_u64(ch->pcs[p].refreshed, tick + 1));
}

void ram21_issue_refresh(struct ram21_pc *pc, uint64_t tick)
{
	struct ram21_channel *ch = pc->channel;

	issue_row(pc, DRAM_REFab, 0, tick);
	tell(pc, DRAM_REFab, 0, 0, 0, tick);
	ch->counts.refreshes++;
	pc->refreshed = tick + ch->ram->times.rfc_ticks;
	ch->refresh_pc = (ch->refresh_pc + 1) % ch->ram->pcs_per_channel;
	if (--ch->n_refreshes == 0)
		end_refreshes(ch, tick);
}

static void remove_at(struct ram21_list *list, size_t index)
{
	list->n--;
	memmove(&list->requests[index], &list->requests[index + 1],
		(list->n - index) * sizeof(*list->requests));
}

void ram21_issue_activate(struct ram21_list *queue, size_t index, uint64_t tick)
{
	struct ram21_request r = queue->requests[index];
	struct ram21_pc *pc = r.pc;
	struct ram21_list *active = &pc->channel->active;

	issue_row(pc, DRAM_ACT, r.bank, tick);
	tell(pc, DRAM_ACT, r.bank, r.row, 0, tick);
	pc->open_row[r.bank] = r.row;
	pc->open_since[r.bank] = tick;
	pc->n_open++;
	pc->channel->counts.activates++;
	remove_at(queue, index);
	active->requests[active->n++] = r; /* at most one a bank */
	pc->is_awaited[r.bank] = true;
	pc->n_awaited++;
}

void ram21_count_outcome(struct ram21_request *r)
{
	struct hbm_account *counts = &r->pc->channel->counts;
	uint32_t open_row = r->pc->open_row[r->bank];

	if (r->is_counted)
		return;
	r->is_counted = true;
	if (open_row == r->row)
		counts->row_hits++;
	else if (open_row == RAM21_NO_ROW)
		counts->row_misses++;
	else
		counts->row_conflicts++;
}

/* Before the column command is issued: the rules' ticks are those that it met. */
static void account_burst(const struct ram21_request *r, uint64_t tick)
{
	enum dram_command_kind c = ram21_column_command(r);
	enum hbm_direction d = ram21_direction(r);
	struct dram_state *state = &r->pc->state;
	struct dram_node *of_pc = dram_pc_node(state), *of_sid = dram_sid_node(state, r->bank),
			 *of_bg = dram_bg_node(state, r->bank);
	const struct dram_timing *t = state->timing;
	struct hbm_books *books = &r->pc->channel->ram->books;
	uint64_t turned = max_u64(max_u64(*dram_turned(of_pc, c), *dram_turned(of_bg, c)),
				  r->pc->channel->serves_since[d]);
	uint64_t spaced = max_u64(max_u64(of_pc->ready[c], of_bg->ready[c]), of_sid->ready[c]);
	/* What ends between the edges that the command may start on holds it to the next one. */
	const struct hbm_delay why = {
		.packet = r->of->packet,
		.accepted_tick = ram21_on_edge(t, c, r->arrive + 1),
		.row = ram21_on_edge(t, c, dram_bank_node(state, r->bank)->ready[c]),
		.turned = ram21_on_edge(t, c, turned),
		.column = ram21_on_edge(t, c, spaced),
	};

	hbm_busy_advance(&books->busy, tick);
	hbm_bus_burst(r->pc->bus, d, &why, tick);
}

static void count_burst(const struct ram21_request *r)
{
	struct hbm_account *counts = &r->pc->channel->counts;
	uint64_t bytes = r->pc->channel->ram->map.burst_bytes;

	if (r->of->packet->is_write) {
		counts->writes++;
		counts->write_bytes += bytes;
	} else {
		counts->reads++;
		counts->read_bytes += bytes;
	}
}

/* The policy is done with a write when its command goes, with a read at its data's end. */
static void finish_burst(const struct ram21_request *r, uint64_t tick)
{
	struct ram21 *ram = r->pc->channel->ram;
	struct ram21_packet *of = r->of;
	bool is_write = of->packet->is_write;
	uint64_t end = tick + (is_write ? ram->times.write_ticks : ram->times.read_ticks);

	ram->end_clk = max_u64(ram->end_clk, is_write ? tick : end);
	of->end_tick = max_u64(of->end_tick, end);
	if (--of->n_queued > 0 || of->at_door != 0)
		return;
	hbm_bus_waiting(r->pc->bus, tick, -1);
	ram21_fifo_add(&ram->done, of);
}

void ram21_issue_column(struct ram21_list *list, size_t index, uint64_t tick)
{
	struct ram21_request r = list->requests[index];
	enum dram_command_kind c = ram21_column_command(&r);

	account_burst(&r, tick);
	issue(r.pc, c, r.bank, tick);
	tell(r.pc, c, r.bank, r.row, r.column, tick);
	remove_at(list, index);
	if (list == &r.pc->channel->active) {
		r.pc->is_awaited[r.bank] = false;
		r.pc->n_awaited--;
	}
	count_burst(&r);
	finish_burst(&r, tick);
}
