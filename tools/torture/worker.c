// SPDX-License-Identifier: GPL-2.0-only
/*
 * Workers: threads, and timers for softirq context, that do what their role is
 * again and again until the round is over.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include "compat.h"
#include "item.h"
#include "subject.h"
#include "sweep.h"

/* Those who record have to run at the same time: each on a CPU, ahead of others. */
#define RECORDER_NICE (-10)
/* A resizer mostly waits for the map's worker. */
#define RESIZER_NICE (-5)

static int alloc_scan(struct torture_worker *worker)
{
	struct torture_scan *scan = kzalloc(sizeof(*scan), GFP_KERNEL);
	u32 nr = torture_layout.end;

	worker->scan = scan;
	if (!scan)
		return -ENOMEM;
	scan->buffer = kvmalloc(TORTURE_SWEEP_BUFFER, GFP_KERNEL);
	scan->before = kvcalloc(nr, sizeof(u32), GFP_KERNEL);
	scan->times = kvcalloc(nr, sizeof(u8), GFP_KERNEL);
	scan->version = kvcalloc(nr, sizeof(u32), GFP_KERNEL);
	return scan->buffer && scan->before && scan->times && scan->version ?
	       0 : -ENOMEM;
}

static void free_scan(struct torture_scan *scan)
{
	if (!scan)
		return;
	kvfree(scan->version);
	kvfree(scan->times);
	kvfree(scan->before);
	kvfree(scan->buffer);
	kfree(scan);
}

/* The worker's number, and the round, make its random numbers. */
int torture_worker_init(struct torture_worker *worker)
{
	u32 i;

	prandom_seed_state(&worker->random,
			   torture_mix(worker->round->seed + worker->number));
	worker->gfp = worker->role == &torture_softirq ? GFP_ATOMIC :
							 GFP_KERNEL;
	worker->key = kmalloc(TORTURE_KEY_MAX, GFP_KERNEL);
	worker->value = kmalloc(TORTURE_VALUE_MAX, GFP_KERNEL);
	worker->other = kmalloc(TORTURE_VALUE_MAX, GFP_KERNEL);
	if (!worker->key || !worker->value || !worker->other)
		return -ENOMEM;
	for (i = 0; i < TORTURE_BATCH; i++) {
		worker->items[i].key = kmalloc(TORTURE_KEY_MAX, GFP_KERNEL);
		worker->items[i].value = kmalloc(TORTURE_VALUE_MAX, GFP_KERNEL);
		if (!worker->items[i].key || !worker->items[i].value)
			return -ENOMEM;
	}
	return alloc_scan(worker);
}

/* Of one that torture_worker_init() failed for, too. */
void torture_worker_free(struct torture_worker *worker)
{
	u32 i;

	free_scan(worker->scan);
	for (i = 0; i < TORTURE_BATCH; i++) {
		kfree(worker->items[i].value);
		kfree(worker->items[i].key);
	}
	kfree(worker->other);
	kfree(worker->value);
	kfree(worker->key);
}

bool torture_stopping(const struct torture_worker *worker)
{
	return !torture_is_auditor(worker) && READ_ONCE(worker->round->stop);
}

u32 torture_random(struct torture_worker *worker, u32 below)
{
	return reciprocal_scale(prandom_u32_state(&worker->random), below);
}

struct torture_subject *torture_pick(struct torture_worker *worker)
{
	struct torture_round *round = worker->round;
	u32 number = torture_random(worker, round->nr_subjects);

	worker->focused = torture_random(worker, 4);
	if (worker->focused)
		number = READ_ONCE(round->focus.subject);
	return round->subjects[number];
}

enum torture_range torture_pick_range(struct torture_worker *worker)
{
	return worker->focused ? READ_ONCE(worker->round->focus.range) :
				 torture_random(worker, TORTURE_RANGES);
}

u32 torture_pick_key(struct torture_worker *worker, u32 below)
{
	return worker->focused ? READ_ONCE(worker->round->focus.key) % below :
				 torture_random(worker, below);
}

/* On one CPU others run only now. */
void torture_give_way(struct torture_worker *worker)
{
	if (num_online_cpus() == 1)
		schedule();
	else
		cond_resched();
}

/* So that workers don't go in step. */
static void pause(struct torture_worker *worker)
{
	u32 dice = torture_random(worker, 256);

	if (dice == 0)
		schedule_timeout_uninterruptible(1);
	else if (dice < 16)
		ndelay(torture_random(worker, 1000));
	torture_give_way(worker);
}

static int thread_main(void *data)
{
	struct torture_worker *worker = data;

	while (!torture_stopping(worker)) {
		worker->role->run(worker);
		pause(worker);
	}
	/* The task is there until it is stopped. */
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* For those that are to run at once: a CPU for each, in turn. */
static u32 cpu_of(const struct torture_worker *worker)
{
	u32 cpu = cpumask_first(cpu_online_mask), i;

	for (i = 0; i < worker->role_number; i++) {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
	}
	return cpu;
}

/*
 * Each timer stays on its CPU, and leaves most of the time to others, however
 * slow the kernel is.
 */
static void timer_main(struct timer_list *timer)
{
	struct torture_worker *worker = container_of(timer,
						     struct torture_worker,
						     timer);

	u64 start = ktime_get_ns();

	if (torture_stopping(worker))
		return;
	worker->role->run(worker);
	mod_timer(timer, jiffies + 1 +
			 nsecs_to_jiffies(8 * (ktime_get_ns() - start)));
}

static void start_timer(struct torture_worker *worker)
{
	timer_setup(&worker->timer, timer_main, TIMER_PINNED);
	worker->timer.expires = jiffies + 1;
	add_timer_on(&worker->timer, cpu_of(worker));
}

int torture_worker_start(struct torture_worker *worker)
{
	struct task_struct *task;

	if (worker->role == &torture_softirq) {
		start_timer(worker);
		return 0;
	}
	task = kthread_create(thread_main, worker, "torture_%s/%u",
			      worker->role->name, worker->role_number);
	if (IS_ERR(task))
		return PTR_ERR(task);
	if (worker->role == &torture_recorder) {
		set_user_nice(task, RECORDER_NICE);
		kthread_bind(task, cpu_of(worker));
	}
	if (worker->role == &torture_resizer)
		set_user_nice(task, RESIZER_NICE);
	worker->task = task;
	wake_up_process(task);
	return 0;
}

/* Of a worker that wasn't started, too. */
void torture_worker_stop(struct torture_worker *worker)
{
	if (worker->task)
		kthread_stop(worker->task);
	else if (worker->timer.function)
		timer_delete_sync(&worker->timer);
}
