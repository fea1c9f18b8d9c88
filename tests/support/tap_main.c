/* SPDX-License-Identifier: Apache-2.0 */
/* Check's own printer is silenced, so that standard output is TAP and nothing else. */
#include "support/tap_main.h"

#include <stdlib.h>

int tap_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
