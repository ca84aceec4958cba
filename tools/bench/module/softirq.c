// SPDX-License-Identifier: GPL-2.0-only
/*
 * All inserts with bottom halves off, as in a softirq that has a burst to
 * handle: no worker gets this CPU before the last one. And the same inserts with
 * bottom halves on, where others may run now and then.
 *
 * None of them may sleep, so that a map whose worker doesn't come may refuse
 * some. Those are counted, too.
 */
#include <linux/bottom_half.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include "clock.h"
#include "life.h"
#include "peer.h"

struct burst {
	struct bench_life *life;
	bench_loop_fn insert;
	u32 refused;
	u64 ns;
};

static void insert_bh_off(struct burst *burst)
{
	const struct bench_data *data = burst->life->data;
	u64 begin;

	local_bh_disable();
	begin = bench_clock();
	burst->refused = burst->insert(burst->life->map, &data->inserted, 0,
				       data->size, BENCH_INSERTED);
	/* Bottom halves that have waited since then are not its work. */
	burst->ns = bench_clock() - begin;
	local_bh_enable();
}

static void insert_bh_on(struct burst *burst)
{
	const struct bench_data *data = burst->life->data;
	u64 begin = bench_clock();
	u32 first;

	for (first = 0; first < data->size; first += BENCH_CHUNK) {
		burst->refused += burst->insert(burst->life->map,
						&data->inserted, first,
						min(first + BENCH_CHUNK, data->size),
						BENCH_INSERTED);
		cond_resched();
	}
	burst->ns = bench_clock() - begin;
}

/* Just those that were refused are absent. */
static int check(struct burst *burst, enum bench_operation operation)
{
	struct bench_life *life = burst->life;
	const struct bench_data *data = life->data;
	bench_loop_fn hit = life->peer->loops(&data->shape)->hit;
	u32 first, absent = 0;

	life->peer->settle(life->map);
	for (first = 0; first < data->size; first += BENCH_CHUNK) {
		absent += hit(life->map, &data->inserted, first,
			      min(first + BENCH_CHUNK, data->size),
			      BENCH_INSERTED);
		cond_resched();
	}
	return bench_report(operation, absent - burst->refused);
}

static int measure(struct bench_life *life, enum bench_operation operation,
		   enum bench_operation refused,
		   void (*insert)(struct burst *burst))
{
	struct bench_time *times = life->times;
	struct burst burst = {
		.life = life,
		.insert = life->peer->loops(&life->data->shape)->insert_atomic,
	};

	insert(&burst);
	times[operation].ns += burst.ns;
	times[operation].operations += life->data->size;
	times[refused].ns += burst.refused;
	times[refused].operations += life->data->size;
	return check(&burst, operation);
}

int bench_bh_off(struct bench_life *life)
{
	return measure(life, BENCH_INSERT_BH_OFF, BENCH_REFUSED_BH_OFF,
		       insert_bh_off);
}

int bench_bh_on(struct bench_life *life)
{
	return measure(life, BENCH_INSERT_BH_ON, BENCH_REFUSED_BH_ON,
		       insert_bh_on);
}
