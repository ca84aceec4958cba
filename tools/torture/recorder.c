// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recorders: a few threads do anything to a few keys, all at once, and write
 * down what they did and when. The first of them then checks that history.
 *
 * The others go on torturing the map meanwhile, so these keys move from table to
 * table and from bucket to bucket like any. The clock is a counter: its ticks are
 * all different and in an order that all agree on.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "item.h"
#include "linearize.h"
#include "operation.h"
#include "recorder.h"
#include "subject.h"

/* Operations of each thread. */
#define RECORD 2048
/* How long to wait for the others without sleeping: about a millisecond. */
#define SPINS_MAX 20000
/* Histories shown at most. */
#define SHOWN_MAX 3

struct torture_history {
	u32 threads;
	/* Of the barrier: who has arrived, and how often all had. */
	atomic_t arrived;
	atomic_t passed;
	struct torture_subject *subject;
	u32 keys;
	atomic_t clock;
	struct linearizer *linearizer;
	struct history_operation operations[];
};

struct torture_history *torture_history_alloc(u32 threads)
{
	struct torture_history *history;

	history = kvzalloc(struct_size(history, operations, threads * RECORD),
			   GFP_KERNEL);
	if (!history)
		return NULL;
	history->threads = threads;
	history->linearizer = linearizer_alloc(threads * RECORD);
	if (history->linearizer)
		return history;
	kvfree(history);
	return NULL;
}

void torture_history_free(struct torture_history *history)
{
	if (!history)
		return;
	linearizer_free(history->linearizer);
	kvfree(history);
}

/* All wait for all. False if the round is over: then nobody goes on. */
static bool meet(struct torture_worker *worker)
{
	struct torture_history *history = worker->round->history;
	int passed = atomic_read(&history->passed);
	u32 spins = 0;

	if (atomic_inc_return(&history->arrived) == history->threads) {
		atomic_set(&history->arrived, 0);
		/* After the reset; pairs with the acquire below. */
		atomic_inc_return_release(&history->passed);
		return true;
	}
	while (atomic_read_acquire(&history->passed) == passed) {
		if (torture_stopping(worker))
			return false;
		if (num_online_cpus() == 1 || ++spins > SPINS_MAX)
			schedule_timeout_uninterruptible(1);
		cond_resched();
		cpu_relax();
	}
	return true;
}

static size_t make_number(struct torture_subject *subject, u64 number,
			  void *value)
{
	return torture_make_number(&subject->params, number, value);
}

static int call(struct torture_worker *worker,
		struct torture_subject *subject,
		struct history_operation *operation, size_t *old_len)
{
	struct gomap *map = subject->map;
	void *key = worker->key, *new = worker->other, *old = worker->value;
	size_t key_len = torture_make_key(&subject->params,
					  torture_layout.recorded +
					  operation->key, key);
	size_t len = make_number(subject, operation->value, new);
	size_t expected_len;

	*old_len = subject->params.value_size;
	switch (operation->kind) {
	case HISTORY_LOOKUP:
		return gomap_lookup(map, key, key_len, old, old_len);
	case HISTORY_INSERT:
		return gomap_insert(map, key, key_len, new, len, 0,
				    worker->gfp);
	case HISTORY_INSERT_NEW:
		return gomap_insert(map, key, key_len, new, len,
				    GOMAP_INSERT_NEW, worker->gfp);
	case HISTORY_INSERT_EXISTING:
		return gomap_insert(map, key, key_len, new, len,
				    GOMAP_INSERT_EXISTING, worker->gfp);
	case HISTORY_DELETE:
		return gomap_delete(map, key, key_len);
	case HISTORY_TAKE:
		return gomap_take(map, key, key_len, old, old_len);
	case HISTORY_SWAP:
		return gomap_swap(map, key, key_len, new, len, old, old_len,
				  worker->gfp);
	case HISTORY_EXCHANGE:
		expected_len = make_number(subject, operation->expected, old);
		return gomap_compare_exchange(map, key, key_len, old,
					      expected_len, new, len,
					      worker->gfp);
	case HISTORY_DELETE_EQUAL:
		expected_len = make_number(subject, operation->expected, old);
		return gomap_delete_equal(map, key, key_len, old,
					  expected_len);
	case HISTORY_FETCH_ADD:
		return gomap_fetch_add(map, key, key_len, operation->value,
				       &operation->old, 0, worker->gfp);
	default:
		return gomap_lookup_or_insert(map, key, key_len, new, len, old,
					      old_len, worker->gfp);
	}
}

/* Does the operation return the value that was there? */
static bool returns_old(const struct history_operation *operation)
{
	switch (operation->kind) {
	case HISTORY_LOOKUP:
	case HISTORY_TAKE:
	case HISTORY_SWAP:
		return !operation->ret;
	case HISTORY_LOOKUP_OR_INSERT:
		return operation->ret == -EEXIST;
	default:
		return false;
	}
}

static void record_one(struct torture_worker *worker,
		       struct history_operation *operation)
{
	struct torture_history *history = worker->round->history;
	struct torture_subject *subject = history->subject;
	size_t len;

	operation->begin = atomic_inc_return(&history->clock) - 1;
	operation->ret = call(worker, subject, operation, &len);
	operation->end = atomic_inc_return(&history->clock) - 1;
	torture_no_memory(worker, operation->ret);
	if (!returns_old(operation))
		return;
	torture_check(worker, CHECK_WHOLE,
		      torture_read_number(&subject->params, worker->value, len,
					  &operation->old),
		      "%s: a recorded key has half a value: %*ph",
		      subject->kind->name, (int)min_t(size_t, len, 16),
		      worker->value);
}

/* New values are all different; those expected have been seen before. */
static void record(struct torture_worker *worker)
{
	struct torture_history *history = worker->round->history;
	struct history_operation *operation;
	u64 seen[TORTURE_RECORDED] = {};
	u32 i, kinds = HISTORY_KINDS;

	for (i = 0; i < RECORD; i++) {
		operation = &history->operations[worker->role_number * RECORD +
						 i];
		*operation = (struct history_operation){
			.kind = torture_random(worker, kinds),
			.thread = worker->role_number,
			.key = torture_random(worker, history->keys),
			.value = 1 + i * history->threads + worker->role_number,
		};
		if (operation->kind == HISTORY_FETCH_ADD &&
		    !torture_has_counters(history->subject))
			operation->kind = HISTORY_LOOKUP;
		operation->expected = seen[operation->key];
		record_one(worker, operation);
		if (returns_old(operation))
			seen[operation->key] = operation->old;
	}
}

static const char *const names[HISTORY_KINDS] = {
	[HISTORY_LOOKUP] = "lookup",
	[HISTORY_INSERT] = "insert",
	[HISTORY_INSERT_NEW] = "insert-new",
	[HISTORY_INSERT_EXISTING] = "insert-existing",
	[HISTORY_DELETE] = "delete",
	[HISTORY_TAKE] = "take",
	[HISTORY_SWAP] = "swap",
	[HISTORY_EXCHANGE] = "exchange",
	[HISTORY_DELETE_EQUAL] = "delete-equal",
	[HISTORY_FETCH_ADD] = "fetch-add",
	[HISTORY_LOOKUP_OR_INSERT] = "lookup-or-insert",
};

/* What happened to the key shortly before the operation that fits nowhere. */
static void show_history(const struct torture_history *history,
			 const struct history_operation *culprit)
{
	u32 i, nr = history->threads * RECORD;
	const struct history_operation *o;
	static atomic_t shown;

	if (atomic_inc_return(&shown) > SHOWN_MAX)
		return;
	for (i = 0; i < nr; i++) {
		o = &history->operations[i];
		if (o->key != culprit->key || o->begin > culprit->end ||
		    o->end + 60 < culprit->begin)
			continue;
		pr_err("gomap-torture: %u-%u thread %u %s value %llu expected %llu: %d old %llu\n",
		       o->begin, o->end, o->thread, names[o->kind], o->value,
		       o->expected, o->ret, o->old);
	}
}

static void check_history(struct torture_worker *worker)
{
	struct torture_history *history = worker->round->history;
	const struct torture_subject *subject = history->subject;
	const struct history_operation *culprit;
	u32 nr = history->threads * RECORD, key;
	int ret;

	ret = linearizer_load(history->linearizer, history->operations, nr,
			      subject->params.value_size == 4 ? 32 : 64);
	torture_check(worker, CHECK_ORDER, !ret,
		      "%s: a history that is none", subject->kind->name);
	for (key = 0; !ret && key < TORTURE_RECORDED; key++) {
		ret = linearize(history->linearizer, key, &culprit);
		if (torture_check(worker, CHECK_ORDER, !ret,
				  "%s: recorded key %u: %s", subject->kind->name,
				  key, ret == -EILSEQ ?
				  "a history without an order" :
				  "a history with too many orders"))
			continue;
		if (ret == -EILSEQ)
			show_history(history, culprit);
	}
	worker->counts[COUNT_HISTORIES]++;
	worker->counts[COUNT_OVERLAPS] +=
		linearizer_overlaps(history->linearizer);
}

/* No clears, and no limit: recorders take no places. */
static struct torture_subject *pick(struct torture_worker *worker)
{
	struct torture_subject *subject;

	do {
		subject = torture_pick(worker);
	} while (subject->kind->cleared ||
		 subject->kind->limit != UNLIMITED);
	return subject;
}

static void prepare(struct torture_worker *worker)
{
	struct torture_history *history = worker->round->history;
	size_t len;
	u32 key;

	history->subject = pick(worker);
	/* On one key they meet most often. */
	history->keys = torture_random(worker, 4) ? 1 : TORTURE_RECORDED;
	atomic_set(&history->clock, 0);
	for (key = 0; key < TORTURE_RECORDED; key++) {
		len = torture_make_key(&history->subject->params,
				       torture_layout.recorded + key,
				       worker->key);
		gomap_delete(history->subject->map, worker->key, len);
	}
}

static bool make_history(struct torture_worker *worker)
{
	bool first = worker->role_number == 0;

	if (first)
		prepare(worker);
	if (!meet(worker))
		return false;
	record(worker);
	if (!meet(worker))
		return false;
	if (first)
		check_history(worker);
	return true;
}

static void run(struct torture_worker *worker)
{
	u32 i;

	for (i = 0; i < 4; i++)
		if (!make_history(worker))
			return;
	schedule_timeout_uninterruptible(1);
}

const struct torture_role torture_recorder = { "recorder", run };
