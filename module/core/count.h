/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of entries.
 *
 * A map grows at a certain entry, so each insert has to know how many there are,
 * but should not write what other CPUs write. A CPU counts in a part of its own,
 * and moves the part to the sum that all see when it has reached GOMAP_COUNT_BATCH.
 * So the sum is off by less than that for each CPU, and an operation that finds it
 * far from the limits of the table needs nothing else.
 *
 * Near a limit, a CPU adds up the parts of the others, remembers their total, and
 * writes its number to the map (@adder). As long as it reads its own number there,
 * no other CPU has counted near the limit since, and the sum, the total and its own
 * part make the exact number without another look at the parts. An operation that
 * finds the sum far from the limits clears @adder. So a single thread sees the exact
 * number at each of its operations. It adds up when it comes near a limit, or to
 * another CPU there, and at no other time. (One that is on another CPU at each of
 * several operations looks like several threads; or in the middle of one.)
 *
 * Several CPUs that count near a limit take @adder from each other. A CPU notes how
 * often it has lost it. From the fourth time on it goes on with the total that it
 * remembers for some operations, 1,024 in the end, and writes nothing that is
 * shared. Then it doesn't see what the others count until they move it to the sum,
 * and they don't see that it counts. So the adder adds up again after 1,024 operations:
 * when all others have ceased, that late a single thread has the exact number again.
 * An insert that makes a chain longer than two buckets adds up in any case, so that
 * a table doesn't stay too small for long.
 *
 * A map with max_entries has one exact number, which each insert and delete writes.
 */
#ifndef _GOMAP_COUNT_H
#define _GOMAP_COUNT_H

#include <linux/lockdep.h>
#include <linux/percpu.h>
#include "map.h"

/* How far a CPU's part may be from 0. */
#define GOMAP_COUNT_BATCH 32
#define GOMAP_NO_ADDER U32_MAX

/*
 * Written by its CPU, @part under the lock of a chain, the rest with preemption off;
 * @part is read by other CPUs under no lock.
 */
struct gomap_count_part {
	s32 part;
	/* How often @adder was lost, and operations to go without it. */
	u32 lost;
	u32 skip;
	/* Operations left until this CPU adds up again though it is the adder. */
	u32 turns;
	/* The total of the other parts when this CPU added them up. */
	s64 others;
};

int gomap_count_init(struct gomap_count *count, gfp_t gfp);
void gomap_count_destroy(struct gomap_count *count);
/* Adds up all parts: exact if no operation is under way. */
s64 gomap_count_sum(struct gomap *map);
/* For an operation near a limit: exact for a single thread. */
s64 gomap_count_near(struct gomap *map);

/* Count one entry more, unless the map has max_entries. A lock of a chain is held. */
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

/* Room for one entry more in a map with max_entries, where this counts it, too. */
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

/* What all CPUs can see without adding up. */
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
