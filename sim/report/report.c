/* SPDX-License-Identifier: Apache-2.0 */
/* The table of formats.  A new format is one row and one function. */
#include "report/report.h"

#include <string.h>

report_fn report_format_find(const char *name)
{
	static const struct {
		const char *name;
		report_fn print;
	} formats[] = {
		{ "text", report_text },
		{ "json", report_json },
		{ "csv", report_csv },
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].print;
	}
	return NULL;
}
