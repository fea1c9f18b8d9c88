/* SPDX-License-Identifier: Apache-2.0 */
/* The words themselves. */
#include "planfile/words.h"

#include <string.h>

const char *const unit_words[N_UNITS] = {
	[UNIT_LOAD] = "load",
	[UNIT_MATRIX] = "matrix",
	[UNIT_VECTOR] = "vector",
	[UNIT_STORE] = "store",
};

const char *const pass_words[N_PASSES] = {
	[PASS_FULL] = "",         [PASS_STATS] = "stats",     [PASS_APPLY] = "apply",
	[PASS_ONLINE] = "online", [PASS_RESCALE] = "rescale", [PASS_FINISH] = "finish",
};

const char *const traffic_words[N_TRAFFIC] = {[TRAFFIC_COMPULSORY] = "compulsory",
#define X(NAME, text, help) [TRAFFIC_##NAME] = text,
					      TRAFFIC_LIST(X)
#undef X
};

const char *const onchip_words[N_ONCHIP] = {
	[ONCHIP_SPAD] = "spad",
	[ONCHIP_ACC] = "acc",
};

unsigned find_word(const char *const *words, unsigned n, const char *text, size_t len)
{
	unsigned i = 0;

	while (i < n && (strlen(words[i]) != len || memcmp(words[i], text, len) != 0))
		i++;
	return i;
}
