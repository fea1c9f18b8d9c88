/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults that test builds (-DMEMSIM_FAULTS) switch on by name in the environment,
 * MEMSIM_FAULT=NAME, so that each audit of --check is proven to catch its own.
 * In any other build the question is a constant.
 *
 *   drop-byte    a packet's delivery loses a byte
 *   lost-cycle   one core cycle is not counted
 *   wrong-class  waiting for loads is counted as compute
 *   early-act    an ACT may go one tick before its rules allow it
 *   overlap      compute starts before its loads have arrived
 */
#ifndef MEMSIM_BASE_FAULT_H
#define MEMSIM_BASE_FAULT_H

#include "base/base.h"

#ifdef MEMSIM_FAULTS
#include <stdlib.h>
#include <string.h>

static inline bool fault_is(const char *name)
{
	const char *wanted = getenv("MEMSIM_FAULT");

	return wanted != NULL && strcmp(wanted, name) == 0;
}
#else
#define fault_is(name) false
#endif

#endif
