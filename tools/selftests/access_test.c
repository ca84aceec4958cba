// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rights: which users and which descriptors may open a map, manage it, and see
 * its counts; descriptors with fewer rights; the list of all maps.
 */
#include "gomap_test.h"

#include <sys/sysmacros.h>

#define COPY "/tmp/gomap-access-copy"

/* What takes memory in the maker's name, or changes the map for good. */
static const unsigned int managing[] = {
	GOMAP_IOCTL_SHRINK, GOMAP_IOCTL_RESERVE, GOMAP_IOCTL_FREEZE,
};

FIXTURE(access) {
	int map;
};

/* The maker is root. All may write. */
FIXTURE_SETUP(access)
{
	struct gomap_create_args args = named_args(NAME);

	ASSERT_LE(0, control());
	args.mode = 0666;
	self->map = map_create(args);
	ASSERT_LE(0, self->map);
	for (__u64 key = 0; key < 100; key++) {
		ASSERT_EQ(0, u64_insert(self->map, key, key, 0));
	}
}

FIXTURE_TEARDOWN_PARENT(access)
{
	(void)self;
	unlink(COPY);
	remove_test_maps();
}

static int reopen(int map, __u32 mode)
{
	struct gomap_reopen_args args = { .size = sizeof(args), .mode = mode };

	return result(ioctl(map, GOMAP_IOCTL_REOPEN, &args));
}

/* Does the kernel say this to each of them? */
static bool manages_with(int map, int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(managing); i++)
		if (map_whole(map, managing[i], 0) != error)
			return false;
	return true;
}

/* To manage a map */

TEST_F(access, others_may_write_and_not_manage)
{
	int map;

	ASSERT_EQ(0, become(SOME_UID));
	map = map_open(NODE, O_RDWR);
	ASSERT_LE(0, map);
	EXPECT_TRUE(manages_with(map, -EACCES));
	EXPECT_EQ(0, u64_insert(map, 1000, 1, 0));
	EXPECT_EQ(0, map_whole(map, GOMAP_IOCTL_CLEAR, 0));
	map = map_open(NODE, O_WRONLY);
	ASSERT_LE(0, map);
	EXPECT_TRUE(manages_with(map, -EACCES));
}

TEST_F(access, maker_manages_by_any_descriptor_for_writing)
{
	EXPECT_TRUE(manages_with(map_open(NODE, O_RDONLY), -EBADF));
	ASSERT_EQ(0, set_capability(CAP_FOWNER, false));
	EXPECT_TRUE(manages_with(map_open(NODE, O_WRONLY), 0));
}

TEST_F(access, owner_of_the_node_is_not_the_maker)
{
	struct gomap_create_args args = named_args(NAME_2);
	int map;

	args.uid = SOME_UID;
	ASSERT_LE(0, map_create(args));
	ASSERT_EQ(0, become(SOME_UID));
	map = map_open(DEV_DIR NAME_2, O_RDWR);
	ASSERT_LE(0, map);
	EXPECT_TRUE(manages_with(map, -EACCES));
}

TEST_F(access, descriptor_from_create_manages_in_any_hands)
{
	int unnamed = map_create(map_args(0, 8, 8));

	ASSERT_LE(0, unnamed);
	ASSERT_EQ(0, become(SOME_UID));
	EXPECT_TRUE(manages_with(self->map, 0));
	EXPECT_TRUE(manages_with(dup(unnamed), 0));
}

TEST_F(access, cap_fowner_manages_maps_of_others)
{
	struct gomap_create_args args;
	int map;

	ASSERT_EQ(0, become(SOME_UID));
	args = named_args(NAME_2);
	args.mode = 0666;
	ASSERT_LE(0, map_create(args));
	ASSERT_EQ(0, become(0));
	map = map_open(DEV_DIR NAME_2, O_RDWR);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, set_capability(CAP_FOWNER, false));
	EXPECT_TRUE(manages_with(map, -EACCES));
	ASSERT_EQ(0, set_capability(CAP_FOWNER, true));
	EXPECT_TRUE(manages_with(map, 0));
}

/* To see its counts */

static bool has_counts(int map)
{
	struct gomap_info info;
	char path[64], line[128];
	bool in_fdinfo = false;
	FILE *file;

	if (map_info(map, &info))
		return false;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", map);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		in_fdinfo |= strstr(line, "buckets:") || strstr(line, "entries:\t1") ||
			     strstr(line, "memlock:");
	fclose(file);
	return info.state & GOMAP_STATE_COUNTED || info.state & GOMAP_STATE_GROWING ||
	       info.entries || info.buckets || info.overflow_buckets || info.bytes ||
	       info.longest_chain || info.long_chains || in_fdinfo;
}

TEST_F(access, counts_are_for_readers)
{
	EXPECT_TRUE(has_counts(self->map));
	EXPECT_TRUE(has_counts(map_open(NODE, O_RDONLY)));
	EXPECT_FALSE(has_counts(map_open(NODE, O_WRONLY)));
	EXPECT_FALSE(has_counts(map_open(NODE, O_ACCMODE)));
	EXPECT_FALSE(has_counts(reopen(self->map, O_WRONLY)));
}

TEST_F(access, all_may_know_what_the_map_is)
{
	struct gomap_info all, some;
	int map = map_open(NODE, O_WRONLY);

	ASSERT_EQ(0, map_info(self->map, &all));
	ASSERT_EQ(0, map_info(map, &some));
	EXPECT_EQ(all.id, some.id);
	EXPECT_EQ(all.key_size, some.key_size);
	EXPECT_EQ(all.value_size, some.value_size);
	EXPECT_STREQ(all.name, some.name);
	EXPECT_EQ(all.max_entries, some.max_entries);
	EXPECT_EQ(0, all.maker);
	EXPECT_EQ(0, some.maker);
}

/* To open it */

static dev_t node_dev(void)
{
	struct stat st;

	return stat(NODE, &st) ? 0 : st.st_rdev;
}

/* As in a container's /dev, made before the map was. */
TEST_F(access, node_made_by_hand_gives_no_rights)
{
	struct gomap_create_args args = named_args(NAME);

	ASSERT_EQ(0, map_remove(NAME));
	args.mode = 0640;
	args.gid = OTHER_UID;
	ASSERT_LE(0, map_create(args));
	umask(0);
	ASSERT_EQ(0, result(mknod(COPY, S_IFCHR | 0666, node_dev())));
	EXPECT_LE(0, map_open(COPY, O_RDWR));
	ASSERT_EQ(0, become(SOME_UID));
	EXPECT_EQ(-EACCES, map_open(COPY, O_RDONLY));
	EXPECT_EQ(-EACCES, map_open(COPY, O_WRONLY));
	EXPECT_EQ(-EACCES, map_open(COPY, O_ACCMODE));
	ASSERT_EQ(0, become(OTHER_UID));
	EXPECT_LE(0, map_open(COPY, O_RDONLY));
	EXPECT_EQ(-EACCES, map_open(COPY, O_WRONLY));
	EXPECT_EQ(-EACCES, map_open(COPY, O_RDWR));
	EXPECT_EQ(-EACCES, map_open(COPY, O_ACCMODE));
}

TEST_F(access, chmod_of_the_node_can_only_forbid)
{
	struct gomap_create_args args = named_args(NAME_2);

	args.mode = 0644;
	ASSERT_LE(0, map_create(args));
	ASSERT_EQ(0, result(chmod(DEV_DIR NAME_2, 0666)));
	ASSERT_EQ(0, become(SOME_UID));
	EXPECT_LE(0, map_open(DEV_DIR NAME_2, O_RDONLY));
	EXPECT_EQ(-EACCES, map_open(DEV_DIR NAME_2, O_WRONLY));
	ASSERT_EQ(0, become(0));
	ASSERT_EQ(0, result(chmod(DEV_DIR NAME_2, 0600)));
	ASSERT_EQ(0, become(SOME_UID));
	EXPECT_EQ(-EACCES, map_open(DEV_DIR NAME_2, O_RDONLY));
}

TEST_F(access, capabilities_override_the_mode)
{
	struct gomap_create_args args;

	ASSERT_EQ(0, become(SOME_UID));
	args = named_args(NAME_2);
	args.mode = 0;
	ASSERT_LE(0, map_create(args));
	EXPECT_EQ(-EACCES, map_open(DEV_DIR NAME_2, O_RDONLY));
	ASSERT_EQ(0, become(0));
	EXPECT_LE(0, map_open(DEV_DIR NAME_2, O_RDWR));
	ASSERT_EQ(0, set_capability(CAP_DAC_OVERRIDE, false));
	EXPECT_LE(0, map_open(DEV_DIR NAME_2, O_RDONLY));
	EXPECT_EQ(-EACCES, map_open(DEV_DIR NAME_2, O_WRONLY));
	EXPECT_EQ(-EACCES, map_open(DEV_DIR NAME_2, O_ACCMODE));
	ASSERT_EQ(0, set_capability(CAP_DAC_READ_SEARCH, false));
	EXPECT_EQ(-EACCES, map_open(DEV_DIR NAME_2, O_RDONLY));
}

/* Descriptors for less */

TEST_F(access, reopened_for_reading_it_changes_nothing)
{
	int map = reopen(self->map, O_RDONLY);

	ASSERT_LE(0, map);
	EXPECT_EQ(FD_CLOEXEC, fcntl(map, F_GETFD));
	EXPECT_EQ(O_RDONLY, fcntl(map, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(0, u64_value(map, 0));
	EXPECT_EQ(-EBADF, u64_insert(map, 0, 2, 0));
	EXPECT_EQ(-EBADF, map_whole(map, GOMAP_IOCTL_CLEAR, 0));
	EXPECT_TRUE(manages_with(map, -EBADF));
	EXPECT_EQ(-EBADF, reopen(map, O_WRONLY));
	EXPECT_LE(0, reopen(map, O_RDONLY));
}

TEST_F(access, reopened_for_writing_it_tells_nothing)
{
	int map = reopen(self->map, O_WRONLY);
	__u64 value;

	ASSERT_LE(0, map);
	EXPECT_EQ(-EBADF, u64_lookup(map, 0, &value));
	EXPECT_EQ(0, u64_insert(map, 0, 2, 0));
	EXPECT_EQ(2, u64_value(self->map, 0));
	EXPECT_EQ(-EBADF, reopen(map, O_RDONLY));
	/* In the hands of its maker it manages, in others it doesn't. */
	ASSERT_EQ(0, become(SOME_UID));
	EXPECT_TRUE(manages_with(map, -EACCES));
	ASSERT_EQ(0, become(0));
	EXPECT_TRUE(manages_with(map, 0));
}

TEST_F(access, reopened_descriptor_keeps_an_unnamed_map)
{
	int map = map_create(map_args(0, 8, 8)), reader;

	ASSERT_LE(0, map);
	ASSERT_EQ(0, u64_insert(map, 1, 2, 0));
	reader = reopen(map, O_RDONLY);
	ASSERT_LE(0, reader);
	close(map);
	EXPECT_EQ(2, u64_value(reader, 1));
}

TEST_F(access, reopen_wants_one_mode)
{
	EXPECT_EQ(-EINVAL, reopen(self->map, O_RDWR));
	EXPECT_EQ(-EINVAL, reopen(self->map, O_ACCMODE));
	EXPECT_EQ(-EINVAL, reopen(self->map, O_CLOEXEC));
	EXPECT_EQ(-ENOTTY, reopen(control(), O_RDONLY));
	EXPECT_EQ(-EBADF, reopen(map_open(NODE, O_ACCMODE), O_RDONLY));
	EXPECT_EQ(-EBADF, reopen(map_open(NODE, O_RDONLY), O_WRONLY));
}

/* What a map is, and which there are */

TEST_F(access, info_says_that_the_name_is_gone)
{
	struct gomap_info info;

	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_FALSE(info.state & GOMAP_STATE_REMOVED);
	ASSERT_EQ(0, map_remove(NAME));
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_TRUE(info.state & GOMAP_STATE_REMOVED);
	ASSERT_EQ(0, map_info(map_create(map_args(0, 8, 8)), &info));
	EXPECT_FALSE(info.state & GOMAP_STATE_REMOVED);
}

/* A structure of a program that is newer than the kernel. */
TEST_F(access, info_says_how_much_it_filled)
{
	struct {
		struct gomap_info info;
		__u64 newer;
	} more = { .info.size = sizeof(more) };

	ASSERT_EQ(0, result(ioctl(self->map, GOMAP_IOCTL_INFO, &more)));
	EXPECT_EQ(sizeof(more.info), more.info.size);
	EXPECT_LT(0, more.info.id);
	EXPECT_EQ(0, more.newer);
}

static int next(__u64 id, struct gomap_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->id = id;
	return result(ioctl(control(), GOMAP_IOCTL_NEXT, info));
}

static __u64 id_of(int map)
{
	struct gomap_info info;

	return map_info(map, &info) ? 0 : info.id;
}

static bool is_listed(__u64 id)
{
	struct gomap_info info = { .id = 0 };

	while (!next(info.id, &info))
		if (info.id == id)
			return true;
	return false;
}

TEST_F(access, ids_are_never_used_again)
{
	__u64 last = id_of(self->map);

	for (int i = 0; i < 10; i++) {
		int map = map_create(map_args(0, 8, 8));

		EXPECT_LT(last, id_of(map));
		last = id_of(map);
		close(map);
	}
}

TEST_F(access, list_has_all_maps_with_their_counts)
{
	int unnamed = map_create(map_args(0, 8, 8));
	struct gomap_info info, listed;

	ASSERT_LE(0, unnamed);
	EXPECT_TRUE(is_listed(id_of(unnamed)));
	ASSERT_EQ(0, map_info(self->map, &info));
	ASSERT_EQ(0, next(info.id - 1, &listed));
	EXPECT_EQ(0, memcmp(&info, &listed, sizeof(info)));
	EXPECT_EQ(100, listed.entries);
	EXPECT_EQ(-ENOENT, next(-1ULL, &listed));
	EXPECT_EQ(-ENOENT, next(id_of(unnamed), &listed));
}

TEST_F(access, map_that_is_gone_is_not_listed)
{
	int map = map_create(map_args(0, 8, 8));
	__u64 id = id_of(map);

	EXPECT_TRUE(is_listed(id));
	close(map);
	EXPECT_TRUE(eventually(!is_listed(id)));
}

TEST_F(access, users_see_their_own_maps)
{
	__u64 own, others = id_of(map_create(map_args(0, 8, 8)));

	ASSERT_EQ(0, become(SOME_UID));
	own = id_of(map_create(map_args(0, 8, 8)));
	EXPECT_TRUE(is_listed(own));
	EXPECT_FALSE(is_listed(others));
	EXPECT_FALSE(is_listed(id_of(self->map)));
	ASSERT_EQ(0, become(0));
	EXPECT_TRUE(is_listed(own));
	EXPECT_TRUE(is_listed(others));
	ASSERT_EQ(0, set_capability(CAP_DAC_READ_SEARCH, false));
	EXPECT_FALSE(is_listed(own));
	EXPECT_TRUE(is_listed(others));
}

TEST_F(access, list_wants_the_control_device_open_for_reading)
{
	struct gomap_info info = { .size = sizeof(info) };

	EXPECT_EQ(-EBADF, result(ioctl(map_open(CONTROL, O_WRONLY), GOMAP_IOCTL_NEXT, &info)));
	EXPECT_EQ(-ENOTTY, result(ioctl(self->map, GOMAP_IOCTL_NEXT, &info)));
	info.flags = 1;
	EXPECT_EQ(-EOPNOTSUPP, result(ioctl(control(), GOMAP_IOCTL_NEXT, &info)));
}

TEST_HARNESS_MAIN
