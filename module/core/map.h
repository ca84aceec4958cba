/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map itself: its fixed properties and its state.
 *
 * Names in core/:
 *
 *   @map     the map
 *   @table   one of its tables; @map->table or a successor
 *   @head    the first bucket of a chain, where its lock is
 *   @bucket  any bucket of a chain
 *   @slot    a slot's number, 0 to 7
 *   @key     a struct gomap_key: the caller's key with its hash
 */
#ifndef _GOMAP_MAP_H
#define _GOMAP_MAP_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/gomap.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/percpu_counter.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "budget.h"
#include "hash.h"

struct mem_cgroup;
struct gomap_table;

/* See count.h. */
struct gomap_count {
	/* The shared sum of moved parts; with max_entries, of all entries. */
	atomic_long_t sum;
	/* A CPU that knows all parts, or GOMAP_NO_ADDER. Under no lock. */
	u32 adder;
	struct gomap_count_part __percpu *parts;
};

struct gomap_key {
	const void *data;
	size_t len;
	u64 hash;
};

struct gomap {
	/*
	 * Fixed at creation, except @memcg, @charged, @charged_round and
	 * @frozen
	 */

	siphash_key_t secret;
	/* For scans, see scan.c. */
	siphash_key_t tie_secret;
	siphash_key_t cursor_secret;
	u32 key_size;
	u32 value_size;
	/* Bytes from a slot's start to its value; of a slot; of a bucket. */
	u32 value_offset;
	u32 slot_stride;
	u32 bucket_stride;
	/* 4 or 8, see slot.h. */
	u32 word_size;
	/* Slots point to entries, see entry.h. */
	bool has_entries;
	/* A new value overwrites the old one, also in an entry. */
	bool overwrites;
	/* Keys and values have 8 bytes, in the slots. */
	bool is_u64_to_u64;
	/* See hash.h. */
	bool has_fast_hash;
	/* GOMAP_VAR_KEY, GOMAP_VAR_VALUE. */
	u32 flags;
	/* Set once, for good: see gomap_is_frozen(). */
	bool frozen;
	u64 max_entries;
	/* The cgroup to charge, see memcg.h; or NULL. */
	struct mem_cgroup *memcg;
	gfp_t account;
	struct list_head charged;
	/*
	 * Takes the charges for the map, its tables and its entries:
	 * @own_budget if there is a limit, or else its parent, which may be
	 * NULL. So a map without a limit writes no cache line of its own for
	 * each entry.
	 */
	struct gomap_budget *budget;
	struct gomap_budget own_budget;
	unsigned long max_bytes;
	/* The last round that checked the map. Under charged_lock. */
	u32 charged_round;
#if IS_ENABLED(CONFIG_KUNIT)
	/* Replaces the hash, for tests of bad ones. */
	u64 (*test_hash)(const void *data, size_t len);
#endif
	struct lockdep_map dep_map;

	/*
	 * Read by every operation; written for the first table and when a
	 * table retires (grow.c).
	 */
	struct gomap_table __rcu *table;

	struct gomap_count count ____cacheline_aligned_in_smp;
	/*
	 * Bytes of entries, including those that wait for RCU. Each CPU counts
	 * its own part, in large steps.
	 */
	struct percpu_counter entry_bytes;
	/* Bytes of tables that wait for RCU and a worker. */
	atomic_long_t table_garbage;
	/* Entries or tables may be waiting for RCU. Under no lock. */
	bool has_garbage;

	/* How often a chain grew to more than GOMAP_CHAIN_LONG buckets. */
	atomic_long_t long_chains;

	/*
	 * The budget refused a successor of the table of this number. Until
	 * then, operations don't ask again. Under no lock.
	 */
	u32 refused_serial;
	unsigned long refused_until;
	/* For @table and its @next. Nests inside the locks of chains. */
	raw_spinlock_t grow_lock;
	struct delayed_work grow_work;
	/*
	 * Jiffies from queueing the worker to its start. Fixed, except for
	 * tests.
	 */
	unsigned long grow_delay;
	/*
	 * Entries to keep room for: no table is smaller. Written under
	 * @reserve_lock. Operations that grow or shrink the map read it under
	 * no lock, whole. gomap_reserve() itself makes the larger table.
	 */
	u64 reserve;
	/* Held while a caller makes the table for its request. */
	struct mutex reserve_lock;
	/*
	 * The map is being destroyed: abandon unfinished work. Set once. The
	 * worker reads it between two chains, under no lock. A stale value
	 * only delays gomap_destroy(), which waits for the worker.
	 */
	bool dying;
	/* Running clears: they keep the map from shrinking by itself. */
	atomic_t clearing;
	struct work_struct destroy_work;
	struct work_struct free_work;
	/* One for the owner, one for each table. */
	refcount_t ref;
};

/*
 * True if no entry may change any more. It is set under no lock, hence
 * READ_ONCE(). A writer checks it in the RCU read-side section in which it
 * changes entries, and gomap_freeze() waits for those. Elsewhere the answer
 * may be stale. It then affects only the return value of a call that changes
 * no entry.
 */
static inline bool gomap_is_frozen(const struct gomap *map)
{
	return READ_ONCE(map->frozen);
}

static __always_inline u64 gomap_hash(const struct gomap *map, const void *data,
				      size_t len)
{
#if IS_ENABLED(CONFIG_KUNIT)
	if (unlikely(map->test_hash))
		return map->test_hash(data, len);
#endif
	if (map->has_fast_hash)
		return gomap_fast_hash(data, len, &map->secret);
	/* Without a branch for the most frequent length, a constant. */
	if (len == 8)
		return gomap_siphash(data, 8, &map->secret);
	return gomap_siphash(data, len, &map->secret);
}

static inline bool gomap_key_len_valid(const struct gomap *map, size_t len)
{
	return len == map->key_size ||
	       (map->flags & GOMAP_VAR_KEY && len < map->key_size);
}

static inline bool gomap_value_len_valid(const struct gomap *map, size_t len)
{
	return len == map->value_size ||
	       (map->flags & GOMAP_VAR_VALUE && len < map->value_size);
}

/* 0, or the -errno of an insert with these flags. */
static inline int gomap_check_insert_flags(u32 flags)
{
	const u32 known = GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING;

	if (flags & ~known)
		return -EOPNOTSUPP;
	return flags == known ? -EINVAL : 0;
}

/* Readers disable preemption, writers hold rcu_read_lock(). */
#define gomap_dereference(p) rcu_dereference_check(p, rcu_read_lock_sched_held())

/* Take a reference, for a holder that is freed at some later time. */
struct gomap *gomap_get(struct gomap *map);
/* Drop a reference. Any context. */
void gomap_put(struct gomap *map);

/* True for a lack of memory or of budget. */
static inline bool gomap_is_short(int ret)
{
	return ret == -ENOMEM || ret == -EDQUOT || ret == -EFBIG;
}

int gomap_core_init(void);
void gomap_core_exit(void);

extern struct workqueue_struct *gomap_workqueue;
extern struct workqueue_struct *gomap_free_workqueue;

#endif /* _GOMAP_MAP_H */
