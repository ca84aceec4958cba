// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults: the first, second, ... chance to fail of each call fails in turn, be it the slab, the
 * page allocator, or a copy by copy_from_user() or copy_to_user(), until the call has no more of
 * them. The call then either succeeds or says ENOMEM or EFAULT; the map is as it was, or exactly as
 * reported; the same call without a fault succeeds; and nothing leaks.
 *
 * Needs a kernel with fail-nth (Documentation/fault-injection). The faults are those of the task
 * that calls; while_all_tasks_fail is the test where the worker has them, too.
 */
#include "gomap_test.h"

enum {
	KEYS_MAX = 132,		/* half of them are more than one of the kernel's tiles */
	KEYS_FEW = 20,
	PRESENT = 4,		/* a key that is there, as all even ones, */
	ABSENT = 3,		/* and one that isn't */
	NEW_VALUES = 151,	/* from here on, numbers of values that no key has at first */
	NEVER = 12345,		/* what no result is */
	/*
	 * A leak is repeated until it has this size, which is more than what the stocks of CPUs
	 * and objects on their way to be freed take.
	 */
	LEAK = 1 << 20,
	SLACK = 1 << 19,
	BUFFER = 192,		/* the smallest object: a buffer that is not on the stack */
	LONG = 32768,		/* that of a long value */
	BATCH = 8192,		/* that of a batch */
	RESERVED = 5000,	/* entries: more than there are room for without */
	SCAN_TILE = 1000,	/* that of a scan */
	SETTLED_AFTER = 60,	/* seconds: more than the worker needs for its last step */
};

#define DEBUGFS "/sys/kernel/debug/"
#define CGROUP "/sys/fs/cgroup/"
#define OWN_CGROUP CGROUP "gomap-fault/"
#define MAX_MAPS "/sys/module/gomap/parameters/max_maps"
#define SYSFS "/sys/class/gomap/" NAME

static int write_file(const char *path, const char *text)
{
	int fd = result(open(path, O_WRONLY | O_CLOEXEC)), ret;

	if (fd < 0)
		return fd;
	ret = result(write(fd, text, strlen(text)));
	close(fd);
	return ret < 0 ? ret : 0;
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

/* Faults */

/* Which chance of the next call fails, or 0 for none; and whether it did. */
static struct {
	int file;
	unsigned int nth;
	bool fired;
} fault;

static const char *const settings[][2] = {
	/* Allocations that may sleep fail, too; */
	{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	/* those of vmalloc(); */
	{ DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N" },
	/* and those of single pages. */
	{ DEBUGFS "fail_page_alloc/min-order", "0" },
	/* There is nothing to be set, but it has to be there. */
	{ DEBUGFS "fail_usercopy/probability", "0" },
};

static bool have_faults(void)
{
	fault.nth = 0;
	fault.file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fault.file < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (write_file(settings[i][0], settings[i][1]))
			return false;
	return true;
}

static bool have_kmemleak(void)
{
	return !access(DEBUGFS "kmemleak", F_OK);
}

#define NO_FAULTS "this kernel doesn't fail on demand: no fail-nth, or no debugfs"

static void arm(void)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", fault.nth);

	fault.fired = false;
	if (fault.nth && write(fault.file, text, len) != len)
		abort();
}

/* What is called here has chances of its own to fail, if the call left them. */
static void disarm(void)
{
	char text[16] = "";

	if (!fault.nth)
		return;
	fault.fired = pread(fault.file, text, sizeof(text) - 1, 0) > 0 && text[0] == '0';
	while (pwrite(fault.file, "0", 1, 0) != 1)
		;
}

static int faulty_ioctl(int fd, unsigned int cmd, void *args)
{
	int ret;

	arm();
	ret = result(ioctl(fd, cmd, args));
	disarm();
	return ret;
}

/* Whether a call may return that because of the fault that it had. */
static bool is_fault(int ret)
{
	return fault.fired && (ret == -ENOMEM || ret == -EFAULT);
}

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

/* A map and what has to be in it */

FIXTURE(fault) {
	int map;
	const struct shape *shape;
	__u64 max_entries;
	bool empty;		/* at first there are no keys, and not every other one */
	/* The number of each key's value, or 0 if the key isn't there. */
	__u32 keys;
	__u32 values[KEYS_MAX];
	__u32 step;
	struct bytes key, value, other, wanted;
	char *scanned;
	size_t room;
	/* The batch: what it does, with so many keys, each stride-th, so many of them done. */
	__u32 op;
	__u32 flags;
	bool results;
	__u32 count;
	__u32 stride;
	__u32 done;
	/* Bytes of the smallest thing that might leak. */
	size_t smallest;
	bool words_fail;
};

FIXTURE_VARIANT(fault) {
	struct shape shape;
	__u32 keys;
	/* Numbers of values go up in such steps, where that makes them longer. */
	__u32 step;
};

FIXTURE_VARIANT_ADD(fault, u64_to_u64) { { 0, 8, 8 }, KEYS_MAX, 1 };
FIXTURE_VARIANT_ADD(fault, entries) { { 0, 200, 300 }, KEYS_MAX, 1 };
FIXTURE_VARIANT_ADD(fault, var_both) { { GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 200, 400 }, KEYS_MAX,
				       29 };
/* Longer than what the page allocator gives without effort, so that vmalloc() comes in. */
FIXTURE_VARIANT_ADD(fault, long_values) { { 0, 8, 40000 }, 8, 1 };
FIXTURE_VARIANT_ADD(fault, var_long_values) { { GOMAP_VAR_VALUE, 8, 70000 }, 8, 997 };

static struct bytes room_for(size_t size)
{
	/* Touched, as page faults have chances to fail, too. */
	return (struct bytes){ .data = memset(malloc(size + 1), 1, size + 1) };
}

static __u32 old_value(FIXTURE_DATA(fault) *self, __u32 key)
{
	return (key + 1) * self->step;
}

static __u32 new_value(FIXTURE_DATA(fault) *self, __u32 key)
{
	return (key + 1 + NEW_VALUES) * self->step;
}

/*
 * Whether the copy of a word has a chance to fail. Where a word may be at any address it goes by
 * get_user() and put_user(), which have none; so does the structure of calls on one key everywhere.
 */
static bool words_fail(void)
{
	int map = map_create(map_args(0, sizeof(__u64), sizeof(__u64)));
	__u64 key = 1;
	struct gomap_op_args args = op_args(&key, sizeof(key), NULL, 0);

	fault.nth = 1;
	faulty_ioctl(map, GOMAP_IOCTL_LOOKUP, &args);
	fault.nth = 0;
	close(map);
	return fault.fired;
}

FIXTURE_SETUP(fault)
{
	if (!have_faults())
		SKIP(return, NO_FAULTS);
	self->shape = &variant->shape;
	self->keys = variant->keys;
	/* An allocation takes long there, and that of its trace is one more chance to fail. */
	if (have_kmemleak() && self->shape->value_size > 128 && self->keys > KEYS_FEW)
		self->keys = KEYS_FEW;
	self->step = variant->step;
	self->smallest = self->shape->value_size > LONG ? LONG : BUFFER;
	self->key = room_for(self->shape->key_size);
	self->value = room_for(self->shape->value_size);
	self->other = room_for(self->shape->value_size);
	self->wanted = room_for(self->shape->value_size);
	self->room = self->keys * record_size(self->shape->key_size, self->shape->value_size);
	/* For what is scanned; for the keys of a batch; for its values. */
	self->scanned = (char *)room_for(3 * self->room).data;
	self->count = self->keys / 2;
	/* To be told apart from all others, what leaks is charged to a cgroup of its own. */
	write_file(CGROUP "cgroup.subtree_control", "+memory");
	mkdir(OWN_CGROUP, 0700);
	ASSERT_EQ(0, write_file(OWN_CGROUP "cgroup.procs", "0"));
	ASSERT_LT(0, control());
	self->words_fail = words_fail();
}

FIXTURE_TEARDOWN(fault)
{
	write_file(CGROUP "cgroup.procs", "0");
	/* Not if memory is still charged to it: the next test has the same one. */
	rmdir(OWN_CGROUP);
}

/* A new map, where every other key has its old value. */
static void make_map(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_create_args args = map_args(self->shape->flags, self->shape->key_size,
						 self->shape->value_size);

	args.max_entries = self->max_entries;
	self->map = map_create(args);
	ASSERT_LE(0, self->map);
	memset(self->values, 0, sizeof(self->values));
	for (__u32 key = 0; key < self->keys && !self->empty; key += 2) {
		self->values[key] = old_value(self, key);
		fill_key(&self->key, self->shape, key);
		fill_value(&self->value, self->shape, self->values[key]);
		ASSERT_EQ(0, map_insert(self->map, self->key.data, self->key.len, self->value.data,
					self->value.len, GOMAP_INSERT_NEW));
	}
	self->done = 0;
}

static __u32 entries(FIXTURE_DATA(fault) *self)
{
	__u32 n = 0;

	for (__u32 key = 0; key < self->keys; key++)
		n += self->values[key] != 0;
	return n;
}

static bool is_value(FIXTURE_DATA(fault) *self, const void *data, __u32 len, __u32 number)
{
	fill_value(&self->wanted, self->shape, number);
	return number && len == self->wanted.len && !memcmp(data, self->wanted.data, len);
}

static bool is_key(FIXTURE_DATA(fault) *self, const void *data, __u32 len, __u32 number)
{
	fill_key(&self->key, self->shape, number);
	return len == self->key.len && !memcmp(data, self->key.data, len);
}

static void check_lookups(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	for (__u32 key = 0; key < self->keys; key++) {
		__u32 len = self->shape->value_size;
		int ret;

		fill_key(&self->key, self->shape, key);
		ret = map_lookup(self->map, self->key.data, self->key.len, self->other.data, &len);
		ASSERT_EQ(self->values[key] ? 0 : -ENOENT, ret) {
			TH_LOG("key %u after fault %u", key, fault.nth);
		}
		ASSERT_TRUE(ret || is_value(self, self->other.data, len, self->values[key])) {
			TH_LOG("key %u has another value after fault %u", key, fault.nth);
		}
	}
}

/* What a scan delivered: keys with their values, none of which has been @seen. */
static void check_scanned(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
			  const struct gomap_scan_args *args, bool *seen)
{
	const char *at = self->scanned;

	for (__u32 i = 0; i < args->count; i++) {
		__u32 key_len = self->shape->key_size, value_len = self->shape->value_size, number;
		size_t size = (size_t)key_len + value_len;
		const char *data = at;

		if (has_records(self->shape)) {
			const struct gomap_record *record = (const void *)at;

			key_len = record->key_len;
			value_len = record->value_len;
			size = record_size(key_len, value_len);
			data = (const char *)record->data;
		}
		at += size;
		number = number_of(data, key_len);
		ASSERT_GT(self->keys, number);
		ASSERT_FALSE(seen[number]) {
			TH_LOG("key %u came twice, fault %u", number, fault.nth);
		}
		seen[number] = true;
		ASSERT_TRUE(is_key(self, data, key_len, number));
		ASSERT_TRUE(is_value(self, data + key_len, value_len, self->values[number]));
	}
	ASSERT_EQ(self->scanned + args->used, at);
}

/* If the first call succeeds, the others do as well and deliver the rest. */
static int scan(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_scan_args args = scan_args(self->scanned, self->room);
	bool seen[KEYS_MAX] = {};
	__u32 total = 0;
	int ret;

	ret = faulty_ioctl(self->map, GOMAP_IOCTL_SCAN, &args);
	while (!ret) {
		check_scanned(_metadata, self, &args, seen);
		total += args.count;
		if (args.done)
			break;
		ret = map_scan(self->map, &args);
		ASSERT_EQ(0, ret);
	}
	if (!ret) {
		ASSERT_EQ(entries(self), total);
	}
	return ret;
}

/* The map has the keys and values that it has to have, and no others. */
static void check_map(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	unsigned int nth = fault.nth;

	check_lookups(_metadata, self);
	ASSERT_EQ(entries(self), map_entries(self->map));
	fault.nth = 0;
	ASSERT_EQ(0, scan(_metadata, self));
	fault.nth = nth;
}

/*
 * One call, with the fault; then what has to be in the map is brought up to date with what the call
 * reported.
 */
typedef int operation(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self);

/* What a call leaves behind when it fails, it leaves each time. */
static void check_leaks(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
			operation *operation)
{
	long long before, after;
	int patience = 1000;

	/* It sees each single one, when all is over. */
	if (have_kmemleak())
		return;
	make_map(_metadata, self);
	before = read_number(OWN_CGROUP "memory.current");
	ASSERT_LT(0, before);
	for (size_t i = 0; i < LEAK / self->smallest; i++) {
		operation(_metadata, self);
		self->done = 0;
	}
	/* What isn't needed any more is freed after a grace period. */
	while ((after = read_number(OWN_CGROUP "memory.current")) > before + SLACK && --patience)
		usleep(10000);
	ASSERT_GE(before + SLACK, after) {
		TH_LOG("fault %u leaks: %lld bytes charged, then %lld", fault.nth, before, after);
	}
	close(self->map);
}

/*
 * Call once for each chance to fail, on a new map each time, and once with none left, when it has
 * to return what is @expected. Return the number of faults that there were.
 */
static unsigned int fail_each(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
			      operation *operation, int expected)
{
	unsigned int nth = 0;
	bool fired, failed;
	int ret;

	do {
		make_map(_metadata, self);
		fault.nth = ++nth;
		ret = operation(_metadata, self);
		fired = fault.fired;
		failed = is_fault(ret);
		ASSERT_TRUE(ret == expected || failed) {
			TH_LOG("fault %u: %d (%s)", nth, ret, strerror(-ret));
		}
		check_map(_metadata, self);
		if (failed) {
			fault.nth = 0;
			ASSERT_EQ(expected, operation(_metadata, self));
			check_map(_metadata, self);
		}
		close(self->map);
		fault.nth = nth;
		if (failed)
			check_leaks(_metadata, self, operation);
		fault.nth = 0;
	} while (fired);
	return nth - 1;
}

/* Operations on one key */

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
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, lookup, 0));
}

static int lookup_key_only(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_op_args args = key_args(self, ABSENT);

	(void)_metadata;
	return faulty_ioctl(self->map, GOMAP_IOCTL_LOOKUP, &args);
}

TEST_F(fault, lookup_key_only)
{
	EXPECT_LE(chances(self, 0), fail_each(_metadata, self, lookup_key_only, -ENOENT));
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
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, insert_absent, 0));
}

/* And a table, and its buckets. */
TEST_F(fault, first_insert)
{
	self->empty = true;
	EXPECT_LE(2 + chances(self, 1), fail_each(_metadata, self, insert_absent, 0));
}

/* One that fails doesn't take the place away from the one that comes after it. */
TEST_F(fault, insert_of_the_last_entry)
{
	self->max_entries = (self->keys + 1) / 2 + 1;
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, insert_absent, 0));
}

TEST_F(fault, insert_into_a_full_map)
{
	self->max_entries = (self->keys + 1) / 2;
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, insert_absent, -ENOSPC));
}

static int insert_present(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return insert(self, PRESENT, 0);
}

TEST_F(fault, update)
{
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, insert_present, 0));
}

static int insert_existing(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return insert(self, PRESENT, GOMAP_INSERT_EXISTING);
}

TEST_F(fault, insert_existing)
{
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, insert_existing, 0));
}

static int insert_new(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return insert(self, ABSENT, GOMAP_INSERT_NEW);
}

TEST_F(fault, insert_new)
{
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, insert_new, 0));
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
	EXPECT_LE(chances(self, 2), fail_each(_metadata, self, insert_or_get, -EEXIST));
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
	EXPECT_LE(chances(self, 0), fail_each(_metadata, self, delete, 0));
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
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, delete_equal, 0));
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
	EXPECT_LE(chances(self, 2), fail_each(_metadata, self, swap, 0));
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
	EXPECT_LE(chances(self, 1), fail_each(_metadata, self, take, 0));
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
	EXPECT_LE(chances(self, 2), fail_each(_metadata, self, compare_exchange, 0));
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
	EXPECT_LE(1 + chances(self, 0), fail_each(_metadata, self, add_to_present, 0));
	EXPECT_LE(1 + chances(self, 0), fail_each(_metadata, self, add_to_absent, 0));
}

/* The structure, the buffer of the tile, the entries, the structure again. */
TEST_F(fault, scan)
{
	self->smallest = SCAN_TILE;
	EXPECT_LE(4, fail_each(_metadata, self, scan, 0));
}

/* Batches */

/* The i-th key of those that are left. */
static __u32 batch_key(FIXTURE_DATA(fault) *self, __u32 i)
{
	return (self->done + i) * self->stride;
}

/* What the operation on that key alone would return. */
static int alone(FIXTURE_DATA(fault) *self, __u32 key)
{
	if (self->op != GOMAP_BATCH_INSERT)
		return self->values[key] ? 0 : -ENOENT;
	return self->flags & GOMAP_INSERT_NEW && self->values[key] ? -EEXIST : 0;
}

static void set_batch_keys(FIXTURE_DATA(fault) *self, struct gomap_batch_args *args, char *keys,
			   char *values)
{
	bool with_value = self->op == GOMAP_BATCH_INSERT;
	char *to = keys;

	for (__u32 i = 0; i < args->count; i++) {
		__u32 key = batch_key(self, i);

		fill_key(&self->key, self->shape, key);
		fill_value(&self->value, self->shape, new_value(self, key));
		if (!with_value)
			self->value.len = 0;
		if (!has_records(self->shape)) {
			memcpy(to, self->key.data, self->key.len);
			to += self->key.len;
			memcpy(values + i * self->value.len, self->value.data, self->value.len);
		} else {
			struct gomap_record *record = (void *)to;

			to += record_size(self->key.len, self->value.len);
			memset(record, 0, to - (char *)record);
			record->key_len = self->key.len;
			record->value_len = self->value.len;
			memcpy(record->data, self->key.data, self->key.len);
			memcpy(record->data + self->key.len, self->value.data, self->value.len);
		}
	}
	args->keys = user_ptr(keys);
	if (has_records(self->shape))
		args->keys_size = to - keys;
	if (self->op == GOMAP_BATCH_LOOKUP || (with_value && !has_records(self->shape)))
		args->values = user_ptr(values);
	if (self->op == GOMAP_BATCH_LOOKUP && has_records(self->shape))
		args->values_size = self->room;
}

/* The value that a batch gave for a key; where the next one is. */
static const char *check_batch_value(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
				     const char *at, __u32 key, int result)
{
	__u32 len = self->shape->value_size;
	const char *data = at, *next = at + len;

	if (has_records(self->shape)) {
		const struct gomap_record *record = (const void *)at;

		len = record->value_len;
		data = (const char *)record->data;
		next = at + record_size(0, len);
		ASSERT_EQ(0, record->key_len);
		if (result != NEVER) {
			ASSERT_EQ(result == 0, len != 0);
		}
	}
	if (!result) {
		ASSERT_TRUE(is_value(self, data, len, self->values[key]));
	}
	return next;
}

static int batch(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_batch_args args = {
		.size = sizeof(args),
		.flags = self->flags,
		.op = self->op,
		.count = self->count - self->done,
	};
	char *keys = self->scanned + self->room, *values = keys + self->room;
	__s32 results[KEYS_MAX];
	const char *at = values;
	int ret;

	set_batch_keys(self, &args, keys, values);
	for (__u32 i = 0; i < args.count; i++)
		results[i] = NEVER;
	if (self->results)
		args.results = user_ptr(results);
	ret = faulty_ioctl(self->map, GOMAP_IOCTL_BATCH, &args);
	ASSERT_GE(self->count - self->done, args.done);
	if (!ret) {
		ASSERT_EQ(args.count, args.done);
	}
	for (__u32 i = 0; i < args.done; i++) {
		__u32 key = batch_key(self, i);
		int is = results[i];

		/* Without results all that were done have none. */
		if (!self->results)
			is = 0;
		if (is == NEVER) {
			ASSERT_EQ(-EFAULT, ret);
		} else {
			ASSERT_TRUE(is == alone(self, key) || (fault.fired && is == -ENOMEM)) {
				TH_LOG("fault %u: key %u: %d", fault.nth, key, is);
			}
		}
		if (self->op == GOMAP_BATCH_LOOKUP)
			at = check_batch_value(_metadata, self, at, key, is);
		if ((is == NEVER || !is) && !alone(self, key)) {
			if (self->op == GOMAP_BATCH_INSERT)
				self->values[key] = new_value(self, key);
			else if (self->op == GOMAP_BATCH_DELETE)
				self->values[key] = 0;
		}
	}
	for (__u32 i = args.done; i < args.count; i++) {
		ASSERT_EQ(NEVER, results[i]);
	}
	if (args.done && self->op == GOMAP_BATCH_LOOKUP && has_records(self->shape)) {
		ASSERT_EQ(args.values_size, (__u64)(at - values));
	}
	self->done += args.done;
	return ret;
}

/*
 * The structure, the state of the batch, the buffer of its first tile, the keys; what is written
 * about them; with results, the keys are some that are there and some that aren't, without only
 * such as are there.
 */
static void fail_each_of_batch(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
			       __u32 op, __u32 flags, bool results)
{
	self->op = op;
	self->flags = flags;
	self->results = results;
	self->stride = results ? 1 : 2;
	self->smallest = BATCH;
	EXPECT_LE(4 + results + (op != GOMAP_BATCH_DELETE), fail_each(_metadata, self, batch, 0));
}

TEST_F(fault, batch_lookup)
{
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_LOOKUP, 0, false);
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_LOOKUP, 0, true);
}

TEST_F(fault, batch_insert)
{
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_INSERT, 0, false);
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_INSERT, 0, true);
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_INSERT, GOMAP_INSERT_NEW, true);
}

TEST_F(fault, batch_delete)
{
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_DELETE, 0, false);
	fail_each_of_batch(_metadata, self, GOMAP_BATCH_DELETE, 0, true);
}

/* Maps as a whole */

static int whole(FIXTURE_DATA(fault) *self, unsigned int cmd, __u64 entries)
{
	struct gomap_map_args args = { .size = sizeof(args), .entries = entries };

	return faulty_ioctl(self->map, cmd, &args);
}

static int clear(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	int ret = whole(self, GOMAP_IOCTL_CLEAR, 0);

	(void)_metadata;
	if (!ret)
		memset(self->values, 0, sizeof(self->values));
	return ret;
}

TEST_F(fault, clear)
{
	EXPECT_LE(1, fail_each(_metadata, self, clear, 0));
}

static int freeze(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	int ret = whole(self, GOMAP_IOCTL_FREEZE, 0);
	struct gomap_info info;

	ASSERT_EQ(0, map_info(self->map, &info));
	ASSERT_EQ(ret ? 0 : GOMAP_STATE_FROZEN, info.state & GOMAP_STATE_FROZEN);
	return ret;
}

TEST_F(fault, freeze)
{
	EXPECT_LE(1, fail_each(_metadata, self, freeze, 0));
}

static int reserve(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_info before, after;
	int ret;

	ASSERT_EQ(0, map_info(self->map, &before));
	ret = whole(self, GOMAP_IOCTL_RESERVE, RESERVED);
	ASSERT_EQ(0, map_info(self->map, &after));
	ASSERT_EQ(ret ? before.reserve : RESERVED, after.reserve);
	return ret;
}

/* The table is made by the worker, but for the first one: that one, and its buckets. */
TEST_F(fault, reserve)
{
	EXPECT_LE(1, fail_each(_metadata, self, reserve, 0));
	self->empty = true;
	EXPECT_LE(3, fail_each(_metadata, self, reserve, 0));
}

static int shrink(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	(void)_metadata;
	return whole(self, GOMAP_IOCTL_SHRINK, 0);
}

TEST_F(fault, shrink)
{
	EXPECT_LE(1, fail_each(_metadata, self, shrink, 0));
}

static int info(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self)
{
	struct gomap_info info = { .size = sizeof(info) };
	int ret = faulty_ioctl(self->map, GOMAP_IOCTL_INFO, &info);

	if (!ret) {
		ASSERT_EQ(entries(self), info.entries);
		ASSERT_EQ(self->shape->value_size, info.value_size);
	}
	return ret;
}

TEST_F(fault, info)
{
	EXPECT_LE(2, fail_each(_metadata, self, info, 0));
}

/* Growth: many keys, in a map of their own */

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

/* Until the worker has nothing more to do, and the map so many buckets. */
static bool settles(FIXTURE_DATA(growing) *self, __u64 buckets_min, __u64 buckets_max)
{
	double end = now() + SETTLED_AFTER;
	struct gomap_info info;

	do {
		if (!map_info(self->map, &info) && !(info.state & GOMAP_STATE_GROWING) &&
		    info.buckets >= buckets_min && info.buckets <= buckets_max)
			return true;
		usleep(1000);
	} while (now() < end);
	return false;
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

	for (size_t i = 0; i < ARRAY_SIZE(percent); i++) {
		ASSERT_EQ(0, fail_all_tasks(percent[i]));
		refused += come_and_go(_metadata, self, few, variant->keys);
		refused += reserve_and_not(_metadata, self);
		ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_SHRINK, 0));
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

/* Devices */

FIXTURE(node) {
	int map;
};

FIXTURE_SETUP(node)
{
	if (!have_faults())
		SKIP(return, NO_FAULTS);
	ASSERT_LT(0, control());
	/* So that no map can be made while another one is there, or has been lost. */
	ASSERT_EQ(0, write_file(MAX_MAPS, "1"));
	self->map = -1;
}

/* In the parent, as a test that is broken off has no other. */
FIXTURE_TEARDOWN_PARENT(node)
{
	(void)self;
	remove_test_maps();
	write_file(MAX_MAPS, "65536");
}

static bool exists(const char *path)
{
	struct stat status;

	return !lstat(path, &status);
}

/* A map is where it should be, or nowhere. */
static void check_node(struct __test_metadata *_metadata, bool there)
{
	ASSERT_EQ(there, exists(NODE)) {
		TH_LOG("fault %u", fault.nth);
	}
	ASSERT_EQ(there, exists(SYSFS));
	ASSERT_EQ(there, exists("/sys/devices/virtual/gomap/" NAME));
	/* Where a device goes that has no directory of its own. */
	ASSERT_FALSE(exists("/dev/" NAME));
}

/* It may be that the last one is on its way out. */
static int create_alone(struct gomap_create_args args)
{
	int ret = map_create(args);

	for (int i = 0; i < 1000 && ret == -ENOSPC; i++) {
		usleep(10000);
		ret = map_create(args);
	}
	return ret;
}

static unsigned int fail_each_create(struct __test_metadata *_metadata, FIXTURE_DATA(node) *self,
				     struct gomap_create_args args)
{
	bool named = *args.name;
	unsigned int nth = 0;
	bool fired;

	do {
		fault.nth = ++nth;
		self->map = faulty_ioctl(control(), GOMAP_IOCTL_CREATE, &args);
		fired = fault.fired;
		if (self->map < 0) {
			ASSERT_TRUE(is_fault(self->map)) {
				TH_LOG("fault %u: %d", nth, self->map);
			}
			check_node(_metadata, false);
			/* Neither the map nor its name is in the way. */
			self->map = create_alone(args);
			ASSERT_LE(0, self->map);
		}
		check_node(_metadata, named);
		ASSERT_EQ(0, u64_insert(self->map, 1, 2, 0));
		ASSERT_EQ(2, u64_value(self->map, 1));
		if (named) {
			ASSERT_EQ(0, map_remove(NAME));
		}
		check_node(_metadata, false);
		ASSERT_EQ(0, close(self->map));
	} while (fired);
	fault.nth = 0;
	/* And the last one isn't lost either. */
	self->map = create_alone(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
	return nth - 1;
}

/* The structure, the node, the map, a table, its buckets, the file. */
TEST_F(node, create_unnamed)
{
	struct gomap_create_args args = map_args(0, 8, 8);

	args.reserve = RESERVED;
	EXPECT_LE(6, fail_each_create(_metadata, self, args));
}

/* And a number, a name, a device, directories and files and links in sysfs. */
TEST_F(node, create_named)
{
	EXPECT_LE(20, fail_each_create(_metadata, self, named_args(NAME)));
}

static int faulty_remove(void)
{
	struct gomap_remove_args args = { .size = sizeof(args), .name = NAME };

	return faulty_ioctl(control(), GOMAP_IOCTL_REMOVE, &args);
}

TEST_F(node, remove)
{
	unsigned int nth = 0;
	bool fired;
	int ret;

	do {
		self->map = create_alone(named_args(NAME));
		ASSERT_LE(0, self->map) {
			TH_LOG("after fault %u", nth);
		}
		fault.nth = ++nth;
		ret = faulty_remove();
		fired = fault.fired;
		ASSERT_TRUE(!ret || is_fault(ret)) {
			TH_LOG("fault %u: %d", nth, ret);
		}
		check_node(_metadata, ret);
		if (ret) {
			ASSERT_EQ(0, map_remove(NAME));
			check_node(_metadata, false);
		}
		ASSERT_EQ(0, u64_insert(self->map, 1, 2, 0));
		ASSERT_EQ(0, close(self->map));
	} while (fired);
	EXPECT_LE(2, nth - 1);
}

static int faulty_open(const char *node, int flags)
{
	int ret;

	arm();
	ret = map_open(node, flags);
	disarm();
	return ret;
}

/* The name, the file, the way to it. */
TEST_F(node, open)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };

	self->map = create_alone(named_args(NAME));
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, u64_insert(self->map, 1, 2, 0));
	for (size_t i = 0; i < 2 * ARRAY_SIZE(modes); i++) {
		bool of_control = i % 2, fired;

		fault.nth = 0;
		do {
			int fd;

			fault.nth++;
			fd = faulty_open(of_control ? CONTROL : NODE, modes[i / 2]);
			fired = fault.fired;
			ASSERT_TRUE(fd >= 0 || is_fault(fd)) {
				TH_LOG("fault %u: %d", fault.nth, fd);
			}
			if (!of_control && fd >= 0 && modes[i / 2] != O_WRONLY) {
				ASSERT_EQ(2, u64_value(fd, 1));
			}
			if (fd >= 0) {
				ASSERT_EQ(0, close(fd));
			}
			ASSERT_EQ(2, u64_value(self->map, 1));
		} while (fired);
		EXPECT_LE(2, fault.nth - 1);
	}
	fault.nth = 0;
	/* No open that failed holds on to the map. */
	ASSERT_EQ(0, map_remove(NAME));
	ASSERT_EQ(0, close(self->map));
	self->map = create_alone(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
}

/* Nothing that can fail keeps a map from being destroyed. */
TEST_F(node, close)
{
	bool fired;

	fault.nth = 0;
	do {
		self->map = create_alone(map_args(GOMAP_VAR_VALUE, 8, 300));
		ASSERT_LE(0, self->map);
		for (__u64 key = 0; key < 100; key++) {
			ASSERT_EQ(0, u64_insert(self->map, key, key, 0));
		}
		fault.nth++;
		arm();
		ASSERT_EQ(0, close(self->map));
		disarm();
		fired = fault.fired;
	} while (fired);
	self->map = create_alone(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
}

TEST_HARNESS_MAIN
