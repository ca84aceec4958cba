// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/gomap/NAME: what a map is like, one number or word a file, for
 * those who may read the map.
 */
#include <linux/device.h>
#include <linux/sysfs.h>
#include "../core/map.h"
#include "node.h"

#define GOMAP_NODE_ATTR(_member, _name, _format)			\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct gomap_node *node = container_of(dev, struct gomap_node,	\
					       dev);			\
									\
	return sysfs_emit(buf, _format "\n", node->_member);	\
}									\
static DEVICE_ATTR_RO(_name)

#define GOMAP_STATS_ATTR(_name, _format)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct gomap_node *node = container_of(dev, struct gomap_node,	\
					       dev);			\
	struct gomap_stats stats;					\
									\
	gomap_stats(node->map, &stats);					\
	return sysfs_emit(buf, _format "\n", stats._name);		\
}									\
static DEVICE_ATTR_RO(_name)

GOMAP_NODE_ATTR(map->key_size, key_size, "%u");
GOMAP_NODE_ATTR(map->value_size, value_size, "%u");
GOMAP_NODE_ATTR(map->max_entries, max_entries, "%llu");
GOMAP_NODE_ATTR(map->max_bytes, max_bytes, "%lu");
GOMAP_NODE_ATTR(key_format, key_format, "%s");
GOMAP_NODE_ATTR(value_format, value_format, "%s");
GOMAP_STATS_ATTR(entries, "%llu");
GOMAP_STATS_ATTR(buckets, "%llu");
GOMAP_STATS_ATTR(overflow_buckets, "%llu");
GOMAP_STATS_ATTR(bytes, "%llu");
GOMAP_STATS_ATTR(reserve, "%llu");
GOMAP_STATS_ATTR(longest_chain, "%u");
GOMAP_STATS_ATTR(long_chains, "%llu");
GOMAP_STATS_ATTR(growing, "%d");
GOMAP_STATS_ATTR(frozen, "%d");

static struct attribute *gomap_node_attrs[] = {
	&dev_attr_key_size.attr,
	&dev_attr_value_size.attr,
	&dev_attr_key_format.attr,
	&dev_attr_value_format.attr,
	&dev_attr_max_entries.attr,
	&dev_attr_max_bytes.attr,
	&dev_attr_reserve.attr,
	&dev_attr_entries.attr,
	&dev_attr_buckets.attr,
	&dev_attr_overflow_buckets.attr,
	&dev_attr_bytes.attr,
	&dev_attr_longest_chain.attr,
	&dev_attr_long_chains.attr,
	&dev_attr_growing.attr,
	&dev_attr_frozen.attr,
	NULL
};

static umode_t visible_mode(struct kobject *kobj, struct attribute *attr,
			    int index)
{
	struct gomap_node *node = container_of(kobj_to_dev(kobj),
					       struct gomap_node, dev);

	return attr->mode & node->mode;
}

static const struct attribute_group gomap_node_group = {
	.attrs = gomap_node_attrs,
	.is_visible = visible_mode,
};

const struct attribute_group *gomap_node_groups[] = {
	&gomap_node_group,
	NULL
};
