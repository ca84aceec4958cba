// SPDX-License-Identifier: GPL-2.0-only
/*
 * No memory in the whole machine, taken by a client in no cgroup. It is told
 * ENOMEM, and its map is whole. But whoever else needs memory at that moment may
 * have the kernel kill the client; its map goes with it. Either way all memory
 * comes back.
 *
 * Only where GOMAP_OOM is in the environment, and in a small machine.
 */
#include "gomap_test.h"

#include <limits.h>
#include <sys/mman.h>

enum {
	BALLAST_MIB = 24,
	BATCH = 1024,
};

FIXTURE(oom) {
};

FIXTURE_VARIANT(oom) {
	__u32 flags;
	__u32 value_size;
	__u32 keys;		/* in a call: the smaller they are, the more fit into the machine */
};

FIXTURE_VARIANT_ADD(oom, in_slots) { 0, 120, BATCH };
FIXTURE_VARIANT_ADD(oom, entries) { GOMAP_VAR_VALUE, 4096, 1 };
FIXTURE_VARIANT_ADD(oom, large_entries) { 0, GOMAP_VALUE_SIZE_MAX, 1 };

/* The values of a call's keys, each byte of which says whose it is. */
static char values[GOMAP_VALUE_SIZE_MAX];

static int insert(int map, __u64 key, __u32 size)
{
	memset(values, key, size);
	return map_insert(map, &key, sizeof(key), values, size, GOMAP_INSERT_NEW);
}

static bool is_value_of(const char *value, __u64 key, __u32 size)
{
	for (__u32 i = 0; i < size; i++)
		if (value[i] != (char)key)
			return false;
	return true;
}

static bool has(int map, __u64 key, __u32 size)
{
	__u32 len = size;

	return !map_lookup(map, &key, sizeof(key), values, &len) && len == size &&
	       is_value_of(values, key, size);
}

/* The keys from @first on, @count of them, in one call; how many were done is left in @count. */
static int batch(int map, __u32 op, __u64 first, __u32 *count, __u32 size)
{
	static __u64 keys[BATCH];
	struct gomap_batch_args args = {
		.size = sizeof(args),
		.flags = op == GOMAP_BATCH_INSERT ? GOMAP_INSERT_NEW : 0,
		.op = op,
		.count = *count,
		.keys = user_ptr(keys),
		.values = user_ptr(values),
	};
	int ret;

	for (__u32 i = 0; i < *count; i++) {
		keys[i] = first + i;
		memset(values + i * size, op == GOMAP_BATCH_INSERT ? first + i : 0, size);
	}
	ret = map_batch(map, &args);
	*count = args.done;
	return ret;
}

/* Insert what comes after the first @keys, and count it. */
static int insert_next(int map, const FIXTURE_VARIANT(oom) *variant, long long *keys)
{
	__u32 count = variant->keys;
	int ret;

	if (count > 1) {
		ret = batch(map, GOMAP_BATCH_INSERT, *keys, &count, variant->value_size);
	} else {
		ret = insert(map, *keys, variant->value_size);
		count = !ret;
	}
	*keys += count;
	return ret;
}

/* Whether the map has the first @keys. */
static bool has_all(int map, const FIXTURE_VARIANT(oom) *variant, long long keys)
{
	const __u32 size = variant->value_size;

	for (long long key = 0; key < keys && variant->keys == 1; key++)
		if (!has(map, key, size))
			return false;
	for (long long key = 0; key < keys && variant->keys > 1; key += variant->keys) {
		__u32 count = keys - key < variant->keys ? keys - key : variant->keys;

		if (batch(map, GOMAP_BATCH_LOOKUP, key, &count, size))
			return false;
		for (__u32 i = 0; i < count; i++)
			if (!is_value_of(values + i * size, key + i, size))
				return false;
	}
	return true;
}

/* Another map, whose end gives some memory back when all is gone. */
static int make_ballast(void)
{
	int map = map_create(map_args(0, 8, GOMAP_VALUE_SIZE_MAX));

	for (__u64 key = 0; key < BALLAST_MIB; key++) {
		int ret = map < 0 ? map : insert(map, key, GOMAP_VALUE_SIZE_MAX);

		if (ret)
			return ret;
	}
	return map;
}

/* The one to be killed, if anybody; with all the memory in place that it needs for itself. */
static bool be_the_victim(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	bool done = write(fd, "1000", 4) == 4;

	close(fd);
	memset(values, 1, sizeof(values));
	return done && !mlockall(MCL_CURRENT);
}

/* The client: its exit status is 0 if all was as it should be, unless it was killed. */
static int fill_memory(const FIXTURE_VARIANT(oom) *variant)
{
	int map = map_create(map_args(variant->flags, 8, variant->value_size)), ballast, ret;
	double begin = now();
	long long keys = 0;

	if (map < 0 || !be_the_victim())
		return 1;
	ballast = make_ballast();
	if (ballast < 0)
		return 2;
	do
		ret = insert_next(map, variant, &keys);
	while (!ret);
	close(ballast);
	if (!eventually(memory_available() >= BALLAST_MIB << 19))
		return 3;
	ksft_print_msg("%s after %lld keys and %.1f s\n", strerror(-ret), keys, now() - begin);
	if (ret != -ENOMEM || map_entries(map) != keys)
		return 4;
	if (!has_all(map, variant, keys))
		return 5;
	/* What others give back can be had. */
	return insert(map, keys, variant->value_size) ? 6 : 0;
}

FIXTURE_SETUP(oom)
{
	if (!getenv("GOMAP_OOM"))
		SKIP(return, "takes all memory of the machine: only with GOMAP_OOM=1");
	/* The module's limit would come first. */
	ASSERT_EQ(0, parameter_set("max_bytes", ULLONG_MAX));
}

FIXTURE_TEARDOWN_PARENT(oom)
{
	(void)self;
	parameter_set("max_bytes", 0);
}

TEST_F(oom, client_is_told_or_killed_and_all_memory_comes_back)
{
	long long before = memory_available();

	pid_t client = fork();
	int end;

	ASSERT_LE(0, client);
	if (!client)
		_exit(fill_memory(variant));
	end = child_end(client);
	EXPECT_TRUE(end == 0 || end == -SIGKILL) {
		TH_LOG("the client's end: %d", end);
	}
	if (end == -SIGKILL)
		TH_LOG("the client was killed");
	EXPECT_TRUE(eventually(memory_available() >= before / 10 * 9)) {
		TH_LOG("%lld bytes before, %lld after", before, memory_available());
	}
}

/* Many threads that want much more than there is, each for a map of its own. */

enum {
	RESERVERS = 300,
	RESERVE = 1 << 17,	/* takes two or three megabytes */
};

static void *reserve(void *arg)
{
	int map = map_create(map_args(0, 8, 8));
	int ret = map < 0 ? map : map_whole(map, GOMAP_IOCTL_RESERVE, RESERVE);

	(void)arg;
	close(map);
	return (void *)(long)(ret == -ENOMEM ? 0 : ret);
}

static int reserve_in_threads(void)
{
	static pthread_t threads[RESERVERS];
	pthread_attr_t small;
	void *ret;

	if (!be_the_victim() || pthread_attr_init(&small) ||
	    pthread_attr_setstacksize(&small, 1 << 16))
		return 1;
	for (int i = 0; i < RESERVERS; i++)
		if (pthread_create(&threads[i], &small, reserve, NULL))
			return 2;
	for (int i = 0; i < RESERVERS; i++)
		if (pthread_join(threads[i], &ret) || ret)
			return 3;
	return 0;
}

/* The kernel must neither run out of tasks to kill, nor wait for one that it killed. */
TEST(threads_that_reserve_are_told_or_killed)
{
	long long before = memory_available();
	pid_t client;
	int end;

	if (!getenv("GOMAP_OOM"))
		SKIP(return, "takes all memory of the machine: only with GOMAP_OOM=1");
	ASSERT_EQ(0, parameter_set("max_bytes", ULLONG_MAX));
	client = fork();
	ASSERT_LE(0, client);
	if (!client)
		_exit(reserve_in_threads());
	end = child_end(client);
	EXPECT_TRUE(end == 0 || end == -SIGKILL) {
		TH_LOG("the client's end: %d", end);
	}
	EXPECT_TRUE(eventually(memory_available() >= before / 10 * 9));
	EXPECT_EQ(0, parameter_set("max_bytes", 0));
}

TEST_HARNESS_MAIN
