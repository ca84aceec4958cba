// SPDX-License-Identifier: GPL-2.0-only
/*
 * A map as a whole: clear, freeze, reserve, shrink, how it becomes small by
 * itself, and what info and /sys/class/gomap tell of it.
 */
#include "gomap_test.h"

#include <limits.h>

enum {
	MANY = 200000,
	FEW_KIB = 8192,
};

FIXTURE(whole) {
	int map;
};

FIXTURE_SETUP(whole)
{
	self->map = map_create(named_args(NAME));
	ASSERT_LE(0, self->map);
}

FIXTURE_TEARDOWN_PARENT(whole)
{
	remove_test_maps();
}

static int fill_map(int map, __u64 from, __u64 to)
{
	int ret = 0;

	for (__u64 key = from; key < to && !ret; key++)
		ret = u64_insert(map, key, key + 1, 0);
	return ret;
}

static int delete_all(int map, __u64 from, __u64 to)
{
	int ret = 0;

	for (__u64 key = from; key < to && !ret; key++)
		ret = u64_delete(map, key);
	return ret;
}

/* With no more than so many buckets and bytes. */
static bool settles(int map, __u64 buckets, __u64 bytes, struct gomap_info *info)
{
	return eventually(map_is_settled(map, info) && info->buckets <= buckets &&
			  info->bytes <= bytes);
}

/* Clear */

TEST_F(whole, clear_leaves_nothing)
{
	static const __u64 counts[] = { 0, 1, 8, 9, 1000, 20000 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		ASSERT_EQ(0, fill_map(self->map, 0, counts[i]));
		EXPECT_EQ(counts[i], map_entries(self->map));
		EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
		EXPECT_EQ(0, map_entries(self->map));
		for (__u64 key = 0; key < counts[i]; key++) {
			ASSERT_EQ(0, u64_value(self->map, key));
		}
		/* It is as good as new. */
		EXPECT_EQ(0, u64_insert(self->map, 1, 5, GOMAP_INSERT_NEW));
		EXPECT_EQ(5, u64_value(self->map, 1));
		EXPECT_EQ(1, map_entries(self->map));
		EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
	}
}

TEST_F(whole, clear_makes_room_below_max_entries)
{
	struct gomap_create_args args = map_args(0, 8, 8);
	int map;

	args.max_entries = 100;
	map = map_create(args);
	ASSERT_LE(0, map);
	for (int round = 0; round < 3; round++) {
		ASSERT_EQ(0, fill_map(map, 0, 100));
		ASSERT_EQ(-ENOSPC, u64_insert(map, 100, 1, 0));
		ASSERT_EQ(0, map_whole(map, GOMAP_IOCTL_CLEAR, 0));
		ASSERT_EQ(0, map_entries(map));
	}
}

TEST_F(whole, clear_of_entries_of_variable_length)
{
	int map = map_create(map_args(GOMAP_VAR_KEY | GOMAP_VAR_VALUE, 100, 1000));
	char bytes[1000] = {};

	ASSERT_LE(0, map);
	for (__u32 i = 0; i < 1000; i++) {
		memcpy(bytes, &i, sizeof(i));
		ASSERT_EQ(0, map_insert(map, bytes, 4 + i % 90, bytes, i, 0));
	}
	EXPECT_EQ(1000, map_entries(map));
	EXPECT_EQ(0, map_whole(map, GOMAP_IOCTL_CLEAR, 0));
	EXPECT_EQ(0, map_entries(map));
	for (__u32 i = 0; i < 1000; i++) {
		memcpy(bytes, &i, sizeof(i));
		ASSERT_EQ(-ENOENT, map_has(map, bytes, 4 + i % 90));
	}
}

TEST_F(whole, clear_gives_the_memory_back)
{
	struct gomap_info info;

	ASSERT_EQ(0, fill_map(self->map, 0, 50000));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
	EXPECT_TRUE(settles(self->map, 1, FEW_KIB, &info)) {
		TH_LOG("%llu buckets, %llu bytes", info.buckets, info.bytes);
	}
}

static void *insert_own_keys(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	for (__u64 key = me->number; !stopped(me); key = (key + THREADS) % 4096) {
		int ret = u64_insert(me->map, key, key + 1, 0);

		if (ret) {
			me->result = ret;
			break;
		}
		me->result++;
	}
	return NULL;
}

TEST_F(whole, clear_among_inserts_comes_to_an_end_and_counts_right)
{
	struct worker workers[THREADS];
	long long entries = 0;
	pthread_barrier_t start;
	bool stop = false;

	/* There before the others begin, and never again. */
	ASSERT_EQ(0, fill_map(self->map, 10000, 12000));
	pthread_barrier_init(&start, NULL, THREADS + 1);
	spawn(workers, self->map, &stop, &start, insert_own_keys);
	pthread_barrier_wait(&start);
	EXPECT_TRUE(eventually(all_work(workers)));
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
		ASSERT_EQ(0, u64_value(self->map, 10000 + i));
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	EXPECT_LT(0, join(workers));
	for (__u64 key = 0; key < 12000; key++)
		entries += u64_value(self->map, key) != 0;
	EXPECT_EQ(entries, map_entries(self->map));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
	EXPECT_EQ(0, map_entries(self->map));
}

/* Freeze */

static int batch_of_one(int map, __u32 op, __u64 key)
{
	__u64 value = 5;
	struct gomap_batch_args args = {
		.size = sizeof(args),
		.op = op,
		.count = 1,
		.keys = user_ptr(&key),
		.values = op == GOMAP_BATCH_DELETE ? 0 : user_ptr(&value),
	};

	return map_batch(map, &args);
}

/* What every writer is told: 0, if the map is not frozen. */
#define EXPECT_WRITERS(expected, fd)							\
	do {										\
		__u64 key = 1, new = 3, value = 2, old = 0;				\
		struct gomap_op_args args = op_args(&key, 8, &value, 8);		\
											\
		/* Each does what the next one needs. */				\
		args.other = user_ptr(&old);						\
		args.other_len = 8;							\
		EXPECT_EQ(expected, map_op(fd, GOMAP_IOCTL_SWAP, &args));		\
		old = 2;								\
		value = 3;								\
		EXPECT_EQ(expected, map_op(fd, GOMAP_IOCTL_COMPARE_EXCHANGE, &args));	\
		EXPECT_EQ(expected, u64_fetch_add(fd, 1, 1, &old, 0));			\
		EXPECT_EQ(expected, u64_insert(fd, 1, 9, 0));				\
		EXPECT_EQ(expected, u64_insert(fd, 1, 3, GOMAP_INSERT_EXISTING));	\
		args = op_args(&key, 8, &new, 8);					\
		args.flags = GOMAP_DELETE_EQUAL;					\
		EXPECT_EQ(expected, map_op(fd, GOMAP_IOCTL_DELETE, &args));		\
		EXPECT_EQ(expected, u64_insert(fd, 107, 8, GOMAP_INSERT_NEW));	\
		EXPECT_EQ(expected, u64_fetch_add(fd, 108, 1, &old, GOMAP_INSERT_NEW));	\
		EXPECT_EQ(expected, u64_delete(fd, 2));					\
		key = 3;								\
		args = op_args(&key, 8, &value, 8);					\
		EXPECT_EQ(expected, map_op(fd, GOMAP_IOCTL_TAKE, &args));		\
		EXPECT_EQ(expected, batch_of_one(fd, GOMAP_BATCH_INSERT, 9));		\
		EXPECT_EQ(expected, batch_of_one(fd, GOMAP_BATCH_DELETE, 4));		\
		EXPECT_EQ(expected, map_whole(fd, GOMAP_IOCTL_RESERVE, 3));		\
		EXPECT_EQ(expected, map_whole(fd, GOMAP_IOCTL_CLEAR, 0));		\
	} while (0)

TEST_F(whole, frozen_map_refuses_every_writer)
{
	struct gomap_info info;
	__u64 value;
	int before;

	ASSERT_EQ(0, fill_map(self->map, 0, 100));
	before = map_open(NODE, O_RDWR);
	ASSERT_LE(0, before);
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_EQ(0, info.state & GOMAP_STATE_FROZEN);
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_FREEZE, 0));
	EXPECT_WRITERS(-EPERM, self->map);
	/* Through whichever descriptor. */
	EXPECT_WRITERS(-EPERM, before);
	EXPECT_WRITERS(-EPERM, map_open(NODE, O_RDWR));

	EXPECT_EQ(100, map_entries(self->map));
	for (__u64 key = 0; key < 100; key++) {
		ASSERT_EQ(0, u64_lookup(self->map, key, &value));
		ASSERT_EQ(key + 1, value);
	}
	EXPECT_EQ(-ENOENT, u64_lookup(self->map, 100, &value));
	EXPECT_EQ(0, batch_of_one(self->map, GOMAP_BATCH_LOOKUP, 5));
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_EQ(GOMAP_STATE_FROZEN, info.state & GOMAP_STATE_FROZEN);
	EXPECT_EQ(0, info.reserve);

	/* Once more is no harm, and shrinking changes no entry. */
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_FREEZE, 0));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_SHRINK, 0));
	EXPECT_EQ(100, map_entries(self->map));
	EXPECT_EQ(100, u64_value(self->map, 99));
}

/* The same calls, to prove that being frozen is all that was wrong. */
TEST_F(whole, map_that_is_not_frozen_refuses_none_of_them)
{
	ASSERT_EQ(0, fill_map(self->map, 0, 100));
	EXPECT_WRITERS(0, self->map);
	EXPECT_EQ(0, map_entries(self->map));
}

TEST_F(whole, frozen_map_can_be_removed)
{
	ASSERT_EQ(0, fill_map(self->map, 0, 100));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_FREEZE, 0));
	EXPECT_EQ(0, map_remove(NAME));
	EXPECT_EQ(100, u64_value(self->map, 99));
}

/* Nothing changes once freeze has returned. */
TEST_F(whole, freeze_among_writers_is_final)
{
	struct worker workers[THREADS];
	pthread_barrier_t start;
	long long before;
	bool stop = false;

	pthread_barrier_init(&start, NULL, THREADS + 1);
	spawn(workers, self->map, &stop, &start, insert_own_keys);
	pthread_barrier_wait(&start);
	EXPECT_TRUE(eventually(all_work(workers)));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_FREEZE, 0));
	before = map_entries(self->map);
	EXPECT_EQ(-EPERM, join(workers));
	EXPECT_EQ(before, map_entries(self->map));
}

/* Reserve and shrink */

TEST_F(whole, reserve_makes_room_at_once)
{
	static const __u64 reserves[] = { 1, 8, 9, 13, 14, 1000, 20000 };
	struct gomap_info info;

	for (size_t i = 0; i < ARRAY_SIZE(reserves); i++) {
		EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_RESERVE, reserves[i]));
		ASSERT_EQ(0, map_info(self->map, &info));
		EXPECT_EQ(reserves[i], info.reserve);
		EXPECT_EQ(buckets_for(reserves[i]), info.buckets);
		EXPECT_EQ(0, info.entries);
	}
	ASSERT_EQ(0, fill_map(self->map, 0, 20000));
	usleep(20000);
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_EQ(buckets_for(20000), info.buckets);
}

TEST_F(whole, reserve_keeps_the_entries)
{
	ASSERT_EQ(0, fill_map(self->map, 0, 100));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_RESERVE, 20000));
	EXPECT_EQ(100, map_entries(self->map));
	for (__u64 key = 0; key < 100; key++)
		EXPECT_EQ(key + 1, u64_value(self->map, key));
}

TEST_F(whole, reserve_has_limits)
{
	struct gomap_create_args args = map_args(0, 8, 8);
	struct gomap_info info;
	int map;

	args.max_entries = 100;
	map = map_create(args);
	ASSERT_LE(0, map);
	EXPECT_EQ(0, map_whole(map, GOMAP_IOCTL_RESERVE, 100));
	EXPECT_EQ(-EINVAL, map_whole(map, GOMAP_IOCTL_RESERVE, 101));
	EXPECT_EQ(-E2BIG, map_whole(map, GOMAP_IOCTL_RESERVE, GOMAP_MAX_ENTRIES_MAX + 1));
	EXPECT_EQ(-E2BIG, map_whole(map, GOMAP_IOCTL_RESERVE, ULLONG_MAX));
	EXPECT_EQ(-E2BIG, map_whole(self->map, GOMAP_IOCTL_RESERVE, GOMAP_MAX_ENTRIES_MAX + 1));
	EXPECT_EQ(-E2BIG, map_whole(self->map, GOMAP_IOCTL_RESERVE, (1ULL << 32) + 1));
	ASSERT_EQ(0, map_info(map, &info));
	EXPECT_EQ(100, info.reserve);
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_EQ(0, info.reserve);
	EXPECT_EQ(0, info.buckets);
}

TEST_F(whole, shrink_leaves_what_the_entries_need)
{
	static const __u64 left[] = { 6000, 1700, 1000, 100, 14, 8, 0 };
	struct gomap_info info;
	__u64 there = 6500;

	ASSERT_EQ(0, fill_map(self->map, 0, there));
	for (size_t i = 0; i < ARRAY_SIZE(left); i++) {
		ASSERT_EQ(0, delete_all(self->map, left[i], there));
		there = left[i];
		EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_SHRINK, 0));
		EXPECT_TRUE(settles(self->map, buckets_for(there), ULLONG_MAX, &info));
		EXPECT_EQ(buckets_for(there), info.buckets);
		EXPECT_EQ(there, info.entries);
		for (__u64 key = 0; key < there; key++) {
			ASSERT_EQ(key + 1, u64_value(self->map, key));
		}
	}
}

TEST_F(whole, shrink_leaves_what_is_reserved)
{
	struct gomap_info info;

	ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_RESERVE, 500));
	ASSERT_EQ(0, fill_map(self->map, 0, 5000));
	ASSERT_EQ(0, delete_all(self->map, 10, 5000));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_SHRINK, 0));
	EXPECT_TRUE(settles(self->map, buckets_for(500), ULLONG_MAX, &info));
	EXPECT_EQ(buckets_for(500), info.buckets);
	EXPECT_EQ(500, info.reserve);

	/* Until it isn't any more. */
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_RESERVE, 0));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_SHRINK, 0));
	EXPECT_TRUE(settles(self->map, buckets_for(10), ULLONG_MAX, &info));
	EXPECT_EQ(buckets_for(10), info.buckets);
	EXPECT_EQ(0, info.reserve);
}

TEST_F(whole, shrink_of_an_empty_map_is_nothing)
{
	struct gomap_info info;

	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_SHRINK, 0));
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_EQ(0, info.buckets);
}

TEST_F(whole, map_shrinks_by_itself)
{
	struct gomap_info info;
	__u64 long_chains;

	ASSERT_EQ(0, fill_map(self->map, 0, MANY));
	ASSERT_TRUE(settles(self->map, ULLONG_MAX, ULLONG_MAX, &info));
	EXPECT_LT(16ULL * MANY, info.bytes);
	/* Some if the worker came late on the way up; none is made on the way down. */
	long_chains = info.long_chains;
	ASSERT_EQ(0, delete_all(self->map, 10, MANY));
	EXPECT_TRUE(settles(self->map, 8, FEW_KIB, &info)) {
		TH_LOG("%llu buckets, %llu bytes", info.buckets, info.bytes);
	}
	EXPECT_EQ(10, info.entries);
	EXPECT_EQ(long_chains, info.long_chains);
	for (__u64 key = 0; key < 10; key++)
		EXPECT_EQ(key + 1, u64_value(self->map, key));
}

/* As many distinct keys as you like, one at a time. */
TEST_F(whole, churn_takes_no_more_memory_than_its_entries)
{
	enum { ALIVE = 100 };
	struct gomap_info info;

	ASSERT_EQ(0, fill_map(self->map, 0, ALIVE));
	for (__u64 key = ALIVE; key < MANY / 2; key++) {
		ASSERT_EQ(0, u64_insert(self->map, key, key + 1, GOMAP_INSERT_NEW));
		ASSERT_EQ(0, u64_delete(self->map, key - ALIVE));
		if (key % 1000 == 0) {
			ASSERT_EQ(0, map_info(self->map, &info));
			ASSERT_GE(2 * buckets_for(ALIVE), info.buckets);
		}
	}
	EXPECT_TRUE(settles(self->map, 2 * buckets_for(ALIVE), 2 * FEW_KIB, &info)) {
		TH_LOG("%llu buckets, %llu bytes", info.buckets, info.bytes);
	}
	EXPECT_EQ(ALIVE, info.entries);
}

/* What these take */

TEST_F(whole, only_reserve_takes_a_number)
{
	static const unsigned int cmds[] = {
		GOMAP_IOCTL_CLEAR, GOMAP_IOCTL_SHRINK, GOMAP_IOCTL_FREEZE,
	};

	ASSERT_EQ(0, fill_map(self->map, 0, 10));
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_EQ(-EINVAL, map_whole(self->map, cmds[i], 1));
		EXPECT_EQ(-EINVAL, map_whole(self->map, cmds[i], 1ULL << 63));
	}
	EXPECT_EQ(10, map_entries(self->map));
	/* Not even frozen. */
	EXPECT_EQ(0, u64_insert(self->map, 10, 1, 0));
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++)
		EXPECT_EQ(0, map_whole(self->map, cmds[i], 0));
}

TEST_F(whole, all_need_a_descriptor_open_for_writing)
{
	static const unsigned int cmds[] = {
		GOMAP_IOCTL_CLEAR, GOMAP_IOCTL_SHRINK, GOMAP_IOCTL_RESERVE, GOMAP_IOCTL_FREEZE,
	};
	int writer = map_open(NODE, O_WRONLY);

	ASSERT_LE(0, writer);
	ASSERT_EQ(0, fill_map(self->map, 0, 10));
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_EQ(-EBADF, map_whole(map_open(NODE, O_RDONLY), cmds[i], 0));
		EXPECT_EQ(-EBADF, map_whole(map_open(NODE, O_ACCMODE), cmds[i], 0));
		EXPECT_EQ(-ENOTTY, map_whole(control(), cmds[i], 0));
	}
	EXPECT_EQ(10, map_entries(self->map));
	EXPECT_EQ(0, u64_insert(self->map, 10, 1, 0));
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++)
		EXPECT_EQ(0, map_whole(writer, cmds[i], 0));
	EXPECT_EQ(0, map_entries(self->map));
}

/* What /sys tells */

#define SYS_DIR "/sys/class/gomap/"

/* The line of an attribute, or "" and errno. */
static const char *attribute(const char *name)
{
	static char line[128];
	char path[128];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), SYS_DIR NAME "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
	if (fd >= 0)
		close(fd);
	line[len > 0 ? len : 0] = '\0';
	return line;
}

/* The number that is all of the line, or -1. */
static long long number(const char *name)
{
	const char *line = attribute(name);
	long long value;
	char *end;

	value = strtoll(line, &end, 10);
	return end == line || strcmp(end, "\n") ? -1 : value;
}

static void check_numbers(struct __test_metadata *_metadata, int map)
{
	struct gomap_info info;

	ASSERT_EQ(0, map_info(map, &info));
	EXPECT_EQ(info.key_size, number("key_size"));
	EXPECT_EQ(info.value_size, number("value_size"));
	EXPECT_EQ(info.max_entries, number("max_entries"));
	EXPECT_EQ(info.max_bytes, number("max_bytes"));
	EXPECT_EQ(info.reserve, number("reserve"));
	EXPECT_EQ(info.entries, number("entries"));
	EXPECT_EQ(info.buckets, number("buckets"));
	EXPECT_EQ(info.overflow_buckets, number("overflow_buckets"));
	EXPECT_EQ(info.bytes, number("bytes"));
	EXPECT_EQ(info.longest_chain, number("longest_chain"));
	EXPECT_EQ(info.long_chains, number("long_chains"));
	EXPECT_EQ(!!(info.state & GOMAP_STATE_GROWING), number("growing"));
	EXPECT_EQ(!!(info.state & GOMAP_STATE_FROZEN), number("frozen"));
}

TEST_F(whole, attributes_say_what_info_says)
{
	struct gomap_create_args args = named_args(NAME);
	struct gomap_info info;

	close(self->map);
	ASSERT_EQ(0, map_remove(NAME));
	args.key_size = 8;
	args.max_entries = 5000;
	args.max_bytes = 1 << 30;
	args.reserve = 20;
	snprintf(args.key_format, sizeof(args.key_format), "u64");
	snprintf(args.value_format, sizeof(args.value_format), "fifteen_letters");
	self->map = map_create(args);
	ASSERT_LE(0, self->map);
	check_numbers(_metadata, self->map);
	EXPECT_STREQ("u64\n", attribute("key_format"));
	EXPECT_STREQ("fifteen_letters\n", attribute("value_format"));

	/* Before it is asked a second time, nothing may move. */
	ASSERT_EQ(0, fill_map(self->map, 0, 3000));
	ASSERT_TRUE(eventually(map_is_settled(self->map, &info) &&
			       info.buckets == buckets_for(3000)));
	check_numbers(_metadata, self->map);
	EXPECT_EQ(3000, number("entries"));
	EXPECT_EQ(0, number("frozen"));
	ASSERT_EQ(0, map_whole(self->map, GOMAP_IOCTL_FREEZE, 0));
	check_numbers(_metadata, self->map);
	EXPECT_EQ(1, number("frozen"));
}

/* They tell what info tells, to whom the map belongs. */
TEST_F(whole, attributes_are_their_owners_to_read)
{
	static const char * const names[] = {
		"key_size", "value_size", "key_format", "value_format", "max_entries", "max_bytes",
		"reserve", "entries", "buckets", "overflow_buckets", "bytes", "longest_chain",
		"long_chains", "growing", "frozen",
	};
	struct gomap_create_args args = named_args(NAME);
	char path[128];
	struct stat st;

	ASSERT_EQ(0, map_remove(NAME));
	args.uid = SOME_UID;
	ASSERT_LE(0, map_create(args));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), SYS_DIR NAME "/%s", names[i]);
		ASSERT_EQ(0, stat(path, &st)) {
			TH_LOG("%s: %s", path, strerror(errno));
		}
		EXPECT_EQ(0400, st.st_mode & 0777);
		EXPECT_EQ(SOME_UID, st.st_uid);
	}
}

/*
 * Whoever may write there has udev give the node its first mode and owner again,
 * also when root has taken it from its owner since.
 */
TEST_F(whole, events_of_the_node_are_not_its_owners_to_send)
{
	struct gomap_create_args args = named_args(NAME);
	struct stat st;

	ASSERT_EQ(0, map_remove(NAME));
	args.uid = SOME_UID;
	ASSERT_LE(0, map_create(args));
	ASSERT_EQ(0, stat(SYS_DIR NAME "/uevent", &st));
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(0, st.st_gid);
	EXPECT_EQ(0, st.st_mode & 022);
}

TEST_F(whole, attributes_go_with_the_name)
{
	EXPECT_EQ(0, access(SYS_DIR NAME, F_OK));
	EXPECT_EQ(8, number("key_size"));
	EXPECT_EQ(0, map_remove(NAME));
	EXPECT_EQ(-1, access(SYS_DIR NAME, F_OK));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(0, map_entries(self->map));
}

/* The file outlives the map for whoever has it open. */
TEST_F(whole, attribute_that_is_open_survives_the_map)
{
	int fd = open(SYS_DIR NAME "/entries", O_RDONLY | O_CLOEXEC);
	char line[16];

	ASSERT_LE(0, fd);
	ASSERT_EQ(2, read(fd, line, sizeof(line)));
	EXPECT_EQ(0, map_remove(NAME));
	close(self->map);
	EXPECT_EQ(-1, pread(fd, line, sizeof(line), 0));
	EXPECT_EQ(ENODEV, errno);
}

TEST_HARNESS_MAIN
