// SPDX-License-Identifier: GPL-2.0-only
/*
 * The audit, when all workers have stopped: what is in a map is what the ledger
 * and the accounts say, by lookups, by a scan, and by number.
 */
#include <linux/string.h>
#include "item.h"
#include "ledger.h"
#include "operation.h"
#include "shared.h"
#include "subject.h"
#include "sweep.h"

/* The sum of the accounts that workers keep of a subject. */
static void add_up(const struct torture_round *round,
		   const struct torture_subject *subject,
		   struct torture_account *sum)
{
	const struct torture_account *account;
	u32 i, counter;

	*sum = (struct torture_account){};
	for (i = 0; i < round->nr_workers; i++) {
		account = &round->workers[i].accounts[subject->number];
		sum->keys += account->keys;
		sum->tokens += account->tokens;
		for (counter = 0; counter < TORTURE_COUNTERS; counter++)
			sum->added[counter] += account->added[counter];
	}
}

static void visit(struct torture_worker *worker,
		  const struct torture_found *found)
{
	struct torture_scan *scan = worker->scan;
	u32 version;

	if (torture_has_version(found->id))
		torture_version(worker, found->subject, found->id, found->value,
				found->len, &version);
	torture_check(worker, CHECK_ONCE, !scan->times[found->id],
		      "%s: in the end a scan delivers key %u twice",
		      found->subject->kind->name, found->id);
	scan->times[found->id] = 1;
}

/* What lookups find is what the scan found. How many keys are there. */
static u64 compare_with_scan(struct torture_worker *worker,
			     struct torture_subject *subject)
{
	u64 nr = 0;
	size_t len;
	u32 id;
	int ret;

	for (id = 0; id < torture_layout.end; id++) {
		ret = torture_lookup(worker, subject, id, &len);
		torture_check(worker, CHECK_ALL,
			      ret == (worker->scan->times[id] ? 0 : -ENOENT),
			      "%s: in the end key %u is %s by a scan, and looked up: %d",
			      subject->kind->name, id,
			      worker->scan->times[id] ? "delivered" :
							"not delivered", ret);
		nr += !ret;
	}
	return nr;
}

/*
 * Each key that has an owner is as the owner left it, but for what a clear took
 * afterwards. How many the owners left there.
 */
static u64 check_ledger(struct torture_worker *worker,
			struct torture_subject *subject)
{
	u32 id, entry;
	bool there;
	size_t len;
	u64 nr = 0;
	int ret;

	for (id = 0; id < torture_layout.absent; id++) {
		if (!torture_has_owner(id))
			continue;
		entry = subject->ledger[id];
		ret = torture_lookup(worker, subject, id, &len);
		there = ledger_phase(entry) == LEDGER_PRESENT;
		torture_check(worker, CHECK_FOUND,
			      ret == (there ? 0 : -ENOENT) ||
			      (ret == -ENOENT &&
			       torture_may_be_cleared(subject, id)),
			      "%s: in the end lookup of key %u: %d, ledger %#x",
			      subject->kind->name, id, ret, entry);
		if (!ret)
			torture_value(worker, subject, id, worker->value, len,
				      ledger_version(entry),
				      ledger_version(entry));
		nr += there;
	}
	return nr;
}

static void check_tokens(struct torture_worker *worker,
			 struct torture_subject *subject, u64 wanted)
{
	const struct torture_layout *layout = &torture_layout;
	u64 sum = 0;
	u32 id, version;
	size_t len;

	for (id = layout->tokens; id < layout->loose; id++)
		if (!torture_lookup(worker, subject, id, &len) &&
		    torture_version(worker, subject, id, worker->value, len,
				    &version))
			sum += torture_token(&subject->params, id, version);
	torture_check(worker, CHECK_AUDIT, sum == wanted,
		      "%s: in the end the tokens' sum is %llx instead of %llx",
		      subject->kind->name, sum, wanted);
}

static void check_counters(struct torture_worker *worker,
			   struct torture_subject *subject,
			   const struct torture_account *sum)
{
	u32 counter;
	u64 number, wanted;
	size_t len;
	int ret;

	for (counter = 0; counter < TORTURE_COUNTERS; counter++) {
		wanted = subject->params.value_size == 4 ?
			 (u32)sum->added[counter] : sum->added[counter];
		ret = torture_lookup(worker, subject,
				     torture_layout.counters + counter, &len);
		torture_check(worker, CHECK_SUM,
			      !ret && torture_read_number(&subject->params,
							  worker->value, len,
							  &number) &&
			      number == wanted,
			      "%s: in the end counter %u isn't %llu",
			      subject->kind->name, counter, wanted);
	}
}

static u64 count_recorded(struct torture_worker *worker,
			  struct torture_subject *subject)
{
	u64 nr = 0;
	size_t len;
	u32 id;

	for (id = torture_layout.recorded; id < torture_layout.tokens; id++)
		nr += !torture_lookup(worker, subject, id, &len);
	return nr;
}

static void check_len(struct torture_worker *worker,
		      struct torture_subject *subject, u64 wanted)
{
	u64 len = gomap_len(subject->map);

	torture_check(worker, CHECK_COUNT, len == wanted,
		      "%s: in the end there are %llu entries by number instead of %llu",
		      subject->kind->name, len, wanted);
}

/*
 * A map with a limit takes that many, and no more; without memory not so many, but
 * where it is full it says that.
 */
static void check_limit(struct torture_worker *worker,
			struct torture_subject *subject)
{
	u64 limit = subject->params.max_entries, len = gomap_len(subject->map);
	u32 id = torture_layout.end;
	int ret;

	do {
		ret = torture_insert(worker, subject, id++, 1,
				     GOMAP_INSERT_NEW);
	} while (!ret && ++len <= limit);
	if (len < limit && torture_no_memory(worker, ret))
		return;
	torture_check(worker, CHECK_LIMIT,
		      ret == -ENOSPC && gomap_len(subject->map) == limit,
		      "%s: in the end %llu entries, limit %llu, then %d",
		      subject->kind->name, gomap_len(subject->map), limit, ret);
}

static void check_cleared(struct torture_worker *worker,
			  struct torture_subject *subject)
{
	int ret = gomap_clear(subject->map);

	memset(worker->scan->times, 0, torture_layout.end);
	torture_sweep(worker, subject, visit);
	torture_check(worker, CHECK_CLEAR,
		      !ret && !memchr_inv(worker->scan->times, 0,
					  torture_layout.end),
		      "%s: in the end a clear left keys: %d",
		      subject->kind->name, ret);
	check_len(worker, subject, 0);
}

void torture_audit(struct torture_worker *worker,
		   struct torture_subject *subject)
{
	struct torture_account sum;
	u64 there, wanted;

	add_up(worker->round, subject, &sum);
	memset(worker->scan->times, 0, torture_layout.end);
	torture_sweep(worker, subject, visit);
	there = compare_with_scan(worker, subject);
	check_len(worker, subject, there);
	wanted = check_ledger(worker, subject);
	if (subject->kind->cleared) {
		check_cleared(worker, subject);
		return;
	}
	wanted += sum.keys + count_recorded(worker, subject);
	if (torture_has_counters(subject)) {
		check_counters(worker, subject, &sum);
		wanted += TORTURE_COUNTERS;
	}
	torture_check(worker, CHECK_COUNT, there == wanted,
		      "%s: in the end %llu keys are there instead of %llu",
		      subject->kind->name, there, wanted);
	check_tokens(worker, subject, sum.tokens);
	if (subject->params.max_entries)
		check_limit(worker, subject);
}
