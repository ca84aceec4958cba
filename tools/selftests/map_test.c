// SPDX-License-Identifier: GPL-2.0-only
/*
 * Insert, lookup and delete: what they do, and what they refuse, for every kind
 * of map. A refused operation leaves the map as it was, so after each refusal
 * the tests look.
 */
#include "gomap_test.h"

#include <limits.h>

enum { KEYS = 100 };

FIXTURE(map) {
	int fd;
	struct bytes key;
	struct bytes value;
	struct bytes found;
};

FIXTURE_VARIANT(map) {
	__u32 flags;
	__u32 key_size;
	__u32 value_size;
};

FIXTURE_VARIANT_ADD(map, u64_to_u64) { 0, 8, 8 };
FIXTURE_VARIANT_ADD(map, u32_to_u32) { 0, 4, 4 };
FIXTURE_VARIANT_ADD(map, byte_to_byte) { 0, 1, 1 };
FIXTURE_VARIANT_ADD(map, odd_sizes) { 0, 7, 3 };
FIXTURE_VARIANT_ADD(map, u128_to_odd_size) { 0, 16, 17 };
FIXTURE_VARIANT_ADD(map, largest_slot) { 0, 64, 64 };
FIXTURE_VARIANT_ADD(map, too_large_for_a_slot) { 0, 64, 65 };
FIXTURE_VARIANT_ADD(map, large_key) { 0, 4096, 8 };
FIXTURE_VARIANT_ADD(map, large_value) { 0, 8, 5000 };
FIXTURE_VARIANT_ADD(map, set) { 0, 8, 0 };
FIXTURE_VARIANT_ADD(map, set_of_large_keys) { 0, 1000, 0 };
FIXTURE_VARIANT_ADD(map, var_key) { GOMAP_VAR_KEY, 200, 8 };
FIXTURE_VARIANT_ADD(map, var_key_set) { GOMAP_VAR_KEY, 200, 0 };
FIXTURE_VARIANT_ADD(map, var_value) { GOMAP_VAR_VALUE, 8, 200 };
FIXTURE_VARIANT_ADD(map, var_key_and_value) { GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 200, 3000 };

static void set_key(FIXTURE_DATA(map) *self, const FIXTURE_VARIANT(map) *variant, __u32 number)
{
	fill(&self->key, number, variant->key_size, variant->flags & GOMAP_VAR_KEY, 0);
}

static void set_value(FIXTURE_DATA(map) *self, const FIXTURE_VARIANT(map) *variant, __u32 number)
{
	fill(&self->value, number, variant->value_size, variant->flags & GOMAP_VAR_VALUE, 77);
}

static int insert(FIXTURE_DATA(map) *self, const FIXTURE_VARIANT(map) *variant, __u32 key,
		  __u32 value, __u32 flags)
{
	set_key(self, variant, key);
	set_value(self, variant, value);
	return map_insert(self->fd, self->key.data, self->key.len, self->value.data,
			  self->value.len, flags);
}

/* 0 if the key is there with that value, -EBADMSG if with another one, or -errno. */
static int check(FIXTURE_DATA(map) *self, const FIXTURE_VARIANT(map) *variant, __u32 key,
		 __u32 value)
{
	int ret;

	set_key(self, variant, key);
	set_value(self, variant, value);
	self->found.len = variant->value_size;
	memset(self->found.data, 0xee, variant->value_size);
	ret = map_lookup(self->fd, self->key.data, self->key.len, self->found.data,
			 &self->found.len);
	if (ret)
		return ret;
	if (self->found.len != self->value.len ||
	    memcmp(self->found.data, self->value.data, self->value.len))
		return -EBADMSG;
	return 0;
}

static int has(FIXTURE_DATA(map) *self, const FIXTURE_VARIANT(map) *variant, __u32 key)
{
	set_key(self, variant, key);
	return map_has(self->fd, self->key.data, self->key.len);
}

static int delete(FIXTURE_DATA(map) *self, const FIXTURE_VARIANT(map) *variant, __u32 key)
{
	set_key(self, variant, key);
	return map_delete(self->fd, self->key.data, self->key.len);
}

/* Two values can only be told apart if there is room for a difference. */
static bool has_values(const FIXTURE_VARIANT(map) *variant)
{
	return variant->value_size;
}

FIXTURE_SETUP(map)
{
	self->fd = map_create(map_args(variant->flags, variant->key_size, variant->value_size));
	ASSERT_LE(0, self->fd);
	/* One byte more than is legal, for tests that go too far. */
	self->key.data = guarded(variant->key_size + 1);
	self->value.data = guarded(variant->value_size + 1);
	self->found.data = guarded(variant->value_size + 1);
}

FIXTURE_TEARDOWN(map)
{
	close(self->fd);
}

TEST_F(map, empty_map_has_no_key)
{
	EXPECT_EQ(-ENOENT, check(self, variant, 1, 1));
	EXPECT_EQ(-ENOENT, has(self, variant, 1));
	EXPECT_EQ(-ENOENT, delete(self, variant, 1));
	EXPECT_EQ(-ENOENT, insert(self, variant, 1, 1, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(0, map_entries(self->fd));
}

TEST_F(map, each_key_is_found_with_its_value)
{
	for (__u32 i = 0; i < KEYS; i++) {
		EXPECT_EQ(0, insert(self, variant, i, KEYS - i, 0));
		EXPECT_EQ(i + 1, map_entries(self->fd));
	}
	for (__u32 i = 0; i < KEYS; i++) {
		EXPECT_EQ(0, check(self, variant, i, KEYS - i));
		EXPECT_EQ(0, has(self, variant, i));
		EXPECT_EQ(-ENOENT, has(self, variant, i + KEYS));
	}
}

TEST_F(map, insert_replaces_the_value)
{
	for (__u32 i = 0; i < KEYS; i++)
		EXPECT_EQ(0, insert(self, variant, i, i, 0));
	for (__u32 i = 0; i < KEYS; i += 2)
		EXPECT_EQ(0, insert(self, variant, i, i + 100, 0));
	for (__u32 i = 0; i < KEYS; i++)
		EXPECT_EQ(0, check(self, variant, i, i % 2 ? i : i + 100));
	EXPECT_EQ(KEYS, map_entries(self->fd));
}

TEST_F(map, insert_new_refuses_a_key_that_is_there)
{
	EXPECT_EQ(0, insert(self, variant, 1, 10, GOMAP_INSERT_NEW));
	EXPECT_EQ(-EEXIST, insert(self, variant, 1, 20, GOMAP_INSERT_NEW));
	EXPECT_EQ(0, check(self, variant, 1, 10));
	EXPECT_EQ(0, insert(self, variant, 2, 20, GOMAP_INSERT_NEW));
	EXPECT_EQ(0, check(self, variant, 2, 20));
	EXPECT_EQ(2, map_entries(self->fd));
}

TEST_F(map, insert_existing_refuses_an_absent_key)
{
	EXPECT_EQ(0, insert(self, variant, 1, 10, 0));
	EXPECT_EQ(0, insert(self, variant, 1, 20, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(0, check(self, variant, 1, 20));
	EXPECT_EQ(-ENOENT, insert(self, variant, 2, 20, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(-ENOENT, has(self, variant, 2));
	EXPECT_EQ(1, map_entries(self->fd));
}

TEST_F(map, insert_new_and_existing_contradict_each_other)
{
	const __u32 both = GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING;

	EXPECT_EQ(0, insert(self, variant, 1, 10, 0));
	EXPECT_EQ(-EINVAL, insert(self, variant, 1, 20, both));
	EXPECT_EQ(0, check(self, variant, 1, 10));
	EXPECT_EQ(-EINVAL, insert(self, variant, 2, 20, both));
	EXPECT_EQ(-ENOENT, has(self, variant, 2));
}

TEST_F(map, delete_takes_one_key_away)
{
	for (__u32 i = 0; i < KEYS; i++)
		EXPECT_EQ(0, insert(self, variant, i, i, 0));
	for (__u32 i = 0; i < KEYS; i += 2) {
		EXPECT_EQ(0, delete(self, variant, i));
		EXPECT_EQ(-ENOENT, delete(self, variant, i));
		EXPECT_EQ(-ENOENT, has(self, variant, i));
	}
	for (__u32 i = 1; i < KEYS; i += 2)
		EXPECT_EQ(0, check(self, variant, i, i));
	EXPECT_EQ(KEYS / 2, map_entries(self->fd));
}

TEST_F(map, deleted_key_comes_back_with_nothing_but_its_new_value)
{
	EXPECT_EQ(0, insert(self, variant, 1, 90, 0));
	EXPECT_EQ(0, delete(self, variant, 1));
	EXPECT_EQ(0, insert(self, variant, 1, 1, GOMAP_INSERT_NEW));
	EXPECT_EQ(0, check(self, variant, 1, 1));
	EXPECT_EQ(1, map_entries(self->fd));
}

TEST_F(map, map_emptied_by_deletes_is_as_good_as_new)
{
	for (int round = 0; round < 2; round++) {
		for (__u32 i = 0; i < KEYS; i++)
			EXPECT_EQ(0, insert(self, variant, i, i + round, GOMAP_INSERT_NEW));
		for (__u32 i = 0; i < KEYS; i++)
			EXPECT_EQ(0, check(self, variant, i, i + round));
		for (__u32 i = 0; i < KEYS; i++)
			EXPECT_EQ(0, delete(self, variant, i));
		EXPECT_EQ(0, map_entries(self->fd));
	}
}

TEST_F(map, lookup_into_short_buffer_tells_length_needed)
{
	EXPECT_EQ(0, insert(self, variant, 1, 50, 0));
	EXPECT_EQ(0, check(self, variant, 1, 50));

	/* Some lengths are enough, for the large ones. */
	for (__u32 len = 0; len < self->value.len; len += 1 + len / 4) {
		memset(self->found.data, 0xee, variant->value_size);
		self->found.len = len;
		EXPECT_EQ(-EMSGSIZE, map_lookup(self->fd, self->key.data, self->key.len,
						self->found.data, &self->found.len));
		EXPECT_EQ(self->value.len, self->found.len);
		EXPECT_EQ(0xee, self->found.data[0]);
	}
}

TEST_F(map, length_needed_is_enough)
{
	__u32 len = 0;

	EXPECT_EQ(0, insert(self, variant, 1, 50, 0));
	EXPECT_EQ(has_values(variant) ? -EMSGSIZE : 0,
		  map_lookup(self->fd, self->key.data, self->key.len, self->found.data, &len));
	EXPECT_EQ(self->value.len, len);
	EXPECT_EQ(0, map_lookup(self->fd, self->key.data, self->key.len, self->found.data, &len));
	EXPECT_EQ(self->value.len, len);
	EXPECT_EQ(0, memcmp(self->value.data, self->found.data, len));
}

TEST_F(map, lookup_into_long_buffer_touches_no_more_than_the_value)
{
	EXPECT_EQ(0, insert(self, variant, 1, 50, 0));
	memset(self->found.data, 0xee, variant->value_size + 1);
	self->found.len = variant->value_size + 1;
	EXPECT_EQ(0, map_lookup(self->fd, self->key.data, self->key.len, self->found.data,
				&self->found.len));
	EXPECT_EQ(self->value.len, self->found.len);
	EXPECT_EQ(0, memcmp(self->value.data, self->found.data, self->value.len));
	for (__u32 i = self->value.len; i <= variant->value_size; i++) {
		ASSERT_EQ(0xee, self->found.data[i]);
	}
}

/* How much room the caller has behind the value isn't the kernel's business. */
TEST_F(map, lookup_takes_any_room_that_is_enough)
{
	static const __u32 rooms[] = { GOMAP_VALUE_SIZE_MAX + 1, INT_MAX, UINT_MAX };

	EXPECT_EQ(0, insert(self, variant, 1, 50, 0));
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		self->found.len = rooms[i];
		EXPECT_EQ(0, map_lookup(self->fd, self->key.data, self->key.len, self->found.data,
					&self->found.len));
		EXPECT_EQ(self->value.len, self->found.len);
		EXPECT_EQ(0, memcmp(self->value.data, self->found.data, self->value.len));
	}
}

/* Its length is known, so nothing is written but the value. */
TEST_F(map, lookup_into_just_enough_room_writes_no_argument)
{
	struct gomap_op_args args;

	if (variant->flags & GOMAP_VAR_VALUE)
		SKIP(return, "a length that varies is always written");
	EXPECT_EQ(0, insert(self, variant, 1, 50, 0));
	args = op_args(self->key.data, self->key.len, self->found.data, variant->value_size);
	EXPECT_EQ(0, map_op(self->fd, GOMAP_IOCTL_LOOKUP, read_only(&args, sizeof(args))));
	EXPECT_EQ(0, memcmp(self->value.data, self->found.data, self->value.len));
}

TEST_F(map, lookup_of_an_absent_key_touches_no_buffer)
{
	EXPECT_EQ(0, insert(self, variant, 1, 1, 0));
	EXPECT_EQ(-ENOENT, check(self, variant, 2, 2));
	for (__u32 i = 0; i < variant->value_size; i++) {
		ASSERT_EQ(0xee, self->found.data[i]);
	}
	EXPECT_EQ(variant->value_size, self->found.len);
}

/* What each operation says to the first key with a length that isn't its own. */
static int lookup_length(FIXTURE_DATA(map) *self, const FIXTURE_VARIANT(map) *variant, __u32 len)
{
	__u32 room = variant->value_size;

	return map_lookup(self->fd, self->key.data, len, self->found.data, &room);
}

static int insert_lengths(FIXTURE_DATA(map) *self, __u32 key_len, __u32 value_len)
{
	return map_insert(self->fd, self->key.data, key_len, self->value.data, value_len, 0);
}

TEST_F(map, key_of_wrong_length_is_refused)
{
	const __u32 size = variant->key_size;
	const __u32 wrong[] = { size + 1, 0, size - 1, size / 2 };

	EXPECT_EQ(0, insert(self, variant, 1, 1, 0));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (variant->flags & GOMAP_VAR_KEY && wrong[i] <= size)
			continue;
		EXPECT_EQ(-EINVAL, lookup_length(self, variant, wrong[i]));
		EXPECT_EQ(-EINVAL, map_has(self->fd, self->key.data, wrong[i]));
		EXPECT_EQ(-EINVAL, map_delete(self->fd, self->key.data, wrong[i]));
		EXPECT_EQ(-EINVAL, insert_lengths(self, wrong[i], self->value.len));
	}
	EXPECT_EQ(0, check(self, variant, 1, 1));
	EXPECT_EQ(1, map_entries(self->fd));
}

TEST_F(map, value_of_wrong_length_is_refused)
{
	const __u32 size = variant->value_size;
	const __u32 wrong[] = { size + 1, 0, size - 1, size / 2 };

	EXPECT_EQ(0, insert(self, variant, 1, 1, 0));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		/* The set's lengths are all too long or right. */
		if ((variant->flags & GOMAP_VAR_VALUE || !size) && wrong[i] != size + 1)
			continue;
		EXPECT_EQ(-EINVAL, insert_lengths(self, self->key.len, wrong[i]));
	}
	EXPECT_EQ(0, check(self, variant, 1, 1));
	EXPECT_EQ(1, map_entries(self->fd));
}

/* Both errors say what is wrong: not this map's length, and more than any map's. */
TEST_F(map, absurd_lengths_are_refused)
{
	static const __u32 absurd[] = { GOMAP_VALUE_SIZE_MAX + 1, INT_MAX, 1U << 31, UINT_MAX };

	EXPECT_EQ(0, insert(self, variant, 1, 1, 0));
	for (size_t i = 0; i < ARRAY_SIZE(absurd); i++) {
		int errors[] = {
			lookup_length(self, variant, absurd[i]),
			map_delete(self->fd, self->key.data, absurd[i]),
			insert_lengths(self, absurd[i], self->value.len),
			insert_lengths(self, self->key.len, absurd[i]),
		};

		for (size_t op = 0; op < ARRAY_SIZE(errors); op++) {
			EXPECT_EQ(-EINVAL, errors[op])
				TH_LOG("operation %zu, length %u: %d", op, absurd[i], errors[op]);
		}
	}
	EXPECT_EQ(0, check(self, variant, 1, 1));
	EXPECT_EQ(1, map_entries(self->fd));
}

TEST_F(map, delete_takes_no_value)
{
	struct gomap_op_args args;

	EXPECT_EQ(0, insert(self, variant, 1, 1, 0));
	args = op_args(self->key.data, self->key.len, self->found.data, 0);
	EXPECT_EQ(-EINVAL, map_op(self->fd, GOMAP_IOCTL_DELETE, &args));
	args = op_args(self->key.data, self->key.len, NULL, 1);
	EXPECT_EQ(-EINVAL, map_op(self->fd, GOMAP_IOCTL_DELETE, &args));
	EXPECT_EQ(0, check(self, variant, 1, 1));

	args = op_args(self->key.data, self->key.len, NULL, 0);
	EXPECT_EQ(0, map_op(self->fd, GOMAP_IOCTL_DELETE, &args));
}

TEST_F(map, random_operations_do_what_a_model_says)
{
	enum { RANGE = 120, ABSENT = 0 };
	/* Filling and comparing large ones is slow where the machine is emulated. */
	const int operations = variant->key_size + variant->value_size < 1000 ? 3000 : 500;
	__u32 model[RANGE] = {}, entries = 0;
	__u64 seed = random_seed();

	for (int i = 0; i < operations; i++) {
		__u64 random = next_random(&seed);
		__u32 key = random % RANGE;
		__u32 value = 1 + (random >> 32) % 100;
		bool there = model[key] != ABSENT;

		switch (random >> 16 & 7) {
		case 0:
		case 1:
			ASSERT_EQ(0, insert(self, variant, key, value, 0));
			entries += !there;
			model[key] = value;
			break;
		case 2:
			ASSERT_EQ(there ? -EEXIST : 0,
				  insert(self, variant, key, value, GOMAP_INSERT_NEW));
			if (!there)
				model[key] = value;
			entries += !there;
			break;
		case 3:
			ASSERT_EQ(there ? 0 : -ENOENT,
				  insert(self, variant, key, value, GOMAP_INSERT_EXISTING));
			if (there)
				model[key] = value;
			break;
		case 4:
		case 5:
			ASSERT_EQ(there ? 0 : -ENOENT, delete(self, variant, key));
			entries -= there;
			model[key] = ABSENT;
			break;
		default:
			ASSERT_EQ(there ? 0 : -ENOENT, check(self, variant, key, model[key]));
		}
		ASSERT_EQ(entries, map_entries(self->fd));
	}
}

/* Limits */

FIXTURE(full) {
	int fd;
};

FIXTURE_VARIANT(full) {
	__u64 max_entries;
};

FIXTURE_VARIANT_ADD(full, one) { 1 };
FIXTURE_VARIANT_ADD(full, one_bucket) { 8 };
FIXTURE_VARIANT_ADD(full, a_thousand) { 1000 };

FIXTURE_SETUP(full)
{
	struct gomap_create_args args = map_args(0, 8, 8);

	args.max_entries = variant->max_entries;
	self->fd = map_create(args);
	ASSERT_LE(0, self->fd);
	for (__u64 key = 0; key < variant->max_entries; key++) {
		ASSERT_EQ(0, u64_insert(self->fd, key, key + 1, 0));
	}
}

FIXTURE_TEARDOWN(full)
{
	close(self->fd);
}

TEST_F(full, no_further_key_is_taken)
{
	EXPECT_EQ(-ENOSPC, u64_insert(self->fd, 5000, 1, 0));
	EXPECT_EQ(-ENOSPC, u64_insert(self->fd, 5000, 1, GOMAP_INSERT_NEW));
	EXPECT_EQ(-ENOENT, u64_insert(self->fd, 5000, 1, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(0, u64_value(self->fd, 5000));
	EXPECT_EQ(variant->max_entries, map_entries(self->fd));
}

TEST_F(full, keys_that_are_there_can_be_changed)
{
	EXPECT_EQ(0, u64_insert(self->fd, 0, 7, 0));
	EXPECT_EQ(7, u64_value(self->fd, 0));
	EXPECT_EQ(0, u64_insert(self->fd, 0, 8, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(8, u64_value(self->fd, 0));
	EXPECT_EQ(-EEXIST, u64_insert(self->fd, 0, 9, GOMAP_INSERT_NEW));
	EXPECT_EQ(8, u64_value(self->fd, 0));
}

TEST_F(full, a_delete_makes_room_for_one)
{
	EXPECT_EQ(0, u64_delete(self->fd, 0));
	EXPECT_EQ(0, u64_insert(self->fd, 5000, 1, 0));
	EXPECT_EQ(-ENOSPC, u64_insert(self->fd, 5001, 1, 0));
	EXPECT_EQ(variant->max_entries, map_entries(self->fd));
}

/* Keys and values as such */

static int string_map(void)
{
	return map_create(map_args(GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 300, 300));
}

TEST(keys_of_variable_length_differ_by_length_alone)
{
	static const char zeros[300];
	int map = string_map();

	ASSERT_LE(0, map);
	for (__u32 len = 0; len <= sizeof(zeros); len++)
		EXPECT_EQ(0, map_insert(map, zeros, len, &len, sizeof(len), GOMAP_INSERT_NEW));
	for (__u32 len = 0; len <= sizeof(zeros); len++) {
		__u32 found, room = sizeof(found);

		EXPECT_EQ(0, map_lookup(map, zeros, len, &found, &room));
		EXPECT_EQ(len, found);
	}
}

TEST(every_byte_of_a_key_counts)
{
	static const __u32 sizes[] = { 1, 3, 4, 8, 12, 16, 31, 64, 129, 4096 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		int map = map_create(map_args(0, sizes[i], 4));
		unsigned char key[4096] = {};
		/* Of the large ones only some bytes, for time's sake. */
		__u32 step = 1 + sizes[i] / 128;

		ASSERT_LE(0, map);
		for (__u32 at = 0; at < sizes[i]; at += step) {
			key[at] = 0x80;
			EXPECT_EQ(0, map_insert(map, key, sizes[i], &at, 4, GOMAP_INSERT_NEW));
			key[at] = 0;
		}
		EXPECT_EQ(-ENOENT, map_has(map, key, sizes[i]));
		for (__u32 at = 0; at < sizes[i]; at += step) {
			__u32 found, room = sizeof(found);

			key[at] = 0x80;
			EXPECT_EQ(0, map_lookup(map, key, sizes[i], &found, &room));
			EXPECT_EQ(at, found);
			key[at] = 0;
		}
		close(map);
	}
}

/* A caller that has no bytes needs no pointer. */
TEST(empty_key_and_empty_value_need_no_pointer)
{
	int map = string_map();
	char found[8];
	__u32 room = sizeof(found);

	ASSERT_LE(0, map);
	EXPECT_EQ(0, map_insert(map, NULL, 0, NULL, 0, GOMAP_INSERT_NEW));
	EXPECT_EQ(0, map_has(map, NULL, 0));
	EXPECT_EQ(0, map_lookup(map, NULL, 0, found, &room));
	EXPECT_EQ(0, room);
	EXPECT_EQ(0, map_delete(map, NULL, 0));
	EXPECT_EQ(-ENOENT, map_has(map, NULL, 0));
}

TEST(value_of_variable_length_is_replaced_by_longer_and_shorter_ones)
{
	static const __u32 lengths[] = { 10, 300, 0, 1, 299, 17, 17, 16 };
	int map = string_map();

	ASSERT_LE(0, map);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		char value[300], found[300];
		__u32 room = sizeof(found);

		memset(value, 'a' + i, sizeof(value));
		EXPECT_EQ(0, map_insert(map, "key", 3, value, lengths[i], 0));
		EXPECT_EQ(0, map_lookup(map, "key", 3, found, &room));
		EXPECT_EQ(lengths[i], room);
		EXPECT_EQ(0, memcmp(value, found, room));
	}
	EXPECT_EQ(1, map_entries(map));
}

static void pattern(unsigned char *bytes, size_t size, unsigned int salt)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = i * 7 + (i >> 8) + salt;
}

TEST(largest_key_and_largest_value_come_back_whole)
{
	static const __u32 flags[] = { 0, GOMAP_VAR_KEY | GOMAP_VAR_VALUE };
	static unsigned char value[GOMAP_VALUE_SIZE_MAX], found[GOMAP_VALUE_SIZE_MAX];
	unsigned char key[GOMAP_KEY_SIZE_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int map = map_create(map_args(flags[i], sizeof(key), sizeof(value)));

		ASSERT_LE(0, map);
		for (int n = 0; n < 3; n++) {
			pattern(key, sizeof(key), n);
			pattern(value, sizeof(value), n * 3);
			EXPECT_EQ(0, map_insert(map, key, sizeof(key), value, sizeof(value), 0));
		}
		for (int n = 0; n < 3; n++) {
			__u32 room = sizeof(found);

			pattern(key, sizeof(key), n);
			pattern(value, sizeof(value), n * 3);
			EXPECT_EQ(0, map_lookup(map, key, sizeof(key), found, &room));
			EXPECT_EQ(sizeof(value), room);
			EXPECT_EQ(0, memcmp(value, found, sizeof(value)));
		}
		close(map);
	}
}

/* Go's documentation begins with this. */
TEST(apples_and_bananas)
{
	int map = map_create(map_args(GOMAP_VAR_KEY, 64, 8));
	__u64 number;
	__u32 room = sizeof(number);

	ASSERT_LE(0, map);
	number = 5;
	EXPECT_EQ(0, map_insert(map, "apple", 5, &number, 8, 0));
	number = 3;
	EXPECT_EQ(0, map_insert(map, "banana", 6, &number, 8, 0));
	EXPECT_EQ(0, map_lookup(map, "apple", 5, &number, &room));
	EXPECT_EQ(5, number);
	EXPECT_EQ(0, map_delete(map, "apple", 5));
	EXPECT_EQ(-ENOENT, map_lookup(map, "apple", 5, &number, &room));
	EXPECT_EQ(0, map_lookup(map, "banana", 6, &number, &room));
	EXPECT_EQ(3, number);
	EXPECT_EQ(1, map_entries(map));
}

TEST_HARNESS_MAIN
