/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
#ifndef _LIBGOMAP_INTERNAL_H
#define _LIBGOMAP_INTERNAL_H

#include <errno.h>
#include <sys/ioctl.h>

#include "gomap.h"

#define GOMAP_DEV_DIR "/dev/gomap/"
#define GOMAP_CONTROL GOMAP_DEV_DIR "control"
#define GOMAP_CLASS_DIR "/sys/class/gomap"

static inline int gomap_ioctl(int fd, unsigned long request, void *args)
{
	int ret = ioctl(fd, request, args);

	return ret < 0 ? -errno : ret;
}

/*
 * The ABI has 32 bits for a length. A longer one must not come out as a short
 * one that happens to be legal, so it becomes one that never is.
 */
static inline uint32_t abi_len(size_t len)
{
	return len < UINT32_MAX ? len : UINT32_MAX;
}

#endif /* _LIBGOMAP_INTERNAL_H */
