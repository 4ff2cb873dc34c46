/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MMS_VERSION_H
#define MMS_VERSION_H

/* The one version of module and tools. */
#define MMS_VERSION "0.1.0"

#endif
