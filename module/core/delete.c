// SPDX-License-Identifier: GPL-2.0-only
/*
 * Delete: the tag goes, the slot is zeroed and free for the next insert.
 *
 * Nothing else in the chain moves, and no bucket is unlinked. bucket.h says why
 * the sequence is raised between the tag and the slot.
 */
#include <linux/export.h>
#include "bucket.h"
#include "chain.h"
#include "entry.h"
#include "grow.h"
#include "slot.h"

/* Clear the slot; the entry that was in it, or NULL. */
static struct gomap_entry *clear_slot(struct gomap *map,
				      struct gomap_place *place)
{
	void *slot = gomap_slot_at(map, place->bucket, place->slot);
	struct gomap_entry *entry;

	entry = map->has_entries ? gomap_entry_in(slot) : NULL;
	gomap_retract_tag(place->head, place->bucket, place->slot);
	gomap_slot_zero(slot, map->slot_stride, map->word_size);
	return entry;
}

/**
 * gomap_delete - take a key out of the map
 * @map: the map
 * @key: the key
 * @key_len: its length in bytes
 *
 * Context: Process or softirq context.
 *
 * Return: 0; -ENOENT if the key is absent; -EINVAL if the map can't have a key
 * of this length.
 */
int gomap_delete(struct gomap *map, const void *key, size_t key_len)
{
	struct gomap_key k = { .data = key, .len = key_len };
	struct gomap_entry *entry = NULL;
	struct gomap_place place;
	int ret = -ENOENT;

	if (!gomap_key_len_valid(map, key_len))
		return -EINVAL;
	k.hash = gomap_hash(map, key, key_len);
	rcu_read_lock();
	if (gomap_lock_chain(map, &k, &place)) {
		if (gomap_find(map, &k, &place)) {
			entry = clear_slot(map, &place);
			gomap_count_delete(map, place.table);
			ret = 0;
		}
		gomap_unlock_chain(map, &place);
	}
	rcu_read_unlock();
	if (entry)
		gomap_entry_retire(map, entry);
	return ret;
}
EXPORT_SYMBOL_GPL(gomap_delete);
