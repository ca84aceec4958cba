/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map itself: what is fixed at its creation, and what changes.
 *
 * Names used throughout core/:
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
	/* What has been moved to here; in a map with max_entries, all. */
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
	/* Fixed at creation */

	siphash_key_t secret;
	/* Of scans, see scan.c. */
	siphash_key_t tie_secret;
	siphash_key_t cursor_secret;
	u32 key_size;
	u32 value_size;
	/* Bytes from the start of a slot to its value, of a slot, of a bucket. */
	u32 value_offset;
	u32 slot_stride;
	u32 bucket_stride;
	/* 4 or 8, see slot.h. */
	u32 word_size;
	/* Slots point to entries, see entry.h. */
	bool has_entries;
	/* A new value is written over the old one, also if it is in an entry. */
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
	/* What the map is charged to, see memcg.h; or NULL. */
	struct mem_cgroup *memcg;
	gfp_t account;
	struct list_head charged;
	/*
	 * Takes the charges for the map, its tables and its entries: @own_budget
	 * if there is a limit, or else its parent, which may be NULL. So a map
	 * without a limit needs no line of its own to be written for each entry.
	 */
	struct gomap_budget *budget;
	struct gomap_budget own_budget;
	unsigned long max_bytes;
	/* The last round in which it was looked at. Under charged_lock. */
	u32 charged_round;
#if IS_ENABLED(CONFIG_KUNIT)
	/* Instead of the hash, for tests of bad ones. */
	u64 (*test_hash)(const void *data, size_t len);
#endif
	struct lockdep_map dep_map;

	/* Read by every operation, written when a table retires (grow.c). */
	struct gomap_table __rcu *table;

	struct gomap_count count ____cacheline_aligned_in_smp;
	/*
	 * Bytes of entries, those that wait for RCU included; each CPU its own, in
	 * large steps.
	 */
	struct percpu_counter entry_bytes;
	/* Bytes of tables that wait for RCU and a worker. */
	atomic_long_t table_garbage;
	/* Entries or tables may be waiting for RCU. Under no lock. */
	bool has_garbage;

	/* How often a chain became longer than GOMAP_CHAIN_LONG buckets. */
	atomic_long_t long_chains;

	/* Of @table and its @next. Nests inside the locks of chains. */
	raw_spinlock_t grow_lock;
	struct delayed_work grow_work;
	/* Jiffies from asking for the worker to its start. Fixed, but for tests. */
	unsigned long grow_delay;
	/*
	 * Entries to keep room for: no table is smaller. Written under
	 * @reserve_lock; read under no lock, whole, by operations that grow or
	 * shrink the map. gomap_reserve() itself makes the larger table.
	 */
	u64 reserve;
	/* Held while a caller makes the table that it has asked for. */
	struct mutex reserve_lock;
	/*
	 * The map is being destroyed: leave what is unfinished. Set once, and
	 * read by the worker between two chains, under no lock: if it sees that
	 * late, it is waited for all the same.
	 */
	bool dying;
	/* Clears that run: no map shrinks of its own accord before they are through. */
	atomic_t clearing;
	struct work_struct destroy_work;
	struct work_struct free_work;
	/* The owner's, and one for each table. */
	refcount_t ref;
};

/*
 * True if no entry may change any more. It is set under no lock, hence
 * READ_ONCE(): a writer asks in the RCU read-side section in which it changes
 * entries, and gomap_freeze() waits for those. Elsewhere the answer may be old. It
 * then affects only what a call returns that changes no entry.
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
	/* Of a known length, and most often it is this one, it has no branch. */
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

/* 0, or what an insert with these flags is told. */
static inline int gomap_check_insert_flags(u32 flags)
{
	const u32 known = GOMAP_INSERT_NEW | GOMAP_INSERT_EXISTING;

	if (flags & ~known)
		return -EOPNOTSUPP;
	return flags == known ? -EINVAL : 0;
}

/* Readers turn preemption off, writers hold rcu_read_lock(). */
#define gomap_dereference(p) rcu_dereference_check(p, rcu_read_lock_sched_held())

/* A reference for what is freed later than its user could know. */
struct gomap *gomap_get(struct gomap *map);
/* Any context. */
void gomap_put(struct gomap *map);

/* For want of memory, or of room in a budget. */
static inline bool gomap_is_short(int ret)
{
	return ret == -ENOMEM || ret == -EDQUOT || ret == -EFBIG;
}

int gomap_core_init(void);
void gomap_core_exit(void);

extern struct workqueue_struct *gomap_workqueue;
extern struct workqueue_struct *gomap_free_workqueue;

#endif /* _GOMAP_MAP_H */
