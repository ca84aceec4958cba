// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults in calls on one key: lookup, insert, delete, and what is made of them.
 */
#include "fault_map.h"

enum {
	PRESENT = 4,		/* a key that is there, as all even ones, */
	ABSENT = 3,		/* and one that isn't */
};

static struct gomap_op_args key_args(FIXTURE_DATA(fault) *self, __u32 key)
{
	fill_key(&self->key, self->shape, key);
	return op_args(self->key.data, self->key.len, NULL, 0);
}

static void give_value(FIXTURE_DATA(fault) *self, struct gomap_op_args *args, __u32 number)
{
	fill_value(&self->value, self->shape, number);
	args->value = user_ptr(self->value.data);
	args->value_len = self->value.len;
}

static void give_other(FIXTURE_DATA(fault) *self, struct gomap_op_args *args, __u32 number)
{
	fill_value(&self->other, self->shape, number);
	args->other = user_ptr(self->other.data);
	args->other_len = self->other.len;
}

/* Those of the copy of a key or value, and of the buffer for it. */
static unsigned int chances_of(FIXTURE_DATA(fault) *self, __u32 len)
{
	return (len != sizeof(__u64) || self->words_fail) + (len > 128);
}

/* Those that a call has at least which takes or gives a key and @values values of it. */
static unsigned int chances(FIXTURE_DATA(fault) *self, unsigned int values)
{
	fill_key(&self->key, self->shape, PRESENT);
	fill_value(&self->value, self->shape, old_value(self, PRESENT));
	return chances_of(self, self->key.len) + values * chances_of(self, self->value.len);
}

/* fail_each(), which has to find so many chances at least, or it has shown nothing. */
static void expect_chances(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
			   unsigned int chances, operation *operation, int expected)
{
	unsigned int faults = fail_each(_metadata, self, operation, expected);

	EXPECT_LE(chances, faults);
	if (!chances && !faults)
		SKIP(return, "on this kernel this call has no chance to fail");
}

static int lookup(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, PRESENT);
	int ret;

	args.value = user_ptr(self->other.data);
	args.value_len = self->shape->value_size;
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_LOOKUP, &args);
	if (!ret) {
		ASSERT_TRUE(is_value(self, self->other.data, args.value_len,
				     self->values[PRESENT]));
	}
	return ret;
}

TEST_F(fault, lookup)
{
	expect_chances(_metadata, self, chances(self, 1), lookup, 0);
}

static int lookup_key_only(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, ABSENT);

	(void)_metadata;
	return faulty_ioctl(self->map, GOMAP_IOCTL_LOOKUP, &args);
}

TEST_F(fault, lookup_key_only)
{
	expect_chances(_metadata, self, chances(self, 0), lookup_key_only, -ENOENT);
}

static int insert(FIXTURE_DATA(fault) *self, __u32 key, __u32 flags)
{
	struct gomap_op_args args = key_args(self, key);
	int ret;

	give_value(self, &args, new_value(self, key));
	args.flags = flags;
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_INSERT, &args);
	if (!ret)
		self->values[key] = new_value(self, key);
	return ret;
}

static int insert_absent(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return insert(self, ABSENT, 0);
}

TEST_F(fault, insert)
{
	expect_chances(_metadata, self, chances(self, 1), insert_absent, 0);
}

/* And a table, and its buckets. */
TEST_F(fault, first_insert)
{
	self->empty = true;
	expect_chances(_metadata, self, 2 + chances(self, 1), insert_absent, 0);
}

/* One that fails doesn't take the place away from the one that comes after it. */
TEST_F(fault, insert_of_the_last_entry)
{
	self->max_entries = (self->keys + 1) / 2 + 1;
	expect_chances(_metadata, self, chances(self, 1), insert_absent, 0);
}

TEST_F(fault, insert_into_a_full_map)
{
	self->max_entries = (self->keys + 1) / 2;
	expect_chances(_metadata, self, chances(self, 1), insert_absent, -ENOSPC);
}

static int insert_present(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return insert(self, PRESENT, 0);
}

TEST_F(fault, update)
{
	expect_chances(_metadata, self, chances(self, 1), insert_present, 0);
}

static int insert_existing(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return insert(self, PRESENT, GOMAP_INSERT_EXISTING);
}

TEST_F(fault, insert_existing)
{
	expect_chances(_metadata, self, chances(self, 1), insert_existing, 0);
}

static int insert_new(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return insert(self, ABSENT, GOMAP_INSERT_NEW);
}

TEST_F(fault, insert_new)
{
	expect_chances(_metadata, self, chances(self, 1), insert_new, 0);
}

static int insert_or_get(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, PRESENT);
	int ret;

	give_value(self, &args, new_value(self, PRESENT));
	args.flags = GOMAP_INSERT_NEW;
	args.other = user_ptr(self->other.data);
	args.other_len = self->shape->value_size;
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_INSERT, &args);
	if (ret == -EEXIST) {
		ASSERT_TRUE(is_value(self, self->other.data, args.other_len,
				     self->values[PRESENT]));
	}
	return ret;
}

TEST_F(fault, insert_new_of_a_present_key_returns_its_value)
{
	expect_chances(_metadata, self, chances(self, 2), insert_or_get, -EEXIST);
}

static int delete(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, PRESENT);
	int ret = faulty_ioctl(self->map, GOMAP_IOCTL_DELETE, &args);

	(void)_metadata;
	if (!ret)
		self->values[PRESENT] = 0;
	return ret;
}

TEST_F(fault, delete)
{
	expect_chances(_metadata, self, chances(self, 0), delete, 0);
}

static int delete_equal(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, PRESENT);
	int ret;

	(void)_metadata;
	args.flags = GOMAP_DELETE_EQUAL;
	give_value(self, &args, old_value(self, PRESENT));
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_DELETE, &args);
	if (!ret)
		self->values[PRESENT] = 0;
	return ret;
}

TEST_F(fault, delete_equal)
{
	expect_chances(_metadata, self, chances(self, 1), delete_equal, 0);
}

static int swap(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, PRESENT);
	int ret;

	give_value(self, &args, new_value(self, PRESENT));
	args.other = user_ptr(self->other.data);
	args.other_len = self->shape->value_size;
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_SWAP, &args);
	if (!ret) {
		ASSERT_TRUE(is_value(self, self->other.data, args.other_len,
				     self->values[PRESENT]));
		self->values[PRESENT] = new_value(self, PRESENT);
	}
	return ret;
}

TEST_F(fault, swap)
{
	expect_chances(_metadata, self, chances(self, 2), swap, 0);
}

static int take(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, PRESENT);
	int ret;

	args.value = user_ptr(self->other.data);
	args.value_len = self->shape->value_size;
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_TAKE, &args);
	if (!ret) {
		ASSERT_TRUE(is_value(self, self->other.data, args.value_len,
				     self->values[PRESENT]));
		self->values[PRESENT] = 0;
	}
	return ret;
}

TEST_F(fault, take)
{
	expect_chances(_metadata, self, chances(self, 1), take, 0);
}

static int compare_exchange(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, PRESENT);
	int ret;

	(void)_metadata;
	give_value(self, &args, new_value(self, PRESENT));
	give_other(self, &args, old_value(self, PRESENT));
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_COMPARE_EXCHANGE, &args);
	if (!ret)
		self->values[PRESENT] = new_value(self, PRESENT);
	return ret;
}

TEST_F(fault, compare_exchange)
{
	expect_chances(_metadata, self, chances(self, 2), compare_exchange, 0);
}

static __u64 as_number(FIXTURE_DATA(fault) *self, __u32 value)
{
	__u64 number;

	fill_value(&self->value, self->shape, value);
	memcpy(&number, self->value.data, sizeof(number));
	return number;
}

/* Add what makes the new value out of the old one. */
static int fetch_add(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self, __u32 key)
{
	__u64 before = self->values[key] ? as_number(self, self->values[key]) : 0;
	struct gomap_add_args args = {
		.size = sizeof(args),
		.delta = as_number(self, new_value(self, key)) - before,
	};
	int ret;

	fill_key(&self->key, self->shape, key);
	args.key = user_ptr(self->key.data);
	args.key_len = self->key.len;
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_FETCH_ADD, &args);
	if (!ret) {
		ASSERT_EQ(before, args.old);
		self->values[key] = new_value(self, key);
	}
	return ret;
}

static int add_to_present(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	return fetch_add(_metadata, self, PRESENT);
}

static int add_to_absent(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	return fetch_add(_metadata, self, ABSENT);
}

/* The structure, which isn't that of the others, and the key. */
TEST_F(fault, fetch_add)
{
	if (self->shape->value_size != sizeof(__u64))
		SKIP(return, "the values are no numbers");
	expect_chances(_metadata, self, 1 + chances(self, 0), add_to_present, 0);
	expect_chances(_metadata, self, 1 + chances(self, 0), add_to_absent, 0);
}

TEST_HARNESS_MAIN
