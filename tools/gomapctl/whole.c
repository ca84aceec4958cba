// SPDX-License-Identifier: GPL-2.0-only
/*
 * clear, freeze, reserve, shrink: what changes a map as a whole.
 */
#include <errno.h>
#include <fcntl.h>

#include "failure.h"
#include "gomapctl.h"
#include "map.h"

static int clear(struct map *map, int argc, char **argv)
{
	int err = gomap_clear(map->fd);

	(void)argc;
	(void)argv;
	return err ? fail_operation("clear", map, err) : EXIT_DONE;
}

int do_clear(int argc, char **argv)
{
	return map_run(argc, argv, O_WRONLY, clear);
}

static int freeze(struct map *map, int argc, char **argv)
{
	int err = gomap_freeze(map->fd);

	(void)argc;
	(void)argv;
	return err ? fail_operation("freeze", map, err) : EXIT_DONE;
}

int do_freeze(int argc, char **argv)
{
	return map_run(argc, argv, O_WRONLY, freeze);
}

static int make_room(struct map *map, int argc, char **argv)
{
	unsigned long long entries, max = map->info.max_entries;
	int err, status;

	(void)argc;
	status = parse_reserve(argv[0], &entries);
	if (status)
		return status;
	if (max && entries > max)
		return fail("reserve %llu is more than max %llu of map '%s'",
			    entries, max, map->name);
	err = gomap_reserve(map->fd, entries);
	return err ? fail_operation("reserve", map, err) : EXIT_DONE;
}

int do_reserve(int argc, char **argv)
{
	return map_run(argc, argv, O_WRONLY, make_room);
}

static int shrink(struct map *map, int argc, char **argv)
{
	int err = gomap_shrink(map->fd);

	(void)argc;
	(void)argv;
	return err ? fail_operation("shrink", map, err) : EXIT_DONE;
}

int do_shrink(int argc, char **argv)
{
	return map_run(argc, argv, O_WRONLY, shrink);
}
