/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory, charged to whom the map belongs.
 *
 * A map that users created is charged to its creator's memory cgroup, whoever
 * inserts and whichever worker grows the table: kernel threads would be
 * charged to the root otherwise. No allocation warns or calls for the OOM
 * killer; the caller of the operation is told -ENOMEM instead.
 */
#ifndef _GOMAP_MEMORY_H
#define _GOMAP_MEMORY_H

#include <linux/types.h>

struct gomap;

/* Of any size, if @gfp may block; not zeroed, not charged to a map; kvfree(). */
void *gomap_alloc_any(size_t bytes, gfp_t gfp);

/* Small ones, from the slab, zeroed; kfree(). */
void *gomap_alloc(struct gomap *map, size_t bytes, gfp_t gfp);

/* Of any size if @gfp may block, not zeroed unless it says so; kvfree(). */
void *gomap_alloc_large(struct gomap *map, size_t bytes, gfp_t gfp);

/* What memory of these functions takes. */
size_t gomap_bytes_taken(size_t bytes);

/* Arrays of buckets: whole pages at most wasted. */
void *gomap_alloc_area(struct gomap *map, size_t bytes, gfp_t gfp);
void gomap_free_area(void *area, size_t bytes);

/* What an area takes. */
size_t gomap_area_bytes(size_t bytes);

#endif /* _GOMAP_MEMORY_H */
