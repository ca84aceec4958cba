// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conditional operations, limits and scans, by many threads at once: nothing is
 * lost, nothing is done twice, and a scan is exact while the map grows and
 * shrinks under it. On one CPU threads take turns between operations; on two
 * they race.
 *
 * Threads count what is wrong, and the test expects none of it.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/gomap.h>
#include <linux/jiffies.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include "fixture.h"
#include "invariants.h"
#include "threads.h"

#define THREADS 4

KUNIT_DEFINE_ACTION_WRAPPER(kvfree_action, kvfree, const void *);

/* What threads share. */
struct shared {
	struct gomap *map;
	u32 rounds;
	/* What went wrong. */
	atomic_t failed;
	atomic_t wrong;
	atomic_long_t sum;
	atomic_t succeeded;
	atomic_t *taken;
	u32 keys;
	/* Set by who is through, for good; the others end when they see it. */
	bool stop;
	u64 max_entries;
};

static struct shared *new_shared(struct kunit *test, struct gomap *map)
{
	struct shared *shared = kunit_kzalloc(test, sizeof(*shared),
					      GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, shared);
	shared->map = map;
	shared->rounds = gomap_kunit_rounds;
	return shared;
}

/* Of values or keys, of which there may be millions. */
static void new_taken(struct kunit *test, struct shared *shared, u64 nr)
{
	shared->taken = kvcalloc(nr, sizeof(atomic_t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, shared->taken);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, kvfree_action,
							shared->taken), 0);
}

/* All threads take a turn so many times, at least, and find nothing wrong. */
static void run(struct kunit *test, struct shared *shared, u32 threads,
		void (*function)(void *context, u32 thread), u64 times)
{
	u64 before = gomap_kunit_turns();

	gomap_kunit_run_threads(test, threads, function, shared);
	KUNIT_EXPECT_GE(test, gomap_kunit_turns() - before, threads * times);
	KUNIT_EXPECT_EQ(test, atomic_read(&shared->failed), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&shared->wrong), 0);
}

/*
 * Sums
 */

#define SUMS 7

static void add_up(void *context, u32 thread)
{
	struct shared *shared = context;
	struct rnd_state random;
	u64 key, delta, old;
	u32 i;

	prandom_seed_state(&random, gomap_kunit_seed + thread);
	for (i = 0; i < shared->rounds; i++) {
		key = prandom_u32_state(&random) % SUMS;
		delta = prandom_u32_state(&random) % 1000;
		if (gomap_fetch_add(shared->map, &key, 8, delta, &old, 0,
				    GFP_KERNEL))
			atomic_inc(&shared->failed);
		atomic_long_add(delta, &shared->sum);
		gomap_kunit_give_way();
	}
}

static const struct number_kind {
	const char *name;
	struct gomap_params params;
} number_kinds[] = {
	{ "8 bytes", { .key_size = 8, .value_size = 8 } },
	{ "4 bytes", { .key_size = 8, .value_size = 4 } },
	{ "8 bytes in entries", { .key_size = 8, .value_size = 8,
				  .flags = GOMAP_VAR_KEY } },
};

static void number_name(const struct number_kind *kind, char *name)
{
	strscpy(name, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(number, number_kinds, number_name);

/* Of keys that are not there at first: each sum begins with one insert. */
static void sums_are_those_of_what_was_added(struct kunit *test)
{
	const struct number_kind *kind = test->param_value;
	struct shared *shared = new_shared(test,
			gomap_kunit_create(test, &kind->params));
	u64 key, value, sum = 0;
	size_t len;

	run(test, shared, THREADS, add_up, shared->rounds);
	for (key = 0; key < SUMS; key++) {
		value = 0;
		len = sizeof(value);
		KUNIT_EXPECT_EQ(test, gomap_lookup(shared->map, &key, 8, &value,
						   &len), 0);
		sum += kind->params.value_size == 4 ? *(u32 *)&value : value;
	}
	KUNIT_EXPECT_EQ(test, sum, atomic_long_read(&shared->sum));
	GOMAP_KUNIT_ASSERT_SOUND(test, shared->map, SUMS);
}

/* By looking, and exchanging what was seen; in words that must all be equal. */
static void count_by_exchange(void *context, u32 thread)
{
	struct shared *shared = context;
	u64 old[4], new[4], key = 1;
	size_t len;
	u32 i, j;
	int ret;

	for (i = 0; i < shared->rounds; i++) {
		do {
			len = sizeof(old);
			if (gomap_lookup(shared->map, &key, 8, old, &len))
				atomic_inc(&shared->failed);
			for (j = 0; j < 4; j++) {
				if (old[j] != old[0])
					atomic_inc(&shared->wrong);
				new[j] = old[0] + 1;
			}
			gomap_kunit_give_way();
			ret = gomap_compare_exchange(shared->map, &key, 8, old,
						     sizeof(old), new,
						     sizeof(new), GFP_KERNEL);
		} while (ret == -ECANCELED);
		if (ret)
			atomic_inc(&shared->failed);
	}
}

static void counter_counts_every_exchange(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 32);
	struct shared *shared = new_shared(test, map);
	u64 value;

	shared->rounds /= 4;
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 1, 0, 0), 0);
	run(test, shared, THREADS, count_by_exchange, shared->rounds);
	KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, 1, &value), 0);
	KUNIT_EXPECT_EQ(test, value, THREADS * shared->rounds);
}

/* Each value that was put in comes out once, or is what is left. */
static void swap_around(void *context, u32 thread)
{
	struct shared *shared = context;
	u64 key = 1, value, old;
	size_t len;
	u32 i;

	for (i = 0; i < shared->rounds; i++) {
		value = 1 + thread * shared->rounds + i;
		len = sizeof(old);
		if (gomap_swap(shared->map, &key, 8, &value, 8, &old, &len,
			       GFP_KERNEL))
			atomic_inc(&shared->failed);
		else if (atomic_inc_return(&shared->taken[old]) != 1)
			atomic_inc(&shared->wrong);
		gomap_kunit_give_way();
	}
}

static void swapped_values_come_out_once(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct shared *shared = new_shared(test, map);
	u64 left, i, values = 1 + THREADS * shared->rounds;

	new_taken(test, shared, values);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 1, 0, 0), 0);
	run(test, shared, THREADS, swap_around, shared->rounds);
	KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, 1, &left), 0);
	for (i = 0; i < values; i++)
		KUNIT_ASSERT_EQ(test, atomic_read(&shared->taken[i]),
				i != left);
}

/*
 * Takers and inserters
 */

/* All try each key, each from another one on, so that they meet. */
static void take_all(void *context, u32 thread)
{
	struct shared *shared = context;
	u64 key, value;
	size_t len;
	u32 i;
	int ret;

	for (i = 0; i < shared->keys; i++) {
		key = (i + thread * 3) % shared->keys;
		len = sizeof(value);
		ret = gomap_take(shared->map, &key, 8, &value, &len);
		if (!ret) {
			atomic_inc(&shared->taken[key]);
			if (value != ~key)
				atomic_inc(&shared->wrong);
		} else if (ret != -ENOENT) {
			atomic_inc(&shared->failed);
		}
		gomap_kunit_give_way();
	}
}

static void takers_get_each_key_once(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct shared *shared = new_shared(test, map);
	u32 keys = shared->rounds, round;
	u64 key;

	shared->keys = keys;
	for (round = 1; round <= 3; round++) {
		new_taken(test, shared, keys);
		for (key = 0; key < keys; key++)
			KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key,
							      0), 0);
		run(test, shared, THREADS, take_all, keys);
		for (key = 0; key < keys; key++)
			KUNIT_ASSERT_EQ(test, atomic_read(&shared->taken[key]),
					1);
		gomap_kunit_settle(map);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
	}
}

/* One wins, and the others are given its value: all agree. */
static void find_or_make(void *context, u32 thread)
{
	struct shared *shared = context;
	u64 key, value, existing;
	size_t len;
	int ret;

	for (key = 0; key < shared->keys; key++) {
		value = key << 8 | thread;
		len = sizeof(existing);
		ret = gomap_lookup_or_insert(shared->map, &key, 8, &value, 8,
					     &existing, &len, GFP_KERNEL);
		if (!ret)
			atomic_inc(&shared->taken[key]);
		else if (ret != -EEXIST)
			atomic_inc(&shared->failed);
		else if (existing >> 8 != key)
			atomic_inc(&shared->wrong);
		atomic_long_add(ret ? existing & 0xff : thread, &shared->sum);
		gomap_kunit_give_way();
	}
}

static void all_agree_on_who_was_first(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct shared *shared = new_shared(test, map);
	u64 key, value, sum = 0;

	shared->keys = shared->rounds;
	new_taken(test, shared, shared->keys);
	run(test, shared, THREADS, find_or_make, shared->keys);
	for (key = 0; key < shared->keys; key++) {
		KUNIT_ASSERT_EQ(test, atomic_read(&shared->taken[key]), 1);
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, key, &value), 0);
		sum += THREADS * (value & 0xff);
	}
	KUNIT_EXPECT_EQ(test, atomic_long_read(&shared->sum), sum);
	gomap_kunit_settle(map);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, shared->keys);
}

/*
 * Scans
 */

#define STABLE 500
#define FIRST_OTHER 100000

/* Fill and empty the map by turns, so that it grows and shrinks. */
static void fill_and_empty(struct shared *shared)
{
	u64 key, end = FIRST_OTHER + 4000;
	u32 turn = 0;

	while (!READ_ONCE(shared->stop)) {
		turn++;
		for (key = FIRST_OTHER; key < end; key++) {
			if (READ_ONCE(shared->stop))
				break;
			if (turn & 1 ?
			    gomap_kunit_put(shared->map, key, key, 0) :
			    gomap_kunit_del(shared->map, key))
				atomic_inc(&shared->failed);
			if (!(key % 8))
				gomap_kunit_give_way();
		}
	}
}

/* A scan, in so many parts; the stable keys that it met too often or never. */
static u32 misses_of_a_scan(struct shared *shared, u8 *seen, u64 (*records)[2],
			    u32 shards)
{
	struct gomap_scan scan;
	u32 i, misses = 0;

	memset(seen, 0, STABLE);
	for (i = 0; i < shards; i++) {
		memset(&scan, 0, sizeof(scan));
		scan.shard = i;
		scan.shards = shards;
		scan.buffer = records;
		while (!scan.done) {
			u32 j;

			scan.size = 16 * (1 + i % 8);
			if (gomap_scan(shared->map, &scan))
				return STABLE;
			for (j = 0; j < scan.count; j++) {
				if (records[j][0] >= STABLE)
					continue;
				seen[records[j][0]]++;
				misses += records[j][1] != records[j][0];
			}
			gomap_kunit_give_way();
		}
	}
	for (i = 0; i < STABLE; i++)
		misses += seen[i] != 1;
	return misses;
}

/* Thread 0 makes the map grow and shrink; the others scan. The last ends it. */
static void scan_or_change(void *context, u32 thread)
{
	struct shared *shared = context;
	unsigned long end = jiffies + msecs_to_jiffies(gomap_kunit_ms);
	u64 (*records)[2];
	u32 scans = 0;
	u8 *seen;

	if (!thread)
		return fill_and_empty(shared);
	records = kcalloc(8, sizeof(*records), GFP_KERNEL);
	seen = kcalloc(STABLE, 1, GFP_KERNEL);
	if (!records || !seen)
		atomic_inc(&shared->failed);
	else
		do
			atomic_add(misses_of_a_scan(shared, seen, records,
						    1 + scans % 5),
				   &shared->wrong);
		while (++scans < 4 || time_before(jiffies, end));
	atomic_add(scans, &shared->succeeded);
	WRITE_ONCE(shared->stop, true);
	kfree(records);
	kfree(seen);
}

static void scans_meet_stable_keys_once(struct kunit *test)
{
	static const struct gomap_params all_params[] = {
		{ .key_size = 8, .value_size = 8 },
		{ .key_size = 8, .value_size = 8, .max_entries = 1000000 },
	};
	struct shared *shared;
	u32 i;
	u64 key;

	for (i = 0; i < ARRAY_SIZE(all_params); i++) {
		shared = new_shared(test, gomap_kunit_create(test,
							     &all_params[i]));
		for (key = 0; key < STABLE; key++)
			KUNIT_ASSERT_EQ(test, gomap_kunit_put(shared->map, key,
							      key, 0), 0);
		run(test, shared, 3, scan_or_change, 4);
		KUNIT_EXPECT_GE(test, atomic_read(&shared->succeeded), 8);
		gomap_kunit_settle(shared->map);
		GOMAP_KUNIT_ASSERT_SOUND(test, shared->map,
					 gomap_len(shared->map));
	}
}

/*
 * The limit
 */

#define HELD_KEYS 16
#define LIMIT (THREADS * HELD_KEYS)

static void look_at_limit(struct shared *shared)
{
	long count = gomap_count_rough(shared->map);

	if (count < 0 || count > shared->max_entries)
		atomic_inc(&shared->wrong);
	/* The sum of parts that change may be off, but not below nothing. */
	if (gomap_len(shared->map) > shared->max_entries + LIMIT)
		atomic_inc(&shared->wrong);
}

/*
 * Ever new keys, of which no thread has more than its share at any time: there
 * is room for each.
 */
static void keep_to_a_share(void *context, u32 thread)
{
	struct shared *shared = context;
	u64 key, first = (u64)(thread + 1) << 32, value;
	size_t len;
	u32 i;

	for (i = 0; i < shared->rounds; i++) {
		if (i >= HELD_KEYS) {
			key = first + i - HELD_KEYS;
			len = sizeof(value);
			if (i & 1 ? gomap_kunit_del(shared->map, key) :
				    gomap_take(shared->map, &key, 8, &value,
					       &len))
				atomic_inc(&shared->failed);
		}
		if (gomap_kunit_put(shared->map, first + i, i, GOMAP_INSERT_NEW))
			atomic_inc(&shared->failed);
		look_at_limit(shared);
		gomap_kunit_give_way();
	}
}

static struct shared *limited(struct kunit *test, u64 max_entries)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .max_entries = max_entries,
	};
	struct shared *shared = new_shared(test,
					   gomap_kunit_create(test, &params));

	shared->max_entries = max_entries;
	return shared;
}

static void limit_refuses_nobody_early(struct kunit *test)
{
	struct shared *shared = limited(test, LIMIT);

	run(test, shared, THREADS, keep_to_a_share, shared->rounds);
	gomap_kunit_settle(shared->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, shared->map, LIMIT);
}

/* More than there is room for, each of its own. */
static void insert_too_many(void *context, u32 thread)
{
	struct shared *shared = context;
	u64 key, first = (u64)(thread + 1) << 32;
	u32 i;
	int ret;

	for (i = 0; i < shared->max_entries; i++) {
		key = first + i;
		ret = gomap_kunit_put(shared->map, key, i, 0);
		if (!ret)
			atomic_inc(&shared->succeeded);
		else if (ret != -ENOSPC)
			atomic_inc(&shared->failed);
		look_at_limit(shared);
		gomap_kunit_give_way();
	}
}

static void limit_lets_exactly_so_many_in(struct kunit *test)
{
	static const u64 limits[] = { 1, 7, 8, 100, 1000 };
	struct shared *shared;
	u32 i, turns;

	for (i = turns = 0; turns < gomap_kunit_rounds;
	     i = (i + 1) % ARRAY_SIZE(limits)) {
		shared = limited(test, limits[i]);
		run(test, shared, THREADS, insert_too_many, limits[i]);
		KUNIT_EXPECT_EQ(test, atomic_read(&shared->succeeded),
				limits[i]);
		gomap_kunit_settle(shared->map);
		GOMAP_KUNIT_ASSERT_SOUND(test, shared->map, limits[i]);
		gomap_kunit_destroy(test, shared->map);
		turns += limits[i];
	}
}

/* And cleared again and again, by one of them. */
static void insert_and_clear(void *context, u32 thread)
{
	struct shared *shared = context;
	u32 i;
	int ret;

	for (i = 0; i < shared->rounds; i++) {
		if (!thread && !(i % 64))
			ret = gomap_clear(shared->map);
		else
			ret = gomap_kunit_put(shared->map,
					      (u64)(thread + 1) << 32 | i, i,
					      0);
		if (ret && ret != -ENOSPC)
			atomic_inc(&shared->failed);
		look_at_limit(shared);
		gomap_kunit_give_way();
	}
}

static void clears_give_back_what_they_clear(struct kunit *test)
{
	struct shared *shared = limited(test, 300);

	run(test, shared, THREADS, insert_and_clear, shared->rounds);
	gomap_kunit_settle(shared->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, shared->map, gomap_len(shared->map));
	KUNIT_EXPECT_EQ(test, gomap_clear(shared->map), 0);
	gomap_kunit_settle(shared->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, shared->map, 0);
}

static struct kunit_case atomic_cases[] = {
	KUNIT_CASE_PARAM(sums_are_those_of_what_was_added, number_gen_params),
	KUNIT_CASE(counter_counts_every_exchange),
	KUNIT_CASE(swapped_values_come_out_once),
	KUNIT_CASE(takers_get_each_key_once),
	KUNIT_CASE(all_agree_on_who_was_first),
	KUNIT_CASE(scans_meet_stable_keys_once),
	KUNIT_CASE(limit_refuses_nobody_early),
	KUNIT_CASE(limit_lets_exactly_so_many_in),
	KUNIT_CASE(clears_give_back_what_they_clear),
	{}
};

static struct kunit_suite atomic_suite = {
	.name = "gomap_atomic",
	.init = gomap_kunit_count_turns,
	.exit = gomap_kunit_tell_turns,
	.test_cases = atomic_cases,
};

kunit_test_suites(&atomic_suite);
