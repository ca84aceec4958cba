// SPDX-License-Identifier: GPL-2.0-only
/*
 * See ioctl.h.
 */
#include <linux/build_bug.h>
#include <linux/ioctl.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>
#include "../compat.h"
#include "buffer.h"
#include "ioctl.h"

/* The structure of a caller that is older than this module, or newer. */
static noinline int copy_other_version(const struct gomap_ioctl *ioctl,
				       struct gomap_call *call, u32 size)
{
	int ret;

	if (size < ioctl->min_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&call->args, ioctl->size, call->user, size);
	/* The size that was checked, not what it may have become since. */
	call->args.head.size = size;
	return ret;
}

/*
 * The structure that operations on one key have, in half the instructions of
 * copy_from_user().
 */
static bool copy_op_args(struct gomap_call *call)
{
	const u64 __user *from = call->user;
	u64 *to = call->args.words;

	BUILD_BUG_ON(sizeof(struct gomap_op_args) != 6 * sizeof(u64));
	if (!user_read_access_begin(from, sizeof(struct gomap_op_args)))
		return false;
	unsafe_get_user(to[0], &from[0], fault);
	unsafe_get_user(to[1], &from[1], fault);
	unsafe_get_user(to[2], &from[2], fault);
	unsafe_get_user(to[3], &from[3], fault);
	unsafe_get_user(to[4], &from[4], fault);
	unsafe_get_user(to[5], &from[5], fault);
	user_read_access_end();
	return true;
fault:
	user_read_access_end();
	return false;
}

static int copy_args(const struct gomap_ioctl *ioctl, struct gomap_call *call)
{
	u32 size;
	bool copied;

	if (get_user(size, (u32 __user *)call->user))
		return -EFAULT;
	if (unlikely(size != ioctl->size))
		return copy_other_version(ioctl, call, size);
	if (gomap_is_word(8) && size == sizeof(struct gomap_op_args))
		copied = copy_op_args(call);
	else
		copied = !copy_from_user(&call->args, call->user, size);
	call->args.head.size = size;
	return copied ? 0 : -EFAULT;
}

long gomap_run_ioctl(const struct gomap_ioctl *table, unsigned int entries,
		     struct file *file, unsigned int cmd, unsigned long arg)
{
	/* An operation reads no more of it than its own structure. */
	struct gomap_call call __uninitialized;
	unsigned int nr = _IOC_NR(cmd);
	const struct gomap_ioctl *ioctl;
	int ret;

	if (cmd != _IO(GOMAP_IOCTL_TYPE, nr) || nr >= entries)
		return -ENOTTY;
	ioctl = &table[array_index_nospec(nr, entries)];
	if (!ioctl->run)
		return -ENOTTY;
	call.file = file;
	call.user = (void __user *)arg;
	ret = copy_args(ioctl, &call);
	if (ret)
		return ret;
	if (call.args.head.flags & ~ioctl->flags)
		return -EOPNOTSUPP;
	if ((file->f_mode & ioctl->mode) != ioctl->mode)
		return -EBADF;
	return ioctl->run(&call);
}
