// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Maps as a whole: create, remove, open, info, and what changes all
 * of one at once.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

static int control_ioctl(int mode, unsigned long request, void *args)
{
	int fd, ret;

	fd = open(GOMAP_CONTROL, mode | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENODEV : -errno;

	ret = gomap_ioctl(fd, request, args);
	close(fd);
	return ret;
}

int gomap_create(const struct gomap_create_args *args)
{
	/* The kernel only reads it, but ioctl() knows no const. */
	return control_ioctl(O_WRONLY, GOMAP_IOCTL_CREATE, (void *)args);
}

int gomap_remove(const char *name)
{
	struct gomap_remove_args args = { .size = sizeof(args) };

	if (!gomap_name_is_legal(name))
		return -EINVAL;
	memcpy(args.name, name, strlen(name));
	return control_ioctl(O_WRONLY, GOMAP_IOCTL_REMOVE, &args);
}

/*
 * Without the module there are no nodes at all; the node of a map that is
 * being removed can be found and still have no device behind it.
 */
static int open_error(int err)
{
	if (err != ENOENT && err != ENXIO && err != ENODEV)
		return -err;
	return access(GOMAP_CONTROL, F_OK) ? -ENODEV : -ENOENT;
}

int gomap_open(const char *name, int flags)
{
	char path[sizeof(GOMAP_DEV_DIR) + GOMAP_NAME_LEN];
	int fd;

	/* Also keeps "../" and the like out of the path. */
	if (!gomap_name_is_legal(name))
		return -EINVAL;

	snprintf(path, sizeof(path), GOMAP_DEV_DIR "%s", name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? open_error(errno) : fd;
}

int gomap_reopen(int fd, int mode)
{
	struct gomap_reopen_args args = { .size = sizeof(args), .mode = mode };

	return gomap_ioctl(fd, GOMAP_IOCTL_REOPEN, &args);
}

int gomap_next_info(struct gomap_info *info)
{
	return control_ioctl(O_RDONLY, GOMAP_IOCTL_NEXT, info);
}

int gomap_get_info(int fd, struct gomap_info *info)
{
	return gomap_ioctl(fd, GOMAP_IOCTL_INFO, info);
}

int gomap_len(int fd, uint64_t *len)
{
	struct gomap_info info = { .size = sizeof(info) };
	int ret;

	ret = gomap_get_info(fd, &info);
	if (ret)
		return ret;
	if (!(info.state & GOMAP_STATE_COUNTED))
		return -EBADF;
	*len = info.entries;
	return 0;
}

static int whole_ioctl(int fd, unsigned long request, uint64_t entries)
{
	struct gomap_map_args args = {
		.size = sizeof(args),
		.entries = entries,
	};

	return gomap_ioctl(fd, request, &args);
}

int gomap_clear(int fd)
{
	return whole_ioctl(fd, GOMAP_IOCTL_CLEAR, 0);
}

int gomap_freeze(int fd)
{
	return whole_ioctl(fd, GOMAP_IOCTL_FREEZE, 0);
}

int gomap_reserve(int fd, uint64_t entries)
{
	return whole_ioctl(fd, GOMAP_IOCTL_RESERVE, entries);
}

int gomap_shrink(int fd)
{
	return whole_ioctl(fd, GOMAP_IOCTL_SHRINK, 0);
}
