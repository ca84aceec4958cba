// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations against a model: an array with the version of the value
 * that each key has, or 0. After every step the map must be sound
 * (invariants.c), and every key, there or not, must be answered for.
 *
 * The worker is held. What it would do is one of the steps, by the chain or at
 * once, so that the map grows at random between any two operations, and the
 * same seed repeats all of it.
 */
#include <kunit/test.h>
#include <linux/gomap.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/evacuate.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

#define ROUNDS 3

struct model {
	struct kunit *test;
	struct gomap *map;
	const struct gomap_kunit_shape *shape;
	struct rnd_state random;
	u32 max_entries;
	u32 entries;
	u32 last_version;
	u32 *version;
	/* A key, a value, and what a lookup gives. */
	u8 *key;
	u8 *value;
	u8 *found;
};

static u32 below(struct model *model, u32 limit)
{
	return prandom_u32_state(&model->random) % limit;
}

static int expected_insert(struct model *model, u32 number, u32 flags)
{
	if (model->version[number])
		return flags & GOMAP_INSERT_NEW ? -EEXIST : 0;
	if (flags & GOMAP_INSERT_EXISTING)
		return -ENOENT;
	if (model->max_entries && model->entries == model->max_entries)
		return -ENOSPC;
	return 0;
}

static void insert(struct model *model, u32 number)
{
	static const u32 all_flags[] = {
		0, GOMAP_INSERT_NEW, GOMAP_INSERT_EXISTING,
	};
	u32 flags = all_flags[below(model, ARRAY_SIZE(all_flags))];
	u32 version = model->last_version + 1;
	size_t key_len, value_len;
	int ret;

	key_len = gomap_kunit_key(model->shape, number, model->key);
	value_len = gomap_kunit_value(model->shape, number, version,
				      model->value);
	ret = gomap_insert(model->map, model->key, key_len, model->value,
			   value_len, flags, GFP_KERNEL);
	KUNIT_ASSERT_EQ(model->test, ret,
			expected_insert(model, number, flags));
	if (ret)
		return;
	model->entries += !model->version[number];
	model->version[number] = version;
	model->last_version = version;
}

static void delete(struct model *model, u32 number)
{
	size_t len = gomap_kunit_key(model->shape, number, model->key);

	KUNIT_ASSERT_EQ(model->test, gomap_delete(model->map, model->key, len),
			model->version[number] ? 0 : -ENOENT);
	model->entries -= !!model->version[number];
	model->version[number] = 0;
}

static void evacuate(struct model *model)
{
	struct gomap_table *table = gomap_kunit_table(model->map);

	if (table && gomap_kunit_next(table))
		KUNIT_ASSERT_EQ(model->test,
				gomap_evacuate_now(model->map, table,
						   below(model,
							 gomap_nr_heads(table)),
						   GFP_KERNEL), 0);
}

static void work(struct model *model)
{
	if (gomap_kunit_table(model->map))
		gomap_kunit_run_worker(model->map);
}

/* Of ten steps, @inserts are inserts, one may be growth, others delete. */
static void step(struct model *model, u32 inserts)
{
	u32 number = below(model, model->shape->keys);
	u32 dice = below(model, 10);

	if (dice < inserts)
		insert(model, number);
	else if (dice < 9)
		delete(model, number);
	else if (below(model, 4))
		evacuate(model);
	else
		work(model);
}

static void check_key(struct model *model, u32 number)
{
	const struct gomap_kunit_shape *shape = model->shape;
	struct kunit *test = model->test;
	u32 version = model->version[number];
	size_t key_len, len, value_len;
	int ret;

	key_len = gomap_kunit_key(shape, number, model->key);
	len = shape->value_size;
	ret = gomap_lookup(model->map, model->key, key_len, model->found, &len);
	KUNIT_ASSERT_EQ_MSG(test, ret, version ? 0 : -ENOENT, "key %u", number);
	if (!version)
		return;
	value_len = gomap_kunit_value(shape, number, version, model->value);
	KUNIT_ASSERT_EQ(test, len, value_len);
	KUNIT_ASSERT_MEMEQ(test, model->found, model->value, len);
}

static void check(struct model *model)
{
	u32 number;

	GOMAP_KUNIT_ASSERT_SOUND(model->test, model->map, model->entries);
	for (number = 0; number < model->shape->keys; number++)
		check_key(model, number);
}

static struct model *new_model(struct kunit *test,
			       const struct gomap_kunit_shape *shape)
{
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, model);
	model->test = test;
	model->shape = shape;
	prandom_seed_state(&model->random, gomap_kunit_seed);
	model->version = kunit_kcalloc(test, shape->keys,
				       sizeof(*model->version), GFP_KERNEL);
	/* Values of no bytes have an address, too. */
	model->key = kunit_kzalloc(test, shape->key_size, GFP_KERNEL);
	model->value = kunit_kzalloc(test, shape->value_size + 1, GFP_KERNEL);
	model->found = kunit_kzalloc(test, shape->value_size + 1, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model->version);
	KUNIT_ASSERT_NOT_NULL(test, model->key);
	KUNIT_ASSERT_NOT_NULL(test, model->value);
	KUNIT_ASSERT_NOT_NULL(test, model->found);
	return model;
}

/* From no table: the map fills up, is turned over, and is emptied a good deal. */
static void one_round(struct model *model, u32 steps, gomap_kunit_hash_fn *hash)
{
	const struct gomap_params params = {
		.flags = model->shape->flags,
		.key_size = model->shape->key_size,
		.value_size = model->shape->value_size,
		.max_entries = model->max_entries,
	};
	u32 i;

	memset(model->version, 0, model->shape->keys * sizeof(u32));
	model->entries = 0;
	model->map = gomap_kunit_create(model->test, &params);
	model->map->test_hash = hash;
	gomap_kunit_hold_worker(model->map);
	check(model);
	for (i = 0; i < steps; i++) {
		step(model, i < steps / 2 ? 8 : i < steps * 3 / 4 ? 5 : 2);
		check(model);
	}
	gomap_kunit_destroy(model->test, model->map);
}

static void run(struct model *model, gomap_kunit_hash_fn *hash)
{
	u32 round;

	kunit_info(model->test, "seed %lu, %u steps\n", gomap_kunit_seed,
		   gomap_kunit_steps);
	for (round = 0; round < ROUNDS; round++)
		one_round(model, gomap_kunit_steps / ROUNDS, hash);
}

static void shape_name(const struct gomap_kunit_shape *shape, char *name)
{
	strscpy(name, shape->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shape, gomap_kunit_shapes, shape_name);

static void maps_of_every_shape_do_as_the_model(struct kunit *test)
{
	run(new_model(test, test->param_value), NULL);
}

static void hash_name(const struct gomap_kunit_hash *hash, char *name)
{
	strscpy(name, hash->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hash, gomap_kunit_hashes, hash_name);

static void maps_with_bad_hashes_do_as_the_model(struct kunit *test)
{
	const struct gomap_kunit_hash *hash = test->param_value;
	static const struct gomap_kunit_shape shapes[] = {
		{ "8 to 8", 8, 8, 0, 60 },
		{ "any to any", 40, 100, GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 60 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(shapes); i++)
		run(new_model(test, &shapes[i]), hash->function);
}

/* Full most of the time, and never by one more or less. */
static void maps_with_a_limit_do_as_the_model(struct kunit *test)
{
	static const u32 limits[] = { 1, 8, 13, 14, 50 };
	static const struct gomap_kunit_shape shape = { "", 8, 8, 0, 64 };
	struct model *model;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		model = new_model(test, &shape);
		model->max_entries = limits[i];
		run(model, NULL);
	}
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE_PARAM(maps_of_every_shape_do_as_the_model, shape_gen_params),
	KUNIT_CASE_PARAM(maps_with_bad_hashes_do_as_the_model, hash_gen_params),
	KUNIT_CASE(maps_with_a_limit_do_as_the_model),
	{}
};

static struct kunit_suite model_suite = {
	.name = "gomap_model",
	.test_cases = model_cases,
};

kunit_test_suites(&model_suite);
