/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_GROW_H
#define _GOMAP_GROW_H

#include <linux/percpu_counter.h>
#include "map.h"
#include "table.h"

/* The numbers of entries above and below which a table of 2^log2 is left. */
s64 gomap_grow_above(u32 log2);
s64 gomap_shrink_below(u32 log2);
/* The smallest table that holds so many entries without growing. */
u32 gomap_log2_for(u64 entries);

/* The table that a map's first insert needs, of 2^log2 heads. */
int gomap_first_table(struct gomap *map, u32 log2, gfp_t gfp);
/*
 * Grow on the spot if @table has too many entries for one more and the next
 * one is small. True if there is a successor that wasn't there before.
 */
bool gomap_grow_small(struct gomap *map, struct gomap_table *table);
/* Move chain @number of @table and one more, if memory allows. */
void gomap_help(struct gomap *map, struct gomap_table *table, u32 number);

void gomap_maybe_grow(struct gomap *map, struct gomap_table *table);
void gomap_maybe_shrink(struct gomap *map, struct gomap_table *table);
void gomap_maybe_rebuild(struct gomap *map, struct gomap_table *table);
void gomap_grow_worker(struct work_struct *work);

/*
 * An entry was added to or removed from @table. To be called without the lock
 * of a chain, as it may queue work.
 */
static inline void gomap_count_insert(struct gomap *map,
				      struct gomap_table *table)
{
	percpu_counter_add_batch(&map->count, 1, GOMAP_COUNT_BATCH);
	if (unlikely(gomap_rough_count(map) >= table->grow_check))
		gomap_maybe_grow(map, table);
}

static inline void gomap_count_deletes(struct gomap *map,
				       struct gomap_table *table, u32 count)
{
	percpu_counter_add_batch(&map->count, -(s64)count, GOMAP_COUNT_BATCH);
	if (unlikely(gomap_rough_count(map) <= table->shrink_check))
		gomap_maybe_shrink(map, table);
}

#endif /* _GOMAP_GROW_H */
