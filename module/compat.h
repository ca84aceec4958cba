/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that gomap builds for, 6.1 to 7.2. Each
 * entry says which kernels need it; nothing else tests for a version.
 */
#ifndef _GOMAP_COMPAT_H
#define _GOMAP_COMPAT_H

#include <linux/lockdep.h>
#include <linux/version.h>

/* Before 6.12: the header was asm/unaligned.h. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

/*
 * 6.19: vmalloc() warned of __GFP_RETRY_MAYFAIL, and dropped it. (7.0 permits it
 * again: "mm: allow __GFP_RETRY_MAYFAIL in vmalloc".)
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define gomap_vmalloc_gfp(gfp) (((gfp) & ~__GFP_RETRY_MAYFAIL) | __GFP_NORETRY)
#else
#define gomap_vmalloc_gfp(gfp) (gfp)
#endif

/* Before 6.4: KUnit has no static stubs. */
#define GOMAP_KUNIT_CAN_STUB (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0))

/* Before 6.2: devnode and get_ownership callbacks may change the device. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define gomap_device_const
#else
#define gomap_device_const const
#endif

/* Before 6.2: no callback was lazy. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define gomap_call_rcu call_rcu
#else
#define gomap_call_rcu call_rcu_hurry
#endif

/* 6.1 has no mem_cgroup_tryget(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define gomap_memcg_tryget(memcg) mem_cgroup_tryget(memcg)
#else
#define gomap_memcg_tryget(memcg) css_tryget(&(memcg)->css)
#endif

/* 6.1 has no lockdep_assert_no_hardirq(). */
#ifndef lockdep_assert_no_hardirq
#define lockdep_assert_no_hardirq() do { } while (0)
#endif

/* Before 6.9: what is on the stack is zeroed, if the kernel is so configured. */
#ifndef __uninitialized
#define __uninitialized
#endif

#endif /* _GOMAP_COMPAT_H */
