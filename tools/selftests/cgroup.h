/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A memory cgroup of version 2 for a test, which is charged for what the maps
 * take that its processes make.
 */
#ifndef GOMAP_CGROUP_H
#define GOMAP_CGROUP_H

#include "gomap_test.h"

#include <sys/mount.h>

struct cgroup {
	char root[64];	/* where the cgroup file system is mounted */
	char dir[96];
};

static inline int cgroup_write(const char *dir, const char *name, const char *text)
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

/* -ENODEV if this machine has none. */
static inline int cgroup_make(struct cgroup *cgroup)
{
	snprintf(cgroup->root, sizeof(cgroup->root), "/tmp/gomap-selftest-%d", getpid());
	snprintf(cgroup->dir, sizeof(cgroup->dir), "%s/gomap-selftest-%d", cgroup->root,
		 getpid());
	mkdir("/tmp", 0777);
	if (mkdir(cgroup->root, 0700))
		return -errno;
	if (mount("none", cgroup->root, "cgroup2", 0, NULL) ||
	    cgroup_write(cgroup->root, "cgroup.subtree_control", "+memory")) {
		umount(cgroup->root);
		rmdir(cgroup->root);
		return -ENODEV;
	}
	return result(mkdir(cgroup->dir, 0700));
}

/* With all that the caller, who is in no other, makes from now on. */
static inline int cgroup_enter(struct cgroup *cgroup)
{
	return cgroup_write(cgroup->dir, "cgroup.procs", "0");
}

/* @bytes: a number, perhaps with a unit, or "max". */
static inline int cgroup_limit(struct cgroup *cgroup, const char *bytes)
{
	return cgroup_write(cgroup->dir, "memory.max", bytes);
}

/* Bytes that the cgroup is charged for, or -1. */
static inline long long cgroup_charged(struct cgroup *cgroup)
{
	long long bytes = -1;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/memory.current", cgroup->dir);
	file = fopen(path, "r");
	if (!file)
		return -1;
	if (fscanf(file, "%lld", &bytes) != 1)
		bytes = -1;
	fclose(file);
	return bytes;
}

/*
 * Has the CPUs give back what they hold of what was charged, as the kernel does at a limit: here, a
 * page below. On 7.2 that may be megabytes: what is freed while a CPU is at its stock of charges,
 * as by RCU in an interrupt, is put aside, and hardly ever counted before the stock is drained.
 */
static inline void cgroup_settle(struct cgroup *cgroup)
{
	char bytes[24];

	snprintf(bytes, sizeof(bytes), "%lld", cgroup_charged(cgroup) - sysconf(_SC_PAGESIZE));
	cgroup_write(cgroup->dir, "memory.high", bytes);
	cgroup_write(cgroup->dir, "memory.high", "max");
}

/*
 * Bytes by which that may be more or less than what is in use: each CPU charges 64 pages ahead, and
 * keeps as many that were freed (MEMCG_CHARGE_BATCH). As much again for what the test itself takes.
 */
static inline long long cgroup_slack(void)
{
	return 64 * (sysconf(_SC_NPROCESSORS_CONF) + 1) * sysconf(_SC_PAGESIZE);
}

/* Whether it is charged no more, at last, than @before. */
static inline bool cgroup_is_back(struct cgroup *cgroup, long long before)
{
	return eventually(({
		cgroup_settle(cgroup);
		cgroup_charged(cgroup) <= before + cgroup_slack();
	}));
}

/* When all its processes and maps are gone, or soon will be. */
static inline void cgroup_remove(struct cgroup *cgroup)
{
	eventually(!rmdir(cgroup->dir) || errno != EBUSY);
	umount(cgroup->root);
	rmdir(cgroup->root);
}

#endif /* GOMAP_CGROUP_H */
