/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults: the first, second, ... chance to fail of a call fails in turn, be it the slab, the page
 * allocator, or a copy by copy_from_user() or copy_to_user(), until the call has no more of them.
 *
 * Needs a kernel with fail-nth (Documentation/fault-injection). The faults are those of the task
 * that calls.
 *
 * get_user() and put_user(), which copy a word, have no chance to fail. By them the module reads
 * and writes members of structures and, where a word may be at any address, as on x86, keys and
 * values of eight bytes. A call that copies nothing else, and allocates nothing, can't be tested
 * there: such a test says that it is skipped.
 */
#ifndef GOMAP_FAULT_H
#define GOMAP_FAULT_H

#include "gomap_test.h"

#define DEBUGFS "/sys/kernel/debug/"

enum { RESERVED = 5000 };	/* entries: more than a map has room for without */

static inline int write_file(const char *path, const char *text)
{
	int fd = result(open(path, O_WRONLY | O_CLOEXEC)), ret;

	if (fd < 0)
		return fd;
	ret = result(write(fd, text, strlen(text)));
	close(fd);
	return ret < 0 ? ret : 0;
}

/* Which chance of the next call fails, or 0 for none; and whether it did. */
static struct {
	int file;
	unsigned int nth;
	bool fired;
} fault;

static const char *const settings[][2] = {
	/* Allocations that may sleep fail, too; */
	{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	/* those of vmalloc(); */
	{ DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N" },
	/* and those of single pages. */
	{ DEBUGFS "fail_page_alloc/min-order", "0" },
	/* There is nothing to be set, but it has to be there. */
	{ DEBUGFS "fail_usercopy/probability", "0" },
};

static inline bool have_faults(void)
{
	fault.nth = 0;
	fault.file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fault.file < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
		if (write_file(settings[i][0], settings[i][1]))
			return false;
	return true;
}

static inline bool have_kmemleak(void)
{
	return !access(DEBUGFS "kmemleak", F_OK);
}

#define NO_FAULTS "this kernel doesn't fail on demand: no fail-nth, or no debugfs"

static inline void arm(void)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", fault.nth);

	fault.fired = false;
	if (fault.nth && write(fault.file, text, len) != len)
		abort();
}

/* What is called here has chances of its own to fail, if the call left them. */
static inline void disarm(void)
{
	char text[16] = "";

	if (!fault.nth)
		return;
	fault.fired = pread(fault.file, text, sizeof(text) - 1, 0) > 0 && text[0] == '0';
	while (pwrite(fault.file, "0", 1, 0) != 1)
		;
}

static inline int faulty_ioctl(int fd, unsigned int cmd, void *args)
{
	int ret;

	arm();
	ret = result(ioctl(fd, cmd, args));
	disarm();
	return ret;
}

/* Whether a call may return that because of the fault that it had. */
static inline bool is_fault(int ret)
{
	return fault.fired && (ret == -ENOMEM || ret == -EFAULT);
}

static inline struct bytes room_for(size_t size)
{
	/* Touched, as page faults have chances to fail, too. */
	return (struct bytes){ .data = memset(malloc(size + 1), 1, size + 1) };
}

/* Whether the copy of a key or value of eight bytes has a chance to fail. */
static inline bool words_fail(void)
{
	int map = map_create(map_args(0, sizeof(__u64), sizeof(__u64)));
	__u64 key = 1;
	struct gomap_op_args args = op_args(&key, sizeof(key), NULL, 0);

	fault.nth = 1;
	faulty_ioctl(map, GOMAP_IOCTL_LOOKUP, &args);
	fault.nth = 0;
	close(map);
	return fault.fired;
}

#endif /* GOMAP_FAULT_H */
