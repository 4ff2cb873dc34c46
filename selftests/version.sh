#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module loads, says what it is, which kernel it is in and what its tables
# and memory are, and goes in an orderly way.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

# rows ITEM: names and values of the rows of this item
rows() {
	awk -v item="$1" 'NR > 1 && $1 == item { print $2, $3 }' "$MMS/version"
}

has_all_items() {
	same "bytes format kernel module" \
		"$(awk 'NR > 1 { print $1 }' "$MMS/version" | sort -u | paste -sd ' ')"
}

# A format for each table that can be read, and none else
has_all_formats() {
	same "$(readable_tables)" "$(rows format | cut -d' ' -f1 | sort)" &&
		not grep -qvE ' [1-9][0-9]*$' <(rows format)
}

# Of each directory of the tree, which is a subject, and of the hooks
has_all_bytes() {
	local subjects

	subjects=$(find "$MMS" -mindepth 1 -type d | sed 's,.*/,,')
	same "$(printf '%s\n' "$subjects" probes total | sort)" \
		"$(rows bytes | cut -d' ' -f1 | sort)" &&
		not grep -qvE ' [1-9][0-9]*$' <(rows bytes)
}

total_is_the_sum() {
	same "$(rows bytes | awk '$1 != "total" { sum += $2 } END { print sum }')" \
		"$(cell version value item=bytes name=total)"
}

check "the module loads" load_module
check "version has the items that it should" has_all_items
check "it names the running kernel" same "release $(uname -r)" "$(rows kernel)"
check "it has the version of the module's file" \
	same "version $(modinfo -F version mmscope)" "$(rows module)"
check "it has a format for each table there is" has_all_formats
check "it has the bytes of each subject" has_all_bytes
check "bytes add up to the total" total_is_the_sum
check "it was taken when it was read" taken_now version
check "the module unloads" unload_module
check "its files are gone" [ ! -e "$MMS" ]
finish
