/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A node: a map with what the devices know of it.
 *
 * Its references are held by descriptors, and by the device node while it has a
 * name. The last one gone destroys the map. A named node also holds the module.
 */
#ifndef _GOMAP_NODE_H
#define _GOMAP_NODE_H

#include <linux/device.h>
#include <linux/kref.h>
#include <linux/uidgid.h>
#include <linux/gomap.h>

struct gomap_user;

struct gomap_node {
	struct kref ref;
	/* Fixed before anyone else sees the node. */
	struct gomap *map;
	/* The user that it counts for, or NULL. */
	struct gomap_user *user;
	char name[GOMAP_NAME_LEN];
	char key_format[GOMAP_FORMAT_LEN];
	char value_format[GOMAP_FORMAT_LEN];
	/* Never used again. */
	u64 id;
	kuid_t creator;
	/* Of a node with a name. */
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	/* Files that are made in sysfs from now on are its owner's. Under names_lock. */
	bool owns_files;
	/* The name was taken away. Set once, under names_lock; read under none. */
	bool removed;
	struct device dev;
};

/* @args is checked here, its sizes by gomap_create(). */
struct gomap_node *gomap_node_create(const struct gomap_create_args *args);
void gomap_node_put(struct gomap_node *node);
/*
 * The node with the smallest ID above @id that the caller may see, with a
 * reference; NULL if there is none; or an ERR_PTR() of -EINTR.
 */
struct gomap_node *gomap_node_after(u64 id);

/* Give the node its name and device node, if it has a name; take it away. */
int gomap_node_publish(struct gomap_node *node);
int gomap_node_remove(const char *name);
/* Open of a device node. */
int gomap_node_open(struct inode *inode, struct file *file);

int gomap_nodes_init(void);
void gomap_nodes_exit(void);

/* file.c: an open file without a device node. It takes over a reference. */
struct file *gomap_node_file(struct gomap_node *node, int flags);
extern const struct file_operations gomap_file_operations;
/* sysfs.c */
extern const struct attribute_group *gomap_node_groups[];

#endif /* _GOMAP_NODE_H */
