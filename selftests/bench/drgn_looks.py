#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
#
# drgn_looks.py VMLINUX: what tables of mmscope show, had with drgn from the running
# kernel. Prints "# drgn: LOOK INSTRUCTIONS": under QEMU's -icount the clock goes on
# by one with each; then the marks, to be compared, as "mark NODE ZONE MIN LOW HIGH".

import sys
import time

from drgn import Program
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.nodemask import for_each_online_node


def zones(prog):
    for node in for_each_online_node(prog):
        for zone in prog["node_data"][node].node_zones:
            if zone.present_pages:
                yield node, zone


def watermarks(prog):
    rows = []
    for node, zone in zones(prog):
        boost = zone.watermark_boost.value_()
        marks = [int(zone._watermark[mark]) + boost for mark in range(3)]
        free = zone.vm_stat[prog["NR_FREE_PAGES"]].counter.value_()
        rows.append((node, zone.name.string_().decode(), marks, free))
    return rows


# By migratetype nothing but a walk of the lists tells how many there are
def free(prog):
    blocks = 0
    for _, zone in zones(prog):
        for area in zone.free_area:
            for head in area.free_list:
                for _ in list_for_each_entry("struct page", head.address_of_(), "buddy_list"):
                    blocks += 1
    return blocks


def waiters(prog):
    nr = 0
    for bucket in prog["folio_wait_table"]:
        for _ in list_for_each_entry("wait_queue_entry_t", bucket.head.address_of_(), "entry"):
            nr += 1
    return nr


def start(vmlinux):
    prog = Program()
    prog.set_kernel()
    prog.load_debug_info([vmlinux])
    watermarks(prog)
    return prog


def timed(name, look, *args):
    begin = time.monotonic_ns()
    result = look(*args)
    print("# drgn:", name, time.monotonic_ns() - begin)
    return result


prog = timed("start", start, sys.argv[1])
# The second time what it knows of types is there
for look in watermarks, free, waiters:
    look(prog)
rows = timed("zones/watermarks", watermarks, prog)
print("# drgn:", timed("buddy/free", free, prog), "free blocks")
timed("pagewait/table", waiters, prog)
for node, zone, marks, _ in rows:
    print("mark", node, zone, *marks)
