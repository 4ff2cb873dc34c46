# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel log without KCSAN's complaints of the kernel's own data races: a report
# counts if mmscope has a part in it, or if it has no end. Lines keep their numbers.

function flush(i)
{
	if (n && !ours)
		sub(/BUG: KCSAN:/, "KCSAN:", block[0])
	for (i = 0; i < n; i++)
		print block[i]
	n = ours = 0
}

/BUG: KCSAN:/ { flush(); inside = 1 }
!inside { print; next }
{ block[n++] = $0 }
/\[mmscope/ { ours = 1 }
/==========/ { flush(); inside = 0 }
END { ours = 1; flush() }
