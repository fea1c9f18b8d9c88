/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine: every setting of params.def, checked, in base units (bytes, Hz, ps,
 * cycles).  A plain value; final after config_load().
 * Words (W rows) are the index of the word in its list.
 */
#ifndef MEMSIM_CONFIG_MACHINE_H
#define MEMSIM_CONFIG_MACHINE_H

#include "base/base.h"
#include "dram/standard.h"
#include "ir/graph.h" /* enum dtype */

#define MACHINE_TEXT 256
#define MAX_PACKET_BURSTS 64 /* bits of a packet's mask */

struct machine {
#define P(field, path, quantity, def, min, max, help) uint64_t field;
#define W(field, path, def, words, help) unsigned field;
#define T(field, path, def, help) char field[MACHINE_TEXT];
#include "config/params.def"
#undef P
#undef W
#undef T
};

/* Index values of the word settings, in the order of their lists. */
enum {
	HBM_STANDARD_IDEAL,
#define X(id, name) HBM_STANDARD_##id,
	DRAM_STANDARD_LIST(X)
#undef X
};
enum { HBM_POLICY_DEFAULT, HBM_POLICY_RAMULATOR21 };
enum { HBM_REFRESH_PER_BANK, HBM_REFRESH_ALL_BANK };
enum { HBM_ROWS_ADAPTIVE, HBM_ROWS_OPEN, HBM_ROWS_CLOSED, HBM_ROWS_TIMEOUT };
enum { HBM_FORWARD_ON, HBM_FORWARD_OFF };
enum { NOC_MULTICAST_ON, NOC_MULTICAST_OFF };
enum { GROUPNORM_AUTO, GROUPNORM_SPILL, GROUPNORM_RECOMPUTE, GROUPNORM_GIVEN };
enum { SOFTMAX_AUTO, SOFTMAX_WHOLE, SOFTMAX_ONLINE };
enum { HALO_AUTO, HALO_RECOMPUTE, HALO_KEEP };

/* Depth k of a cycle's product for a type, 0 if the unit cannot do it. */
uint64_t machine_matrix_k(const struct machine *m, enum dtype t);
/* MACs a cycle of one core for a type: m * n * k * efficiency (percent); and of the device. */
uint64_t machine_macs_per_cycle_percent(const struct machine *m, enum dtype t); /* x 100 */
/* f16 peak of the device, 2 operations a MAC. */
uint64_t machine_peak_flops(const struct machine *m);
uint64_t machine_hbm_peak_bytes_per_s(const struct machine *m);
uint64_t machine_hbm_bytes(const struct machine *m);
/* NULL: ideal. */
const struct dram_standard *machine_dram_standard(const struct machine *m);
/* Smallest access of the memory, bytes; ideal: 32. */
uint64_t machine_burst_bytes(const struct machine *m);
/* Memory ticks a second, the finest edge of the timing table; ideal: of 1 ns. */
uint64_t machine_memory_tick_hz(const struct machine *m);

/* How a memory's table says that it behaves. */
struct memory_pace {
	uint64_t burst_bytes;
	uint64_t read_latency_ps; /* of a closed bank: ACT, RD, the burst */
	uint64_t refresh_ppm;     /* share of time in which it refreshes, all banks at once */
	uint64_t act_bytes;       /* that the data bus could carry from one ACT to the next */
	uint64_t turn_ps;         /* of empty data bus from reads to writes and back */
	uint64_t batch_bytes;     /* of writes that a pseudo channel collects before it turns */
	uint64_t pseudo_channels;
	uint64_t queued_bytes;    /* of writes that all queues hold when they are full ... */
	uint64_t held_bytes;      /* ... and between two batches, on average */
};
void machine_memory_pace(const struct machine *m, struct memory_pace *out);

/* Cycles of the matrix unit for one product; the formula is the unit's, and the plan's
 * estimate uses the same one: fill + ceil(m/M) ceil(k/K) ceil(n/N) batches * 100 /
 * efficiency + drain. */
uint64_t machine_matrix_cycles(const struct machine *m, enum dtype t, uint64_t rows, uint64_t k,
			       uint64_t columns, uint64_t batches);

#endif
