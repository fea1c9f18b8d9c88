/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run: releases the kernels one after the other, runs the events, notices when
 * nothing can move any more, and closes the accounts.  It decides when kernels begin
 * and what the run's end is; what happens inside a kernel is the components'.
 */
#include "run/run_commands.h"

#include <stdlib.h>

#include "base/fault.h"
#include "base/mem.h"
#include "engine/clock.h"
#include "engine/event.h"
#include "model/cores.h"

/* Memory events without a packet or command moving after which the run is called stuck. */
#define STUCK_EVENTS UINT64_C(20000000)
#define STUCK_STEP 1024 /* events between two looks at that, while packets are under way */

struct run {
	const struct run_setup *setup;
	size_t n_kernels;
	struct result *result;
	struct event_queue *events;
	struct clock clock;
	struct cores *cores;
	size_t kernel;      /* the present one; n_kernels when all are done */
	bool is_released;
	uint64_t last_progress, last_progress_event;
};

static struct memory *run_memory(const struct run *r)
{
	return dma_memory(cores_dma(r->cores));
}

static uint64_t edge_of(const struct run *r, uint64_t ps)
{
	return clock_edge_at_or_after(&r->clock, ps);
}

/* Kernels. */

static void release_kernel(void *context, uint64_t argument)
{
	struct run *r = context;

	(void)argument;
	r->is_released = true;
	r->setup->source->start_kernel(r->setup->source->context, r->kernel);
	cores_release(r->cores);
}

static void begin_kernel(struct run *r, uint64_t release_ps)
{
	struct kernel_account *account = &r->result->kernels[r->kernel];
	const struct run_setup *setup = r->setup;

	account->start_ps = event_now(r->events);
	account->start_cycle = edge_of(r, account->start_ps);
	account->release_ps = release_ps;
	r->is_released = false;
	if (setup->watch.kernel != NULL)
		setup->watch.kernel(setup->watch.context, r->kernel);
	if (setup->progress != NULL)
		setup->progress(setup->progress_context, r->kernel, r->n_kernels);
	cores_begin_kernel(r->cores, account, r->result->tensors);
	cores_settle(r->cores);
	event_at(r->events, release_ps, EVENT_COMPLETE, release_kernel, r, 0);
}

/* Kernel k + 1: not before the gap after k's end, nor before a launch after k's release. */
static void end_kernel(struct run *r)
{
	struct kernel_account *account = &r->result->kernels[r->kernel];
	uint64_t release_ps;

	account->end_ps = event_now(r->events);
	account->end_cycle = edge_of(r, account->end_ps);
	cores_close_account(r->cores, account->end_cycle);
	if (r->kernel + 1 == r->n_kernels) {
		memory_flush(run_memory(r));
		r->kernel++;
		return;
	}
	release_ps = max_u64(account->end_ps + r->setup->machine->gap_ps,
			     account->release_ps + r->setup->machine->launch_ps);
	r->kernel++;
	begin_kernel(r, release_ps);
}

/* Being stuck. */

static bool is_stuck(struct run *r)
{
	uint64_t progress = cores_progress(r->cores);
	uint64_t events = event_count(r->events);

	if (progress != r->last_progress) {
		r->last_progress = progress;
		r->last_progress_event = events;
	}
	if (!r->is_released || r->kernel == r->n_kernels ||
	    !cores_wait_for_memory_only(r->cores))
		return false;
	return dma_packets_pending(cores_dma(r->cores)) == 0 ||
	       events - r->last_progress_event > STUCK_EVENTS;
}

static bool fail_stuck(const struct run *r, struct err *err)
{
	const struct command_source *source = r->setup->source;
	char wait[256];

	cores_describe_wait(r->cores, wait, sizeof(wait));
	return err_set(err, ERR_WORKLOAD, "kernel %zu (%s): no progress possible at %" PRIu64
		       " ps: %s", r->kernel, source->kernel_name(source->context, r->kernel),
		       event_now(r->events), wait);
}

static bool is_over(const struct run *r)
{
	return r->kernel == r->n_kernels && memory_is_drained(run_memory(r));
}

static bool run_events(struct run *r, struct err *err)
{
	while (!is_over(r)) {
		bool ran = event_run_next(r->events);

		if (ran && cores_are_quiet(r->cores) && event_count(r->events) % STUCK_STEP != 0)
			continue;
		cores_settle(r->cores);
		if (event_overflowed(r->events))
			return err_set(err, ERR_LIMIT, "simulated time passes the horizon of "
				       "9223372036854775807 ps");
		if (r->kernel < r->n_kernels && r->is_released && cores_are_done(r->cores))
			end_kernel(r);
		else if (!ran && r->kernel == r->n_kernels)
			BUG("the memory never drains");
		else if (!ran || is_stuck(r))
			return fail_stuck(r, err);
	}
	return true;
}

/* Closing. */

static void add_core_account(struct core_account *to, const struct core_account *from)
{
	for (unsigned i = 0; i < N_CORE_CLASSES; i++)
		to->cycles[i] += from->cycles[i];
	to->overlapped += from->overlapped;
	to->compute_throttled += from->compute_throttled;
}

/* Every cycle of every core is in one class, every byte at the pins has one cause. */
static void check_kernel(const struct run *r, size_t k)
{
	const struct kernel_account *a = &r->result->kernels[k];
	uint64_t cycles = 0, bytes = 0;

	for (unsigned i = 0; i < N_CORE_CLASSES; i++)
		cycles += a->core.cycles[i];
	for (unsigned i = 0; i < N_TRAFFIC; i++)
		bytes += a->bytes[i];
	if (cycles != r->setup->machine->core_count * (a->end_cycle - a->start_cycle) &&
	    !fault_is("lost-cycle"))
		BUG("kernel %zu: classes sum to %" PRIu64 " core cycles", k, cycles);
	if (bytes != a->read_bytes + a->write_bytes)
		BUG("kernel %zu: %" PRIu64 " bytes at the pins, causes sum to %" PRIu64, k,
		    a->read_bytes + a->write_bytes, bytes);
}

static void check_result(const struct run *r)
{
	const struct result *result = r->result;
	uint64_t bytes = 0;

	for (size_t k = 0; k < result->n_kernels; k++) {
		check_kernel(r, k);
		bytes += result->kernels[k].read_bytes + result->kernels[k].write_bytes;
	}
	if (bytes != result->hbm.read_bytes + result->hbm.write_bytes + result->hbm.forwarded_bytes)
		BUG("kernels moved %" PRIu64 " bytes, the memory %" PRIu64, bytes,
		    result->hbm.read_bytes + result->hbm.write_bytes);
	if (result->asked_bytes != result->delivered_bytes && !fault_is("drop-byte"))
		BUG("asked for %" PRIu64 " bytes, delivered %" PRIu64, result->asked_bytes,
		    result->delivered_bytes);
}

/* The run ends when every write is on the bus. */
static void stretch_last_kernel(struct run *r, struct kernel_account *last)
{
	last->end_ps = max_u64(last->end_ps, memory_end_ps(run_memory(r)));
	last->end_cycle = edge_of(r, last->end_ps);
	cores_close_account(r->cores, last->end_cycle);
	r->result->end_ps = last->end_ps;
	r->result->cycles = last->end_cycle;
}

static void close_memory(struct run *r)
{
	struct result *result = r->result;
	struct memory *mem = run_memory(r);

	memory_account(mem, result->end_ps, &result->hbm);
	result->n_hbm_channels = memory_n_channels(mem);
	result->hbm_channels = xcalloc(result->n_hbm_channels, sizeof(*result->hbm_channels));
	for (unsigned i = 0; i < result->n_hbm_channels; i++)
		memory_channel_account(mem, i, &result->hbm_channels[i]);
}

static void close_result(struct run *r)
{
	struct result *result = r->result;
	const struct dma_accounts *moved = dma_accounts(cores_dma(r->cores));

	if (r->n_kernels > 0)
		stretch_last_kernel(r, &result->kernels[r->n_kernels - 1]);
	for (size_t k = 0; k < result->n_kernels; k++)
		add_core_account(&result->core, &result->kernels[k].core);
	close_memory(r);
	result->asked_bytes = moved->asked_bytes;
	result->delivered_bytes = moved->delivered_bytes;
	result->events = event_count(r->events);
	check_result(r);
}

static bool set_up(struct run *r, struct err *err)
{
	const struct run_setup *from = r->setup;
	struct cores_setup setup = {
		.machine = from->machine,
		.events = r->events,
		.source = from->source,
		.watch = from->watch,
		.compute_is_free = from->compute_is_free,
		.memory_is_free = from->memory_is_free,
	};

	r->cores = cores_new(&setup, err);
	if (r->cores == NULL)
		return false;
	if (from->dram_watch != NULL)
		memory_watch(run_memory(r), from->dram_watch, from->dram_context);
	clock_init(&r->clock, from->machine->core_hz);
	return true;
}

static bool run_all(struct run *r, struct err *err)
{
	if (!set_up(r, err))
		return false;
	if (r->n_kernels > 0)
		begin_kernel(r, r->setup->machine->launch_ps);
	if (!run_events(r, err))
		return false;
	close_result(r);
	return true;
}

bool run_commands(const struct run_setup *setup, struct result *out, struct err *err)
{
	struct run r = {
		.setup = setup,
		.n_kernels = setup->source->n_kernels,
		.result = out,
		.events = event_queue_new(setup->engine),
	};
	bool ok;

	*out = (struct result){
		.kernels = xcalloc(r.n_kernels, sizeof(*out->kernels)),
		.n_kernels = r.n_kernels,
		.tensors = xcalloc(setup->n_tensors, sizeof(*out->tensors)),
		.n_tensors = setup->n_tensors,
	};
	ok = run_all(&r, err);
	cores_free(r.cores);
	event_queue_free(r.events);
	return ok;
}

void result_free(struct result *r)
{
	free(r->hbm_channels);
	free(r->kernels);
	free(r->tensors);
	*r = (struct result){ 0 };
}
