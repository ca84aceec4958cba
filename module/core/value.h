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

static inline bool gomap_entry_has_value(struct gomap_entry *entry,
					 const void *value, size_t len)
{
	return entry->value_len == len &&
	       !memcmp(gomap_entry_value(entry), value, len);
}

static inline bool gomap_value_equal(const struct gomap *map,
				     const struct gomap_place *place,
				     const void *value, size_t len)
{
	if (!map->has_entries)
		return gomap_slot_equal(gomap_value_at(map, place), value,
					map->value_size, map->word_size);
	return gomap_entry_has_value(gomap_entry_at(map, place), value, len);
}

static inline void gomap_value_read(const struct gomap *map,
				    const struct gomap_place *place, void *to)
{
	if (map->has_entries)
		gomap_entry_read_value(map, gomap_entry_at(map, place), to);
	else
		gomap_value_copy(to, gomap_value_at(map, place),
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
	} else if (gomap_is_one_word(map->value_size, map->word_size)) {
		gomap_word_write(gomap_value_at(map, place), value,
				 map->value_size, map->word_size);
	} else if (map->value_size) {
		gomap_overwrite_begin(place->head);
		gomap_slot_write(gomap_value_at(map, place), value,
				 map->value_size, map->word_size);
		gomap_overwrite_end(place->head);
	}
	return old;
}

/* Numbers: of the map's value size, which is 4 or 8. */

union gomap_number {
	u32 u32;
	u64 u64;
};

static inline bool gomap_has_numbers(const struct gomap *map)
{
	return (map->value_size == 4 || map->value_size == 8) &&
	       !(map->flags & GOMAP_VAR_VALUE);
}

static inline u64 gomap_number_get(const struct gomap *map,
				   const union gomap_number *number)
{
	return map->value_size == 4 ? number->u32 : number->u64;
}

static inline void gomap_number_set(const struct gomap *map,
				    union gomap_number *number, u64 n)
{
	if (map->value_size == 4)
		number->u32 = n;
	else
		number->u64 = n;
}

static inline void gomap_add_to_value(const struct gomap *map,
				      const struct gomap_place *place, u64 delta)
{
	union gomap_number number;

	gomap_value_read(map, place, &number);
	gomap_number_set(map, &number, gomap_number_get(map, &number) + delta);
	/* No value of that size takes another entry. */
	gomap_replace_value(map, place, &number, NULL);
}

#endif /* _GOMAP_VALUE_H */
