// SPDX-License-Identifier: GPL-2.0-only
/*
 * Batch: many keys in one call do what as many calls would, and whatever ends a
 * batch early, @done tells how many keys were dealt with: those and no others.
 */
#include "gomap_test.h"

#include <limits.h>

enum {
	KEYS = 200,		/* several of the kernel's tiles, and the last not full */
	UNTOUCHED = 0xee,
	NEVER = 12345,		/* what no result is */
};

FIXTURE(batch) {
	int map;
	/* One key and value, and what was found. */
	struct bytes key;
	struct bytes value;
	struct bytes found;
	/* The buffers of a batch. */
	size_t room;
	char *keys;
	char *values;
	__s32 *results;
	struct gomap_batch_args args;
};

FIXTURE_VARIANT(batch) {
	struct shape shape;
};

FIXTURE_VARIANT_ADD(batch, u64_to_u64) { { 0, 8, 8 } };
FIXTURE_VARIANT_ADD(batch, byte_to_byte) { { 0, 1, 1 } };
FIXTURE_VARIANT_ADD(batch, odd_sizes) { { 0, 7, 3 } };
FIXTURE_VARIANT_ADD(batch, set) { { 0, 8, 0 } };
FIXTURE_VARIANT_ADD(batch, entries) { { 0, 200, 300 } };
FIXTURE_VARIANT_ADD(batch, larger_than_a_tile) { { 0, 8, 20000 } };
FIXTURE_VARIANT_ADD(batch, var_key) { { GOMAP_VAR_KEY, 200, 8 } };
FIXTURE_VARIANT_ADD(batch, var_key_set) { { GOMAP_VAR_KEY, 200, 0 } };
FIXTURE_VARIANT_ADD(batch, var_value) { { GOMAP_VAR_VALUE, 8, 200 } };
FIXTURE_VARIANT_ADD(batch, var_both) { { GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 200, 3000 } };

static size_t most_room(const struct shape *shape)
{
	return (KEYS + 1) * record_size(shape->key_size, shape->value_size);
}

FIXTURE_SETUP(batch)
{
	const struct shape *shape = &variant->shape;

	self->map = shape_create(shape);
	ASSERT_LE(0, self->map);
	self->key.data = malloc(shape->key_size);
	self->value.data = malloc(shape->value_size + 1);
	self->found.data = malloc(shape->value_size + 1);
	self->room = most_room(shape);
	self->keys = malloc(self->room);
	self->values = malloc(self->room);
	self->results = malloc((KEYS + 1) * sizeof(*self->results));
}

FIXTURE_TEARDOWN(batch)
{
	close(self->map);
}

/* Single calls */

static int insert(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 key, __u32 value,
		  __u32 flags)
{
	fill_key(&self->key, shape, key);
	fill_value(&self->value, shape, value);
	return map_insert(self->map, self->key.data, self->key.len, self->value.data,
			  self->value.len, flags);
}

static int delete(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 key)
{
	fill_key(&self->key, shape, key);
	return map_delete(self->map, self->key.data, self->key.len);
}

/* 0 if the key is there with that value, -EBADMSG if with another one, or -errno. */
static int check(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 key, __u32 value)
{
	int ret;

	fill_key(&self->key, shape, key);
	fill_value(&self->value, shape, value);
	self->found.len = shape->value_size;
	ret = map_lookup(self->map, self->key.data, self->key.len, self->found.data,
			 &self->found.len);
	if (ret)
		return ret;
	if (self->found.len != self->value.len ||
	    memcmp(self->found.data, self->value.data, self->value.len))
		return -EBADMSG;
	return 0;
}

/* Batches */

static char *put(char *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	return to + size;
}

/* The bytes that a record of that key takes, with or without the value. */
static size_t key_room(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 op, __u32 key,
		       __u32 value)
{
	fill_key(&self->key, shape, key);
	fill_value(&self->value, shape, value);
	if (!has_records(shape))
		return shape->key_size;
	return record_size(self->key.len, op == GOMAP_BATCH_INSERT ? self->value.len : 0);
}

/* Arguments of a batch with @count keys, which are @key_of[0] and so on. */
static void prepare(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 op, __u32 count,
		    const __u32 *key_of, const __u32 *value_of)
{
	char *keys = self->keys, *values = self->values;

	memset(self->keys, UNTOUCHED, self->room);
	memset(self->values, UNTOUCHED, self->room);
	for (__u32 i = 0; i <= KEYS; i++)
		self->results[i] = NEVER;
	for (__u32 i = 0; i < count; i++) {
		struct gomap_record record = {};
		size_t size = key_room(self, shape, op, key_of[i], value_of[i]);

		if (!has_records(shape)) {
			keys = put(keys, self->key.data, self->key.len);
			if (op == GOMAP_BATCH_INSERT)
				values = put(values, self->value.data, self->value.len);
			continue;
		}
		record.key_len = self->key.len;
		record.value_len = op == GOMAP_BATCH_INSERT ? self->value.len : 0;
		memcpy(keys, &record, sizeof(record));
		memset(keys + sizeof(record), 0, size - sizeof(record));
		memcpy(keys + sizeof(record), self->key.data, record.key_len);
		memcpy(keys + sizeof(record) + record.key_len, self->value.data,
		       record.value_len);
		keys += size;
	}
	self->args = (struct gomap_batch_args){
		.size = sizeof(self->args),
		.op = op,
		.count = count,
		.done = NEVER,
		.keys = user_ptr(self->keys),
		.results = user_ptr(self->results),
	};
	if (has_records(shape))
		self->args.keys_size = keys - self->keys;
	if (op == GOMAP_BATCH_LOOKUP || (op == GOMAP_BATCH_INSERT && !has_records(shape)))
		self->args.values = user_ptr(self->values);
	if (op == GOMAP_BATCH_LOOKUP && has_records(shape))
		self->args.values_size = self->room;
}

/* With the keys from 0 on, each with its own number as the value. */
static void prepare_plain(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 op,
			  __u32 count)
{
	__u32 numbers[KEYS];

	for (__u32 i = 0; i < KEYS; i++)
		numbers[i] = i;
	prepare(self, shape, op, count, numbers, numbers);
}

static int run(FIXTURE_DATA(batch) *self)
{
	return map_batch(self->map, &self->args);
}

/* The same keys again, after something about them or their places was wrong. */
static int run_again(FIXTURE_DATA(batch) *self, const struct shape *shape)
{
	if (self->args.op == GOMAP_BATCH_LOOKUP && has_records(shape))
		self->args.values_size = self->room;
	return run(self);
}

/* The next value among those that were looked up: 0, -ENOENT or -EBADMSG. */
static int next_found(FIXTURE_DATA(batch) *self, const struct shape *shape, const char **at,
		      bool there, __u32 value)
{
	struct gomap_record record;
	const char *data = *at;
	size_t used;

	fill_value(&self->value, shape, value);
	if (!has_records(shape)) {
		*at += shape->value_size;
		if (there)
			return memcmp(data, self->value.data, shape->value_size) ? -EBADMSG : 0;
		for (__u32 i = 0; i < shape->value_size; i++)
			if ((unsigned char)data[i] != UNTOUCHED)
				return -EBADMSG;
		return 0;
	}
	memcpy(&record, data, sizeof(record));
	if (record.key_len || record.value_len != (there ? self->value.len : 0))
		return -EBADMSG;
	data += sizeof(record);
	used = sizeof(record) + record.value_len;
	*at += record_size(0, record.value_len);
	if (there && memcmp(data, self->value.data, record.value_len))
		return -EBADMSG;
	for (; used % 8; used++)
		if ((*at)[-8 + (int)(used % 8)])
			return -EBADMSG;
	return 0;
}

/* Keys from 0 to before @count one by one, with their own numbers as values. */
static int fill_map(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 count)
{
	int ret = 0;

	for (__u32 i = 0; i < count && !ret; i++)
		ret = insert(self, shape, i, i, 0);
	return ret;
}

static const __u32 counts[] = { 0, 1, 2, 7, 8, 63, 64, 65, 128, 129, KEYS };

TEST_F(batch, insert_is_as_many_inserts)
{
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		prepare_plain(self, &variant->shape, GOMAP_BATCH_INSERT, counts[i]);
		ASSERT_EQ(0, run(self));
		EXPECT_EQ(counts[i], self->args.done);
		EXPECT_EQ(counts[i], map_entries(self->map));
		for (__u32 key = 0; key < KEYS; key++) {
			ASSERT_EQ(key < counts[i] ? 0 : -ENOENT,
				  check(self, &variant->shape, key, key));
			ASSERT_EQ(key < counts[i] ? 0 : NEVER, self->results[key]);
		}
	}
}

TEST_F(batch, lookup_is_as_many_lookups)
{
	/* Every third key is absent. */
	for (__u32 i = 0; i < KEYS; i++)
		if (i % 3)
			ASSERT_EQ(0, insert(self, &variant->shape, i, i, 0));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		const char *at = self->values;

		prepare_plain(self, &variant->shape, GOMAP_BATCH_LOOKUP, counts[i]);
		ASSERT_EQ(0, run(self));
		EXPECT_EQ(counts[i], self->args.done);
		for (__u32 key = 0; key < counts[i]; key++) {
			ASSERT_EQ(key % 3 ? 0 : -ENOENT, self->results[key]);
			ASSERT_EQ(0, next_found(self, &variant->shape, &at, key % 3, key));
		}
		EXPECT_EQ(NEVER, self->results[counts[i]]);
		EXPECT_EQ(has_records(&variant->shape) ? (size_t)(at - self->values) : 0,
			  self->args.values_size);
		/* And nothing behind. */
		for (; at < self->values + self->room; at++) {
			ASSERT_EQ((char)UNTOUCHED, *at);
		}
	}
}

TEST_F(batch, delete_is_as_many_deletes)
{
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		ASSERT_EQ(0, fill_map(self, &variant->shape, KEYS));
		ASSERT_EQ(0, delete(self, &variant->shape, 1));
		prepare_plain(self, &variant->shape, GOMAP_BATCH_DELETE, counts[i]);
		ASSERT_EQ(0, run(self));
		EXPECT_EQ(counts[i], self->args.done);
		for (__u32 key = 0; key < KEYS; key++) {
			int there = key < counts[i] || key == 1 ? -ENOENT : 0;
			int told = key >= counts[i] ? NEVER : key == 1 ? -ENOENT : 0;

			ASSERT_EQ(there, check(self, &variant->shape, key, key));
			ASSERT_EQ(told, self->results[key]);
		}
	}
}

TEST_F(batch, no_keys_need_no_pointers)
{
	for (__u32 op = GOMAP_BATCH_LOOKUP; op <= GOMAP_BATCH_DELETE; op++) {
		self->args = (struct gomap_batch_args){
			.size = sizeof(self->args), .op = op, .done = NEVER,
		};
		EXPECT_EQ(0, run(self));
		EXPECT_EQ(0, self->args.done);
	}
}

TEST_F(batch, repeated_key_is_dealt_with_in_order)
{
	static const __u32 keys[] = { 5, 6, 5, 5, 7, 6 }, values[] = { 1, 2, 3, 4, 5, 6 };
	static const __s32 new[] = { 0, 0, -EEXIST, -EEXIST, 0, -EEXIST };
	static const __s32 deleted[] = { 0, 0, -ENOENT, -ENOENT, 0, -ENOENT };

	prepare(self, &variant->shape, GOMAP_BATCH_INSERT, 6, keys, values);
	self->args.flags = GOMAP_INSERT_NEW;
	EXPECT_EQ(0, run(self));
	EXPECT_EQ(6, self->args.done);
	EXPECT_EQ(0, memcmp(new, self->results, sizeof(new)));
	EXPECT_EQ(0, check(self, &variant->shape, 5, 1));
	EXPECT_EQ(0, check(self, &variant->shape, 6, 2));

	/* The last one stays. */
	self->args.flags = 0;
	EXPECT_EQ(0, run(self));
	EXPECT_EQ(0, check(self, &variant->shape, 5, 4));
	EXPECT_EQ(0, check(self, &variant->shape, 6, 6));
	EXPECT_EQ(3, map_entries(self->map));

	prepare(self, &variant->shape, GOMAP_BATCH_DELETE, 6, keys, values);
	EXPECT_EQ(0, run(self));
	EXPECT_EQ(6, self->args.done);
	EXPECT_EQ(0, memcmp(deleted, self->results, sizeof(deleted)));
	EXPECT_EQ(0, map_entries(self->map));
}

static int single(FIXTURE_DATA(batch) *self, const struct shape *shape, int map, __u32 op,
		  __u32 flags, __u32 key, __u32 value)
{
	int batch_map = self->map, ret;

	self->map = map;
	switch (op) {
	case GOMAP_BATCH_INSERT:
		ret = insert(self, shape, key, value, flags);
		break;
	case GOMAP_BATCH_DELETE:
		ret = delete(self, shape, key);
		break;
	default:
		fill_key(&self->key, shape, key);
		ret = map_has(map, self->key.data, self->key.len);
	}
	self->map = batch_map;
	return ret;
}

TEST_F(batch, random_batches_do_what_single_calls_do)
{
	enum { RANGE = 250 };
	const int rounds = variant->shape.value_size < 1000 ? 60 : 15;
	int other = shape_create(&variant->shape);
	__u32 keys[KEYS], values[KEYS], model[RANGE] = {};
	__u64 seed = random_seed();

	ASSERT_LE(0, other);
	for (int round = 0; round < rounds; round++) {
		__u64 random = next_random(&seed);
		__u32 op = random % 3, count = (random >> 8) % (KEYS + 1);
		__u32 flags = op == GOMAP_BATCH_INSERT ? (random >> 24) % 3 : 0;
		const char *at = self->values;

		for (__u32 i = 0; i < count; i++) {
			random = next_random(&seed);
			keys[i] = random % RANGE;
			values[i] = 1 + (random >> 32) % 100;
		}
		prepare(self, &variant->shape, op, count, keys, values);
		self->args.flags = flags;
		ASSERT_EQ(0, run(self));
		ASSERT_EQ(count, self->args.done);
		for (__u32 i = 0; i < count; i++) {
			int ret = single(self, &variant->shape, other, op, flags, keys[i],
					 values[i]);

			ASSERT_EQ(ret, self->results[i]);
			if (op == GOMAP_BATCH_LOOKUP) {
				ASSERT_EQ(0, next_found(self, &variant->shape, &at, !ret,
							model[keys[i]]));
			} else if (!ret) {
				model[keys[i]] = op == GOMAP_BATCH_INSERT ? values[i] : 0;
			}
		}
		ASSERT_EQ(map_entries(other), map_entries(self->map));
		for (__u32 key = 0; key < RANGE; key++) {
			ASSERT_EQ(model[key] ? 0 : -ENOENT,
				  check(self, &variant->shape, key, model[key]));
		}
	}
}

/* Without results the batch ends at the first failure. */

static const __u32 positions[] = { 0, 1, 5, 63, 64, 65, 130, KEYS - 1 };

TEST_F(batch, insert_without_results_ends_at_the_first_failure)
{
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		const __u32 at = positions[i];

		ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
		ASSERT_EQ(0, insert(self, &variant->shape, at, at + 1, 0));
		prepare_plain(self, &variant->shape, GOMAP_BATCH_INSERT, KEYS);
		self->args.flags = GOMAP_INSERT_NEW;
		self->args.results = 0;
		EXPECT_EQ(-EEXIST, run(self));
		EXPECT_EQ(at, self->args.done);
		EXPECT_EQ(at + 1, map_entries(self->map));
		for (__u32 key = 0; key < at; key++) {
			ASSERT_EQ(0, check(self, &variant->shape, key, key));
		}
		EXPECT_EQ(0, check(self, &variant->shape, at, at + 1));

		self->args.flags = GOMAP_INSERT_EXISTING;
		EXPECT_EQ(at == KEYS - 1 ? 0 : -ENOENT, run(self));
		EXPECT_EQ(at + 1, self->args.done);
		EXPECT_EQ(0, check(self, &variant->shape, at, at));
		EXPECT_EQ(at + 1, map_entries(self->map));
	}
}

TEST_F(batch, delete_without_results_ends_at_the_first_failure)
{
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		const __u32 at = positions[i];

		ASSERT_EQ(0, fill_map(self, &variant->shape, KEYS));
		ASSERT_EQ(0, delete(self, &variant->shape, at));
		prepare_plain(self, &variant->shape, GOMAP_BATCH_DELETE, KEYS);
		self->args.results = 0;
		EXPECT_EQ(-ENOENT, run(self));
		EXPECT_EQ(at, self->args.done);
		EXPECT_EQ(KEYS - 1 - at, map_entries(self->map));
		for (__u32 key = at + 1; key < KEYS; key++) {
			ASSERT_EQ(0, check(self, &variant->shape, key, key));
		}
	}
}

TEST_F(batch, lookup_without_results_ends_at_the_first_failure)
{
	ASSERT_EQ(0, fill_map(self, &variant->shape, KEYS));
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		const __u32 at = positions[i];
		const char *found = self->values;

		ASSERT_EQ(0, delete(self, &variant->shape, at));
		prepare_plain(self, &variant->shape, GOMAP_BATCH_LOOKUP, KEYS);
		self->args.results = 0;
		EXPECT_EQ(-ENOENT, run(self));
		EXPECT_EQ(at, self->args.done);
		for (__u32 key = 0; key < at; key++) {
			ASSERT_EQ(0, next_found(self, &variant->shape, &found, true, key));
		}
		ASSERT_EQ(0, insert(self, &variant->shape, at, at, 0));
	}
}

/* There need be no place for the values of keys that are not dealt with. */
TEST_F(batch, lookup_without_results_writes_nothing_for_keys_behind_the_failure)
{
	ASSERT_EQ(0, fill_map(self, &variant->shape, KEYS));
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		const __u32 at = positions[i];
		size_t room = 0;

		for (__u32 key = 0; key < at; key++) {
			fill_value(&self->value, &variant->shape, key);
			room += has_records(&variant->shape) ? record_size(0, self->value.len) :
							       self->value.len;
		}
		ASSERT_EQ(0, delete(self, &variant->shape, at));
		prepare_plain(self, &variant->shape, GOMAP_BATCH_LOOKUP, KEYS);
		self->args.results = 0;
		self->args.values = user_ptr(guarded(room));
		if (has_records(&variant->shape))
			self->args.values_size = room;
		EXPECT_EQ(-ENOENT, run(self));
		EXPECT_EQ(at, self->args.done);
		ASSERT_EQ(0, insert(self, &variant->shape, at, at, 0));
	}
}

TEST_F(batch, full_map_refuses_new_keys_only)
{
	struct gomap_create_args args = map_args(variant->shape.flags, variant->shape.key_size,
						 variant->shape.value_size);

	close(self->map);
	args.max_entries = 100;
	self->map = map_create(args);
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, insert(self, &variant->shape, 150, 1, 0));
	prepare_plain(self, &variant->shape, GOMAP_BATCH_INSERT, KEYS);
	EXPECT_EQ(0, run(self));
	EXPECT_EQ(KEYS, self->args.done);
	EXPECT_EQ(100, map_entries(self->map));
	for (__u32 key = 0; key < KEYS; key++) {
		ASSERT_EQ(key < 99 || key == 150 ? 0 : -ENOSPC, self->results[key]);
		ASSERT_EQ(key < 99 || key == 150 ? 0 : -ENOENT,
			  check(self, &variant->shape, key, key));
	}
	self->args.results = 0;
	EXPECT_EQ(-ENOSPC, run(self));
	EXPECT_EQ(99, self->args.done);
}

/* Bad memory, whose end comes in the middle */

/* @size bytes of @from, with nothing behind them. */
static __u64 cut(const void *from, size_t size)
{
	return user_ptr(memcpy(guarded(size), from, size));
}

/* Is the map as it is when the first @done keys were inserted, or deleted? */
static bool agrees(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 op, __u32 done)
{
	for (__u32 key = 0; key < KEYS; key++) {
		bool there = op == GOMAP_BATCH_LOOKUP || (key < done) == (op == GOMAP_BATCH_INSERT);

		if (check(self, shape, key, key) != (there ? 0 : -ENOENT))
			return false;
	}
	return true;
}

static int start_over(FIXTURE_DATA(batch) *self, const struct shape *shape, __u32 op)
{
	int ret = map_whole(self->map, GOMAP_IOCTL_CLEAR, 0);

	if (!ret && op != GOMAP_BATCH_INSERT)
		ret = fill_map(self, shape, KEYS);
	prepare_plain(self, shape, op, KEYS);
	return ret;
}

TEST_F(batch, keys_that_end_in_the_middle)
{
	for (__u32 op = GOMAP_BATCH_LOOKUP; op <= GOMAP_BATCH_DELETE; op++) {
		for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
			size_t room = 0;

			ASSERT_EQ(0, start_over(self, &variant->shape, op));
			for (__u32 key = 0; key < positions[i]; key++)
				room += key_room(self, &variant->shape, op, key, key);
			self->args.keys = cut(self->keys, room);
			EXPECT_EQ(-EFAULT, run(self));
			EXPECT_EQ(positions[i], self->args.done);
			EXPECT_TRUE(agrees(self, &variant->shape, op, self->args.done));

			/* In the middle of a key, too. */
			ASSERT_EQ(0, start_over(self, &variant->shape, op));
			room += key_room(self, &variant->shape, op, positions[i], positions[i]);
			self->args.keys = cut(self->keys, room - 1);
			EXPECT_EQ(-EFAULT, run(self));
			EXPECT_EQ(positions[i], self->args.done);
			EXPECT_TRUE(agrees(self, &variant->shape, op, self->args.done));
			self->args.keys = user_ptr(self->keys);
			EXPECT_EQ(0, run_again(self, &variant->shape));
			EXPECT_EQ(KEYS, self->args.done);
		}
	}
}

TEST_F(batch, values_to_insert_that_end_in_the_middle)
{
	const size_t size = variant->shape.value_size;

	if (has_records(&variant->shape) || !size)
		SKIP(return, "there is no array of values");
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		const size_t rooms[] = { positions[i] * size, positions[i] * size + size - 1 };

		for (size_t j = 0; j < ARRAY_SIZE(rooms); j++) {
			ASSERT_EQ(0, start_over(self, &variant->shape, GOMAP_BATCH_INSERT));
			self->args.values = cut(self->values, rooms[j]);
			EXPECT_EQ(-EFAULT, run(self));
			EXPECT_EQ(positions[i], self->args.done);
			EXPECT_TRUE(agrees(self, &variant->shape, GOMAP_BATCH_INSERT,
					   self->args.done));
		}
		self->args.values = user_ptr(self->values);
		EXPECT_EQ(0, run(self));
		EXPECT_EQ(KEYS, self->args.done);
	}
}

TEST_F(batch, place_for_values_that_ends_in_the_middle)
{
	if (!variant->shape.value_size && !has_records(&variant->shape))
		SKIP(return, "there are no values");
	ASSERT_EQ(0, fill_map(self, &variant->shape, KEYS));
	for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
		size_t room = 0, last;
		const char *at;

		for (__u32 key = 0; key <= positions[i]; key++) {
			fill_value(&self->value, &variant->shape, key);
			last = has_records(&variant->shape) ? record_size(0, self->value.len) :
							      self->value.len;
			room += last;
		}
		for (int cut_by = 0; cut_by < 2; cut_by++) {
			prepare_plain(self, &variant->shape, GOMAP_BATCH_LOOKUP, KEYS);
			at = guarded(room - (cut_by ? last : 1));
			self->args.values = user_ptr(at);
			EXPECT_EQ(-EFAULT, run(self));
			EXPECT_EQ(positions[i], self->args.done);
			for (__u32 key = 0; key < self->args.done; key++) {
				ASSERT_EQ(0, next_found(self, &variant->shape, &at, true, key));
				ASSERT_EQ(0, self->results[key]);
			}
		}
	}
}

/* What was done and couldn't be told is told by @done at least. */
TEST_F(batch, results_that_end_in_the_middle)
{
	for (__u32 op = GOMAP_BATCH_LOOKUP; op <= GOMAP_BATCH_DELETE; op++) {
		for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
			ASSERT_EQ(0, start_over(self, &variant->shape, op));
			self->args.results = cut(self->results, positions[i] * sizeof(__s32));
			EXPECT_EQ(-EFAULT, run(self));
			EXPECT_LE(positions[i], self->args.done);
			EXPECT_GE(KEYS, self->args.done);
			EXPECT_TRUE(agrees(self, &variant->shape, op, self->args.done));
			self->args.results = user_ptr(self->results);
			EXPECT_EQ(0, run_again(self, &variant->shape));
			EXPECT_EQ(KEYS, self->args.done);
		}
	}
}

TEST_F(batch, structure_that_cannot_be_written_changes_nothing)
{
	for (__u32 op = GOMAP_BATCH_INSERT; op <= GOMAP_BATCH_DELETE; op++) {
		ASSERT_EQ(0, start_over(self, &variant->shape, op));
		EXPECT_EQ(-EFAULT, map_batch(self->map, read_only(&self->args,
								  sizeof(self->args))));
		EXPECT_TRUE(agrees(self, &variant->shape, op, 0));
		EXPECT_EQ(0, run(self));
	}
}

TEST_F(batch, keys_and_values_to_insert_may_be_read_only)
{
	prepare_plain(self, &variant->shape, GOMAP_BATCH_INSERT, KEYS);
	self->args.keys = user_ptr(read_only(self->keys, self->room));
	if (!has_records(&variant->shape))
		self->args.values = user_ptr(read_only(self->values, self->room));
	EXPECT_EQ(0, run(self));
	EXPECT_EQ(KEYS, map_entries(self->map));
}

/* What one operation or one kind of map doesn't use has to be 0. */
TEST_F(batch, members_without_meaning_are_zero)
{
	const bool records = has_records(&variant->shape);

	for (__u32 op = GOMAP_BATCH_LOOKUP; op <= GOMAP_BATCH_DELETE; op++) {
		const bool values = op == GOMAP_BATCH_LOOKUP ||
				    (op == GOMAP_BATCH_INSERT && !records);

		ASSERT_EQ(0, start_over(self, &variant->shape, op));
		if (!records) {
			self->args.keys_size = 1;
			EXPECT_EQ(-EINVAL, run(self));
			self->args.keys_size = 0;
		}
		if (!values) {
			self->args.values = user_ptr(self->values);
			EXPECT_EQ(-EINVAL, run(self));
			self->args.values = 0;
		}
		if (!values || !records) {
			self->args.values_size = 1ULL << 63;
			EXPECT_EQ(-EINVAL, run(self));
			self->args.values_size = 0;
		}
		EXPECT_TRUE(agrees(self, &variant->shape, op, 0));
		EXPECT_EQ(0, run(self));
		EXPECT_EQ(KEYS, self->args.done);
	}
}

/* Records that are none */

#define EXPECT_MALFORMED(position)							\
	do {										\
		EXPECT_EQ(-EINVAL, run(self));						\
		EXPECT_EQ(position, self->args.done);					\
		EXPECT_TRUE(agrees(self, &variant->shape, op, self->args.done));	\
	} while (0)

TEST_F(batch, malformed_record_ends_the_batch_where_it_is)
{
	const struct shape *shape = &variant->shape;

	if (!has_records(shape))
		SKIP(return, "there are no records");
	for (__u32 op = GOMAP_BATCH_LOOKUP; op <= GOMAP_BATCH_DELETE; op++) {
		for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
			const struct gomap_record bad[] = {
				{ .key_len = shape->key_size + 1 },
				{ .key_len = UINT_MAX },
				{ .key_len = shape->key_size, .value_len = shape->value_size + 1 },
				{ .key_len = shape->key_size, .value_len = UINT_MAX },
				{ .key_len = shape->key_size, .value_len = UINT_MAX - 7 },
				{ .key_len = UINT_MAX, .value_len = UINT_MAX },
			};
			size_t at = 0;

			for (__u32 key = 0; key < positions[i]; key++)
				at += key_room(self, shape, op, key, key);
			for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
				ASSERT_EQ(0, start_over(self, shape, op));
				memcpy(self->keys + at, &bad[j], sizeof(bad[j]));
				EXPECT_MALFORMED(positions[i]);
			}
		}
	}
}

TEST_F(batch, records_that_are_cut_short_are_malformed)
{
	if (!has_records(&variant->shape))
		SKIP(return, "there are no records");
	for (__u32 op = GOMAP_BATCH_LOOKUP; op <= GOMAP_BATCH_DELETE; op++) {
		for (size_t i = 0; i < ARRAY_SIZE(positions); i++) {
			size_t at = 0, size;

			for (__u32 key = 0; key < positions[i]; key++)
				at += key_room(self, &variant->shape, op, key, key);
			size = key_room(self, &variant->shape, op, positions[i], positions[i]);
			for (size_t there = 0; there < size; there += 1 + there / 2) {
				ASSERT_EQ(0, start_over(self, &variant->shape, op));
				self->args.keys_size = at + there;
				EXPECT_MALFORMED(positions[i]);
			}
			ASSERT_EQ(0, start_over(self, &variant->shape, op));
			self->args.keys_size = at + size - 1;
			EXPECT_MALFORMED(positions[i]);
		}
	}
}

TEST_F(batch, record_without_padding_is_malformed)
{
	const struct shape *shape = &variant->shape;

	if (!has_records(shape))
		SKIP(return, "there are no records");
	for (__u32 op = GOMAP_BATCH_LOOKUP; op <= GOMAP_BATCH_DELETE; op++) {
		size_t at = 0;

		for (__u32 key = 0; key < KEYS; key++) {
			size_t size = key_room(self, shape, op, key, key), used;

			used = sizeof(struct gomap_record) + self->key.len +
			       (op == GOMAP_BATCH_INSERT ? self->value.len : 0);
			at += size;
			if (used == size || key % 20 > 7)
				continue;
			ASSERT_EQ(0, start_over(self, shape, op));
			/* In the first byte of it, or in the last. */
			self->keys[key % 2 ? at - 1 : at - size + used] = 1;
			EXPECT_MALFORMED(key);
		}
	}
}

TEST_F(batch, record_with_a_value_is_malformed_for_lookup_and_delete)
{
	struct gomap_record record = { .value_len = 1 };
	static const __u32 ops[] = { GOMAP_BATCH_LOOKUP, GOMAP_BATCH_DELETE };

	if (!has_records(&variant->shape))
		SKIP(return, "there are no records");
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		const __u32 op = ops[i];

		ASSERT_EQ(0, start_over(self, &variant->shape, op));
		fill_key(&self->key, &variant->shape, 0);
		record.key_len = self->key.len;
		memcpy(self->keys, &record, sizeof(record));
		EXPECT_MALFORMED(0);
	}
}

/* Goes on with a new buffer from the key that had no room. */
TEST_F(batch, values_that_are_full_are_gone_on_with)
{
	const struct shape *shape = &variant->shape;
	const size_t one = record_size(0, shape->value_size);
	const size_t rooms[] = { one, one + 7, 2 * one, 5 * one + 8 };

	if (!has_records(shape))
		SKIP(return, "there are no records");
	ASSERT_EQ(0, fill_map(self, shape, KEYS));
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		__u32 key = 0;
		size_t at = 0;
		int ret;

		do {
			const char *found = guarded(rooms[i]), *start;
			__u32 begin = key;

			prepare_plain(self, shape, GOMAP_BATCH_LOOKUP, KEYS);
			self->args.count = KEYS - key;
			self->args.keys += at;
			self->args.keys_size -= at;
			self->args.values = user_ptr(found);
			self->args.values_size = rooms[i];
			ret = run(self);
			ASSERT_TRUE(ret == 0 || ret == -EMSGSIZE);
			ASSERT_LT(0, self->args.done);
			start = found;
			for (; key < begin + self->args.done; key++) {
				ASSERT_EQ(0, self->results[key - begin]);
				ASSERT_EQ(0, next_found(self, shape, &found, true, key));
				at += key_room(self, shape, GOMAP_BATCH_LOOKUP, key, key);
			}
			/* What was used, and what one more would have needed. */
			fill_value(&self->value, shape, key);
			ASSERT_EQ(found - start + (ret ? record_size(0, self->value.len) : 0),
				  self->args.values_size);
		} while (ret);
		ASSERT_EQ(KEYS, key);
	}

	/* And no room at all is told at once. */
	prepare_plain(self, shape, GOMAP_BATCH_LOOKUP, KEYS);
	self->args.values_size = 7;
	EXPECT_EQ(-EMSGSIZE, run(self));
	EXPECT_EQ(0, self->args.done);
	EXPECT_EQ((char)UNTOUCHED, self->values[0]);
}

/* Larger than whatever the kernel copies at a time, and small ones between. */
TEST(records_may_be_large)
{
	static const __u32 lens[] = { 0, 100000, 3, 128, 129, 16384, 1 << 20, 20000, 1, 65536 };
	enum { N = ARRAY_SIZE(lens) };
	int map = map_create(map_args(GOMAP_VAR_VALUE, 8, 1 << 20));
	char *keys = calloc(2, 1 << 20), *at = keys, *values = malloc(2 << 20);
	struct gomap_batch_args args = { .size = sizeof(args), .op = GOMAP_BATCH_INSERT };
	__s32 results[N];

	ASSERT_LE(0, map);
	for (__u64 i = 0; i < N; i++) {
		struct gomap_record record = { .key_len = 8, .value_len = lens[i] };

		memcpy(at, &record, sizeof(record));
		memcpy(at + 8, &i, sizeof(i));
		memset(at + 16, 'a' + i, lens[i]);
		at += record_size(8, lens[i]);
	}
	args.count = N;
	args.keys = user_ptr(keys);
	args.keys_size = at - keys;
	EXPECT_EQ(0, map_batch(map, &args));
	EXPECT_EQ(N, args.done);
	EXPECT_EQ(N, map_entries(map));

	at = keys;
	for (__u64 i = 0; i < N; i++) {
		struct gomap_record record = { .key_len = 8 };

		memcpy(at, &record, sizeof(record));
		memcpy(at + 8, &i, sizeof(i));
		at += 16;
	}
	args.op = GOMAP_BATCH_LOOKUP;
	args.keys_size = at - keys;
	args.values = user_ptr(values);
	args.values_size = 2 << 20;
	args.results = user_ptr(results);
	EXPECT_EQ(0, map_batch(map, &args));
	EXPECT_EQ(N, args.done);
	at = values;
	for (__u32 i = 0; i < N; i++) {
		struct gomap_record record;

		memcpy(&record, at, sizeof(record));
		EXPECT_EQ(0, results[i]);
		EXPECT_EQ(0, record.key_len);
		ASSERT_EQ(lens[i], record.value_len);
		for (__u32 j = 0; j < lens[i]; j++) {
			ASSERT_EQ((char)('a' + i), at[8 + j]);
		}
		at += record_size(0, lens[i]);
	}

	args.op = GOMAP_BATCH_DELETE;
	args.values = 0;
	args.values_size = 0;
	EXPECT_EQ(0, map_batch(map, &args));
	EXPECT_EQ(N, args.done);
	EXPECT_EQ(0, map_entries(map));
}

/* Many keys from u64 to u64 */

enum { MANY = 50000 };

FIXTURE(many) {
	int map;
	__u64 *keys;
	__u64 *values;
	struct gomap_batch_args args;
};

FIXTURE_SETUP(many)
{
	self->map = map_create(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
	self->keys = malloc(MANY * sizeof(*self->keys));
	self->values = malloc(MANY * sizeof(*self->values));
	for (__u64 i = 0; i < MANY; i++) {
		self->keys[i] = i;
		self->values[i] = i * 3 + 1;
	}
	self->args = (struct gomap_batch_args){
		.size = sizeof(self->args),
		.op = GOMAP_BATCH_INSERT,
		.flags = GOMAP_INSERT_NEW,
		.count = MANY,
		.keys = user_ptr(self->keys),
		.values = user_ptr(self->values),
	};
}

FIXTURE_TEARDOWN(many)
{
	close(self->map);
}

TEST_F(many, map_grows_in_the_middle)
{
	EXPECT_EQ(0, map_batch(self->map, &self->args));
	EXPECT_EQ(MANY, self->args.done);
	EXPECT_EQ(MANY, map_entries(self->map));
	memset(self->values, 0, MANY * sizeof(*self->values));
	self->args.op = GOMAP_BATCH_LOOKUP;
	self->args.flags = 0;
	EXPECT_EQ(0, map_batch(self->map, &self->args));
	EXPECT_EQ(MANY, self->args.done);
	for (__u64 i = 0; i < MANY; i++) {
		ASSERT_EQ(i * 3 + 1, self->values[i]);
	}
	self->args.op = GOMAP_BATCH_DELETE;
	self->args.values = 0;
	EXPECT_EQ(0, map_batch(self->map, &self->args));
	EXPECT_EQ(MANY, self->args.done);
	EXPECT_EQ(0, map_entries(self->map));
}

/* All keys, going on after each signal; how many there were is added. */
static int run_to_the_end(FIXTURE_DATA(many) *self, __u32 op, int *interrupted)
{
	struct gomap_batch_args args = self->args;
	__u32 done = 0;
	int ret;

	args.op = op;
	args.flags = op == GOMAP_BATCH_INSERT ? GOMAP_INSERT_NEW : 0;
	do {
		args.count = MANY - done;
		args.keys = user_ptr(self->keys + done);
		args.values = op == GOMAP_BATCH_DELETE ? 0 : user_ptr(self->values + done);
		ret = map_batch(self->map, &args);
		if (ret && ret != -EINTR)
			return ret;
		if (args.done > args.count || (!ret && args.done < args.count))
			return -EBADMSG;
		done += args.done;
		/* Each call gets on, or a process with many signals never would. */
		if (ret && !args.done)
			return -ESTALE;
		*interrupted += ret == -EINTR;
	} while (ret);
	return 0;
}

TEST_F(many, signal_ends_the_batch_and_done_tells_where)
{
	int interrupted[3] = {};

	tick(200);
	for (int round = 0; round < 500; round++) {
		for (__u64 i = 0; i < MANY; i++)
			self->values[i] = i * 3 + 1;
		ASSERT_EQ(0, run_to_the_end(self, GOMAP_BATCH_INSERT, &interrupted[0]));
		ASSERT_EQ(MANY, map_entries(self->map));
		memset(self->values, 0, MANY * sizeof(*self->values));
		ASSERT_EQ(0, run_to_the_end(self, GOMAP_BATCH_LOOKUP, &interrupted[1]));
		for (__u64 i = 0; i < MANY; i++) {
			ASSERT_EQ(i * 3 + 1, self->values[i]);
		}
		ASSERT_EQ(0, run_to_the_end(self, GOMAP_BATCH_DELETE, &interrupted[2]));
		ASSERT_EQ(0, map_entries(self->map));
		if (interrupted[0] && interrupted[1] && interrupted[2])
			break;
	}
	tick(0);
	EXPECT_LT(0, interrupted[0]);
	EXPECT_LT(0, interrupted[1]);
	EXPECT_LT(0, interrupted[2]);
}

/* What is refused as a whole */

FIXTURE(whole) {
	int map;
	__u64 key;
	__u64 value;
	struct gomap_batch_args args;
};

FIXTURE_SETUP(whole)
{
	self->map = map_create(named_args(NAME));
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, u64_insert(self->map, 1, 100, 0));
	self->key = 1;
	self->value = 200;
}

FIXTURE_TEARDOWN_PARENT(whole)
{
	remove_test_maps();
}

static int one_key(FIXTURE_DATA(whole) *self, int map, __u32 op, __u32 flags)
{
	self->args = (struct gomap_batch_args){
		.size = sizeof(self->args),
		.flags = flags,
		.op = op,
		.count = 1,
		.done = NEVER,
		.keys = user_ptr(&self->key),
		.values = op == GOMAP_BATCH_DELETE ? 0 : user_ptr(&self->value),
	};
	return map_batch(map, &self->args);
}

#define EXPECT_REFUSED(error, call)					\
	do {								\
		EXPECT_EQ(-(error), call);				\
		EXPECT_EQ(0, self->args.done);				\
		EXPECT_EQ(100, u64_value(self->map, 1));		\
		EXPECT_EQ(1, map_entries(self->map));			\
	} while (0)

TEST_F(whole, unknown_operation_is_refused)
{
	EXPECT_REFUSED(EINVAL, one_key(self, self->map, GOMAP_BATCH_DELETE + 1, 0));
	EXPECT_REFUSED(EINVAL, one_key(self, self->map, 1U << 31, 0));
	EXPECT_REFUSED(EINVAL, one_key(self, self->map, UINT_MAX, 0));
	EXPECT_EQ(0, one_key(self, self->map, GOMAP_BATCH_DELETE, 0));
	EXPECT_EQ(0, map_entries(self->map));
}

TEST_F(whole, flags_are_those_of_insert)
{
	static const __u32 ops[] = { GOMAP_BATCH_LOOKUP, GOMAP_BATCH_DELETE };

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		EXPECT_REFUSED(EOPNOTSUPP, one_key(self, self->map, ops[i], GOMAP_INSERT_NEW));
		EXPECT_REFUSED(EOPNOTSUPP, one_key(self, self->map, ops[i],
						   GOMAP_INSERT_EXISTING));
	}
	EXPECT_REFUSED(EINVAL, one_key(self, self->map, GOMAP_BATCH_INSERT,
				       GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING));
	EXPECT_REFUSED(EEXIST, one_key(self, self->map, GOMAP_BATCH_INSERT, GOMAP_INSERT_NEW));
	EXPECT_EQ(0, one_key(self, self->map, GOMAP_BATCH_INSERT, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(200, u64_value(self->map, 1));
}

TEST_F(whole, each_operation_needs_its_mode)
{
	int reader = map_open(NODE, O_RDONLY), writer = map_open(NODE, O_WRONLY);
	int neither = map_open(NODE, O_ACCMODE);

	ASSERT_LE(0, reader);
	ASSERT_LE(0, writer);
	ASSERT_LE(0, neither);
	EXPECT_REFUSED(EBADF, one_key(self, reader, GOMAP_BATCH_INSERT, 0));
	EXPECT_REFUSED(EBADF, one_key(self, reader, GOMAP_BATCH_DELETE, 0));
	EXPECT_REFUSED(EBADF, one_key(self, writer, GOMAP_BATCH_LOOKUP, 0));
	for (__u32 op = GOMAP_BATCH_LOOKUP; op <= GOMAP_BATCH_DELETE; op++)
		EXPECT_REFUSED(EBADF, one_key(self, neither, op, 0));
	EXPECT_EQ(200, self->value);
	EXPECT_EQ(0, one_key(self, writer, GOMAP_BATCH_INSERT, 0));
	self->value = 0;
	EXPECT_EQ(0, one_key(self, reader, GOMAP_BATCH_LOOKUP, 0));
	EXPECT_EQ(200, self->value);
	EXPECT_EQ(0, one_key(self, writer, GOMAP_BATCH_DELETE, 0));
	EXPECT_EQ(0, map_entries(self->map));
}

TEST_F(whole, frozen_map_tells_each_writer)
{
	__s32 result = NEVER;

	ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_FREEZE, 0));
	EXPECT_REFUSED(EPERM, one_key(self, self->map, GOMAP_BATCH_INSERT, 0));
	EXPECT_REFUSED(EPERM, one_key(self, self->map, GOMAP_BATCH_DELETE, 0));
	self->args.results = user_ptr(&result);
	EXPECT_EQ(0, map_batch(self->map, &self->args));
	EXPECT_EQ(1, self->args.done);
	EXPECT_EQ(-EPERM, result);
	EXPECT_EQ(0, one_key(self, self->map, GOMAP_BATCH_LOOKUP, 0));
	EXPECT_EQ(100, self->value);
}

TEST_HARNESS_MAIN
