// SPDX-License-Identifier: GPL-2.0-only
/*
 * No memory: each allocation of each operation fails once. The operation then
 * says -ENOMEM and has changed nothing, or does without; later it succeeds; and
 * nothing is lost.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/gomap.h>
#include <linux/hex.h>
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
	return gomap_reserve(map, 104);
}

static int shrink(struct gomap *map)
{
	return gomap_shrink(map);
}

/*
 * Buckets are 144 bytes for values of 8 bytes, and 80 for entries. Then a block of
 * 1, 4, 8 and 16 heads has 3, 7, 7 and 7 of them, or 6 for entries.
 */
static const struct scenario scenarios[] = {
	/* A table, a node, a block. */
	{ "first insert", 8, 0, 0, NULL, insert, 1, "EEE" },
	/* And an entry. */
	{ "first insert of an entry", 200, 0, 0, NULL, insert, 1, "EEEE" },
	{ "insert into a hole", 8, 0, 7, NULL, insert, 1, "" },
	{ "insert of an entry into a hole", 200, 0, 7, NULL, insert, 1, "E" },
	{ "overwrite", 8, 0, 7, NULL, overwrite, 0, "" },
	{ "overwrite of an entry", 200, 0, 7, NULL, overwrite, 0, "E" },
	{ "delete and insert", 8, 0, 7, NULL, delete_and_insert, 0, "" },
	/* It lies behind the heads, in their block. */
	{ "first overflow bucket", 8, 26, 8, gomap_kunit_hash_constant, insert,
	  1, "" },
	/* 16 heads and 5 overflow buckets fill 3 blocks. */
	{ "overflow bucket in a new block", 8, 104, 48,
	  gomap_kunit_hash_constant, insert, 1, "E" },
	/* 16 heads and 2 overflow buckets do. */
	{ "overflow bucket in a new block, for an entry", 200, 104, 24,
	  gomap_kunit_hash_constant, insert, 1, "EE" },
	/* A second table, after the insert. */
	/* A table with a node and a block, or a bucket of the first table's block. */
	{ "ninth insert", 8, 0, 8, NULL, insert, 1, "---" },
	{ "growth by an insert", 8, 13, 13, NULL, insert, 1, "-" },
	/*
	 * Buckets of 976 bytes: each has a block of its own. A second table, for
	 * which the only chain needs a node and two blocks; or a block for an
	 * overflow bucket in the first one.
	 */
	{ "ninth insert, where a bucket is a block", 112, 0, 8, NULL, insert, 1,
	  "----" },
	/* A table, a node, 3 blocks. */
	{ "first reserve", 8, 0, 0, NULL, reserve, 0, "EEEEE" },
	/*
	 * By way of 8 heads. A table, a node, and a block for 7 heads and one
	 * for the eighth and 3 overflow buckets; a table, a node, and 3 blocks.
	 */
	{ "reserve of another table", 8, 26, 26, gomap_kunit_hash_constant,
	  reserve, 0, "EEEEEEEEE" },
	/*
	 * To 8 heads: a table, a node, and as each entry could need a bucket
	 * more, 2 blocks; to 4, 2 and 1: a table, a node and a block each.
	 */
	{ "shrink", 8, 104, 2, gomap_kunit_hash_constant, shrink, 0,
	  "EEEEEEEEEEEEE" },
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
	/* The table is there; it may be left for a smaller one. */
	if (scenario->operation == shrink)
		map->reserve = 0;
	for (key = 0; key < scenario->entries; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	return map;
}

static void put(struct kunit *test, struct gomap *map, u64 first, u64 end)
{
	u64 key;

	for (key = first; key < end; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
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

/* Moves that no operation ends are ended by the worker. */
static void expect_asked_for_worker(struct kunit *test, struct gomap *map)
{
	struct gomap_table *table = gomap_kunit_table(map);

	if (table && gomap_kunit_next(table))
		KUNIT_EXPECT_TRUE(test, delayed_work_pending(&map->grow_work));
}

static void expect_end(struct kunit *test, struct gomap *map, u32 entries)
{
	expect_asked_for_worker(test, map);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, entries);
}

/* True if an allocation failed. */
static bool try_without(struct kunit *test, const struct scenario *scenario,
			u32 number)
{
	struct gomap *map = set_up(test, scenario);
	char expected = scenario->allocations[number];
	u64 reserved = map->reserve;
	bool failed;
	int ret;

	gomap_kunit_hold_worker(map);
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
		KUNIT_EXPECT_EQ(test, map->reserve, reserved);
		expect_asked_for_worker(test, map);
		KUNIT_EXPECT_EQ(test, scenario->operation(map), 0);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map,
				 scenario->entries + scenario->added);
	/* The worker makes up for it, if it is still due. */
	expect_end(test, map, scenario->entries + scenario->added);
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

static void delete_all(void *context)
{
	struct gomap *map = context;
	u64 key;

	for (key = 0; key < 104; key++)
		WARN_ON(gomap_kunit_del(map, key));
}

/*
 * Deletes are over before the reserve is out of memory. They saw the larger number
 * that was to be reserved, and there are no more of them.
 */
static void emptied_map_shrinks_after_a_reserve_that_failed(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 104, .entries = 104,
	};
	struct gomap *map = set_up(test, &scenario);

	KUNIT_ASSERT_EQ(test, gomap_reserve(map, 0), 0);
	gomap_kunit_hold_worker(map);
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 16);
	gomap_kunit_meanwhile(test, 0, delete_all, map);
	gomap_kunit_also_fail(test, 0, 0);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 1000), -ENOMEM);
	KUNIT_EXPECT_EQ(test, gomap_len(map), 0);
	gomap_kunit_fail_none(test);

	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&map->grow_work));
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

/* An insert had no memory for it either, and there are no more of them. */
static void map_grows_after_a_reserve_that_failed(struct kunit *test)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 26, .entries = 26,
		.hash = gomap_kunit_hash_key,
	};
	struct gomap *map = set_up(test, &scenario);

	gomap_kunit_fail_all(test);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 26, ~26ULL, 0), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 4);
	gomap_kunit_hold_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 1000), -ENOMEM);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 4);
	gomap_kunit_fail_none(test);

	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&map->grow_work));
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 8);
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
 * Into a map without a table: the first key wants a table, a node, a block and an
 * entry, each other an entry. Those before the one that fails are there, and those after
 * it if the batch isn't to stop.
 */
static void batch_misses_the_key_without_memory(struct kunit *test)
{
	const struct scenario scenario = { .value_size = 200 };
	static const u32 wanted_by[] = { 0, 0, 0, 0, 1, 2, ITEMS };
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

/* Neither a table for the ninth, nor an overflow bucket instead. */
static void full_table_without_memory_takes_no_entry(struct kunit *test)
{
	const struct scenario scenario = { .value_size = 112, .entries = 8 };
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

static void insert_into_a_full_map_asks_for_no_memory(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 112, .max_entries = 8,
	};
	struct gomap *map = gomap_kunit_create(test, &params);

	gomap_kunit_hold_worker(map);
	put(test, map, 0, 8);
	gomap_kunit_fail_all(test);
	KUNIT_EXPECT_EQ(test, insert(map), -ENOSPC);
	KUNIT_EXPECT_EQ(test, gomap_kunit_failed(test), 0);
	gomap_kunit_fail_none(test);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 8);
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

	/* The table, a node, a block. */
	for (number = 0; number < 3; number++) {
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
	struct gomap_bucket *head = gomap_bucket_at(table, 0);
	u64 value;

	gomap_kunit_attach(test, map, 3);
	gomap_kunit_fail_all(test);
	KUNIT_EXPECT_EQ(test, gomap_evacuate_now(map, table, 0, GFP_KERNEL),
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
	 * a hexadecimal digit the chain of that number.
	 */
	const char *allocations;
	/* What comes of the move. */
	u64 buckets;
	u64 overflow_buckets;
};

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

/* 2 overflow buckets in 8 chains and one in a ninth, where there are 16 heads. */
static void use_many_chains(struct kunit *test, struct gomap *map)
{
	u64 first;

	for (first = 48; first < 8 * 24; first += 24) {
		put(test, map, first, first + 24);
		del(test, map, first, first + 24);
	}
	/* A block for the last one, and a successor then. */
	gomap_kunit_fail_one(test, 1);
	put(test, map, first, first + 9);
	KUNIT_ASSERT_EQ(test, gomap_kunit_failed(test), 1);
	del(test, map, first, first + 9);
}

static u64 hash_by_24(const void *data, size_t len)
{
	return *(const u64 *)data / 24;
}

/*
 * Buckets of 976 bytes: a block of 8 heads has 2 of them, and one of 16 heads 4.
 * The first move of all needs a node, too. What becomes of entries in their
 * chains, and the blocks that are asked for:
 *
 *   growth    chain 0: 27             -->  chain 0: 8 8 8 3
 *                                          blocks of 0, of 4, of 8, 9, of 10
 *             chain 2                 -->  blocks of 2, of 6
 *
 *   shrink    chain 0: 13             -->  chain 0: 8 5
 *                                          blocks of 0, of 8, 9
 *             chains 2, 4, 6          -->  their blocks
 *             chain 8: 12             -->  chain 0: 8 8 8 1
 *                                          block of 10
 *
 *             A chain asks for as many overflow buckets as it would need if the
 *             shared one were full: 2, of which the first leaves 1.
 *
 *   rebuild   chain 0: 24 in 8 8 8    -->  chain 0: 8 8 8
 *                                          blocks of 0, of 16, 17
 *             chain 1: 24 in 8 8 8    -->  chain 1: 8 8 8
 *             chains 4, 8, 12         -->  their blocks
 */
static const struct due dues[] = {
	{ "growth from 4 to 8 buckets",
	  { .reserve = 26, .entries = 26, .hash = gomap_kunit_hash_constant },
	  insert_too_many, 27, "-0000022", 8, 3 },
	{ "shrink from 16 to 8 buckets",
	  { .entries = 25, .hash = hash_by_parity },
	  delete_most, 25, "-0002468", 8, 3 },
	{ "rebuild of 16 buckets",
	  { .reserve = 104, .entries = 48, .hash = hash_by_24 },
	  use_many_chains, 48, "-00048c", 16, 4 },
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

	start.value_size = 112;
	map = set_up(test, &start);
	due->come_about(test, map);
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
	for (number = 0; number < gomap_nr_heads(table); number++)
		KUNIT_EXPECT_EQ(test,
				gomap_is_evacuated(gomap_bucket_at(table, number)),
				attached && number < hex_to_bin(wanted));
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
 * Room
 */

/* All blocks are there that inserts can get overflow buckets from. */
static void have_overflow_blocks(struct kunit *test, struct gomap_table *table)
{
	struct gomap_stock stock = {};
	u32 list;
	int ret;

	do {
		local_bh_disable();
		ret = gomap_table_prepare(table, 0, 0, table->insert_max, &list,
					  &stock);
		gomap_overflow_return(table, list);
		local_bh_enable();
	} while (ret == -EAGAIN &&
		 !(ret = gomap_stock_fill(table->map, &stock, GFP_KERNEL)));
	KUNIT_ASSERT_EQ(test, ret, 0);
	gomap_stock_empty(table->map, &stock);
}

/*
 * A table of 2^@log2 heads with overflow buckets for as many keys as it takes
 * without a successor. The first key, counted from 0, for which there is none.
 */
static u64 fill_table(struct kunit *test, struct gomap **map, u32 log2,
		      gomap_kunit_hash_fn *hash)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = gomap_grow_above(log2),
		.hash = hash,
	};
	u64 key = 0;
	int ret;

	*map = set_up(test, &scenario);
	have_overflow_blocks(test, gomap_kunit_table(*map));
	gomap_kunit_fail_all(test);
	while (!(ret = gomap_kunit_put(*map, key, ~key, 0)))
		key++;
	KUNIT_ASSERT_EQ(test, ret, -ENOMEM);
	gomap_kunit_fail_none(test);
	return key;
}

static void expect_all(struct kunit *test, struct gomap *map, u64 entries)
{
	u64 key, value = 0;

	for (key = 0; key < entries; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, key, &value), 0);
		KUNIT_ASSERT_EQ(test, value, ~key);
	}
	KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, key, &value), -ENOENT);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, entries);
}

static void expect_insert_and_growth(struct kunit *test, struct gomap *map,
				     u64 key)
{
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	expect_all(test, map, key + 1);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->log2,
			gomap_log2_for(key + 1));
	expect_all(test, map, key + 1);
}

/* Two overflow buckets for each head, and eight. */
static const struct {
	u32 log2;
	gomap_kunit_hash_fn *hash;
	u32 overflow_buckets;
	/* When the first key finds none. */
	u64 least, most;
} full_tables[] = {
	/* One chain takes them all. */
	{ 0, NULL, 10, 88, 88 },
	{ 1, gomap_kunit_hash_constant, 12, 104, 104 },
	/* Keys are spread evenly, and so are their overflow buckets. */
	{ 8, gomap_kunit_hash_key, 520, 256 * 24, 256 * 24 + 64 },
	/* Three times as many keys as the table is for, at the least. */
	{ 8, NULL, 520, 3 * 1664, 4 * 1664 },
};

static void table_without_a_successor_takes_so_many_keys(struct kunit *test)
{
	struct gomap *map;
	u64 key;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(full_tables); i++) {
		key = fill_table(test, &map, full_tables[i].log2,
				 full_tables[i].hash);
		KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->log2,
				full_tables[i].log2);
		KUNIT_EXPECT_EQ(test,
				gomap_table_overflow_buckets(gomap_kunit_table(map)),
				full_tables[i].overflow_buckets);
		KUNIT_EXPECT_GE(test, key, full_tables[i].least);
		KUNIT_EXPECT_LE(test, key, full_tables[i].most);
		expect_all(test, map, key);

		/* There is memory again. */
		expect_insert_and_growth(test, map, key);
		gomap_kunit_destroy(test, map);
	}
	gomap_kunit_expect_no_leak(test);
}

/*
 * It couldn't attach a table itself. The worker does when it can, even if the same
 * key is tried again and again until then, and no other.
 */
static void insert_without_room_asks_for_growth(struct kunit *test)
{
	struct gomap *map;
	u64 key = fill_table(test, &map, 2, gomap_kunit_hash_constant);

	gomap_kunit_hold_worker(map);
	gomap_kunit_fail_all(test);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, ~key, 0), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&map->grow_work));
	expect_all(test, map, key);

	/* There is memory again. */
	gomap_kunit_fail_none(test);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->log2,
			gomap_log2_for(key));
	expect_insert_and_growth(test, map, key);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

/*
 * One key more than a table takes, while one or all allocations fail from some
 * number on. With @stuck there is a successor to which no chain has moved. True if
 * one failed.
 */
static bool try_without_room(struct kunit *test, bool stuck, u32 number,
			     bool all)
{
	struct gomap *map;
	u64 key = fill_table(test, &map, 2, NULL);
	bool failed;
	int ret;

	if (stuck)
		gomap_kunit_attach(test, map, 3);
	gomap_kunit_hold_worker(map);
	if (all)
		gomap_kunit_fail_from(test, number);
	else
		gomap_kunit_fail_one(test, number);
	ret = gomap_kunit_put(map, key, ~key, 0);
	failed = gomap_kunit_failed(test);
	gomap_kunit_fail_none(test);

	/* A second attempt may wait for memory, and needs no more than the first. */
	if (!all)
		KUNIT_EXPECT_EQ_MSG(test, ret, 0, "allocation %u", number);
	if (all && !number)
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
	if (ret) {
		KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		KUNIT_EXPECT_TRUE(test, failed);
		expect_all(test, map, key);
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	}
	expect_all(test, map, key + 1);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->log2,
			gomap_log2_for(key + 1));
	expect_all(test, map, key + 1);
	gomap_kunit_destroy(test, map);
	return failed;
}

static void try_all_without_room(struct kunit *test, bool stuck)
{
	u32 number, all;

	for (all = 0; all < 2; all++) {
		number = 0;
		while (try_without_room(test, stuck, number, all))
			number++;
		/* Its chain needs a node, two blocks and overflow buckets. */
		KUNIT_EXPECT_GE(test, number, stuck ? 4 : 5);
	}
	gomap_kunit_expect_no_leak(test);
}

static void insert_makes_room_where_it_can(struct kunit *test)
{
	try_all_without_room(test, false);
}

static void insert_makes_room_where_a_move_is_stuck(struct kunit *test)
{
	try_all_without_room(test, true);
}

/* There is memory for an insert that waits for it. */
static void insert_that_may_sleep_makes_room(struct kunit *test)
{
	struct gomap *map;
	u32 stuck;
	u64 key;

	for (stuck = 0; stuck < 2; stuck++) {
		key = fill_table(test, &map, 2, gomap_kunit_hash_constant);
		if (stuck)
			gomap_kunit_attach(test, map, 3);
		gomap_kunit_fail_nowait(test);
		KUNIT_EXPECT_EQ(test, gomap_insert(map, &key, 8, &key, 8, 0,
						   GFP_ATOMIC), -ENOMEM);
		expect_all(test, map, key);
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
		gomap_kunit_fail_none(test);
		expect_all(test, map, key + 1);
		gomap_kunit_destroy(test, map);
	}
	gomap_kunit_expect_no_leak(test);
}

/*
 * 8 heads. Chain 1 has had all overflow buckets, and is empty:
 *
 *   0: [8]    1: [0] -> [0] -> ... -> [0]    2 and up: [8] or [0]
 *
 * The ninth key of chain 0 finds none, among @others in chain 2.
 */
static void insert_into_full_chain(struct kunit *test, u32 others,
				   u32 log2_then)
{
	const struct scenario scenario = {
		.value_size = 8, .reserve = 52, .hash = gomap_kunit_hash_key,
	};
	struct gomap *map = set_up(test, &scenario);
	struct gomap_table *table = gomap_kunit_table(map);
	u32 entries = 8 + others;
	u64 key;

	map->reserve = 0;
	have_overflow_blocks(test, table);
	gomap_kunit_fail_all(test);
	for (key = 0; key < 8 * 25; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 8 * key + 1, 0, 0),
				0);
	for (key = 0; key < 8 * 25; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, 8 * key + 1), 0);
	for (key = 0; key < 8; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 8 * key, 0, 0), 0);
	for (key = 0; key < others; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 8 * key + 2, 0, 0),
				0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 64, 0, 0), -ENOMEM);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, entries);

	gomap_kunit_fail_none(test);
	gomap_kunit_hold_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 64, 0, 0), 0);
	KUNIT_ASSERT_PTR_EQ(test, gomap_kunit_table(map), table);
	KUNIT_ASSERT_NOT_NULL(test, gomap_kunit_next(table));
	KUNIT_EXPECT_EQ(test, gomap_kunit_next(table)->log2, 3);
	expect_end(test, map, entries + 1);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->log2, log2_then);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

/*
 * 4 heads would do. But to join chains takes counting them first, which the worker
 * does.
 */
static void insert_makes_room_without_joining_chains(struct kunit *test)
{
	insert_into_full_chain(test, 0, 2);
}

/* There need be no more operations, and nothing else asks for the worker. */
static void insert_that_makes_room_asks_for_the_worker(struct kunit *test)
{
	insert_into_full_chain(test, 8, 3);
}

/*
 * 4 heads with 40 keys each, which is all that the table takes, and a successor of
 * which inserts take all that they can get, as soon as chain 0 is there.
 */
static void full_successor_takes_all_chains(struct kunit *test)
{
	struct gomap *map;
	struct gomap_table *next;
	u64 key = fill_table(test, &map, 2, gomap_kunit_hash_key), last = 160;

	KUNIT_ASSERT_EQ(test, key, 160);
	next = gomap_kunit_attach(test, map, 2);
	gomap_kunit_evacuate(test, map, 0);
	/* No other chain moves with an insert. */
	atomic_set(&gomap_kunit_table(map)->help_from, 0);
	while (!gomap_kunit_put(map, last, ~last, 0)) {
		last += 4;
		key++;
	}
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(next), 16);
	KUNIT_EXPECT_EQ(test, key, 160 + 12 * 8);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_next(gomap_kunit_table(map)),
			    next);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, key);

	gomap_kunit_end_move(test, map);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(map), next);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(next), 16 + 12);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, key);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, last, ~last, 0), 0);
	gomap_kunit_run_worker(map);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, key + 1);
	gomap_kunit_destroy(test, map);
	gomap_kunit_expect_no_leak(test);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE_PARAM(failed_operation_changes_nothing, scenario_gen_params),
	KUNIT_CASE(emptied_map_shrinks_after_a_reserve_that_failed),
	KUNIT_CASE(map_grows_after_a_reserve_that_failed),
	KUNIT_CASE(batch_misses_the_key_without_memory),
	KUNIT_CASE(full_table_without_memory_takes_no_entry),
	KUNIT_CASE(insert_into_a_full_map_asks_for_no_memory),
	KUNIT_CASE(create_without_memory_makes_no_map),
	KUNIT_CASE(lookups_and_deletes_need_no_memory),
	KUNIT_CASE(writers_use_a_chain_that_cannot_move),
	KUNIT_CASE_PARAM(worker_without_memory_tries_again, due_gen_params),
	KUNIT_CASE(table_without_a_successor_takes_so_many_keys),
	KUNIT_CASE(insert_without_room_asks_for_growth),
	KUNIT_CASE(insert_makes_room_where_it_can),
	KUNIT_CASE(insert_makes_room_where_a_move_is_stuck),
	KUNIT_CASE(insert_that_may_sleep_makes_room),
	KUNIT_CASE(insert_makes_room_without_joining_chains),
	KUNIT_CASE(insert_that_makes_room_asks_for_the_worker),
	KUNIT_CASE(full_successor_takes_all_chains),
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
