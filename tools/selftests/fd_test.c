// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors: what each kind of them may do, how they are handed on, and how
 * long a map lives through them.
 */
#include "gomap_test.h"

FIXTURE(fd) {
	int map;
};

FIXTURE_VARIANT(fd) {
	const char *name;
};

FIXTURE_VARIANT_ADD(fd, unnamed) { "" };
FIXTURE_VARIANT_ADD(fd, named) { NAME };

static int make_map(const char *name)
{
	return map_create(name[0] ? named_args(name) : map_args(0, 8, 8));
}

FIXTURE_SETUP(fd)
{
	self->map = make_map(variant->name);
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, u64_insert(self->map, 1, 100, 0));
}

FIXTURE_TEARDOWN_PARENT(fd)
{
	remove_test_maps();
}

TEST_F(fd, descriptor_from_create_reads_and_writes_and_closes_on_exec)
{
	EXPECT_EQ(O_RDWR, fcntl(self->map, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->map, F_GETFD));
}

TEST_F(fd, read_and_write_are_refused)
{
	char buf[8] = {};

	EXPECT_EQ(-EINVAL, result(read(self->map, buf, sizeof(buf))));
	EXPECT_EQ(-EINVAL, result(write(self->map, buf, sizeof(buf))));
	EXPECT_EQ(100, u64_value(self->map, 1));
	EXPECT_EQ(1, map_entries(self->map));
}

TEST_F(fd, there_is_no_position)
{
	char buf[8] = {};

	EXPECT_EQ(-ESPIPE, result(lseek(self->map, 0, SEEK_SET)));
	EXPECT_EQ(-ESPIPE, result(lseek(self->map, 0, SEEK_CUR)));
	EXPECT_EQ(-ESPIPE, result(lseek(self->map, 0, SEEK_END)));
	EXPECT_EQ(-1, pread(self->map, buf, sizeof(buf), 0));
	EXPECT_EQ(-1, pwrite(self->map, buf, sizeof(buf), 0));
}

TEST_F(fd, it_cannot_be_mapped)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->map, 0));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(fd, child_inherits_it)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child)
		_exit(u64_value(self->map, 1) == 100 && !u64_insert(self->map, 2, 200, 0) ? 0 : 1);
	EXPECT_EQ(0, child_end(child));
	EXPECT_EQ(200, u64_value(self->map, 2));
	EXPECT_EQ(2, map_entries(self->map));
}

TEST_F(fd, duplicate_outlives_the_first)
{
	int dup_fd = dup(self->map);

	ASSERT_LE(0, dup_fd);
	close(self->map);
	EXPECT_EQ(100, u64_value(dup_fd, 1));
}

/* While it is in the socket nobody has it open, and the map lives. */
TEST_F(fd, map_lives_while_its_descriptor_is_on_its_way)
{
	int sockets[2], map;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	ASSERT_EQ(1, send_fd(sockets[0], self->map));
	close(self->map);
	map = receive_fd(sockets[1]);
	ASSERT_LE(0, map);
	EXPECT_EQ(100, u64_value(map, 1));
	EXPECT_EQ(0, u64_insert(map, 2, 200, 0));
}

TEST_F(fd, another_process_can_be_given_it)
{
	int sockets[2], map;
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		/* One made after the fork, so that it isn't inherited. */
		map = map_create(map_args(0, 8, 8));
		if (map < 0 || u64_insert(map, 3, 300, 0) || send_fd(sockets[0], map) != 1)
			_exit(1);
		_exit(0);
	}
	EXPECT_EQ(0, child_end(child));
	map = receive_fd(sockets[1]);
	ASSERT_LE(0, map);
	EXPECT_EQ(300, u64_value(map, 3));
	EXPECT_EQ(1, map_entries(map));
}

/* The number behind @member in a descriptor's fdinfo, or -errno. */
static long long fdinfo_number(int fd, const char *member)
{
	char path[64], line[256];
	long long number = -ENODATA;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		size_t len = strlen(member);

		if (!strncmp(line, member, len) && line[len] == ':')
			number = strtoll(line + len + 1, NULL, 0);
	}
	fclose(file);
	return number;
}

TEST_F(fd, fdinfo_tells_sizes_and_memory_as_bpf_maps_do)
{
	struct gomap_create_args args = named_args(NAME_2);
	struct gomap_info info;
	int map;

	args.value_size = 12;
	args.max_entries = 1234567;
	args.max_bytes = 7654321;
	map = map_create(args);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, map_info(map, &info));
	EXPECT_EQ(8, fdinfo_number(map, "key_size"));
	EXPECT_EQ(12, fdinfo_number(map, "value_size"));
	EXPECT_EQ(1234567, fdinfo_number(map, "max_entries"));
	EXPECT_EQ(7654321, fdinfo_number(map, "max_bytes"));
	EXPECT_EQ(info.bytes, fdinfo_number(map, "memlock"));

	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_EQ(0, fdinfo_number(self->map, "max_entries"));
	EXPECT_EQ(info.bytes, fdinfo_number(self->map, "memlock"));
}

/* Which descriptor has which ioctl */

TEST_F(fd, map_has_no_ioctl_of_the_control_device)
{
	struct gomap_create_args create = map_args(0, 8, 8);
	struct gomap_remove_args remove = { .size = sizeof(remove), .name = NAME_2 };

	ASSERT_LE(0, map_create(named_args(NAME_2)));
	EXPECT_EQ(-ENOTTY, result(ioctl(self->map, GOMAP_IOCTL_CREATE, &create)));
	EXPECT_EQ(-ENOTTY, result(ioctl(self->map, GOMAP_IOCTL_REMOVE, &remove)));
	EXPECT_LE(0, result(ioctl(control(), GOMAP_IOCTL_CREATE, &create)));
	EXPECT_EQ(0, result(ioctl(control(), GOMAP_IOCTL_REMOVE, &remove)));
}

TEST_F(fd, control_device_has_no_ioctl_of_maps)
{
	__u64 key = 1, value = 0;
	struct gomap_op_args lookup = op_args(&key, 8, &value, 8);
	struct gomap_op_args delete = op_args(&key, 8, NULL, 0);
	struct gomap_info info = { .size = sizeof(info) };

	EXPECT_EQ(-ENOTTY, map_op(control(), GOMAP_IOCTL_LOOKUP, &lookup));
	EXPECT_EQ(-ENOTTY, map_op(control(), GOMAP_IOCTL_INSERT, &lookup));
	EXPECT_EQ(-ENOTTY, map_op(control(), GOMAP_IOCTL_DELETE, &delete));
	EXPECT_EQ(-ENOTTY, result(ioctl(control(), GOMAP_IOCTL_INFO, &info)));

	EXPECT_EQ(0, map_op(self->map, GOMAP_IOCTL_LOOKUP, &lookup));
	EXPECT_EQ(0, map_op(self->map, GOMAP_IOCTL_INSERT, &lookup));
	EXPECT_EQ(0, map_op(self->map, GOMAP_IOCTL_DELETE, &delete));
	EXPECT_EQ(0, result(ioctl(self->map, GOMAP_IOCTL_INFO, &info)));
}

TEST_F(fd, other_files_have_no_ioctl_of_either)
{
	struct gomap_create_args create = map_args(0, 8, 8);
	__u64 key = 1, value = 0;
	struct gomap_op_args lookup = op_args(&key, 8, &value, 8);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, null);
	EXPECT_EQ(-ENOTTY, result(ioctl(null, GOMAP_IOCTL_CREATE, &create)));
	EXPECT_EQ(-ENOTTY, map_op(null, GOMAP_IOCTL_LOOKUP, &lookup));
}

/* The control device as a file */

TEST(control_device_refuses_read_write_and_lseek)
{
	char buf[8] = {};

	ASSERT_LE(0, control());
	EXPECT_EQ(-EINVAL, result(read(control(), buf, sizeof(buf))));
	EXPECT_EQ(-EINVAL, result(write(control(), buf, sizeof(buf))));
	EXPECT_EQ(-ESPIPE, result(lseek(control(), 0, SEEK_CUR)));
}

TEST(read_only_control_descriptor_makes_and_removes_nothing)
{
	struct gomap_create_args create = map_args(0, 8, 8);
	struct gomap_remove_args remove = { .size = sizeof(remove), .name = NAME };
	int fd = map_open(CONTROL, O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_LE(0, map_create(named_args(NAME)));
	EXPECT_EQ(-EBADF, result(ioctl(fd, GOMAP_IOCTL_CREATE, &create)));
	EXPECT_EQ(-EBADF, result(ioctl(fd, GOMAP_IOCTL_REMOVE, &remove)));
	EXPECT_LE(0, result(ioctl(control(), GOMAP_IOCTL_CREATE, &create)));
	EXPECT_EQ(0, result(ioctl(control(), GOMAP_IOCTL_REMOVE, &remove)));
}

TEST(maps_outlive_the_control_descriptor_that_made_them)
{
	int map, control_fd = map_open(CONTROL, O_RDWR);
	struct gomap_create_args args = map_args(0, 8, 8);

	ASSERT_LE(0, control_fd);
	map = result(ioctl(control_fd, GOMAP_IOCTL_CREATE, &args));
	ASSERT_LE(0, map);
	close(control_fd);
	EXPECT_EQ(0, u64_insert(map, 1, 100, 0));
	EXPECT_EQ(100, u64_value(map, 1));
}

/* Descriptors of a node, which are open for what open() was asked for */

FIXTURE(node) {
	int map;
};

FIXTURE_SETUP(node)
{
	self->map = make_map(NAME);
	ASSERT_LE(0, self->map);
	ASSERT_EQ(0, u64_insert(self->map, 1, 100, 0));
}

FIXTURE_TEARDOWN_PARENT(node)
{
	remove_test_maps();
}

TEST_F(node, every_open_reaches_the_same_map)
{
	int a = map_open(NODE, O_RDWR), b = map_open(NODE, O_RDWR);

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_EQ(100, u64_value(a, 1));
	EXPECT_EQ(0, u64_insert(a, 2, 200, 0));
	EXPECT_EQ(200, u64_value(b, 2));
	EXPECT_EQ(0, u64_delete(b, 1));
	EXPECT_EQ(-ENOENT, u64_delete(self->map, 1));
}

TEST_F(node, read_only_descriptor_changes_nothing)
{
	int map = map_open(NODE, O_RDONLY);
	struct gomap_info info;

	ASSERT_LE(0, map);
	EXPECT_EQ(-EBADF, u64_insert(map, 1, 200, 0));
	EXPECT_EQ(-EBADF, u64_insert(map, 1, 200, GOMAP_INSERT_EXISTING));
	EXPECT_EQ(-EBADF, u64_insert(map, 2, 200, GOMAP_INSERT_NEW));
	EXPECT_EQ(-EBADF, u64_delete(map, 1));
	EXPECT_EQ(100, u64_value(map, 1));
	EXPECT_EQ(0, map_info(map, &info));
	EXPECT_EQ(1, info.entries);
}

TEST_F(node, write_only_descriptor_tells_nothing)
{
	int map = map_open(NODE, O_WRONLY);
	__u64 key = 1, value;
	struct gomap_info info;

	ASSERT_LE(0, map);
	EXPECT_EQ(-EBADF, u64_lookup(map, 1, &value));
	EXPECT_EQ(-EBADF, map_has(map, &key, sizeof(key)));
	EXPECT_EQ(0, u64_insert(map, 1, 200, 0));
	EXPECT_EQ(0, u64_insert(map, 2, 300, 0));
	EXPECT_EQ(0, u64_delete(map, 2));
	EXPECT_EQ(200, u64_value(self->map, 1));
	EXPECT_EQ(0, map_info(map, &info));
	EXPECT_EQ(0, info.entries);
}

/* The access mode 3 asks for both permissions and gives neither: for ioctls only. */
TEST_F(node, descriptor_open_for_neither_has_info_only)
{
	int map = map_open(NODE, O_ACCMODE);
	struct gomap_info info;
	__u64 value;

	ASSERT_LE(0, map);
	EXPECT_EQ(-EBADF, u64_lookup(map, 1, &value));
	EXPECT_EQ(-EBADF, u64_insert(map, 1, 200, 0));
	EXPECT_EQ(-EBADF, u64_delete(map, 1));
	EXPECT_EQ(0, map_info(map, &info));
	EXPECT_EQ(0, info.entries);
	EXPECT_EQ(100, u64_value(self->map, 1));
}

TEST_F(node, map_removed_while_open_lives_on)
{
	int map = map_open(NODE, O_RDWR);

	ASSERT_LE(0, map);
	ASSERT_EQ(0, map_remove(NAME));
	EXPECT_EQ(-ENOENT, map_open(NODE, O_RDWR));
	EXPECT_EQ(100, u64_value(map, 1));
	EXPECT_EQ(0, u64_insert(map, 2, 200, 0));
	EXPECT_EQ(200, u64_value(self->map, 2));
	close(self->map);
	EXPECT_EQ(200, u64_value(map, 2));
}

TEST_F(node, name_of_a_removed_map_can_be_used_again)
{
	int other;

	ASSERT_EQ(0, map_remove(NAME));
	other = make_map(NAME);
	ASSERT_LE(0, other);
	EXPECT_EQ(0, map_entries(other));
	EXPECT_EQ(0, u64_insert(other, 1, 500, 0));

	/* Two maps, and the node leads to the second. */
	EXPECT_EQ(100, u64_value(self->map, 1));
	EXPECT_EQ(500, u64_value(map_open(NODE, O_RDONLY), 1));

	/* The first one's end has nothing to do with the name. */
	close(self->map);
	EXPECT_EQ(500, u64_value(map_open(NODE, O_RDONLY), 1));
}

/* Who was permitted to open a map isn't by that permitted to open the next one. */
TEST_F(node, node_of_a_removed_map_leads_to_no_other)
{
	int node = map_open(NODE, O_PATH);
	char path[32];

	ASSERT_LE(0, node);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", node);
	EXPECT_EQ(100, u64_value(map_open(path, O_RDONLY), 1));
	ASSERT_EQ(0, map_remove(NAME));
	EXPECT_EQ(-ENXIO, map_open(path, O_RDONLY));
	ASSERT_LE(0, make_map(NAME));
	EXPECT_EQ(-ENXIO, map_open(path, O_RDONLY));
}

TEST_F(node, name_goes_round_many_times)
{
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(0, map_remove(NAME));
		close(self->map);
		self->map = make_map(NAME);
		ASSERT_LE(0, self->map);
		ASSERT_EQ(0, u64_insert(self->map, i, i + 1, 0));
		ASSERT_EQ(i + 1, u64_value(map_open(NODE, O_RDONLY), i));
	}
}

TEST_HARNESS_MAIN
