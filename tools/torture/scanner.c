// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scanners: scans are exact. They deliver each key that is there throughout, no
 * key twice, none that was gone before, and each with a value of its own.
 */
#include <linux/string.h>
#include "ledger.h"
#include "operation.h"
#include "subject.h"
#include "sweep.h"

/* That a map is cut into, for one of them. */
#define SHARDS 64

/*
 * A key may come a second time if it was deleted and inserted again, and then
 * has another version. Of shared keys nobody knows.
 */
static bool may_repeat(const struct torture_found *found, u32 last,
		       u32 version)
{
	u32 id = found->id;

	if (torture_is_stable(found->subject, id) ||
	    (torture_is_counter(id) && torture_has_counters(found->subject)))
		return false;
	return !torture_has_owner(id) || version != last;
}

static void check_once(struct torture_worker *worker,
		       const struct torture_found *found, u32 version)
{
	struct torture_scan *scan = worker->scan;
	u32 id = found->id;

	torture_check(worker, CHECK_ONCE,
		      !scan->times[id] ||
		      may_repeat(found, scan->version[id], version),
		      "%s: a scan delivers key %u twice, version %u, then %u",
		      found->subject->kind->name, id, scan->version[id],
		      version);
	scan->times[id] = 1;
	scan->version[id] = version;
}

static void visit(struct torture_worker *worker,
		  const struct torture_found *found)
{
	struct torture_scan *scan = worker->scan;
	struct torture_subject *subject = found->subject;
	u32 id = found->id, version = 0;

	if (!torture_has_version(id)) {
		check_once(worker, found, version);
		return;
	}
	if (!torture_version(worker, subject, id, found->value, found->len,
			     &version))
		return;
	check_once(worker, found, version);
	if (torture_has_owner(id))
		torture_value(worker, subject, id, found->value, found->len,
			      ledger_lowest(scan->before[id]),
			      ledger_highest(ledger_after(&subject->ledger[id])));
}

static bool must_be_delivered(struct torture_worker *worker,
			      struct torture_subject *subject, u32 id)
{
	if (torture_is_counter(id))
		return torture_has_counters(subject);
	if (subject->kind->cleared || !torture_has_owner(id))
		return false;
	return torture_is_stable(subject, id) ||
	       ledger_was_there(worker->scan->before[id],
				ledger_after(&subject->ledger[id]));
}

static void scan_all(struct torture_worker *worker,
		     struct torture_subject *subject)
{
	struct torture_scan *scan = worker->scan;
	u32 id;

	memset(scan->times, 0, torture_layout.end);
	for (id = 0; id < torture_layout.end; id++)
		scan->before[id] = ledger_before(&subject->ledger[id]);
	if (!torture_sweep(worker, subject, visit))
		return;
	worker->counts[COUNT_SCANS]++;
	for (id = 0; id < torture_layout.absent; id++)
		if (must_be_delivered(worker, subject, id))
			torture_check(worker, CHECK_ALL, scan->times[id],
				      "%s: a scan left out key %u, ledger %#x to %#x",
				      subject->kind->name, id, scan->before[id],
				      subject->ledger[id]);
}

static void visit_wanted(struct torture_worker *worker,
			 const struct torture_found *found)
{
	struct torture_scan *scan = worker->scan;
	u32 id = found->id;

	if (id != scan->wanted)
		return;
	scan->wanted_times++;
	torture_value(worker, found->subject, id, found->value, found->len,
		      ledger_lowest(scan->wanted_before),
		      ledger_highest(ledger_after(&found->subject->ledger[id])));
}

/* Scan a shard for @wanted. False if the round is over. */
static bool scan_shard(struct torture_worker *worker,
		       struct torture_subject *subject, u32 shard)
{
	struct torture_scan *scan = worker->scan;
	struct gomap_scan call = {
		.shard = shard,
		.shards = SHARDS,
		.buffer = scan->buffer,
		.size = TORTURE_SWEEP_BUFFER,
	};

	scan->wanted_times = 0;
	scan->wanted_before = ledger_before(&subject->ledger[scan->wanted]);
	return torture_sweep_shard(worker, subject, &call, visit_wanted);
}

/*
 * A shard that has a stable key, again and again: the time between two looks at
 * a key is that of a lookup, and not that of a scan of the map.
 */
static void stare(struct torture_worker *worker,
		  struct torture_subject *subject)
{
	const struct torture_layout *layout = &torture_layout;
	u32 owner = torture_random(worker, layout->writers), number;
	struct torture_scan *scan = worker->scan;
	u32 shard, i;

	number = torture_pick_key(worker, layout->counters / layout->owners);
	scan->wanted = torture_stable_id(owner, number);
	for (shard = 0; shard < SHARDS; shard++) {
		if (!scan_shard(worker, subject, shard))
			return;
		if (scan->wanted_times)
			break;
	}
	if (!torture_check(worker, CHECK_ALL, shard < SHARDS,
			   "%s: no shard has key %u", subject->kind->name,
			   scan->wanted))
		return;
	for (i = 0; i < 256 && scan_shard(worker, subject, shard); i++) {
		worker->counts[COUNT_STARES]++;
		torture_check(worker, CHECK_ALL, scan->wanted_times,
			      "%s: a scan of shard %u left out key %u",
			      subject->kind->name, shard, scan->wanted);
		torture_check(worker, CHECK_ONCE, scan->wanted_times <= 1,
			      "%s: a scan of shard %u delivers key %u %u times",
			      subject->kind->name, shard, scan->wanted,
			      scan->wanted_times);
	}
}

static void scan_subject(struct torture_worker *worker)
{
	struct torture_subject *subject = torture_pick(worker);

	if (!subject->kind->cleared && torture_random(worker, 2))
		stare(worker, subject);
	else
		scan_all(worker, subject);
}

const struct torture_role torture_scanner = { "scanner", scan_subject };
