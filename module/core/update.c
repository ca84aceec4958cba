// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that look at the value which a key has, and change it in the same
 * moment. Each is a change (change.h).
 */
#include <linux/export.h>
#include "change.h"
#include "value.h"

static bool lengths_valid(const struct gomap_change *change)
{
	const struct gomap *map = change->map;

	return gomap_key_len_valid(map, change->key.len) &&
	       (!change->conditional ||
		gomap_value_len_valid(map, change->expected_len)) &&
	       (change->present == GOMAP_DELETE ||
		gomap_value_len_valid(map, change->value_len));
}

static int change_key(struct gomap_change *change, gfp_t gfp)
{
	if (!lengths_valid(change))
		return -EINVAL;
	change->key.hash = gomap_hash(change->map, change->key.data,
				      change->key.len);
	return gomap_change(change, gfp);
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
 * the map is frozen; -EFBIG or the errno of the map's budget; -ENOMEM.
 */
int gomap_swap(struct gomap *map, const void *key, size_t key_len,
	       const void *value, size_t value_len, void *old, size_t *old_len,
	       gfp_t gfp)
{
	struct gomap_change swap = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.present = GOMAP_REPLACE,
		.value = value,
		.value_len = value_len,
		.old = old,
		.old_len = old_len,
	};

	return change_key(&swap, gfp);
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
	struct gomap_change take = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.present = GOMAP_DELETE,
		.old = value,
		.old_len = value_len,
	};

	return change_key(&take, 0);
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
	struct gomap_change delete = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.present = GOMAP_DELETE,
		.conditional = true,
		.expected = value,
		.expected_len = value_len,
	};

	return change_key(&delete, 0);
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
 * map is frozen; -EFBIG or the errno of the map's budget; -ENOMEM.
 */
int gomap_compare_exchange(struct gomap *map, const void *key, size_t key_len,
			   const void *expected, size_t expected_len,
			   const void *value, size_t value_len, gfp_t gfp)
{
	struct gomap_change exchange = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.present = GOMAP_REPLACE,
		.conditional = true,
		.expected = expected,
		.expected_len = expected_len,
		.value = value,
		.value_len = value_len,
	};

	return change_key(&exchange, gfp);
}
EXPORT_SYMBOL_GPL(gomap_compare_exchange);

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
	union gomap_number number, before = {};
	size_t len = sizeof(before);
	struct gomap_change add = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.present = flags & GOMAP_INSERT_NEW ? GOMAP_KEEP : GOMAP_ADD,
		.insert = !(flags & GOMAP_INSERT_EXISTING),
		.value = &number,
		.value_len = map->value_size,
		.delta = delta,
		.old = &before,
		.old_len = &len,
	};
	int ret;

	ret = gomap_check_insert_flags(flags);
	if (ret)
		return ret;
	if (gomap_is_frozen(map))
		return -EPERM;
	if (!gomap_has_numbers(map))
		return -EINVAL;
	gomap_number_set(map, &number, delta);
	ret = change_key(&add, gfp);
	if (!ret && old)
		*old = gomap_number_get(map, &before);
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
	struct gomap_change insert = {
		.map = map,
		.key = { .data = key, .len = key_len },
		.present = GOMAP_KEEP,
		.insert = true,
		.value = value,
		.value_len = value_len,
		.old = existing,
		.old_len = existing_len,
	};

	return change_key(&insert, gfp);
}
EXPORT_SYMBOL_GPL(gomap_lookup_or_insert);
