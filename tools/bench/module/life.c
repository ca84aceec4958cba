// SPDX-License-Identifier: GPL-2.0-only
/*
 * See life.h.
 *
 * Between a thousand operations and the next, others may run: the workers that
 * make a peer's next table or free what it has replaced. So their work is
 * charged to the peer where it has to share a CPU with them, and a peer whose
 * worker never runs isn't tested in a state that it never has.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>
#include "clock.h"
#include "life.h"
#include "peer.h"

const char * const bench_operation_names[BENCH_OPERATIONS] = {
	[BENCH_INSERT] = "insert",
	[BENCH_HIT] = "hit",
	[BENCH_MISS] = "miss",
	[BENCH_LOOKUP_BATCH] = "lookup-batch",
	[BENCH_SCAN] = "scan",
	[BENCH_UPDATE] = "update",
	[BENCH_DELETE] = "delete",
	[BENCH_INSERT_RESERVED] = "insert-reserved",
};

#define CHUNK 1024

/* Operations that a time is taken of, at the least, if there are too few keys. */
#define OPERATIONS_MIN 20000

#define SCAN_BUFFER (64 << 10)

static u32 all_keys(bench_loop_fn loop, void *map,
		    const struct bench_keys *keys, u32 size, u32 twist)
{
	u32 first, bad = 0;

	for (first = 0; first < size; first += CHUNK) {
		bad += loop(map, keys, first, min(first + CHUNK, size), twist);
		cond_resched();
	}
	return bad;
}

/* What changes nothing can be repeated. */
static int measure(enum bench_operation operation, bench_loop_fn loop,
		   void *map, const struct bench_keys *keys, u32 size,
		   u32 twist, u32 passes, struct bench_time *times)
{
	u32 pass, bad = 0;
	u64 begin;

	if (!loop)
		return 0;
	begin = bench_clock();
	for (pass = 0; pass < passes; pass++)
		bad += all_keys(loop, map, keys, size, twist);
	times[operation].ns += bench_clock() - begin;
	times[operation].operations += (u64)passes * size;
	if (!bad)
		return 0;
	pr_err("gomap_bench: %s: %u of %u failed\n",
	       bench_operation_names[operation], bad, passes * size);
	return -EIO;
}

static int measure_scan(const struct bench_peer *peer, void *map, u32 size,
			u32 passes, struct bench_time *times)
{
	void *buffer = vmalloc(SCAN_BUFFER);
	u32 pass, entries = 0;
	u64 begin;

	if (!buffer)
		return -ENOMEM;
	/* The first touch of the buffer is nobody's. */
	memset(buffer, 0, SCAN_BUFFER);
	begin = bench_clock();
	for (pass = 0; pass < passes; pass++)
		entries += peer->scan(map, buffer, SCAN_BUFFER);
	times[BENCH_SCAN].ns += bench_clock() - begin;
	times[BENCH_SCAN].operations += (u64)passes * size;
	vfree(buffer);
	if (entries == passes * size)
		return 0;
	pr_err("gomap_bench: scan: %u entries of %u\n", entries, passes * size);
	return -EIO;
}

static int live(const struct bench_peer *peer, const struct bench_data *data,
		void *map, struct bench_time *times)
{
	const struct bench_loops *loops = peer->loops(&data->shape);
	u32 size = data->size, passes = DIV_ROUND_UP(OPERATIONS_MIN, size);
	int ret;

	ret = measure(BENCH_INSERT, loops->insert, map, &data->inserted, size,
		      BENCH_INSERTED, 1, times);
	if (ret)
		return ret;
	peer->settle(map);
	ret = measure(BENCH_HIT, loops->hit, map, &data->looked_up, size,
		      BENCH_INSERTED, passes, times) ?:
	      measure(BENCH_MISS, loops->miss, map, &data->absent, size, 0,
		      passes, times) ?:
	      measure(BENCH_LOOKUP_BATCH, loops->batch, map, &data->looked_up,
		      size, BENCH_INSERTED, passes, times) ?:
	      measure_scan(peer, map, size, passes, times) ?:
	      measure(BENCH_UPDATE, loops->update, map, &data->looked_up, size,
		      BENCH_UPDATED, passes, times);
	if (ret)
		return ret;
	/* What was updated is still there, with the other value. */
	if (all_keys(loops->hit, map, &data->inserted, size, BENCH_UPDATED)) {
		pr_err("gomap_bench: updates are lost\n");
		return -EIO;
	}
	ret = measure(BENCH_DELETE, loops->delete, map, &data->looked_up, size,
		      0, 1, times);
	if (!ret && all_keys(loops->miss, map, &data->inserted, size, 0)) {
		pr_err("gomap_bench: deletes are lost\n");
		return -EIO;
	}
	return ret;
}

static int live_reserved(const struct bench_peer *peer,
			 const struct bench_data *data, void *map,
			 struct bench_time *times)
{
	return measure(BENCH_INSERT_RESERVED, peer->loops(&data->shape)->insert,
		       map, &data->inserted, data->size, BENCH_INSERTED, 1,
		       times);
}

/* One life, or as many as it takes to have something to measure. */
int bench_live(const struct bench_peer *peer, const struct bench_data *data,
	       struct bench_time *times)
{
	u32 lives = DIV_ROUND_UP(OPERATIONS_MIN, data->size);
	void *map;
	int ret = 0;

	while (!ret && lives--) {
		map = peer->create(peer, &data->shape, data->size, false);
		if (IS_ERR(map))
			return PTR_ERR(map);
		ret = live(peer, data, map, times);
		peer->destroy(map);
		rcu_barrier();
		if (ret)
			break;
		map = peer->create(peer, &data->shape, data->size, true);
		if (IS_ERR(map))
			return PTR_ERR(map);
		ret = live_reserved(peer, data, map, times);
		peer->destroy(map);
		rcu_barrier();
	}
	return ret;
}
