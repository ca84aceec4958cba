// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on a key that is there, atomic under the lock of its chain: look
 * at the value, and if it is as expected, replace it or delete the key.
 *
 * They all are one function, update(), on condition of a value or not, with a
 * new value or a sum or none, with room for the old value or not.
 */
#include <linux/export.h>
#include "bucket.h"
#include "chain.h"
#include "delete.h"
#include "entry.h"
#include "grow.h"
#include "value.h"

enum change {
	DELETE_KEY,
	REPLACE_VALUE,
	ADD_TO_VALUE,
};

struct update {
	struct gomap *map;
	struct gomap_key key;
	enum change change;
	/* What the value must be, if that matters. */
	bool conditional;
	const void *expected;
	size_t expected_len;
	/* What it is to be, or what is to be added to it. */
	const void *value;
	size_t value_len;
	u64 delta;
	/* Where the old one goes, or NULL. */
	void *old;
	size_t *old_len;
	/* Where it takes an entry: the one to be put in, then the one taken out. */
	struct gomap_entry *entry;
};

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

static int check_place(struct update *update, const struct gomap_place *place)
{
	const struct gomap *map = update->map;
	size_t len = gomap_value_len(map, place);

	if (update->conditional &&
	    !gomap_value_equal(map, place, update->expected,
			       update->expected_len))
		return -ECANCELED;
	if (update->old && *update->old_len < len) {
		*update->old_len = len;
		return -EMSGSIZE;
	}
	return 0;
}

static void add_to_value(struct update *update, const struct gomap_place *place)
{
	struct gomap *map = update->map;
	union number number;

	gomap_value_read(map, place, &number);
	number_set(map, &number, number_get(map, &number) + update->delta);
	/* No value of that size takes another entry. */
	gomap_replace_value(map, place, &number, NULL);
}

/* Then the old value can be had afterwards, without the lock. */
static bool takes_entry_out(const struct update *update)
{
	return update->change == DELETE_KEY ? update->map->has_entries :
					      !update->map->overwrites;
}

static void change_place(struct update *update, const struct gomap_place *place)
{
	struct gomap *map = update->map;

	if (update->old && !takes_entry_out(update)) {
		*update->old_len = map->value_size;
		gomap_value_read(map, place, update->old);
	}
	switch (update->change) {
	case DELETE_KEY:
		update->entry = gomap_clear_slot(map, place);
		break;
	case REPLACE_VALUE:
		update->entry = gomap_replace_value(map, place, update->value,
						    update->entry);
		break;
	case ADD_TO_VALUE:
		add_to_value(update, place);
		break;
	}
}

static int update_key(struct update *update)
{
	struct gomap *map = update->map;
	struct gomap_place place = {};
	int ret = -ENOENT;

	if (gomap_is_frozen(map))
		return -EPERM;
	if (!gomap_lock_chain(map, &update->key, &place))
		return -ENOENT;
	if (gomap_find(map, &update->key, &place))
		ret = check_place(update, &place);
	if (!ret)
		change_place(update, &place);
	gomap_unlock_chain(map, &place);
	if (!ret && update->change == DELETE_KEY)
		gomap_check_shrinking(map, place.table);
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
		gomap_entry_read_value(update->map, entry, update->old);
	}
	gomap_entry_retire(update->map, entry);
}

static bool lengths_valid(const struct update *update)
{
	const struct gomap *map = update->map;

	return gomap_key_len_valid(map, update->key.len) &&
	       (!update->conditional ||
		gomap_value_len_valid(map, update->expected_len)) &&
	       (update->change == DELETE_KEY ||
		gomap_value_len_valid(map, update->value_len));
}

static int update(struct update *update, gfp_t gfp)
{
	struct gomap *map = update->map;
	int ret;

	if (!lengths_valid(update))
		return -EINVAL;
	update->key.hash = gomap_hash(map, update->key.data, update->key.len);
	if (!map->overwrites && update->change != DELETE_KEY) {
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
		.change = REPLACE_VALUE,
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
		.change = DELETE_KEY,
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
		.change = DELETE_KEY,
		.conditional = true,
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
		.change = REPLACE_VALUE,
		.conditional = true,
		.expected = expected,
		.expected_len = expected_len,
		.value = value,
		.value_len = value_len,
	};

	return update(&exchange, gfp);
}
EXPORT_SYMBOL_GPL(gomap_compare_exchange);

/* Add to the number of a key that is there. */
static int add_existing(struct gomap *map, const void *key, size_t key_len,
			u64 delta, u64 *old)
{
	union number before;
	size_t len = sizeof(before);
	struct update add = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.change = ADD_TO_VALUE,
		.value_len = map->value_size,
		.delta = delta,
		.old = &before,
		.old_len = &len,
	};
	int ret;

	ret = update(&add, 0);
	if (!ret)
		*old = number_get(map, &before);
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
	if (gomap_is_frozen(map))
		return -EPERM;
	if ((map->value_size != 4 && map->value_size != 8) ||
	    map->flags & GOMAP_VAR_VALUE)
		return -EINVAL;
	number_set(map, &number, delta);
	do {
		ret = -ENOENT;
		if (!(flags & GOMAP_INSERT_NEW))
			ret = add_existing(map, key, key_len, delta, &before);
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

	if (gomap_is_frozen(map))
		return -EPERM;
	/* Between the two calls the key may have come, or in the end have gone. */
	do {
		*existing_len = room;
		ret = gomap_lookup(map, key, key_len, existing, existing_len);
		if (ret != -ENOENT)
			return ret ?: -EEXIST;
		ret = gomap_insert(map, key, key_len, value, value_len,
				   GOMAP_INSERT_NEW, gfp);
	} while (ret == -EEXIST);
	return ret;
}
EXPORT_SYMBOL_GPL(gomap_lookup_or_insert);
