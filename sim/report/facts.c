/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declares every number of a report.  The order is that of the contract's schema 1,
 * and additions stand behind the members of their group.  How a fact looks is the
 * formats' affair.
 */
#include "report/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/derive.h"
#include "report/facts_make.h"
#include "report/roofline.h"

#define SECONDS_DECIMALS 12

static void identity_facts(struct facts *f, const struct report_input *in)
{
	fact_count(f, "", "schema", 1, "version of this report's form");
	fact_text(f, "", "memsim", in->version, "version of the program");
	fact_text(f, "", "schedule", in->schedule, "how operators were grouped into kernels");
	fact_text(f, "", "engine", in->engine, "engine that simulated");
	fact_text(f, "trace", "model", in->graph->model, "name on the trace's model line");
	fact_count(f, "trace", "ops", in->graph->n_ops, "operators executed");
	fact_text(f, "trace", "hash", in->graph->hash, "hash of the trace's content");
	fact_text(f, "config", "name", in->machine->name, "name of the machine");
	fact_text(f, "config", "hash", in->config_hash, "hash of the effective machine");
	fact_texts(f, "config", "overrides", in->overrides, in->n_overrides, "settings of --set");
}

static void machine_facts(struct facts *f, const struct machine *m)
{
	const char *g = "machine";

	fact_count(f, g, "cores", m->core_count, "cores of the device");
	fact_count(f, g, "core_hz", m->core_hz, "core clock, Hz");
	fact_count(f, g, "peak_flops", machine_peak_flops(m), "f16 operations a second");
	fact_count(f, g, "hbm_peak_bytes_per_s", machine_hbm_peak_bytes_per_s(m), "peak bandwidth");
	fact_count(f, g, "scratchpad_bytes", m->spad_bytes, "scratchpad of a core");
	fact_count(f, g, "hbm_bytes", machine_hbm_bytes(m), "capacity of the device memory");
	fact_count(f, g, "matrix_efficiency_percent", m->matrix_efficiency_percent,
	      "configured share of the matrix rate");
	fact_count(f, g, "buffering", m->buffering, "buffers of a stream");
}

static void workload_facts(struct facts *f, const struct report_input *in, const struct totals *t)
{
	const char *g = "workload";

	fact_count(f, g, "ops", in->graph->n_ops, "operators");
	fact_count(f, g, "kernels", in->result->n_kernels, "kernels");
	fact_count(f, g, "macs", t->macs, "multiply-accumulates of the trace, each once");
	fact_count(f, g, "executed_macs", t->executed_macs, "with recomputation");
	fact_count(f, g, "vector_ops", t->vector_ops, "operations of the vector units");
	fact_count(f, g, "ideal_bytes", t->ideal_bytes, "each operator's operands once");
	fact_count(f, g, "compulsory_bytes", t->compulsory_bytes, "each kernel's operands once");
	fact_count(f, g, "weight_bytes", in->weight_bytes, "distinct weights");
}

static void time_facts(struct facts *f, const struct report_input *in, const struct totals *t)
{
	fact_count(f, "time", "cycles", in->result->cycles, "core cycles");
	fact_ratio(f, "time", "seconds", in->result->cycles, in->machine->core_hz, "simulated time");
	f->v[f->n - 1].decimals = SECONDS_DECIMALS;
	fact_count(f, "time", "roofline_cycles", derive_roofline_cycles(in, t),
	      "least cycles by matrix rate and bandwidth");
	fact_count(f, "time", "estimate_cycles", t->estimate_cycles,
		   "the plan's estimates of its kernels, launches left out");
}

static void core_facts(struct facts *f, const struct core_account *core, uint64_t total)
{
	const char *g = "core_cycles";

	fact_count(f, g, "total", total, "cores times cycles");
#define X(NAME, name, help) fact_count(f, g, name, core->cycles[CORE_##NAME], help);
	CORE_CLASS_LIST(X)
#undef X
	fact_count(f, g, "overlapped_subset", core->overlapped,
	      "compute cycles with a transfer of the core under way");
	fact_count(f, g, "compute_throttled_subset", core->compute_throttled,
	      "compute cycles held up by scratchpad ports");
}

static void fraction_facts(struct facts *f, const struct report_input *in, uint64_t total)
{
	const uint64_t *cycles = in->result->core.cycles;
	uint64_t moving = cycles[CORE_STALL_LOAD] + cycles[CORE_STALL_STORE];

	fact_ratio(f, "", "data_movement_fraction", moving, total,
	      "of core time is spent waiting for data");
	fact_ratio(f, "", "movement_share", moving, moving + cycles[CORE_COMPUTE],
	      "the same, with idle, launch and sync left out");
	fact_ratio(f, "", "hbm_busy_fraction", in->result->hbm.busy_ticks, in->result->hbm.ticks,
	      "of memory ticks carry a burst on some pseudo channel");
	if (in->has_serial)
		fact_ratio(f, "", "serial_movement_fraction", in->serial_movement_ps,
		      in->serial_movement_ps + in->serial_compute_ps,
		      "moves data if each kernel reads, then computes, then writes");
}

static void traffic_facts(struct facts *f, const uint64_t bytes[N_TRAFFIC])
{
#define X(NAME, name, help) fact_count(f, "traffic", name, bytes[TRAFFIC_##NAME], help);
	TRAFFIC_LIST(X)
#undef X
}

static void hbm_facts(struct facts *f, const struct report_input *in)
{
	const struct hbm_account *hbm = &in->result->hbm;

	fact_hbm_counts(f, "hbm", hbm, derive_hbm_capacity_bytes(in->machine, in->result->cycles));
	fact_hbm_classes(f, "hbm.cycles", hbm);
}

void facts_of_run(struct facts *f, const struct report_input *in)
{
	uint64_t total = in->machine->core_count * in->result->cycles;
	struct totals totals;

	derive_totals(in, &totals);
	f->n = 0;
	identity_facts(f, in);
	machine_facts(f, in->machine);
	workload_facts(f, in, &totals);
	time_facts(f, in, &totals);
	core_facts(f, &in->result->core, total);
	fraction_facts(f, in, total);
	traffic_facts(f, totals.traffic);
	hbm_facts(f, in);
	fact_count(f, "scratchpad", "peak_bytes", in->result->spad_peak_bytes, "most in use on a core");
	fact_count(f, "memory", "peak_bytes", in->memory_peak_bytes, "most of the device memory in use");
}

static void kernel_ops(struct facts *f, const struct report_input *in, const struct kernel *kernel)
{
	f->names = xreallocarray(f->names, kernel->n_ops, sizeof(*f->names));
	for (size_t i = 0; i < kernel->n_ops; i++)
		f->names[i] = in->graph->ops[kernel->ops[i]].id;
	fact_texts(f, "", "ops", f->names, kernel->n_ops, "its operators");
}

static void roofline_facts(struct facts *f, const struct report_input *in,
			   const struct roofline *r)
{
	fact_count(f, "", "flops", roofline_flops(r), "two a multiply-accumulate, and vector work");
	fact_ratio(f, "", "flops_per_byte", roofline_flops(r), r->bytes, "at the pins");
	fact_count(f, "", "attainable_flops_per_s", roofline_attainable(in, r),
		   "at the matrix units' peak and the memory's");
	fact_count(f, "", "achieved_flops_per_s", roofline_achieved(in, r), "of its time");
}

void facts_of_kernel(struct facts *f, const struct report_input *in, size_t k)
{
	const struct kernel *kernel = in->kernels[k];
	const struct kernel_account *account = &in->result->kernels[k];
	enum work_class class;
	struct roofline r;

	f->n = 0;
	fact_text(f, "", "name", kernel->name, "operator, or first and last of a group");
	kernel_ops(f, in, kernel);
	fact_count(f, "", "start_cycle", account->start_cycle, "first core cycle");
	fact_count(f, "", "end_cycle", account->end_cycle, "behind the last");
	fact_count(f, "", "macs", kernel->macs, "of its operators, each once");
	fact_count(f, "", "executed_macs", kernel->executed_macs, "with recomputation");
	fact_count(f, "", "ideal_bytes", kernel->ideal_bytes, "each operator's operands once");
	fact_count(f, "", "compulsory_bytes", kernel->compulsory_bytes, "the kernel's operands once");
	fact_count(f, "", "read_bytes", account->read_bytes, "at the pins");
	fact_count(f, "", "write_bytes", account->write_bytes, "at the pins");
	traffic_facts(f, account->bytes);
	core_facts(f, &account->core, in->machine->core_count * kernel_cycles(account));
	fact_text(f, "", "bound", derive_bound(in, k), "what limits it");
	fact_count(f, "", "estimate_cycles", kernel->estimate_cycles,
		   "the plan's estimate, from release to end");
	roofline_of_kernel(in, k, &r, &class);
	fact_text(f, "", "class", work_class_name(class), "of its work");
	roofline_facts(f, in, &r);
}

void facts_of_class(struct facts *f, const struct report_input *in, unsigned class)
{
	struct roofline classes[N_WORK_CLASSES];
	const struct roofline *r = &classes[class];

	roofline_collect(in, classes);
	f->n = 0;
	fact_text(f, "", "class", work_class_name(class),
		  "matrix, reduction or elementwise: the first that one of a kernel's operators is");
	fact_count(f, "", "kernels", r->kernels, "of the class");
	fact_count(f, "", "cycles", r->cycles, "core cycles from their starts to their ends");
	fact_ratio(f, "", "time_fraction", r->cycles, in->result->cycles, "of the run");
	fact_count(f, "", "moved_bytes", r->bytes, "at the pins");
	roofline_facts(f, in, r);
}

void facts_of_tensor(struct facts *f, const struct report_input *in, size_t t)
{
	const struct tensor *tensor = &in->graph->tensors[t];
	const struct tensor_account *account = &in->result->tensors[t];

	f->n = 0;
	fact_text(f, "", "id", tensor->id, "tensor");
	fact_text(f, "", "role", role_name(tensor->role), "role");
	fact_count(f, "", "bytes", tensor_bytes(in->graph, (uint32_t)t), "size");
	fact_count(f, "", "read_bytes", account->read_bytes, "at the pins");
	fact_count(f, "", "write_bytes", account->write_bytes, "at the pins");
}

void facts_of_channel(struct facts *f, const struct report_input *in, size_t channel)
{
	const struct hbm_account *hbm = &in->result->hbm_channels[channel];

	f->n = 0;
	fact_hbm_channel(f, channel, hbm,
			 derive_hbm_capacity_bytes(in->machine, in->result->cycles) /
				 in->result->n_hbm_channels);
}
