/* SPDX-License-Identifier: Apache-2.0 */
/* The counter of bandwidth, from the memory's column commands. */
#include "run/timeline_counters.h"

#include <stdio.h>

#define PS_PER_US 1000000

static void tell(struct bandwidth_counter *c, uint64_t us, uint64_t read, uint64_t write)
{
	char args[96];

	if (read == c->told_read && write == c->told_write)
		return;
	c->told_read = read;
	c->told_write = write;
	if (!events_want(c->events, us * PS_PER_US, (us + 1) * PS_PER_US))
		return;
	snprintf(args, sizeof(args), "\"read\": %" PRIu64 ", \"write\": %" PRIu64, read, write);
	events_counter(c->events, us * PS_PER_US, "HBM, MB/s", args);
}

/* To the microsecond `us`: tells the one before, and nothing moved in those between. */
static void advance(struct bandwidth_counter *c, uint64_t us)
{
	tell(c, c->us, c->read_bytes, c->write_bytes);
	if (us > c->us + 1)
		tell(c, c->us + 1, 0, 0);
	c->us = us;
	c->read_bytes = c->write_bytes = 0;
}

static void on_effect(void *context, uint64_t time_ps, const struct dram_command *command)
{
	struct bandwidth_counter *c = context;

	if (time_ps / PS_PER_US > c->us)
		advance(c, time_ps / PS_PER_US);
	switch ((enum dram_command_kind)command->command) {
	case DRAM_RD:
	case DRAM_RDA: c->read_bytes += c->burst_bytes; break;
	case DRAM_WR:
	case DRAM_WRA: c->write_bytes += c->burst_bytes; break;
	default: break;
	}
}

void bandwidth_open(struct bandwidth_counter *c, const struct machine *m,
		    struct timeline_events *e)
{
	*c = (struct bandwidth_counter){ .events = e };
	if (!machine_dram_standard(m))
		return;
	c->burst_bytes = machine_burst_bytes(m);
	dram_order_init(&c->order, m, on_effect, c);
}

void bandwidth_command(struct bandwidth_counter *c, const struct dram_command *command)
{
	dram_order_command(&c->order, command);
}

void bandwidth_close(struct bandwidth_counter *c)
{
	if (!c->burst_bytes)
		return;
	dram_order_end(&c->order);
	advance(c, c->us + 2);
}
