/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of map descriptors, a function each, by file.
 */
#ifndef _GOMAP_MAP_IOCTL_H
#define _GOMAP_MAP_IOCTL_H

#include "../core/map.h"
#include "ioctl.h"
#include "node.h"

static inline struct gomap_node *gomap_node_of(const struct gomap_call *call)
{
	return call->file->private_data;
}

static inline struct gomap *gomap_map_of(const struct gomap_call *call)
{
	return gomap_node_of(call)->map;
}

/* one_key.c */
long gomap_ioctl_lookup(struct gomap_call *call);
long gomap_ioctl_insert(struct gomap_call *call);
long gomap_ioctl_delete(struct gomap_call *call);
long gomap_ioctl_swap(struct gomap_call *call);
long gomap_ioctl_take(struct gomap_call *call);
long gomap_ioctl_compare_exchange(struct gomap_call *call);
long gomap_ioctl_fetch_add(struct gomap_call *call);
/* scan.c */
long gomap_ioctl_scan(struct gomap_call *call);
/* batch.c */
long gomap_ioctl_batch(struct gomap_call *call);
/* whole.c */
long gomap_ioctl_info(struct gomap_call *call);
long gomap_ioctl_clear(struct gomap_call *call);
long gomap_ioctl_freeze(struct gomap_call *call);
long gomap_ioctl_reserve(struct gomap_call *call);
long gomap_ioctl_shrink(struct gomap_call *call);
void gomap_fill_info(const struct gomap_node *node, bool with_counts,
		     struct gomap_info *info);
/* Fill the caller's struct gomap_info. */
long gomap_return_info(const struct gomap_node *node, bool with_counts,
		       struct gomap_call *call);

#endif /* _GOMAP_MAP_IOCTL_H */
