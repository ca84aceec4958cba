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

/* Small ones, up to a few pages, zeroed; kfree(). */
void *gomap_alloc(struct gomap *map, size_t bytes, gfp_t gfp);

/* Of any size if @gfp may block, not zeroed unless it says so; kvfree(). */
void *gomap_alloc_large(struct gomap *map, size_t bytes, gfp_t gfp);

/*
 * What memory of these functions takes; large memory that was had without sleeping
 * may take up to twice as much, as kmalloc() rounds up.
 */
size_t gomap_bytes_taken(size_t bytes);

/*
 * Blocks of heads, zeroed, of up to half a megabyte. Those of a power of two of
 * pages, or up to a sixteenth less, are had and freed as one.
 */
void *gomap_alloc_block(struct gomap *map, size_t bytes, gfp_t gfp);
/* @block may be NULL. */
void gomap_free_block(void *block, size_t bytes);

/* What a block takes. */
size_t gomap_block_bytes_taken(size_t bytes);

#endif /* _GOMAP_MEMORY_H */
