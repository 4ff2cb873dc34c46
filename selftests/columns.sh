#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The list of columns against the header lines of the loaded module: the same
# columns in the same order, each with all that is to be said of it.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

HERE=$(cd "$(dirname "$0")" && pwd)
FIELDS='Table Column Unit Meaning Source Context Oracle Test Unknown'
# Copied beside the tests where they are installed
COLUMNS_FILE=$HERE/columns
[ -e "$COLUMNS_FILE" ] || COLUMNS_FILE=$HERE/../docs/columns
[ -e "$COLUMNS_FILE" ] || skip_all "the list of columns is not here"

# Each line a column: the values of the fields, with a vertical bar between
stanzas() {
	awk -v fields="$FIELDS" '
		function end(i, line) {
			for (i = 1; i <= n; i++)
				line = line (i > 1 ? "|" : "") text[field[i]]
			if (seen)
				print line
			seen = 0
			split("", text)
		}
		BEGIN { n = split(fields, field, " ") }
		/^#/ { next }
		/^$/ { end(); next }
		/^[ \t]/ { text[last] = text[last] $0; next }
		{
			last = substr($0, 1, index($0, ":") - 1)
			text[last] = substr($0, index($0, ":") + 2)
			seen = 1
		}
		END { end() }' "$COLUMNS_FILE"
}

# Nothing but the known fields, each once in a stanza, and none of them empty
fields_are_complete() {
	same "" "$(grep -oE '^[^ #][^:]*:?' "$COLUMNS_FILE" |
		grep -vxE "(${FIELDS// /|}):")" &&
		same "" "$(stanzas | grep -E '^ *\||\| *\||\| *$')" &&
		same "$(stanzas | wc -l)" "$(grep -c '^Table:' "$COLUMNS_FILE")"
}

columns_of() {
	stanzas | awk -F'|' -v table="$1" '$1 == table { print $2 }'
}

header_of() {
	head -n 1 "$MMS/$1" | tr -s ' ' '\n' | grep .
}

tables_are_the_same() {
	same "$(readable_tables)" "$(stanzas | cut -d'|' -f1 | sort -u)"
}

columns_are_the_same() {
	same "$(header_of "$1")" "$(columns_of "$1")"
}

units_are_in_the_names() {
	same "" "$(stanzas | awk -F'|' '
		match($2, /_(pages|ns|bytes)$/) &&
			$3 != substr($2, RSTART + 1) { print $1, $2, $3 }')"
}

tests_are_there() {
	local test missing=''

	for test in $(stanzas | cut -d'|' -f8 | sort -u); do
		[ -x "$HERE/$test" ] || [ -x "$HERE/$test.sh" ] || missing+=" $test"
	done
	same "" "$missing"
}

check "the module loads" load_module
check "each column has all fields" fields_are_complete
check "each table is listed, and none else" tables_are_the_same
for table in $(readable_tables); do
	check "columns of $table" columns_are_the_same "$table"
done
check "names say the unit" units_are_in_the_names
check "each column's test is here" tests_are_there
finish
