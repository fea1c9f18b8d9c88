/* SPDX-License-Identifier: Apache-2.0 */
/* What a program does first, so that its outputs are whole or its exit status says no. */
#ifndef MEMSIM_BASE_STD_STREAMS_H
#define MEMSIM_BASE_STD_STREAMS_H

/*
 * Keeps closed standard streams from being given to the next file opened, makes writes
 * past the limit of file sizes fail like others, and lets the program end with ERR_OUTPUT
 * if what it printed has not arrived.  `program` starts that message.
 */
void guard_standard_streams(const char *program);

#endif
