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
 * map. The owner, group and mode that it was created with must permit an open,
 * and so must those of the node: chown() and chmod() can only forbid more. An
 * unnamed map is a descriptor and nothing else: it lives as long as a descriptor
 * of it does, in any process, and so does a named map that was removed while open.
 *
 * A descriptor open for reading may look up, one open for writing may change
 * entries. The maker of a map may also manage it: remove, freeze, reserve, shrink.
 * The maker is the filesystem user ID that called create. Holders of CAP_FOWNER
 * may do the same, and all but remove is permitted through the descriptor that
 * create returned. Descriptors have no position; read(), write() and lseek() are
 * refused.
 */

/**
 * DOC: General ioctl format
 *
 * Every argument is a pointer to a structure that begins with its size in
 * bytes and a word of flags. The kernel accepts a structure that is shorter
 * than the one it knows, as long as it has the members of the first version,
 * and takes the missing ones as zero. It accepts a longer one, up to a page, if
 * the bytes that it doesn't know are zero. So old programs run on new kernels, and new
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
 *   - EFAULT: a pointer leads nowhere. Nothing was changed, except as batch and
 *     fetch-add say.
 *   - EBADF: the descriptor is not open for reading or writing as needed.
 *   - EPERM: the caller may not do this to this map, or the map is frozen.
 *   - EACCES: the caller may not manage this map: freeze, reserve, shrink.
 *   - ENOENT: no such map, or no such key. (Opening the node of a map that has
 *     just been removed can also fail with ENXIO.)
 *   - EEXIST: that name, or that key, is there already.
 *   - ECANCELED: the key has another value than was expected.
 *   - EINTR: a signal came. Nothing was changed, except by batch, which tells
 *     how far it came, and clear, which may be begun again. Reserve, shrink and
 *     clear end at fatal signals only.
 *   - EMSGSIZE: the buffer is too small; what is needed was written back.
 *   - ENOMEM: no memory, or all maps together take as much as the module
 *     permits. The map is as it was, except as batch says.
 *   - EDQUOT: the maker of the map has as many maps, or as many bytes of them,
 *     as a user may. The map is as it was, except as batch says.
 *   - EFBIG: the map would take more than its max_bytes. Likewise.
 *   - EMLINK: the map has 512 keys whose hashes collide with that of the new key,
 *     which happens only if keys are chosen so. Nothing was changed.
 *   - EMFILE, ENFILE: no descriptor is left for a new map.
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
	GOMAP_CMD_SWAP = 0x06,
	GOMAP_CMD_TAKE = 0x07,
	GOMAP_CMD_COMPARE_EXCHANGE = 0x08,
	GOMAP_CMD_FETCH_ADD = 0x09,
	GOMAP_CMD_SCAN = 0x0a,
	GOMAP_CMD_BATCH = 0x0b,
	GOMAP_CMD_CLEAR = 0x0c,
	GOMAP_CMD_FREEZE = 0x0d,
	GOMAP_CMD_RESERVE = 0x0e,
	GOMAP_CMD_SHRINK = 0x0f,
	GOMAP_CMD_REOPEN = 0x10,
	GOMAP_CMD_NEXT = 0x11,
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
 *	GOMAP_VAR_VALUE the most that a value may have, at least 1
 * @max_entries: how many entries the map may hold, 1 to GOMAP_MAX_ENTRIES_MAX;
 *	0 for as many as memory allows
 * @max_bytes: the most that the map may take, in bytes, as info tells them in
 *	@bytes; 0 for no limit of its own. There is no maximum: a number that
 *	exceeds all memory limits nothing. One that is too small for an empty map,
 *	or for @reserve, is EFBIG. A map that shrinks may exceed this limit and the
 *	others by half of its table until the larger table is freed
 * @reserve: number of entries to have room for from the start and to keep room
 *	for when the map shrinks; no more than @max_entries unless that is 0
 * @mode: permission bits of the device node of a named map, 0 to 0777
 * @uid: owner of the node; needs CAP_CHOWN unless it is the caller
 * @gid: group of the node; needs CAP_CHOWN unless the caller is a member
 * @__reserved: must be 0
 * @name: name of the map, and zeros to the end, at least one: letters, digits, and '_', '-', '.'
 *	but neither '-' nor '.' first; not "control". Empty for an unnamed map,
 *	then @mode, @uid and @gid must be 0
 * @key_format: how tools show a key: visible ASCII characters, and zeros to the
 *	end, at least one; the kernel only keeps it
 * @value_format: likewise for a value
 *
 * Make a map. Nothing is allocated for its entries before the first insert,
 * unless @reserve asks for it. All memory for entries and tables, whoever
 * inserts, is charged to the memory cgroup of the caller. The control device
 * must be open for writing. E2BIG also if @max_entries is over the module's
 * parameter max_map_entries; if that is set and @max_entries 0, it counts.
 *
 * Until it is gone, the map counts for its maker: a user may have max_user_maps,
 * and these, with their names, may take max_user_bytes (EDQUOT). All maps together
 * may take max_bytes (ENOMEM). All three are parameters of the module. The maker
 * is the real user of the caller; in a user namespace it is the owner of the
 * outermost one. The maps of a caller with CAP_SYS_RESOURCE, in the initial
 * namespace, count for no user.
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
	__aligned_u64 max_bytes;
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
 * @name: name of the map, as created
 *
 * Take the name and the device node away. The map itself goes when its last
 * descriptor is closed. Who made a map may remove it; for maps of others the
 * caller needs CAP_FOWNER (EPERM). The control device must be open for writing.
 */
struct gomap_remove_args {
	__u32 size;
	__u32 flags;
	char name[GOMAP_NAME_LEN];
};

#define GOMAP_IOCTL_REMOVE _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_REMOVE)

/* State bits of struct gomap_info. */
#define GOMAP_STATE_GROWING (1U << 0)
#define GOMAP_STATE_FROZEN (1U << 1)
#define GOMAP_STATE_COUNTED (1U << 2)
#define GOMAP_STATE_REMOVED (1U << 3)

/**
 * struct gomap_info - ioctl(GOMAP_IOCTL_INFO) on a map
 * @size: sizeof(struct gomap_info); written: bytes that the kernel has filled. A
 *	member behind them is one that an older kernel doesn't know
 * @flags: must be 0
 * @map_flags: flags that the map was created with
 * @state: GOMAP_STATE_GROWING while entries are on their way to another table,
 *	larger or smaller; GOMAP_STATE_FROZEN once the map is frozen;
 *	GOMAP_STATE_REMOVED once its name was taken away; GOMAP_STATE_COUNTED if
 *	the descriptor is open for reading. If it is not, GOMAP_STATE_GROWING, and
 *	the members from @entries to @longest_chain and @long_chains, are 0
 * @key_size: as created
 * @value_size: as created
 * @max_entries: as created, 0 for no limit
 * @max_bytes: as created, 0 for no limit
 * @reserve: entries that the map keeps room for
 * @entries: entries now; exact when no insert or delete is under way
 * @buckets: buckets of the newest table, a power of two, or 0 before the
 *	first insert
 * @overflow_buckets: overflow buckets in use, in all tables of the map
 * @bytes: memory that the map with its entries and tables takes now; a table that
 *	waits to be freed isn't in it, but still counts for limits
 * @longest_chain: buckets of the longest chain of the newest table, a bucket
 *	without overflow being a chain of 1
 * @maker: user ID of the map's maker, in the caller's user namespace
 * @name: name that the map was created with, or empty
 * @key_format: as created
 * @value_format: as created
 * @long_chains: how often a chain has become longer than 6 buckets, which
 *	random hashes don't do while growth keeps up
 * @id: number of the map, from 1; no other map gets it while the module is loaded
 *
 * ioctl(GOMAP_IOCTL_INFO) needs no more than a descriptor of the map, open in any
 * mode.
 *
 * ioctl(GOMAP_IOCTL_NEXT) on the control device, open for reading: tell of the map
 * with the smallest ID above @id, in place of it, with counts. So a list of all
 * maps, also of those without a name, begins with 0 and ends with ENOENT. The
 * caller sees the maps that it made, and with CAP_DAC_READ_SEARCH all maps.
 */
struct gomap_info {
	__u32 size;
	__u32 flags;
	__u32 map_flags;
	__u32 state;
	__u32 key_size;
	__u32 value_size;
	__aligned_u64 max_entries;
	__aligned_u64 max_bytes;
	__aligned_u64 reserve;
	__aligned_u64 entries;
	__aligned_u64 buckets;
	__aligned_u64 overflow_buckets;
	__aligned_u64 bytes;
	__u32 longest_chain;
	__u32 maker;
	char name[GOMAP_NAME_LEN];
	char key_format[GOMAP_FORMAT_LEN];
	char value_format[GOMAP_FORMAT_LEN];
	__aligned_u64 long_chains;
	__aligned_u64 id;
};

#define GOMAP_IOCTL_INFO _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_INFO)
#define GOMAP_IOCTL_NEXT _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_NEXT)

/* Flags of insert: what must be the case. Not both. */
#define GOMAP_INSERT_NEW (1U << 0)
#define GOMAP_INSERT_EXISTING (1U << 1)
/* Of delete. */
#define GOMAP_DELETE_EQUAL (1U << 0)

/**
 * struct gomap_op_args - an operation on one key
 * @size: sizeof(struct gomap_op_args)
 * @flags: as the operation says, otherwise 0
 * @key: pointer to the key
 * @value: pointer to the value, or to the buffer for it
 * @key_len: bytes at @key; the map's key_size unless the map has GOMAP_VAR_KEY
 * @value_len: bytes at @value; of a value that is given, the map's value_size
 *	unless the map has GOMAP_VAR_VALUE
 * @other: pointer to another value, or to the buffer for it; 0 where the
 *	operation doesn't say otherwise
 * @other_len: bytes at @other
 * @__reserved: must be 0
 *
 * Where a value is returned, its length is written to the member that told how
 * much room there is, unless it is that already and the map's values are all of
 * one size. If that is too little, the length needed is written there and the call
 * fails with EMSGSIZE. Each operation happens at one moment, as a whole, and what
 * it takes out of the map reaches the caller first: EFAULT and EMSGSIZE mean that
 * nothing was changed. So take and swap begin again if the value changes while it
 * is copied, and where others don't stop changing it may end with EINTR, when a
 * signal comes. They and GOMAP_INSERT_NEW may have written to the buffer and its
 * length by then: to repeat a call that failed, say anew how much room there is.
 *
 * ioctl(GOMAP_IOCTL_LOOKUP), descriptor open for reading: copy the value of the
 * key to @value. ENOENT if the key is absent. With @value and @value_len 0,
 * tell only if the key is there.
 *
 * ioctl(GOMAP_IOCTL_INSERT), descriptor open for writing: give the key that
 * @value, whether it is there or not. With GOMAP_INSERT_NEW fail with EEXIST if
 * it is, and copy its value to @other unless that is 0 (the descriptor must then
 * be open for reading, too); with GOMAP_INSERT_EXISTING fail with ENOENT if it
 * isn't.
 *
 * ioctl(GOMAP_IOCTL_DELETE), descriptor open for writing: delete the key.
 * ENOENT if it is absent. With GOMAP_DELETE_EQUAL, only if it has that @value,
 * else ECANCELED; without, @value and @value_len must be 0.
 *
 * ioctl(GOMAP_IOCTL_SWAP), descriptor open for both: give a key that is there
 * that @value, and copy the old one to @other. ENOENT if the key is absent.
 *
 * ioctl(GOMAP_IOCTL_TAKE), descriptor open for both: delete the key and copy its
 * value to @value. ENOENT if it is absent. Of any number of callers at once one
 * gets it.
 *
 * ioctl(GOMAP_IOCTL_COMPARE_EXCHANGE), descriptor open for writing: give the key
 * that @value if its value is the one at @other. ENOENT if the key is absent,
 * ECANCELED if it has another value.
 */
struct gomap_op_args {
	__u32 size;
	__u32 flags;
	__aligned_u64 key;
	__aligned_u64 value;
	__u32 key_len;
	__u32 value_len;
	__aligned_u64 other;
	__u32 other_len;
	__u32 __reserved;
};

#define GOMAP_IOCTL_LOOKUP _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_LOOKUP)
#define GOMAP_IOCTL_INSERT _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_INSERT)
#define GOMAP_IOCTL_DELETE _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_DELETE)

#define GOMAP_IOCTL_SWAP _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_SWAP)
#define GOMAP_IOCTL_TAKE _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_TAKE)
#define GOMAP_IOCTL_COMPARE_EXCHANGE \
	_IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_COMPARE_EXCHANGE)

/**
 * struct gomap_add_args - ioctl(GOMAP_IOCTL_FETCH_ADD) on a map
 * @size: sizeof(struct gomap_add_args)
 * @flags: GOMAP_INSERT_NEW or GOMAP_INSERT_EXISTING, or 0
 * @key: pointer to the key
 * @key_len: bytes at @key
 * @__reserved: must be 0
 * @delta: what to add
 * @old: written: the number before
 *
 * Add to the value of a key, a number in the machine's byte order. The map's
 * value_size must be 4 or 8, and the sum is modulo 2^32 or 2^64. A key that is
 * absent is inserted and counts as 0 before. With GOMAP_INSERT_EXISTING that
 * fails with ENOENT instead, with GOMAP_INSERT_NEW anything else with EEXIST.
 * EINVAL if the map has other values. EFAULT comes before anything is changed,
 * unless another thread takes the memory of @old away during the call.
 *
 * The descriptor must be open for reading and writing.
 */
struct gomap_add_args {
	__u32 size;
	__u32 flags;
	__aligned_u64 key;
	__u32 key_len;
	__u32 __reserved;
	__aligned_u64 delta;
	__aligned_u64 old;
};

#define GOMAP_IOCTL_FETCH_ADD _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_FETCH_ADD)

/**
 * struct gomap_record - an entry of a map with GOMAP_VAR_KEY or GOMAP_VAR_VALUE
 * @key_len: bytes of the key
 * @value_len: bytes of the value
 * @data: the key, right after it the value, and zeros up to a multiple of 8
 *
 * In buffers that hold several entries. In those of other maps an entry is
 * key_size bytes of key and value_size bytes of value and nothing else.
 */
struct gomap_record {
	__u32 key_len;
	__u32 value_len;
	__u8 data[];
};

#define GOMAP_SHARDS_MAX 65536

/**
 * struct gomap_scan_args - ioctl(GOMAP_IOCTL_SCAN) on a map
 * @size: sizeof(struct gomap_scan_args)
 * @flags: must be 0
 * @buffer: where entries go; see struct gomap_record for how they lie there
 * @buffer_size: bytes at @buffer; enough for one entry is enough
 * @count: written: entries in the buffer
 * @used: written: bytes that they take; with EMSGSIZE, what the next one needs
 * @done: written: 1 if nothing is left, else 0
 * @shard: with @shards, the part of the map to scan, from 0
 * @shards: parts that the map is scanned in, up to GOMAP_SHARDS_MAX; 0 or 1 for
 *	one. Each part has its own cursor, and may be scanned by another thread
 * @cursor: zeros to begin; written: where to go on
 *
 * Call until @done. From the first call to the last, each key that is there
 * throughout is delivered exactly once, and no other key that isn't inserted
 * meanwhile, whatever becomes of the map in between. A call may deliver nothing
 * and not be done. A cursor holds nothing in the kernel and reveals nothing; it
 * can be used again, and one that was never given out is as good as any. But the
 * order in which keys come is that of their hashes.
 *
 * The descriptor must be open for reading.
 */
struct gomap_scan_args {
	__u32 size;
	__u32 flags;
	__aligned_u64 buffer;
	__u32 buffer_size;
	__u32 count;
	__u32 used;
	__u32 done;
	__u32 shard;
	__u32 shards;
	__aligned_u64 cursor[2];
};

#define GOMAP_IOCTL_SCAN _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_SCAN)

enum {
	GOMAP_BATCH_LOOKUP = 0,
	GOMAP_BATCH_INSERT = 1,
	GOMAP_BATCH_DELETE = 2,
};

/**
 * struct gomap_batch_args - ioctl(GOMAP_IOCTL_BATCH) on a map
 * @size: sizeof(struct gomap_batch_args)
 * @flags: with GOMAP_BATCH_INSERT those of insert, else 0
 * @op: GOMAP_BATCH_LOOKUP (descriptor open for reading), GOMAP_BATCH_INSERT or
 *	GOMAP_BATCH_DELETE (for writing)
 * @count: how many keys
 * @done: written if the arguments were as they should be, with whatever errno:
 *	how many keys were dealt with
 * @__reserved: must be 0
 * @keys: the keys, one after the other, each of key_size bytes; or, if the map
 *	has GOMAP_VAR_KEY or GOMAP_VAR_VALUE, records with the keys and, for
 *	insert, the values, else with a value_len of 0
 * @keys_size: bytes at @keys, of records; else 0
 * @values: the values, one after the other, each of value_size bytes: to be
 *	inserted, or the place for those looked up, where nothing is written for
 *	absent keys; or, of records, the place for a record without key for each
 *	key looked up, empty for absent ones. Otherwise 0
 * @values_size: bytes at @values, of records; else 0. Written: bytes used, and
 *	with EMSGSIZE those that the next record needs as well
 * @results: the place for an __s32 for each key: 0, or the negative errno that
 *	the operation on that key alone would have had. If 0, the batch ends at
 *	the first key that has one, and fails with it
 *
 * The same operation for many keys, in their order, each at its own moment; but
 * values of more than 128 bytes may be looked up after those of keys that follow.
 * Of keys @done and after nothing was done. EFAULT, EINTR, ENOMEM (for the call's
 * own buffers) and EINVAL (a record with lengths that the map can't have, or
 * without its padding) may come in the middle; EMSGSIZE if @values is full. If
 * @results can't be written, the keys of which that is so count as done.
 */
struct gomap_batch_args {
	__u32 size;
	__u32 flags;
	__u32 op;
	__u32 count;
	__u32 done;
	__u32 __reserved;
	__aligned_u64 keys;
	__aligned_u64 keys_size;
	__aligned_u64 values;
	__aligned_u64 values_size;
	__aligned_u64 results;
};

#define GOMAP_IOCTL_BATCH _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_BATCH)

/**
 * struct gomap_map_args - an operation on a map as a whole
 * @size: sizeof(struct gomap_map_args)
 * @flags: must be 0
 * @entries: for reserve, otherwise 0
 *
 * The descriptor must be open for writing. All but clear need the right to manage
 * the map (EACCES), see "Devices".
 *
 * ioctl(GOMAP_IOCTL_CLEAR): delete all entries that are there when it begins,
 * and, as it may be, some that come meanwhile. EINTR only for a fatal signal.
 *
 * ioctl(GOMAP_IOCTL_FREEZE): from now on nothing may change in the map. Whoever
 * tries is told EPERM. There is no way back. Shrink is still allowed.
 *
 * ioctl(GOMAP_IOCTL_RESERVE): have room for @entries, and keep it when the map
 * shrinks. EINVAL if that is more than max_entries, E2BIG if it is more than
 * GOMAP_MAX_ENTRIES_MAX. If it fails, as much is reserved as was before.
 *
 * ioctl(GOMAP_IOCTL_SHRINK): give back the memory that the entries and what is
 * reserved don't need. Maps shrink by themselves, too, but keep some room.
 *
 * Both move the entries in the time of the caller, as long as there are many.
 */
struct gomap_map_args {
	__u32 size;
	__u32 flags;
	__aligned_u64 entries;
};

#define GOMAP_IOCTL_CLEAR _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_CLEAR)
#define GOMAP_IOCTL_FREEZE _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_FREEZE)
#define GOMAP_IOCTL_RESERVE _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_RESERVE)
#define GOMAP_IOCTL_SHRINK _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_SHRINK)

/**
 * struct gomap_reopen_args - ioctl(GOMAP_IOCTL_REOPEN) on a map
 * @size: sizeof(struct gomap_reopen_args)
 * @flags: must be 0
 * @mode: O_RDONLY or O_WRONLY
 * @__reserved: must be 0
 *
 * Open the map once more, for reading only or for writing only, to hand it on with
 * fewer rights. The descriptor must itself be open in that way.
 *
 * Return: a new descriptor of the map, with close-on-exec. It has no right to
 * manage the map, and can't be opened again in another mode.
 */
struct gomap_reopen_args {
	__u32 size;
	__u32 flags;
	__u32 mode;
	__u32 __reserved;
};

#define GOMAP_IOCTL_REOPEN _IO(GOMAP_IOCTL_TYPE, GOMAP_CMD_REOPEN)

#endif /* _UAPI_LINUX_GOMAP_H */
