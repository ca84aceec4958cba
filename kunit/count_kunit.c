// SPDX-License-Identifier: GPL-2.0-only
/*
 * The number of entries: exact for a single thread, on whichever CPU it runs; a
 * little late for several; and exact for all at rest, or with max_entries.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/gomap.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include "../module/core/count.h"
#include "fixture.h"
#include "invariants.h"
#include "threads.h"

/* A map, and how many entries it is to have: keys 0 to @entries - 1. */
struct tally {
	struct kunit *test;
	struct gomap *map;
	u64 entries;
	struct rnd_state rnd;
};

/* With a table for @reserve entries, which may be left for a smaller one. */
static void start(struct tally *tally, struct kunit *test, u64 reserve)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = reserve,
	};

	*tally = (struct tally){ .test = test };
	prandom_seed_state(&tally->rnd, gomap_kunit_seed);
	tally->map = gomap_kunit_create(test, &params);
	gomap_kunit_hold_worker(tally->map);
	tally->map->reserve = 0;
}

static void add(struct tally *tally, u64 nr)
{
	for (; nr; nr--)
		KUNIT_ASSERT_EQ(tally->test,
				gomap_kunit_put(tally->map, tally->entries++,
						1, GOMAP_INSERT_NEW), 0);
}

static void take_away(struct tally *tally, u64 nr)
{
	for (; nr; nr--)
		KUNIT_ASSERT_EQ(tally->test,
				gomap_kunit_del(tally->map, --tally->entries),
				0);
}

/* One more or less, on the way to and fro between two numbers. */
static void step_between(struct tally *tally, u64 least, u64 most)
{
	if (tally->entries <= least)
		add(tally, 1);
	else if (tally->entries >= most || prandom_u32_state(&tally->rnd) % 2)
		take_away(tally, 1);
	else
		add(tally, 1);
}

static void expect_exact(struct tally *tally)
{
	KUNIT_ASSERT_EQ(tally->test, gomap_count_near(tally->map),
			tally->entries);
	KUNIT_ASSERT_EQ(tally->test, gomap_count_sum(tally->map),
			tally->entries);
}

/*
 * CPUs
 */

static void run_on(struct kunit *test, unsigned int cpu)
{
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)),
			0);
}

static unsigned int this_cpu(void)
{
	return raw_smp_processor_id();
}

static void go_to_next_cpu(struct kunit *test)
{
	unsigned int cpu = cpumask_next(this_cpu(), cpu_online_mask);

	run_on(test, cpu < nr_cpu_ids ? cpu : cpumask_first(cpu_online_mask));
}

static void go_anywhere(void *unused)
{
	set_cpus_allowed_ptr(current, cpu_possible_mask);
}

/* The thread stays where it is put, until the test ends. */
static void stay(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, go_anywhere, NULL), 0);
	run_on(test, this_cpu());
}

static void stay_if_there_are_others(struct kunit *test)
{
	if (num_online_cpus() == 1)
		kunit_skip(test, "there is one CPU");
	stay(test);
}

static struct gomap_count_part *part_of(struct gomap *map, unsigned int cpu)
{
	return per_cpu_ptr(map->count.parts, cpu);
}

static bool parts_are_small(struct gomap *map)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (abs(part_of(map, cpu)->part) >= GOMAP_COUNT_BATCH)
			return false;
	return true;
}

/*
 * A single thread
 */

static void part_is_moved_to_the_sum_in_batches(struct kunit *test)
{
	struct tally tally;
	struct gomap_count_part *part;
	u64 i;

	start(&tally, test, 1000);
	stay(test);
	part = part_of(tally.map, this_cpu());
	for (i = 1; i <= 100; i++) {
		add(&tally, 1);
		KUNIT_EXPECT_EQ(test, gomap_count_rough(tally.map),
				i - i % 32);
		KUNIT_EXPECT_EQ(test, part->part, i % 32);
	}
	/* 96 + 4 */
	take_away(&tally, 35);
	KUNIT_EXPECT_EQ(test, gomap_count_rough(tally.map), 96);
	KUNIT_EXPECT_EQ(test, part->part, -31);
	take_away(&tally, 1);
	KUNIT_EXPECT_EQ(test, gomap_count_rough(tally.map), 64);
	KUNIT_EXPECT_EQ(test, part->part, 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, tally.map, 64);
}

static void one_thread_counts_exactly(struct kunit *test)
{
	struct tally tally;
	u32 i;

	start(&tally, test, 416);
	for (i = 0; i < 2000; i++) {
		step_between(&tally, 0, 600);
		expect_exact(&tally);
	}
	add(&tally, 600 - min(tally.entries, 600ULL));
	for (i = 0; i < 2000; i++) {
		step_between(&tally, 300, 600);
		expect_exact(&tally);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, tally.map, tally.entries);
}

static void thread_counts_exactly_on_any_cpu(struct kunit *test)
{
	struct tally tally;
	u32 i;

	stay_if_there_are_others(test);
	start(&tally, test, 416);
	for (i = 0; i < 4000; i++) {
		if (prandom_u32_state(&tally.rnd) % 8 == 0)
			go_to_next_cpu(test);
		step_between(&tally, 0, 600);
		expect_exact(&tally);
		KUNIT_ASSERT_TRUE(test, parts_are_small(tally.map));
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, tally.map, tally.entries);
}

/* Its part is negative then, and that of the other CPU can be too large. */
static void thread_deletes_on_another_cpu(struct kunit *test)
{
	struct tally tally;

	stay_if_there_are_others(test);
	start(&tally, test, 416);
	add(&tally, 31);
	go_to_next_cpu(test);
	take_away(&tally, 20);
	KUNIT_EXPECT_EQ(test, part_of(tally.map, this_cpu())->part, -20);
	KUNIT_EXPECT_EQ(test, gomap_count_rough(tally.map), 0);
	expect_exact(&tally);
	take_away(&tally, 11);
	expect_exact(&tally);
	KUNIT_EXPECT_EQ(test, gomap_len(tally.map), 0);
}

static bool is_near(struct gomap *map)
{
	return gomap_is_near_limit(gomap_kunit_table(map),
				   gomap_count_rough(map));
}

static void count_far_from_the_limits_needs_no_adding_up(struct kunit *test)
{
	struct tally tally;
	struct gomap_count *count;

	start(&tally, test, 6656);
	stay(test);
	count = &tally.map->count;
	/* From the smallest number of entries, where it could shrink. */
	add(&tally, 1664 + 32 * num_possible_cpus() + 32);
	KUNIT_ASSERT_FALSE(test, is_near(tally.map));
	while (!is_near(tally.map)) {
		KUNIT_EXPECT_EQ(test, count->adder, GOMAP_NO_ADDER);
		add(&tally, 1);
	}
	/* Not for the overflow buckets that came either. */
	KUNIT_EXPECT_GT(test, gomap_kunit_table(tally.map)->nr_taken, 0);
	/* As soon as some of the parts could be missing. */
	KUNIT_EXPECT_GE(test, gomap_count_rough(tally.map),
			6656 - 32 * num_possible_cpus());
	KUNIT_EXPECT_LT(test, gomap_count_rough(tally.map),
			6656 - 32 * num_possible_cpus() + 32);
	KUNIT_EXPECT_EQ(test, count->adder, this_cpu());
	take_away(&tally, 31);
	KUNIT_EXPECT_EQ(test, count->adder, this_cpu());
	take_away(&tally, 1);
	KUNIT_EXPECT_EQ(test, count->adder, GOMAP_NO_ADDER);
}

/*
 * In and out of the zone in which the parts matter, with every step on another
 * CPU, and at last over the limit: the table is left at the right entry.
 */
static void thread_that_comes_back_counts_exactly(struct kunit *test)
{
	const u64 limit = 6656, zone = limit - 32 * num_possible_cpus();
	struct tally tally;
	u32 i;

	stay_if_there_are_others(test);
	start(&tally, test, limit);
	add(&tally, zone - 40);
	for (i = 0; i < 4000; i++) {
		if (prandom_u32_state(&tally.rnd) % 2)
			go_to_next_cpu(test);
		step_between(&tally, zone - 40, zone + 40);
	}
	for (i = 0; i < 100; i++) {
		go_to_next_cpu(test);
		/* Into the zone, out of it, elsewhere. */
		add(&tally, zone + 40 - tally.entries);
		go_to_next_cpu(test);
		take_away(&tally, 80 + i % 32);
	}
	while (tally.entries < limit) {
		if (prandom_u32_state(&tally.rnd) % 32 == 0)
			go_to_next_cpu(test);
		add(&tally, 1);
		KUNIT_ASSERT_NULL(test,
				  gomap_kunit_next(gomap_kunit_table(tally.map)));
	}
	add(&tally, 1);
	KUNIT_EXPECT_NOT_NULL(test,
			      gomap_kunit_next(gomap_kunit_table(tally.map)));
	expect_exact(&tally);
}

/* The sum may be behind the parts for a moment. */
static void count_is_never_negative(struct kunit *test)
{
	struct tally tally;

	start(&tally, test, 8);
	atomic_long_set(&tally.map->count.sum, -5);
	KUNIT_EXPECT_EQ(test, gomap_count_sum(tally.map), 0);
	KUNIT_EXPECT_EQ(test, gomap_count_near(tally.map), 0);
	KUNIT_EXPECT_EQ(test, gomap_len(tally.map), 0);
	atomic_long_set(&tally.map->count.sum, 0);
}

/*
 * Losing the adder
 */

/* Another CPU counts near a limit. It need not exist. */
#define OTHER_CPU (GOMAP_NO_ADDER - 1)
/* The total that is remembered, as long as nothing is added up. */
#define REMEMBERED 1000

/* When @adder is the one that knows all parts. */
static bool adds_up(struct kunit *test, struct gomap *map, u32 adder)
{
	struct gomap_count_part *own = part_of(map, this_cpu());
	bool added_up;

	map->count.adder = adder;
	own->others = REMEMBERED;
	added_up = gomap_count_near(map) != REMEMBERED;
	KUNIT_EXPECT_EQ(test, map->count.adder, added_up ? this_cpu() : adder);
	return added_up;
}

/* Operations until it adds up once more. */
static u32 operations_without(struct kunit *test, struct gomap *map)
{
	u32 nr = 0;

	while (nr <= 2000 && !adds_up(test, map, OTHER_CPU))
		nr++;
	return nr;
}

static void cpu_that_loses_the_adder_adds_up_less_often(struct kunit *test)
{
	struct tally tally;
	u32 i;

	start(&tally, test, 8);
	stay(test);
	/* Three times nothing comes of it; the fourth one tells. */
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, operations_without(test, tally.map), 0);
	for (i = 2; i <= 1024; i *= 2)
		KUNIT_EXPECT_EQ(test, operations_without(test, tally.map), i);
	KUNIT_EXPECT_EQ(test, operations_without(test, tally.map), 1024);
	KUNIT_EXPECT_EQ(test, operations_without(test, tally.map), 1024);
}

static void cpu_that_keeps_the_adder_forgets_its_losses(struct kunit *test)
{
	struct gomap_count_part *own;
	struct tally tally;
	u32 i;

	start(&tally, test, 8);
	stay(test);
	own = part_of(tally.map, this_cpu());
	for (i = 0; i < 6; i++)
		operations_without(test, tally.map);
	KUNIT_ASSERT_EQ(test, own->lost, 6);
	KUNIT_ASSERT_EQ(test, own->skip, 8);
	for (i = 6; i; i--) {
		KUNIT_EXPECT_FALSE(test, adds_up(test, tally.map, this_cpu()));
		KUNIT_EXPECT_EQ(test, own->lost, i - 1);
		KUNIT_EXPECT_EQ(test, own->skip, 0);
	}
	KUNIT_EXPECT_FALSE(test, adds_up(test, tally.map, this_cpu()));
	KUNIT_EXPECT_EQ(test, own->lost, 0);
}

/* The adder is given up far from the limits, which is no loss. */
static void cpu_adds_up_if_no_other_one_has(struct kunit *test)
{
	struct gomap_count_part *own;
	struct tally tally;
	u32 i;

	start(&tally, test, 8);
	stay(test);
	own = part_of(tally.map, this_cpu());
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_TRUE(test, adds_up(test, tally.map, GOMAP_NO_ADDER));
	KUNIT_EXPECT_EQ(test, own->lost, 0);

	/* Also while it is to go without. */
	for (i = 0; i < 6; i++)
		operations_without(test, tally.map);
	KUNIT_ASSERT_EQ(test, own->skip, 8);
	KUNIT_EXPECT_TRUE(test, adds_up(test, tally.map, GOMAP_NO_ADDER));
	KUNIT_EXPECT_EQ(test, own->lost, 6);
}

/*
 * Several threads
 */

#define THREADS 4

struct race {
	struct gomap *map;
	struct gomap_table *table;
	u64 each;
	/* Inserts that are through. */
	atomic64_t done;
	/* The most of them when the table was the newest. */
	atomic64_t seen;
	atomic_t failures;
	atomic_t full;
};

static void raise(atomic64_t *value, s64 to)
{
	s64 old = atomic64_read(value);

	while (old < to && !atomic64_try_cmpxchg(value, &old, to))
		;
}

/* Keys of its own, all or every second one of which it leaves. */
static void insert_and_delete(void *context, u32 number)
{
	struct race *race = context;
	u64 i, key;

	for (i = 0; i < race->each; i++) {
		key = i * THREADS + number;
		if (gomap_kunit_put(race->map, key, key, 0) ||
		    (i % 2 && gomap_kunit_del(race->map, key)))
			atomic_inc(&race->failures);
		gomap_kunit_give_way();
	}
}

static void count_is_exact_at_rest(struct kunit *test)
{
	struct race race = { .each = min(gomap_kunit_rounds, 20000U) & ~1U };
	struct tally tally;

	start(&tally, test, 0);
	race.map = tally.map;
	gomap_kunit_run_threads(test, THREADS, insert_and_delete, &race);
	KUNIT_EXPECT_EQ(test, atomic_read(&race.failures), 0);
	KUNIT_EXPECT_TRUE(test, parts_are_small(race.map));
	KUNIT_EXPECT_EQ(test, gomap_len(race.map), THREADS * race.each / 2);
	GOMAP_KUNIT_ASSERT_SOUND(test, race.map, THREADS * race.each / 2);
}

/* Until the table has a successor. */
static void insert_until_it_grows(void *context, u32 number)
{
	struct race *race = context;
	u64 key = number;
	s64 done;

	while (!rcu_access_pointer(race->table->next) && key < 4 * race->each) {
		if (gomap_kunit_put(race->map, key, key, 0))
			atomic_inc(&race->failures);
		done = atomic64_inc_return(&race->done);
		if (!rcu_access_pointer(race->table->next))
			raise(&race->seen, done);
		key += THREADS;
		gomap_kunit_give_way();
	}
}

/* Each CPU may have a part that the others don't know. */
static void growth_is_late_by_no_more_than_the_parts(struct kunit *test)
{
	const u64 limit = 6656;
	u32 uncertain = GOMAP_COUNT_BATCH * num_possible_cpus();
	struct tally tally;
	struct race race;
	u32 i;

	for (i = 0; i < 10; i++) {
		start(&tally, test, limit);
		race = (struct race){
			.map = tally.map,
			.table = gomap_kunit_table(tally.map),
			.each = limit,
		};
		gomap_kunit_run_threads(test, THREADS, insert_until_it_grows,
					&race);
		KUNIT_EXPECT_EQ(test, atomic_read(&race.failures), 0);
		KUNIT_EXPECT_EQ(test, gomap_kunit_table(race.map)->log2, 10);
		KUNIT_EXPECT_GE(test, atomic64_read(&race.seen),
				limit - uncertain);
		KUNIT_EXPECT_LE(test, atomic64_read(&race.seen),
				limit + uncertain + THREADS);
		GOMAP_KUNIT_ASSERT_SOUND(test, race.map,
					 atomic64_read(&race.done));
		gomap_kunit_destroy(test, race.map);
	}
}

/*
 * max_entries
 */

static void limited(struct tally *tally, struct kunit *test, u64 max_entries)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .max_entries = max_entries,
	};

	*tally = (struct tally){ .test = test };
	tally->map = gomap_kunit_create(test, &params);
}

static void limited_map_has_one_exact_count(struct kunit *test)
{
	struct tally tally;
	u32 i;

	limited(&tally, test, 100);
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_FALSE(test, gomap_count_is_full(tally.map));
		add(&tally, 1);
		KUNIT_EXPECT_EQ(test, gomap_count_rough(tally.map), i + 1);
		expect_exact(&tally);
	}
	KUNIT_EXPECT_TRUE(test, gomap_count_is_full(tally.map));
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(tally.map, 100, 0, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, gomap_count_rough(tally.map), 100);
	take_away(&tally, 1);
	KUNIT_EXPECT_FALSE(test, gomap_count_is_full(tally.map));
	KUNIT_EXPECT_EQ(test, gomap_count_rough(tally.map), 99);
	add(&tally, 1);
	/* No CPU has a part. */
	for_each_possible_cpu(i)
		KUNIT_EXPECT_EQ(test, part_of(tally.map, i)->part, 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, tally.map, 100);
}

static void map_without_limit_is_never_full(struct kunit *test)
{
	struct tally tally;

	start(&tally, test, 8);
	atomic_long_set(&tally.map->count.sum, LONG_MAX - 1000);
	KUNIT_EXPECT_FALSE(test, gomap_count_is_full(tally.map));
	KUNIT_EXPECT_TRUE(test, gomap_count_reserve(tally.map));
	KUNIT_EXPECT_EQ(test, gomap_count_rough(tally.map), LONG_MAX - 1000);
	atomic_long_set(&tally.map->count.sum, 0);
}

static void insert_into_limited(void *context, u32 number)
{
	struct race *race = context;
	u64 i, key;
	int ret;

	for (i = 0; i < race->each; i++) {
		key = i * THREADS + number;
		ret = gomap_kunit_put(race->map, key, key, 0);
		if (!ret)
			atomic64_inc(&race->done);
		else if (ret == -ENOSPC)
			atomic_inc(&race->full);
		else
			atomic_inc(&race->failures);
		gomap_kunit_give_way();
	}
}

static void threads_fill_a_limited_map_exactly(struct kunit *test)
{
	const u64 limit = 2000;
	struct tally tally;
	struct race race;
	u32 i;

	for (i = 0; i < 10; i++) {
		limited(&tally, test, limit);
		race = (struct race){ .map = tally.map, .each = 600 };
		gomap_kunit_run_threads(test, THREADS, insert_into_limited,
					&race);
		KUNIT_EXPECT_EQ(test, atomic_read(&race.failures), 0);
		KUNIT_EXPECT_EQ(test, atomic64_read(&race.done), limit);
		KUNIT_EXPECT_EQ(test, atomic_read(&race.full),
				THREADS * race.each - limit);
		gomap_kunit_settle(race.map);
		GOMAP_KUNIT_ASSERT_SOUND(test, race.map, limit);
		gomap_kunit_destroy(test, race.map);
	}
}

static struct kunit_case count_cases[] = {
	KUNIT_CASE(part_is_moved_to_the_sum_in_batches),
	KUNIT_CASE(one_thread_counts_exactly),
	KUNIT_CASE(thread_counts_exactly_on_any_cpu),
	KUNIT_CASE(thread_deletes_on_another_cpu),
	KUNIT_CASE(count_far_from_the_limits_needs_no_adding_up),
	KUNIT_CASE(thread_that_comes_back_counts_exactly),
	KUNIT_CASE(count_is_never_negative),
	KUNIT_CASE(cpu_that_loses_the_adder_adds_up_less_often),
	KUNIT_CASE(cpu_that_keeps_the_adder_forgets_its_losses),
	KUNIT_CASE(cpu_adds_up_if_no_other_one_has),
	KUNIT_CASE(count_is_exact_at_rest),
	KUNIT_CASE(growth_is_late_by_no_more_than_the_parts),
	KUNIT_CASE(limited_map_has_one_exact_count),
	KUNIT_CASE(map_without_limit_is_never_full),
	KUNIT_CASE(threads_fill_a_limited_map_exactly),
	{}
};

static struct kunit_suite count_suite = {
	.name = "gomap_count",
	.init = gomap_kunit_count_turns,
	.exit = gomap_kunit_tell_turns,
	.test_cases = count_cases,
};

kunit_test_suites(&count_suite);
