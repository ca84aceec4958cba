// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory cgroup that a map is charged to. See memcg.h.
 *
 * cmpxchg() replaces @map->memcg, under no lock; the winner drops the
 * reference to the old one. Readers take their own reference in an RCU
 * read-side section, as a cgroup is freed a grace period after its last
 * reference.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "../compat.h"
#include "map.h"
#include "memcg.h"

static void look_at_maps(struct work_struct *work);

/* Maps to check per hold of the lock. */
#define GOMAP_LOOK_AT_ONCE 64

/* Maps that are charged to a cgroup; the first is the next to check. */
static LIST_HEAD(charged);
static DEFINE_SPINLOCK(charged_lock);
static DECLARE_DELAYED_WORK(look, look_at_maps);

static void look_later(void)
{
	queue_delayed_work(system_power_efficient_wq, &look,
			   GOMAP_MEMCG_SECONDS * HZ);
}

/*
 * The next ancestor that is online and gives a reference. The root always
 * does.
 */
static struct mem_cgroup *get_online_ancestor(struct mem_cgroup *memcg)
{
	do {
		memcg = parent_mem_cgroup(memcg);
	} while (memcg && !(mem_cgroup_online(memcg) &&
			    gomap_memcg_tryget(memcg)));
	return memcg;
}

/* @memcg has been removed. */
static void move_up(struct gomap *map, struct mem_cgroup *memcg)
{
	struct mem_cgroup *ancestor = get_online_ancestor(memcg);

	if (!ancestor)
		return;
	if (cmpxchg(&map->memcg, memcg, ancestor) == memcg)
		mem_cgroup_put(memcg);
	else
		mem_cgroup_put(ancestor);
}

struct mem_cgroup *gomap_memcg_get(struct gomap *map)
{
	struct mem_cgroup *memcg;

	if (!map->account)
		return NULL;
	rcu_read_lock();
	/* The map has a reference, so this fails only if memcg is replaced. */
	do {
		memcg = READ_ONCE(map->memcg);
		if (memcg && unlikely(!mem_cgroup_online(memcg))) {
			move_up(map, memcg);
			memcg = READ_ONCE(map->memcg);
		}
	} while (memcg && !gomap_memcg_tryget(memcg));
	rcu_read_unlock();
	return memcg;
}

/* True if this round has checked all maps. */
static bool look_at_some(u32 round)
{
	struct gomap *map;
	u32 nr;

	lockdep_assert_held(&charged_lock);
	for (nr = 0; nr < GOMAP_LOOK_AT_ONCE; nr++) {
		map = list_first_entry_or_null(&charged, struct gomap, charged);
		if (!map || map->charged_round == round)
			return true;
		map->charged_round = round;
		list_move_tail(&map->charged, &charged);
		mem_cgroup_put(gomap_memcg_get(map));
	}
	return false;
}

static void look_at_maps(struct work_struct *work)
{
	static u32 round;
	bool all;

	round++;
	do {
		cond_resched();
		spin_lock_bh(&charged_lock);
		all = look_at_some(round);
		if (all && !list_empty(&charged))
			look_later();
		spin_unlock_bh(&charged_lock);
	} while (!all);
}

void gomap_memcg_begin(struct gomap *map)
{
	map->account = __GFP_ACCOUNT;
	map->memcg = get_mem_cgroup_from_mm(current->mm);
	spin_lock_bh(&charged_lock);
	list_add(&map->charged, &charged);
	look_later();
	spin_unlock_bh(&charged_lock);
}

void gomap_memcg_end(struct gomap *map)
{
	if (!map->account)
		return;
	spin_lock_bh(&charged_lock);
	list_del(&map->charged);
	spin_unlock_bh(&charged_lock);
	mem_cgroup_put(map->memcg);
}

void gomap_memcg_exit(void)
{
	cancel_delayed_work_sync(&look);
}
