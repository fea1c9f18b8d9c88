/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formulas of the shortcuts, each of which a test build (-DMEMSIM_FAULTS) can make wrong by one:
 * tests/check_engine_faults.c wants the differential test to notice.  In any other build the
 * error is a constant 0.
 */
#ifndef MEMSIM_MODEL_RAM21_FAST_FAULTS_H
#define MEMSIM_MODEL_RAM21_FAST_FAULTS_H

#define FAST_FAULT_LIST(X) \
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
enum fast_fault {
	FAST_FAULT_NONE,
#define X(NAME, help) FAST_FAULT_##NAME,
	FAST_FAULT_LIST(X)
#undef X
	N_FAST_FAULTS
};
extern enum fast_fault fast_fault;

#define FAST_OFF(NAME) ((unsigned)(fast_fault == FAST_FAULT_##NAME))
#else
#define FAST_OFF(NAME) 0u
#endif

#endif
