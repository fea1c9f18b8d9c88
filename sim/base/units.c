/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts with units to integers of the base unit and back, exactly, in 128-bit
 * integers.  One table holds every unit; it decides what is read, what is printed
 * exactly, and what is printed for people.  "K", "Ki" are binary, "KB" is SI; a bit
 * density is binary, as DRAM makers write it.
 */
#include "base/units.h"

#include <stdio.h>
#include <string.h>

#define MAX_DIGITS 24
#define MAX_EXACT_DECIMALS 4

enum { FOR_READING = 0, FOR_PRINTING = 1, FOR_PEOPLE = 2 };

/* Of each quantity in ascending order of its factor among those for people. */
static const struct unit {
	enum quantity q;
	unsigned use;
	uint64_t factor;
	const char *name;
} units[] = {
	{ Q_COUNT, FOR_PRINTING | FOR_PEOPLE, 1, "" },
	{ Q_COUNT, FOR_PEOPLE, 1000, "K" },
	{ Q_COUNT, FOR_PEOPLE, 1000000, "M" },
	{ Q_COUNT, FOR_PEOPLE, 1000000000, "G" },
	{ Q_COUNT, FOR_PEOPLE, 1000000000000, "T" },

	{ Q_BYTES, FOR_READING, 1, "" },
	{ Q_BYTES, FOR_PRINTING | FOR_PEOPLE, 1, "B" },
	{ Q_BYTES, FOR_READING, (uint64_t)1 << 10, "K" },
	{ Q_BYTES, FOR_READING, (uint64_t)1 << 20, "M" },
	{ Q_BYTES, FOR_READING, (uint64_t)1 << 30, "G" },
	{ Q_BYTES, FOR_READING, (uint64_t)1 << 40, "T" },
	{ Q_BYTES, FOR_PRINTING, (uint64_t)1 << 10, "KiB" },
	{ Q_BYTES, FOR_PRINTING, (uint64_t)1 << 20, "MiB" },
	{ Q_BYTES, FOR_PRINTING, (uint64_t)1 << 30, "GiB" },
	{ Q_BYTES, FOR_PRINTING, (uint64_t)1 << 40, "TiB" },
	{ Q_BYTES, FOR_READING, 1000, "kB" },
	{ Q_BYTES, FOR_PRINTING | FOR_PEOPLE, 1000, "KB" },
	{ Q_BYTES, FOR_PRINTING | FOR_PEOPLE, 1000000, "MB" },
	{ Q_BYTES, FOR_PRINTING | FOR_PEOPLE, 1000000000, "GB" },
	{ Q_BYTES, FOR_PRINTING | FOR_PEOPLE, 1000000000000, "TB" },

	{ Q_HZ, FOR_PRINTING | FOR_PEOPLE, 1, "Hz" },
	{ Q_HZ, FOR_PRINTING | FOR_PEOPLE, 1000, "kHz" },
	{ Q_HZ, FOR_PRINTING | FOR_PEOPLE, 1000000, "MHz" },
	{ Q_HZ, FOR_PRINTING | FOR_PEOPLE, 1000000000, "GHz" },

	{ Q_PS, FOR_PRINTING | FOR_PEOPLE, 1, "ps" },
	{ Q_PS, FOR_PRINTING | FOR_PEOPLE, 1000, "ns" },
	{ Q_PS, FOR_PRINTING | FOR_PEOPLE, 1000000, "us" },
	{ Q_PS, FOR_PRINTING | FOR_PEOPLE, 1000000000, "ms" },
	{ Q_PS, FOR_PRINTING | FOR_PEOPLE, 1000000000000, "s" },

	{ Q_BITS_PER_S, FOR_PRINTING | FOR_PEOPLE, 1, "bps" },
	{ Q_BITS_PER_S, FOR_PRINTING | FOR_PEOPLE, 1000, "kbps" },
	{ Q_BITS_PER_S, FOR_PRINTING | FOR_PEOPLE, 1000000, "Mbps" },
	{ Q_BITS_PER_S, FOR_PRINTING | FOR_PEOPLE, 1000000000, "Gbps" },

	{ Q_BYTES_PER_S, FOR_PRINTING | FOR_PEOPLE, 1, "B/s" },
	{ Q_BYTES_PER_S, FOR_READING, 1000, "kB/s" },
	{ Q_BYTES_PER_S, FOR_PRINTING | FOR_PEOPLE, 1000, "KB/s" },
	{ Q_BYTES_PER_S, FOR_PRINTING | FOR_PEOPLE, 1000000, "MB/s" },
	{ Q_BYTES_PER_S, FOR_PRINTING | FOR_PEOPLE, 1000000000, "GB/s" },
	{ Q_BYTES_PER_S, FOR_PRINTING | FOR_PEOPLE, 1000000000000, "TB/s" },
	{ Q_BYTES_PER_S, FOR_READING, (uint64_t)1 << 10, "KiB/s" },
	{ Q_BYTES_PER_S, FOR_READING, (uint64_t)1 << 20, "MiB/s" },
	{ Q_BYTES_PER_S, FOR_READING, (uint64_t)1 << 30, "GiB/s" },
	{ Q_BYTES_PER_S, FOR_READING, (uint64_t)1 << 40, "TiB/s" },

	{ Q_BITS, FOR_PRINTING | FOR_PEOPLE, 1, "b" },
	{ Q_BITS, FOR_PRINTING | FOR_PEOPLE, (uint64_t)1 << 10, "Kb" },
	{ Q_BITS, FOR_PRINTING | FOR_PEOPLE, (uint64_t)1 << 20, "Mb" },
	{ Q_BITS, FOR_PRINTING | FOR_PEOPLE, (uint64_t)1 << 30, "Gb" },
};

/* What to tell someone whose text is not one. */
static const struct {
	const char *wrong, *not_whole;
} reasons[] = {
	[Q_COUNT] = { "expected a plain integer", "expected a plain integer" },
	[Q_BYTES] = { "expected a size such as \"64 KiB\" (B, KiB MiB GiB TiB, K M G T for the "
		      "same, KB MB GB TB for powers of 1000; case matters)",
		      "not a whole number of bytes" },
	[Q_HZ] = { "expected a clock such as \"1.8 GHz\" (Hz, kHz, MHz, GHz; case matters)",
		   "not a whole number of Hz" },
	[Q_PS] = { "expected a time such as \"3.9 us\" (ps, ns, us, ms, s)",
		   "not a whole number of picoseconds" },
	[Q_BITS_PER_S] = { "expected a data rate of a pin such as \"2000 Mbps\" (bps, kbps, Mbps, "
			   "Gbps; case matters)",
			   "not a whole number of bits per second" },
	[Q_BYTES_PER_S] = { "expected a bandwidth such as \"2.048 TB/s\" (B/s, KB/s, MB/s, GB/s, "
			    "TB/s; case matters)",
			    "not a whole number of bytes per second" },
	[Q_BITS] = { "expected a density such as \"4 Gb\" (Kb, Mb, Gb: bits, powers of 1024)",
		     "not a whole number of bits" },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool parse_u64(const char *text, size_t len, uint64_t *out)
{
	uint64_t value = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]) || !mul_u64(value, 10, &value) ||
		    !add_u64(value, (uint64_t)(text[i] - '0'), &value))
			return false;
	}
	*out = value;
	return true;
}

/* Digits, with a fraction perhaps, as an integer and a power of ten to divide by. */
struct decimal {
	unsigned __int128 digits;
	unsigned __int128 divisor;
};

static bool parse_decimal(const char **text, struct decimal *d, const char **why)
{
	const char *s = *text;
	unsigned n = 0;
	bool in_fraction = false, digit_last = false;

	d->digits = 0;
	d->divisor = 1;
	for (; is_digit(*s) || (*s == '.' && digit_last && !in_fraction); s++) {
		digit_last = is_digit(*s);
		if (!digit_last) {
			in_fraction = true;
			continue;
		}
		if (++n > MAX_DIGITS) {
			*why = "the number has too many digits";
			return false;
		}
		d->digits = d->digits * 10 + (unsigned)(*s - '0');
		if (in_fraction)
			d->divisor *= 10;
	}
	*text = s;
	return digit_last;
}

static const struct unit *find_unit(enum quantity q, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		bool can_read = q != Q_COUNT || units[i].factor == 1;

		if (units[i].q == q && can_read && strcmp(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}

/* The mistakes that people make, each with its own advice. */
static const char *explain(enum quantity q, const char *text, const char *unit)
{
	if (text[0] == '-')
		return "must not be negative";
	if (unit[0] == ',')
		return "use a point for the fraction, as in 1.5";
	if (q == Q_BYTES && find_unit(Q_BITS, unit))
		return "\"b\" stands for bits; write \"GB\" or \"GiB\" for bytes";
	return reasons[q].wrong;
}

static bool scale(const struct decimal *d, const struct unit *unit, uint64_t *out, const char **why)
{
	unsigned __int128 limit = ~(unsigned __int128)0 / unit->factor, value;

	value = d->digits > limit ? ~(unsigned __int128)0 : d->digits * unit->factor;
	if (value / d->divisor > UINT64_MAX) {
		*why = "larger than 2^64 - 1 of its base unit";
		return false;
	}
	if (value % d->divisor != 0) {
		*why = reasons[unit->q].not_whole;
		return false;
	}
	*out = (uint64_t)(value / d->divisor);
	return true;
}

bool parse_quantity(const char *text, enum quantity q, uint64_t *out, const char **why)
{
	const char *rest = text;
	const struct unit *unit;
	struct decimal d;

	*why = reasons[q].wrong;
	if (!parse_decimal(&rest, &d, why)) {
		if (text[0] == '-')
			*why = explain(q, text, rest);
		return false;
	}
	while (*rest == ' ')
		rest++;
	unit = find_unit(q, rest);
	if (!unit) {
		*why = explain(q, text, rest);
		return false;
	}
	return scale(&d, unit, out, why);
}

/* value / factor exactly, if that takes no more than a few decimals. */
static bool format_exact(uint64_t value, const struct unit *unit, unsigned *n_decimals, char *out,
			 size_t size)
{
	const char *space = unit->name[0] ? " " : "";
	unsigned __int128 rest = value % unit->factor;
	uint64_t fraction = 0;
	unsigned n = 0;

	while (rest != 0 && n <= MAX_EXACT_DECIMALS) {
		rest *= 10;
		fraction = fraction * 10 + (uint64_t)(rest / unit->factor);
		rest %= unit->factor;
		n++;
	}
	*n_decimals = n;
	if (n > MAX_EXACT_DECIMALS)
		return false;
	if (n == 0)
		snprintf(out, size, "%" PRIu64 "%s%s", value / unit->factor, space, unit->name);
	else
		snprintf(out, size, "%" PRIu64 ".%0*" PRIu64 "%s%s", value / unit->factor, (int)n,
			 fraction, space, unit->name);
	return true;
}

void format_quantity(uint64_t value, enum quantity q, char *out, size_t size)
{
	char text[64];
	size_t best_len = SIZE_MAX;
	unsigned best_decimals = 0;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		unsigned n_decimals;
		size_t len;

		if (units[i].q != q || !(units[i].use & FOR_PRINTING) ||
		    !format_exact(value, &units[i], &n_decimals, text, sizeof(text)))
			continue;
		len = strlen(text);
		if (len > best_len || (len == best_len && n_decimals >= best_decimals))
			continue;
		best_len = len;
		best_decimals = n_decimals;
		snprintf(out, size, "%s", text);
	}
}

/* Three significant digits of value / factor; false when that rounds to 1000 or more. */
static bool format_three(uint64_t value, const struct unit *unit, char *out, size_t size)
{
	const char *space = unit->name[0] ? " " : "";
	static const struct {
		uint64_t below, scale;
		unsigned decimals;
	} steps[] = { { 10, 100, 2 }, { 100, 10, 1 }, { 1000, 1, 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		uint64_t scaled = mul_div_round_u64(value, steps[i].scale, unit->factor);
		unsigned decimals;
		char text[32];

		if (scaled >= steps[i].below * steps[i].scale)
			continue;
		decimals = unit->factor == 1 ? 0 : steps[i].decimals;
		format_ratio(scaled, steps[i].scale, decimals, text, sizeof(text));
		snprintf(out, size, "%s%s%s", text, space, unit->name);
		return true;
	}
	return false;
}

void format_human(uint64_t value, enum quantity q, char *out, size_t size)
{
	const struct unit *largest = NULL;
	uint64_t whole;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (units[i].q != q || !(units[i].use & FOR_PEOPLE))
			continue;
		largest = &units[i];
		if (format_three(value, largest, out, size))
			return;
	}
	BUG_ON(!largest);
	whole = mul_div_round_u64(value, 1, largest->factor);
	snprintf(out, size, "%" PRIu64 " %s", whole, largest->name);
}

void format_ratio(uint64_t a, uint64_t b, unsigned decimals, char *out, size_t size)
{
	unsigned __int128 scale_up = 1, scaled = 0;
	uint64_t whole, fraction;

	BUG_ON(decimals > 18);
	for (unsigned i = 0; i < decimals; i++)
		scale_up *= 10;
	if (b != 0) {
		unsigned __int128 product = a * scale_up, rest = product % b;

		scaled = product / b + (rest >= b - rest);
	}
	whole = (uint64_t)(scaled / scale_up);
	fraction = (uint64_t)(scaled % scale_up);
	if (decimals == 0)
		snprintf(out, size, "%" PRIu64, whole);
	else
		snprintf(out, size, "%" PRIu64 ".%0*" PRIu64, whole, (int)decimals, fraction);
}
