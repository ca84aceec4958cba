// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: a map is charged to the cgroup of who made it, whoever fills it, and
 * at the limit of that cgroup the answer is ENOMEM: nobody is killed, and the
 * map is as it was.
 *
 * Made by a child in a cgroup of its own, filled by the test outside of it.
 */
#include "gomap_test.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>

enum {
	MANY = 50000,
	/* Freed memory may stay charged in the stocks of CPUs, 64 pages each. */
	SLACK = 1 << 19,
};

FIXTURE(cgroup) {
	char root[64];		/* where the cgroup file system is mounted */
	char dir[96];		/* the child's cgroup in it */
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

static int write_file(const char *dir, const char *name, const char *text)
{
	char path[160];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = result(write(fd, text, strlen(text)));
	close(fd);
	return ret < 0 ? ret : 0;
}

/* Bytes that the cgroup is charged for, or -1. */
static long long charged(FIXTURE_DATA(cgroup) *self)
{
	long long bytes = -1;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/memory.current", self->dir);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (fscanf(file, "%lld", &bytes) != 1)
		bytes = -1;
	fclose(file);
	return bytes;
}

/*
 * What the cgroup may be charged for in advance, 64 pages for each CPU
 * (MEMCG_CHARGE_BATCH): the map takes its first pages out of that.
 */
static long long charged_ahead(void)
{
	return 64 * sysconf(_SC_NPROCESSORS_CONF) * sysconf(_SC_PAGESIZE);
}

/* What is freed after a grace period, or by a worker, is back a moment later. */
static bool charged_at_most(FIXTURE_DATA(cgroup) *self, long long bytes)
{
	for (int i = 0; i < 1000; i++) {
		if (charged(self) <= bytes)
			return true;
		usleep(10000);
	}
	return false;
}

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
	if (write_file(self->dir, "cgroup.procs", "0"))
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
	int sockets[2];

	self->map = -1;
	snprintf(self->root, sizeof(self->root), "/tmp/gomap-selftest-%d", getpid());
	snprintf(self->dir, sizeof(self->dir), "%s/gomap-selftest", self->root);
	mkdir("/tmp", 0777);
	ASSERT_EQ(0, mkdir(self->root, 0700));
	if (mount("none", self->root, "cgroup2", 0, NULL) ||
	    write_file(self->root, "cgroup.subtree_control", "+memory")) {
		umount(self->root);
		rmdir(self->root);
		SKIP(return, "this machine has no memory cgroups of version 2");
	}
	ASSERT_EQ(0, mkdir(self->dir, 0700));

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
	for (int i = 0; i < 500 && rmdir(self->dir) && errno == EBUSY; i++)
		usleep(10000);
	umount(self->root);
	rmdir(self->root);
}

TEST_F(cgroup, maker_is_charged_for_what_others_insert)
{
	long long before = charged(self);
	struct gomap_info info;

	ASSERT_LT(0, before);
	for (__u64 key = 0; key < MANY; key++) {
		ASSERT_EQ(0, insert(self, variant, key));
	}
	ASSERT_EQ(0, map_info(self->map, &info));
	EXPECT_LE((long long)info.bytes / 10 * 9,
		  charged(self) - before + charged_ahead()) {
		TH_LOG("the map says that it takes %llu", info.bytes);
	}
	close(self->map);
	EXPECT_TRUE(charged_at_most(self, before + SLACK)) {
		TH_LOG("before %lld, after %lld", before, charged(self));
	}
}

TEST_F(cgroup, limit_is_enomem_and_nobody_is_killed)
{
	__u64 entries;
	int ret = 0;

	ASSERT_EQ(0, write_file(self->dir, "memory.max", "4M"));
	for (entries = 0; entries < 20 * MANY; entries++) {
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

	ASSERT_EQ(0, write_file(self->dir, "memory.max", "max"));
	EXPECT_EQ(0, insert(self, variant, entries));
	EXPECT_TRUE(has(self, variant, entries));
}

TEST_HARNESS_MAIN
