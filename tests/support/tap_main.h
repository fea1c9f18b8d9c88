/* SPDX-License-Identifier: Apache-2.0 */
/* The main() of a Check program: runs the suite and prints TAP, one line a test. */
#ifndef MEMSIM_TESTS_TAP_MAIN_H
#define MEMSIM_TESTS_TAP_MAIN_H

#include <check.h>

/* Takes the suite; returns what main() returns. */
int tap_main(Suite *suite);

#endif
