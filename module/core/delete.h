/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_DELETE_H
#define _GOMAP_DELETE_H

#include "chain.h"
#include "count.h"
#include "entry.h"

/*
 * Empty the slot of @place, whose chain is locked. Returns the entry that was in
 * it, to be retired after the lock is given up, or NULL. Afterwards the caller
 * asks gomap_check_size().
 */
static __always_inline struct gomap_entry *
gomap_clear_slot(struct gomap *map, const struct gomap_place *place)
{
	void *slot = gomap_slot_at(map, place->bucket, place->slot);
	struct gomap_entry *entry;

	entry = map->has_entries ? gomap_entry_in(slot) : NULL;
	gomap_retract_tag(place->head, place->bucket, place->slot);
	gomap_slot_zero(slot, map->slot_stride, map->word_size);
	gomap_count_delete(map);
	return entry;
}

#endif /* _GOMAP_DELETE_H */
