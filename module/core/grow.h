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
/* What the worker does, and the worker. */
int gomap_move(struct gomap *map);
void gomap_grow_worker(struct work_struct *work);

/*
 * Count @amount entries more. To be called with a chain locked: whoever else
 * adds to this CPU's part has bottom halves off and preemption, too. So there is
 * no need of percpu_counter's way of keeping interrupts out, which made an insert
 * take 640 ns instead of 78 on User Mode Linux 7.2.
 */
static __always_inline void gomap_count(struct gomap *map, s32 amount)
{
#ifdef CONFIG_SMP
	s32 part = raw_cpu_read(*map->count.counters) + amount;

	lockdep_assert_in_softirq();
	if (likely(abs(part) < GOMAP_COUNT_BATCH))
		raw_cpu_write(*map->count.counters, part);
	else
		percpu_counter_add_batch(&map->count, amount,
					 GOMAP_COUNT_BATCH);
#else
	lockdep_assert_in_softirq();
	map->count.count += amount;
#endif
}

/*
 * After gomap_count(), without the lock of a chain, as they may queue work: does
 * @table have too many entries now, or too few?
 */
static inline void gomap_check_growth(struct gomap *map,
				      struct gomap_table *table)
{
	if (unlikely(gomap_rough_count(map) >= table->grow_check))
		gomap_maybe_grow(map, table);
}

static inline void gomap_check_shrinking(struct gomap *map,
					 struct gomap_table *table)
{
	if (unlikely(gomap_rough_count(map) <= table->shrink_check))
		gomap_maybe_shrink(map, table);
}

#endif /* _GOMAP_GROW_H */
