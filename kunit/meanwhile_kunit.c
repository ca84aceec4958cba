// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that are out for memory hold no lock, and when they come back the
 * map may be another one. Here it is: in the middle of an allocation somebody
 * else does what matters most. Nothing of this takes two CPUs or luck.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/gomap.h>
#include <linux/string.h>
#include "../module/core/evacuate.h"
#include "allocator.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

/* The operation is about this one; the map begins with keys from 0. */
#define KEY 100
#define OTHER_KEY 101
#define MINE 7
#define THEIRS 8

struct scene;

struct stage {
	struct kunit *test;
	struct gomap *map;
	const struct scene *scene;
	u32 happened;
};

struct scene {
	const char *name;
	u32 flags;
	u32 value_size;
	u64 reserve;
	u64 max_entries;
	u32 entries;
	gomap_kunit_hash_fn *hash;
	void (*prepare)(struct stage *stage);
	int (*operation)(struct stage *stage);
	/* In which of the operation's allocations, and what; those before fail. */
	u32 when;
	bool after_failures;
	void (*meanwhile)(struct stage *stage);
	/* What the operation returns, and what there is then. */
	int ret;
	u32 entries_then;
	u32 buckets_then;
	u32 overflow_then;
};

/* Operations */

static int insert(struct stage *stage)
{
	return gomap_kunit_put(stage->map, KEY, MINE, 0);
}

static int insert_new(struct stage *stage)
{
	return gomap_kunit_put(stage->map, KEY, MINE, GOMAP_INSERT_NEW);
}

static int overwrite(struct stage *stage)
{
	return gomap_kunit_put(stage->map, 0, MINE, GOMAP_INSERT_EXISTING);
}

static int evacuate(struct stage *stage)
{
	return gomap_evacuate_now(stage->map, gomap_kunit_table(stage->map), 0,
				  GFP_KERNEL);
}

static int work(struct stage *stage)
{
	gomap_kunit_run_worker(stage->map);
	return 0;
}

static int reserve(struct stage *stage)
{
	return gomap_reserve(stage->map, 104);
}

/* What others do */

static void insert_same_key(struct stage *stage)
{
	KUNIT_EXPECT_EQ(stage->test,
			gomap_kunit_put(stage->map, KEY, THEIRS, 0), 0);
}

static void insert_other_key(struct stage *stage)
{
	KUNIT_EXPECT_EQ(stage->test,
			gomap_kunit_put(stage->map, OTHER_KEY, THEIRS, 0), 0);
}

static void delete_a_key(struct stage *stage)
{
	KUNIT_EXPECT_EQ(stage->test, gomap_kunit_del(stage->map, 0), 0);
}

/* The chain can't move as long as it needs memory for that. */
static void delete_all_but_one(struct stage *stage)
{
	u32 key;

	gomap_kunit_fail_all(stage->test);
	for (key = 1; key < stage->scene->entries; key++)
		KUNIT_EXPECT_EQ(stage->test, gomap_kunit_del(stage->map, key),
				0);
}

static void attach_larger(struct stage *stage)
{
	gomap_kunit_attach(stage->test, stage->map,
			   gomap_kunit_table(stage->map)->log2 + 1);
}

/* There and back, as it has too few entries for a larger table. */
static void move_all(struct stage *stage)
{
	attach_larger(stage);
	gomap_kunit_run_worker(stage->map);
}

static void delete_all_and_shrink(struct stage *stage)
{
	KUNIT_EXPECT_EQ(stage->test, gomap_clear(stage->map), 0);
	stage->map->reserve = 0;
	gomap_kunit_run_worker(stage->map);
}

/* 16 heads, for which there are too few entries. */
static void reserve_as_much(struct stage *stage)
{
	gomap_kunit_end_move(stage->test, stage->map);
	attach_larger(stage);
	gomap_kunit_end_move(stage->test, stage->map);
}

static void evacuate_same_chain(struct stage *stage)
{
	KUNIT_EXPECT_EQ(stage->test, evacuate(stage), 0);
}

static void freeze(struct stage *stage)
{
	gomap_freeze(stage->map);
}

/* One entry more than the table is for, and no memory for a successor then. */
static void be_late(struct stage *stage)
{
	gomap_kunit_fail_one(stage->test, 0);
	insert_other_key(stage);
	KUNIT_ASSERT_EQ(stage->test, gomap_kunit_failed(stage->test), 1);
	KUNIT_ASSERT_NULL(stage->test,
			  gomap_kunit_next(gomap_kunit_table(stage->map)));
}

/* One chain has all overflow buckets that the table gives to inserts. */
static void be_full(struct stage *stage)
{
	struct gomap_table *table = gomap_kunit_table(stage->map);
	struct gomap_stock stock = {};
	u64 key = 1000;
	u32 list;
	int ret;

	do {
		local_bh_disable();
		ret = gomap_table_prepare(table, 0, 0, table->insert_max, &list,
					  &stock);
		gomap_overflow_return(table, list);
		local_bh_enable();
	} while (ret == -EAGAIN &&
		 !(ret = gomap_stock_fill(stage->map, &stock, GFP_KERNEL)));
	gomap_stock_empty(stage->map, &stock);
	gomap_kunit_fail_all(stage->test);
	while (!gomap_kunit_put(stage->map, key, THEIRS, 0))
		key++;
	gomap_kunit_fail_none(stage->test);
}

static void be_full_and_moving(struct stage *stage)
{
	be_full(stage);
	attach_larger(stage);
}

/*
 * A full bucket and an insert that is out for a second one. Where values have 112
 * bytes that takes a block.
 *
 *   0: [0 1 2 3 4 5 6 7]     1, 2, 3: []
 */
#define FULL_BUCKET .value_size = 112, .reserve = 26, .entries = 8, \
	.hash = gomap_kunit_hash_constant, .buckets_then = 4

/*
 * 17 full buckets in a chain of a table with 4 heads. An insert there has them
 * moved.
 */
#define FULL_TABLE .value_size = 8, .reserve = 26, \
	.hash = gomap_kunit_hash_constant, .operation = insert, \
	.entries_then = 137, .overflow_then = 17

/* A chain of 20 keys and a successor that needs two overflow buckets for it. */
#define LONG_CHAIN .value_size = 112, .reserve = 26, .entries = 20, \
	.hash = gomap_kunit_hash_constant, .prepare = attach_larger, \
	.operation = evacuate, .buckets_then = 8

static const struct scene scenes[] = {
	{
		.name = "first insert, table: another key",
		.value_size = 8, .operation = insert, .when = 0,
		.meanwhile = insert_other_key,
		.entries_then = 2, .buckets_then = 1,
	}, {
		.name = "first insert, node: same key",
		.value_size = 8, .operation = insert, .when = 1,
		.meanwhile = insert_same_key,
		.entries_then = 1, .buckets_then = 1,
	}, {
		.name = "first insert, block: frozen",
		.value_size = 8, .operation = insert, .when = 2,
		.meanwhile = freeze,
		.ret = -EPERM, .entries_then = 0, .buckets_then = 1,
	}, {
		.name = "insert, block: same key",
		FULL_BUCKET, .operation = insert, .when = 0,
		.meanwhile = insert_same_key,
		.entries_then = 9, .overflow_then = 1,
	}, {
		.name = "insert of a new key, block: same key",
		FULL_BUCKET, .operation = insert_new, .when = 0,
		.meanwhile = insert_same_key,
		.ret = -EEXIST, .entries_then = 9, .overflow_then = 1,
	}, {
		.name = "insert, block: another key in that chain",
		FULL_BUCKET, .operation = insert, .when = 0,
		.meanwhile = insert_other_key,
		.entries_then = 10, .overflow_then = 1,
	}, {
		.name = "insert, block: a hole in that chain",
		FULL_BUCKET, .operation = insert, .when = 0,
		.meanwhile = delete_a_key,
		.entries_then = 8, .overflow_then = 0,
	}, {
		.name = "insert, block: the last entry allowed",
		.value_size = 112, .reserve = 9, .max_entries = 9, .entries = 8,
		.hash = gomap_kunit_hash_constant, .operation = insert,
		.when = 0, .meanwhile = insert_other_key,
		.ret = -ENOSPC, .entries_then = 9, .buckets_then = 2,
		.overflow_then = 1,
	}, {
		.name = "insert, block: frozen",
		FULL_BUCKET, .operation = insert, .when = 0,
		.meanwhile = freeze,
		.ret = -EPERM, .entries_then = 8, .overflow_then = 0,
	}, {
		.name = "insert, block: all has moved",
		FULL_BUCKET, .operation = insert,
		.when = 0, .meanwhile = move_all,
		.entries_then = 9, .overflow_then = 1,
	}, {
		.name = "insert, block: the map begins to move",
		.value_size = 112, .reserve = 26, .entries = 8,
		.hash = gomap_kunit_hash_constant, .operation = insert,
		.when = 0, .meanwhile = attach_larger,
		.entries_then = 9, .buckets_then = 8, .overflow_then = 1,
	}, {
		.name = "insert of an entry, block: a hole",
		.value_size = 200, .reserve = 26, .entries = 24,
		.hash = gomap_kunit_hash_constant, .operation = insert,
		.when = 1, .meanwhile = delete_a_key,
		.entries_then = 24, .buckets_then = 4, .overflow_then = 2,
	}, {
		.name = "insert of a new entry: same key",
		.value_size = 200, .entries = 7, .operation = insert_new,
		.when = 0, .meanwhile = insert_same_key,
		.ret = -EEXIST, .entries_then = 8, .buckets_then = 1,
	}, {
		.name = "insert of an entry: same key",
		.value_size = 200, .entries = 7, .operation = insert,
		.when = 0, .meanwhile = insert_same_key,
		.entries_then = 8, .buckets_then = 1,
	}, {
		.name = "insert of an entry of a word: same key",
		.flags = GOMAP_VAR_KEY, .value_size = 8, .entries = 7,
		.operation = insert, .when = 0, .meanwhile = insert_same_key,
		.entries_then = 8, .buckets_then = 1,
	}, {
		.name = "overwrite of an entry: it goes",
		.value_size = 200, .entries = 7, .operation = overwrite,
		.when = 0, .meanwhile = delete_a_key,
		.ret = -ENOENT, .entries_then = 6, .buckets_then = 1,
	}, {
		/* It has an overflow bucket already. */
		.name = "ninth insert, second table: a tenth",
		.value_size = 8, .entries = 8, .operation = insert,
		.when = 0, .meanwhile = insert_other_key,
		.entries_then = 10, .buckets_then = 2,
	}, {
		.name = "ninth insert, table for it: another ninth",
		.value_size = 112, .entries = 8,
		.hash = gomap_kunit_hash_constant, .operation = insert,
		.when = 0, .meanwhile = insert_other_key,
		.entries_then = 10, .buckets_then = 2, .overflow_then = 1,
	}, {
		.name = "ninth insert, its node: a hole",
		.value_size = 112, .entries = 8,
		.hash = gomap_kunit_hash_constant, .operation = insert,
		.when = 1, .meanwhile = delete_a_key,
		.entries_then = 8, .buckets_then = 2,
	}, {
		.name = "ninth insert, its block: a hole",
		.value_size = 112, .entries = 8,
		.hash = gomap_kunit_hash_constant, .operation = insert,
		.when = 2, .meanwhile = delete_a_key,
		.entries_then = 8, .buckets_then = 2,
	}, {
		.name = "full table, successor: another one",
		FULL_TABLE, .prepare = be_full,
		.when = 0, .meanwhile = attach_larger, .buckets_then = 8,
	}, {
		.name = "full table, successor at last: another one",
		FULL_TABLE, .prepare = be_full, .when = 1,
		.after_failures = true, .meanwhile = attach_larger,
		.buckets_then = 8,
	}, {
		.name = "full table, successor at last: all has moved",
		FULL_TABLE, .prepare = be_full, .when = 1,
		.after_failures = true, .meanwhile = move_all,
		.buckets_then = 32,
	}, {
		/* It is for a table of 4 heads. */
		.name = "full table, successor at last: the map shrinks",
		.value_size = 8, .reserve = 26,
		.hash = gomap_kunit_hash_constant, .prepare = be_full,
		.operation = insert, .when = 1, .after_failures = true,
		.meanwhile = delete_all_and_shrink,
		.entries_then = 1, .buckets_then = 1,
	}, {
		/* Twice it had none for its chain, nor for another one. */
		.name = "full table, move at last: another one of the chain",
		FULL_TABLE, .prepare = be_full_and_moving, .when = 4,
		.after_failures = true, .meanwhile = evacuate_same_chain,
		.buckets_then = 8,
	}, {
		.name = "worker, table: an insert is faster",
		.value_size = 8, .reserve = 26, .entries = 26,
		.hash = gomap_kunit_hash_key,
		.prepare = be_late, .operation = work,
		.when = 0, .meanwhile = insert_same_key,
		.entries_then = 28, .buckets_then = 8,
	}, {
		.name = "worker, node: an insert is faster",
		.value_size = 8, .reserve = 26, .entries = 26,
		.hash = gomap_kunit_hash_key,
		.prepare = be_late, .operation = work,
		.when = 1, .meanwhile = insert_same_key,
		.entries_then = 28, .buckets_then = 8,
	}, {
		/* Whose table is too small for it. */
		.name = "first reserve, table: an insert is faster",
		.value_size = 8, .operation = reserve,
		.when = 0, .meanwhile = insert_other_key,
		.entries_then = 1, .buckets_then = 16,
	}, {
		.name = "reserve, table: an insert is faster",
		.value_size = 8, .reserve = 26, .entries = 26,
		.hash = gomap_kunit_hash_key,
		.prepare = be_late, .operation = reserve,
		.when = 0, .meanwhile = insert_same_key,
		.entries_then = 28, .buckets_then = 16,
	}, {
		.name = "reserve, move to be ended: the table is made",
		.value_size = 8, .reserve = 26, .entries = 26,
		.hash = gomap_kunit_hash_key,
		.prepare = attach_larger, .operation = reserve,
		.when = 0, .meanwhile = reserve_as_much,
		.entries_then = 26, .buckets_then = 16,
	}, {
		.name = "evacuation, node: another one of it",
		LONG_CHAIN, .when = 0, .meanwhile = evacuate_same_chain,
		.entries_then = 20, .overflow_then = 2,
	}, {
		.name = "evacuation, block: the chain is cut down",
		LONG_CHAIN, .when = 1, .meanwhile = delete_all_but_one,
		.entries_then = 1, .overflow_then = 0,
	}, {
		.name = "evacuation, last block: the chain gets longer",
		LONG_CHAIN, .when = 3, .meanwhile = insert_other_key,
		.entries_then = 21, .overflow_then = 2,
	},
};

static void scene_name(const struct scene *scene, char *name)
{
	strscpy(name, scene->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(scene, scenes, scene_name);

static void set_up(struct stage *stage)
{
	const struct scene *scene = stage->scene;
	const struct gomap_params params = {
		.flags = scene->flags,
		.key_size = 8,
		.value_size = scene->value_size,
		.reserve = scene->reserve,
		.max_entries = scene->max_entries,
	};
	u32 key;

	stage->map = gomap_kunit_create(stage->test, &params);
	stage->map->test_hash = scene->hash;
	gomap_kunit_hold_worker(stage->map);
	for (key = 0; key < scene->entries; key++)
		KUNIT_ASSERT_EQ(stage->test,
				gomap_kunit_put(stage->map, key, key, 0), 0);
	if (scene->prepare)
		scene->prepare(stage);
}

static void happen(void *context)
{
	struct stage *stage = context;

	stage->happened++;
	stage->scene->meanwhile(stage);
}

/* Of the table where inserts go. */
static u64 overflow_buckets(struct gomap *map)
{
	struct gomap_table *table = gomap_kunit_table(map);

	return gomap_table_overflow_buckets(gomap_kunit_next(table) ?: table);
}

/* The key has the value of whoever came last, which is the operation's. */
static void check_key(struct stage *stage)
{
	u64 value = 0;
	int ret = gomap_kunit_get(stage->map, KEY, &value);

	if (stage->scene->operation == insert && !stage->scene->ret) {
		KUNIT_EXPECT_EQ(stage->test, ret, 0);
		KUNIT_EXPECT_EQ(stage->test, value, MINE);
	} else if (stage->scene->meanwhile == insert_same_key) {
		KUNIT_EXPECT_EQ(stage->test, ret, 0);
		KUNIT_EXPECT_EQ(stage->test, value, THEIRS);
	} else {
		KUNIT_EXPECT_EQ(stage->test, ret, -ENOENT);
	}
}

static void operations_see_what_happened_meanwhile(struct kunit *test)
{
	const struct scene *scene = test->param_value;
	struct stage stage = { .test = test, .scene = scene };

	set_up(&stage);
	gomap_kunit_meanwhile(test, scene->when, happen, &stage);
	if (scene->after_failures)
		gomap_kunit_also_fail(test, 0, scene->when - 1);
	KUNIT_EXPECT_EQ(test, scene->operation(&stage), scene->ret);
	gomap_kunit_fail_none(test);

	KUNIT_EXPECT_EQ(test, stage.happened, 1);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(stage.map),
			scene->buckets_then);
	KUNIT_EXPECT_EQ(test, overflow_buckets(stage.map),
			scene->overflow_then);
	check_key(&stage);
	GOMAP_KUNIT_ASSERT_SOUND(test, stage.map, scene->entries_then);
	gomap_kunit_destroy(test, stage.map);
	gomap_kunit_expect_no_leak(test);
}

static struct kunit_case meanwhile_cases[] = {
	KUNIT_CASE_PARAM(operations_see_what_happened_meanwhile,
			 scene_gen_params),
	{}
};

static struct kunit_suite meanwhile_suite = {
	.name = "gomap_meanwhile",
	.suite_init = gomap_kunit_allocator_suite_init,
	.suite_exit = gomap_kunit_allocator_suite_exit,
	.init = gomap_kunit_allocator_init,
	.test_cases = meanwhile_cases,
};

kunit_test_suites(&meanwhile_suite);
