/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that parse_command.c reads back.  Numbers are appended by hand: a plan has millions
 * of them.
 */
#include "planfile/write_command.h"

#include <string.h>

#include "base/mem.h"
#include "planfile/parse.h"

static void put_number(struct buf *to, uint64_t value)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	buf_add(to, digits + n, sizeof(digits) - n);
}

static void put_option(struct buf *to, const char *key, uint64_t value)
{
	buf_putc(to, ' ');
	buf_puts(to, key);
	buf_putc(to, '=');
	put_number(to, value);
}

static uint32_t find_group(const struct written_kernel *k, const struct multicast *m)
{
	for (size_t i = k->n_groups; i-- > 0;)
		if (k->groups[i]->id == m->id)
			return (uint32_t)i;
	return NO_INDEX;
}

void write_group(struct buf *to, struct written_kernel *k, const struct command *c)
{
	const struct multicast *m = c->unit == UNIT_LOAD ? c->transfer.multicast : NULL;

	if (m == NULL || find_group(k, m) != NO_INDEX)
		return;
	buf_printf(to, "multicast m%zu cores=", k->n_groups);
	for (uint32_t i = 0, last; i < m->n_cores; i = last + 1) {
		for (last = i; last + 1 < m->n_cores && m->cores[last + 1] == m->cores[last] + 1;)
			last++;
		if (i > 0)
			buf_putc(to, ',');
		put_number(to, m->cores[i]);
		if (last > i)
			buf_putc(to, '-');
		if (last > i)
			put_number(to, m->cores[last]);
	}
	buf_putc(to, '\n');
	GROW(k->groups, k->n_groups, k->groups_capacity);
	k->groups[k->n_groups++] = m;
}

/* BUFFER[@SLOT][[FROM:TO]]; of a transfer, TO is known. */
static void put_span(struct buf *to, const struct written_kernel *k, const struct span *s,
		     bool is_transfer)
{
	const struct plan_buffer *b = &k->buffers[s->buffer];
	uint64_t slot = (s->base - b->base) / b->slot_bytes;
	uint64_t from = (s->base - b->base) % b->slot_bytes;

	if (s->base < b->base || slot >= b->slots || from + s->bytes > b->slot_bytes)
		BUG("a span lies outside its buffer %s", k->names.v[s->buffer]);
	buf_puts(to, k->names.v[s->buffer]);
	if (b->slots > 1) {
		buf_putc(to, '@');
		put_number(to, slot);
	}
	if (from == 0 && (is_transfer || s->bytes == b->slot_bytes))
		return;
	buf_putc(to, '[');
	if (from > 0)
		put_number(to, from);
	buf_putc(to, ':');
	if (!is_transfer)
		put_number(to, from + s->bytes);
	buf_putc(to, ']');
}

static void put_spans(struct buf *to, const struct written_kernel *k, const char *key,
		      const struct span *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		buf_puts(to, i == 0 ? key : ",");
		put_span(to, k, &s[i], false);
	}
}

/* Only the waits that the queue has not been through: the others hold already. */
static void put_waits(struct buf *to, struct core_writer *core, const struct command *c)
{
	bool is_compute = c->unit == UNIT_MATRIX || c->unit == UNIT_VECTOR, is_first = true;

	for (unsigned u = 0; u < N_UNITS; u++) {
		uint64_t *waited = &core->waited[c->unit][u], wait = c->waits[u];

		if (wait <= *waited || wait <= core->passed[u] || (is_compute && u == c->unit))
			continue;
		*waited = wait;
		buf_puts(to, is_first ? " after=" : ",");
		is_first = false;
		buf_puts(to, unit_words[(enum unit_kind)u]);
		if (wait > core->issued[u])
			BUG("a wait for a command that has not come");
		if (wait < core->issued[u]) {
			buf_putc(to, '-');
			put_number(to, core->issued[u] - wait);
		}
	}
}

static void put_descriptor(struct buf *to, const struct written_kernel *k, const struct transfer *t,
			   uint64_t address)
{
	unsigned n = ARRAY_SIZE(t->count);

	buf_puts(to, k->g->tensors[t->tensor].id);
	put_option(to, "offset", t->address - address);
	put_option(to, "run", t->run_bytes);
	while (n > 0 && t->count[n - 1] == 1)
		n--;
	for (unsigned d = 0; d < n; d++) {
		buf_puts(to, d == 0 ? " count=" : "x");
		put_number(to, t->count[d]);
	}
	for (unsigned d = 0; d < n; d++) {
		buf_puts(to, d == 0 ? " stride=" : ",");
		put_number(to, max_u64(t->stride_bytes[d], 1));
	}
}

static void put_traffic(struct buf *to, const uint64_t *bytes)
{
	unsigned n = 0, left;

	for (unsigned i = 0; i < N_TRAFFIC; i++)
		n += bytes[i] > 0;
	if (n == 1 && bytes[TRAFFIC_COMPULSORY] > 0)
		return;
	left = n;
	for (unsigned i = N_TRAFFIC; i-- > 0;) {
		if (bytes[i] == 0)
			continue;
		buf_puts(to, left == n ? " traffic=" : ",");
		buf_puts(to, traffic_words[i]);
		if (--left > 0) {
			buf_putc(to, ':');
			put_number(to, bytes[i]);
		}
	}
}

static void put_transfer(struct buf *to, const struct written_kernel *k, const struct command *c)
{
	const struct transfer *t = &c->transfer;
	uint64_t address = k->address[t->tensor];
	struct tensor_region region;

	if (region_of_transfer(k->g, address, t, &region))
		print_tensor_region(to, k->g, &region);
	else
		put_descriptor(to, k, t, address);
	buf_puts(to, c->unit == UNIT_LOAD ? " to=" : " from=");
	put_span(to, k, c->unit == UNIT_LOAD ? &c->writes[0] : &c->reads[0], true);
	if (c->unit == UNIT_LOAD && t->multicast != NULL) {
		buf_puts(to, " multicast=m");
		put_number(to, find_group(k, t->multicast));
	}
	put_traffic(to, t->bytes);
}

static void put_product(struct buf *to, const struct matrix_work *w)
{
	put_option(to, "m", w->m);
	put_option(to, "k", w->k);
	put_option(to, "n", w->n);
	if (w->batches > 1)
		put_option(to, "batches", w->batches);
}

static void put_parts(struct buf *to, const struct graph *g, const struct vector_command *v)
{
	for (size_t i = 0; i < v->n_parts; i++) {
		if (i > 0)
			buf_putc(to, ',');
		buf_puts(to, g->ops[v->parts[i].op].id);
		buf_putc(to, '*');
		put_number(to, v->parts[i].elements);
		if (v->parts[i].pass != PASS_FULL)
			buf_putc(to, '/');
		buf_puts(to, pass_words[v->parts[i].pass]);
	}
}

/* Work beyond that of the parts. */
static void put_extra(struct buf *to, const struct graph *g, const struct vector_command *v)
{
	static const char *const names[] = {
#define X(NAME, text) [VECTOR_##NAME] = text,
		VECTOR_CLASS_LIST(X)
#undef X
	};
	struct vector_command parts = {.ops = 0};

	for (size_t i = 0; i < v->n_parts; i++) {
		struct op_info info;

		op_describe(g, v->parts[i].op, &info);
		vector_command_add(&parts, g, &info, &v->parts[i]);
	}
	for (unsigned i = 0; i < N_VECTOR_CLASSES; i++)
		if (v->bytes[i] > parts.bytes[i])
			put_option(to, names[i], v->bytes[i] - parts.bytes[i]);
	if (v->ops > parts.ops)
		put_option(to, "ops", v->ops - parts.ops);
}

void write_command(struct buf *to, const struct written_kernel *k, struct core_writer *core,
		   const struct command *c)
{
	buf_puts(to, unit_words[c->unit]);
	buf_putc(to, ' ');
	if (c->unit != UNIT_VECTOR)
		buf_puts(to, k->g->ops[c->op].id);
	if (c->unit == UNIT_MATRIX) {
		put_product(to, &c->matrix.work);
	} else if (c->unit == UNIT_VECTOR) {
		put_parts(to, k->g, &c->vector);
		put_extra(to, k->g, &c->vector);
	} else {
		buf_putc(to, ' ');
		put_transfer(to, k, c);
	}
	if (c->unit == UNIT_MATRIX || c->unit == UNIT_VECTOR) {
		put_spans(to, k, " in=", c->reads, c->n_reads);
		put_spans(to, k, " out=", c->writes, c->n_writes);
	}
	put_waits(to, core, c);
	buf_putc(to, '\n');
	core->issued[c->unit]++;
}

void core_writer_barrier(struct core_writer *core, const struct command *c)
{
	for (unsigned u = 0; u < N_UNITS; u++)
		if (c->waits[u] != core->issued[u])
			BUG("a barrier that does not wait for all before it");
	core->issued[UNIT_VECTOR]++;
	memcpy(core->passed, core->issued, sizeof(core->passed));
}
