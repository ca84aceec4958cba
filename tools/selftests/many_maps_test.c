// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many maps at once: all of them work, and their memory comes back. What they
 * take is what a cgroup is charged, which knows nothing of pages that the kernel
 * keeps at hand.
 *
 * GOMAP_MAPS in the environment says how many.
 */
#include "cgroup.h"

#include <sys/resource.h>

enum {
	ENTRIES = 5,		/* of each map */
	MAP_BYTES_MIN = 1024,	/* each map takes as much, even an empty one */
	MAP_BYTES_MAX = 16384,	/* and no small one as much as this */
};

FIXTURE(many) {
	int number;
	int *maps;
	struct cgroup cgroup;
	long long before;	/* what it was charged */
};

/* Bytes that all maps take, of which each takes its part. */
static long long taken(FIXTURE_DATA(many) *self)
{
	return cgroup_charged(&self->cgroup) - self->before;
}

static void say(FIXTURE_DATA(many) *self, const char *what, double begin)
{
	ksft_print_msg("%d %s: %lld bytes and %.1f us each\n", self->number, what,
		       taken(self) / self->number, (now() - begin) / self->number * 1e6);
}

static void name_of(char name[static GOMAP_NAME_LEN], int number)
{
	snprintf(name, GOMAP_NAME_LEN, "%s.%d", NAME, number);
}

FIXTURE_SETUP(many)
{
	struct rlimit files;
	int ret;

	self->number = wish("GOMAP_MAPS", 1000);
	self->maps = calloc(self->number, sizeof(*self->maps));
	ASSERT_NE(NULL, self->maps);
	files.rlim_cur = self->number + 100;
	files.rlim_max = files.rlim_cur;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ret = cgroup_make(&self->cgroup);
	if (ret == -ENODEV)
		SKIP(return, "this machine has no memory cgroups of version 2");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, cgroup_enter(&self->cgroup));
	/* What the first map takes, and the last one leaves, isn't theirs. */
	close(map_create(map_args(0, 8, 8)));
	self->before = cgroup_charged(&self->cgroup);
	ASSERT_LT(0, self->before);
}

/* In the parent, as a test may have died in the middle; of its names none is missing before. */
FIXTURE_TEARDOWN_PARENT(many)
{
	char name[GOMAP_NAME_LEN];

	for (int i = 0; i < self->number; i++) {
		name_of(name, i);
		if (map_remove(name))
			break;
	}
	cgroup_remove(&self->cgroup);
}

TEST_F(many, unnamed_maps_keep_what_they_are_given)
{
	double begin = now();

	for (int i = 0; i < self->number; i++) {
		self->maps[i] = map_create(map_args(0, 8, 8));
		ASSERT_LE(0, self->maps[i]);
	}
	say(self, "empty maps", begin);
	EXPECT_LE(MAP_BYTES_MIN, taken(self) / self->number);
	EXPECT_GT(MAP_BYTES_MAX, taken(self) / self->number);

	begin = now();
	for (int i = 0; i < self->number; i++)
		for (__u64 key = 0; key < ENTRIES; key++) {
			ASSERT_EQ(0, u64_insert(self->maps[i], key, key * i + 1, 0));
		}
	say(self, "maps with a few entries", begin);
	EXPECT_LE(MAP_BYTES_MIN, taken(self) / self->number);
	EXPECT_GT(MAP_BYTES_MAX, taken(self) / self->number);
	for (int i = 0; i < self->number; i++) {
		ASSERT_EQ(ENTRIES, map_entries(self->maps[i]));
		for (__u64 key = 0; key < ENTRIES; key++) {
			ASSERT_EQ(key * i + 1, u64_value(self->maps[i], key));
		}
	}

	begin = now();
	for (int i = 0; i < self->number; i++)
		close(self->maps[i]);
	EXPECT_TRUE(cgroup_is_back(&self->cgroup, self->before));
	say(self, "maps that are gone", begin);
}

TEST_F(many, named_maps_are_found_by_their_names)
{
	char name[GOMAP_NAME_LEN], node[GOMAP_NAME_LEN + sizeof(DEV_DIR)];
	double begin = now();

	for (int i = 0; i < self->number; i++) {
		int map;

		name_of(name, i);
		map = map_create(named_args(name));
		ASSERT_LE(0, map);
		ASSERT_EQ(0, u64_insert(map, 1, i + 1, 0));
		close(map);
	}
	say(self, "named maps", begin);
	EXPECT_LE(MAP_BYTES_MIN, taken(self) / self->number);
	EXPECT_GT(MAP_BYTES_MAX, taken(self) / self->number);
	for (int i = 0; i < self->number; i++) {
		int map;

		name_of(name, i);
		snprintf(node, sizeof(node), DEV_DIR "%s", name);
		map = map_open(node, O_RDONLY);
		ASSERT_LE(0, map);
		ASSERT_EQ(i + 1, u64_value(map, 1));
		close(map);
	}

	begin = now();
	for (int i = 0; i < self->number; i++) {
		name_of(name, i);
		ASSERT_EQ(0, map_remove(name));
	}
	EXPECT_TRUE(cgroup_is_back(&self->cgroup, self->before));
	say(self, "named maps that are gone", begin);
}

TEST_HARNESS_MAIN
