/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instruction that does nothing, and that nobody else uses: here the
 * instructions so far are counted (count.c), if anybody counts.
 */
#ifndef _GOMAP_BENCH_MARKER_H
#define _GOMAP_BENCH_MARKER_H

/* The displacement reads "gomp" in memory. */
static inline void bench_mark(void)
{
	asm volatile("nopl 0x706d6f67(%%rax)" : : : "memory");
}

#endif /* _GOMAP_BENCH_MARKER_H */
