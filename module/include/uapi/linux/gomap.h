/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * gomap: Go's map as a kernel object. The ABI of its character devices.
 */
#ifndef _UAPI_LINUX_GOMAP_H
#define _UAPI_LINUX_GOMAP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Devices
 *
 * /dev/gomap/control creates and removes maps. /dev/gomap/NAME is one named
 * map; its owner, group and mode decide who may open it. An unnamed map is a
 * descriptor and nothing else: it lives as long as a descriptor of it does,
 * in whatever process, and so does a named map that was removed while open.
 *
 * A descriptor open for reading may look up, one open for writing may change.
 * Descriptors have no position; read(), write() and lseek() are refused.
 */

/**
 * DOC: General ioctl format
 *
 * Every argument is a pointer to a structure that begins with its size in
 * bytes and a word of flags. The kernel accepts a structure that is shorter
 * than the one it knows, as long as it has the members of the first version,
 * and takes the missing ones as zero. It accepts a longer one if the bytes
 * that it doesn't know are zero. So old programs run on new kernels, and new
 * programs on old ones, as long as they ask for nothing new. Layouts are the
 * same for 32-bit and 64-bit processes.
 *
 * An ioctl returns 0, or a descriptor where it says so, or -1 with errno:
 *
 *   - ENOTTY: this descriptor has no such ioctl.
 *   - EINVAL: the structure is shorter than its first version, or a member
 *     has an illegal value, or a key or value has not the map's length.
 *   - E2BIG: the structure is longer than the kernel's and not zero there, or
 *     a size is over the documented maximum.
 *   - EOPNOTSUPP: an unknown flag.
 *   - EFAULT: a pointer leads nowhere. Nothing was changed.
 *   - EBADF: the descriptor is not open for reading or writing as needed.
 *   - EPERM: the caller may not do this to this map.
 *   - ENOENT: no such map, or no such key.
 *   - EEXIST: that name, or that key, is there already.
 *   - EMSGSIZE: the buffer is too small; the length needed was written back.
 *   - ENOMEM: no memory. The map is as it was.
 *   - ENOSPC: the map has max_entries entries, or the module all the maps
 *     that it may have.
 */

#define GOMAP_IOCTL_TYPE 0xBB

#define GOMAP_KEY_SIZE_MAX 4096
#define GOMAP_VALUE_SIZE_MAX (1 << 20)
#define GOMAP_MAX_ENTRIES_MAX (1ULL << 31)
/* Both with the terminating NUL byte. */
#define GOMAP_NAME_LEN 64
#define GOMAP_FORMAT_LEN 16

enum {
	GOMAP_CMD_CREATE = 0x00,
	GOMAP_CMD_REMOVE = 0x01,
	GOMAP_CMD_INFO = 0x02,
	GOMAP_CMD_LOOKUP = 0x03,
	GOMAP_CMD_INSERT = 0x04,
	GOMAP_CMD_DELETE = 0x05,
};

/* Flags of a map, given to create and told by info. */
#define GOMAP_VAR_KEY (1U << 0)
#define GOMAP_VAR_VALUE (1U << 1)

/**
 * struct gomap_create_args - ioctl(GOMAP_IOCTL_CREATE) on the control device
 * @size: sizeof(struct gomap_create_args)
 * @flags: GOMAP_VAR_KEY and GOMAP_VAR_VALUE, or 0
 * @key_size: bytes of each key, 1 to GOMAP_KEY_SIZE_MAX; with GOMAP_VAR_KEY the
 *	most that a key may have, and keys have 0 to @key_size bytes
 * @value_size: bytes of each value, 0 (a set) to GOMAP_VALUE_SIZE_MAX; with
 *	GOMAP_VAR_VALUE the most that a value may have
 * @max_entries: how many entries the map may hold, 1 to GOMAP_MAX_ENTRIES_MAX;
 *	0 for as many as memory allows
 * @reserve: number of entries to have room for from the start and to keep room
 *	for when the map shrinks; no more than @max_entries unless that is 0
 * @mode: permission bits of the device node of a named map, 0 to 0777
 * @uid: owner of the node; needs CAP_CHOWN unless it is the caller
 * @gid: group of the node; needs CAP_CHOWN unless the caller is a member
 * @__reserved: must be 0
 * @name: name of the map, NUL-terminated: letters, digits, and '_', '-', '.'
 *	but neither '-' nor '.' first; not "control". Empty for an unnamed map,
 *	then @mode, @uid and @gid must be 0
 * @key_format: how tools show a key, NUL-terminated; the kernel only keeps it
 * @value_format: likewise for a value
 *
 * Make a map. Nothing is allocated for its entries before the first insert,
 * unless @reserve asks for it. All memory that the map ever takes is charged
 * to the memory cgroup of the caller.
 *
 * Return: a new descriptor of the map, open for reading and writing, with
 * close-on-exec.
 */
struct gomap_create_args {
	__u32 size;
	__u32 flags;
	__u32 key_size;
	__u32 value_size;
	__aligned_u64 max_entries;
	__aligned_u64 reserve;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 __reserved;
	char name[GOMAP_NAME_LEN];
	char key_format[GOMAP_FORMAT_LEN];
	char value_format[GOMAP_FORMAT_LEN];
};

#define GOMAP_IOCTL_CREATE _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_CREATE)

/**
 * struct gomap_remove_args - ioctl(GOMAP_IOCTL_REMOVE) on the control device
 * @size: sizeof(struct gomap_remove_args)
 * @flags: must be 0
 * @name: name of the map, NUL-terminated
 *
 * Take the name and the device node away. The map itself goes when its last
 * descriptor is closed. Who made a map may remove it; for maps of others the
 * caller needs CAP_FOWNER (EPERM).
 */
struct gomap_remove_args {
	__u32 size;
	__u32 flags;
	char name[GOMAP_NAME_LEN];
};

#define GOMAP_IOCTL_REMOVE _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_REMOVE)

/* State bits of struct gomap_info. */
#define GOMAP_STATE_GROWING (1U << 0)

/**
 * struct gomap_info - ioctl(GOMAP_IOCTL_INFO) on a map
 * @size: sizeof(struct gomap_info)
 * @flags: must be 0
 * @map_flags: flags that the map was created with
 * @state: GOMAP_STATE_GROWING while entries are on their way to another table
 * @key_size: as created
 * @value_size: as created
 * @max_entries: as created, 0 for no limit
 * @reserve: entries that the map keeps room for
 * @entries: entries now; exact when no insert or delete is under way
 * @buckets: buckets of the newest table, a power of two, or 0 before the
 *	first insert
 * @overflow_buckets: overflow buckets in use, in all tables of the map
 * @bytes: memory that the map takes now, all included
 * @longest_chain: buckets of the longest chain of the newest table, a bucket
 *	without overflow being a chain of 1
 * @__reserved: 0
 * @name: name, or empty for an unnamed map
 * @key_format: as created
 * @value_format: as created
 *
 * Needs no more than a descriptor of the map, open in whatever mode.
 */
struct gomap_info {
	__u32 size;
	__u32 flags;
	__u32 map_flags;
	__u32 state;
	__u32 key_size;
	__u32 value_size;
	__aligned_u64 max_entries;
	__aligned_u64 reserve;
	__aligned_u64 entries;
	__aligned_u64 buckets;
	__aligned_u64 overflow_buckets;
	__aligned_u64 bytes;
	__u32 longest_chain;
	__u32 __reserved;
	char name[GOMAP_NAME_LEN];
	char key_format[GOMAP_FORMAT_LEN];
	char value_format[GOMAP_FORMAT_LEN];
};

#define GOMAP_IOCTL_INFO _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_INFO)

/* Flags of insert: what must be the case. Not both. */
#define GOMAP_INSERT_NEW (1U << 0)
#define GOMAP_INSERT_EXISTING (1U << 1)

/**
 * struct gomap_op_args - one key: lookup, insert, delete
 * @size: sizeof(struct gomap_op_args)
 * @flags: as the operation says, otherwise 0
 * @key: pointer to the key
 * @value: pointer to the value, or to the buffer for it
 * @key_len: bytes at @key; the map's key_size unless the map has GOMAP_VAR_KEY
 * @value_len: bytes at @value
 *
 * ioctl(GOMAP_IOCTL_LOOKUP), descriptor open for reading: copy the value of the
 * key to @value and its length to @value_len. ENOENT if the key is absent. If
 * @value_len is too small, write the length needed there and fail with
 * EMSGSIZE. With @value and @value_len 0, tell only if the key is there.
 *
 * ioctl(GOMAP_IOCTL_INSERT), descriptor open for writing: give the key that
 * value, whether it is there or not. With GOMAP_INSERT_NEW fail with EEXIST if
 * it is; with GOMAP_INSERT_EXISTING fail with ENOENT if it isn't. @value_len is
 * the map's value_size unless the map has GOMAP_VAR_VALUE.
 *
 * ioctl(GOMAP_IOCTL_DELETE), descriptor open for writing: delete the key.
 * ENOENT if it is absent. @value and @value_len must be 0.
 */
struct gomap_op_args {
	__u32 size;
	__u32 flags;
	__aligned_u64 key;
	__aligned_u64 value;
	__u32 key_len;
	__u32 value_len;
};

#define GOMAP_IOCTL_LOOKUP _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_LOOKUP)
#define GOMAP_IOCTL_INSERT _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_INSERT)
#define GOMAP_IOCTL_DELETE _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_DELETE)

#endif /* _UAPI_LINUX_GOMAP_H */
