// SPDX-License-Identifier: GPL-2.0-only
/*
 * Insert: a new key into the first empty slot of its chain, a new value in
 * place of the old one.
 *
 * What needs memory gets it outside of the chain's lock, where preemption is
 * off: an entry before the lock is taken, an overflow bucket by giving the lock
 * up and starting again with something in stock. So a failed insert has
 * touched nothing.
 *
 * The limit of a map with max_entries is taken from an exact count of its own,
 * and last: when nothing else can fail any more. So no insert is refused for
 * the sake of one that then fails.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include "bucket.h"
#include "chain.h"
#include "entry.h"
#include "grow.h"
#include "operations.h"
#include "slot.h"
#include "table.h"
#include "value.h"

/* One call of gomap_insert(). */
struct insert {
	struct gomap *map;
	struct gomap_key key;
	const void *value;
	/* Of a map with entries: to be put in; or the one that it replaced. */
	struct gomap_entry *entry;
	u32 flags;
	struct gomap_stock stock;
	/* Jiffies, for another table. */
	unsigned int waited;
};

/* In a map without entries. */
static __always_inline void write_pair(const struct gomap *map, void *slot,
				       const void *key, const void *value)
{
	gomap_slot_write(slot, key, map->key_size, map->word_size);
	gomap_slot_write(slot + map->value_offset, value, map->value_size,
			 map->word_size);
}

/* Who sees the tag sees the slot. The key is counted from now on. */
static __always_inline void publish(struct gomap *map,
				    struct gomap_bucket *bucket,
				    unsigned int number, u64 hash)
{
	gomap_publish_tag(bucket, number, gomap_tag(hash));
	gomap_count(map, 1);
}

static void fill_slot(struct insert *insert, struct gomap_bucket *bucket,
		      unsigned int number)
{
	struct gomap *map = insert->map;
	void *slot = gomap_slot_at(map, bucket, number);

	gomap_fill_begin();
	if (map->has_entries) {
		rcu_assign_pointer(*gomap_entry_slot(slot), insert->entry);
		insert->entry = NULL;
	} else {
		write_pair(map, slot, insert->key.data, insert->value);
	}
	publish(map, bucket, number, insert->key.hash);
}

static bool within_limit(struct gomap *map)
{
	return !map->max_entries ||
	       atomic_long_add_unless(&map->limited_count, 1, map->max_entries);
}

static bool at_limit(struct gomap *map)
{
	return map->max_entries &&
	       atomic_long_read(&map->limited_count) >= map->max_entries;
}

static int add_to_hole(struct insert *insert, struct gomap_place *place)
{
	if (!within_limit(insert->map))
		return -ENOSPC;
	fill_slot(insert, place->bucket, place->slot);
	return 0;
}

static int add_to_end(struct insert *insert, struct gomap_place *place)
{
	struct gomap_table *table = place->table;
	int ret = -ENOSPC;
	u32 list;

	/* A map that is full need not become larger to say so. */
	if (at_limit(insert->map))
		return -ENOSPC;
	list = gomap_overflow_take_for_insert(table, &insert->stock);
	if (!list)
		return -EAGAIN;
	if (within_limit(insert->map)) {
		fill_slot(insert, gomap_list_first(table, list), 0);
		gomap_link(table, place->last, &list);
		gomap_note_chain(insert->map, table, place->length + 1);
		ret = 0;
	}
	gomap_overflow_return(table, list);
	return ret;
}

/* An entry that wasn't needed stays in @insert. */
static int replace(struct insert *insert, const struct gomap_place *place)
{
	struct gomap_entry *old;

	old = gomap_replace_value(insert->map, place, insert->value,
				  insert->entry);
	if (!insert->map->overwrites)
		insert->entry = old;
	return 0;
}

static int insert_locked(struct insert *insert, struct gomap_place *place,
			 bool *added)
{
	int ret;

	if (gomap_find(insert->map, &insert->key, place)) {
		if (insert->flags & GOMAP_INSERT_NEW)
			return -EEXIST;
		return replace(insert, place);
	}
	if (insert->flags & GOMAP_INSERT_EXISTING)
		return -ENOENT;
	ret = place->bucket ? add_to_hole(insert, place) :
			      add_to_end(insert, place);
	*added = !ret;
	return ret;
}

/*
 * The chain has become longer by a bucket; its lock is given up. Long chains in
 * a table that has more entries than it should are only a sign that the worker
 * comes late.
 */
static void after_overflow(struct gomap *map, struct gomap_place *place)
{
	if (unlikely(place->length >= GOMAP_CHAIN_LONG) &&
	    gomap_rough_count(map) <= place->table->grow_above)
		pr_warn_ratelimited("gomap: a chain has got %u buckets: hashes collide\n",
				    place->length + 1);
	gomap_maybe_rebuild(map, place->table);
}

/* -EAGAIN if the stock has to be filled. The map has a table. */
static int insert_once(struct insert *insert)
{
	struct gomap *map = insert->map;
	struct gomap_place place = {};
	bool added = false;
	int ret = -EINVAL;

	rcu_read_lock();
	if (gomap_is_frozen(map)) {
		rcu_read_unlock();
		return -EPERM;
	}
	do {
		if (WARN_ON_ONCE(!gomap_lock_chain(map, &insert->key,
						   &place)))
			break;
		ret = insert_locked(insert, &place, &added);
		gomap_unlock_chain(map, &place);
	} while (ret == -EAGAIN && gomap_grow_small(map, place.table));
	if (added) {
		gomap_check_growth(map, place.table);
		if (!place.bucket)
			after_overflow(map, &place);
	}
	rcu_read_unlock();
	return ret;
}

/* 1 if the key was added, 0 if its value was replaced. */
static __always_inline int try_locked(struct gomap *map,
				      const struct gomap_key *key,
				      const void *value, u32 flags,
				      struct gomap_place *place,
				      const size_t len, const bool has_entries)
{
	if (gomap_find_inline(map, key, place, len, has_entries)) {
		if (flags & GOMAP_INSERT_NEW)
			return -EEXIST;
		gomap_replace_value(map, place, value, NULL);
		return 0;
	}
	if (flags & GOMAP_INSERT_EXISTING)
		return -ENOENT;
	if (has_entries || !place->bucket)
		return -EAGAIN;
	if (!within_limit(map))
		return -ENOSPC;
	gomap_fill_begin();
	write_pair(map, gomap_slot_at(map, place->bucket, place->slot),
		   key->data, value);
	publish(map, place->bucket, place->slot, key->hash);
	return 1;
}

/*
 * The frequent case: no entry, and no overflow bucket, has to be had. -EAGAIN if
 * it is another one. @len and @has_entries are constants where it matters.
 */
static __always_inline int try_insert(struct gomap *map,
				      const struct gomap_key *key,
				      const void *value, u32 flags,
				      const size_t len, const bool has_entries)
{
	struct gomap_place place = {};
	int ret = -EAGAIN;

	rcu_read_lock();
	if (gomap_is_frozen(map)) {
		ret = -EPERM;
	} else if (gomap_lock_chain(map, key, &place)) {
		ret = try_locked(map, key, value, flags, &place, len,
				 has_entries);
		gomap_unlock_chain(map, &place);
		if (ret == 1) {
			gomap_check_growth(map, place.table);
			ret = 0;
		}
	}
	rcu_read_unlock();
	return ret;
}

/*
 * In another table there may be room where there is no memory for more in this
 * one. If making that table has failed, too, it is tried again when it is asked
 * for, and other inserts, that find room and would ask, may not come.
 */
static void ask_for_room(struct gomap *map)
{
	struct gomap_table *table;

	rcu_read_lock();
	table = gomap_newest_table(map);
	gomap_maybe_grow(map, table);
	gomap_maybe_rebuild(map, table);
	rcu_read_unlock();
}

/*
 * Fill the stock; or, if it is full and the table has no more overflow buckets for
 * inserts, wait for the one that follows. Growth is far behind then, which is no
 * lack of memory: but whoever can't sleep is told so, and after a second everybody.
 *
 * If there was no memory for that table when it was last tried, it isn't waited
 * for: a batch would wait at each key. It is tried again, though, and whoever
 * comes after that finds a table, or another delay.
 */
static int get_room(struct insert *insert, gfp_t gfp)
{
	struct gomap *map = insert->map;

	if (!gomap_stock_is_full(&insert->stock))
		return gomap_stock_fill(map, &insert->stock, gfp);
	ask_for_room(map);
	if (!gfpflags_allow_blocking(gfp) || READ_ONCE(map->grow_delay) ||
	    fatal_signal_pending(current) || insert->waited++ == HZ)
		return -ENOMEM;
	schedule_timeout_uninterruptible(1);
	return 0;
}

/* A replaced entry may still be read; one that was not put in may not. */
static void release_entry(struct insert *insert, int ret)
{
	if (!insert->entry)
		return;
	if (ret || insert->map->overwrites)
		gomap_entry_discard(insert->map, insert->entry);
	else
		gomap_entry_retire(insert->map, insert->entry);
}

static noinline int insert_slowly(struct gomap *map, const struct gomap_key *key,
				  const void *value, size_t value_len,
				  u32 flags, gfp_t gfp)
{
	struct insert insert = {
		.map = map,
		.key = *key,
		.value = value,
		.flags = flags,
	};
	int ret;

	if (unlikely(gomap_is_frozen(map)))
		return -EPERM;
	if (unlikely(!rcu_access_pointer(map->table))) {
		ret = gomap_first_table(map, 0, gfp);
		if (ret)
			return ret;
	}
	if (map->has_entries) {
		insert.entry = gomap_entry_alloc(map, key->data, key->len,
						 value, value_len, gfp);
		if (!insert.entry)
			return -ENOMEM;
	}
	do {
		ret = insert_once(&insert);
	} while (ret == -EAGAIN && !(ret = get_room(&insert, gfp)));
	release_entry(&insert, ret);
	gomap_stock_empty(&insert.stock);
	if (unlikely(ret == -ENOMEM))
		ask_for_room(map);
	return ret;
}

int gomap_insert_key(struct gomap *map, const struct gomap_key *key,
		     const void *value, size_t value_len, u32 flags, gfp_t gfp)
{
	int ret = -EAGAIN;

	if (map->is_u64_to_u64)
		ret = try_insert(map, key, value, flags, 8, false);
	else if (!map->has_entries)
		ret = try_insert(map, key, value, flags, key->len, false);
	/* A key that is there needs no other entry. */
	else if (map->overwrites && !(flags & GOMAP_INSERT_NEW))
		ret = try_insert(map, key, value, flags, key->len, true);
	if (ret != -EAGAIN)
		return ret;
	return insert_slowly(map, key, value, value_len, flags, gfp);
}

/**
 * gomap_insert - give a key a value
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 * @value: the value
 * @value_len: its length in bytes
 * @flags: GOMAP_INSERT_NEW to insert only a key that isn't there,
 *	GOMAP_INSERT_EXISTING only one that is, 0 for either
 * @gfp: how memory may be had for an entry or an overflow bucket, GFP_ATOMIC or
 *	GFP_NOWAIT where the caller can't sleep
 *
 * Context: Process or softirq context; may sleep if @gfp may.
 *
 * Return: 0; -EEXIST or -ENOENT as @flags say; -ENOSPC if the map has as many
 * entries as it may; -EINVAL if the map can't have a key or value of this length, or
 * both flags are given; -EOPNOTSUPP for an unknown flag; -EPERM if the map is
 * frozen; -ENOMEM.
 */
int gomap_insert(struct gomap *map, const void *key, size_t key_len,
		 const void *value, size_t value_len, u32 flags, gfp_t gfp)
{
	struct gomap_key k = { .data = key, .len = key_len };
	int ret;

	if (!gomap_key_len_valid(map, key_len) ||
	    !gomap_value_len_valid(map, value_len))
		return -EINVAL;
	ret = gomap_check_insert_flags(flags);
	if (ret)
		return ret;
	k.hash = gomap_hash(map, key, key_len);
	return gomap_insert_key(map, &k, value, value_len, flags, gfp);
}
EXPORT_SYMBOL_GPL(gomap_insert);
