// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads that start together. See threads.h.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include "threads.h"

#define THREADS_MAX 16

struct crew {
	void (*function)(void *context, u32 number);
	void *context;
	struct completion start;
	struct completion end;
	atomic_t running;
};

struct member {
	struct crew *crew;
	u32 number;
	struct task_struct *task;
};

static int thread_main(void *data)
{
	struct member *member = data;
	struct crew *crew = member->crew;

	wait_for_completion(&crew->start);
	crew->function(crew->context, member->number);
	if (atomic_dec_and_test(&crew->running))
		complete(&crew->end);
	return 0;
}

void gomap_kunit_run_threads(struct kunit *test, u32 nr,
			     void (*function)(void *context, u32 number),
			     void *context)
{
	struct crew crew = { .function = function, .context = context };
	struct member members[THREADS_MAX];
	struct task_struct *task;
	u32 i, made;

	KUNIT_ASSERT_LE(test, nr, THREADS_MAX);
	init_completion(&crew.start);
	init_completion(&crew.end);
	for (made = 0; made < nr; made++) {
		members[made].crew = &crew;
		members[made].number = made;
		task = kthread_run(thread_main, &members[made],
				   "gomap_kunit/%u", made);
		if (IS_ERR(task))
			break;
		members[made].task = get_task_struct(task);
	}
	atomic_set(&crew.running, made);
	complete_all(&crew.start);
	if (made)
		wait_for_completion(&crew.end);
	for (i = 0; i < made; i++) {
		kthread_stop(members[i].task);
		put_task_struct(members[i].task);
	}
	KUNIT_ASSERT_EQ(test, made, nr);
}

/* Each CPU its own: a count that all write to would make threads wait. */
static DEFINE_PER_CPU(u64, turns);

u64 gomap_kunit_turns(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(turns, cpu);
	return sum;
}

int gomap_kunit_count_turns(struct kunit *test)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(turns, cpu) = 0;
	return 0;
}

void gomap_kunit_tell_turns(struct kunit *test)
{
	kunit_info(test, "%llu turns on %u CPUs\n", gomap_kunit_turns(),
		   num_online_cpus());
}

void gomap_kunit_give_way(void)
{
	this_cpu_inc(turns);
	if (num_online_cpus() == 1)
		schedule();
	else
		cond_resched();
}
