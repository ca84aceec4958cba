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

/* To be called by threads between operations, so that all get on. */
void gomap_kunit_give_way(void);

#endif /* _GOMAP_KUNIT_THREADS_H */
