/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock that operations are timed with.
 *
 * A UML machine is a process, and has to share the host's processors. Its own
 * clock goes on while the host runs something else; the host's clock of the
 * thread, which is one CPU of the machine, does not. The kernel has no function
 * that asks for it, but it is in user space and may make a system call.
 *
 * Where the machine is emulated, time is nothing but the emulator's. There the
 * readings are marked, and the emulator counts instructions from one to the next.
 */
#ifndef _GOMAP_BENCH_CLOCK_H
#define _GOMAP_BENCH_CLOCK_H

#include <linux/ktime.h>
#include <linux/time.h>
#include <linux/time64.h>
#include "../count/marker.h"

#ifdef CONFIG_UML
static inline u64 bench_clock(void)
{
	struct __kernel_timespec now = {};
	long ret = 228; /* clock_gettime() on x86_64 */

	asm volatile("syscall"
		     : "+a" (ret)
		     : "D" (3L /* CLOCK_THREAD_CPUTIME_ID */), "S" (&now)
		     : "rcx", "r11", "memory");
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}
#else
static inline u64 bench_clock(void)
{
	bench_mark();
	return ktime_get_ns();
}
#endif

#endif /* _GOMAP_BENCH_CLOCK_H */
