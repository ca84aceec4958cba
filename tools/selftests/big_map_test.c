// SPDX-License-Identifier: GPL-2.0-only
/*
 * One large map: filled in batches while it doubles again and again, looked up,
 * scanned, cleared, shrunk and closed. With the times that it took.
 *
 * GOMAP_ENTRIES in the environment says how large; 2^24 entries take 600 MiB,
 * and half as much again while it doubles.
 */
#include "cgroup.h"

enum {
	BATCH = 4096,
	ENTRY_BYTES = 16,	/* no entry takes less */
};

FIXTURE(big) {
	__u64 entries;
	struct cgroup cgroup;
	long long before;	/* what it was charged */
	int map;
};

FIXTURE_SETUP(big)
{
	int ret = cgroup_make(&self->cgroup);

	if (ret == -ENODEV)
		SKIP(return, "this machine has no memory cgroups of version 2");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, cgroup_enter(&self->cgroup));
	self->entries = wish("GOMAP_ENTRIES", 1 << 17) / BATCH * BATCH;
	self->map = map_create(map_args(0, 8, 8));
	ASSERT_LE(0, self->map);
	self->before = cgroup_charged(&self->cgroup);
	ASSERT_LT(0, self->before);
}

FIXTURE_TEARDOWN_PARENT(big)
{
	cgroup_remove(&self->cgroup);
}

/* Neither in order nor close together, and another value for each. */
static __u64 key_of(__u64 number)
{
	return number * 0x9e3779b97f4a7c15;
}

static __u64 number_of_key(__u64 key)
{
	return key * 0xf1de83e19937733d;
}

static int fill_map(int map, __u64 entries)
{
	static __u64 keys[BATCH], values[BATCH];

	for (__u64 number = 0; number < entries; number += BATCH) {
		struct gomap_batch_args args = {
			.size = sizeof(args),
			.flags = GOMAP_INSERT_NEW,
			.op = GOMAP_BATCH_INSERT,
			.count = BATCH,
			.keys = user_ptr(keys),
			.values = user_ptr(values),
		};
		int ret;

		for (int i = 0; i < BATCH; i++) {
			keys[i] = key_of(number + i);
			values[i] = number + i;
		}
		ret = map_batch(map, &args);
		if (ret)
			return ret;
	}
	return 0;
}

/* How many entries a scan delivers if each is one of ours and comes once, or -errno. */
static long long scan_map(int map, __u64 entries, unsigned char *seen)
{
	static __u64 pairs[BATCH][2];
	struct gomap_scan_args args = scan_args(pairs, sizeof(pairs));
	long long found = 0;

	do {
		int ret = map_scan(map, &args);

		if (ret)
			return ret;
		for (__u32 i = 0; i < args.count; i++) {
			__u64 number = number_of_key(pairs[i][0]);

			if (number >= entries || pairs[i][1] != number)
				return -EBADMSG;
			if (seen[number / 8] & 1 << number % 8)
				return -EEXIST;
			seen[number / 8] |= 1 << number % 8;
		}
		found += args.count;
	} while (!args.done);
	return found;
}

static void say(FIXTURE_DATA(big) *self, const char *what, double begin)
{
	ksft_print_msg("%s: %.2f s, %lld bytes charged\n", what, now() - begin,
		       cgroup_charged(&self->cgroup) - self->before);
}

TEST_F(big, works_and_gives_all_memory_back)
{
	unsigned char *seen = calloc(self->entries / 8, 1);
	double begin = now();
	struct gomap_info info;

	ASSERT_NE(NULL, seen);
	ASSERT_EQ(0, fill_map(self->map, self->entries));
	say(self, "filled", begin);
	/* What comes back was there. */
	EXPECT_LE(self->before + ENTRY_BYTES * self->entries, cgroup_charged(&self->cgroup));
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_EQ(self->entries, info.entries);
	EXPECT_GE(80 * self->entries, info.bytes);
	TH_LOG("%llu entries, %llu buckets, longest chain %u, %llu bytes", info.entries,
	       info.buckets, info.longest_chain, info.bytes);

	begin = now();
	for (__u64 i = 0; i < self->entries; i += self->entries / 10000 + 1) {
		ASSERT_EQ(i, u64_value(self->map, key_of(i)));
		ASSERT_EQ(-ENOENT, u64_delete(self->map, key_of(i + self->entries)));
	}
	say(self, "some looked up", begin);

	begin = now();
	EXPECT_EQ(self->entries, scan_map(self->map, self->entries, seen));
	say(self, "scanned", begin);

	begin = now();
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_CLEAR, 0));
	EXPECT_EQ(0, map_entries(self->map));
	say(self, "cleared", begin);

	begin = now();
	EXPECT_EQ(0, map_whole(self->map, GOMAP_IOCTL_SHRINK, 0));
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_EQ(1, info.buckets);
	free(seen);
	EXPECT_TRUE(cgroup_is_back(&self->cgroup, self->before));
	say(self, "shrunk", begin);
}

TEST_F(big, is_gone_soon_when_it_is_closed)
{
	double begin;

	ASSERT_EQ(0, fill_map(self->map, self->entries));
	EXPECT_LE(self->before + ENTRY_BYTES * self->entries, cgroup_charged(&self->cgroup));
	begin = now();
	close(self->map);
	EXPECT_TRUE(cgroup_is_back(&self->cgroup, self->before));
	say(self, "closed", begin);
}

TEST_HARNESS_MAIN
