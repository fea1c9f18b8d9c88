/* SPDX-License-Identifier: Apache-2.0 */
/* The names of DRAM commands, apart from any memory, for those who only read logs. */
#include "dram/standard.h"

const char *dram_command_name(enum dram_command_kind kind)
{
	static const char *const names[N_DRAM_COMMANDS] = {
#define X(name) #name,
		DRAM_COMMAND_LIST(X)
#undef X
	};

	return names[kind];
}
