/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formulas of the shortcuts of memsim's runs, each of which a test build (-DMEMSIM_FAULTS) can make
 * wrong by one: tests/check_engine_faults_run.c wants the differential test to notice.  In any
 * other build the error is a constant 0.  (Those of ram21_fast*.c: model/ram21_fast_faults.h.)
 */
#ifndef MEMSIM_ENGINE_RUN_FAULTS_H
#define MEMSIM_ENGINE_RUN_FAULTS_H

#define RUN_FAULT_LIST(X) \
	X(EVENT_BUCKET, "an event goes into the bucket after its own") \
	X(EVENT_SORT, "the first two events of a bucket stay as they came") \
	X(EVENT_LINE, "the next event of a line comes a picosecond late") \
	X(RUN_LATE, "a run has visits that are ready nBL and a tick after the first") \
	X(RUN_FULLEST, "of visits with equally much left to do the last is next") \
	X(RUN_LAST, "the last burst of a packet counts as followed by another") \
	X(RUN_FIRST, "a run begins a tick late") \
	X(BUS_ROW, "a run takes the tick that another command has") \
	X(EFFECT_RAISE, "a rule's latency is a tick longer") \
	X(EFFECT_FOLLOWED, "a followed command forgets its last rule of the bank") \
	X(ADDR_DIGIT, "a digit of a skew has the weight of the one below") \
	X(ADDR_NIBBLE, "of four bits of an address the lowest is not looked up") \
	X(ROWS_REST, "a row that can open at the limit does not") \
	X(ROWS_JOIN, "a bank's first packet leaves the rows at rest") \
	X(REFRESH_USED, "of banks used at the same time the last is refreshed") \
	X(REFRESH_WAITING, "of banks with as many packets waiting the last is")

#ifdef MEMSIM_FAULTS
enum run_fault {
	RUN_FAULT_NONE,
#define X(NAME, help) RUN_FAULT_##NAME,
	RUN_FAULT_LIST(X)
#undef X
	N_RUN_FAULTS
};
extern enum run_fault run_fault;

#define RUN_OFF(NAME) ((unsigned)(run_fault == RUN_FAULT_##NAME))
#else
#define RUN_OFF(NAME) 0u
#endif

#endif
