// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening a map, with its types and room for an entry.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"

#define GOMAP_DEV_DIR "/dev/gomap/"

bool map_is_set(const struct map *map)
{
	return type_is_none(&map->value_type);
}

/* Info needs no permission of its own: a map open for writing will do. */
static int open_for_info(const char *name)
{
	int fd = gomap_open(name, O_RDONLY);

	return fd == -EACCES ? gomap_open(name, O_WRONLY) : fd;
}

int map_info(const char *name, struct gomap_info *info)
{
	int err, fd;

	fd = open_for_info(name);
	if (fd < 0)
		return fd;
	*info = (struct gomap_info){ .size = sizeof(*info) };
	err = gomap_get_info(fd, info);
	close(fd);
	return err;
}

static int alloc_datum(struct datum *datum, size_t size)
{
	datum->len = 0;
	datum->bytes = size ? malloc(size) : NULL;
	return !size || datum->bytes ? 0 : -ENOMEM;
}

static int map_init(struct map *map)
{
	struct gomap_info *info = &map->info;
	int err;

	err = gomap_get_info(map->fd, info);
	if (err)
		return err;
	type_from_format(&map->key_type, info->key_format, info->key_size,
			 info->map_flags & GOMAP_VAR_KEY);
	type_from_format(&map->value_type, info->value_format,
			 info->value_size, info->map_flags & GOMAP_VAR_VALUE);

	err = alloc_datum(&map->key, info->key_size);
	if (!err)
		err = alloc_datum(&map->value, info->value_size);
	return err;
}

static void map_close(struct map *map)
{
	free(map->key.bytes);
	free(map->value.bytes);
	close(map->fd);
}

static int map_open(struct map *map, const char *name, int access)
{
	int err;

	*map = (struct map){ .name = name, .info.size = sizeof(map->info) };
	map->fd = gomap_open(name, access);
	if (map->fd < 0)
		return fail_open(name, map->fd);

	err = map_init(map);
	if (!err)
		return 0;
	map_close(map);
	return fail_open(name, err);
}

/* A map that stays open for the commands that follow. */
struct kept {
	struct map map;
	int access;
	struct stat node;
	/* Its name has led to it since map_keep(). */
	bool checked;
};

static bool keeping;
static struct kept kept[16];
static size_t nr_kept;

void map_keep(bool keep)
{
	size_t i;

	keeping = keep;
	while (!keep && nr_kept)
		map_close(&kept[--nr_kept].map);
	for (i = 0; i < nr_kept; i++)
		kept[i].checked = false;
}

static void drop(size_t i)
{
	map_close(&kept[i].map);
	memmove(&kept[i], &kept[i + 1], (--nr_kept - i) * sizeof(kept[0]));
}

void map_drop(const char *name)
{
	size_t i = nr_kept;

	while (i--)
		if (!strcmp(kept[i].map.info.name, name))
			drop(i);
}

/* Is it still what its name leads to, with the same permissions? */
static bool is_current(const struct kept *kept)
{
	char path[sizeof(GOMAP_DEV_DIR) + GOMAP_NAME_LEN];
	const struct stat *old = &kept->node;
	struct stat now;

	snprintf(path, sizeof(path), GOMAP_DEV_DIR "%s", kept->map.info.name);
	return !stat(path, &now) && now.st_dev == old->st_dev &&
	       now.st_ino == old->st_ino &&
	       now.st_ctim.tv_sec == old->st_ctim.tv_sec &&
	       now.st_ctim.tv_nsec == old->st_ctim.tv_nsec;
}

static struct map *find_kept(const char *name, int access)
{
	size_t i;

	for (i = 0; i < nr_kept; i++)
		if (kept[i].access == access &&
		    !strcmp(kept[i].map.info.name, name))
			break;
	if (i == nr_kept)
		return NULL;
	if (!kept[i].checked && !is_current(&kept[i])) {
		drop(i);
		return NULL;
	}
	kept[i].checked = true;
	kept[i].map.name = name;
	return &kept[i].map;
}

/* It takes the map over. The one that was kept first makes room. */
static void keep(const struct map *map, int access)
{
	struct kept new = {
		.map = *map,
		.access = access,
		.checked = true,
	};

	if (fstat(map->fd, &new.node)) {
		map_close(&new.map);
		return;
	}
	if (nr_kept == ARRAY_SIZE(kept))
		drop(0);
	kept[nr_kept++] = new;
}

int map_run(int argc, char **argv, int access,
	    int (*run)(struct map *map, int argc, char **argv))
{
	struct map *old, map;
	int status;

	old = find_kept(argv[0], access);
	if (old)
		return run(old, argc - 1, argv + 1);
	status = map_open(&map, argv[0], access);
	if (status)
		return status;
	status = run(&map, argc - 1, argv + 1);
	if (keeping)
		keep(&map, access);
	else
		map_close(&map);
	return status;
}

int map_alloc_value(const struct map *map, struct datum *value)
{
	if (!alloc_datum(value, map->value_type.size))
		return 0;
	return fail("no memory for another value of map '%s'", map->name);
}

static int parse_datum(const struct type *type, const char *what,
		       const char *text, struct datum *datum)
{
	size_t len = strlen(text);

	if (type_parse(type, text, len, datum))
		return 0;
	return fail("%s", type_refusal(type, what, text, len));
}

int map_parse_key(struct map *map, const char *text)
{
	return parse_datum(&map->key_type, "key", text, &map->key);
}

int map_parse_value(struct map *map, const char *text, struct datum *value)
{
	return parse_datum(&map->value_type, "value", text, value);
}
