/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * libgomap: gomap's maps from C, thin over the ioctls of <linux/gomap.h>.
 *
 * A map is a file descriptor. It can be passed on and inherited like any
 * other, and close(2) gives it back. Every function may be called from any
 * number of threads at once.
 *
 * A function returns 0, or what it says, or a negative errno; errno itself
 * means nothing after a call. Each lists the errors that are peculiar to it;
 * the glossary for the others is at the head of <linux/gomap.h>.
 */
#ifndef _GOMAP_H
#define _GOMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/gomap.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * gomap_create() - make a map
 * @args: what map; @args->size must be sizeof(*@args), so that a program
 *	and a library of different age understand each other
 *
 * Return: a descriptor of the map, open for reading and writing, or
 *  * -ENODEV: the module is not loaded
 *  * -EACCES: the caller may not open the control device
 *  * -EEXIST: a map of that name exists
 *  * -EINVAL: an illegal name, or another illegal member of @args
 *  * -E2BIG: @args->key_size or @args->value_size is over its maximum
 *  * -EPERM: the caller may not give the map to that owner or group
 *  * -ENOSPC: the module has all the maps that it may have
 *  * -EDQUOT: the user has all the maps, or bytes of maps, that a user may have
 *  * -EFBIG: the map would take more than @args->max_bytes
 *  * -ENOMEM: no memory, for @args->reserve entries perhaps, or all maps take
 *	as much as they may
 */
int gomap_create(const struct gomap_create_args *args);

/**
 * gomap_remove() - take the name of a map away
 * @name: the name
 *
 * The map itself goes when its last descriptor is closed.
 *
 * Return: 0, or
 *  * -ENODEV: the module is not loaded
 *  * -EACCES: the caller may not open the control device
 *  * -ENOENT: there is no such map
 *  * -EINVAL: @name can't be the name of a map
 *  * -EPERM: the map is somebody else's
 */
int gomap_remove(const char *name);

/**
 * gomap_open() - open a named map
 * @name: the name
 * @flags: O_RDONLY, O_WRONLY or O_RDWR; O_CLOEXEC is added
 *
 * Return: a descriptor of the map, or
 *  * -ENODEV: the module is not loaded
 *  * -ENOENT: there is no such map
 *  * -EACCES: the owner, group and mode of the map, or of its device node, forbid
 *	it
 *  * -EINVAL: @name can't be the name of a map
 */
int gomap_open(const char *name, int flags);

/**
 * gomap_reopen() - open a map once more, for less
 * @fd: descriptor of the map, also of one without a name
 * @mode: O_RDONLY or O_WRONLY
 *
 * For a descriptor to hand on with fewer rights. It can't be opened again in
 * another mode, and gives no right to freeze, reserve or shrink.
 *
 * Return: a new descriptor of the map, with O_CLOEXEC, or
 *  * -EBADF: @fd is not open in that mode
 *  * -EINVAL: @mode is another one
 *  * -ENOTTY: @fd is not a map
 *  * -EMFILE, -ENFILE: there is no descriptor left
 *  * -ENOMEM: no memory
 */
int gomap_reopen(int fd, int mode);

/**
 * gomap_name_is_legal() - can a map have this name?
 * @name: the name
 *
 * A name has 1 to GOMAP_NAME_LEN - 1 letters, digits, '_', '-' and '.', does
 * not begin with '-' or '.', and is not "control".
 *
 * Return: true if it can.
 */
bool gomap_name_is_legal(const char *name);

typedef int (*gomap_visit_t)(const char *name, void *arg);

/**
 * gomap_visit_names() - call a function for the name of every named map
 * @visit: what to call; the walk ends when it returns anything but 0
 * @arg: second argument of @visit
 *
 * The names are those of one moment, in alphabetical order: @visit may create
 * and remove maps, and a map may be gone when @visit comes to open it.
 *
 * Return: what the last call of @visit returned, 0 if there were no maps, or
 *  * -ENODEV: the module is not loaded
 *  * -ENOMEM: no memory
 */
int gomap_visit_names(gomap_visit_t visit, void *arg);

/**
 * gomap_get_info() - what a map is and how it is doing
 * @fd: descriptor of the map, open in any mode; if that is not for reading, counts
 *	are 0 and @info->state is without GOMAP_STATE_COUNTED
 * @info: filled in; @info->size must be sizeof(*@info) and @info->flags 0
 *	before the call
 *
 * Return: 0, or
 *  * -ENOTTY: @fd is not a map
 */
int gomap_get_info(int fd, struct gomap_info *info);

/**
 * gomap_next_info() - what the next map is and how it is doing
 * @info: filled in; @info->size and @info->flags as for gomap_get_info(), and
 *	@info->id the ID of the map before, or 0 to begin
 *
 * Lists all maps, also those without a name, in the order of their IDs. The caller
 * sees the maps that it made, and with CAP_DAC_READ_SEARCH all maps.
 *
 * Return: 0, or
 *  * -ENOENT: there is no further map
 *  * -ENODEV: the module is not loaded
 *  * -EACCES: the caller may not open the control device
 */
int gomap_next_info(struct gomap_info *info);

/**
 * gomap_len() - how many entries a map has
 * @fd: descriptor of the map, open for reading
 * @len: set to the number, exact when no insert or delete is under way
 *
 * Return: 0, or
 *  * -EBADF: @fd is not open for reading
 *  * -ENOTTY: @fd is not a map
 */
int gomap_len(int fd, uint64_t *len);

/**
 * gomap_insert() - give a key a value
 * @fd: descriptor of the map, open for writing
 * @key: the key
 * @key_len: bytes at @key; the map's key_size unless its keys vary in length
 * @value: the value; may be NULL if @value_len is 0
 * @value_len: bytes at @value; the map's value_size unless its values vary
 * @flags: 0, GOMAP_INSERT_NEW or GOMAP_INSERT_EXISTING
 *
 * Return: 0, or, with the map as it was,
 *  * -EEXIST: with GOMAP_INSERT_NEW: the key is there already
 *  * -ENOENT: with GOMAP_INSERT_EXISTING: the key is absent
 *  * -EINVAL: @key_len or @value_len doesn't fit the map
 *  * -ENOSPC: the map has max_entries entries
 *  * -EFBIG: the map would take more than its max_bytes
 *  * -EDQUOT: its maker has all the bytes that a user may have
 *  * -ENOMEM: no memory, or all maps take as much as they may
 *  * -EPERM: the map is frozen
 *  * -EBADF: @fd is not open for writing
 */
int gomap_insert(int fd, const void *key, size_t key_len, const void *value,
		 size_t value_len, uint32_t flags);

/**
 * gomap_lookup() - get the value of a key
 * @fd: descriptor of the map, open for reading
 * @key: the key
 * @key_len: bytes at @key
 * @value: buffer for the value; may be NULL if *@value_len is 0
 * @value_len: bytes at @value; set to the length of the value
 *
 * Return: 0, or
 *  * -ENOENT: the key is absent
 *  * -EMSGSIZE: the buffer is too small; *@value_len is the length needed
 *  * -EINVAL: @key_len doesn't fit the map
 *  * -EBADF: @fd is not open for reading
 */
int gomap_lookup(int fd, const void *key, size_t key_len, void *value,
		 size_t *value_len);

/**
 * gomap_contains() - is a key there?
 * @fd: descriptor of the map, open for reading
 * @key: the key
 * @key_len: bytes at @key
 *
 * Return: 1 if it is, 0 if it isn't, or
 *  * -EINVAL: @key_len doesn't fit the map
 *  * -EBADF: @fd is not open for reading
 */
int gomap_contains(int fd, const void *key, size_t key_len);

/**
 * gomap_delete() - delete a key with its value
 * @fd: descriptor of the map, open for writing
 * @key: the key
 * @key_len: bytes at @key
 *
 * Return: 0, or
 *  * -ENOENT: the key is absent
 *  * -EINVAL: @key_len doesn't fit the map
 *  * -EPERM: the map is frozen
 *  * -EBADF: @fd is not open for writing
 */
int gomap_delete(int fd, const void *key, size_t key_len);

/**
 * gomap_lookup_or_insert() - insert a new key, or get the value that it has
 * @fd: descriptor of the map, open for reading and writing
 * @key: the key
 * @key_len: bytes at @key
 * @value: the value for a new key
 * @value_len: bytes at @value
 * @existing: buffer for the value of a key that is there; not NULL
 * @existing_len: bytes at @existing; set to the length of that value
 *
 * Return: 0 if the key was inserted, or, with the map as it was,
 *  * -EEXIST: the key is there, and @existing is its value
 *  * -EMSGSIZE: the key is there; *@existing_len is the length needed
 *  * -EINTR: others deleted and inserted the key until a signal came
 *  * -EBADF: @fd is not open for both
 *  * what gomap_insert() returns
 */
int gomap_lookup_or_insert(int fd, const void *key, size_t key_len,
			   const void *value, size_t value_len, void *existing,
			   size_t *existing_len);

/**
 * gomap_delete_equal() - delete a key if it has a certain value
 * @fd: descriptor of the map, open for writing
 * @key: the key
 * @key_len: bytes at @key
 * @value: the value that it must have
 * @value_len: bytes at @value
 *
 * Return: 0, or, with the map as it was,
 *  * -ENOENT: the key is absent
 *  * -ECANCELED: it has another value
 *  * -EINVAL: @key_len or @value_len doesn't fit the map
 *  * -EPERM: the map is frozen
 *  * -EBADF: @fd is not open for writing
 */
int gomap_delete_equal(int fd, const void *key, size_t key_len,
		       const void *value, size_t value_len);

/**
 * gomap_take() - delete a key and get its value
 * @fd: descriptor of the map, open for reading and writing
 * @key: the key
 * @key_len: bytes at @key
 * @value: buffer for the value
 * @value_len: bytes at @value; set to the length of the value
 *
 * Of any number of callers at once, one gets the value.
 *
 * Return: 0, or, with the map as it was,
 *  * -ENOENT: the key is absent
 *  * -EMSGSIZE: the buffer is too small; *@value_len is the length needed
 *  * -EINTR: others changed the value until a signal came
 *  * -EINVAL: @key_len doesn't fit the map
 *  * -EPERM: the map is frozen
 *  * -EBADF: @fd is not open for both
 */
int gomap_take(int fd, const void *key, size_t key_len, void *value,
	       size_t *value_len);

/**
 * gomap_swap() - give a key that is there a value, and get the old one
 * @fd: descriptor of the map, open for reading and writing
 * @key: the key
 * @key_len: bytes at @key
 * @value: the value
 * @value_len: bytes at @value
 * @old: buffer for the old value
 * @old_len: bytes at @old; set to the length of the old value
 *
 * Return: 0, or, with the map as it was,
 *  * -ENOENT: the key is absent
 *  * -EMSGSIZE: the buffer is too small; *@old_len is the length needed
 *  * -EINTR: others changed the value until a signal came
 *  * -EINVAL: @key_len or @value_len doesn't fit the map
 *  * -EFBIG: the map would take more than its max_bytes
 *  * -EDQUOT: its maker has all the bytes that a user may have
 *  * -ENOMEM: no memory, or all maps take as much as they may
 *  * -EPERM: the map is frozen
 *  * -EBADF: @fd is not open for both
 */
int gomap_swap(int fd, const void *key, size_t key_len, const void *value,
	       size_t value_len, void *old, size_t *old_len);

/**
 * gomap_compare_exchange() - give a key a value if it has a certain other one
 * @fd: descriptor of the map, open for writing
 * @key: the key
 * @key_len: bytes at @key
 * @expected: the value that it must have
 * @expected_len: bytes at @expected
 * @value: the value that it gets
 * @value_len: bytes at @value
 *
 * Return: 0, or, with the map as it was,
 *  * -ENOENT: the key is absent
 *  * -ECANCELED: it has another value than @expected
 *  * -EINVAL: @key_len, @expected_len or @value_len doesn't fit the map
 *  * -EFBIG: the map would take more than its max_bytes
 *  * -EDQUOT: its maker has all the bytes that a user may have
 *  * -ENOMEM: no memory, or all maps take as much as they may
 *  * -EPERM: the map is frozen
 *  * -EBADF: @fd is not open for writing
 */
int gomap_compare_exchange(int fd, const void *key, size_t key_len,
			   const void *expected, size_t expected_len,
			   const void *value, size_t value_len);

/**
 * gomap_fetch_add() - add to a number
 * @fd: descriptor of the map, open for reading and writing
 * @key: the key, whose value is a number in the machine's byte order
 * @key_len: bytes at @key
 * @delta: what to add, modulo 2^32 or 2^64; a negative number may be cast
 * @flags: 0, GOMAP_INSERT_NEW or GOMAP_INSERT_EXISTING
 * @old: set to the number before; may be NULL
 *
 * A key that is absent is inserted, and was 0 before.
 *
 * Return: 0, or, with the map as it was,
 *  * -EINVAL: the map's values have neither 4 nor 8 bytes, or @key_len doesn't
 *    fit the map
 *  * -ENOENT: with GOMAP_INSERT_EXISTING: the key is absent
 *  * -EEXIST: with GOMAP_INSERT_NEW: the key is there
 *  * -ENOSPC: the map has max_entries entries
 *  * -EFBIG: the map would take more than its max_bytes
 *  * -EDQUOT: its maker has all the bytes that a user may have
 *  * -ENOMEM: no memory, or all maps take as much as they may
 *  * -EPERM: the map is frozen
 *  * -EBADF: @fd is not open for both
 */
int gomap_fetch_add(int fd, const void *key, size_t key_len, uint64_t delta,
		    uint32_t flags, uint64_t *old);

/**
 * gomap_clear() - delete all entries
 * @fd: descriptor of the map, open for writing
 *
 * Entries that come meanwhile may stay or not.
 *
 * Return: 0, or
 *  * -EPERM: the map is frozen
 *  * -EINTR: a signal came; some entries are deleted
 *  * -EBADF: @fd is not open for writing
 */
int gomap_clear(int fd);

/**
 * gomap_freeze() - forbid all changes, for good
 * @fd: descriptor of the map, open for writing
 *
 * Return: 0, or
 *  * -EBADF: @fd is not open for writing
 *  * -EACCES: the caller neither made the map nor has CAP_FOWNER, and @fd is not
 *	the descriptor that gomap_create() returned
 */
int gomap_freeze(int fd);

/**
 * gomap_reserve() - have room for entries, and keep it
 * @fd: descriptor of the map, open for writing
 * @entries: how many in all
 *
 * Return: 0, or
 *  * -EINVAL: that is more than max_entries
 *  * -E2BIG: that is more than GOMAP_MAX_ENTRIES_MAX
 *  * -EFBIG: the map would take more than its max_bytes
 *  * -EDQUOT: its maker has all the bytes that a user may have
 *  * -ENOMEM: no memory, or all maps take as much as they may
 *  * -EBADF: @fd is not open for writing
 *  * -EACCES: the caller neither made the map nor has CAP_FOWNER, and @fd is not
 *	the descriptor that gomap_create() returned
 */
int gomap_reserve(int fd, uint64_t entries);

/**
 * gomap_shrink() - give back memory that the map doesn't need
 * @fd: descriptor of the map, open for writing
 *
 * Return: 0, or
 *  * -EBADF: @fd is not open for writing
 *  * -EACCES: the caller neither made the map nor has CAP_FOWNER, and @fd is not
 *	the descriptor that gomap_create() returned
 */
int gomap_shrink(int fd);

/**
 * struct gomap_entry - an entry that a scan came to
 * @key: its key
 * @key_len: bytes at @key
 * @value: its value
 * @value_len: bytes at @value
 */
struct gomap_entry {
	const void *key;
	size_t key_len;
	const void *value;
	size_t value_len;
};

/**
 * struct gomap_scanner - a scan under way
 * @fd: private, as all of these are
 * @has_records: entries lie in the buffer as records
 * @key_size: bytes of a key, otherwise
 * @value_size: bytes of a value, otherwise
 * @buffer: entries as the kernel gave them
 * @next: the next one of them
 * @left: how many of them are left
 * @args: what the next call will be given
 */
struct gomap_scanner {
	int fd;
	bool has_records;
	uint32_t key_size;
	uint32_t value_size;
	void *buffer;
	const void *next;
	uint32_t left;
	struct gomap_scan_args args;
};

/**
 * gomap_scan_begin() - begin to walk through a map
 * @scanner: set up; of one thread, other than the functions
 * @fd: descriptor of the map, open for reading until the end of the scan
 * @shard: the part of the map to walk through, 0 to @shards - 1
 * @shards: parts that the map is walked in, by as many scanners; 0 or 1 for one
 *
 * As in::
 *
 *	struct gomap_scanner scanner;
 *	struct gomap_entry entry;
 *	int ret;
 *
 *	ret = gomap_scan_begin(&scanner, fd, 0, 1);
 *	if (ret)
 *		return ret;
 *	while ((ret = gomap_scan_next(&scanner, &entry)) > 0)
 *		use(entry.key, entry.key_len, entry.value, entry.value_len);
 *	gomap_scan_end(&scanner);
 *	return ret;
 *
 * Each key that is in the map throughout is come to exactly once, and none
 * twice, whatever happens to the map meanwhile. Entries that are come to may
 * be changed or deleted.
 *
 * Return: 0, or, with nothing to end,
 *  * -ENOTTY: @fd is not a map
 */
int gomap_scan_begin(struct gomap_scanner *scanner, int fd, uint32_t shard,
		     uint32_t shards);

/**
 * gomap_scan_next() - go on to the next entry
 * @scanner: the scan
 * @entry: set; what it points to is good until the next call
 *
 * After an error, the next call tries again and loses nothing.
 *
 * Return: 1 if there is an entry, 0 if there is none left, or
 *  * -EINTR: a signal came
 *  * -ENOMEM: no memory for the entries
 *  * -EINVAL: shard or shards of gomap_scan_begin() were none
 *  * -EBADF: the descriptor is not open for reading
 */
int gomap_scan_next(struct gomap_scanner *scanner, struct gomap_entry *entry);

/**
 * gomap_scan_end() - give back what a scan took
 * @scanner: the scan, at its end or not
 */
void gomap_scan_end(struct gomap_scanner *scanner);

/**
 * gomap_lookup_batch() - get the values of many keys
 * @fd: descriptor of the map, open for reading, whose keys and values don't
 *	vary in length; see gomap_lookup_records() for others
 * @keys: the keys, one after the other
 * @values: room for as many values; that of an absent key is left as it is
 * @count: how many keys
 * @results: room for as many results: 0, or what gomap_lookup() would have
 *	returned for that key; if NULL, the batch ends at the first key for
 *	which that isn't 0, and returns it
 * @done: set, whatever is returned, to how many keys were dealt with; may be
 *	NULL
 *
 * All batches work through their keys in order, each key at its own moment; but a
 * long value may be had later than those of keys that follow. Of keys *@done and
 * after nothing was done.
 *
 * Return: 0 if all keys were dealt with, or
 *  * -EINTR: a signal came
 *  * -EFAULT: a pointer leads nowhere
 *  * -ENOMEM: no memory
 *  * -EBADF: @fd is not open for reading
 */
int gomap_lookup_batch(int fd, const void *keys, void *values, uint32_t count,
		       int32_t *results, uint32_t *done);

/**
 * gomap_insert_batch() - give many keys values
 * @fd: descriptor of the map, open for writing
 * @keys: the keys, one after the other
 * @values: as many values; may be NULL for a set
 * @count: how many keys
 * @flags: as of gomap_insert()
 * @results: as of gomap_lookup_batch(), of gomap_insert()
 * @done: as of gomap_lookup_batch()
 *
 * Return: as gomap_lookup_batch().
 */
int gomap_insert_batch(int fd, const void *keys, const void *values,
		       uint32_t count, uint32_t flags, int32_t *results,
		       uint32_t *done);

/**
 * gomap_delete_batch() - delete many keys
 * @fd: descriptor of the map, open for writing
 * @keys: the keys, one after the other
 * @count: how many keys
 * @results: as of gomap_lookup_batch(), of gomap_delete()
 * @done: as of gomap_lookup_batch()
 *
 * Return: as gomap_lookup_batch().
 */
int gomap_delete_batch(int fd, const void *keys, uint32_t count,
		       int32_t *results, uint32_t *done);

/* Bytes that a record takes in a buffer. */
static inline size_t gomap_record_size(const struct gomap_record *record)
{
	size_t size = sizeof(*record) + (size_t)record->key_len +
		      record->value_len;

	return (size + 7) & ~(size_t)7;
}

/* The value of a record; its key is at record->data. */
static inline const void *gomap_record_value(const struct gomap_record *record)
{
	return record->data + record->key_len;
}

/* The record after this one, if there is one. */
static inline const struct gomap_record *
gomap_record_next(const struct gomap_record *record)
{
	return (const struct gomap_record *)((const char *)record +
					     gomap_record_size(record));
}

/**
 * struct gomap_records - keys, with or without values, that vary in length
 * @buffer: where they are, as struct gomap_record
 * @size: bytes at @buffer
 * @used: bytes of records at @buffer
 * @count: how many records
 */
struct gomap_records {
	void *buffer;
	size_t size;
	size_t used;
	uint32_t count;
};

/**
 * gomap_records_init() - begin to collect records in a buffer
 * @records: set up, without records
 * @buffer: the buffer, at a multiple of 8 as malloc(3) has it
 * @size: bytes at @buffer
 */
void gomap_records_init(struct gomap_records *records, void *buffer,
			size_t size);

/**
 * gomap_records_add() - add a key, with or without a value
 * @records: where to
 * @key: the key
 * @key_len: bytes at @key
 * @value: the value; may be NULL if @value_len is 0
 * @value_len: bytes at @value; 0 for a lookup or delete
 *
 * Return: 0, or
 *  * -EMSGSIZE: there is no room left in the buffer
 *  * -E2BIG: @key_len or @value_len is over the maximum of any map
 */
int gomap_records_add(struct gomap_records *records, const void *key,
		      size_t key_len, const void *value, size_t value_len);

/**
 * gomap_records_rest() - all but the first records
 * @records: the records
 * @nr: how many to leave out
 *
 * Return: the others, where they are, for a batch that ended early.
 */
struct gomap_records gomap_records_rest(const struct gomap_records *records,
					uint32_t nr);

/**
 * gomap_lookup_records() - get the values of many keys
 * @fd: descriptor of the map, open for reading, whose keys or values vary in
 *	length
 * @keys: the keys, without values
 * @values: where the values go, of which only buffer and size matter before the
 *	call: for each key dealt with a record without key, empty for an absent
 *	one
 * @results: as of gomap_lookup_batch()
 *
 * Return: as gomap_lookup_batch(), or
 *  * -EMSGSIZE: there is no room for another value
 *  * -EINVAL: a key doesn't fit the map
 */
int gomap_lookup_records(int fd, const struct gomap_records *keys,
			 struct gomap_records *values, int32_t *results);

/**
 * gomap_insert_records() - give many keys values
 * @fd: descriptor of the map, open for writing, whose keys or values vary in
 *	length
 * @entries: the keys and values
 * @flags: as of gomap_insert()
 * @results: as of gomap_lookup_batch(), of gomap_insert()
 * @done: as of gomap_lookup_batch()
 *
 * Return: as gomap_lookup_batch(), or
 *  * -EINVAL: a key or value doesn't fit the map
 */
int gomap_insert_records(int fd, const struct gomap_records *entries,
			 uint32_t flags, int32_t *results, uint32_t *done);

/**
 * gomap_delete_records() - delete many keys
 * @fd: descriptor of the map, open for writing, whose keys or values vary in
 *	length
 * @keys: the keys, without values
 * @results: as of gomap_lookup_batch(), of gomap_delete()
 * @done: as of gomap_lookup_batch()
 *
 * Return: as gomap_lookup_batch(), or
 *  * -EINVAL: a key doesn't fit the map
 */
int gomap_delete_records(int fd, const struct gomap_records *keys,
			 int32_t *results, uint32_t *done);

#ifdef __cplusplus
}
#endif

#endif /* _GOMAP_H */
