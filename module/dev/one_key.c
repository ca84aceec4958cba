// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ioctls on one key.
 *
 * Those that take a value out of the map give it to the caller first. They look
 * it up, copy it to user memory, and then change the map on the condition that
 * the key still has that value; if it hasn't, they start again. So a bad
 * pointer, or a thread that unmaps the memory meanwhile, loses nothing.
 */
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include "buffer.h"
#include "map_ioctl.h"

/* Where a value goes, and where its length is written. */
struct output {
	u64 user;
	u32 room;
	u32 __user *len;
};

static struct output value_output(const struct gomap_call *call)
{
	struct gomap_op_args __user *user = call->user;

	return (struct output){ call->args.op.value, call->args.op.value_len,
				&user->value_len };
}

static struct output other_output(const struct gomap_call *call)
{
	struct gomap_op_args __user *user = call->user;

	return (struct output){ call->args.op.other, call->args.op.other_len,
				&user->other_len };
}

static int copy_key(const struct gomap_call *call, struct gomap_buffer *key)
{
	const struct gomap_op_args *op = &call->args.op;

	if (!gomap_key_len_valid(gomap_map_of(call), op->key_len))
		return -EINVAL;
	return gomap_buffer_copy(key, op->key, op->key_len);
}

static int copy_value(const struct gomap_call *call,
		      struct gomap_buffer *value, u64 user, u32 len)
{
	if (!gomap_value_len_valid(gomap_map_of(call), len))
		return -EINVAL;
	return gomap_buffer_copy(value, user, len);
}

static bool no_value(const struct gomap_op_args *op)
{
	return !op->value && !op->value_len;
}

static bool no_other(const struct gomap_op_args *op)
{
	return !op->other && !op->other_len && !op->__reserved;
}

/*
 * The value of a key into a buffer of its size. Of variable length, the size is
 * known only afterwards, and may have changed when we come back with more room,
 * but not with more than the caller has.
 */
static int lookup_value(struct gomap *map, const struct gomap_op_args *op,
			const void *key, u32 room, struct gomap_buffer *value,
			size_t *len)
{
	size_t have = map->flags & GOMAP_VAR_VALUE ? sizeof(value->small) :
						     map->value_size;
	int ret;

	for (;;) {
		ret = gomap_buffer_alloc(value, have);
		if (ret)
			return ret;
		*len = have;
		ret = gomap_lookup(map, key, op->key_len, value->data, len);
		if (!ret)
			return 0;
		gomap_buffer_free(value);
		if (ret != -EMSGSIZE || *len > room)
			return ret;
		have = *len;
	}
}

/* Give a value to the caller, and its length, or the length alone if it is too long. */
static int give_value(const struct gomap *map, struct output output,
		      const void *value, size_t len)
{
	int ret = 0;

	if (len > output.room)
		ret = -EMSGSIZE;
	else if (gomap_copy_out(output.user, value, len))
		ret = -EFAULT;
	/* Of variable length, an earlier try may have written another one. */
	if ((len != output.room || map->flags & GOMAP_VAR_VALUE) &&
	    put_user(len, output.len))
		ret = -EFAULT;
	return ret;
}

/*
 * Look the value up and give it to the caller. After success @value has what was
 * given, and is to be freed.
 */
static int return_value(const struct gomap_call *call, const void *key,
			struct output output, struct gomap_buffer *value,
			size_t *value_len)
{
	struct gomap *map = gomap_map_of(call);
	int ret;

	ret = lookup_value(map, &call->args.op, key, output.room, value,
			   value_len);
	if (ret == -EMSGSIZE)
		return put_user(*value_len, output.len) ? -EFAULT : -EMSGSIZE;
	if (ret)
		return ret;
	ret = give_value(map, output, value->data, *value_len);
	if (ret)
		gomap_buffer_free(value);
	return ret;
}

static int return_value_only(const struct gomap_call *call, const void *key,
			     struct output output)
{
	struct gomap_buffer value __uninitialized;
	size_t len;
	int ret;

	ret = return_value(call, key, output, &value, &len);
	if (!ret)
		gomap_buffer_free(&value);
	return ret;
}

/* The most frequent one: a word for a word. The length is what was said. */
static long lookup_u64(struct gomap *map, const struct gomap_op_args *op)
{
	size_t len = sizeof(u64);
	u64 key, value;
	int ret;

	if (get_user(key, (u64 __user *)u64_to_user_ptr(op->key)))
		return -EFAULT;
	ret = gomap_lookup(map, &key, sizeof(key), &value, &len);
	if (ret)
		return ret;
	return put_user(value, (u64 __user *)u64_to_user_ptr(op->value));
}

static noinline long lookup_any(struct gomap_call *call)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap_buffer key __uninitialized;
	long ret;

	ret = copy_key(call, &key);
	if (ret)
		return ret;
	if (no_value(op))
		ret = gomap_lookup(gomap_map_of(call), key.data,
				   op->key_len, NULL, NULL);
	else
		ret = return_value_only(call, key.data, value_output(call));
	gomap_buffer_free(&key);
	return ret;
}

long gomap_ioctl_lookup(struct gomap_call *call)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap *map = gomap_map_of(call);

	if (!no_other(op))
		return -EINVAL;
	if (map->is_u64_to_u64 && op->key_len == 8 && op->value_len == 8 &&
	    gomap_is_word(8))
		return lookup_u64(map, op);
	return lookup_any(call);
}

/*
 * Those who look, give and then change may find the value changed, and have to
 * do it again, and again: until a signal comes, and not without rest.
 */
static bool may_try_again(void)
{
	cond_resched();
	return !signal_pending(current);
}

/* Insert a new key, or return the value that it has, at one moment. */
static long insert_or_return(struct gomap_call *call, const void *key,
			     const void *value)
{
	const struct gomap_op_args *op = &call->args.op;
	struct output output = other_output(call);
	struct gomap *map = gomap_map_of(call);
	struct gomap_buffer old __uninitialized;
	size_t len = min(output.room, map->value_size);
	int ret;

	ret = gomap_buffer_alloc(&old, len);
	if (ret)
		return ret;
	ret = gomap_lookup_or_insert(map, key, op->key_len, value,
				     op->value_len, old.data, &len, GFP_KERNEL);
	if (ret == -EEXIST || ret == -EMSGSIZE)
		ret = give_value(map, output, old.data, len) ?: ret;
	gomap_buffer_free(&old);
	return ret;
}

static long insert_key(struct gomap_call *call, const void *key,
		       const void *value)
{
	const struct gomap_op_args *op = &call->args.op;

	if (!no_other(op))
		return insert_or_return(call, key, value);
	return gomap_insert(gomap_map_of(call), key, op->key_len, value,
			    op->value_len, op->flags, GFP_KERNEL);
}

long gomap_ioctl_insert(struct gomap_call *call)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap_buffer key __uninitialized, value __uninitialized;
	long ret;

	if (!no_other(op)) {
		if (op->__reserved || !(op->flags & GOMAP_INSERT_NEW))
			return -EINVAL;
		if (!(call->file->f_mode & FMODE_READ))
			return -EBADF;
	}
	ret = copy_key(call, &key);
	if (ret)
		return ret;
	ret = copy_value(call, &value, op->value, op->value_len);
	if (ret)
		goto free_key;
	ret = insert_key(call, key.data, value.data);
	gomap_buffer_free(&value);
free_key:
	gomap_buffer_free(&key);
	return ret;
}

static long delete_equal(struct gomap_call *call, const void *key)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap_buffer value __uninitialized;
	long ret;

	ret = copy_value(call, &value, op->value, op->value_len);
	if (ret)
		return ret;
	ret = gomap_delete_equal(gomap_map_of(call), key, op->key_len,
				 value.data, op->value_len);
	gomap_buffer_free(&value);
	return ret;
}

long gomap_ioctl_delete(struct gomap_call *call)
{
	const struct gomap_op_args *op = &call->args.op;
	bool equal = op->flags & GOMAP_DELETE_EQUAL;
	struct gomap_buffer key __uninitialized;
	long ret;

	if (!no_other(op) || (!equal && !no_value(op)))
		return -EINVAL;
	ret = copy_key(call, &key);
	if (ret)
		return ret;
	if (equal)
		ret = delete_equal(call, key.data);
	else
		ret = gomap_delete(gomap_map_of(call), key.data,
				   op->key_len);
	gomap_buffer_free(&key);
	return ret;
}

/* -ECANCELED: the value has changed since it was given to the caller. */
static int take_once(struct gomap_call *call, const void *key)
{
	struct gomap_buffer value __uninitialized;
	size_t len;
	int ret;

	ret = return_value(call, key, value_output(call), &value, &len);
	if (ret)
		return ret;
	ret = gomap_delete_equal(gomap_map_of(call), key,
				 call->args.op.key_len, value.data, len);
	gomap_buffer_free(&value);
	return ret;
}

long gomap_ioctl_take(struct gomap_call *call)
{
	struct gomap_buffer key __uninitialized;
	long ret;

	if (!no_other(&call->args.op))
		return -EINVAL;
	if (gomap_is_frozen(gomap_map_of(call)))
		return -EPERM;
	ret = copy_key(call, &key);
	if (ret)
		return ret;
	do {
		ret = take_once(call, key.data);
	} while (ret == -ECANCELED && may_try_again());
	gomap_buffer_free(&key);
	return ret == -ECANCELED ? -EINTR : ret;
}

static int swap_once(struct gomap_call *call, const void *key,
		     const void *value)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap_buffer old __uninitialized;
	size_t len;
	int ret;

	ret = return_value(call, key, other_output(call), &old, &len);
	if (ret)
		return ret;
	ret = gomap_compare_exchange(gomap_map_of(call), key, op->key_len,
				     old.data, len, value, op->value_len,
				     GFP_KERNEL);
	gomap_buffer_free(&old);
	return ret;
}

long gomap_ioctl_swap(struct gomap_call *call)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap_buffer key __uninitialized, value __uninitialized;
	long ret;

	if (op->__reserved)
		return -EINVAL;
	if (gomap_is_frozen(gomap_map_of(call)))
		return -EPERM;
	ret = copy_key(call, &key);
	if (ret)
		return ret;
	ret = copy_value(call, &value, op->value, op->value_len);
	if (ret)
		goto free_key;
	do {
		ret = swap_once(call, key.data, value.data);
	} while (ret == -ECANCELED && may_try_again());
	if (ret == -ECANCELED)
		ret = -EINTR;
	gomap_buffer_free(&value);
free_key:
	gomap_buffer_free(&key);
	return ret;
}

long gomap_ioctl_compare_exchange(struct gomap_call *call)
{
	const struct gomap_op_args *op = &call->args.op;
	struct gomap_buffer key __uninitialized;
	struct gomap_buffer value __uninitialized;
	struct gomap_buffer other __uninitialized;
	long ret;

	if (op->__reserved)
		return -EINVAL;
	ret = copy_key(call, &key);
	if (ret)
		return ret;
	ret = copy_value(call, &value, op->value, op->value_len);
	if (ret)
		goto free_key;
	ret = copy_value(call, &other, op->other, op->other_len);
	if (ret)
		goto free_value;
	ret = gomap_compare_exchange(gomap_map_of(call), key.data,
				     op->key_len, other.data, op->other_len,
				     value.data, op->value_len, GFP_KERNEL);
	gomap_buffer_free(&other);
free_value:
	gomap_buffer_free(&value);
free_key:
	gomap_buffer_free(&key);
	return ret;
}

/*
 * The number is written after the sum is in the map, so that adding is one step
 * under the lock of the chain. That it can be written is tried before.
 */
long gomap_ioctl_fetch_add(struct gomap_call *call)
{
	struct gomap_add_args __user *user = call->user;
	const struct gomap_add_args *add = &call->args.add;
	struct gomap *map = gomap_map_of(call);
	struct gomap_buffer key __uninitialized;
	u64 old = 0;
	long ret;

	if (add->__reserved ||
	    !gomap_key_len_valid(map, add->key_len))
		return -EINVAL;
	if (put_user(add->old, &user->old))
		return -EFAULT;
	ret = gomap_buffer_copy(&key, add->key, add->key_len);
	if (ret)
		return ret;
	ret = gomap_fetch_add(map, key.data, add->key_len, add->delta,
			      &old, add->flags, GFP_KERNEL);
	gomap_buffer_free(&key);
	if (!ret && put_user(old, &user->old))
		ret = -EFAULT;
	return ret;
}
