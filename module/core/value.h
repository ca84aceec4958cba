/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The value at a place that gomap_find() found, whose chain is locked.
 */
#ifndef _GOMAP_VALUE_H
#define _GOMAP_VALUE_H

#include "chain.h"
#include "entry.h"
#include "slot.h"

static inline struct gomap_entry *
gomap_entry_at(const struct gomap *map, const struct gomap_place *place)
{
	return gomap_entry_in(gomap_slot_at(map, place->bucket, place->slot));
}

/* In a slot. */
static __always_inline void *gomap_value_at(const struct gomap *map,
					    const struct gomap_place *place)
{
	return gomap_slot_at(map, place->bucket, place->slot) +
	       map->value_offset;
}

static inline size_t gomap_value_len(const struct gomap *map,
				     const struct gomap_place *place)
{
	return map->has_entries ? gomap_entry_at(map, place)->value_len :
				  map->value_size;
}

static inline bool gomap_value_equal(const struct gomap *map,
				     const struct gomap_place *place,
				     const void *value, size_t len)
{
	struct gomap_entry *entry;

	if (!map->has_entries)
		return gomap_slot_equal(gomap_value_at(map, place), value,
					map->value_size, map->word_size);
	entry = gomap_entry_at(map, place);
	return entry->value_len == len &&
	       !memcmp(gomap_entry_value(entry), value, len);
}

static inline void gomap_value_read(const struct gomap *map,
				    const struct gomap_place *place, void *to)
{
	if (map->has_entries)
		gomap_entry_read_value(map, gomap_entry_at(map, place), to);
	else
		gomap_slot_read(to, gomap_value_at(map, place),
				map->value_size, map->word_size);
}

/*
 * Give the key @value; where that takes another entry, put @entry into its slot
 * and return the one that was there, to be retired.
 */
static __always_inline struct gomap_entry *
gomap_replace_value(const struct gomap *map, const struct gomap_place *place,
		    const void *value, struct gomap_entry *entry)
{
	struct gomap_entry *old = NULL;
	void *slot;

	if (!map->overwrites) {
		slot = gomap_slot_at(map, place->bucket, place->slot);
		old = gomap_entry_in(slot);
		rcu_assign_pointer(*gomap_entry_slot(slot), entry);
	} else if (map->has_entries) {
		gomap_entry_write_value(gomap_entry_at(map, place), value,
					map->value_size);
	} else if (map->value_size) {
		gomap_overwrite_begin(place->head);
		gomap_slot_write(gomap_value_at(map, place), value,
				 map->value_size, map->word_size);
		gomap_overwrite_end(place->head);
	}
	return old;
}

#endif /* _GOMAP_VALUE_H */
