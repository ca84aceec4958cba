// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening a map, with its types and room for an entry.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"

bool map_is_set(const struct map *map)
{
	return type_is_none(&map->value_type);
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

int map_open(struct map *map, const char *name, int access)
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

void map_close(struct map *map)
{
	free(map->key.bytes);
	free(map->value.bytes);
	close(map->fd);
}

int map_run(int argc, char **argv, int access,
	    int (*run)(struct map *map, int argc, char **argv))
{
	struct map map;
	int status;

	status = map_open(&map, argv[0], access);
	if (status)
		return status;
	status = run(&map, argc - 1, argv + 1);
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
	if (type_parse(type, text, strlen(text), datum))
		return 0;
	return fail("%s", type_refusal(type, what, text));
}

int map_parse_key(struct map *map, const char *text)
{
	return parse_datum(&map->key_type, "key", text, &map->key);
}

int map_parse_value(struct map *map, const char *text, struct datum *value)
{
	return parse_datum(&map->value_type, "value", text, value);
}
