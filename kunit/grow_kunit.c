// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth: when a map gets a successor and from whom, and moves of both kinds,
 * stopped at every chain and continued.
 */
#include <kunit/test.h>
#include <linux/bottom_half.h>
#include <linux/cpumask.h>
#include <linux/gomap.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/evacuate.h"
#include "../module/core/memory.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

#define KEYS 64

/* A map and what is to be in it: values by key, 0 for none. */
struct content {
	struct kunit *test;
	struct gomap *map;
	u64 value[KEYS];
	u32 entries;
};

static void put(struct content *content, u64 key, u64 value)
{
	KUNIT_ASSERT_EQ(content->test,
			gomap_kunit_put(content->map, key, value, 0), 0);
	content->entries += !content->value[key];
	content->value[key] = value;
}

static void del(struct content *content, u64 key)
{
	KUNIT_ASSERT_EQ(content->test, gomap_kunit_del(content->map, key),
			content->value[key] ? 0 : -ENOENT);
	content->entries -= !!content->value[key];
	content->value[key] = 0;
}

static void check(struct content *content)
{
	struct kunit *test = content->test;
	u64 key, value;
	int ret;

	GOMAP_KUNIT_ASSERT_SOUND(test, content->map, content->entries);
	for (key = 0; key < KEYS; key++) {
		value = 0;
		ret = gomap_kunit_get(content->map, key, &value);
		KUNIT_ASSERT_EQ_MSG(test, ret,
				    content->value[key] ? 0 : -ENOENT,
				    "key %llu", key);
		KUNIT_ASSERT_EQ(test, value, content->value[key]);
	}
}

static void evacuate(struct content *content, u32 chain)
{
	KUNIT_ASSERT_EQ(content->test,
			gomap_evacuate_now(content->map,
					   gomap_kunit_table(content->map),
					   chain, GFP_KERNEL), 0);
}

/* A table of 2^log2 buckets with as many entries as it takes, worker held. */
static void start(struct content *content, u32 log2, u32 value_size,
		  gomap_kunit_hash_fn *hash)
{
	const struct gomap_params params = {
		.key_size = 8,
		.value_size = value_size,
		.reserve = gomap_grow_above(log2),
	};
	u32 key;

	memset(content->value, 0, sizeof(content->value));
	content->entries = 0;
	content->map = gomap_kunit_create(content->test, &params);
	content->map->test_hash = hash;
	gomap_kunit_hold_worker(content->map);
	/* The table is there; it may be left for a smaller one. */
	content->map->reserve = 0;
	for (key = 0; key < params.reserve; key++)
		put(content, key, 1000 + key);
}

static struct content *new_content(struct kunit *test)
{
	struct content *content;

	content = kunit_kzalloc(test, sizeof(*content), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, content);
	content->test = test;
	return content;
}

static struct content *started(struct kunit *test, u32 log2)
{
	struct content *content = new_content(test);

	start(content, log2, 8, NULL);
	return content;
}

static void end(struct content *content)
{
	gomap_kunit_destroy(content->test, content->map);
}

static u32 nr_evacuated(struct gomap_table *table)
{
	u32 chain, nr = 0;

	for (chain = 0; chain < gomap_nr_heads(table); chain++)
		nr += gomap_is_evacuated(gomap_bucket_at(table, chain));
	return nr;
}

/*
 * Stopped at every point
 */

static const struct move {
	u32 from;
	u32 to;
} moves[] = {
	/* Chains are split. */
	{ 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 4 },
	/* They are appended, to none and to each other. */
	{ 0, 0 }, { 3, 3 }, { 1, 0 }, { 3, 2 },
};

/* The worker ends what was begun, and changes a table that doesn't fit then. */
static void finish(struct content *content, const struct move *move)
{
	struct gomap *map = content->map;
	struct kunit *test = content->test;
	s64 entries = content->entries;
	u32 log2;

	gomap_kunit_run_worker(map);
	check(content);
	KUNIT_ASSERT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
	log2 = gomap_kunit_table(map)->log2;
	KUNIT_ASSERT_LE(test, entries, gomap_grow_above(log2));
	if (entries <= gomap_grow_above(move->to) &&
	    entries >= gomap_grow_above(move->to) / 4)
		KUNIT_ASSERT_EQ(test, log2, move->to);
}

/* Keys from all over: old and new, so in chains moved and not moved. */
static void change_everything(struct content *content)
{
	u32 key;

	for (key = 0; key < KEYS; key += 5) {
		put(content, key, 2000 + key);
		check(content);
		del(content, key + 1);
		check(content);
		put(content, key + 1, 3000 + key);
		check(content);
		del(content, key + 2);
		check(content);
	}
}

static void stop_and_continue(struct content *content, const struct move *move,
			      u32 value_size, gomap_kunit_hash_fn *hash)
{
	struct gomap_table *table, *next;
	u32 heads = 1U << move->from;
	u32 stop, i;

	for (stop = 0; stop <= heads; stop++) {
		start(content, move->from, value_size, hash);
		table = gomap_kunit_table(content->map);
		next = gomap_kunit_attach(content->test, content->map,
					  move->to);
		check(content);
		for (i = 0; i < stop; i++) {
			/* Upwards in some, downwards in others. */
			evacuate(content, stop & 1 ? i : heads - 1 - i);
			check(content);
		}
		/* With the last chain the table has gone. */
		KUNIT_ASSERT_PTR_EQ(content->test,
				    gomap_kunit_table(content->map),
				    stop < heads ? table : next);
		if (stop < heads)
			KUNIT_ASSERT_EQ(content->test, nr_evacuated(table),
					stop);
		change_everything(content);
		finish(content, move);
		end(content);
	}
}

static void hash_name(const struct gomap_kunit_hash *hash, char *name)
{
	strscpy(name, hash->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hash, gomap_kunit_hashes, hash_name);

static void moves_can_stop_at_every_chain(struct kunit *test)
{
	const struct gomap_kunit_hash *hash = test->param_value;
	struct content *content = new_content(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(moves); i++)
		stop_and_continue(content, &moves[i], 8, hash->function);
}

static void moves_of_entries_can_stop_at_every_chain(struct kunit *test)
{
	const struct gomap_kunit_hash *hash = test->param_value;
	struct content *content = new_content(test);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(moves); i++)
		stop_and_continue(content, &moves[i], 200, hash->function);
}

/* The table is doubled twice and more, from each stop of each kind of move. */
static void reserve_goes_on_from_every_stop(struct kunit *test)
{
	struct content *content = new_content(test);
	struct gomap_table *table;
	u32 to, stop, i;

	for (to = 1; to <= 3; to++) {
		for (stop = 0; stop <= 4; stop++) {
			start(content, 2, 8, NULL);
			gomap_kunit_attach(test, content->map, to);
			for (i = 0; i < stop; i++)
				evacuate(content, i);
			KUNIT_ASSERT_EQ(test,
					gomap_reserve(content->map,
						      gomap_grow_above(5)), 0);
			table = gomap_kunit_table(content->map);
			KUNIT_EXPECT_EQ(test, table->log2, 5);
			KUNIT_EXPECT_NULL(test, gomap_kunit_next(table));
			check(content);
			end(content);
		}
	}
}

/*
 * Where entries go
 */

/*
 *   4 buckets:  k -> chain k mod 4      8 buckets:  k -> chain k mod 8
 *
 *   0: 0 4 8 12                         0: 0 8      4: 4 12
 *   1: 1 5 9 13                         1: 1 9      5: 5 13
 *   2: 2 6 10 14                        2: 2 10     6: 6 14
 *   3: 3 7 11 15                        3: 3 11     7: 7 15
 */
static void chain_splits_in_two(struct kunit *test)
{
	struct content *content = new_content(test);
	struct gomap_table *next;
	struct gomap_bucket *head;
	u64 chain, *slot;

	start(content, 2, 8, gomap_kunit_hash_key);
	for (chain = 16; chain < 26; chain++)
		del(content, chain);
	next = gomap_kunit_attach(test, content->map, 3);
	for (chain = 0; chain < 4; chain++)
		evacuate(content, chain);
	for (chain = 0; chain < 8; chain++) {
		head = gomap_bucket_at(next, chain);
		KUNIT_EXPECT_EQ(test, head->tophash, 0x0101);
		slot = gomap_slot_at(content->map, head, 0);
		KUNIT_EXPECT_EQ(test, *slot, chain);
		slot = gomap_slot_at(content->map, head, 1);
		KUNIT_EXPECT_EQ(test, *slot, chain + 8);
	}
	check(content);
}

/*
 * 16 keys may need an overflow bucket in one of two chains. Here they don't:
 *
 *   0: [0 4 8 ... 28] -> [32 36 ... 60]    0: [0 8 ... 56]    4: [4 12 ... 60]
 */
static void overflow_buckets_not_needed_are_given_back(struct kunit *test)
{
	struct content *content = new_content(test);
	struct gomap_table *next;
	u32 key;

	start(content, 2, 8, gomap_kunit_hash_key);
	for (key = 0; key < 26; key++)
		del(content, key);
	for (key = 0; key < 64; key += 4)
		put(content, key, key + 1);
	next = gomap_kunit_attach(test, content->map, 3);
	evacuate(content, 0);
	KUNIT_EXPECT_EQ(test, next->nr_taken, 1);
	KUNIT_EXPECT_EQ(test, next->nr_returned, 1);
	KUNIT_EXPECT_EQ(test, gomap_table_overflow_buckets(next), 0);
	KUNIT_EXPECT_EQ(test, next->longest_chain, 1);
	check(content);
}

/* What is left of a chain of three with a key in each bucket is one bucket. */
static void moves_close_the_holes(struct kunit *test)
{
	struct content *content = new_content(test);
	struct gomap_table *next;
	u32 key;

	start(content, 2, 8, gomap_kunit_hash_constant);
	KUNIT_ASSERT_EQ(test, gomap_kunit_table(content->map)->longest_chain,
			4);
	for (key = 0; key < 26; key++)
		if (key % 8)
			del(content, key);
	next = gomap_kunit_attach(test, content->map, 2);
	evacuate(content, 0);
	KUNIT_EXPECT_EQ(test, next->longest_chain, 1);
	KUNIT_EXPECT_EQ(test, next->nr_taken, 0);
	check(content);
	gomap_kunit_run_worker(content->map);
	check(content);
}

static void evacuating_twice_is_once(struct kunit *test)
{
	struct content *content = started(test, 2);
	struct gomap_bucket *head;
	u32 lockseq;

	gomap_kunit_attach(test, content->map, 3);
	evacuate(content, 1);
	head = gomap_bucket_at(gomap_kunit_table(content->map), 1);
	lockseq = head->lockseq;
	evacuate(content, 1);
	KUNIT_EXPECT_EQ(test, head->lockseq, lockseq);
	check(content);
}

/*
 * When, and from whom
 */

static void entry_over_the_limit_starts_growth(struct kunit *test)
{
	struct content *content = started(test, 2);
	struct gomap_table *table = gomap_kunit_table(content->map);
	struct gomap_stats stats;

	/* 26 entries in 4 buckets. */
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(table));
	put(content, 30, 30);
	KUNIT_ASSERT_NOT_NULL(test, gomap_kunit_next(table));
	KUNIT_EXPECT_EQ(test, gomap_kunit_next(table)->log2, 3);
	gomap_stats(content->map, &stats);
	KUNIT_EXPECT_TRUE(test, stats.growing);
	KUNIT_EXPECT_EQ(test, stats.buckets, 8);
	KUNIT_EXPECT_EQ(test, stats.entries, 27);
	check(content);
}

/* And four the fourteenth; no overflow bucket is made for the ninth, as in Go. */
static void ninth_entry_finds_two_buckets(struct kunit *test)
{
	struct content *content = new_content(test);
	struct gomap_table *table;
	u32 key;

	start(content, 0, 8, gomap_kunit_hash_key);
	put(content, 30, 30);
	/* Its one chain was moved first, and with it the old table is gone. */
	table = gomap_kunit_table(content->map);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(table));
	KUNIT_EXPECT_EQ(test, table->log2, 1);
	KUNIT_EXPECT_EQ(test, table->nr_taken, 0);
	check(content);
	for (key = 31; key < 35; key++)
		put(content, key, key);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(content->map), 2);
	put(content, 35, 35);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(content->map), 4);
	check(content);
}

/*
 * The heads of 32 buckets of 144 bytes are more than a page. The worker is told, in
 * case no insert comes any more.
 */
static void large_successor_comes_from_the_insert(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .reserve = 104,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	struct gomap_table *table = gomap_kunit_table(map);
	u64 key;

	gomap_kunit_hold_worker(map);
	for (key = 0; key < 104; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(table));
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&map->grow_work));
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, ~key, 0), 0);
	KUNIT_ASSERT_NOT_NULL(test, gomap_kunit_next(table));
	KUNIT_EXPECT_EQ(test, gomap_kunit_next(table)->log2, 5);
	KUNIT_EXPECT_TRUE(test, delayed_work_pending(&map->grow_work));
	/* No block of it is there before a chain moves. */
	KUNIT_EXPECT_EQ(test, gomap_kunit_next(table)->nr_pieces, 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 105);
}

static void worker_ends_growth_when_writers_stop(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	struct gomap_stats stats;
	u64 key;

	for (key = 0; key < 27; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
	gomap_kunit_settle(map);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_FALSE(test, stats.growing);
	KUNIT_EXPECT_EQ(test, stats.buckets, 8);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 27);
}

/* A worker that comes for nothing does nothing. */
static void worker_leaves_a_table_that_is_large_enough(struct kunit *test)
{
	struct content *content = started(test, 3);
	struct gomap_table *table = gomap_kunit_table(content->map);

	gomap_kunit_run_worker(content->map);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(content->map), table);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(table));
	check(content);
}

/*
 * Without a worker
 */

#define MANY 20000

static const struct kind {
	const char *name;
	struct gomap_params params;
} kinds[] = {
	{ "in slots", { .key_size = 8, .value_size = 8 } },
	{ "in entries", { .key_size = 8, .value_size = 200 } },
	{ "with a limit", {
		.key_size = 8, .value_size = 8, .max_entries = MANY } },
};

static void kind_name(const struct kind *kind, char *name)
{
	strscpy(name, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_name);

/* Also where memory for entries comes and goes in between. */
static void one_thread_sees_gos_buckets_at_every_entry(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct gomap *map = gomap_kunit_create(test, &kind->params);
	u64 key;

	gomap_kunit_hold_worker(map);
	for (key = 0; key < MANY; key++) {
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
		KUNIT_ASSERT_EQ_MSG(test, gomap_kunit_buckets(map),
				    1ULL << gomap_log2_for(key + 1),
				    "%llu entries", key + 1);
		if (!(key % 1024))
			cond_resched();
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map, MANY);
}

/* What it has counted on one it finds on the other. */
static void one_thread_sees_them_on_any_cpu(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct gomap *map = gomap_kunit_create(test, &kind->params);
	int cpu = raw_smp_processor_id();
	u64 key;

	if (num_online_cpus() < 2)
		kunit_skip(test, "needs two CPUs");
	gomap_kunit_hold_worker(map);
	for (key = 0; key < MANY; key++) {
		if (!(key % 50)) {
			cpu = cpumask_next(cpu, cpu_online_mask);
			if (cpu >= nr_cpu_ids)
				cpu = cpumask_first(cpu_online_mask);
			set_cpus_allowed_ptr(current, cpumask_of(cpu));
		}
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
		KUNIT_ASSERT_EQ_MSG(test, gomap_kunit_buckets(map),
				    1ULL << gomap_log2_for(key + 1),
				    "%llu entries", key + 1);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, MANY);
}

/* The faults of a map that is filled and emptied where nothing can wait. */
struct rush {
	struct gomap *map;
	u32 refused;
	u32 wrong_size;
	u32 longest;
};

/* A table for which there was no memory comes with the next insert. */
static void look(struct rush *rush, u64 entries)
{
	u64 due = 1ULL << gomap_log2_for(entries);
	struct gomap_stats stats;

	gomap_stats(rush->map, &stats);
	rush->wrong_size += stats.buckets != due && stats.buckets != due / 2;
	rush->longest = max(rush->longest, stats.longest_chain);
}

static void fill_and_empty(struct rush *rush)
{
	u64 value[32] = {}, key;

	for (key = 0; key < MANY; key++) {
		rush->refused += !!gomap_insert(rush->map, &key, 8, value,
						rush->map->value_size, 0,
						GFP_ATOMIC);
		look(rush, key + 1);
	}
	for (key = 0; key < MANY; key++)
		rush->refused += !!gomap_kunit_del(rush->map, key);
}

static void growth_needs_no_worker(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct rush rush = { .map = gomap_kunit_create(test, &kind->params) };
	struct gomap_stats stats;

	gomap_kunit_hold_worker(rush.map);
	/* No softirq and no other task gets this CPU. */
	local_bh_disable();
	fill_and_empty(&rush);
	local_bh_enable();
	KUNIT_EXPECT_EQ(test, rush.refused, 0);
	KUNIT_EXPECT_EQ(test, rush.wrong_size, 0);
	KUNIT_EXPECT_LE(test, rush.longest, GOMAP_CHAIN_LONG);
	gomap_stats(rush.map, &stats);
	KUNIT_EXPECT_EQ(test, stats.long_chains, 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, rush.map, 0);
	/* To shrink is the worker's. */
	KUNIT_EXPECT_EQ(test, stats.buckets, 1ULL << gomap_log2_for(MANY));
	gomap_kunit_run_worker(rush.map);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(rush.map), 1);
	GOMAP_KUNIT_ASSERT_SOUND(test, rush.map, 0);
}

/*
 * Who helps
 */

static void overwrites_move_their_chain_and_one_more(struct kunit *test)
{
	struct content *content = new_content(test);
	struct gomap_table *table;

	start(content, 3, 8, gomap_kunit_hash_key);
	table = gomap_kunit_table(content->map);
	gomap_kunit_attach(test, content->map, 4);
	put(content, 2, 77);
	/* Its own, and the last one. */
	KUNIT_EXPECT_EQ(test, nr_evacuated(table), 2);
	KUNIT_EXPECT_TRUE(test, gomap_is_evacuated(gomap_bucket_at(table, 2)));
	KUNIT_EXPECT_TRUE(test, gomap_is_evacuated(gomap_bucket_at(table, 7)));
	check(content);
	del(content, 3);
	KUNIT_EXPECT_EQ(test, nr_evacuated(table), 4);
	KUNIT_EXPECT_TRUE(test, gomap_is_evacuated(gomap_bucket_at(table, 3)));
	KUNIT_EXPECT_TRUE(test, gomap_is_evacuated(gomap_bucket_at(table, 6)));
	check(content);
}

/* Even one key's alone, 7 and the others downwards; with the last the table goes. */
static void writers_move_all_chains(struct kunit *test)
{
	struct content *content = new_content(test);
	struct gomap_table *table, *next;
	u32 i;

	start(content, 3, 8, gomap_kunit_hash_key);
	table = gomap_kunit_table(content->map);
	next = gomap_kunit_attach(test, content->map, 4);
	for (i = 0; i < 7; i++)
		put(content, 5, 100 + i);
	KUNIT_EXPECT_EQ(test, nr_evacuated(table), 7);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(content->map), table);
	put(content, 5, 200);
	KUNIT_EXPECT_PTR_EQ(test, gomap_kunit_table(content->map), next);
	KUNIT_EXPECT_NULL(test, gomap_kunit_next(next));
	check(content);
}

static void lookups_move_nothing(struct kunit *test)
{
	struct content *content = started(test, 3);
	struct gomap_table *table = gomap_kunit_table(content->map);

	gomap_kunit_attach(test, content->map, 4);
	check(content);
	KUNIT_EXPECT_EQ(test, nr_evacuated(table), 0);
}

/* With tables of both sizes, each with an entry or without. */
static void map_is_destroyed_while_it_grows(struct kunit *test)
{
	struct content *content = new_content(test);
	u32 stop, i;

	for (stop = 0; stop <= 8; stop++) {
		start(content, 3, 200, NULL);
		gomap_kunit_attach(test, content->map, 4);
		for (i = 0; i < stop; i++)
			evacuate(content, i);
		end(content);
	}
	KUNIT_SUCCEED(test);
}

/*
 * At a limit
 */

#define LIMIT SZ_64K

/* A map with a limit, and as many keys as it takes. */
static struct gomap *full_map(struct kunit *test, u64 *keys)
{
	const struct gomap_params params = {
		.key_size = 8,
		.value_size = 8,
		.max_bytes = LIMIT,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	int ret = 0;

	gomap_kunit_hold_worker(map);
	for (*keys = 0; *keys < LIMIT && !ret; *keys += !ret)
		ret = gomap_kunit_put(map, *keys, *keys, 0);
	KUNIT_ASSERT_EQ(test, ret, -EFBIG);
	return map;
}

/* Bytes that are charged for nothing, once all moves have ended. */
static long surplus(struct gomap *map)
{
	struct gomap_stats stats;

	gomap_wait_for_garbage(map);
	gomap_stats(map, &stats);
	return atomic_long_read(&map->budget->used) - stats.bytes;
}

static void move_that_the_limit_cant_hold_doesnt_begin(struct kunit *test)
{
	struct gomap_stats stats;
	struct gomap *map;
	u64 keys, tail;

	map = full_map(test, &keys);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_FALSE(test, stats.growing);
	KUNIT_EXPECT_LE(test, stats.bytes, LIMIT);
	KUNIT_EXPECT_EQ(test, surplus(map), 0);
	/* Nor in the context of a caller. */
	KUNIT_EXPECT_EQ(test, gomap_reserve(map, 2 * keys), -EFBIG);
	gomap_stats(map, &stats);
	KUNIT_EXPECT_FALSE(test, stats.growing);
	KUNIT_EXPECT_EQ(test, surplus(map), 0);
	for (tail = keys; keys--; )
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, keys, &tail), 0);
}

/* The smaller table comes before the larger one goes. */
static void map_at_its_limit_shrinks(struct kunit *test)
{
	struct gomap *map;
	u64 keys;

	map = full_map(test, &keys);
	KUNIT_ASSERT_EQ(test, gomap_clear(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1);
	KUNIT_EXPECT_EQ(test, surplus(map), 0);
	while (keys--)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, keys, keys, 0), 0);
}

/* The smaller table needs overflow buckets that the larger one didn't have. */
static void map_at_its_limit_shrinks_with_its_entries(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8,
		.value_size = 8,
		.max_bytes = 400000,
		.reserve = gomap_grow_above(11),
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	const u64 keys = gomap_grow_above(10);
	u64 key, value;

	gomap_kunit_hold_worker(map);
	for (key = 0; key < keys; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
	KUNIT_ASSERT_EQ(test, gomap_reserve(map, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_shrink(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(map), 1024);
	KUNIT_EXPECT_EQ(test, surplus(map), 0);
	for (key = 0; key < keys; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_get(map, key, &value), 0);
}

static long used(struct gomap *map)
{
	return atomic_long_read(&map->budget->used);
}

static void what_is_charged_ahead_goes_with_the_table(struct kunit *test)
{
	u64 keys, bytes;
	struct gomap *map = full_map(test, &keys);
	struct gomap_table *table;
	long before;

	KUNIT_ASSERT_EQ(test, gomap_clear(map), 0);
	KUNIT_ASSERT_EQ(test, gomap_shrink(map), 0);
	gomap_wait_for_garbage(map);
	before = used(map);
	table = gomap_table_alloc(map, 4, 0, false, GFP_KERNEL);
	KUNIT_ASSERT_FALSE(test, IS_ERR(table));
	bytes = gomap_pieces_bytes(map, 4, 10);
	KUNIT_EXPECT_EQ(test, gomap_table_prepay(table, 10, false), 0);
	KUNIT_EXPECT_EQ(test, used(map), before + gomap_table_bytes(table) +
					 bytes);
	gomap_table_free(table);
	KUNIT_EXPECT_EQ(test, used(map), before);
}

static struct kunit_case grow_cases[] = {
	KUNIT_CASE_PARAM(moves_can_stop_at_every_chain, hash_gen_params),
	KUNIT_CASE_PARAM(moves_of_entries_can_stop_at_every_chain,
			 hash_gen_params),
	KUNIT_CASE(reserve_goes_on_from_every_stop),
	KUNIT_CASE(chain_splits_in_two),
	KUNIT_CASE(overflow_buckets_not_needed_are_given_back),
	KUNIT_CASE(moves_close_the_holes),
	KUNIT_CASE(evacuating_twice_is_once),
	KUNIT_CASE(entry_over_the_limit_starts_growth),
	KUNIT_CASE(ninth_entry_finds_two_buckets),
	KUNIT_CASE(large_successor_comes_from_the_insert),
	KUNIT_CASE(worker_ends_growth_when_writers_stop),
	KUNIT_CASE(worker_leaves_a_table_that_is_large_enough),
	KUNIT_CASE_PARAM(one_thread_sees_gos_buckets_at_every_entry,
			 kind_gen_params),
	KUNIT_CASE_PARAM(one_thread_sees_them_on_any_cpu, kind_gen_params),
	KUNIT_CASE_PARAM(growth_needs_no_worker, kind_gen_params),
	KUNIT_CASE(overwrites_move_their_chain_and_one_more),
	KUNIT_CASE(writers_move_all_chains),
	KUNIT_CASE(lookups_move_nothing),
	KUNIT_CASE(map_is_destroyed_while_it_grows),
	KUNIT_CASE(move_that_the_limit_cant_hold_doesnt_begin),
	KUNIT_CASE(map_at_its_limit_shrinks),
	KUNIT_CASE(map_at_its_limit_shrinks_with_its_entries),
	KUNIT_CASE(what_is_charged_ahead_goes_with_the_table),
	{}
};

static struct kunit_suite grow_suite = {
	.name = "gomap_grow",
	.test_cases = grow_cases,
};

kunit_test_suites(&grow_suite);
