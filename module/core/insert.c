// SPDX-License-Identifier: GPL-2.0-only
/*
 * Insert: put a new key into the first empty slot of its chain, or a new value
 * in place of the old one.
 *
 * This is the fast path, for a key that is present or finds an empty slot, in
 * a map that needs no entry for it. The slow path is a change (change.c).
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include "bucket.h"
#include "chain.h"
#include "change.h"
#include "count.h"
#include "grow.h"
#include "insert.h"
#include "operations.h"
#include "table.h"
#include "value.h"

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
	if (has_entries || !place->bucket || place->length >= GOMAP_CHAIN_MAX)
		return -EAGAIN;
	if (!gomap_count_reserve(map))
		return -ENOSPC;
	gomap_fill_begin();
	gomap_write_pair(map, gomap_slot_at(map, place->bucket, place->slot),
			 key->data, value);
	gomap_publish_key(map, place->bucket, place->slot, key->hash);
	return 1;
}

/*
 * The fast path: no entry and no overflow bucket to allocate. -EAGAIN: take
 * the slow path. @len and @has_entries are constants where it matters.
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
			gomap_check_size(map, place.table);
			ret = 0;
		}
	}
	rcu_read_unlock();
	return ret;
}

static noinline int insert_slowly(struct gomap *map, const struct gomap_key *key,
				  const void *value, size_t value_len,
				  u32 flags, gfp_t gfp)
{
	struct gomap_change insert = {
		.map = map,
		.key = *key,
		.present = flags & GOMAP_INSERT_NEW ? GOMAP_KEEP : GOMAP_REPLACE,
		.insert = !(flags & GOMAP_INSERT_EXISTING),
		.value = value,
		.value_len = value_len,
	};

	return gomap_change(&insert, gfp);
}

int gomap_insert_key(struct gomap *map, const struct gomap_key *key,
		     const void *value, size_t value_len, u32 flags, gfp_t gfp)
{
	int ret = -EAGAIN;

	if (map->is_u64_to_u64)
		ret = try_insert(map, key, value, flags, 8, false);
	else if (!map->has_entries)
		ret = try_insert(map, key, value, flags, key->len, false);
	/* A present key needs no new entry. */
	else if (map->overwrites && !(flags & GOMAP_INSERT_NEW))
		ret = try_insert(map, key, value, flags, key->len, true);
	if (ret != -EAGAIN)
		return ret;
	return insert_slowly(map, key, value, value_len, flags, gfp);
}

/**
 * gomap_insert - insert a key, or replace its value
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 * @value: the value
 * @value_len: its length in bytes
 * @flags: GOMAP_INSERT_NEW to insert only an absent key, GOMAP_INSERT_EXISTING
 *	to replace only a present one, 0 for either
 * @gfp: for an entry or an overflow bucket; GFP_ATOMIC or GFP_NOWAIT if the
 *	caller can't sleep
 *
 * Context: Process or softirq context; may sleep if @gfp may.
 *
 * Return: 0; -EEXIST or -ENOENT as @flags say; -ENOSPC if the map has
 * max_entries entries; -EMLINK if the chain of @key is full of keys with
 * colliding hashes (GOMAP_CHAIN_MAX); -EINVAL if the map can't have a key or
 * value of this length, or both flags are given; -EOPNOTSUPP for an unknown
 * flag; -EPERM if the map is frozen; -EFBIG if the map would exceed its
 * max_bytes; the errno of its budget; -ENOMEM.
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
