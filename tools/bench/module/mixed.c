// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes mixed, on one CPU and on two.
 *
 * Both threads go over all keys, but begin at different ones. The time is that
 * of the slower thread, the operations are those of both.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include "life.h"
#include "peer.h"
#include "threads.h"

#define OPERATIONS_MIN 200000

static u32 passes(const struct bench_life *life)
{
	return DIV_ROUND_UP(OPERATIONS_MIN, life->data->size);
}

/* From the thread's own first key to the last, and on from the first of all. */
static u32 pass(const struct bench_thread *thread)
{
	const struct bench_data *data = thread->life->data;
	u32 chunks = DIV_ROUND_UP(data->size, BENCH_CHUNK), chunk, first;
	u32 i, bad = 0;

	for (i = 0; i < chunks; i++) {
		chunk = (i + thread->number * chunks / thread->threads) % chunks;
		first = chunk * BENCH_CHUNK;
		bad += thread->loop(thread->life->map, &data->looked_up, first,
				    min(first + BENCH_CHUNK, data->size),
				    thread->number);
		cond_resched();
	}
	return bad;
}

static u32 all_passes(const struct bench_thread *thread)
{
	u32 i, bad = 0;

	for (i = 0; i < passes(thread->life); i++)
		bad += pass(thread);
	return bad;
}

static int measure(struct bench_life *life, enum bench_operation operation,
		   bench_loop_fn loop, u32 threads)
{
	const struct bench_thread model = {
		.life = life,
		.function = all_passes,
		.loop = loop,
		.threads = threads,
	};

	if (!(life->wanted & BIT(operation)) || num_online_cpus() < threads)
		return 0;
	life->times[operation].operations += (u64)threads * passes(life) *
					     life->data->size;
	return bench_threads(&model, operation);
}

int bench_mixed(struct bench_life *life)
{
	const struct bench_loops *loops = life->peer->loops(&life->data->shape);

	return measure(life, BENCH_MIXED_95_5, loops->mixed_95_5, 1) ?:
	       measure(life, BENCH_MIXED_95_5_TWO_CPUS, loops->mixed_95_5, 2) ?:
	       measure(life, BENCH_MIXED_50_50, loops->mixed_50_50, 1) ?:
	       measure(life, BENCH_MIXED_50_50_TWO_CPUS, loops->mixed_50_50, 2);
}
