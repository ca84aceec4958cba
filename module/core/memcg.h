/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory cgroup that a map is charged to: that of the task that created
 * it, or, after its removal, the next one above it that is not removed. The
 * kernel does the same with existing charges (object cgroups, which modules
 * can't hold).
 *
 * A cgroup can't tell a module that it is removed. So each allocation checks,
 * and a work checks all maps each GOMAP_MEMCG_SECONDS. A map can keep a
 * removed cgroup that long.
 */
#ifndef _GOMAP_MEMCG_H
#define _GOMAP_MEMCG_H

struct gomap;
struct mem_cgroup;

#define GOMAP_MEMCG_SECONDS 10

/* Charge a new map to the current task's cgroup, until gomap_memcg_end(). */
void gomap_memcg_begin(struct gomap *map);
/* Drop the map's cgroup. Any context. */
void gomap_memcg_end(struct gomap *map);

/*
 * The cgroup to charge an allocation for @map to, with a reference for
 * mem_cgroup_put(); NULL for none.
 */
struct mem_cgroup *gomap_memcg_get(struct gomap *map);

/* When no map is left. */
void gomap_memcg_exit(void);

#endif /* _GOMAP_MEMCG_H */
