// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: a map is charged to the cgroup of who made it, whoever fills it, and
 * at the limit of that cgroup the answer is ENOMEM: nobody is killed, and the
 * map is as it was. The buffers of a call are charged to who calls.
 *
 * Made by a child in a cgroup of its own, filled by the test outside of it.
 */
#include "cgroup.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

enum {
	MANY = 50000,
	TOO_MANY = 20 * MANY,	/* for any limit here */
};

FIXTURE(cgroup) {
	struct cgroup cgroup;	/* the child's */
	pid_t child;
	int map;
};

FIXTURE_VARIANT(cgroup) {
	__u32 flags;
	__u32 key_size;
	__u32 value_size;
};

FIXTURE_VARIANT_ADD(cgroup, in_slots) { 0, 8, 8 };
FIXTURE_VARIANT_ADD(cgroup, entries) { GOMAP_VAR_KEY, 8, 100 };

static int insert(FIXTURE_DATA(cgroup) *self, const FIXTURE_VARIANT(cgroup) *variant, __u64 key)
{
	char value[100];

	memset(value, key, sizeof(value));
	return map_insert(self->map, &key, 8, value, variant->value_size, GOMAP_INSERT_NEW);
}

static bool has(FIXTURE_DATA(cgroup) *self, const FIXTURE_VARIANT(cgroup) *variant, __u64 key)
{
	char value[100], found[100];
	__u32 len = sizeof(found);

	memset(value, key, sizeof(value));
	return !map_lookup(self->map, &key, 8, found, &len) && len == variant->value_size &&
	       !memcmp(found, value, len);
}

/* The child: makes the map, hands it over, and lives on in the cgroup. */
static void make_map(FIXTURE_DATA(cgroup) *self, const FIXTURE_VARIANT(cgroup) *variant,
		     int socket)
{
	int map;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (cgroup_enter(&self->cgroup))
		_exit(1);
	map = map_create(map_args(variant->flags, variant->key_size, variant->value_size));
	if (map < 0 || send_fd(socket, map) < 0)
		_exit(2);
	close(map);
	for (;;)
		pause();
}

FIXTURE_SETUP(cgroup)
{
	int sockets[2], ret;

	self->map = -1;
	ret = cgroup_make(&self->cgroup);
	if (ret == -ENODEV)
		SKIP(return, "this machine has no memory cgroups of version 2");
	ASSERT_EQ(0, ret);

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	self->child = fork();
	ASSERT_LE(0, self->child);
	if (!self->child) {
		close(sockets[0]);
		make_map(self, variant, sockets[1]);
	}
	close(sockets[1]);
	self->map = receive_fd(sockets[0]);
	ASSERT_LE(0, self->map);
}

/* In the parent, so that the map is gone and the cgroup can go too. */
FIXTURE_TEARDOWN_PARENT(cgroup)
{
	if (self->child > 0)
		kill(self->child, SIGKILL);
	cgroup_remove(&self->cgroup);
}

TEST_F(cgroup, maker_is_charged_for_what_others_insert)
{
	long long before = cgroup_charged(&self->cgroup);
	struct gomap_info info;

	ASSERT_LT(0, before);
	for (__u64 key = 0; key < MANY; key++) {
		ASSERT_EQ(0, insert(self, variant, key));
	}
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_LE((long long)info.bytes / 10 * 9,
		  cgroup_charged(&self->cgroup) - before + cgroup_slack()) {
		TH_LOG("the map says that it takes %llu", info.bytes);
	}
	close(self->map);
	EXPECT_TRUE(cgroup_is_back(&self->cgroup, before)) {
		TH_LOG("before %lld, after %lld", before, cgroup_charged(&self->cgroup));
	}
}

TEST_F(cgroup, limit_is_enomem_and_nobody_is_killed)
{
	__u64 entries;
	int ret = 0;

	ASSERT_EQ(0, cgroup_limit(&self->cgroup, "4M"));
	for (entries = 0; entries < TOO_MANY; entries++) {
		ret = insert(self, variant, entries);
		if (ret)
			break;
	}
	EXPECT_EQ(-ENOMEM, ret);
	TH_LOG("the limit came after %llu entries", entries);
	EXPECT_EQ(0, waitpid(self->child, NULL, WNOHANG));
	EXPECT_EQ(entries, map_entries(self->map));
	EXPECT_FALSE(has(self, variant, entries));
	for (__u64 key = 0; key < entries; key++) {
		ASSERT_TRUE(has(self, variant, key));
	}

	ASSERT_EQ(0, cgroup_limit(&self->cgroup, "max"));
	EXPECT_EQ(0, insert(self, variant, entries));
	EXPECT_TRUE(has(self, variant, entries));
}

/* Insert keys from @key on as long as there is memory; returns the next one, or 0 if it's wrong. */
static __u64 insert_until_enomem(FIXTURE_DATA(cgroup) *self,
				 const FIXTURE_VARIANT(cgroup) *variant, __u64 key)
{
	for (int ret = 0; !ret && key < TOO_MANY; key++) {
		ret = insert(self, variant, key);
		if (ret == -ENOMEM)
			return key;
		if (ret)
			return 0;
	}
	return 0;
}

/*
 * When memory comes back, a map that could not grow may have no room yet for some
 * key: it grows because somebody asks for it, be it for that key only.
 */
static int insert_patiently(FIXTURE_DATA(cgroup) *self, const FIXTURE_VARIANT(cgroup) *variant,
			    __u64 key)
{
	int ret;

	eventually((ret = insert(self, variant, key)) != -ENOMEM);
	return ret;
}

/* As many as are there, each of which the test inserted, or -errno. */
static long long scan_all(int map)
{
	char buffer[4096];
	struct gomap_scan_args args = scan_args(buffer, sizeof(buffer));
	long long entries = 0;

	do {
		int ret = map_scan(map, &args);

		if (ret)
			return ret;
		entries += args.count;
	} while (!args.done);
	return entries;
}

/* With the buckets that its entries need. */
static bool settles(int map)
{
	struct gomap_info info;

	return eventually(map_is_settled(map, &info) &&
			  info.entries <= entries_for(info.buckets));
}

/* It goes up in small steps: growth fails at its start, and is caught in its middle. */
TEST_F(cgroup, limit_may_come_at_any_stage_of_growth)
{
	__u64 entries = 0;
	char limit[16];

	for (int kib = 512; kib < 2048; kib += 64) {
		snprintf(limit, sizeof(limit), "%dK", kib);
		ASSERT_EQ(0, cgroup_limit(&self->cgroup, limit));
		entries = insert_until_enomem(self, variant, entries);
		ASSERT_LT(0, entries);
		ASSERT_EQ(entries, map_entries(self->map));
	}
	EXPECT_EQ(entries, scan_all(self->map));
	for (__u64 key = 0; key < entries; key++) {
		ASSERT_TRUE(has(self, variant, key));
	}

	ASSERT_EQ(0, cgroup_limit(&self->cgroup, "max"));
	for (__u64 key = entries; key < 2 * entries; key++) {
		ASSERT_EQ(0, insert_patiently(self, variant, key));
	}
	EXPECT_TRUE(settles(self->map));
	for (__u64 key = 0; key < 2 * entries; key++) {
		ASSERT_TRUE(has(self, variant, key));
	}
}

/* What it needs for itself it has, and locked: nothing but the map asks for more. */
TEST_F(cgroup, client_at_the_limit_is_told_and_not_killed)
{
	pid_t client;

	ASSERT_EQ(0, cgroup_limit(&self->cgroup, "4M"));
	client = fork();
	ASSERT_LE(0, client);
	if (!client)
		_exit(cgroup_enter(&self->cgroup) || mlockall(MCL_CURRENT) ||
		      !insert_until_enomem(self, variant, 0));
	EXPECT_EQ(0, child_end(client));
	EXPECT_EQ(0, waitpid(self->child, NULL, WNOHANG));
	EXPECT_EQ(map_entries(self->map), scan_all(self->map));
}

static char large_value[GOMAP_VALUE_SIZE_MAX];

static int insert_large(int map)
{
	__u64 key = 1;

	return map_insert(map, &key, sizeof(key), large_value, sizeof(large_value), 0);
}

static int lookup_large(int map)
{
	__u64 key = 1;
	__u32 len = sizeof(large_value);

	return map_lookup(map, &key, sizeof(key), large_value, &len);
}

/* A client that has all that it needs itself, and a few pages of what the kernel needs for it. */
static bool is_refused_memory(struct cgroup *cgroup, int (*call)(int map), int map)
{
	char limit[24];

	if (cgroup_enter(cgroup) || mlockall(MCL_CURRENT))
		return false;
	snprintf(limit, sizeof(limit), "%lld", cgroup_charged(cgroup) + 65536);
	return !cgroup_limit(cgroup, limit) && call(map) == -ENOMEM;
}

/* A map is charged to its maker; a buffer that a value goes through, to the caller. */
TEST_F(cgroup, caller_is_charged_for_buffers)
{
	static int (* const calls[])(int map) = { insert_large, lookup_large };
	int map = map_create(map_args(0, 8, sizeof(large_value)));

	ASSERT_LE(0, map);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		pid_t client;

		ASSERT_EQ(0, cgroup_limit(&self->cgroup, "max"));
		client = fork();
		ASSERT_LE(0, client);
		if (!client)
			_exit(!is_refused_memory(&self->cgroup, calls[i], map));
		EXPECT_EQ(0, child_end(client));
		/* Not this one: it is in no cgroup. */
		EXPECT_EQ(0, calls[i](map));
	}
}

TEST_HARNESS_MAIN
