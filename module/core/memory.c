// SPDX-License-Identifier: GPL-2.0-only
/*
 * See memory.h.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/wait_bit.h>
#include "../compat.h"
#include "kunit.h"
#include "memcg.h"
#include "memory.h"

/* The page allocator gives this without effort (PAGE_ALLOC_COSTLY_ORDER). */
#define GOMAP_CONTIGUOUS_MAX (PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)

#define GOMAP_GFP (__GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/*
 * Not kvmalloc(): with __GFP_RETRY_MAYFAIL it would compact memory for a block
 * of a megabyte before it tries vmalloc().
 */
void *gomap_alloc_any(size_t bytes, gfp_t gfp)
{
	if (bytes <= GOMAP_CONTIGUOUS_MAX || !gfpflags_allow_blocking(gfp))
		return kmalloc(bytes, gfp);
	return __vmalloc(bytes, gomap_vmalloc_gfp(gfp));
}

static void *alloc_charged(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct mem_cgroup *memcg = gomap_memcg_get(map), *old;
	void *memory;

	old = set_active_memcg(memcg);
	memory = gomap_alloc_any(bytes, gfp | GOMAP_GFP | map->account);
	set_active_memcg(old);
	mem_cgroup_put(memcg);
	return memory;
}

/* Charge the budget of the map, then allocate. */
static void *alloc_within(struct gomap *map, size_t bytes, gfp_t gfp)
{
	size_t taken = gomap_bytes_taken(bytes);
	void *memory;
	int ret;

	ret = gomap_budget_charge(map->budget, taken);
	if (ret)
		return ERR_PTR(ret);
	memory = alloc_charged(map, bytes, gfp);
	if (memory)
		return memory;
	gomap_budget_uncharge(map->budget, taken);
	return ERR_PTR(-ENOMEM);
}

bool gomap_wait_for_garbage(struct gomap *map)
{
	if (!READ_ONCE(map->has_garbage))
		return false;
	/*
	 * Memory retired from now on is not waited for, and sets the flag
	 * again.
	 */
	WRITE_ONCE(map->has_garbage, false);
	rcu_barrier();
	wait_var_event_timeout(&map->table_garbage,
			       !atomic_long_read(&map->table_garbage),
			       GOMAP_GARBAGE_WAIT);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_wait_for_garbage);

/*
 * The map's own memory that RCU still holds must not make it fail. So wait for
 * that memory, once, if the caller can sleep.
 */
void *gomap_alloc_large(struct gomap *map, size_t bytes, gfp_t gfp)
{
	void *memory;

	KUNIT_STATIC_STUB_REDIRECT(gomap_alloc_large, map, bytes, gfp);
	memory = alloc_within(map, bytes, gfp);
	if (!IS_ERR(memory) || !gfpflags_allow_blocking(gfp) ||
	    !gomap_wait_for_garbage(map))
		return memory;
	return alloc_within(map, bytes, gfp);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_alloc_large);

void gomap_free_large(struct gomap *map, void *memory, size_t bytes)
{
	kvfree(memory);
	gomap_budget_uncharge(map->budget, gomap_bytes_taken(bytes));
}

void *gomap_alloc(struct gomap *map, size_t bytes, gfp_t gfp)
{
	KUNIT_STATIC_STUB_REDIRECT(gomap_alloc, map, bytes, gfp);
	return gomap_alloc_large(map, bytes, gfp | __GFP_ZERO);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_alloc);

void *gomap_alloc_uncharged(struct gomap *map, size_t bytes, gfp_t gfp)
{
	void *memory;

	KUNIT_STATIC_STUB_REDIRECT(gomap_alloc, map, bytes, gfp);
	gfp |= __GFP_ZERO;
	memory = alloc_charged(map, bytes, gfp);
	if (!memory && gfpflags_allow_blocking(gfp) &&
	    gomap_wait_for_garbage(map))
		memory = alloc_charged(map, bytes, gfp);
	return memory ?: ERR_PTR(-ENOMEM);
}

void gomap_free(struct gomap *map, void *memory, size_t bytes)
{
	gomap_free_large(map, memory, bytes);
}

size_t gomap_bytes_taken(size_t bytes)
{
	return bytes <= GOMAP_CONTIGUOUS_MAX ? kmalloc_size_roundup(bytes) :
					       PAGE_ALIGN(bytes);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_bytes_taken);
