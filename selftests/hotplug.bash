# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Shared by the tests of memory hotplug, after common.sh: do the tables of all
# subjects have the nodes and zones that the kernel has?

NODES=/sys/devices/system/node

wanted_zones() {
	awk '
		/^Node/ { node = $2 + 0; zone = $4 }
		$1 ~ /^(spanned|present|managed)$/ { pages[$1] = $2 }
		$1 == "managed" && pages["present"] > 0 {
			print node, zone, pages["spanned"], pages["present"], $2
		}' /proc/zoneinfo
}

zones_as_zoneinfo() {
	same "$(wanted_zones)" "$(columns zones/watermarks node zone spanned_pages \
		present_pages managed_pages)"
}

pcp_has_the_zones() {
	same "$(populated_zones)" "$(columns zones/pcp node zone | uniq)"
}

# Each fallback list has every zone that is there once
lists_have_the_zones() {
	local node zones

	zones=$(populated_zones | sort)
	for node in $(columns zones/nodes node); do
		same "$zones" "$(columns zones/zonelists node list to_node to_zone |
			sed -n "s/^$node fallback //p" | sort)" || return 1
	done
}

nodes_as_sysfs() {
	local node wanted

	wanted=$(for node in $(in_list "$(cat "$NODES/online")"); do
		in_list "$(cat "$NODES/has_memory")" | grep -qx "$node" &&
			echo "$node 1" || echo "$node 0"
	done)
	same "$wanted" "$(columns zones/nodes node has_memory)"
}

# "NODE PID" of each kswapd that runs
kswapds() {
	grep -Hsx 'kswapd[0-9]*' /proc/[0-9]*/comm |
		sed 's,^/proc/\([0-9]*\)/comm:kswapd\([0-9]*\)$,\2 \1,' | sort -n
}

kswapd_has_the_threads() {
	same "$(kswapds)" "$(columns kswapd/nodes node pid | grep -v -e '-$')"
}

kswapds_run() {
	same "$(in_list "$(cat "$NODES/has_memory")")" "$(kswapds | cut -d' ' -f1)"
}

buddy_has_the_zones() {
	same "$(populated_zones)" "$(columns buddy/free node zone | uniq)" &&
		same "$(populated_zones)" "$(columns buddy/index node zone | uniq)"
}

all_agree() {
	zones_as_zoneinfo && pcp_has_the_zones && lists_have_the_zones &&
		nodes_as_sysfs && kswapd_has_the_threads && buddy_has_the_zones
}
