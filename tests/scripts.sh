#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/setup: content when nothing is missing, and names what it may not install.  Its
# programs are links in a folder of their own, so that no package manager is in reach.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

mkdir bin
for program in sh id gcc make autoconf automake pkg-config gzip awk; do
	found=$(command -v "$program") || continue
	ln -s "$found" "bin/$program"
done

PATH=$tmp/bin PKG_CONFIG_LIBDIR=$tmp expect_status 1 "packages are missing" \
	sh "$top_src/scripts/setup"
expect_grep "all of them are named" '^setup: missing:.* libconfig-dev zlib1g-dev check libsqlite3-dev$' err
expect_grep "why they are not installed" '^setup: there is no apt-get here' err
expect "nothing is on standard output" [ ! -s out ]

rm -f bin/make
PATH=$tmp/bin PKG_CONFIG_LIBDIR=$tmp expect_status 1 "a program is missing" \
	sh "$top_src/scripts/setup"
expect_grep "its package is named" '^setup: missing:.* make .*libconfig-dev' err

for script in bootstrap scripts/setup scripts/quickstart scripts/check scripts/compare-dram \
	scripts/sweep-sram scripts/figures scripts/fresh-machine; do
	expect "$script is valid shell" bash -n "$top_src/$script"
	expect "$script may be executed" [ -x "$top_src/$script" ]
done
finish
