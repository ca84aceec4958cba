// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who can have the chain that an evacuation has filled finds the old one marked.
 *
 * While a map shrinks the new chain is in use already, by way of other old ones.
 * A clear that comes to it that way deletes what it finds; by an old chain that
 * isn't marked a lookup would still find it.
 *
 *   CPU 0: evacuate                     CPU 1: watch
 *
 *   copy
 *                                       there is the copy
 *   mark
 *   unlock the new chain
 *                                       nobody has the lock
 *                                       is there the mark?
 *
 * The watcher comes between the two if they are the other way round, once in a
 * while.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/gomap.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include "../module/core/evacuate.h"
#include "../module/core/slot.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"
#include "threads.h"

#define LOG2 13
#define SMALLER_LOG2 (LOG2 - 1)
#define HEADS (1U << LOG2)
/* Not the last one, with which the table would go. */
#define MOVED (HEADS - 1)

struct watch {
	struct gomap *map;
	/*
	 * Chains that the watcher has come to. Written by it, read by the one who
	 * evacuates, under no lock: they are not to wait for each other there.
	 */
	u32 ready;
	/* Old chains that weren't marked; written by the watcher. */
	u32 unmarked;
	/* Of evacuating, when it is over; written by who does it. */
	int ret;
};

static u32 used_in(struct gomap_bucket *bucket)
{
	/* What comes next is not before the copies. */
	return hweight64(gomap_match_used(smp_load_acquire(&bucket->tophash)));
}

static void evacuate_all(struct watch *watch)
{
	struct gomap_table *table = gomap_kunit_table(watch->map);
	u32 number;
	int ret = 0;

	for (number = 0; number < MOVED && !ret; number++) {
		while (READ_ONCE(watch->ready) <= number)
			cpu_relax();
		ret = gomap_evacuate_now(watch->map, table, number,
					 GFP_KERNEL);
		cond_resched();
	}
	WRITE_ONCE(watch->ret, ret);
}

static void watch_all(struct watch *watch)
{
	struct gomap_table *table = gomap_kunit_table(watch->map);
	struct gomap_table *next = gomap_kunit_next(table);
	struct gomap_bucket *head, *shared;
	u32 number;

	for (number = 0; number < MOVED && !READ_ONCE(watch->ret); number++) {
		head = gomap_bucket_at(table, number);
		shared = gomap_bucket_at(next, number & next->mask);
		WRITE_ONCE(watch->ready, number + 1);
		/* As many keys as chains that go there, up to this one. */
		while (used_in(shared) <= number >> SMALLER_LOG2 &&
		       !READ_ONCE(watch->ret))
			cpu_relax();
		/* Pairs with gomap_unlock(). */
		while (smp_load_acquire(&shared->lockseq) & GOMAP_LOCKED)
			cpu_relax();
		if (!READ_ONCE(watch->ret) && !gomap_is_evacuated(head))
			watch->unmarked++;
		cond_resched();
	}
}

static void watch_thread(void *context, u32 number)
{
	if (number)
		watch_all(context);
	else
		evacuate_all(context);
}

/*
 * 2^13 heads   0 ... 4095 4096 ... 8191         a key in each chain
 *              |          |
 * 2^12 heads   0 ... 4095                       one comes after the other
 */
static void shrink_watched(struct kunit *test, struct watch *watch)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8,
		.reserve = gomap_grow_above(LOG2),
	};
	struct gomap_table *next;
	u64 key;

	*watch = (struct watch){ .map = gomap_kunit_create(test, &params) };
	gomap_kunit_hold_worker(watch->map);
	/* Each key has a chain for itself. */
	watch->map->test_hash = gomap_kunit_hash_key;
	for (key = 0; key < HEADS; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(watch->map, key, key, 0),
				0);
	next = gomap_kunit_attach(test, watch->map, SMALLER_LOG2);
	/* The watcher looks at heads before anything has moved. */
	KUNIT_ASSERT_EQ(test, gomap_table_populate(next, GFP_KERNEL), 0);
	gomap_kunit_run_threads(test, 2, watch_thread, watch);

	KUNIT_EXPECT_EQ(test, watch->ret, 0);
	KUNIT_EXPECT_EQ(test, watch->unmarked, 0);
	gomap_kunit_end_move(test, watch->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, watch->map, HEADS);
	gomap_kunit_destroy(test, watch->map);
}

static void old_chain_is_marked_before_the_new_one_is_unlocked(struct kunit *test)
{
	unsigned long end = jiffies + msecs_to_jiffies(gomap_kunit_ms);
	struct watch *watch;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	watch = kunit_kzalloc(test, sizeof(*watch), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, watch);
	do
		shrink_watched(test, watch);
	while (time_before(jiffies, end));
}

static struct kunit_case mark_cases[] = {
	KUNIT_CASE(old_chain_is_marked_before_the_new_one_is_unlocked),
	{}
};

static struct kunit_suite mark_suite = {
	.name = "gomap_mark",
	.test_cases = mark_cases,
};

kunit_test_suites(&mark_suite);
