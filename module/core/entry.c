// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries: allocation and release. See entry.h.
 *
 * call_rcu() frees an entry that was in the map. The entry counts as the map's
 * until then: in its bytes, its budget and its memory cgroup. kvfree_rcu()
 * would keep about a second's worth of replaced entries, with no bound.
 */
#include <linux/err.h>
#include <linux/sizes.h>
#include "../compat.h"
#include "entry.h"
#include "memory.h"

/* The map, for the callback. */
static struct gomap **map_place(struct gomap_entry *entry)
{
	return gomap_entry_value(entry) + ALIGN(entry->value_len, 8);
}

static size_t entry_size(const struct gomap_entry *entry)
{
	return gomap_entry_size(entry->key_len, entry->value_len);
}

/* Readers always add up all parts, so a CPU's part may be large. */
static void count_bytes(struct gomap *map, s64 bytes)
{
	percpu_counter_add_batch(&map->entry_bytes, bytes, SZ_1M);
}

struct gomap_entry *gomap_entry_alloc(struct gomap *map, const void *key,
				      size_t key_len, const void *value,
				      size_t value_len, gfp_t gfp)
{
	size_t size = gomap_entry_size(key_len, value_len);
	struct gomap_entry *entry = gomap_alloc_large(map, size, gfp);

	if (IS_ERR(entry))
		return entry;
	entry->key_len = key_len;
	entry->value_len = value_len;
	memcpy(entry->data, key, key_len);
	memcpy(gomap_entry_value(entry), value, value_len);
	*map_place(entry) = map;
	count_bytes(map, gomap_bytes_taken(size));
	return entry;
}

void gomap_entry_discard(struct gomap *map, struct gomap_entry *entry)
{
	size_t size = entry_size(entry);

	count_bytes(map, -(s64)gomap_bytes_taken(size));
	gomap_free_large(map, entry, size);
}

static void free_retired(struct rcu_head *rcu)
{
	struct gomap_entry *entry = container_of(rcu, struct gomap_entry, rcu);

	gomap_entry_discard(*map_place(entry), entry);
}

void gomap_entry_retire(struct gomap *map, struct gomap_entry *entry)
{
	gomap_note_garbage(map);
	gomap_call_rcu(&entry->rcu, free_retired);
}
