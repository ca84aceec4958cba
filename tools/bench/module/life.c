// SPDX-License-Identifier: GPL-2.0-only
/*
 * See life.h.
 *
 * Between a thousand operations and the next, others may run: the workers that
 * make a peer's next table or free what it has replaced. So their work is
 * charged to the peer where it has to share a CPU with them, and a peer whose
 * worker never runs isn't tested in a state that it never has.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/kernel.h>
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
	[BENCH_MIXED_95_5] = "mixed-95-5",
	[BENCH_MIXED_95_5_TWO_CPUS] = "mixed-95-5-two-cpus",
	[BENCH_MIXED_50_50] = "mixed-50-50",
	[BENCH_MIXED_50_50_TWO_CPUS] = "mixed-50-50-two-cpus",
	[BENCH_DELETE] = "delete",
	[BENCH_INSERT_RESERVED] = "insert-reserved",
	[BENCH_INSERT_MEDIAN] = "insert-median",
	[BENCH_INSERT_9999] = "insert-99.99",
	[BENCH_INSERT_WORST] = "insert-worst",
	[BENCH_BYTES_FULL] = "bytes-full",
	[BENCH_BYTES_DOUBLED] = "bytes-doubled",
	[BENCH_BYTES_MEAN] = "bytes-mean",
	[BENCH_INSERT_BH_OFF] = "insert-bh-off",
	[BENCH_INSERT_BH_ON] = "insert-bh-on",
	[BENCH_REFUSED_BH_OFF] = "refused-bh-off",
	[BENCH_REFUSED_BH_ON] = "refused-bh-on",
	[BENCH_HOLD_SPLIT] = "hold-split",
	[BENCH_HOLD_MERGE] = "hold-merge",
	[BENCH_LINES_HIT] = "lines-hit",
	[BENCH_LINES_UPDATE] = "lines-update",
	[BENCH_LINES_REPLACE] = "lines-delete-insert",
};

/* Operations that a time is taken of, at the least, if there are too few keys. */
#define OPERATIONS_MIN 20000

#define SCAN_BUFFER (64 << 10)

static u32 all_keys(bench_loop_fn loop, void *map,
		    const struct bench_keys *keys, u32 size, u32 twist)
{
	u32 first, bad = 0;

	for (first = 0; first < size; first += BENCH_CHUNK) {
		bad += loop(map, keys, first, min(first + BENCH_CHUNK, size), twist);
		cond_resched();
	}
	return bad;
}

int bench_report(enum bench_operation operation, u32 bad)
{
	if (!bad)
		return 0;
	pr_err("gomap_bench: %s: %u failed\n",
	       bench_operation_names[operation], bad);
	return -EIO;
}

static int measure(struct bench_life *life, enum bench_operation operation,
		   bench_loop_fn loop, const struct bench_keys *keys,
		   u32 twist, u32 passes)
{
	struct bench_time *time = &life->times[operation];
	u32 pass, bad = 0, size = life->data->size;
	u64 begin = bench_clock();

	for (pass = 0; pass < passes; pass++)
		bad += all_keys(loop, life->map, keys, size, twist);
	time->ns += bench_clock() - begin;
	time->operations += (u64)passes * size;
	return bench_report(operation, bad);
}

static int measure_insert(struct bench_life *life, enum bench_operation operation)
{
	return measure(life, operation,
		       life->peer->loops(&life->data->shape)->insert,
		       &life->data->inserted, BENCH_INSERTED, 1);
}

static int measure_hit(struct bench_life *life)
{
	return measure(life, BENCH_HIT,
		       life->peer->loops(&life->data->shape)->hit,
		       &life->data->looked_up, BENCH_INSERTED, life->passes);
}

static int measure_miss(struct bench_life *life)
{
	return measure(life, BENCH_MISS,
		       life->peer->loops(&life->data->shape)->miss,
		       &life->data->absent, 0, life->passes);
}

static int measure_batch(struct bench_life *life)
{
	bench_loop_fn batch = life->peer->loops(&life->data->shape)->batch;

	if (!batch)
		return 0;
	return measure(life, BENCH_LOOKUP_BATCH, batch, &life->data->looked_up,
		       BENCH_INSERTED, life->passes);
}

static int measure_scan(struct bench_life *life)
{
	struct bench_time *time = &life->times[BENCH_SCAN];
	void *buffer = vmalloc(SCAN_BUFFER);
	u32 pass, entries = 0;
	u64 begin;

	if (!buffer)
		return -ENOMEM;
	/* The first touch of the buffer is nobody's. */
	memset(buffer, 0, SCAN_BUFFER);
	begin = bench_clock();
	for (pass = 0; pass < life->passes; pass++)
		entries += life->peer->scan(life->map, buffer, SCAN_BUFFER);
	time->ns += bench_clock() - begin;
	time->operations += (u64)life->passes * life->data->size;
	vfree(buffer);
	return bench_report(BENCH_SCAN, entries - life->passes * life->data->size);
}

/* And what was updated is still there, with the other value. */
static int measure_update(struct bench_life *life)
{
	const struct bench_data *data = life->data;
	const struct bench_loops *loops = life->peer->loops(&data->shape);
	int ret = measure(life, BENCH_UPDATE, loops->update, &data->looked_up,
			  BENCH_UPDATED, life->passes);

	if (ret)
		return ret;
	return bench_report(BENCH_UPDATE,
			    all_keys(loops->hit, life->map, &data->inserted,
				     data->size, BENCH_UPDATED));
}

/* And nothing is left. */
static int measure_delete(struct bench_life *life)
{
	const struct bench_data *data = life->data;
	const struct bench_loops *loops = life->peer->loops(&data->shape);
	int ret = measure(life, BENCH_DELETE, loops->delete, &data->looked_up,
			  0, 1);

	if (ret)
		return ret;
	return bench_report(BENCH_DELETE,
			    all_keys(loops->miss, life->map, &data->inserted,
				     data->size, 0));
}

#define MIXED (BIT(BENCH_MIXED_95_5) | BIT(BENCH_MIXED_95_5_TWO_CPUS) | \
	       BIT(BENCH_MIXED_50_50) | BIT(BENCH_MIXED_50_50_TWO_CPUS))
#define RESERVED BIT(BENCH_INSERT_RESERVED)
#define TAIL (BIT(BENCH_INSERT_MEDIAN) | BIT(BENCH_INSERT_9999) | \
	      BIT(BENCH_INSERT_WORST))
#define BYTES (BIT(BENCH_BYTES_FULL) | BIT(BENCH_BYTES_DOUBLED) | \
	       BIT(BENCH_BYTES_MEAN))
#define BH_OFF (BIT(BENCH_INSERT_BH_OFF) | BIT(BENCH_REFUSED_BH_OFF))
#define BH_ON (BIT(BENCH_INSERT_BH_ON) | BIT(BENCH_REFUSED_BH_ON))
#define HOLD (BIT(BENCH_HOLD_SPLIT) | BIT(BENCH_HOLD_MERGE))
#define LINES (BIT(BENCH_LINES_HIT) | BIT(BENCH_LINES_UPDATE) | \
	       BIT(BENCH_LINES_REPLACE))

/* From empty to empty. */
static int grow_and_shrink(struct bench_life *life)
{
	static const struct {
		unsigned long wanted;
		int (*measure)(struct bench_life *life);
	} steps[] = {
		{ BIT(BENCH_HIT), measure_hit },
		{ BIT(BENCH_MISS), measure_miss },
		{ BIT(BENCH_LOOKUP_BATCH), measure_batch },
		{ BIT(BENCH_SCAN), measure_scan },
		{ BIT(BENCH_UPDATE), measure_update },
		{ MIXED, bench_mixed },
		{ BIT(BENCH_DELETE), measure_delete },
	};
	int ret = measure_insert(life, BENCH_INSERT);
	u32 i;

	life->peer->settle(life->map);
	for (i = 0; !ret && i < ARRAY_SIZE(steps); i++)
		if (life->wanted & steps[i].wanted)
			ret = steps[i].measure(life);
	return ret;
}

static int insert_reserved(struct bench_life *life)
{
	return measure_insert(life, BENCH_INSERT_RESERVED);
}

static int live(struct bench_life *life, bool reserve,
		int (*all)(struct bench_life *life))
{
	int ret;

	life->map = life->peer->create(life->peer, &life->data->shape,
				       life->data->size, reserve);
	if (IS_ERR(life->map))
		return PTR_ERR(life->map);
	ret = all(life);
	life->peer->destroy(life->map);
	rcu_barrier();
	return ret;
}

/* One life, or as many as it takes to have something to measure. */
int bench_live(const struct bench_peer *peer, const struct bench_data *data,
	       unsigned long wanted, struct bench_time *times)
{
	u32 lives = DIV_ROUND_UP(OPERATIONS_MIN, data->size);
	struct bench_life life = {
		.peer = peer,
		.data = data,
		.wanted = wanted,
		.passes = lives,
		.times = times,
	};
	int ret = 0;

	/* First, before there is anything that has still to be freed. */
	if (wanted & BYTES)
		ret = bench_bytes(&life);
	for (; !ret && lives; lives--) {
		if (wanted & ~(RESERVED | BH_OFF | BH_ON | TAIL | BYTES |
			       HOLD | LINES))
			ret = live(&life, false, grow_and_shrink);
		if (!ret && wanted & RESERVED)
			ret = live(&life, true, insert_reserved);
		if (!ret && wanted & BH_OFF)
			ret = live(&life, false, bench_bh_off);
		if (!ret && wanted & BH_ON)
			ret = live(&life, false, bench_bh_on);
	}
	if (!ret && wanted & TAIL)
		ret = live(&life, false, bench_tail);
	if (!ret && wanted & HOLD)
		ret = bench_hold(&life);
	if (!ret && wanted & LINES)
		ret = live(&life, false, bench_lines);
	return ret;
}
