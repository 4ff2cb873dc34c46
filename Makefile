# SPDX-License-Identifier: GPL-2.0-only
#
# "make help" tells what there is. Long work is done by scripts, which can be
# run without make as well; variables given to make reach them as environment.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
DEBUGFS := /sys/kernel/debug
STOP := /sys/module/mmscope/parameters/stop

# V=1 is kbuild's own switch, and that of tools/; the scripts show all then
ifeq ($(V),1)
export VERBOSE := 1
endif

all: module tools

# A machine without headers can still have the tools, and read snapshots.
module:
	@if [ -e "$(KDIR)/Makefile" ]; then \
		$(MAKE) -C module KDIR="$(KDIR)" modules; \
	else \
		echo "No module: $(KDIR) has no kernel headers."; \
		echo "Install linux-headers-$$(uname -r), or choose others by KDIR=..."; \
	fi

tools:
	@scripts/packages tools
	$(MAKE) -C tools

load: module
	@mountpoint -q $(DEBUGFS) || mount -t debugfs debugfs $(DEBUGFS)
	insmod module/mmscope.ko $(PARAMS)

# rmmod alone may pull the files from under a reader who is just opening one
unload:
	echo 1 > $(STOP)
	rmmod mmscope

# Headers of a distribution come without the key to sign with.
install: all
	$(MAKE) -C tools install DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)"
	@if [ -e module/mmscope.ko ]; then \
		$(MAKE) -C module KDIR="$(KDIR)" INSTALL_MOD_PATH="$(DESTDIR)" \
			CONFIG_MODULE_SIG_ALL= modules_install && \
		{ [ -n "$(DESTDIR)" ] || \
			depmod "$$($(MAKE) -s --no-print-directory -C "$(KDIR)" kernelrelease)"; }; \
	fi

uninstall:
	$(MAKE) -C tools uninstall DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)"
	rm -f "$(DESTDIR)"/lib/modules/*/updates/mmscope.ko* "$(DESTDIR)"/lib/modules/*/extra/mmscope.ko*
	[ -n "$(DESTDIR)" ] || depmod

kernels:
	@scripts/packages kernels
	@scripts/kernels

vm:
	@selftests/vm/shell

demo:
	@selftests/vm/demo

check:
	@selftests/vm/check $(KERNEL)

check-debug:
	@selftests/vm/check --debug $(KERNEL)

check-long:
	@selftests/vm/long

check-mutants:
	@selftests/vm/mutants

bench:
	@selftests/vm/bench $(KERNEL)

check-kconfig:
	@scripts/check-kconfig

fuzz:
	@scripts/fuzz $(TARGET)

lint:
	@scripts/lint

clean:
	[ ! -e "$(KDIR)/Makefile" ] || $(MAKE) -C module KDIR="$(KDIR)" clean
	$(MAKE) -C tools clean
	rm -rf build

define HELP
  make [all]           the module for the running kernel (KDIR=headers) and the tools
  make module, tools   one of them
  make load, unload    into the running kernel (PARAMS="sample_ms=10"), out of it
  make install         DESTDIR= PREFIX=/usr/local; also: uninstall
  make demo            what it is good for, shown in a guest (KERNEL=6.12)
  make check           all tests on all kernels (KERNEL=7.2, TEST=zones_watermarks)
  make check-debug     the same on kernels with KASAN, lockdep, KCSAN, built once
  make check-long      what takes long: 1,000 loads, a million inputs, half an hour
                       under load (KERNEL=6.12, MINUTES=30)
  make check-mutants   does each column's test notice when the column lies?
  make bench           what does it cost, and is that within its budgets? (KERNEL=6.1)
  make check-kconfig   do the sources build as a part of a kernel tree?
  make fuzz            the tool on made-up input (RUNS=30000, TARGET=table)
  make lint            sparse, checkpatch, shellcheck, builds with all warnings
  make vm              a shell in a guest (KERNEL=, NODES=, MEM=, CPUS=, DISK=, ARGS=)
  make kernels         fetch the kernels of the tests into the cache
  make clean           remove what was built here; the cache stays

V=1 shows commands and all of the tests' output. The cache of kernels is
$${MMSCOPE_CACHE:-$${XDG_CACHE_HOME:-~/.cache}/mmscope}; it is safe to delete.
endef
export HELP

help:
	@printf '%s\n' "$$HELP"

.PHONY: all module tools load unload install uninstall kernels vm demo check \
	check-debug check-long check-mutants check-kconfig bench fuzz lint clean help
