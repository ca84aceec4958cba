/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that gomap builds for, 6.1 to 7.2. Each
 * entry says which kernels need it; nothing else tests for a version.
 */
#ifndef _GOMAP_COMPAT_H
#define _GOMAP_COMPAT_H

#include <linux/version.h>

/* Before 6.12: the header was asm/unaligned.h. Stable trees keep both. */
#if __has_include(<linux/unaligned.h>)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* Before 6.2: the devnode callback of a device type may change the device. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define gomap_devnode_const
#else
#define gomap_devnode_const const
#endif

#endif /* _GOMAP_COMPAT_H */
