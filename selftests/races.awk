# SPDX-License-Identifier: GPL-2.0-only
#
# A kernel log without KCSAN's complaints of the kernel's own data races: a report
# counts if one of the accesses is of a function of mmscope or of one that it called
# (memcpy()), or if the report has no end. But capable() notes its use in the flags
# of the task, whoever calls it (kernel/capability.c). Lines keep their numbers.

function flush(i)
{
	if (n && !ours)
		sub(/BUG: KCSAN:/, "KCSAN:", block[0])
	for (i = 0; i < n; i++)
		print block[i]
	n = ours = frames = 0
}

/BUG: KCSAN:/ { flush(); inside = 1 }
!inside { print; next }
{ block[n++] = $0 }
frames == 2 && / capable\+/ { frames = 0 }
frames && frames-- && /\[mmscope/ { ours = 1 }
/(read|write)[a-z() -]* to 0x[0-9a-f]+ of / { frames = 2 }
/==========/ { flush(); inside = 0 }
END { ours = 1; flush() }
