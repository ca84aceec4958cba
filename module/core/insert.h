/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_INSERT_H
#define _GOMAP_INSERT_H

#include "bucket.h"
#include "count.h"
#include "slot.h"

/* Key and value of a map without entries, after gomap_fill_begin(). */
static __always_inline void gomap_write_pair(const struct gomap *map, void *slot,
					     const void *key, const void *value)
{
	gomap_slot_write(slot, key, map->key_size, map->word_size);
	gomap_slot_write(slot + map->value_offset, value, map->value_size,
			 map->word_size);
}

/* A reader that sees the tag sees the slot. The key is counted from now on. */
static __always_inline void gomap_publish_key(struct gomap *map,
					      struct gomap_bucket *bucket,
					      unsigned int number, u64 hash)
{
	gomap_publish_tag(bucket, number, gomap_tag(hash));
	gomap_count_insert(map);
}

#endif /* _GOMAP_INSERT_H */
