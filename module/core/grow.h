/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_GROW_H
#define _GOMAP_GROW_H

#include "count.h"
#include "map.h"
#include "table.h"

/* From the map's table to its successor. */
struct gomap_step {
	/* The tables have so many heads, as log2; @to may be -errno. */
	u32 from;
	int to;
	/* Of the first; see gomap_buckets_to_move(). */
	u32 serial;
	u32 to_move;
};

/* The numbers of entries above and below which a table of 2^log2 is left. */
s64 gomap_grow_above(u32 log2);
s64 gomap_shrink_below(u32 log2);
/* The smallest table that holds so many entries without growing. */
u32 gomap_log2_for(u64 entries);

/* The table that a map's first insert needs, of 2^log2 heads. 0 or -errno. */
int gomap_first_table(struct gomap *map, u32 log2, gfp_t gfp);
/* Move chain @number of @table and one more, if memory allows. */
void gomap_help(struct gomap *map, struct gomap_table *table, u32 number);
/*
 * Attach a larger table if @table has too many entries for one more. True if it has
 * a successor now.
 */
bool gomap_grow_for_insert(struct gomap *map, struct gomap_table *table);
/*
 * gomap_find_room() chooses what to do for an insert whose chain is in @table, if that
 * gives inserts no more overflow buckets. Call it in the RCU read-side section that
 * found @table. gomap_make_room() does it, outside of that section. It returns 0 if the
 * insert is worth trying again, or -errno.
 */
void gomap_find_room(struct gomap *map, struct gomap_table *table,
		     struct gomap_step *step);
int gomap_make_room(struct gomap *map, u64 hash, const struct gomap_step *step,
		    gfp_t gfp);

/* Grow, shrink or rebuild the map if @table has to be left. */
void gomap_maybe_resize(struct gomap *map, struct gomap_table *table);
/* Likewise after an insert that has made a chain of @length buckets longer. */
void gomap_maybe_resize_for_chain(struct gomap *map, struct gomap_table *table,
				  u32 length);
/* What the worker does, and the worker. */
int gomap_move(struct gomap *map);
void gomap_grow_worker(struct work_struct *work);

static __always_inline bool
gomap_is_near_limit(const struct gomap_table *table, s64 rough)
{
	return rough >= table->grow_check || rough <= table->shrink_check;
}

/* Is it worth to ask gomap_grow_for_insert()? With a chain locked. */
static inline bool gomap_may_grow(const struct gomap *map,
				  const struct gomap_table *table)
{
	return gomap_count_rough(map) >= table->grow_check &&
	       !rcu_access_pointer(table->next);
}

/*
 * After an entry is counted, without the lock of a chain, as it may queue work: is
 * @table to be left?
 */
static __always_inline void gomap_check_size(struct gomap *map,
					     struct gomap_table *table)
{
	if (unlikely(gomap_is_near_limit(table, gomap_count_rough(map))))
		gomap_maybe_resize(map, table);
	else
		gomap_count_is_far(map);
}

#endif /* _GOMAP_GROW_H */
