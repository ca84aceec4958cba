// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ioctl: scan. Entries go to user memory a tile at a time, so that neither the
 * caller's buffer nor the map decide how much is allocated.
 */
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include "buffer.h"
#include "map_ioctl.h"

#define GOMAP_SCAN_TILE 16384

/* An entry may be larger than a tile: then the tile has to be its size. */
static int enlarge_tile(struct gomap_scan *scan, size_t size)
{
	kvfree(scan->buffer);
	scan->size = 0;
	scan->buffer = gomap_buffer_memory(size);
	if (!scan->buffer)
		return -ENOMEM;
	scan->size = size;
	return 0;
}

/* Fill the tile, with no more than @room bytes, if only with one entry. */
static int fill_tile(struct gomap *map, struct gomap_scan *scan, size_t room)
{
	size_t size = scan->size;
	int ret;

	scan->size = min(size, room);
	ret = gomap_scan(map, scan);
	scan->size = size;
	/* The entry may become larger between two looks at it. */
	while (ret == -EMSGSIZE && scan->used <= room) {
		ret = enlarge_tile(scan, scan->used);
		if (!ret)
			ret = gomap_scan(map, scan);
	}
	return ret;
}

/* One tile to user memory. The cursor goes on only if it got there. */
static int scan_tile(struct gomap *map, struct gomap_scan *scan,
		     struct gomap_scan_args *args)
{
	struct gomap_cursor cursor = scan->cursor;
	u64 to = args->buffer + args->used;
	int ret;

	ret = fill_tile(map, scan, args->buffer_size - args->used);
	if (!ret && copy_to_user(u64_to_user_ptr(to), scan->buffer, scan->used))
		ret = -EFAULT;
	if (ret) {
		scan->cursor = cursor;
		scan->done = false;
		return ret;
	}
	args->used += scan->used;
	args->count += scan->count;
	return 0;
}

static int scan_tiles(struct gomap *map, struct gomap_scan *scan,
		      struct gomap_scan_args *args)
{
	int ret;

	do {
		ret = scan_tile(map, scan, args);
		cond_resched();
		if (!ret && !scan->done && signal_pending(current))
			ret = -EINTR;
	} while (!ret && !scan->done);
	/* What there is room for was delivered; the rest is for the next call. */
	if (ret && args->count)
		return 0;
	if (ret == -EMSGSIZE)
		args->used = scan->used;
	return ret;
}

long gomap_ioctl_scan(struct gomap_call *call)
{
	struct gomap_scan_args *args = &call->args.scan;
	struct gomap_scan scan = {
		.cursor = { args->cursor[0], args->cursor[1] },
		.shard = args->shard,
		.shards = args->shards,
	};
	int ret;

	args->count = 0;
	args->used = 0;
	ret = enlarge_tile(&scan, clamp_t(size_t, args->buffer_size, 1,
					  GOMAP_SCAN_TILE));
	if (ret)
		return ret;
	ret = scan_tiles(gomap_map_of(call), &scan, args);
	kvfree(scan.buffer);
	args->done = scan.done;
	args->cursor[0] = scan.cursor.position;
	args->cursor[1] = scan.cursor.tie;
	if (copy_to_user(call->user, args,
			 min_t(size_t, args->size, sizeof(*args))))
		return -EFAULT;
	return ret;
}
