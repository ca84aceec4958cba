/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries that are inserted together: a call for each of them would cost more
 * than the map does.
 */
#ifndef _GOMAPCTL_TILE_H
#define _GOMAPCTL_TILE_H

#include "map.h"

#define TILE_ENTRIES 4096

/**
 * struct tile - entries on their way to a map
 * @map: where to
 * @room: how many there can be
 * @nr: how many there are
 * @keys: the keys, if the map has no records
 * @values: the values, likewise
 * @records: keys and values, if it has
 * @lines: for each the number of the line that it is from
 */
struct tile {
	const struct map *map;
	size_t room;
	size_t nr;
	unsigned char *keys;
	unsigned char *values;
	struct gomap_records records;
	unsigned long long lines[TILE_ENTRIES];
};

/* False if there is no memory. */
bool tile_init(struct tile *tile, const struct map *map);
void tile_free(struct tile *tile);

/* Add the map's key and value; false if the tile is full. One fits always. */
bool tile_add(struct tile *tile, unsigned long long line);

void tile_clear(struct tile *tile);

/*
 * Insert the entries up to the first that fails, and empty the tile. 0 or a
 * negative errno; *@done is how many were inserted, *@replaced how many of their
 * keys were there.
 */
int tile_insert(struct tile *tile, size_t *done, size_t *replaced);

#endif /* _GOMAPCTL_TILE_H */
