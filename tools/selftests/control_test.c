// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control device: which maps it makes and for whom, and who may remove them.
 *
 * Each refusal is asked for with arguments that are right but for one thing.
 */
#include "gomap_test.h"

#include <grp.h>
#include <limits.h>
#include <sys/resource.h>

FIXTURE(control) {
};

FIXTURE_SETUP(control)
{
	ASSERT_LE(0, control());
}

/* In the parent, because a test may have given up the right to remove. */
FIXTURE_TEARDOWN_PARENT(control)
{
	remove_test_maps();
}

/* What create says to these arguments; the map doesn't survive. */
static int try_create(struct gomap_create_args args)
{
	int map = map_create(args);

	if (map < 0)
		return map;
	close(map);
	return args.name[0] ? map_remove(args.name) : 0;
}

/* Like try_create() with that name, of which all bytes are given. */
static int try_name(const char name[static GOMAP_NAME_LEN])
{
	struct gomap_create_args args = named_args("");

	memcpy(args.name, name, GOMAP_NAME_LEN);
	return try_create(args);
}

static int try_name_string(const char *name)
{
	char bytes[GOMAP_NAME_LEN] = {};

	memcpy(bytes, name, strnlen(name, sizeof(bytes)));
	return try_name(bytes);
}

TEST_F(control, others_may_not_open_it)
{
	EXPECT_EQ(0, become(SOME_UID));
	EXPECT_EQ(-EACCES, map_open(CONTROL, O_RDWR));
	EXPECT_EQ(-EACCES, map_open(CONTROL, O_RDONLY));
	EXPECT_EQ(-EACCES, map_open(CONTROL, O_WRONLY));
}

TEST_F(control, info_of_a_new_map_tells_what_was_asked_for)
{
	struct gomap_create_args args = named_args(NAME);
	struct gomap_info info;
	int map;

	args.flags = GOMAP_VAR_KEY | GOMAP_VAR_VALUE;
	args.key_size = 123;
	args.value_size = 45678;
	args.max_entries = 1000;
	args.max_bytes = 1 << 30;
	args.reserve = 10;
	snprintf(args.key_format, sizeof(args.key_format), "str:123");
	snprintf(args.value_format, sizeof(args.value_format), "fifteen_letters");
	map = map_create(args);
	ASSERT_LE(0, map);

	ASSERT_EQ(0, map_info(map, &info));
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(args.flags, info.map_flags);
	EXPECT_EQ(args.key_size, info.key_size);
	EXPECT_EQ(args.value_size, info.value_size);
	EXPECT_EQ(args.max_entries, info.max_entries);
	EXPECT_EQ(args.max_bytes, info.max_bytes);
	EXPECT_LE(args.reserve, info.reserve);
	EXPECT_EQ(0, info.entries);
	EXPECT_EQ(0, info.overflow_buckets);
	EXPECT_EQ(geteuid(), info.maker);
	EXPECT_LT(0, info.bytes);
	EXPECT_STREQ(NAME, info.name);
	EXPECT_STREQ(args.key_format, info.key_format);
	EXPECT_STREQ(args.value_format, info.value_format);
}

TEST_F(control, a_new_map_has_no_bucket_without_reserve)
{
	struct gomap_info info;
	int map = map_create(map_args(0, 8, 8));

	ASSERT_LE(0, map);
	ASSERT_EQ(0, map_info(map, &info));
	EXPECT_EQ(0, info.buckets);
	EXPECT_EQ(0, info.longest_chain);
	EXPECT_EQ(GOMAP_STATE_COUNTED, info.state);
	EXPECT_STREQ("", info.name);
}

TEST_F(control, key_size_is_1_to_the_maximum)
{
	static const __u32 flags[] = { 0, GOMAP_VAR_KEY };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_EQ(-EINVAL, try_create(map_args(flags[i], 0, 8)));
		EXPECT_EQ(0, try_create(map_args(flags[i], 1, 8)));
		EXPECT_EQ(0, try_create(map_args(flags[i], GOMAP_KEY_SIZE_MAX, 8)));
		EXPECT_EQ(-E2BIG, try_create(map_args(flags[i], GOMAP_KEY_SIZE_MAX + 1, 8)));
		EXPECT_EQ(-E2BIG, try_create(map_args(flags[i], UINT_MAX, 8)));
	}
}

TEST_F(control, value_size_is_0_to_the_maximum)
{
	static const __u32 flags[] = { 0, GOMAP_VAR_VALUE };

	EXPECT_EQ(0, try_create(map_args(0, 8, 0)));
	/* Of values that all are empty none needs a length. */
	EXPECT_EQ(-EINVAL, try_create(map_args(GOMAP_VAR_VALUE, 8, 0)));
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_EQ(0, try_create(map_args(flags[i], 8, 1)));
		EXPECT_EQ(0, try_create(map_args(flags[i], 8, GOMAP_VALUE_SIZE_MAX)));
		EXPECT_EQ(-E2BIG, try_create(map_args(flags[i], 8, GOMAP_VALUE_SIZE_MAX + 1)));
		EXPECT_EQ(-E2BIG, try_create(map_args(flags[i], 8, UINT_MAX)));
	}
}

TEST_F(control, max_entries_has_a_maximum)
{
	struct gomap_create_args args = map_args(0, 8, 8);

	args.max_entries = 1;
	EXPECT_EQ(0, try_create(args));
	args.max_entries = GOMAP_MAX_ENTRIES_MAX;
	EXPECT_EQ(0, try_create(args));
	args.max_entries = GOMAP_MAX_ENTRIES_MAX + 1;
	EXPECT_EQ(-E2BIG, try_create(args));
	/* One that would be small if the kernel took 32 bits of it. */
	args.max_entries = (1ULL << 32) + 1;
	EXPECT_EQ(-E2BIG, try_create(args));
	args.max_entries = ULLONG_MAX;
	EXPECT_EQ(-E2BIG, try_create(args));
}

TEST_F(control, reserve_is_no_more_than_max_entries)
{
	struct gomap_create_args args = map_args(0, 8, 8);

	args.max_entries = 100;
	args.reserve = 100;
	EXPECT_EQ(0, try_create(args));
	args.reserve = 101;
	EXPECT_EQ(-EINVAL, try_create(args));
	args.max_entries = 0;
	EXPECT_EQ(0, try_create(args));
}

/* Which of the errors it is depends on where the memory ends; it has to be one. */
TEST_F(control, absurd_reserve_is_refused)
{
	struct gomap_create_args args = named_args(NAME);

	args.reserve = 1;
	EXPECT_EQ(0, try_create(args));
	for (int bit = 40; bit < 64; bit++) {
		args.reserve = 1ULL << bit;
		int error = -map_create(args);

		EXPECT_TRUE(error == ENOMEM || error == E2BIG || error == EINVAL)
			TH_LOG("reserve 1 << %d: %s", bit, strerror(error));
		EXPECT_EQ(-ENOENT, map_open(NODE, O_RDONLY));
	}
}

/* Entries of 16 bytes, an eighth as many as there are bytes of memory. */
TEST_F(control, reserve_of_more_than_there_is_memory_is_enomem)
{
	struct gomap_create_args args = named_args(NAME);
	__u64 memory = (__u64)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

	args.reserve = memory / 8 < GOMAP_MAX_ENTRIES_MAX ? memory / 8 : GOMAP_MAX_ENTRIES_MAX;
	EXPECT_EQ(-ENOMEM, map_create(args));
	EXPECT_EQ(-ENOENT, map_open(NODE, O_RDONLY));
	args.reserve = 1000;
	EXPECT_EQ(0, try_create(args));
}

TEST_F(control, reserved_member_must_be_zero)
{
	struct gomap_create_args args = map_args(0, 8, 8);

	EXPECT_EQ(0, try_create(args));
	for (int bit = 0; bit < 32; bit++) {
		args.__reserved = 1U << bit;
		EXPECT_EQ(-EINVAL, try_create(args));
	}
}

TEST_F(control, formats_must_end_with_a_nul_byte)
{
	struct gomap_create_args args = map_args(0, 8, 8);

	memset(args.key_format, 'k', sizeof(args.key_format) - 1);
	memset(args.value_format, 'v', sizeof(args.value_format) - 1);
	EXPECT_EQ(0, try_create(args));
	args.key_format[sizeof(args.key_format) - 1] = 'k';
	EXPECT_EQ(-EINVAL, try_create(args));
	args.key_format[sizeof(args.key_format) - 1] = 0;
	args.value_format[sizeof(args.value_format) - 1] = 'v';
	EXPECT_EQ(-EINVAL, try_create(args));
}

/* Every byte there is, as the second one of a name. */
TEST_F(control, names_have_letters_digits_and_three_signs)
{
	char name[GOMAP_NAME_LEN] = "a?b";

	for (int byte = 1; byte < 256; byte++) {
		bool legal = byte < 128 && (isalnum(byte) || strchr("_-.", byte));

		name[1] = byte;
		EXPECT_EQ(legal ? 0 : -EINVAL, try_name(name))
			TH_LOG("byte 0x%02x", byte);
	}
}

TEST_F(control, names_begin_with_neither_dash_nor_dot)
{
	EXPECT_EQ(0, try_name_string("_a"));
	EXPECT_EQ(0, try_name_string("7"));
	EXPECT_EQ(-EINVAL, try_name_string("-a"));
	EXPECT_EQ(-EINVAL, try_name_string(".a"));
	EXPECT_EQ(-EINVAL, try_name_string("."));
	EXPECT_EQ(-EINVAL, try_name_string(".."));
}

TEST_F(control, no_map_is_named_control)
{
	EXPECT_EQ(0, try_name_string("contro"));
	EXPECT_EQ(0, try_name_string("controls"));
	EXPECT_EQ(-EINVAL, try_name_string("control"));
	EXPECT_LE(0, map_open(CONTROL, O_RDWR));
}

TEST_F(control, names_must_end_with_a_nul_byte)
{
	char name[GOMAP_NAME_LEN];

	memset(name, 'n', sizeof(name));
	EXPECT_EQ(-EINVAL, try_name(name));
	name[sizeof(name) - 1] = 0;
	EXPECT_EQ(0, try_name(name));
}

TEST_F(control, existing_name_is_refused_and_its_map_unchanged)
{
	struct gomap_create_args args = named_args(NAME);
	int map = map_create(args), again;

	ASSERT_LE(0, map);
	ASSERT_EQ(0, u64_insert(map, 1, 100, 0));

	args.mode = 0666;
	EXPECT_EQ(-EEXIST, map_create(args));

	again = map_open(NODE, O_RDWR);
	ASSERT_LE(0, again);
	EXPECT_EQ(100, u64_value(again, 1));
}

TEST_F(control, names_differ_by_case)
{
	int map = map_create(named_args(NAME));

	ASSERT_LE(0, map);
	EXPECT_EQ(0, try_name_string("SELFTEST"));
}

TEST_F(control, two_hundred_names_at_a_time)
{
	enum { MAPS = 200 };
	char name[GOMAP_NAME_LEN], node[sizeof(DEV_DIR) + GOMAP_NAME_LEN];

	for (int i = 0; i < MAPS; i++) {
		snprintf(name, sizeof(name), NAME ".%d", i + 10);
		int map = map_create(named_args(name));

		EXPECT_LE(0, map);
		EXPECT_EQ(0, u64_insert(map, i, i + 1000, 0));
		close(map);
	}
	for (int i = 0; i < MAPS; i++) {
		snprintf(name, sizeof(name), NAME ".%d", i + 10);
		snprintf(node, sizeof(node), DEV_DIR "%s", name);
		int map = map_open(node, O_RDONLY);

		EXPECT_LE(0, map);
		EXPECT_EQ(i + 1000, u64_value(map, i));
		EXPECT_EQ(0, map_remove(name));
		close(map);
	}
}

/* The limit of the whole module. No maps exist but those of the test. */
TEST_F(control, number_of_maps_is_limited)
{
	__u64 old = parameter("max_maps");
	int first, second;

	ASSERT_LT(0, old);
	ASSERT_EQ(0, parameter_set("max_maps", 2));
	first = map_create(named_args(NAME));
	EXPECT_LE(0, first);
	second = map_create(map_args(0, 8, 8));
	EXPECT_LE(0, second);
	EXPECT_EQ(-ENOSPC, map_create(map_args(0, 8, 8)));
	EXPECT_EQ(-ENOSPC, map_create(named_args(NAME_2)));
	EXPECT_EQ(-ENOENT, map_open(DEV_DIR NAME_2, O_RDWR));

	/* A named map counts, open or not; an unnamed one is gone when closed. */
	close(first);
	EXPECT_EQ(-ENOSPC, map_create(named_args(NAME_2)));
	close(second);
	EXPECT_EQ(0, try_create(named_args(NAME_2)));
	EXPECT_EQ(0, parameter_set("max_maps", old));
}

TEST_F(control, create_without_a_free_descriptor_leaves_no_map)
{
	__u64 max_maps = parameter("max_maps");
	struct rlimit old, none;

	ASSERT_LT(0, max_maps);
	ASSERT_LE(0, control());
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = old.rlim_max };
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, map_create(named_args(NAME)));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));

	EXPECT_EQ(-ENOENT, map_open(NODE, O_RDWR));
	/* One that was lost would count. */
	ASSERT_EQ(0, parameter_set("max_maps", 1));
	EXPECT_EQ(0, try_create(named_args(NAME)));
	EXPECT_EQ(0, parameter_set("max_maps", max_maps));
}

TEST_F(control, create_that_fails_takes_no_descriptor)
{
	int next;

	ASSERT_LE(0, map_create(named_args(NAME)));
	next = dup(control());
	close(next);
	EXPECT_EQ(-EEXIST, map_create(named_args(NAME)));
	EXPECT_EQ(next, dup(control()));
}

/* Modes, owners, groups */

TEST_F(control, mode_has_nothing_but_permission_bits)
{
	struct gomap_create_args args = named_args(NAME);

	for (int bit = 0; bit < 32; bit++) {
		args.mode = 0600 | 1U << bit;
		EXPECT_EQ(bit < 9 ? 0 : -EINVAL, try_create(args));
	}
}

TEST_F(control, unnamed_map_has_neither_mode_nor_owner)
{
	struct gomap_create_args args = map_args(0, 8, 8);

	EXPECT_EQ(0, try_create(args));
	args.mode = 0600;
	EXPECT_EQ(-EINVAL, try_create(args));
	args.mode = 0;
	args.uid = SOME_UID;
	EXPECT_EQ(-EINVAL, try_create(args));
	args.uid = 0;
	args.gid = SOME_UID;
	EXPECT_EQ(-EINVAL, try_create(args));
}

/* Whatever the umask is: the arguments are explicit. */
TEST_F(control, node_has_the_mode_and_owner_asked_for)
{
	static const mode_t modes[] = { 0, 01, 0200, 0400, 0600, 0640, 0644, 0660, 0666, 0777 };
	struct gomap_create_args args = named_args(NAME);
	struct stat st;

	umask(077);
	args.uid = SOME_UID;
	args.gid = OTHER_UID;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		args.mode = modes[i];
		int map = map_create(args);

		ASSERT_LE(0, map);
		ASSERT_EQ(0, stat(NODE, &st));
		EXPECT_TRUE(S_ISCHR(st.st_mode));
		EXPECT_EQ(modes[i], st.st_mode & 07777);
		EXPECT_EQ(SOME_UID, st.st_uid);
		EXPECT_EQ(OTHER_UID, st.st_gid);
		close(map);
		ASSERT_EQ(0, map_remove(NAME));
		EXPECT_EQ(-ENOENT, result(stat(NODE, &st)));
	}
}

TEST_F(control, mode_and_owner_decide_who_opens)
{
	struct gomap_create_args args = named_args(NAME);
	int map;

	args.mode = 0640;
	args.uid = SOME_UID;
	args.gid = OTHER_UID;
	map = map_create(args);
	ASSERT_LE(0, map);

	ASSERT_EQ(0, become(SOME_UID));
	EXPECT_LE(0, map_open(NODE, O_RDWR));

	ASSERT_EQ(0, become(OTHER_UID));
	EXPECT_LE(0, map_open(NODE, O_RDONLY));
	EXPECT_EQ(-EACCES, map_open(NODE, O_WRONLY));
	EXPECT_EQ(-EACCES, map_open(NODE, O_RDWR));

	ASSERT_EQ(0, become(OTHER_UID + 1));
	EXPECT_EQ(-EACCES, map_open(NODE, O_RDONLY));
}

TEST_F(control, giving_a_map_away_needs_cap_chown)
{
	struct gomap_create_args args = named_args(NAME);

	args.uid = SOME_UID;
	EXPECT_EQ(0, try_create(args));

	ASSERT_EQ(0, set_capability(CAP_CHOWN, false));
	EXPECT_EQ(-EPERM, try_create(args));
	args.uid = 0;
	EXPECT_EQ(0, try_create(args));
}

TEST_F(control, giving_a_map_to_a_foreign_group_needs_cap_chown)
{
	static const gid_t group = OTHER_UID;
	struct gomap_create_args args = named_args(NAME);

	args.gid = group;
	EXPECT_EQ(0, try_create(args));

	ASSERT_EQ(0, setgroups(1, &group));
	ASSERT_EQ(0, set_capability(CAP_CHOWN, false));
	EXPECT_EQ(0, try_create(args));
	args.gid = group + 1;
	EXPECT_EQ(-EPERM, try_create(args));
}

TEST_F(control, a_caller_without_privileges_makes_maps_for_itself)
{
	struct gomap_create_args args;

	ASSERT_EQ(0, setgroups(0, NULL));
	ASSERT_EQ(0, become(SOME_UID));
	args = named_args(NAME);
	EXPECT_EQ(0, try_create(args));
	args.uid = 0;
	EXPECT_EQ(-EPERM, try_create(args));
	args = named_args(NAME);
	args.gid = 0;
	EXPECT_EQ(-EPERM, try_create(args));
}

TEST_F(control, ids_that_name_nobody_are_refused)
{
	struct gomap_create_args args = named_args(NAME);

	args.uid = -1;
	EXPECT_EQ(-EINVAL, try_create(args));
	args.uid = 0;
	args.gid = -1;
	EXPECT_EQ(-EINVAL, try_create(args));
	args.gid = 0;
	EXPECT_EQ(0, try_create(args));
}

/* Remove */

TEST_F(control, remove_takes_name_and_node_away)
{
	int map = map_create(named_args(NAME));

	ASSERT_LE(0, map);
	EXPECT_EQ(0, access(NODE, F_OK));
	EXPECT_EQ(0, map_remove(NAME));
	EXPECT_EQ(-ENOENT, result(access(NODE, F_OK)));
	EXPECT_EQ(-ENOENT, map_remove(NAME));
}

TEST_F(control, named_map_stays_when_nobody_has_it_open)
{
	int map = map_create(named_args(NAME));

	ASSERT_LE(0, map);
	ASSERT_EQ(0, u64_insert(map, 1, 100, 0));
	close(map);

	map = map_open(NODE, O_RDWR);
	ASSERT_LE(0, map);
	EXPECT_EQ(100, u64_value(map, 1));
}

TEST_F(control, remove_of_an_unknown_name_is_enoent)
{
	int map = map_create(named_args(NAME));

	ASSERT_LE(0, map);
	EXPECT_EQ(-ENOENT, map_remove(NAME_2));
	/* Neither a part of a name nor more than it. */
	EXPECT_EQ(-ENOENT, map_remove("selftes"));
	EXPECT_EQ(-ENOENT, map_remove("selftestt"));
	EXPECT_EQ(0, access(NODE, F_OK));
}

/* No map has such a name; whether it is unknown or illegal is the kernel's choice. */
TEST_F(control, remove_of_an_impossible_name_fails)
{
	static const char *const names[] = { "", "control", ".", "..", "a/b", "../control" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int error = -map_remove(names[i]);

		EXPECT_TRUE(error == ENOENT || error == EINVAL)
			TH_LOG("'%s': %s", names[i], strerror(error));
	}
	EXPECT_LE(0, map_open(CONTROL, O_RDWR));
}

TEST_F(control, remove_wants_a_name_that_ends_with_a_nul_byte)
{
	struct gomap_remove_args args = { .size = sizeof(args) };
	int map = map_create(named_args(NAME));

	ASSERT_LE(0, map);
	memset(args.name, 'n', sizeof(args.name));
	EXPECT_EQ(-EINVAL, result(ioctl(control(), GOMAP_IOCTL_REMOVE, &args)));
	EXPECT_EQ(0, map_remove(NAME));
}

TEST_F(control, who_made_a_map_may_remove_it)
{
	int map;

	ASSERT_EQ(0, become(SOME_UID));
	map = map_create(named_args(NAME));
	ASSERT_LE(0, map);
	EXPECT_EQ(0, map_remove(NAME));
}

TEST_F(control, removing_a_map_of_others_needs_cap_fowner)
{
	int map;

	ASSERT_EQ(0, become(SOME_UID));
	map = map_create(named_args(NAME));
	ASSERT_LE(0, map);
	ASSERT_EQ(0, become(OTHER_UID));
	EXPECT_EQ(-EPERM, map_remove(NAME));
	EXPECT_EQ(0, access(NODE, F_OK));

	ASSERT_EQ(0, become(0));
	EXPECT_EQ(0, map_remove(NAME));
}

TEST_F(control, root_without_cap_fowner_removes_only_its_own_maps)
{
	int map;

	ASSERT_EQ(0, become(SOME_UID));
	map = map_create(named_args(NAME));
	ASSERT_LE(0, map);
	ASSERT_EQ(0, become(0));
	ASSERT_EQ(0, set_capability(CAP_FOWNER, false));
	EXPECT_EQ(-EPERM, map_remove(NAME));

	map = map_create(named_args(NAME_2));
	ASSERT_LE(0, map);
	EXPECT_EQ(0, map_remove(NAME_2));
}

/* Being given a map is not having made it. */
TEST_F(control, the_owner_of_the_node_may_not_remove_a_map_made_by_others)
{
	struct gomap_create_args args = named_args(NAME);
	int map;

	args.uid = SOME_UID;
	map = map_create(args);
	ASSERT_LE(0, map);
	ASSERT_EQ(0, become(SOME_UID));
	EXPECT_EQ(-EPERM, map_remove(NAME));
	ASSERT_EQ(0, become(0));
	EXPECT_EQ(0, map_remove(NAME));
}

TEST_HARNESS_MAIN
