/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loops on several CPUs at once, in a kernel thread on each.
 */
#ifndef _GOMAP_BENCH_THREADS_H
#define _GOMAP_BENCH_THREADS_H

#include <linux/completion.h>
#include <linux/types.h>
#include "life.h"
#include "peer.h"

struct bench_thread;

/* Returns how many operations failed. */
typedef u32 (*bench_thread_fn)(const struct bench_thread *thread);

/*
 * @life: the map that all threads share
 * @function: what each of them does
 * @loop: for @function
 * @number: from 0 to @threads - 1
 */
struct bench_thread {
	struct bench_life *life;
	bench_thread_fn function;
	bench_loop_fn loop;
	u32 number;
	u32 threads;

	atomic_t *ready;
	struct completion done;
	u32 bad;
	u64 ns;
};

/*
 * Runs @function in as many threads as @model says, and adds the time of the
 * slowest one to that of @operation. The caller adds the operations.
 */
int bench_threads(const struct bench_thread *model,
		  enum bench_operation operation);

#endif /* _GOMAP_BENCH_THREADS_H */
