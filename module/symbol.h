/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMS_SYMBOL_H
#define MMS_SYMBOL_H

/**
 * mms_data_symbol - where a variable of the kernel is that is not exported
 * @name: the variable
 *
 * For reading only, and never for a function: one that is called through a
 * looked-up address is a crash where IBT or kCFI guard indirect calls. Returns
 * NULL where it cannot be found (a kernel without KALLSYMS_ALL). May sleep.
 */
const void *mms_data_symbol(const char *name);

#endif
