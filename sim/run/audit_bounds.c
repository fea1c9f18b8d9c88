/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit of bounds: no run beats its roofline, no resource is used more than it can be,
 * and the memory's counts agree with each other.  From the machine, the plan's work and
 * the accounts; with arithmetic of its own.
 */
#include "run/audit_books.h"

static void check_roofline(const struct machine *m, const struct plan *plan, const struct result *r,
			   struct verdict *v)
{
	uint64_t compute_x100 = 0;
	uint64_t bytes = r->hbm.read_bytes + r->hbm.write_bytes;
	uint64_t memory = mul_div_u64(bytes, m->core_hz, machine_hbm_peak_bytes_per_s(m));

	for (size_t k = 0; k < plan_n_kernels(plan); k++)
		compute_x100 += plan_kernel(plan, k)->rate_cycles_x100;
	if (r->cycles < compute_x100 / 100 || r->cycles < memory)
		verdict_add(v, AUDIT_BOUNDS,
			    "%" PRIu64 " cycles are fewer than the roofline's %" PRIu64
			    " of compute or %" PRIu64 " of memory",
			    r->cycles, compute_x100 / 100, memory);
}

static void check_units(const struct machine *m, size_t k, const struct kernel_account *account,
			struct verdict *v)
{
	uint64_t core_cycles = (account->end_cycle - account->start_cycle) * m->core_count;
	const struct {
		const char *name;
		uint64_t busy;
	} units[] = {
		{"matrix", account->matrix_busy_cycles},
		{"vector", account->vector_busy_cycles},
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (units[i].busy > core_cycles)
			verdict_add(v, AUDIT_BOUNDS,
				    "kernel %zu: %s units are busy %" PRIu64 " of %" PRIu64
				    " core cycles",
				    k, units[i].name, units[i].busy, core_cycles);
	}
}

static void check_hbm_classes(const struct hbm_account *hbm, struct verdict *v)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < N_HBM_CLASSES; i++)
		sum += hbm->class_ticks[i];
	if (sum != hbm->total_ticks)
		verdict_add(v, AUDIT_BOUNDS, "HBM classes sum to %" PRIu64 " of %" PRIu64 " ticks",
			    sum, hbm->total_ticks);
	if (hbm->busy_ticks > hbm->ticks)
		verdict_add(v, AUDIT_BOUNDS, "HBM is busy %" PRIu64 " of %" PRIu64 " ticks",
			    hbm->busy_ticks, hbm->ticks);
}

/* Bytes, bursts and bus ticks of one direction are the same thing counted three times. */
static void check_direction(const struct machine *m, const struct hbm_account *hbm,
			    const char *name, uint64_t bytes, uint64_t bursts, uint64_t ticks,
			    struct verdict *v)
{
	uint64_t of_both = hbm->class_ticks[HBM_READ] + hbm->class_ticks[HBM_WRITE];

	if (bytes != bursts * machine_burst_bytes(m))
		verdict_add(v, AUDIT_BOUNDS, "HBM %s: %" PRIu64 " bytes in %" PRIu64 " bursts",
			    name, bytes, bursts);
	/* Every burst holds its bus equally long. */
	if ((unsigned __int128)ticks * (hbm->reads + hbm->writes) !=
	    (unsigned __int128)of_both * bursts)
		verdict_add(v, AUDIT_BOUNDS, "HBM %s: %" PRIu64 " bursts in %" PRIu64 " bus ticks",
			    name, bursts, ticks);
}

void bounds_check(const struct machine *m, const struct plan *plan, const struct result *r,
		  struct verdict *v)
{
	const struct hbm_account *hbm = &r->hbm;

	check_roofline(m, plan, r, v);
	for (size_t k = 0; k < r->n_kernels; k++)
		check_units(m, k, &r->kernels[k], v);
	check_hbm_classes(hbm, v);
	if (m->hbm_standard == HBM_STANDARD_IDEAL)
		return;
	check_direction(m, hbm, "read", hbm->read_bytes, hbm->reads, hbm->class_ticks[HBM_READ], v);
	check_direction(m, hbm, "write", hbm->write_bytes, hbm->writes, hbm->class_ticks[HBM_WRITE],
			v);
}
