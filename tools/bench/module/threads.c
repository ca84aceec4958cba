// SPDX-License-Identifier: GPL-2.0-only
/*
 * See threads.h.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "clock.h"
#include "threads.h"

static int run(void *context)
{
	struct bench_thread *thread = context;
	u64 begin;
	u32 bad;

	atomic_dec(thread->ready);
	while (atomic_read(thread->ready))
		cond_resched();
	begin = bench_clock();
	bad = thread->function(thread);
	thread->ns = bench_clock() - begin;
	thread->bad = bad;
	complete(&thread->done);
	return 0;
}

static int start(struct bench_thread *thread, u32 cpu)
{
	struct task_struct *task;

	init_completion(&thread->done);
	task = kthread_create(run, thread, "gomap_bench/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	wake_up_process(task);
	return 0;
}

/* The number of threads that there are, and an error if it is too small. */
static u32 start_all(struct bench_thread *threads,
		     const struct bench_thread *model, atomic_t *ready,
		     int *error)
{
	u32 cpu, i = 0;

	*error = 0;
	for_each_online_cpu(cpu) {
		if (i == model->threads)
			break;
		threads[i] = *model;
		threads[i].number = i;
		threads[i].ready = ready;
		*error = start(&threads[i], cpu);
		if (*error)
			break;
		i++;
	}
	return i;
}

int bench_threads(const struct bench_thread *model,
		  enum bench_operation operation)
{
	struct bench_thread *threads;
	u32 i, started, bad = 0;
	atomic_t ready;
	u64 ns = 0;
	int ret;

	threads = kcalloc(model->threads, sizeof(*threads), GFP_KERNEL);
	if (!threads)
		return -ENOMEM;
	atomic_set(&ready, model->threads);
	started = start_all(threads, model, &ready, &ret);
	/* The others must not wait for a thread that doesn't exist. */
	atomic_sub(model->threads - started, &ready);
	for (i = 0; i < started; i++) {
		wait_for_completion(&threads[i].done);
		ns = max(ns, threads[i].ns);
		bad += threads[i].bad;
	}
	kfree(threads);
	model->life->times[operation].ns += ns;
	return ret ?: bench_report(operation, bad);
}
