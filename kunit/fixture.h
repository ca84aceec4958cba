/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps for tests.
 *
 * A test that looks at tables keeps the grow worker off with
 * gomap_kunit_hold_worker(), and runs it when it wants to: then nothing happens
 * in the map but what the test does, and the same seed gives the same tables.
 */
#ifndef _GOMAP_KUNIT_FIXTURE_H
#define _GOMAP_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include "../module/core/bucket.h"
#include "../module/core/grow.h"
#include "../module/core/map.h"
#include "../module/core/table.h"

extern ulong gomap_kunit_seed;
extern uint gomap_kunit_steps;
extern uint gomap_kunit_rounds;
extern uint gomap_kunit_ms;
extern uint gomap_kunit_depth;

/* A map whose secret depends on the seed only, until the end of the test. */
struct gomap *gomap_kunit_create(struct kunit *test,
				 const struct gomap_params *params);
struct gomap *gomap_kunit_create_sized(struct kunit *test, u32 key_size,
				       u32 value_size);
/* Or until now. When this returns nothing of the map is left but RCU's. */
void gomap_kunit_destroy(struct kunit *test, struct gomap *map);

/* As a delay of the worker, in jiffies: longer than any test. */
#define GOMAP_KUNIT_HELD (24UL * 3600 * HZ)

void gomap_kunit_hold_worker(struct gomap *map);
/* Run a held worker, in this thread, and hold it again. */
void gomap_kunit_run_worker(struct gomap *map);
/* Wait for a worker that isn't held to have nothing left to do. */
void gomap_kunit_settle(struct gomap *map);

/* Make an empty table of 2^log2 buckets the successor of the current one. */
struct gomap_table *gomap_kunit_attach(struct kunit *test, struct gomap *map,
				       u32 log2);
/* Move one chain of the current table to the successor. */
void gomap_kunit_evacuate(struct kunit *test, struct gomap *map, u32 chain);
/* Move what is left, if anything; then the successor is the current table. */
void gomap_kunit_end_move(struct kunit *test, struct gomap *map);

static inline struct gomap_table *gomap_kunit_table(struct gomap *map)
{
	return rcu_dereference_protected(map->table, true);
}

static inline struct gomap_table *gomap_kunit_next(struct gomap_table *table)
{
	return rcu_dereference_protected(table->next, true);
}

u64 gomap_kunit_buckets(struct gomap *map);

/* In maps with keys of 8 bytes and values that are @value once or repeated. */
int gomap_kunit_put(struct gomap *map, u64 key, u64 value, u32 flags);
int gomap_kunit_del(struct gomap *map, u64 key);
/* An error is -EILSEQ if what was found isn't one value, repeated. */
int gomap_kunit_get(struct gomap *map, u64 key, u64 *value);

#endif /* _GOMAP_KUNIT_FIXTURE_H */
