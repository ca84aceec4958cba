// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scan: each key exactly once, in maps of every shape, with any buffer, in any
 * number of parts, and while the map moves to a table of another size. What a
 * cursor may be, and what it tells.
 *
 * exhaustive_kunit.c has all interleavings of scans and changes, to a bound, and
 * atomic_kunit.c has scans that race.
 */
#include <kunit/test.h>
#include <linux/gomap.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/position.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

/* As much as a scan may read in one call, see scan.c. */
#define BUDGET 128

/* A scan of keys 0 to @entries - 1 of a shape, all of version 1. */
struct tour {
	struct kunit *test;
	struct gomap *map;
	const struct gomap_kunit_shape *shape;
	u32 entries;
	/* How often each was delivered. */
	u32 *seen;
	u8 *key;
	u8 *value;
	u8 *buffer;
	/* Bytes of the longest record. */
	size_t room;
};

static size_t record_bytes(const struct gomap_kunit_shape *shape, size_t key,
			   size_t value)
{
	if (!(shape->flags & ~GOMAP_HASH_FAST))
		return key + value;
	return ALIGN(sizeof(struct gomap_record) + key + value, 8);
}

static struct tour *new_tour(struct kunit *test,
			     const struct gomap_kunit_shape *shape)
{
	struct tour *tour = kunit_kzalloc(test, sizeof(*tour), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tour);
	tour->test = test;
	tour->shape = shape;
	tour->room = record_bytes(shape, shape->key_size, shape->value_size);
	tour->seen = kunit_kcalloc(test, shape->keys, sizeof(u32), GFP_KERNEL);
	tour->key = kunit_kzalloc(test, shape->key_size, GFP_KERNEL);
	tour->value = kunit_kzalloc(test, shape->value_size + 1, GFP_KERNEL);
	tour->buffer = kunit_kzalloc(test, (tour->room + 8) * shape->keys,
				     GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tour->seen);
	KUNIT_ASSERT_NOT_NULL(test, tour->key);
	KUNIT_ASSERT_NOT_NULL(test, tour->value);
	KUNIT_ASSERT_NOT_NULL(test, tour->buffer);
	return tour;
}

static void begin(struct tour *tour, u32 entries, gomap_kunit_hash_fn *hash)
{
	const struct gomap_params params = {
		.flags = tour->shape->flags,
		.key_size = tour->shape->key_size,
		.value_size = tour->shape->value_size,
	};
	size_t key_len, value_len;
	u32 number;

	tour->map = gomap_kunit_create(tour->test, &params);
	tour->map->test_hash = hash;
	tour->entries = entries;
	for (number = 0; number < entries; number++) {
		key_len = gomap_kunit_key(tour->shape, number, tour->key);
		value_len = gomap_kunit_value(tour->shape, number, 1,
					      tour->value);
		KUNIT_ASSERT_EQ(tour->test,
				gomap_insert(tour->map, tour->key, key_len,
					     tour->value, value_len, 0,
					     GFP_KERNEL), 0);
	}
	gomap_kunit_settle(tour->map);
}

static void end(struct tour *tour)
{
	gomap_kunit_destroy(tour->test, tour->map);
}

/* As gomap_kunit_key() wrote it. */
static u32 number_in(const u8 *key, size_t len)
{
	u32 number = 0;
	size_t width = min(len, sizeof(number));

	memcpy(&number, key + len - width, width);
	return number;
}

static void visit(struct tour *tour, const u8 *key, size_t key_len,
		  const u8 *value, size_t value_len)
{
	struct kunit *test = tour->test;
	u32 number = number_in(key, key_len);

	KUNIT_ASSERT_LT(test, number, tour->entries);
	KUNIT_ASSERT_EQ(test, key_len,
			gomap_kunit_key(tour->shape, number, tour->key));
	KUNIT_ASSERT_MEMEQ(test, key, tour->key, key_len);
	KUNIT_ASSERT_EQ(test, value_len,
			gomap_kunit_value(tour->shape, number, 1,
					  tour->value));
	KUNIT_ASSERT_MEMEQ(test, value, tour->value, value_len);
	tour->seen[number]++;
}

/* Look at the record at @at; its size. */
static size_t visit_record(struct tour *tour, const u8 *at)
{
	const struct gomap_kunit_shape *shape = tour->shape;
	const struct gomap_record *record = (const void *)at;
	size_t len, size;

	if (!(shape->flags & ~GOMAP_HASH_FAST)) {
		visit(tour, at, shape->key_size, at + shape->key_size,
		      shape->value_size);
		return shape->key_size + shape->value_size;
	}
	len = record->key_len + record->value_len;
	size = record_bytes(shape, record->key_len, record->value_len);
	KUNIT_ASSERT_LE(tour->test, size, tour->room);
	visit(tour, record->data, record->key_len,
	      record->data + record->key_len, record->value_len);
	KUNIT_ASSERT_NULL(tour->test,
			  memchr_inv(record->data + len, 0,
				     at + size - record->data - len));
	return size;
}

static void call(struct tour *tour, struct gomap_scan *scan)
{
	struct kunit *test = tour->test;
	size_t at = 0;
	u32 i;

	scan->buffer = tour->buffer;
	memset(tour->buffer, 0xa5, scan->size + 8);
	KUNIT_ASSERT_EQ(test, gomap_scan(tour->map, scan), 0);
	for (i = 0; i < scan->count; i++)
		at += visit_record(tour, tour->buffer + at);
	KUNIT_ASSERT_EQ(test, at, scan->used);
	KUNIT_ASSERT_LE(test, scan->used, scan->size);
	/* Nothing is written beyond the buffer. */
	KUNIT_ASSERT_NULL(test, memchr_inv(tour->buffer + scan->size, 0xa5, 8));
}

/* Guarantee (D): each call delivers, or has spent its budget, or is the last. */
static u32 calls_at_most(struct tour *tour)
{
	return tour->entries + gomap_kunit_buckets(tour->map) / BUDGET + 1;
}

static void scan_part(struct tour *tour, u32 shard, u32 shards, size_t size)
{
	struct gomap_scan scan = {
		.shard = shard, .shards = shards, .size = size,
	};
	u32 calls = 0;

	do {
		call(tour, &scan);
		KUNIT_ASSERT_LE(tour->test, ++calls, calls_at_most(tour));
	} while (!scan.done);
}

static void expect_once(struct tour *tour)
{
	u32 number;

	for (number = 0; number < tour->shape->keys; number++)
		KUNIT_ASSERT_EQ_MSG(tour->test, tour->seen[number],
				    number < tour->entries, "key %u", number);
	memset(tour->seen, 0, tour->shape->keys * sizeof(u32));
}

/*
 * Maps at rest
 */

static void scan_with_every_buffer(struct tour *tour)
{
	/* In bytes: for one record, for not quite three, for some, for all. */
	const size_t sizes[] = {
		tour->room, 3 * tour->room - 1, 7 * tour->room,
		tour->shape->keys * tour->room,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		scan_part(tour, 0, i & 1, sizes[i]);
		expect_once(tour);
	}
}

static void shape_name(const struct gomap_kunit_shape *shape, char *name)
{
	strscpy(name, shape->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shape, gomap_kunit_shapes, shape_name);

static void every_key_comes_once(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	const u32 entries[] = { 0, 1, 8, 9, shape->keys / 2, shape->keys };
	struct tour *tour = new_tour(test, shape);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		begin(tour, entries[i], NULL);
		scan_with_every_buffer(tour);
		end(tour);
	}
}

static const struct gomap_kunit_shape eight_to_eight = {
	"8 to 8", 8, 8, 0, 3000,
};

static void hash_name(const struct gomap_kunit_hash *hash, char *name)
{
	strscpy(name, hash->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hash, gomap_kunit_hashes, hash_name);

/* With equal hashes the tie alone tells keys apart. */
static void every_key_comes_once_with_bad_hashes(struct kunit *test)
{
	const struct gomap_kunit_hash *hash = test->param_value;
	static const struct gomap_kunit_shape any_to_any = {
		"any to any", 40, 100, GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 120,
	};
	static const struct gomap_kunit_shape few = { "few", 8, 8, 0, 120 };
	struct tour *tour;

	tour = new_tour(test, &few);
	begin(tour, few.keys, hash->function);
	scan_with_every_buffer(tour);
	tour = new_tour(test, &any_to_any);
	begin(tour, any_to_any.keys, hash->function);
	scan_with_every_buffer(tour);
}

static void every_key_of_a_large_map_comes_once(struct kunit *test)
{
	struct tour *tour = new_tour(test, &eight_to_eight);

	begin(tour, 3000, NULL);
	scan_part(tour, 0, 0, 16);
	expect_once(tour);
	scan_part(tour, 0, 0, 1000);
	expect_once(tour);
}

static void shards_divide_the_map(struct kunit *test)
{
	static const u32 shards[] = { 1, 2, 3, 7, 64, 65535, 65536 };
	struct tour *tour = new_tour(test, &eight_to_eight);
	u32 i, shard;

	begin(tour, 300, NULL);
	for (i = 0; i < ARRAY_SIZE(shards); i++) {
		for (shard = 0; shard < shards[i]; shard++)
			scan_part(tour, shard, shards[i], i & 1 ? 16 : 48);
		expect_once(tour);
	}
}

/* Hashes at the very ends of shards: 0, all ones, and next to each half. */
static u64 hash_at_ends(const void *data, size_t len)
{
	static const u64 positions[] = {
		0, 1, U64_MAX, U64_MAX - 1, 1ULL << 63, (1ULL << 63) - 1,
		1ULL << 62, (1ULL << 62) - 1, 3ULL << 62, (3ULL << 62) - 1,
	};
	u64 key = *(const u64 *)data >> 32;

	return gomap_reverse(positions[key % ARRAY_SIZE(positions)]);
}

/* Twice each, in shards, and as a whole. */
static void ends_of_shards_belong_to_one(struct kunit *test)
{
	static const struct gomap_kunit_shape shape = { "", 8, 8, 0, 20 };
	struct tour *tour = new_tour(test, &shape);
	u32 shards, shard;
	size_t size;

	begin(tour, 20, hash_at_ends);
	for (shards = 0; shards <= 8; shards++) {
		for (size = 16; size <= 64; size += 16) {
			for (shard = 0; shard < max(shards, 1U); shard++)
				scan_part(tour, shard, shards, size);
			expect_once(tour);
		}
	}
}

static void there_is_no_other_shard(struct kunit *test)
{
	static const struct {
		u32 shard;
		u32 shards;
	} wrong[] = {
		{ 1, 0 }, { 1, 1 }, { 2, 2 }, { U32_MAX, 2 }, { 7, 7 },
		{ 0, 65537 }, { 0, U32_MAX }, { 65536, 65536 },
	};
	struct tour *tour = new_tour(test, &eight_to_eight);
	struct gomap_scan scan = { .buffer = tour->buffer, .size = 100 };
	u32 i;

	begin(tour, 10, NULL);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		scan.shard = wrong[i].shard;
		scan.shards = wrong[i].shards;
		KUNIT_EXPECT_EQ_MSG(test, gomap_scan(tour->map, &scan), -EINVAL,
				    "%u of %u", scan.shard, scan.shards);
	}
}

static void empty_map_is_done_at_once(struct kunit *test)
{
	struct tour *tour = new_tour(test, &eight_to_eight);
	struct gomap_scan scan = {};
	u64 key = 0;

	/* Without a table, and with one; no buffer is needed. */
	begin(tour, 0, NULL);
	KUNIT_EXPECT_EQ(test, gomap_scan(tour->map, &scan), 0);
	KUNIT_EXPECT_TRUE(test, scan.done);
	KUNIT_EXPECT_EQ(test, scan.count, 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(tour->map, key, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_del(tour->map, key), 0);
	memset(&scan, 0, sizeof(scan));
	KUNIT_EXPECT_EQ(test, gomap_scan(tour->map, &scan), 0);
	KUNIT_EXPECT_TRUE(test, scan.done);
	KUNIT_EXPECT_EQ(test, scan.count, 0);
	KUNIT_EXPECT_EQ(test, scan.used, 0);
}

/* A buffer for all entries takes them in one call, which says that it is done. */
static void scan_is_done_when_nothing_is_left(struct kunit *test)
{
	struct tour *tour = new_tour(test, &eight_to_eight);
	struct gomap_scan scan = { .size = 20 * 16 };

	begin(tour, 20, NULL);
	call(tour, &scan);
	KUNIT_EXPECT_EQ(test, scan.count, 20);
	KUNIT_EXPECT_TRUE(test, scan.done);
	expect_once(tour);

	memset(&scan, 0, sizeof(scan));
	scan.size = 19 * 16;
	call(tour, &scan);
	KUNIT_EXPECT_EQ(test, scan.count, 19);
	KUNIT_EXPECT_FALSE(test, scan.done);
	call(tour, &scan);
	KUNIT_EXPECT_EQ(test, scan.count, 1);
	KUNIT_EXPECT_TRUE(test, scan.done);
	expect_once(tour);
}

static u64 hash_at_last_position(const void *data, size_t len)
{
	return U64_MAX;
}

/*
 * 1024 chains, all empty but the last one: three calls for nothing, and in the
 * fourth the entry. An empty map of that size takes as many.
 */
static void empty_chains_count(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8,
		.reserve = gomap_grow_above(10),
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	struct gomap_scan scan;
	u64 record[2], key = 5;
	u32 round, calls;

	map->test_hash = hash_at_last_position;
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 1024);
	for (round = 0; round < 2; round++) {
		memset(&scan, 0, sizeof(scan));
		scan.buffer = record;
		scan.size = sizeof(record);
		for (calls = 1; calls <= 3; calls++) {
			KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
			KUNIT_ASSERT_EQ(test, scan.count, 0);
			KUNIT_ASSERT_FALSE(test, scan.done);
		}
		KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
		KUNIT_ASSERT_EQ(test, scan.count, round);
		KUNIT_ASSERT_TRUE(test, scan.done);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 1, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, record[0], 5);
}

/*
 * Records
 */

static void records_of_fixed_size_are_key_and_value(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 3, 5);
	u8 buffer[20];
	struct gomap_scan scan = { .buffer = buffer, .size = sizeof(buffer) };

	KUNIT_ASSERT_EQ(test, gomap_insert(map, "abc", 3, "vwxyz", 5, 0,
					   GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
	KUNIT_EXPECT_EQ(test, scan.count, 1);
	KUNIT_EXPECT_EQ(test, scan.used, 8);
	KUNIT_EXPECT_MEMEQ(test, buffer, "abcvwxyz", 8);
}

static void records_of_any_size_have_lengths(struct kunit *test)
{
	const struct gomap_params params = {
		.flags = GOMAP_VAR_VALUE, .key_size = 3, .value_size = 50,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	static const u32 words[] = { 3, 6 };
	u64 buffer[8];
	struct gomap_scan scan = { .buffer = buffer, .size = sizeof(buffer) };

	KUNIT_ASSERT_EQ(test, gomap_insert(map, "abc", 3, "uvwxyz", 6, 0,
					   GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
	KUNIT_EXPECT_EQ(test, scan.count, 1);
	/* 8 for the lengths, 9 for key and value, 7 to the next multiple. */
	KUNIT_EXPECT_EQ(test, scan.used, 24);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)buffer, words, 8);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)buffer + 8, "abcuvwxyz\0\0\0\0\0\0\0",
			   16);
}

/* It is told what it needs, nothing is delivered, and it can go on from there. */
static void small_buffer_is_told_the_size(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct tour *tour = new_tour(test, shape);
	struct gomap_scan scan = { .buffer = tour->buffer };
	size_t needed;
	u32 i = 0;

	begin(tour, min(shape->keys, 20U), NULL);
	while (!scan.done) {
		KUNIT_ASSERT_LE(test, i++, tour->entries);
		scan.size = 0;
		scan.buffer = tour->buffer;
		if (!gomap_scan(tour->map, &scan)) {
			KUNIT_EXPECT_TRUE(test, scan.done);
			break;
		}
		needed = scan.used;
		KUNIT_ASSERT_GT(test, needed, 0);
		KUNIT_ASSERT_LE(test, needed, tour->room);
		scan.size = needed - 1;
		memset(tour->buffer, 0xa5, scan.size + 8);
		KUNIT_ASSERT_EQ(test, gomap_scan(tour->map, &scan), -EMSGSIZE);
		KUNIT_ASSERT_EQ(test, scan.used, needed);
		KUNIT_ASSERT_EQ(test, scan.count, 0);
		KUNIT_ASSERT_FALSE(test, scan.done);
		KUNIT_ASSERT_NULL(test, memchr_inv(tour->buffer + scan.size,
						   0xa5, 8));
		scan.size = needed;
		call(tour, &scan);
		KUNIT_ASSERT_EQ(test, scan.count, 1);
		KUNIT_ASSERT_EQ(test, scan.used, needed);
	}
	expect_once(tour);
}

/* Frozen maps can be scanned. */
static void frozen_map_is_scanned(struct kunit *test)
{
	struct tour *tour = new_tour(test, &eight_to_eight);

	begin(tour, 30, NULL);
	gomap_freeze(tour->map);
	scan_part(tour, 0, 0, 48);
	expect_once(tour);
}

/*
 * Cursors
 */

static void any_cursor_is_harmless(struct kunit *test)
{
	struct tour *tour = new_tour(test, &eight_to_eight);
	struct rnd_state random;
	struct gomap_scan scan;
	u32 i, number, calls;

	kunit_info(test, "seed %lu\n", gomap_kunit_seed);
	prandom_seed_state(&random, gomap_kunit_seed);
	begin(tour, 50, NULL);
	for (i = 0; i < 1000; i++) {
		memset(&scan, 0, sizeof(scan));
		scan.shards = 1 + i % 4;
		scan.shard = i / 4 % scan.shards;
		scan.size = 16 + i % 100;
		prandom_bytes_state(&random, &scan.cursor, sizeof(scan.cursor));
		if (i % 3 == 1)
			scan.cursor.position = 0;
		if (i % 3 == 2)
			memset(&scan.cursor, 0xff, 8 + i % 2 * 8);
		calls = 0;
		do {
			call(tour, &scan);
			KUNIT_ASSERT_LE(test, ++calls, calls_at_most(tour));
		} while (!scan.done);
		for (number = 0; number < 50; number++)
			KUNIT_ASSERT_LE(test, tour->seen[number], 1);
		memset(tour->seen, 0, 50 * sizeof(u32));
	}
}

/* It doesn't go bad: from each of its cursors a scan delivers the same again. */
static void cursor_can_be_used_again(struct kunit *test)
{
	struct tour *tour = new_tour(test, &eight_to_eight);
	struct gomap_scan scan = { .size = 16 };
	struct gomap_cursor *cursors;
	u64 *keys, key;
	u32 i = 0, round;

	cursors = kunit_kcalloc(test, 101, sizeof(*cursors), GFP_KERNEL);
	keys = kunit_kcalloc(test, 100, sizeof(*keys), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cursors);
	KUNIT_ASSERT_NOT_NULL(test, keys);
	begin(tour, 100, NULL);
	do {
		KUNIT_ASSERT_LT(test, i, 101);
		cursors[i] = scan.cursor;
		call(tour, &scan);
		if (scan.count)
			keys[i++] = *(u64 *)tour->buffer;
	} while (!scan.done);
	KUNIT_ASSERT_EQ(test, i, 100);
	expect_once(tour);
	for (round = 0; round < 2; round++) {
		for (i = 100; i--; ) {
			memset(&scan, 0, sizeof(scan));
			scan.size = 16;
			scan.cursor = cursors[i];
			call(tour, &scan);
			key = *(u64 *)tour->buffer;
			KUNIT_ASSERT_EQ(test, scan.count, 1);
			KUNIT_ASSERT_EQ(test, key, keys[i]);
		}
		expect_once(tour);
	}
}

#define MAPS 32
#define BITS 128

static void two_words(const struct gomap_cursor *cursor, u64 *words)
{
	words[0] = cursor->position;
	words[1] = cursor->tie;
}

/*
 * One chain of 8 and a buffer for one: after each call, the cursor is the place
 * after the key that was delivered. @differ counts the calls in which a bit of
 * it is not that of the place, or of what it was in the map before.
 */
static void compare_cursors(struct tour *tour, struct gomap_cursor *last,
			    u32 (*differ)[BITS])
{
	struct gomap *map = tour->map;
	struct gomap_scan scan = { .size = 16 };
	struct gomap_cursor place;
	u64 is[2], was[2], at[2];
	u32 i, bit;

	for (i = 0; i < 8; i++) {
		call(tour, &scan);
		KUNIT_ASSERT_EQ(tour->test, scan.count, 1);
		place.position = gomap_reverse(gomap_hash(map, tour->buffer,
							  8));
		place.tie = siphash(tour->buffer, 8, &map->tie_secret) + 1;
		two_words(&scan.cursor, is);
		two_words(&place, at);
		two_words(&last[i], was);
		for (bit = 0; bit < BITS; bit++) {
			differ[0][bit] += (is[bit / 64] ^ at[bit / 64]) >>
					  bit % 64 & 1;
			differ[1][bit] += (is[bit / 64] ^ was[bit / 64]) >>
					  bit % 64 & 1;
		}
		last[i] = scan.cursor;
	}
}

/*
 * Each bit of a cursor says nothing about the place that it stands for, nor about
 * the cursor of the same place in another map: of 256, half differ, which is 128
 * with a standard deviation of 8. The tolerance is 8 deviations.
 */
static void cursors_tell_nothing(struct kunit *test)
{
	static const struct gomap_kunit_shape shape = { "", 8, 8, 0, 8 };
	struct tour *tour = new_tour(test, &shape);
	struct gomap_cursor last[8] = {};
	u32 (*differ)[BITS];
	u32 i, bit;

	differ = kunit_kcalloc(test, 2, sizeof(*differ), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, differ);
	for (i = 0; i < MAPS; i++) {
		/* All with the seed's secret and so with the same places. */
		begin(tour, 8, NULL);
		tour->map->cursor_secret.key[0] = gomap_kunit_seed + i;
		tour->map->cursor_secret.key[1] = i;
		tour->map->tie_secret = tour->map->secret;
		compare_cursors(tour, last, differ);
		end(tour);
	}
	for (i = 0; i < 2; i++) {
		for (bit = 0; bit < BITS; bit++) {
			KUNIT_EXPECT_GT(test, differ[i][bit], 64);
			KUNIT_EXPECT_LT(test, differ[i][bit], 192);
		}
	}
}

static void every_map_has_its_own_cursors(struct kunit *test)
{
	struct gomap *a = gomap_kunit_create_sized(test, 8, 8);
	struct gomap *b = gomap_kunit_create_sized(test, 8, 8);

	KUNIT_EXPECT_MEMNEQ(test, &a->cursor_secret, &b->cursor_secret,
			    sizeof(a->cursor_secret));
	KUNIT_EXPECT_MEMNEQ(test, &a->cursor_secret, &a->secret,
			    sizeof(a->secret));
}

/*
 * While the map moves
 */

#define MOVE_KEYS 40

/* Those to other sizes than half and twice as much are several. */
static const struct move {
	u32 from;
	u32 to;
	const char *name;
} moves[] = {
	{ 2, 3, "twice as large" },
	{ 0, 1, "from one bucket to two" },
	{ 0, 6, "64 times as large" },
	{ 2, 6, "16 times as large" },
	{ 3, 3, "as large" },
	{ 3, 2, "half as large" },
	{ 6, 0, "64 times smaller" },
	{ 5, 2, "8 times smaller" },
};

static void move_name(const struct move *move, char *name)
{
	strscpy(name, move->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(move, moves, move_name);

struct moving {
	struct kunit *test;
	struct gomap *map;
	struct gomap_scan scan;
	u64 records[8][2];
	u8 seen[MOVE_KEYS];
};

static void moving_begin(struct moving *moving, u32 log2, u32 buffer,
			 gomap_kunit_hash_fn *hash)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8,
		.reserve = gomap_grow_above(log2),
	};
	u64 key;

	memset(moving->seen, 0, sizeof(moving->seen));
	memset(&moving->scan, 0, sizeof(moving->scan));
	moving->scan.buffer = moving->records;
	moving->scan.size = buffer * sizeof(moving->records[0]);
	moving->map = gomap_kunit_create(moving->test, &params);
	moving->map->test_hash = hash;
	gomap_kunit_hold_worker(moving->map);
	/* A map that is over its limit grows when a key is inserted. */
	for (key = 0; key < min(params.reserve, MOVE_KEYS); key++)
		KUNIT_ASSERT_EQ(moving->test,
				gomap_kunit_put(moving->map, key, ~key, 0), 0);
	KUNIT_ASSERT_NULL(moving->test,
			  gomap_kunit_next(gomap_kunit_table(moving->map)));
}

static void moving_call(struct moving *moving)
{
	struct kunit *test = moving->test;
	u32 i;

	if (moving->scan.done)
		return;
	KUNIT_ASSERT_EQ(test, gomap_scan(moving->map, &moving->scan), 0);
	KUNIT_ASSERT_TRUE(test, moving->scan.count || moving->scan.done);
	for (i = 0; i < moving->scan.count; i++) {
		KUNIT_ASSERT_LT(test, moving->records[i][0], MOVE_KEYS);
		KUNIT_ASSERT_EQ(test, moving->records[i][1],
				~moving->records[i][0]);
		moving->seen[moving->records[i][0]]++;
	}
}

static void moving_end(struct moving *moving)
{
	u64 len = gomap_len(moving->map);
	u32 calls = 0, key;

	while (!moving->scan.done) {
		KUNIT_ASSERT_LE(moving->test, calls++, MOVE_KEYS);
		moving_call(moving);
	}
	for (key = 0; key < MOVE_KEYS; key++)
		KUNIT_ASSERT_EQ_MSG(moving->test, moving->seen[key], key < len,
				    "key %u", key);
	gomap_kunit_destroy(moving->test, moving->map);
}

/* The next table on the way to one of 2^@to heads. */
static u32 next_log2(u32 log2, u32 to)
{
	return log2 < to ? log2 + 1 : log2 > to ? log2 - 1 : log2;
}

static void moving_attach(struct moving *moving, u32 to)
{
	u32 log2 = gomap_kunit_table(moving->map)->log2;

	gomap_kunit_attach(moving->test, moving->map, next_log2(log2, to));
}

/*
 * After @calls calls, the last move comes to @stop chains, and a scan begins or goes
 * on.
 */
static void scan_stopped_move(struct moving *moving, const struct move *move,
			      u32 calls, u32 stop)
{
	u32 last = next_log2(move->to, move->from), heads = 1U << last, i;

	for (i = 0; i < calls; i++)
		moving_call(moving);
	while (gomap_kunit_table(moving->map)->log2 != last) {
		moving_attach(moving, move->to);
		gomap_kunit_end_move(moving->test, moving->map);
	}
	moving_attach(moving, move->to);
	for (i = 0; i < stop; i++)
		gomap_kunit_evacuate(moving->test, moving->map,
				     stop & 1 ? i : heads - 1 - i);
	moving_end(moving);
}

/* A scan that has begun before the move, and sees it stopped at every chain. */
static void keys_come_once_at_every_stop_of_a_move(struct kunit *test)
{
	const struct move *move = test->param_value;
	struct moving *moving = kunit_kzalloc(test, sizeof(*moving),
					      GFP_KERNEL);
	u32 heads = 1U << next_log2(move->to, move->from);
	u32 hash, stop, calls, buffer;

	KUNIT_ASSERT_NOT_NULL(test, moving);
	moving->test = test;
	for (hash = 0; hash < GOMAP_KUNIT_HASHES; hash++) {
		for (stop = 0; stop <= heads; stop += 1 + heads / 16) {
			for (calls = 0; calls < 12; calls += 3) {
				buffer = 1 + (stop + calls) % 4;
				moving_begin(moving, move->from, buffer,
					     gomap_kunit_hashes[hash].function);
				scan_stopped_move(moving, move, calls, stop);
			}
		}
	}
}

/* Chains move between any two calls, the last or the first of them first. */
static void moving_move(struct moving *moving, u32 to, bool downwards)
{
	u32 heads = gomap_nr_heads(gomap_kunit_table(moving->map)), chain;

	moving_attach(moving, to);
	for (chain = 0; chain < heads; chain++) {
		gomap_kunit_evacuate(moving->test, moving->map,
				     downwards ? heads - 1 - chain : chain);
		if (!(chain % (1 + heads / 16)))
			moving_call(moving);
	}
}

/* To a table and back again, by way of those in between. */
static void keys_come_once_while_tables_come_and_go(struct kunit *test)
{
	const struct move *move = test->param_value;
	struct moving *moving = kunit_kzalloc(test, sizeof(*moving),
					      GFP_KERNEL);
	u32 hash, begin, call, round, to;

	KUNIT_ASSERT_NOT_NULL(test, moving);
	moving->test = test;
	for (hash = 0; hash < GOMAP_KUNIT_HASHES; hash++) {
		for (begin = 0; begin < 8; begin++) {
			moving_begin(moving, move->from, 1 + (begin & 1),
				     gomap_kunit_hashes[hash].function);
			for (call = 0; call < begin; call++)
				moving_call(moving);
			for (round = 0; round < 4; round++) {
				to = round & 1 ? move->from : move->to;
				do
					moving_move(moving, to, begin & 2);
				while (gomap_kunit_table(moving->map)->log2 !=
				       to);
			}
			moving_end(moving);
		}
	}
}

/*
 * Between changes
 */

#define CHANGED 400

/* What has become of a key since the scan began. */
struct life {
	bool there;
	bool throughout;
	u32 delivered;
};

static void change(struct kunit *test, struct gomap *map, struct life *life,
		   u64 key)
{
	if (life->there) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key), 0);
	} else {
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
		life->delivered = 0;
	}
	life->there = !life->there;
	life->throughout = false;
}

static void scan_once(struct kunit *test, struct gomap *map, struct life *lives,
		      struct gomap_scan *scan)
{
	u64 (*records)[2] = scan->buffer;
	u32 i;

	KUNIT_ASSERT_EQ(test, gomap_scan(map, scan), 0);
	for (i = 0; i < scan->count; i++) {
		KUNIT_ASSERT_LT(test, records[i][0], CHANGED);
		KUNIT_ASSERT_TRUE(test, lives[records[i][0]].there);
		lives[records[i][0]].delivered++;
		KUNIT_ASSERT_EQ(test, lives[records[i][0]].delivered, 1);
	}
}

/*
 * The map fills and empties, grows and shrinks by its own rules, at random
 * between calls. Keys there throughout come once, no other is there or twice.
 */
static void scans_go_on_between_changes(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct life *lives = kunit_kcalloc(test, CHANGED, sizeof(*lives),
					   GFP_KERNEL);
	u64 records[4][2];
	struct rnd_state random;
	u32 round, i, limit, key, calls, len = 0;
	struct gomap_scan scan;

	KUNIT_ASSERT_NOT_NULL(test, lives);
	kunit_info(test, "seed %lu\n", gomap_kunit_seed);
	prandom_seed_state(&random, gomap_kunit_seed);
	gomap_kunit_hold_worker(map);
	for (round = 0; round < 60; round++) {
		memset(&scan, 0, sizeof(scan));
		scan.buffer = records;
		scan.size = 16 * (1 + round % 4);
		for (key = 0; key < CHANGED; key++) {
			lives[key].throughout = lives[key].there;
			lives[key].delivered = 0;
		}
		/* From all keys changed down to few, so that sizes change. */
		limit = 1 + CHANGED * (round % 10) / 10;
		for (calls = 0; !scan.done; calls++) {
			/* Some keys come and go before it, and it ends. */
			KUNIT_ASSERT_LE(test, calls, CHANGED * 8);
			for (i = 0; i < 6; i++) {
				key = prandom_u32_state(&random) % limit;
				if (round & 1 && !lives[key].there)
					continue;
				change(test, map, &lives[key], key);
				len += lives[key].there ? 1 : -1;
			}
			if (gomap_kunit_table(map) && calls % 16 == 3)
				gomap_kunit_run_worker(map);
			scan_once(test, map, lives, &scan);
		}
		for (key = 0; key < CHANGED; key++)
			if (lives[key].throughout)
				KUNIT_ASSERT_EQ(test, lives[key].delivered, 1);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, len);
	}
}

/* The deletion of "the current key" is nothing special: all go, one by one. */
static void delivered_keys_can_be_deleted(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 record[2], key, keys = 500;
	struct gomap_scan scan = { .buffer = record, .size = sizeof(record) };

	for (key = 0; key < keys; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
	while (!scan.done) {
		KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
		if (scan.count) {
			KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, record[0]),
					0);
			keys--;
		}
	}
	KUNIT_EXPECT_EQ(test, keys, 0);
	gomap_kunit_settle(map);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

/* Replaced while the scan goes on: new keys for old, the old ones stay away. */
static void replaced_keys_do_not_come_back(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 record[2], key;
	struct gomap_scan scan = { .buffer = record, .size = sizeof(record) };
	u32 old = 0;

	for (key = 0; key < 300; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
	while (!scan.done) {
		KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
		if (!scan.count || record[0] >= 300)
			continue;
		old++;
		/* It comes once however often it is overwritten. */
		key = record[0];
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 7, 0), 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key), 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key + 300, key, 0),
				0);
	}
	KUNIT_EXPECT_EQ(test, old, 300);
	KUNIT_EXPECT_EQ(test, gomap_len(map), 300);
}

static struct kunit_case scan_cases[] = {
	KUNIT_CASE_PARAM(every_key_comes_once, shape_gen_params),
	KUNIT_CASE_PARAM(every_key_comes_once_with_bad_hashes, hash_gen_params),
	KUNIT_CASE(every_key_of_a_large_map_comes_once),
	KUNIT_CASE(shards_divide_the_map),
	KUNIT_CASE(ends_of_shards_belong_to_one),
	KUNIT_CASE(there_is_no_other_shard),
	KUNIT_CASE(empty_map_is_done_at_once),
	KUNIT_CASE(scan_is_done_when_nothing_is_left),
	KUNIT_CASE(empty_chains_count),
	KUNIT_CASE(records_of_fixed_size_are_key_and_value),
	KUNIT_CASE(records_of_any_size_have_lengths),
	KUNIT_CASE_PARAM(small_buffer_is_told_the_size, shape_gen_params),
	KUNIT_CASE(frozen_map_is_scanned),
	KUNIT_CASE(any_cursor_is_harmless),
	KUNIT_CASE(cursor_can_be_used_again),
	KUNIT_CASE(cursors_tell_nothing),
	KUNIT_CASE(every_map_has_its_own_cursors),
	KUNIT_CASE_PARAM(keys_come_once_at_every_stop_of_a_move,
			 move_gen_params),
	KUNIT_CASE_PARAM(keys_come_once_while_tables_come_and_go,
			 move_gen_params),
	KUNIT_CASE(scans_go_on_between_changes),
	KUNIT_CASE(delivered_keys_can_be_deleted),
	KUNIT_CASE(replaced_keys_do_not_come_back),
	{}
};

static struct kunit_suite scan_suite = {
	.name = "gomap_scan",
	.test_cases = scan_cases,
};

kunit_test_suites(&scan_suite);
