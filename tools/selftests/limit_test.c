// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits: max_bytes of a map; bytes and number of a user's maps; bytes of all
 * maps. Each is exact, has an errno of its own, and leaves the map as it was.
 * Memory that was given back can be had again.
 *
 * The test begins as root, without a user's limits, and becomes other users.
 */
#include "gomap_test.h"

#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>

#define MIB (1ULL << 20)

enum {
	VALUE = 900,		/* bytes of a value, which takes an entry of a kilobyte */
	TOO_MANY = 1 << 20,	/* for any limit here */
	MAPS = 200,
	SUBORDINATE_UID = 100000,
};

FIXTURE(limit) {
};

/* The maps of the test before may be on their way: then this many bytes are too few. */
FIXTURE_SETUP(limit)
{
	ASSERT_LE(0, control());
	ASSERT_EQ(0, parameter_set("max_bytes", 8192));
	ASSERT_TRUE(eventually(({
		int map = map_create(map_args(0, 8, 8));

		close(map);
		map >= 0;
	})));
	ASSERT_EQ(0, parameter_set("max_bytes", 0));
}

/* In the parent, as a test may have become another user. */
FIXTURE_TEARDOWN_PARENT(limit)
{
	(void)self;
	remove_test_maps();
	parameter_set("max_bytes", 0);
	parameter_set("max_user_bytes", 0);
	parameter_set("max_user_maps", 1024);
}

/* Real and effective; root can come back. */
static int become_real(uid_t uid)
{
	if (seteuid(0))
		return -errno;
	return result(setresuid(uid, uid, 0));
}

/* The result of create; the map doesn't survive. */
static int try_create(struct gomap_create_args args)
{
	int map = map_create(args);

	if (map < 0)
		return map;
	close(map);
	return args.name[0] ? map_remove(args.name) : 0;
}

static int new_map(void)
{
	return map_create(map_args(0, 8, 8));
}

static __u64 bytes_of(int map)
{
	struct gomap_info info;

	return map_info(map, &info) ? 0 : info.bytes;
}

/* Maps of keys of 8 bytes with values in entries. Some room, so that no table is made meanwhile. */
static struct gomap_create_args entries_args(__u64 max_bytes)
{
	struct gomap_create_args args = map_args(GOMAP_VAR_VALUE, 8, GOMAP_VALUE_SIZE_MAX);

	args.max_bytes = max_bytes;
	args.reserve = 4000;
	return args;
}

static int insert(int map, __u64 key, __u32 size)
{
	static char value[GOMAP_VALUE_SIZE_MAX];

	memset(value, key, size);
	return map_insert(map, &key, sizeof(key), value, size, 0);
}

/* Insert keys from 0 on until one is refused; returns why, and leaves which in @key. */
static int insert_until_refused(int map, __u32 size, __u64 *key)
{
	int ret = 0;

	for (*key = 0; *key < TOO_MANY; ++*key) {
		ret = insert(map, *key, size);
		if (ret)
			break;
	}
	return ret;
}

static __u64 inserts_until(int map, __u32 size, int expected)
{
	__u64 key;

	return insert_until_refused(map, size, &key) == expected ? key : 0;
}

/* Bytes that an entry with such a value adds to those of info. */
static __u64 entry_bytes(__u32 size)
{
	int map = map_create(entries_args(0));
	__u64 before = bytes_of(map), after;

	insert(map, 0, size);
	after = bytes_of(map);
	close(map);
	return after - before;
}

static __u64 empty_bytes(struct gomap_create_args args)
{
	int map = map_create(args);
	__u64 bytes = bytes_of(map);

	close(map);
	return bytes;
}

/* A map's max_bytes */

TEST_F(limit, max_bytes_is_told_as_it_was_given)
{
	static const __u64 numbers[] = { 0, MIB, MIB + 1, LLONG_MAX, 1ULL << 63, ULLONG_MAX };
	struct gomap_create_args args = map_args(0, 8, 8);
	struct gomap_info info;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		args.max_bytes = numbers[i];
		int map = map_create(args);

		ASSERT_LE(0, map);
		ASSERT_EQ(0, map_info(map, &info));
		EXPECT_EQ(numbers[i], info.max_bytes);
		EXPECT_EQ(0, u64_insert(map, 1, 1, 0));
		close(map);
	}
}

TEST_F(limit, empty_map_needs_what_info_says)
{
	struct gomap_create_args args = named_args(NAME);
	__u64 bytes;

	for (args.reserve = 0; args.reserve <= 10000; args.reserve += 5000) {
		args.max_bytes = 0;
		int map = map_create(args);

		ASSERT_LE(0, map);
		bytes = bytes_of(map);
		close(map);
		ASSERT_EQ(0, map_remove(NAME));

		args.max_bytes = bytes;
		EXPECT_EQ(0, try_create(args));
		args.max_bytes = bytes - 1;
		EXPECT_EQ(-EFBIG, map_create(args));
		EXPECT_EQ(-ENOENT, map_open(NODE, O_RDONLY));
		args.max_bytes = 1;
		EXPECT_EQ(-EFBIG, map_create(args));
	}
}

/* With room for so many entries there is room for so many, and with a byte less for one less. */
TEST_F(limit, max_bytes_is_exact)
{
	const __u64 empty = empty_bytes(entries_args(0)), entry = entry_bytes(VALUE);
	int map;

	ASSERT_LT(VALUE, entry);
	for (__u64 entries = 1; entries < 100; entries += 33)
		for (__u64 less = 0; less < 2; less++) {
			map = map_create(entries_args(empty + entries * entry - less));
			ASSERT_LE(0, map);
			EXPECT_EQ(entries - less, inserts_until(map, VALUE, -EFBIG));
			EXPECT_EQ(entries - less, map_entries(map));
			EXPECT_EQ(empty + (entries - less) * entry, bytes_of(map));
			close(map);
		}
}

TEST_F(limit, map_at_its_limit_is_as_it_was)
{
	int map = map_create(entries_args(MIB));
	char value[VALUE], found[VALUE];
	__u64 keys, old = 0;
	__u32 len;

	ASSERT_LE(0, map);
	keys = inserts_until(map, VALUE, -EFBIG);
	ASSERT_LT(0, keys);
	EXPECT_GE(MIB, bytes_of(map));
	EXPECT_EQ(-ENOENT, map_has(map, &keys, 8));
	/* Another value needs an entry before the old one is given back. */
	EXPECT_EQ(-EFBIG, insert(map, 0, GOMAP_VALUE_SIZE_MAX));
	for (__u64 key = 0; key < keys; key++) {
		len = sizeof(found);
		memset(value, key, sizeof(value));
		ASSERT_EQ(0, map_lookup(map, &key, 8, found, &len));
		ASSERT_EQ(VALUE, len);
		ASSERT_EQ(0, memcmp(value, found, len));
	}
	/* A deleted entry is given back. */
	ASSERT_EQ(0, map_delete(map, &old, 8));
	EXPECT_EQ(0, insert(map, keys, VALUE));
	EXPECT_EQ(-EFBIG, insert(map, keys + 1, VALUE));
}

/* Keys and values in slots: it's the tables that take the bytes. */
TEST_F(limit, map_of_slots_takes_no_more_than_max_bytes)
{
	struct gomap_create_args args = map_args(0, 8, 8);
	__u64 keys = 0, old;
	int map, ret = 0;

	args.max_bytes = 200000;
	map = map_create(args);
	ASSERT_LE(0, map);
	while (!ret && keys < TOO_MANY) {
		ret = u64_insert(map, keys, keys + 1, 0);
		ASSERT_GE(args.max_bytes, bytes_of(map));
		keys += !ret;
	}
	EXPECT_EQ(-EFBIG, ret);
	EXPECT_LT(args.max_bytes / 50, keys);
	EXPECT_EQ(keys, map_entries(map));
	for (__u64 key = 0; key < keys; key++) {
		ASSERT_EQ(key + 1, u64_value(map, key));
	}
	EXPECT_EQ(-ENOENT, u64_lookup(map, keys, &old));
	EXPECT_EQ(-EFBIG, u64_fetch_add(map, keys, 1, &old, 0));
	EXPECT_EQ(0, u64_insert(map, 0, 7, GOMAP_INSERT_EXISTING));
	/* There is room again when they are gone. */
	EXPECT_EQ(0, map_whole(map, GOMAP_IOCTL_CLEAR, 0));
	EXPECT_EQ(0, map_whole(map, GOMAP_IOCTL_SHRINK, 0));
	EXPECT_EQ(0, u64_insert(map, keys, 1, 0));
}

TEST_F(limit, all_that_takes_memory_is_refused)
{
	const __u64 empty = empty_bytes(entries_args(0));
	int map = map_create(entries_args(empty + entry_bytes(VALUE)));
	char buffer[VALUE] = {}, old[VALUE];
	struct gomap_op_args args;
	struct gomap_info info;
	__u64 key = 1;

	ASSERT_LE(0, map);
	ASSERT_EQ(0, insert(map, key, VALUE));
	args = op_args(&key, 8, buffer, VALUE);
	args.other = user_ptr(old);
	args.other_len = VALUE;
	EXPECT_EQ(-EFBIG, map_op(map, GOMAP_IOCTL_SWAP, &args));
	args = op_args(&key, 8, buffer, VALUE);
	memset(old, key, VALUE);
	args.other = user_ptr(old);
	args.other_len = VALUE;
	EXPECT_EQ(-EFBIG, map_op(map, GOMAP_IOCTL_COMPARE_EXCHANGE, &args));
	EXPECT_EQ(-EFBIG, map_whole(map, GOMAP_IOCTL_RESERVE, 100000));
	ASSERT_EQ(0, map_info(map, &info));
	EXPECT_EQ(4000, info.reserve);
	EXPECT_EQ(1, info.entries);
	args = op_args(&key, 8, old, VALUE);
	ASSERT_EQ(0, map_op(map, GOMAP_IOCTL_LOOKUP, &args));
	EXPECT_EQ(1, old[0]);
}

TEST_F(limit, batch_says_which_keys_were_refused)
{
	struct gomap_create_args create = map_args(0, 8, GOMAP_VALUE_SIZE_MAX / 16);
	enum { KEYS = 4, SIZE = GOMAP_VALUE_SIZE_MAX / 16 };
	static __u64 keys[KEYS] = { 1, 2, 3, 4 };
	static char values[KEYS * SIZE];
	__s32 results[KEYS];
	struct gomap_batch_args args = {
		.size = sizeof(args),
		.op = GOMAP_BATCH_INSERT,
		.count = KEYS,
		.keys = user_ptr(keys),
		.values = user_ptr(values),
		.results = user_ptr(results),
	};
	int map;

	create.max_bytes = 3 * SIZE;
	map = map_create(create);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, map_batch(map, &args));
	EXPECT_EQ(KEYS, args.done);
	EXPECT_EQ(0, results[0]);
	EXPECT_EQ(0, results[1]);
	EXPECT_EQ(-EFBIG, results[2]);
	EXPECT_EQ(-EFBIG, results[3]);
	EXPECT_EQ(2, map_entries(map));

	args.results = 0;
	keys[0] = 5;
	EXPECT_EQ(-EFBIG, map_batch(map, &args));
	EXPECT_EQ(0, args.done);
}

/* The maps of a user */

TEST_F(limit, number_of_maps_of_a_user)
{
	int first, second;

	ASSERT_EQ(0, parameter_set("max_user_maps", 2));
	ASSERT_EQ(0, become_real(SOME_UID));
	first = map_create(named_args(NAME));
	ASSERT_LE(0, first);
	second = new_map();
	ASSERT_LE(0, second);
	EXPECT_EQ(-EDQUOT, new_map());
	EXPECT_EQ(-EDQUOT, map_create(named_args(NAME_2)));
	EXPECT_EQ(-ENOENT, map_open(DEV_DIR NAME_2, O_RDWR));

	/* A named map counts, open or not; an unnamed one is gone when closed. */
	close(first);
	EXPECT_EQ(-EDQUOT, new_map());
	close(second);
	EXPECT_EQ(0, try_create(map_args(0, 8, 8)));
	/* And one that was removed as long as it is open. */
	first = map_open(NODE, O_RDWR);
	ASSERT_LE(0, first);
	ASSERT_EQ(0, map_remove(NAME));
	second = new_map();
	ASSERT_LE(0, second);
	EXPECT_EQ(-EDQUOT, new_map());
	close(first);
	EXPECT_LE(0, new_map());
}

TEST_F(limit, maps_of_others_dont_count)
{
	ASSERT_EQ(0, parameter_set("max_user_maps", 1));
	ASSERT_LE(0, new_map());
	ASSERT_LE(0, new_map());
	ASSERT_EQ(0, become_real(SOME_UID));
	ASSERT_LE(0, new_map());
	EXPECT_EQ(-EDQUOT, new_map());
	ASSERT_EQ(0, become_real(OTHER_UID));
	ASSERT_LE(0, new_map());
	EXPECT_EQ(-EDQUOT, new_map());
}

TEST_F(limit, with_0_maps_users_have_none)
{
	ASSERT_EQ(0, parameter_set("max_user_maps", 0));
	EXPECT_EQ(0, try_create(named_args(NAME)));
	ASSERT_EQ(0, become_real(SOME_UID));
	EXPECT_EQ(-EDQUOT, new_map());
	EXPECT_EQ(-EDQUOT, map_create(named_args(NAME)));
	ASSERT_EQ(0, become_real(0));
	ASSERT_EQ(0, parameter_set("max_user_maps", UINT_MAX));
	ASSERT_EQ(0, become_real(SOME_UID));
	EXPECT_EQ(0, try_create(named_args(NAME)));
}

/* Raised, it permits more; lowered, it takes nothing away. */
TEST_F(limit, number_of_maps_may_change)
{
	int map;

	ASSERT_EQ(0, parameter_set("max_user_maps", 1));
	ASSERT_EQ(0, become_real(SOME_UID));
	map = new_map();
	ASSERT_LE(0, map);
	EXPECT_EQ(-EDQUOT, new_map());
	ASSERT_EQ(0, become_real(0));
	ASSERT_EQ(0, parameter_set("max_user_maps", 2));
	ASSERT_EQ(0, become_real(SOME_UID));
	EXPECT_LE(0, new_map());
	ASSERT_EQ(0, become_real(0));
	ASSERT_EQ(0, parameter_set("max_user_maps", 1));
	ASSERT_EQ(0, become_real(SOME_UID));
	EXPECT_EQ(0, u64_insert(map, 1, 2, 0));
	close(map);
	EXPECT_EQ(-EDQUOT, new_map());
}

TEST_F(limit, failed_create_counts_for_nothing)
{
	struct gomap_create_args bad = map_args(0, 0, 8), large = map_args(0, 8, 8);

	large.reserve = GOMAP_MAX_ENTRIES_MAX;
	ASSERT_EQ(0, parameter_set("max_user_maps", 2));
	ASSERT_EQ(0, become_real(SOME_UID));
	ASSERT_LE(0, map_create(named_args(NAME)));
	for (int i = 0; i < 10; i++) {
		EXPECT_EQ(-EINVAL, map_create(bad));
		EXPECT_EQ(-EEXIST, map_create(named_args(NAME)));
		EXPECT_EQ(-EDQUOT, map_create(large));
	}
	EXPECT_LE(0, new_map());
	EXPECT_EQ(-EDQUOT, new_map());
}

/* Which user a map counts for */

TEST_F(limit, cap_sys_resource_exempts_from_a_users_limits)
{
	int map;

	ASSERT_EQ(0, parameter_set("max_user_maps", 0));
	ASSERT_EQ(0, parameter_set("max_user_bytes", 1));
	ASSERT_EQ(0, become_real(SOME_UID));
	EXPECT_EQ(-EDQUOT, new_map());
	ASSERT_EQ(0, set_capability(CAP_SYS_RESOURCE, true));
	map = new_map();
	ASSERT_LE(0, map);
	/* For as long as the map is there. */
	ASSERT_EQ(0, set_capability(CAP_SYS_RESOURCE, false));
	for (__u64 key = 0; key < 1000; key++) {
		ASSERT_EQ(0, u64_insert(map, key, key, 0));
	}
	EXPECT_EQ(-EDQUOT, new_map());
}

TEST_F(limit, root_without_cap_sys_resource_is_a_user)
{
	ASSERT_EQ(0, parameter_set("max_user_maps", 1));
	/* These aren't counted. */
	ASSERT_LE(0, new_map());
	ASSERT_EQ(0, set_capability(CAP_SYS_RESOURCE, false));
	ASSERT_LE(0, new_map());
	EXPECT_EQ(-EDQUOT, new_map());
}

/* As a program does that is set-user-ID. */
TEST_F(limit, real_user_counts)
{
	ASSERT_EQ(0, parameter_set("max_user_maps", 1));
	ASSERT_EQ(0, setresuid(SOME_UID, OTHER_UID, 0));
	ASSERT_LE(0, new_map());
	EXPECT_EQ(-EDQUOT, new_map());
	ASSERT_EQ(0, become_real(SOME_UID));
	EXPECT_EQ(-EDQUOT, new_map());
	ASSERT_EQ(0, become_real(OTHER_UID));
	EXPECT_LE(0, new_map());
}

static void wait_for_byte(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		_exit(100);
}

/* In a user namespace of SOME_UID, as another user. 0 if that is of no use. */
static int make_map_as_subordinate(int to_parent, int from_parent)
{
	if (setresuid(SOME_UID, SOME_UID, SOME_UID) || prctl(PR_SET_DUMPABLE, 1))
		return 1;
	if (unshare(CLONE_NEWUSER))
		return 2;
	if (write(to_parent, "", 1) != 1)
		return 3;
	wait_for_byte(from_parent);
	if (setresuid(1, 1, 1) || getuid() != 1)
		return 4;
	return new_map() == -EDQUOT ? 0 : 5;
}

TEST_F(limit, users_of_a_namespace_are_its_maker)
{
	int up[2], down[2], end;
	char path[64], byte;
	FILE *file;
	pid_t child;

	ASSERT_EQ(0, parameter_set("max_user_maps", 1));
	ASSERT_EQ(0, become_real(SOME_UID));
	ASSERT_LE(0, new_map());
	ASSERT_EQ(0, become_real(0));
	ASSERT_EQ(0, pipe(up));
	ASSERT_EQ(0, pipe(down));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(make_map_as_subordinate(up[1], down[0]));
	close(up[1]);
	if (read(up[0], &byte, 1) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/uid_map", child);
		file = fopen(path, "w");
		ASSERT_NE(NULL, file);
		fprintf(file, "0 %d 1\n1 %d 1\n", SOME_UID, SUBORDINATE_UID);
		ASSERT_EQ(0, fclose(file));
		ASSERT_EQ(1, write(down[1], "", 1));
	}
	end = child_end(child);
	if (end == 2)
		SKIP(return, "this kernel has no user namespaces");
	EXPECT_EQ(0, end);
	/* Outside it is a user like any other. */
	ASSERT_EQ(0, become_real(SUBORDINATE_UID));
	EXPECT_LE(0, new_map());
}

/* The bytes of a user */

TEST_F(limit, bytes_of_a_users_maps)
{
	const __u64 entry = entry_bytes(VALUE);
	int map, other;
	__u64 keys;

	ASSERT_EQ(0, parameter_set("max_user_bytes", MIB));
	ASSERT_EQ(0, become_real(SOME_UID));
	map = map_create(entries_args(0));
	ASSERT_LE(0, map);
	keys = inserts_until(map, VALUE, -EDQUOT);
	ASSERT_LT(0, keys);
	EXPECT_EQ(keys, map_entries(map));
	EXPECT_EQ(-ENOENT, map_has(map, &keys, 8));
	/* The rest is taken by its node. */
	EXPECT_GE(MIB, bytes_of(map));
	EXPECT_LT(MIB - 4096 - entry, bytes_of(map));
	EXPECT_EQ(-EDQUOT, map_create(named_args(NAME)));
	EXPECT_EQ(-EDQUOT, map_whole(map, GOMAP_IOCTL_RESERVE, 100000));

	/* Also if another user inserts. */
	ASSERT_EQ(0, become_real(OTHER_UID));
	EXPECT_EQ(-EDQUOT, insert(map, keys, VALUE));
	other = map_create(entries_args(0));
	ASSERT_LE(0, other);
	EXPECT_EQ(0, insert(other, 1, VALUE));
	ASSERT_EQ(0, become_real(0));
	EXPECT_EQ(-EDQUOT, insert(map, keys, VALUE));

	ASSERT_EQ(0, parameter_set("max_user_bytes", 2 * MIB));
	EXPECT_EQ(0, insert(map, keys, VALUE));
	/* A lowered limit takes nothing away. */
	ASSERT_EQ(0, parameter_set("max_user_bytes", MIB / 2));
	EXPECT_EQ(keys + 1, map_entries(map));
	EXPECT_EQ(-EDQUOT, insert(map, keys + 1, VALUE));
	EXPECT_EQ(0, map_delete(map, &keys, 8));
	EXPECT_EQ(-EDQUOT, insert(map, keys, VALUE));
}

/* A map's own limit and that of its user: the first that is reached. */
TEST_F(limit, lower_limit_is_the_one_that_refuses)
{
	int map;

	ASSERT_EQ(0, parameter_set("max_user_bytes", MIB));
	ASSERT_EQ(0, become_real(SOME_UID));
	map = map_create(entries_args(MIB / 2));
	ASSERT_LE(0, map);
	EXPECT_LT(0, inserts_until(map, VALUE, -EFBIG));
	close(map);
	map = map_create(entries_args(2 * MIB));
	ASSERT_LE(0, map);
	EXPECT_LT(0, inserts_until(map, VALUE, -EDQUOT));
}

/* The map before may be on its way. */
static int create_soon(struct gomap_create_args args)
{
	int map;

	eventually((map = map_create(args)) != -EDQUOT);
	return map;
}

/*
 * A map with most of the user's bytes, again and again: a lost part would add up.
 * What was deleted counts until RCU lets it go; it doesn't make an insert fail.
 */
TEST_F(limit, memory_of_closed_maps_can_be_had_again)
{
	ASSERT_EQ(0, parameter_set("max_user_bytes", MIB));
	ASSERT_EQ(0, parameter_set("max_user_maps", 1));
	ASSERT_EQ(0, become_real(SOME_UID));
	for (int i = 0; i < MAPS; i++) {
		struct gomap_create_args args = entries_args(i % 3 ? 0 : MIB / 10 * 9);
		int map = create_soon(args);

		ASSERT_LE(0, map);
		for (__u64 key = 0; key < 900; key++) {
			int ret;

			/* The map before may be on its way. */
			ASSERT_TRUE(eventually((ret = insert(map, key, VALUE)) != -EDQUOT));
			ASSERT_EQ(0, ret);
			if (key % 3)
				continue;
			ASSERT_EQ(0, map_delete(map, &key, 8));
		}
		close(map);
	}
}

static int make_maps_until_refused(bool named)
{
	char name[GOMAP_NAME_LEN];
	int maps, map = 0;

	for (maps = 0; map >= 0 && maps < 4 * MAPS; maps++) {
		snprintf(name, sizeof(name), NAME "-%d", maps);
		map = map_create(named ? named_args(name) : map_args(0, 8, 8));
	}
	return map == -EDQUOT ? maps - 1 : -1;
}

static void remove_maps(int maps)
{
	char name[GOMAP_NAME_LEN];

	for (int i = 0; i < maps; i++) {
		snprintf(name, sizeof(name), NAME "-%d", i);
		map_remove(name);
	}
}

/* A map takes a kilobyte or two, and its name six. */
TEST_F(limit, names_take_bytes_too)
{
	int unnamed, named;

	ASSERT_EQ(0, parameter_set("max_user_bytes", 256 << 10));
	ASSERT_EQ(0, become_real(SOME_UID));
	unnamed = make_maps_until_refused(false);
	EXPECT_LE(40, unnamed);
	EXPECT_GE(256, unnamed);
	ASSERT_EQ(0, become_real(OTHER_UID));
	named = make_maps_until_refused(true);
	remove_maps(named);
	EXPECT_LE(20, named);
	EXPECT_GE(256 / 6, named);
	TH_LOG("256 KiB are %d maps, or %d with names", unnamed, named);
}

/* A map with nearly all that its user may have. Doesn't return unless something is wrong. */
static int fill_and_wait(int tell)
{
	int map;

	if (setresuid(SOME_UID, SOME_UID, SOME_UID))
		return 1;
	map = create_soon(entries_args(0));
	if (map < 0)
		return 2;
	if (!eventually(inserts_until(map, VALUE, -EDQUOT) > 700))
		return 3;
	if (write(tell, "", 1) != 1)
		return 4;
	for (;;)
		pause();
}

TEST_F(limit, killed_process_gives_its_maps_back)
{
	int pipes[2];
	pid_t child;
	char byte;

	ASSERT_EQ(0, parameter_set("max_user_bytes", MIB));
	ASSERT_EQ(0, parameter_set("max_user_maps", 1));
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, pipe(pipes));
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			_exit(fill_and_wait(pipes[1]));
		close(pipes[1]);
		ASSERT_EQ(1, read(pipes[0], &byte, 1));
		close(pipes[0]);
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(-SIGKILL, child_end(child));
	}
}

/* Several that charge the same user. */

static void *insert_many(void *arg)
{
	struct worker *me = arg;
	int map = map_create(entries_args(me->number % 2 ? 8 * MIB : 0));

	pthread_barrier_wait(me->start);
	if (map < 0 || !inserts_until(map, VALUE, -EDQUOT))
		me->result = map < 0 ? map : -EIO;
	else
		me->result = bytes_of(map);
	me->map = map;
	return NULL;
}

TEST_F(limit, users_threads_share_the_limit)
{
	const __u64 entry = entry_bytes(VALUE);
	struct worker workers[THREADS];
	pthread_barrier_t start;
	long long bytes;

	ASSERT_EQ(0, parameter_set("max_user_bytes", 4 * MIB));
	ASSERT_EQ(0, pthread_barrier_init(&start, NULL, THREADS));
	/* Of all threads: the system call is of one. */
	ASSERT_EQ(0, become_real(SOME_UID));
	spawn(workers, -1, NULL, &start, insert_many);
	bytes = join(workers);
	EXPECT_GE(4 * MIB, bytes);
	EXPECT_LT(4 * MIB - THREADS * (4096 + entry), bytes);
}

/* The bytes of all maps */

TEST_F(limit, bytes_of_all_maps)
{
	__u64 keys;
	int map;

	ASSERT_EQ(0, parameter_set("max_bytes", MIB));
	EXPECT_EQ(MIB, parameter("max_bytes"));
	EXPECT_EQ(MIB / 2, parameter("max_user_bytes"));
	/* Of root as well. */
	map = map_create(entries_args(0));
	ASSERT_LE(0, map);
	keys = inserts_until(map, VALUE, -ENOMEM);
	ASSERT_LT(0, keys);
	EXPECT_GE(MIB, bytes_of(map));
	EXPECT_LT(MIB - 65536, bytes_of(map));
	EXPECT_EQ(-ENOMEM, map_create(named_args(NAME)));
	ASSERT_EQ(0, become_real(SOME_UID));
	EXPECT_EQ(-ENOMEM, map_create(named_args(NAME)));
	EXPECT_EQ(-ENOENT, map_open(NODE, O_RDONLY));
	EXPECT_EQ(-ENOMEM, insert(map, keys, VALUE));

	ASSERT_EQ(0, become_real(0));
	ASSERT_EQ(0, parameter_set("max_bytes", 0));
	EXPECT_EQ(0, insert(map, keys, VALUE));
	ASSERT_EQ(0, parameter_set("max_bytes", 1));
	EXPECT_EQ(-ENOMEM, insert(map, keys + 1, VALUE));
	EXPECT_EQ(keys + 1, map_entries(map));
	EXPECT_EQ(0, map_delete(map, &keys, 8));
	EXPECT_EQ(-ENOMEM, try_create(map_args(0, 8, 8)));
	ASSERT_EQ(0, parameter_set("max_bytes", ULLONG_MAX));
	EXPECT_EQ(0, insert(map, keys, VALUE));
	EXPECT_EQ(0, try_create(named_args(NAME)));
}

TEST_F(limit, usual_limits_are_a_half_and_a_quarter_of_the_memory)
{
	__u64 memory, half = parameter("max_bytes");
	struct sysinfo info;

	ASSERT_EQ(0, sysinfo(&info));
	memory = (__u64)info.totalram * info.mem_unit;
	EXPECT_GE(memory / 2, half);
	EXPECT_LE(memory / 2 - 65536, half);
	EXPECT_EQ(half / 2, parameter("max_user_bytes"));
	EXPECT_EQ(1024, parameter("max_user_maps"));
	/* One that was given stays when the other is written. */
	ASSERT_EQ(0, parameter_set("max_user_bytes", 12345));
	ASSERT_EQ(0, parameter_set("max_bytes", 2 * MIB));
	EXPECT_EQ(12345, parameter("max_user_bytes"));
	ASSERT_EQ(0, parameter_set("max_user_bytes", 0));
	EXPECT_EQ(MIB, parameter("max_user_bytes"));
	ASSERT_EQ(0, parameter_set("max_bytes", 0));
	EXPECT_EQ(half, parameter("max_bytes"));
}

TEST_F(limit, parameters_take_numbers_that_fit_and_nothing_else)
{
	static const char * const names[] = { "max_bytes", "max_user_bytes", "max_user_maps" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		__u64 before;

		ASSERT_EQ(0, parameter_write(names[i], "1000"));
		before = parameter(names[i]);
		EXPECT_EQ(1000, before);
		EXPECT_EQ(-EINVAL, parameter_write(names[i], "-1"));
		EXPECT_EQ(-EINVAL, parameter_write(names[i], "1.5"));
		EXPECT_EQ(-EINVAL, parameter_write(names[i], "many"));
		EXPECT_EQ(-EINVAL, parameter_write(names[i], "\n"));
		EXPECT_EQ(-ERANGE, parameter_write(names[i], "18446744073709551616"));
		EXPECT_EQ(before, parameter(names[i]));
		EXPECT_EQ(0, parameter_write(names[i], "0x10\n"));
		EXPECT_EQ(16, parameter(names[i]));
	}
	EXPECT_EQ(0, parameter_write("max_bytes", "18446744073709551615"));
	EXPECT_EQ(ULLONG_MAX, parameter("max_bytes"));
	EXPECT_EQ(-ERANGE, parameter_write("max_user_maps", "4294967296"));
}

/* A user that takes all that it can get leaves memory to others. */
TEST_F(limit, greedy_user_leaves_memory_to_others)
{
	struct gomap_create_args args = map_args(0, 8, 8);
	const long long limit = parameter("max_user_bytes");
	long long before = memory_available(), after;
	int map = 0;

	ASSERT_LT(0, before);
	if (before < limit + limit / 2)
		SKIP(return, "this machine has too little memory left");
	ASSERT_EQ(0, become_real(SOME_UID));
	for (args.reserve = 1 << 20; args.reserve; args.reserve /= map < 0 ? 2 : 1)
		map = map_create(args);
	EXPECT_EQ(-EDQUOT, map);
	after = memory_available();
	EXPECT_GE(limit + limit / 8, before - after);
	EXPECT_LE(limit - limit / 8, before - after);
}

TEST_HARNESS_MAIN
