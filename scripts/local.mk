## SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += scripts/setup scripts/quickstart scripts/check scripts/compare-dram \
	scripts/compare-dram.awk scripts/lib.sh scripts/sweep-sram
