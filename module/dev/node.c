// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes: their making, their names, and /dev/gomap/NAME. See node.h.
 */
#include <linux/capability.h>
#include <linux/cdev.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>
#include "../compat.h"
#include "../core/budget.h"
#include "access.h"
#include "node.h"
#include "user.h"

/* Both may be written in sysfs while we look. */
static unsigned int max_maps = 65536;
module_param(max_maps, uint, 0644);
MODULE_PARM_DESC(max_maps, "how many maps there may be (default 65536)");

static ulong max_map_entries;
module_param(max_map_entries, ulong, 0644);
MODULE_PARM_DESC(max_map_entries, "how many entries users' maps may have each (default 0: no limit)");

#define GOMAP_MINORS (MINORMASK + 1)

/*
 * A name takes so much that the kernel charges to no cgroup, for a node, a device,
 * files and links in sysfs, a place in the tables below: 4.6 KB on Debian's 6.12,
 * rounded up, as debugging options add to it.
 */
#define GOMAP_NAME_BYTES 6144

/* Held to give and take names. */
static DEFINE_MUTEX(names_lock);
/*
 * The nodes that have a name, by name, with zeros to its end: a map, charged to
 * nobody, as no name is there without a map that is. The driver core would look
 * at one device of the class after the other.
 */
static struct gomap *names;
/*
 * The nodes that have a name, by minor. Minors go round before one is used
 * again: an open() that was permitted for the node of a map that is gone by now
 * must not find another one's map. They begin at random, so that a node from an
 * earlier life of the module rarely leads to a map.
 */
static DEFINE_XARRAY_FLAGS(minors, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
static u32 next_minor;
static atomic_t nr_maps;
/* All nodes, by ID. */
static DEFINE_XARRAY_FLAGS(nodes, XA_FLAGS_ACCOUNT);
static atomic64_t last_id;

static dev_t first_dev;
static struct cdev *node_cdev;

/*
 * Our files in sysfs belong to whom the node belongs. Not so those of the driver
 * core: to write to "uevent" makes udev give the node the mode and owner that it
 * was made with, and root may have changed them since.
 */
static void node_ownership(gomap_device_const struct device *dev, kuid_t *uid,
			   kgid_t *gid)
{
	struct gomap_node *node = container_of(dev, struct gomap_node, dev);

	if (!node->owns_files) {
		*uid = GLOBAL_ROOT_UID;
		*gid = GLOBAL_ROOT_GID;
		return;
	}
	*uid = node->uid;
	*gid = node->gid;
}

static struct class gomap_class = {
	.name = "gomap",
	.get_ownership = node_ownership,
};

/* Arguments of create */

/* Zeros up to the end: what follows the first is nothing of ours to keep. */
static bool terminated(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	return len < size && !memchr_inv(text + len, 0, size - len);
}

/* Nothing that would be more than a word on a line of a terminal. */
static bool format_valid(const char *format)
{
	if (!terminated(format, GOMAP_FORMAT_LEN))
		return false;
	for (; *format; format++)
		if (!isascii(*format) || !isgraph(*format))
			return false;
	return true;
}

static bool name_valid(const char *name)
{
	if (*name == '.' || *name == '-')
		return false;
	for (; *name; name++)
		if (!isascii(*name) || !(isalnum(*name) || *name == '_' ||
					 *name == '-' || *name == '.'))
			return false;
	return true;
}

static int check_args(const struct gomap_create_args *args)
{
	if (args->__reserved ||
	    !terminated(args->name, sizeof(args->name)) ||
	    !format_valid(args->key_format) ||
	    !format_valid(args->value_format))
		return -EINVAL;
	if (!*args->name)
		return args->mode || args->uid || args->gid ? -EINVAL : 0;
	if (!name_valid(args->name) || !strcmp(args->name, "control") ||
	    args->mode & ~0777)
		return -EINVAL;
	return 0;
}

/* As chown() would: to oneself and one's groups, or with CAP_CHOWN. */
static int set_owner(struct gomap_node *node,
		     const struct gomap_create_args *args)
{
	node->uid = make_kuid(current_user_ns(), args->uid);
	node->gid = make_kgid(current_user_ns(), args->gid);
	if (!uid_valid(node->uid) || !gid_valid(node->gid))
		return -EINVAL;
	if ((!uid_eq(node->uid, current_fsuid()) || !in_group_p(node->gid)) &&
	    !capable(CAP_CHOWN))
		return -EPERM;
	node->mode = args->mode;
	return 0;
}

static struct gomap *create_map(const struct gomap_create_args *args,
				struct gomap_budget *budget)
{
	/* Read once: root may write the parameter meanwhile. */
	u64 limit = READ_ONCE(max_map_entries);
	const struct gomap_params params = {
		.flags = args->flags,
		.key_size = args->key_size,
		.value_size = args->value_size,
		.max_entries = args->max_entries ?:
			       min_t(u64, limit, GOMAP_MAX_ENTRIES_MAX),
		.max_bytes = args->max_bytes,
		.reserve = args->reserve,
		.account = true,
		.budget = budget,
	};

	if (limit && params.max_entries > limit)
		return ERR_PTR(-E2BIG);
	return gomap_create(&params);
}

/* Lifetime */

static bool count_map(void)
{
	/* The parameter may be written meanwhile: either value is good. */
	if ((unsigned int)atomic_inc_return(&nr_maps) <= READ_ONCE(max_maps))
		return true;
	atomic_dec(&nr_maps);
	return false;
}

static void uncount_map(void)
{
	if (atomic_dec_and_test(&nr_maps))
		wake_up_var(&nr_maps);
}

/* Of a node, without its map. */
static size_t node_bytes(const char *name)
{
	return kmalloc_size_roundup(sizeof(struct gomap_node)) +
	       (*name ? GOMAP_NAME_BYTES : 0);
}

static int charge_node(struct gomap_node *node)
{
	struct gomap_user *user = gomap_user_add_map();
	int ret;

	if (IS_ERR(user))
		return PTR_ERR(user);
	ret = gomap_budget_charge(gomap_user_budget(user),
				  node_bytes(node->name));
	if (ret) {
		gomap_user_remove_map(user);
		return ret;
	}
	node->user = user;
	return 0;
}

static int count_node(struct gomap_node *node)
{
	int ret;

	if (!count_map())
		return -ENOSPC;
	ret = charge_node(node);
	if (ret)
		uncount_map();
	return ret;
}

static void release_node(struct kref *ref)
{
	struct gomap_node *node = container_of(ref, struct gomap_node, ref);

	/* gomap_node_after() finds no node without a reference. */
	if (node->id)
		xa_erase(&nodes, node->id);
	if (node->map)
		gomap_destroy(node->map);
	gomap_budget_uncharge(gomap_user_budget(node->user),
			      node_bytes(node->name));
	gomap_user_remove_map(node->user);
	kfree(node);
	uncount_map();
}

void gomap_node_put(struct gomap_node *node)
{
	kref_put(&node->ref, release_node);
}

static int fill_node(struct gomap_node *node,
		     const struct gomap_create_args *args)
{
	int ret = 0;

	memcpy(node->key_format, args->key_format, sizeof(node->key_format));
	memcpy(node->value_format, args->value_format,
	       sizeof(node->value_format));
	if (*node->name)
		ret = set_owner(node, args);
	if (ret)
		return ret;
	node->map = create_map(args, gomap_user_budget(node->user));
	if (IS_ERR(node->map)) {
		ret = PTR_ERR(node->map);
		node->map = NULL;
	}
	return ret;
}

static int add_node(struct gomap_node *node)
{
	u64 id = atomic64_inc_return(&last_id);
	int ret;

	node->id = id;
	ret = xa_err(xa_store(&nodes, id, node, GFP_KERNEL_ACCOUNT));
	if (ret)
		node->id = 0;
	return ret;
}

struct gomap_node *gomap_node_create(const struct gomap_create_args *args)
{
	struct gomap_node *node;
	int ret;

	ret = check_args(args);
	if (ret)
		return ERR_PTR(ret);
	node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	if (!node)
		return ERR_PTR(-ENOMEM);
	memcpy(node->name, args->name, sizeof(node->name));
	ret = count_node(node);
	if (ret) {
		kfree(node);
		return ERR_PTR(ret);
	}
	kref_init(&node->ref);
	node->creator = current_fsuid();
	ret = fill_node(node, args) ?: add_node(node);
	if (ret) {
		gomap_node_put(node);
		return ERR_PTR(ret);
	}
	return node;
}

/* Step *@id to the next node. @found is that node if the caller may see it. */
static bool step_to_node(unsigned long *id, bool sees_all,
			 struct gomap_node **found)
{
	struct gomap_node *node;

	*found = NULL;
	xa_lock(&nodes);
	node = xa_find_after(&nodes, id, ULONG_MAX, XA_PRESENT);
	if (node && (sees_all || uid_eq(node->creator, current_fsuid())) &&
	    kref_get_unless_zero(&node->ref))
		*found = node;
	xa_unlock(&nodes);
	return node;
}

struct gomap_node *gomap_node_after(u64 id)
{
	bool sees_all = ns_capable_noaudit(&init_user_ns, CAP_DAC_READ_SEARCH);
	unsigned long index = id;
	struct gomap_node *node;

	/* At most as many turns as there are maps. */
	while (step_to_node(&index, sees_all, &node) && !node) {
		cond_resched();
		if (fatal_signal_pending(current))
			return ERR_PTR(-EINTR);
	}
	return node;
}

/* Names */

static char *node_devnode(gomap_device_const struct device *dev, umode_t *mode,
			  kuid_t *uid, kgid_t *gid)
{
	struct gomap_node *node = container_of(dev, struct gomap_node, dev);

	/*
	 * None is asked for when the node goes. A mode of 0 would be no
	 * opinion, but not with the type.
	 */
	if (mode)
		*mode = S_IFCHR | node->mode;
	if (uid)
		*uid = node->uid;
	if (gid)
		*gid = node->gid;
	/*
	 * Without a name from here the driver core would make the node outside
	 * of our directory, and leave that of a map that goes behind, and tell
	 * nobody.
	 */
	return kasprintf(GFP_KERNEL | __GFP_NOFAIL, "gomap/%s", node->name);
}

static void node_dev_release(struct device *dev)
{
	gomap_node_put(container_of(dev, struct gomap_node, dev));
}

static const struct device_type node_type = {
	.name = "gomap",
	.devnode = node_devnode,
	.release = node_dev_release,
};

/* From here on the device has a reference of the node. */
static int init_dev(struct gomap_node *node, u32 minor)
{
	kref_get(&node->ref);
	device_initialize(&node->dev);
	device_set_pm_not_required(&node->dev);
	node->dev.class = &gomap_class;
	node->dev.type = &node_type;
	node->dev.devt = MKDEV(MAJOR(first_dev), minor);
	return dev_set_name(&node->dev, "%s", node->name);
}

static int take_name(struct gomap_node *node)
{
	return gomap_insert(names, node->name, GOMAP_NAME_LEN, &node,
			    sizeof(node), GOMAP_INSERT_NEW, GFP_KERNEL);
}

static void give_name_back(struct gomap_node *node)
{
	gomap_delete(names, node->name, GOMAP_NAME_LEN);
}

static int add_files(struct gomap_node *node)
{
	node->owns_files = true;
	return sysfs_create_groups(&node->dev.kobj, gomap_node_groups);
}

/*
 * No event tells of it before all is there. The node can be seen earlier, and be
 * opened: then the map lives as long as that descriptor, whatever becomes of this.
 */
static int add_dev_and_files(struct gomap_node *node)
{
	int ret;

	dev_set_uevent_suppress(&node->dev, true);
	ret = device_add(&node->dev);
	if (ret)
		return ret;
	ret = add_files(node);
	if (ret) {
		device_del(&node->dev);
		return ret;
	}
	dev_set_uevent_suppress(&node->dev, false);
	kobject_uevent(&node->dev.kobj, KOBJ_ADD);
	return 0;
}

static int add_dev(struct gomap_node *node)
{
	u32 minor;
	int ret;

	ret = xa_alloc_cyclic(&minors, &minor, node,
			      XA_LIMIT(0, GOMAP_MINORS - 1), &next_minor,
			      GFP_KERNEL_ACCOUNT);
	/* 1 if they went round. */
	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;
	ret = init_dev(node, minor);
	if (!ret)
		ret = add_dev_and_files(node);
	if (ret) {
		xa_erase(&minors, minor);
		put_device(&node->dev);
	}
	return ret;
}

static int publish_locked(struct gomap_node *node)
{
	int ret;

	lockdep_assert_held(&names_lock);
	ret = take_name(node);
	if (ret)
		return ret;
	ret = add_dev(node);
	if (ret) {
		give_name_back(node);
		return ret;
	}
	/* A name is a reason for the module to stay, open or not. */
	__module_get(THIS_MODULE);
	return 0;
}

int gomap_node_publish(struct gomap_node *node)
{
	int ret;

	if (!*node->name)
		return 0;
	ret = mutex_lock_killable(&names_lock);
	if (ret)
		return ret;
	ret = publish_locked(node);
	mutex_unlock(&names_lock);
	return ret;
}

static int remove_locked(const char *name)
{
	struct gomap_node *node;
	size_t size = sizeof(node);
	int ret;

	lockdep_assert_held(&names_lock);
	ret = gomap_lookup(names, name, GOMAP_NAME_LEN, &node, &size);
	if (ret)
		return ret;
	if (!gomap_may_manage(node))
		return -EPERM;
	give_name_back(node);
	WRITE_ONCE(node->removed, true);
	xa_erase(&minors, MINOR(node->dev.devt));
	device_unregister(&node->dev);
	/* The control device that we are called through holds another. */
	module_put(THIS_MODULE);
	return 0;
}

int gomap_node_remove(const char *name)
{
	int ret;

	if (!terminated(name, GOMAP_NAME_LEN))
		return -EINVAL;
	ret = mutex_lock_killable(&names_lock);
	if (ret)
		return ret;
	ret = remove_locked(name);
	mutex_unlock(&names_lock);
	return ret;
}

int gomap_node_open(struct inode *inode, struct file *file)
{
	struct gomap_node *node;

	/* A node is erased before its device gives up its reference. */
	xa_lock(&minors);
	node = xa_load(&minors, iminor(inode));
	if (node)
		kref_get(&node->ref);
	xa_unlock(&minors);
	if (!node)
		return -ENXIO;
	if (!gomap_may_open(node, file->f_mode)) {
		gomap_node_put(node);
		return -EACCES;
	}
	file->private_data = node;
	return nonseekable_open(inode, file);
}

int gomap_nodes_init(void)
{
	const struct gomap_params params = {
		.key_size = GOMAP_NAME_LEN,
		.value_size = sizeof(struct gomap_node *),
	};
	int ret;

	next_minor = get_random_u32() % GOMAP_MINORS;
	names = gomap_create(&params);
	if (IS_ERR(names))
		return PTR_ERR(names);
	ret = class_register(&gomap_class);
	if (ret)
		goto err_destroy_names;
	ret = alloc_chrdev_region(&first_dev, 0, GOMAP_MINORS, "gomap");
	if (ret)
		goto err_unregister_class;
	node_cdev = cdev_alloc();
	if (!node_cdev) {
		ret = -ENOMEM;
		goto err_unregister_region;
	}
	node_cdev->ops = &gomap_file_operations;
	node_cdev->owner = THIS_MODULE;
	ret = cdev_add(node_cdev, first_dev, GOMAP_MINORS);
	if (ret)
		goto err_put_cdev;
	return 0;

err_put_cdev:
	kobject_put(&node_cdev->kobj);
err_unregister_region:
	unregister_chrdev_region(first_dev, GOMAP_MINORS);
err_unregister_class:
	class_unregister(&gomap_class);
err_destroy_names:
	gomap_destroy(names);
	return ret;
}

void gomap_nodes_exit(void)
{
	cdev_del(node_cdev);
	unregister_chrdev_region(first_dev, GOMAP_MINORS);
	/* The driver core may hold on to a device after its name is gone. */
	wait_var_event(&nr_maps, !atomic_read(&nr_maps));
	/* The task that woke us may still be in uncount_map(). */
	synchronize_rcu_tasks();
	class_unregister(&gomap_class);
	gomap_destroy(names);
	xa_destroy(&minors);
}
