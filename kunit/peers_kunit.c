// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tests of Go's map, of rhashtable and of BPF's hash map ask for. Most
 * of it other suites test; what was left is here. The names are those of the
 * peer's tests.
 *
 * Go, runtime/map_test.go and internal/runtime/maps before and after Go 1.24:
 *
 *   TestHmapSize               bucket.h, static_assert; slots_are_as_small_as_
 *                              words_allow
 *   TestLoadFactor, TestMapBuckets
 *                              inserts_make_as_many_buckets_as_in_go,
 *                              reserve_makes_as_many_buckets_as_in_go,
 *                              reserve_makes_room_for_exactly_so_many
 *   TestIgnoreBogusMapHint     create_takes_what_is_documented,
 *                              reserve_keeps_what_it_had_when_refused
 *   TestMapAssignment*, TestOperatorAssignment*, TestAlias
 *                              insert_does_as_its_flags_say, gomap_update
 *   TestNegativeZero, *NaN     keys are bytes: each is equal to itself only
 *   TestGrowWithNaN, TestMapNanGrowIterator, TestIterGrowAndDelete
 *                              gomap_exhaustive,
 *                              keys_come_once_while_tables_come_and_go,
 *                              scans_go_on_between_changes
 *   TestIterGrowWithGC         scans_meet_stable_keys_once
 *   TestConcurrentReadsAfterGrowth
 *                              many_read_while_a_move_is_unfinished
 *   TestBigItems, TestMapLarge*NoPointer
 *                              maps_of_every_shape_do_as_the_model
 *   TestMapHugeZero            absent_keys_leave_the_buffer
 *   TestEmptyKeyAndValue       maps_of_every_shape_do_as_the_model: keys of no
 *                              bytes, and sets
 *   TestSingleBucketMapStringKeys*
 *                              strings_in_one_bucket_are_told_apart
 *   TestMapIterOrder, TestMapSparseIterOrder
 *                              maps_have_different_orders: a map keeps its own
 *   TestMapStringBytesLookup   lookups_and_deletes_need_no_memory
 *   TestDeferDeleteSlow        key_is_deleted_once
 *   TestIncrementAfterDelete*, TestIncrementAfterBulkClear*
 *                              key_begins_from_zero_after_it_was_deleted,
 *                              counts_of_words_begin_from_zero
 *   TestMapTombstones          gomap_kunit_is_sound(), after every step
 *   TestMapKeys, TestMapValues every_key_comes_once
 *   TestMapIterDeleteReplace   replaced_keys_do_not_come_back
 *   TestMapInterfaceKey        other_lengths_are_refused: without a table, too
 *   TestMemHashGlobalSeed      every_map_has_its_own_secret
 *   BenchmarkMapPop*           popping_the_first_key_is_not_quadratic
 *
 * rhashtable, lib/test_rhashtable.c:
 *
 *   test_rht_lookup, test_rhashtable
 *                              even_keys_are_there_and_odd_ones_are_not
 *   test_rhashtable_max        map_is_full_at_its_limit_exactly
 *   test_bucket_stats          every_key_comes_once: the walk's count is len
 *   test_rhltable, shadow model
 *                              gomap_model; keys are there once
 *   test_insert_dup            maps_with_bad_hashes_do_as_the_model
 *   threadfunc                 threads_insert_and_remove_by_strides
 *
 * BPF, tools/testing/selftests/bpf:
 *
 *   test_hashmap               insert_does_as_its_flags_say,
 *                              only_new_keys_count_for_the_limit, gomap_update
 *   test_hashmap_sizes         sizes_of_keys_and_values_are_kept_apart
 *   test_hashmap_walk          delivered_values_can_be_overwritten
 *   test_hashmap_zero_seed     equal_secrets_make_equal_orders
 *   test_map_large             maps_of_every_shape_do_as_the_model, 4096 bytes
 *   test_map_parallel, map_percpu_stats, htab_update
 *                              own_keys_are_nobody_elses_business
 *   test_map_rdonly, wronly    frozen_map_refuses_every_writer
 *   htab_map_batch_ops         gomap_batch
 *   htab_reuse, map_lock       stable_keys_are_found_while_maps_grow
 *   map_init                   create_takes_what_is_documented
 *   lookup_and_delete          take_returns_and_deletes,
 *                              takers_get_each_key_once
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/gomap.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"
#include "threads.h"

/*
 * Go
 */

static void absent_keys_leave_the_buffer(struct kunit *test)
{
	static const u32 sizes[] = { 1, 8, 100, 1024, 100000 };
	struct gomap *map;
	size_t len;
	u64 key;
	u8 *value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		map = gomap_kunit_create_sized(test, 8, sizes[i]);
		value = kunit_kzalloc(test, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, value);
		memset(value, 0xa5, sizes[i]);
		for (key = 1; key < 100; key += 2)
			KUNIT_ASSERT_EQ(test, gomap_insert(map, &key, 8, value,
							   sizes[i], 0,
							   GFP_KERNEL), 0);
		memset(value, 0x5a, sizes[i]);
		for (key = 0; key < 100; key += 2) {
			len = sizes[i];
			KUNIT_ASSERT_EQ(test, gomap_lookup(map, &key, 8, value,
							   &len), -ENOENT);
			KUNIT_ASSERT_NULL(test, memchr_inv(value, 0x5a,
							   sizes[i]));
		}
	}
}

/* Of equal and of different lengths, beginning or ending alike. */
static void strings_in_one_bucket_are_told_apart(struct kunit *test)
{
	static const char * const strings[] = {
		"", "a", "b", "aa", "ab", "ba", "aaaaaaaa", "aaaaaaab",
		"baaaaaaa", "aaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		"baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};
	const struct gomap_params params = {
		.flags = GOMAP_VAR_KEY, .key_size = 40, .value_size = 4,
	};
	struct gomap *map;
	u32 hash, i, there, value;
	size_t len;
	int ret;

	for (hash = 0; hash < GOMAP_KUNIT_HASHES; hash++) {
		map = gomap_kunit_create(test, &params);
		map->test_hash = gomap_kunit_hashes[hash].function;
		for (there = 0; there < ARRAY_SIZE(strings); there++) {
			for (i = 0; i < ARRAY_SIZE(strings); i++) {
				len = sizeof(value);
				ret = gomap_lookup(map, strings[i],
						   strlen(strings[i]), &value,
						   &len);
				KUNIT_ASSERT_EQ(test, ret,
						i < there ? 0 : -ENOENT);
				if (i < there)
					KUNIT_ASSERT_EQ(test, value, i);
			}
			KUNIT_ASSERT_EQ(test, gomap_insert(map, strings[there],
							   strlen(strings[there]),
							   &there, 4,
							   GOMAP_INSERT_NEW,
							   GFP_KERNEL), 0);
		}
	}
}

static void counts_of_words_begin_from_zero(struct kunit *test)
{
	const struct gomap_params params = {
		.flags = GOMAP_VAR_KEY, .key_size = 40, .value_size = 8,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	u64 old;
	u32 i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, gomap_fetch_add(map, "word", 4, 99, &old,
						      0, GFP_KERNEL), 0);
		KUNIT_EXPECT_EQ(test, old, 0);
		if (i & 1)
			KUNIT_EXPECT_EQ(test, gomap_clear(map), 0);
		else
			KUNIT_EXPECT_EQ(test, gomap_delete(map, "word", 4), 0);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

#define KEYS 200

static void order_of(struct kunit *test, struct gomap *map, u64 *order)
{
	u64 (*records)[2] = kunit_kcalloc(test, KEYS, 16, GFP_KERNEL);
	struct gomap_scan scan = { .buffer = records, .size = KEYS * 16 };
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, records);
	KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
	KUNIT_ASSERT_TRUE(test, scan.done);
	KUNIT_ASSERT_EQ(test, scan.count, KEYS);
	for (i = 0; i < KEYS; i++)
		order[i] = records[i][0];
}

/* Inserted upwards, or downwards. */
static struct gomap *ordered_map(struct kunit *test, bool downwards)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 key;

	for (key = 0; key < KEYS; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, downwards ?
						      KEYS - 1 - key : key, 0,
						      0), 0);
	gomap_kunit_settle(map);
	return map;
}

static void maps_have_different_orders(struct kunit *test)
{
	u64 *a = kunit_kcalloc(test, KEYS, 8, GFP_KERNEL);
	u64 *b = kunit_kcalloc(test, KEYS, 8, GFP_KERNEL);
	struct gomap *map;
	u64 key;

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_ASSERT_NOT_NULL(test, b);
	order_of(test, ordered_map(test, false), a);
	/* The fixture gives all maps the same secret; here is another. */
	map = gomap_kunit_create_sized(test, 8, 8);
	map->secret.key[0]++;
	for (key = 0; key < KEYS; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 0, 0), 0);
	gomap_kunit_settle(map);
	order_of(test, map, b);
	KUNIT_EXPECT_MEMNEQ(test, a, b, KEYS * 8);
}

/* By chains; within a chain that is delivered as a whole it may differ. */
static void equal_secrets_make_equal_orders(struct kunit *test)
{
	struct gomap *maps[2] = {
		ordered_map(test, false), ordered_map(test, true),
	};
	struct gomap_scan scan[2] = {};
	u64 records[2][2];
	u32 i, calls;

	maps[1]->tie_secret = maps[0]->tie_secret;
	maps[1]->cursor_secret = maps[0]->cursor_secret;
	for (calls = 0; !scan[0].done; calls++) {
		for (i = 0; i < 2; i++) {
			scan[i].buffer = records[i];
			scan[i].size = 16;
			KUNIT_ASSERT_EQ(test, gomap_scan(maps[i], &scan[i]), 0);
		}
		KUNIT_ASSERT_EQ(test, scan[0].done, scan[1].done);
		KUNIT_ASSERT_EQ(test, scan[0].count, scan[1].count);
		if (scan[0].count)
			KUNIT_ASSERT_EQ(test, records[0][0], records[1][0]);
		KUNIT_ASSERT_MEMEQ(test, &scan[0].cursor, &scan[1].cursor, 16);
	}
	KUNIT_EXPECT_GE(test, calls, KEYS);
}

/*
 * A scan from the very start for each key: chains emptied before are passed over
 * again, but the map shrinks, and so they stay few. A call passes over 128.
 */
static void popping_the_first_key_is_not_quadratic(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_scan scan;
	u64 record[2], key, keys = 10000;
	u32 calls = 0;

	for (key = 0; key < keys; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 0, 0), 0);
	while (gomap_len(map)) {
		memset(&scan, 0, sizeof(scan));
		scan.buffer = record;
		scan.size = sizeof(record);
		do {
			KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
			calls++;
		} while (!scan.count);
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, record[0]), 0);
		gomap_kunit_settle(map);
	}
	/* Of 2048 chains, some 17 calls at the very worst; seldom so many. */
	KUNIT_EXPECT_LE(test, calls, 10 * keys);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

/* What readers share; they count what is wrong. */
struct shared {
	struct gomap *map;
	u64 keys;
	atomic_t wrong;
};

static void read_all(void *context, u32 thread)
{
	struct shared *shared = context;
	u64 records[4][2], key, value, seen = 0;
	struct gomap_scan scan = {
		.buffer = records, .size = 16 * (1 + thread % 4),
	};
	u32 i;

	for (key = 0; key < shared->keys; key++) {
		if (gomap_kunit_get(shared->map, key, &value) || value != ~key)
			atomic_inc(&shared->wrong);
		if (gomap_kunit_get(shared->map, key + shared->keys, &value) !=
		    -ENOENT)
			atomic_inc(&shared->wrong);
		gomap_kunit_give_way();
	}
	while (!scan.done) {
		if (gomap_scan(shared->map, &scan)) {
			atomic_inc(&shared->wrong);
			break;
		}
		for (i = 0; i < scan.count; i++)
			seen += records[i][0] + 1;
		gomap_kunit_give_way();
	}
	if (seen != shared->keys * (shared->keys + 1) / 2)
		atomic_inc(&shared->wrong);
}

static void many_read_while_a_move_is_unfinished(struct kunit *test)
{
	static const u32 to[] = { 9, 8, 7 };
	struct shared *shared = kunit_kzalloc(test, sizeof(*shared),
					      GFP_KERNEL);
	struct gomap_table *table;
	u32 i, chain;
	u64 key;

	KUNIT_ASSERT_NOT_NULL(test, shared);
	shared->keys = 1600;
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		shared->map = gomap_kunit_create_sized(test, 8, 8);
		for (key = 0; key < shared->keys; key++)
			KUNIT_ASSERT_EQ(test, gomap_kunit_put(shared->map, key,
							      ~key, 0), 0);
		gomap_kunit_settle(shared->map);
		KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(shared->map), 256);
		gomap_kunit_attach(test, shared->map, to[i]);
		for (chain = 0; chain < 256; chain += 3)
			gomap_kunit_evacuate(test, shared->map, chain);
		gomap_kunit_run_threads(test, 8, read_all, shared);
		KUNIT_EXPECT_EQ(test, atomic_read(&shared->wrong), 0);
		/* Nobody has ended it. */
		table = gomap_kunit_table(shared->map);
		KUNIT_EXPECT_NOT_NULL(test, gomap_kunit_next(table));
		GOMAP_KUNIT_ASSERT_SOUND(test, shared->map, shared->keys);
	}
}

/*
 * rhashtable
 */

static void even_keys_are_there_and_odd_ones_are_not(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 key, value, entries = 5000;

	for (key = 0; key < 2 * entries; key += 2)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_len(map), entries);
	for (key = 0; key < 2 * entries; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, key, &value),
				key & 1 ? -ENOENT : 0);
		if (!(key & 1))
			KUNIT_ASSERT_EQ(test, value, key);
	}
	for (key = 0; key < 2 * entries; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key),
				key & 1 ? -ENOENT : 0);
	gomap_kunit_settle(map);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

#define STRIDE_KEYS 1000

/* Each its own: all in, then out by strides of 10 down to 1, and looked at. */
static void insert_and_remove(void *context, u32 thread)
{
	struct shared *shared = context;
	u64 first = (u64)thread << 32, key, value;
	bool *there = kcalloc(STRIDE_KEYS, sizeof(*there), GFP_KERNEL);
	u32 stride;

	if (!there) {
		atomic_inc(&shared->wrong);
		return;
	}
	for (key = 0; key < STRIDE_KEYS; key++) {
		there[key] = true;
		if (gomap_kunit_put(shared->map, first + key, key,
				    GOMAP_INSERT_NEW))
			atomic_inc(&shared->wrong);
		gomap_kunit_give_way();
	}
	for (stride = 10; stride; stride--) {
		for (key = 0; key < STRIDE_KEYS; key += stride) {
			if (gomap_kunit_del(shared->map, first + key) !=
			    (there[key] ? 0 : -ENOENT))
				atomic_inc(&shared->wrong);
			there[key] = false;
		}
		for (key = 0; key < STRIDE_KEYS; key++)
			if (gomap_kunit_get(shared->map, first + key, &value) !=
			    (there[key] ? 0 : -ENOENT))
				atomic_inc(&shared->wrong);
		gomap_kunit_give_way();
	}
	kfree(there);
}

static void threads_insert_and_remove_by_strides(struct kunit *test)
{
	struct shared *shared = kunit_kzalloc(test, sizeof(*shared),
					      GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, shared);
	shared->map = gomap_kunit_create_sized(test, 8, 8);
	gomap_kunit_run_threads(test, 10, insert_and_remove, shared);
	KUNIT_EXPECT_EQ(test, atomic_read(&shared->wrong), 0);
	gomap_kunit_settle(shared->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, shared->map, 0);
}

/*
 * BPF
 */

static void one_pair_of_sizes(struct kunit *test, u32 key_size, u32 value_size,
			      u8 *key, u8 *value, u8 *found)
{
	struct gomap *map = gomap_kunit_create_sized(test, key_size,
						     value_size);
	size_t len = value_size;

	memset(key, 0x11, key_size);
	memset(value, 0x22, value_size);
	KUNIT_ASSERT_EQ(test, gomap_insert(map, key, key_size, value,
					   value_size, 0, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, gomap_lookup(map, key, key_size, found, &len), 0);
	KUNIT_ASSERT_MEMEQ(test, found, value, value_size);
	/* Every byte of a key counts: the last, too. */
	key[key_size - 1]++;
	KUNIT_ASSERT_FALSE(test, gomap_contains(map, key, key_size));
	value[value_size - 1]++;
	KUNIT_ASSERT_EQ(test, gomap_insert(map, key, key_size, value,
					   value_size, 0, GFP_KERNEL), 0);
	key[key_size - 1]--;
	KUNIT_ASSERT_EQ(test, gomap_lookup(map, key, key_size, found, &len), 0);
	KUNIT_ASSERT_EQ(test, found[value_size - 1], 0x22);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 2);
	gomap_kunit_destroy(test, map);
}

static void sizes_of_keys_and_values_are_kept_apart(struct kunit *test)
{
	u8 *key = kunit_kzalloc(test, 512, GFP_KERNEL);
	u8 *value = kunit_kzalloc(test, 1 << 18, GFP_KERNEL);
	u8 *found = kunit_kzalloc(test, 1 << 18, GFP_KERNEL);
	u32 key_size, value_size;

	KUNIT_ASSERT_NOT_NULL(test, key);
	KUNIT_ASSERT_NOT_NULL(test, value);
	KUNIT_ASSERT_NOT_NULL(test, found);
	for (key_size = 1; key_size <= 512; key_size *= 2)
		for (value_size = 1; value_size <= 1 << 18; value_size *= 4)
			one_pair_of_sizes(test, key_size, value_size, key,
					  value, found);
}

/* Twice as large when it is delivered; it comes once all the same. */
static void delivered_values_can_be_overwritten(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 record[2], key, value, keys = 2000;
	struct gomap_scan scan = { .buffer = record, .size = sizeof(record) };
	u32 calls = 0;

	for (key = 0; key < keys; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
	while (!scan.done) {
		KUNIT_ASSERT_LE(test, calls++, keys + 16);
		KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
		if (!scan.count)
			continue;
		KUNIT_ASSERT_EQ(test, record[1], record[0]);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, record[0],
						      2 * record[1] + 1,
						      GOMAP_INSERT_EXISTING),
				0);
	}
	for (key = 0; key < keys; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, key, &value), 0);
		KUNIT_ASSERT_EQ(test, value, 2 * key + 1);
	}
	gomap_kunit_settle(map);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, keys);
}

static struct kunit_case peers_cases[] = {
	KUNIT_CASE(absent_keys_leave_the_buffer),
	KUNIT_CASE(strings_in_one_bucket_are_told_apart),
	KUNIT_CASE(counts_of_words_begin_from_zero),
	KUNIT_CASE(maps_have_different_orders),
	KUNIT_CASE(popping_the_first_key_is_not_quadratic),
	KUNIT_CASE(many_read_while_a_move_is_unfinished),
	KUNIT_CASE(even_keys_are_there_and_odd_ones_are_not),
	KUNIT_CASE(threads_insert_and_remove_by_strides),
	KUNIT_CASE(sizes_of_keys_and_values_are_kept_apart),
	KUNIT_CASE(delivered_values_can_be_overwritten),
	KUNIT_CASE(equal_secrets_make_equal_orders),
	{}
};

static struct kunit_suite peers_suite = {
	.name = "gomap_peers",
	.test_cases = peers_cases,
};

kunit_test_suites(&peers_suite);
