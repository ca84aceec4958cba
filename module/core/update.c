// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on a key that is there, atomic under the lock of its chain: look
 * at the value, and if it is as expected, replace it or delete the key.
 *
 * They all are one function, update(), with or without an expected value, with
 * or without a new one, with or without room for the old one.
 */
#include <linux/export.h>
#include "bucket.h"
#include "chain.h"
#include "delete.h"
#include "entry.h"
#include "grow.h"
#include "value.h"

struct update {
	struct gomap *map;
	struct gomap_key key;
	/* What the value must be, or NULL. */
	const void *expected;
	size_t expected_len;
	/* What it is to be, or NULL to delete the key. */
	const void *value;
	size_t value_len;
	/* Where the old one goes, or NULL. */
	void *old;
	size_t *old_len;
	/* In maps with entries: the one to be put in, then the one taken out. */
	struct gomap_entry *entry;
};

static int check_place(struct update *update, const struct gomap_place *place)
{
	const struct gomap *map = update->map;
	size_t len = gomap_value_len(map, place);

	if (update->expected &&
	    !gomap_value_equal(map, place, update->expected,
			       update->expected_len))
		return -ECANCELED;
	if (update->old && *update->old_len < len) {
		*update->old_len = len;
		return -EMSGSIZE;
	}
	return 0;
}

static void change_place(struct update *update, const struct gomap_place *place)
{
	struct gomap *map = update->map;

	if (update->old && !map->has_entries) {
		*update->old_len = map->value_size;
		gomap_slot_read(update->old, gomap_value_at(map, place),
				map->value_size, map->word_size);
	}
	if (update->value)
		update->entry = gomap_replace_value(map, place, update->value,
						    update->entry);
	else
		update->entry = gomap_clear_slot(map, place);
}

static int update_key(struct update *update)
{
	struct gomap *map = update->map;
	struct gomap_place place;
	int ret = -ENOENT;

	if (READ_ONCE(map->frozen))
		return -EPERM;
	if (!gomap_lock_chain(map, &update->key, &place))
		return -ENOENT;
	if (gomap_find(map, &update->key, &place))
		ret = check_place(update, &place);
	if (!ret)
		change_place(update, &place);
	gomap_unlock_chain(map, &place);
	if (!ret && !update->value)
		gomap_count_deletes(map, place.table, 1);
	return ret;
}

/* The entry that was taken out is ours, and readers' for a grace period. */
static void finish_entry(struct update *update, int ret)
{
	struct gomap_entry *entry = update->entry;

	if (!entry)
		return;
	if (ret) {
		gomap_entry_discard(update->map, entry);
		return;
	}
	if (update->old) {
		*update->old_len = entry->value_len;
		memcpy(update->old, gomap_entry_value(entry), entry->value_len);
	}
	gomap_entry_retire(update->map, entry);
}

static int update(struct update *update, gfp_t gfp)
{
	struct gomap *map = update->map;
	int ret;

	if (!gomap_key_len_valid(map, update->key.len) ||
	    (update->expected &&
	     !gomap_value_len_valid(map, update->expected_len)) ||
	    (update->value && !gomap_value_len_valid(map, update->value_len)))
		return -EINVAL;
	update->key.hash = gomap_hash(map, update->key.data, update->key.len);
	if (map->has_entries && update->value) {
		update->entry = gomap_entry_alloc(map, update->key.data,
						  update->key.len,
						  update->value,
						  update->value_len, gfp);
		if (!update->entry)
			return -ENOMEM;
	}
	rcu_read_lock();
	ret = update_key(update);
	rcu_read_unlock();
	finish_entry(update, ret);
	return ret;
}

/**
 * gomap_swap - give a key that is there another value, and return the old one
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 * @value: the new value; must not overlap @old
 * @value_len: its length in bytes
 * @old: where the old value goes
 * @old_len: the room at @old; the old value's length afterwards, or, with
 *	-EMSGSIZE, the room that it needs
 * @gfp: how memory may be had for an entry
 *
 * Context: Process or softirq context; may sleep if @gfp may.
 *
 * Return: 0; -ENOENT if the key is absent; -EMSGSIZE if the old value doesn't
 * fit; -EINVAL if the map can't have a key or value of this length; -EPERM if
 * the map is frozen; -ENOMEM.
 */
int gomap_swap(struct gomap *map, const void *key, size_t key_len,
	       const void *value, size_t value_len, void *old, size_t *old_len,
	       gfp_t gfp)
{
	struct update swap = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.value = value,
		.value_len = value_len,
		.old = old,
		.old_len = old_len,
	};

	return update(&swap, gfp);
}
EXPORT_SYMBOL_GPL(gomap_swap);

/**
 * gomap_take - delete a key and return its value
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 * @value: where the value goes
 * @value_len: the room at @value; the value's length afterwards, or, with
 *	-EMSGSIZE, the room that it needs
 *
 * Of any number of callers at once, one gets the value.
 *
 * Context: Process or softirq context.
 *
 * Return: 0; -ENOENT if the key is absent; -EMSGSIZE if the value doesn't fit,
 * and the key is still there; -EINVAL if the map can't have a key of this
 * length; -EPERM if the map is frozen.
 */
int gomap_take(struct gomap *map, const void *key, size_t key_len, void *value,
	       size_t *value_len)
{
	struct update take = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.old = value,
		.old_len = value_len,
	};

	return update(&take, 0);
}
EXPORT_SYMBOL_GPL(gomap_take);

/**
 * gomap_delete_equal - delete a key that has a certain value
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 * @value: the value that it must have
 * @value_len: its length in bytes
 *
 * Context: Process or softirq context.
 *
 * Return: 0; -ENOENT if the key is absent; -ECANCELED if it has another value;
 * -EINVAL if the map can't have a key or value of this length; -EPERM if the
 * map is frozen.
 */
int gomap_delete_equal(struct gomap *map, const void *key, size_t key_len,
		       const void *value, size_t value_len)
{
	struct update delete = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.expected = value,
		.expected_len = value_len,
	};

	return update(&delete, 0);
}
EXPORT_SYMBOL_GPL(gomap_delete_equal);

/**
 * gomap_compare_exchange - give a key another value if it has a certain one
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 * @expected: the value that it must have
 * @expected_len: its length in bytes
 * @value: the new value
 * @value_len: its length in bytes
 * @gfp: how memory may be had for an entry
 *
 * Context: Process or softirq context; may sleep if @gfp may.
 *
 * Return: 0; -ENOENT if the key is absent; -ECANCELED if it has another value;
 * -EINVAL if the map can't have a key or value of this length; -EPERM if the
 * map is frozen; -ENOMEM.
 */
int gomap_compare_exchange(struct gomap *map, const void *key, size_t key_len,
			   const void *expected, size_t expected_len,
			   const void *value, size_t value_len, gfp_t gfp)
{
	struct update exchange = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.expected = expected,
		.expected_len = expected_len,
		.value = value,
		.value_len = value_len,
	};

	return update(&exchange, gfp);
}
EXPORT_SYMBOL_GPL(gomap_compare_exchange);

/* A number of the map's value size, which is 4 or 8. */
union number {
	u32 u32;
	u64 u64;
};

static u64 number_get(const struct gomap *map, const union number *number)
{
	return map->value_size == 4 ? number->u32 : number->u64;
}

static void number_set(const struct gomap *map, union number *number, u64 n)
{
	if (map->value_size == 4)
		number->u32 = n;
	else
		number->u64 = n;
}

/* Add to the number of a key that is there. */
static int add_existing(struct gomap *map, const void *key, size_t key_len,
			u64 delta, u64 *old, gfp_t gfp)
{
	union number expected, number;
	size_t len;
	int ret;

	do {
		len = sizeof(expected);
		ret = gomap_lookup(map, key, key_len, &expected, &len);
		if (ret)
			return ret;
		*old = number_get(map, &expected);
		number_set(map, &number, *old + delta);
		ret = gomap_compare_exchange(map, key, key_len, &expected, len,
					     &number, len, gfp);
	} while (ret == -ECANCELED);
	return ret;
}

/**
 * gomap_fetch_add - add to the number that a key has
 * @map: the map, with values of 4 or 8 bytes
 * @key: the key
 * @key_len: its length in bytes
 * @delta: what to add, modulo 2^32 or 2^64
 * @old: the number before; may be NULL
 * @flags: GOMAP_INSERT_NEW or GOMAP_INSERT_EXISTING if the key must not or must
 *	be there; without them a key that is absent has the number 0, as in Go
 * @gfp: as for gomap_insert()
 *
 * Context: Process or softirq context; may sleep if @gfp may.
 *
 * Return: 0; -EINVAL if the values of the map are no such numbers; otherwise as
 * gomap_insert().
 */
int gomap_fetch_add(struct gomap *map, const void *key, size_t key_len,
		    u64 delta, u64 *old, u32 flags, gfp_t gfp)
{
	union number number;
	u64 before = 0;
	int ret;

	ret = gomap_check_insert_flags(flags);
	if (ret)
		return ret;
	if ((map->value_size != 4 && map->value_size != 8) ||
	    map->flags & GOMAP_VAR_VALUE)
		return -EINVAL;
	number_set(map, &number, delta);
	do {
		ret = -ENOENT;
		if (!(flags & GOMAP_INSERT_NEW))
			ret = add_existing(map, key, key_len, delta, &before,
					   gfp);
		if (ret != -ENOENT || flags & GOMAP_INSERT_EXISTING)
			break;
		before = 0;
		ret = gomap_insert(map, key, key_len, &number, map->value_size,
				   GOMAP_INSERT_NEW, gfp);
	} while (ret == -EEXIST && !(flags & GOMAP_INSERT_NEW));
	if (!ret && old)
		*old = before;
	return ret;
}
EXPORT_SYMBOL_GPL(gomap_fetch_add);

/**
 * gomap_lookup_or_insert - insert a key that is absent, or return its value
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 * @value: the value to insert
 * @value_len: its length in bytes
 * @existing: where the value goes that the key has already
 * @existing_len: as @value_len of gomap_lookup()
 * @gfp: as for gomap_insert()
 *
 * Context: Process or softirq context; may sleep if @gfp may.
 *
 * Return: 0 if the key was inserted; -EEXIST if it is there and @existing was
 * filled; -EMSGSIZE if it is there and its value doesn't fit; otherwise as
 * gomap_insert().
 */
int gomap_lookup_or_insert(struct gomap *map, const void *key, size_t key_len,
			   const void *value, size_t value_len, void *existing,
			   size_t *existing_len, gfp_t gfp)
{
	size_t room = *existing_len;
	int ret;

	/* The key may be deleted between the two: then it is ours to insert. */
	do {
		ret = gomap_insert(map, key, key_len, value, value_len,
				   GOMAP_INSERT_NEW, gfp);
		if (ret != -EEXIST)
			return ret;
		*existing_len = room;
		ret = gomap_lookup(map, key, key_len, existing, existing_len);
	} while (ret == -ENOENT);
	return ret ?: -EEXIST;
}
EXPORT_SYMBOL_GPL(gomap_lookup_or_insert);
