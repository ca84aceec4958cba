// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of maps: the operations of their ioctls.
 *
 * Keys and values go through a buffer of our own, as user memory can't be
 * touched under the locks of a map or in its RCU sections, and can change
 * under our eyes. Everything is copied in before a map is changed, so a bad
 * pointer changes nothing.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "ioctl.h"
#include "node.h"

/* A key or a value. Most fit into @small; the others are allocated. */
struct buffer {
	void *data;
	u8 small[128];
};

static int buffer_alloc(struct buffer *buffer, size_t len)
{
	buffer->data = buffer->small;
	if (len <= sizeof(buffer->small))
		return 0;
	buffer->data = kvmalloc(len, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	return buffer->data ? 0 : -ENOMEM;
}

static void buffer_free(struct buffer *buffer)
{
	if (buffer->data != buffer->small)
		kvfree(buffer->data);
}

static int buffer_copy(struct buffer *buffer, u64 user, size_t len)
{
	int ret;

	ret = buffer_alloc(buffer, len);
	if (ret)
		return ret;
	if (!copy_from_user(buffer->data, u64_to_user_ptr(user), len))
		return 0;
	buffer_free(buffer);
	return -EFAULT;
}

static struct gomap_node *node_of(const struct gomap_call *call)
{
	return call->file->private_data;
}

/* No length that the map can't have is allocated for, or looked at twice. */
static bool key_len_valid(const struct gomap_node *node, u32 len)
{
	return node->flags & GOMAP_VAR_KEY ? len <= node->key_size :
					     len == node->key_size;
}

static bool value_len_valid(const struct gomap_node *node, u32 len)
{
	return node->flags & GOMAP_VAR_VALUE ? len <= node->value_size :
					       len == node->value_size;
}

static int copy_key(const struct gomap_call *call, struct buffer *key)
{
	const struct gomap_op_args *op = &call->args.op;

	if (!key_len_valid(node_of(call), op->key_len))
		return -EINVAL;
	return buffer_copy(key, op->key, op->key_len);
}

/*
 * The value into a buffer of its size, which for a value of variable length is
 * known only afterwards, and may have changed when we come back with more room.
 */
static int lookup_value(struct gomap_node *node, const struct gomap_op_args *op,
			const void *key, struct buffer *value, size_t *len)
{
	size_t room = node->flags & GOMAP_VAR_VALUE ? sizeof(value->small) :
						      node->value_size;
	int ret;

	for (;;) {
		ret = buffer_alloc(value, room);
		if (ret)
			return ret;
		*len = room;
		ret = gomap_lookup(node->map, key, op->key_len, value->data,
				   len);
		if (!ret)
			return 0;
		buffer_free(value);
		if (ret != -EMSGSIZE || *len > op->value_len)
			return ret;
		room = *len;
	}
}

static int return_len(const struct gomap_call *call, u32 len)
{
	struct gomap_op_args __user *user = call->user;

	return put_user(len, &user->value_len) ? -EFAULT : 0;
}

static int return_value(const struct gomap_call *call, const void *value,
			size_t len)
{
	if (copy_to_user(u64_to_user_ptr(call->args.op.value), value, len))
		return -EFAULT;
	return return_len(call, len);
}

static long lookup_key(const struct gomap_call *call, const void *key)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap_node *node = node_of(call);
	struct buffer value;
	size_t len;
	int ret;

	if (!op->value && !op->value_len)
		return gomap_lookup(node->map, key, op->key_len, NULL, NULL);
	ret = lookup_value(node, op, key, &value, &len);
	if (!ret && len <= op->value_len)
		ret = return_value(call, value.data, len);
	else if (!ret || ret == -EMSGSIZE)
		ret = return_len(call, len) ?: -EMSGSIZE;
	return ret;
}

static long ioctl_lookup(struct gomap_call *call)
{
	struct buffer key;
	long ret;

	ret = copy_key(call, &key);
	if (ret)
		return ret;
	ret = lookup_key(call, key.data);
	buffer_free(&key);
	return ret;
}

static long ioctl_insert(struct gomap_call *call)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap_node *node = node_of(call);
	struct buffer key, value;
	long ret;

	if (!value_len_valid(node, op->value_len))
		return -EINVAL;
	ret = copy_key(call, &key);
	if (ret)
		return ret;
	ret = buffer_copy(&value, op->value, op->value_len);
	if (ret)
		goto free_key;
	ret = gomap_insert(node->map, key.data, op->key_len, value.data,
			   op->value_len, op->flags, GFP_KERNEL);
	buffer_free(&value);
free_key:
	buffer_free(&key);
	return ret;
}

static long ioctl_delete(struct gomap_call *call)
{
	const struct gomap_op_args *op = &call->args.op;
	struct buffer key;
	long ret;

	if (op->value || op->value_len)
		return -EINVAL;
	ret = copy_key(call, &key);
	if (ret)
		return ret;
	ret = gomap_delete(node_of(call)->map, key.data, op->key_len);
	buffer_free(&key);
	return ret;
}

static void fill_info(const struct gomap_node *node, struct gomap_info *info)
{
	struct gomap_stats stats;

	gomap_stats(node->map, &stats);
	info->map_flags = node->flags;
	info->state = stats.growing ? GOMAP_STATE_GROWING : 0;
	info->key_size = node->key_size;
	info->value_size = node->value_size;
	info->max_entries = node->max_entries;
	info->reserve = node->reserve;
	info->entries = stats.entries;
	info->buckets = stats.buckets;
	info->overflow_buckets = stats.overflow_buckets;
	info->bytes = stats.bytes;
	info->longest_chain = stats.longest_chain;
	info->__reserved = 0;
	memcpy(info->name, node->name, sizeof(info->name));
	memcpy(info->key_format, node->key_format, sizeof(info->key_format));
	memcpy(info->value_format, node->value_format,
	       sizeof(info->value_format));
}

static long ioctl_info(struct gomap_call *call)
{
	struct gomap_info *info = &call->args.info;
	size_t len = min_t(size_t, info->size, sizeof(*info));

	fill_info(node_of(call), info);
	return copy_to_user(call->user, info, len) ? -EFAULT : 0;
}

static const struct gomap_ioctl map_ioctls[] = {
	[GOMAP_CMD_INFO] = GOMAP_IOCTL(struct gomap_info, value_format, 0, 0,
				       ioctl_info),
	[GOMAP_CMD_LOOKUP] = GOMAP_IOCTL(struct gomap_op_args, value_len, 0,
					 FMODE_READ, ioctl_lookup),
	[GOMAP_CMD_INSERT] = GOMAP_IOCTL(struct gomap_op_args, value_len,
					 GOMAP_INSERT_NEW |
					 GOMAP_INSERT_EXISTING,
					 FMODE_WRITE, ioctl_insert),
	[GOMAP_CMD_DELETE] = GOMAP_IOCTL(struct gomap_op_args, value_len, 0,
					 FMODE_WRITE, ioctl_delete),
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

	fill_info(file->private_data, &info);
	seq_printf(seq, "map_name:\t%s\n", info.name);
	seq_printf(seq, "map_flags:\t0x%x\n", info.map_flags);
	seq_printf(seq, "key_size:\t%u\n", info.key_size);
	seq_printf(seq, "value_size:\t%u\n", info.value_size);
	seq_printf(seq, "max_entries:\t%llu\n", info.max_entries);
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
