// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that look and change at one moment: swap, take, delete if equal,
 * compare and exchange, fetch and add, insert or tell what is there. What they
 * take out of the map is never lost, and no two threads get the same.
 */
#include "gomap_test.h"

#include <limits.h>

enum {
	UNTOUCHED = 0xee,
	PRESENT = 1,		/* this key is in the map with the value OLD, */
	ABSENT = 2,		/* this one isn't */
	OLD = 30,
	NEW = 50,
	WRONG = 40,		/* nobody's value */
};

FIXTURE(atomic) {
	int map;
	struct bytes key;
	struct bytes value;
	struct bytes other;
	unsigned char *out;	/* room for a value, with nothing behind */
	struct gomap_op_args args;
};

FIXTURE_VARIANT(atomic) {
	struct shape shape;
};

FIXTURE_VARIANT_ADD(atomic, u64_to_u64) { { 0, 8, 8 } };
FIXTURE_VARIANT_ADD(atomic, byte_to_byte) { { 0, 1, 1 } };
FIXTURE_VARIANT_ADD(atomic, odd_sizes) { { 0, 7, 3 } };
FIXTURE_VARIANT_ADD(atomic, largest_slot) { { 0, 64, 64 } };
FIXTURE_VARIANT_ADD(atomic, large_key) { { 0, 4096, 8 } };
FIXTURE_VARIANT_ADD(atomic, large_value) { { 0, 8, 5000 } };
FIXTURE_VARIANT_ADD(atomic, set) { { 0, 8, 0 } };
FIXTURE_VARIANT_ADD(atomic, var_key) { { GOMAP_VAR_KEY, 200, 8 } };
FIXTURE_VARIANT_ADD(atomic, var_value) { { GOMAP_VAR_VALUE, 8, 500 } };
FIXTURE_VARIANT_ADD(atomic, var_both) { { GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 200, 3000 } };

FIXTURE_SETUP(atomic)
{
	const struct shape *shape = &variant->shape;

	self->map = shape_create(shape);
	ASSERT_LE(0, self->map);
	self->key.data = guarded(shape->key_size + 1);
	self->value.data = guarded(shape->value_size + 1);
	self->other.data = guarded(shape->value_size + 1);
	self->out = guarded(shape->value_size);
	fill_key(&self->key, shape, PRESENT);
	fill_value(&self->value, shape, OLD);
	ASSERT_EQ(0, map_insert(self->map, self->key.data, self->key.len, self->value.data,
				self->value.len, 0));
	/* Others beside it, which nobody touches. */
	for (__u32 i = 10; i < 40; i++) {
		fill_key(&self->key, shape, i);
		ASSERT_EQ(0, map_insert(self->map, self->key.data, self->key.len,
					self->value.data, self->value.len, 0));
	}
}

FIXTURE_TEARDOWN(atomic)
{
	close(self->map);
}

/* 0 if the key is there with that value, -EBADMSG if with another one, or -errno. */
static int check(FIXTURE_DATA(atomic) *self, const struct shape *shape, __u32 key, __u32 value)
{
	struct bytes found = { .data = malloc(shape->value_size + 1), .len = shape->value_size };
	struct bytes right = { .data = malloc(shape->value_size + 1) };
	int ret;

	fill_key(&self->key, shape, key);
	fill_value(&right, shape, value);
	ret = map_lookup(self->map, self->key.data, self->key.len, found.data, &found.len);
	if (!ret && (found.len != right.len || memcmp(found.data, right.data, right.len)))
		ret = -EBADMSG;
	free(found.data);
	free(right.data);
	return ret;
}

static bool unchanged(FIXTURE_DATA(atomic) *self, const struct shape *shape)
{
	return map_entries(self->map) == 31 && !check(self, shape, PRESENT, OLD) &&
	       check(self, shape, ABSENT, OLD) == -ENOENT;
}

#define EXPECT_REFUSED(error, call)					\
	do {								\
		EXPECT_EQ(-(error), call);				\
		EXPECT_TRUE(unchanged(self, &variant->shape));		\
	} while (0)

/* The value OLD in @out, and nothing where it isn't? */
static bool is_old(FIXTURE_DATA(atomic) *self, const struct shape *shape, __u32 len)
{
	fill_value(&self->value, shape, OLD);
	if (len != self->value.len || memcmp(self->out, self->value.data, len))
		return false;
	for (; len < shape->value_size; len++)
		if (self->out[len] != UNTOUCHED)
			return false;
	return true;
}

static struct gomap_op_args *key_args(FIXTURE_DATA(atomic) *self, const struct shape *shape,
				      __u32 key)
{
	memset(self->out, UNTOUCHED, shape->value_size);
	fill_key(&self->key, shape, key);
	self->args = op_args(self->key.data, self->key.len, NULL, 0);
	return &self->args;
}

static int take(FIXTURE_DATA(atomic) *self, const struct shape *shape, __u32 key)
{
	struct gomap_op_args *args = key_args(self, shape, key);

	args->value = user_ptr(self->out);
	args->value_len = shape->value_size;
	return map_op(self->map, GOMAP_IOCTL_TAKE, args);
}

static int swap(FIXTURE_DATA(atomic) *self, const struct shape *shape, __u32 key, __u32 value)
{
	struct gomap_op_args *args = key_args(self, shape, key);

	fill_value(&self->value, shape, value);
	args->value = user_ptr(self->value.data);
	args->value_len = self->value.len;
	args->other = user_ptr(self->out);
	args->other_len = shape->value_size;
	return map_op(self->map, GOMAP_IOCTL_SWAP, args);
}

static int delete_equal(FIXTURE_DATA(atomic) *self, const struct shape *shape, __u32 key,
			__u32 value)
{
	struct gomap_op_args *args = key_args(self, shape, key);

	fill_value(&self->value, shape, value);
	args->flags = GOMAP_DELETE_EQUAL;
	args->value = user_ptr(self->value.data);
	args->value_len = self->value.len;
	return map_op(self->map, GOMAP_IOCTL_DELETE, args);
}

static int exchange(FIXTURE_DATA(atomic) *self, const struct shape *shape, __u32 key, __u32 old,
		    __u32 new)
{
	struct gomap_op_args *args = key_args(self, shape, key);

	fill_value(&self->value, shape, new);
	fill_value(&self->other, shape, old);
	args->value = user_ptr(self->value.data);
	args->value_len = self->value.len;
	args->other = user_ptr(self->other.data);
	args->other_len = self->other.len;
	return map_op(self->map, GOMAP_IOCTL_COMPARE_EXCHANGE, args);
}

static int insert_or_tell(FIXTURE_DATA(atomic) *self, const struct shape *shape, __u32 key,
			  __u32 value)
{
	struct gomap_op_args *args = key_args(self, shape, key);

	fill_value(&self->value, shape, value);
	args->flags = GOMAP_INSERT_NEW;
	args->value = user_ptr(self->value.data);
	args->value_len = self->value.len;
	/* Any pointer, or a set would have none. */
	args->other = user_ptr(self->out);
	args->other_len = shape->value_size;
	return map_op(self->map, GOMAP_IOCTL_INSERT, args);
}

TEST_F(atomic, take_deletes_the_key_and_gives_its_value)
{
	EXPECT_EQ(0, take(self, &variant->shape, PRESENT));
	EXPECT_TRUE(is_old(self, &variant->shape, self->args.value_len));
	EXPECT_EQ(-ENOENT, check(self, &variant->shape, PRESENT, OLD));
	EXPECT_EQ(30, map_entries(self->map));
	EXPECT_EQ(-ENOENT, take(self, &variant->shape, PRESENT));
	EXPECT_EQ(30, map_entries(self->map));
}

TEST_F(atomic, swap_gives_the_old_value_for_the_new_one)
{
	EXPECT_REFUSED(ENOENT, swap(self, &variant->shape, ABSENT, NEW));
	EXPECT_EQ(0, swap(self, &variant->shape, PRESENT, NEW));
	EXPECT_TRUE(is_old(self, &variant->shape, self->args.other_len));
	EXPECT_EQ(0, check(self, &variant->shape, PRESENT, NEW));
	EXPECT_EQ(31, map_entries(self->map));
	EXPECT_EQ(0, check(self, &variant->shape, 10, OLD));
}

TEST_F(atomic, delete_equal_deletes_no_other_value)
{
	if (variant->shape.value_size)
		EXPECT_REFUSED(ECANCELED, delete_equal(self, &variant->shape, PRESENT, WRONG));
	EXPECT_REFUSED(ENOENT, delete_equal(self, &variant->shape, ABSENT, OLD));
	EXPECT_EQ(0, delete_equal(self, &variant->shape, PRESENT, OLD));
	EXPECT_EQ(-ENOENT, check(self, &variant->shape, PRESENT, OLD));
	EXPECT_EQ(30, map_entries(self->map));
	EXPECT_EQ(0, check(self, &variant->shape, 10, OLD));
}

TEST_F(atomic, compare_exchange_changes_the_expected_value_only)
{
	if (variant->shape.value_size)
		EXPECT_REFUSED(ECANCELED, exchange(self, &variant->shape, PRESENT, WRONG, NEW));
	EXPECT_REFUSED(ENOENT, exchange(self, &variant->shape, ABSENT, OLD, NEW));
	EXPECT_EQ(0, exchange(self, &variant->shape, PRESENT, OLD, NEW));
	EXPECT_EQ(0, check(self, &variant->shape, PRESENT, NEW));
	EXPECT_EQ(31, map_entries(self->map));
	if (variant->shape.value_size)
		EXPECT_EQ(-ECANCELED, exchange(self, &variant->shape, PRESENT, OLD, NEW));
}

/* A difference in any byte is one, in the last and in the middle too. */
TEST_F(atomic, every_byte_is_compared)
{
	const struct shape *shape = &variant->shape;
	__u32 len;

	fill_value(&self->value, shape, OLD);
	len = self->value.len;
	for (__u32 at = 0; at < len; at++) {
		/* Some are enough, of the large ones. */
		if (at > 20 && at + 20 < len && at % 97)
			continue;
		key_args(self, shape, PRESENT);
		fill_value(&self->other, shape, OLD);
		self->other.data[at] ^= 0x40;
		self->args.flags = GOMAP_DELETE_EQUAL;
		self->args.value = user_ptr(self->other.data);
		self->args.value_len = len;
		EXPECT_REFUSED(ECANCELED, map_op(self->map, GOMAP_IOCTL_DELETE, &self->args));

		self->args.flags = 0;
		self->args.other = user_ptr(self->other.data);
		self->args.other_len = len;
		fill_key(&self->key, shape, PRESENT);
		EXPECT_REFUSED(ECANCELED, map_op(self->map, GOMAP_IOCTL_COMPARE_EXCHANGE,
						 &self->args));
	}
	EXPECT_EQ(0, delete_equal(self, shape, PRESENT, OLD));
}

TEST_F(atomic, insert_new_tells_the_value_that_is_there)
{
	EXPECT_REFUSED(EEXIST, insert_or_tell(self, &variant->shape, PRESENT, NEW));
	EXPECT_TRUE(is_old(self, &variant->shape, self->args.other_len));

	/* A new key needs no room. */
	EXPECT_EQ(0, insert_or_tell(self, &variant->shape, ABSENT, NEW));
	EXPECT_EQ(0, check(self, &variant->shape, ABSENT, NEW));
	for (__u32 i = 0; i < variant->shape.value_size; i++) {
		ASSERT_EQ(UNTOUCHED, self->out[i]);
	}
	EXPECT_EQ(32, map_entries(self->map));
}

/* Too little room: the length is told, and nothing else happens. */
TEST_F(atomic, short_buffer_changes_nothing)
{
	const struct shape *shape = &variant->shape;
	__u32 needed;

	fill_value(&self->value, shape, OLD);
	needed = self->value.len;
	for (int i = 0; i < 3 && needed; i++) {
		const __u32 len = i == 0 ? 0 : i == 1 ? needed / 2 : needed - 1;

		key_args(self, shape, PRESENT);
		self->args.value = user_ptr(self->out);
		self->args.value_len = len;
		EXPECT_REFUSED(EMSGSIZE, map_op(self->map, GOMAP_IOCTL_TAKE, &self->args));
		EXPECT_EQ(needed, self->args.value_len);

		key_args(self, shape, PRESENT);
		fill_value(&self->value, shape, NEW);
		self->args.value = user_ptr(self->value.data);
		self->args.value_len = self->value.len;
		self->args.other = user_ptr(self->out);
		self->args.other_len = len;
		EXPECT_REFUSED(EMSGSIZE, map_op(self->map, GOMAP_IOCTL_SWAP, &self->args));
		EXPECT_EQ(needed, self->args.other_len);

		fill_key(&self->key, shape, PRESENT);
		self->args.flags = GOMAP_INSERT_NEW;
		self->args.other_len = len;
		EXPECT_REFUSED(EMSGSIZE, map_op(self->map, GOMAP_IOCTL_INSERT, &self->args));
		EXPECT_EQ(needed, self->args.other_len);
		EXPECT_EQ(UNTOUCHED, self->out[0]);
	}
	EXPECT_EQ(0, take(self, shape, PRESENT));
}

TEST_F(atomic, bad_pointer_for_the_value_loses_nothing)
{
	const struct shape *shape = &variant->shape;
	char *nowhere = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 bad[4] = { 1, user_ptr(nowhere) };

	if (!shape->value_size)
		SKIP(return, "there are no values");
	fill_value(&self->value, shape, OLD);
	bad[2] = user_ptr(read_only(self->out, shape->value_size));
	/* All but the last byte can be written. */
	bad[3] = user_ptr(guarded(self->value.len - 1));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		key_args(self, shape, PRESENT);
		self->args.value = bad[i];
		self->args.value_len = shape->value_size;
		EXPECT_REFUSED(EFAULT, map_op(self->map, GOMAP_IOCTL_TAKE, &self->args));

		key_args(self, shape, PRESENT);
		fill_value(&self->value, shape, NEW);
		self->args.value = user_ptr(self->value.data);
		self->args.value_len = self->value.len;
		self->args.other = bad[i];
		self->args.other_len = shape->value_size;
		EXPECT_REFUSED(EFAULT, map_op(self->map, GOMAP_IOCTL_SWAP, &self->args));

		fill_key(&self->key, shape, PRESENT);
		self->args.flags = GOMAP_INSERT_NEW;
		self->args.other_len = shape->value_size;
		EXPECT_REFUSED(EFAULT, map_op(self->map, GOMAP_IOCTL_INSERT, &self->args));
	}
	EXPECT_EQ(0, swap(self, shape, PRESENT, NEW));
	EXPECT_EQ(0, take(self, shape, PRESENT));
}

/*
 * Where the length can't be written, the caller would not know what it got. With
 * room for just a value, and all of one size, it would.
 */
TEST_F(atomic, read_only_structure_loses_nothing)
{
	struct gomap_op_args *fixed;

	key_args(self, &variant->shape, PRESENT);
	self->args.value = user_ptr(self->out);
	self->args.value_len = variant->shape.value_size + 1;
	fixed = read_only(&self->args, sizeof(self->args));
	EXPECT_REFUSED(EFAULT, map_op(self->map, GOMAP_IOCTL_TAKE, fixed));

	key_args(self, &variant->shape, PRESENT);
	fill_value(&self->value, &variant->shape, NEW);
	self->args.value = user_ptr(self->value.data);
	self->args.value_len = self->value.len;
	self->args.other = user_ptr(self->out);
	self->args.other_len = variant->shape.value_size + 1;
	fixed = read_only(&self->args, sizeof(self->args));
	EXPECT_REFUSED(EFAULT, map_op(self->map, GOMAP_IOCTL_SWAP, fixed));
	EXPECT_EQ(0, swap(self, &variant->shape, PRESENT, NEW));
}

TEST_F(atomic, bad_pointer_to_what_is_given_changes_nothing)
{
	static const unsigned int cmds[] = { GOMAP_IOCTL_SWAP, GOMAP_IOCTL_COMPARE_EXCHANGE };

	key_args(self, &variant->shape, PRESENT);
	self->args.value = user_ptr(self->out);
	self->args.value_len = variant->shape.value_size;
	self->args.key = 1;
	EXPECT_REFUSED(EFAULT, map_op(self->map, GOMAP_IOCTL_TAKE, &self->args));
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_EQ(0, exchange(self, &variant->shape, PRESENT, OLD, OLD));
		self->args.key = 1;
		EXPECT_REFUSED(EFAULT, map_op(self->map, cmds[i], &self->args));
		if (!variant->shape.value_size)
			continue;
		EXPECT_EQ(0, exchange(self, &variant->shape, PRESENT, OLD, OLD));
		self->args.value = 1;
		EXPECT_REFUSED(EFAULT, map_op(self->map, cmds[i], &self->args));
		EXPECT_EQ(0, exchange(self, &variant->shape, PRESENT, OLD, OLD));
		self->args.other = 1;
		EXPECT_REFUSED(EFAULT, map_op(self->map, cmds[i], &self->args));
	}
	if (!variant->shape.value_size)
		return;
	EXPECT_EQ(-ENOENT, delete_equal(self, &variant->shape, ABSENT, OLD));
	fill_key(&self->key, &variant->shape, PRESENT);
	self->args.key_len = self->key.len;
	self->args.value = 1;
	EXPECT_REFUSED(EFAULT, map_op(self->map, GOMAP_IOCTL_DELETE, &self->args));
}

TEST_F(atomic, wrong_lengths_are_refused)
{
	const struct shape *shape = &variant->shape;

	/* One too long is too long for all; one too short only for fixed ones. */
	for (int by = -1; by <= 1; by += 2) {
		bool key_may = by < 0 && shape->flags & GOMAP_VAR_KEY;
		bool value_may = by < 0 && (!shape->value_size || shape->flags & GOMAP_VAR_VALUE);
		__u32 key_len = shape->key_size + by, value_len = shape->value_size + by;

		if (!key_may) {
			EXPECT_EQ(-ENOENT, take(self, shape, ABSENT));
			self->args.key_len = key_len;
			EXPECT_REFUSED(EINVAL, map_op(self->map, GOMAP_IOCTL_TAKE, &self->args));
			EXPECT_EQ(-ENOENT, swap(self, shape, ABSENT, NEW));
			self->args.key_len = key_len;
			EXPECT_REFUSED(EINVAL, map_op(self->map, GOMAP_IOCTL_SWAP, &self->args));
			EXPECT_EQ(-ENOENT, exchange(self, shape, ABSENT, OLD, NEW));
			self->args.key_len = key_len;
			EXPECT_REFUSED(EINVAL, map_op(self->map, GOMAP_IOCTL_COMPARE_EXCHANGE,
						      &self->args));
			EXPECT_EQ(-ENOENT, delete_equal(self, shape, ABSENT, OLD));
			self->args.key_len = key_len;
			EXPECT_REFUSED(EINVAL, map_op(self->map, GOMAP_IOCTL_DELETE,
						      &self->args));
		}
		if (value_may)
			continue;
		EXPECT_EQ(-ENOENT, swap(self, shape, ABSENT, NEW));
		self->args.value_len = value_len;
		fill_key(&self->key, shape, PRESENT);
		EXPECT_REFUSED(EINVAL, map_op(self->map, GOMAP_IOCTL_SWAP, &self->args));
		EXPECT_EQ(-ENOENT, exchange(self, shape, ABSENT, OLD, NEW));
		self->args.value_len = value_len;
		EXPECT_REFUSED(EINVAL, map_op(self->map, GOMAP_IOCTL_COMPARE_EXCHANGE,
					      &self->args));
		EXPECT_EQ(-ENOENT, exchange(self, shape, ABSENT, OLD, NEW));
		self->args.other_len = value_len;
		EXPECT_REFUSED(EINVAL, map_op(self->map, GOMAP_IOCTL_COMPARE_EXCHANGE,
					      &self->args));
		EXPECT_EQ(-ENOENT, delete_equal(self, shape, ABSENT, OLD));
		self->args.value_len = value_len;
		EXPECT_REFUSED(EINVAL, map_op(self->map, GOMAP_IOCTL_DELETE, &self->args));
	}
}

/* What each operation does to the keys of a model, at random. */
TEST_F(atomic, random_operations_do_what_a_model_says)
{
	enum { RANGE = 30, GONE = 0 };
	const struct shape *shape = &variant->shape;
	__u32 model[RANGE] = {};
	__u64 seed = random_seed();

	ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
	for (int i = 0; i < 1000; i++) {
		__u64 random = next_random(&seed);
		__u32 key = random % RANGE, value = 1 + (random >> 32) % 6;
		__u32 old = 1 + (random >> 40) % 6;
		/* All values of a set are the same. */
		bool equal = model[key] == old || !shape->value_size;
		int missing = model[key] == GONE ? -ENOENT : 0;

		switch (random >> 16 & 7) {
		case 0:
			ASSERT_EQ(missing, take(self, shape, key));
			model[key] = GONE;
			break;
		case 1:
			ASSERT_EQ(missing, swap(self, shape, key, value));
			if (!missing)
				model[key] = value;
			break;
		case 2:
			ASSERT_EQ(missing ?: equal ? 0 : -ECANCELED,
				  delete_equal(self, shape, key, old)) {
				TH_LOG("key %u", key);
			}
			if (!missing && equal)
				model[key] = GONE;
			break;
		case 3:
		case 4:
			ASSERT_EQ(missing ?: equal ? 0 : -ECANCELED,
				  exchange(self, shape, key, old, value));
			if (!missing && equal)
				model[key] = value;
			break;
		default:
			ASSERT_EQ(missing ? 0 : -EEXIST, insert_or_tell(self, shape, key, value));
			if (missing)
				model[key] = value;
		}
		ASSERT_EQ(model[key] ? 0 : -ENOENT, check(self, shape, key, model[key]));
	}
}

/* Descriptors and frozen maps */

FIXTURE(mode) {
	int map;
	__u64 key;
	__u64 value;
	__u64 other;
	struct gomap_op_args args;
};

FIXTURE_SETUP(mode)
{
	self->map = map_create(named_args(NAME));
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, u64_insert(self->map, PRESENT, OLD, 0));
	self->key = PRESENT;
	self->value = NEW;
	self->other = OLD;
	self->args = op_args(&self->key, 8, &self->value, 8);
	self->args.other = user_ptr(&self->other);
	self->args.other_len = 8;
}

FIXTURE_TEARDOWN_PARENT(mode)
{
	remove_test_maps();
}

static int take_u64(int map, __u64 key, __u64 *value)
{
	struct gomap_op_args args = op_args(&key, 8, value, 8);

	return map_op(map, GOMAP_IOCTL_TAKE, &args);
}

#define EXPECT_NOT_FOR(error, fd)							\
	do {										\
		__u64 old;								\
		EXPECT_EQ(-(error), take_u64(fd, PRESENT, &old));			\
		EXPECT_EQ(-(error), map_op(fd, GOMAP_IOCTL_SWAP, &self->args));	\
		EXPECT_EQ(-(error), u64_fetch_add(fd, PRESENT, 1, &old, 0));		\
		EXPECT_EQ(OLD, u64_value(self->map, PRESENT));				\
		EXPECT_EQ(1, map_entries(self->map));					\
	} while (0)

TEST_F(mode, what_returns_a_value_and_changes_it_needs_both)
{
	int both = map_open(NODE, O_RDWR);
	__u64 old;

	EXPECT_NOT_FOR(EBADF, map_open(NODE, O_RDONLY));
	EXPECT_NOT_FOR(EBADF, map_open(NODE, O_WRONLY));
	EXPECT_NOT_FOR(EBADF, map_open(NODE, O_ACCMODE));
	EXPECT_EQ(NEW, self->value);
	EXPECT_EQ(0, u64_fetch_add(both, PRESENT, 1, &old, 0));
	EXPECT_EQ(0, map_op(both, GOMAP_IOCTL_SWAP, &self->args));
	EXPECT_EQ(OLD + 1, self->other);
	EXPECT_EQ(0, take_u64(both, PRESENT, &old));
	EXPECT_EQ(NEW, old);
}

TEST_F(mode, compare_exchange_needs_writing_only)
{
	EXPECT_EQ(-EBADF, map_op(map_open(NODE, O_RDONLY), GOMAP_IOCTL_COMPARE_EXCHANGE,
				 &self->args));
	EXPECT_EQ(OLD, u64_value(self->map, PRESENT));
	EXPECT_EQ(0, map_op(map_open(NODE, O_WRONLY), GOMAP_IOCTL_COMPARE_EXCHANGE,
			    &self->args));
	EXPECT_EQ(NEW, u64_value(self->map, PRESENT));
}

TEST_F(mode, insert_that_tells_needs_both)
{
	int writer = map_open(NODE, O_WRONLY);

	self->args.flags = GOMAP_INSERT_NEW;
	self->other = 0;
	EXPECT_EQ(-EBADF, map_op(writer, GOMAP_IOCTL_INSERT, &self->args));
	EXPECT_EQ(0, self->other);
	EXPECT_EQ(-EEXIST, map_op(map_open(NODE, O_RDWR), GOMAP_IOCTL_INSERT, &self->args));
	EXPECT_EQ(OLD, self->other);
	self->args.other = 0;
	self->args.other_len = 0;
	EXPECT_EQ(-EEXIST, map_op(writer, GOMAP_IOCTL_INSERT, &self->args));
}

TEST_F(mode, insert_without_new_tells_nothing)
{
	EXPECT_EQ(-EINVAL, map_op(self->map, GOMAP_IOCTL_INSERT, &self->args));
	self->args.flags = GOMAP_INSERT_EXISTING;
	EXPECT_EQ(-EINVAL, map_op(self->map, GOMAP_IOCTL_INSERT, &self->args));
	EXPECT_EQ(OLD, u64_value(self->map, PRESENT));
	self->args.other = 0;
	self->args.other_len = 0;
	EXPECT_EQ(0, map_op(self->map, GOMAP_IOCTL_INSERT, &self->args));
	EXPECT_EQ(NEW, u64_value(self->map, PRESENT));
}

/* Fetch and add */

TEST(fetch_add_is_modulo_the_size_of_the_value)
{
	static const __u32 sizes[] = { 4, 8 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		const __u64 top = sizes[i] == 4 ? UINT_MAX : ULLONG_MAX;
		int map = map_create(map_args(0, 8, sizes[i]));
		__u64 old = NEW, key = 1;
		union {
			__u32 small;
			__u64 large;
		} value = {};
		__u32 len = sizes[i];

		ASSERT_LE(0, map);
		/* Absent counts as 0. */
		EXPECT_EQ(0, u64_fetch_add(map, 1, top, &old, 0));
		EXPECT_EQ(0, old);
		EXPECT_EQ(0, u64_fetch_add(map, 1, 5, &old, 0));
		EXPECT_EQ(top, old);
		EXPECT_EQ(0, u64_fetch_add(map, 1, -6, &old, 0));
		EXPECT_EQ(4, old);
		EXPECT_EQ(0, u64_fetch_add(map, 1, 1ULL << 32, &old, 0));
		EXPECT_EQ(top - 1, old);
		EXPECT_EQ(0, u64_fetch_add(map, 1, 0, &old, 0));
		EXPECT_EQ(sizes[i] == 4 ? top - 1 : (1ULL << 32) - 2, old);
		EXPECT_EQ(0, map_lookup(map, &key, 8, &value, &len));
		EXPECT_EQ(old, sizes[i] == 4 ? value.small : value.large);
		EXPECT_EQ(1, map_entries(map));
	}
}

TEST(fetch_add_minds_its_flags)
{
	int map = map_create(map_args(0, 8, 8));
	__u64 old;

	ASSERT_LE(0, map);
	EXPECT_EQ(-ENOENT, u64_fetch_add(map, 1, 5, &old, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(0, map_entries(map));
	EXPECT_EQ(-EINVAL, u64_fetch_add(map, 1, 5, &old,
					 GOMAP_INSERT_EXISTING | GOMAP_INSERT_NEW));
	EXPECT_EQ(0, map_entries(map));
	EXPECT_EQ(0, u64_fetch_add(map, 1, 5, &old, GOMAP_INSERT_NEW));
	EXPECT_EQ(-EEXIST, u64_fetch_add(map, 1, 5, &old, GOMAP_INSERT_NEW));
	EXPECT_EQ(5, u64_value(map, 1));
	EXPECT_EQ(0, u64_fetch_add(map, 1, 5, &old, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(5, old);
	EXPECT_EQ(10, u64_value(map, 1));
}

TEST(fetch_add_needs_values_of_4_or_8_bytes)
{
	static const __u32 wrong[] = { 0, 1, 2, 3, 5, 7, 9, 16, 64, 100 };
	__u64 old;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		int map = map_create(map_args(0, 8, wrong[i]));

		ASSERT_LE(0, map);
		EXPECT_EQ(-EINVAL, u64_fetch_add(map, 1, 1, &old, 0));
		EXPECT_EQ(0, map_entries(map));
	}
	EXPECT_EQ(0, u64_fetch_add(map_create(map_args(0, 8, 8)), 1, 1, &old, 0));
}

TEST(fetch_add_that_cannot_tell_changes_nothing)
{
	int map = map_create(map_args(0, 8, 8));
	__u64 key = 1;
	struct gomap_add_args args = {
		.size = sizeof(args), .key = user_ptr(&key), .key_len = 8, .delta = 1,
	};

	ASSERT_LE(0, map);
	EXPECT_EQ(-EFAULT, result(ioctl(map, GOMAP_IOCTL_FETCH_ADD,
					read_only(&args, sizeof(args)))));
	EXPECT_EQ(0, map_entries(map));
	args.key = 1;
	EXPECT_EQ(-EFAULT, result(ioctl(map, GOMAP_IOCTL_FETCH_ADD, &args)));
	args.key = user_ptr(&key);
	args.key_len = 7;
	EXPECT_EQ(-EINVAL, result(ioctl(map, GOMAP_IOCTL_FETCH_ADD, &args)));
	EXPECT_EQ(0, map_entries(map));
	args.key_len = 8;
	EXPECT_EQ(0, result(ioctl(map, GOMAP_IOCTL_FETCH_ADD, &args)));
	EXPECT_EQ(1, u64_value(map, 1));
}

TEST(fetch_add_inserts_no_more_than_max_entries)
{
	struct gomap_create_args args = map_args(0, 8, 8);
	__u64 old;
	int map;

	args.max_entries = 2;
	map = map_create(args);
	ASSERT_LE(0, map);
	EXPECT_EQ(0, u64_fetch_add(map, 1, 1, &old, 0));
	EXPECT_EQ(0, u64_fetch_add(map, 2, 1, &old, 0));
	EXPECT_EQ(-ENOSPC, u64_fetch_add(map, 3, 1, &old, 0));
	EXPECT_EQ(0, u64_fetch_add(map, 2, 1, &old, 0));
	EXPECT_EQ(2, u64_value(map, 2));
	EXPECT_EQ(2, map_entries(map));
}

/* Several threads */

enum { ADDS = 20000, COUNTERS = 50, ELEMENTS = 20000, ROOM = 700 };

FIXTURE(threads) {
	int map;
	pthread_barrier_t start;
	struct worker workers[THREADS];
};

FIXTURE_SETUP(threads)
{
	self->map = map_create(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
	pthread_barrier_init(&self->start, NULL, THREADS);
}

FIXTURE_TEARDOWN(threads)
{
	close(self->map);
}

static void *add_to_counters(void *arg)
{
	struct worker *me = arg;
	__u64 old;

	pthread_barrier_wait(me->start);
	for (__u64 i = 0; i < ADDS; i++) {
		int ret = u64_fetch_add(me->map, i % COUNTERS, 1 + me->number, &old, 0);

		if (ret) {
			me->result = ret;
			break;
		}
		me->result += 1 + me->number;
	}
	return NULL;
}

TEST_F(threads, fetch_adds_total_their_sum)
{
	long long sum = 0;

	spawn(self->workers, self->map, NULL, &self->start, add_to_counters);
	EXPECT_EQ((long long)ADDS * THREADS * (THREADS + 1) / 2, join(self->workers));
	for (__u64 key = 0; key < COUNTERS; key++)
		sum += u64_value(self->map, key);
	EXPECT_EQ((long long)ADDS * THREADS * (THREADS + 1) / 2, sum);
	EXPECT_EQ(COUNTERS, map_entries(self->map));
}

static void *count_with_exchange(void *arg)
{
	struct worker *me = arg;
	__u64 key = 1, old = 1, new;

	pthread_barrier_wait(me->start);
	while (me->result < ADDS / 4) {
		struct gomap_op_args args = op_args(&key, 8, &new, 8);
		int ret;

		old = u64_value(me->map, 1);
		new = old + 1;
		args.other = user_ptr(&old);
		args.other_len = 8;
		ret = map_op(me->map, GOMAP_IOCTL_COMPARE_EXCHANGE, &args);
		if (ret && ret != -ECANCELED) {
			me->result = ret;
			break;
		}
		me->result += !ret;
	}
	return NULL;
}

TEST_F(threads, compare_exchange_counts)
{
	ASSERT_EQ(0, u64_insert(self->map, 1, 1, 0));
	spawn(self->workers, self->map, NULL, &self->start, count_with_exchange);
	EXPECT_EQ(ADDS / 4 * THREADS, join(self->workers));
	EXPECT_EQ(1 + ADDS / 4 * THREADS, u64_value(self->map, 1));
}

static void *swap_tokens(void *arg)
{
	struct worker *me = arg;
	__u64 key = 1, mine = 100 + me->number;

	pthread_barrier_wait(me->start);
	for (int i = 0; i < ADDS / 4; i++) {
		__u64 old = 0;
		struct gomap_op_args args = op_args(&key, 8, &mine, 8);

		args.other = user_ptr(&old);
		args.other_len = 8;
		if (map_op(me->map, GOMAP_IOCTL_SWAP, &args)) {
			me->result = -EINVAL;
			return NULL;
		}
		mine = old;
	}
	me->result = mine;
	return NULL;
}

/* Tokens change hands, and none is lost or doubled. */
TEST_F(threads, swap_keeps_each_value_once)
{
	unsigned int there = 0;

	ASSERT_EQ(0, u64_insert(self->map, 1, 100 + THREADS, 0));
	spawn(self->workers, self->map, NULL, &self->start, swap_tokens);
	EXPECT_LT(0, join(self->workers));
	for (int i = 0; i < THREADS; i++)
		there |= 1U << (self->workers[i].result - 100);
	there |= 1U << (u64_value(self->map, 1) - 100);
	EXPECT_EQ((1U << (THREADS + 1)) - 1, there);
}

static unsigned char taken[ELEMENTS];

static void *take_all(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	for (__u64 key = 0; key < ELEMENTS; key++) {
		__u64 value = 0;
		int ret = take_u64(me->map, key, &value);

		if (!ret && value != key + 1)
			ret = -EBADMSG;
		if (ret && ret != -ENOENT) {
			me->result = ret;
			break;
		}
		if (!ret) {
			__atomic_add_fetch(&taken[key], 1, __ATOMIC_RELAXED);
			me->result++;
		}
	}
	return NULL;
}

TEST_F(threads, each_element_is_taken_exactly_once)
{
	for (__u64 key = 0; key < ELEMENTS; key++) {
		ASSERT_EQ(0, u64_insert(self->map, key, key + 1, 0));
	}
	spawn(self->workers, self->map, NULL, &self->start, take_all);
	EXPECT_EQ(ELEMENTS, join(self->workers));
	for (__u64 key = 0; key < ELEMENTS; key++) {
		ASSERT_EQ(1, taken[key]);
	}
	EXPECT_EQ(0, map_entries(self->map));
}

/* Everybody learns the value of the one who won. */
static void *insert_or_learn(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	for (__u64 key = 0; key < ELEMENTS / 2; key++) {
		__u64 value = 1 + me->number, there = 0;
		struct gomap_op_args args = op_args(&key, 8, &value, 8);
		int ret;

		args.flags = GOMAP_INSERT_NEW;
		args.other = user_ptr(&there);
		args.other_len = 8;
		ret = map_op(me->map, GOMAP_IOCTL_INSERT, &args);
		if (ret == -EEXIST && there == u64_value(me->map, key) && there != value)
			continue;
		if (ret) {
			me->result = ret;
			break;
		}
		me->result++;
	}
	return NULL;
}

TEST_F(threads, of_inserters_one_wins_and_all_learn_who)
{
	spawn(self->workers, self->map, NULL, &self->start, insert_or_learn);
	EXPECT_EQ(ELEMENTS / 2, join(self->workers));
	EXPECT_EQ(ELEMENTS / 2, map_entries(self->map));
}

/* One out, one in: there is always room for what one's own delete made room for. */
static void *go_round_when_full(void *arg)
{
	struct worker *me = arg;
	__u64 mine = me->number;

	pthread_barrier_wait(me->start);
	for (int i = 0; i < ADDS; i++) {
		struct gomap_info info;
		__u64 value, next = mine + THREADS;

		if (take_u64(me->map, mine, &value) || u64_insert(me->map, next, 1, 0) ||
		    (i % 64 == 0 && (map_info(me->map, &info) || info.entries > ROOM))) {
			me->result = -EINVAL;
			break;
		}
		mine = next;
		me->result++;
	}
	return NULL;
}

TEST_F(threads, full_map_takes_as_many_as_it_gives)
{
	struct gomap_create_args args = map_args(0, 8, 8);
	int map;

	args.max_entries = ROOM;
	map = map_create(args);
	ASSERT_LE(0, map);
	for (__u64 key = 0; key < THREADS; key++) {
		ASSERT_EQ(0, u64_insert(map, key, 1, 0));
	}
	for (__u64 key = THREADS; key < ROOM; key++) {
		ASSERT_EQ(0, u64_insert(map, ULLONG_MAX - key, 1, 0));
	}
	ASSERT_EQ(-ENOSPC, u64_insert(map, 1ULL << 60, 1, 0));
	spawn(self->workers, map, NULL, &self->start, go_round_when_full);
	EXPECT_EQ(ADDS * THREADS, join(self->workers));
	EXPECT_EQ(ROOM, map_entries(map));
	EXPECT_EQ(-ENOSPC, u64_insert(map, 1ULL << 60, 1, 0));
}

TEST_HARNESS_MAIN
