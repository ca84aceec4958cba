/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _GOMAP_KUNIT_THREADS_H
#define _GOMAP_KUNIT_THREADS_H

#include <kunit/test.h>

/*
 * Call @function with the numbers 0 to @nr - 1 in a thread each, which start
 * together, and return when all have ended. Expectations don't belong into
 * threads: they count what is wrong, and the test looks at the counts.
 */
void gomap_kunit_run_threads(struct kunit *test, u32 nr,
			     void (*function)(void *context, u32 number),
			     void *context);

/*
 * To be called by threads between operations, so that all get on: a turn is an
 * operation or more.
 */
void gomap_kunit_give_way(void);

/*
 * The turns of all threads since a test began, and the kernel's message about
 * them when it has ended: init and exit of a suite.
 */
u64 gomap_kunit_turns(void);
int gomap_kunit_count_turns(struct kunit *test);
void gomap_kunit_tell_turns(struct kunit *test);

#endif /* _GOMAP_KUNIT_THREADS_H */
