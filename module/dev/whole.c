// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ioctls on a map as a whole.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "map_ioctl.h"

void gomap_fill_info(const struct gomap_node *node, struct gomap_info *info)
{
	const struct gomap *map = node->map;
	struct gomap_stats stats;

	gomap_stats(node->map, &stats);
	info->map_flags = map->flags;
	info->state = (stats.growing ? GOMAP_STATE_GROWING : 0) |
		      (stats.frozen ? GOMAP_STATE_FROZEN : 0);
	info->key_size = map->key_size;
	info->value_size = map->value_size;
	info->max_entries = map->max_entries;
	info->max_bytes = map->max_bytes;
	info->reserve = stats.reserve;
	info->entries = stats.entries;
	info->buckets = stats.buckets;
	info->overflow_buckets = stats.overflow_buckets;
	info->bytes = stats.bytes;
	info->longest_chain = stats.longest_chain;
	info->__reserved = 0;
	memcpy(info->name, node->name, sizeof(info->name));
	memcpy(info->key_format, node->key_format, sizeof(info->key_format));
	memcpy(info->value_format, node->value_format,
	       sizeof(info->value_format));
	info->long_chains = stats.long_chains;
}

long gomap_ioctl_info(struct gomap_call *call)
{
	struct gomap_info *info = &call->args.info;
	size_t len = min_t(size_t, info->size, sizeof(*info));

	gomap_fill_info(gomap_node_of(call), info);
	return copy_to_user(call->user, info, len) ? -EFAULT : 0;
}

long gomap_ioctl_clear(struct gomap_call *call)
{
	if (call->args.map.entries)
		return -EINVAL;
	return gomap_clear(gomap_map_of(call));
}

long gomap_ioctl_freeze(struct gomap_call *call)
{
	if (call->args.map.entries)
		return -EINVAL;
	gomap_freeze(gomap_map_of(call));
	return 0;
}

long gomap_ioctl_reserve(struct gomap_call *call)
{
	return gomap_reserve(gomap_map_of(call), call->args.map.entries);
}

long gomap_ioctl_shrink(struct gomap_call *call)
{
	if (call->args.map.entries)
		return -EINVAL;
	return gomap_shrink(gomap_map_of(call));
}
