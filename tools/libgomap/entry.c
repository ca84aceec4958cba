// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Entries: insert, lookup, delete, one key at a time.
 */
#include "internal.h"

/*
 * The ABI has 32 bits for a length. A longer one must not come out as a short
 * one that happens to be legal, so it becomes one that never is.
 */
static uint32_t abi_len(size_t len)
{
	return len < UINT32_MAX ? len : UINT32_MAX;
}

static int entry_ioctl(int fd, unsigned long request,
		       struct gomap_op_args *args, const void *key,
		       size_t key_len)
{
	args->size = sizeof(*args);
	args->key = (uintptr_t)key;
	args->key_len = abi_len(key_len);
	return gomap_ioctl(fd, request, args);
}

int gomap_insert(int fd, const void *key, size_t key_len, const void *value,
		 size_t value_len, uint32_t flags)
{
	struct gomap_op_args args = {
		.flags = flags,
		.value = (uintptr_t)value,
		.value_len = abi_len(value_len),
	};

	return entry_ioctl(fd, GOMAP_IOCTL_INSERT, &args, key, key_len);
}

int gomap_lookup(int fd, const void *key, size_t key_len, void *value,
		 size_t *value_len)
{
	struct gomap_op_args args = {
		.value = (uintptr_t)value,
		.value_len = abi_len(*value_len),
	};
	int ret;

	ret = entry_ioctl(fd, GOMAP_IOCTL_LOOKUP, &args, key, key_len);
	if (!ret || ret == -EMSGSIZE)
		*value_len = args.value_len;
	return ret;
}

int gomap_contains(int fd, const void *key, size_t key_len)
{
	struct gomap_op_args args = { 0 };
	int ret;

	ret = entry_ioctl(fd, GOMAP_IOCTL_LOOKUP, &args, key, key_len);
	if (ret == -ENOENT)
		return 0;
	return ret ? ret : 1;
}

int gomap_delete(int fd, const void *key, size_t key_len)
{
	struct gomap_op_args args = { 0 };

	return entry_ioctl(fd, GOMAP_IOCTL_DELETE, &args, key, key_len);
}
