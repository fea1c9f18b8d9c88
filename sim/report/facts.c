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
#include "base/units.h"
#include "report/derive.h"

#define RATIO_DECIMALS 6
#define SECONDS_DECIMALS 12

static struct fact *add(struct facts *f, const char *group, const char *name, const char *help)
{
	GROW(f->v, f->n, f->capacity);
	f->v[f->n] = (struct fact){ .group = group, .name = name, .help = help };
	return &f->v[f->n++];
}

static void count(struct facts *f, const char *group, const char *name, uint64_t value,
		  const char *help)
{
	struct fact *fact = add(f, group, name, help);

	fact->kind = FACT_COUNT;
	fact->a = value;
}

static void ratio(struct facts *f, const char *group, const char *name, uint64_t a, uint64_t b,
		  const char *help)
{
	struct fact *fact = add(f, group, name, help);

	fact->kind = FACT_RATIO;
	fact->decimals = RATIO_DECIMALS;
	fact->a = a;
	fact->b = b;
}

static void text(struct facts *f, const char *group, const char *name, const char *value,
		 const char *help)
{
	struct fact *fact = add(f, group, name, help);

	fact->kind = FACT_TEXT;
	fact->text = value;
}

static void texts(struct facts *f, const char *group, const char *name,
		  const char *const *values, size_t n, const char *help)
{
	struct fact *fact = add(f, group, name, help);

	fact->kind = FACT_TEXTS;
	fact->texts = values;
	fact->n_texts = n;
}

static void identity_facts(struct facts *f, const struct report_input *in)
{
	count(f, "", "schema", 1, "version of this report's form");
	text(f, "", "memsim", in->version, "version of the program");
	text(f, "", "schedule", in->schedule, "how operators were grouped into kernels");
	text(f, "", "engine", in->engine, "engine that simulated");
	text(f, "trace", "model", in->graph->model, "name on the trace's model line");
	count(f, "trace", "ops", in->graph->n_ops, "operators executed");
	text(f, "trace", "hash", in->graph->hash, "hash of the trace's content");
	text(f, "config", "name", in->machine->name, "name of the machine");
	text(f, "config", "hash", in->config_hash, "hash of the effective machine");
	texts(f, "config", "overrides", in->overrides, in->n_overrides, "settings of --set");
}

static void machine_facts(struct facts *f, const struct machine *m)
{
	const char *g = "machine";

	count(f, g, "cores", m->core_count, "cores of the device");
	count(f, g, "core_hz", m->core_hz, "core clock, Hz");
	count(f, g, "peak_flops", machine_peak_flops(m), "f16 operations a second");
	count(f, g, "hbm_peak_bytes_per_s", machine_hbm_peak_bytes_per_s(m), "peak bandwidth");
	count(f, g, "scratchpad_bytes", m->spad_bytes, "scratchpad of a core");
	count(f, g, "hbm_bytes", machine_hbm_bytes(m), "capacity of the device memory");
	count(f, g, "matrix_efficiency_percent", m->matrix_efficiency_percent,
	      "configured share of the matrix rate");
	count(f, g, "buffering", m->buffering, "buffers of a stream");
}

static void workload_facts(struct facts *f, const struct report_input *in, const struct totals *t)
{
	const char *g = "workload";

	count(f, g, "ops", in->graph->n_ops, "operators");
	count(f, g, "kernels", in->result->n_kernels, "kernels");
	count(f, g, "macs", t->macs, "multiply-accumulates of the trace, each once");
	count(f, g, "executed_macs", t->executed_macs, "with recomputation");
	count(f, g, "vector_ops", t->vector_ops, "operations of the vector units");
	count(f, g, "ideal_bytes", t->ideal_bytes, "each operator's operands once");
	count(f, g, "compulsory_bytes", t->compulsory_bytes, "each kernel's operands once");
	count(f, g, "weight_bytes", in->weight_bytes, "distinct weights");
}

static void time_facts(struct facts *f, const struct report_input *in, const struct totals *t)
{
	count(f, "time", "cycles", in->result->cycles, "core cycles");
	ratio(f, "time", "seconds", in->result->cycles, in->machine->core_hz, "simulated time");
	f->v[f->n - 1].decimals = SECONDS_DECIMALS;
	count(f, "time", "roofline_cycles", derive_roofline_cycles(in, t),
	      "least cycles by matrix rate and bandwidth");
}

static void core_facts(struct facts *f, const struct core_account *core, uint64_t total)
{
	const char *g = "core_cycles";

	count(f, g, "total", total, "cores times cycles");
#define X(NAME, name, help) count(f, g, name, core->cycles[CORE_##NAME], help);
	CORE_CLASS_LIST(X)
#undef X
	count(f, g, "overlapped_subset", core->overlapped,
	      "compute cycles with a transfer of the core under way");
	count(f, g, "compute_throttled_subset", core->compute_throttled,
	      "compute cycles held up by scratchpad ports");
}

static void fraction_facts(struct facts *f, const struct report_input *in, uint64_t total)
{
	const uint64_t *cycles = in->result->core.cycles;
	uint64_t moving = cycles[CORE_STALL_LOAD] + cycles[CORE_STALL_STORE];

	ratio(f, "", "data_movement_fraction", moving, total,
	      "of core time is spent waiting for data");
	ratio(f, "", "movement_share", moving, moving + cycles[CORE_COMPUTE],
	      "the same, with idle, launch and sync left out");
	ratio(f, "", "hbm_busy_fraction", in->result->hbm.busy_ticks, in->result->hbm.ticks,
	      "of memory ticks carry a burst on some pseudo channel");
	if (in->has_serial)
		ratio(f, "", "serial_movement_fraction", in->serial_movement_ps,
		      in->serial_movement_ps + in->serial_compute_ps,
		      "moves data if each kernel reads, then computes, then writes");
}

static void traffic_facts(struct facts *f, const uint64_t bytes[N_TRAFFIC])
{
#define X(NAME, name, help) count(f, "traffic", name, bytes[TRAFFIC_##NAME], help);
	TRAFFIC_LIST(X)
#undef X
}

static void hbm_class_facts(struct facts *f, const struct hbm_account *hbm)
{
	const char *g = "hbm.cycles";

	count(f, g, "total", hbm->total_ticks, "pseudo channels times memory ticks");
	count(f, g, "tick_ps", hbm->tick_fs / 1000, "length of a tick");
	if (hbm->tick_fs % 1000) { /* HBM3: 312.5 */
		f->n--;
		ratio(f, g, "tick_ps", hbm->tick_fs, 1000, "length of a tick");
		f->v[f->n - 1].decimals = hbm->tick_fs % 100 ? 3 : 1;
	}
#define X(NAME, name, help) count(f, g, name, hbm->class_ticks[HBM_##NAME], help);
	HBM_CLASS_LIST(X)
#undef X
}

static void hbm_facts(struct facts *f, const struct report_input *in)
{
	const struct hbm_account *hbm = &in->result->hbm;
	const struct {
		const char *name, *help;
		uint64_t value;
	} counts[] = {
#define X(name, help) { #name, help, hbm->name },
		HBM_COUNT_LIST(X)
#undef X
	};
	const size_t n_before_ratios = 3; /* the contract's order: bytes, ratios, counts */
	uint64_t visits = hbm->row_hits + hbm->row_misses + hbm->row_conflicts;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		if (i == n_before_ratios) {
			ratio(f, "hbm", "bandwidth_utilization",
			      hbm->read_bytes + hbm->write_bytes,
			      derive_hbm_capacity_bytes(in->machine, in->result->cycles),
			      "of peak bandwidth crossed the pins");
			ratio(f, "hbm", "row_hit_rate", hbm->row_hits, visits,
			      "of packet visits to a bank found the row open");
			ratio(f, "hbm", "average_read_latency_ns", hbm->read_latency_ps,
			      hbm->read_packets * 1000, "from acceptance to the last data");
		}
		count(f, "hbm", counts[i].name, counts[i].value, counts[i].help);
	}
	hbm_class_facts(f, hbm);
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
	count(f, "scratchpad", "peak_bytes", in->result->spad_peak_bytes, "most in use on a core");
	count(f, "memory", "peak_bytes", in->memory_peak_bytes, "most of the device memory in use");
}

static void kernel_ops(struct facts *f, const struct report_input *in, const struct kernel *kernel)
{
	f->names = xreallocarray(f->names, kernel->n_ops, sizeof(*f->names));
	for (size_t i = 0; i < kernel->n_ops; i++)
		f->names[i] = in->graph->ops[kernel->ops[i]].id;
	texts(f, "", "ops", f->names, kernel->n_ops, "its operators");
}

void facts_of_kernel(struct facts *f, const struct report_input *in, size_t k)
{
	const struct kernel *kernel = in->kernels[k];
	const struct kernel_account *account = &in->result->kernels[k];

	f->n = 0;
	text(f, "", "name", kernel->name, "operator, or first and last of a group");
	kernel_ops(f, in, kernel);
	count(f, "", "start_cycle", account->start_cycle, "first core cycle");
	count(f, "", "end_cycle", account->end_cycle, "behind the last");
	count(f, "", "macs", kernel->macs, "of its operators, each once");
	count(f, "", "executed_macs", kernel->executed_macs, "with recomputation");
	count(f, "", "ideal_bytes", kernel->ideal_bytes, "each operator's operands once");
	count(f, "", "compulsory_bytes", kernel->compulsory_bytes, "the kernel's operands once");
	count(f, "", "read_bytes", account->read_bytes, "at the pins");
	count(f, "", "write_bytes", account->write_bytes, "at the pins");
	traffic_facts(f, account->bytes);
	core_facts(f, &account->core, in->machine->core_count * kernel_cycles(account));
	text(f, "", "bound", derive_bound(in, k), "what limits it");
}

void facts_of_tensor(struct facts *f, const struct report_input *in, size_t t)
{
	const struct tensor *tensor = &in->graph->tensors[t];
	const struct tensor_account *account = &in->result->tensors[t];

	f->n = 0;
	text(f, "", "id", tensor->id, "tensor");
	text(f, "", "role", role_name(tensor->role), "role");
	count(f, "", "bytes", tensor_bytes(in->graph, (uint32_t)t), "size");
	count(f, "", "read_bytes", account->read_bytes, "at the pins");
	count(f, "", "write_bytes", account->write_bytes, "at the pins");
}

void facts_release(struct facts *f)
{
	free(f->v);
	free(f->names);
	*f = (struct facts)FACTS_INIT;
}

const struct fact *fact_find(const struct facts *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct fact *fact = &f->v[i];
		size_t len = strlen(fact->group);

		if (len == 0 ? strcmp(path, fact->name) == 0 :
			       strncmp(path, fact->group, len) == 0 && path[len] == '.' &&
				       strcmp(path + len + 1, fact->name) == 0)
			return fact;
	}
	BUG("no fact %s", path);
}

void fact_print(const struct fact *f, struct buf *to)
{
	char number[64];

	switch (f->kind) {
	case FACT_COUNT:
		buf_printf(to, "%" PRIu64, f->a);
		break;
	case FACT_RATIO:
		format_ratio(f->a, f->b, f->decimals, number, sizeof(number));
		buf_puts(to, number);
		break;
	case FACT_TEXT:
		buf_puts(to, f->text);
		break;
	case FACT_TEXTS:
		for (size_t i = 0; i < f->n_texts; i++)
			buf_printf(to, "%s%s", i ? " " : "", f->texts[i]);
		break;
	}
}
