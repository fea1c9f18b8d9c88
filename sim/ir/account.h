/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The accounts: every counter declared once, with its unit and meaning; every output
 * format prints from these lists.  Identities are sums over a list.
 * It lies below the components that fill it and the reports that print it.
 */
#ifndef MEMSIM_IR_ACCOUNT_H
#define MEMSIM_IR_ACCOUNT_H

#include "base/base.h"
#include "ir/command.h"

/* Every cycle of every core is in exactly one (design.md, section 4). */
#define CORE_CLASS_LIST(X) \
	X(COMPUTE, "compute", "a matrix or vector unit executes") \
	X(STALL_LOAD, "stall_load", "waiting for a load") \
	X(STALL_STORE, "stall_store", "waiting for a store, or for space that one must free") \
	X(STALL_SYNC, "stall_sync", "waiting for a barrier or another core") \
	X(LAUNCH, "launch", "the kernel is not released yet") \
	X(IDLE, "idle", "no unfinished command of this kernel")
enum core_class {
#define X(NAME, text, help) CORE_##NAME,
	CORE_CLASS_LIST(X)
#undef X
	N_CORE_CLASSES
};

struct core_account {
	uint64_t cycles[N_CORE_CLASSES];
	uint64_t overlapped;        /* subset of compute: with a transfer of the core under way */
	uint64_t compute_throttled; /* subset of compute: held up by scratchpad ports */
};

/* Every tick of every pseudo channel is in exactly one. */
#define HBM_CLASS_LIST(X) \
	X(READ, "read", "data bus carries a read burst") \
	X(WRITE, "write", "data bus carries a write burst") \
	X(REFRESH, "refresh", "bank or pseudo channel in, or draining for, refresh") \
	X(TURNAROUND, "turnaround", "read to write or write to read, or writes held for a batch") \
	X(ROW, "row", "the row is not open") \
	X(COLUMN, "column", "column to column spacing") \
	X(COMMAND, "command", "the command slot was taken") \
	X(STARVED_NOC, "starved_noc", \
	  "the packet is on the interconnect or refused by a full queue") \
	X(STARVED_WINDOW, "starved_window", "its DMA has it next but its window is full") \
	X(STARVED_IMBALANCE, "starved_imbalance", "another pseudo channel has packets waiting") \
	X(STARVED_IDLE, "starved_idle", "nothing to do")
enum hbm_class {
#define X(NAME, text, help) HBM_##NAME,
	HBM_CLASS_LIST(X)
#undef X
	N_HBM_CLASSES
};

/* Counters of the memory, summed over channels; names are the report's. */
#define HBM_COUNT_LIST(X) \
	X(read_bytes, "bytes over the pins, read") \
	X(write_bytes, "bytes over the pins, written") \
	X(forwarded_bytes, "bytes of reads answered from queued writes") \
	X(reads, "read bursts") \
	X(writes, "write bursts") \
	X(activates, "ACT commands") \
	X(precharges, "PRE commands, all-bank ones once") \
	X(refreshes, "REF commands") \
	X(row_hits, "packet-bank visits that found their row open") \
	X(row_misses, "that found the bank closed") \
	X(row_conflicts, "that found another row open") \
	X(read_packets, "read packets") \
	X(read_latency_ps, "sum over read packets of data end minus acceptance")

/* More of them, for reports on the memory alone. */
#define HBM_DETAIL_LIST(X) \
	X(read_latency_ticks, "the same sum, in ticks from the first that could serve") \
	X(forwarded_reads, "read packets answered from queued writes") \
	X(coalesced_writes, "write packets that replaced a queued one") \
	X(precharges_all, "PRE commands that were all-bank ones") \
	X(auto_precharges, "column commands that closed their row") \
	X(refreshes_bank, "REF commands that were per-bank ones") \
	X(open_bank_ticks, "sum over banks of ticks with a row open")

struct hbm_account {
#define X(name, help) uint64_t name;
	HBM_COUNT_LIST(X)
	HBM_DETAIL_LIST(X)
#undef X
	uint64_t class_ticks[N_HBM_CLASSES]; /* sums to pseudo channels x ticks */
	uint64_t total_ticks;                /* pseudo channels x ticks */
	uint64_t busy_ticks;                 /* ticks with a burst on at least one pseudo channel */
	uint64_t ticks;                      /* of the run */
	uint64_t tick_fs;                    /* length of a tick, femtoseconds (HBM3: 312500) */
	/* Not sums over channels: */
	uint64_t policy_ticks;               /* of the run, as the controller's policy counts them */
	uint64_t read_latency_p50_ticks, read_latency_p99_ticks, read_latency_p999_ticks;
};

struct kernel_account {
	uint64_t start_ps, end_ps;     /* spans tile the run */
	uint64_t release_ps;
	uint64_t start_cycle, end_cycle;
	struct core_account core;      /* sums over cores */
	uint64_t read_bytes, write_bytes; /* at the pins */
	/* By cause, reads and writes; PADDING is what the pins moved above what was asked. */
	uint64_t bytes[N_TRAFFIC];
	uint64_t matrix_busy_cycles, vector_busy_cycles; /* sums over cores */
	uint64_t noc_bytes;            /* delivered to and from cores */
};

struct tensor_account {
	uint64_t read_bytes, write_bytes; /* at the pins */
};

/* What a run leaves behind; no pointer into a component. */
struct result {
	uint64_t end_ps;
	uint64_t cycles;            /* first core edge at or after end_ps */
	struct core_account core;
	struct hbm_account hbm;
	struct hbm_account *hbm_channels; /* over all stacks */
	size_t n_hbm_channels;
	struct kernel_account *kernels;
	size_t n_kernels;
	struct tensor_account *tensors; /* per tensor of the graph, not per storage */
	size_t n_tensors;
	uint64_t spad_peak_bytes;
	uint64_t asked_bytes, delivered_bytes; /* conservation: requested by DMA, delivered to it */
	uint64_t events;
};
void result_free(struct result *r);

#endif
