/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory cgroup that a map is charged to: that of the task that created it, or,
 * when that is removed, the next one above it that isn't. The kernel does the same
 * with what is charged already (object cgroups, which modules can't hold).
 *
 * A cgroup can't tell a module that it is removed. So an allocation looks, and a
 * work looks at all maps each GOMAP_MEMCG_SECONDS: that long a map can keep a
 * removed cgroup.
 */
#ifndef _GOMAP_MEMCG_H
#define _GOMAP_MEMCG_H

struct gomap;
struct mem_cgroup;

#define GOMAP_MEMCG_SECONDS 10

/* Charge a new map to the current task's cgroup, until gomap_memcg_end(). */
void gomap_memcg_begin(struct gomap *map);
/* Any context. */
void gomap_memcg_end(struct gomap *map);

/*
 * The cgroup that an allocation for @map is to be charged to, with a reference for
 * mem_cgroup_put(); NULL for none.
 */
struct mem_cgroup *gomap_memcg_get(struct gomap *map);

/* When no map is left. */
void gomap_memcg_exit(void);

#endif /* _GOMAP_MEMCG_H */
