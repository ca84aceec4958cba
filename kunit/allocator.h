/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instead of the allocators of core (memory.h), for the test's own thread: they
 * fail on demand, or let something happen first, as might on another CPU while
 * an operation is out for memory, holding nothing. All memory comes from a cache
 * that must be empty when the maps are gone.
 *
 * Allocations are numbered from 0, from the last call of one of these functions
 * on.
 */
#ifndef _GOMAP_KUNIT_ALLOCATOR_H
#define _GOMAP_KUNIT_ALLOCATOR_H

#include <kunit/test.h>

/* The suite's, in its kunit_suite. */
int gomap_kunit_allocator_suite_init(struct kunit_suite *suite);
void gomap_kunit_allocator_suite_exit(struct kunit_suite *suite);
int gomap_kunit_allocator_init(struct kunit *test);

void gomap_kunit_fail_none(struct kunit *test);
void gomap_kunit_fail_one(struct kunit *test, u32 number);
/* That one and all that come after. */
void gomap_kunit_fail_from(struct kunit *test, u32 number);
void gomap_kunit_fail_all(struct kunit *test);
/* Those that may not sleep. */
void gomap_kunit_fail_nowait(struct kunit *test);
/* How many have failed. */
u32 gomap_kunit_failed(struct kunit *test);

/*
 * Call @function(@context) in the middle of allocation @number. It may be in an
 * RCU read-side section. What it allocates isn't counted, and doesn't fail unless
 * it says so itself.
 */
void gomap_kunit_meanwhile(struct kunit *test, u32 number,
			   void (*function)(void *context), void *context);
/* Besides, those from @first to @last fail. */
void gomap_kunit_also_fail(struct kunit *test, u32 first, u32 last);

/* That nothing is left of maps that were destroyed. */
void gomap_kunit_expect_no_leak(struct kunit *test);

#endif /* _GOMAP_KUNIT_ALLOCATOR_H */
