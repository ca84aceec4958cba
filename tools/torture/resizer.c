// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resizers: maps grow to what is reserved, and shrink to what is needed.
 */
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include "operation.h"
#include "subject.h"

static bool reserve(struct torture_worker *worker,
		    struct torture_subject *subject, u64 entries)
{
	u64 limit = subject->params.max_entries;
	int ret;

	if (limit)
		entries = min(entries, limit);
	ret = gomap_reserve(subject->map, entries);
	torture_check(worker, CHECK_RESULT,
		      !ret || torture_no_memory(worker, ret),
		      "%s: room for %llu: %d", subject->kind->name, entries,
		      ret);
	return !ret;
}

static void check_stats(struct torture_worker *worker,
			struct torture_subject *subject)
{
	struct gomap_stats stats;

	gomap_stats(subject->map, &stats);
	torture_check(worker, CHECK_RESULT,
		      is_power_of_2(stats.buckets) || !stats.buckets,
		      "%s: %llu buckets", subject->kind->name, stats.buckets);
	torture_check(worker, CHECK_COUNT,
		      stats.entries <= torture_layout.absent,
		      "%s: %llu entries are more than there are keys",
		      subject->kind->name, stats.entries);
}

static void resize(struct torture_worker *worker)
{
	struct torture_subject *subject = torture_pick(worker);
	bool done = false;

	switch (torture_random(worker, 8)) {
	case 0 ... 3:
		done = reserve(worker, subject,
			       torture_random(worker, 4 * torture_layout.end));
		break;
	case 4 ... 6:
		done = reserve(worker, subject, 0);
		gomap_shrink(subject->map);
		break;
	default:
		check_stats(worker, subject);
		break;
	}
	worker->counts[COUNT_RESIZES] += done;
	if (torture_random(worker, 16) == 0)
		schedule_timeout_uninterruptible(1);
}

const struct torture_role torture_resizer = { "resizer", resize };
