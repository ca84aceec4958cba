// SPDX-License-Identifier: GPL-2.0-only
/*
 * A torture test of gomap, in the manner of rcutorture.
 *
 *	# insmod gomap.ko; insmod gomap_torture.ko seconds=60
 *	# cat /sys/module/gomap_torture/parameters/summary
 *	RUNNING: seed 1 seconds 14 rounds 4 failures 0 lookups 9234234 [...]
 *	# rmmod gomap_torture
 *	# dmesg | grep gomap-torture
 *	gomap-torture: end of test: SUCCESS: seed 1 seconds 60 rounds 19 failures 0 [...]
 *
 * The summary says SUCCESS, FAILURE, or RUNNING; then what was done, by name and
 * number; and after "checks" what was checked, as failures/checks. What was never
 * done or checked is no success: who reads the summary should look. The checks of
 * the audit, when all workers have stopped, are in one sum, for they are made even
 * if nobody worked. Failures are told as they are found, "gomap-torture: failure:
 * ...", up to a number. Removing the module ends the test early.
 *
 * On kernels with sanitizers all goes 50 to 100 times slower: use keys=32 and
 * round_ms=10000 there. "make torture KERNEL=debug-6.12" does.
 *
 * Rounds are short, so that all begins anew often, and of every three the first has
 * a sixteenth of the keys, the second a quarter: small maps grow and shrink all the
 * time, and scans of them meet the writers.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "item.h"
#include "linearize.h"
#include "recorder.h"
#include "subject.h"

static uint seconds = 60;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long to run; 0 until the module is removed");

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the random numbers; 0 for one by chance");

static uint keys = 256;
module_param(keys, uint, 0444);
MODULE_PARM_DESC(keys, "stable keys of a map, and a measure of the others");

static uint round_ms = 2000;
module_param(round_ms, uint, 0444);
MODULE_PARM_DESC(round_ms, "length of a round");

static bool stop_at_failure;
module_param(stop_at_failure, bool, 0444);
MODULE_PARM_DESC(stop_at_failure, "end the test when something is found");

static uint readers = 4;
module_param(readers, uint, 0444);
static uint writers = 3;
module_param(writers, uint, 0444);
static uint tides = 1;
module_param(tides, uint, 0444);
static uint scanners = 2;
module_param(scanners, uint, 0444);
static uint resizers = 1;
module_param(resizers, uint, 0444);
static uint clearers = 1;
module_param(clearers, uint, 0444);
static uint creators = 1;
module_param(creators, uint, 0444);
static uint recorders = 3;
module_param(recorders, uint, 0444);
MODULE_PARM_DESC(recorders, "threads whose histories are checked, 1 to 8");
static uint softirqs = 2;
module_param(softirqs, uint, 0444);
MODULE_PARM_DESC(softirqs, "timers that use maps in softirq context");

#define WORKERS_MAX 256
/* What printk() takes in one line, less the prefix. */
#define SUMMARY_SIZE 960

static struct task_struct *control;
static u32 owners;
/* Set once, by @control; who reads the summary gets the one or the other. */
static const char *state = "RUNNING";

static int get_summary(char *buffer, const struct kernel_param *param)
{
	int n = torture_summary(buffer, PAGE_SIZE - 1, READ_ONCE(state));

	return n + scnprintf(buffer + n, PAGE_SIZE - n, "\n");
}

static const struct kernel_param_ops summary_ops = { .get = get_summary };
module_param_cb(summary, &summary_ops, NULL, 0444);
MODULE_PARM_DESC(summary, "what was done and found until now");

/* The owners of keys, writers and softirqs, come first. */
static const struct {
	const struct torture_role *role;
	const uint *nr;
} crew[] = {
	{ &torture_writer, &writers },
	{ &torture_softirq, &softirqs },
	{ &torture_reader, &readers },
	{ &torture_tide, &tides },
	{ &torture_scanner, &scanners },
	{ &torture_resizer, &resizers },
	{ &torture_clearer, &clearers },
	{ &torture_creator, &creators },
	{ &torture_recorder, &recorders },
};

static u32 crew_size(void)
{
	u32 i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(crew); i++)
		nr += min(*crew[i].nr, WORKERS_MAX);
	return nr;
}

static int init_workers(struct torture_round *round)
{
	struct torture_worker *worker;
	u32 i, number, n = 0;
	int ret;

	for (i = 0; i < ARRAY_SIZE(crew); i++) {
		for (number = 0; number < *crew[i].nr; number++, n++) {
			worker = &round->workers[n];
			worker->round = round;
			worker->role = crew[i].role;
			worker->number = n;
			worker->role_number = number;
			worker->owner = n;
			ret = torture_worker_init(worker);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int make_subjects(struct torture_round *round,
			 struct torture_worker *auditor)
{
	struct torture_subject *subject;
	u32 i;

	for (i = 0; i < torture_nr_kinds(); i++) {
		subject = torture_subject_create(auditor, i);
		if (IS_ERR(subject))
			return PTR_ERR(subject);
		round->subjects[round->nr_subjects++] = subject;
	}
	return 0;
}

static bool time_is_up(unsigned long end)
{
	return kthread_should_stop() || (seconds && time_after(jiffies, end)) ||
	       (stop_at_failure && torture_failures());
}

static void move_focus(struct torture_round *round,
		       struct torture_worker *auditor)
{
	WRITE_ONCE(round->focus.subject,
		   torture_random(auditor, round->nr_subjects));
	WRITE_ONCE(round->focus.range, torture_random(auditor, TORTURE_RANGES));
	WRITE_ONCE(round->focus.key, prandom_u32_state(&auditor->random));
}

/* The workers at work, until the round ends or all does. */
static int let_loose(struct torture_round *round,
		     struct torture_worker *auditor, unsigned long end)
{
	unsigned long round_end = jiffies + msecs_to_jiffies(round_ms);
	int ret = 0;
	u32 i;

	for (i = 0; i < round->nr_workers && !ret; i++)
		ret = torture_worker_start(&round->workers[i]);
	while (!ret && time_before(jiffies, round_end) && !time_is_up(end)) {
		move_focus(round, auditor);
		schedule_timeout_interruptible(HZ / 20);
	}
	WRITE_ONCE(round->stop, true);
	for (i = 0; i < round->nr_workers; i++)
		torture_worker_stop(&round->workers[i]);
	return ret;
}

static int run_round(struct torture_round *round,
		     struct torture_worker *auditor, unsigned long end)
{
	u32 i;
	int ret;

	round->history = torture_history_alloc(recorders);
	if (!round->history)
		return -ENOMEM;
	ret = init_workers(round);
	if (!ret)
		ret = torture_worker_init(auditor);
	if (!ret)
		ret = make_subjects(round, auditor);
	if (!ret)
		ret = let_loose(round, auditor, end);
	if (ret)
		return ret;
	for (i = 0; i < round->nr_subjects; i++)
		torture_audit(auditor, round->subjects[i]);
	for (i = 0; i < round->nr_workers; i++)
		torture_report_add(&round->workers[i]);
	torture_report_add(auditor);
	torture_report_round();
	return 0;
}

static void free_round(struct torture_round *round)
{
	u32 i;

	for (i = 0; i < round->nr_subjects; i++)
		torture_subject_destroy(round->subjects[i]);
	for (i = 0; i < round->nr_workers; i++)
		torture_worker_free(&round->workers[i]);
	torture_history_free(round->history);
	kvfree(round->workers);
	kfree(round);
}

static int one_round(u32 number, unsigned long end)
{
	struct torture_round *round = kzalloc(sizeof(*round), GFP_KERNEL);
	struct torture_worker *auditor;
	int ret = -ENOMEM;

	if (!round)
		return -ENOMEM;
	round->number = number;
	round->seed = torture_mix(seed + number);
	torture_layout_init(max(keys >> 2 * (2 - number % 3), 2 * owners),
			    writers, owners, tides);
	round->nr_workers = crew_size();
	round->workers = kvcalloc(round->nr_workers + 1,
				  sizeof(*round->workers), GFP_KERNEL);
	if (round->workers) {
		/* The last, and not one of them. */
		auditor = &round->workers[round->nr_workers];
		auditor->round = round;
		auditor->number = round->nr_workers;
		ret = run_round(round, auditor, end);
		torture_worker_free(auditor);
	} else {
		round->nr_workers = 0;
	}
	free_round(round);
	return ret;
}

static void print_end(int ret)
{
	char *line = kmalloc(SUMMARY_SIZE, GFP_KERNEL);

	torture_report_end();
	if (ret)
		pr_err("gomap-torture: can't go on: %d\n", ret);
	WRITE_ONCE(state, ret || torture_failures() ? "FAILURE" : "SUCCESS");
	if (!line)
		return;
	torture_summary(line, SUMMARY_SIZE, state);
	pr_info("gomap-torture: end of test: %s\n", line);
	kfree(line);
}

static int test_checker(void)
{
	u32 nr = 0;
	int wrong = linearizer_test(&nr);

	if (!wrong)
		pr_info("gomap-torture: %u histories with known answers were answered\n",
			nr);
	return wrong ? -EINVAL : 0;
}

static int control_main(void *data)
{
	unsigned long end = jiffies + seconds * HZ;
	u32 number = 0;
	int ret;

	ret = test_checker();
	while (!ret && !time_is_up(end))
		ret = one_round(number++, end);
	print_end(ret);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int __init gomap_torture_init(void)
{
	owners = writers + softirqs;
	if (!writers || !recorders || recorders > HISTORY_THREADS_MAX ||
	    crew_size() > WORKERS_MAX || keys < 2 * owners || keys > 65536)
		return -EINVAL;
	if (!seed)
		seed = get_random_u32();
	torture_report_start(seed);
	pr_info("gomap-torture: start of test: seed %lu seconds %u keys %u round_ms %u, %u workers on %u CPUs\n",
		seed, seconds, keys, round_ms, crew_size(), num_online_cpus());
	control = kthread_run(control_main, NULL, "gomap_torture");
	return PTR_ERR_OR_ZERO(control);
}

static void __exit gomap_torture_exit(void)
{
	kthread_stop(control);
}

module_init(gomap_torture_init);
module_exit(gomap_torture_exit);

MODULE_DESCRIPTION("A torture test of gomap");
MODULE_AUTHOR("The gomap developers");
MODULE_LICENSE("GPL");
