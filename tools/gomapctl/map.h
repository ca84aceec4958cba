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

/*
 * These return 0, or an exit status after saying what was wrong. @access is
 * O_RDONLY or O_WRONLY.
 */
int map_open(struct map *map, const char *name, int access);
int map_parse_key(struct map *map, const char *text);
int map_parse_value(struct map *map, const char *text);

void map_close(struct map *map);

/* Do its keys have no values? */
bool map_is_set(const struct map *map);

#endif /* _GOMAPCTL_MAP_H */
