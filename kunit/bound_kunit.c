// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bounds of single calls, in numbers that don't depend on the machine: keys hashed
 * by a scan of the longest chain, turns of an operation, and readers that no writer
 * holds up.
 */
#include <kunit/test.h>
#include <linux/gomap.h>
#include <linux/slab.h>
#include "../module/core/bucket.h"
#include "allocator.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

#define CHAIN_KEYS (GOMAP_CHAIN_MAX * GOMAP_SLOTS)
/* What a call of gomap_scan() looks at, as its description says. */
#define SCAN_BUCKETS 512
/* Entries of a chain that are sorted at once (scan.c). */
#define SORTED 16

static u64 hashed;

static u64 count_hashes(const void *data, size_t len)
{
	hashed++;
	/* One chain of all tables, in an order of its own. */
	return *(const u64 *)data << 40;
}

static struct gomap *map_with_one_chain(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 key;

	gomap_kunit_hold_worker(map);
	map->test_hash = count_hashes;
	for (key = 0; key < CHAIN_KEYS; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), -EMLINK);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, CHAIN_KEYS);
	return map;
}

/* Scan with a buffer for @entries; the hashes of the dearest call. */
static u64 scan_all(struct kunit *test, struct gomap *map, u32 entries)
{
	struct gomap_scan scan = { .size = entries * 16 };
	u64 most = 0, delivered = 0;

	scan.buffer = kunit_kzalloc(test, scan.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, scan.buffer);
	while (!scan.done) {
		hashed = 0;
		KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
		most = max(most, hashed);
		delivered += scan.count;
	}
	KUNIT_EXPECT_EQ(test, delivered, CHAIN_KEYS);
	kunit_kfree(test, scan.buffer);
	return most;
}

static void scan_of_the_longest_chain_is_bounded(struct kunit *test)
{
	static const u32 rooms[] = { 1, 3, 16, 100, 256, CHAIN_KEYS };
	struct gomap *map = map_with_one_chain(test);
	u64 most;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		most = scan_all(test, map, rooms[i]);
		KUNIT_EXPECT_LE_MSG(test, most, SCAN_BUCKETS * GOMAP_SLOTS,
				    "with room for %u", rooms[i]);
	}
	/* With room for one chain no key is hashed. */
	KUNIT_EXPECT_EQ(test, most, 0);
}

static void chain_is_hashed_once_for_some_entries(struct kunit *test)
{
	struct gomap *map = map_with_one_chain(test);
	struct gomap_scan scan = { .size = SORTED * 16 };
	u64 calls = 0;

	scan.buffer = kunit_kzalloc(test, scan.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, scan.buffer);
	hashed = 0;
	for (; !scan.done; calls++)
		KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
	KUNIT_EXPECT_LE(test, hashed, calls * 2 * CHAIN_KEYS);
	KUNIT_EXPECT_LE(test, calls, CHAIN_KEYS / SORTED + 2);
}

/*
 * Readers whom no writer holds up
 */

/* The test holds the lock and is in the middle of an overwrite, for ever. */
static void contains_does_not_wait_for_a_value(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 64);
	u64 present = 1, absent = 2;
	struct gomap_bucket *head;
	bool found, missed;

	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, present, 100, 0), 0);
	head = gomap_bucket_at(gomap_kunit_table(map), 0);
	gomap_lock(head, &map->dep_map);
	gomap_overwrite_begin(head);
	found = gomap_contains(map, &present, 8);
	missed = !gomap_contains(map, &absent, 8);
	gomap_overwrite_end(head);
	gomap_unlock(head, &map->dep_map);
	KUNIT_EXPECT_TRUE(test, found);
	KUNIT_EXPECT_TRUE(test, missed);
}

/* Readers of a hot counter have nothing to begin again for. */
static void overwriting_a_word_raises_no_sequence(struct kunit *test)
{
	static const u32 sizes[] = { 1, 3, 4, 5, 8 };
	struct gomap_bucket *head;
	struct gomap *map;
	u32 i, lockseq;
	u64 value;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		map = gomap_kunit_create_sized(test, 8, sizes[i]);
		value = 0;
		KUNIT_ASSERT_EQ(test, gomap_insert(map, &value, 8, &value,
						   sizes[i], 0, GFP_KERNEL), 0);
		head = gomap_bucket_at(gomap_kunit_table(map), 0);
		lockseq = head->lockseq;
		for (value = 1; value < 100; value++)
			KUNIT_ASSERT_EQ(test,
					gomap_insert(map, &(u64){ 0 }, 8,
						     &value, sizes[i], 0,
						     GFP_KERNEL), 0);
		KUNIT_EXPECT_EQ(test, head->lockseq, lockseq);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, 1);
	}
}

/*
 * Turns
 */

struct rival {
	struct gomap *map;
	u64 key;
	u8 *value;
	size_t len;
	int ret;
};

static void insert_rival(void *context)
{
	struct rival *rival = context;

	rival->ret = gomap_insert(rival->map, &rival->key, 8, rival->value,
				  rival->len, 0, GFP_ATOMIC);
}

static struct gomap *map_of_values(struct kunit *test, u32 size)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = size, .flags = GOMAP_VAR_VALUE,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	u64 other = 77;

	KUNIT_ASSERT_EQ(test, gomap_insert(map, &other, 8, &other, 8, 0,
					   GFP_KERNEL), 0);
	return map;
}

/*
 * lookup_or_insert looks, gets an entry, and looks again. Meanwhile the key has
 * come, with a value that is longer than the room for it: what lies behind the room
 * is not written, and what is needed is told.
 */
static void second_turn_has_no_more_room_than_the_first(struct kunit *test)
{
	struct rival rival = { .key = 1, .len = 100 };
	u8 room[200], value[8] = { 1 };
	size_t len = 50;

	rival.map = map_of_values(test, 100);
	rival.value = kunit_kzalloc(test, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rival.value);
	memset(room, 0xee, sizeof(room));
	gomap_kunit_meanwhile(test, 0, insert_rival, &rival);
	KUNIT_EXPECT_EQ(test, gomap_lookup_or_insert(rival.map, &rival.key, 8,
						     value, 8, room, &len,
						     GFP_KERNEL), -EMSGSIZE);
	gomap_kunit_fail_none(test);
	KUNIT_EXPECT_EQ(test, rival.ret, 0);
	KUNIT_EXPECT_EQ(test, len, 100);
	KUNIT_EXPECT_NULL(test, memchr_inv(room + 50, 0xee, 150));
	gomap_kunit_destroy(test, rival.map);
	gomap_kunit_expect_no_leak(test);
}

/* The value that the key has got meanwhile is returned, and fits. */
static void second_turn_returns_what_came_meanwhile(struct kunit *test)
{
	struct rival rival = { .key = 1, .len = 30 };
	u8 room[64] = {}, value[8] = { 1 };
	size_t len = sizeof(room);

	rival.map = map_of_values(test, 100);
	rival.value = kunit_kzalloc(test, 30, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rival.value);
	memset(rival.value, 7, 30);
	gomap_kunit_meanwhile(test, 0, insert_rival, &rival);
	KUNIT_EXPECT_EQ(test, gomap_lookup_or_insert(rival.map, &rival.key, 8,
						     value, 8, room, &len,
						     GFP_KERNEL), -EEXIST);
	gomap_kunit_fail_none(test);
	KUNIT_EXPECT_EQ(test, len, 30);
	KUNIT_EXPECT_MEMEQ(test, room, rival.value, 30);
	gomap_kunit_destroy(test, rival.map);
	gomap_kunit_expect_no_leak(test);
}

static struct kunit_case bound_cases[] = {
	KUNIT_CASE(scan_of_the_longest_chain_is_bounded),
	KUNIT_CASE(chain_is_hashed_once_for_some_entries),
	KUNIT_CASE(contains_does_not_wait_for_a_value),
	KUNIT_CASE(overwriting_a_word_raises_no_sequence),
	KUNIT_CASE(second_turn_has_no_more_room_than_the_first),
	KUNIT_CASE(second_turn_returns_what_came_meanwhile),
	{}
};

static struct kunit_suite bound_suite = {
	.name = "gomap_bound",
	.suite_init = gomap_kunit_allocator_suite_init,
	.suite_exit = gomap_kunit_allocator_suite_exit,
	.init = gomap_kunit_allocator_init,
	.test_cases = bound_cases,
};

kunit_test_suites(&bound_suite);
