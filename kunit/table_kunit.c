// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables: how many buckets for how many entries, how large buckets are, and
 * where overflow buckets are.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/align.h>
#include <linux/bottom_half.h>
#include <linux/gomap.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
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
	u32 unused = map->chunk_bytes - map->chunk_buckets * map->bucket_stride;

	/* Headers never straddle a cache line, words are aligned. */
	return map->bucket_stride % 16 == 0 &&
	       map->slot_stride % map->word_size == 0 &&
	       map->value_offset % map->word_size == 0 &&
	       map->bucket_stride == 16 + 8 * map->slot_stride &&
	       (map->has_entries ||
		(map->value_offset >= map->key_size &&
		 map->slot_stride >= map->value_offset + map->value_size)) &&
	/* Chunks: a power of two of bytes, nearly all used, or four pages. */
	       map->chunk_buckets > 0 && is_power_of_2(map->chunk_bytes) &&
	       map->chunk_bytes >= SZ_1K && map->chunk_bytes <= 4 * PAGE_SIZE &&
	       (unused <= map->chunk_bytes / 16 ||
		map->chunk_bytes == 4 * PAGE_SIZE) &&
	/* Places of buckets in a chunk have just enough bits. */
	       BIT(map->chunk_shift) >= map->chunk_buckets &&
	       BIT(map->chunk_shift) < 2 * map->chunk_buckets;
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

/* A map for its sizes, and a table that isn't the map's. */
struct area {
	struct gomap *map;
	struct gomap_table *table;
	struct gomap_stock stock;
};

static void free_area(void *data)
{
	struct area *area = data;

	gomap_stock_empty(&area->stock);
	gomap_table_free(area->table);
}

static struct area *new_area(struct kunit *test, u32 key_size, u32 value_size)
{
	struct area *area = kunit_kzalloc(test, sizeof(*area), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, area);
	area->map = gomap_kunit_create_sized(test, key_size, value_size);
	area->table = gomap_table_alloc(area->map, 0, NULL, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, area->table);
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, free_area, area), 0);
	return area;
}

/* As under the lock of a chain, where bottom halves are off. */

static u32 take_from(struct gomap_table *table, u32 nr,
		     struct gomap_stock *stock)
{
	u32 list;

	local_bh_disable();
	list = gomap_overflow_take(table, nr, stock);
	local_bh_enable();
	return list;
}

static void give_back(struct gomap_table *table, u32 list)
{
	local_bh_disable();
	gomap_overflow_return(table, list);
	local_bh_enable();
}

static int take(struct area *area, u32 nr, u32 *list)
{
	int ret;

	for (;;) {
		*list = take_from(area->table, nr, &area->stock);
		if (*list)
			return 0;
		ret = gomap_stock_fill(area->map, &area->stock, GFP_KERNEL);
		if (ret)
			return ret;
	}
}

static void sizes_name(const struct gomap_kunit_shape *shape, char *name)
{
	strscpy(name, shape->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shape, gomap_kunit_shapes, sizes_name);

/*
 * Enough of them to need a second leaf. Each is in a chunk of the table and
 * none overlaps another:
 *
 *   chunk 0 | 0 | 1 | ... | k - 1 | unused |    chunk 1 | k | k + 1 | ...
 */
static void overflow_buckets_lie_side_by_side(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct area *area = new_area(test, shape->key_size, shape->value_size);
	const u32 per_chunk = area->map->chunk_buckets;
	const u32 stride = area->map->bucket_stride;
	u32 nr = per_chunk * (GOMAP_LEAF_CHUNKS + 2) + 1, i, link;
	struct gomap_bucket *bucket;
	void *chunk = NULL;

	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_EQ(test, take(area, 1, &link), 0);
		bucket = gomap_list_first(area->table, link);
		if (i % per_chunk == 0) {
			chunk = area->table->leaves[i / per_chunk / 64]
						   [i / per_chunk % 64];
		}
		KUNIT_ASSERT_PTR_EQ(test, bucket,
				    chunk + i % per_chunk * stride);
		KUNIT_ASSERT_NULL(test, memchr_inv(bucket, 0, stride));
		KUNIT_ASSERT_LE(test, (i % per_chunk + 1) * stride,
				area->map->chunk_bytes);
	}
	KUNIT_EXPECT_EQ(test, area->table->nr_chunks, GOMAP_LEAF_CHUNKS + 3);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), nr);
}

/* last -> a -> b -> c, from a list taken at once */
static void a_list_is_linked_one_by_one(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);
	struct gomap_bucket *last = gomap_head_at(area->table, 0);
	u32 list, i;

	KUNIT_ASSERT_EQ(test, take(area, 3, &list), 0);
	for (i = 0; i < 3; i++) {
		struct gomap_bucket *first =
			gomap_list_first(area->table, list);

		gomap_link(area->table, last, &list);
		KUNIT_EXPECT_PTR_EQ(test, gomap_next_bucket(area->table, last),
				    first);
		KUNIT_EXPECT_NULL(test, gomap_next_bucket(area->table, first));
		last = first;
	}
	KUNIT_EXPECT_EQ(test, list, 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 3);
}

/* More than a chunk has: chunks are added until it is enough. */
static void a_list_may_be_longer_than_a_chunk(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);
	const u32 nr = 5 * area->map->chunk_buckets + 1;
	u32 list, length = 0, link;

	KUNIT_ASSERT_EQ(test, take(area, nr, &list), 0);
	for (link = list; link && length <= nr;
	     link = gomap_overflow_at(area->table, link)->overflow)
		length++;
	KUNIT_EXPECT_EQ(test, length, nr);
	KUNIT_EXPECT_EQ(test, area->table->nr_chunks, 6);
}

static void a_list_is_taken_whole_or_not_at_all(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);
	const u32 nr = area->map->chunk_buckets;
	struct gomap_stock empty = {};
	u32 list;

	KUNIT_ASSERT_EQ(test, take(area, 1, &list), 0);
	KUNIT_EXPECT_EQ(test, take_from(area->table, nr, &empty), 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 1);
	KUNIT_EXPECT_NE(test, take_from(area->table, nr - 1, &empty), 0);
	KUNIT_EXPECT_EQ(test, take_from(area->table, 1, &empty), 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), nr);
}

static void returned_buckets_are_taken_again(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);
	struct gomap_stock empty = {};
	u32 list, chunks;

	KUNIT_ASSERT_EQ(test, take(area, 20, &list), 0);
	chunks = area->table->nr_chunks;
	give_back(area->table, list);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 0);

	list = take_from(area->table, 20, &empty);
	KUNIT_EXPECT_NE(test, list, 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 20);
	KUNIT_EXPECT_EQ(test, area->table->nr_chunks, chunks);
	KUNIT_EXPECT_EQ(test, area->table->nr_taken, 20);
}

static void returning_nothing_changes_nothing(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);

	give_back(area->table, 0);
	KUNIT_EXPECT_EQ(test, area->table->returned, 0);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), 0);
}

/* 32 leaves of 64 chunks, then no more, which isn't the end of the table. */
static void area_has_an_end(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);
	const u32 most = 32 * 64 * area->map->chunk_buckets;
	u32 nr = 0, link = 0, last = 0;
	int ret;

	while (!(ret = take(area, 1, &link)) && nr <= most) {
		last = link;
		nr++;
	}
	KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
	KUNIT_EXPECT_EQ(test, nr, most);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(area->table), most);
	give_back(area->table, last);
	KUNIT_EXPECT_EQ(test, take(area, 1, &link), 0);
	KUNIT_EXPECT_EQ(test, link, last);
}

/* Twice as many overflow buckets as heads have room in any table. */
static void area_is_larger_than_the_heads(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);
	struct gomap_table *table;
	u32 log2;

	for (log2 = 0; log2 <= 18; log2++) {
		table = gomap_table_alloc(area->map, log2, NULL, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, table);
		KUNIT_EXPECT_EQ(test, gomap_nr_heads(table), BIT(log2));
		KUNIT_EXPECT_GE(test, (u64)table->nr_leaves *
				GOMAP_LEAF_CHUNKS * table->chunk_buckets,
				2ULL << log2);
		gomap_table_free(table);
	}
}

static u32 nr_segments(const struct gomap_table *table)
{
	return gomap_nr_heads(table) >> table->segment_shift;
}

/*
 * Heads of a segment lie side by side, segments of a block, too, none overlaps
 * another, and everything is zero:
 *
 *   block 0: [segment 0][segment 1] ... [segment per_block - 1]
 *   block 1: [segment per_block] ...
 */
static void heads_lie_in_blocks(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct area *area = new_area(test, shape->key_size, shape->value_size);
	const size_t stride = area->map->bucket_stride;
	struct gomap_table *table;
	void *head, *last = NULL, *segment;
	u32 log2, i;

	for (log2 = 0; log2 <= 14; log2++) {
		table = gomap_table_alloc(area->map, log2, NULL, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, table);
		for (i = 0; i < gomap_nr_heads(table); i++) {
			head = gomap_head_at(table, i);
			if (i & table->segment_mask)
				KUNIT_ASSERT_PTR_EQ(test, head, last + stride);
			KUNIT_ASSERT_TRUE(test, IS_ALIGNED((uintptr_t)head, 16));
			KUNIT_ASSERT_NULL(test, memchr_inv(head, 0, stride));
			memset(head, 0xff, stride);
			last = head;
		}
		for (i = 1; i < nr_segments(table); i++) {
			segment = table->segments[i - 1];
			segment += stride << table->segment_shift;
			if (i % table->per_block)
				KUNIT_ASSERT_PTR_EQ(test, table->segments[i],
						    segment);
		}
		gomap_table_free(table);
	}
}

/* A sixteenth, and what the last block, the slab and whole pages take. */
static void blocks_waste_little(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct area *area = new_area(test, shape->key_size, shape->value_size);
	struct gomap_table *table;
	size_t heads, pointers;
	u32 log2;

	for (log2 = 6; log2 <= 14; log2++) {
		heads = (size_t)area->map->bucket_stride << log2;
		table = gomap_table_alloc(area->map, log2, NULL, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, table);
		pointers = sizeof(void *) * (nr_segments(table) +
					     table->nr_leaves);
		KUNIT_EXPECT_GE(test, gomap_table_bytes(table),
				heads + pointers);
		KUNIT_EXPECT_LE(test, gomap_table_bytes(table),
				heads + heads / 15 + 2 * pointers +
				3 * PAGE_SIZE);
		gomap_table_free(table);
	}
}

/* The block to fail, counted down; mapped memory, as when there is no other. */
static u32 blocks_until_failure;

static void *alloc_mapped_block(struct gomap *map, size_t bytes, gfp_t gfp)
{
	if (!blocks_until_failure--)
		return NULL;
	return bytes <= PAGE_SIZE ? kzalloc(bytes, GFP_KERNEL) :
				    __vmalloc(bytes, GFP_KERNEL | __GFP_ZERO);
}

/* 512 heads of 144 bytes: 7 * 32 * 2 in two blocks, and 64 in a third. */
static void table_has_all_its_blocks_or_none(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);
	struct gomap_table *table;
	u32 i;

	kunit_activate_static_stub(test, gomap_alloc_block, alloc_mapped_block);
	for (i = 0; i < 3; i++) {
		blocks_until_failure = i;
		KUNIT_EXPECT_NULL(test, gomap_table_alloc(area->map, 9, NULL,
							  GFP_KERNEL));
	}
	blocks_until_failure = i;
	table = gomap_table_alloc(area->map, 9, NULL, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_EXPECT_EQ(test, DIV_ROUND_UP(nr_segments(table),
					   table->per_block), 3);
	gomap_table_free(table);
	kunit_deactivate_static_stub(test, gomap_alloc_block);
}

/* 2^28 heads of 2064 bytes. */
static void table_that_exceeds_memory_is_not_begun(struct kunit *test)
{
	struct area *area = new_area(test, 128, 128);

	kunit_activate_static_stub(test, gomap_alloc_block, alloc_mapped_block);
	blocks_until_failure = 0;
	KUNIT_EXPECT_NULL(test, gomap_table_alloc(area->map, GOMAP_LOG2_MAX,
						  NULL, GFP_KERNEL));
	KUNIT_EXPECT_EQ_MSG(test, blocks_until_failure, 0,
			    "a block was asked for");
	kunit_deactivate_static_stub(test, gomap_alloc_block);
}

static void longest_chain_only_gets_longer(struct kunit *test)
{
	struct area *area = new_area(test, 8, 8);

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
	bucket[0] = gomap_head_at(gomap_kunit_table(map), 0);
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
	KUNIT_CASE_PARAM(overflow_buckets_lie_side_by_side, shape_gen_params),
	KUNIT_CASE(a_list_is_linked_one_by_one),
	KUNIT_CASE(a_list_may_be_longer_than_a_chunk),
	KUNIT_CASE(a_list_is_taken_whole_or_not_at_all),
	KUNIT_CASE(returned_buckets_are_taken_again),
	KUNIT_CASE(returning_nothing_changes_nothing),
	KUNIT_CASE(area_has_an_end),
	KUNIT_CASE(area_is_larger_than_the_heads),
	KUNIT_CASE_PARAM(heads_lie_in_blocks, shape_gen_params),
	KUNIT_CASE_PARAM(blocks_waste_little, shape_gen_params),
	KUNIT_CASE(table_has_all_its_blocks_or_none),
	KUNIT_CASE(table_that_exceeds_memory_is_not_begun),
	KUNIT_CASE(longest_chain_only_gets_longer),
	KUNIT_CASE(equal_hashes_make_one_chain),
	KUNIT_CASE(holes_are_filled_before_a_chain_gets_longer),
	KUNIT_CASE(churn_takes_no_more_buckets),
	{}
};

static struct kunit_suite table_suite = {
	.name = "gomap_table",
	.test_cases = table_cases,
};

kunit_test_suites(&table_suite);
