// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ioctls on a map as a whole.
 */
#include <linux/cred.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "access.h"
#include "map_ioctl.h"

static void fill_counts(struct gomap_info *info, const struct gomap_stats *stats)
{
	info->state |= GOMAP_STATE_COUNTED;
	info->state |= stats->growing ? GOMAP_STATE_GROWING : 0;
	info->entries = stats->entries;
	info->buckets = stats->buckets;
	info->overflow_buckets = stats->overflow_buckets;
	info->bytes = stats->bytes;
	info->longest_chain = stats->longest_chain;
	info->long_chains = stats->long_chains;
}

void gomap_fill_info(const struct gomap_node *node, bool with_counts,
		     struct gomap_info *info)
{
	const struct gomap *map = node->map;
	struct gomap_stats stats;
	u32 size = info->size;

	gomap_stats(node->map, &stats);
	memset(info, 0, sizeof(*info));
	info->size = size;
	info->map_flags = map->flags;
	info->state = (stats.frozen ? GOMAP_STATE_FROZEN : 0) |
		      (READ_ONCE(node->removed) ? GOMAP_STATE_REMOVED : 0);
	info->key_size = map->key_size;
	info->value_size = map->value_size;
	info->max_entries = map->max_entries;
	info->max_bytes = map->max_bytes;
	info->reserve = stats.reserve;
	if (with_counts)
		fill_counts(info, &stats);
	info->maker = from_kuid_munged(current_user_ns(), node->creator);
	info->id = node->id;
	memcpy(info->name, node->name, sizeof(info->name));
	memcpy(info->key_format, node->key_format, sizeof(info->key_format));
	memcpy(info->value_format, node->value_format,
	       sizeof(info->value_format));
}

long gomap_return_info(const struct gomap_node *node, bool with_counts,
		       struct gomap_call *call)
{
	struct gomap_info *info = &call->args.info;

	info->size = min_t(u32, info->size, sizeof(*info));
	gomap_fill_info(node, with_counts, info);
	return copy_to_user(call->user, info, info->size) ? -EFAULT : 0;
}

long gomap_ioctl_info(struct gomap_call *call)
{
	return gomap_return_info(gomap_node_of(call),
				 gomap_may_count(call->file), call);
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
	if (!gomap_may_manage_by(call->file))
		return -EACCES;
	gomap_freeze(gomap_map_of(call));
	return 0;
}

long gomap_ioctl_reserve(struct gomap_call *call)
{
	if (!gomap_may_manage_by(call->file))
		return -EACCES;
	return gomap_reserve(gomap_map_of(call), call->args.map.entries);
}

long gomap_ioctl_shrink(struct gomap_call *call)
{
	if (call->args.map.entries)
		return -EINVAL;
	if (!gomap_may_manage_by(call->file))
		return -EACCES;
	return gomap_shrink(gomap_map_of(call));
}
