/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A map that a command works on.
 */
#ifndef _GOMAPCTL_MAP_H
#define _GOMAPCTL_MAP_H

#include <gomap.h>

#include "types.h"

/**
 * struct map - an open map
 * @name: its name
 * @fd: its descriptor
 * @info: as it was when it was opened
 * @key_type: type of its keys
 * @value_type: type of its values
 * @key: room for any key of it
 * @value: room for any value of it
 */
struct map {
	const char *name;
	int fd;
	struct gomap_info info;
	struct type key_type;
	struct type value_type;
	struct datum key;
	struct datum value;
};

/* What the map of that name is: 0 or a negative errno. */
int map_info(const char *name, struct gomap_info *info);

/* These return 0, or an exit status after saying what was wrong. */
int map_parse_key(struct map *map, const char *text);
int map_parse_value(struct map *map, const char *text, struct datum *value);

/*
 * A command on an open map: @run gets the arguments after the map's name, and
 * its exit status is returned. @access is O_RDONLY, O_WRONLY or O_RDWR.
 */
int map_run(int argc, char **argv, int access,
	    int (*run)(struct map *map, int argc, char **argv));

/*
 * Whether maps stay open for the commands that follow; if not, close those that
 * are. Of each it is looked once after every call whether its name still leads
 * to it.
 */
void map_keep(bool keep);
/* Keep that one no more: it is removed, or made anew. */
void map_drop(const char *name);

/* Room for another value of the map; its bytes are to be freed. */
int map_alloc_value(const struct map *map, struct datum *value);

/* Do its keys have no values? */
bool map_is_set(const struct map *map);

#endif /* _GOMAPCTL_MAP_H */
