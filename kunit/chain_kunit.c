// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chains of keys whose hashes collide: how long they get, which inserts are refused
 * then, and how they are moved and merged.
 *
 * A key is its hash (gomap_kunit_hash_key()): number << 32 | chain. So keys of one
 * chain stay together in tables of all sizes, if the chain is 0 or the tables have
 * more heads.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/gomap.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/evacuate.h"
#include "../module/core/memory.h"
#include "../module/core/slot.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

#define KEYS_MAX (GOMAP_CHAIN_MAX * GOMAP_SLOTS)

static u64 key_of(u32 number, u32 chain)
{
	return (u64)number << 32 | chain;
}

/* A map with a table of 2^@log2 heads, which it may leave; worker held. */
static struct gomap *new_map(struct kunit *test,
			     const struct gomap_params *params, u32 log2)
{
	struct gomap *map = gomap_kunit_create(test, params);

	map->test_hash = gomap_kunit_hash_key;
	gomap_kunit_hold_worker(map);
	KUNIT_ASSERT_EQ(test, gomap_reserve(map, gomap_grow_above(log2)), 0);
	gomap_kunit_hold_worker(map);
	map->reserve = 0;
	return map;
}

static const struct gomap_params words_params = {
	.key_size = 8, .value_size = 8,
};

/* However many entries there are. */
static void never_grow(struct gomap_table *table)
{
	table->grow_above = S64_MAX;
	table->grow_check = S64_MAX;
}

static void fill(struct kunit *test, struct gomap *map, u32 chain, u32 first,
		 u32 end)
{
	u32 number;

	for (number = first; number < end; number++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key_of(number, chain),
						      number, 0), 0);
}

static void expect_chain(struct kunit *test, struct gomap *map, u32 chain,
			 u32 first, u32 end)
{
	u64 value;
	u32 number;

	for (number = first; number < end; number++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, key_of(number, chain),
						      &value), 0);
		KUNIT_ASSERT_EQ(test, value, number);
	}
}

static void del(struct kunit *test, struct gomap *map, u32 chain, u32 first,
		u32 end)
{
	u32 number;

	for (number = first; number < end; number++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key_of(number, chain)),
				0);
}

/*
 * The limit
 */

static const struct kind {
	const char *name;
	struct gomap_params params;
} kinds[] = {
	{ "in slots", { .key_size = 8, .value_size = 8 } },
	{ "in entries", { .key_size = 8, .value_size = 200 } },
	{ "overwritten in entries", {
		.flags = GOMAP_VAR_KEY, .key_size = 8, .value_size = 8 } },
	{ "with a limit on entries", {
		.key_size = 8, .value_size = 8, .max_entries = 10000 } },
};

static void kind_name(const struct kind *kind, char *name)
{
	strscpy(name, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_name);

/* One chain with as many keys as it takes, in a map where nothing is due. */
static struct gomap *full_map(struct kunit *test, const struct gomap_params *params)
{
	struct gomap *map = new_map(test, params, 0);

	fill(test, map, 0, 0, KEYS_MAX);
	gomap_kunit_run_worker(map);
	KUNIT_ASSERT_EQ(test, gomap_kunit_table(map)->longest_chain,
			GOMAP_CHAIN_MAX);
	return map;
}

static int find_or_insert(struct gomap *map, u64 key)
{
	u64 value[32] = {}, existing[32];
	size_t len = sizeof(existing);

	return gomap_lookup_or_insert(map, &key, 8, value, map->value_size,
				      existing, &len, GFP_KERNEL);
}

static void expect_add_refused(struct kunit *test, struct gomap *map, u64 key)
{
	u64 old = 77;

	KUNIT_EXPECT_EQ(test, gomap_fetch_add(map, &key, 8, 1, &old, 0,
					      GFP_KERNEL), -EMLINK);
	KUNIT_EXPECT_EQ(test, gomap_fetch_add(map, &key, 8, 1, &old,
					      GOMAP_INSERT_NEW, GFP_KERNEL),
			-EMLINK);
	KUNIT_EXPECT_EQ(test, gomap_fetch_add(map, &key, 8, 1, &old,
					      GOMAP_INSERT_EXISTING,
					      GFP_KERNEL), -ENOENT);
	KUNIT_EXPECT_EQ(test, old, 77);
}

/* No call adds @key. */
static void expect_refused(struct kunit *test, struct gomap *map, u64 key)
{
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, 1, 0), -EMLINK);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, 1, GOMAP_INSERT_NEW),
			-EMLINK);
	KUNIT_EXPECT_EQ(test,
			gomap_kunit_put(map, key, 1, GOMAP_INSERT_EXISTING),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, find_or_insert(map, key), -EMLINK);
	if (map->value_size == 8)
		expect_add_refused(test, map, key);
	KUNIT_EXPECT_FALSE(test, gomap_contains(map, &key, 8));
}

/* Tables that were left count until they are freed. */
static void get_stats(struct gomap *map, struct gomap_stats *stats)
{
	rcu_barrier();
	flush_workqueue(gomap_free_workqueue);
	gomap_stats(map, stats);
}

static void chain_takes_512_keys_and_no_more(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct gomap *map = full_map(test, &kind->params);
	struct gomap_stats before, after;

	KUNIT_EXPECT_EQ(test, gomap_len(map), 512);
	get_stats(map, &before);
	expect_refused(test, map, key_of(KEYS_MAX, 0));
	get_stats(map, &after);
	KUNIT_EXPECT_MEMEQ(test, &before, &after, sizeof(before));
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&map->grow_work));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX);
	expect_chain(test, map, 0, 0, KEYS_MAX);
	/* Other chains are no concern of theirs. */
	fill(test, map, 1, 0, 20);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX + 20);
}

static void batch_fails_for_the_key_that_is_too_much(struct kunit *test)
{
	struct gomap *map = full_map(test, &words_params);
	u64 keys[3] = { key_of(KEYS_MAX, 0), key_of(0, 1), key_of(5, 0) };
	u64 values[3] = { 1, 2, 5 };
	struct gomap_item items[3];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = (struct gomap_item){
			.key = &keys[i], .value = &values[i],
			.key_len = 8, .value_len = 8,
		};
	KUNIT_EXPECT_EQ(test, gomap_insert_batch(map, items, 3, true, 0,
						 GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, items[0].result, -EMLINK);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX);
	KUNIT_EXPECT_EQ(test, gomap_insert_batch(map, items, 3, false, 0,
						 GFP_KERNEL), 3);
	KUNIT_EXPECT_EQ(test, items[0].result, -EMLINK);
	KUNIT_EXPECT_EQ(test, items[1].result, 0);
	KUNIT_EXPECT_EQ(test, items[2].result, 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX + 1);
	expect_chain(test, map, 0, 0, KEYS_MAX);
}

static void keys_of_a_full_chain_can_be_changed(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct gomap *map = full_map(test, &kind->params);
	u64 key, value[32] = {}, old[32];
	size_t len = sizeof(old);
	u32 number;

	for (number = 0; number < KEYS_MAX; number++) {
		key = key_of(number, 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 1, 0), 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, number,
						      GOMAP_INSERT_EXISTING),
				0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 1,
						      GOMAP_INSERT_NEW),
				-EEXIST);
		KUNIT_ASSERT_EQ(test, find_or_insert(map, key), -EEXIST);
	}
	expect_chain(test, map, 0, 0, KEYS_MAX);
	KUNIT_EXPECT_EQ(test, gomap_swap(map, &key, 8, value, map->value_size,
					 old, &len, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, old[0], KEYS_MAX - 1);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX);
	KUNIT_EXPECT_EQ(test, gomap_take(map, &key, 8, old, &len), 0);
	KUNIT_EXPECT_EQ(test, old[0], 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX - 1);
}

/* In the first bucket, one in the middle, and the last. */
static void delete_makes_room_for_one_key(struct kunit *test)
{
	static const u32 deleted[] = { 0, 7, 300, 511 };
	const struct kind *kind = test->param_value;
	struct gomap *map = full_map(test, &kind->params);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(deleted); i++) {
		del(test, map, 0, deleted[i], deleted[i] + 1);
		fill(test, map, 0, KEYS_MAX + i, KEYS_MAX + i + 1);
		expect_refused(test, map, key_of(deleted[i], 0));
		expect_refused(test, map, key_of(KEYS_MAX + i + 1, 0));
		GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX);
	}
}

/*
 * Over the limit
 */

static void *memory_for_the_hasty(struct gomap *map, size_t bytes, gfp_t gfp)
{
	void *memory = gfp & __GFP_HIGH ? kzalloc(bytes, gfp) : NULL;

	return memory ?: ERR_PTR(-ENOMEM);
}

static int put_hastily(struct gomap *map, u32 number, u32 chain)
{
	u64 key = key_of(number, chain), value = number;

	return gomap_insert(map, &key, 8, &value, 8, 0, GFP_ATOMIC);
}

static void fill_hastily(struct kunit *test, struct gomap *map, u32 chain)
{
	u32 number;

	for (number = 0; number < KEYS_MAX; number++)
		KUNIT_ASSERT_EQ(test, put_hastily(map, number, chain), 0);
	KUNIT_ASSERT_EQ(test, put_hastily(map, number, chain), -EMLINK);
}

/*
 * Two chains that are empty when the merge begins, and full when they move: inserts
 * have memory, but moves have none.
 *
 *	64 heads   0: 64 buckets   32: 64 buckets
 *	                |               |
 *	32 heads   0: 128 buckets <-----+
 */
static struct gomap *map_with_longest_chain(struct kunit *test)
{
	struct gomap *map = new_map(test, &words_params, 6);
	struct gomap_table *next = gomap_kunit_attach(test, map, 5);

	never_grow(next);
	kunit_activate_static_stub(test, gomap_alloc, memory_for_the_hasty);
	fill_hastily(test, map, 0);
	fill_hastily(test, map, 32);
	kunit_deactivate_static_stub(test, gomap_alloc);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 2 * KEYS_MAX);
	KUNIT_ASSERT_PTR_EQ(test, gomap_kunit_next(gomap_kunit_table(map)),
			    next);
	gomap_kunit_end_move(test, map);
	KUNIT_ASSERT_PTR_EQ(test, gomap_kunit_table(map), next);
	return map;
}

static void merged_chain_has_128_buckets_at_most(struct kunit *test)
{
	struct gomap *map = map_with_longest_chain(test);

	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->longest_chain, 128);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 2 * KEYS_MAX);
	expect_chain(test, map, 0, 0, KEYS_MAX);
	expect_chain(test, map, 32, 0, KEYS_MAX);
	expect_refused(test, map, key_of(KEYS_MAX, 0));
	expect_refused(test, map, key_of(KEYS_MAX, 32));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 2 * KEYS_MAX);
}

static void holes_of_a_chain_over_the_limit_take_no_key(struct kunit *test)
{
	struct gomap *map = map_with_longest_chain(test);
	u32 taken = gomap_kunit_table(map)->nr_taken, i;

	/* Three quarters of the first half go: 640 are left, then 512. */
	del(test, map, 0, 0, 384);
	expect_refused(test, map, key_of(KEYS_MAX, 0));
	del(test, map, 0, 384, KEYS_MAX);
	expect_refused(test, map, key_of(KEYS_MAX, 0));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX);
	/* Below the limit they do. */
	del(test, map, 32, 100, 110);
	for (i = 0; i < 10; i++)
		fill(test, map, 0, i, i + 1);
	expect_refused(test, map, key_of(KEYS_MAX, 0));
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->nr_taken, taken);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->longest_chain, 128);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, KEYS_MAX);
}

/* 50 entries that are strewn over 128 buckets. */
static void merge_counts_the_entries_of_a_long_chain(struct kunit *test)
{
	struct gomap *map = map_with_longest_chain(test);

	del(test, map, 0, 25, KEYS_MAX);
	del(test, map, 32, 0, KEYS_MAX - 25);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->longest_chain, 128);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 16);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->longest_chain, 7);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 50);
	expect_chain(test, map, 0, 0, 25);
	expect_chain(test, map, 32, KEYS_MAX - 25, KEYS_MAX);
}

/*
 * Moving
 */

/* How often memory is to be had for chain @chain to move. */
static u32 rounds_to_move(struct kunit *test, struct gomap *map, u32 chain)
{
	struct gomap_stock stock = {};
	u32 rounds = 0;
	int ret;

	for (;;) {
		ret = gomap_evacuate(map, gomap_kunit_table(map), chain, &stock);
		if (ret != -EAGAIN)
			break;
		rounds++;
		KUNIT_ASSERT_EQ(test, gomap_stock_fill(map, &stock, GFP_KERNEL),
				0);
	}
	KUNIT_ASSERT_EQ(test, ret, 0);
	gomap_stock_empty(map, &stock);
	return rounds;
}

/* From 128 heads; if they are merged, to a chain of as many keys. */
static void move_alone(struct kunit *test, u32 keys, u32 to)
{
	struct gomap *map = new_map(test, &words_params, 7);

	never_grow(gomap_kunit_table(map));
	fill(test, map, 0, 0, keys);
	fill(test, map, 64, 0, keys);
	gomap_kunit_attach(test, map, to);
	gomap_kunit_evacuate(test, map, 64);
	KUNIT_EXPECT_LE(test, rounds_to_move(test, map, 0), 1);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 2 * keys);
	gomap_kunit_end_move(test, map);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 2 * keys);
	gomap_kunit_destroy(test, map);
}

static void moving_a_chain_takes_memory_in_one_round(struct kunit *test)
{
	static const u32 keys[] = { 1, 8, 9, 64, 200, KEYS_MAX };
	u32 to, i;

	for (to = 6; to <= 8; to++)
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			move_alone(test, keys[i], to);
}

/* The key in place @place of a chain that has no holes. */
static u64 key_at(struct gomap *map, u32 chain, u32 place)
{
	struct gomap_table *table = gomap_kunit_next(gomap_kunit_table(map));
	struct gomap_bucket *bucket = gomap_bucket_at(table, chain);
	u32 i;

	for (i = 0; bucket && i < place / GOMAP_SLOTS; i++)
		bucket = gomap_next_bucket(table, bucket);
	if (!bucket || !gomap_get_tag(bucket->tophash, place % GOMAP_SLOTS))
		return U64_MAX;
	return *(u64 *)gomap_slot_at(map, bucket, place % GOMAP_SLOTS);
}

/*
 * No hole is looked for, so that a move takes time in proportion to the chain. The
 * entries that come go on where the last bucket has room:
 *
 *	[8 of 0] ... [4 of 0, 4 of 64] ... [8 of 64]
 *	 deleted
 */
static void merged_entries_go_behind_the_last_one(struct kunit *test)
{
	struct gomap *map = new_map(test, &words_params, 7);
	struct gomap_table *next;
	u32 i;

	fill(test, map, 0, 0, 100);
	fill(test, map, 64, 0, 100);
	next = gomap_kunit_attach(test, map, 6);
	gomap_kunit_evacuate(test, map, 0);
	KUNIT_EXPECT_EQ(test, next->longest_chain, 13);
	del(test, map, 0, 0, 8);
	gomap_kunit_evacuate(test, map, 64);
	KUNIT_EXPECT_EQ(test, next->longest_chain, 25);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(next), 24);
	KUNIT_EXPECT_EQ(test, gomap_bucket_at(next, 0)->tophash, 0);
	for (i = 8; i < 200; i++)
		KUNIT_ASSERT_EQ(test, key_at(map, 0, i),
				i < 100 ? key_of(i, 0) : key_of(i - 100, 64));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 192);
}

/*
 * Merging
 */

/* Two chains that would be one of 17 buckets: in the first pairs, and in others. */
static const struct pair {
	u32 log2;
	u32 chain;
} pairs[] = {
	{ 7, 0 }, { 7, 63 }, { 8, 64 }, { 8, 127 },
};

static void pair_name(const struct pair *pair, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "chain %u of %u", pair->chain,
		 1U << pair->log2);
}

KUNIT_ARRAY_PARAM(pair, pairs, pair_name);

static struct gomap *map_that_collides(struct kunit *test)
{
	const struct pair *pair = test->param_value;
	struct gomap *map = new_map(test, &words_params, pair->log2);
	u32 heads = 1U << pair->log2;

	fill(test, map, pair->chain, 0, 65);
	fill(test, map, pair->chain + heads / 2, 0, 64);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), heads);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 129);
	return map;
}

static void chains_that_collide_are_not_merged(struct kunit *test)
{
	const struct pair *pair = test->param_value;
	struct gomap *map = map_that_collides(test);
	u64 heads = 1ULL << pair->log2;

	/* When asked, too. */
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), heads);
	/* Not at each delete is the worker told to count. */
	del(test, map, pair->chain, 64, 65);
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&map->grow_work));
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), heads);
	/* One key less, and they are as short as they must be. */
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 32);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->longest_chain, 16);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 128);
	expect_chain(test, map, pair->chain, 0, 64);
	expect_chain(test, map, pair->chain + heads / 2, 0, 64);
}

static void map_that_collided_shrinks_after_a_clear(struct kunit *test)
{
	struct gomap *map = map_that_collides(test);

	KUNIT_EXPECT_EQ(test, gomap_clear(map), 0);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&map->grow_work));
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

/* As the table grows when it has to, the chains part all the same. */
static void map_that_collides_can_grow(struct kunit *test)
{
	const struct pair *pair = test->param_value;
	struct gomap *map = map_that_collides(test);
	u32 others = gomap_grow_above(pair->log2) - 128, i;

	for (i = 0; i < others; i++)
		fill(test, map, i % (1U << pair->log2), 1000 + i, 1001 + i);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map),
			1ULL << (pair->log2 + 1));
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 129 + others);
}

/*
 * Inserts get no more overflow buckets, though there are few entries now: so few that
 * a table of half the size is due, to which the chains that collide would be merged.
 * The insert that needs one gets a table of the same size.
 */
static void insert_without_room_does_not_merge(struct kunit *test)
{
	struct gomap *map = new_map(test, &words_params, 7);
	struct gomap_table *table = gomap_kunit_table(map), *next;
	u32 number;

	/* No successor that would be attached in passing. */
	kunit_activate_static_stub(test, gomap_alloc, memory_for_the_hasty);
	fill_hastily(test, map, 0);
	fill_hastily(test, map, 64);
	fill_hastily(test, map, 1);
	fill_hastily(test, map, 2);
	/* The last twelve of 2 * 128 + 8. */
	for (number = 0; number < 13 * GOMAP_SLOTS; number++)
		KUNIT_ASSERT_EQ(test, put_hastily(map, number, 3), 0);
	for (number = 0; number < GOMAP_SLOTS; number++)
		KUNIT_ASSERT_EQ(test, put_hastily(map, number, 5), 0);
	KUNIT_ASSERT_EQ(test, gomap_table_overflow_buckets(table),
			table->insert_max);
	del(test, map, 0, 95, KEYS_MAX);
	del(test, map, 64, 95, KEYS_MAX);
	del(test, map, 1, 0, KEYS_MAX);
	del(test, map, 2, 0, KEYS_MAX);
	del(test, map, 3, 0, 13 * GOMAP_SLOTS);
	KUNIT_ASSERT_LT(test, gomap_len(map), table->shrink_below);
	KUNIT_ASSERT_NULL(test, gomap_kunit_next(table));

	KUNIT_EXPECT_EQ(test, put_hastily(map, number, 5), 0);
	kunit_deactivate_static_stub(test, gomap_alloc);
	next = gomap_kunit_next(table);
	KUNIT_ASSERT_NOT_NULL(test, next);
	KUNIT_EXPECT_EQ(test, next->log2, 7);
	gomap_kunit_end_move(test, map);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 199);
	gomap_kunit_run_worker(map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 128);
}

/* Something happens while the first table is allocated. */
struct meanwhile {
	struct kunit *test;
	bool happened;
};

/* To half the size, back again, and then there are two chains that collide. */
static void *go_and_come_back(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct meanwhile *meanwhile = kunit_get_current_test()->priv;
	struct kunit *test = meanwhile->test;

	if (!meanwhile->happened) {
		meanwhile->happened = true;
		gomap_kunit_attach(test, map, 5);
		gomap_kunit_end_move(test, map);
		gomap_kunit_attach(test, map, 6);
		gomap_kunit_end_move(test, map);
		fill(test, map, 0, 0, 65);
		fill(test, map, 32, 0, 64);
	}
	return kzalloc(bytes, gfp) ?: ERR_PTR(-ENOMEM);
}

/* Not another one of its size. */
static void merge_is_of_the_table_that_was_counted(struct kunit *test)
{
	struct gomap *map = new_map(test, &words_params, 6);
	struct meanwhile meanwhile = { .test = test };

	test->priv = &meanwhile;
	kunit_activate_static_stub(test, gomap_alloc, go_and_come_back);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	kunit_deactivate_static_stub(test, gomap_alloc);
	KUNIT_EXPECT_TRUE(test, meanwhile.happened);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 64);
	KUNIT_EXPECT_EQ(test, gomap_kunit_table(map)->longest_chain, 9);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 129);
}

#define MANY 20000

/* No key is deleted in any order that the map knows of. */
static void random_keys_shrink_all_the_way(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u32 log2, left;
	u64 key;

	gomap_kunit_hold_worker(map);
	for (key = 0; key < MANY; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
	log2 = gomap_log2_for(MANY);
	for (left = MANY; left--;) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, left), 0);
		/* The least that keeps the table, less one. */
		if (!log2 || left >= gomap_grow_above(log2) / 4)
			continue;
		gomap_kunit_run_worker(map);
		KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(map), 1ULL << --log2);
		KUNIT_ASSERT_LE(test, gomap_kunit_table(map)->longest_chain,
				GOMAP_CHAIN_LONG);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

static struct kunit_case chain_cases[] = {
	KUNIT_CASE_PARAM(chain_takes_512_keys_and_no_more, kind_gen_params),
	KUNIT_CASE(batch_fails_for_the_key_that_is_too_much),
	KUNIT_CASE_PARAM(keys_of_a_full_chain_can_be_changed, kind_gen_params),
	KUNIT_CASE_PARAM(delete_makes_room_for_one_key, kind_gen_params),
	KUNIT_CASE(merged_chain_has_128_buckets_at_most),
	KUNIT_CASE(holes_of_a_chain_over_the_limit_take_no_key),
	KUNIT_CASE(merge_counts_the_entries_of_a_long_chain),
	KUNIT_CASE(moving_a_chain_takes_memory_in_one_round),
	KUNIT_CASE(merged_entries_go_behind_the_last_one),
	KUNIT_CASE_PARAM(chains_that_collide_are_not_merged, pair_gen_params),
	KUNIT_CASE_PARAM(map_that_collided_shrinks_after_a_clear,
			 pair_gen_params),
	KUNIT_CASE_PARAM(map_that_collides_can_grow, pair_gen_params),
	KUNIT_CASE(insert_without_room_does_not_merge),
	KUNIT_CASE(merge_is_of_the_table_that_was_counted),
	KUNIT_CASE(random_keys_shrink_all_the_way),
	{}
};

static struct kunit_suite chain_suite = {
	.name = "gomap_chain",
	.test_cases = chain_cases,
};

kunit_test_suites(&chain_suite);
