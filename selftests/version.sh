#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module loads, says which kernel it is in, and goes in an orderly way.

# shellcheck source=selftests/common.sh
. "$(dirname "$0")/common.sh"

check "the module loads" load_module
check "version names the running kernel" \
	[ "$(cell version value item=kernel name=release)" = "$(uname -r)" ]
check "the module unloads" unload_module
check "its files are gone" [ ! -e "$MMS" ]
finish
