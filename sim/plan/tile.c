/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chooses how a phase is cut: tile extents, split of the cores into rows and columns,
 * chunks of the contracted axis, loop order.  Candidates are balanced divisions of each
 * dimension; the estimate ranks them; the first of equals wins.  What cannot fit, or cannot
 * score better than the best so far, is not looked at.
 */
#include "base/mem.h"
#include "plan/internal.h"
#include "plan/memo.h"
#include "plan/tile.h"

#include <string.h>

/* Pieces of a column's channels that are looked at first: smaller ones rarely pay. */
#define LARGE_SLICES 12
/* Chunks of the contracted axis are so many elements, or a multiple, or all of it. */
#define LEAST_CHUNK 16

struct search {
	const struct plan *p;
	struct phase *ph;
	uint64_t spad_bytes;
	bool is_pruned;
	uint64_t spare_bytes; /* of what is_hopeless() was asked for last */
	bool skips_misfits; /* what cannot fit is not looked at: least_spad may be too much */
	const struct tiling *near; /* look only for tilings like this one; NULL: for a first one */
	bool only_kept; /* tilings of line buffers that never make a thing twice on a core */
	uint64_t least_spad; /* of all candidates, fitting or not */
	bool found;
	struct tiling best;
	uint32_t main; /* matrix node with the most work, or NONE */
	bool has_window;
};

static void add_choice(struct choices *c, uint64_t value)
{
	if (c->n < MAX_CHOICES && (c->n == 0 || c->value[c->n - 1] != value))
		c->value[c->n++] = value;
}

/* Balanced pieces of n elements, rounded up to a multiple of `unit`: n, n/2, n/3 ... 1. */
void tile_divide(struct choices *c, uint64_t n, uint64_t unit)
{
	static const uint16_t parts[] = {1,  2,   3,   4,   5,   6,   8,   10,   12,  15,
					 16, 20,  24,  30,  32,  40,  48,  60,   64,  80,
					 96, 128, 160, 192, 256, 384, 512, 1024, 4096};

	c->n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(parts) && parts[i] <= n; i++)
		add_choice(c, min_u64(n, round_up_u64(ceil_div_u64(n, parts[i]), unit)));
	for (uint64_t piece = n >> 13; piece > 0; piece >>= 1)
		add_choice(c, min_u64(n, round_up_u64(piece, unit)));
	add_choice(c, min_u64(n, unit));
}

/*
 * First few pieces, each at most about half of the one before; then, round the best of those
 * (`near`), all within a factor of two: the cost of a tiling is smooth enough for that.
 */
static void thin_out(struct choices *c, uint64_t near)
{
	unsigned n = 0;

	for (unsigned i = 0; i < c->n; i++) {
		uint64_t v = c->value[i];
		bool is_kept = near > 0 ? v <= 2 * near && near <= 2 * v
					: i == 0 || i + 1 == c->n || 8 * v <= 5 * c->value[n - 1];

		if (is_kept)
			c->value[n++] = v;
	}
	c->n = n;
}

static uint64_t cores_of(const struct search *s)
{
	return s->p->machine->core_count;
}

static void note_need(struct search *s)
{
	const struct tiling *t = &s->ph->tiling;

	if (t->sums_bytes <= s->p->machine->acc_bytes)
		s->least_spad = min_u64(s->least_spad, t->spad_bytes);
}

static bool is_bounded_out(const struct search *s)
{
	return s->found && phase_least_score(s->p, s->ph) >= s->best.score;
}

/* Estimates the tiling in ph, whose least buffers fit; keeps it if it is the best. */
static void try_filled(struct search *s, bool keeps_nothing)
{
	struct phase *ph = s->ph;

	ph->tiling.keeps_nothing = keeps_nothing;
	phase_fill_buffers(s->p, ph, s->spad_bytes, s->p->machine->acc_bytes);
	phase_estimate(s->p, ph);
	if (!s->found || ph->tiling.score < s->best.score) {
		s->found = true;
		s->best = ph->tiling;
	}
}

static bool keeps_any(const struct phase *ph)
{
	for (size_t i = 0; i < ph->n_streams; i++)
		if (ph->streams[i].keeps_all || ph->streams[i].keeps_chunks)
			return true;
	return false;
}

/* False if not even the least buffers fit. */
static bool try_buffers(struct search *s)
{
	uint64_t sums_bytes = s->p->machine->acc_bytes;

	if (!phase_least_buffers(s->p, s->ph, s->spad_bytes, sums_bytes)) {
		note_need(s);
		return false;
	}
	phase_keep_at_best(s->p, s->ph, s->spad_bytes);
	if (is_bounded_out(s))
		return true;
	try_filled(s, false);
	if (s->main == NONE || !keeps_any(s->ph))
		return true;
	phase_least_buffers(s->p, s->ph, s->spad_bytes, sums_bytes);
	if (!is_bounded_out(s))
		try_filled(s, true);
	return true;
}

static bool try_tiling(struct search *s)
{
	bool fits = false;

	phase_set_grid(s->ph);
	phase_set_slices(s->p, s->ph);
	phase_set_chunks(s->ph);
	for (int keeps_rows = s->ph->slide >= 0; keeps_rows >= 0; keeps_rows--) {
		s->ph->tiling.keeps_rows = keeps_rows;
		phase_extents(s->ph);
		fits |= try_buffers(s);
	}
	return fits;
}

/* Extent of the main product's contracted axis. */
static uint64_t contracted(const struct search *s)
{
	const struct op_info *info = s->main == NONE ? NULL : &s->ph->nodes[s->main].info;

	return info == NULL || info->contract_axis < 0 ? 1 : info->red[info->contract_axis];
}

/* No tile at least as large as this one fits, with chunks of `chunk` elements or more. */
static bool is_hopeless(struct search *s, uint64_t chunk)
{
	struct tiling *t = &s->ph->tiling;
	uint64_t least_spad;
	bool fits;

	if (!s->skips_misfits)
		return false;
	t->max_chunk = chunk;
	t->split_taps = s->main != NONE;
	t->keeps_rows = false;
	phase_set_slices(s->p, s->ph);
	phase_set_chunks(s->ph);
	phase_extents(s->ph);
	fits = phase_may_fit(s->p, s->ph, &least_spad);
	s->spare_bytes = fits ? s->spad_bytes - least_spad : 0;
	if (!fits)
		s->least_spad = min_u64(s->least_spad, least_spad);
	return !fits;
}

static uint64_t chunk_of(const struct search *s, unsigned halvings)
{
	uint64_t whole = contracted(s);

	return s->main == NONE ? whole
			       : round_up_u64(ceil_div_u64(whole, UINT64_C(1) << halvings),
					      LEAST_CHUNK);
}

static unsigned most_halvings(const struct search *s)
{
	unsigned n = 0;

	while (chunk_of(s, n) > LEAST_CHUNK && s->main != NONE)
		n++;
	return n;
}

static bool chunks_fit(struct search *s, unsigned halvings)
{
	struct tiling *t = &s->ph->tiling;

	t->max_chunk = chunk_of(s, halvings);
	t->split_taps = s->main != NONE;
	t->keeps_rows = false;
	phase_set_grid(s->ph);
	phase_set_slices(s->p, s->ph);
	phase_set_chunks(s->ph);
	phase_extents(s->ph);
	return phase_least_buffers(s->p, s->ph, s->spad_bytes, s->p->machine->acc_bytes);
}

/* How often the contracted axis has to be halved at least.  Halves of an axis that is whole
 * otherwise may need more than it: of those there are two at a time. */
static unsigned least_halvings(struct search *s)
{
	unsigned low = 1, high = most_halvings(s);

	if (!s->skips_misfits || high == 0 || chunks_fit(s, 0))
		return 0;
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (chunks_fit(s, middle))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Chunk sizes from the whole axis down: the first that fits, and the next smaller one. */
static void try_chunks(struct search *s)
{
	struct tiling *t = &s->ph->tiling;
	unsigned fitting = 0, most = most_halvings(s);

	phase_set_grid(s->ph);
	if (s->p->machine->halo == HALO_KEEP && !tiling_makes_once(s->p, s->ph))
		return;
	for (unsigned n = least_halvings(s); n <= most && fitting < 2; n++) {
		bool fits;

		t->max_chunk = chunk_of(s, n);
		t->split_taps = false;
		fits = try_tiling(s);
		if (s->main != NONE) {
			t->split_taps = true;
			fits |= try_tiling(s);
		}
		fitting += fits;
	}
}

/* Strips of tiles, one for each core or as long as they can be. */
static void try_strips(struct search *s)
{
	struct tiling *t = &s->ph->tiling;
	uint64_t more;

	t->segments = 1;
	phase_set_grid(s->ph);
	if (t->channel_tiles_per_column > 1 || (s->only_kept && !tiling_is_kept(s->ph, t)))
		return;
	more = tiling_segments(s->ph, t);
	try_chunks(s);
	if (more > 1) {
		t->segments = more;
		try_chunks(s);
	}
}

/* Makes ready to ask is_beaten() of this tile; for its least chunks, is_hopeless() was asked. */
static void set_bounds(struct search *s)
{
	struct tiling *t = &s->ph->tiling;

	t->max_chunk = contracted(s);
	t->split_taps = false;
	phase_set_grid(s->ph);
	phase_set_slices(s->p, s->ph);
	phase_set_chunks(s->ph);
	phase_extents(s->ph);
}

/* No chunks make anything of this tile, in this order of the loops. */
static bool is_beaten(struct search *s)
{
	phase_keep_in_chunks(s->p, s->ph, s->spare_bytes);
	return is_bounded_out(s);
}

static void try_orders(struct search *s)
{
	struct tiling *t = &s->ph->tiling;
	uint64_t channel_tiles = t->channel_dim < 0
					 ? 1
					 : ceil_div_u64((uint64_t)s->ph->space.hi[t->channel_dim],
							t->tile[t->channel_dim]);
	bool beaten[2] = {false, channel_tiles <= t->columns};

	t->channel_outer = false;
	if (s->ph->slide >= 0) {
			try_strips(s);
		return;
	}
	if (s->found && s->skips_misfits) {
		set_bounds(s);
		beaten[0] = is_beaten(s);
		t->channel_outer = true;
		beaten[1] = beaten[1] || is_beaten(s);
	}
	for (int outer = 0; outer < 2; outer++) {
		t->channel_outer = outer;
		if (!beaten[outer])
			try_chunks(s);
	}
}

/* Tiles whose sums overflow the accumulators, or leave most of them unused, are not worth a look.
 */
static bool is_worthwhile(const struct search *s)
{
	const struct tiling *t = &s->ph->tiling;
	uint64_t elements = 1, tiles = 1, sums = s->p->machine->acc_bytes, wide;

	for (unsigned d = 0; d < s->ph->space.n_dims; d++) {
		elements *= t->tile[d];
		if ((int)d != t->channel_dim)
			tiles *= ceil_div_u64((uint64_t)s->ph->space.hi[d], t->tile[d]);
	}
	if (s->main != NONE && sums > 0 && elements * 4 > sums)
		return false;
	if (elements > s->spad_bytes)
		return false;
	if (!s->is_pruned || tiles <= 4 * t->rows)
		return true;
	/* few output channels: what a tile reads fills the core, not what it makes */
	wide = s->main == NONE || t->channel_dim < 0
		       ? 1
		       : max_u64(1, min_u64(contracted(s), 256) / t->tile[t->channel_dim]);
	return elements * wide * 4 * 16 >= (s->main != NONE && sums > 0 ? sums : s->spad_bytes / 4);
}

/* Pieces of the only row dimension of a product fill the unit's rows. */
static uint64_t row_unit(const struct search *s, unsigned d)
{
	const struct node *n = s->main == NONE ? NULL : &s->ph->nodes[s->main];

	return n != NULL && n->info.row_dims == 1U << d ? s->p->machine->matrix_m : 1;
}

static void try_spatial(struct search *s, unsigned level)
{
	struct tiling *t = &s->ph->tiling;
	struct choices c;
	unsigned d;
	bool inner_full = true;

	for (unsigned i = 0; i < level && i < s->ph->tiling.n_inner; i++)
		inner_full &= t->tile[s->ph->tiling.inner[i]] ==
			      (uint64_t)s->ph->space.hi[s->ph->tiling.inner[i]];
	if (level == s->ph->tiling.n_inner ||
	    (level > 1 && !inner_full && !(s->has_window && level == 2)) ||
	    (level == 1 && !inner_full && !s->has_window)) {
		for (unsigned i = level; i < s->ph->tiling.n_inner; i++)
			t->tile[s->ph->tiling.inner[i]] = 1;
		if (is_worthwhile(s))
			try_orders(s);
		return;
	}
	d = s->ph->tiling.inner[level];
	tile_divide(&c, (uint64_t)s->ph->space.hi[d], row_unit(s, d));
	thin_out(&c, s->near == NULL ? 0 : s->near->tile[d]);
	for (unsigned i = 0; i < c.n; i++) {
		t->tile[d] = c.value[i];
		for (unsigned j = level + 1; j < t->n_inner; j++)
			t->tile[t->inner[j]] = 1;
		if (!is_hopeless(s, chunk_of(s, most_halvings(s))))
			try_spatial(s, level + 1);
	}
}

static void try_channels(struct search *s)
{
	struct tiling *t = &s->ph->tiling;
	uint64_t channels = (uint64_t)s->ph->space.hi[t->channel_dim],
		 unit = s->p->machine->matrix_n;
	struct choices columns, slices;

	tile_divide(&columns, min_u64(cores_of(s), ceil_div_u64(channels, unit)), 1);
	thin_out(&columns, s->near == NULL ? 0 : s->near->columns);
	for (unsigned i = 0; i < columns.n; i++) {
		t->columns = columns.value[i];
		t->rows = cores_of(s) / t->columns;
		tile_divide(&slices, ceil_div_u64(channels, t->columns), unit);
		thin_out(&slices, s->near == NULL ? 0 : s->near->tile[t->channel_dim]);
		for (unsigned j = 0; j < slices.n && (j < LARGE_SLICES || !s->is_pruned); j++) {
			t->tile[t->channel_dim] = slices.value[j];
			try_spatial(s, 0);
		}
	}
}

static void find_main(struct search *s)
{
	uint64_t most = 0;

	s->main = NONE;
	for (uint32_t i = 0; i < s->ph->n_nodes; i++) {
		const struct node *n = &s->ph->nodes[i];

		if (n->is_matrix && n->chunk_of == NONE &&
		    (s->main == NONE || n->info.macs > most)) {
			s->main = i;
			most = n->info.macs;
		}
		for (unsigned j = 0; j < n->info.n_access; j++)
			for (unsigned d = 0; d < n->info.access[j].n_dims; d++)
				s->has_window |= n->info.access[j].axis[d].out_dim >= 0 &&
						 (n->info.access[j].axis[d].red_dim >= 0 ||
						  n->info.access[j].axis[d].out_div > 1);
	}
}

static int find_channel_dim(const struct search *s)
{
	const struct node *n = s->main == NONE ? NULL : &s->ph->nodes[s->main];

	if (n == NULL || n->info.column_dims == 0 || !region_equal(&n->info.out, &s->ph->space))
		return -1;
	return __builtin_ctz(n->info.column_dims) == s->ph->slide
		       ? -1
		       : __builtin_ctz(n->info.column_dims);
}

/* The dimensions but the channel's, in memory order of the primary's tensor. */
static void sort_inner(struct search *s)
{
	struct placement place;

	tensor_placement(s->p->graph, node_tensor(s->p, &s->ph->nodes[s->ph->primary]), &place);
	for (unsigned d = 0; d < s->ph->space.n_dims; d++) {
		unsigned at = s->ph->tiling.n_inner;

		if ((int)d == s->ph->tiling.channel_dim)
			continue;
		while (at > 0 && place.stride[s->ph->tiling.inner[at - 1]] > place.stride[d]) {
			s->ph->tiling.inner[at] = s->ph->tiling.inner[at - 1];
			at--;
		}
		s->ph->tiling.inner[at] = (uint8_t)d;
		s->ph->tiling.n_inner++;
	}
}

static void search_init(struct search *s, const struct plan *p, struct phase *ph,
			uint64_t spad_bytes)
{
	memset(s, 0, sizeof(*s));
	s->p = p;
	s->ph = ph;
	s->spad_bytes = spad_bytes;
	s->is_pruned = true;
	s->least_spad = UINT64_MAX;
	find_main(s);
	memset(&ph->tiling, 0, sizeof(ph->tiling));
	ph->tiling.channel_dim = find_channel_dim(s);
	ph->tiling.columns = ph->tiling.segments = 1;
	ph->tiling.rows = cores_of(s);
	sort_inner(s);
	s->has_window |= s->main != NONE;
}

static void search_all(struct search *s)
{
	s->ph->tiling.columns = 1;
	s->ph->tiling.rows = cores_of(s);
	if (s->ph->tiling.channel_dim >= 0)
		try_channels(s);
	else
		try_spatial(s, 0);
}

/* As the search goes: strips that keep all, few pieces; then more. */
static void search_fitting(struct search *s)
{
	s->only_kept = s->ph->slide >= 0;
	search_all(s);
	if (!s->found && s->only_kept && s->p->machine->halo == HALO_KEEP) {
		s->is_pruned = false;
		search_all(s);
		s->is_pruned = true;
	}
	if (!s->found && s->only_kept) {
		s->only_kept = false;
		search_all(s);
	}
	if (!s->found) {
		s->is_pruned = false;
		search_all(s);
	}
}

static bool smallest_may_fit(struct search *s)
{
	const struct region *space = &s->ph->space;
	int channel = s->ph->tiling.channel_dim;

	for (unsigned d = 0; d < space->n_dims; d++)
		s->ph->tiling.tile[d] = 1;
	if (channel >= 0) /* balanced pieces may be smaller than the unit */
		s->ph->tiling.tile[channel] =
			ceil_div_u64((uint64_t)space->hi[channel],
				     ceil_div_u64((uint64_t)space->hi[channel],
						  s->p->machine->matrix_n));
	return !is_hopeless(s, chunk_of(s, most_halvings(s)));
}

void tile_search(const struct plan *p, struct phase *ph, struct tile_memory *out)
{
	struct tiling first;
	struct search s;

	search_init(&s, p, ph, p->machine->spad_bytes);
	s.skips_misfits = true;
	if (smallest_may_fit(&s))
		search_fitting(&s);
	if (s.found) {
		first = s.best;
		s.near = &first;
		search_all(&s);
	} else if (!p->is_part) {
		s.skips_misfits = s.is_pruned = s.only_kept = false;
		s.least_spad = UINT64_MAX;
		search_all(&s); /* what is the least that does not fit? */
	}
	*out = (struct tile_memory){s.found, s.best, s.least_spad};
}
