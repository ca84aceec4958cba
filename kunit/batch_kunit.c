// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batches: each key has the result, and the map the content, that calls for one
 * key after the other would have made. So every test has a twin: a map to which
 * the same is done one by one.
 */
#include <kunit/test.h>
#include <linux/gomap.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

/* More than a tile (batch.c) and no multiple of one. */
#define ITEMS 100
/* The longest key or value of a shape, with room to see more written. */
#define BYTES (4096 + 8)

enum operation { LOOKUP, INSERT, DELETE };

/* A batch, and beside it what single calls give. */
struct twins {
	struct kunit *test;
	const struct gomap_kunit_shape *shape;
	struct gomap *map;
	struct gomap *twin;
	struct gomap_item *items;
	u8 (*keys)[BYTES];
	u8 (*values)[BYTES];
	/* What a single lookup gives. */
	u8 *found;
};

static void *array(struct kunit *test, u32 nr, size_t size)
{
	void *array = kunit_kcalloc(test, nr, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, array);
	return array;
}

static struct twins *new_twins(struct kunit *test,
			       const struct gomap_kunit_shape *shape,
			       u64 max_entries)
{
	const struct gomap_params params = {
		.flags = shape->flags,
		.key_size = shape->key_size,
		.value_size = shape->value_size,
		.max_entries = max_entries,
	};
	struct twins *twins = array(test, 1, sizeof(*twins));

	KUNIT_ASSERT_LT(test, shape->key_size, BYTES);
	KUNIT_ASSERT_LT(test, shape->value_size, BYTES);
	twins->test = test;
	twins->shape = shape;
	twins->map = gomap_kunit_create(test, &params);
	twins->twin = gomap_kunit_create(test, &params);
	twins->items = array(test, ITEMS, sizeof(*twins->items));
	twins->keys = array(test, ITEMS, BYTES);
	twins->values = array(test, ITEMS, BYTES);
	twins->found = array(test, 1, BYTES);
	return twins;
}

/* Item @i is about key @number, with a value or with room for one. */
static void set_item(struct twins *twins, u32 i, u32 number, u32 version,
		     enum operation operation)
{
	struct gomap_item *item = &twins->items[i];

	item->key = twins->keys[i];
	item->key_len = gomap_kunit_key(twins->shape, number, twins->keys[i]);
	item->value = twins->values[i];
	memset(item->value, 0xa5, BYTES);
	item->value_len = BYTES;
	if (operation == INSERT)
		item->value_len = gomap_kunit_value(twins->shape, number,
						    version, item->value);
	item->result = 12345;
}

static u32 run_batch(struct twins *twins, u32 nr, enum operation operation,
		     bool stop, u32 flags)
{
	switch (operation) {
	case LOOKUP:
		return gomap_lookup_batch(twins->map, twins->items, nr, stop);
	case INSERT:
		return gomap_insert_batch(twins->map, twins->items, nr, stop,
					  flags, GFP_KERNEL);
	default:
		return gomap_delete_batch(twins->map, twins->items, nr, stop);
	}
}

/* What the item would do alone, to the twin. Looked up values go to @found. */
static int run_single(struct twins *twins, struct gomap_item *item,
		      enum operation operation, u32 flags, size_t *found_len)
{
	switch (operation) {
	case LOOKUP:
		return gomap_lookup(twins->twin, item->key, item->key_len,
				    twins->found, found_len);
	case INSERT:
		return gomap_insert(twins->twin, item->key, item->key_len,
				    item->value, item->value_len, flags,
				    GFP_KERNEL);
	default:
		return gomap_delete(twins->twin, item->key, item->key_len);
	}
}

static void expect_found(struct twins *twins, struct gomap_item *item,
			 size_t len)
{
	KUNIT_ASSERT_EQ(twins->test, item->value_len, len);
	KUNIT_ASSERT_MEMEQ(twins->test, item->value, twins->found, len);
	/* And not a byte more. */
	KUNIT_ASSERT_NULL(twins->test, memchr_inv(item->value + len, 0xa5,
						  BYTES - len));
}

/* Run the items as a batch, and one by one; compare all there is to see. */
static void run(struct twins *twins, u32 nr, enum operation operation,
		bool stop, u32 flags)
{
	struct kunit *test = twins->test;
	size_t *rooms = array(test, nr + 1, sizeof(*rooms));
	struct gomap_item *item;
	u32 i, done, expected = nr;
	size_t len;
	int ret;

	for (i = 0; i < nr; i++)
		rooms[i] = twins->items[i].value_len;
	done = run_batch(twins, nr, operation, stop, flags);
	for (i = 0; i < nr && expected == nr; i++) {
		item = &twins->items[i];
		len = rooms[i];
		ret = run_single(twins, item, operation, flags, &len);
		KUNIT_ASSERT_EQ_MSG(test, item->result, ret, "item %u", i);
		if (!ret && operation == LOOKUP)
			expect_found(twins, item, len);
		if (ret && stop)
			expected = i;
	}
	KUNIT_ASSERT_EQ(test, done, expected);
	kunit_kfree(test, rooms);
	/* A move that was begun ends here, with the worker held or not. */
	KUNIT_ASSERT_EQ(test, gomap_shrink(twins->map), 0);
	KUNIT_ASSERT_EQ(test, gomap_shrink(twins->twin), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_buckets(twins->map),
			gomap_kunit_buckets(twins->twin));
	GOMAP_KUNIT_ASSERT_SOUND(test, twins->map, gomap_len(twins->twin));
}

static const struct gomap_kunit_shape eight_to_eight = {
	"8 to 8", 8, 8, 0, ITEMS,
};

/* Both maps have keys 0 to @entries - 1, of version 1. */
static struct twins *filled(struct kunit *test,
			    const struct gomap_kunit_shape *shape, u32 entries)
{
	struct twins *twins = new_twins(test, shape, 0);
	u32 i;

	KUNIT_ASSERT_LE(test, entries, ITEMS);
	for (i = 0; i < entries; i++)
		set_item(twins, i, i, 1, INSERT);
	run(twins, entries, INSERT, true, GOMAP_INSERT_NEW);
	return twins;
}

/*
 * Batches of all sizes
 */

/* Around the tile of 16. */
static const u32 sizes[] = { 0, 1, 2, 15, 16, 17, 31, 32, 33, 48, ITEMS };

static void every_size_does_as_single_calls(struct kunit *test)
{
	struct twins *twins;
	u32 i, item;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		twins = filled(test, &eight_to_eight, sizes[i]);
		KUNIT_EXPECT_EQ(test, gomap_len(twins->map), sizes[i]);
		for (item = 0; item < sizes[i]; item++)
			set_item(twins, item, item, 0, LOOKUP);
		run(twins, sizes[i], LOOKUP, true, 0);
		for (item = 0; item < sizes[i]; item++)
			set_item(twins, item, item, 0, DELETE);
		run(twins, sizes[i], DELETE, true, 0);
		KUNIT_EXPECT_EQ(test, gomap_len(twins->map), 0);
	}
}

/* On a map that has no table yet, and on one whose entries are all gone. */
static void empty_map_has_none_of_the_keys(struct kunit *test)
{
	struct twins *twins = new_twins(test, &eight_to_eight, 0);
	u32 round, i;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < 20; i++)
			set_item(twins, i, i, 0, LOOKUP);
		run(twins, 20, LOOKUP, false, 0);
		run(twins, 20, DELETE, false, 0);
		run(twins, 20, DELETE, true, 0);
		KUNIT_EXPECT_EQ(test, twins->items[0].result, -ENOENT);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(twins->map, 1, 1, 0), 0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(twins->twin, 1, 1, 0), 0);
		KUNIT_ASSERT_EQ(test, gomap_clear(twins->map), 0);
		KUNIT_ASSERT_EQ(test, gomap_clear(twins->twin), 0);
	}
}

/* The caller's array is not touched, nor is the pointer to it. */
static void batch_of_nothing_is_nothing(struct kunit *test)
{
	struct twins *twins = filled(test, &eight_to_eight, 10);

	KUNIT_EXPECT_EQ(test, gomap_lookup_batch(twins->map, NULL, 0, true), 0);
	KUNIT_EXPECT_EQ(test, gomap_delete_batch(twins->map, NULL, 0, true), 0);
	KUNIT_EXPECT_EQ(test, gomap_insert_batch(twins->map, NULL, 0, true, 0,
						 GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, gomap_len(twins->map), 10);
}

/*
 * Keys more than once
 */

/* In their order: the last value stays, the first delete finds. */
static void repeated_keys_have_one_effect_after_the_other(struct kunit *test)
{
	static const u32 flags[] = {
		0, GOMAP_INSERT_NEW, GOMAP_INSERT_EXISTING,
	};
	struct twins *twins;
	u32 i, round;

	for (round = 0; round < ARRAY_SIZE(flags); round++) {
		twins = filled(test, &eight_to_eight, 2);
		for (i = 0; i < ITEMS; i++)
			set_item(twins, i, i % 5, 2 + i, INSERT);
		run(twins, ITEMS, INSERT, false, flags[round]);
		for (i = 0; i < ITEMS; i++)
			set_item(twins, i, i % 6, 0, LOOKUP);
		run(twins, ITEMS, LOOKUP, false, 0);
		for (i = 0; i < ITEMS; i++)
			set_item(twins, i, i % 5, 0, DELETE);
		run(twins, ITEMS, DELETE, false, 0);
		KUNIT_EXPECT_EQ(test, gomap_len(twins->map), 0);
	}

	/* And not only as the twin does it. */
	twins = new_twins(test, &eight_to_eight, 0);
	for (i = 0; i < 40; i++)
		set_item(twins, i, 7, i, INSERT);
	KUNIT_EXPECT_EQ(test, run_batch(twins, 40, INSERT, true, 0), 40);
	KUNIT_EXPECT_EQ(test, gomap_len(twins->map), 1);
	set_item(twins, 0, 7, 0, LOOKUP);
	set_item(twins, 1, 7, 39, INSERT);
	KUNIT_EXPECT_EQ(test, run_batch(twins, 1, LOOKUP, true, 0), 1);
	KUNIT_EXPECT_MEMEQ(test, twins->values[0], twins->values[1], 8);
}

/*
 * Failures in the middle
 */

static void set_mixed(struct twins *twins, u32 nr, u32 bad,
		      enum operation operation)
{
	u32 i;

	/* Present ones, and at @bad one that isn't, or is for a new one. */
	for (i = 0; i < nr; i++)
		set_item(twins, i, i == bad ? 1000 + i : i, 2, operation);
}

static void batch_ends_at_the_first_failure_if_told(struct kunit *test)
{
	struct twins *twins;
	u32 bad, i;

	for (bad = 0; bad < 40; bad++) {
		twins = filled(test, &eight_to_eight, 40);
		set_mixed(twins, 40, bad, LOOKUP);
		run(twins, 40, LOOKUP, true, 0);
		KUNIT_ASSERT_EQ(test, twins->items[bad].result, -ENOENT);
		/* What comes after was not done: no value was written. */
		for (i = bad + 1; i < 40; i++)
			KUNIT_ASSERT_NULL(test, memchr_inv(twins->values[i],
							   0xa5, BYTES));

		set_mixed(twins, 40, bad, INSERT);
		run(twins, 40, INSERT, true, GOMAP_INSERT_EXISTING);
		set_mixed(twins, 40, bad, DELETE);
		run(twins, 40, DELETE, true, 0);
		KUNIT_ASSERT_EQ(test, gomap_len(twins->map), 40 - bad);
		gomap_kunit_destroy(test, twins->map);
		gomap_kunit_destroy(test, twins->twin);
	}
}

static void batch_goes_on_after_failures_if_not_told(struct kunit *test)
{
	struct twins *twins;
	u32 bad;

	for (bad = 0; bad < 40; bad++) {
		twins = filled(test, &eight_to_eight, 40);
		set_mixed(twins, 40, bad, LOOKUP);
		run(twins, 40, LOOKUP, false, 0);
		set_mixed(twins, 40, bad, INSERT);
		run(twins, 40, INSERT, false, GOMAP_INSERT_EXISTING);
		set_mixed(twins, 40, bad, INSERT);
		run(twins, 40, INSERT, false, GOMAP_INSERT_NEW);
		KUNIT_ASSERT_EQ(test, twins->items[bad].result, 0);
		KUNIT_ASSERT_EQ(test, gomap_len(twins->map), 41);
		/* Of those 41, 40 go. */
		set_mixed(twins, 40, bad, DELETE);
		run(twins, 40, DELETE, false, 0);
		KUNIT_ASSERT_EQ(test, gomap_len(twins->map), 1);
		gomap_kunit_destroy(test, twins->map);
		gomap_kunit_destroy(test, twins->twin);
	}
}

/* Lengths that the map can't have, of a key or a value, wherever they are. */
static void wrong_lengths_are_failures_of_their_items(struct kunit *test)
{
	static const enum operation operations[] = { LOOKUP, INSERT, DELETE };
	struct twins *twins;
	u32 bad, i, o, stop;

	for (bad = 0; bad < 40; bad += 3) {
		for (o = 0; o < ARRAY_SIZE(operations); o++) {
			for (stop = 0; stop < 2; stop++) {
				twins = filled(test, &eight_to_eight, 40);
				for (i = 0; i < 40; i++)
					set_item(twins, i, i, 2, operations[o]);
				if (operations[o] == INSERT && bad & 1)
					twins->items[bad].value_len = 7;
				else
					twins->items[bad].key_len = bad & 2 ?
								    9 : 7;
				run(twins, 40, operations[o], stop, 0);
				KUNIT_ASSERT_EQ(test, twins->items[bad].result,
						-EINVAL);
				gomap_kunit_destroy(test, twins->map);
				gomap_kunit_destroy(test, twins->twin);
			}
		}
	}
}

static void small_buffer_fails_its_item_only(struct kunit *test)
{
	struct twins *twins = filled(test, &eight_to_eight, 20);
	u32 i;

	for (i = 0; i < 20; i++)
		set_item(twins, i, i, 0, LOOKUP);
	twins->items[5].value_len = 7;
	KUNIT_EXPECT_EQ(test, run_batch(twins, 20, LOOKUP, false, 0), 20);
	for (i = 0; i < 20; i++) {
		KUNIT_EXPECT_EQ(test, twins->items[i].result,
				i == 5 ? -EMSGSIZE : 0);
		KUNIT_EXPECT_EQ(test, twins->items[i].value_len, 8);
	}
	KUNIT_EXPECT_NULL(test, memchr_inv(twins->values[5], 0xa5, BYTES));
}

/* 30 find room; with more, none of the keys that are there is refused. */
static void limit_is_reached_in_the_middle(struct kunit *test)
{
	struct twins *twins;
	u32 i, stop;

	for (stop = 0; stop < 2; stop++) {
		twins = new_twins(test, &eight_to_eight, 30);
		for (i = 0; i < ITEMS; i++)
			set_item(twins, i, i % 50, i, INSERT);
		run(twins, ITEMS, INSERT, stop, 0);
		KUNIT_EXPECT_EQ(test, twins->items[29].result, 0);
		KUNIT_EXPECT_EQ(test, twins->items[30].result, -ENOSPC);
		if (!stop)
			KUNIT_EXPECT_EQ(test, twins->items[50].result, 0);
		KUNIT_EXPECT_EQ(test, gomap_len(twins->map), 30);
	}
}

/*
 * While the map moves
 */

/* From no table to 100 entries: five growths within one batch. */
static void map_grows_within_a_batch(struct kunit *test)
{
	struct twins *twins = new_twins(test, &eight_to_eight, 0);
	u32 i;

	for (i = 0; i < ITEMS; i++)
		set_item(twins, i, i, 1, INSERT);
	run(twins, ITEMS, INSERT, true, GOMAP_INSERT_NEW);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(twins->map), 16);
	KUNIT_EXPECT_EQ(test, gomap_len(twins->map), ITEMS);
	for (i = 0; i < ITEMS; i++)
		set_item(twins, i, i, 0, LOOKUP);
	run(twins, ITEMS, LOOKUP, true, 0);
}

/* @stop chains have moved when the batch comes. */
static void one_stopped_move(struct twins *twins, u32 to, u32 stop,
			     enum operation operation)
{
	u32 i;

	gomap_kunit_attach(twins->test, twins->map, to);
	for (i = 0; i < stop; i++)
		gomap_kunit_evacuate(twins->test, twins->map, i);
	/* A third of the keys is there. */
	for (i = 0; i < ITEMS; i++)
		set_item(twins, i, i * 3, 2, operation);
	run(twins, ITEMS, operation, false, 0);
}

/* To half the size, the same and twice that. */
static void batch_meets_a_move(struct kunit *test)
{
	static const enum operation operations[] = { LOOKUP, INSERT, DELETE };
	struct twins *twins;
	u32 to, stop, o;

	for (to = 3; to <= 5; to++) {
		for (stop = 0; stop <= 16; stop += 4) {
			for (o = 0; o < ARRAY_SIZE(operations); o++) {
				twins = filled(test, &eight_to_eight, ITEMS);
				one_stopped_move(twins, to, stop,
						 operations[o]);
				gomap_kunit_destroy(test, twins->map);
				gomap_kunit_destroy(test, twins->twin);
			}
		}
	}
}

/*
 * At random
 */

static void shape_name(const struct gomap_kunit_shape *shape, char *name)
{
	strscpy(name, shape->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shape, gomap_kunit_shapes, shape_name);

static void random_batches_do_as_single_calls(struct kunit *test)
{
	static const u32 flags[] = {
		0, 0, GOMAP_INSERT_NEW, GOMAP_INSERT_EXISTING,
	};
	const struct gomap_kunit_shape *shape = test->param_value;
	enum operation operation;
	struct rnd_state random;
	struct twins *twins;
	u32 round, i, nr;

	kunit_info(test, "seed %lu\n", gomap_kunit_seed);
	prandom_seed_state(&random, gomap_kunit_seed);
	twins = new_twins(test, shape, 0);
	for (round = 0; round < 100; round++) {
		operation = prandom_u32_state(&random) % 3;
		nr = prandom_u32_state(&random) % (ITEMS + 1);
		for (i = 0; i < nr; i++)
			set_item(twins, i, prandom_u32_state(&random) %
				 shape->keys, round, operation);
		run(twins, nr, operation, prandom_u32_state(&random) % 4 == 0,
		    flags[prandom_u32_state(&random) % ARRAY_SIZE(flags)]);
	}
}

static struct kunit_case batch_cases[] = {
	KUNIT_CASE(every_size_does_as_single_calls),
	KUNIT_CASE(empty_map_has_none_of_the_keys),
	KUNIT_CASE(batch_of_nothing_is_nothing),
	KUNIT_CASE(repeated_keys_have_one_effect_after_the_other),
	KUNIT_CASE(batch_ends_at_the_first_failure_if_told),
	KUNIT_CASE(batch_goes_on_after_failures_if_not_told),
	KUNIT_CASE(wrong_lengths_are_failures_of_their_items),
	KUNIT_CASE(small_buffer_fails_its_item_only),
	KUNIT_CASE(limit_is_reached_in_the_middle),
	KUNIT_CASE(map_grows_within_a_batch),
	KUNIT_CASE(batch_meets_a_move),
	KUNIT_CASE_PARAM(random_batches_do_as_single_calls, shape_gen_params),
	{}
};

static struct kunit_suite batch_suite = {
	.name = "gomap_batch",
	.test_cases = batch_cases,
};

kunit_test_suites(&batch_suite);
