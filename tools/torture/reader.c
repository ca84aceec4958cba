// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers: lookups of any key, one by one and in batches, checked against the
 * ledger.
 */
#include <linux/minmax.h>
#include "item.h"
#include "ledger.h"
#include "operation.h"
#include "reader.h"
#include "subject.h"

/* May the key have been absent at some moment of the lookup? */
static bool may_be_absent(const struct torture_seen *seen)
{
	u32 id = seen->id;

	if (seen->subject->kind->cleared)
		return true;
	if (torture_is_counter(id))
		return !torture_has_counters(seen->subject);
	if (torture_is_stable(seen->subject, id))
		return false;
	return !torture_has_owner(id) ||
	       !ledger_was_there(seen->before, seen->after);
}

/* An absent key of an owner may have come: then the version is too high. */
static bool may_be_there(const struct torture_seen *seen)
{
	u32 id = seen->id;

	if (id >= torture_layout.absent)
		return false;
	return !torture_has_owner(id) ||
	       (s32)(ledger_highest(seen->after) -
		     ledger_lowest(seen->before)) >= 0;
}

static bool has_version(const struct torture_seen *seen)
{
	return !seen->ret && seen->value && torture_has_version(seen->id);
}

static void check_value(struct torture_worker *worker,
			struct torture_seen *seen)
{
	u32 id = seen->id;

	if (torture_has_owner(id) &&
	    !torture_value(worker, seen->subject, id, seen->value, seen->len,
			   ledger_lowest(seen->before),
			   ledger_highest(seen->after)))
		return;
	torture_version(worker, seen->subject, id, seen->value, seen->len,
			&seen->version);
}

/* Was it found, and was it not, where only one of the two may be? */
static void check_presence(struct torture_worker *worker,
			   const struct torture_seen *seen)
{
	const char *name = seen->subject->kind->name;

	if (!may_be_absent(seen))
		torture_check(worker, CHECK_FOUND, !seen->ret,
			      "%s: key %u was not found, ledger %#x to %#x",
			      name, seen->id, seen->before, seen->after);
	if (!may_be_there(seen))
		torture_check(worker, CHECK_ABSENT, seen->ret,
			      "%s: key %u was found, ledger %#x to %#x",
			      name, seen->id, seen->before, seen->after);
}

/* Has the lookup seen what becomes of the key by the operation that its owner is in? */
static bool saw_new(const struct torture_seen *seen)
{
	switch (ledger_phase(seen->after)) {
	case LEDGER_INSERTING:
		return !seen->ret;
	case LEDGER_DELETING:
		return seen->ret;
	case LEDGER_UPDATING:
		return has_version(seen) &&
		       !((seen->version - ledger_version(seen->after)) &
			 torture_version_mask(&seen->subject->params));
	default:
		return false;
	}
}

/* While the owner is in one operation, who saw the new state doesn't see the old one again. */
static void check_monotonic(struct torture_worker *worker,
			    const struct torture_seen *seen)
{
	const struct torture_seen *last = &worker->last;
	bool same = last->subject == seen->subject && last->id == seen->id &&
		    last->before == seen->after && torture_has_owner(seen->id) &&
		    !seen->subject->kind->cleared;
	/* Of an update only the value tells. */
	bool tells = seen->value || ledger_phase(seen->after) != LEDGER_UPDATING;

	if (same && tells && saw_new(last))
		torture_check(worker, CHECK_MONOTONIC, saw_new(seen),
			      "%s: what was seen of key %u is undone: %d, then %d, ledger %#x",
			      seen->subject->kind->name, seen->id, last->ret,
			      seen->ret, seen->after);
	worker->last = *seen;
}

static void check_lookup(struct torture_worker *worker, struct torture_seen *seen)
{
	if (seen->ret && seen->ret != -ENOENT) {
		torture_check(worker, CHECK_RESULT, false,
			      "%s: lookup of key %u: %d",
			      seen->subject->kind->name, seen->id, seen->ret);
		return;
	}
	check_presence(worker, seen);
	if (has_version(seen) && may_be_there(seen))
		check_value(worker, seen);
}

/* Of a stable or owned key: those of writers change more than those of timers. */
static u32 any_owner(struct torture_worker *worker)
{
	const struct torture_layout *layout = &torture_layout;

	return torture_random(worker, worker->focused ? layout->writers :
							layout->owners);
}

static u32 any_id(struct torture_worker *worker)
{
	const struct torture_layout *layout = &torture_layout;
	u32 owner = any_owner(worker);

	if (torture_random(worker, 8) == 0)
		return torture_random(worker, layout->end);
	switch (torture_pick_range(worker)) {
	case RANGE_STABLE:
		return torture_stable_id(owner, torture_pick_key(worker,
				layout->counters / layout->owners));
	case RANGE_OWNED:
		return torture_owned_id(owner, torture_pick_key(worker,
				layout->per_owner));
	case RANGE_TOKENS:
		return layout->tokens +
		       torture_pick_key(worker, layout->loose - layout->tokens);
	case RANGE_LOOSE:
		return layout->loose +
		       torture_pick_key(worker, layout->owned - layout->loose);
	default:
		return layout->counters +
		       torture_pick_key(worker, TORTURE_COUNTERS);
	}
}

static void read_one(struct torture_worker *worker,
		     struct torture_subject *subject, u32 id)
{
	struct torture_seen seen = { .subject = subject, .id = id };
	u32 *ledger = &subject->ledger[seen.id];
	size_t key_len;

	seen.before = ledger_before(ledger);
	if (torture_random(worker, 4)) {
		seen.value = worker->value;
		seen.ret = torture_lookup(worker, subject, seen.id, &seen.len);
	} else {
		worker->counts[COUNT_LOOKUPS]++;
		key_len = torture_make_key(&subject->params, seen.id,
					   worker->key);
		seen.ret = gomap_contains(subject->map, worker->key, key_len) ?
			   0 : -ENOENT;
	}
	seen.after = ledger_after(ledger);
	check_lookup(worker, &seen);
	check_monotonic(worker, &seen);
}

static void read_batch(struct torture_worker *worker,
		       struct torture_subject *subject)
{
	u32 nr = 1 + torture_random(worker, TORTURE_BATCH), i, done;
	struct gomap_item *item;
	struct torture_seen seen;

	for (i = 0; i < nr; i++) {
		item = &worker->items[i];
		worker->ids[i] = any_id(worker);
		worker->before[i] =
			ledger_before(&subject->ledger[worker->ids[i]]);
		item->key_len = torture_make_key(&subject->params,
						 worker->ids[i],
						 (void *)item->key);
		item->value_len = subject->params.value_size;
	}
	worker->counts[COUNT_LOOKUPS] += nr;
	done = gomap_lookup_batch(subject->map, worker->items, nr, false);
	torture_check(worker, CHECK_RESULT, done == nr,
		      "%s: batch of %u lookups ended after %u",
		      subject->kind->name, nr, done);
	for (i = 0; i < nr; i++) {
		item = &worker->items[i];
		seen = (struct torture_seen){
			.subject = subject,
			.id = worker->ids[i],
			.before = worker->before[i],
			.after = ledger_after(&subject->ledger[worker->ids[i]]),
			.ret = item->result,
			.value = item->value,
			.len = item->value_len,
		};
		check_lookup(worker, &seen);
	}
}

void torture_read_any(struct torture_worker *worker,
		      struct torture_subject *subject)
{
	if (torture_random(worker, 8))
		read_one(worker, subject, any_id(worker));
	else
		read_batch(worker, subject);
}

static void read(struct torture_worker *worker)
{
	struct torture_subject *subject = torture_pick(worker);
	u32 i, id = any_id(worker);

	for (i = 0; i < 64; i++) {
		if (worker->focused)
			read_one(worker, subject, id);
		else
			torture_read_any(worker, subject);
		torture_give_way(worker);
	}
	worker->counts[COUNT_READS]++;
}

const struct torture_role torture_reader = { "reader", read };
