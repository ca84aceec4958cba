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
 *  * -ENOMEM: no memory, for @args->reserve entries perhaps
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
 *  * -EACCES: the mode of the map's device node forbids it
 *  * -EINVAL: @name can't be the name of a map
 */
int gomap_open(const char *name, int flags);

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
 * @fd: descriptor of the map, open in whatever mode
 * @info: filled in; @info->size must be sizeof(*@info) and @info->flags 0
 *	before the call
 *
 * Return: 0, or
 *  * -ENOTTY: @fd is not a map
 */
int gomap_get_info(int fd, struct gomap_info *info);

/**
 * gomap_len() - how many entries a map has
 * @fd: descriptor of the map, open in whatever mode
 * @len: set to the number, exact when no insert or delete is under way
 *
 * Return: 0, or
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
 *  * -E2BIG: @key_len or @value_len is over the maximum of any map
 *  * -ENOSPC: the map has max_entries entries
 *  * -ENOMEM: no memory
 *  * -EBADF: @fd is not open for writing
 */
int gomap_insert(int fd, const void *key, size_t key_len, const void *value,
		 size_t value_len, uint32_t flags);

/**
 * gomap_lookup() - get the value of a key
 * @fd: descriptor of the map, open for reading
 * @key: the key
 * @key_len: bytes at @key
 * @value: buffer for the value
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
 *  * -EBADF: @fd is not open for writing
 */
int gomap_delete(int fd, const void *key, size_t key_len);

#ifdef __cplusplus
}
#endif

#endif /* _GOMAP_H */
