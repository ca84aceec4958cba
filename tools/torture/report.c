// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes out: failures as they are found, and the summary.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/ktime.h>
#include "torture.h"

/* Failures told in full. */
#define LINES_MAX 20

const char *const torture_check_names[TORTURE_CHECKS] = {
	[CHECK_FOUND] = "found",
	[CHECK_ABSENT] = "absent",
	[CHECK_WHOLE] = "whole",
	[CHECK_CURRENT] = "current",
	[CHECK_MONOTONIC] = "monotonic",
	[CHECK_RESULT] = "result",
	[CHECK_ONCE] = "once",
	[CHECK_ALL] = "all",
	[CHECK_CLEAR] = "clear",
	[CHECK_LIMIT] = "limit",
	[CHECK_COUNT] = "count",
	[CHECK_SUM] = "sum",
	[CHECK_FROZEN] = "frozen",
	[CHECK_ORDER] = "order",
	[CHECK_AUDIT] = "audit",
};

static const char *const count_names[TORTURE_COUNTS] = {
	[COUNT_LOOKUPS] = "lookups",
	[COUNT_INSERTS] = "inserts",
	[COUNT_DELETES] = "deletes",
	[COUNT_UPDATES] = "updates",
	[COUNT_WRITES] = "writes",
	[COUNT_SOFTIRQ] = "softirq",
	[COUNT_READS] = "reads",
	[COUNT_TIDES] = "tides",
	[COUNT_SCANS] = "scans",
	[COUNT_STARES] = "stares",
	[COUNT_RESIZES] = "resizes",
	[COUNT_CLEARS] = "clears",
	[COUNT_MAPS] = "maps",
	[COUNT_HISTORIES] = "histories",
	[COUNT_OVERLAPS] = "overlaps",
	[COUNT_NO_MEMORY] = "no-memory",
};

static atomic_long_t failures[TORTURE_CHECKS];
static atomic_t lines;

/* Of the rounds that are over. */
static struct {
	/* Of what follows, from @end on. */
	spinlock_t lock;
	u64 seed;
	time64_t start;
	/* 0 until the test ends. */
	time64_t end;
	u32 rounds;
	u64 checks[TORTURE_CHECKS];
	u64 counts[TORTURE_COUNTS];
} total = { .lock = __SPIN_LOCK_UNLOCKED(total.lock) };

void torture_report_start(u64 seed)
{
	total.seed = seed;
	total.start = ktime_get_seconds();
}

void torture_report_end(void)
{
	spin_lock(&total.lock);
	total.end = ktime_get_seconds();
	spin_unlock(&total.lock);
}

void torture_fail(enum torture_check what, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	atomic_long_inc(&failures[what]);
	if (atomic_inc_return(&lines) > LINES_MAX)
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("gomap-torture: failure: %s: %lld s: %pV\n",
	       torture_check_names[what], ktime_get_seconds() - total.start,
	       &vaf);
	va_end(args);
}

u64 torture_failures(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < TORTURE_CHECKS; i++)
		sum += atomic_long_read(&failures[i]);
	return sum;
}

void torture_report_add(const struct torture_worker *worker)
{
	u32 i;

	spin_lock(&total.lock);
	for (i = 0; i < TORTURE_CHECKS; i++)
		total.checks[i] += worker->checks[i];
	for (i = 0; i < TORTURE_COUNTS; i++)
		total.counts[i] += worker->counts[i];
	spin_unlock(&total.lock);
}

void torture_report_round(void)
{
	spin_lock(&total.lock);
	total.rounds++;
	spin_unlock(&total.lock);
}

int torture_summary(char *buffer, size_t size, const char *state)
{
	u32 i;
	int n;

	spin_lock(&total.lock);
	n = scnprintf(buffer, size, "%s: seed %llu seconds %lld rounds %u failures %llu",
		      state, total.seed,
		      (total.end ?: ktime_get_seconds()) - total.start,
		      total.rounds, torture_failures());
	for (i = 0; i < TORTURE_COUNTS; i++)
		n += scnprintf(buffer + n, size - n, " %s %llu",
			       count_names[i], total.counts[i]);
	n += scnprintf(buffer + n, size - n, " checks");
	for (i = 0; i < TORTURE_CHECKS; i++)
		n += scnprintf(buffer + n, size - n, " %s %ld/%llu",
			       torture_check_names[i],
			       atomic_long_read(&failures[i]),
			       total.checks[i]);
	spin_unlock(&total.lock);
	return n;
}
