// SPDX-License-Identifier: GPL-2.0-only
/*
 * No memory: each allocation of each operation fails once. The operation then
 * says -ENOMEM and has changed nothing, or does without; later it succeeds; and
 * nothing is lost.
 */
#include <kunit/test.h>
#include <linux/gomap.h>
#include <linux/string.h>
#include "../module/core/evacuate.h"
#include "allocator.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

/*
 * A scenario: a map with keys 0 to @entries - 1, and then an operation, which
 * makes some allocations.
 */
struct scenario {
	const char *name;
	u32 value_size;
	u64 reserve;
	u32 entries;
	gomap_kunit_hash_fn *hash;
	int (*operation)(struct gomap *map);
	/* That the operation adds. */
	u32 added;
	/*
	 * What happens at each allocation, in order: 'E' is -ENOMEM, '-' is
	 * done without.
	 */
	const char *allocations;
};

static int insert(struct gomap *map)
{
	return gomap_kunit_put(map, 100, 7, GOMAP_INSERT_NEW);
}

static int overwrite(struct gomap *map)
{
	return gomap_kunit_put(map, 0, 7, GOMAP_INSERT_EXISTING);
}

static int delete_and_insert(struct gomap *map)
{
	return gomap_kunit_del(map, 1) ?: gomap_kunit_put(map, 1, 7, 0);
}

static const struct scenario scenarios[] = {
	/* A table, its heads. */
	{ "first insert", 8, 0, 0, NULL, insert, 1, "EE" },
	/* And an entry. */
	{ "first insert of an entry", 200, 0, 0, NULL, insert, 1, "EEE" },
	{ "insert into a hole", 8, 0, 7, NULL, insert, 1, "" },
	{ "insert of an entry into a hole", 200, 0, 7, NULL, insert, 1, "E" },
	{ "overwrite", 8, 0, 7, NULL, overwrite, 0, "" },
	{ "overwrite of an entry", 200, 0, 7, NULL, overwrite, 0, "E" },
	{ "delete and insert", 8, 0, 7, NULL, delete_and_insert, 0, "" },
	/* A chunk, a leaf. */
	{ "first overflow bucket", 8, 26, 8, gomap_kunit_hash_constant, insert,
	  1, "EE" },
	{ "first overflow bucket for an entry", 200, 26, 8,
	  gomap_kunit_hash_constant, insert, 1, "EEE" },
	{ "second overflow bucket", 8, 26, 16, gomap_kunit_hash_constant,
	  insert, 1, "" },
	/* Overflow buckets 1 to 7 are a chunk, and there is a leaf. */
	{ "overflow bucket in a new chunk", 8, 104, 64,
	  gomap_kunit_hash_constant, insert, 1, "E" },
	/*
	 * A second table and its heads, or else a chunk and a leaf for the
	 * first one; then no successor, as the map would be larger.
	 */
	{ "ninth insert", 8, 0, 8, NULL, insert, 1, "--" },
	{ "growth by an insert", 8, 13, 13, NULL, insert, 1, "--" },
};

static void scenario_name(const struct scenario *scenario, char *name)
{
	strscpy(name, scenario->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(scenario, scenarios, scenario_name);

static struct gomap *set_up(struct kunit *test, const struct scenario *scenario)
{
	const struct gomap_params params = {
		.key_size = 8,
		.value_size = scenario->value_size,
		.reserve = scenario->reserve,
	};
	struct gomap *map;
	u64 key;

	gomap_kunit_fail_none(test);
	map = gomap_kunit_create(test, &params);
	map->test_hash = scenario->hash;
	gomap_kunit_hold_worker(map);
	for (key = 0; key < scenario->entries; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	return map;
}

static void expect_keys(struct kunit *test, struct gomap *map, u32 entries)
{
	u64 key, value;

	for (key = 0; key < entries; key++) {
		KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, key, &value), 0);
		KUNIT_EXPECT_EQ(test, value, ~key);
	}
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 100, &value), -ENOENT);
}

/* True if an allocation failed. */
static bool try_without(struct kunit *test, const struct scenario *scenario,
			u32 number)
{
	struct gomap *map = set_up(test, scenario);
	char expected = scenario->allocations[number];
	bool failed;
	int ret;

	gomap_kunit_fail_one(test, number);
	ret = scenario->operation(map);
	failed = gomap_kunit_failed(test);
	gomap_kunit_fail_none(test);

	KUNIT_EXPECT_EQ_MSG(test, failed, expected != 0, "allocation %u",
			    number);
	KUNIT_EXPECT_EQ_MSG(test, ret, expected == 'E' ? -ENOMEM : 0,
			    "allocation %u", number);
	if (ret) {
		expect_keys(test, map, scenario->entries);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, scenario->entries);
		KUNIT_EXPECT_EQ(test, scenario->operation(map), 0);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map,
				 scenario->entries + scenario->added);
	gomap_kunit_destroy(test, map);
	return failed;
}

static void failed_operation_changes_nothing(struct kunit *test)
{
	const struct scenario *scenario = test->param_value;
	u32 number = 0;

	while (try_without(test, scenario, number))
		number++;
	KUNIT_EXPECT_EQ(test, number, strlen(scenario->allocations));
	gomap_kunit_expect_no_leak(test);
}

/* Growth by an insert, and overflow buckets instead, and not even those. */
static void full_table_without_memory_takes_no_entry(struct kunit *test)
{
	const struct scenario scenario = { .value_size = 8, .entries = 8 };
	struct gomap *map = set_up(test, &scenario);

	gomap_kunit_fail_all(test);
	KUNIT_EXPECT_EQ(test, insert(map), -ENOMEM);
	KUNIT_EXPECT_EQ(test, insert(map), -ENOMEM);
	gomap_kunit_fail_none(test);
	expect_keys(test, map, 8);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 8);
	KUNIT_EXPECT_EQ(test, insert(map), 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 9);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

static void create_without_memory_makes_no_map(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = 26,
	};
	struct gomap *map;
	u32 number;

	/* The table, its heads. */
	for (number = 0; number < 2; number++) {
		gomap_kunit_fail_one(test, number);
		map = gomap_create(&params);
		KUNIT_EXPECT_PTR_EQ(test, map, ERR_PTR(-ENOMEM));
		KUNIT_EXPECT_EQ(test, gomap_kunit_failed(test), 1);
	}
	gomap_kunit_fail_one(test, number);
	map = gomap_create(&params);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_failed(test), 0);
	gomap_destroy(map);
	gomap_kunit_expect_no_leak(test);
}

/* What readers and deletes do needs no memory, growing or not. */
static void lookups_and_deletes_need_no_memory(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 200, .reserve = 26, .entries = 26,
		.hash = gomap_kunit_hash_constant,
	};
	struct gomap *map = set_up(test, &scenario);
	u64 value;
	u32 key;

	gomap_kunit_attach(test, map, 3);
	gomap_kunit_fail_all(test);
	expect_keys(test, map, 26);
	for (key = 0; key < 26; key++) {
		KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, key), 0);
		KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, key, &value),
				-ENOENT);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, 25 - key);
	}
	gomap_kunit_fail_none(test);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

/*
 * A chain of three whose entries need overflow buckets in the new table, which
 * there is no memory for: it stays, and is changed where it is.
 */
static void writers_use_a_chain_that_cannot_move(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 26, .entries = 20,
		.hash = gomap_kunit_hash_constant,
	};
	struct gomap *map = set_up(test, &scenario);
	struct gomap_table *table = gomap_kunit_table(map);
	struct gomap_bucket *head = gomap_head_at(table, 0);
	u64 value;

	gomap_kunit_attach(test, map, 3);
	gomap_kunit_fail_all(test);
	KUNIT_EXPECT_EQ(test, gomap_evacuate(map, table, 0, GFP_KERNEL),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 100, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 100, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 100, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 2);
	KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 100), 0);
	KUNIT_EXPECT_FALSE(test, gomap_is_evacuated(head));
	expect_keys(test, map, 20);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 20);

	/* There is memory again. */
	gomap_kunit_fail_none(test);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 100, 3, 0), 0);
	KUNIT_EXPECT_TRUE(test, gomap_is_evacuated(head));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 21);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

/* Each allocation that the worker makes on its way from 4 to 8 buckets. */
static void worker_without_memory_tries_again(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 26, .entries = 26,
		.hash = gomap_kunit_hash_constant,
	};
	struct gomap *map;
	bool failed, attached;
	u32 number = 0;

	do {
		map = set_up(test, &scenario);
		/* No successor by the insert, for want of memory. */
		gomap_kunit_fail_one(test, 0);
		KUNIT_ASSERT_EQ(test, insert(map), 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_failed(test), 1);
		KUNIT_ASSERT_NULL(test,
				  gomap_kunit_next(gomap_kunit_table(map)));

		gomap_kunit_fail_one(test, number);
		cancel_delayed_work_sync(&map->grow_work);
		gomap_grow_worker(&map->grow_work.work);
		failed = gomap_kunit_failed(test);
		attached = gomap_kunit_next(gomap_kunit_table(map));
		/* It has left a note to come again, if there is work left. */
		KUNIT_EXPECT_EQ(test, delayed_work_pending(&map->grow_work),
				attached);
		KUNIT_EXPECT_EQ(test, map->grow_delay != 0, failed);
		/* Table, heads, chunk, leaf. The latter two for the move. */
		KUNIT_EXPECT_EQ(test, attached, number == 2 || number == 3);
		gomap_kunit_hold_worker(map);
		gomap_kunit_fail_none(test);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, 27);

		gomap_kunit_run_worker(map);
		KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 8);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, 27);
		gomap_kunit_destroy(test, map);
		number++;
	} while (failed);
	KUNIT_EXPECT_EQ(test, number, 5);
	gomap_kunit_expect_no_leak(test);
}

/*
 * The map should grow and couldn't, until this key's chain is full, and no more
 * is known of that: whoever tries that key again and again must succeed at last.
 */
static void insert_without_room_asks_for_growth(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 26, .entries = 26,
		.hash = gomap_kunit_hash_constant,
	};
	struct gomap *map = set_up(test, &scenario);
	u64 key = 26;

	gomap_kunit_fail_all(test);
	while (!gomap_kunit_put(map, key, ~key, 0))
		key++;
	cancel_delayed_work_sync(&map->grow_work);
	/* As after a failure, but long enough to be seen. */
	map->grow_delay = 1000 * HZ;
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, ~key, 0), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&map->grow_work));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, key);

	/* There is memory again. */
	gomap_kunit_hold_worker(map);
	gomap_kunit_fail_none(test);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_GT(test, gomap_kunit_buckets(map), 4);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, key + 1);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

/*
 * No lack of memory: the worker comes late, and a table has no place for another
 * overflow bucket. It is too large for inserts to make another one themselves.
 */
static void insert_waits_for_a_table_that_is_late(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 104, .entries = 26,
		.hash = gomap_kunit_hash_constant,
	};
	struct gomap *map = set_up(test, &scenario);
	u64 key = 26;

	/* So that it doesn't take long. */
	gomap_kunit_table(map)->nr_leaves = 1;
	/* Nobody waits for a worker that has no memory and isn't due yet. */
	while (!gomap_kunit_put(map, key, ~key, 0))
		key++;
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 16);
	WRITE_ONCE(map->grow_delay, 0);
	cancel_delayed_work_sync(&map->grow_work);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_GT(test, gomap_kunit_buckets(map), 16);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, key + 1);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE_PARAM(failed_operation_changes_nothing, scenario_gen_params),
	KUNIT_CASE(full_table_without_memory_takes_no_entry),
	KUNIT_CASE(create_without_memory_makes_no_map),
	KUNIT_CASE(lookups_and_deletes_need_no_memory),
	KUNIT_CASE(writers_use_a_chain_that_cannot_move),
	KUNIT_CASE(worker_without_memory_tries_again),
	KUNIT_CASE(insert_without_room_asks_for_growth),
	KUNIT_CASE(insert_waits_for_a_table_that_is_late),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "gomap_fault",
	.suite_init = gomap_kunit_allocator_suite_init,
	.suite_exit = gomap_kunit_allocator_suite_exit,
	.init = gomap_kunit_allocator_init,
	.test_cases = fault_cases,
};

kunit_test_suites(&fault_suite);
