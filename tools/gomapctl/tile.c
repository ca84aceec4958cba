// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tile.h"

/* Of a tile with more than one entry. */
#define MOST_BYTES (256 * 1024)

static bool has_records(const struct tile *tile)
{
	return tile->map->info.map_flags & (GOMAP_VAR_KEY | GOMAP_VAR_VALUE);
}

static bool alloc_records(struct tile *tile)
{
	const struct gomap_record largest = {
		.key_len = tile->map->key_type.size,
		.value_len = tile->map->value_type.size,
	};
	size_t size = gomap_record_size(&largest);

	if (size < MOST_BYTES)
		size = MOST_BYTES;
	tile->room = TILE_ENTRIES;
	tile->keys = malloc(size);
	gomap_records_init(&tile->records, tile->keys, size);
	return tile->keys;
}

static bool alloc_pairs(struct tile *tile)
{
	size_t key_size = tile->map->key_type.size;
	size_t value_size = tile->map->value_type.size;

	tile->room = MOST_BYTES / (key_size + value_size);
	if (!tile->room)
		tile->room = 1;
	if (tile->room > TILE_ENTRIES)
		tile->room = TILE_ENTRIES;
	tile->keys = malloc(tile->room * (key_size + value_size));
	if (tile->keys)
		tile->values = tile->keys + tile->room * key_size;
	return tile->keys;
}

bool tile_init(struct tile *tile, const struct map *map)
{
	tile->map = map;
	tile->nr = 0;
	return has_records(tile) ? alloc_records(tile) : alloc_pairs(tile);
}

void tile_free(struct tile *tile)
{
	free(tile->keys);
}

static void put(unsigned char *array, size_t nr, const struct datum *datum)
{
	if (datum->len)
		memcpy(array + nr * datum->len, datum->bytes, datum->len);
}

bool tile_add(struct tile *tile, unsigned long long line)
{
	const struct datum *key = &tile->map->key;
	const struct datum *value = &tile->map->value;

	if (tile->nr == tile->room)
		return false;
	if (!has_records(tile)) {
		put(tile->keys, tile->nr, key);
		put(tile->values, tile->nr, value);
	} else if (gomap_records_add(&tile->records, key->bytes, key->len,
				     value->bytes, value->len)) {
		return false;
	}
	tile->lines[tile->nr++] = line;
	return true;
}

void tile_clear(struct tile *tile)
{
	tile->nr = 0;
	gomap_records_init(&tile->records, tile->keys, tile->records.size);
}

/* All but the first @done. */
static int insert_rest(const struct tile *tile, size_t done, __u32 flags,
		       uint32_t *more)
{
	const struct map *map = tile->map;
	struct gomap_records rest;

	if (has_records(tile)) {
		rest = gomap_records_rest(&tile->records, done);
		return gomap_insert_records(map->fd, &rest, flags, NULL, more);
	}
	return gomap_insert_batch(map->fd,
				  tile->keys + done * map->key_type.size,
				  tile->values + done * map->value_type.size,
				  tile->nr - done, flags, NULL, more);
}

/*
 * New keys and keys that are there mostly come in runs: insert those of a kind
 * until there is one of the other.
 */
int tile_insert(struct tile *tile, size_t *done, size_t *replaced)
{
	__u32 flags = GOMAP_INSERT_NEW;
	uint32_t more;
	int err;

	*done = 0;
	*replaced = 0;
	do {
		err = insert_rest(tile, *done, flags, &more);
		*done += more;
		if (flags == GOMAP_INSERT_EXISTING)
			*replaced += more;
		if (err == -EEXIST)
			flags = GOMAP_INSERT_EXISTING;
		else if (err == -ENOENT)
			flags = GOMAP_INSERT_NEW;
		/* A program that is stopped and continued is interrupted. */
	} while (err == -EEXIST || err == -ENOENT || err == -EINTR);
	tile_clear(tile);
	return err;
}
