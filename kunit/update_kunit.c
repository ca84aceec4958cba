// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conditional operations, clear and freeze, as linux/gomap.h describes them:
 * what they return, what they leave when they fail, and what becomes of counts,
 * limits and scans.
 *
 * atomic_kunit.c has threads that do so at once.
 */
#include <kunit/static_stub.h>
#include <linux/err.h>
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/gomap.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../module/core/memory.h"
#include "fixture.h"
#include "invariants.h"
#include "shapes.h"

#define ROOM 300

/* Maps with values in the slots, in entries, and of any length. */
static const struct kind {
	const char *name;
	struct gomap_params params;
} kinds[] = {
	{ "in slots", { .key_size = 4, .value_size = 100 } },
	{ "in slots of words", { .key_size = 4, .value_size = 4 } },
	{ "a set", { .key_size = 4, .value_size = 0 } },
	{ "in entries", { .key_size = 4, .value_size = 200 } },
	{ "of any length", { .flags = GOMAP_VAR_VALUE,
			     .key_size = 4, .value_size = 250 } },
	{ "words in entries", { .flags = GOMAP_VAR_KEY,
				.key_size = 4, .value_size = 8 } },
	{ "part of a word in entries", { .flags = GOMAP_VAR_KEY,
					 .key_size = 4, .value_size = 5 } },
	{ "a set of entries", { .flags = GOMAP_VAR_KEY,
				.key_size = 4, .value_size = 0 } },
};

static void kind_name(const struct kind *kind, char *name)
{
	strscpy(name, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_name);

struct values {
	struct kunit *test;
	struct gomap *map;
	/* The two that a key may have, and how long they are. */
	u8 *one;
	u8 *two;
	size_t one_len;
	size_t two_len;
	/* What is returned, and its room. */
	u8 *got;
	size_t len;
};

static struct values *new_values(struct kunit *test, const struct kind *kind)
{
	struct values *v = kunit_kzalloc(test, sizeof(*v), GFP_KERNEL);
	bool any = kind->params.flags & GOMAP_VAR_VALUE;

	KUNIT_ASSERT_NOT_NULL(test, v);
	v->test = test;
	v->map = gomap_kunit_create(test, &kind->params);
	v->one = kunit_kzalloc(test, ROOM, GFP_KERNEL);
	v->two = kunit_kzalloc(test, ROOM, GFP_KERNEL);
	v->got = kunit_kzalloc(test, ROOM, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, v->one);
	KUNIT_ASSERT_NOT_NULL(test, v->two);
	KUNIT_ASSERT_NOT_NULL(test, v->got);
	memset(v->one, 0x11, ROOM);
	memset(v->two, 0x22, ROOM);
	v->one_len = any ? 70 : kind->params.value_size;
	v->two_len = any ? 140 : kind->params.value_size;
	v->len = ROOM;
	return v;
}

static int insert(struct values *v, u32 key, const u8 *value, size_t len)
{
	return gomap_insert(v->map, &key, 4, value, len, 0, GFP_KERNEL);
}

static int swap_in(struct values *v, u32 key, const u8 *value, size_t len)
{
	return gomap_swap(v->map, &key, 4, value, len, v->got, &v->len,
			  GFP_KERNEL);
}

static int take(struct values *v, u32 key)
{
	return gomap_take(v->map, &key, 4, v->got, &v->len);
}

static int delete_equal(struct values *v, u32 key, const u8 *value, size_t len)
{
	return gomap_delete_equal(v->map, &key, 4, value, len);
}

static int exchange(struct values *v, u32 key, const u8 *expected,
		    size_t expected_len, const u8 *value, size_t len)
{
	return gomap_compare_exchange(v->map, &key, 4, expected, expected_len,
				      value, len, GFP_KERNEL);
}

static int lookup_or_insert(struct values *v, u32 key, const u8 *value,
			    size_t len)
{
	return gomap_lookup_or_insert(v->map, &key, 4, value, len, v->got,
				      &v->len, GFP_KERNEL);
}

/* @key has the value at @value, of which the map is sound. */
static void expect_value(struct values *v, u32 key, const u8 *value, size_t len)
{
	u8 found[ROOM];
	size_t found_len = sizeof(found);

	KUNIT_ASSERT_EQ(v->test, gomap_lookup(v->map, &key, 4, found,
					      &found_len), 0);
	KUNIT_ASSERT_EQ(v->test, found_len, len);
	KUNIT_ASSERT_MEMEQ(v->test, found, value, len);
}

static void expect_absent(struct values *v, u32 key)
{
	KUNIT_ASSERT_FALSE(v->test, gomap_contains(v->map, &key, 4));
}

static void expect_entries(struct values *v, u64 entries)
{
	GOMAP_KUNIT_ASSERT_SOUND(v->test, v->map, entries);
}

/* What was returned is this value, and no byte was written beyond it. */
static void expect_got(struct values *v, const u8 *value, size_t len)
{
	KUNIT_ASSERT_EQ(v->test, v->len, len);
	KUNIT_ASSERT_MEMEQ(v->test, v->got, value, len);
	KUNIT_ASSERT_NULL(v->test, memchr_inv(v->got + len, 0, ROOM - len));
	memset(v->got, 0, ROOM);
	v->len = ROOM;
}

static void expect_got_nothing(struct values *v)
{
	KUNIT_ASSERT_NULL(v->test, memchr_inv(v->got, 0, ROOM));
}

/*
 * One after the other
 */

static void swap_returns_the_old_value(struct kunit *test)
{
	struct values *v = new_values(test, test->param_value);

	KUNIT_EXPECT_EQ(test, swap_in(v, 1, v->one, v->one_len), -ENOENT);
	expect_absent(v, 1);
	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
	KUNIT_EXPECT_EQ(test, swap_in(v, 2, v->one, v->one_len), -ENOENT);
	expect_got_nothing(v);
	KUNIT_EXPECT_EQ(test, swap_in(v, 1, v->two, v->two_len), 0);
	expect_got(v, v->one, v->one_len);
	expect_value(v, 1, v->two, v->two_len);
	KUNIT_EXPECT_EQ(test, swap_in(v, 1, v->one, v->one_len), 0);
	expect_got(v, v->two, v->two_len);
	expect_value(v, 1, v->one, v->one_len);
	expect_entries(v, 1);
}

static void take_returns_and_deletes(struct kunit *test)
{
	struct values *v = new_values(test, test->param_value);

	KUNIT_EXPECT_EQ(test, take(v, 1), -ENOENT);
	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
	KUNIT_ASSERT_EQ(test, insert(v, 2, v->two, v->two_len), 0);
	KUNIT_EXPECT_EQ(test, take(v, 3), -ENOENT);
	expect_got_nothing(v);
	KUNIT_EXPECT_EQ(test, take(v, 1), 0);
	expect_got(v, v->one, v->one_len);
	expect_absent(v, 1);
	expect_value(v, 2, v->two, v->two_len);
	expect_entries(v, 1);
	KUNIT_EXPECT_EQ(test, take(v, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, take(v, 2), 0);
	expect_got(v, v->two, v->two_len);
	expect_entries(v, 0);
}

static void delete_equal_looks_at_the_value(struct kunit *test)
{
	struct values *v = new_values(test, test->param_value);
	bool set = !v->one_len;

	KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, v->one_len), -ENOENT);
	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
	KUNIT_EXPECT_EQ(test, delete_equal(v, 2, v->one, v->one_len), -ENOENT);
	if (!set) {
		KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->two, v->two_len),
				-ECANCELED);
		/* Only the last byte differs. */
		v->one[v->one_len - 1]++;
		KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, v->one_len),
				-ECANCELED);
		v->one[v->one_len - 1]--;
		expect_value(v, 1, v->one, v->one_len);
		expect_entries(v, 1);
	}
	KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, v->one_len), 0);
	expect_absent(v, 1);
	expect_entries(v, 0);
}

static void exchange_looks_at_the_value(struct kunit *test)
{
	struct values *v = new_values(test, test->param_value);
	bool set = !v->one_len;

	KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, v->one_len, v->two,
				       v->two_len), -ENOENT);
	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
	KUNIT_EXPECT_EQ(test, exchange(v, 2, v->one, v->one_len, v->two,
				       v->two_len), -ENOENT);
	if (!set) {
		KUNIT_EXPECT_EQ(test, exchange(v, 1, v->two, v->two_len,
					       v->two, v->two_len), -ECANCELED);
		expect_value(v, 1, v->one, v->one_len);
	}
	KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, v->one_len, v->two,
				       v->two_len), 0);
	expect_value(v, 1, v->two, v->two_len);
	if (!set)
		KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, v->one_len,
					       v->one, v->one_len), -ECANCELED);
	expect_value(v, 1, v->two, v->two_len);
	expect_entries(v, 1);
}

static void lookup_or_insert_does_either(struct kunit *test)
{
	struct values *v = new_values(test, test->param_value);

	KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 1, v->one, v->one_len), 0);
	expect_got_nothing(v);
	expect_value(v, 1, v->one, v->one_len);
	v->len = ROOM;
	KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 1, v->two, v->two_len),
			-EEXIST);
	expect_got(v, v->one, v->one_len);
	expect_value(v, 1, v->one, v->one_len);
	expect_entries(v, 1);
}

/* A prefix, or what begins with it, is another value. */
static void values_of_other_lengths_are_others(struct kunit *test)
{
	struct values *v = new_values(test, &kinds[4]);

	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, 70), 0);
	KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, 69), -ECANCELED);
	KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, 71), -ECANCELED);
	KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, 0), -ECANCELED);
	KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, 69, v->two, 1),
			-ECANCELED);
	expect_value(v, 1, v->one, 70);
	KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, 70, v->two, 0), 0);
	expect_value(v, 1, v->two, 0);
	KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, 0), 0);
	expect_entries(v, 0);
}

static void other_lengths_are_refused(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct values *v = new_values(test, kind);
	size_t wrong = kind->params.value_size + 1;
	bool var_key = kind->params.flags & GOMAP_VAR_KEY;
	size_t less = var_key ? 5 : 3, none = var_key ? 5 : 0;
	u64 key = 1;

	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
	KUNIT_EXPECT_EQ(test, swap_in(v, 1, v->two, wrong), -EINVAL);
	KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, wrong), -EINVAL);
	KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, wrong, v->two, v->two_len),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, v->one_len, v->two, wrong),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 2, v->two, wrong), -EINVAL);
	KUNIT_EXPECT_EQ(test, gomap_take(v->map, &key, less, v->got,
					 &v->len), -EINVAL);
	KUNIT_EXPECT_EQ(test, gomap_swap(v->map, &key, 5, v->two, v->two_len,
					 v->got, &v->len, GFP_KERNEL), -EINVAL);
	KUNIT_EXPECT_EQ(test, gomap_delete_equal(v->map, &key, less, v->one,
						 v->one_len), -EINVAL);
	KUNIT_EXPECT_EQ(test, gomap_compare_exchange(v->map, &key, none, v->one,
						     v->one_len, v->two,
						     v->two_len, GFP_KERNEL),
			-EINVAL);
	/* Of a map without a table, too. */
	v->map = gomap_kunit_create(test, &kind->params);
	KUNIT_EXPECT_EQ(test, swap_in(v, 1, v->two, wrong), -EINVAL);
	KUNIT_EXPECT_EQ(test, gomap_take(v->map, &key, less, v->got,
					 &v->len), -EINVAL);
	expect_got_nothing(v);
	expect_entries(v, 0);
}

/* Too little room: the length is told, and all is as it was. */
static void too_little_room_changes_nothing(struct kunit *test)
{
	struct values *v = new_values(test, test->param_value);
	size_t room;

	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
	for (room = 0; room < v->one_len; room++) {
		v->len = room;
		KUNIT_ASSERT_EQ(test, swap_in(v, 1, v->two, v->two_len),
				-EMSGSIZE);
		KUNIT_ASSERT_EQ(test, v->len, v->one_len);
		v->len = room;
		KUNIT_ASSERT_EQ(test, take(v, 1), -EMSGSIZE);
		KUNIT_ASSERT_EQ(test, v->len, v->one_len);
		v->len = room;
		KUNIT_ASSERT_EQ(test,
				lookup_or_insert(v, 1, v->two, v->two_len),
				-EMSGSIZE);
		KUNIT_ASSERT_EQ(test, v->len, v->one_len);
		expect_got_nothing(v);
		expect_value(v, 1, v->one, v->one_len);
		expect_entries(v, 1);
	}
	/* A key that is absent needs none. */
	v->len = 0;
	KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 2, v->two, v->two_len), 0);
	expect_value(v, 2, v->two, v->two_len);
	v->len = v->one_len;
	KUNIT_EXPECT_EQ(test, take(v, 1), 0);
	expect_got(v, v->one, v->one_len);
}

/*
 * Fetch and add
 */

static int add(struct gomap *map, u64 key, u64 delta, u64 *old, u32 flags)
{
	return gomap_fetch_add(map, &key, 8, delta, old, flags, GFP_KERNEL);
}

static u64 number(struct kunit *test, struct gomap *map, u64 key)
{
	union {
		u32 u32;
		u64 u64;
	} value;
	size_t len = sizeof(value);

	KUNIT_ASSERT_EQ(test, gomap_lookup(map, &key, 8, &value, &len), 0);
	return len == 4 ? value.u32 : value.u64;
}

static void numbers_of_8_bytes_wrap_around(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 old = 77;

	/* An absent key is 0, as in Go. */
	KUNIT_EXPECT_EQ(test, add(map, 1, U64_MAX, &old, 0), 0);
	KUNIT_EXPECT_EQ(test, old, 0);
	KUNIT_EXPECT_EQ(test, number(test, map, 1), U64_MAX);
	KUNIT_EXPECT_EQ(test, add(map, 1, 2, &old, 0), 0);
	KUNIT_EXPECT_EQ(test, old, U64_MAX);
	KUNIT_EXPECT_EQ(test, number(test, map, 1), 1);
	KUNIT_EXPECT_EQ(test, add(map, 1, -3ULL, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, number(test, map, 1), -2ULL);
	KUNIT_EXPECT_EQ(test, add(map, 1, 0, &old, 0), 0);
	KUNIT_EXPECT_EQ(test, old, -2ULL);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 1);
}

static void numbers_of_4_bytes_wrap_around(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 4);
	u64 old = 77;

	KUNIT_EXPECT_EQ(test, add(map, 1, U32_MAX, &old, 0), 0);
	KUNIT_EXPECT_EQ(test, old, 0);
	KUNIT_EXPECT_EQ(test, add(map, 1, 2, &old, 0), 0);
	KUNIT_EXPECT_EQ(test, old, U32_MAX);
	KUNIT_EXPECT_EQ(test, number(test, map, 1), 1);
	/* What is over 32 bits is not there. */
	KUNIT_EXPECT_EQ(test, add(map, 1, 5ULL << 32 | 7, &old, 0), 0);
	KUNIT_EXPECT_EQ(test, old, 1);
	KUNIT_EXPECT_EQ(test, number(test, map, 1), 8);
	KUNIT_EXPECT_EQ(test, add(map, 1, -9ULL, &old, 0), 0);
	KUNIT_EXPECT_EQ(test, number(test, map, 1), U32_MAX);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 1);
}

/* Keys of entries and short values: numbers are in entries then. */
static void numbers_in_entries_are_added(struct kunit *test)
{
	const struct gomap_params params = {
		.flags = GOMAP_VAR_KEY, .key_size = 20, .value_size = 8,
	};
	struct gomap *map = gomap_kunit_create(test, &params);
	u64 old;
	u32 i;

	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_EQ(test, gomap_fetch_add(map, "word", 4, 3, &old,
						      0, GFP_KERNEL), 0);
		KUNIT_ASSERT_EQ(test, old, 3 * i);
	}
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 1);
}

static void add_does_as_its_flags_say(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 old = 77;

	KUNIT_EXPECT_EQ(test, add(map, 1, 5, &old, GOMAP_INSERT_EXISTING),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, add(map, 1, 5, &old, 1 << 2), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, add(map, 1, 5, &old, GOMAP_INSERT_NEW |
				  GOMAP_INSERT_EXISTING), -EINVAL);
	KUNIT_EXPECT_EQ(test, gomap_len(map), 0);
	/* A failure leaves @old. */
	KUNIT_EXPECT_EQ(test, old, 77);
	KUNIT_EXPECT_EQ(test, add(map, 1, 5, &old, GOMAP_INSERT_NEW), 0);
	KUNIT_EXPECT_EQ(test, old, 0);
	old = 77;
	KUNIT_EXPECT_EQ(test, add(map, 1, 5, &old, GOMAP_INSERT_NEW), -EEXIST);
	KUNIT_EXPECT_EQ(test, old, 77);
	KUNIT_EXPECT_EQ(test, add(map, 1, 5, &old, GOMAP_INSERT_EXISTING), 0);
	KUNIT_EXPECT_EQ(test, old, 5);
	KUNIT_EXPECT_EQ(test, number(test, map, 1), 10);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 1);
}

static void only_numbers_are_added(struct kunit *test)
{
	static const struct gomap_params wrong[] = {
		{ .key_size = 8, .value_size = 0 },
		{ .key_size = 8, .value_size = 1 },
		{ .key_size = 8, .value_size = 7 },
		{ .key_size = 8, .value_size = 16 },
		{ .key_size = 8, .value_size = 200 },
		{ .key_size = 8, .value_size = 8, .flags = GOMAP_VAR_VALUE },
		{ .key_size = 8, .value_size = 4, .flags = GOMAP_VAR_VALUE },
	};
	u64 old, key = 0;
	struct gomap *map;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		map = gomap_kunit_create(test, &wrong[i]);
		KUNIT_EXPECT_EQ(test, add(map, 1, 1, &old, 0), -EINVAL);
		KUNIT_EXPECT_EQ(test, gomap_len(map), 0);
	}
	map = gomap_kunit_create_sized(test, 8, 8);
	KUNIT_EXPECT_EQ(test, gomap_fetch_add(map, &key, 7, 1, &old, 0,
					      GFP_KERNEL), -EINVAL);
	KUNIT_EXPECT_EQ(test, gomap_len(map), 0);
}

/*
 * golang/go#25936: a key that is inserted again begins with nothing of what it
 * had, after deletes of every kind.
 */
static void key_begins_from_zero_after_it_was_deleted(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 key, old, value;
	size_t len;
	u32 way;

	for (way = 0; way < 4; way++) {
		for (key = 0; key < 50; key++)
			KUNIT_ASSERT_EQ(test, add(map, key, 1000 + key, &old,
						  GOMAP_INSERT_NEW), 0);
		for (key = 0; key < 50; key++) {
			value = 1000 + key;
			len = 8;
			if (way == 0)
				KUNIT_ASSERT_EQ(test, gomap_kunit_del(map, key),
						0);
			if (way == 1)
				KUNIT_ASSERT_EQ(test,
						gomap_take(map, &key, 8, &value,
							   &len), 0);
			if (way == 2)
				KUNIT_ASSERT_EQ(test,
						gomap_delete_equal(map, &key, 8,
								   &value, 8),
						0);
		}
		if (way == 3)
			KUNIT_ASSERT_EQ(test, gomap_clear(map), 0);
		for (key = 0; key < 50; key++) {
			KUNIT_ASSERT_EQ(test, add(map, key, 1, &old, 0), 0);
			KUNIT_ASSERT_EQ(test, old, 0);
			KUNIT_ASSERT_EQ(test, number(test, map, key), 1);
		}
		KUNIT_ASSERT_EQ(test, gomap_clear(map), 0);
		gomap_kunit_settle(map);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
	}
}

/*
 * No memory, no change
 */

static void *no_memory(struct gomap *map, size_t bytes, gfp_t gfp)
{
	return ERR_PTR(-ENOMEM);
}

static void update_without_memory_changes_nothing(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	struct values *v = new_values(test, kind);

	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
	kunit_activate_static_stub(test, gomap_alloc, no_memory);
	kunit_activate_static_stub(test, gomap_alloc_large, no_memory);
	if (!v->map->overwrites) {
		KUNIT_EXPECT_EQ(test, swap_in(v, 1, v->two, v->two_len), -ENOMEM);
		KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, v->one_len,
					       v->two, v->two_len), -ENOMEM);
		KUNIT_EXPECT_EQ(test, insert(v, 1, v->two, v->two_len), -ENOMEM);
	} else {
		KUNIT_EXPECT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
		KUNIT_EXPECT_EQ(test, swap_in(v, 1, v->two, v->two_len), 0);
		expect_got(v, v->one, v->one_len);
		KUNIT_EXPECT_EQ(test, exchange(v, 1, v->two, v->two_len,
					       v->one, v->one_len), 0);
	}
	if (v->map->has_entries) {
		KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 2, v->two,
						       v->two_len), -ENOMEM);
		expect_got_nothing(v);
		expect_absent(v, 2);
	} else {
		/* In a slot there is room. */
		KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->one, v->one_len),
				0);
		KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 1, v->one,
						       v->one_len), 0);
	}
	expect_value(v, 1, v->one, v->one_len);
	expect_entries(v, 1);
	/* What deletes needs no memory. */
	KUNIT_EXPECT_EQ(test, take(v, 1), 0);
	KUNIT_EXPECT_EQ(test, gomap_clear(v->map), 0);
	kunit_deactivate_static_stub(test, gomap_alloc);
	kunit_deactivate_static_stub(test, gomap_alloc_large);
	expect_entries(v, 0);
	KUNIT_EXPECT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
}

/*
 * Freeze
 */

static void frozen_map_refuses_every_writer(struct kunit *test)
{
	struct values *v = new_values(test, test->param_value);
	struct gomap_item item = { .value = v->two, .value_len = v->two_len };
	struct gomap_stats stats;
	u32 key, i;

	KUNIT_ASSERT_EQ(test, insert(v, 1, v->one, v->one_len), 0);
	gomap_freeze(v->map);
	/* It does no harm to do it again. */
	gomap_freeze(v->map);
	for (key = 1; key <= 2; key++) {
		item.key = &key;
		item.key_len = 4;
		KUNIT_EXPECT_EQ(test, insert(v, key, v->two, v->two_len),
				-EPERM);
		KUNIT_EXPECT_EQ(test, gomap_delete(v->map, &key, 4), -EPERM);
		KUNIT_EXPECT_EQ(test, swap_in(v, key, v->two, v->two_len), -EPERM);
		KUNIT_EXPECT_EQ(test, take(v, key), -EPERM);
		KUNIT_EXPECT_EQ(test, delete_equal(v, key, v->one, v->one_len),
				-EPERM);
		KUNIT_EXPECT_EQ(test, exchange(v, key, v->one, v->one_len,
					       v->two, v->two_len), -EPERM);
		KUNIT_EXPECT_EQ(test, gomap_insert_batch(v->map, &item, 1, true,
							 0, GFP_KERNEL), 0);
		KUNIT_EXPECT_EQ(test, item.result, -EPERM);
		KUNIT_EXPECT_EQ(test, gomap_delete_batch(v->map, &item, 1,
							 true), 0);
		KUNIT_EXPECT_EQ(test, item.result, -EPERM);
	}
	/* A writer even if there is nothing to insert. */
	KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 1, v->two, v->two_len),
			-EPERM);
	KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 2, v->two, v->two_len),
			-EPERM);
	expect_got_nothing(v);
	KUNIT_EXPECT_EQ(test, gomap_clear(v->map), -EPERM);
	KUNIT_EXPECT_EQ(test, gomap_reserve(v->map, 1000), -EPERM);
	KUNIT_EXPECT_EQ(test, gomap_kunit_buckets(v->map), 1);
	gomap_stats(v->map, &stats);
	KUNIT_EXPECT_TRUE(test, stats.frozen);
	/* Readers find what there was. */
	for (i = 0; i < 2; i++)
		expect_value(v, 1, v->one, v->one_len);
	expect_absent(v, 2);
	expect_entries(v, 1);
}

static void frozen_map_refuses_to_add(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 old = 77;

	KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 1, 5, 0), 0);
	gomap_freeze(map);
	KUNIT_EXPECT_EQ(test, add(map, 1, 1, &old, 0), -EPERM);
	KUNIT_EXPECT_EQ(test, add(map, 2, 1, &old, 0), -EPERM);
	KUNIT_EXPECT_EQ(test, add(map, 3, 1, &old, GOMAP_INSERT_NEW), -EPERM);
	KUNIT_EXPECT_EQ(test, old, 77);
	KUNIT_EXPECT_EQ(test, number(test, map, 1), 5);
	GOMAP_KUNIT_ASSERT_SOUND(test, map, 1);
}

/* Before its first insert, too; which then makes no table. */
static void frozen_map_without_a_table_refuses(struct kunit *test)
{
	struct values *v = new_values(test, test->param_value);

	gomap_freeze(v->map);
	KUNIT_EXPECT_EQ(test, insert(v, 1, v->one, v->one_len), -EPERM);
	KUNIT_EXPECT_EQ(test, take(v, 1), -EPERM);
	KUNIT_EXPECT_EQ(test, gomap_clear(v->map), -EPERM);
	expect_entries(v, 0);
}

/*
 * Clear
 */

static void clear_leaves_nothing(struct kunit *test)
{
	const struct kind *kind = test->param_value;
	static const u32 entries[] = { 0, 1, 8, 9, 100, 1000 };
	struct values *v = new_values(test, kind);
	u32 i, key;

	KUNIT_EXPECT_EQ(test, gomap_clear(v->map), 0);
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		for (key = 0; key < entries[i]; key++)
			KUNIT_ASSERT_EQ(test, insert(v, key, v->one,
						     v->one_len), 0);
		KUNIT_ASSERT_EQ(test, gomap_clear(v->map), 0);
		gomap_kunit_settle(v->map);
		expect_entries(v, 0);
		for (key = 0; key < entries[i]; key++)
			expect_absent(v, key);
	}
}

/* To a larger table, one of the same size, a smaller one; at each chain. */
static void clear_at_every_stop_of_a_move(struct kunit *test)
{
	static const struct {
		u32 from;
		u32 to;
	} moves[] = {
		{ 2, 3 }, { 0, 1 }, { 3, 3 }, { 3, 2 }, { 5, 4 },
	};
	struct gomap *map;
	u32 hash, i, stop, chain;
	u64 key, room;

	for (i = 0; i < ARRAY_SIZE(moves); i++) {
		for (stop = 0; stop <= 1U << moves[i].from; stop++) {
			hash = (i + stop) % GOMAP_KUNIT_HASHES;
			map = gomap_kunit_create_sized(test, 8, 200);
			map->test_hash = gomap_kunit_hashes[hash].function;
			gomap_kunit_hold_worker(map);
			room = gomap_grow_above(moves[i].from);
			KUNIT_ASSERT_EQ(test, gomap_reserve(map, room), 0);
			gomap_kunit_hold_worker(map);
			for (key = 0; key < room; key++)
				KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key,
								      1, 0), 0);
			gomap_kunit_attach(test, map, moves[i].to);
			for (chain = 0; chain < stop; chain++)
				gomap_kunit_evacuate(test, map, chain);
			KUNIT_ASSERT_EQ(test, gomap_clear(map), 0);
			GOMAP_KUNIT_ASSERT_SOUND(test, map, 0);
			KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, 3, 7, 0), 0);
			GOMAP_KUNIT_ASSERT_SOUND(test, map, 1);
			gomap_kunit_destroy(test, map);
		}
	}
}

/* Of what is cleared nothing comes any more, of what comes after it may. */
static void scan_goes_on_after_a_clear(struct kunit *test)
{
	struct gomap *map = gomap_kunit_create_sized(test, 8, 8);
	u64 record[2], key;
	struct gomap_scan scan = { .buffer = record, .size = sizeof(record) };
	u32 i, calls = 0;

	for (key = 0; key < 100; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 1, 0), 0);
	for (i = 0; i < 40; i++)
		KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
	KUNIT_ASSERT_EQ(test, gomap_clear(map), 0);
	for (key = 1000; key < 1100; key++)
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 1, 0), 0);
	while (!scan.done) {
		KUNIT_ASSERT_EQ(test, gomap_scan(map, &scan), 0);
		KUNIT_ASSERT_LE(test, ++calls, 101);
		if (scan.count)
			KUNIT_ASSERT_GE(test, record[0], 1000);
	}
}

/*
 * The limit
 */

static void every_delete_makes_room_under_the_limit(struct kunit *test)
{
	const struct gomap_params params = {
		.key_size = 4, .value_size = 4, .max_entries = 3,
	};
	const struct kind kind = { "", params };
	struct values *v = new_values(test, &kind);
	u32 way, key, word = 0x11111111;
	u64 old;

	for (way = 0; way < 4; way++) {
		for (key = 0; key < 3; key++)
			KUNIT_ASSERT_EQ(test, insert(v, key, v->one, 4), 0);
		/* Full, and no operation on what is there cares. */
		KUNIT_EXPECT_EQ(test, insert(v, 3, v->one, 4), -ENOSPC);
		KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 3, v->one, 4),
				-ENOSPC);
		key = 3;
		KUNIT_EXPECT_EQ(test, gomap_fetch_add(v->map, &key, 4, 1, &old,
						      0, GFP_KERNEL), -ENOSPC);
		KUNIT_EXPECT_EQ(test, insert(v, 1, v->two, 4), 0);
		KUNIT_EXPECT_EQ(test, swap_in(v, 1, v->one, 4), 0);
		KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, 4, v->two, 4), 0);
		KUNIT_EXPECT_EQ(test, exchange(v, 1, v->one, 4, v->two, 4),
				-ECANCELED);
		KUNIT_EXPECT_EQ(test, insert(v, 1, v->one, 4), 0);
		KUNIT_EXPECT_EQ(test, lookup_or_insert(v, 1, v->one, 4),
				-EEXIST);
		expect_entries(v, 3);
		/* No room is made by what fails. */
		KUNIT_EXPECT_EQ(test, delete_equal(v, 1, v->two, 4),
				-ECANCELED);
		KUNIT_EXPECT_EQ(test, take(v, 7), -ENOENT);
		KUNIT_EXPECT_EQ(test, insert(v, 3, v->one, 4), -ENOSPC);
		v->len = ROOM;
		key = 1;
		if (way == 0)
			KUNIT_EXPECT_EQ(test, gomap_delete(v->map, &key, 4), 0);
		if (way == 1)
			KUNIT_EXPECT_EQ(test, take(v, 1), 0);
		if (way == 2)
			KUNIT_EXPECT_EQ(test, delete_equal(v, 1, (u8 *)&word,
							   4), 0);
		if (way == 3)
			KUNIT_EXPECT_EQ(test, gomap_clear(v->map), 0);
		expect_entries(v, way == 3 ? 0 : 2);
		if (way == 3) {
			KUNIT_EXPECT_EQ(test, insert(v, 8, v->one, 4), 0);
			KUNIT_EXPECT_EQ(test, insert(v, 9, v->one, 4), 0);
		}
		KUNIT_EXPECT_EQ(test, insert(v, 3, v->one, 4), 0);
		KUNIT_EXPECT_EQ(test, insert(v, 4, v->one, 4), -ENOSPC);
		expect_entries(v, 3);
		KUNIT_ASSERT_EQ(test, gomap_clear(v->map), 0);
	}
}

/* Also for the entry for which a chain gets another bucket: 9, 17, and so on. */
static void limit_is_exact_where_chains_get_longer(struct kunit *test)
{
	struct gomap_params params = { .key_size = 8, .value_size = 8 };
	struct gomap *map;
	u64 key;

	for (params.max_entries = 1; params.max_entries < 30;
	     params.max_entries++) {
		map = gomap_kunit_create(test, &params);
		map->test_hash = gomap_kunit_hash_constant;
		for (key = 0; key < params.max_entries; key++)
			KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 1, 0),
					0);
		KUNIT_ASSERT_EQ(test, gomap_kunit_put(map, key, 1, 0), -ENOSPC);
		gomap_kunit_settle(map);
		GOMAP_KUNIT_ASSERT_SOUND(test, map, params.max_entries);
		gomap_kunit_destroy(test, map);
	}
}

static struct kunit_case update_cases[] = {
	KUNIT_CASE_PARAM(swap_returns_the_old_value, kind_gen_params),
	KUNIT_CASE_PARAM(take_returns_and_deletes, kind_gen_params),
	KUNIT_CASE_PARAM(delete_equal_looks_at_the_value, kind_gen_params),
	KUNIT_CASE_PARAM(exchange_looks_at_the_value, kind_gen_params),
	KUNIT_CASE_PARAM(lookup_or_insert_does_either, kind_gen_params),
	KUNIT_CASE(values_of_other_lengths_are_others),
	KUNIT_CASE_PARAM(other_lengths_are_refused, kind_gen_params),
	KUNIT_CASE_PARAM(too_little_room_changes_nothing, kind_gen_params),
	KUNIT_CASE(numbers_of_8_bytes_wrap_around),
	KUNIT_CASE(numbers_of_4_bytes_wrap_around),
	KUNIT_CASE(numbers_in_entries_are_added),
	KUNIT_CASE(add_does_as_its_flags_say),
	KUNIT_CASE(only_numbers_are_added),
	KUNIT_CASE(key_begins_from_zero_after_it_was_deleted),
	KUNIT_CASE_PARAM(update_without_memory_changes_nothing,
			 kind_gen_params),
	KUNIT_CASE_PARAM(frozen_map_refuses_every_writer, kind_gen_params),
	KUNIT_CASE(frozen_map_refuses_to_add),
	KUNIT_CASE_PARAM(frozen_map_without_a_table_refuses, kind_gen_params),
	KUNIT_CASE_PARAM(clear_leaves_nothing, kind_gen_params),
	KUNIT_CASE(clear_at_every_stop_of_a_move),
	KUNIT_CASE(scan_goes_on_after_a_clear),
	KUNIT_CASE(every_delete_makes_room_under_the_limit),
	KUNIT_CASE(limit_is_exact_where_chains_get_longer),
	{}
};

static struct kunit_suite update_suite = {
	.name = "gomap_update",
	.test_cases = update_cases,
};

kunit_test_suites(&update_suite);
