// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/gomap/control: maps are made and removed here.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include "control.h"
#include "map_ioctl.h"

/* All that can fail is done before the descriptor is installed. */
static long ioctl_create(struct gomap_call *call)
{
	struct gomap_node *node;
	struct file *file;
	int fd, ret;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	node = gomap_node_create(&call->args.create);
	if (IS_ERR(node)) {
		ret = PTR_ERR(node);
		goto err_put_fd;
	}
	file = gomap_node_file(node, O_RDWR);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto err_put_fd;
	}
	ret = gomap_node_publish(node);
	if (ret)
		goto err_put_file;
	fd_install(fd, file);
	return fd;

err_put_file:
	fput(file);
err_put_fd:
	put_unused_fd(fd);
	return ret;
}

static long ioctl_remove(struct gomap_call *call)
{
	return gomap_node_remove(call->args.remove.name);
}

static long ioctl_next(struct gomap_call *call)
{
	struct gomap_node *node = gomap_node_after(call->args.info.id);
	long ret;

	if (!node)
		return -ENOENT;
	if (IS_ERR(node))
		return PTR_ERR(node);
	ret = gomap_return_info(node, true, call);
	gomap_node_put(node);
	return ret;
}

static const struct gomap_ioctl control_ioctls[] = {
	[GOMAP_CMD_CREATE] = GOMAP_IOCTL(struct gomap_create_args, value_format,
					 GOMAP_VAR_KEY | GOMAP_VAR_VALUE,
					 FMODE_WRITE, ioctl_create),
	[GOMAP_CMD_REMOVE] = GOMAP_IOCTL(struct gomap_remove_args, name, 0,
					 FMODE_WRITE, ioctl_remove),
	[GOMAP_CMD_NEXT] = GOMAP_IOCTL(struct gomap_info, id, 0, FMODE_READ,
				       ioctl_next),
};

static long control_ioctl(struct file *file, unsigned int cmd,
			  unsigned long arg)
{
	return gomap_run_ioctl(control_ioctls, ARRAY_SIZE(control_ioctls), file,
			       cmd, arg);
}

static const struct file_operations control_operations = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice control = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "gomap_control",
	.nodename = "gomap/control",
	.mode = 0600,
	.fops = &control_operations,
};

int gomap_control_init(void)
{
	return misc_register(&control);
}

void gomap_control_exit(void)
{
	misc_deregister(&control);
}
