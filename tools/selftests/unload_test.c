// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading: never while a map exists, always when none does, and then nothing
 * of it is left.
 */
#include "gomap_test.h"

#include <sys/sysmacros.h>

/* The helpers in the header keep the control device open; here it must not be. */
static int make_map(struct gomap_create_args args)
{
	int fd = map_open(CONTROL, O_RDWR), map;

	if (fd < 0)
		return fd;
	map = map_create_by(fd, args);
	close(fd);
	return map;
}

static int remove_map(const char *name)
{
	int fd = map_open(CONTROL, O_RDWR), ret;

	if (fd < 0)
		return fd;
	ret = map_remove_by(fd, name);
	close(fd);
	return ret;
}

/*
 * What holds the module, or -1. A test that finds nothing doesn't go on: the kernel would let it
 * unload the module, and what is open would lead to where its code was.
 */
static int holders(void)
{
	FILE *file = fopen("/sys/module/gomap/refcnt", "r");
	int number;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &number) != 1)
		number = -1;
	fclose(file);
	return number;
}

FIXTURE(unload) {
};

FIXTURE_SETUP(unload)
{
	ASSERT_EQ(0, access(CONTROL, F_OK));
}

/* Loaded it was, loaded it shall be for whoever comes next. */
FIXTURE_TEARDOWN_PARENT(unload)
{
	remove_map(NAME);
	if (access(CONTROL, F_OK))
		module_load();
}

TEST_F(unload, goes_when_there_is_no_map_and_leaves_nothing)
{
	EXPECT_EQ(0, module_unload_soon());
	EXPECT_EQ(-ENOENT, result(access(CONTROL, F_OK)));
	EXPECT_EQ(-ENOENT, result(access("/dev/gomap", F_OK)));
	EXPECT_EQ(-ENOENT, result(access("/sys/module/gomap", F_OK)));
	EXPECT_EQ(-ENOENT, result(access("/sys/class/gomap", F_OK)));
}

TEST_F(unload, can_be_loaded_again_and_again)
{
	for (int i = 0; i < 5; i++) {
		int map;

		ASSERT_EQ(0, module_unload_soon());
		ASSERT_EQ(0, module_load());
		map = make_map(named_args(NAME));
		ASSERT_LE(0, map);
		EXPECT_EQ(0, u64_insert(map, i, 100, 0));
		EXPECT_EQ(1, map_entries(map));
		close(map);
		EXPECT_EQ(0, remove_map(NAME));
	}
}

/* So a node that was kept from an earlier life of the module leads to no map. */
TEST_F(unload, minors_begin_at_random)
{
	unsigned int first[3];
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
		ASSERT_EQ(0, module_unload_soon());
		ASSERT_EQ(0, module_load());
		close(make_map(named_args(NAME)));
		ASSERT_EQ(0, result(stat(NODE, &st)));
		first[i] = minor(st.st_rdev);
		ASSERT_EQ(0, remove_map(NAME));
	}
	EXPECT_TRUE(first[0] != first[1] || first[1] != first[2]);
}

TEST_F(unload, limits_may_be_given_when_it_is_loaded)
{
	ASSERT_EQ(0, module_unload_soon());
	ASSERT_EQ(0, module_load_with("max_bytes=1000000"));
	EXPECT_EQ(1000000, parameter("max_bytes"));
	EXPECT_EQ(500000, parameter("max_user_bytes"));
	ASSERT_EQ(0, module_unload_soon());
	/* In any order. */
	ASSERT_EQ(0, module_load_with("max_user_bytes=4096 max_bytes=9000 max_user_maps=7"));
	EXPECT_EQ(9000, parameter("max_bytes"));
	EXPECT_EQ(4096, parameter("max_user_bytes"));
	EXPECT_EQ(7, parameter("max_user_maps"));
	ASSERT_EQ(0, module_unload_soon());
}

TEST_F(unload, bad_limits_are_refused)
{
	ASSERT_EQ(0, module_unload_soon());
	EXPECT_EQ(-EINVAL, module_load_with("max_bytes"));
	EXPECT_EQ(-EINVAL, module_load_with("max_bytes="));
	EXPECT_EQ(-EINVAL, module_load_with("max_user_bytes=-1"));
	EXPECT_EQ(-EINVAL, module_load_with("max_user_maps=many"));
	EXPECT_EQ(-ERANGE, module_load_with("max_bytes=18446744073709551616"));
	EXPECT_EQ(-ENOENT, result(access("/sys/module/gomap", F_OK)));
	EXPECT_EQ(0, module_load());
}

TEST_F(unload, is_refused_while_a_named_map_exists_that_nobody_has_open)
{
	int map = make_map(named_args(NAME));

	ASSERT_LE(0, map);
	ASSERT_EQ(0, u64_insert(map, 1, 100, 0));
	close(map);
	ASSERT_LT(0, holders());
	EXPECT_EQ(-EWOULDBLOCK, module_unload());

	map = map_open(NODE, O_RDWR);
	ASSERT_LE(0, map);
	EXPECT_EQ(100, u64_value(map, 1));
	close(map);
	ASSERT_EQ(0, remove_map(NAME));
	EXPECT_EQ(0, module_unload_soon());
}

TEST_F(unload, is_refused_while_an_unnamed_map_is_open)
{
	int map = make_map(map_args(0, 8, 8));

	ASSERT_LE(0, map);
	ASSERT_EQ(0, u64_insert(map, 1, 100, 0));
	ASSERT_LT(0, holders());
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ(100, u64_value(map, 1));
	close(map);
	EXPECT_EQ(0, module_unload_soon());
}

TEST_F(unload, is_refused_while_a_removed_map_is_open)
{
	int map = make_map(named_args(NAME));

	ASSERT_LE(0, map);
	ASSERT_EQ(0, remove_map(NAME));
	ASSERT_LT(0, holders());
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ(0, u64_insert(map, 1, 100, 0));
	close(map);
	EXPECT_EQ(0, module_unload_soon());
}

TEST_F(unload, is_refused_while_a_node_is_open)
{
	int map, other;

	map = make_map(named_args(NAME));
	ASSERT_LE(0, map);
	other = map_open(NODE, O_RDONLY);
	ASSERT_LE(0, other);
	close(map);
	ASSERT_EQ(0, remove_map(NAME));
	ASSERT_LT(0, holders());
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ(0, map_entries(other));
	close(other);
	EXPECT_EQ(0, module_unload_soon());
}

TEST_F(unload, is_refused_while_the_control_device_is_open)
{
	int fd = map_open(CONTROL, O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_LT(0, holders());
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(fd);
	EXPECT_EQ(0, module_unload_soon());
}

/* A large map, of which the end takes a while, and unloading right behind it. */
TEST_F(unload, waits_for_the_end_of_a_large_map)
{
	int map = make_map(map_args(GOMAP_VAR_KEY, 64, 8));

	ASSERT_LE(0, map);
	for (__u64 key = 0; key < 50000; key++) {
		ASSERT_EQ(0, u64_insert(map, key, key, 0));
	}
	close(map);
	EXPECT_EQ(0, module_unload_soon());
}

TEST_HARNESS_MAIN
