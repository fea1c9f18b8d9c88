/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places on chip: BUFFER, BUFFER@SLOT, and a range of bytes of the slot in brackets, which
 * may be empty where there is nothing to do (a tile of nothing but padding).
 */
#include "planfile/parse.h"

#include <string.h>

#define NOT_SAID UINT64_MAX

/* Cuts "[FROM:TO]" off a word; a name may end in brackets too, without a colon. */
static char *cut_range(char *word)
{
	size_t len = strlen(word);
	char *open = strrchr(word, '[');

	if (open == NULL || word[len - 1] != ']' || strchr(open, ':') == NULL)
		return NULL;
	word[len - 1] = '\0';
	*open = '\0';
	return open + 1;
}

static bool take_slot(const struct parser *p, const char *name, const struct file_buffer *b,
		      const char *text, uint64_t *slot, struct err *err)
{
	*slot = 0;
	if (text != NULL)
		return reading_number(&p->reading, "slot", text, 0, b->slots - 1, slot, err);
	return b->slots == 1 ||
	       BAD_LINE(&p->reading, err,
			"buffer '%s' has %" PRIu64 " slots; name one, such as %s@0", name, b->slots,
			name);
}

static bool take_range(const struct parser *p, char *range, uint64_t slot_bytes, uint64_t *from,
		       uint64_t *to, struct err *err)
{
	char *colon = strchr(range, ':');

	*colon = '\0';
	*from = 0;
	if (*range != '\0' &&
	    !reading_number(&p->reading, "first byte", range, 0, slot_bytes - 1, from, err))
		return false;
	if (colon[1] == '\0')
		return true;
	return reading_number(&p->reading, "end of the bytes", colon + 1, *from, slot_bytes, to,
			      err);
}

bool parse_span(const struct parser *p, char *word, uint64_t bytes, struct span *out,
		struct err *err)
{
	char *range = cut_range(word), *at = strchr(word, '@');
	uint64_t slot, from = 0, to = NOT_SAID, slot_bytes;
	const struct file_buffer *b;
	uint32_t number;

	if (at != NULL)
		*at++ = '\0';
	number = names_find(&p->kernel.buffer_names, word);
	if (number == NO_INDEX)
		return reading_unknown(&p->reading, "buffer", word, &p->kernel.buffer_names, err);
	b = &p->kernel.buffers[number];
	slot_bytes = b->slot_bytes;
	if (!take_slot(p, word, b, at, &slot, err) ||
	    (range != NULL && !take_range(p, range, slot_bytes, &from, &to, err)))
		return false;
	if (to == NOT_SAID)
		to = bytes == 0                  ? slot_bytes
		     : bytes > slot_bytes - from ? UINT64_MAX
						 : from + bytes;
	if (to > slot_bytes)
		return BAD_LINE(&p->reading, err,
				"%" PRIu64 " bytes at byte %" PRIu64
				" of a slot of buffer '%s', which "
				"has %" PRIu64,
				bytes, from, word, slot_bytes);
	if (bytes != 0 && to - from != bytes)
		return BAD_LINE(&p->reading, err,
				"%" PRIu64 " bytes of buffer '%s' for a transfer of %" PRIu64,
				to - from, word, bytes);
	*out = (struct span){
		.memory = b->memory,
		.buffer = number,
		.base = b->base + slot * slot_bytes + from,
		.bytes = to - from,
	};
	return true;
}
