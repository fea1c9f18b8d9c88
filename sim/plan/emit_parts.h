/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of which a step's commands are made: emit_commands.c has them, emit_chunk.c puts
 * the commands of a product's chunk together from them.
 */
#ifndef MEMSIM_PLAN_EMIT_PARTS_H
#define MEMSIM_PLAN_EMIT_PARTS_H

#include "plan/emit.h"

/* Begins a command; emit_issue() ends it. */
struct command *emit_new_command(struct core_cursor *c, enum unit_kind unit, uint32_t op);
void emit_issue(const struct emitter *e, struct core_cursor *c, struct command *cmd);

struct slot *emit_slot_of(const struct core_cursor *c, uint32_t buffer, uint64_t slot);
void emit_add_read(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		   uint32_t buffer, uint64_t slot, uint64_t bytes);
/* `is_fresh`: new content replaces the old, which everyone must be done with. */
void emit_add_write(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		    uint32_t buffer, uint64_t slot, uint64_t bytes, bool is_fresh);

void emit_raise_waits(uint64_t *waits, const uint64_t *to);
struct span emit_span_of(const struct phase *ph, uint32_t buffer, uint64_t slot, uint64_t bytes);

/* emit_rows.c */
/* Rows [lo, hi) of a ring that has a slot for each of `ring` rows, from slot `first` on. */
struct rows {
	uint32_t buffer;
	uint64_t first, ring, row_bytes; /* bytes from a row to the next */
	int64_t lo, hi;
};

/* Their spans, up to the end of the ring and from its beginning; how many. */
unsigned emit_rows_spans(const struct phase *ph, const struct rows *r, struct span *out);
void emit_read_rows(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		    const struct rows *r);
void emit_write_rows(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		     const struct rows *r);
/* The first to write them waits until their slots may be overwritten; all mark them as theirs. */
void emit_renew_rows(struct core_cursor *c, struct command *cmd, const struct rows *r,
		     bool is_first);

/* Rows of another length begin: whoever has to do with any of the ring must be done. */
void emit_clear_ring(const struct phase *ph, struct core_cursor *c, uint32_t buffer);

/* emit_load.c: rows of a stream's region in its ring. */
struct rows emit_stream_rows(const struct emitter *e, const struct phase *ph,
			     const struct core_cursor *c, const struct stream *s,
			     const struct region *r);
/* Where a shared stream's region of the present chunk lies; `load`: it is being loaded. */
uint64_t emit_shared_slot(const struct phase *ph, const struct core_cursor *c,
			  const struct stream *s, bool load);

/* Stream s is brought for operand j of node i, not left by another. */
static inline bool is_brought_for(const struct phase *ph, uint32_t s, uint32_t i, unsigned j)
{
	return ph->streams[s].node == i && ph->streams[s].operand == j;
}

/* emit_mask.c: a mask leaves nothing of what the stream's node makes of it at this step, and it is
 * not loaded. */
bool emit_is_hidden(const struct phase *ph, const struct core_cursor *c, const struct stream *s);
/* Sets the coordinate of the tile's rows to 0 if no tile before loads the stream. */
void emit_count_from_first(const struct phase *ph, const struct core_cursor *c,
			   const struct stream *s, uint64_t *coordinate);

/* Brings stream s on chip if it is not there; stream_slot then tells where it is. */
void emit_bring(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		const struct stream *s);
void emit_bring_cluster(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			uint64_t members);
/* Reads of node i's operands that do not come from its own cluster. */
void emit_read_operands(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			struct command *cmd, uint32_t i, uint64_t cluster);
/* One vector command for the cluster's nodes over their regions. */
void emit_run_cluster(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		      uint64_t members);
void emit_add_part(const struct emitter *e, struct core_cursor *c, struct vector_command *v,
		   const struct op_info *info, const struct vector_part *part);

/* Bytes of node i's sums, and of what an online node keeps, for its region. */
uint64_t emit_sums_bytes(const struct core_cursor *c, uint32_t i);
uint64_t emit_state_bytes(const struct core_cursor *c, const struct phase *ph, uint32_t i);

#endif
