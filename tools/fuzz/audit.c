// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a map says of itself has to agree: a scan delivers as many entries as
 * info counts. See execute.h.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gomap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "execute.h"

/* Room for the largest entry. */
#define AUDIT_BUFFER (GOMAP_VALUE_SIZE_MAX + 2 * GOMAP_KEY_SIZE_MAX)

static void *audit_buffer(void)
{
	static void *buffer;

	if (!buffer)
		buffer = malloc(AUDIT_BUFFER);
	if (!buffer)
		err(1, "malloc");
	return buffer;
}

static void audit_map(int fd, const struct gomap_info *info)
{
	struct gomap_scan_args scan = {
		.size = sizeof(scan),
		.buffer = (uintptr_t)audit_buffer(),
		.buffer_size = AUDIT_BUFFER,
	};
	uint64_t entries = 0;

	while (!scan.done && entries <= info->entries) {
		if (ioctl(fd, GOMAP_IOCTL_SCAN, &scan)) {
			if (errno != ENOMEM)
				complain("audit: scan failed: %m");
			return;
		}
		entries += scan.count;
	}
	if (entries != info->entries)
		complain("audit: info counts %llu entries, scan %llu%s",
			 (unsigned long long)info->entries,
			 (unsigned long long)entries,
			 scan.done ? "" : " and more");
}

/* Of a map, if it is one of a map; one for writing only can't scan. */
static void audit_descriptor(int fd)
{
	struct gomap_info info = { .size = sizeof(info) };

	if (ioctl(fd, GOMAP_IOCTL_INFO, &info))
		return;
	if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY)
		audit_map(fd, &info);
}

static void audit_named(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/dev/gomap/%.*s", GOMAP_NAME_LEN, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno != ENOMEM)
			complain("audit: %s can't be opened: %m", path);
		return;
	}
	audit_descriptor(fd);
	close(fd);
}

void audit_maps(void)
{
	DIR *dir = opendir("/sys/class/gomap");
	struct dirent *entry;
	int fd;

	for (fd = FIRST_FD; fd < FIRST_FD + FUZZ_FDS; fd++)
		audit_descriptor(fd);
	/* Some have a name and no descriptor any more. */
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			audit_named(entry->d_name);
	if (dir)
		closedir(dir);
}
