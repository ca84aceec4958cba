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
#include "delete.h"
#include "entry.h"
#include "grow.h"
#include "operations.h"
#include "slot.h"

/* @len and @has_entries are the key's and the map's, constants where it matters. */
static __always_inline int delete_key(struct gomap *map,
				      const struct gomap_key *key,
				      struct gomap_entry **entry,
				      const size_t len, const bool has_entries)
{
	struct gomap_place place = {};
	bool found;

	if (gomap_is_frozen(map))
		return -EPERM;
	if (!gomap_lock_chain(map, key, &place))
		return -ENOENT;
	found = gomap_find_inline(map, key, &place, len, has_entries);
	if (found)
		*entry = gomap_clear_slot(map, &place);
	gomap_unlock_chain(map, &place);
	if (!found)
		return -ENOENT;
	gomap_check_size(map, place.table);
	return 0;
}

int gomap_delete_key(struct gomap *map, const struct gomap_key *key)
{
	struct gomap_entry *entry = NULL;
	int ret;

	rcu_read_lock();
	if (map->is_u64_to_u64)
		ret = delete_key(map, key, &entry, 8, false);
	else
		ret = delete_key(map, key, &entry, key->len, map->has_entries);
	rcu_read_unlock();
	if (entry)
		gomap_entry_retire(map, entry);
	return ret;
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
 * of this length; -EPERM if the map is frozen.
 */
int gomap_delete(struct gomap *map, const void *key, size_t key_len)
{
	struct gomap_key k = { .data = key, .len = key_len };

	if (!gomap_key_len_valid(map, key_len))
		return -EINVAL;
	k.hash = gomap_hash(map, key, key_len);
	return gomap_delete_key(map, &k);
}
EXPORT_SYMBOL_GPL(gomap_delete);
