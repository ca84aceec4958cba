// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults while a map grows and shrinks: those of the task that inserts, each in turn; and then
 * those of all tasks, so that the worker, which moves the map, has them, too.
 */
#include "fault.h"

/*
 * Failures in all tasks. Opening a file needs memory, so the one that ends them is open before they
 * begin; and their number is limited, should the test die.
 */

#define FAULTS_AT_MOST 20000

static struct allocator {
	const char *dir;
	const char *times;
	int probability;
} allocators[] = {
	{ DEBUGFS "failslab", DEBUGFS "failslab/times", -1 },
	{ DEBUGFS "fail_page_alloc", DEBUGFS "fail_page_alloc/times", -1 },
};

/*
 * So many of a hundred allocations of whichever task. Which ones is the kernel's choice, and no
 * seed repeats it: each n-th could be the same one in a call that is tried again and again.
 */
static int fail_all_tasks(unsigned int percent)
{
	for (size_t i = 0; i < ARRAY_SIZE(allocators); i++) {
		struct allocator *allocator = &allocators[i];
		int dir = open(allocator->dir, O_PATH | O_CLOEXEC);
		int times = openat(dir, "times", O_WRONLY | O_CLOEXEC);

		allocator->probability = openat(dir, "probability", O_WRONLY | O_CLOEXEC);
		if (dprintf(times, "%d", FAULTS_AT_MOST) < 0)
			return -errno;
		close(times);
		close(dir);
	}
	/* Pages of processes are left alone: this one could be killed for want of them. */
	if (write_file(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "Y"))
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(allocators); i++)
		if (dprintf(allocators[i].probability, "%u", percent) < 0)
			return -errno;
	return 0;
}

/* The number in a file, or -errno. */
static long long read_number(const char *path)
{
	int fd = result(open(path, O_RDONLY | O_CLOEXEC));
	char text[32] = "";
	ssize_t len;

	if (fd < 0)
		return fd;
	len = result(read(fd, text, sizeof(text) - 1));
	close(fd);
	return len < 0 ? len : atoll(text);
}

/* The number of faults that there were, or -errno. */
static long long fail_no_task(void)
{
	long long faults = 0;

	for (size_t i = 0; i < ARRAY_SIZE(allocators); i++)
		while (allocators[i].probability >= 0 &&
		       write(allocators[i].probability, "0", 1) != 1)
			;
	for (size_t i = 0; i < ARRAY_SIZE(allocators); i++) {
		long long left;

		if (allocators[i].probability < 0)
			continue;
		close(allocators[i].probability);
		allocators[i].probability = -1;
		left = read_number(allocators[i].times);
		if (faults >= 0)
			faults = left < 0 ? left : faults + FAULTS_AT_MOST - left;
	}
	return faults;
}

FIXTURE(growing) {
	struct shape shape;
	struct bytes key, value;
	int map;
};

FIXTURE_VARIANT(growing) {
	struct shape shape;
	__u32 keys;
};

/* Up to 512 buckets, and 128. */
FIXTURE_VARIANT_ADD(growing, u64_to_u64) { { 0, 8, 8 }, 2000 };
FIXTURE_VARIANT_ADD(growing, entries) { { GOMAP_VAR_KEY, 100, 200 }, 500 };

FIXTURE_SETUP(growing)
{
	if (!have_faults())
		SKIP(return, NO_FAULTS);
	self->shape = variant->shape;
	self->key = room_for(self->shape.key_size);
	self->value = room_for(self->shape.value_size);
	self->map = shape_create(&self->shape);
	ASSERT_LE(0, self->map);
}

FIXTURE_TEARDOWN(growing)
{
	fail_no_task();
	close(self->map);
}

static int insert_number(FIXTURE_DATA(growing) *self, __u32 number)
{
	struct gomap_op_args args;

	fill_key(&self->key, &self->shape, number);
	fill_value(&self->value, &self->shape, number);
	args = op_args(self->key.data, self->key.len, self->value.data, self->value.len);
	return faulty_ioctl(self->map, GOMAP_IOCTL_INSERT, &args);
}

static int delete_number(FIXTURE_DATA(growing) *self, __u32 number)
{
	fill_key(&self->key, &self->shape, number);
	return map_delete(self->map, self->key.data, self->key.len);
}

/* Whether that key has its value; -ENOENT if it isn't there, -EINVAL if it has another. */
static int lookup_number(FIXTURE_DATA(growing) *self, __u32 number)
{
	unsigned char found[256];
	__u32 len = sizeof(found);
	int ret;

	fill_key(&self->key, &self->shape, number);
	fill_value(&self->value, &self->shape, number);
	ret = map_lookup(self->map, self->key.data, self->key.len, found, &len);
	if (ret)
		return ret;
	return len == self->value.len && !memcmp(found, self->value.data, len) ? 0 : -EINVAL;
}

/* Of @all keys the map has those below @end. */
static void check_numbers(struct __test_metadata *_metadata, FIXTURE_DATA(growing) *self,
			  __u32 end, __u32 all)
{
	ASSERT_EQ(end, map_entries(self->map));
	for (__u32 number = 0; number < all; number++) {
		ASSERT_EQ(number < end ? 0 : -ENOENT, lookup_number(self, number)) {
			TH_LOG("key %u of %u", number, end);
		}
	}
}

/*
 * Each insert of a map that grows from nothing fails at each chance. Where it can do without, the
 * key is taken out again for the next chance to come.
 */
TEST_F(growing, each_insert)
{
	unsigned int faults = 0, failures = 0;
	__u64 buckets = 0, doublings = 0;
	struct gomap_info info;

	for (__u32 number = 0; number < variant->keys; number++) {
		for (fault.nth = 1;; fault.nth++) {
			int ret = insert_number(self, number);

			ASSERT_TRUE(!ret || is_fault(ret)) {
				TH_LOG("key %u, fault %u: %d", number, fault.nth, ret);
			}
			ASSERT_EQ(ret ? -ENOENT : 0, lookup_number(self, number));
			ASSERT_EQ(number + !ret, map_entries(self->map));
			failures += !!ret;
			if (!fault.fired)
				break;
			faults++;
			if (!ret) {
				ASSERT_EQ(0, delete_number(self, number));
			}
		}
		fault.nth = 0;
		ASSERT_EQ(0, map_info(self->map, &info));
		if (info.buckets == buckets)
			continue;
		doublings++;
		buckets = info.buckets;
		check_numbers(_metadata, self, number + 1, variant->keys);
	}
	check_numbers(_metadata, self, variant->keys, variant->keys);
	/* The key and the value of each, or its buffer; and what was done without. */
	if (self->shape.key_size != sizeof(__u64) || words_fail()) {
		EXPECT_LE(2 * variant->keys, failures);
	}
	EXPECT_LT(failures, faults);
	EXPECT_LE(6, doublings);
	TH_LOG("%u faults, of which %u failed the insert", faults, failures);
}

/* With so many buckets. */
static bool settles(FIXTURE_DATA(growing) *self, __u64 buckets_min, __u64 buckets_max)
{
	struct gomap_info info;

	return eventually(map_is_settled(self->map, &info) && info.buckets >= buckets_min &&
			  info.buckets <= buckets_max);
}

/* All keys come, are there, and most of them go: how often there was no memory. */
static unsigned int come_and_go(struct __test_metadata *_metadata, FIXTURE_DATA(growing) *self,
				__u32 few, __u32 many)
{
	unsigned int refused = 0;
	int ret;

	for (__u32 number = 0; number < many; number++) {
		while ((ret = insert_number(self, number)) == -ENOMEM)
			refused++;
		ASSERT_EQ(0, ret);
	}
	for (__u32 number = 0; number < many; number++) {
		while ((ret = lookup_number(self, number)) == -ENOMEM)
			refused++;
		ASSERT_EQ(0, ret);
	}
	for (__u32 number = few; number < many; number++) {
		ASSERT_EQ(0, delete_number(self, number));
	}
	return refused;
}

/* If the worker has no memory for that, the map keeps the reserve that it had. */
static unsigned int reserve_and_not(struct __test_metadata *_metadata, FIXTURE_DATA(growing) *self)
{
	int ret = map_whole(self->map, GOMAP_IOCTL_RESERVE, RESERVED);
	struct gomap_info info;

	ASSERT_TRUE(!ret || ret == -ENOMEM);
	ASSERT_EQ(0, map_info(self->map, &info));
	ASSERT_EQ(ret ? 0 : RESERVED, info.reserve);
	ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_RESERVE, 0));
	return ret == -ENOMEM;
}

/* A map grows and shrinks while any allocation of any task may fail. */
TEST_F(growing, while_all_tasks_fail)
{
	static const unsigned int percent[] = { 20, 40, 10, 30 };
	unsigned int refused = 0;
	long long faults = 0, new_faults;
	__u32 few = 100;
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(percent); i++) {
		ASSERT_EQ(0, fail_all_tasks(percent[i]));
		refused += come_and_go(_metadata, self, few, variant->keys);
		refused += reserve_and_not(_metadata, self);
		/* What a caller had no memory for is left to the worker. */
		ret = map_whole(self->map, GOMAP_IOCTL_SHRINK, 0);
		ASSERT_TRUE(!ret || ret == -ENOMEM);
		ASSERT_TRUE(settles(self, 1, -1ULL));
		new_faults = fail_no_task();
		ASSERT_LE(0, new_faults);
		faults += new_faults;
		check_numbers(_metadata, self, few, variant->keys);
	}
	TH_LOG("%lld faults, %u calls refused", faults, refused);
	EXPECT_LE(20, faults);
	EXPECT_LE(1, refused);

	/* With memory again, it gets as large and as small as it would have been. */
	for (__u32 number = few; number < variant->keys; number++) {
		ASSERT_EQ(0, insert_number(self, number));
	}
	EXPECT_TRUE(settles(self, variant->keys * 2 / 13, -1ULL));
	check_numbers(_metadata, self, variant->keys, variant->keys);
	EXPECT_EQ(0, come_and_go(_metadata, self, few, variant->keys));
	ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_SHRINK, 0));
	EXPECT_TRUE(settles(self, 1, few / 3));
	check_numbers(_metadata, self, few, variant->keys);
}

TEST_HARNESS_MAIN
