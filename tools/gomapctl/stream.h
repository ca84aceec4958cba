/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys from standard input, one a line, and an answer for each.
 */
#ifndef _GOMAPCTL_STREAM_H
#define _GOMAPCTL_STREAM_H

#include "map.h"

/* Stands for the keys in standard input; the key itself is written \x2d. */
bool is_stream(const char *key);

/* All of these return an exit status. */
int stream_lookup(struct map *map);
int stream_delete(struct map *map);
/* @number is for lines that have none. */
int stream_add(struct map *map, const char *number);

#endif /* _GOMAPCTL_STREAM_H */
