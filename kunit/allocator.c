// SPDX-License-Identifier: GPL-2.0-only
/*
 * An allocator for tests. See allocator.h.
 */
#include <kunit/static_stub.h>
#include <kunit/test-bug.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "../module/core/map.h"
#include "../module/core/memory.h"
#include "allocator.h"
#include "fixture.h"

#define NEVER UINT_MAX

/* As large as anything that is allocated through it: a block of a table. */
#define OBJECT_BYTES SZ_32K

struct allocator {
	/* Allocations so far; those from @first to @last fail. */
	u32 count;
	u32 first;
	u32 last;
	u32 failed;
	/* All fail that may not sleep. */
	bool nowait_fails;
	/* What happens in allocation @when. */
	u32 when;
	void (*meanwhile)(void *context);
	void *context;
};

static struct kmem_cache *cache;

static void be_interrupted(struct allocator *allocator)
{
	struct allocator saved = *allocator;

	allocator->first = NEVER;
	allocator->when = NEVER;
	saved.meanwhile(saved.context);
	*allocator = saved;
}

static void *allocate(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct kunit *test = kunit_get_current_test();
	struct allocator *allocator = test->priv;
	u32 number = allocator->count++;

	KUNIT_EXPECT_LE(test, bytes, OBJECT_BYTES);
	if (number == allocator->when)
		be_interrupted(allocator);
	if ((number >= allocator->first && number <= allocator->last) ||
	    (allocator->nowait_fails && !gfpflags_allow_blocking(gfp))) {
		allocator->failed++;
		return ERR_PTR(-ENOMEM);
	}
	return kmem_cache_alloc(cache, GFP_ATOMIC | __GFP_ZERO);
}

void gomap_kunit_fail_none(struct kunit *test)
{
	struct allocator *allocator = test->priv;

	*allocator = (struct allocator){
		.first = NEVER,
		.when = NEVER,
	};
}

void gomap_kunit_fail_one(struct kunit *test, u32 number)
{
	struct allocator *allocator = test->priv;

	gomap_kunit_fail_none(test);
	allocator->first = number;
	allocator->last = number;
}

void gomap_kunit_fail_from(struct kunit *test, u32 number)
{
	struct allocator *allocator = test->priv;

	gomap_kunit_fail_none(test);
	allocator->first = number;
	allocator->last = NEVER;
}

void gomap_kunit_fail_all(struct kunit *test)
{
	gomap_kunit_fail_from(test, 0);
}

u32 gomap_kunit_failed(struct kunit *test)
{
	struct allocator *allocator = test->priv;

	return allocator->failed;
}

void gomap_kunit_meanwhile(struct kunit *test, u32 number,
			   void (*function)(void *context), void *context)
{
	struct allocator *allocator = test->priv;

	gomap_kunit_fail_none(test);
	allocator->when = number;
	allocator->meanwhile = function;
	allocator->context = context;
}

void gomap_kunit_fail_nowait(struct kunit *test)
{
	struct allocator *allocator = test->priv;

	gomap_kunit_fail_none(test);
	allocator->nowait_fails = true;
}

void gomap_kunit_also_fail(struct kunit *test, u32 first, u32 last)
{
	struct allocator *allocator = test->priv;

	allocator->first = first;
	allocator->last = last;
}

/* Maps wait for a worker, tables for RCU and a worker. */
static void wait_for_tables(void)
{
	flush_workqueue(gomap_free_workqueue);
	rcu_barrier();
	flush_workqueue(gomap_free_workqueue);
}

/* 0 if there is no object left. */
static int objects_left(void)
{
	return kmem_cache_shrink(cache);
}

void gomap_kunit_expect_no_leak(struct kunit *test)
{
	wait_for_tables();
	/* Replaced entries take up to five seconds. */
	if (objects_left())
		kvfree_rcu_barrier();
	KUNIT_EXPECT_EQ_MSG(test, objects_left(), 0, "memory was lost");
}

int gomap_kunit_allocator_suite_init(struct kunit_suite *suite)
{
	cache = kmem_cache_create("gomap_kunit", OBJECT_BYTES, 16,
				  SLAB_NO_MERGE, NULL);
	return cache ? 0 : -ENOMEM;
}

void gomap_kunit_allocator_suite_exit(struct kunit_suite *suite)
{
	if (!cache)
		return;
	wait_for_tables();
	kvfree_rcu_barrier();
	kmem_cache_destroy(cache);
	cache = NULL;
}

int gomap_kunit_allocator_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct allocator), GFP_KERNEL);
	if (!test->priv)
		return -ENOMEM;
	gomap_kunit_fail_none(test);
	kunit_activate_static_stub(test, gomap_alloc, allocate);
	kunit_activate_static_stub(test, gomap_alloc_large, allocate);
	return 0;
}
