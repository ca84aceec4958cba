// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of maps: which ioctls they have, and what /proc tells of them.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include "access.h"
#include "map_ioctl.h"

#define GOMAP_INSERT_FLAGS (GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING)
#define GOMAP_OP(_flags, _mode, _run) \
	GOMAP_IOCTL(struct gomap_op_args, __reserved, _flags, _mode, _run)
#define GOMAP_WHOLE(_run) \
	GOMAP_IOCTL(struct gomap_map_args, entries, 0, FMODE_WRITE, _run)
#define FMODE_BOTH (FMODE_READ | FMODE_WRITE)

struct file *gomap_node_file(struct gomap_node *node, int flags)
{
	struct file *file = anon_inode_getfile("[gomap]", &gomap_file_operations,
					       node, flags | O_CLOEXEC);

	if (IS_ERR(file))
		gomap_node_put(node);
	return file;
}

static long ioctl_reopen(struct gomap_call *call)
{
	u32 mode = call->args.reopen.mode;
	struct file *file;
	int fd;

	/* O_RDWR is the right to manage the map (access.c): use dup(). */
	if ((mode != O_RDONLY && mode != O_WRONLY) ||
	    call->args.reopen.__reserved)
		return -EINVAL;
	if (!(call->file->f_mode & OPEN_FMODE(mode)))
		return -EBADF;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	kref_get(&gomap_node_of(call)->ref);
	file = gomap_node_file(gomap_node_of(call), mode);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static const struct gomap_ioctl map_ioctls[] = {
	[GOMAP_CMD_INFO] = GOMAP_IOCTL(struct gomap_info, id, 0, 0,
				       gomap_ioctl_info),
	[GOMAP_CMD_LOOKUP] = GOMAP_OP(0, FMODE_READ, gomap_ioctl_lookup),
	[GOMAP_CMD_INSERT] = GOMAP_OP(GOMAP_INSERT_FLAGS, FMODE_WRITE,
				      gomap_ioctl_insert),
	[GOMAP_CMD_DELETE] = GOMAP_OP(GOMAP_DELETE_EQUAL, FMODE_WRITE,
				      gomap_ioctl_delete),
	[GOMAP_CMD_SWAP] = GOMAP_OP(0, FMODE_BOTH, gomap_ioctl_swap),
	[GOMAP_CMD_TAKE] = GOMAP_OP(0, FMODE_BOTH, gomap_ioctl_take),
	[GOMAP_CMD_COMPARE_EXCHANGE] = GOMAP_OP(0, FMODE_WRITE,
						gomap_ioctl_compare_exchange),
	[GOMAP_CMD_FETCH_ADD] = GOMAP_IOCTL(struct gomap_add_args, old,
					    GOMAP_INSERT_FLAGS, FMODE_BOTH,
					    gomap_ioctl_fetch_add),
	[GOMAP_CMD_SCAN] = GOMAP_IOCTL(struct gomap_scan_args, cursor, 0,
				       FMODE_READ, gomap_ioctl_scan),
	/* What it needs to be open for depends on the operation. */
	[GOMAP_CMD_BATCH] = GOMAP_IOCTL(struct gomap_batch_args, results,
					GOMAP_INSERT_FLAGS, 0,
					gomap_ioctl_batch),
	[GOMAP_CMD_CLEAR] = GOMAP_WHOLE(gomap_ioctl_clear),
	[GOMAP_CMD_FREEZE] = GOMAP_WHOLE(gomap_ioctl_freeze),
	[GOMAP_CMD_RESERVE] = GOMAP_WHOLE(gomap_ioctl_reserve),
	[GOMAP_CMD_SHRINK] = GOMAP_WHOLE(gomap_ioctl_shrink),
	[GOMAP_CMD_REOPEN] = GOMAP_IOCTL(struct gomap_reopen_args, __reserved,
					 0, 0, ioctl_reopen),
};

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return gomap_run_ioctl(map_ioctls, ARRAY_SIZE(map_ioctls), file, cmd,
			       arg);
}

static int file_release(struct inode *inode, struct file *file)
{
	gomap_node_put(file->private_data);
	return 0;
}

/* With the names that BPF maps use where they mean the same. */
static void file_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct gomap_info info = {};

	gomap_fill_info(file->private_data, gomap_may_count(file), &info);
	seq_printf(seq, "map_name:\t%s\n", info.name);
	seq_printf(seq, "map_flags:\t0x%x\n", info.map_flags);
	seq_printf(seq, "key_size:\t%u\n", info.key_size);
	seq_printf(seq, "value_size:\t%u\n", info.value_size);
	seq_printf(seq, "max_entries:\t%llu\n", info.max_entries);
	seq_printf(seq, "max_bytes:\t%llu\n", info.max_bytes);
	seq_printf(seq, "map_id:\t%llu\n", info.id);
	seq_printf(seq, "frozen:\t%d\n", !!(info.state & GOMAP_STATE_FROZEN));
	if (!gomap_may_count(file))
		return;
	seq_printf(seq, "memlock:\t%llu\n", info.bytes);
	seq_printf(seq, "entries:\t%llu\n", info.entries);
	seq_printf(seq, "buckets:\t%llu\n", info.buckets);
	seq_printf(seq, "overflow_buckets:\t%llu\n", info.overflow_buckets);
}

const struct file_operations gomap_file_operations = {
	.owner = THIS_MODULE,
	.open = gomap_node_open,
	.release = file_release,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.show_fdinfo = file_show_fdinfo,
};
