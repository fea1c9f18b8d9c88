/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formulas of the fast engine's shortcuts, each of which a test build (-DMEMSIM_FAULTS) can make
 * wrong by one: tests/check_engine_faults.c and check_engine_faults_run.c want the differential
 * tests to notice.  In any other build the error is a constant 0.
 */
#ifndef MEMSIM_BASE_OFF_BY_ONE_H
#define MEMSIM_BASE_OFF_BY_ONE_H

/* Of runs of memsim. */
#define OFF_RUN_LIST(X) \
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

/* Of streams under the policy ramulator21. */
#define OFF_STREAM_LIST(X) \
	X(WHEEL_LATE, "a bank goes into the slot after its own") \
	X(WHEEL_TURN, "the slot of the tick itself does not ripen") \
	X(WHEEL_NEXT, "the next slot in use is taken for the one after it") \
	X(SQUEEZE, "counted requests are squeezed to the place after theirs") \
	X(ROOM, "a queue takes one more than it has room for") \
	X(DOOR, "the door opens for one more than there is room for") \
	X(ACCEPT_ROW, "a new request's row command waits a tick") \
	X(ACCEPT_COLUMN, "a new request's hit waits a tick") \
	X(COLUMN_WAKE, "a column slot that found nothing is looked at a tick late") \
	X(COLUMN_AFTER, "so is one that has young requests alone") \
	X(ROW_WAKE, "a row slot that found nothing is looked at a tick late") \
	X(ROW_AFTER, "so is one that has waiting banks alone") \
	X(YOUNG, "a request grows up a tick late") \
	X(GROWN, "of two that arrived together the second activated is served first") \
	X(ACTIVATED, "an ACT's column command is looked for a tick late") \
	X(AWAITED, "a PRE that waited for a column command is looked for a tick late") \
	X(TURN_HIGH, "writes begin at one fewer") \
	X(TURN_LOW, "writes end at one fewer") \
	X(LOOK_AGAIN, "a change of the write mode is looked at a tick late") \
	X(WINDOW, "a window counts from the second oldest command") \
	X(ABSENCE, "a request that came a tick after the gap began counts as there") \
	X(CROWDED, "a bus is crowded from three waiting requests on") \
	X(PLACES, "the last byte of an address is not looked up") \
	X(RUN_LIMIT, "the tick of an arrival is run before it") \
	X(OFFER_IDLE, "the tick before an arrival in an idle memory is not run") \
	X(SKIP_DUE, "a skip ends on the tick of the refresh") \
	X(SKIP_ROWS, "a jump moves on by a row too many") \
	X(SKIP_SUMS, "a jump adds one repetition too many") \
	X(SKIP_BUSY, "bursts under way move on by a tick too many") \
	X(GAP_ROW, "a row that is not open holds a burst back for a tick longer") \
	X(LATENCY_TOP, "the longest latency is not repeated")

#ifdef MEMSIM_FAULTS
enum off_by_one {
	OFF_NONE,
#define X(NAME, help) OFF_##NAME,
	OFF_RUN_LIST(X)
	OFF_BETWEEN, /* no fault: those of runs before it, those of streams behind it */
	OFF_STREAM_LIST(X)
#undef X
	N_OFF
};
extern enum off_by_one off_by_one;

#define OFF(NAME) ((unsigned)(off_by_one == OFF_##NAME))
#else
#define OFF(NAME) 0u
#endif

#endif
