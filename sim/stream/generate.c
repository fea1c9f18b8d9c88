/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams by formula: a request is a function of its number and of one random draw, so that
 * any simulator can be given the same stream, bit for bit.  The formulas and seeds are those of
 * the reference runs (doc/hbm.md).  Knows nothing of the memory but its burst and its capacity.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/names.h"
#include "base/units.h"
#include "stream/stream_ops.h"

/* Of a stream's accesses: below it no formula leaves 64 bits. */
#define MAX_COUNT ((uint64_t)1 << 56)

/* A request: `i` counts them, `r` is its draw. */
typedef struct stream_access (*request_fn)(uint64_t i, uint64_t r);

/*
 * Regular formulas: request i + requests is request i, `bytes` further on, as long as both have
 * the same i >> window_bits.
 */
struct regularity {
	uint64_t requests, bytes;
	unsigned window_bits; /* 63: always */
};

struct generator {
	struct stream stream;
	request_fn request;
	uint64_t request_bytes, burst_bytes, capacity_bytes;
	uint64_t left;   /* accesses still to come */
	uint64_t i;      /* number of the next request */
	uint64_t random; /* state of the draws; 0: none */
	struct stream_access at; /* the request at hand */
	uint64_t at_offset; /* in it, of the next access; request_bytes: it is done */
	struct regularity regularity; /* requests 0: none */
};

static struct stream_access reading(uint64_t address)
{
	return (struct stream_access){ .address = address };
}

static struct stream_access writing(uint64_t address)
{
	return (struct stream_access){ .address = address, .is_write = true };
}

/* One of 2^bits blocks. */
static uint64_t random_block(uint64_t r, unsigned bits)
{
	return (r >> 32) & (((uint64_t)1 << bits) - 1);
}

static struct stream_access random_mix(uint64_t r, uint64_t address)
{
	return ((r >> 8) & 0xFFFFFF) % 10 >= 7 ? writing(address) : reading(address);
}

static struct stream_access request_seqrd(uint64_t i, uint64_t r)
{
	(void)r;
	return reading(64 * i);
}

static struct stream_access request_seqwr(uint64_t i, uint64_t r)
{
	(void)r;
	return writing(64 * i);
}

static struct stream_access request_copy(uint64_t i, uint64_t r)
{
	uint64_t page = i >> 6, offset = (page >> 1) * 4096 + 64 * (i & 63);

	(void)r;
	return page & 1 ? writing((UINT64_C(1) << 29) + offset) : reading(offset);
}

static struct stream_access request_rand(uint64_t i, uint64_t r)
{
	(void)i;
	return reading(random_block(r, 24) * 64);
}

static struct stream_access request_stride(uint64_t i, uint64_t r)
{
	(void)r;
	return reading(((i & ((UINT64_C(1) << 18) - 1)) << 12) + ((i >> 18) << 6));
}

static struct stream_access request_mix(uint64_t i, uint64_t r)
{
	(void)i;
	return random_mix(r, random_block(r, 24) * 64);
}

static struct stream_access request_il8(uint64_t i, uint64_t r)
{
	(void)r;
	return reading((i & 7) * (UINT64_C(1) << 27) + (i >> 3) * 64);
}

static struct stream_access request_il8s(uint64_t i, uint64_t r)
{
	(void)r;
	return reading((i & 7) * ((UINT64_C(1) << 27) + 0x4400) + (i >> 3) * 64);
}

/* Tiles of 64 rows of 512 bytes, 32 of them side by side in rows of 16 KiB. */
static struct stream_access request_tile(uint64_t i, uint64_t r)
{
	uint64_t line = (i >> 3) & 63, tile = (i >> 9) & 31, band = i >> 14;

	(void)r;
	return reading((band << 20) + (line << 14) + (tile << 9) + (i & 7) * 64);
}

static struct stream_access request_rand32(uint64_t i, uint64_t r)
{
	(void)i;
	return reading(random_block(r, 25) * 32);
}

static struct stream_access request_mix32(uint64_t i, uint64_t r)
{
	(void)i;
	return random_mix(r, random_block(r, 25) * 32);
}

#define REGULARITY_LIST(X) \
	X(seqrd, 1, 64, 63) \
	X(seqwr, 1, 64, 63) \
	X(copy, 128, 4096, 63) \
	X(stride, 1, 4096, 18) \
	X(tile, 16384, 1048576, 63) \
	X(il8, 8, 64, 63) \
	X(il8s, 8, 64, 63)

static const struct kind {
	const char *name;
	request_fn request;
	uint64_t bytes, seed;
} kinds[] = {
#define X(name, bytes, seed, help) { #name, request_##name, bytes, UINT64_C(seed) },
	STREAM_KIND_LIST(X)
#undef X
};

static struct regularity regularity_of(request_fn request)
{
	struct regularity r = { 0 };

#define X(name, requests, bytes, window_bits) \
	if (request == request_##name) \
		r = (struct regularity){ requests, bytes, window_bits };
	REGULARITY_LIST(X)
#undef X
	return r;
}

/* xorshift64*. */
static uint64_t draw(struct generator *g)
{
	uint64_t x = g->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	g->random = x;
	return x * UINT64_C(0x2545F4914F6CDD1D);
}

static void next_access(struct generator *g, struct stream_access *out)
{
	g->left--;
	if (g->at_offset >= g->request_bytes) {
		g->at = g->request(g->i++, g->random ? draw(g) : 0);
		g->at_offset = 0;
	}
	*out = g->at;
	out->address = g->at.address + g->at_offset;
	if (out->address >= g->capacity_bytes) /* seldom, and a division takes long */
		out->address %= g->capacity_bytes;
	g->at_offset += g->burst_bytes;
}

static bool generate_next(struct stream *s, struct stream_access *out, struct err *err)
{
	struct generator *g = (struct generator *)s;

	(void)err;
	if (g->left == 0)
		return false;
	next_access(g, out);
	return true;
}

static uint64_t accesses_of_request(const struct generator *g)
{
	return ceil_div_u64(g->request_bytes, g->burst_bytes);
}

static bool generate_period(const struct stream *s, struct stream_period *out)
{
	const struct generator *g = (const struct generator *)s;
	const struct regularity *r = &g->regularity;
	uint64_t window, requests;

	if (r->requests == 0 || g->at_offset < g->request_bytes || g->i % r->requests != 0)
		return false;
	window = UINT64_C(1) << r->window_bits;
	requests = window - (g->i & (window - 1));
	*out = (struct stream_period){
		.accesses = r->requests * accesses_of_request(g),
		.bytes = r->bytes,
		.left = min_u64(g->left, requests > MAX_COUNT ? g->left :
					 requests * accesses_of_request(g)),
	};
	return true;
}

/* As many periods as do not pass the capacity's end, at most `times`: their number. */
static uint64_t jump_straight(struct generator *g, const struct stream_period *p, uint64_t times)
{
	struct generator look = *g;
	struct fingerprint_block block;

	fingerprint_block_init(&block);
	for (uint64_t i = 0; i < p->accesses; i++) {
		struct stream_access a;

		next_access(&look, &a);
		times = min_u64(times, (g->capacity_bytes - 1 - a.address) / p->bytes + 1);
		fingerprint_block_add(&block, stream_number(&a), 2 * p->bytes);
	}
	fingerprint_repeat(&g->stream.hash, &block, times);
	g->i += times * g->regularity.requests;
	g->left -= times * p->accesses;
	return times;
}

static void generate_jump(struct stream *s, uint64_t n_accesses)
{
	struct generator *g = (struct generator *)s;
	struct stream_period p;

	BUG_ON(!generate_period(s, &p) || n_accesses % p.accesses != 0 || n_accesses > p.left);
	for (uint64_t left = n_accesses / p.accesses; left > 0;)
		left -= jump_straight(g, &p, left);
}

static void generate_close(struct stream *s)
{
	free(s);
}

static const struct stream_ops generate_ops = {
	.next = generate_next,
	.close = generate_close,
	.period = generate_period,
	.jump = generate_jump,
};

static const struct kind *find_kind(const char *spec, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, spec, len) == 0)
			return &kinds[i];
	}
	return NULL;
}

static bool unknown_kind(const char *spec, size_t len, struct err *err)
{
	static const char names[] =
#define X(name, bytes, seed, help) " " #name
		STREAM_KIND_LIST(X)
#undef X
		;
	char *name = xstrndup(spec, len);
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		nearest_offer(&nearest, kinds[i].name);
	if (nearest.best)
		err_set(err, ERR_USAGE, "--generate: unknown stream \"%s\"; did you mean %s?",
			name, nearest.best);
	else
		err_set(err, ERR_USAGE, "--generate: unknown stream \"%s\" (expected one of%s)",
			name, names);
	free(name);
	return false;
}

/* "1024", "1M": the suffixes are binary, as in the sizes of the settings. */
static bool parse_count(const char *text, uint64_t *out)
{
	static const char suffixes[] = "KMG";
	size_t len = strlen(text);
	const char *suffix = len > 0 ? strchr(suffixes, text[len - 1]) : NULL;
	unsigned shift = suffix ? 10 * (unsigned)(suffix - suffixes + 1) : 0;

	if (!parse_u64(text, len - (suffix ? 1 : 0), out) || *out == 0 || *out > MAX_COUNT >> shift)
		return false;
	*out <<= shift;
	return true;
}

struct stream *stream_generate(const char *spec, uint64_t burst_bytes, uint64_t capacity_bytes,
			       struct err *err)
{
	size_t len = strcspn(spec, ":");
	const char *number = spec + len + (spec[len] == ':');
	const struct kind *kind = find_kind(spec, len);
	struct generator *g;
	uint64_t count;

	if (!kind) {
		unknown_kind(spec, len, err);
		return NULL;
	}
	if (!parse_count(number, &count)) {
		err_set(err, ERR_USAGE,
			"--generate %s:COUNT: found \"%s\", expected a number of accesses such as "
			"1000 or 4M (1 to 2^56; K, M and G are binary)",
			kind->name, number);
		return NULL;
	}
	g = xcalloc(1, sizeof(*g));
	*g = (struct generator){
		.request = kind->request,
		.request_bytes = kind->bytes,
		.burst_bytes = burst_bytes,
		.capacity_bytes = capacity_bytes,
		.left = count,
		.random = kind->seed,
		.at_offset = kind->bytes,
		.regularity = regularity_of(kind->request),
	};
	stream_init(&g->stream, &generate_ops, kind->name);
	return &g->stream;
}
