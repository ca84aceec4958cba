// SPDX-License-Identifier: GPL-2.0-only
/*
 * gomap through its API for modules.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/gomap.h>
#include <linux/slab.h>
#include "loops.h"

/* An API of the same form would ask for no more than the map and its key. */
struct map {
	struct gomap *gomap;
	u32 value_size;
	struct gomap_item items[BENCH_BATCH];
	u8 values[BENCH_BATCH][BENCH_VALUE_MAX] __aligned(8);
};

static __always_inline int gomap_key_lookup(void *map, const void *key,
					    size_t len, void *value)
{
	struct map *m = map;
	size_t value_len = m->value_size;

	return gomap_lookup(m->gomap, key, len, value, &value_len);
}

static __always_inline int gomap_key_insert(void *map, const void *key,
					    size_t len, const void *value)
{
	struct map *m = map;

	return gomap_insert(m->gomap, key, len, value, m->value_size, 0,
			    GFP_KERNEL);
}

static __always_inline int gomap_key_insert_atomic(void *map, const void *key,
						   size_t len,
						   const void *value)
{
	struct map *m = map;

	return gomap_insert(m->gomap, key, len, value, m->value_size, 0,
			    GFP_ATOMIC);
}

static __always_inline int gomap_key_update(void *map, const void *key,
					    size_t len, const void *value)
{
	struct map *m = map;

	return gomap_insert(m->gomap, key, len, value, m->value_size,
			    GOMAP_INSERT_EXISTING, GFP_KERNEL);
}

static __always_inline int gomap_key_delete(void *map, const void *key,
					    size_t len)
{
	struct map *m = map;

	return gomap_delete(m->gomap, key, len);
}

static u32 batch_check(struct map *m, u32 nr, u32 twist)
{
	u32 i, bad = 0;

	for (i = 0; i < nr; i++)
		bad += m->items[i].result ||
		       bench_word(m->values[i]) !=
		       (bench_word(m->items[i].key) ^ twist);
	return bad;
}

static u32 gomap_batches(void *map, const struct bench_keys *keys, u32 first,
			 u32 last, u32 twist)
{
	struct map *m = map;
	u32 nr, i, bad = 0;

	for (; first < last; first += nr) {
		nr = min_t(u32, last - first, BENCH_BATCH);
		for (i = 0; i < nr; i++) {
			m->items[i].key = bench_key(keys, first + i,
						    keys->string,
						    &m->items[i].key_len);
			m->items[i].value = m->values[i];
			m->items[i].value_len = m->value_size;
		}
		gomap_lookup_batch(m->gomap, m->items, nr, false);
		bad += batch_check(m, nr, twist);
	}
	return bad;
}

#define gomap_string_lookup gomap_key_lookup
#define gomap_string_insert gomap_key_insert
#define gomap_string_insert_atomic gomap_key_insert_atomic
#define gomap_string_update gomap_key_update
#define gomap_string_delete gomap_key_delete

BENCH_LOOPS(gomap_key, false, gomap_batches);
BENCH_LOOPS(gomap_string, true, gomap_batches);

static const struct bench_loops *loops(const struct bench_shape *shape)
{
	return shape->string ? &gomap_string_loops : &gomap_key_loops;
}

static void *create(const struct bench_peer *peer,
		    const struct bench_shape *shape, u32 size, bool reserve)
{
	struct gomap_params params = {
		.flags = peer->flags,
		.key_size = shape->key_size,
		.value_size = shape->value_size,
		.reserve = reserve ? size : 0,
	};
	struct gomap *gomap;
	struct map *m;

	if (shape->string)
		params.flags |= GOMAP_VAR_KEY;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return ERR_PTR(-ENOMEM);
	gomap = gomap_create(&params);
	if (IS_ERR(gomap)) {
		kfree(m);
		return gomap;
	}
	m->gomap = gomap;
	m->value_size = shape->value_size;
	return m;
}

static void destroy(void *map)
{
	struct map *m = map;

	gomap_destroy(m->gomap);
	kfree(m);
}

static void settle(void *map)
{
	struct map *m = map;
	struct gomap_stats stats;

	for (;;) {
		gomap_stats(m->gomap, &stats);
		if (!stats.growing)
			return;
		usleep_range(1000, 2000);
	}
}

static u32 scan(void *map, void *buffer, size_t bytes)
{
	struct gomap_scan scan = { .buffer = buffer, .size = bytes };
	struct map *m = map;
	u32 entries = 0;

	while (!scan.done && !gomap_scan(m->gomap, &scan))
		entries += scan.count;
	return entries;
}

const struct bench_peer bench_gomap = {
	.name = "gomap",
	.loops = loops,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.scan = scan,
};

#ifdef GOMAP_HASH_FAST
const struct bench_peer bench_gomap_fast = {
	.name = "gomap-fast",
	.flags = GOMAP_HASH_FAST,
	.loops = loops,
	.create = create,
	.destroy = destroy,
	.settle = settle,
	.scan = scan,
};
#else
static const struct bench_loops *no_loops(const struct bench_shape *shape)
{
	return NULL;
}

const struct bench_peer bench_gomap_fast = {
	.name = "gomap-fast",
	.loops = no_loops,
};
#endif
