// SPDX-License-Identifier: GPL-2.0-only
/*
 * See memory.h.
 */
#include <linux/gfp.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include "../compat.h"
#include "kunit.h"
#include "map.h"
#include "memory.h"

/* What the page allocator gives without effort (PAGE_ALLOC_COSTLY_ORDER). */
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
	return __vmalloc(bytes, gomap_vmalloc_gfp(gfp));
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

static bool is_whole(size_t bytes)
{
	size_t whole = PAGE_SIZE << get_order(bytes);

	return bytes >= whole - whole / 16;
}

static void *alloc_contiguous(size_t bytes, gfp_t gfp)
{
	void *block;

	if (is_whole(bytes))
		block = (void *)__get_free_pages(gfp | __GFP_COMP,
						 get_order(bytes));
	else
		block = alloc_pages_exact(bytes, gfp);
	/* Slots may have the only pointers to entries. */
	if (block)
		kmemleak_alloc(block, bytes, 1, gfp);
	return block;
}

static void free_contiguous(void *block, size_t bytes)
{
	kmemleak_free(block);
	if (is_whole(bytes))
		free_pages((unsigned long)block, get_order(bytes));
	else
		free_pages_exact(block, bytes);
}

/*
 * Physically contiguous if possible: the direct map covers it with large pages,
 * and nothing has to be mapped. kmalloc() would round up to a power of two, and
 * blocks are often 9/8 of one. Where memory is too fragmented for the larger
 * ones they are mapped, before the kernel reclaims or compacts anything.
 */
static void *alloc_block(size_t bytes, gfp_t gfp)
{
	void *block;

	if (bytes <= PAGE_SIZE)
		return kmalloc(bytes, gfp);
	if (bytes <= GOMAP_CONTIGUOUS_MAX || !gfpflags_allow_blocking(gfp))
		return alloc_contiguous(bytes, gfp);
	block = alloc_contiguous(bytes, (gfp | __GFP_NOMEMALLOC) &
					~__GFP_RECLAIM);
	return block ?: __vmalloc(bytes, gomap_vmalloc_gfp(gfp));
}

void *gomap_alloc_block(struct gomap *map, size_t bytes, gfp_t gfp)
{
	struct mem_cgroup *old;
	void *block;

	KUNIT_STATIC_STUB_REDIRECT(gomap_alloc_block, map, bytes, gfp);
	old = set_active_memcg(map->memcg);
	block = alloc_block(bytes, gfp | GOMAP_GFP | __GFP_ZERO | map->account);
	set_active_memcg(old);
	return block;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_alloc_block);

void gomap_free_block(void *block, size_t bytes)
{
	if (bytes <= PAGE_SIZE)
		kfree(block);
	else if (is_vmalloc_addr(block))
		vfree(block);
	else if (block)
		free_contiguous(block, bytes);
}

size_t gomap_bytes_taken(size_t bytes)
{
	return bytes <= GOMAP_CONTIGUOUS_MAX ? kmalloc_size_roundup(bytes) :
					       PAGE_ALIGN(bytes);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_bytes_taken);

size_t gomap_block_bytes_taken(size_t bytes)
{
	if (is_whole(bytes))
		return PAGE_SIZE << get_order(bytes);
	return bytes <= PAGE_SIZE ? kmalloc_size_roundup(bytes) :
				    PAGE_ALIGN(bytes);
}
