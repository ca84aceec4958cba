/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_GROW_H
#define _GOMAP_GROW_H

#include "count.h"
#include "map.h"
#include "table.h"

/* A move from the map's table to its successor. */
struct gomap_step {
	/* Heads of the two tables, as log2; @to may be -errno. */
	u32 from;
	int to;
	/* Of the old table; see gomap_buckets_to_move(). */
	u32 serial;
	u32 to_move;
	/* Overflow buckets that the successor will need, at most. */
	u32 overflow;
};

/* Grow a table of 2^log2 heads above, shrink it below this many entries. */
s64 gomap_grow_above(u32 log2);
s64 gomap_shrink_below(u32 log2);
/* The smallest table that holds @entries without growing. */
u32 gomap_log2_for(u64 entries);

/* Install the first table, of 2^log2 heads. 0 or -errno. */
int gomap_first_table(struct gomap *map, u32 log2, gfp_t gfp);
/* Move chain @number of @table and one more, if memory allows. */
void gomap_help(struct gomap *map, struct gomap_table *table, u32 number);
/*
 * Attach a larger table if @table has too many entries for one more. True if
 * @table has a successor now.
 */
bool gomap_grow_for_insert(struct gomap *map, struct gomap_table *table);
/*
 * For an insert whose chain is in @table, when inserts get no more overflow
 * buckets from @table. gomap_find_room() chooses the next step. Call it in the
 * RCU read-side section that found @table. gomap_make_room() makes the step,
 * outside of that section. It returns 0 if the insert should retry, or -errno.
 */
void gomap_find_room(struct gomap *map, struct gomap_table *table,
		     struct gomap_step *step);
int gomap_make_room(struct gomap *map, u64 hash, const struct gomap_step *step,
		    gfp_t gfp);

/* Grow, shrink or rebuild the map if @table no longer fits. */
void gomap_maybe_resize(struct gomap *map, struct gomap_table *table);
/* Likewise after an insert that has extended a chain to @length buckets. */
void gomap_maybe_resize_for_chain(struct gomap *map, struct gomap_table *table,
				  u32 length);
/* The work of the worker, and the worker. */
int gomap_move(struct gomap *map);
void gomap_grow_worker(struct work_struct *work);

static __always_inline bool
gomap_is_near_limit(const struct gomap_table *table, s64 rough)
{
	return rough >= table->grow_check || rough <= table->shrink_check;
}

/* Is gomap_grow_for_insert() worth calling? With a chain locked. */
static inline bool gomap_may_grow(const struct gomap *map,
				  const struct gomap_table *table)
{
	return gomap_count_rough(map) >= table->grow_check &&
	       !rcu_access_pointer(table->next);
}

/*
 * Resize if @table no longer fits. Call it after an entry is counted, without
 * the lock of a chain, as it may queue work.
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
