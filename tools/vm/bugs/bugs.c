// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bug of each kind that the kernels debug-* and kcsan-* are there to find.
 * They happen when the module is loaded, one after another, and do no harm that
 * would end the machine. tools/make/bugs sees whether each is reported.
 *
 * What the kernel isn't configured to find does not happen.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static void __rcu *pointer;

static void dereference_unprotected(void)
{
	(void)rcu_dereference(pointer);
}

static DEFINE_SPINLOCK(spinlock);

static void sleep_under_spinlock(void)
{
	spin_lock(&spinlock);
	might_sleep();
	spin_unlock(&spinlock);
}

static void shift_too_far(void)
{
	static int width = 32;

	pr_info("bugs: %d\n", 1 << READ_ONCE(width));
}

static void do_nothing(struct timer_list *timer)
{
}

static void free_pending_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, do_nothing, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
}

static void read_freed_memory(void)
{
	u8 *byte = kmalloc(1, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(byte);
	kfree(byte);
	pr_info("bugs: %u\n", READ_ONCE(*byte));
}

/* Several, as the address of one may be left on a stack. */
static void lose_memory(void)
{
	unsigned int i;
	void *lost;

	for (i = 0; i < 4; i++) {
		lost = kmalloc(100, GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(lost);
	}
}

static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);

static void lock_both_ways(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

/*
 * Two threads for a second, and until each has made many changes: the machine may
 * be paused, or have one CPU for two.
 */

static DECLARE_COMPLETION(raced);
static u64 counter, message;
static bool sent;

static bool goes_on(unsigned long begin, u32 changes)
{
	unsigned long end = begin + (changes < 20000 ? 60 * HZ : HZ);

	return time_before(jiffies, end);
}

static int count(void *unused)
{
	unsigned long begin = jiffies;
	u32 changes;

	for (changes = 0; goes_on(begin, changes); changes++) {
		counter++;
		cond_resched();
	}
	complete(&raced);
	return 0;
}

/* Whoever sees @sent changed may see the message unchanged. */
static int pass_on(void *to)
{
	unsigned long begin = jiffies;
	u32 changes = 0;

	while (goes_on(begin, changes)) {
		if (READ_ONCE(sent) != !!to) {
			message++;
			WRITE_ONCE(sent, !!to);
			changes++;
		}
		cond_resched();
	}
	complete(&raced);
	return 0;
}

static void run_two(int (*function)(void *data))
{
	kthread_run(function, NULL, "bugs/0");
	kthread_run(function, &sent, "bugs/1");
	wait_for_completion(&raced);
	wait_for_completion(&raced);
}

/*
 * For longer than watchdogs wait that wait for the least that they can: RCU's three
 * seconds, and five more with PROVE_RCU (RCU_STALL_DELAY_DELTA).
 */
static void keep_the_cpu(void)
{
	preempt_disable();
	/* So that RCU waits, too: on a quiet machine nobody else may want it to. */
	start_poll_synchronize_rcu();
	mdelay(12000);
	preempt_enable();
}

/* Lockdep and KASAN find one bug each, and lockdep none after KASAN. */
static int __init bugs_init(void)
{
	if (IS_ENABLED(CONFIG_PROVE_RCU))
		dereference_unprotected();
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP))
		sleep_under_spinlock();
	if (IS_ENABLED(CONFIG_PROVE_LOCKING))
		lock_both_ways();
	if (IS_ENABLED(CONFIG_UBSAN_SHIFT))
		shift_too_far();
	if (IS_ENABLED(CONFIG_DEBUG_OBJECTS_TIMERS))
		free_pending_timer();
	if (IS_ENABLED(CONFIG_KASAN))
		read_freed_memory();
	if (IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))
		lose_memory();
	if (IS_ENABLED(CONFIG_KCSAN)) {
		run_two(count);
		run_two(pass_on);
	}
	keep_the_cpu();
	return 0;
}

static void __exit bugs_exit(void)
{
}

module_init(bugs_init);
module_exit(bugs_exit);
MODULE_DESCRIPTION("Bugs that debug kernels are to find");
MODULE_LICENSE("GPL");
