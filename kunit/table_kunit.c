// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables: how many buckets for how many entries, how large buckets are, where
 * they lie, and when they come by their memory.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/bottom_half.h>
#include <linux/err.h>
#include <linux/gomap.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/entry.h"
#include "../module/core/memory.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

/*
 * The most entries that Go puts into so many buckets: TestMapBuckets in
 * runtime/map_test.go up to 26, and 6.5 per bucket beyond.
 */
static const struct {
	u32 entries;
	u32 buckets;
} go_limits[] = {
	{ 8, 1 },
	{ 13, 2 },
	{ 26, 4 },
	{ 52, 8 },
	{ 104, 16 },
	{ 208, 32 },
	{ 416, 64 },
	{ 832, 128 },
	{ 1664, 256 },
	{ 3328, 512 },
	{ 6656, 1024 },
	{ 13312, 2048 },
	{ 26624, 4096 },
	{ 53248, 8192 },
	{ 106496, 16384 },
};

static u32 go_buckets(u32 entries)
{
	u32 i = 0;

	while (entries > go_limits[i].entries)
		i++;
	return go_limits[i].buckets;
}

/* Is @entries at a limit, or one off? */
static bool near_limit(u32 entries)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(go_limits); i++)
		if (abs_diff(entries, go_limits[i].entries) <= 1)
			return true;
	return false;
}

static void new_map_has_no_table(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_stats stats;
	u64 value;

	gomap_stats(map, &stats);
	KUNIT_EXPECT_EQ(test, stats.buckets, 0);
	KUNIT_EXPECT_EQ(test, stats.overflow_buckets, 0);
	KUNIT_EXPECT_EQ(test, stats.longest_chain, 0);
	KUNIT_EXPECT_FALSE(test, stats.growing);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 1, &value), -ENOENT);
	KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 1), -ENOENT);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

static void inserts_make_as_many_buckets_as_in_go(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 0);
	const u32 last = go_limits[ARRAY_SIZE(go_limits) - 1].entries;
	u32 entries;

	for (entries = 1; entries <= last; entries++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, entries, 0,
						      GOMAP_INSERT_NEW), 0);
		if (entries > 300 && !near_limit(entries))
			continue;
		gomap_kunit_settle(map);
		KUNIT_ASSERT_EQ_MSG(test, gomap_kunit_buckets(map),
				    go_buckets(entries), "%u entries",
				    entries);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map, last);
}

static void overwrites_make_no_buckets(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u32 i;

	for (i = 0; i < 26; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i, 0, 0), 0);
	for (i = 0; i < 1000; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i % 26, i, 0), 0);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 4);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 26);
}

static void reserve_makes_as_many_buckets_as_in_go(struct kunit *test)
{
	struct gomap_params params = { .key_size = 8 };
	struct gomap *map;
	u32 entries;

	for (entries = 1; entries <= 106496; entries++) {
		if (entries > 60 && !near_limit(entries))
			continue;
		params.reserve = entries;
		map = gomap_kunit_create(test, &params);
		KUNIT_EXPECT_EQ_MSG(test, gomap_kunit_buckets(map),
				    go_buckets(entries), "reserve of %u",
				    entries);
		gomap_kunit_destroy(test, map);
	}
}

static void map_does_not_grow_within_its_reserve(struct kunit *test)
{
	const struct gomap_params params = { .key_size = 8, .reserve = 1664 };
	struct gomap *map = gomap_kunit_create(test, &params);
	struct gomap_table *table = gomap_kunit_table(map);
	u32 i;

	for (i = 0; i < params.reserve; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i, 0, 0), 0);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(map), table);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 256);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, params.reserve);
}

/* From a quarter of its limit on a table is too large: 26 / 4 entries here. */
static void deletes_leave_the_table_at_first(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 0);
	u32 i;

	for (i = 0; i < 26; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i, 0, 0), 0);
	gomap_kunit_settle(map);
	for (i = 0; i < 20; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, i), 0);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 4);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 6);
	KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, i), 0);
	gomap_kunit_settle(map);
	KUNIT_EXPECT_LT(test, gomap_kunit_buckets(map), 4);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 5);
}

static void limits_agree_with_each_other(struct kunit *test)
{
	u32 log2;

	KUNIT_EXPECT_EQ(test, gomap_log2_for(0), 0);
	KUNIT_EXPECT_EQ(test, gomap_grow_above(0), 8);
	for (log2 = 1; log2 <= GOMAP_LOG2_MAX; log2++)
		KUNIT_EXPECT_EQ(test, gomap_grow_above(log2),
				13 * BIT_ULL(log2) / 2);
	for (log2 = 0; log2 <= GOMAP_LOG2_MAX; log2++) {
		KUNIT_EXPECT_EQ(test, gomap_log2_for(gomap_grow_above(log2)),
				log2);
		KUNIT_EXPECT_EQ(test,
				gomap_log2_for(gomap_grow_above(log2) + 1),
				min(log2 + 1, GOMAP_LOG2_MAX));
	}
	KUNIT_EXPECT_EQ(test, gomap_log2_for(U64_MAX), GOMAP_LOG2_MAX);
}

/* Buckets of all sizes that maps have are multiples of 16 bytes. */
#define STRIDE_MIN 48
#define STRIDE_MAX 1104

struct layout {
	u32 key_size, value_size, flags;
	u32 value_offset, slot_stride, bucket_stride;
	bool has_entries;
};

static const struct layout layouts[] = {
	/* Words of 4 bytes where key and value have no more. */
	{ 1, 0, 0, 4, 4, 48, false },
	{ 1, 1, 0, 4, 8, 80, false },
	{ 4, 0, 0, 4, 4, 48, false },
	{ 4, 4, 0, 4, 8, 80, false },
	/* Words of 8 otherwise. */
	{ 5, 0, 0, 8, 8, 80, false },
	{ 4, 5, 0, 8, 16, 144, false },
	{ 5, 4, 0, 8, 16, 144, false },
	{ 8, 0, 0, 8, 8, 80, false },
	{ 8, 8, 0, 8, 16, 144, false },
	{ 16, 64, 0, 16, 80, 656, false },
	{ 1, 127, 0, 8, 136, 1104, false },
	{ 127, 1, 0, 128, 136, 1104, false },
	{ 8, 120, 0, 8, 128, 1040, false },
	{ 128, 0, 0, 128, 128, 1040, false },
	/* Pointers to entries above 128 bytes, and for any length. */
	{ 129, 0, 0, 0, 8, 80, true },
	{ 1, 128, 0, 0, 8, 80, true },
	{ 4096, 1 << 20, 0, 0, 8, 80, true },
	{ 8, 0, GOMAP_VAR_KEY, 0, 8, 80, true },
	{ 1, 1, GOMAP_VAR_VALUE, 0, 8, 80, true },
};

static void layout_name(const struct layout *layout, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%u to %u, flags %u",
		 layout->key_size, layout->value_size, layout->flags);
}

KUNIT_ARRAY_PARAM(layout, layouts, layout_name);

static void slots_are_as_small_as_words_allow(struct kunit *test)
{
	const struct layout *layout = test->param_value;
	const struct gomap_params params = {
		.flags = layout->flags,
		.key_size = layout->key_size,
		.value_size = layout->value_size,
	};
	struct gomap *map = gomap_kunit_create(test, &params);

	KUNIT_EXPECT_EQ(test, map->has_entries, layout->has_entries);
	KUNIT_EXPECT_EQ(test, map->value_offset, layout->value_offset);
	KUNIT_EXPECT_EQ(test, map->slot_stride, layout->slot_stride);
	KUNIT_EXPECT_EQ(test, map->bucket_stride, layout->bucket_stride);
}

static bool layout_holds(const struct gomap *map)
{
	/* Headers never straddle a cache line, words are aligned. */
	return map->bucket_stride % 16 == 0 &&
	       map->bucket_stride <= STRIDE_MAX &&
	       map->slot_stride % map->word_size == 0 &&
	       map->value_offset % map->word_size == 0 &&
	       map->bucket_stride == 16 + 8 * map->slot_stride &&
	       (map->has_entries ||
		(map->value_offset >= map->key_size &&
		 map->slot_stride >= map->value_offset + map->value_size));
}

static void layout_holds_for_all_sizes(struct kunit *test)
{
	u32 key_size, value_size;
	struct gomap *map;

	for (key_size = 1; key_size <= 132; key_size++) {
		for (value_size = 0; value_size <= 132; value_size++) {
			/* Every size, but not with every other. */
			if (key_size > 9 && value_size > 9 &&
			    key_size + value_size < 127)
				continue;
			map = gomap_kunit_create_sized(test, key_size,
						       value_size);
			KUNIT_EXPECT_TRUE_MSG(test, layout_holds(map),
					      "%u to %u", key_size, value_size);
			gomap_kunit_destroy(test, map);
		}
	}
}

/*
 * Division into blocks
 */

#define NUMBER_MAX (BIT_ULL(31) - 1)

static u32 pieces_wasted(const struct gomap_table *table)
{
	return table->piece_bytes - table->per_block * table->bucket_stride;
}

static bool pieces_hold(const struct gomap_table *table)
{
	u64 heads = (u64)table->bucket_stride << table->log2;
	u32 bytes = table->piece_bytes;

	return is_power_of_2(bytes) && bytes >= SZ_512 && bytes <= SZ_32K &&
	       table->per_block == bytes / table->bucket_stride &&
	       table->per_block > 0 &&
	       /* Few blocks, nearly all used, unless that is too much. */
	       (bytes == SZ_32K || heads <= 4 * bytes) &&
	       (bytes == SZ_32K || pieces_wasted(table) <= bytes / 16 ||
		bytes >= 2 * heads) &&
	       /* No more than the heads take, and a few buckets. */
	       bytes <= max_t(u64, SZ_512, 4 * heads) &&
	       /* Nodes have the size of blocks. */
	       BIT(table->node_shift) == bytes / sizeof(void *) &&
	       table->node_mask == BIT(table->node_shift) - 1 &&
	       /* Every bucket that the table can have has a place. */
	       (u64)table->nr_nodes * BIT(table->node_shift) *
	       table->per_block >= (u64)gomap_nr_heads(table) + table->move_max;
}

static bool divides(const struct gomap_table *table, u64 number)
{
	return number > NUMBER_MAX ||
	       gomap_block_of(table, number) == number / table->per_block;
}

static bool divides_around(const struct gomap_table *table, u64 number)
{
	return (!number || divides(table, number - 1)) &&
	       divides(table, number) && divides(table, number + 1);
}

/* Where a quotient changes, all over the range. */
static bool divides_at_multiples(const struct gomap_table *table)
{
	const u64 last = NUMBER_MAX / table->per_block;
	const u64 step = last / 1000 + 1;
	u64 quotient;

	for (quotient = 0; quotient <= last; quotient += step)
		if (!divides_around(table, quotient * table->per_block) ||
		    !divides_around(table,
				    (last - quotient) * table->per_block))
			return false;
	return true;
}

static bool divides_all(const struct gomap_table *table, struct rnd_state *rnd)
{
	u32 i;

	for (i = 0; i <= 31; i++)
		if (!divides_around(table, BIT_ULL(i)))
			return false;
	for (i = 0; i < 1000; i++)
		if (!divides(table, prandom_u32_state(rnd) & NUMBER_MAX))
			return false;
	return divides_around(table, 0) && divides_at_multiples(table);
}

/* A header of 2^@log2 heads, without blocks, of buckets of @stride bytes. */
static struct gomap_table *header(struct kunit *test, struct gomap *map,
				  u32 stride, u32 log2, u32 to_move)
{
	struct gomap_table *table;

	map->bucket_stride = stride;
	table = gomap_table_alloc(map, log2, to_move, false, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, table);
	return table;
}

/* Multiplication and shift are a division for every bucket of every table. */
static void division_into_blocks_is_exact(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;
	struct rnd_state rnd;
	u32 stride, log2;

	prandom_seed_state(&rnd, gomap_kunit_seed);
	for (stride = STRIDE_MIN; stride <= STRIDE_MAX; stride += 16) {
		/* All sizes of pieces are those of small tables. */
		for (log2 = 0; log2 <= 13; log2++) {
			table = header(test, map, stride, log2, 0);
			KUNIT_EXPECT_TRUE_MSG(test, divides_all(table, &rnd),
					      "%u bytes, 2^%u heads", stride,
					      log2);
			gomap_table_free(table);
		}
		cond_resched();
	}
}

static void pieces_suit_the_heads(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;
	u32 stride, log2;

	for (stride = STRIDE_MIN; stride <= STRIDE_MAX; stride += 16) {
		for (log2 = 0; log2 <= GOMAP_LOG2_MAX; log2++) {
			table = header(test, map, stride, log2, 0);
			KUNIT_EXPECT_TRUE_MSG(test, pieces_hold(table),
					      "%u bytes, 2^%u heads", stride,
					      log2);
			gomap_table_free(table);
		}
		cond_resched();
	}
}

/*
 * Any table can be attached in any context: the successor of one of half the size,
 * or of its own, takes a few pages as long as it has no block. Heads have up to
 * 64 GiB here, and the header a pointer for each 128 MiB of all buckets.
 */
static void table_without_blocks_takes_few_pages(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;
	u32 stride, log2, to_move;

	for (stride = STRIDE_MIN; stride <= STRIDE_MAX; stride += 16) {
		map->bucket_stride = stride;
		to_move = 0;
		for (log2 = 0; log2 <= GOMAP_LOG2_MAX &&
		     (u64)stride << log2 <= 64ULL * SZ_1G; log2++) {
			table = gomap_table_alloc(map, log2, to_move,
						  false, GFP_NOWAIT);
			KUNIT_ASSERT_NOT_ERR_OR_NULL(test, table);
			KUNIT_EXPECT_EQ(test, table->nr_pieces, 0);
			KUNIT_EXPECT_LE(test, gomap_table_bytes(table),
					8 * PAGE_SIZE);
			to_move = gomap_buckets_to_move(table);
			KUNIT_EXPECT_EQ(test, to_move,
					(3ULL << log2) + GOMAP_OVERFLOW_FREE);
			gomap_table_free(table);
		}
		cond_resched();
	}
}

/* However much has to move, numbers have 31 bits. */
static void numbers_of_buckets_have_31_bits(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_table *table;

	table = header(test, map, 144, GOMAP_LOG2_MAX, 3U << GOMAP_LOG2_MAX);
	KUNIT_EXPECT_EQ(test, table->move_max,
			(5ULL << GOMAP_LOG2_MAX) + GOMAP_OVERFLOW_FREE);
	gomap_table_free(table);
	table = header(test, map, 144, GOMAP_LOG2_MAX, U32_MAX);
	KUNIT_EXPECT_EQ(test, (u64)gomap_nr_heads(table) + table->move_max - 1,
			NUMBER_MAX);
	gomap_table_free(table);
}

/*
 * Blocks and nodes. A map for its sizes, and a table that isn't the map's.
 */

struct area {
	struct gomap *map;
	struct gomap_table *table;
	struct gomap_stock stock;
};

static void free_area(void *data)
{
	struct area *area = data;

	gomap_stock_empty(area->map, &area->stock);
	gomap_table_free(area->table);
}

/* 2^@log2 heads without a block; moves can take 20 buckets more than inserts. */
static struct area *new_area(struct kunit *test, u32 key_size, u32 value_size,
			     u32 log2)
{
	struct area *area = kunit_kzalloc(test, sizeof(*area), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, area);
	area->map = gomap_kunit_create_sized(test, key_size, value_size);
	area->table = gomap_table_alloc(area->map, log2, 20, false, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, area->table);
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, free_area, area), 0);
	return area;
}

/* As under the lock of a chain, where bottom halves are off. */

static int prepare(struct area *area, u32 first, u32 second, u32 nr, u32 *list)
{
	int ret;

	local_bh_disable();
	ret = gomap_table_prepare(area->table, first, second, nr, list,
				  &area->stock);
	local_bh_enable();
	return ret;
}

static int take_for_insert(struct area *area, u32 *list)
{
	int ret;

	local_bh_disable();
	ret = gomap_overflow_take_for_insert(area->table, list, &area->stock);
	local_bh_enable();
	return ret;
}

static void give_back(struct area *area, u32 list)
{
	local_bh_disable();
	gomap_overflow_return(area->table, list);
	local_bh_enable();
}

static int fill(struct area *area)
{
	return gomap_stock_fill(area->map, &area->stock, GFP_KERNEL);
}

static u32 in_stock(const struct area *area)
{
	void **piece;
	u32 nr = 0;

	for (piece = area->stock.pieces; piece; piece = *piece)
		nr++;
	return nr;
}

/* Overflow buckets as moves take them, with head 0. */
static int take(struct area *area, u32 nr, u32 *list)
{
	int ret;

	do {
		ret = prepare(area, 0, 0, nr, list);
	} while (ret == -EAGAIN && !(ret = fill(area)));
	return ret;
}

static int take_one_for_insert(struct area *area, u32 *list)
{
	int ret;

	do {
		ret = take_for_insert(area, list);
	} while (ret == -EAGAIN && !(ret = fill(area)));
	return ret;
}

static u32 length(const struct gomap_table *table, u32 list)
{
	u32 nr = 0;

	for (; list; list = gomap_bucket_at(table, list)->overflow)
		nr++;
	return nr;
}

static void sizes_name(const struct gomap_kunit_shape *shape, char *name)
{
	strscpy(name, shape->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shape, gomap_kunit_shapes, sizes_name);

/*
 * Heads, then overflow buckets, each in its place, and none overlaps another:
 *
 *   block 0: | 0 | 1 | ... | k - 1 | unused |    block 1: | k | k + 1 | ...
 */
static void buckets_lie_side_by_side(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	u32 log2, number, nr, link, stride, per_block;
	struct gomap_bucket *bucket, *last;
	struct area *area;

	for (log2 = 0; log2 <= 8; log2 += 2) {
		area = new_area(test, shape->key_size, shape->value_size, log2);
		stride = area->map->bucket_stride;
		per_block = area->table->per_block;
		KUNIT_ASSERT_EQ(test, gomap_table_populate(area->table,
							   GFP_KERNEL), 0);
		nr = gomap_nr_heads(area->table) + area->table->insert_max;
		last = NULL;
		for (number = 0; number < nr; number++) {
			if (number >= gomap_nr_heads(area->table)) {
				KUNIT_ASSERT_EQ(test,
						take_one_for_insert(area,
								    &link), 0);
				KUNIT_ASSERT_EQ(test, link, number);
			}
			bucket = gomap_bucket_at(area->table, number);
			KUNIT_ASSERT_TRUE(test, IS_ALIGNED((uintptr_t)bucket,
							   16));
			KUNIT_ASSERT_NULL(test, memchr_inv(bucket, 0, stride));
			if (number % per_block)
				KUNIT_ASSERT_PTR_EQ(test, bucket,
						    (void *)last + stride);
			else
				KUNIT_ASSERT_TRUE(test,
						  IS_ALIGNED((uintptr_t)bucket,
							     area->table->piece_bytes));
			memset(bucket, 0xff, stride);
			last = bucket;
		}
	}
}

static u32 nr_filled(const struct gomap_table *table)
{
	u32 number, nr = 0;

	for (number = 0; number < gomap_nr_heads(table); number++)
		nr += gomap_has_head(table, number);
	return nr;
}

/* 64 heads of 144 bytes: 28 in a block of 4 KiB. A move needs two, and a node. */
static void heads_get_their_blocks_when_they_are_needed(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 6);
	u32 list;

	KUNIT_ASSERT_EQ(test, area->table->per_block, 28);
	KUNIT_EXPECT_EQ(test, nr_filled(area->table), 0);
	KUNIT_EXPECT_EQ(test, prepare(area, 27, 28, 0, &list), -EAGAIN);
	KUNIT_EXPECT_EQ(test, nr_filled(area->table), 0);
	KUNIT_ASSERT_EQ(test, fill(area), 0);
	KUNIT_EXPECT_EQ(test, prepare(area, 27, 28, 0, &list), 0);
	KUNIT_EXPECT_EQ(test, list, 0);
	KUNIT_EXPECT_EQ(test, nr_filled(area->table), 56);
	KUNIT_EXPECT_TRUE(test, gomap_has_head(area->table, 0));
	KUNIT_EXPECT_FALSE(test, gomap_has_head(area->table, 56));
	KUNIT_EXPECT_EQ(test, area->table->nr_pieces, 3);
	/* Blocks that are there aren't asked for again. */
	KUNIT_EXPECT_EQ(test, prepare(area, 0, 55, 0, &list), 0);
	KUNIT_EXPECT_EQ(test, area->table->nr_pieces, 3);
}

/* The needs of moves, and their pieces: a node, blocks. */
static const struct {
	u32 first, second, nr;
	u32 pieces;
} needs[] = {
	{ 0, 0, 0, 2 },
	{ 0, 1, 0, 2 },
	{ 0, 27, 0, 2 },
	{ 0, 28, 0, 3 },
	/* Overflow buckets are 64 and up, beside heads 56 to 63. */
	{ 0, 32, 1, 4 },
	{ 31, 63, 1, 3 },
	{ 31, 63, 20, 3 },
	{ 31, 63, 21, 4 },
	{ 60, 60, 20, 2 },
	{ 0, 32, 21, 5 },
	{ 0, 32, 76, 6 },
	{ 0, 32, 77, 7 },
};

static void all_that_is_missing_is_asked_for_at_once(struct kunit *test)
{
	struct area *area;
	u32 i, list;

	for (i = 0; i < ARRAY_SIZE(needs); i++) {
		area = new_area(test, 8, 8, 6);
		KUNIT_EXPECT_EQ(test, prepare(area, needs[i].first,
					      needs[i].second, needs[i].nr,
					      &list), -EAGAIN);
		KUNIT_EXPECT_EQ(test, list, 0);
		KUNIT_EXPECT_EQ_MSG(test, area->stock.wanted, needs[i].pieces,
				    "need %u", i);
		KUNIT_EXPECT_EQ(test, area->stock.wanted_bytes,
				area->table->piece_bytes);
		KUNIT_ASSERT_EQ(test, fill(area), 0);
		KUNIT_EXPECT_EQ(test, prepare(area, needs[i].first,
					      needs[i].second, needs[i].nr,
					      &list), 0);
		KUNIT_EXPECT_EQ(test, length(area->table, list), needs[i].nr);
		KUNIT_EXPECT_EQ(test, area->table->nr_pieces, needs[i].pieces);
		KUNIT_EXPECT_EQ(test, in_stock(area), 0);
	}
}

/* A move may fail again and again, and gets a piece each time. */
static void pieces_that_were_had_stay(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 6);
	u32 wanted, list;

	for (wanted = 4; wanted; wanted--) {
		KUNIT_EXPECT_EQ(test, prepare(area, 0, 32, 1, &list), -EAGAIN);
		KUNIT_EXPECT_EQ(test, area->stock.wanted, wanted);
		KUNIT_EXPECT_EQ(test, area->table->nr_pieces, 4 - wanted);
		KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table),
				0);
		area->stock.wanted = 1;
		KUNIT_ASSERT_EQ(test, fill(area), 0);
	}
	KUNIT_EXPECT_EQ(test, prepare(area, 0, 32, 1, &list), 0);
	KUNIT_EXPECT_NE(test, list, 0);
}

/* The table may be another one when the memory is there. */
static void pieces_of_another_size_are_not_used(struct kunit *test)
{
	struct area *small = new_area(test, 8, 8, 0);
	struct area *large = new_area(test, 8, 8, 6);
	u32 list;

	KUNIT_ASSERT_NE(test, small->table->piece_bytes,
			large->table->piece_bytes);
	KUNIT_EXPECT_EQ(test, prepare(small, 0, 0, 0, &list), -EAGAIN);
	KUNIT_ASSERT_EQ(test, fill(small), 0);
	KUNIT_EXPECT_EQ(test, in_stock(small), 2);
	swap(small->stock, large->stock);
	KUNIT_EXPECT_EQ(test, prepare(large, 0, 32, 0, &list), -EAGAIN);
	KUNIT_EXPECT_EQ(test, large->table->nr_pieces, 0);
	KUNIT_EXPECT_EQ(test, large->stock.wanted, 3);
	KUNIT_ASSERT_EQ(test, fill(large), 0);
	KUNIT_EXPECT_EQ(test, in_stock(large), 3);
	KUNIT_EXPECT_EQ(test, prepare(large, 0, 32, 0, &list), 0);
	KUNIT_EXPECT_EQ(test, in_stock(large), 0);
}

static void pieces_are_zeros_when_they_were_in_stock(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 6);
	struct gomap_table *table = area->table;
	u32 number, list;

	KUNIT_ASSERT_EQ(test, take(area, 77, &list), 0);
	give_back(area, list);
	for (number = 0; number < 64 + 77; number++) {
		if (!gomap_has_head(table, number))
			continue;
		/* But for the link of those that were given back. */
		gomap_bucket_at(table, number)->overflow = 0;
		KUNIT_EXPECT_NULL(test, memchr_inv(gomap_bucket_at(table, number),
						   0, table->bucket_stride));
	}
}

/* Of @nr buckets, in nodes of one block each or more. */
static u32 nr_pieces(const struct gomap_table *table, u32 nr)
{
	u32 blocks = DIV_ROUND_UP(nr, table->per_block);

	return blocks + DIV_ROUND_UP(blocks, table->node_mask + 1);
}

static void heads_are_there_after_populate_and_no_more(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct area *area;
	u32 log2;

	for (log2 = 0; log2 <= 12; log2 += 3) {
		area = new_area(test, shape->key_size, shape->value_size, log2);
		KUNIT_ASSERT_EQ(test, gomap_table_populate(area->table,
							   GFP_KERNEL), 0);
		KUNIT_EXPECT_EQ(test, nr_filled(area->table), BIT(log2));
		KUNIT_EXPECT_EQ(test, area->table->nr_pieces,
				nr_pieces(area->table, 1U << log2));
		KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table),
				0);
	}
}

/* 16 heads of 976 bytes fill 4 blocks. */
static void populate_makes_no_block_after_the_heads(struct kunit *test)
{
	struct area *area = new_area(test, 8, 112, 4);

	KUNIT_ASSERT_EQ(test, area->table->per_block, 4);
	KUNIT_ASSERT_EQ(test, gomap_table_populate(area->table, GFP_KERNEL), 0);
	KUNIT_EXPECT_TRUE(test, gomap_has_head(area->table, 15));
	KUNIT_EXPECT_FALSE(test, gomap_has_head(area->table, 16));
	KUNIT_EXPECT_EQ(test, area->table->nr_pieces, 5);
}

/* A sixteenth, the last block, nodes and the header. */
static void blocks_waste_little(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct area *area;
	size_t heads;
	u32 log2;

	for (log2 = 6; log2 <= 14; log2 += 2) {
		area = new_area(test, shape->key_size, shape->value_size, log2);
		heads = (size_t)area->map->bucket_stride << log2;
		KUNIT_ASSERT_EQ(test, gomap_table_populate(area->table,
							   GFP_KERNEL), 0);
		KUNIT_EXPECT_GE(test, gomap_table_bytes(area->table), heads);
		KUNIT_EXPECT_LE(test, gomap_table_bytes(area->table),
				heads + heads / 15 + SZ_512 +
				2 * area->table->piece_bytes);
	}
}

/* Allocations, their bytes, and the one to fail, counted from 0. */
static struct {
	u32 count;
	u32 failing;
	u64 bytes;
} handed_out;

static void *counting_alloc(struct gomap *map, size_t bytes, gfp_t gfp)
{
	void *memory;

	if (handed_out.count++ == handed_out.failing)
		return ERR_PTR(-ENOMEM);
	/* As gomap_bytes_taken() says, no table's allocation takes more. */
	memory = kzalloc(bytes, gfp);
	handed_out.bytes += ksize(memory);
	return memory;
}

static void count_allocations(struct kunit *test, u32 failing)
{
	memset(&handed_out, 0, sizeof(handed_out));
	handed_out.failing = failing;
	kunit_activate_static_stub(test, gomap_alloc, counting_alloc);
}

/* 512 heads: 227 in a block of 32 KiB, so a node and three blocks. */
static void populate_stops_when_there_is_no_memory(struct kunit *test)
{
	struct area *area;
	u32 i;

	for (i = 0; i <= 4; i++) {
		area = new_area(test, 8, 8, 9);
		count_allocations(test, i);
		KUNIT_EXPECT_EQ(test, gomap_table_populate(area->table,
							   GFP_KERNEL),
				i < 4 ? -ENOMEM : 0);
		KUNIT_EXPECT_EQ(test, handed_out.count, min(i + 1, 4U));
		KUNIT_EXPECT_LE(test, area->table->nr_pieces, i);
		kunit_deactivate_static_stub(test, gomap_alloc);
	}
}

/* 2^28 heads of 1040 bytes. */
static void table_that_exceeds_memory_is_not_begun(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 128, .reserve = GOMAP_MAX_ENTRIES_MAX,
	};
	struct gomap *map = gomap_kunit_create_sized(test, 128, 0);

	count_allocations(test, 0);
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, GOMAP_MAX_ENTRIES_MAX),
			-ENOMEM);
	KUNIT_EXPECT_EQ(test, map->reserve, 0);
	KUNIT_EXPECT_PTR_EQ(test, gomap_create(&params), ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_EQ_MSG(test, handed_out.count, 0, "memory was asked for");
	kunit_deactivate_static_stub(test, gomap_alloc);
}

/* Of a map without a table. */
static u64 bytes_of_map(struct gomap *map)
{
	struct gomap_stats stats;

	gomap_stats(map, &stats);
	return stats.bytes;
}

/* Of the table that is retired, too, as long as a reader may be in it. */
static void stats_tell_the_bytes_that_were_had(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 own = bytes_of_map(map), key, value = 0;
	struct gomap_stats stats;

	gomap_kunit_hold_worker(map);
	count_allocations(test, UINT_MAX);
	rcu_read_lock();
	for (key = 0; key < 1000; key++) {
		KUNIT_EXPECT_EQ(test, gomap_insert(map, &key, 8, &value, 8, 0,
						   GFP_ATOMIC), 0);
		gomap_stats(map, &stats);
		if (stats.bytes != own + handed_out.bytes)
			break;
	}
	rcu_read_unlock();
	kunit_deactivate_static_stub(test, gomap_alloc);
	KUNIT_EXPECT_EQ_MSG(test, stats.bytes, own + handed_out.bytes,
			    "%llu entries", key + 1);
	KUNIT_EXPECT_EQ(test, stats.buckets, 256);
}

static void stats_forget_a_table_that_is_freed(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 own = bytes_of_map(map), key;
	struct gomap_stats stats;

	for (key = 0; key < 1000; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
	gomap_kunit_settle(map);
	/* The worker of tables comes after a grace period. */
	rcu_barrier();
	flush_workqueue(gomap_free_workqueue);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_EQ(test, stats.bytes,
			own + gomap_table_bytes(gomap_kunit_table(map)));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&map->table_garbage), 0);
}

/*
 * Overflow buckets
 */

/* last -> a -> b -> c, from a list taken at once */
static void a_list_is_linked_one_by_one(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 0);
	struct gomap_bucket *last, *first;
	u32 list, i;

	KUNIT_ASSERT_EQ(test, take(area, 3, &list), 0);
	last = gomap_bucket_at(area->table, 0);
	for (i = 0; i < 3; i++) {
		first = gomap_bucket_at(area->table, list);
		gomap_link(area->table, last, &list);
		KUNIT_EXPECT_PTR_EQ(test, gomap_next_bucket(area->table, last),
				    first);
		KUNIT_EXPECT_NULL(test, gomap_next_bucket(area->table, first));
		last = first;
	}
	KUNIT_EXPECT_EQ(test, list, 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 3);
}

/* Two are there, in the block of the only head. */
static void a_list_is_taken_whole_or_not_at_all(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 0);
	u32 list;

	KUNIT_ASSERT_EQ(test, area->table->per_block, 3);
	KUNIT_ASSERT_EQ(test, gomap_table_populate(area->table, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, prepare(area, 0, 0, 3, &list), -EAGAIN);
	KUNIT_EXPECT_EQ(test, list, 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 0);
	KUNIT_EXPECT_EQ(test, prepare(area, 0, 0, 2, &list), 0);
	KUNIT_EXPECT_EQ(test, length(area->table, list), 2);
	KUNIT_EXPECT_EQ(test, take_for_insert(area, &list), -EAGAIN);
	KUNIT_EXPECT_EQ(test, list, 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 2);
}

static void returned_buckets_are_taken_again(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 2);
	u32 list, pieces, taken;

	KUNIT_ASSERT_EQ(test, take(area, 20, &list), 0);
	pieces = area->table->nr_pieces;
	give_back(area, list);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 0);

	/* None has to be had for them, for a move or for inserts. */
	KUNIT_EXPECT_EQ(test, prepare(area, 0, 0, 15, &list), 0);
	KUNIT_EXPECT_EQ(test, length(area->table, list), 15);
	for (taken = 15; taken < 16; taken++)
		KUNIT_EXPECT_EQ(test, take_for_insert(area, &list), 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 16);
	KUNIT_EXPECT_EQ(test, area->table->nr_pieces, pieces);
	KUNIT_EXPECT_EQ(test, area->table->nr_taken, 20);

	/* 4 of them, and 2 new ones. */
	KUNIT_EXPECT_EQ(test, take(area, 6, &list), 0);
	KUNIT_EXPECT_EQ(test, area->table->nr_taken, 22);
	KUNIT_EXPECT_EQ(test, area->table->nr_returned, 0);
}

static void returning_nothing_changes_nothing(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 0);

	give_back(area, 0);
	KUNIT_EXPECT_EQ(test, area->table->returned, 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 0);
}

/* Two for each head and eight, and 20 more here. */
static void moves_get_buckets_that_inserts_get_no_more(struct kunit *test)
{
	struct area *area;
	u32 log2, nr, list, most;

	for (log2 = 0; log2 <= 8; log2++) {
		area = new_area(test, 8, 8, log2);
		most = (2U << log2) + 8;
		for (nr = 0; nr < most; nr++)
			KUNIT_ASSERT_EQ(test, take_one_for_insert(area, &list),
					0);
		KUNIT_EXPECT_EQ(test, take_one_for_insert(area, &list),
				-ENOMEM);
		KUNIT_EXPECT_EQ(test, list, 0);

		KUNIT_EXPECT_EQ(test, take(area, 21, &list), -ENOMEM);
		KUNIT_EXPECT_EQ(test, list, 0);
		KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table),
				most);
		KUNIT_EXPECT_EQ(test, take(area, 20, &list), 0);
		KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table),
				most + 20);

		/* Inserts don't get those that the move gives back. */
		give_back(area, list);
		KUNIT_EXPECT_EQ(test, take_one_for_insert(area, &list),
				-ENOMEM);
		KUNIT_EXPECT_EQ(test, take(area, 20, &list), 0);
		KUNIT_EXPECT_EQ(test, area->table->nr_taken, most + 20);
	}
}

/* The heads, and the most that inserts can get, or more if moves got more. */
static void successor_can_have_every_bucket(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 3);
	u32 list;

	KUNIT_EXPECT_EQ(test, gomap_buckets_to_move(area->table), 8 + 24);
	KUNIT_ASSERT_EQ(test, take(area, 24, &list), 0);
	KUNIT_EXPECT_EQ(test, gomap_buckets_to_move(area->table), 8 + 24);
	give_back(area, list);
	KUNIT_ASSERT_EQ(test, take(area, 30, &list), 0);
	KUNIT_EXPECT_EQ(test, gomap_buckets_to_move(area->table), 8 + 30);
	give_back(area, list);
	KUNIT_EXPECT_EQ(test, gomap_buckets_to_move(area->table), 8 + 30);
}

static void longest_chain_only_gets_longer(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8, 0);

	KUNIT_EXPECT_EQ(test, area->table->longest_chain, 1);
	gomap_note_chain(area->map, area->table, 3);
	KUNIT_EXPECT_EQ(test, area->table->longest_chain, 3);
	gomap_note_chain(area->map, area->table, 2);
	KUNIT_EXPECT_EQ(test, area->table->longest_chain, 3);
}

/*
 * 33 keys of one hash in a table of 8 buckets:
 *
 *   0: [8] -> [8] -> [8] -> [8] -> [1]     1 to 7: [0]
 */
static void equal_hashes_make_one_chain(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = 52,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	struct gomap_stats stats;
	u32 i;

	map->test_hash = gomap_kunit_hash_constant;
	for (i = 0; i < 33; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i, i, 0), 0);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_EQ(test, stats.buckets, 8);
	KUNIT_EXPECT_EQ(test, stats.overflow_buckets, 4);
	KUNIT_EXPECT_EQ(test, stats.longest_chain, 5);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 33);
}

/* A full chain of three with a hole in each bucket: they are filled in order. */
static void holes_are_filled_before_a_chain_gets_longer(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = 52,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	struct gomap_bucket *bucket[3];
	u32 i;

	map->test_hash = gomap_kunit_hash_constant;
	for (i = 0; i < 24; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i, i, 0), 0);
	bucket[0] = gomap_bucket_at(gomap_kunit_table(map), 0);
	bucket[1] = gomap_next_bucket(gomap_kunit_table(map), bucket[0]);
	bucket[2] = gomap_next_bucket(gomap_kunit_table(map), bucket[1]);
	KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, 5), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, 8 + 3), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, 16 + 7), 0);

	KUNIT_EXPECT_EQ(test, gomap_get_tag(bucket[0]->tophash, 5), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 100, 0, 0), 0);
	KUNIT_EXPECT_NE(test, gomap_get_tag(bucket[0]->tophash, 5), 0);
	KUNIT_EXPECT_EQ(test, gomap_get_tag(bucket[1]->tophash, 3), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 101, 0, 0), 0);
	KUNIT_EXPECT_NE(test, gomap_get_tag(bucket[1]->tophash, 3), 0);
	KUNIT_EXPECT_EQ(test, gomap_get_tag(bucket[2]->tophash, 7), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 102, 0, 0), 0);
	KUNIT_EXPECT_NE(test, gomap_get_tag(bucket[2]->tophash, 7), 0);
	KUNIT_EXPECT_EQ(test, bucket[2]->overflow, 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 24);
}

/* Deletes don't unlink: the same buckets serve for ever. */
static void churn_takes_no_more_buckets(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = 52,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	struct gomap_stats before, after;
	u32 i;

	map->test_hash = gomap_kunit_hash_constant;
	for (i = 0; i < 30; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i, i, 0), 0);
	gomap_stats(map, &before);
	for (i = 0; i < 3000; i++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, i), 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i + 30, i, 0), 0);
	}
	gomap_stats(map, &after);
	KUNIT_EXPECT_EQ(test, after.overflow_buckets, before.overflow_buckets);
	KUNIT_EXPECT_EQ(test, after.bytes, before.bytes);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 30);
}

/* 64 buckets in a chain; a hole is filled, and a value replaced. */
static void chain_takes_512_keys(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = 1664,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	u32 i;

	map->test_hash = gomap_kunit_hash_constant;
	for (i = 0; i < 512; i++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, i, i, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 512, 0, 0), -EMLINK);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 511, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->longest_chain, 64);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 512);

	KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 300), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 512, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 300, 0, 0), -EMLINK);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 512);
	/* Other chains have room. */
	map->test_hash = gomap_kunit_hash_key;
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, 0, 0), 0);
}

static struct kunit_case table_cases[] = {
	KUNIT_CASE(new_map_has_no_table),
	KUNIT_CASE(inserts_make_as_many_buckets_as_in_go),
	KUNIT_CASE(overwrites_make_no_buckets),
	KUNIT_CASE(reserve_makes_as_many_buckets_as_in_go),
	KUNIT_CASE(map_does_not_grow_within_its_reserve),
	KUNIT_CASE(deletes_leave_the_table_at_first),
	KUNIT_CASE(limits_agree_with_each_other),
	KUNIT_CASE_PARAM(slots_are_as_small_as_words_allow, layout_gen_params),
	KUNIT_CASE(layout_holds_for_all_sizes),
	KUNIT_CASE(division_into_blocks_is_exact),
	KUNIT_CASE(pieces_suit_the_heads),
	KUNIT_CASE(table_without_blocks_takes_few_pages),
	KUNIT_CASE(numbers_of_buckets_have_31_bits),
	KUNIT_CASE_PARAM(buckets_lie_side_by_side, shape_gen_params),
	KUNIT_CASE(heads_get_their_blocks_when_they_are_needed),
	KUNIT_CASE(all_that_is_missing_is_asked_for_at_once),
	KUNIT_CASE(pieces_that_were_had_stay),
	KUNIT_CASE(pieces_of_another_size_are_not_used),
	KUNIT_CASE(pieces_are_zeros_when_they_were_in_stock),
	KUNIT_CASE_PARAM(heads_are_there_after_populate_and_no_more,
			 shape_gen_params),
	KUNIT_CASE(populate_makes_no_block_after_the_heads),
	KUNIT_CASE_PARAM(blocks_waste_little, shape_gen_params),
	KUNIT_CASE(populate_stops_when_there_is_no_memory),
	KUNIT_CASE(table_that_exceeds_memory_is_not_begun),
	KUNIT_CASE(stats_tell_the_bytes_that_were_had),
	KUNIT_CASE(stats_forget_a_table_that_is_freed),
	KUNIT_CASE(a_list_is_linked_one_by_one),
	KUNIT_CASE(a_list_is_taken_whole_or_not_at_all),
	KUNIT_CASE(returned_buckets_are_taken_again),
	KUNIT_CASE(returning_nothing_changes_nothing),
	KUNIT_CASE(moves_get_buckets_that_inserts_get_no_more),
	KUNIT_CASE(successor_can_have_every_bucket),
	KUNIT_CASE(longest_chain_only_gets_longer),
	KUNIT_CASE(equal_hashes_make_one_chain),
	KUNIT_CASE(holes_are_filled_before_a_chain_gets_longer),
	KUNIT_CASE(churn_takes_no_more_buckets),
	KUNIT_CASE(chain_takes_512_keys),
	{}
};

static struct kunit_suite table_suite = {
	.name = "gomap_table",
	.test_cases = table_cases,
};

kunit_test_suites(&table_suite);
