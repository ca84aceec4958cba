// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Entries: the operations on one key.
 */
#include "internal.h"

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

/* Lookup and take: the value comes back. */
static int value_ioctl(int fd, unsigned long request, const void *key,
		       size_t key_len, void *value, size_t *value_len)
{
	struct gomap_op_args args = {
		.value = (uintptr_t)value,
		.value_len = abi_len(*value_len),
	};
	int ret;

	ret = entry_ioctl(fd, request, &args, key, key_len);
	if (!ret || ret == -EMSGSIZE)
		*value_len = args.value_len;
	return ret;
}

int gomap_lookup(int fd, const void *key, size_t key_len, void *value,
		 size_t *value_len)
{
	/* No room and no address would only ask if the key is there. */
	if (!value && !*value_len)
		value = value_len;
	return value_ioctl(fd, GOMAP_IOCTL_LOOKUP, key, key_len, value,
			   value_len);
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

int gomap_lookup_or_insert(int fd, const void *key, size_t key_len,
			   const void *value, size_t value_len, void *existing,
			   size_t *existing_len)
{
	struct gomap_op_args args = {
		.flags = GOMAP_INSERT_NEW,
		.value = (uintptr_t)value,
		.value_len = abi_len(value_len),
		.other = (uintptr_t)existing,
		.other_len = abi_len(*existing_len),
	};
	int ret;

	ret = entry_ioctl(fd, GOMAP_IOCTL_INSERT, &args, key, key_len);
	if (ret == -EEXIST || ret == -EMSGSIZE)
		*existing_len = args.other_len;
	return ret;
}

int gomap_delete_equal(int fd, const void *key, size_t key_len,
		       const void *value, size_t value_len)
{
	struct gomap_op_args args = {
		.flags = GOMAP_DELETE_EQUAL,
		.value = (uintptr_t)value,
		.value_len = abi_len(value_len),
	};

	return entry_ioctl(fd, GOMAP_IOCTL_DELETE, &args, key, key_len);
}

int gomap_take(int fd, const void *key, size_t key_len, void *value,
	       size_t *value_len)
{
	return value_ioctl(fd, GOMAP_IOCTL_TAKE, key, key_len, value,
			   value_len);
}

int gomap_swap(int fd, const void *key, size_t key_len, const void *value,
	       size_t value_len, void *old, size_t *old_len)
{
	struct gomap_op_args args = {
		.value = (uintptr_t)value,
		.value_len = abi_len(value_len),
		.other = (uintptr_t)old,
		.other_len = abi_len(*old_len),
	};
	int ret;

	ret = entry_ioctl(fd, GOMAP_IOCTL_SWAP, &args, key, key_len);
	if (!ret || ret == -EMSGSIZE)
		*old_len = args.other_len;
	return ret;
}

int gomap_compare_exchange(int fd, const void *key, size_t key_len,
			   const void *expected, size_t expected_len,
			   const void *value, size_t value_len)
{
	struct gomap_op_args args = {
		.value = (uintptr_t)value,
		.value_len = abi_len(value_len),
		.other = (uintptr_t)expected,
		.other_len = abi_len(expected_len),
	};

	return entry_ioctl(fd, GOMAP_IOCTL_COMPARE_EXCHANGE, &args, key,
			   key_len);
}

int gomap_fetch_add(int fd, const void *key, size_t key_len, uint64_t delta,
		    uint32_t flags, uint64_t *old)
{
	struct gomap_add_args args = {
		.size = sizeof(args),
		.flags = flags,
		.key = (uintptr_t)key,
		.key_len = abi_len(key_len),
		.delta = delta,
	};
	int ret;

	ret = gomap_ioctl(fd, GOMAP_IOCTL_FETCH_ADD, &args);
	if (!ret && old)
		*old = args.old;
	return ret;
}
