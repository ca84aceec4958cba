// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clearers: what is in a map when a clear begins is gone when it returns. What
 * comes meanwhile may stay or not.
 */
#include <linux/sched.h>
#include "item.h"
#include "ledger.h"
#include "operation.h"
#include "subject.h"
#include "sweep.h"

/* What the clear has to take away counts as deleted. */
static u32 after_clear(u32 entry)
{
	switch (ledger_phase(entry)) {
	case LEDGER_PRESENT:
	case LEDGER_DELETING:
		return ledger_entry(LEDGER_ABSENT, ledger_version(entry));
	case LEDGER_UPDATING:
		return ledger_entry(LEDGER_ABSENT, ledger_version(entry) - 1);
	default:
		return entry;
	}
}

/* A key that is there after the clear came during it, or later. */
static void check_new(struct torture_worker *worker,
		      const struct torture_found *found)
{
	struct torture_subject *subject = found->subject;
	u32 mask = torture_version_mask(&subject->params);
	u32 id = found->id, version, lowest, highest;

	if (!torture_has_owner(id))
		return;
	if (!torture_version(worker, subject, id, found->value, found->len,
			     &version))
		return;
	lowest = ledger_lowest(worker->scan->before[id]);
	highest = ledger_highest(ledger_after(&subject->ledger[id]));
	torture_check(worker, CHECK_CLEAR,
		      (s32)(highest - lowest) >= 0 &&
		      ((version - lowest) & mask) <= highest - lowest,
		      "%s: key %u, version %u, is there after a clear, ledger %#x before, %#x now",
		      subject->kind->name, id, version,
		      worker->scan->before[id], subject->ledger[id]);
}

/* By lookups, of a part of the keys that have an owner. */
static void look_up(struct torture_worker *worker,
		    struct torture_subject *subject)
{
	struct torture_found found = {
		.subject = subject, .value = worker->value,
	};
	int ret;

	for (; found.id < torture_layout.counters; found.id++) {
		ret = torture_lookup(worker, subject, found.id, &found.len);
		if (!ret)
			check_new(worker, &found);
		else
			torture_check(worker, CHECK_CLEAR, ret == -ENOENT,
				      "%s: lookup of key %u after a clear: %d",
				      subject->kind->name, found.id, ret);
	}
}

static void clear(struct torture_worker *worker)
{
	struct torture_subject *subject = torture_pick(worker);
	u32 id;
	int ret;

	if (!subject->kind->cleared)
		return;
	for (id = 0; id < torture_layout.end; id++)
		worker->scan->before[id] =
			after_clear(ledger_before(&subject->ledger[id]));
	/* Full barriers, as they return values: see torture_may_be_cleared(). */
	atomic_inc_return(&subject->clears_begun);
	ret = gomap_clear(subject->map);
	atomic_inc_return(&subject->clears_ended);
	torture_check(worker, CHECK_RESULT, !ret, "%s: clearing: %d",
		      subject->kind->name, ret);
	worker->counts[COUNT_CLEARS] += !ret;
	torture_sweep(worker, subject, check_new);
	look_up(worker, subject);
	schedule_timeout_uninterruptible(torture_random(worker, 4));
}

const struct torture_role torture_clearer = { "clearer", clear };
