// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exported functions, as linux/gomap.h describes them: what they refuse,
 * and what they leave.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/gomap.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

#define BOTH_FLAGS (GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING)

static void shape_name(const struct gomap_kunit_shape *shape, char *name)
{
	strscpy(name, shape->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shape, gomap_kunit_shapes, shape_name);

static struct gomap *new_map(struct kunit *test,
			     const struct gomap_kunit_shape *shape)
{
	const struct gomap_params params = {
		.flags = shape->flags,
		.key_size = shape->key_size,
		.value_size = shape->value_size,
	};

	return gomap_kunit_create(test, &params);
}

/*
 * Create
 */

struct creation {
	const char *name;
	struct gomap_params params;
	int error;
};

static const struct creation creations[] = {
	{ "the least", { .key_size = 1 }, 0 },
	{ "the longest key", { .key_size = GOMAP_KEY_SIZE_MAX }, 0 },
	{ "the longest value",
	  { .key_size = 1, .value_size = GOMAP_VALUE_SIZE_MAX }, 0 },
	{ "the highest limit",
	  { .key_size = 1, .max_entries = GOMAP_MAX_ENTRIES_MAX }, 0 },
	{ "a reserve up to the limit",
	  { .key_size = 1, .max_entries = 9, .reserve = 9 }, 0 },
	{ "a limit without a reserve", { .key_size = 1, .max_entries = 1 }, 0 },
	{ "a reserve without a limit", { .key_size = 1, .reserve = 9 }, 0 },
	{ "a set of variable keys",
	  { .flags = GOMAP_VAR_KEY, .key_size = 1 }, 0 },
	{ "no key", { .value_size = 8 }, -EINVAL },
	{ "no key of variable length",
	  { .flags = GOMAP_VAR_KEY, .value_size = 8 }, -EINVAL },
	{ "no value of variable length",
	  { .flags = GOMAP_VAR_VALUE, .key_size = 8 }, -EINVAL },
	{ "a reserve over the limit",
	  { .key_size = 1, .max_entries = 9, .reserve = 10 }, -EINVAL },
	{ "too long a key", { .key_size = GOMAP_KEY_SIZE_MAX + 1 }, -E2BIG },
	{ "a key of 4 GB", { .key_size = U32_MAX }, -E2BIG },
	{ "too long a value",
	  { .key_size = 1, .value_size = GOMAP_VALUE_SIZE_MAX + 1 }, -E2BIG },
	{ "a value of 4 GB", { .key_size = 1, .value_size = U32_MAX }, -E2BIG },
	{ "too high a limit",
	  { .key_size = 1, .max_entries = GOMAP_MAX_ENTRIES_MAX + 1 }, -E2BIG },
	{ "too large a reserve",
	  { .key_size = 1, .reserve = GOMAP_MAX_ENTRIES_MAX + 1 }, -E2BIG },
	{ "the largest number as a reserve",
	  { .key_size = 1, .reserve = U64_MAX }, -E2BIG },
	/* 2^28 buckets of 1040 bytes. */
	{ "a reserve that no machine has",
	  { .key_size = 128, .reserve = GOMAP_MAX_ENTRIES_MAX }, -ENOMEM },
	{ "the next flag",
	  { .flags = GOMAP_VAR_VALUE << 1, .key_size = 1 }, -EOPNOTSUPP },
	{ "the last flag but one",
	  { .flags = 1U << 30, .key_size = 1 }, -EOPNOTSUPP },
	{ "the fast hash", { .flags = GOMAP_HASH_FAST, .key_size = 1 }, 0 },
};

static void creation_name(const struct creation *creation, char *name)
{
	strscpy(name, creation->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(creation, creations, creation_name);

static void create_takes_what_is_documented(struct kunit *test)
{
	const struct creation *creation = test->param_value;
	struct gomap *map = gomap_create(&creation->params);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(map), creation->error);
	if (IS_ERR(map))
		return;
	KUNIT_EXPECT_EQ(test, gomap_len(map), 0);
	gomap_destroy(map);
}

/*
 * Flags and lengths
 */

static void insert_does_as_its_flags_say(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 value = 0;

	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, 10,
					      GOMAP_INSERT_EXISTING), -ENOENT);
	KUNIT_EXPECT_EQ(test, gomap_len(map), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, 11, GOMAP_INSERT_NEW), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, 12, GOMAP_INSERT_NEW),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 1, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 11);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, 13,
					      GOMAP_INSERT_EXISTING), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 1, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 13);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, 14, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 2, 20, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 1, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 14);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 2);
}

static void insert_refuses_other_flags(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u32 bit;

	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, 1, BOTH_FLAGS), -EINVAL);
	for (bit = 0; bit < 32; bit++)
		if (!(BIT(bit) & BOTH_FLAGS))
			KUNIT_EXPECT_EQ(test,
					gomap_kunit_put(map, 1, 1, BIT(bit)),
					-EOPNOTSUPP);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

static bool len_is_legal(size_t len, u32 size, bool variable)
{
	return len == size || (variable && len < size);
}

/* No map has been touched: the pointers lead nowhere. */
static void keys_of_other_lengths_are_refused(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct gomap *map = new_map(test, shape);
	void *nowhere = ERR_PTR(-1);
	size_t lens[] = { 0, shape->key_size - 1, shape->key_size + 1,
			  SIZE_MAX };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		if (len_is_legal(lens[i], shape->key_size,
				 shape->flags & GOMAP_VAR_KEY))
			continue;
		KUNIT_EXPECT_EQ(test, gomap_insert(map, nowhere, lens[i],
						   nowhere, shape->value_size,
						   0, GFP_KERNEL), -EINVAL);
		KUNIT_EXPECT_EQ(test, gomap_delete(map, nowhere, lens[i]),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, gomap_lookup(map, nowhere, lens[i], NULL,
						   NULL), -EINVAL);
		KUNIT_EXPECT_FALSE(test, gomap_contains(map, nowhere, lens[i]));
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

static void values_of_other_lengths_are_refused(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct gomap *map = new_map(test, shape);
	void *nowhere = ERR_PTR(-1);
	size_t lens[] = { 0, shape->value_size - 1, shape->value_size + 1,
			  SIZE_MAX };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lens); i++)
		if (!len_is_legal(lens[i], shape->value_size,
				  shape->flags & GOMAP_VAR_VALUE))
			KUNIT_EXPECT_EQ(test,
					gomap_insert(map, nowhere,
						     shape->key_size, nowhere,
						     lens[i], 0, GFP_KERNEL),
					-EINVAL);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

/*
 * Lookup
 */

/* A key with its value in a map, and a buffer with a margin on both sides. */
struct sample {
	struct gomap *map;
	u8 *key;
	size_t key_len;
	u8 *value;
	size_t value_len;
	u8 *found;
	u8 *margin;
	size_t room;
};

#define MARGIN 16
#define MARGIN_BYTE 0xee

static struct sample *new_sample(struct kunit *test, u32 number)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct sample *sample = kunit_kzalloc(test, sizeof(*sample),
					      GFP_KERNEL);
	size_t room = shape->value_size;

	KUNIT_ASSERT_NOT_NULL(test, sample);
	sample->map = new_map(test, shape);
	sample->key = kunit_kzalloc(test, shape->key_size, GFP_KERNEL);
	sample->value = kunit_kzalloc(test, room + 1, GFP_KERNEL);
	sample->margin = kunit_kzalloc(test, room + 2 * MARGIN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sample->key);
	KUNIT_ASSERT_NOT_NULL(test, sample->value);
	KUNIT_ASSERT_NOT_NULL(test, sample->margin);
	memset(sample->margin, MARGIN_BYTE, room + 2 * MARGIN);
	sample->found = sample->margin + MARGIN;
	sample->room = room;
	sample->key_len = gomap_kunit_key(shape, number, sample->key);
	sample->value_len = gomap_kunit_value(shape, number, 1, sample->value);
	KUNIT_ASSERT_EQ(test, gomap_insert(sample->map, sample->key,
					   sample->key_len, sample->value,
					   sample->value_len, 0, GFP_KERNEL),
			0);
	return sample;
}

static bool nothing_written_around(const struct sample *sample, size_t len)
{
	return !memchr_inv(sample->margin, MARGIN_BYTE, MARGIN) &&
	       !memchr_inv(sample->found + len, MARGIN_BYTE,
			   sample->room - len + MARGIN);
}

static void lookup_writes_the_value_and_no_more(struct kunit *test)
{
	struct sample *sample = new_sample(test, 5);
	size_t len = sample->value_len;

	KUNIT_EXPECT_EQ(test, gomap_lookup(sample->map, sample->key,
					   sample->key_len, sample->found,
					   &len), 0);
	KUNIT_EXPECT_EQ(test, len, sample->value_len);
	KUNIT_EXPECT_MEMEQ(test, sample->found, sample->value, len);
	KUNIT_EXPECT_TRUE(test, nothing_written_around(sample, len));
}

static void lookup_tells_the_length_of_a_value(struct kunit *test)
{
	struct sample *sample = new_sample(test, 5);
	size_t len = sample->room + 1000;

	KUNIT_EXPECT_EQ(test, gomap_lookup(sample->map, sample->key,
					   sample->key_len, sample->found,
					   &len), 0);
	KUNIT_EXPECT_EQ(test, len, sample->value_len);
	KUNIT_EXPECT_TRUE(test, nothing_written_around(sample, len));
}

static void lookup_tells_the_room_it_needs(struct kunit *test)
{
	struct sample *sample = new_sample(test, 5);
	size_t len = sample->value_len ? sample->value_len - 1 : 0;

	/* A value of no bytes fits everywhere. */
	KUNIT_EXPECT_EQ(test, gomap_lookup(sample->map, sample->key,
					   sample->key_len, sample->found,
					   &len),
			sample->value_len ? -EMSGSIZE : 0);
	KUNIT_EXPECT_EQ(test, len, sample->value_len);
	KUNIT_EXPECT_TRUE(test, nothing_written_around(sample, 0));
}

static void absent_key_is_absent_however_small_the_room(struct kunit *test)
{
	struct sample *sample = new_sample(test, 5);
	size_t len = 0;

	sample->key_len = gomap_kunit_key(test->param_value, 6, sample->key);
	KUNIT_EXPECT_EQ(test, gomap_lookup(sample->map, sample->key,
					   sample->key_len, sample->found,
					   &len), -ENOENT);
	KUNIT_EXPECT_TRUE(test, nothing_written_around(sample, 0));
}

static void lookup_without_a_buffer_finds(struct kunit *test)
{
	struct sample *sample = new_sample(test, 5);
	size_t absent_len;
	size_t len = 0;

	KUNIT_EXPECT_EQ(test, gomap_lookup(sample->map, sample->key,
					   sample->key_len, NULL, NULL), 0);
	KUNIT_EXPECT_EQ(test, gomap_lookup(sample->map, sample->key,
					   sample->key_len, NULL, &len), 0);
	KUNIT_EXPECT_TRUE(test, gomap_contains(sample->map, sample->key,
					       sample->key_len));
	absent_len = gomap_kunit_key(test->param_value, 6, sample->key);
	KUNIT_EXPECT_EQ(test, gomap_lookup(sample->map, sample->key, absent_len,
					   NULL, NULL), -ENOENT);
	KUNIT_EXPECT_FALSE(test, gomap_contains(sample->map, sample->key,
						absent_len));
}

/* Callers' keys and values may lie at odd addresses. */
static void buffers_need_no_alignment(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct gomap *map = new_map(test, shape);
	u8 *key = kunit_kzalloc(test, shape->key_size + 8, GFP_KERNEL);
	u8 *value = kunit_kzalloc(test, shape->value_size + 8, GFP_KERNEL);
	u8 *found = kunit_kzalloc(test, shape->value_size + 8, GFP_KERNEL);
	size_t key_len, value_len, len;
	u32 shift;

	KUNIT_ASSERT_NOT_NULL(test, key);
	KUNIT_ASSERT_NOT_NULL(test, value);
	KUNIT_ASSERT_NOT_NULL(test, found);
	for (shift = 0; shift < 8; shift++) {
		key_len = gomap_kunit_key(shape, shift, key + shift);
		value_len = gomap_kunit_value(shape, shift, 1, value + shift);
		KUNIT_EXPECT_EQ(test, gomap_insert(map, key + shift, key_len,
						   value + shift, value_len,
						   GOMAP_INSERT_NEW,
						   GFP_KERNEL), 0);
		memmove(key + 7 - shift, key + shift, key_len);
		len = shape->value_size;
		KUNIT_EXPECT_EQ(test, gomap_lookup(map, key + 7 - shift,
						   key_len, found + 7 - shift,
						   &len), 0);
		KUNIT_EXPECT_EQ(test, len, value_len);
		KUNIT_EXPECT_MEMEQ(test, found + 7 - shift, value + shift, len);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 8);
}

/* An empty slot beside one of tag 1 looks like a key of zeros, and isn't. */
static void empty_slot_is_not_a_key_of_zeros(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 value = 0;

	map->test_hash = gomap_kunit_hash_constant;
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 1, 10, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 0, &value), -ENOENT);
	KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 0), -ENOENT);

	/* [1] [empty] [0]: the right one is behind the wrong one. */
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 2, 20, 0), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 0, 30, 0), 0);
	KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, 2), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 0, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 30);
}

/*
 * Delete
 */

static void key_is_deleted_once(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);

	KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 1), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, gomap_len(map), 0);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
}

/* As Go's TestIncrementAfterDelete: a key that comes back comes back new. */
static void old_value_does_not_come_back(struct kunit *test)
{
	const struct gomap_kunit_shape *shape = test->param_value;
	struct sample *sample = new_sample(test, 5);
	u32 version;
	size_t len;

	for (version = 2; version < 40; version++) {
		KUNIT_ASSERT_EQ(test, gomap_delete(sample->map, sample->key,
						   sample->key_len), 0);
		len = sample->room;
		KUNIT_ASSERT_EQ(test, gomap_lookup(sample->map, sample->key,
						   sample->key_len,
						   sample->found, &len),
				-ENOENT);
		sample->value_len = gomap_kunit_value(shape, 5, version,
						      sample->value);
		KUNIT_ASSERT_EQ(test, gomap_insert(sample->map, sample->key,
						   sample->key_len,
						   sample->value,
						   sample->value_len,
						   GOMAP_INSERT_NEW,
						   GFP_KERNEL), 0);
		len = sample->room;
		KUNIT_ASSERT_EQ(test, gomap_lookup(sample->map, sample->key,
						   sample->key_len,
						   sample->found, &len), 0);
		KUNIT_ASSERT_EQ(test, len, sample->value_len);
		KUNIT_ASSERT_MEMEQ(test, sample->found, sample->value, len);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, sample->map, 1);
}

/* Keys of 3 bytes and values of 5: { 3, 5 zeros, 5, 3 zeros } */
static void slots_are_padded_with_zeros(struct kunit *test)
{
	static const u8 slot[] = {
		1, 2, 3, 0, 0, 0, 0, 0, 11, 12, 13, 14, 15, 0, 0, 0,
	};
	static const u8 nothing[sizeof(slot)];
	/* There are other bytes behind what is inserted. */
	static const u8 key[] = { 1, 2, 3, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const u8 value[] = { 11, 12, 13, 14, 15, 0xff, 0xff, 0xff };
	struct gomap *map = gomap_kunit_create_sized(test, 3, 5);
	struct gomap_bucket *head;

	KUNIT_ASSERT_EQ(test, gomap_insert(map, key, 3, value, 5, 0,
					   GFP_KERNEL), 0);
	head = gomap_bucket_at(gomap_kunit_table(map), 0);
	KUNIT_EXPECT_MEMEQ(test, head->slots, slot, sizeof(slot));
	/* Likewise after an overwrite, and nothing stays after a delete. */
	KUNIT_ASSERT_EQ(test, gomap_insert(map, key, 3, value, 5, 0,
					   GFP_KERNEL), 0);
	KUNIT_EXPECT_MEMEQ(test, head->slots, slot, sizeof(slot));
	KUNIT_ASSERT_EQ(test, gomap_delete(map, key, 3), 0);
	KUNIT_EXPECT_MEMEQ(test, head->slots, nothing, sizeof(nothing));
}

/*
 * Limits
 */

static void map_is_full_at_its_limit_exactly(struct kunit *test)
{
	static const u64 limits[] = { 1, 7, 8, 9, 13, 14, 100, 1000 };
	struct gomap_params params = { .key_size = 8, .value_size = 8 };
	struct gomap *map;
	u64 key, value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		params.max_entries = limits[i];
		map = gomap_kunit_create(test, &params);
		for (key = 0; key < limits[i]; key++)
			KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, key,
							      0), 0);
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, key, 0),
				-ENOSPC);
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, key,
						      GOMAP_INSERT_NEW),
				-ENOSPC);
		KUNIT_EXPECT_FALSE(test, gomap_contains(map, &key, 8));

		/* What is there can be changed, and makes room by going. */
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 0, 99, 0), 0);
		KUNIT_EXPECT_EQ(test, gomap_kunit_get(map, 0, &value), 0);
		KUNIT_EXPECT_EQ(test, value, 99);
		KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 0), 0);
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, key, key, 0), 0);
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 0, 0, 0), -ENOSPC);
		gomap_kunit_settle(map);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, limits[i]);
	}
}

/* Refusals don't use the limit up, nor does what changes nothing. */
static void only_new_keys_count_for_the_limit(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 8, .value_size = 8, .max_entries = 3,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	u32 i;

	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, i, 0), 0);
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 1, i,
						      GOMAP_INSERT_NEW),
				-EEXIST);
		KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 2, i,
						      GOMAP_INSERT_EXISTING),
				-ENOENT);
		KUNIT_EXPECT_EQ(test, gomap_kunit_del(map, 2), -ENOENT);
	}
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 2, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 3, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_put(map, 4, 0, 0), -ENOSPC);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 3);
}

static void longest_key_has_the_longest_value(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, GOMAP_KEY_SIZE_MAX,
						     GOMAP_VALUE_SIZE_MAX);
	size_t len = GOMAP_VALUE_SIZE_MAX;
	u8 *value = vzalloc(2 * len);
	u8 *key = kunit_kzalloc(test, GOMAP_KEY_SIZE_MAX, GFP_KERNEL);
	int inserted, found;
	bool same;

	KUNIT_ASSERT_NOT_NULL(test, key);
	KUNIT_ASSERT_NOT_NULL(test, value);
	memset(value, 0x42, len);
	value[len - 1] = 0x43;
	inserted = gomap_insert(map, key, GOMAP_KEY_SIZE_MAX, value, len, 0,
				GFP_KERNEL);
	found = gomap_lookup(map, key, GOMAP_KEY_SIZE_MAX, value + len, &len);
	same = !memcmp(value, value + GOMAP_VALUE_SIZE_MAX, len);
	vfree(value);

	KUNIT_EXPECT_EQ(test, inserted, 0);
	KUNIT_EXPECT_EQ(test, found, 0);
	KUNIT_EXPECT_EQ(test, len, GOMAP_VALUE_SIZE_MAX);
	KUNIT_EXPECT_TRUE(test, same);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 1);
}

/*
 * The whole map
 */

static void stats_tell_what_there_is(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 200);
	struct gomap_stats empty, full, emptied;
	u64 key;

	gomap_stats(map, &empty);
	KUNIT_EXPECT_EQ(test, empty.entries, 0);
	KUNIT_EXPECT_GE(test, empty.bytes, sizeof(*map));
	for (key = 0; key < 13; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 0, 0), 0);
	gomap_kunit_settle(map);
	/* What waits for RCU counts: here it is the first table. */
	rcu_barrier();
	flush_workqueue(gomap_free_workqueue);
	gomap_stats(map, &full);
	KUNIT_EXPECT_EQ(test, full.entries, 13);
	KUNIT_EXPECT_EQ(test, full.buckets, 2);
	KUNIT_EXPECT_FALSE(test, full.growing);
	/* Entries of 240 bytes take 256. */
	KUNIT_EXPECT_GE(test, full.bytes, empty.bytes + 13 * 240 + 2 * 80);
	/* That a smaller table replaces this one is another matter. */
	gomap_kunit_hold_worker(map);
	for (key = 0; key < 13; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key), 0);
	rcu_barrier();
	gomap_stats(map, &emptied);
	KUNIT_EXPECT_EQ(test, emptied.entries, 0);
	KUNIT_EXPECT_EQ(test, full.bytes - emptied.bytes, 13 * 256);
}

static void maps_are_apart(struct kunit *test)
{
	struct gomap *a = gomap_kunit_create_sized(test, 8, 8);
	struct gomap *b = gomap_kunit_create_sized(test, 8, 8);
	u64 value;

	KUNIT_ASSERT_EQ(test, gomap_kunit_put(a, 1, 10, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(b, 1, &value), -ENOENT);
	KUNIT_ASSERT_EQ(test, gomap_kunit_put(b, 1, 20, 0), 0);
	KUNIT_EXPECT_EQ(test, gomap_kunit_get(a, 1, &value), 0);
	KUNIT_EXPECT_EQ(test, value, 10);
}

/* Everything, called from a timer. */
struct softirq {
	struct timer_list timer;
	struct gomap *map;
	struct completion done;
	u32 failures;
	bool in_softirq;
};

static void use_map_in_softirq(struct timer_list *timer)
{
	struct softirq *softirq = container_of(timer, struct softirq, timer);
	u64 key, value;

	softirq->in_softirq = in_softirq() && !in_task();
	for (key = 0; key < 300; key++) {
		value = ~key;
		softirq->failures += !!gomap_insert(softirq->map, &key, 8,
						    &value, 8, 0, GFP_ATOMIC);
	}
	for (key = 0; key < 300; key++)
		softirq->failures += gomap_kunit_get(softirq->map, key,
						     &value) || value != ~key;
	for (key = 0; key < 100; key++)
		softirq->failures += !!gomap_kunit_del(softirq->map, key);
	softirq->failures += gomap_len(softirq->map) != 200;
	complete(&softirq->done);
}

static void softirqs_may_do_everything(struct kunit *test)
{
	struct softirq *softirq = kunit_kzalloc(test, sizeof(*softirq),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, softirq);
	softirq->map = gomap_kunit_create_sized(test, 8, 8);
	init_completion(&softirq->done);
	timer_setup(&softirq->timer, use_map_in_softirq, 0);
	mod_timer(&softirq->timer, jiffies);
	wait_for_completion(&softirq->done);
	timer_delete_sync(&softirq->timer);

	KUNIT_EXPECT_TRUE(test, softirq->in_softirq);
	KUNIT_EXPECT_EQ(test, softirq->failures, 0);
	gomap_kunit_settle(softirq->map);
	GOMAP_KUNIT_ASSERT_SOUND(test, softirq->map, 200);
}

static struct kunit_case api_cases[] = {
	KUNIT_CASE_PARAM(create_takes_what_is_documented, creation_gen_params),
	KUNIT_CASE(insert_does_as_its_flags_say),
	KUNIT_CASE(insert_refuses_other_flags),
	KUNIT_CASE_PARAM(keys_of_other_lengths_are_refused, shape_gen_params),
	KUNIT_CASE_PARAM(values_of_other_lengths_are_refused, shape_gen_params),
	KUNIT_CASE_PARAM(lookup_writes_the_value_and_no_more, shape_gen_params),
	KUNIT_CASE_PARAM(lookup_tells_the_length_of_a_value, shape_gen_params),
	KUNIT_CASE_PARAM(lookup_tells_the_room_it_needs, shape_gen_params),
	KUNIT_CASE_PARAM(absent_key_is_absent_however_small_the_room,
			 shape_gen_params),
	KUNIT_CASE_PARAM(lookup_without_a_buffer_finds, shape_gen_params),
	KUNIT_CASE_PARAM(buffers_need_no_alignment, shape_gen_params),
	KUNIT_CASE(empty_slot_is_not_a_key_of_zeros),
	KUNIT_CASE(key_is_deleted_once),
	KUNIT_CASE_PARAM(old_value_does_not_come_back, shape_gen_params),
	KUNIT_CASE(slots_are_padded_with_zeros),
	KUNIT_CASE(map_is_full_at_its_limit_exactly),
	KUNIT_CASE(only_new_keys_count_for_the_limit),
	KUNIT_CASE(longest_key_has_the_longest_value),
	KUNIT_CASE(stats_tell_what_there_is),
	KUNIT_CASE(maps_are_apart),
	KUNIT_CASE(softirqs_may_do_everything),
	{}
};

static struct kunit_suite api_suite = {
	.name = "gomap_api",
	.test_cases = api_cases,
};

kunit_test_suites(&api_suite);
