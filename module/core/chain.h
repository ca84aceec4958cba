/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A writer's way to a key: find its chain, lock it, find its slot.
 *
 * It is inlined, so that a place is in registers. Begin with {}: kernels that
 * zero what is on the stack do so for a place that nothing is said of, too.
 */
#ifndef _GOMAP_CHAIN_H
#define _GOMAP_CHAIN_H

#include "bucket.h"
#include "entry.h"
#include "grow.h"
#include "map.h"
#include "slot.h"
#include "table.h"

/* A chain that a writer holds, and what is in it. */
struct gomap_place {
	struct gomap_table *table;
	struct gomap_bucket *head;
	/*
	 * After gomap_find(): where the key is; or, if it is nowhere, the
	 * first empty slot, or a @bucket of NULL if there is none.
	 */
	struct gomap_bucket *bucket;
	unsigned int slot;
	/* After gomap_find() without success. */
	struct gomap_bucket *last;
	u32 length;
};

/*
 * Lock the chain that @key belongs to now, helping the map to grow on the way.
 * False if the map has no table yet. The caller holds rcu_read_lock() until
 * after gomap_unlock_chain(), and in between does not sleep, allocate or free.
 *
 * A chain that isn't evacuated when we hold its lock stays so until we unlock:
 * evacuating takes the lock, too. An evacuated one has a successor (grow.c).
 */
static __always_inline bool __must_check
gomap_lock_chain(struct gomap *map, const struct gomap_key *key,
		 struct gomap_place *place)
{
	struct gomap_table *table = gomap_dereference(map->table);
	struct gomap_bucket *head;

	while (table) {
		head = gomap_head_of(table, key->hash);
		if (unlikely(rcu_access_pointer(table->next)))
			gomap_help(map, table, key->hash & table->mask);
		if (!gomap_is_evacuated(head)) {
			gomap_lock(head, &map->dep_map);
			if (likely(!(gomap_held_lockseq(head) & GOMAP_EVACUATED))) {
				place->table = table;
				place->head = head;
				return true;
			}
			gomap_unlock(head, &map->dep_map);
		}
		table = gomap_dereference(table->next);
	}
	return false;
}

static __always_inline void gomap_unlock_chain(struct gomap *map,
					       struct gomap_place *place)
{
	gomap_unlock(place->head, &map->dep_map);
}

static __always_inline bool
gomap_slot_has_key(const struct gomap *map, void *slot,
		   const struct gomap_key *key, const size_t len,
		   const bool has_entries)
{
	if (has_entries)
		return gomap_entry_has_key(gomap_entry_in(slot), key);
	return gomap_slot_equal(slot, key->data, len, map->word_size);
}

/* gomap_find() for who knows @key's length and what the slots have. */
static __always_inline bool
gomap_find_inline(const struct gomap *map, const struct gomap_key *key,
		  struct gomap_place *place, const size_t len,
		  const bool has_entries)
{
	const u8 tag = gomap_tag(key->hash);
	struct gomap_bucket *bucket;
	unsigned int slot;
	u64 match;

	place->bucket = NULL;
	place->length = 0;
	for (bucket = place->head; bucket;
	     bucket = gomap_next_bucket(place->table, bucket)) {
		match = gomap_match(bucket->tophash, tag);
		for (; match; match = gomap_drop_first(match)) {
			slot = gomap_first_slot(match);
			if (gomap_slot_has_key(map,
					       gomap_slot_at(map, bucket, slot),
					       key, len, has_entries)) {
				place->bucket = bucket;
				place->slot = slot;
				return true;
			}
		}
		match = gomap_match_empty(bucket->tophash);
		if (match && !place->bucket) {
			place->bucket = bucket;
			place->slot = gomap_first_slot(match);
		}
		place->last = bucket;
		place->length++;
	}
	return false;
}

/* Find @key in the locked chain. */
bool gomap_find(const struct gomap *map, const struct gomap_key *key,
		struct gomap_place *place);

#endif /* _GOMAP_CHAIN_H */
