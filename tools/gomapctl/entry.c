// SPDX-License-Identifier: GPL-2.0-only
/*
 * insert, lookup, delete: one entry of a map.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"
#include "output.h"
#include "stream.h"

static bool parse_condition(const char *word, __u32 *flags)
{
	if (!strcmp(word, "new"))
		*flags = GOMAP_INSERT_NEW;
	else if (!strcmp(word, "existing"))
		*flags = GOMAP_INSERT_EXISTING;
	else
		return false;
	return true;
}

/* What follows the map's name: KEY, VALUE unless it is a set, a condition. */
static int parse_insert(struct map *map, int argc, char **argv, __u32 *flags)
{
	int words = map_is_set(map) ? 1 : 2;
	int status;

	if (argc < words)
		return fail("map '%s' needs a VALUE with the key, of type %s",
			    map->name, map->value_type.name);
	if (argc > words && !parse_condition(argv[words], flags))
		return fail("'%s' is neither 'new' nor 'existing'%s",
			    argv[words],
			    map_is_set(map) ? ", and a set takes no VALUE" : "");
	if (argc > words + 1)
		return fail_usage();

	status = map_parse_key(map, argv[0]);
	if (!status && !map_is_set(map))
		status = map_parse_value(map, argv[1], &map->value);
	return status;
}

static int insert(struct map *map, int argc, char **argv)
{
	__u32 flags = 0;
	int err, status;

	status = parse_insert(map, argc, argv, &flags);
	if (status)
		return status;

	err = gomap_insert(map->fd, map->key.bytes, map->key.len,
			   map->value.bytes, map->value.len, flags);
	if (err == -EEXIST || err == -ENOENT)
		return EXIT_NO;
	return err ? fail_operation("insert", map, err) : EXIT_DONE;
}

int do_insert(int argc, char **argv)
{
	return map_run(argc, argv, O_WRONLY, insert);
}

static int lookup(struct map *map, int argc, char **argv)
{
	int err, status;

	(void)argc;
	if (is_stream(argv[0]))
		return stream_lookup(map);
	status = map_parse_key(map, argv[0]);
	if (status)
		return status;

	map->value.len = map->value_type.size;
	err = gomap_lookup(map->fd, map->key.bytes, map->key.len,
			   map->value.bytes, &map->value.len);
	if (err == -ENOENT)
		return EXIT_NO;
	if (err)
		return fail_operation("look up", map, err);
	output_datum(&map->value_type, &map->value);
	return EXIT_DONE;
}

int do_lookup(int argc, char **argv)
{
	return map_run(argc, argv, O_RDONLY, lookup);
}

static int delete_key(struct map *map)
{
	int err = gomap_delete(map->fd, map->key.bytes, map->key.len);

	if (err == -ENOENT)
		return EXIT_NO;
	return err ? fail_operation("delete", map, err) : EXIT_DONE;
}

static int delete_equal(struct map *map, const char *value)
{
	int err, status;

	if (map_is_set(map))
		return fail_no_values(map);
	status = map_parse_value(map, value, &map->value);
	if (status)
		return status;

	err = gomap_delete_equal(map->fd, map->key.bytes, map->key.len,
				 map->value.bytes, map->value.len);
	if (err == -ENOENT || err == -ECANCELED)
		return EXIT_NO;
	return err ? fail_operation("delete", map, err) : EXIT_DONE;
}

static int delete(struct map *map, int argc, char **argv)
{
	int status;

	if (argc == 2 || (argc == 3 && strcmp(argv[1], "if")))
		return fail_usage();
	if (is_stream(argv[0]) && argc == 3)
		return fail("'if' needs a KEY of its own, and '-' stands for many");
	if (is_stream(argv[0]))
		return stream_delete(map);

	status = map_parse_key(map, argv[0]);
	if (status)
		return status;
	return argc == 1 ? delete_key(map) : delete_equal(map, argv[2]);
}

int do_delete(int argc, char **argv)
{
	return map_run(argc, argv, O_WRONLY, delete);
}
