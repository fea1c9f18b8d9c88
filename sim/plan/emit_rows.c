/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line buffers: rings with a slot for each row, which commands read and write in runs of rows;
 * a row's slot knows who has to be done with it.
 */
#include "plan/emit_parts.h"

#include <string.h>

static uint64_t row_slot(const struct rows *r, int64_t row)
{
	return r->first + (uint64_t)row % r->ring;
}

/* Their spans, up to the end of the ring and from its beginning. */
unsigned emit_rows_spans(const struct phase *ph, const struct rows *r, struct span *out)
{
	uint64_t n = (uint64_t)(r->hi - r->lo), start = (uint64_t)r->lo % r->ring;
	uint64_t head = min_u64(n, r->ring - start);

	if (n > r->ring)
		BUG("%" PRIu64 " rows in a ring of %" PRIu64, n, r->ring);
	out[0] = out[1] = emit_span_of(ph, r->buffer, r->first, r->row_bytes);
	out[0].base += start * r->row_bytes;
	out[0].bytes = head * r->row_bytes;
	out[1].bytes = (n - head) * r->row_bytes;
	return head == n ? 1 : 2;
}

void emit_read_rows(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		    const struct rows *r)
{
	if (r->lo >= r->hi)
		return;
	BUG_ON(cmd->n_reads + 2 > COMMAND_MAX_READS);
	cmd->n_reads += emit_rows_spans(ph, r, cmd->reads + cmd->n_reads);
	for (int64_t row = r->lo; row < r->hi; row++) {
		struct slot *s = emit_slot_of(c, r->buffer, row_slot(r, row));

		emit_raise_waits(cmd->waits, s->ready);
		s->busy[cmd->unit] = c->issued[cmd->unit] + 1;
	}
}

/* The first to write them waits until their slots may be overwritten; all mark them as theirs. */
void emit_renew_rows(struct core_cursor *c, struct command *cmd, const struct rows *r,
		     bool is_first)
{
	for (int64_t row = r->lo; row < r->hi; row++) {
		struct slot *s = emit_slot_of(c, r->buffer, row_slot(r, row));

		if (is_first) {
			emit_raise_waits(cmd->waits, s->ready);
			emit_raise_waits(cmd->waits, s->busy);
			memset(s, 0, sizeof(*s));
		}
		s->ready[cmd->unit] = c->issued[cmd->unit] + 1;
	}
}

void emit_clear_ring(const struct phase *ph, struct core_cursor *c, uint32_t buffer)
{
	struct slot all;

	memset(&all, 0, sizeof(all));
	for (uint64_t i = 0; i < ph->buffers[buffer].slots; i++) {
		const struct slot *s = emit_slot_of(c, buffer, i);

		emit_raise_waits(all.busy, s->ready);
		emit_raise_waits(all.busy, s->busy);
	}
	for (uint64_t i = 0; i < ph->buffers[buffer].slots; i++)
		*emit_slot_of(c, buffer, i) = all;
}

void emit_write_rows(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		     const struct rows *r)
{
	BUG_ON(cmd->n_writes + 2 > COMMAND_MAX_WRITES);
	cmd->n_writes += emit_rows_spans(ph, r, cmd->writes + cmd->n_writes);
	emit_renew_rows(c, cmd, r, true);
}
