/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts of commands and the fake memory.  Linked before the library, so that the
 * fake stands in for the models of sim/model/; one run at a time.
 */
#include "run_script.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/clock.h"

/* The memory. */

static struct fake_memory_settings settings;
static struct fake_memory_offer offers[SCRIPT_MAX_PACKETS];
static size_t n_offers;

struct memory {
	struct event_queue *events;
	struct memory_client client;
	uint64_t n_waiting, end_ps;
	struct hbm_account account;
};

struct fake_memory_settings *fake_memory_settings(void)
{
	return &settings;
}

const struct fake_memory_offer *fake_memory_offers(size_t *n)
{
	*n = n_offers;
	return offers;
}

struct memory *memory_new(const struct machine *m, struct event_queue *events,
			  const struct memory_client *client, struct err *err)
{
	struct memory *mem = xcalloc(1, sizeof(*mem));

	(void)m;
	(void)err;
	mem->events = events;
	mem->client = *client;
	n_offers = 0;
	return mem;
}

void memory_free(struct memory *mem)
{
	free(mem);
}

unsigned memory_n_ports(const struct memory *mem)
{
	(void)mem;
	return settings.n_ports;
}

void memory_locate(const struct memory *mem, struct packet *p)
{
	(void)mem;
	p->port = (uint32_t)(p->address / 512 % settings.n_ports);
}

static void accept(void *context, uint64_t argument)
{
	struct memory *mem = context;
	struct packet *p = (struct packet *)(uintptr_t)argument;
	uint64_t bytes = (uint64_t)__builtin_popcountll(p->burst_mask) * 32;
	uint64_t end_ps = event_now(mem->events) + settings.latency_ps;

	mem->n_waiting--;
	mem->end_ps = max_u64(mem->end_ps, end_ps);
	*(p->is_write ? &mem->account.write_bytes : &mem->account.read_bytes) += bytes;
	mem->client.accepted(mem->client.context, p);
	mem->client.scheduled(mem->client.context, p, end_ps);
}

void memory_offer(struct memory *mem, struct packet *p)
{
	uint64_t when_ps = event_now(mem->events) + settings.accept_ps;

	if (p->port == 0)
		when_ps += settings.slow_port_ps;
	if (n_offers < SCRIPT_MAX_PACKETS)
		offers[n_offers++] = (struct fake_memory_offer){ *p, event_now(mem->events) };
	mem->n_waiting++;
	if (!settings.loses_packets)
		event_at(mem->events, when_ps, EVENT_CONTROL, accept, mem, (uint64_t)(uintptr_t)p);
}

void memory_flush(struct memory *mem)
{
	(void)mem;
}

bool memory_is_drained(const struct memory *mem)
{
	return mem->n_waiting == 0;
}

uint64_t memory_end_ps(const struct memory *mem)
{
	return mem->end_ps;
}

void memory_account(struct memory *mem, uint64_t end_ps, struct hbm_account *out)
{
	(void)end_ps;
	*out = mem->account;
}

unsigned memory_n_channels(const struct memory *mem)
{
	(void)mem;
	return 1;
}

void memory_channel_account(const struct memory *mem, unsigned channel, struct hbm_account *out)
{
	(void)channel;
	*out = mem->account;
}

void memory_watch(struct memory *mem, dram_command_fn fn, void *context)
{
	(void)mem;
	(void)fn;
	(void)context;
}

/* The script. */

static void start_kernel(void *context, size_t kernel)
{
	struct script *s = context;

	for (unsigned i = 0; i < SCRIPT_MAX_CORES; i++) {
		struct script_core *c = &s->core[i];

		ck_assert_uint_eq(c->next, c->end);
		c->end = c->next + c->n_of_kernel[kernel];
	}
}

static bool next_command(void *context, uint32_t core, struct command *out)
{
	struct script *s = context;
	struct script_core *c = &s->core[core];

	if (c->next == c->end)
		return false;
	*out = c->entries[c->next++].command;
	return true;
}

static const char *kernel_name(void *context, size_t kernel)
{
	(void)context;
	(void)kernel;
	return "script";
}

static void watch_started(void *context, uint32_t core, uint64_t sequence, uint64_t now_ps)
{
	struct script *s = context;
	struct script_entry *e = &s->core[core].entries[sequence];

	ck_assert(!e->has_started);
	e->has_started = true;
	e->started_ps = now_ps;
}

static void watch_ended(void *context, uint32_t core, uint64_t sequence, uint64_t now_ps)
{
	struct script *s = context;
	struct script_entry *e = &s->core[core].entries[sequence];

	ck_assert(e->has_started && !e->has_ended);
	e->has_ended = true;
	e->ended_ps = now_ps;
}

static void watch_delivered(void *context, uint32_t core, uint64_t sequence, uint64_t bytes)
{
	struct script *s = context;

	s->core[core].entries[sequence].delivered_bytes += bytes;
}

static void set_machine(struct machine *m, unsigned n_cores)
{
	*m = (struct machine){
		.core_hz = 1000000000,
		.noc_hz = 1000000000,
		.core_count = n_cores,
		.matrix_m = 16,
		.matrix_n = 16,
		.matrix_k_f16 = 16,
		.matrix_efficiency_percent = 100,
		.vector_bytes_per_cycle = 512,
		.vector_cost_add = 1,
		.spad_bytes = 1 << 20,
		.spad_banks = 16,
		.spad_bytes_per_cycle = 1024,
		.packet_bytes = 512,
		.dma_window_bytes = 65536,
		.dma_bytes_per_cycle = 128,
		.noc_core_bytes_per_cycle = 128,
		.noc_memory_bytes_per_cycle = 64,
		.noc_latency_cycles = 10,
		.noc_barrier_cycles = 20,
		.hbm_standard = HBM_STANDARD_IDEAL,
	};
}

void script_init(struct script *s, unsigned n_cores)
{
	memset(s, 0, sizeof(*s));
	set_machine(&s->machine, n_cores);
	s->n_kernels = 1;
	for (unsigned i = 0; i < n_cores; i++)
		s->core[i].entries = xcalloc(SCRIPT_MAX_COMMANDS, sizeof(struct script_entry));
	settings = (struct fake_memory_settings){ .latency_ps = 100000, .n_ports = 1 };
}

void script_release(struct script *s)
{
	for (unsigned i = 0; i < SCRIPT_MAX_CORES; i++)
		free(s->core[i].entries);
	result_free(&s->result);
}

void script_next_kernel(struct script *s)
{
	s->n_kernels++;
	for (unsigned i = 0; i < SCRIPT_MAX_CORES; i++)
		memset(s->core[i].n_unit, 0, sizeof(s->core[i].n_unit));
}

struct command *script_add(struct script *s, unsigned core, enum unit_kind unit)
{
	struct script_core *c = &s->core[core];
	struct command *command;

	ck_assert_uint_lt(c->n, SCRIPT_MAX_COMMANDS);
	command = &c->entries[c->n++].command;
	c->n_of_kernel[s->n_kernels - 1]++;
	c->n_unit[unit]++;
	command->unit = unit;
	return command;
}

static struct command *add_transfer(struct script *s, unsigned core, enum unit_kind unit,
				    uint64_t address, uint64_t bytes)
{
	struct command *c = script_add(s, core, unit);

	c->transfer = (struct transfer){
		.address = address,
		.run_bytes = bytes,
		.count = { 1, 1, 1 },
		.bytes = { [TRAFFIC_COMPULSORY] = bytes },
	};
	return c;
}

struct command *script_load(struct script *s, unsigned core, uint64_t address, uint64_t bytes)
{
	struct command *c = add_transfer(s, core, UNIT_LOAD, address, bytes);

	c->writes[c->n_writes++] = (struct span){ .bytes = bytes };
	return c;
}

struct command *script_store(struct script *s, unsigned core, uint64_t address, uint64_t bytes)
{
	struct command *c = add_transfer(s, core, UNIT_STORE, address, bytes);

	c->reads[c->n_reads++] = (struct span){ .bytes = bytes };
	return c;
}

struct command *script_matrix(struct script *s, unsigned core, uint64_t cycles)
{
	struct command *c = script_add(s, core, UNIT_MATRIX);

	c->matrix.dtype = DTYPE_F16;
	c->matrix.work = (struct matrix_work){ 16 * cycles, 16, 16, 1 };
	return c;
}

struct command *script_vector(struct script *s, unsigned core, uint64_t cycles)
{
	struct command *c = script_add(s, core, UNIT_VECTOR);

	c->vector.bytes[VECTOR_ADD] = 512 * cycles;
	return c;
}

struct command *script_barrier(struct script *s, unsigned core)
{
	struct command *c = script_add(s, core, UNIT_VECTOR);

	c->is_barrier = true;
	return c;
}

void script_wait_all(struct script *s, unsigned core, struct command *c, enum unit_kind unit)
{
	c->waits[unit] = s->core[core].n_unit[unit] - (c->unit == unit);
}

static void forget_run(struct script *s)
{
	result_free(&s->result);
	memset(&s->err, 0, sizeof(s->err));
	for (unsigned i = 0; i < SCRIPT_MAX_CORES; i++) {
		struct script_core *c = &s->core[i];

		c->next = c->end = 0;
		for (size_t j = 0; j < c->n; j++)
			c->entries[j] = (struct script_entry){ .command = c->entries[j].command };
	}
}

bool script_run(struct script *s)
{
	struct run_setup setup = {
		.machine = &s->machine,
		.source = &s->source,
		.n_tensors = 1,
		.compute_is_free = s->compute_is_free,
		.memory_is_free = s->memory_is_free,
		.watch = {
			.context = s,
			.started = watch_started,
			.ended = watch_ended,
			.delivered = watch_delivered,
		},
	};

	forget_run(s);
	s->source = (struct command_source){
		s, s->n_kernels, start_kernel, next_command, kernel_name
	};
	return run_commands(&setup, &s->result, &s->err);
}

/* Waits of each command are met when it starts. */
static void check_waits(const struct script_entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (unsigned u = 0; u < N_UNITS; u++) {
			uint64_t seen = 0;

			for (size_t j = 0; j < i && seen < entries[i].command.waits[u]; j++) {
				if (entries[j].command.unit != u)
					continue;
				seen++;
				ck_assert_uint_le(entries[j].ended_ps, entries[i].started_ps);
			}
		}
	}
}

static bool is_dma(const struct script_entry *e)
{
	return e->command.unit == UNIT_LOAD || e->command.unit == UNIT_STORE;
}

static bool is_running(const struct script_entry *e, uint64_t ps)
{
	return e->started_ps <= ps && ps < e->ended_ps;
}

/* The first unfinished command of a unit, n if none; `lacks` demands that fewer commands of the
 * unit than that are complete. */
static size_t oldest_of(const struct script_entry *entries, size_t n, unsigned unit, uint64_t lacks,
			uint64_t ps)
{
	uint64_t complete = 0;

	for (size_t i = 0; i < n; i++) {
		if (entries[i].command.unit != unit)
			continue;
		if (entries[i].ended_ps > ps)
			return complete < lacks ? i : n;
		complete++;
	}
	return n;
}

static size_t first_waiting(const struct script_entry *entries, size_t n, uint64_t ps)
{
	size_t matrix = oldest_of(entries, n, UNIT_MATRIX, UINT64_MAX, ps);
	size_t vector = oldest_of(entries, n, UNIT_VECTOR, UINT64_MAX, ps);
	size_t store = oldest_of(entries, n, UNIT_STORE, UINT64_MAX, ps);

	if (matrix < n || vector < n)
		return matrix < vector ? matrix : vector;
	return store < n ? store : oldest_of(entries, n, UNIT_LOAD, UINT64_MAX, ps);
}

/* The class of a core at a time from the log alone: every command is in the queues. */
static enum core_class class_at(const struct script_entry *entries, size_t n, uint64_t ps)
{
	static const unsigned blame[N_UNITS] = { UNIT_LOAD, UNIT_STORE, UNIT_MATRIX, UNIT_VECTOR };
	size_t x = first_waiting(entries, n, ps);

	for (size_t i = 0; i < n; i++)
		if (!is_dma(&entries[i]) && !entries[i].command.is_barrier &&
		    is_running(&entries[i], ps))
			return CORE_COMPUTE;
	if (x == n)
		return CORE_IDLE;
	while (!is_running(&entries[x], ps)) {
		size_t next = n;

		for (unsigned i = 0; i < N_UNITS && next == n; i++)
			next = oldest_of(entries, n, blame[i],
					 entries[x].command.waits[blame[i]], ps);
		if (next == n)
			return CORE_STALL_SYNC;
		x = next;
	}
	if (is_dma(&entries[x]))
		return entries[x].command.unit == UNIT_LOAD ? CORE_STALL_LOAD : CORE_STALL_STORE;
	return CORE_STALL_SYNC;
}

/* Counts a core's cycles one by one. */
static void recount(const struct script *s, const struct script_entry *entries, size_t n,
		    uint64_t first_edge, uint64_t end_edge, struct core_account *into)
{
	struct clock clock;

	clock_init(&clock, s->machine.core_hz);
	for (uint64_t edge = first_edge; edge < end_edge; edge++) {
		uint64_t ps = clock_edge_ps(&clock, edge);
		enum core_class class = class_at(entries, n, ps);
		bool moves = false;

		for (size_t i = 0; i < n; i++)
			moves = moves || (is_dma(&entries[i]) && is_running(&entries[i], ps));
		into->cycles[class]++;
		into->overlapped += class == CORE_COMPUTE && moves;
	}
}

static void check_kernel(const struct script *s, size_t k, const size_t first[])
{
	const struct kernel_account *account = &s->result.kernels[k];
	struct core_account counted = { .overlapped = 0 };
	struct clock clock;
	uint64_t release;

	clock_init(&clock, s->machine.core_hz);
	release = clock_edge_at_or_after(&clock, account->release_ps);
	counted.cycles[CORE_LAUNCH] = s->machine.core_count * (release - account->start_cycle);
	for (unsigned i = 0; i < s->machine.core_count; i++) {
		const struct script_entry *entries = s->core[i].entries + first[i];

		check_waits(entries, s->core[i].n_of_kernel[k]);
		recount(s, entries, s->core[i].n_of_kernel[k], release, account->end_cycle,
			&counted);
	}
	for (unsigned i = 0; i < N_CORE_CLASSES; i++)
		ck_assert_msg(account->core.cycles[i] == counted.cycles[i],
			      "kernel %zu, class %u: %" PRIu64 ", counted %" PRIu64, k, i,
			      account->core.cycles[i], counted.cycles[i]);
	ck_assert_uint_eq(account->core.overlapped, counted.overlapped);
}

void script_run_ok(struct script *s)
{
	size_t first[SCRIPT_MAX_CORES] = { 0 };

	if (!script_run(s))
		ck_abort_msg("%s", s->err.text);
	for (unsigned i = 0; i < s->machine.core_count; i++)
		for (size_t j = 0; j < s->core[i].n; j++)
			ck_assert(s->core[i].entries[j].has_ended);
	for (size_t k = 0; k < s->n_kernels && !s->compute_is_free; k++) {
		check_kernel(s, k, first);
		for (unsigned i = 0; i < s->machine.core_count; i++)
			first[i] += s->core[i].n_of_kernel[k];
	}
}

const struct script_entry *script_entry(const struct script *s, unsigned core, enum unit_kind unit,
					size_t n)
{
	const struct script_core *c = &s->core[core];

	for (size_t i = 0; i < c->n; i++)
		if (c->entries[i].command.unit == unit && n-- == 0)
			return &c->entries[i];
	ck_abort_msg("core %u has no such command", core);
}
