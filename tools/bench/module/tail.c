// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each insert for itself, while the map grows from nothing: the median, the
 * slowest, and that which one of ten thousand exceeds.
 *
 * What asking for the time takes is taken off.
 */
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/vmalloc.h>
#include "clock.h"
#include "life.h"
#include "peer.h"

#define TRIES 1000

static u32 clock_cost(void)
{
	u64 begin, least = U64_MAX;
	u32 i;

	for (i = 0; i < TRIES; i++) {
		begin = bench_clock();
		least = min(least, bench_clock() - begin);
	}
	return least;
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void tell(struct bench_life *life, enum bench_operation operation,
		 u32 ns)
{
	life->times[operation].ns = ns;
	life->times[operation].operations = 1;
}

int bench_tail(struct bench_life *life)
{
	const struct bench_data *data = life->data;
	bench_loop_fn insert = life->peer->loops(&data->shape)->insert;
	u32 i, cost = clock_cost(), size = data->size, bad = 0;
	u32 *ns = vzalloc(array_size(size, sizeof(*ns)));
	u64 begin, took;

	if (!ns)
		return -ENOMEM;
	for (i = 0; i < size; i++) {
		begin = bench_clock();
		bad += insert(life->map, &data->inserted, i, i + 1,
			      BENCH_INSERTED);
		took = bench_clock() - begin;
		ns[i] = min_t(u64, took - min_t(u64, took, cost), U32_MAX);
		if (i % 64 == 0)
			cond_resched();
	}
	sort(ns, size, sizeof(*ns), compare, NULL);
	tell(life, BENCH_INSERT_MEDIAN, ns[size / 2]);
	tell(life, BENCH_INSERT_9999, ns[size - 1 - size / 10000]);
	tell(life, BENCH_INSERT_WORST, ns[size - 1]);
	vfree(ns);
	return bench_report(BENCH_INSERT_WORST, bad);
}
