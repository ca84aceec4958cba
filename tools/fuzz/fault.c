// SPDX-License-Identifier: GPL-2.0-only
/*
 * See fault.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "fault.h"

#define DEBUGFS "/sys/kernel/debug/"

static const char *const settings[][2] = {
	/* Allocations that may sleep fail, too; */
	{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	/* but not those of single pages: UML dies of a page fault that has no page table, */
	{ DEBUGFS "fail_page_alloc/min-order", "1" },
	/* and not a word about it. */
	{ DEBUGFS "failslab/verbose", "0" },
	{ DEBUGFS "fail_page_alloc/verbose", "0" },
	{ DEBUGFS "fail_usercopy/verbose", "0" },
	{}
};

/* Of the thread that has a fault now. */
static __thread int file = -1;

void fault_init(void)
{
	unsigned int i;
	int fd;

	for (i = 0; settings[i][0]; i++) {
		fd = open(settings[i][0], O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		dprintf(fd, "%s", settings[i][1]);
		close(fd);
	}
}

void fault_begin(unsigned int nth)
{
	if (!nth)
		return;
	file = open("/proc/thread-self/fail-nth", O_WRONLY | O_CLOEXEC);
	if (file >= 0)
		dprintf(file, "%u", nth);
}

void fault_end(void)
{
	if (file < 0)
		return;
	/* The one that fails may be this. */
	while (write(file, "0", 1) != 1)
		;
	close(file);
	file = -1;
}
