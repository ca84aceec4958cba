/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A writer's way to a key: find its chain, lock it, find its slot.
 */
#ifndef _GOMAP_CHAIN_H
#define _GOMAP_CHAIN_H

#include "bucket.h"
#include "map.h"
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
 */
bool __must_check gomap_lock_chain(struct gomap *map,
				   const struct gomap_key *key,
				   struct gomap_place *place);
void gomap_unlock_chain(struct gomap *map, struct gomap_place *place);

/* Find @key in the locked chain. */
bool gomap_find(const struct gomap *map, const struct gomap_key *key,
		struct gomap_place *place);

#endif /* _GOMAP_CHAIN_H */
