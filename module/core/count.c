// SPDX-License-Identifier: GPL-2.0-only
/*
 * The number of entries: adding up. See count.h.
 *
 * No read here is ordered against concurrent counts of other CPUs: they may
 * count or not. A thread that moves to another CPU finds its own earlier
 * counts there: the scheduler orders that.
 */
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/smp.h>
#include "count.h"
#include "kunit.h"

/* Losses of @adder without consequence. */
#define GOMAP_COUNT_LOST 3U
/* 1,024 operations. */
#define GOMAP_COUNT_SKIP_MAX 10U

int gomap_count_init(struct gomap_count *count, gfp_t gfp)
{
	count->adder = GOMAP_NO_ADDER;
	count->parts = alloc_percpu_gfp(struct gomap_count_part, gfp);
	return count->parts ? 0 : -ENOMEM;
}

void gomap_count_destroy(struct gomap_count *count)
{
	free_percpu(count->parts);
}

/* Without the part of CPU @except; -1 leaves out none. */
static s64 parts_sum(struct gomap_count *count, int except)
{
	s64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		if (cpu != except)
			sum += READ_ONCE(per_cpu_ptr(count->parts, cpu)->part);
	return sum;
}

s64 gomap_count_sum(struct gomap *map)
{
	s64 sum = gomap_count_rough(map) + parts_sum(&map->count, -1);

	return max(sum, 0LL);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_count_sum);

/* A softirq of this CPU may interrupt this, and do the same. */
static void add_up(struct gomap_count *count, struct gomap_count_part *own,
		   u32 cpu)
{
	WRITE_ONCE(count->adder, cpu);
	WRITE_ONCE(own->others, parts_sum(count, cpu));
	WRITE_ONCE(own->turns, 1U << GOMAP_COUNT_SKIP_MAX);
}

static void note_loss(struct gomap_count_part *own)
{
	u32 lost = min(READ_ONCE(own->lost) + 1,
		       GOMAP_COUNT_LOST + GOMAP_COUNT_SKIP_MAX);

	WRITE_ONCE(own->lost, lost);
	if (lost > GOMAP_COUNT_LOST)
		WRITE_ONCE(own->skip, 1U << (lost - GOMAP_COUNT_LOST));
}

static void look_around(struct gomap_count *count, struct gomap_count_part *own)
{
	u32 cpu = smp_processor_id();
	u32 adder = READ_ONCE(count->adder);

	if (adder == cpu && READ_ONCE(own->turns)) {
		WRITE_ONCE(own->turns, READ_ONCE(own->turns) - 1);
		WRITE_ONCE(own->skip, 0);
		if (READ_ONCE(own->lost))
			WRITE_ONCE(own->lost, READ_ONCE(own->lost) - 1);
	} else if (adder == GOMAP_NO_ADDER || adder == cpu) {
		/*
		 * Not lost to another CPU; or other CPUs may have counted
		 * unseen.
		 */
		add_up(count, own, cpu);
	} else if (READ_ONCE(own->skip)) {
		WRITE_ONCE(own->skip, READ_ONCE(own->skip) - 1);
	} else {
		note_loss(own);
		add_up(count, own, cpu);
	}
}

s64 gomap_count_near(struct gomap *map)
{
	struct gomap_count_part *own;
	s64 sum;

	if (map->max_entries)
		return gomap_count_rough(map);
	own = get_cpu_ptr(map->count.parts);
	look_around(&map->count, own);
	sum = gomap_count_rough(map) + READ_ONCE(own->part) +
	      READ_ONCE(own->others);
	put_cpu_ptr(map->count.parts);
	return max(sum, 0LL);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_count_near);
