// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writers: changes of keys of their own and of shared ones, by threads and by
 * timers, which run in softirq context and interrupt the threads.
 */
#include "owner.h"
#include "reader.h"
#include "shared.h"
#include "subject.h"

static u32 own_stable(struct torture_worker *worker)
{
	const struct torture_layout *layout = &torture_layout;

	return torture_stable_id(worker->owner, torture_pick_key(worker,
			layout->counters / layout->owners));
}

static u32 own_key(struct torture_worker *worker)
{
	return torture_owned_id(worker->owner, torture_pick_key(worker,
			torture_layout.per_owner));
}

/* True if it took place. */
static bool change(struct torture_worker *worker,
		   struct torture_subject *subject)
{
	switch (torture_pick_range(worker)) {
	case RANGE_OWNED:
		return torture_change_owned(worker, subject, own_key(worker));
	case RANGE_STABLE:
		return torture_change_owned(worker, subject,
					    own_stable(worker));
	case RANGE_TOKENS:
		return torture_change_token(worker, subject);
	case RANGE_LOOSE:
		return torture_change_loose(worker, subject);
	default:
		return torture_change_counter(worker, subject);
	}
}

static void write(struct torture_worker *worker)
{
	struct torture_subject *subject = torture_pick(worker);
	u32 i;

	for (i = 0; i < 64; i++) {
		worker->counts[COUNT_WRITES] += change(worker, subject);
		torture_give_way(worker);
	}
}

const struct torture_role torture_writer = { "writer", write };

static void tick(struct torture_worker *worker)
{
	struct torture_subject *subject = torture_pick(worker);
	u32 i;

	for (i = 0; i < 16; i++) {
		worker->counts[COUNT_SOFTIRQ] += change(worker, subject);
		torture_read_any(worker, subject);
	}
}

const struct torture_role torture_softirq = { "softirq", tick };
