## SPDX-License-Identifier: Apache-2.0
TESTS += tests/docs.sh
dist_check_SCRIPTS += tests/docs.sh

TESTS += tests/determinism.sh
dist_check_SCRIPTS += tests/determinism.sh

## Not of make check: scripts/check runs it, on the build without sanitizers.
dist_check_SCRIPTS += tests/valgrind.sh
