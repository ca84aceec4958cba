// SPDX-License-Identifier: GPL-2.0-only
/*
 * All that can happen to a scan, in small: every history of up to a number of
 * steps, each step one of
 *
 *   put       insert a key, or overwrite it
 *   delete    a key
 *   clear     the map
 *   scan      one call, and from the start again when it was done
 *   grow, rebuild, shrink
 *             attach a successor of twice, the same, or half the size
 *   first, last
 *             move the first or the last chain that is not yet moved, and if
 *             there is no other one, the table goes
 *
 * There are four keys, whose hashes collide in a way that the test is named
 * after. The first three come and go. The last one is there from the beginning
 * until the map is cleared, and so it is of the first two but not of the third.
 *
 * After each history the map must be sound, and each key be what it ought to be.
 * Then the scan is ended without any further change, which must take no more
 * calls than there are keys, and one. Whenever a key is delivered, it must be in
 * the map, with its value, and not have been delivered since the scan began or
 * the key was inserted. When a scan is done, it must have delivered each key
 * that was there throughout.
 *
 * Each prefix of a history is a history. How many there are is known, and
 * asserted for the default depth: the tests do what they say.
 */
#include <kunit/test.h>
#include <linux/gomap.h>
#include <linux/percpu_counter.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/evacuate.h"
#include "fixture.h"
#include "invariants.h"

#define KEYS 4
#define CHANGING 3
#define DEPTH_MAX 12
/* What is expected of collisions[] below was counted with this depth. */
#define DEPTH_COUNTED 4
#define LOG2_MAX 4

enum {
	/* And the two after each. */
	PUT = 0,
	DELETE = PUT + CHANGING,
	CLEAR = DELETE + CHANGING,
	SCAN,
	GROW,
	REBUILD,
	SHRINK,
	FIRST,
	LAST,
	STEPS,
};

static const char * const step_names[STEPS] = {
	"put 0", "put 1", "put 2", "delete 0", "delete 1", "delete 2", "clear",
	"scan", "grow", "rebuild", "shrink", "first", "last",
};

static const struct collision {
	const char *name;
	u64 hashes[KEYS];
	u32 histories;
} collisions[] = {
	{ "none", {
		0x1000000000000000, 0x2000000000000001,
		0x3000000000000002, 0x4000000000000003 }, 87740 },
	/* In one chain until there are 4, or 8, or 16. */
	{ "a bucket that splits", {
		0x1000000000000000, 0x2000000000000004,
		0x3000000000000008, 0x4000000000000002 }, 87850 },
	{ "a bucket", {
		0x1000000000000003, 0x2000000000000003,
		0x3000000000000003, 0x4000000000000003 }, 86130 },
	{ "a bucket and a tag", {
		0x1000000000000001, 0x1000000000000101,
		0x1000010000000001, 0x1000020000000001 }, 84226 },
	{ "a tag", {
		0x1000000000000000, 0x1000000000000001,
		0x1000000000000002, 0x1000000000000003 }, 87740 },
	{ "the whole hash", {
		0x1000000000000002, 0x1000000000000002,
		0x1000000000000002, 0x1000000000000002 }, 87826 },
	/* The second and the last key, in the chain of the first until it splits. */
	{ "the whole hash of two", {
		0x1000000000000001, 0x1000000000000005,
		0x1000000000000009, 0x1000000000000005 }, 84226 },
	/* Positions 0, 0, 2^64 - 1, 2^64 - 1. */
	{ "the whole hash at both ends", {
		0, ~0ULL, 0, ~0ULL }, 87152 },
};

/*
 * Where a history begins: with tables, of which the second may be none, and some
 * calls of the scan made.
 */
static const struct beginning {
	u32 log2;
	int next;
	u32 calls;
} beginnings[] = {
	{ 2, -1, 0 }, { 2, -1, 1 }, { 0, 1, 1 }, { 1, 2, 1 }, { 2, 1, 1 },
	{ 2, 2, 2 },
};

/* Of a scan, in records. */
static const u32 buffers[] = { 1, 3 };

static const u64 *hashes;

static u64 hash_of_key(const void *data, size_t len)
{
	return hashes[*(const u64 *)data];
}

struct scanning {
	struct gomap_scan scan;
	bool throughout[KEYS];
	bool delivered[KEYS];
	u64 records[KEYS][2];
};

struct world {
	struct kunit *test;
	struct gomap *map;
	const struct beginning *beginning;
	u32 buffer;
	/* By key, 0 for none. */
	u64 value[KEYS];
	u64 last_value;
	struct scanning scanning;
	struct scanning rest;

	u8 history[DEPTH_MAX];
	u32 len;
	u32 histories;
};

static void require(struct world *world, bool holds, const char *what)
{
	char text[DEPTH_MAX * 10 + 1] = "";
	u32 i;

	if (holds)
		return;
	for (i = 0; i < world->len; i++) {
		strlcat(text, i ? ", " : "", sizeof(text));
		strlcat(text, step_names[world->history[i]], sizeof(text));
	}
	KUNIT_FAIL(world->test,
		   "%s: %s; from 2^%u to 2^%d, %u calls, buffer of %u\n",
		   what, text, world->beginning->log2, world->beginning->next,
		   world->beginning->calls, world->buffer);
	KUNIT_ASSERT_TRUE(world->test, holds);
}

/*
 * Steps
 */

static void put(struct world *world, u64 key)
{
	if (!world->value[key]) {
		world->scanning.throughout[key] = false;
		world->scanning.delivered[key] = false;
	}
	world->value[key] = ++world->last_value;
	require(world, !gomap_kunit_put(world->map, key, world->value[key], 0),
		"refused to be inserted");
}

static void remove(struct world *world, u64 key)
{
	world->value[key] = 0;
	world->scanning.throughout[key] = false;
	require(world, !gomap_kunit_del(world->map, key), "cannot be deleted");
}

static void clear(struct world *world)
{
	memset(world->value, 0, sizeof(world->value));
	memset(world->scanning.throughout, 0,
	       sizeof(world->scanning.throughout));
	require(world, !gomap_clear(world->map), "cannot be cleared");
}

static void begin_scan(struct world *world, struct scanning *s)
{
	u32 key;

	memset(&s->scan, 0, sizeof(s->scan));
	s->scan.size = world->buffer * sizeof(s->records[0]);
	for (key = 0; key < KEYS; key++) {
		s->throughout[key] = world->value[key];
		s->delivered[key] = false;
	}
}

static void end_scan(struct world *world, struct scanning *s)
{
	u32 key;

	for (key = 0; key < KEYS; key++)
		require(world, s->delivered[key] || !s->throughout[key],
			"not delivered");
}

static void call(struct world *world, struct scanning *s)
{
	u64 key;
	u32 i;

	if (s->scan.done || !memchr_inv(&s->scan.cursor, 0,
					sizeof(s->scan.cursor)))
		begin_scan(world, s);
	s->scan.buffer = s->records;
	require(world, !gomap_scan(world->map, &s->scan), "cannot be scanned");
	require(world, s->scan.count || s->scan.done, "no progress");
	require(world, s->scan.used == s->scan.count * sizeof(s->records[0]),
		"used is not what was delivered");
	for (i = 0; i < s->scan.count; i++) {
		key = s->records[i][0];
		require(world, key < KEYS && world->value[key],
			"delivered but not there");
		require(world, s->records[i][1] == world->value[key],
			"delivered with another value");
		require(world, !s->delivered[key], "delivered twice");
		s->delivered[key] = true;
	}
	if (s->scan.done)
		end_scan(world, s);
}

/* The first chain that isn't moved, or the last. */
static u32 find_chain(struct gomap_table *table, bool last)
{
	u32 chain = last ? table->mask : 0;

	while (gomap_is_evacuated(gomap_bucket_at(table, chain)))
		chain += last ? -1 : 1;
	return chain;
}

static void step(struct world *world, u32 number)
{
	struct gomap_table *table = gomap_kunit_table(world->map);

	switch (number) {
	case PUT ... PUT + CHANGING - 1:
		return put(world, number - PUT);
	case DELETE ... DELETE + CHANGING - 1:
		return remove(world, number - DELETE);
	case CLEAR:
		return clear(world);
	case SCAN:
		return call(world, &world->scanning);
	case GROW:
		gomap_kunit_attach(world->test, world->map, table->log2 + 1);
		return;
	case REBUILD:
		gomap_kunit_attach(world->test, world->map, table->log2);
		return;
	case SHRINK:
		gomap_kunit_attach(world->test, world->map, table->log2 - 1);
		return;
	case FIRST:
	case LAST:
		gomap_kunit_evacuate(world->test, world->map,
				     find_chain(table, number == LAST));
		return;
	}
}

/* Whether there is such a step, and no other one that is the same. */
static bool possible(struct world *world, u32 number)
{
	struct gomap_table *table = gomap_kunit_table(world->map);
	bool moving = gomap_kunit_next(table);

	switch (number) {
	case DELETE ... DELETE + CHANGING - 1:
		return world->value[number - DELETE];
	case GROW:
		return !moving && table->log2 < LOG2_MAX;
	case REBUILD:
		return !moving;
	case SHRINK:
		return !moving && table->log2;
	case FIRST:
		return moving;
	case LAST:
		return moving && find_chain(table, false) <
				 find_chain(table, true);
	default:
		return true;
	}
}

/*
 * Histories
 */

static void free_tables(struct gomap *map)
{
	struct gomap_table *table, *next;

	for (table = gomap_kunit_table(map); table; table = next) {
		next = gomap_kunit_next(table);
		gomap_table_free(table);
	}
	RCU_INIT_POINTER(map->table, NULL);
}

static void reset_count(struct gomap *map)
{
	int cpu;

	atomic_long_set(&map->count.sum, 0);
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(map->count.parts, cpu), 0,
		       sizeof(struct gomap_count_part));
	map->count.adder = GOMAP_NO_ADDER;
}

static void begin(struct world *world)
{
	struct gomap *map = world->map;
	struct gomap_table *table;
	u32 i;

	free_tables(map);
	reset_count(map);
	table = gomap_table_alloc(map, world->beginning->log2, 0, false, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(world->test, table);
	KUNIT_ASSERT_EQ(world->test, gomap_table_populate(table, GFP_KERNEL),
			0);
	rcu_assign_pointer(map->table, table);
	memset(&world->scanning.scan, 0, sizeof(world->scanning.scan));
	memset(world->value, 0, sizeof(world->value));
	world->last_value = 0;
	put(world, 0);
	put(world, 1);
	put(world, 3);
	if (world->beginning->next >= 0)
		gomap_kunit_attach(world->test, map, world->beginning->next);
	for (i = 0; i < world->beginning->calls; i++)
		call(world, &world->scanning);
}

static void repeat(struct world *world)
{
	u32 i;

	begin(world);
	for (i = 0; i < world->len; i++)
		step(world, world->history[i]);
}

static void check_map(struct world *world)
{
	u32 entries = 0;
	u64 key, value;

	for (key = 0; key < KEYS; key++) {
		entries += !!world->value[key];
		value = 0;
		require(world, gomap_kunit_get(world->map, key, &value) ==
			(world->value[key] ? 0 : -ENOENT), "a wrong lookup");
		require(world, value == world->value[key], "a wrong value");
	}
	require(world, gomap_kunit_is_sound(world->test, world->map, entries),
		"not sound");
}

/* The scan comes to its end, if it has begun; else a whole one is made. */
static void check_rest(struct world *world)
{
	struct scanning *rest = &world->rest;
	u32 calls = 0;

	*rest = world->scanning;
	do {
		require(world, calls++ <= KEYS, "no end");
		call(world, rest);
	} while (!rest->scan.done);
}

static void all_from_here(struct world *world)
{
	unsigned long steps = 0;
	u32 number;

	repeat(world);
	world->histories++;
	for (number = 0; number < STEPS; number++)
		if (possible(world, number))
			steps |= BIT(number);
	check_map(world);
	check_rest(world);
	cond_resched();
	if (world->len == min(gomap_kunit_depth, DEPTH_MAX))
		return;
	for (number = 0; number < STEPS; number++) {
		if (!(steps & BIT(number)))
			continue;
		world->history[world->len++] = number;
		all_from_here(world);
		world->len--;
	}
}

static void collision_name(const struct collision *collision, char *name)
{
	strscpy(name, collision->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(collision, collisions, collision_name);

static void every_history_scans_exactly(struct kunit *test)
{
	const struct collision *collision = test->param_value;
	struct world *world = kunit_kzalloc(test, sizeof(*world), GFP_KERNEL);
	u32 i, j;

	KUNIT_ASSERT_NOT_NULL(test, world);
	world->test = test;
	world->map = gomap_kunit_create_sized(test, 8, 8);
	world->map->tie_secret = world->map->secret;
	world->map->test_hash = hash_of_key;
	hashes = collision->hashes;
	gomap_kunit_hold_worker(world->map);
	for (i = 0; i < ARRAY_SIZE(beginnings); i++) {
		for (j = 0; j < ARRAY_SIZE(buffers); j++) {
			world->beginning = &beginnings[i];
			world->buffer = buffers[j];
			all_from_here(world);
		}
	}
	kunit_info(test, "%u histories of up to %u steps\n", world->histories,
		   gomap_kunit_depth);
	if (gomap_kunit_depth == DEPTH_COUNTED)
		KUNIT_EXPECT_EQ(test, world->histories, collision->histories);
}

static struct kunit_case exhaustive_cases[] = {
	KUNIT_CASE_PARAM(every_history_scans_exactly, collision_gen_params),
	{}
};

static struct kunit_suite exhaustive_suite = {
	.name = "gomap_exhaustive",
	.test_cases = exhaustive_cases,
};

kunit_test_suites(&exhaustive_suite);
