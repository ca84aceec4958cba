// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches: the same operation on many keys, each at its own moment.
 *
 * What a batch saves is waiting. The keys of a tile are hashed and the lines
 * that their chains begin with are asked for before the first of them is looked
 * at, so that the cache misses of a tile overlap.
 */
#include <linux/cache.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include "operations.h"
#include "table.h"

/*
 * At (8,8), among a million, a lookup took 63 ns in tiles of 4, 48 of 8, 53 of 16,
 * 44 of 32 and 43 of 64 keys, give or take 8; and 64 are too many for the stack.
 */
#define GOMAP_TILE 16U

/* The first slots may be in the line after the one with the tags. */
static void fetch(void *head)
{
	prefetch(head);
	prefetch(head + L1_CACHE_BYTES);
}

/* Hash the keys of a tile, and give those that can't be in the map a result. */
static void prepare(struct gomap *map, struct gomap_item *items,
		    struct gomap_key *keys, unsigned int nr)
{
	const struct gomap_table *table;
	unsigned int i;

	rcu_read_lock();
	table = rcu_dereference(map->table);
	for (i = 0; i < nr; i++) {
		keys[i].data = items[i].key;
		keys[i].len = items[i].key_len;
		items[i].result = -EINVAL;
		if (!gomap_key_len_valid(map, keys[i].len))
			continue;
		items[i].result = 0;
		keys[i].hash = gomap_hash(map, keys[i].data, keys[i].len);
		if (table)
			fetch(gomap_head_of(table, keys[i].hash));
	}
	rcu_read_unlock();
}

/* What holds for all items. */
struct options {
	bool stop_at_failure;
	u32 flags;
	gfp_t gfp;
};

typedef int (*operation_t)(struct gomap *map, struct gomap_item *item,
			   struct gomap_key *key, struct options options);

/* Inlined, so that @operation is a direct call. How many items were done. */
static __always_inline unsigned int run(struct gomap *map,
					struct gomap_item *items,
					unsigned int nr, operation_t operation,
					struct options options)
{
	struct gomap_key keys[GOMAP_TILE];
	unsigned int i, place;

	for (i = 0; i < nr; i++) {
		place = i % GOMAP_TILE;
		if (!place)
			prepare(map, &items[i], keys, min(nr - i, GOMAP_TILE));
		if (!items[i].result)
			items[i].result = operation(map, &items[i],
						    &keys[place], options);
		if (items[i].result && options.stop_at_failure)
			return i;
	}
	return nr;
}

static int lookup(struct gomap *map, struct gomap_item *item,
		  struct gomap_key *key, struct options options)
{
	return gomap_lookup_key(map, key, item->value, &item->value_len);
}

static int insert(struct gomap *map, struct gomap_item *item,
		  struct gomap_key *key, struct options options)
{
	if (!gomap_value_len_valid(map, item->value_len))
		return -EINVAL;
	return gomap_insert_key(map, key, item->value, item->value_len,
				options.flags, options.gfp);
}

static int delete(struct gomap *map, struct gomap_item *item,
		  struct gomap_key *key, struct options options)
{
	return gomap_delete_key(map, key);
}

/**
 * gomap_lookup_batch - the values of many keys
 * @map: the map
 * @items: what gomap_lookup() would be told of each key; its @result
 * @nr: how many
 * @stop_at_failure: leave what comes after the first key that has a @result
 *
 * Context: As gomap_lookup().
 *
 * Return: how many items are done, without the one that stopped it; the results
 * of those after it are undefined.
 */
unsigned int gomap_lookup_batch(struct gomap *map, struct gomap_item *items,
				unsigned int nr, bool stop_at_failure)
{
	const struct options options = { .stop_at_failure = stop_at_failure };

	return run(map, items, nr, lookup, options);
}
EXPORT_SYMBOL_GPL(gomap_lookup_batch);

/**
 * gomap_insert_batch - give many keys a value each
 * @map: the map
 * @items: what gomap_insert() would be told of each key; its @result
 * @nr: how many
 * @stop_at_failure: leave what comes after the first key that has a @result
 * @flags: as for gomap_insert(); with bad ones, no item is done
 * @gfp: as for gomap_insert()
 *
 * Context: As gomap_insert().
 *
 * Return: how many items are done, without the one that stopped it; the results
 * of those after it are undefined.
 */
unsigned int gomap_insert_batch(struct gomap *map, struct gomap_item *items,
				unsigned int nr, bool stop_at_failure,
				u32 flags, gfp_t gfp)
{
	const struct options options = { stop_at_failure, flags, gfp };

	if (WARN_ON_ONCE(gomap_check_insert_flags(flags)))
		return 0;
	return run(map, items, nr, insert, options);
}
EXPORT_SYMBOL_GPL(gomap_insert_batch);

/**
 * gomap_delete_batch - take many keys out of the map
 * @map: the map
 * @items: what gomap_delete() would be told of each key; its @result
 * @nr: how many
 * @stop_at_failure: leave what comes after the first key that has a @result
 *
 * Context: As gomap_delete().
 *
 * Return: how many items are done, without the one that stopped it; the results
 * of those after it are undefined.
 */
unsigned int gomap_delete_batch(struct gomap *map, struct gomap_item *items,
				unsigned int nr, bool stop_at_failure)
{
	const struct options options = { .stop_at_failure = stop_at_failure };

	return run(map, items, nr, delete, options);
}
EXPORT_SYMBOL_GPL(gomap_delete_batch);
