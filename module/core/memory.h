/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory, charged to the map's owner: to its budget (budget.h) and to its
 * memory cgroup (memcg.h).
 *
 * A map that a process created is charged to that process's memory cgroup. The
 * inserting task and the growing worker don't matter: kernel threads would be
 * charged to the root otherwise. No allocation warns or calls the OOM killer.
 * The caller of the operation gets an error instead.
 */
#ifndef _GOMAP_MEMORY_H
#define _GOMAP_MEMORY_H

#include <linux/types.h>
#include "map.h"

/* Jiffies. */
#define GOMAP_GARBAGE_WAIT (HZ / 10)

/*
 * Any size if @gfp may block. Not zeroed, not charged to a map. Free with
 * kvfree().
 */
void *gomap_alloc_any(size_t bytes, gfp_t gfp);

/* For tables: up to a few pages, zeroed. Or an ERR_PTR(). */
void *gomap_alloc(struct gomap *map, size_t bytes, gfp_t gfp);
void gomap_free(struct gomap *map, void *memory, size_t bytes);
/* Likewise, but the caller charges the budget. kfree() is enough until then. */
void *gomap_alloc_uncharged(struct gomap *map, size_t bytes, gfp_t gfp);

/* For entries: any size if @gfp may block, not zeroed. Or an ERR_PTR(). */
void *gomap_alloc_large(struct gomap *map, size_t bytes, gfp_t gfp);
void gomap_free_large(struct gomap *map, void *memory, size_t bytes);

/* Memory of the map waits for RCU from now on. */
static inline void gomap_note_garbage(struct gomap *map)
{
	/* All CPUs read it; few write it. */
	if (!READ_ONCE(map->has_garbage))
		WRITE_ONCE(map->has_garbage, true);
}

/*
 * Wait for the map's memory that waits for RCU at the call. False if there is
 * none. Process context. Takes a grace period, and at most GOMAP_GARBAGE_WAIT
 * more for tables, which a worker frees.
 */
bool gomap_wait_for_garbage(struct gomap *map);

/*
 * Bytes that an allocation takes. Large memory that was allocated without
 * sleeping may take up to twice as much, as kmalloc() rounds up.
 */
size_t gomap_bytes_taken(size_t bytes);

#endif /* _GOMAP_MEMORY_H */
