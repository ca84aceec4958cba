// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes that an entry takes, all counted: the pages that the machine has less to
 * give once the entries are there, whoever has taken them and what for. Pages
 * that lie in a slab cache unused are taken, too, as nobody else can have them.
 *
 * Counted when gomap is as full as it gets, at 6.5 entries a bucket; just after
 * it has doubled; and on average on the way from one doubling to the next. The
 * peers are measured with the same numbers of entries, though they double at
 * others. A map without growth is made for just as many as will be in it.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/vmstat.h>
#include "life.h"
#include "peer.h"

#define STEPS 8

struct bytes {
	struct bench_life *life;
	u64 before;
	u32 entries;
	u32 bad;
};

/* Those that a CPU keeps for its next user are free as well. */
static u64 free_pages_of(struct zone *zone)
{
	u64 pages = zone_page_state(zone, NR_FREE_PAGES);
	int cpu;

	for_each_online_cpu(cpu)
		pages += per_cpu_ptr(zone->per_cpu_pageset, cpu)->count;
	return pages;
}

static u64 free_bytes(void)
{
	u64 pages = 0;
	int node, i;

	/* What has been freed may have a worker to wait for, which RCU doesn't. */
	rcu_barrier();
	msleep(50);
	for_each_online_node(node)
		for (i = 0; i < MAX_NR_ZONES; i++)
			if (populated_zone(&NODE_DATA(node)->node_zones[i]))
				pages += free_pages_of(&NODE_DATA(node)->node_zones[i]);
	return pages * PAGE_SIZE;
}

/* Bytes that there are of the map with so many entries. */
static u64 bytes_at(struct bytes *bytes, u32 entries)
{
	struct bench_life *life = bytes->life;
	bench_loop_fn insert = life->peer->loops(&life->data->shape)->insert;
	u32 last;

	for (; bytes->entries < entries; bytes->entries = last) {
		last = min(entries, bytes->entries + BENCH_CHUNK);
		bytes->bad += insert(life->map, &life->data->inserted,
				     bytes->entries, last, BENCH_INSERTED);
		cond_resched();
	}
	life->peer->settle(life->map);
	return bytes->before - free_bytes();
}

static void tell(struct bench_life *life, enum bench_operation operation,
		 u64 bytes, u32 entries)
{
	life->times[operation].ns = bytes;
	life->times[operation].operations = entries;
}

int bench_bytes(struct bench_life *life)
{
	struct bytes bytes = { .life = life };
	u32 full = 13, i, entries;
	u64 taken, mean = 0;

	/* With one of a hundred more it has doubled. */
	while (full * 2 + full * 2 / 100 <= life->data->size)
		full *= 2;
	bytes.before = free_bytes();
	life->map = life->peer->create(life->peer, &life->data->shape,
				       full + full / 100, false);
	if (IS_ERR(life->map))
		return PTR_ERR(life->map);
	for (i = 1; i <= STEPS; i++) {
		entries = full / 2 + full / 2 * i / STEPS;
		taken = bytes_at(&bytes, entries);
		mean += taken * 1000 / entries;
	}
	tell(life, BENCH_BYTES_MEAN, mean / STEPS, 1000);
	tell(life, BENCH_BYTES_FULL, taken, full);
	taken = bytes_at(&bytes, full + full / 100);
	tell(life, BENCH_BYTES_DOUBLED, taken, full + full / 100);
	life->peer->destroy(life->map);
	return bench_report(BENCH_BYTES_FULL, bytes.bad);
}
