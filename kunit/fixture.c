// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps for tests. See fixture.h.
 */
#include <kunit/resource.h>
#include <linux/err.h>
#include <linux/gomap.h>
#include "../module/core/evacuate.h"
#include "fixture.h"

static void destroy(void *map)
{
	gomap_destroy(map);
	flush_workqueue(gomap_free_workqueue);
}

struct gomap *gomap_kunit_create(struct kunit *test,
				 const struct gomap_params *params)
{
	struct gomap *map = gomap_create(params);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, map);
	/* As random as any, for the fast hash. */
	map->secret.key[0] = gomap_kunit_seed * 0x9e3779b97f4a7c15ULL;
	map->secret.key[1] = ~gomap_kunit_seed * 0xbf58476d1ce4e5b9ULL;
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy, map), 0);
	return map;
}

struct gomap *gomap_kunit_create_sized(struct kunit *test, u32 key_size,
				       u32 value_size)
{
	const struct gomap_params params = {
		.key_size = key_size,
		.value_size = value_size,
	};

	return gomap_kunit_create(test, &params);
}

void gomap_kunit_destroy(struct kunit *test, struct gomap *map)
{
	kunit_release_action(test, destroy, map);
}

void gomap_kunit_hold_worker(struct gomap *map)
{
	map->grow_delay = GOMAP_KUNIT_HELD;
	cancel_delayed_work_sync(&map->grow_work);
}

void gomap_kunit_run_worker(struct gomap *map)
{
	cancel_delayed_work_sync(&map->grow_work);
	/* Not as a work, which would queue itself for what is left to do. */
	gomap_move(map);
	gomap_kunit_hold_worker(map);
}

void gomap_kunit_settle(struct gomap *map)
{
	/* It queues itself again when there is no memory. */
	while (flush_delayed_work(&map->grow_work))
		;
}

struct gomap_table *gomap_kunit_attach(struct kunit *test, struct gomap *map,
				       u32 log2)
{
	u32 to_move = gomap_buckets_to_move(gomap_kunit_table(map));
	u32 from = gomap_kunit_table(map)->log2;
	struct gomap_table *next;

	/* Other sizes take several moves. */
	KUNIT_ASSERT_LE(test, log2, from + 1);
	KUNIT_ASSERT_LE(test, from, log2 + 1);
	next = gomap_table_alloc(map, log2, to_move, false, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, next);
	KUNIT_ASSERT_NULL(test, gomap_kunit_next(gomap_kunit_table(map)));
	next->serial = gomap_kunit_table(map)->serial + 1;
	/* There is no other thread that would attach one. */
	rcu_assign_pointer(gomap_kunit_table(map)->next, next);
	return next;
}

void gomap_kunit_evacuate(struct kunit *test, struct gomap *map, u32 chain)
{
	KUNIT_ASSERT_EQ(test,
			gomap_evacuate_now(map, gomap_kunit_table(map), chain,
					   GFP_KERNEL), 0);
}

void gomap_kunit_end_move(struct kunit *test, struct gomap *map)
{
	struct gomap_table *table = gomap_kunit_table(map);
	u32 heads = gomap_nr_heads(table), chain;

	if (!gomap_kunit_next(table))
		return;
	/* The last chain to move takes the table out of use, whichever it is. */
	for (chain = 0; gomap_kunit_table(map) == table && chain < heads; chain++)
		gomap_kunit_evacuate(test, map, chain);
}

u64 gomap_kunit_buckets(struct gomap *map)
{
	struct gomap_stats stats;

	gomap_stats(map, &stats);
	return stats.buckets;
}

int gomap_kunit_put(struct gomap *map, u64 key, u64 value, u32 flags)
{
	u64 words[32];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = value;
	return gomap_insert(map, &key, 8, words, map->value_size, flags,
			    GFP_KERNEL);
}

int gomap_kunit_del(struct gomap *map, u64 key)
{
	return gomap_delete(map, &key, 8);
}

int gomap_kunit_get(struct gomap *map, u64 key, u64 *value)
{
	u64 words[32];
	size_t len = sizeof(words);
	int ret;
	u32 i;

	ret = gomap_lookup(map, &key, 8, words, &len);
	if (ret)
		return ret;
	*value = words[0];
	for (i = 0; i < len / 8; i++)
		if (words[i] != words[0])
			return -EILSEQ;
	return len == map->value_size ? 0 : -EILSEQ;
}
