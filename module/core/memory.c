// SPDX-License-Identifier: GPL-2.0-only
/*
 * See memory.h.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "kunit.h"
#include "map.h"
#include "memory.h"

/*
 * Areas of up to this size are physically contiguous, which the page allocator
 * gives without effort (PAGE_ALLOC_COSTLY_ORDER) and the direct map covers with
 * large pages. kmalloc() would do the same, but round up to a power of two, and
 * bucket arrays are 9/8 of one or more.
 */
#define GOMAP_CONTIGUOUS_MAX (PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)

#define GOMAP_GFP (__GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/*
 * Not kvmalloc(): told not to give up easily, it would have the kernel compact
 * memory for a block of a megabyte before it thinks of vmalloc().
 */
void *gomap_alloc_any(size_t bytes, gfp_t gfp)
{
	if (bytes <= GOMAP_CONTIGUOUS_MAX || !gfpflags_allow_blocking(gfp))
		return kmalloc(bytes, gfp);
	return __vmalloc(bytes, gfp);
}

void *gomap_alloc(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct mem_cgroup *old;
	void *memory;

	KUNIT_STATIC_STUB_REDIRECT(gomap_alloc, map, bytes, gfp);
	old = set_active_memcg(map->memcg);
	memory = kzalloc(bytes, gfp | GOMAP_GFP | map->account);
	set_active_memcg(old);
	return memory;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_alloc);

void *gomap_alloc_large(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct mem_cgroup *old;
	void *memory;

	KUNIT_STATIC_STUB_REDIRECT(gomap_alloc_large, map, bytes, gfp);
	old = set_active_memcg(map->memcg);
	memory = gomap_alloc_any(bytes, gfp | GOMAP_GFP | map->account);
	set_active_memcg(old);
	return memory;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_alloc_large);

static void *alloc_area(size_t bytes, gfp_t gfp)
{
	if (bytes <= PAGE_SIZE)
		return kmalloc(bytes, gfp);
	if (bytes <= GOMAP_CONTIGUOUS_MAX)
		return alloc_pages_exact(bytes, gfp);
	if (!gfpflags_allow_blocking(gfp))
		return NULL;
	return __vmalloc(bytes, gfp);
}

void *gomap_alloc_area(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct mem_cgroup *old;
	void *area;

	KUNIT_STATIC_STUB_REDIRECT(gomap_alloc_area, map, bytes, gfp);
	old = set_active_memcg(map->memcg);
	area = alloc_area(bytes, gfp | GOMAP_GFP | __GFP_ZERO | map->account);
	set_active_memcg(old);
	return area;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_alloc_area);

void gomap_free_area(void *area, size_t bytes)
{
	if (bytes <= PAGE_SIZE)
		kfree(area);
	else if (bytes <= GOMAP_CONTIGUOUS_MAX)
		free_pages_exact(area, bytes);
	else
		vfree(area);
}

size_t gomap_bytes_taken(size_t bytes)
{
	return bytes <= GOMAP_CONTIGUOUS_MAX ? kmalloc_size_roundup(bytes) :
					       PAGE_ALIGN(bytes);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_bytes_taken);

size_t gomap_area_bytes(size_t bytes)
{
	return bytes <= PAGE_SIZE ? kmalloc_size_roundup(bytes) :
				    PAGE_ALIGN(bytes);
}
