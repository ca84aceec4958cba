// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the lock of a chain is held while the chain is moved, with bottom
 * halves off: when it is split in two, and when two are merged. The chains are
 * as long as inserts permit, or have as many keys as were asked for.
 *
 * An attacker would find keys of one chain by scanning. Here they are the first
 * numbers whose hash leads to it.
 *
 * This needs functions of gomap that are no API: gomap exports them on kernels
 * with KUnit only. All that uses them is in this file.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/gomap.h>
#include "../../../module/core/evacuate.h"
#include "../../../module/core/kunit.h"
#include "../../../module/core/map.h"
#include "../../../module/core/table.h"
#include "clock.h"
#include "compat.h"
#include "life.h"
#include "peer.h"

#if IS_ENABLED(CONFIG_KUNIT) && GOMAP_KUNIT_CAN_STUB

BENCH_IMPORT_KUNIT;

/* Of a map's table, those that are one in a table of half the size. */
struct chains {
	struct gomap *map;
	struct gomap_table *table;
	u32 numbers[2];
	u32 entries[2];
	u32 wanted[2];
};

static int insert_number(struct chains *chains, u64 number)
{
	u32 chain = gomap_hash(chains->map, &number, sizeof(number)) &
		    chains->table->mask;
	u32 i = chain != chains->numbers[0];
	int ret;

	if (chain != chains->numbers[i] ||
	    chains->entries[i] == chains->wanted[i])
		return 0;
	ret = gomap_insert(chains->map, &number, sizeof(number), &number,
			   sizeof(number), GOMAP_INSERT_NEW, GFP_KERNEL);
	if (!ret)
		chains->entries[i]++;
	/* It takes no more. */
	if (ret == -EMLINK || ret == -ENOMEM) {
		chains->wanted[i] = chains->entries[i];
		ret = 0;
	}
	return ret;
}

static int fill(struct chains *chains)
{
	u64 number;
	int ret = 0;

	for (number = 0; !ret && (chains->entries[0] < chains->wanted[0] ||
				  chains->entries[1] < chains->wanted[1]); number++) {
		ret = insert_number(chains, number);
		if (number % 1024 == 0)
			cond_resched();
	}
	return ret;
}

/*
 * Gives the map a table of 2^@log2 heads with overflow buckets to spare, so that an
 * evacuation takes no other memory, and the lock once.
 */
static int attach(struct chains *chains, u32 log2)
{
	u32 buckets = DIV_ROUND_UP(chains->entries[0] + chains->entries[1],
				   GOMAP_SLOTS) + 2;
	u32 to_move = gomap_buckets_to_move(chains->table), list = 0;
	struct gomap_stock stock = {};
	struct gomap_table *next;
	int ret;

	next = gomap_table_alloc(chains->map, log2, to_move, false, GFP_KERNEL);
	if (IS_ERR(next))
		return PTR_ERR(next);
	ret = gomap_table_populate(next, GFP_KERNEL);
	while (!ret && !list) {
		ret = gomap_table_prepare(next, 0, 0, buckets, &list, &stock);
		if (ret == -EAGAIN)
			ret = gomap_stock_fill(chains->map, &stock, GFP_KERNEL);
	}
	gomap_overflow_return(next, list);
	gomap_stock_empty(chains->map, &stock);
	if (ret)
		gomap_table_free(next);
	else
		rcu_assign_pointer(chains->table->next, next);
	return ret;
}

static int evacuate(struct chains *chains, u32 i, struct bench_time *time)
{
	u64 begin = bench_clock(), ns;
	int ret = gomap_evacuate_now(chains->map, chains->table,
				     chains->numbers[i], GFP_KERNEL);

	ns = bench_clock() - begin;
	if (ns > time->ns) {
		time->ns = ns;
		time->operations = chains->entries[i];
	}
	return ret;
}

static int measure_map(struct gomap *map, u32 entries, bool split,
		       struct bench_time *time)
{
	struct chains chains = {
		.map = map,
		.table = rcu_dereference_protected(map->table, true),
		.wanted = { entries, entries },
	};
	u32 log2 = chains.table->log2;

	if (!log2)
		return -EINVAL;
	chains.numbers[1] = 1U << (log2 - 1);
	return fill(&chains) ?:
	       attach(&chains, split ? log2 + 1 : log2 - 1) ?:
	       evacuate(&chains, 0, time) ?:
	       evacuate(&chains, 1, time);
}

/* With room for all keys, so that the worker has no cause to come. */
static int measure(struct bench_life *life, enum bench_operation operation)
{
	const struct gomap_params params = {
		.key_size = sizeof(u64),
		.value_size = sizeof(u64),
		.reserve = 2 * (u64)life->data->size,
	};
	struct gomap *map;
	int ret;

	if (!(life->wanted & BIT(operation)))
		return 0;
	map = gomap_create(&params);
	if (IS_ERR(map))
		return PTR_ERR(map);
	ret = measure_map(map, life->data->size,
			  operation == BENCH_HOLD_SPLIT,
			  &life->times[operation]);
	gomap_destroy(map);
	return ret;
}

int bench_hold(struct bench_life *life)
{
	if (life->peer != &bench_gomap)
		return 0;
	return measure(life, BENCH_HOLD_SPLIT) ?:
	       measure(life, BENCH_HOLD_MERGE);
}

#else

int bench_hold(struct bench_life *life)
{
	return 0;
}

#endif
