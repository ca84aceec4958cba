// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries: allocation and release. See entry.h.
 */
#include <linux/mm.h>
#include <linux/sizes.h>
#include "entry.h"
#include "memory.h"

static s64 entry_bytes(const struct gomap_entry *entry)
{
	return gomap_bytes_taken(gomap_entry_size(entry->key_len,
						  entry->value_len));
}

/* Only ever added up, so that a CPU's part may be large. */
static void count_bytes(struct gomap *map, s64 bytes)
{
	percpu_counter_add_batch(&map->entry_bytes, bytes, SZ_1M);
}

struct gomap_entry *gomap_entry_alloc(struct gomap *map, const void *key,
				      size_t key_len, const void *value,
				      size_t value_len, gfp_t gfp)
{
	struct gomap_entry *entry;

	entry = gomap_alloc_large(map, gomap_entry_size(key_len, value_len),
				  gfp);
	if (!entry)
		return NULL;
	entry->key_len = key_len;
	entry->value_len = value_len;
	memcpy(entry->data, key, key_len);
	memcpy(gomap_entry_value(entry), value, value_len);
	count_bytes(map, entry_bytes(entry));
	return entry;
}

void gomap_entry_discard(struct gomap *map, struct gomap_entry *entry)
{
	count_bytes(map, -entry_bytes(entry));
	kvfree(entry);
}

void gomap_entry_retire(struct gomap *map, struct gomap_entry *entry)
{
	count_bytes(map, -entry_bytes(entry));
	kvfree_rcu(entry, rcu);
}
