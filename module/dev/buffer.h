/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys and values on their way between user memory and a map.
 *
 * They go through a buffer of our own, as user memory can't be touched under
 * the locks of a map or in its RCU sections, and can change under our eyes. So
 * everything is copied in before a map is changed, once, and a bad pointer
 * changes nothing.
 */
#ifndef _GOMAP_BUFFER_H
#define _GOMAP_BUFFER_H

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "../compat.h"
#include "../core/memory.h"

/* Charged to the caller, who is told -ENOMEM rather than killed. */
#define GOMAP_BUFFER_GFP \
	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

static inline void *gomap_buffer_memory(size_t len)
{
	return gomap_alloc_any(len, GOMAP_BUFFER_GFP);
}

/* Most keys and values fit into @small; the others are allocated. */
struct gomap_buffer {
	void *data;
	u8 small[128] __aligned(8);
};

static inline int gomap_buffer_alloc(struct gomap_buffer *buffer, size_t len)
{
	buffer->data = buffer->small;
	if (len <= sizeof(buffer->small))
		return 0;
	buffer->data = gomap_buffer_memory(len);
	return buffer->data ? 0 : -ENOMEM;
}

static inline void gomap_buffer_free(struct gomap_buffer *buffer)
{
	if (buffer->data != buffer->small)
		kvfree(buffer->data);
}

/*
 * The number of bytes not copied. Keys and values have 8 bytes most of the time,
 * which go as a word where any address will do for one.
 */

static inline bool gomap_is_word(size_t len)
{
	return len == sizeof(u64) &&
	       IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS);
}

static inline unsigned long gomap_copy_in(void *to, u64 user, size_t len)
{
	void __user *from = u64_to_user_ptr(user);

	if (gomap_is_word(len))
		return get_user(*(u64 *)to, (u64 __user *)from) ? len : 0;
	return copy_from_user(to, from, len);
}

static inline unsigned long gomap_copy_out(u64 user, const void *from,
					   size_t len)
{
	void __user *to = u64_to_user_ptr(user);

	if (gomap_is_word(len))
		return put_user(*(const u64 *)from, (u64 __user *)to) ? len : 0;
	return copy_to_user(to, from, len);
}

/* Nothing has to be freed after a failure. */
static inline int gomap_buffer_copy(struct gomap_buffer *buffer, u64 user,
				    size_t len)
{
	int ret;

	ret = gomap_buffer_alloc(buffer, len);
	if (ret)
		return ret;
	if (!gomap_copy_in(buffer->data, user, len))
		return 0;
	gomap_buffer_free(buffer);
	return -EFAULT;
}

#endif /* _GOMAP_BUFFER_H */
