/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads address mappings, and makes those that have names.
 *
 * default keeps 512 bytes (or a larger packet) in one pseudo channel, on two bank groups,
 * whose alternation hides nCCDL; goes through all pseudo channels, then on in the row, then
 * through bank groups and banks.  Two bank groups a packet, not four, because a packet at a
 * random place then opens two rows instead of four.  The skews keep tiles whose rows lie a
 * power of two apart, and streams at equal places of two tensors, from meeting in one
 * pseudo channel or bank.  Measured in doc/hbm.md.
 *
 * The others are those of the literature: acc lets pseudo channel and bank group change
 * fastest; RoBaRaCoCh and MOP4CLXOR are Ramulator 2's (minimalist open page, four columns
 * together, the rest of the row spread by XOR); rorabgbachco and rorabacobgch DRAMsim3's,
 * to which a pseudo channel is a channel and a stack ID a rank.
 */
#include "model/addrmap_text.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_INTERLEAVE_BYTES 512
#define DEFAULT_BANK_GROUPS 2
#define MOP_COLUMNS 4
#define MAX_MADE 256
#define MAX_SHOWN 40
#define MAX_NUMBER (UINT64_C(1) << 30)

const char *const addr_field_names[N_ADDR_FIELDS] = {
	"row", "bank", "bankgroup", "column", "pseudo", "channel", "stack", "sid",
};

static void make_default(const struct addrmap *map, uint64_t packet_bytes, char *out)
{
	uint64_t bursts = max_u64(packet_bytes, DEFAULT_INTERLEAVE_BYTES) / map->burst_bytes;
	uint64_t groups = gcd_u64(map->size[ADDR_BANKGROUP], DEFAULT_BANK_GROUPS);

	snprintf(out, MAX_MADE,
		 "row:sid:bank+:bankgroup:column:stack+:channel+:pseudo+:column/%" PRIu64
		 ":bankgroup/%" PRIu64,
		 gcd_u64(max_u64(bursts / groups, 1), map->size[ADDR_COLUMN]), groups);
}

/* Each field takes as many bits of the column as it has, those of its forerunners left out. */
static void make_mop(const struct addrmap *map, uint64_t packet_bytes, char *out)
{
	static const uint8_t fields[] = { ADDR_PSEUDO, ADDR_SID, ADDR_BANKGROUP, ADDR_BANK };
	char part[ARRAY_SIZE(fields)][32];
	uint64_t left = map->size[ADDR_COLUMN];
	unsigned shift = 0;

	(void)packet_bytes;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		uint64_t size = map->size[fields[i]];

		if (size > 1 && left > 1)
			snprintf(part[i], sizeof(part[i]), "%s^column.%u",
				 addr_field_names[fields[i]], shift);
		else
			snprintf(part[i], sizeof(part[i]), "%s", addr_field_names[fields[i]]);
		for (; size > 1; size /= 2, left /= 2)
			shift++;
	}
	snprintf(out, MAX_MADE, "row:column:%s:%s:%s:%s:column/%" PRIu64 ":stack:channel", part[3],
		 part[2], part[1], part[0], gcd_u64(MOP_COLUMNS, map->size[ADDR_COLUMN]));
}

static const struct preset {
	const char *name, *text; /* made for the machine where there is no text */
	void (*make)(const struct addrmap *map, uint64_t packet_bytes, char *out);
} presets[] = {
	{ "default", NULL, make_default },
	{ "acc", "row:sid:bank:column:stack:channel:bankgroup:pseudo", NULL },
	{ "RoBaRaCoCh", "row:bank:bankgroup:sid:pseudo:column:stack:channel", NULL },
	{ "MOP4CLXOR", NULL, make_mop },
	{ "rorabgbachco", "row:sid:bankgroup:bank:stack:channel:pseudo:column", NULL },
	{ "rorabacobgch", "row:sid:bank:column:bankgroup:stack:channel:pseudo", NULL },
};

/* A part of the text, up to the next ":". */
struct reader {
	const char *text;
	size_t len, at;
	struct err *err;
};

static bool fail(const struct reader *r, const char *what, const char *advice)
{
	return err_setting(r->err, "hbm.mapping", "part \"%.*s%s\" %s; %s",
			   (int)min_u64(r->len, MAX_SHOWN), r->text,
			   r->len > MAX_SHOWN ? "..." : "", what, advice);
}

static bool take_char(struct reader *r, char c)
{
	if (r->at == r->len || r->text[r->at] != c)
		return false;
	r->at++;
	return true;
}

static bool take_field(struct reader *r, uint8_t *field)
{
	const char *name = r->text + r->at;
	size_t len = 0;

	while (r->at + len < r->len && name[len] >= 'a' && name[len] <= 'z')
		len++;
	for (*field = 0; *field < N_ADDR_FIELDS; (*field)++) {
		if (strlen(addr_field_names[*field]) == len &&
		    memcmp(addr_field_names[*field], name, len) == 0) {
			r->at += len;
			return true;
		}
	}
	return fail(r, "names no field (expected row, bank, bankgroup, column, pseudo, channel, "
		    "stack or sid)", "separate fields with \":\"");
}

static bool take_number(struct reader *r, uint64_t *number)
{
	size_t start = r->at;

	for (*number = 0; r->at < r->len && r->text[r->at] >= '0' && r->text[r->at] <= '9'; r->at++)
		*number = min_u64(*number * 10 + (uint64_t)(r->text[r->at] - '0'), MAX_NUMBER + 1);
	if (*number > MAX_NUMBER)
		return fail(r, "has a number above 2^30", "write a smaller one");
	return r->at > start || fail(r, "has no number where one is expected",
				     "write it as column/4 or bank^row.0");
}

static bool take_xor(struct reader *r, struct addr_part *p)
{
	uint64_t shift;

	if (!take_field(r, &p->xor_source))
		return false;
	if (!take_char(r, '.'))
		return fail(r, "does not say by how many bits to shift", "write it as bank^row.0");
	if (!take_number(r, &shift))
		return false;
	p->xor_shift = (uint8_t)min_u64(shift, UINT8_MAX);
	p->is_xored = true;
	return true;
}

/* "FIELD[/N][+]" or "FIELD[/N]^FIELD.N" */
static bool take_part(struct reader *r, struct addr_part *p)
{
	memset(p, 0, sizeof(*p));
	if (!take_field(r, &p->field))
		return false;
	if (take_char(r, '/')) {
		if (!take_number(r, &p->size))
			return false;
		if (p->size == 0)
			return fail(r, "has no size", "write it as column/4");
	}
	p->is_skewed = take_char(r, '+');
	if (take_char(r, '^') && !take_xor(r, p))
		return false;
	if (p->is_xored && (p->is_skewed || take_char(r, '+')))
		return fail(r, "has both + and ^", "leave one of them out");
	return r->at == r->len || fail(r, "has something after its end",
				       "write it as column, column/4, bank+ or bank^row.0");
}

static bool take_parts(struct addrmap *map, const char *text, struct err *err)
{
	struct addr_part reversed[ADDRMAP_MAX_PARTS];
	unsigned n = 0;

	for (const char *part = text;; part += strcspn(part, ":") + 1) {
		struct reader r = { .text = part, .len = strcspn(part, ":"), .err = err };

		if (n == ADDRMAP_MAX_PARTS)
			return err_setting(err, "hbm.mapping",
					   "more than %d parts; leave out parts of size 1",
					   ADDRMAP_MAX_PARTS);
		if (!take_part(&r, &reversed[n++]))
			return false;
		if (part[r.len] == '\0')
			break;
	}
	map->n_parts = n;
	for (unsigned i = 0; i < n; i++)
		map->parts[i] = reversed[n - 1 - i];
	return true;
}

static bool unknown_name(const char *text, struct err *err)
{
	char names[MAX_MADE] = "";

	for (size_t i = 0; i < ARRAY_SIZE(presets); i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 i > 0 ? ", " : "", presets[i].name);
	return err_setting(err, "hbm.mapping",
			   "unknown mapping \"%.*s%s\" (expected one of %s, or fields as in "
			   "row:bank:bankgroup:column:channel:pseudo); write the name as it stands "
			   "here", MAX_SHOWN, text, strlen(text) > MAX_SHOWN ? "..." : "", names);
}

bool addrmap_parse(struct addrmap *map, const char *text, uint64_t packet_bytes, struct err *err)
{
	char made[MAX_MADE];

	for (size_t i = 0; i < ARRAY_SIZE(presets); i++) {
		if (strcmp(presets[i].name, text) != 0)
			continue;
		if (presets[i].text)
			return take_parts(map, presets[i].text, err);
		presets[i].make(map, packet_bytes, made);
		return take_parts(map, made, err);
	}
	if (!strchr(text, ':'))
		return unknown_name(text, err);
	return take_parts(map, text, err);
}
