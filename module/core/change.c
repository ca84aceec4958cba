// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change: the slow path of inserts, and all operations with a condition
 * (change.h).
 *
 * The step happens at one moment, under the lock of the key's chain. It
 * allocates no memory, and copies and compares nothing long. If it lacks
 * something, it changes nothing and returns what it lacks. gomap_change() gets
 * that without the lock and retries the step. It keeps what it has for the
 * next turn, so it gets each thing once, and a failed change has touched
 * nothing.
 *
 *   an entry      of its own; most operations know beforehand
 *   blocks        for an overflow bucket: the stock (table.h)
 *   room          if the table gives inserts no more overflow buckets
 *   growth        tried once: without it the chain gets a bucket all the same
 *   a table       the map's first
 *   a comparison  with a long value, see below
 *
 * A long value is compared without the lock. Entries don't change. So the
 * change remembers the entry that has the expected value, and the locked step
 * only checks that it is still the key's. If not, another task has replaced it
 * meanwhile. After GOMAP_COMPARE_TRIES the comparison happens under the lock,
 * which bounds the turns. It then takes the time to compare
 * GOMAP_VALUE_SIZE_MAX bytes.
 *
 * The step counts against max_entries last, when nothing else can fail. So no
 * insert is refused because of another insert that then fails.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include "bucket.h"
#include "chain.h"
#include "change.h"
#include "count.h"
#include "delete.h"
#include "entry.h"
#include "evacuate.h"
#include "grow.h"
#include "insert.h"
#include "slot.h"
#include "table.h"
#include "value.h"

/* Comparisons without the lock. */
#define GOMAP_COMPARE_TRIES 8

/* What the locked step lacks; positive, unlike errnos. */
enum need {
	NEEDS_ENTRY = 1,
	NEEDS_GROWTH,
	NEEDS_STOCK,
	NEEDS_ROOM,
	NEEDS_TABLE,
	NEEDS_COMPARISON,
};

static bool has_long_values(const struct gomap *map)
{
	return !map->overwrites;
}

/* Present keys */

static int check_condition(struct gomap_change *change,
			   const struct gomap_place *place)
{
	const struct gomap *map = change->map;

	if (change->equal)
		return gomap_entry_at(map, place) == change->equal ?
		       0 : NEEDS_COMPARISON;
	return gomap_value_equal(map, place, change->expected,
				 change->expected_len) ? 0 : -ECANCELED;
}

static int check_old_len(struct gomap_change *change,
			 const struct gomap_place *place)
{
	if (!change->old)
		return 0;
	*change->old_len = gomap_value_len(change->map, place);
	return change->room < *change->old_len ? -EMSGSIZE : 0;
}

/* Copy a word, or a value in a slot, now; that of an entry later. */
static void read_old(struct gomap_change *change,
		     const struct gomap_place *place)
{
	if (!change->old)
		return;
	if (has_long_values(change->map))
		change->old_entry = gomap_entry_at(change->map, place);
	else
		gomap_value_read(change->map, place, change->old);
}

static int change_present(struct gomap_change *change,
			  const struct gomap_place *place, enum gomap_present what)
{
	struct gomap *map = change->map;
	int ret = 0;

	if (change->conditional)
		ret = check_condition(change, place);
	if (!ret)
		ret = check_old_len(change, place);
	if (ret)
		return ret;
	if (what == GOMAP_REPLACE && has_long_values(map) && !change->entry)
		return NEEDS_ENTRY;
	read_old(change, place);
	switch (what) {
	case GOMAP_KEEP:
		return -EEXIST;
	case GOMAP_REPLACE:
		change->removed = gomap_replace_value(map, place, change->value,
						      change->entry);
		if (has_long_values(map))
			change->entry = NULL;
		return 0;
	case GOMAP_ADD:
		gomap_add_to_value(map, place, change->delta);
		return 0;
	case GOMAP_DELETE:
		change->removed = gomap_clear_slot(map, place);
		return 0;
	}
	return -EINVAL;
}

/* Absent keys */

static void fill_slot(struct gomap_change *change, struct gomap_bucket *bucket,
		      unsigned int number)
{
	struct gomap *map = change->map;

	gomap_fill_begin();
	if (map->has_entries) {
		rcu_assign_pointer(*gomap_entry_slot(gomap_slot_at(map, bucket,
								   number)),
				   change->entry);
		change->entry = NULL;
	} else {
		gomap_write_pair(map, gomap_slot_at(map, bucket, number),
				 change->key.data, change->value);
	}
	gomap_publish_key(map, bucket, number, change->key.hash);
}

/* Inserts add no key to a full chain (grow.c). */
static bool chain_is_full(const struct gomap_place *place)
{
	return place->length >= GOMAP_CHAIN_MAX &&
	       gomap_chain_entries(place->table, place->head) >=
	       GOMAP_CHAIN_MAX * GOMAP_SLOTS;
}

static int add_to_end(struct gomap_change *change, struct gomap_place *place)
{
	struct gomap_table *table = place->table;
	u32 list;
	int ret;

	ret = gomap_overflow_take_for_insert(table, &list, &change->stock);
	if (ret)
		return ret == -EAGAIN ? NEEDS_STOCK : NEEDS_ROOM;
	if (gomap_count_reserve(change->map)) {
		fill_slot(change, gomap_bucket_at(table, list), 0);
		gomap_link(table, place->last, &list);
		gomap_note_chain(change->map, table, place->length + 1);
	} else {
		ret = -ENOSPC;
	}
	gomap_overflow_return(table, list);
	return ret;
}

static int insert_absent(struct gomap_change *change, struct gomap_place *place)
{
	/* A full map need not grow to return this. */
	if (gomap_count_is_full(change->map))
		return -ENOSPC;
	if (chain_is_full(place))
		return -EMLINK;
	if (change->map->has_entries && !change->entry)
		return NEEDS_ENTRY;
	/* A table that is due goes before an overflow bucket, as in Go. */
	if (!place->bucket && !change->tried_to_grow &&
	    gomap_may_grow(change->map, place->table))
		return NEEDS_GROWTH;
	if (!place->bucket)
		return add_to_end(change, place);
	if (!gomap_count_reserve(change->map))
		return -ENOSPC;
	fill_slot(change, place->bucket, place->slot);
	return 0;
}

/* The step */

/* What to check after the unlock. */
enum effect {
	NO_EFFECT,
	FILLED_HOLE,
	EXTENDED_CHAIN,
	DELETED,
};

static int change_locked(struct gomap_change *change, struct gomap_place *place,
			 enum effect *effect)
{
	int ret;

	if (gomap_find(change->map, &change->key, place)) {
		ret = change_present(change, place, change->present);
		if (!ret && change->present == GOMAP_DELETE)
			*effect = DELETED;
		return ret;
	}
	if (!change->insert)
		return -ENOENT;
	ret = insert_absent(change, place);
	if (!ret)
		*effect = place->bucket ? FILLED_HOLE : EXTENDED_CHAIN;
	return ret;
}

static void after_change(struct gomap *map, struct gomap_place *place,
			 enum effect effect)
{
	switch (effect) {
	case FILLED_HOLE:
	case DELETED:
		gomap_check_size(map, place->table);
		break;
	case EXTENDED_CHAIN:
		gomap_maybe_resize_for_chain(map, place->table,
					     place->length + 1);
		break;
	case NO_EFFECT:
		break;
	}
}

static int step(struct gomap_change *change)
{
	struct gomap *map = change->map;
	enum effect effect = NO_EFFECT;
	struct gomap_place place = {};
	int ret;

	do {
		if (!gomap_lock_chain(map, &change->key, &place))
			return change->insert ? NEEDS_TABLE : -ENOENT;
		ret = change_locked(change, &place, &effect);
		gomap_unlock_chain(map, &place);
		if (ret == NEEDS_GROWTH)
			change->tried_to_grow =
				!gomap_grow_for_insert(map, place.table);
	} while (ret == NEEDS_GROWTH);
	if (ret == NEEDS_ROOM)
		gomap_find_room(map, place.table, &change->step);
	after_change(map, &place, effect);
	return ret;
}

/* Compare first, then make the step if the entry is the same. */
static int compare_and_step(struct gomap_change *change)
{
	unsigned int tries;
	int ret;

	for (tries = 0; tries < GOMAP_COMPARE_TRIES; tries++) {
		change->equal = gomap_find_entry(change->map, &change->key);
		if (!change->equal)
			return -ENOENT;
		if (!gomap_entry_has_value(change->equal, change->expected,
					   change->expected_len))
			return -ECANCELED;
		ret = step(change);
		if (ret != NEEDS_COMPARISON)
			return ret;
	}
	change->equal = NULL;
	return step(change);
}

static int change_once(struct gomap_change *change)
{
	int ret;

	rcu_read_lock();
	if (gomap_is_frozen(change->map))
		ret = -EPERM;
	else if (change->conditional && has_long_values(change->map))
		ret = compare_and_step(change);
	else
		ret = step(change);
	/* Copy the value while RCU keeps the entry. */
	if (change->old_entry && ret <= 0)
		memcpy(change->old, gomap_entry_value(change->old_entry),
		       change->old_entry->value_len);
	rcu_read_unlock();
	return ret;
}

/* What it lacks */

static int get_entry(struct gomap_change *change, gfp_t gfp)
{
	struct gomap_entry *entry;

	entry = gomap_entry_alloc(change->map, change->key.data,
				  change->key.len, change->value,
				  change->value_len, gfp);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	change->entry = entry;
	return 0;
}

/*
 * Each turn gets the change on: the stock suffices then, or, for want of room,
 * a successor is attached, or the chain has moved to it. The successor gets
 * its own successor only after all chains have moved.
 */
static int get(struct gomap_change *change, int need, gfp_t gfp)
{
	struct gomap *map = change->map;

	switch (need) {
	case NEEDS_ENTRY:
		return get_entry(change, gfp);
	case NEEDS_STOCK:
		return gomap_stock_fill(map, &change->stock, gfp);
	case NEEDS_ROOM:
		return gomap_make_room(map, change->key.hash, &change->step,
				       gfp);
	case NEEDS_TABLE:
		return gomap_first_table(map, 0, gfp);
	}
	return -EINVAL;
}

/* Does the step most probably need an entry? */
static bool needs_entry(const struct gomap_change *change)
{
	const struct gomap *map = change->map;

	return (change->present == GOMAP_REPLACE && has_long_values(map)) ||
	       (change->insert && map->has_entries && !change->old);
}

static void release(struct gomap_change *change)
{
	struct gomap *map = change->map;

	/* Readers may still hold @removed. No reader has seen @entry. */
	if (change->removed)
		gomap_entry_retire(map, change->removed);
	if (change->entry)
		gomap_entry_discard(map, change->entry);
	gomap_stock_empty(map, &change->stock);
}

int gomap_change(struct gomap_change *change, gfp_t gfp)
{
	int ret = 0;

	if (gomap_is_frozen(change->map))
		return -EPERM;
	/* The value's length replaces it, perhaps in several turns. */
	if (change->old)
		change->room = *change->old_len;
	if (needs_entry(change))
		ret = get_entry(change, gfp);
	if (ret)
		return ret;
	do {
		ret = change_once(change);
	} while (ret > 0 && !(ret = get(change, ret, gfp)));
	release(change);
	return ret;
}
