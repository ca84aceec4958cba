/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that the torture module builds for. */
#ifndef _GOMAP_TORTURE_COMPAT_H
#define _GOMAP_TORTURE_COMPAT_H

#include <linux/timer.h>
#include <linux/version.h>

/* Before 6.2: the function had another name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync del_timer_sync
#endif

#endif /* _GOMAP_TORTURE_COMPAT_H */
