// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads and writes mixed, on one CPU and on two.
 *
 * Both threads go over all keys, but begin at different ones. The time is that
 * of the slower thread, the operations are those of both.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include "clock.h"
#include "life.h"
#include "peer.h"

#define OPERATIONS_MIN 200000

struct thread {
	struct bench_life *life;
	bench_loop_fn loop;
	u32 number;
	u32 passes;
	u32 threads;
	atomic_t *ready;
	struct completion done;
	u32 bad;
	u64 ns;
};

/* From the thread's own first key to the last, and on from the first of all. */
static u32 pass(struct thread *thread)
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

static int run_thread(void *context)
{
	struct thread *thread = context;
	u32 i;
	u64 begin;

	atomic_dec(thread->ready);
	while (atomic_read(thread->ready))
		cond_resched();
	begin = bench_clock();
	for (i = 0; i < thread->passes; i++)
		thread->bad += pass(thread);
	thread->ns = bench_clock() - begin;
	complete(&thread->done);
	return 0;
}

static int start(struct thread *thread, u32 cpu)
{
	struct task_struct *task;

	init_completion(&thread->done);
	task = kthread_create(run_thread, thread, "gomap_bench/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	wake_up_process(task);
	return 0;
}

static int measure(struct bench_life *life, enum bench_operation operation,
		   bench_loop_fn loop, u32 threads)
{
	struct bench_time *time = &life->times[operation];
	struct thread thread[BENCH_THREADS_MAX] = {};
	u32 cpu, i = 0, started, bad = 0;
	atomic_t ready;
	u64 ns = 0;
	int ret = 0;

	if (!(life->wanted & BIT(operation)) || num_online_cpus() < threads)
		return 0;
	atomic_set(&ready, threads);
	for_each_online_cpu(cpu) {
		thread[i].life = life;
		thread[i].loop = loop;
		thread[i].number = i;
		thread[i].threads = threads;
		thread[i].passes = DIV_ROUND_UP(OPERATIONS_MIN,
						life->data->size);
		thread[i].ready = &ready;
		ret = start(&thread[i], cpu);
		if (ret || ++i == threads)
			break;
	}
	started = i;
	/* Nobody waits for a thread that doesn't exist. */
	atomic_sub(threads - started, &ready);
	for (i = 0; i < started; i++) {
		wait_for_completion(&thread[i].done);
		ns = max(ns, thread[i].ns);
		bad += thread[i].bad;
	}
	if (ret)
		return ret;
	time->ns += ns;
	time->operations += (u64)threads * thread[0].passes * life->data->size;
	return bench_report(operation, bad);
}

int bench_mixed(struct bench_life *life)
{
	const struct bench_loops *loops = life->peer->loops(&life->data->shape);

	return measure(life, BENCH_MIXED_95_5, loops->mixed_95_5, 1) ?:
	       measure(life, BENCH_MIXED_95_5_TWO_CPUS, loops->mixed_95_5, 2) ?:
	       measure(life, BENCH_MIXED_50_50, loops->mixed_50_50, 1) ?:
	       measure(life, BENCH_MIXED_50_50_TWO_CPUS, loops->mixed_50_50, 2);
}
