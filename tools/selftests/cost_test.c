// SPDX-License-Identifier: GPL-2.0-only
/*
 * Costs: the process that asks for work pays for it, in CPU time and in memory, can
 * be killed meanwhile, and what a map has given up is no cost of its own.
 *
 * Nothing here is judged by how long it takes: machines differ. Shares of time are
 * compared with each other.
 */
#include "cgroup.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum {
	KEY = 1,
	ROUNDS = 400,
	ENTRIES = 200000,
	MAPS = 50,
	/* Longer than GOMAP_MEMCG_SECONDS of the module. */
	SECONDS = 30,
};

/*
 * What is replaced waits for RCU, and counts until then
 */

FIXTURE(garbage) {
	struct cgroup cgroup;
};

FIXTURE_VARIANT(garbage) {
	__u32 size;
};

FIXTURE_VARIANT_ADD(garbage, of_64_kilobytes) { 64 << 10 };
FIXTURE_VARIANT_ADD(garbage, of_256_kilobytes) { 256 << 10 };
FIXTURE_VARIANT_ADD(garbage, of_a_megabyte) { 1 << 20 };

FIXTURE_SETUP(garbage)
{
	int ret = cgroup_make(&self->cgroup);

	if (ret == -ENODEV)
		SKIP(return, "this machine has no memory cgroups of version 2");
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN_PARENT(garbage)
{
	cgroup_remove(&self->cgroup);
}

/* The limit has room for a few values, not for all that are replaced meanwhile. */
TEST_F(garbage, never_makes_an_insert_fail)
{
	char *value = malloc(variant->size);
	__u64 key = KEY;
	int map;

	ASSERT_NE(NULL, value);
	memset(value, 1, variant->size);
	ASSERT_EQ(0, cgroup_limit(&self->cgroup, "24M"));
	ASSERT_EQ(0, cgroup_enter(&self->cgroup));
	map = map_create(map_args(0, 8, variant->size));
	ASSERT_LE(0, map);
	for (int i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, map_insert(map, &key, 8, value, variant->size, 0)) {
			TH_LOG("insert %d", i);
		}
	}
	close(map);
	free(value);
}

/*
 * memory.high
 */

static void reserve_for_ever(struct cgroup *cgroup)
{
	int map;

	if (cgroup_enter(cgroup))
		_exit(1);
	map = map_create(map_args(0, 8, 8));
	if (map < 0)
		_exit(2);
	_exit(map_whole(map, GOMAP_IOCTL_RESERVE, 50 * ENTRIES) == 0 ? 0 : 3);
}

/* 10 million entries are 270 MB. */
TEST(reserve_is_held_back_by_memory_high_and_can_be_killed)
{
	struct cgroup cgroup;
	long long charged;
	int status, ret;
	pid_t child;

	ret = cgroup_make(&cgroup);
	if (ret == -ENODEV)
		SKIP(return, "this machine has no memory cgroups of version 2");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, cgroup_write(cgroup.dir, "memory.high", "16M"));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		reserve_for_ever(&cgroup);
	sleep(5);
	EXPECT_EQ(0, waitpid(child, &status, WNOHANG));
	charged = cgroup_charged(&cgroup);
	EXPECT_LT(charged, 64 << 20) {
		TH_LOG("%lld bytes with a limit of 16M", charged);
	}
	kill(child, SIGKILL);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	cgroup_remove(&cgroup);
}

/*
 * CPU time
 */

/* Ticks that all CPUs together were busy. */
static long long busy_ticks(void)
{
	long long user, nice, system, idle, wait, irq, softirq;
	FILE *file = fopen("/proc/stat", "r");

	if (!file || fscanf(file, "cpu %lld %lld %lld %lld %lld %lld %lld", &user, &nice, &system,
			    &idle, &wait, &irq, &softirq) != 7)
		return -1;
	fclose(file);
	return user + nice + system + irq + softirq;
}

static long long own_ticks(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * sysconf(_SC_CLK_TCK) +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * sysconf(_SC_CLK_TCK) / 1000000;
}

/* What the machine does besides is little: its one other process sleeps. */
TEST(reserve_and_shrink_take_the_time_of_the_caller)
{
	int map = map_create(map_args(0, 8, 8));
	long long busy, own;
	double end = now() + 5;

	ASSERT_LE(0, map);
	for (__u64 key = 0; key < ENTRIES / 10; key++) {
		ASSERT_EQ(0, u64_insert(map, key, key, 0));
	}
	busy = busy_ticks();
	own = own_ticks();
	ASSERT_LE(0, busy);
	do {
		ASSERT_EQ(0, map_whole(map, GOMAP_IOCTL_RESERVE, ENTRIES));
		ASSERT_EQ(0, map_whole(map, GOMAP_IOCTL_RESERVE, 0));
		ASSERT_EQ(0, map_whole(map, GOMAP_IOCTL_SHRINK, 0));
	} while (now() < end);
	busy = busy_ticks() - busy;
	own = own_ticks() - own;
	EXPECT_LE(busy / 2, own) {
		TH_LOG("%lld of %lld ticks", own, busy);
	}
	close(map);
}

/*
 * Removed cgroups
 */

static long long dying_cgroups(const struct cgroup *cgroup)
{
	long long number = -1;
	char line[80], path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup.stat", cgroup->root);
	file = fopen(path, "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		sscanf(line, "nr_dying_descendants %lld", &number);
	fclose(file);
	return number;
}

static void make_map_inside(struct cgroup *cgroup, int socket)
{
	int map;

	if (cgroup_enter(cgroup))
		_exit(1);
	map = map_create(map_args(GOMAP_VAR_KEY, 8, 100));
	_exit(map < 0 || send_fd(socket, map) < 0 ? 2 : 0);
}

/* A map that outlives the cgroup in which it was made, and is used or not. */
static int map_of_a_removed_cgroup(struct cgroup *cgroup)
{
	int sockets[2], map;
	pid_t child;

	if (mkdir(cgroup->dir, 0700) && errno != EEXIST)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	child = fork();
	if (!child)
		make_map_inside(cgroup, sockets[1]);
	close(sockets[1]);
	map = receive_fd(sockets[0]);
	close(sockets[0]);
	if (child_end(child) || !eventually(!rmdir(cgroup->dir)))
		return -EBUSY;
	return map;
}

TEST(map_gives_a_removed_cgroup_up)
{
	char value[100] = {};
	int maps[MAPS], ret;
	struct cgroup cgroup;
	long long before;

	ret = cgroup_make(&cgroup);
	if (ret == -ENODEV)
		SKIP(return, "this machine has no memory cgroups of version 2");
	ASSERT_EQ(0, ret);
	before = dying_cgroups(&cgroup);
	ASSERT_LE(0, before);
	for (int i = 0; i < MAPS; i++) {
		maps[i] = map_of_a_removed_cgroup(&cgroup);
		ASSERT_LE(0, maps[i]);
	}
	for (int i = 0; i < SECONDS && dying_cgroups(&cgroup) > before; i++)
		sleep(1);
	EXPECT_GE(before, dying_cgroups(&cgroup));
	/* The maps are as good as before. */
	for (int i = 0; i < MAPS; i++) {
		EXPECT_EQ(0, map_insert(maps[i], "key", 3, value, sizeof(value), 0));
		close(maps[i]);
	}
	umount(cgroup.root);
	rmdir(cgroup.root);
}

TEST_HARNESS_MAIN
