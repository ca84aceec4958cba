/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rights on a map: to open it, to manage it, to see its counts.
 */
#ifndef _GOMAP_ACCESS_H
#define _GOMAP_ACCESS_H

#include <linux/types.h>

struct file;
struct gomap_node;

/* May the caller open the map of @node with this mode? */
bool gomap_may_open(const struct gomap_node *node, fmode_t mode);
/* Is the caller the maker of @node, or as good? */
bool gomap_may_manage(const struct gomap_node *node);
/* Likewise through a descriptor of the map. */
bool gomap_may_manage_by(const struct file *file);
/* Does the descriptor tell how many entries and buckets there are? */
bool gomap_may_count(const struct file *file);

#endif /* _GOMAP_ACCESS_H */
