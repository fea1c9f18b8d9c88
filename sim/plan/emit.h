/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state from which a core's commands are drawn: emit.c walks the loops and calls
 * emit_commands.c for what one step yields; both ask emit_cursor.c where the core stands.
 */
#ifndef MEMSIM_PLAN_EMIT_H
#define MEMSIM_PLAN_EMIT_H

#include "plan/internal.h"

/* Commands of each unit that must be done before a slot's content may be read (ready),
 * and before it may be overwritten (busy). */
struct slot {
	uint64_t ready[N_UNITS], busy[N_UNITS];
};

struct multicast_group {
	struct multicast members;
	uint32_t row, rows, column, columns; /* rectangle of the core grid ... */
	uint64_t grid_columns;               /* ... that has so many columns in all */
};

struct core_cursor {
	uint32_t core;
	size_t phase;          /* in the kernel */
	bool is_open;          /* barrier and preloads of the phase are out */
	uint64_t outer, inner; /* loops */
	uint32_t stage;
	uint64_t chunk, tap;
	uint64_t issued[N_UNITS]; /* commands of the kernel so far */
	uint64_t barrier;         /* vector commands that open the phase */
	struct slot *slots;       /* of all buffers of the phase */
	size_t *first_slot;       /* per buffer */
	uint64_t *stream_slot;    /* per stream: where its present region lies */
	uint64_t *stream_loads;
	uint64_t value_slot[MAX_NODES], value_turn[MAX_NODES];
	uint64_t sums_slot[MAX_NODES];
	uint64_t coordinate[MAX_DIMS];
	struct tile_regions regions,
		next; /* of this tile, and of the next one in every dimension */
	struct tile_regions next_strip; /* of the first tile of the strip behind this one */
	bool has_next_strip;
	uint64_t made;               /* nodes that have nothing left to make of the tile */
	int64_t frontier[MAX_NODES]; /* of values that slide: what this strip has made */
	int64_t *stream_frontier, *stream_reached; /* of streams: before this tile, and by now */
	uint64_t *stream_row_bytes;                /* of rows in its ring; 0: it is empty */
	bool has_tile;
	struct command *queue; /* yielded but not drawn */
	size_t head, tail, capacity;
	struct vector_part *parts; /* of the vector commands in the queue, in their order */
	size_t n_parts, parts_capacity, parts_head;
};

struct emitter {
	const struct plan *plan;
	const struct kernel_plan *kernel;
	struct core_cursor *cores;
	uint32_t n_cores;
	struct multicast_group **groups;
	size_t n_groups, groups_capacity;
};

/* Row and column of a core in the phase's grid; false for a core outside it. */
bool core_place(const struct phase *ph, uint32_t core, uint64_t *row, uint64_t *column);
/* Iterations of a core's loops over the other tiles and over its channel tiles. */
uint64_t spatial_iterations(const struct phase *ph, uint64_t row);
uint64_t channel_iterations(const struct phase *ph, uint64_t column);
/* Loop positions of the cursor, whatever the order of the loops. */
uint64_t cursor_spatial(const struct phase *ph, const struct core_cursor *c);
uint64_t cursor_channel(const struct phase *ph, const struct core_cursor *c);
/* The tile of a core's row and column at a loop position. */
void tile_coordinate(const struct phase *ph, uint64_t row, uint64_t column, uint64_t spatial,
		     uint64_t channel, uint64_t *coordinate);

/* The members that need what core (row, column) needs at this step, NULL if it is alone. */
const struct multicast *find_multicast(struct emitter *e, const struct phase *ph,
				       const struct core_cursor *c, const struct stream *s);

/* A free set of node i's sums. */
static inline void next_sums(const struct phase *ph, struct core_cursor *c, uint32_t i)
{
	c->sums_slot[i] = (c->sums_slot[i] + 1) % ph->buffers[ph->nodes[i].sums].slots;
}

void emit_barrier(struct core_cursor *c);
void emit_preloads(struct emitter *e, const struct phase *ph, struct core_cursor *c);
/* Of a stage that this core need not run, the loads that it shares with other cores. */
void emit_shared(struct emitter *e, const struct phase *ph, struct core_cursor *c);
void emit_chunk(struct emitter *e, const struct phase *ph, struct core_cursor *c, uint32_t matrix);
void emit_cluster(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		  uint32_t cluster);

#endif
