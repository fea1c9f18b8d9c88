/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan's own structures; nobody outside sim/plan sees them.
 *
 *   kernel  = phases, one after the other, with a barrier between them
 *   phase   = nodes (operators, or one pass of a normalisation) that run tile by tile
 *   node    -> value: what it makes, held on chip under a tile's region
 *   stream  = an operand of a node that comes from HBM
 *   cluster = nodes whose vector work runs as one command, element by element
 *   stage   = a matrix node with its chunk loop, or a cluster; a tile runs the stages in order
 *   loop    = the stages that a matrix node's chunk loop runs for each of its chunks
 *   strip   = tiles that a core takes one after the other, with rows kept in between
 *   variant = a way to run the kernel that differs in more than tiles
 *   buffer  = scratchpad or accumulator slots of one stream or value
 *
 * A phase walks the tiles of its primary output.  Cores form a grid of `rows` x
 * `columns`: column k owns a slice of the channel dimension, the rows take the other
 * tiles in turn, row r those with index r, r + rows, ...  All of a column need the same
 * weights at the same step, all of a row the same input: multicast.
 */
#ifndef MEMSIM_PLAN_INTERNAL_H
#define MEMSIM_PLAN_INTERNAL_H

#include "base/err.h"
#include "config/machine.h"
#include "ir/block.h"
#include "ir/command.h"
#include "ir/ops.h"
#include "plan/plan.h"

struct lattice;

#define MAX_NODES 64 /* operators of a fuse group: bit masks hold them */
#define NONE UINT32_MAX

struct buffer {
	uint8_t memory;  /* enum onchip */
	uint32_t number; /* in the kernel */
	uint32_t tensor; /* whose elements it holds */
	bool is_sums;    /* of products, not the tensor's own type */
	bool is_ring;    /* a slot a row, which lie close to each other however long they are */
	uint64_t base, slot_bytes;
	uint64_t slots;
};

struct stream {
	uint32_t node, operand;
	uint32_t tensor;
	enum traffic cause; /* name of the bytes that the kernel reads here for the first time */
	enum traffic again; /* name of those that `known`, other streams' regions, holds too */
	struct lattice *known;
	size_t n_known;
	const struct shape *shape; /* of the tensor */
	uint32_t repeated;  /* dimensions along which a view repeats the same bytes */
	bool is_preload;    /* small: the whole tensor, once, before the first tile */
	uint32_t grid_mask; /* grid dimensions that its region follows */
	uint32_t chunk_dims; /* dimensions of it that follow the chunk loop of its matrix stage */
	bool chunks_overlap; /* neighbouring chunks need some of the same indices */
	bool follows_tap;    /* it follows the taps of its matrix stage */
	bool in_sliced;                  /* operand of the cluster that works slice by slice */
	bool keeps_chunks;               /* all its chunks stay while the inner loop runs */
	bool keeps_all;                  /* everything that the core ever needs of it stays */
	bool keeps_none;                 /* not even a single chunk stays: for bounds alone */
	bool is_shared;                  /* later stages of the tile read it, too */
	bool is_resident;                /* stays from the phase before: never loaded */
	uint64_t least_bytes; /* of one slot: see phase_may_fit() */
	uint32_t buffer;
	int64_t extent[MAX_DIMS];
	uint32_t dim_follows[MAX_DIMS]; /* grid dimension's bit that the dimension follows, 0 if
					   none */
	int slide_dim; /* its rows: the dimension along which successive tiles of a strip overlap, or
			  -1 */
	int64_t work[MAX_DIMS];         /* extent of what a tile of a strip loads */
	int64_t step[MAX_DIMS];         /* every step-th index only: a window of one, strided */
	bool has_repeats; /* rows where indices say, perhaps some of them again */
	bool has_holes; /* not all of what is loaded is touched: counted as padding */
};

/*
 * Where one dimension of a value lies, given the tile [t, t + n) of a grid dimension that it
 * follows (or the chunk of its matrix stage): within [t * slope + lo, (t + n - 1) * slope + hi].
 */
struct reach {
	bool is_seen, is_joined; /* is_joined: its readers look differently far */
	bool leaves;             /* for some tiles, a reader looks past the end: it needs nothing */
	int8_t grid;             /* dimension, REACH_CHUNK, or REACH_FIXED: [lo, hi] always */
	uint32_t num, den;       /* the slope */
	int64_t lo, hi;
};
#define REACH_FIXED (-1)
#define REACH_CHUNK MAX_DIMS

struct node {
	uint32_t op;
	uint32_t port; /* of an opaque operator: the input that it reads, or the output that it makes */
	enum op_pass pass;
	struct op_info info;
	const struct shape *shape[OP_MAX_ACCESS]; /* of each operand */
	uint32_t producer[OP_MAX_ACCESS]; /* node of the phase that makes the operand, or NONE */
	uint32_t stream[OP_MAX_ACCESS];   /* stream that brings it, or NONE */
	uint64_t ancestors;               /* nodes of the phase that it depends on */
	uint64_t consumers;               /* nodes of the phase that read its value */
	uint32_t cluster;                 /* of its vector work; a matrix node's is its epilogue */
	uint32_t loop_op;  /* it has to run inside that operator's chunk loop; NONE: it need not */
	uint32_t chunk_of; /* runs inside the chunk loop of that matrix node, or NONE */
	uint32_t online;   /* matrix node: the normalisation that runs online in its loop, or NONE */
	bool is_matrix;
	bool is_stored;
	enum traffic store_cause;
	bool is_buffered; /* its value is held for another cluster, a matrix node or a store */
	uint32_t buffer;  /* of the value */
	uint32_t sums;    /* buffer of a matrix node's sums, or of what an online node keeps */
	uint32_t grid_mask;
	uint32_t chunk_dims;
	bool chunks_overlap;
	int64_t extent[MAX_DIMS];
	int slide_dim; /* its rows are kept for the next tile of the strip, along this dimension; or
			  -1 */
	int64_t work[MAX_DIMS]; /* extent of what a tile makes anew */
	uint32_t dim_follows[MAX_DIMS];
	struct reach reach[MAX_DIMS];
	/* matrix nodes: the chunk loop over the contracted axis, and over one axis of taps */
	uint64_t chunk;
	uint64_t n_chunks, n_taps;
	int tap_axis;
};

struct stage {
	uint32_t matrix;  /* node, or NONE */
	uint32_t cluster; /* or NONE */
	uint32_t loop;    /* matrix node whose chunk loop it runs in; NONE: once a tile */
};

struct tiling {
	int channel_dim; /* split over the columns of cores; -1: none */
	uint64_t tile[MAX_DIMS], grid[MAX_DIMS];
	uint64_t spatial_tiles, channel_tiles;
	uint32_t spatial_cut, channel_cut; /* dimensions with more than one tile */
	uint64_t segments;    /* pieces of the slid dimension, which different cores may have */
	uint64_t strip_tiles; /* successive tiles of a piece, which a core takes in turn; 1: no matter */
	bool keeps_rows;      /* of streams, too */
	uint64_t rows, columns;
	uint64_t channel_tiles_per_column;
	bool channel_outer; /* loop order: channels outside, the other tiles inside */
	unsigned n_inner;
	uint8_t inner[MAX_DIMS]; /* dimensions but the channel's, innermost in memory first */
	int slice_dim; /* the last cluster works through a tile in slices of this dimension */
	uint64_t slice, n_slices;
	uint64_t max_chunk; /* of every matrix node, elements */
	bool split_taps;
	bool keeps_nothing; /* spare scratchpad goes to deeper rings, not to operands that stay */
	uint64_t estimate_cycles, score;
	uint64_t spad_bytes, sums_bytes;
};

struct phase {
	struct node *nodes;
	uint32_t n_nodes;
	struct stream *streams;
	size_t n_streams, streams_capacity;
	struct stage *stages; /* of a tile, then those of loops */
	uint32_t n_stages, n_loop_stages;
	uint32_t sliced;     /* cluster that drains sums slice by slice, or NONE */
	uint32_t primary;    /* node whose value (PASS_STATS: operand 0) the tiles cut */
	struct region space; /* of the primary */
	uint32_t possible; /* VARIANT_ bits that would change it */
	bool keeps;       /* rows that tiles share are made once, where that can be */
	int slide;        /* grid dimension along which strips of tiles run, or -1 */
	uint32_t unkept;  /* operator whose shared rows cannot be kept, or NONE */
	uint32_t resident_stream; /* kept for the next phase, a slot a step; or NONE */
	uint32_t conflict_reader, conflict_maker; /* operators: the reader looks at parts of the
						     value that no tile holds together with what
						     the value's other readers need; or NONE */
	bool takes_resident; /* shares tiling and buffers[0] with the phase before */
	struct buffer *buffers;
	size_t n_buffers, buffers_capacity;
	struct tiling tiling;
};

/* Ways to run a kernel, to be chosen from; bits. */
enum {
	VARIANT_ONLINE = 1, /* products and normalisations inside a product's chunk loop */
	VARIANT_KEEP = 2,   /* rows that tiles share stay in line buffers */
	VARIANT_RECOMPUTE = 4, /* what a normalisation's second pass needs is made again */
	VARIANT_SHARE = 8,     /* what several nodes read alike is loaded once */
	VARIANT_END = 16,
};

/* How a phase is cut: all that has to be kept of the search. */
struct choice {
	struct tiling tiling;
	bool takes_resident;
};

/* Phases are large and quickly built: a kernel has them while it is tiled and while it runs. */
struct kernel_plan {
	struct kernel info;
	char *name;
	uint32_t *ops;
	struct phase *phases;
	size_t n_phases;
	struct choice *choices; /* of each phase; NULL: those of kernel `like` */
	uint32_t like;
	uint32_t variant, possible; /* VARIANT_ bits: chosen; with some effect */
	uint64_t stored;     /* bit i: operator i writes its result to HBM */
	uint64_t spad_needs; /* 0: it has tiles */
	size_t n_buffers;    /* over its phases, those that stay once */
};

/* Operator `op` runs after operator `before`, which uses the same state. */
struct state_need {
	uint32_t op, before;
};

struct plan {
	const struct graph *graph;
	const struct machine *machine;
	struct memory_pace pace;
	/* cycles: of a DMA's setup; from a load's start to its data, and from a store's to its
	 * acknowledgement, beyond what the bytes take */
	struct {
		uint64_t setup, load, store;
	} latency;
	struct tile_memo *tiles; /* of phases met so far (memo.h) */
	enum schedule schedule;
	bool is_part; /* of one kernel: what one that does not fit needs, may be a lower bound */
	uint64_t sample_parts, sample_least; /* see plan_sample() */
	const uint32_t *groups; /* SCHEDULE_AUTO, while it is built: of each operator, or NO_INDEX */
	struct kernel_plan *kernels;
	size_t n_kernels;
	struct kernel_plan *open; /* the kernel that has phases, or NULL */
	uint32_t *kernel_of_op; /* NONE: a view */
	uint32_t *use_start;    /* readers of tensor t: uses[use_start[t] .. use_start[t + 1]) */
	uint32_t *uses;
	struct state_need *state_needs; /* by `op` */
	size_t n_state_needs, state_needs_capacity;
	uint64_t *address; /* per tensor that owns storage: where it lies in HBM */
	uint64_t hbm_peak_bytes, weight_bytes;
	struct emitter *emitter;
	struct plan_source source; /* instead of the emitter; `next` is NULL: none */
};

/* plan.c: pace and latency of the plan's machine. */
void plan_set_latencies(struct plan *p);
/* Tiles, totals and choices of a kernel that has phases, or k->spad_needs. */
void plan_tile_kernel(const struct plan *p, struct kernel_plan *k);

/* part.c: a plan of one kernel at a time, the rest of the graph around it.  Adequate for
 * estimates; part_place() makes it one that can be drawn from. */
struct plan *part_new(const struct graph *g, const struct machine *m);
/* Makes `ops`, ascending, the kernel; NULL: it cannot run, err says why.  Else it has phases, and
 * tiles if spad_needs is 0. */
struct kernel_plan *part_set(struct plan *p, const uint32_t *ops, size_t n, struct err *err);

/* kernels.c: readers of every tensor; which operators form a kernel, in which order. */
void plan_uses(struct plan *p);
bool plan_kernels(struct plan *p, struct err *err);
/* states.c: who waits for whom because of a state; the needs of one operator. */
void plan_states(struct plan *p);
const struct state_need *plan_needs_of(const struct plan *p, uint32_t op, size_t *n);
/* Names a kernel whose operators are listed. */
void kernel_name(const struct plan *p, struct kernel_plan *k);
/* The tensor whose storage t names: itself, or what its view lies in. */
uint32_t plan_storage(const struct plan *p, uint32_t t);
/* True if someone outside kernel k, or the user, needs tensor t. */
bool plan_needed_outside(const struct plan *p, uint32_t t, uint32_t k);

/* A view that only names a region: no kernel runs it. */
static inline bool op_moves_nothing(const struct op_info *info)
{
	return op_is_view(info) && info->refusal == NULL;
}

/* The operand, of the output's extent along dimension d, is read at exactly its indices. */
static inline bool axis_is_identity(const struct axis_access *a, unsigned d, int64_t extent)
{
	return extent == 1 ||
	       (a->out_dim == (int)d && a->red_dim < 0 && !a->whole && a->out_div == 1 &&
		a->out_mul == 1 && a->out_bias == 0 && a->offset == 0);
}

/* Along this axis the operand is touched with gaps: the stride exceeds the window, or a
 * dilated window skips what no other output touches. */
static inline bool axis_has_holes(const struct op_info *info, const struct axis_access *a)
{
	uint64_t taps = a->red_dim < 0 ? 1 : info->red[a->red_dim];

	if (a->whole || a->out_dim < 0)
		return false;
	if (a->undoes)
		return taps > 1 && info->out.hi[a->out_dim] < a->red_mul;
	if (taps == 1)
		return a->out_mul > 1;
	if (a->red_mul == 1)
		return taps < (uint64_t)a->out_mul;
	return a->out_mul != 1 || info->out.hi[a->out_dim] < a->red_mul;
}

/* The slices of the last cluster move the stream's region. */
static inline bool stream_follows_slice(const struct phase *ph, const struct stream *s)
{
	return s->in_sliced && ph->tiling.slice_dim >= 0 &&
	       (s->grid_mask >> ph->tiling.slice_dim & 1);
}

/* Tiles that a core takes one after the other, and how many of these strips there are. */
static inline uint64_t tiling_strips(const struct tiling *t)
{
	return t->spatial_tiles / t->strip_tiles;
}

/* Tiles, channels aside, of the core that has most. */
static inline uint64_t tiling_core_tiles(const struct tiling *t)
{
	return ceil_div_u64(tiling_strips(t), t->rows) * t->strip_tiles;
}

/* The stream's rows are kept for the next tile of the strip. */
static inline bool stream_slides(const struct phase *ph, const struct stream *s)
{
	return ph->tiling.keeps_rows && s->slide_dim >= 0;
}

/* phases.c: cuts a kernel's operators into phases of nodes. */
bool kernel_phases(const struct plan *p, struct kernel_plan *k, struct err *err);
void kernel_release_phases(struct kernel_plan *k);
/* variant.c: the ways to run a kernel that the machine prescribes, to begin with. */
uint32_t kernel_first_variant(const struct plan *p);
/* Tiles a kernel whose phases are built in the first variant, in the best of those that are
 * allowed; k->choices and k->variant tell which.  False if none fits: k->spad_needs then is
 * the least that one needs. */
bool kernel_choose(const struct plan *p, struct kernel_plan *k);
/* Builds and tiles it as has been chosen. */
void kernel_rebuild(const struct plan *p, struct kernel_plan *k, uint32_t variant,
		    const struct choice *choices);
/* causes.c: names what each stream of a kernel reads. */
void kernel_name_causes(const struct plan *p, struct kernel_plan *k);
/* Bytes of a stream's region that another stream of the kernel reads first. */
uint64_t stream_known_bytes(const struct plan *p, const struct stream *s, const struct region *r);
/* phase.c: streams, clusters, stages of a phase whose nodes are set. */
void phase_build(const struct plan *p, struct phase *ph, uint32_t variant);
void phase_release(struct phase *ph);
/* reach.c: where values lie, given the tile; sets conflict_reader and conflict_maker. */
void phase_reaches(struct phase *ph);
/* The largest extent of dimension d of a value whose readers look differently far; 0 if they
 * do not. */
int64_t reach_extent(const struct phase *ph, const struct node *n, unsigned d);
/* stages.c: the order of a phase's stages and of those of its loops. */
void phase_order(struct phase *ph);
/* slide.c: line buffers.  Does the phase make something that successive tiles share? */
bool phase_overlaps(const struct phase *ph);
/* Would nodes i and q make the same rows at every tile? */
bool slide_alike(const struct node *a, const struct node *b);
void phase_find_slide(const struct plan *p, struct phase *ph);
/* Rows by which a tile advances in the node's value, in the stream's region. */
int64_t node_slide_rows(const struct phase *ph, const struct node *n);
int64_t stream_slide_rows(const struct phase *ph, const struct stream *s);
/* Sets the strips of a tiling whose grid is set. */
void tiling_set_strips(const struct phase *ph, struct tiling *t);
/* Numbers of segments that are worth a look: the largest that leaves no core with two. */
uint64_t tiling_segments(const struct phase *ph, const struct tiling *t);
/* No core has to make again what it made before: strips border on other cores alone. */
bool tiling_is_kept(const struct phase *ph, const struct tiling *t);
/* With the phase's grid, no core computes again what it computed before. */
bool tiling_makes_once(const struct plan *p, const struct phase *ph);
/* share.c: streams that several nodes read alike; once the stages are known. */
bool phase_can_share(const struct phase *ph);
void phase_share(struct phase *ph);
/* Nodes of a cluster, as bits. */
uint64_t phase_cluster(const struct phase *ph, uint32_t cluster);

/* The tensor that operand j of a node is. */
static inline uint32_t node_operand(const struct plan *p, const struct node *n, unsigned j)
{
	return op_operand(p->graph, &p->graph->ops[n->op], n->port + j);
}

/* The tensor over which a node's tiles lie: what it makes, or what it takes statistics of. */
uint32_t node_tensor(const struct plan *p, const struct node *n);

/* geometry.c: what follows from the extents in ph->tiling. */
void phase_set_grid(struct phase *ph);
void phase_set_slices(const struct plan *p, struct phase *ph);
void phase_set_chunks(struct phase *ph);
/* extent.c: the largest region of every value and stream under a tiling. */
void phase_extents(struct phase *ph);

/* buffers.c: the least buffers, nothing kept; false if not even they fit; tiling.spad_bytes and
 * sums_bytes tell the need. */
bool phase_least_buffers(const struct plan *p, struct phase *ph, uint64_t spad_bytes,
			 uint64_t sums_bytes);
/* Makes more of the rest: what is kept, deeper rings. */
void phase_fill_buffers(const struct plan *p, struct phase *ph, uint64_t spad_bytes,
			uint64_t sums_bytes);
/* Both. */
bool phase_buffers(const struct plan *p, struct phase *ph, uint64_t spad_bytes,
		   uint64_t sums_bytes);
/* Beside the least buffers of all, each stream keeps what it could alone. */
void phase_keep_at_best(const struct plan *p, struct phase *ph, uint64_t spad_bytes);
/* The same whatever the chunks are: the whole axis is one, and phase_may_fit() told what the least
 * ones leave. */
void phase_keep_in_chunks(const struct plan *p, struct phase *ph, uint64_t spare_bytes);
/* False if tiles at least as large, with chunks at least as large, do not fit; *spad_bytes: what
 * they take at the least, UINT64_MAX if it is sums that do not fit.  Extents are set. */
bool phase_may_fit(const struct plan *p, struct phase *ph, uint64_t *spad_bytes);
uint64_t phase_extent_bytes(const struct plan *p, uint32_t tensor, const int64_t *extent);

/* estimate.c: cycles of a phase under its tiling, from the machine's description alone, and its
 * score, the less the better; both into the tiling. */
void phase_estimate(const struct plan *p, struct phase *ph);
/* The same in a run, where a phase finds writes of the one before in the memory's queues and leaves
 * some of its own: bus cycles of both. */
uint64_t phase_estimate_queued(const struct plan *p, const struct phase *ph, bool is_last,
			       uint64_t *queued_cycles);
/* Were the streams to keep what they are set to: no buffers make the score of these tiles less. */
uint64_t phase_least_score(const struct plan *p, const struct phase *ph);
/* Bytes that it moves to and from HBM, were every tile as large as the largest. */
uint64_t phase_hbm_bytes(const struct plan *p, const struct phase *ph);
/* Loads of a stream that one core makes, and that the device makes of HBM, in regions. */
struct stream_loads {
	uint64_t core, device;
};
struct stream_loads stream_loads(const struct plan *p, const struct phase *ph,
				 const struct stream *s);
uint64_t stream_core_loads(const struct phase *ph, const struct stream *s);
/* emit_mask.c: it is not loaded where a mask leaves nothing of what is made of it. */
bool stream_leaves_hidden(const struct phase *ph, const struct stream *s);

/* tile_kernel.c: chooses the tilings of a kernel's phases; false when one has none that fits:
 * k->spad_needs then tells the scratchpad that its smallest tile takes. */
bool kernel_tile(const struct plan *p, struct kernel_plan *k);
/* Takes over the tilings that were chosen for it, or for a kernel that is alike. */
void kernel_tile_as(const struct plan *p, struct kernel_plan *k, const struct choice *choices);

/* regions.c: exact regions of one tile. */
struct tile_regions {
	struct region value[MAX_NODES]; /* what the tile makes of each value */
	struct region held[MAX_NODES];  /* of those that slide: what it needs of it */
};
void tile_region(const struct phase *ph, const uint64_t *coordinate, struct region *out);
/* Regions of all values for a tile, chunk loops whole.  Of values that slide, nothing below
 * `frontier` is made again; NULL: there is nothing yet. */
void phase_regions(const struct plan *p, const struct phase *ph, const struct region *tile,
		   const int64_t *frontier, struct tile_regions *out);
/* Moves the frontier of each value that slides past what the tile makes. */
void advance_frontier(const struct phase *ph, const struct tile_regions *r, int64_t *frontier);
/* Bytes of a region that the whole operator touches, holes left out. */
uint64_t stream_dense_bytes(const struct plan *p, const struct phase *ph, const struct stream *s,
			    const struct region *r);
/* Distinct bytes of a stream's tensor that the whole phase needs. */
uint64_t stream_touched_bytes(const struct plan *p, const struct phase *ph, const struct stream *s);
/* Region of a stream's tensor that the whole phase needs. */
void stream_touched_region(const struct plan *p, const struct phase *ph, const struct stream *s,
			   struct region *out);
/* Region of an operand for one chunk and tap of its matrix stage. */
void stream_region(const struct plan *p, const struct phase *ph, const struct stream *s,
		   const struct tile_regions *regions, uint64_t chunk, uint64_t tap,
		   struct region *out);
/* Reduction region of a matrix node at a chunk and tap. */
void chunk_red(const struct node *n, uint64_t chunk, uint64_t tap, bool whole_taps,
	       struct region *red);
/* Values inside the chunk loop of matrix node m, for one chunk. */
void chunk_regions(const struct plan *p, const struct phase *ph, uint32_t m, uint64_t chunk,
		   struct tile_regions *regions);

/* How a core walks a stream: iterations of its two loops, and what the region follows. */
struct loops {
	uint64_t outer, inner;
	bool follows_outer, follows_inner, follows_spatial, follows_channel;
	uint64_t chunks; /* regions of the stream in its stage's chunk loop */
};
struct loops stream_loops(const struct phase *ph, const struct stream *s);

/* transfer.c: a region of a tensor as strided blocks of HBM. */
void blocks_init(struct blocks *b, const struct plan *p, uint32_t tensor, const struct region *r,
		 const int64_t *step);
/* Bytes of a region in its storage: a broadcast dimension of a view counts once. */
uint64_t storage_bytes(const struct plan *p, uint32_t tensor, const struct region *r,
		       const int64_t *step);

/* overlap.c: where the elements of a region lie in their storage, and what two share. */
struct lattice {
	bool is_empty;
	int64_t offset; /* of the first element */
	unsigned n_axes;
	struct storage_axis axis[MAX_DIMS]; /* none contiguous with the one before */
};
void region_lattice(const struct plan *p, uint32_t tensor, const struct region *r,
		    const int64_t *step, struct lattice *out);
uint64_t lattice_shared(const struct lattice *a, const struct lattice *b);

/* sample.c: iterations of a core's loops that are drawn, at most. */
void phase_sampled_loops(const struct plan *p, const struct phase *ph, uint64_t *outer,
			 uint64_t *inner);
/* totals.c: what a kernel executes and must move. */
void kernel_totals(const struct plan *p, struct kernel_plan *k);
/* Its estimate behind a kernel that left so many bus cycles of writes; sets what it leaves. */
void kernel_estimate_queued(const struct plan *p, struct kernel_plan *k, uint64_t *queued_cycles);
/* place.c: addresses in HBM by lifetime. */
bool plan_place(struct plan *p, struct err *err);
/* Of a part's one kernel: what it touches, in the order of its operands. */
bool plan_place_part(struct plan *p, struct err *err);
uint64_t place_bytes(const struct plan *p, uint32_t t);
/* emit.c */
struct emitter *emitter_new(const struct plan *p);
void emitter_free(struct emitter *e);
void emitter_start(struct emitter *e, const struct kernel_plan *k);
bool emitter_next(struct emitter *e, uint32_t core, struct command *out);
const struct kernel_plan *emitter_kernel(const struct emitter *e);

#endif
