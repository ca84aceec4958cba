// SPDX-License-Identifier: GPL-2.0-only
/*
 * No memory: each allocation of each operation fails once. The operation then
 * says -ENOMEM and has changed nothing, or does without; later it succeeds; and
 * nothing is lost.
 */
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/gomap.h>
#include <linux/sched.h>
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

static int reserve(struct gomap *map)
{
	return gomap_kunit_reserve(kunit_get_current_test(), map, 104);
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
	{ "first reserve", 8, 0, 0, NULL, reserve, 0, "EE" },
	/*
	 * A second table and its heads are room enough. A chunk and a leaf, to
	 * move what is in the first one, the worker gets when it can.
	 */
	{ "reserve of another table", 8, 26, 26, gomap_kunit_hash_constant,
	  reserve, 0, "EE--" },
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
		KUNIT_EXPECT_EQ(test, map->reserve, scenario->reserve);
		KUNIT_EXPECT_EQ(test, scenario->operation(map), 0);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map,
				 scenario->entries + scenario->added);
	/* What was done without is made up for, if it is still due. */
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
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

/* Whose allocations are the worker's; written while no worker runs. */
static struct kunit *waiting;

/*
 * Deletes are over before the worker that a reserve waits for is out of memory.
 * They saw what was to be reserved, and nobody deletes again. When the worker runs
 * once more there is memory.
 *
 * This stays the work's function while it runs: a flush asks who executes the work
 * with the function that it has now (find_worker_executing_work()), and else takes
 * it for idle.
 */
static void delete_and_work_for_test(struct work_struct *work)
{
	struct gomap *map = container_of(to_delayed_work(work), struct gomap,
					 grow_work);
	u64 key;

	if (gomap_len(map)) {
		for (key = 0; key < 104; key++)
			KUNIT_EXPECT_EQ(waiting, gomap_kunit_del(map, key), 0);
		current->kunit_test = waiting;
	}
	gomap_grow_worker(work);
	current->kunit_test = NULL;
}

static void emptied_map_shrinks_after_a_reserve_that_failed(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 104, .entries = 104,
	};
	struct gomap *map = set_up(test, &scenario);

	KUNIT_ASSERT_EQ(test, gomap_reserve(map, 0), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 16);
	waiting = test;
	map->grow_work.work.func = delete_and_work_for_test;
	gomap_kunit_fail_all(test);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 1000), -ENOMEM);
	gomap_kunit_fail_none(test);

	gomap_kunit_settle(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

/* There is memory for what 27 entries need, but not for what is to be reserved. */
static void work_with_little_memory_for_test(struct work_struct *work)
{
	struct gomap *map = container_of(to_delayed_work(work), struct gomap,
					 grow_work);

	current->kunit_test = waiting;
	if (map->reserve == 1000)
		gomap_kunit_fail_all(waiting);
	else
		gomap_kunit_fail_none(waiting);
	gomap_grow_worker(work);
	current->kunit_test = NULL;
}

/* Not some time after each, as then nobody grows while they are repeated. */
static void map_has_grown_when_a_reserve_has_failed(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 26, .entries = 26,
	};
	struct gomap *map = set_up(test, &scenario);

	gomap_kunit_fail_all(test);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 26, ~26ULL, 0), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 4);
	waiting = test;
	map->grow_work.work.func = work_with_little_memory_for_test;
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 1000), -ENOMEM);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 8);

	gomap_kunit_hold_worker(map);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 27);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

#define ITEMS 3

/* Keys 0 to 2, with values of 200 bytes; how many are done. */
static u32 insert_batch(struct gomap *map, struct gomap_item *items, bool stop)
{
	u64 keys[ITEMS], values[ITEMS][200 / 8];
	u32 i, word;

	for (i = 0; i < ITEMS; i++) {
		keys[i] = i;
		for (word = 0; word < ARRAY_SIZE(values[i]); word++)
			values[i][word] = ~keys[i];
		items[i] = (struct gomap_item){
			.key = &keys[i],
			.key_len = sizeof(keys[i]),
			.value = values[i],
			.value_len = sizeof(values[i]),
		};
	}
	return gomap_insert_batch(map, items, ITEMS, stop, 0, GFP_KERNEL);
}

/*
 * Into a map without a table: the first key wants a table, its heads and an entry,
 * each other an entry. Those before the one that fails are there, and those after
 * it if the batch isn't to stop.
 */
static void batch_misses_the_key_without_memory(struct kunit *test)
{
	const struct scenario scenario = { .value_size = 200 };
	static const u32 wanted_by[] = { 0, 0, 0, 1, 2, ITEMS };
	struct gomap_item items[ITEMS];
	struct gomap *map;
	u32 number, missed, key, stop;
	u64 value;

	for (number = 0; number < 2 * ARRAY_SIZE(wanted_by); number++) {
		missed = wanted_by[number / 2];
		stop = number % 2;
		map = set_up(test, &scenario);
		gomap_kunit_fail_one(test, number / 2);
		KUNIT_EXPECT_EQ(test, insert_batch(map, items, stop),
				stop ? missed : ITEMS);
		KUNIT_EXPECT_EQ(test, gomap_kunit_failed(test),
				missed < ITEMS);
		gomap_kunit_fail_none(test);
		for (key = 0; key < (stop ? missed : ITEMS); key++) {
			KUNIT_EXPECT_EQ(test, items[key].result,
					key == missed ? -ENOMEM : 0);
			KUNIT_EXPECT_EQ(test,
					gomap_kunit_get(map, key, &value),
					key == missed ? -ENOENT : 0);
		}
		GOMAP_KUNIT_ASSERT_SOUND(test, map,
					 stop ? missed :
					 ITEMS - (missed < ITEMS));

		/* There is memory again. */
		KUNIT_EXPECT_EQ(test, insert_batch(map, items, true), ITEMS);
		expect_keys(test, map, ITEMS);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, ITEMS);
		gomap_kunit_destroy(test, map);
	}
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

/*
 * The worker
 */

/* What makes the worker move a map to another table. */
struct due {
	const char *name;
	struct scenario start;
	void (*come_about)(struct kunit *test, struct gomap *map);
	/* Keys 0 to @entries - 1 are there then. */
	u32 entries;
	/*
	 * What each of the worker's allocations is for: '-' is the successor,
	 * a digit the chain of that number.
	 */
	const char *allocations;
	/* What comes of the move. */
	u64 buckets;
	u64 overflow_buckets;
};

static void put(struct kunit *test, struct gomap *map, u64 first, u64 end)
{
	u64 key;

	for (key = first; key < end; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
}

static void del(struct kunit *test, struct gomap *map, u64 first, u64 end)
{
	u64 key;

	for (key = first; key < end; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key), 0);
}

/* There is no successor by the insert itself, for want of memory. */
static void insert_too_many(struct kunit *test, struct gomap *map)
{
	gomap_kunit_fail_one(test, 0);
	put(test, map, 26, 27);
	KUNIT_ASSERT_EQ(test, gomap_kunit_failed(test), 1);
}

/* 16 heads are for 53 entries, and not for less than 26. */
static void delete_most(struct kunit *test, struct gomap *map)
{
	put(test, map, 25, 53);
	gomap_kunit_run_worker(map);
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 16);
	del(test, map, 25, 53);
}

static u64 hash_by_parity(const void *data, size_t len)
{
	return *(const u64 *)data % 2 * 8;
}

/* 2 overflow buckets in each of 9 chains, where there are 16. */
static void use_many_chains(struct kunit *test, struct gomap *map)
{
	u64 first;

	for (first = 48; first < 9 * 24; first += 24) {
		put(test, map, first, first + 24);
		del(test, map, first, first + 24);
	}
}

static u64 hash_by_24(const void *data, size_t len)
{
	return *(const u64 *)data / 24;
}

/*
 * In the successors a chunk is one overflow bucket, so that each of those is an
 * allocation; the first has a leaf, too. What becomes of entries in their chains:
 *
 *   growth    chain 0: 27             -->  chain 0: 8 8 8 3
 *
 *   shrink    chain 0: 13             -->  chain 0: 8 5
 *             chain 8: 12             -->  chain 0: 8 8 8 1
 *
 *             A chain asks for as many overflow buckets as it would need if the
 *             shared one were full: 2, of which the first leaves 1.
 *
 *   rebuild   chain 0: 24 in 8 8 8    -->  chain 0: 8 8 8
 *             chain 1: 24 in 8 8 8    -->  chain 1: 8 8 8
 *             7 chains: 0 in 0 0 0    -->  7 chains: 0
 */
static const struct due dues[] = {
	{ "growth from 4 to 8 buckets",
	  { .reserve = 26, .entries = 26, .hash = gomap_kunit_hash_constant },
	  insert_too_many, 27, "--0000", 8, 3 },
	{ "shrink from 16 to 8 buckets",
	  { .entries = 25, .hash = hash_by_parity },
	  delete_most, 25, "--0008", 8, 3 },
	{ "rebuild of 16 buckets",
	  { .reserve = 104, .entries = 48, .hash = hash_by_24 },
	  use_many_chains, 48, "--00011", 16, 4 },
};

static void due_name(const struct due *due, char *name)
{
	strscpy(name, due->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(due, dues, due_name);

static struct gomap *set_up_due(struct kunit *test, const struct due *due)
{
	struct scenario start = due->start;
	struct gomap *map;

	start.value_size = 8;
	map = set_up(test, &start);
	due->come_about(test, map);
	map->chunk_buckets = 1;
	gomap_kunit_fail_none(test);
	KUNIT_ASSERT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
	return map;
}

/* Once, as the worker, though in this thread. */
static bool work_once(struct gomap *map)
{
	cancel_delayed_work_sync(&map->grow_work);
	gomap_grow_worker(&map->grow_work.work);
	return cancel_delayed_work_sync(&map->grow_work);
}

/* It has come to what @wanted says, and leaves a note if that isn't a start. */
static void expect_stuck(struct kunit *test, struct gomap *map, char wanted,
			 bool again)
{
	struct gomap_table *table = gomap_kunit_table(map);
	bool attached = gomap_kunit_next(table);
	u32 number;

	KUNIT_EXPECT_EQ(test, attached, wanted != '-');
	KUNIT_EXPECT_EQ(test, again, attached);
	KUNIT_EXPECT_NE(test, map->grow_delay, 0);
	for (number = 0; number < gomap_nr_heads(table); number++)
		KUNIT_EXPECT_EQ(test,
				gomap_is_evacuated(gomap_head_at(table, number)),
				attached && number < wanted - '0');
}

static void expect_moved(struct kunit *test, struct gomap *map,
			 const struct due *due)
{
	struct gomap_stats stats;

	gomap_stats(map, &stats);
	KUNIT_EXPECT_FALSE(test, stats.growing);
	KUNIT_EXPECT_EQ(test, stats.buckets, due->buckets);
	KUNIT_EXPECT_EQ(test, stats.overflow_buckets, due->overflow_buckets);
	expect_keys(test, map, due->entries);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, due->entries);
}

/* True if an allocation failed. */
static bool try_move_without(struct kunit *test, const struct due *due,
			     u32 number)
{
	struct gomap *map = set_up_due(test, due);
	char wanted = due->allocations[number];
	bool again, failed;

	gomap_kunit_fail_one(test, number);
	again = work_once(map);
	failed = gomap_kunit_failed(test);
	KUNIT_EXPECT_EQ_MSG(test, failed, wanted != 0, "allocation %u", number);
	if (failed) {
		expect_stuck(test, map, wanted, again);
		gomap_kunit_hold_worker(map);
		gomap_kunit_fail_none(test);
		expect_keys(test, map, due->entries);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, due->entries);
		again = work_once(map);
	}
	/* There is nothing left to do. */
	KUNIT_EXPECT_FALSE(test, again);
	KUNIT_EXPECT_EQ(test, map->grow_delay, 0);
	expect_moved(test, map, due);
	gomap_kunit_destroy(test, map);
	return failed;
}

static void worker_without_memory_tries_again(struct kunit *test)
{
	const struct due *due = test->param_value;
	u32 number = 0;

	while (try_move_without(test, due, number))
		number++;
	KUNIT_EXPECT_EQ(test, number, strlen(due->allocations));
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
	map->grow_delay = 0;
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
	KUNIT_CASE(emptied_map_shrinks_after_a_reserve_that_failed),
	KUNIT_CASE(map_has_grown_when_a_reserve_has_failed),
	KUNIT_CASE(batch_misses_the_key_without_memory),
	KUNIT_CASE(full_table_without_memory_takes_no_entry),
	KUNIT_CASE(create_without_memory_makes_no_map),
	KUNIT_CASE(lookups_and_deletes_need_no_memory),
	KUNIT_CASE(writers_use_a_chain_that_cannot_move),
	KUNIT_CASE_PARAM(worker_without_memory_tries_again, due_gen_params),
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
