/* SPDX-License-Identifier: Apache-2.0 */
/* See random_run.h. */
#include "support/random_run.h"

#include "base/mem.h"
#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rng {
	uint64_t state;
};

/* splitmix64: public domain, Sebastiano Vigna */
static uint64_t draw_u64(struct rng *g)
{
	uint64_t z = g->state += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return z ^ z >> 31;
}

static uint64_t pick(struct rng *g, uint64_t n)
{
	return draw_u64(g) % n;
}

static uint64_t between(struct rng *g, uint64_t lo, uint64_t hi)
{
	return lo + pick(g, hi - lo + 1);
}

static void line(struct random_run *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void line(struct random_run *r, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	BUG_ON(r->n_lines == RANDOM_MAX_LINES);
	r->lines[r->n_lines++] = xstrdup(text);
	buf_printf(&r->text, "%s\n", text);
}

static void random_memory(struct rng *g, struct machine *m)
{
	m->hbm_standard = pick(g, 3) == 0 ? HBM_STANDARD_IDEAL : HBM_STANDARD_hbm2;
	m->hbm_stacks = between(g, 1, 3);
	m->hbm_channels = between(g, 1, 4);
	m->hbm_bandwidth = between(g, 10, 200) * 1000000000;
	m->hbm_bytes = UINT64_C(1) << 30;
}

static void random_machine(struct rng *g, struct random_run *r, const struct machine *memory)
{
	struct machine *m = &r->machine;
	uint64_t packet_bytes;

	if (memory != NULL)
		*m = *memory;
	else
		config_defaults(m);
	m->core_count = between(g, 1, 9);
	m->core_hz = between(g, 500, 2000) * 1000000;
	m->noc_hz = between(g, 500, 2000) * 1000000;
	m->matrix_m = UINT64_C(4) << pick(g, 3);
	m->matrix_n = UINT64_C(4) << pick(g, 3);
	m->matrix_k_f16 = UINT64_C(4) << pick(g, 3);
	m->vector_bytes_per_cycle = UINT64_C(32) << pick(g, 5);
	m->spad_bytes = between(g, 8, 128) * 1024;
	m->acc_bytes = pick(g, 3) == 0 ? 0 : between(g, 8, 64) * 1024;
	m->buffering = between(g, 1, 3);
	packet_bytes = UINT64_C(64) << pick(g, 4);
	m->dma_window_bytes = between(g, 1, 64) * 1024;
	m->noc_core_bytes_per_cycle = UINT64_C(16) << pick(g, 5);
	m->noc_multicast = pick(g, 3) == 0 ? NOC_MULTICAST_OFF : NOC_MULTICAST_ON;
	m->noc_latency_cycles = between(g, 0, 60);
	m->launch_ps = pick(g, 2) * between(g, 0, 3000) * 1000;
	m->gap_ps = pick(g, 2) * between(g, 0, 2000) * 1000;
	m->groupnorm = (unsigned)pick(g, GROUPNORM_GIVEN + 1);
	m->halo = (unsigned)pick(g, 3) == 0 ? HALO_RECOMPUTE : pick(g, 2) ? HALO_KEEP : HALO_AUTO;
	if (memory == NULL) {
		m->packet_bytes = packet_bytes;
		random_memory(g, m);
	}
	buf_printf(&r->text,
		   "# cores %" PRIu64 " spad %" PRIu64 " acc %" PRIu64 " buffering %" PRIu64
		   " packet %" PRIu64 " standard %u stacks %" PRIu64 " channels %" PRIu64
		   " multicast %u halo %u\n",
		   m->core_count, m->spad_bytes, m->acc_bytes, m->buffering, m->packet_bytes,
		   m->hbm_standard, m->hbm_stacks, m->hbm_channels, m->noc_multicast,
		   m->halo);
}

/* A tensor of the growing trace. */
struct made {
	uint64_t c, h, w;
	bool is_used;
};

struct growth {
	struct rng *g;
	struct random_run *r;
	struct made t[32];
	unsigned n, n_ops;
	const char *layout;
};

static unsigned add_tensor(struct growth *w, uint64_t c, uint64_t h, uint64_t wd)
{
	w->t[w->n] = (struct made){c, h, wd, false};
	return w->n++;
}

/* Declared when its role is known; a weight at once. */
static void declare(struct growth *w, unsigned i, const char *role)
{
	line(w->r, "tensor t%u f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 "%s%s", i, w->t[i].c,
	     w->t[i].h, w->t[i].w, role, w->layout);
}

static unsigned grow_conv(struct growth *w, unsigned x)
{
	uint64_t k = 1 + 2 * pick(w->g, 2), stride = between(w->g, 1, 2),
		 dilation = between(w->g, 1, 2);
	uint64_t c = between(w->g, 1, 40), span = (k - 1) * dilation;
	uint64_t pad = span / 2;
	uint64_t groups = pick(w->g, 4) == 0 && w->t[x].c % 4 == 0 ? 4 : 1;
	unsigned y;

	c = groups > 1 ? (c + 3) / 4 * 4 : c;
	y = add_tensor(w, c, (w->t[x].h + 2 * pad - span - 1) / stride + 1,
		       (w->t[x].w + 2 * pad - span - 1) / stride + 1);
	line(w->r, "tensor w%u f16 %" PRIu64 "x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=weight", y,
	     c, w->t[x].c / groups, k, k);
	line(w->r, "tensor b%u f16 %" PRIu64 " role=weight", y, c);
	declare(w, y, "");
	line(w->r,
	     "op o%u conv2d in=t%u,w%u,b%u out=t%u stride=%" PRIu64 " pad=%" PRIu64
	     " dilation=%" PRIu64 " groups=%" PRIu64,
	     w->n_ops, x, y, y, y, stride, pad, dilation, groups);
	return y;
}

/* A convolution turned round: every output but those at the edges lies in some window. */
static unsigned grow_transposed(struct growth *w, unsigned x)
{
	uint64_t k = between(w->g, 1, 4), stride = between(w->g, 1, 3),
		 dilation = between(w->g, 1, 2);
	uint64_t groups = pick(w->g, 3) == 0 && w->t[x].c % 2 == 0 ? 2 : 1,
		 c = between(w->g, 1, 20) * groups, span = (k - 1) * dilation + 1;
	uint64_t pad = pick(w->g, 2) * (span / 2), over = pick(w->g, stride);
	uint64_t h = (w->t[x].h - 1) * stride + span + over, wd = (w->t[x].w - 1) * stride + span + over;
	unsigned y;

	pad = h > 2 * pad && wd > 2 * pad ? pad : 0;
	y = add_tensor(w, c, h - 2 * pad, wd - 2 * pad);
	line(w->r, "tensor w%u f16 %" PRIu64 "x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=weight", y,
	     w->t[x].c, c / groups, k, k);
	declare(w, y, "");
	line(w->r,
	     "op o%u convtranspose2d in=t%u,w%u out=t%u stride=%" PRIu64 " pad=%" PRIu64
	     " dilation=%" PRIu64 " groups=%" PRIu64 " output_pad=%" PRIu64,
	     w->n_ops, x, y, y, stride, pad, dilation, groups, over);
	return y;
}

static unsigned grow_window(struct growth *w, unsigned x)
{
	bool up = pick(w->g, 2) == 0;
	unsigned y =
		up ? add_tensor(w, w->t[x].c, w->t[x].h * 2, w->t[x].w * 2)
		   : add_tensor(w, w->t[x].c, (w->t[x].h - 2) / 2 + 1, (w->t[x].w - 2) / 2 + 1);

	declare(w, y, "");
	if (up)
		line(w->r, "op o%u upsample in=t%u out=t%u scale=2 mode=%s", w->n_ops, x, y,
		     pick(w->g, 2) ? "nearest" : "bilinear");
	else
		line(w->r, "op o%u %s in=t%u out=t%u kernel=2", w->n_ops,
		     pick(w->g, 2) ? "maxpool" : "avgpool", x, y);
	return y;
}

static unsigned grow_norm(struct growth *w, unsigned x)
{
	unsigned y = add_tensor(w, w->t[x].c, w->t[x].h, w->t[x].w);
	uint64_t groups = w->t[x].c % 4 == 0 ? 4 : 1;

	declare(w, y, "");
	switch (pick(w->g, 3)) {
	case 0:
		line(w->r, "op o%u softmax in=t%u out=t%u axis=%d", w->n_ops, x, y,
		     (int)between(w->g, 1, 3));
		break;
	case 1:
		line(w->r, "tensor g%u f16 %" PRIu64 " role=weight", y, w->t[x].c);
		line(w->r, "tensor h%u f16 %" PRIu64 " role=weight", y, w->t[x].c);
		line(w->r, "op o%u groupnorm in=t%u,g%u,h%u out=t%u groups=%" PRIu64, w->n_ops, x,
		     y, y, y, groups);
		break;
	default:
		line(w->r, "op o%u layernorm in=t%u out=t%u", w->n_ops, x, y);
	}
	return y;
}

/* To integers and back, by one scale, one a channel or one for each few of them. */
static unsigned grow_quant(struct growth *w, unsigned x)
{
	unsigned y = add_tensor(w, w->t[x].c, w->t[x].h, w->t[x].w);
	uint64_t group = pick(w->g, 2) ? between(w->g, 1, 5) : 0;
	char how[32];

	declare(w, y, "");
	line(w->r, "tensor i%u i8 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 "%s", y, w->t[x].c,
	     w->t[x].h, w->t[x].w, w->layout);
	if (group > 0)
		line(w->r, "tensor s%u f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=weight", y,
		     (w->t[x].c + group - 1) / group, w->t[x].h, w->t[x].w);
	else
		line(w->r, "tensor s%u f16 %" PRIu64 " role=weight", y,
		     pick(w->g, 2) ? w->t[x].c : 1);
	snprintf(how, sizeof(how), "axis=1 group=%" PRIu64, group);
	line(w->r, "op o%u quant in=t%u,s%u out=i%u %s", w->n_ops++, x, y, y, how);
	line(w->r, "op o%u dequant in=i%u,s%u out=t%u %s", w->n_ops, y, y, y, how);
	return y;
}

/* A product with a weight, plain or scaled, or one of x with itself under a mask. */
static unsigned grow_product(struct growth *w, unsigned x)
{
	uint64_t k = w->t[x].w, n = between(w->g, 1, 24), group = pick(w->g, 2) * between(w->g, 1, 9);
	unsigned y = add_tensor(w, w->t[x].c, w->t[x].h, n);

	if (pick(w->g, 3) == 0) {
		w->t[y].w = w->t[x].h;
		declare(w, y, "");
		if (pick(w->g, 2))
			line(w->r, "op o%u matmul in=t%u,t%u out=t%u transpose_b=1 mask=causal",
			     w->n_ops, x, x, y);
		else
			line(w->r,
			     "op o%u matmul in=t%u,t%u out=t%u transpose_b=1 mask=window:%" PRIu64,
			     w->n_ops, x, x, y, between(w->g, 1, 12));
		return y;
	}
	declare(w, y, "");
	line(w->r, "tensor w%u i8 %" PRIu64 "x%" PRIu64 " role=weight", y, n, k);
	line(w->r, "tensor b%u f16 %" PRIu64 " role=weight", y, n);
	if (group > 0)
		line(w->r, "tensor s%u f16 %" PRIu64 "x%" PRIu64 " role=weight", y, n,
		     (k + group - 1) / group);
	else
		line(w->r, "tensor s%u f16 %" PRIu64 " role=weight", y, n);
	line(w->r,
	     "op o%u matmul in=t%u,w%u,b%u,s%u out=t%u transpose_b=1 group=%" PRIu64, w->n_ops, x,
	     y, y, y, y, group);
	return y;
}

static unsigned grow_pad(struct growth *w, unsigned x)
{
	uint64_t pads[8];
	unsigned y;

	for (unsigned i = 0; i < 8; i++) /* all low sides, then all high ones */
		pads[i] = i % 4 == 0 ? 0 : pick(w->g, 3) * pick(w->g, 6);
	y = add_tensor(w, w->t[x].c + pads[1] + pads[5], w->t[x].h + pads[2] + pads[6],
		       w->t[x].w + pads[3] + pads[7]);
	declare(w, y, "");
	line(w->r,
	     "op o%u pad in=t%u out=t%u pads=0,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",0,%" PRIu64
	     ",%" PRIu64 ",%" PRIu64,
	     w->n_ops, x, y, pads[1], pads[2], pads[3], pads[5], pads[6], pads[7]);
	return y;
}

/* x and another of the same map, or x twice, one above or beside the other. */
static unsigned grow_concat(struct growth *w, unsigned x)
{
	unsigned other = x, axis = (unsigned)between(w->g, 1, 3), y;

	for (unsigned i = 0; i < w->n && axis == 1; i++)
		if (w->t[i].h == w->t[x].h && w->t[i].w == w->t[x].w)
			other = i;
	y = add_tensor(w, w->t[x].c + (axis == 1 ? w->t[other].c : 0),
		       w->t[x].h * (axis == 2 ? 2 : 1), w->t[x].w * (axis == 3 ? 2 : 1));
	declare(w, y, "");
	line(w->r, "op o%u concat in=t%u,t%u out=t%u axis=%u", w->n_ops, x, other, y, axis);
	w->t[other].is_used = true;
	return y;
}

/* Views, some of which strides name. */
static unsigned grow_view(struct growth *w, unsigned x)
{
	const struct made t = w->t[x];
	unsigned y;

	switch (pick(w->g, 4)) {
	case 0:
		y = add_tensor(w, t.h, t.w, t.c);
		declare(w, y, "");
		line(w->r, "op o%u transpose in=t%u out=t%u perm=0,2,3,1", w->n_ops, x, y);
		break;
	case 1:
		y = add_tensor(w, t.c * t.h, t.w, 1);
		declare(w, y, "");
		line(w->r, "op o%u reshape in=t%u out=t%u", w->n_ops, x, y);
		break;
	case 2:
		y = add_tensor(w, 1, t.c, t.h * t.w);
		declare(w, y, "");
		line(w->r, "op o%u reshape in=t%u out=t%u", w->n_ops, x, y);
		break;
	default:
		y = add_tensor(w, t.c, (t.h + 1) / 2, t.w);
		declare(w, y, "");
		line(w->r, "op o%u slice in=t%u out=t%u axes=2 starts=0 ends=%" PRIu64 " steps=2",
		     w->n_ops, x, y, t.h);
	}
	return y;
}

/* Rows along one dimension of x: as many as it has, fewer or more, in order or not. */
static unsigned grow_gather(struct growth *w, unsigned x)
{
	unsigned axis = (unsigned)between(w->g, 1, 3), y = add_tensor(w, w->t[x].c, w->t[x].h, w->t[x].w);
	uint64_t *extent = axis == 1 ? &w->t[y].c : axis == 2 ? &w->t[y].h : &w->t[y].w;
	char rows[32] = "sequential";

	*extent = between(w->g, 1, 2 * *extent);
	if (pick(w->g, 2))
		snprintf(rows, sizeof(rows), "random:%" PRIu64, between(w->g, 1, 99));
	line(w->r, "tensor i%u i32 %" PRIu64 " role=input", y, *extent);
	declare(w, y, "");
	line(w->r, "op o%u gather in=t%u,i%u out=t%u axis=%u page=%" PRIu64 " rows=%s", w->n_ops, x,
	     y, y, axis, between(w->g, 1, 3), rows);
	return y;
}

/* A part of a state of x's shape, and all of it again. */
static unsigned grow_append(struct growth *w, unsigned x)
{
	unsigned y = add_tensor(w, w->t[x].c, w->t[x].h, w->t[x].w);
	uint64_t at = pick(w->g, 20), more = pick(w->g, 20);

	line(w->r, "tensor k%u f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=state%s", y,
	     w->t[x].c, w->t[x].h + at + more, w->t[x].w, w->layout);
	line(w->r, "op o%u kvappend in=k%u,t%u out=k%u axis=2 at=%" PRIu64, w->n_ops++, y, x, y,
	     at);
	w->t[y].h += at + more;
	declare(w, y, "");
	line(w->r, "op o%u relu in=k%u out=t%u", w->n_ops, y, y);
	return y;
}

/* An operator that nobody knows, of as many products for each element. */
static unsigned grow_custom(struct growth *w, unsigned x)
{
	unsigned y = add_tensor(w, between(w->g, 1, 12), between(w->g, 1, 12), between(w->g, 1, 12));
	uint64_t elements = w->t[y].c * w->t[y].h * w->t[y].w;
	unsigned other = (unsigned)pick(w->g, w->n - 1);

	declare(w, y, "");
	line(w->r, "op o%u custom in=t%u,t%u out=t%u macs=%" PRIu64 " vector_ops=%" PRIu64, w->n_ops,
	     x, other, y, elements * pick(w->g, 3) * 50, pick(w->g, 10000));
	w->t[other].is_used = true;
	return y;
}

static unsigned grow_rope(struct growth *w, unsigned x)
{
	unsigned y = add_tensor(w, w->t[x].c, w->t[x].h, w->t[x].w);

	declare(w, y, "");
	line(w->r, "tensor r%u f16 %" PRIu64 "x%" PRIu64 " role=weight", y,
	     pick(w->g, 2) ? w->t[x].h : w->t[x].c + 7, w->t[x].w);
	line(w->r, "op o%u rope in=t%u,r%u out=t%u", w->n_ops, x, y, y);
	return y;
}

/* Another tensor of the same shape, or x itself. */
static unsigned find_alike(const struct growth *w, unsigned x)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->t[i].c == w->t[x].c && w->t[i].h == w->t[x].h && w->t[i].w == w->t[x].w)
			return i;
	return x;
}

static unsigned grow_map(struct growth *w, unsigned x)
{
	static const char *const kinds[] = {"relu", "silu", "gelu", "exp", "neg", "cast"};
	unsigned y = add_tensor(w, w->t[x].c, w->t[x].h, w->t[x].w), other;

	declare(w, y, "");
	w->t[y].c = 0; /* not alike itself */
	other = find_alike(w, x);
	w->t[y].c = w->t[x].c;
	if (pick(w->g, 2) == 0) {
		line(w->r, "op o%u %s in=t%u,t%u out=t%u", w->n_ops, pick(w->g, 2) ? "add" : "mul",
		     x, other, y);
		w->t[other].is_used = true;
	} else {
		line(w->r, "op o%u %s in=t%u out=t%u", w->n_ops, kinds[pick(w->g, 6)], x, y);
	}
	return y;
}

/* Siblings: two windows of the same kind on one tensor, joined. */
static unsigned grow_twins(struct growth *w, unsigned x)
{
	uint64_t k = 1 + 2 * pick(w->g, 2), c = between(w->g, 1, 40);
	unsigned y[3];

	for (unsigned i = 0; i < 3; i++) {
		y[i] = add_tensor(w, c, w->t[x].h, w->t[x].w);
		declare(w, y[i], "");
		w->t[y[i]].is_used = i < 2;
		if (i == 2)
			break;
		line(w->r, "tensor w%u f16 %" PRIu64 "x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=weight",
		     y[i], c, w->t[x].c, k, k);
		line(w->r, "op o%u conv2d in=t%u,w%u out=t%u pad=%" PRIu64, w->n_ops++, x, y[i],
		     y[i], k / 2);
	}
	line(w->r, "op o%u add in=t%u,t%u out=t%u", w->n_ops, y[0], y[1], y[2]);
	return y[2];
}

static void grow(struct growth *w)
{
	static unsigned (*const rare[])(struct growth *w, unsigned x) = {
		grow_quant, grow_rope, grow_pad, grow_product, grow_transposed,
		grow_concat, grow_view, grow_gather, grow_append, grow_twins, grow_custom,
	};
	/* mostly the newest tensor, so that chains arise; sometimes an older one */
	unsigned x = pick(w->g, 4) == 0 ? (unsigned)pick(w->g, w->n) : w->n - 1;
	uint64_t kind = pick(w->g, 10);

	w->t[x].is_used = true;
	if (kind < 3)
		grow_conv(w, x);
	else if (kind < 5 && w->t[x].h >= 2 && w->t[x].w >= 2 && w->t[x].h * w->t[x].w < 2000)
		grow_window(w, x);
	else if (kind < 7)
		grow_norm(w, x);
	else if (kind < 8)
		rare[pick(w->g, ARRAY_SIZE(rare))](w, x);
	else
		grow_map(w, x);
	w->n_ops++;
}

/* Runs of consecutive operators: always convex. */
static void fuse_runs(struct growth *w)
{
	unsigned at = 0;

	while (at < w->n_ops) {
		unsigned len = (unsigned)between(w->g, 1, 4);

		len = at + len > w->n_ops ? w->n_ops - at : len;
		if (len > 1) {
			char text[256] = "fuse";

			for (unsigned i = 0; i < len; i++)
				snprintf(text + strlen(text), sizeof(text) - strlen(text), " o%u",
					 at + i);
			line(w->r, "%s", text);
		}
		at += len;
	}
}

static void init(struct random_run *r, uint64_t seed)
{
	memset(r, 0, sizeof(*r));
	r->seed = seed;
}

void random_small_on(struct random_run *r, uint64_t seed, const struct machine *memory)
{
	struct rng g = {seed * 1000003};
	struct growth w = {.g = &g, .r = r};
	uint64_t n_ops;

	init(r, seed);
	random_machine(&g, r, memory);
	w.layout = pick(&g, 4) == 0 ? " layout=nchw" : "";
	add_tensor(&w, between(&g, 1, 48), between(&g, 1, 32), between(&g, 1, 32));
	declare(&w, 0, " role=input");
	n_ops = between(&g, 1, 8);
	while (w.n_ops < n_ops)
		grow(&w);
	/* What nobody reads leaves the device: copied into an output. */
	for (unsigned i = 1, n = w.n; i < n; i++)
		if (!w.t[i].is_used) {
			unsigned y = add_tensor(&w, w.t[i].c, w.t[i].h, w.t[i].w);

			declare(&w, y, " role=output");
			line(r, "op o%u relu in=t%u out=t%u", w.n_ops++, i, y);
		}
	fuse_runs(&w);
}

/* softmax(q k^T) v, perhaps scaled, masked, with few heads of keys, or its row sums of squares. */
void random_attention_on(struct random_run *r, uint64_t seed, const struct machine *memory)
{
	static const char *const masks[] = {"none", "none", "causal", "window:17"};
	struct rng g = {seed * 3000017};
	uint64_t heads = between(&g, 1, 3), few = pick(&g, 2) ? heads : 1;
	uint64_t rows = between(&g, 1, 150), keys = between(&g, 1, 150);
	uint64_t d = between(&g, 1, 40), e = between(&g, 1, 40);
	bool is_scaled = pick(&g, 2), is_masked = pick(&g, 2), is_prepared = pick(&g, 3) == 0;
	const char *norm = pick(&g, 4) == 0 ? "rmsnorm" : "softmax", *s = "s";

	init(r, seed);
	random_machine(&g, r, memory);
	r->machine.softmax = pick(&g, 3) ? SOFTMAX_ONLINE : SOFTMAX_AUTO;
	line(r, "tensor q f16 2x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=input", heads, rows, d);
	line(r, "tensor k f16 2x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=input", few, keys, d);
	line(r, "tensor v f16 2x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=input", few, keys, e);
	line(r, "tensor o f16 2x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=output", heads, rows, e);
	for (const char *t = "supx"; *t != '\0'; t++)
		if ((*t != 'u' || is_scaled) && (*t != 'x' || is_masked))
			line(r, "tensor %c f16 2x%" PRIu64 "x%" PRIu64 "x%" PRIu64, *t, heads, rows,
			     keys);
	if (is_prepared)
		line(r, "tensor l f16 2x%" PRIu64 "x%" PRIu64 "x%" PRIu64, few, keys, d);
	line(r, "tensor c f16 1 role=weight");
	line(r, "tensor m f16 1x1x%" PRIu64 "x%" PRIu64 " role=input", pick(&g, 2) ? rows : 1, keys);
	if (is_prepared)
		line(r, "op prepare silu in=k out=l");
	line(r, "op qk matmul in=q,%s out=s transpose_b=1 mask=%s", is_prepared ? "l" : "k",
	     masks[pick(&g, ARRAY_SIZE(masks))]);
	if (is_scaled)
		line(r, "op scale mul in=%s,c out=u", s);
	s = is_scaled ? "u" : s;
	if (is_masked)
		line(r, "op mask add in=%s,m out=x", s);
	s = is_masked ? "x" : s;
	line(r, "op norm %s in=%s out=p", norm, s);
	line(r, "op pv matmul in=p,v out=o");
	line(r, "fuse%s qk%s%s norm pv", is_prepared ? " prepare" : "", is_scaled ? " scale" : "",
	     is_masked ? " mask" : "");
}

static void large_map(struct random_run *r, struct rng *g)
{
	uint64_t c = between(g, 8, 256), h = between(g, 64, 256), w = between(g, 64, 256);

	line(r, "tensor x f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=input", c, h, w);
	line(r, "tensor y f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=output", c, h, w);
	line(r, "op o %s in=x out=y", pick(g, 2) ? "relu" : "silu");
}

static void large_add(struct random_run *r, struct rng *g)
{
	uint64_t rows = between(g, 500, 2000), columns = between(g, 500, 2000);

	line(r, "tensor x f16 %" PRIu64 "x%" PRIu64 " role=input", rows, columns);
	line(r, "tensor z f16 %" PRIu64 "x%" PRIu64 " role=input", rows, columns);
	line(r, "tensor y f16 %" PRIu64 "x%" PRIu64 " role=output", rows, columns);
	line(r, "op o add in=x,z out=y");
}

static void large_conv(struct random_run *r, struct rng *g)
{
	uint64_t c = between(g, 2, 8) * 16, o = between(g, 2, 8) * 16, h = between(g, 120, 240),
		 w = between(g, 120, 240);
	uint64_t k = 1 + 2 * pick(g, 2);

	line(r, "tensor x f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=input", c, h, w);
	line(r, "tensor w f16 %" PRIu64 "x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=weight", o, c, k,
	     k);
	line(r, "tensor y f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=output", o, h, w);
	line(r, "op o conv2d in=x,w out=y pad=%" PRIu64, k / 2);
}

static void large_matmul(struct random_run *r, struct rng *g)
{
	uint64_t m = between(g, 96, 160) * 16, n = between(g, 96, 160) * 16,
		 k = between(g, 96, 160) * 16;

	line(r, "tensor a f16 %" PRIu64 "x%" PRIu64 " role=input", m, k);
	line(r, "tensor b f16 %" PRIu64 "x%" PRIu64 " role=weight", k, n);
	line(r, "tensor y f16 %" PRIu64 "x%" PRIu64 " role=output", m, n);
	line(r, "op o matmul in=a,b out=y");
}

static void large_norm(struct random_run *r, struct rng *g)
{
	uint64_t c = between(g, 2, 8) * 32, h = between(g, 64, 160), w = between(g, 64, 160);

	line(r, "tensor x f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=input", c, h, w);
	line(r, "tensor y f16 1x%" PRIu64 "x%" PRIu64 "x%" PRIu64 " role=output", c, h, w);
	line(r, "op o groupnorm in=x out=y groups=32");
}

/* Fewer cores than the everyday machine, each with more room, so that a product can be
 * compute-bound at about one channel (32 GB/s) a core. */
static void large_machine(struct rng *g, struct random_run *r)
{
	static const uint8_t cores[] = {2, 3, 4, 6,
					8}; /* five or seven do not share rows and columns evenly */
	struct machine *m = &r->machine;

	config_defaults(m);
	m->core_count = cores[pick(g, ARRAY_SIZE(cores))];
	m->core_hz = m->noc_hz = UINT64_C(1500000000);
	m->spad_bytes = between(g, 256, 768) * 1024;
	m->acc_bytes = 512 * 1024;
	m->hbm_standard = pick(g, 2) ? HBM_STANDARD_hbm2 : HBM_STANDARD_IDEAL;
	m->hbm_stacks = 1;
	m->hbm_channels = m->core_count + between(g, 0, 4);
	m->hbm_bandwidth = m->core_count * between(g, 25, 60) * 1000000000;
	m->hbm_bytes = UINT64_C(1) << 32;
	buf_printf(&r->text,
		   "# cores %" PRIu64 " spad %" PRIu64 " standard %u channels %" PRIu64
		   " bandwidth %" PRIu64 "\n",
		   m->core_count, m->spad_bytes, m->hbm_standard, m->hbm_channels,
		   m->hbm_bandwidth);
}

void random_large(struct random_run *r, uint64_t seed)
{
	struct rng g = {seed * 7000001};

	init(r, seed);
	large_machine(&g, r);
	switch (pick(&g, 5)) {
	case 0:
		large_map(r, &g);
		break;
	case 1:
		large_add(r, &g);
		break;
	case 2:
		large_conv(r, &g);
		break;
	case 3:
		large_matmul(r, &g);
		break;
	default:
		large_norm(r, &g);
	}
}

void random_release(struct random_run *r)
{
	for (unsigned i = 0; i < r->n_lines; i++)
		free(r->lines[i]);
	buf_release(&r->text);
}
