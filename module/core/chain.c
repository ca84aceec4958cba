// SPDX-License-Identifier: GPL-2.0-only
/*
 * A writer's way to a key. See chain.h; bucket.h has the protocol.
 */
#include "chain.h"
#include "entry.h"
#include "grow.h"
#include "slot.h"

/*
 * A chain that isn't evacuated when we hold its lock stays so until we unlock:
 * evacuating takes the lock, too. An evacuated one has a successor (grow.c).
 */
bool gomap_lock_chain(struct gomap *map, const struct gomap_key *key,
		      struct gomap_place *place)
{
	struct gomap_table *table = gomap_dereference(map->table);
	struct gomap_bucket *head;

	while (table) {
		head = gomap_head_of(table, key->hash);
		if (rcu_access_pointer(table->next))
			gomap_help(map, table, key->hash & table->mask);
		if (!gomap_is_evacuated(head)) {
			gomap_lock(head, &map->dep_map);
			if (!(head->lockseq & GOMAP_EVACUATED)) {
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

void gomap_unlock_chain(struct gomap *map, struct gomap_place *place)
{
	gomap_unlock(place->head, &map->dep_map);
}

static bool slot_has_key(const struct gomap *map, void *slot,
			 const struct gomap_key *key)
{
	if (map->has_entries)
		return gomap_entry_has_key(gomap_entry_in(slot), key);
	return gomap_slot_equal(slot, key->data, key->len, map->word_size);
}

bool gomap_find(const struct gomap *map, const struct gomap_key *key,
		struct gomap_place *place)
{
	struct gomap_bucket *bucket;
	u8 tag = gomap_tag(key->hash);
	u64 match;

	place->bucket = NULL;
	place->length = 0;
	for (bucket = place->head; bucket;
	     bucket = gomap_next_bucket(place->table, bucket)) {
		match = gomap_match(bucket->tophash, tag);
		for (; match; match = gomap_drop_first(match)) {
			unsigned int slot = gomap_first_slot(match);

			if (slot_has_key(map, gomap_slot_at(map, bucket, slot),
					 key)) {
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
