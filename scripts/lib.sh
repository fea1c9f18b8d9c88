# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What the scripts that run the programs source: $root, the folder of this tree, and
#
#   fail TEXT...   ends the script with status 1
#   program NAME   where NAME is: this folder, this tree's build, or the PATH

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

program()
{
	local name=$1 place
	for place in "$PWD/$name" "$root/build/$name" "$root/$name" "$(command -v "$name" || true)"; do
		if [ -f "$place" ] && [ -x "$place" ]; then
			echo "$place"
			return
		fi
	done
	fail "$name is not built; run scripts/quickstart first"
}
