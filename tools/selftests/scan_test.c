// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scan: each key that is there all the time is delivered exactly once, whatever
 * the buffer, the map and others do meanwhile, and how it lies in the buffer.
 *
 * The value of a key follows from the key, so that whatever is delivered can be
 * checked byte by byte.
 */
#include "gomap_test.h"

#include <limits.h>

enum {
	MANY = 20000,
	UNTOUCHED = 0xee,
};

FIXTURE(scan) {
	int map;
	struct bytes key;
	struct bytes value;
	unsigned int *seen;	/* how often each key was delivered */
};

FIXTURE_VARIANT(scan) {
	struct shape shape;
	__u32 keys;
};

FIXTURE_VARIANT_ADD(scan, u64_to_u64) { { 0, 8, 8 }, 3000 };
FIXTURE_VARIANT_ADD(scan, byte_to_byte) { { 0, 1, 1 }, 256 };
FIXTURE_VARIANT_ADD(scan, odd_sizes) { { 0, 7, 3 }, 1000 };
FIXTURE_VARIANT_ADD(scan, set) { { 0, 8, 0 }, 1000 };
FIXTURE_VARIANT_ADD(scan, large_key) { { 0, 4096, 8 }, 100 };
FIXTURE_VARIANT_ADD(scan, large_value) { { 0, 8, 5000 }, 100 };
FIXTURE_VARIANT_ADD(scan, larger_than_a_tile) { { 0, 8, 100000 }, 100 };
FIXTURE_VARIANT_ADD(scan, var_key) { { GOMAP_VAR_KEY, 200, 8 }, 1000 };
FIXTURE_VARIANT_ADD(scan, var_key_set) { { GOMAP_VAR_KEY, 200, 0 }, 500 };
FIXTURE_VARIANT_ADD(scan, var_value) { { GOMAP_VAR_VALUE, 8, 200 }, 1000 };
FIXTURE_VARIANT_ADD(scan, var_both) { { GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 200, 3000 }, 500 };
FIXTURE_VARIANT_ADD(scan, var_larger_than_a_tile) {
	{ GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 4096, 1 << 20 }, 100
};

/* The value of a key: where values may be large, some of them are. */
static __u32 value_number(const struct shape *shape, __u32 number)
{
	if (shape->value_size > 100000 && shape->flags & GOMAP_VAR_VALUE)
		return number * 3001 % 40000;
	return number;
}

/* Room in which any entry fits. */
static __u32 some_room(const struct shape *shape)
{
	return 8192 + (shape->value_size > 4096 ? 1 << 20 : 0);
}

static int insert(FIXTURE_DATA(scan) *self, const struct shape *shape, __u32 number)
{
	fill_key(&self->key, shape, number);
	fill_value(&self->value, shape, value_number(shape, number));
	return map_insert(self->map, self->key.data, self->key.len, self->value.data,
			  self->value.len, 0);
}

FIXTURE_SETUP(scan)
{
	const struct shape *shape = &variant->shape;

	self->map = shape_create(shape);
	ASSERT_LE(0, self->map);
	self->key.data = malloc(shape->key_size);
	self->value.data = malloc(shape->value_size + 1);
	self->seen = calloc(MANY, sizeof(*self->seen));
	for (__u32 i = 0; i < variant->keys; i++) {
		ASSERT_EQ(0, insert(self, shape, i));
	}
}

FIXTURE_TEARDOWN(scan)
{
	close(self->map);
}

static bool is_zero(const char *bytes, size_t size)
{
	while (size--)
		if (*bytes++)
			return false;
	return true;
}

/* Is that key and value one of insert()'s? Then it was seen once more. */
static bool take(FIXTURE_DATA(scan) *self, const struct shape *shape, const char *key,
		 __u32 key_len, const char *value, __u32 value_len)
{
	__u32 number = number_of(key, key_len);

	if (number >= MANY)
		return false;
	fill_key(&self->key, shape, number);
	fill_value(&self->value, shape, value_number(shape, number));
	self->seen[number]++;
	return key_len == self->key.len && value_len == self->value.len &&
	       !memcmp(key, self->key.data, key_len) &&
	       !memcmp(value, self->value.data, value_len);
}

/* The bytes of the record at @at, or 0 if there is no whole and right one. */
static size_t take_record(FIXTURE_DATA(scan) *self, const struct shape *shape, const char *at,
			  size_t room)
{
	struct gomap_record record;
	const char *data = at + sizeof(record);
	size_t size, used;

	if (room < sizeof(record))
		return 0;
	memcpy(&record, at, sizeof(record));
	if (record.key_len > shape->key_size || record.value_len > shape->value_size)
		return 0;
	used = sizeof(record) + record.key_len + record.value_len;
	size = record_size(record.key_len, record.value_len);
	if (size > room || !is_zero(at + used, size - used) ||
	    !take(self, shape, data, record.key_len, data + record.key_len, record.value_len))
		return 0;
	return size;
}

static size_t take_pair(FIXTURE_DATA(scan) *self, const struct shape *shape, const char *at,
			size_t room)
{
	size_t size = shape->key_size + shape->value_size;

	if (size > room || !take(self, shape, at, shape->key_size, at + shape->key_size,
				 shape->value_size))
		return 0;
	return size;
}

/* Does the buffer hold what the call says that it holds, and nothing wrong? */
static bool take_all(FIXTURE_DATA(scan) *self, const struct shape *shape,
		     const struct gomap_scan_args *args)
{
	const char *at = (const char *)(uintptr_t)args->buffer;
	size_t left = args->used;

	if (args->used > args->buffer_size || args->done > 1)
		return false;
	for (__u32 i = 0; i < args->count; i++) {
		size_t size = has_records(shape) ? take_record(self, shape, at, left) :
						   take_pair(self, shape, at, left);

		if (!size)
			return false;
		at += size;
		left -= size;
	}
	return !left;
}

/* One call; -EBADMSG if what it delivers is wrong. */
static int step(FIXTURE_DATA(scan) *self, const struct shape *shape, struct gomap_scan_args *args)
{
	int ret = map_scan(self->map, args);

	if (!ret && !take_all(self, shape, args))
		ret = -EBADMSG;
	return ret;
}

/* From where @args is to the end. It has one. */
static int scan_rest(FIXTURE_DATA(scan) *self, const struct shape *shape,
		     struct gomap_scan_args *args)
{
	for (int calls = 0; calls < 10 * MANY; calls++) {
		int ret = step(self, shape, args);

		if (ret || args->done)
			return ret;
	}
	return -ELOOP;
}

static int scan_all(FIXTURE_DATA(scan) *self, const struct shape *shape, __u32 buffer_size)
{
	struct gomap_scan_args args = scan_args(guarded(buffer_size), buffer_size);

	memset(self->seen, 0, MANY * sizeof(*self->seen));
	return scan_rest(self, shape, &args);
}

/* Of the keys from @from to before @to, how many were not delivered @times times. */
static __u32 not_seen(FIXTURE_DATA(scan) *self, __u32 from, __u32 to, unsigned int times)
{
	__u32 wrong = 0;

	for (__u32 i = from; i < to; i++)
		wrong += self->seen[i] != times;
	return wrong;
}

TEST_F(scan, every_key_is_delivered_exactly_once_whatever_the_buffer)
{
	const __u32 one = some_room(&variant->shape);
	/* Around what may be one tile in the kernel, for small entries. */
	const __u32 sizes[] = { one, 16383, 16384, 16385, 3 * 16384 + 5, one + 1, 4 << 20 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (sizes[i] < one)
			continue;
		EXPECT_EQ(0, scan_all(self, &variant->shape, sizes[i]));
		EXPECT_EQ(0, not_seen(self, 0, variant->keys, 1));
	}
}

TEST_F(scan, room_for_one_entry_is_enough)
{
	struct gomap_scan_args args = scan_args(guarded(2 << 20), 0);
	__u32 calls = 0, entries = 0;

	/* Ask what the next one needs, and take it. */
	while (!args.done && calls++ < 10 * variant->keys) {
		int ret;

		args.buffer_size = 0;
		ret = step(self, &variant->shape, &args);
		if (!ret) {
			ASSERT_EQ(0, args.count);
			continue;
		}
		ASSERT_EQ(-EMSGSIZE, ret);
		ASSERT_LT(0, args.used);
		ASSERT_GE(2U << 20, args.used);
		args.buffer_size = args.used;
		ASSERT_EQ(0, step(self, &variant->shape, &args));
		ASSERT_EQ(1, args.count);
		ASSERT_EQ(args.buffer_size, args.used);
		entries++;
	}
	EXPECT_EQ(1, args.done);
	EXPECT_EQ(variant->keys, entries);
	EXPECT_EQ(0, not_seen(self, 0, variant->keys, 1));
}

TEST_F(scan, buffer_too_small_tells_what_the_next_entry_needs)
{
	unsigned char *buffer = guarded(2 << 20);
	struct gomap_scan_args args = scan_args(buffer, 0);
	__u32 needed;

	ASSERT_EQ(-EMSGSIZE, map_scan(self->map, &args));
	needed = args.used;
	if (!has_records(&variant->shape))
		EXPECT_EQ(variant->shape.key_size + variant->shape.value_size, needed);
	for (__u32 size = 0; size < needed; size += 1 + size / 4) {
		memset(buffer, UNTOUCHED, needed);
		args.buffer_size = size;
		EXPECT_EQ(-EMSGSIZE, map_scan(self->map, &args));
		EXPECT_EQ(needed, args.used);
		EXPECT_EQ(0, args.count);
		EXPECT_EQ(0, args.done);
		EXPECT_EQ(UNTOUCHED, buffer[0]);
	}
	args.buffer_size = needed - 1;
	EXPECT_EQ(-EMSGSIZE, map_scan(self->map, &args));
	EXPECT_EQ(needed, args.used);

	/* So much is enough, and the cursor is where it was. */
	args.buffer_size = needed;
	EXPECT_EQ(0, step(self, &variant->shape, &args));
	EXPECT_EQ(1, args.count);
	EXPECT_EQ(needed, args.used);
	args.buffer_size = 2 << 20;
	EXPECT_EQ(0, scan_rest(self, &variant->shape, &args));
	EXPECT_EQ(0, not_seen(self, 0, variant->keys, 1));
}

TEST_F(scan, nothing_behind_the_entries_is_touched)
{
	const __u32 room = some_room(&variant->shape);
	unsigned char *buffer = guarded(2 * room);
	struct gomap_scan_args args = scan_args(buffer, room);

	do {
		memset(buffer, UNTOUCHED, 2 * room);
		ASSERT_EQ(0, step(self, &variant->shape, &args));
		for (__u32 i = args.used; i < 2 * room; i++) {
			ASSERT_EQ(UNTOUCHED, buffer[i]);
		}
	} while (!args.done);
	EXPECT_EQ(0, not_seen(self, 0, variant->keys, 1));
}

TEST_F(scan, shards_divide_the_keys_among_them)
{
	static const __u32 shards[] = { 0, 1, 2, 3, 7, 16, 100 };
	struct gomap_scan_args args;
	char *buffer = guarded(2 << 20);

	for (size_t i = 0; i < ARRAY_SIZE(shards); i++) {
		__u32 parts = 0;

		memset(self->seen, 0, MANY * sizeof(*self->seen));
		for (__u32 shard = 0; shard < (shards[i] ?: 1); shard++) {
			__u32 count = 0;

			args = scan_args(buffer, 2 << 20);
			args.shard = shard;
			args.shards = shards[i];
			do {
				ASSERT_EQ(0, step(self, &variant->shape, &args));
				count += args.count;
			} while (!args.done);
			parts += count > 0;
		}
		EXPECT_EQ(0, not_seen(self, 0, variant->keys, 1));
		/* Random hashes of a hundred keys leave none of a few empty. */
		EXPECT_LE(shards[i] < 4 ? shards[i] : 4, parts);
	}
}

TEST_F(scan, cursor_can_be_used_again)
{
	const __u32 room = some_room(&variant->shape);
	struct gomap_scan_args args = scan_args(guarded(room), room), saved;
	unsigned int *before = calloc(MANY, sizeof(*before));

	ASSERT_EQ(0, step(self, &variant->shape, &args));
	saved = args;
	memcpy(before, self->seen, MANY * sizeof(*before));
	for (int round = 0; round < 3; round++) {
		memcpy(self->seen, before, MANY * sizeof(*before));
		args = saved;
		if (!args.done)
			EXPECT_EQ(0, scan_rest(self, &variant->shape, &args));
		EXPECT_EQ(0, not_seen(self, 0, variant->keys, 1));
	}
}

/* One that was never given out begins somewhere, and comes to the end. */
TEST_F(scan, any_cursor_is_accepted)
{
	static const __u64 extreme[] = { 0, 1, 1ULL << 31, 1ULL << 32, LLONG_MAX, ULLONG_MAX };
	char *buffer = guarded(2 << 20);
	__u64 seed = random_seed();

	for (int i = 0; i < 100; i++) {
		struct gomap_scan_args args = scan_args(buffer, 2 << 20);

		memset(self->seen, 0, MANY * sizeof(*self->seen));
		if (i < 36) {
			args.cursor[0] = extreme[i / 6];
			args.cursor[1] = extreme[i % 6];
		} else {
			args.cursor[0] = next_random(&seed);
			args.cursor[1] = next_random(&seed);
		}
		args.shards = i % 3;
		ASSERT_EQ(0, scan_rest(self, &variant->shape, &args));
		for (__u32 key = 0; key < variant->keys; key++) {
			ASSERT_GE(1, self->seen[key]);
		}
	}
}

TEST_F(scan, cursor_of_another_map_is_accepted)
{
	struct gomap_scan_args args;
	struct shape shape = { 0, 8, 8 };
	char *buffer = guarded(2 << 20);
	int other = shape_create(&shape);

	ASSERT_LE(0, other);
	for (__u64 key = 0; key < 100; key++) {
		ASSERT_EQ(0, u64_insert(other, key, key, 0));
	}
	args = scan_args(buffer, 50 * 16);
	ASSERT_EQ(0, map_scan(other, &args));
	ASSERT_EQ(50, args.count);
	ASSERT_EQ(0, args.done);
	args.buffer_size = 2 << 20;
	EXPECT_EQ(0, scan_rest(self, &variant->shape, &args));
	for (__u32 key = 0; key < variant->keys; key++) {
		ASSERT_GE(1, self->seen[key]);
	}
}

/* Bad memory: what didn't reach the caller comes with the next call. */

TEST_F(scan, bad_pointer_loses_nothing)
{
	char *nowhere = mmap(NULL, 2 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct gomap_scan_args args = scan_args(nowhere, 2 << 20);

	EXPECT_EQ(-EFAULT, map_scan(self->map, &args));
	EXPECT_EQ(0, args.count);
	EXPECT_EQ(0, args.used);
	EXPECT_EQ(0, args.done);
	args.buffer = 0;
	EXPECT_EQ(-EFAULT, map_scan(self->map, &args));

	args.buffer = user_ptr(guarded(2 << 20));
	EXPECT_EQ(0, scan_rest(self, &variant->shape, &args));
	EXPECT_EQ(0, not_seen(self, 0, variant->keys, 1));
}

/* At each page in turn the memory ends earlier than the caller says. */
TEST_F(scan, memory_that_ends_in_the_middle_loses_nothing)
{
	const __u32 page = sysconf(_SC_PAGESIZE), claimed = 4 << 20;
	char *good = guarded(claimed);
	int partial = 0;

	for (__u32 pages = 1; pages < 24; pages++) {
		char *mem = mmap(NULL, claimed, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct gomap_scan_args args = scan_args(mem, claimed);
		int ret;

		ASSERT_EQ(0, mprotect(mem, pages * page, PROT_READ | PROT_WRITE));
		memset(self->seen, 0, MANY * sizeof(*self->seen));
		do {
			ret = map_scan(self->map, &args);
			ASSERT_TRUE(ret == 0 || ret == -EFAULT);
			ASSERT_GE(pages * page, args.used);
			if (!ret) {
				ASSERT_TRUE(take_all(self, &variant->shape, &args));
			} else {
				ASSERT_EQ(0, args.count);
			}
			partial += !ret && !args.done;
		} while (!ret && !args.done);
		args.buffer = user_ptr(good);
		if (!args.done)
			ASSERT_EQ(0, scan_rest(self, &variant->shape, &args));
		ASSERT_EQ(0, not_seen(self, 0, variant->keys, 1));
		munmap(mem, claimed);
	}
	/* Some had whole tiles before the end, if there is more than one. */
	if (variant->shape.key_size + variant->shape.value_size < 1000 &&
	    variant->keys * (variant->shape.key_size + variant->shape.value_size) > 20000)
		EXPECT_LT(0, partial);
}

/* Scan of maps from u64 to u64 that others change */

FIXTURE(change) {
	FIXTURE_DATA(scan) scan;
	struct shape shape;
	bool deleted[MANY];
};

FIXTURE_SETUP(change)
{
	self->shape = (struct shape){ 0, 8, 8 };
	self->scan.map = shape_create(&self->shape);
	ASSERT_LE(0, self->scan.map);
	self->scan.key.data = malloc(8);
	self->scan.value.data = malloc(8);
	self->scan.seen = calloc(MANY, sizeof(*self->scan.seen));
}

FIXTURE_TEARDOWN(change)
{
	close(self->scan.map);
}

static int fill_map(FIXTURE_DATA(change) *self, __u32 from, __u32 to)
{
	int ret = 0;

	for (__u32 i = from; i < to && !ret; i++)
		ret = insert(&self->scan, &self->shape, i);
	return ret;
}

static int delete(FIXTURE_DATA(change) *self, __u32 number)
{
	fill_key(&self->scan.key, &self->shape, number);
	self->deleted[number] = true;
	return map_delete(self->scan.map, self->scan.key.data, self->scan.key.len);
}

static __u64 buckets(int map)
{
	struct gomap_info info;

	return map_info(map, &info) ? 0 : info.buckets;
}

TEST_F(change, empty_map_is_done_at_once)
{
	struct gomap_scan_args args = scan_args(NULL, 0);

	EXPECT_EQ(0, map_scan(self->scan.map, &args));
	EXPECT_EQ(1, args.done);
	EXPECT_EQ(0, args.count);
	EXPECT_EQ(0, args.used);

	/* So is one that was emptied. */
	ASSERT_EQ(0, fill_map(self, 0, 100));
	args = scan_args(NULL, 0);
	EXPECT_EQ(-EMSGSIZE, map_scan(self->scan.map, &args));
	ASSERT_EQ(0, map_whole(self->scan.map, GOMAP_IOCTL_CLEAR, 0));
	EXPECT_EQ(0, scan_all(&self->scan, &self->shape, 16));
	EXPECT_EQ(0, not_seen(&self->scan, 0, MANY, 0));
}

TEST_F(change, shards_up_to_the_maximum)
{
	struct gomap_scan_args args;
	char *buffer = guarded(1 << 16);

	ASSERT_EQ(0, fill_map(self, 0, 1000));
	for (__u32 shard = 0; shard < GOMAP_SHARDS_MAX; shard++) {
		args = scan_args(buffer, 1 << 16);
		args.shard = shard;
		args.shards = GOMAP_SHARDS_MAX;
		ASSERT_EQ(0, scan_rest(&self->scan, &self->shape, &args));
	}
	EXPECT_EQ(0, not_seen(&self->scan, 0, 1000, 1));
}

TEST_F(change, shard_that_does_not_exist_is_refused)
{
	static const __u32 bad[][2] = {
		{ 1, 0 }, { 1, 1 }, { 2, 2 }, { UINT_MAX, 2 }, { 7, 7 }, { UINT_MAX, 0 },
		{ 0, GOMAP_SHARDS_MAX + 1 }, { 0, UINT_MAX }, { 5, 1U << 31 },
		{ GOMAP_SHARDS_MAX, GOMAP_SHARDS_MAX },
	};
	struct gomap_scan_args args;
	char buffer[1600];

	ASSERT_EQ(0, fill_map(self, 0, 100));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		args = scan_args(buffer, sizeof(buffer));
		args.shard = bad[i][0];
		args.shards = bad[i][1];
		EXPECT_EQ(-EINVAL, map_scan(self->scan.map, &args)) {
			TH_LOG("shard %u of %u", bad[i][0], bad[i][1]);
		}
	}
	args = scan_args(buffer, sizeof(buffer));
	args.shard = GOMAP_SHARDS_MAX - 1;
	args.shards = GOMAP_SHARDS_MAX;
	EXPECT_EQ(0, map_scan(self->scan.map, &args));
}

/* A program that asks again needs to set nothing but the cursor. */
TEST_F(change, members_that_are_written_are_not_looked_at)
{
	char buffer[1600];
	struct gomap_scan_args args = scan_args(buffer, sizeof(buffer));

	ASSERT_EQ(0, fill_map(self, 0, 100));
	args.count = UINT_MAX;
	args.used = UINT_MAX;
	args.done = UINT_MAX;
	EXPECT_EQ(0, scan_rest(&self->scan, &self->shape, &args));
	EXPECT_EQ(0, not_seen(&self->scan, 0, 100, 1));
}

TEST_F(change, growth_in_the_middle_loses_and_repeats_nothing)
{
	enum { STABLE = 500 };
	struct gomap_scan_args args = scan_args(guarded(4 * 16), 4 * 16);
	__u32 keys = STABLE;
	__u64 before;

	ASSERT_EQ(0, fill_map(self, 0, STABLE));
	before = buckets(self->scan.map);
	do {
		ASSERT_EQ(0, step(&self->scan, &self->shape, &args));
		if (keys + 100 <= MANY) {
			ASSERT_EQ(0, fill_map(self, keys, keys + 100));
			keys += 100;
		}
	} while (!args.done);
	EXPECT_LE(8 * before, buckets(self->scan.map));
	EXPECT_EQ(0, not_seen(&self->scan, 0, STABLE, 1));
	for (__u32 i = STABLE; i < keys; i++) {
		ASSERT_GE(1, self->scan.seen[i]);
	}
}

TEST_F(change, shrink_in_the_middle_loses_and_repeats_nothing)
{
	enum { STABLE = 500 };
	struct gomap_scan_args args = scan_args(guarded(50 * 16), 50 * 16);
	__u32 next = STABLE, after = 0;
	__u64 before;

	ASSERT_EQ(0, fill_map(self, 0, MANY));
	ASSERT_TRUE(eventually(buckets(self->scan.map) == buckets_for(MANY)));
	before = buckets(self->scan.map);
	do {
		ASSERT_EQ(0, step(&self->scan, &self->shape, &args));
		for (__u32 i = 0; i < 1000 && next < MANY; i++, next++) {
			/* What is gone before it was delivered isn't delivered. */
			if (!self->scan.seen[next])
				self->scan.seen[next] = 1000;
			ASSERT_EQ(0, delete(self, next));
		}
		if (next == MANY && after++ == 0)
			ASSERT_EQ(0, map_whole(self->scan.map, GOMAP_IOCTL_SHRINK, 0));
	} while (!args.done);
	EXPECT_LT(1, after) {
		TH_LOG("scan was over before the map was small");
	}
	EXPECT_GE(before, 8 * buckets(self->scan.map));
	EXPECT_EQ(0, not_seen(&self->scan, 0, STABLE, 1));
	for (__u32 i = STABLE; i < MANY; i++) {
		ASSERT_TRUE(self->scan.seen[i] == 1 || self->scan.seen[i] == 1000);
	}
}

TEST_F(change, clear_in_the_middle_leaves_nothing_to_deliver)
{
	struct gomap_scan_args args = scan_args(guarded(1600), 1600);
	__u32 delivered = 0;

	ASSERT_EQ(0, fill_map(self, 0, 5000));
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, step(&self->scan, &self->shape, &args));
		delivered += args.count;
	}
	EXPECT_EQ(0, args.done);
	EXPECT_LT(0, delivered);
	ASSERT_EQ(0, map_whole(self->scan.map, GOMAP_IOCTL_CLEAR, 0));
	memset(self->scan.seen, 0, MANY * sizeof(*self->scan.seen));
	EXPECT_EQ(0, scan_rest(&self->scan, &self->shape, &args));
	EXPECT_EQ(0, not_seen(&self->scan, 0, MANY, 0));
}

enum { STABLE = 1000 };

static int insert_u64(int map, __u32 number)
{
	const struct shape shape = { 0, 8, 8 };
	unsigned char key_data[8], value_data[8];
	struct bytes key = { .data = key_data }, value = { .data = value_data };

	fill_key(&key, &shape, number);
	fill_value(&value, &shape, number);
	return map_insert(map, key_data, 8, value_data, 8, 0);
}

static int delete_u64(int map, __u32 number)
{
	const struct shape shape = { 0, 8, 8 };
	unsigned char key_data[8];
	struct bytes key = { .data = key_data };

	fill_key(&key, &shape, number);
	return map_delete(map, key_data, 8);
}

/* Each thread makes the map large with its own part of the keys and small again. */
static void *make_large_and_small(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	while (me->result >= 0 && !stopped(me)) {
		__u32 i;

		for (i = STABLE + me->number; i < MANY && !stopped(me); i += THREADS)
			if (insert_u64(me->map, i))
				me->result = -EINVAL;
		while (i >= STABLE + THREADS + (__u32)me->number) {
			i -= THREADS;
			if (delete_u64(me->map, i))
				me->result = -EINVAL;
		}
		if (me->result >= 0)
			me->result++;
	}
	return NULL;
}

TEST_F(change, scan_among_threads_delivers_stable_keys_exactly_once)
{
	static const __u32 sizes[] = { 16 * 7, 16 * 100, 1 << 20 };
	struct worker workers[THREADS];
	pthread_barrier_t start;
	bool stop = false;

	ASSERT_EQ(0, fill_map(self, 0, STABLE));
	pthread_barrier_init(&start, NULL, THREADS + 1);
	spawn(workers, self->scan.map, &stop, &start, make_large_and_small);
	pthread_barrier_wait(&start);
	EXPECT_TRUE(eventually(all_work(workers)));
	for (size_t i = 0; i < 30; i++) {
		EXPECT_EQ(0, scan_all(&self->scan, &self->shape, sizes[i % ARRAY_SIZE(sizes)]));
		EXPECT_EQ(0, not_seen(&self->scan, 0, STABLE, 1));
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	EXPECT_LE(0, join(workers));

	EXPECT_EQ(STABLE, map_entries(self->scan.map));
	EXPECT_EQ(0, scan_all(&self->scan, &self->shape, 1600));
	EXPECT_EQ(0, not_seen(&self->scan, 0, STABLE, 1));
	EXPECT_EQ(0, not_seen(&self->scan, STABLE, MANY, 0));
}

static void *fill_and_clear(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	while (me->result >= 0 && !stopped(me)) {
		for (__u32 i = me->number; i < 5000; i += THREADS)
			if (insert_u64(me->map, i))
				me->result = -EINVAL;
		if (!me->number && map_whole(me->map, GOMAP_IOCTL_CLEAR, 0))
			me->result = -EINVAL;
		if (me->result >= 0)
			me->result++;
	}
	return NULL;
}

/* There are no stable keys, but all that is delivered is right, and there's an end. */
TEST_F(change, scan_among_clears_comes_to_an_end)
{
	static const __u32 sizes[] = { 16 * 7, 16 * 100, 1 << 20 };
	struct worker workers[THREADS];
	pthread_barrier_t start;
	bool stop = false;

	pthread_barrier_init(&start, NULL, THREADS + 1);
	spawn(workers, self->scan.map, &stop, &start, fill_and_clear);
	pthread_barrier_wait(&start);
	EXPECT_TRUE(eventually(all_work(workers)));
	for (size_t i = 0; i < 30; i++)
		EXPECT_EQ(0, scan_all(&self->scan, &self->shape, sizes[i % ARRAY_SIZE(sizes)]));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	EXPECT_LT(0, join(workers));

	ASSERT_EQ(0, map_whole(self->scan.map, GOMAP_IOCTL_CLEAR, 0));
	EXPECT_EQ(0, map_entries(self->scan.map));
	ASSERT_EQ(0, fill_map(self, 0, 5000));
	EXPECT_EQ(0, scan_all(&self->scan, &self->shape, 1600));
	EXPECT_EQ(0, not_seen(&self->scan, 0, 5000, 1));
}

/* Each thread scans one shard, with all of them counting in their own place. */
static void *scan_own_shard(void *arg)
{
	struct worker *me = arg;
	char *buffer = guarded(1600);
	struct gomap_scan_args args = scan_args(buffer, 1600);

	args.shard = me->number;
	args.shards = THREADS;
	pthread_barrier_wait(me->start);
	do {
		int ret = map_scan(me->map, &args);

		if (ret) {
			me->result = ret;
			break;
		}
		me->result += args.count;
	} while (!args.done);
	return NULL;
}

TEST_F(change, threads_scan_a_shard_each)
{
	struct worker workers[THREADS];
	pthread_barrier_t start;

	ASSERT_EQ(0, fill_map(self, 0, MANY));
	pthread_barrier_init(&start, NULL, THREADS);
	spawn(workers, self->scan.map, NULL, &start, scan_own_shard);
	EXPECT_EQ(MANY, join(workers));
	/* Random hashes give them about the same. */
	for (int i = 0; i < THREADS; i++)
		EXPECT_LT(MANY / THREADS / 2, workers[i].result);
}

/* A signal ends the call between two tiles, and the next call goes on there. */
TEST_F(change, signals_in_the_middle_lose_nothing)
{
	const __u32 room = 16 * MANY;
	char *buffer = guarded(room);
	int interrupted = 0;

	ASSERT_EQ(0, fill_map(self, 0, MANY));
	tick(200);
	for (int round = 0; round < 3000 && interrupted < 20; round++) {
		struct gomap_scan_args args = scan_args(buffer, room);

		memset(self->scan.seen, 0, MANY * sizeof(*self->scan.seen));
		do {
			int ret = step(&self->scan, &self->shape, &args);

			ASSERT_TRUE(ret == 0 || ret == -EINTR);
			interrupted += !args.done;
		} while (!args.done);
		ASSERT_EQ(0, not_seen(&self->scan, 0, MANY, 1));
	}
	tick(0);
	EXPECT_LT(0, interrupted);
}

/* Descriptors */

FIXTURE(scan_node) {
	int map;
	char buffer[1600];
	struct gomap_scan_args args;
};

FIXTURE_SETUP(scan_node)
{
	self->map = map_create(named_args(NAME));
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, u64_insert(self->map, 1, 100, 0));
	self->args = scan_args(self->buffer, sizeof(self->buffer));
	self->args.buffer = user_ptr(malloc(sizeof(self->buffer)));
}

FIXTURE_TEARDOWN_PARENT(scan_node)
{
	remove_test_maps();
}

TEST_F(scan_node, read_only_descriptor_scans)
{
	int map = map_open(NODE, O_RDONLY);

	ASSERT_LE(0, map);
	EXPECT_EQ(0, map_scan(map, &self->args));
	EXPECT_EQ(1, self->args.count);
}

TEST_F(scan_node, write_only_descriptor_does_not_scan)
{
	int map = map_open(NODE, O_WRONLY);

	ASSERT_LE(0, map);
	EXPECT_EQ(-EBADF, map_scan(map, &self->args));
	EXPECT_EQ(-EBADF, map_scan(map_open(NODE, O_ACCMODE), &self->args));
	EXPECT_EQ(0, self->args.count);
	EXPECT_EQ(0, map_scan(self->map, &self->args));
}

TEST_F(scan_node, frozen_map_is_scanned)
{
	ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_FREEZE, 0));
	EXPECT_EQ(0, map_scan(self->map, &self->args));
	EXPECT_EQ(1, self->args.count);
	EXPECT_EQ(1, self->args.done);
}

TEST_HARNESS_MAIN
