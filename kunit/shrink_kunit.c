// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shrink and churn: when a table is left for a smaller one or one of its size,
 * how much memory remains, and what reserve and shrink do.
 *
 * grow_kunit.c has the moves themselves.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gomap.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "../module/core/memory.h"
#include "../module/core/slot.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

static void put(struct kunit *test, struct gomap *map, u64 first, u64 end)
{
	u64 key;

	for (key = first; key < end; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
		if (!(key % 1024))
			cond_resched();
	}
}

static void del(struct kunit *test, struct gomap *map, u64 first, u64 end)
{
	u64 key;

	for (key = first; key < end; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key), 0);
		if (!(key % 1024))
			cond_resched();
	}
}

static void expect_keys(struct kunit *test, struct gomap *map, u64 first,
			u64 end)
{
	u64 key, value;

	for (key = first; key < end; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, key, &value), 0);
		KUNIT_ASSERT_EQ(test, value, ~key);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map, end - first);
}

static u64 bytes_of(struct gomap *map)
{
	struct gomap_stats stats;

	gomap_stats(map, &stats);
	return stats.bytes;
}

static u64 overflow_of(struct gomap *map)
{
	struct gomap_stats stats;

	gomap_stats(map, &stats);
	return stats.overflow_buckets;
}

/* With the worker not held: until tables that were left are freed. */
static void settle(struct gomap *map)
{
	gomap_kunit_settle(map);
	rcu_barrier();
	flush_workqueue(gomap_free_workqueue);
}

/* With the worker held: what it would do, and how many buckets there are then. */
static u64 buckets_after_work(struct gomap *map)
{
	gomap_kunit_run_worker(map);
	return gomap_kunit_buckets(map);
}

/*
 * The rule
 */

/*
 * A table is left below a quarter of its limit, which is 13 << log2 - 1, for one of
 * half the size.
 */
static const struct limit {
	u32 log2;
	/* The fewest entries that keep it, and where one less makes it go. */
	u32 entries;
} limits[] = {
	{ 1, 3 },	/* 13 / 4 = 3 */
	{ 2, 6 },	/* 26 / 4 = 6 */
	{ 3, 13 },	/* 52 / 4 = 13 */
	{ 4, 26 },
	{ 5, 52 },
	{ 8, 416 },
	{ 10, 1664 },
};

static void limit_name(const struct limit *limit, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u buckets", 1U << limit->log2);
}

KUNIT_ARRAY_PARAM(limit, limits, limit_name);

static void table_is_left_below_a_quarter_of_its_limit(struct kunit *test)
{
	const struct limit *limit = test->param_value;
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 entries = gomap_grow_above(limit->log2);

	gomap_kunit_hold_worker(map);
	put(test, map, 0, entries);
	KUNIT_ASSERT_EQ(test, buckets_after_work(map), 1ULL << limit->log2);
	del(test, map, limit->entries, entries);
	KUNIT_EXPECT_EQ(test, buckets_after_work(map), 1ULL << limit->log2);
	del(test, map, limit->entries - 1, limit->entries);
	/* The delete itself has told the worker. */
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&map->grow_work));
	KUNIT_EXPECT_EQ(test, buckets_after_work(map),
			1ULL << (limit->log2 - 1));
	expect_keys(test, map, 0, limit->entries - 1);
}

/* From 2^10 buckets, with so many entries left; the worker goes all the way. */
static void table_is_left_by_halves_until_it_fits(struct kunit *test)
{
	static const struct {
		u32 entries;
		u32 buckets;
	} left[] = {
		{ 0, 1 }, { 1, 1 },
		/* 2 buckets are left when there are fewer than 3 entries. */
		{ 2, 1 }, { 3, 2 }, { 5, 2 }, { 6, 4 }, { 12, 4 }, { 13, 8 },
		/* 26 are a quarter of what 16 buckets are for. */
		{ 25, 8 }, { 26, 16 }, { 27, 16 },
		{ 831, 256 }, { 832, 512 }, { 1663, 512 }, { 1664, 1024 },
	};
	struct gomap *map;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(left); i++) {
		map = gomap_kunit_create_sized(test, 8, 8);
		gomap_kunit_hold_worker(map);
		put(test, map, 0, gomap_grow_above(10));
		KUNIT_ASSERT_EQ(test, buckets_after_work(map), 1024);
		del(test, map, left[i].entries, gomap_grow_above(10));
		KUNIT_EXPECT_EQ_MSG(test, buckets_after_work(map),
				    left[i].buckets, "%u entries",
				    left[i].entries);
		expect_keys(test, map, 0, left[i].entries);
		gomap_kunit_destroy(test, map);
	}
}

/*
 * Entries that are inserted into a map that shrinks fit into the smaller table, and
 * that is left when it is full: inserts end the one move and begin the other.
 *
 *	2^12 heads, 10 entries --> 2^11 heads, 13,312 entries --> 2^12 heads
 */
static void inserts_find_room_while_the_map_shrinks(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 end = gomap_grow_above(11);
	struct gomap_table *next;

	gomap_kunit_hold_worker(map);
	KUNIT_ASSERT_EQ(test, gomap_reserve(map, gomap_grow_above(12)), 0);
	put(test, map, 0, 10);
	map->reserve = 0;
	next = gomap_kunit_attach(test, map, 11);
	put(test, map, 10, 10 + BIT(11));
	KUNIT_EXPECT_PTR_NE(test, gomap_kunit_table(map), next);
	put(test, map, 10 + BIT(11), 10 + BIT(12));
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(map), next);
	put(test, map, 10 + BIT(12), end);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), BIT(11));
	put(test, map, end, end + 1);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), BIT(12));
	expect_keys(test, map, 0, end + 1);
}

static void *memory_for_the_hasty(struct gomap *map, size_t bytes, gfp_t gfp)
{
	void *memory = gfp & __GFP_HIGH ? kzalloc(bytes, gfp) : NULL;

	return memory ?: ERR_PTR(-ENOMEM);
}

static int put_hastily(struct gomap *map, u64 key)
{
	u8 value[112] = {};

	return gomap_insert(map, &key, sizeof(key), value, sizeof(value), 0,
			    GFP_ATOMIC);
}

/*
 * While there is no memory for a move, chains stay where they are. Inserts go into
 * their holes then. Those that can't wait may have memory all the same: for overflow
 * buckets of the old table, as long as it has any, and then to move their chains,
 * until the new table has no more either. All of it fits into the smaller table as
 * soon as there is memory.
 *
 *	2^13 heads, one entry in each of 6,656 --> 2^12 heads, none
 *	16 entries in each                         as many as inserts may add
 */
static void what_could_not_move_fits_into_the_smaller_table(struct kunit *test)
{
	/* Buckets of 976 bytes: an overflow area that is large for no other reason. */
	struct gomap *map = gomap_kunit_create_sized(test, 8, 112);
	const u64 chains = gomap_grow_above(10), rest = BIT(13) - chains;
	u64 key, i, late;
	int ret;

	map->test_hash = gomap_kunit_hash_key;
	KUNIT_ASSERT_EQ(test, gomap_reserve(map, gomap_grow_above(13)), 0);
	gomap_kunit_hold_worker(map);
	put(test, map, 0, chains);
	map->reserve = 0;
	gomap_kunit_attach(test, map, 12);

	kunit_activate_static_stub(test, gomap_alloc, memory_for_the_hasty);
	for (i = 1; i < GOMAP_SLOTS; i++)
		put(test, map, i << 13, (i << 13) + chains);
	/* In the last block of the heads there are some overflow buckets. */
	key = 0;
	while (!(ret = gomap_kunit_put(map, key + (i << 13), 0, 0)))
		key++;
	KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
	KUNIT_EXPECT_LT(test, key, gomap_kunit_table(map)->per_block);
	for (; i < 2 * GOMAP_SLOTS; i++) {
		for (key = 0; key < chains; key++)
			KUNIT_ASSERT_EQ(test, put_hastily(map, key + (i << 13)),
					0);
		cond_resched();
	}
	for (late = 0; ; late++) {
		key = late / rest << 13 | (chains + late % rest);
		ret = put_hastily(map, key);
		if (ret)
			break;
	}
	KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
	KUNIT_EXPECT_GT(test, late, GOMAP_SLOTS << 12);
	kunit_deactivate_static_stub(test, gomap_alloc);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->log2, 13);

	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
	for (key = 0; key < chains; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key), 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, map,
				 (2 * GOMAP_SLOTS - 1) * chains + late);
}

/* A table that was just made stays for a good number of inserts or deletes. */
static void tables_do_not_go_to_and_fro(struct kunit *test)
{
	u32 log2;

	for (log2 = 1; log2 <= GOMAP_LOG2_MAX; log2++) {
		/* Just grown: more than half full, far from a quarter. */
		KUNIT_EXPECT_EQ(test, gomap_log2_for(gomap_grow_above(log2 - 1)
						     + 1), log2);
		KUNIT_EXPECT_GE(test, gomap_grow_above(log2 - 1) + 1,
				2 * gomap_grow_above(log2) / 4);
	}
}

static void one_bucket_is_not_left(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;

	gomap_kunit_hold_worker(map);
	put(test, map, 0, 8);
	table = gomap_kunit_table(map);
	del(test, map, 0, 8);
	KUNIT_EXPECT_EQ(test, buckets_after_work(map), 1);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(map), table);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

/*
 * What remains
 */

#define MANY 200000
#define FEW 10

/* Without any further call, until the worker is through; soon, unless emulated. */
static void wait_for_quiet(struct gomap *map)
{
	unsigned long end = jiffies + 60 * HZ;
	struct gomap_stats stats;

	do {
		schedule_timeout_uninterruptible(1);
		gomap_stats(map, &stats);
	} while ((stats.growing || stats.buckets > 16 ||
		  work_busy(&map->grow_work.work) ||
		  atomic_long_read(&map->table_garbage)) &&
		 time_before(jiffies, end));
}

static void emptied_map_takes_a_few_kilobytes(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_stats stats;

	put(test, map, 0, MANY);
	KUNIT_EXPECT_GT(test, bytes_of(map), 16 * MANY);
	del(test, map, FEW, MANY);
	wait_for_quiet(map);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_FALSE(test, stats.growing);
	KUNIT_EXPECT_EQ(test, stats.entries, FEW);
	/* 20 entries want 4 buckets. */
	KUNIT_EXPECT_EQ(test, stats.buckets, 4);
	KUNIT_EXPECT_LE(test, stats.bytes, 8192);
	gomap_kunit_settle(map);
	expect_keys(test, map, 0, FEW);
}

/* The same of a clear, and of entries. */
static void cleared_map_takes_a_few_kilobytes(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 200);
	struct gomap_stats stats;

	put(test, map, 0, 10000);
	KUNIT_EXPECT_GT(test, bytes_of(map), 208 * 10000);
	KUNIT_EXPECT_EQ(test, gomap_clear(map), 0);
	wait_for_quiet(map);
	/* Entries that were cleared count until they are freed. */
	rcu_barrier();
	gomap_stats(map, &stats);
	KUNIT_EXPECT_EQ(test, stats.buckets, 1);
	KUNIT_EXPECT_LE(test, stats.bytes, 4096);
	gomap_kunit_settle(map);
	expect_keys(test, map, 0, 0);
}

/*
 * Churn
 */

#define CONSTANT 5000
#define TURNS 40

/*
 * Ever new keys, the number of entries constant: what the tables take stays
 * within what the rule says, however long it goes on.
 */
static void churn_takes_bounded_memory(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 key, new, bytes, most = 0;
	u32 turn;

	put(test, map, 0, CONSTANT);
	settle(map);
	bytes = bytes_of(map);
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 1024);
	for (turn = 0; turn < TURNS; turn++) {
		for (key = turn * CONSTANT; key < (turn + 1) * CONSTANT;
		     key++) {
			new = key + CONSTANT;
			KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key), 0);
			KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, new, ~new,
							      0), 0);
		}
		settle(map);
		KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1024);
		KUNIT_EXPECT_LE(test, overflow_of(map), 1024);
		most = max(most, bytes_of(map));
	}
	/* Heads are most of @bytes, and overflow buckets at most as many. */
	KUNIT_EXPECT_LE(test, most, 2 * bytes + 4096);
	expect_keys(test, map, TURNS * CONSTANT, (TURNS + 1) * CONSTANT);
}

/*
 * With the worker held, so that only the rule counts: churn goes on until the
 * overflow buckets outnumber the heads, and then the insert that has taken the last
 * one attaches a table of the same size, which gets fewer.
 */
static void overgrown_table_is_rebuilt_at_its_size(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;
	u64 entries = gomap_grow_above(4), key, overflow;

	gomap_kunit_hold_worker(map);
	put(test, map, 0, entries);
	KUNIT_ASSERT_EQ(test, buckets_after_work(map), 16);
	table = gomap_kunit_table(map);
	for (key = 0; key < 100000; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key), 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key + entries,
						      ~(key + entries), 0), 0);
		if (gomap_kunit_next(table))
			break;
	}
	overflow = gomap_table_overflow_buckets(table);
	KUNIT_EXPECT_EQ(test, overflow, 17);
	KUNIT_EXPECT_EQ(test, buckets_after_work(map), 16);
	KUNIT_EXPECT_PTR_NE(test, gomap_kunit_table(map), table);
	KUNIT_EXPECT_LT(test, overflow_of(map), overflow);
	expect_keys(test, map, key + 1, key + 1 + entries);
}

/* Of 8 heads or fewer; so many overflow buckets are for free. */
static void small_table_is_not_rebuilt_for_little(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;

	gomap_kunit_hold_worker(map);
	map->test_hash = gomap_kunit_hash_constant;
	/* One chain of 4 buckets. */
	put(test, map, 0, 26);
	KUNIT_ASSERT_EQ(test, buckets_after_work(map), 4);
	table = gomap_kunit_table(map);
	KUNIT_EXPECT_EQ(test, buckets_after_work(map), 4);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(map), table);
}

/*
 * All entries in one chain: 13/16 of a bucket per head is the most that they
 * fill, so a rebuild has an end whatever the hash.
 */
static void bad_hash_does_not_keep_the_worker_busy(struct kunit *test)
{
	const struct gomap_kunit_hash *hash = test->param_value;
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;
	u64 entries;

	map->test_hash = hash->function;
	gomap_kunit_hold_worker(map);
	for (entries = 1; entries <= gomap_grow_above(6); entries++) {
		put(test, map, entries - 1, entries);
		gomap_kunit_run_worker(map);
		KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map),
				1ULL << gomap_log2_for(entries));
		table = gomap_kunit_table(map);
		/* There is nothing more that it wants. */
		gomap_kunit_run_worker(map);
		KUNIT_ASSERT_PTR_EQ(test, gomap_kunit_table(map), table);
	}
	expect_keys(test, map, 0, entries - 1);
	while (--entries)
		del(test, map, entries - 1, entries);
	KUNIT_EXPECT_EQ(test, buckets_after_work(map), 1);
	expect_keys(test, map, 0, 0);
}

static void hash_name(const struct gomap_kunit_hash *hash, char *name)
{
	strscpy(name, hash->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hash, gomap_kunit_hashes, hash_name);

/* Nothing is counted that isn't: keys that stay make no overflow buckets. */
static void overwrites_make_no_overflow_buckets(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;
	u64 overflow;
	u32 i;

	gomap_kunit_hold_worker(map);
	put(test, map, 0, 1000);
	gomap_kunit_run_worker(map);
	table = gomap_kunit_table(map);
	overflow = overflow_of(map);
	for (i = 0; i < 20; i++)
		put(test, map, 0, 1000);
	/* And those that come and go in turn find their holes again. */
	for (i = 0; i < 20; i++) {
		del(test, map, 900, 1000);
		put(test, map, 900, 1000);
	}
	KUNIT_EXPECT_EQ(test, overflow_of(map), overflow);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(map), table);
}

/*
 * Reserve and shrink
 */

static void reserve_makes_room_for_exactly_so_many(struct kunit *test)
{
	static const struct {
		u64 entries;
		u64 buckets;
	} rooms[] = {
		{ 1, 1 }, { 8, 1 }, { 9, 2 }, { 13, 2 }, { 14, 4 }, { 26, 4 },
		{ 27, 8 }, { 1000, 256 }, { 1664, 256 }, { 1665, 512 },
	};
	struct gomap *map;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		map = gomap_kunit_create_sized(test, 8, 8);
		/* Of a map without a table, and of one with. */
		if (i & 1)
			put(test, map, 0, 1);
		KUNIT_EXPECT_EQ(test, gomap_reserve(map, rooms[i].entries), 0);
		KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map),
				rooms[i].buckets);
		put(test, map, 0, rooms[i].entries);
		gomap_kunit_settle(map);
		KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map),
				rooms[i].buckets);
		expect_keys(test, map, 0, rooms[i].entries);
		gomap_kunit_destroy(test, map);
	}
}

/* Allocations from number @first on fail. */
struct scarcity {
	u32 count;
	u32 first;
};

static void *scarce_memory(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct scarcity *scarcity = kunit_get_current_test()->priv;
	void *memory = NULL;

	if (scarcity->count++ < scarcity->first)
		memory = kzalloc(bytes, gfp);
	return memory ?: ERR_PTR(-ENOMEM);
}

/* From now on there is memory for so many allocations of tables. */
static void make_scarce(struct kunit *test, struct scarcity *scarcity, u32 first)
{
	*scarcity = (struct scarcity){ .first = first };
	test->priv = scarcity;
	kunit_activate_static_stub(test, gomap_alloc, scarce_memory);
}

/*
 * Not only the array of blocks, but they themselves: the entries that were reserved
 * need no memory, unless a chain has more than eight of them.
 */
static void reserved_room_is_there(struct kunit *test)
{
	static const u64 there[] = { 0, 1, 26, 700 };
	u64 entries = gomap_grow_above(10);
	struct scarcity scarcity;
	struct gomap *map;
	u32 i, head;

	for (i = 0; i < ARRAY_SIZE(there); i++) {
		map = gomap_kunit_create_sized(test, 8, 8);
		/* 6 or 7 keys in each chain. */
		map->test_hash = gomap_kunit_hash_key;
		put(test, map, 0, there[i]);
		KUNIT_ASSERT_EQ(test, gomap_reserve(map, entries), 0);
		gomap_kunit_hold_worker(map);
		for (head = 0; head < 1024; head++)
			KUNIT_ASSERT_TRUE(test,
					  gomap_has_head(gomap_kunit_table(map),
							 head));
		make_scarce(test, &scarcity, 0);
		put(test, map, there[i], entries);
		KUNIT_EXPECT_EQ(test, scarcity.count, 0);
		kunit_deactivate_static_stub(test, gomap_alloc);
		expect_keys(test, map, 0, entries);
		gomap_kunit_destroy(test, map);
	}
}

/* However far it has come: there is memory for ever more tables and blocks. */
static void reserve_without_memory_keeps_what_there_was(struct kunit *test)
{
	struct scarcity scarcity;
	struct gomap_stats stats;
	struct gomap *map;
	u32 enough = 0;
	int ret;

	do {
		map = gomap_kunit_create_sized(test, 8, 8);
		gomap_kunit_hold_worker(map);
		put(test, map, 0, 20);
		gomap_kunit_run_worker(map);
		make_scarce(test, &scarcity, enough++);
		ret = gomap_reserve(map, gomap_grow_above(6));
		kunit_deactivate_static_stub(test, gomap_alloc);
		gomap_stats(map, &stats);
		KUNIT_EXPECT_EQ(test, stats.reserve,
				ret ? 0 : gomap_grow_above(6));
		expect_keys(test, map, 0, 20);
		if (ret) {
			KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
			KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
			KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 4);
		} else {
			KUNIT_EXPECT_EQ(test, stats.buckets, 64);
		}
		put(test, map, 20, 1000);
		expect_keys(test, map, 0, 1000);
		gomap_kunit_destroy(test, map);
	} while (ret);
	/* Four tables at least, and a node and a block each. */
	KUNIT_EXPECT_GE(test, enough, 12);
}

/* Once: an operation ends the move, and attaches the table that is reserved. */
static void *make_the_table_meanwhile(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct kunit *test = kunit_get_current_test();
	bool *happened = test->priv;

	if (!*happened) {
		*happened = true;
		gomap_kunit_end_move(test, map);
		gomap_kunit_attach(test, map, 6);
	}
	return kzalloc(bytes, gfp) ?: ERR_PTR(-ENOMEM);
}

/* From 16 heads; a move to 32 has begun when it comes. */
static void reserve_may_find_its_table_there(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	bool happened = false;

	gomap_kunit_hold_worker(map);
	put(test, map, 0, gomap_grow_above(4));
	gomap_kunit_run_worker(map);
	gomap_kunit_attach(test, map, 5);
	test->priv = &happened;
	kunit_activate_static_stub(test, gomap_alloc, make_the_table_meanwhile);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, gomap_grow_above(6)), 0);
	kunit_deactivate_static_stub(test, gomap_alloc);
	KUNIT_EXPECT_TRUE(test, happened);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->log2, 6);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
	expect_keys(test, map, 0, gomap_grow_above(4));
}

/* Before any of it is taken from others: 2^28 heads of 1 KiB. */
static void reserve_beyond_all_memory_takes_none(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 120);
	struct scarcity scarcity;
	struct gomap_stats stats;

	make_scarce(test, &scarcity, 0);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, GOMAP_MAX_ENTRIES_MAX),
			-ENOMEM);
	if (si_mem_available() < 1L << (38 - PAGE_SHIFT))
		KUNIT_EXPECT_EQ(test, scarcity.count, 0);
	kunit_deactivate_static_stub(test, gomap_alloc);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 0);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_EQ(test, stats.reserve, 0);
	put(test, map, 0, 10);
	expect_keys(test, map, 0, 10);
}

static void map_never_shrinks_below_its_reserve(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = 1000,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	struct gomap_stats stats;

	put(test, map, 0, 10000);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 2048);
	gomap_kunit_hold_worker(map);
	del(test, map, 0, 10000);
	KUNIT_EXPECT_EQ(test, buckets_after_work(map), 256);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 256);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_EQ(test, stats.reserve, 1000);

	/* Less is reserved: then it does. */
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 20), 0);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 4);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1);
	expect_keys(test, map, 0, 0);
}

static void reserve_of_nothing_makes_no_table(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);

	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 0);
	KUNIT_EXPECT_NULL(test, gomap_kunit_table(map));
}

static void reserve_keeps_what_it_had_when_refused(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .max_entries = 100,
		.reserve = 10,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	struct gomap_stats stats;

	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 101), -EINVAL);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, GOMAP_MAX_ENTRIES_MAX + 1),
			-E2BIG);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, U64_MAX), -E2BIG);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_EQ(test, stats.reserve, 10);
	KUNIT_EXPECT_EQ(test, stats.buckets, 2);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 100), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 16);
	expect_keys(test, map, 0, 0);
}

/* 500 entries need 128 buckets; the map would keep 256 or more by itself. */
static void shrink_leaves_what_the_entries_need(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);

	put(test, map, 0, 1600);
	gomap_kunit_settle(map);
	del(test, map, 500, 1600);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 256);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 128);
	expect_keys(test, map, 0, 500);
	/* Again: there is nothing to do. */
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 128);
	/* And the map is no other than before. */
	put(test, map, 500, 2000);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 512);
	expect_keys(test, map, 0, 2000);
}

/*
 * From 2^17 heads by halves to 2^11 for 7,000 entries: a worker that does the same
 * is no reason to come back before the end.
 */
static void shrink_comes_back_after_the_last_move(struct kunit *test)
{
	struct gomap *map;
	u32 round;

	for (round = 0; round < 5; round++) {
		map = gomap_kunit_create_sized(test, 8, 8);
		map->grow_delay = round;
		KUNIT_ASSERT_EQ(test, gomap_reserve(map, gomap_grow_above(17)),
				0);
		put(test, map, 0, 7000);
		KUNIT_ASSERT_EQ(test, gomap_reserve(map, 0), 0);
		KUNIT_ASSERT_EQ(test, gomap_shrink(map), 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 1ULL << 11);
		gomap_kunit_destroy(test, map);
	}
}

/* No delete has to come, and no call of shrink. */
static void map_shrinks_when_less_is_reserved(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);

	KUNIT_ASSERT_EQ(test, gomap_reserve(map, gomap_grow_above(12)), 0);
	put(test, map, 0, FEW);
	gomap_kunit_settle(map);
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 1ULL << 12);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 100), 0);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 16);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 0), 0);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 4);
	expect_keys(test, map, 0, FEW);
}

/* It may be asked for at any time of a move. */
static void reserve_and_shrink_wait_for_a_move(struct kunit *test)
{
	struct gomap *map;
	u32 stop, i;

	for (stop = 0; stop <= 4; stop++) {
		map = gomap_kunit_create_sized(test, 8, 8);
		put(test, map, 0, 26);
		gomap_kunit_settle(map);
		gomap_kunit_attach(test, map, 3);
		for (i = 0; i < stop; i++)
			gomap_kunit_evacuate(test, map, i);
		if (stop & 1) {
			KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
			KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 4);
		} else {
			KUNIT_EXPECT_EQ(test, gomap_reserve(map, 500), 0);
			KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 128);
		}
		expect_keys(test, map, 0, 26);
		gomap_kunit_destroy(test, map);
	}
}

struct resizing {
	struct work_struct work;
	struct gomap *map;
	int ret;
};

static void reserve_and_shrink(struct work_struct *work)
{
	struct resizing *resizing = container_of(work, struct resizing, work);

	resizing->ret = gomap_reserve(resizing->map, 10000) ?:
			gomap_reserve(resizing->map, 0) ?:
			gomap_shrink(resizing->map);
}

/*
 * Also from a queue that memory reclaim depends on: the kernel complains of a work
 * there that waits for one which may need memory.
 */
static void reserve_and_shrink_work_from_any_workqueue(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct resizing resizing = { .map = map };
	struct workqueue_struct *queue;

	put(test, map, 0, 100);
	queue = alloc_workqueue("gomap_kunit", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	KUNIT_ASSERT_NOT_NULL(test, queue);
	INIT_WORK_ONSTACK(&resizing.work, reserve_and_shrink);
	queue_work(queue, &resizing.work);
	destroy_workqueue(queue);
	destroy_work_on_stack(&resizing.work);
	KUNIT_EXPECT_EQ(test, resizing.ret, 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 16);
	expect_keys(test, map, 0, 100);
}

/* It gives room back, and changes nothing that a reader could see. */
static void frozen_map_can_shrink(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);

	put(test, map, 0, 1600);
	del(test, map, 500, 1600);
	gomap_freeze(map);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 128);
	expect_keys(test, map, 0, 500);
}

static struct kunit_case shrink_cases[] = {
	KUNIT_CASE_PARAM(table_is_left_below_a_quarter_of_its_limit,
			 limit_gen_params),
	KUNIT_CASE(table_is_left_by_halves_until_it_fits),
	KUNIT_CASE(inserts_find_room_while_the_map_shrinks),
	KUNIT_CASE(what_could_not_move_fits_into_the_smaller_table),
	KUNIT_CASE(tables_do_not_go_to_and_fro),
	KUNIT_CASE(one_bucket_is_not_left),
	KUNIT_CASE(emptied_map_takes_a_few_kilobytes),
	KUNIT_CASE(cleared_map_takes_a_few_kilobytes),
	KUNIT_CASE(churn_takes_bounded_memory),
	KUNIT_CASE(overgrown_table_is_rebuilt_at_its_size),
	KUNIT_CASE(small_table_is_not_rebuilt_for_little),
	KUNIT_CASE_PARAM(bad_hash_does_not_keep_the_worker_busy,
			 hash_gen_params),
	KUNIT_CASE(overwrites_make_no_overflow_buckets),
	KUNIT_CASE(reserve_makes_room_for_exactly_so_many),
	KUNIT_CASE(reserved_room_is_there),
	KUNIT_CASE(reserve_without_memory_keeps_what_there_was),
	KUNIT_CASE(reserve_may_find_its_table_there),
	KUNIT_CASE(reserve_beyond_all_memory_takes_none),
	KUNIT_CASE(map_never_shrinks_below_its_reserve),
	KUNIT_CASE(reserve_of_nothing_makes_no_table),
	KUNIT_CASE(reserve_keeps_what_it_had_when_refused),
	KUNIT_CASE(shrink_leaves_what_the_entries_need),
	KUNIT_CASE(shrink_comes_back_after_the_last_move),
	KUNIT_CASE(map_shrinks_when_less_is_reserved),
	KUNIT_CASE(reserve_and_shrink_wait_for_a_move),
	KUNIT_CASE(reserve_and_shrink_work_from_any_workqueue),
	KUNIT_CASE(frozen_map_can_shrink),
	{}
};

static struct kunit_suite shrink_suite = {
	.name = "gomap_shrink",
	.test_cases = shrink_cases,
};

kunit_test_suites(&shrink_suite);
