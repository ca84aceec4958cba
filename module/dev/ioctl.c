// SPDX-License-Identifier: GPL-2.0-only
/*
 * See ioctl.h.
 */
#include <linux/ioctl.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>
#include "ioctl.h"

static long copy_args(const struct gomap_ioctl *ioctl, struct gomap_call *call)
{
	u32 size;
	int ret;

	if (get_user(size, (u32 __user *)call->user))
		return -EFAULT;
	if (size < ioctl->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&call->args, ioctl->size, call->user, size);
	if (ret)
		return ret;
	/* The size that was checked, not what it may have become since. */
	call->args.head.size = size;
	return 0;
}

long gomap_run_ioctl(const struct gomap_ioctl *table, unsigned int entries,
		     struct file *file, unsigned int cmd, unsigned long arg)
{
	struct gomap_call call = {
		.file = file,
		.user = (void __user *)arg,
	};
	unsigned int nr = _IOC_NR(cmd);
	const struct gomap_ioctl *ioctl;
	long ret;

	if (cmd != _IO(GOMAP_IOCTL_TYPE, nr) || nr >= entries)
		return -ENOTTY;
	ioctl = &table[array_index_nospec(nr, entries)];
	if (!ioctl->run)
		return -ENOTTY;
	ret = copy_args(ioctl, &call);
	if (ret)
		return ret;
	if (call.args.head.flags & ~ioctl->flags)
		return -EOPNOTSUPP;
	if ((file->f_mode & ioctl->mode) != ioctl->mode)
		return -EBADF;
	return ioctl->run(&call);
}
