#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Many nodes: every table has all that it should, reading it takes no more than
# a moment, and the memory that the module holds stays within bounds.
#
# vm: --nodes 32 --cpus 1 --mem 8G

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

NODES=/sys/devices/system/node

online=$(in_list "$(cat "$NODES/online" 2> /dev/null)")
count=$(wc -w <<< "$online")
[ "$count" -ge 8 ] || skip_all "there are $count nodes, and that is not many"

nodes_are_all_there() {
	same "$online" "$(columns zones/nodes node)"
}

# Each line of sysfs has the distances to all nodes that are online
distances_as_sysfs() {
	local node wanted

	wanted=$(for node in $online; do
		awk -v node="$node" -v online="$online" '{
			split(online, to, "\n")
			for (i = 1; i <= NF; i++)
				print node, to[i], $i
		}' "$NODES/node$node/distance"
	done)
	same "$wanted" "$(columns zones/distances node to_node distance)"
}

zones_are_all_there() {
	same "$(populated_zones)" "$(columns zones/watermarks node zone)"
}

# The fallback list of each node has all zones, each once, by positions from 0
fallback_lists_are_whole() {
	same "" "$(awk -v nodes="$online" '
		NR == FNR { zones[$1 " " $2]; total++; next }
		FNR > 1 && $2 == "fallback" {
			if ($3 != length_of[$1] + 0 || !(($4 " " $5) in zones) ||
			    seen[$1 " " $4 " " $5]++)
				print
			length_of[$1]++
		}
		END {
			n = split(nodes, node, "\n")
			for (i = 1; i <= n; i++)
				if (length_of[node[i]] != total)
					print "node", node[i], length_of[node[i]], total
		}' <(populated_zones) "$MMS/zones/zonelists")"
}

# That of allocations which insist on the node has its own zones and no others
thisnode_lists_are_its_own() {
	same "$(populated_zones | sort)" "$(columns zones/zonelists node list to_node to_zone |
		awk '$2 == "thisnode" && $1 == $3 { print $3, $4 }' | sort)" &&
		same "" "$(columns zones/zonelists node list to_node |
			awk '$2 == "thisnode" && $1 != $3')"
}

# What the reader measured; an emulated CPU on a busy machine is slow
read_in_time() {
	local file=/tmp/mmscope-said status=0

	start_readers 1
	sleep 3
	readers_had_no_trouble > "$file" || status=1
	cat "$file"
	[ "$(sed -n 's/.*longest_ms //p' "$file")" -lt 2000 ] || status=1
	rm -f "$file"
	return "$status"
}

# In one of three times nothing else has kept the machine
once_in_time() {
	read_in_time || read_in_time || read_in_time
}

# 64 KiB a node would be far more than it needs
bytes_are_few() {
	local bytes

	bytes=$(cell version value item=bytes name=total)
	diag "$bytes bytes for $count nodes"
	[ "$bytes" -gt 0 ] && [ "$bytes" -lt $((65536 * count)) ]
}

trap 'stop_readers; unload_module' EXIT

check "the module loads" load_module
check "all nodes are there" nodes_are_all_there
check "distances are those of sysfs" distances_as_sysfs
check "all zones are there" zones_are_all_there
check "fallback lists are whole" fallback_lists_are_whole
check "lists of a node alone have only its own" thisnode_lists_are_its_own
check "each table is read in a moment" once_in_time
check "the memory it holds is bounded" bytes_are_few
check "the module unloads" unload_module
check "no complaint in the kernel log" same "" "$(splats)"
finish
