/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ioctls by table: what of an argument can be checked without knowing what it
 * means is checked here, once, the same for all (uapi/linux/gomap.h, "General
 * ioctl format").
 */
#ifndef _GOMAP_IOCTL_H
#define _GOMAP_IOCTL_H

#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <uapi/linux/gomap.h>

union gomap_ioctl_args {
	struct {
		__u32 size;
		__u32 flags;
	} head;
	struct gomap_create_args create;
	struct gomap_remove_args remove;
	struct gomap_info info;
	struct gomap_op_args op;
	struct gomap_add_args add;
	struct gomap_scan_args scan;
	struct gomap_batch_args batch;
	struct gomap_map_args map;
	struct gomap_reopen_args reopen;
	u64 words[sizeof(struct gomap_op_args) / sizeof(u64)];
};

/* A call: our copy of the argument, and where it came from. */
struct gomap_call {
	struct file *file;
	void __user *user;
	union gomap_ioctl_args args;
};

struct gomap_ioctl {
	u32 size;
	/* Of the first version of the structure. */
	u32 min_size;
	/* Flags that the operation knows. */
	u32 flags;
	/* FMODE_READ, FMODE_WRITE, or 0 for any descriptor. */
	fmode_t mode;
	long (*run)(struct gomap_call *call);
};

#define GOMAP_IOCTL(_struct, _last, _flags, _mode, _run)	\
	{							\
		.size = sizeof(_struct) +			\
			BUILD_BUG_ON_ZERO(sizeof(_struct) >	\
					  sizeof(union gomap_ioctl_args)), \
		.min_size = offsetofend(_struct, _last),	\
		.flags = (_flags),				\
		.mode = (_mode),				\
		.run = (_run),					\
	}

/* Run the command's entry of @table, which is indexed by _IOC_NR(). */
long gomap_run_ioctl(const struct gomap_ioctl *table, unsigned int entries,
		     struct file *file, unsigned int cmd, unsigned long arg);

#endif /* _GOMAP_IOCTL_H */
