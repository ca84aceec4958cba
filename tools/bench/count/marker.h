/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that do nothing, and that no other code has: the emulator's plugins
 * see when a CPU comes to one.
 *
 * At the first the instructions so far are counted (count.c), or a CPU's stores
 * are recorded from now on, or no longer (lines.c). At the second the stores that
 * were recorded are told.
 */
#ifndef _GOMAP_BENCH_MARKER_H
#define _GOMAP_BENCH_MARKER_H

/* nopl GOMP(%rax), nopl GOML(%rax) */
#define BENCH_MARK { 0x0f, 0x1f, 0x80, 'g', 'o', 'm', 'p' }
#define BENCH_MARK_LINES { 0x0f, 0x1f, 0x80, 'g', 'o', 'm', 'l' }

/* The displacement reads "gomp" in memory. */
static inline void bench_mark(void)
{
	asm volatile("nopl 0x706d6f67(%%rax)" : : : "memory");
}

/* "goml" */
static inline void bench_mark_lines(void)
{
	asm volatile("nopl 0x6c6d6f67(%%rax)" : : : "memory");
}

#endif /* _GOMAP_BENCH_MARKER_H */
