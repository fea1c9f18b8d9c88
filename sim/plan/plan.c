/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as others see it: built whole, checked, then drawn from kernel by kernel. */
#include "plan/plan.h"

#include "base/mem.h"
#include "config/param.h"
#include "plan/internal.h"
#include "plan/memo.h"

#include <stdlib.h>


const char *schedule_name(enum schedule s)
{
	static const char *const names[N_SCHEDULES] = {
		[SCHEDULE_BASELINE] = "baseline",
		[SCHEDULE_TRACE] = "trace",
		[SCHEDULE_AUTO] = "auto",
	};

	return names[s];
}

static uint64_t weights_of(const struct graph *g)
{
	uint64_t sum = 0;

	for (uint32_t t = 0; t < g->n_tensors; t++)
		if (g->tensors[t].role == ROLE_WEIGHT && g->tensors[t].view == NO_INDEX)
			sum += tensor_bytes(g, t);
	return sum;
}

/* Tiles a kernel that has phases; they need not stay once that is done. */
void plan_tile_kernel(const struct plan *p, struct kernel_plan *k)
{
	const struct kernel_plan *like = &p->kernels[k->like];

	if (like == k) {
		kernel_choose(p, k);
	} else {
		k->spad_needs = like->spad_needs;
		if (k->spad_needs == 0 && k->variant == like->variant)
			kernel_tile_as(p, k, like->choices);
		else if (k->spad_needs == 0)
			kernel_rebuild(p, k, like->variant, like->choices);
	}
	if (k->spad_needs == 0)
		kernel_totals(p, k);
}

/* Phases and tiles of every kernel; kernels that are alike are searched once.  False: an
 * operator cannot run.  A kernel without a tile that fits has spad_needs set. */
static bool tile_kernels(struct plan *p, struct err *err)
{
	uint64_t gap_cycles = mul_div_u64(p->machine->gap_ps, p->machine->core_hz, 1000000000000);
	uint64_t queued_cycles = 0; /* of writes that the kernel before has left */
	struct memo *memo = memo_new();
	bool ok = true;

	for (size_t i = 0; ok && i < p->n_kernels; i++) {
		struct kernel_plan *k = &p->kernels[i];
		char key[33];

		k->variant = kernel_first_variant(p);
		ok = kernel_phases(p, k, err);
		if (!ok)
			break;
		memo_key(p, k, key);
		k->like = (uint32_t)memo_kernel(memo, key, i);
		plan_tile_kernel(p, k);
		if (k->spad_needs == 0)
			kernel_estimate_queued(p, k, &queued_cycles);
		queued_cycles -= min_u64(queued_cycles, gap_cycles);
		kernel_release_phases(k);
	}
	memo_free(memo);
	return ok;
}

/* The first kernel that has no tile, or NULL; `most` is what the neediest of all takes. */
static const struct kernel_plan *find_misfit(const struct plan *p, uint64_t *most)
{
	const struct kernel_plan *first = NULL;

	*most = 0;
	for (size_t k = p->n_kernels; k-- > 0;) {
		*most = max_u64(*most, p->kernels[k].spad_needs);
		if (p->kernels[k].spad_needs > 0)
			first = &p->kernels[k];
	}
	return first;
}

static bool build_kernels(struct plan *p, struct err *err)
{
	plan_uses(p);
	return plan_kernels(p, err) && tile_kernels(p, err);
}

static uint64_t core_cycles(const struct machine *m, uint64_t ps)
{
	return mul_div_u64(ps, m->core_hz, UINT64_C(1000000000000));
}

void plan_set_latencies(struct plan *p)
{
	const struct machine *m = p->machine;
	/* there and back through the crossbar */
	uint64_t crossing = mul_div_u64(2 * m->noc_latency_cycles, m->core_hz, m->noc_hz);

	machine_memory_pace(m, &p->pace);
	p->latency.setup = core_cycles(m, m->dma_setup_ps);
	p->latency.store = p->latency.setup + crossing;
	p->latency.load = p->latency.store + core_cycles(m, p->pace.read_latency_ps);
}

static struct plan *new_plan(const struct graph *g, const struct machine *m, enum schedule s)
{
	struct plan *p = xcalloc(1, sizeof(*p));

	p->graph = g;
	p->machine = m;
	p->schedule = s;
	plan_set_latencies(p);
	p->tiles = tile_memo_new();
	return p;
}

/* No core can have more: a need beyond it is not one of scratchpad. */
static uint64_t largest_scratchpad(void)
{
	return param_find("scratchpad.bytes")->max;
}

/* The smallest scratchpad on which every kernel finds a tile, at least `needs`: what counts
 * as small, and so is kept whole, grows with it, so one look is not enough. */
static uint64_t smallest_scratchpad(const struct plan *p, uint64_t needs)
{
	struct machine larger = *p->machine;
	struct err ignored = {.code = ERR_NONE};

	while (needs < largest_scratchpad()) {
		struct plan *probe;
		uint64_t more;

		larger.spad_bytes = needs;
		probe = new_plan(p->graph, &larger, p->schedule);
		probe->groups = p->groups;
		build_kernels(probe, &ignored);
		find_misfit(probe, &more);
		plan_free(probe);
		if (more == 0)
			break;
		needs = max_u64(more, needs + 1);
	}
	return needs;
}

static bool refuse_misfit(const struct plan *p, struct err *err)
{
	uint64_t needs;
	const struct kernel_plan *k = find_misfit(p, &needs);

	if (k == NULL)
		return true;
	needs = smallest_scratchpad(p, needs);
	if (needs > largest_scratchpad() && p->machine->acc_bytes == 0)
		return err_set(err, ERR_WORKLOAD,
			       "kernel '%s' does not fit: the trace needs more than %" PRIu64
			       " bytes of scratchpad a core, the most that there can be",
			       k->name, largest_scratchpad());
	if (needs > largest_scratchpad())
		return err_set(
			err, ERR_WORKLOAD,
			"kernel '%s' does not fit: no tile's sums fit accumulators of %" PRIu64
			" bytes a core; enlarge scratchpad.accumulator_bytes",
			k->name, p->machine->acc_bytes);
	return err_set(err, ERR_WORKLOAD,
		       "kernel '%s' does not fit: the trace needs %" PRIu64
		       " bytes of scratchpad a core (scratchpad.bytes is %" PRIu64
		       "); enlarge it or split the fuse group",
		       k->name, needs, p->machine->spad_bytes);
}

static bool build(struct plan *p, struct err *err)
{
	return build_kernels(p, err) && refuse_misfit(p, err) &&
	       plan_place(p, err);
}

static struct plan *finish(struct plan *p, struct err *err)
{
	p->weight_bytes = weights_of(p->graph);
	if (!build(p, err)) {
		plan_free(p);
		return NULL;
	}
	p->groups = NULL;
	p->emitter = emitter_new(p);
	return p;
}

struct plan *plan_new(const struct graph *g, const struct machine *m, enum schedule s,
		      struct err *err)
{
	BUG_ON(s == SCHEDULE_AUTO);
	return finish(new_plan(g, m, s), err);
}

struct plan *plan_new_groups(const struct graph *g, const struct machine *m,
			     const uint32_t *groups, struct err *err)
{
	struct plan *p = new_plan(g, m, SCHEDULE_AUTO);

	p->groups = groups;
	return finish(p, err);
}

static void kernel_buffer(const struct kernel_plan *k, size_t number, struct plan_buffer *out)
{
	for (size_t i = 0; i < k->n_phases; i++) {
		const struct phase *ph = &k->phases[i];

		for (size_t j = 0; j < ph->n_buffers; j++) {
			const struct buffer *b = &ph->buffers[j];

			if (b->number != number)
				continue;
			*out = (struct plan_buffer){
				.tensor = b->tensor,
				.is_sums = b->is_sums,
				.memory = b->memory,
				.base = b->base,
				.slot_bytes = b->slot_bytes * (b->is_ring ? b->slots : 1),
				.slots = b->is_ring ? 1 : b->slots,
			};
			return;
		}
	}
	BUG("kernel %s has no buffer %zu", k->name, number);
}

struct plan *plan_from(const struct graph *g, const struct machine *m,
		       const struct plan_source *source)
{
	struct plan *p = xcalloc(1, sizeof(*p));

	p->graph = g;
	p->machine = m;
	p->weight_bytes = weights_of(g);
	p->n_kernels = source->n_kernels;
	p->hbm_peak_bytes = source->hbm_peak_bytes;
	p->source = *source;
	return p;
}

static bool has_source(const struct plan *p)
{
	return p->source.next != NULL;
}

static void free_kernels(struct plan *p)
{
	for (size_t k = 0; k < p->n_kernels; k++) {
		kernel_release_phases(&p->kernels[k]);
		free(p->kernels[k].choices);
		free(p->kernels[k].ops);
		free(p->kernels[k].name);
	}
	free(p->kernels);
}

void plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	if (has_source(p))
		p->source.release(p->source.context);
	else
		free_kernels(p);
	emitter_free(p->emitter);
	tile_memo_free(p->tiles);
	free(p->kernel_of_op);
	free(p->use_start);
	free(p->uses);
	free(p->state_needs);
	free(p->address);
	free(p);
}

size_t plan_n_kernels(const struct plan *p)
{
	return p->n_kernels;
}

const struct kernel *plan_kernel(const struct plan *p, size_t k)
{
	return has_source(p) ? p->source.kernel(p->source.context, k) : &p->kernels[k].info;
}

uint64_t plan_hbm_peak_bytes(const struct plan *p)
{
	return p->hbm_peak_bytes;
}

uint64_t plan_weight_bytes(const struct plan *p)
{
	return p->weight_bytes;
}

bool plan_place_of(const struct plan *p, uint32_t tensor, uint64_t *address, uint64_t *bytes)
{
	uint32_t t = plan_storage(p, tensor);

	if (has_source(p))
		return p->source.place_of(p->source.context, t, address, bytes);
	*address = p->address[t];
	*bytes = place_bytes(p, t);
	return *address != UINT64_MAX;
}

/* Builds the kernel's phases anew, as they were when its tiles were chosen. */
static void open_kernel(struct plan *p, struct kernel_plan *k)
{
	if (p->open != NULL)
		kernel_release_phases(p->open);
	p->open = k;
	kernel_rebuild(p, k, k->variant, p->kernels[k->like].choices);
}

void plan_start_kernel(struct plan *p, size_t k)
{
	if (has_source(p)) {
		p->source.start_kernel(p->source.context, k);
		return;
	}
	open_kernel(p, &p->kernels[k]);
	emitter_start(p->emitter, &p->kernels[k]);
}

bool plan_next(struct plan *p, uint32_t core, struct command *out)
{
	return has_source(p) ? p->source.next(p->source.context, core, out)
			     : emitter_next(p->emitter, core, out);
}

bool plan_is_whole(const struct plan *p, struct err *err)
{
	return !has_source(p) || p->source.is_whole(p->source.context, err);
}

size_t plan_n_buffers(const struct plan *p)
{
	return has_source(p) ? p->source.n_buffers(p->source.context)
			     : emitter_kernel(p->emitter)->n_buffers;
}

void plan_buffer(const struct plan *p, size_t i, struct plan_buffer *out)
{
	if (has_source(p)) {
		p->source.buffer(p->source.context, i, out);
		return;
	}
	kernel_buffer(emitter_kernel(p->emitter), i, out);
	out->tensor = graph_declared(p->graph, out->tensor);
}
