// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clear: delete all there is, chain by chain.
 *
 * A clear is as many deletes, each at its own moment. What is in the map when it
 * begins is gone when it returns; what is inserted meanwhile may be gone or not.
 * Readers and scans go on as they do under deletes. It goes through the map in
 * the order of scans (position.h), so that tables that come and go don't matter,
 * and holds one chain at a time.
 *
 * The map shrinks afterwards. In between it would move what is about to be
 * deleted, and in that order the chains that are put together would all be full
 * or all be empty.
 */
#include <linux/export.h>
#include <linux/sched/signal.h>
#include "bucket.h"
#include "chain.h"
#include "delete.h"
#include "entry.h"
#include "grow.h"
#include "position.h"

/* Empty a locked chain; returns the entries, linked, and how many there were. */
static struct gomap_entry *clear_chain(struct gomap *map,
				       struct gomap_place *place, u32 *count)
{
	struct gomap_entry *entries = NULL, *entry;
	u64 used;

	*count = 0;
	for (place->bucket = place->head; place->bucket;
	     place->bucket = gomap_next_bucket(place->table, place->bucket)) {
		used = gomap_match_used(place->bucket->tophash);
		for (; used; used = gomap_drop_first(used)) {
			place->slot = gomap_first_slot(used);
			entry = gomap_clear_slot(map, place);
			if (entry) {
				entry->removed = entries;
				entries = entry;
			}
			++*count;
		}
	}
	return entries;
}

static void retire_all(struct gomap *map, struct gomap_entry *entries)
{
	struct gomap_entry *next;

	for (; entries; entries = next) {
		next = entries->removed;
		gomap_entry_retire(map, entries);
	}
}

/*
 * Clear the chain that covers @position; returns the last position of which no
 * entry can be elsewhere. A chain may cover more than its entries' old chains,
 * while the map shrinks: those count that are on the way to it.
 */
static u64 clear_at(struct gomap *map, u64 position)
{
	struct gomap_key key = { .hash = gomap_reverse(position) };
	struct gomap_table *table;
	struct gomap_entry *entries;
	struct gomap_place place = {};
	u64 last = U64_MAX;
	u32 count;

	if (!gomap_lock_chain(map, &key, &place))
		return last;
	for (table = gomap_dereference(map->table); table != place.table;
	     table = gomap_dereference(table->next))
		last = min(last, position | gomap_span(table));
	last = min(last, position | gomap_span(place.table));
	entries = clear_chain(map, &place, &count);
	gomap_unlock_chain(map, &place);
	if (count)
		gomap_check_size(map, place.table);
	retire_all(map, entries);
	return last;
}

static int clear_all(struct gomap *map)
{
	u64 position = 0;
	int ret = 0;

	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		rcu_read_lock();
		if (gomap_is_frozen(map))
			ret = -EPERM;
		else
			position = clear_at(map, position) + 1;
		rcu_read_unlock();
		cond_resched();
	} while (!ret && position);
	return ret;
}

static void shrink_now(struct gomap *map)
{
	struct gomap_table *table;

	rcu_read_lock();
	table = gomap_newest_table(map);
	if (table) {
		/* What collided is gone. */
		WRITE_ONCE(table->collides, false);
		gomap_maybe_resize(map, table);
	}
	rcu_read_unlock();
}

/**
 * gomap_clear - delete all entries
 * @map: the map
 *
 * Context: Process context, may sleep.
 *
 * Return: 0; -EPERM if the map is frozen; -EINTR if a fatal signal came first.
 */
int gomap_clear(struct gomap *map)
{
	int ret;

	atomic_inc(&map->clearing);
	ret = clear_all(map);
	/* Pairs with resize() in grow.c. */
	if (atomic_dec_and_test(&map->clearing))
		shrink_now(map);
	return ret;
}
EXPORT_SYMBOL_GPL(gomap_clear);
