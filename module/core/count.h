/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of entries.
 *
 * A map grows at a certain entry. So each insert has to know the number of
 * entries, but should not write a cache line that other CPUs write. A CPU
 * counts in its own part. At GOMAP_COUNT_BATCH it moves the part to the shared
 * sum. So the sum is off by less than that for each CPU. An operation that
 * finds the sum far from the limits of the table needs nothing else.
 *
 * Near a limit, a CPU adds up the parts of the others, remembers their total,
 * and writes its number to the map (@adder). While it reads its own number
 * there, no other CPU has counted near the limit since. Then the sum, the
 * total and its own part make the exact number without another look at the
 * parts. An operation that finds the sum far from the limits clears @adder. So
 * a single thread sees the exact number at each of its operations. It adds up
 * when it comes near a limit, or moves to another CPU there, and at no other
 * time. (A thread that changes CPU at each of several operations, or within
 * one, looks like several threads.)
 *
 * Several CPUs that count near a limit take @adder from each other. A CPU
 * notes how often it has lost it. From the fourth loss on it goes on with its
 * remembered total for some operations, at most 1,024, and writes nothing
 * shared. It then misses the counts of other CPUs until they reach the sum,
 * and they don't see that it counts. So the adder adds up again after 1,024
 * operations. A single thread regains the exact number that late after the
 * other CPUs cease. An insert that makes a chain longer than two buckets adds
 * up in any case, so that a table doesn't stay too small for long.
 *
 * A map with max_entries has one exact number. Each insert and delete writes
 * it.
 */
#ifndef _GOMAP_COUNT_H
#define _GOMAP_COUNT_H

#include <linux/lockdep.h>
#include <linux/percpu.h>
#include "map.h"

/* A CPU's part stays nearer to 0 than this. */
#define GOMAP_COUNT_BATCH 32
#define GOMAP_NO_ADDER U32_MAX

/*
 * Written by its CPU: @part under the lock of a chain, the rest with
 * preemption off. Other CPUs read @part under no lock.
 */
struct gomap_count_part {
	s32 part;
	/* Losses of @adder, and operations to go without it. */
	u32 lost;
	u32 skip;
	/* Operations until the adder adds up again. */
	u32 turns;
	/* The total of the other parts when this CPU added them up. */
	s64 others;
};

int gomap_count_init(struct gomap_count *count, gfp_t gfp);
void gomap_count_destroy(struct gomap_count *count);
/* Add up all parts: exact if no operation is under way. */
s64 gomap_count_sum(struct gomap *map);
/* For an operation near a limit: exact for a single thread. */
s64 gomap_count_near(struct gomap *map);

/* Add @amount to this CPU's part. The caller holds the lock of a chain. */
static __always_inline void gomap_count_part(struct gomap *map, s32 amount)
{
	s32 *place = &raw_cpu_ptr(map->count.parts)->part;
	s32 part = *place + amount;

	lockdep_assert_in_softirq();
	if (unlikely(abs(part) >= GOMAP_COUNT_BATCH)) {
		atomic_long_add(part, &map->count.sum);
		part = 0;
	}
	/* Another CPU may be adding up. */
	WRITE_ONCE(*place, part);
}

/* Take room for one more entry. With max_entries, this counts the entry. */
static inline bool gomap_count_reserve(struct gomap *map)
{
	return !map->max_entries ||
	       atomic_long_add_unless(&map->count.sum, 1, map->max_entries);
}

static inline bool gomap_count_is_full(const struct gomap *map)
{
	return map->max_entries &&
	       atomic_long_read(&map->count.sum) >= map->max_entries;
}

/* After gomap_count_reserve(), when the entry is published. */
static __always_inline void gomap_count_insert(struct gomap *map)
{
	if (!map->max_entries)
		gomap_count_part(map, 1);
}

/* When the entry is gone. */
static __always_inline void gomap_count_delete(struct gomap *map)
{
	if (map->max_entries)
		atomic_long_dec(&map->count.sum);
	else
		gomap_count_part(map, -1);
}

/* The shared sum, without adding up. */
static inline s64 gomap_count_rough(const struct gomap *map)
{
	return atomic_long_read(&map->count.sum);
}

/* For an operation that finds the rough count far from the limits. */
static __always_inline void gomap_count_is_far(struct gomap *map)
{
	if (unlikely(READ_ONCE(map->count.adder) != GOMAP_NO_ADDER))
		WRITE_ONCE(map->count.adder, GOMAP_NO_ADDER);
}

#endif /* _GOMAP_COUNT_H */
