/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts the keys and makes the model; Check's assertions end a case that asked wrongly. */
#include "support/graph_make.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "trace/models/model.h"

struct graph *graph_make(const char *model, const char *keys)
{
	char *text = strdup(keys), *words[16], *save = NULL;
	struct err err = { .code = ERR_NONE };
	size_t n = 0;
	struct graph *g;

	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	g = model_make(model, words, n, NULL, &err);
	ck_assert_msg(g != NULL, "%s", err.text);
	free(text);
	return g;
}
