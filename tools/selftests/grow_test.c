// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth as seen from outside: how many buckets a map has for its entries, and
 * that nobody notices while it changes them.
 */
#include "gomap_test.h"

#include <limits.h>

enum { MANY = 100000 };

/* With so many buckets, no more and no less. */
static bool settles(int map, __u64 buckets, struct gomap_info *info)
{
	return eventually(map_is_settled(map, info) && info->buckets == buckets);
}

/* Values that no other key has. */
static __u64 value_of(__u64 key)
{
	return key * 0x9e3779b97f4a7c15 + 1;
}

FIXTURE(grow) {
	int map;
};

FIXTURE_SETUP(grow)
{
	self->map = map_create(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
}

FIXTURE_TEARDOWN(grow)
{
	close(self->map);
}

/* At each limit, right before and right behind it, up to 4096 buckets. */
TEST_F(grow, number_of_buckets_is_that_of_go)
{
	struct gomap_info info;
	__u64 entries = 0;

	for (__u64 buckets = 1; buckets <= 2048; buckets *= 2) {
		while (entries < entries_for(buckets)) {
			ASSERT_EQ(0, u64_insert(self->map, entries, value_of(entries), 0));
			entries++;
		}
		/* Time for a worker to do what it should not. */
		usleep(20000);
		EXPECT_TRUE(settles(self->map, buckets, &info)) {
			TH_LOG("%llu entries: %llu buckets", entries, info.buckets);
		}
		ASSERT_EQ(0, u64_insert(self->map, entries, value_of(entries), 0));
		entries++;
		EXPECT_TRUE(settles(self->map, buckets * 2, &info)) {
			TH_LOG("%llu entries: %llu buckets", entries, info.buckets);
		}
		EXPECT_EQ(entries, info.entries);
	}
	for (__u64 key = 0; key < entries; key++) {
		ASSERT_EQ(value_of(key), u64_value(self->map, key));
	}
}

/* The numbers that the documentation gives, without any formula. */
TEST_F(grow, small_maps_have_these_buckets)
{
	static const struct {
		__u64 entries, buckets;
	} known[] = { { 1, 1 }, { 8, 1 }, { 9, 2 }, { 13, 2 }, { 14, 4 }, { 26, 4 }, { 27, 8 } };
	struct gomap_info info;
	__u64 entries = 0;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		for (; entries < known[i].entries; entries++) {
			ASSERT_EQ(0, u64_insert(self->map, entries, 1, 0));
		}
		EXPECT_TRUE(settles(self->map, known[i].buckets, &info)) {
			TH_LOG("%llu entries: %llu buckets", entries, info.buckets);
		}
	}
}

/*
 * Random keys fill buckets as Poisson's law says; one in five of those that are
 * as full as they get overflows, and no chain becomes long.
 */
TEST_F(grow, hundred_thousand_entries)
{
	struct gomap_info info;

	for (__u64 key = 0; key < MANY; key++) {
		ASSERT_EQ(0, u64_insert(self->map, key, value_of(key), GOMAP_INSERT_NEW));
	}
	ASSERT_TRUE(settles(self->map, buckets_for(MANY), &info));
	EXPECT_EQ(MANY, info.entries);
	EXPECT_EQ(GOMAP_STATE_COUNTED, info.state);
	EXPECT_LT(info.buckets / 20, info.overflow_buckets);
	EXPECT_GT(info.buckets / 4, info.overflow_buckets);
	EXPECT_LE(2, info.longest_chain);
	EXPECT_GE(6, info.longest_chain);
	/* A slot has 16 bytes here, and no sane table is 10 times too large. */
	EXPECT_LE(16ULL * MANY, info.bytes);
	EXPECT_GE(160ULL * MANY, info.bytes);

	for (__u64 key = 0; key < MANY; key++) {
		ASSERT_EQ(value_of(key), u64_value(self->map, key));
		ASSERT_EQ(-ENOENT, u64_delete(self->map, key + MANY));
	}
	for (__u64 key = 0; key < MANY; key++) {
		ASSERT_EQ(0, u64_delete(self->map, key));
	}
	EXPECT_EQ(0, map_entries(self->map));
	EXPECT_EQ(0, u64_value(self->map, 1));
}

TEST_F(grow, keys_of_variable_length_grow_the_same_way)
{
	enum { SOME = 20000 };
	int map = map_create(map_args(GOMAP_VAR_KEY, 64, 8));
	struct gomap_info info;
	char key[64];

	ASSERT_LE(0, map);
	for (__u64 i = 0; i < SOME; i++) {
		int len = snprintf(key, sizeof(key), "key number %llu", i);

		ASSERT_EQ(0, map_insert(map, key, len, &i, 8, GOMAP_INSERT_NEW));
	}
	ASSERT_TRUE(settles(map, buckets_for(SOME), &info));
	EXPECT_EQ(SOME, info.entries);
	for (__u64 i = 0; i < SOME; i++) {
		int len = snprintf(key, sizeof(key), "key number %llu", i);
		__u64 found = -1;
		__u32 room = sizeof(found);

		ASSERT_EQ(0, map_lookup(map, key, len, &found, &room));
		ASSERT_EQ(i, found);
	}
}

TEST_F(grow, reserved_room_is_there_from_the_start)
{
	enum { RESERVE = 5000 };
	struct gomap_create_args args = map_args(0, 8, 8);
	struct gomap_info info;
	int map;

	args.reserve = RESERVE;
	map = map_create(args);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, map_info(map, &info));
	EXPECT_EQ(buckets_for(RESERVE), info.buckets);
	for (__u64 key = 0; key < RESERVE; key++) {
		ASSERT_EQ(0, u64_insert(map, key, value_of(key), 0));
	}
	usleep(20000);
	EXPECT_TRUE(settles(map, buckets_for(RESERVE), &info));
	/* Honest keys make none where the table is as large as it should be. */
	EXPECT_EQ(0, info.long_chains);
	for (__u64 key = 0; key < RESERVE; key++) {
		ASSERT_EQ(0, u64_delete(map, key));
	}
	usleep(20000);
	EXPECT_TRUE(settles(map, buckets_for(RESERVE), &info));
}

/* Several threads */

static void *insert_own_keys(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	for (__u64 key = me->number; key < MANY; key += THREADS) {
		int ret = u64_insert(me->map, key, value_of(key), GOMAP_INSERT_NEW);

		if (ret) {
			me->result = ret;
			break;
		}
		me->result++;
	}
	return NULL;
}

/* Keys above all that the writers insert: always there, always with their value. */
static void *look_up_stable_keys(void *arg)
{
	struct worker *me = arg;
	__u64 seed = me->number, value;

	pthread_barrier_wait(me->start);
	while (!stopped(me)) {
		__u64 key = MANY + next_random(&seed) % 1000;
		int ret = u64_lookup(me->map, key, &value);

		if (ret || value != value_of(key)) {
			me->result = ret ? ret : -EBADMSG;
			break;
		}
		me->result++;
	}
	return NULL;
}

TEST_F(grow, readers_miss_nothing_while_writers_make_it_grow)
{
	struct worker writers[THREADS], readers[THREADS];
	pthread_barrier_t start;
	struct gomap_info info;
	bool stop = false;

	for (__u64 key = MANY; key < MANY + 1000; key++) {
		ASSERT_EQ(0, u64_insert(self->map, key, value_of(key), 0));
	}
	pthread_barrier_init(&start, NULL, THREADS);
	spawn(readers, self->map, &stop, &start, look_up_stable_keys);
	EXPECT_TRUE(eventually(all_work(readers)));
	spawn(writers, self->map, NULL, &start, insert_own_keys);
	EXPECT_EQ(MANY, join(writers));
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	EXPECT_LT(0, join(readers));

	EXPECT_TRUE(settles(self->map, buckets_for(MANY + 1000), &info));
	EXPECT_EQ(MANY + 1000, info.entries);
	for (__u64 key = 0; key < MANY + 1000; key++) {
		ASSERT_EQ(value_of(key), u64_value(self->map, key));
	}
}

enum { CONTESTED = 10000 };

static void *insert_the_same_keys(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	for (__u64 key = 0; key < CONTESTED; key++) {
		int ret = u64_insert(me->map, key, me->number + 1, GOMAP_INSERT_NEW);

		if (ret && ret != -EEXIST) {
			me->result = ret;
			break;
		}
		me->result += !ret;
	}
	return NULL;
}

static void *delete_the_same_keys(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	for (__u64 key = 0; key < CONTESTED; key++) {
		int ret = u64_delete(me->map, key);

		if (ret && ret != -ENOENT) {
			me->result = ret;
			break;
		}
		me->result += !ret;
	}
	return NULL;
}

TEST_F(grow, one_thread_wins_each_key)
{
	struct worker workers[THREADS];
	long long won[THREADS] = {};
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, THREADS);
	spawn(workers, self->map, NULL, &start, insert_the_same_keys);
	EXPECT_EQ(CONTESTED, join(workers));
	EXPECT_EQ(CONTESTED, map_entries(self->map));
	/* And each key has the value of its winner. */
	for (__u64 key = 0; key < CONTESTED; key++) {
		__u64 winner = u64_value(self->map, key);

		ASSERT_TRUE(winner >= 1 && winner <= THREADS);
		won[winner - 1]++;
	}
	for (int i = 0; i < THREADS; i++)
		EXPECT_EQ(workers[i].result, won[i]);

	spawn(workers, self->map, NULL, &start, delete_the_same_keys);
	EXPECT_EQ(CONTESTED, join(workers));
	EXPECT_EQ(0, map_entries(self->map));
}

enum { ROOM = 7777 };

static void *insert_until_full(void *arg)
{
	struct worker *me = arg;

	pthread_barrier_wait(me->start);
	for (__u64 key = me->number;; key += THREADS) {
		int ret = u64_insert(me->map, key, value_of(key), 0);

		if (ret) {
			if (ret != -ENOSPC)
				me->result = ret;
			break;
		}
		me->result++;
	}
	return NULL;
}

/* None too many, and none refused too early. */
TEST_F(grow, max_entries_is_exact_among_threads)
{
	struct gomap_create_args args = map_args(0, 8, 8);
	struct worker workers[THREADS];
	pthread_barrier_t start;
	int map;

	args.max_entries = ROOM;
	map = map_create(args);
	ASSERT_LE(0, map);
	pthread_barrier_init(&start, NULL, THREADS);
	spawn(workers, map, NULL, &start, insert_until_full);
	EXPECT_EQ(ROOM, join(workers));
	EXPECT_EQ(ROOM, map_entries(map));
}

TEST_HARNESS_MAIN
