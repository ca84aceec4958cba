// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations for the count of the cache lines that more than one CPU writes.
 *
 * A thread on each CPU works on keys of its own, so that only the map itself can
 * make it write where others do. The number of entries stays just below that for
 * which the map was filled: a map that counts more exactly close to a limit does
 * so here, if that number is the limit.
 *
 * The emulator records stores from the moment at which a thread takes the time
 * until it takes it again; see ../count/lines.c.
 */
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include "../count/marker.h"
#include "life.h"
#include "peer.h"
#include "threads.h"

/* Of a thread: so many keys, or some more. */
#define KEYS_MIN 2000

static u32 first_key(const struct bench_thread *thread, u32 number)
{
	return (u64)thread->life->data->size * number / thread->threads;
}

static u32 passes(const struct bench_life *life)
{
	return DIV_ROUND_UP(KEYS_MIN * num_online_cpus(), life->data->size);
}

/* A key comes back before the next one goes. */
static u32 replace(const struct bench_thread *thread, u32 first, u32 last)
{
	const struct bench_data *data = thread->life->data;
	const struct bench_loops *loops = thread->life->peer->loops(&data->shape);
	void *map = thread->life->map;
	u32 i, bad = 0;

	for (i = first; i < last; i++) {
		bad += loops->delete(map, &data->looked_up, i, i + 1, 0);
		bad += loops->insert(map, &data->looked_up, i, i + 1,
				     BENCH_INSERTED);
	}
	return bad;
}

static u32 pass(const struct bench_thread *thread)
{
	u32 first = first_key(thread, thread->number);
	u32 last = first_key(thread, thread->number + 1);

	if (!thread->loop)
		return replace(thread, first, last);
	return thread->loop(thread->life->map, &thread->life->data->looked_up,
			    first, last, BENCH_INSERTED);
}

static u32 all_passes(const struct bench_thread *thread)
{
	u32 i, bad = 0;

	for (i = 0; i < passes(thread->life); i++) {
		bad += pass(thread);
		cond_resched();
	}
	return bad;
}

/* Without a loop, keys are deleted and inserted. */
static int watch(struct bench_life *life, enum bench_operation operation,
		 bench_loop_fn loop)
{
	const struct bench_thread model = {
		.life = life,
		.function = all_passes,
		.loop = loop,
		.threads = num_online_cpus(),
	};
	u64 keys = (u64)passes(life) * life->data->size;
	int ret;

	if (!(life->wanted & BIT(operation)))
		return 0;
	life->times[operation].operations = loop ? keys : 2 * keys;
	ret = bench_threads(&model, operation);
	bench_mark_lines();
	return ret;
}

static u32 fill(struct bench_life *life, bench_loop_fn insert)
{
	u32 first, bad = 0, size = life->data->size;

	for (first = 0; first < size; first += BENCH_CHUNK) {
		bad += insert(life->map, &life->data->inserted, first,
			      min(first + BENCH_CHUNK, size), BENCH_INSERTED);
		cond_resched();
	}
	life->peer->settle(life->map);
	return bad;
}

int bench_lines(struct bench_life *life)
{
	const struct bench_loops *loops = life->peer->loops(&life->data->shape);
	u32 bad = fill(life, loops->insert);

	return bench_report(BENCH_LINES_HIT, bad) ?:
	       watch(life, BENCH_LINES_HIT, loops->hit) ?:
	       watch(life, BENCH_LINES_UPDATE, loops->update) ?:
	       watch(life, BENCH_LINES_REPLACE, NULL);
}
