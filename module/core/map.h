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
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/percpu_counter.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "hash.h"

struct mem_cgroup;
struct gomap_table;

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
	/* Overflow buckets are allocated this many at a time, see table.h. */
	u32 chunk_buckets;
	u32 chunk_bytes;
	u32 chunk_shift;
	u64 max_entries;
	struct mem_cgroup *memcg;
	gfp_t account;
#if IS_ENABLED(CONFIG_KUNIT)
	/* Instead of the hash, for tests of bad ones. */
	u64 (*test_hash)(const void *data, size_t len);
#endif
	struct lockdep_map dep_map;

	/* Read by every operation, written when a table retires (grow.c). */
	struct gomap_table __rcu *table;

	/* Written by inserts and deletes, each CPU its own. */
	struct percpu_counter count ____cacheline_aligned_in_smp;
	/* Bytes of entries. Likewise, in large steps. */
	struct percpu_counter entry_bytes;
	/*
	 * Entries, exactly; only kept if there is a max_entries. Raised before
	 * an entry is published, under its chain's lock, and lowered after it
	 * is gone.
	 */
	atomic_long_t limited_count;

	/* How often a chain became longer than GOMAP_CHAIN_LONG buckets. */
	atomic_long_t long_chains;

	/* Of @table and its @next. */
	spinlock_t grow_lock;
	struct delayed_work grow_work;
	/*
	 * Entries to keep room for: no table is smaller, once the worker was
	 * there. Written under @reserve_lock; read under no lock, whole, by the
	 * worker and by deletes: who changes it has the worker run after that,
	 * and waits; for deletes see gomap_maybe_shrink().
	 */
	u64 reserve;
	/* Held while the map grows to what is to be reserved, or shrinks on demand. */
	struct mutex reserve_lock;
	/*
	 * The map is being destroyed: leave what is unfinished. Set once, and
	 * read by the worker between two chains, under no lock: one that sees
	 * it late is waited for all the same.
	 */
	bool dying;
	/* Clears that run: no map shrinks of its own accord before they are through. */
	atomic_t clearing;
	/*
	 * 1 if the worker is to make the table as small as the entries allow,
	 * else 0. Under no lock: who sets it queues the worker afterwards, which
	 * takes it with xchg(), for one move. Not every architecture has xchg()
	 * for a bool.
	 */
	u32 shrink_to_fit;
	/*
	 * Jiffies to wait before trying to grow again: 0 unless the last attempt
	 * failed for want of memory. Written by the worker, and by who is about
	 * to wait for it; read by whoever queues the worker or waits for room.
	 * All under no lock, and whole: another attempt may be under way at any
	 * time, so it only says when, or whether, to try.
	 */
	unsigned long grow_delay;
	struct work_struct destroy_work;
};

/* How far a CPU's part of a count may be from the total that all see. */
#define GOMAP_COUNT_BATCH 32

/*
 * Counts are read while other CPUs add to them, which percpu_counter permits
 * without a mark. No part of a count can be torn.
 */

static inline s64 gomap_count_sum(struct percpu_counter *count)
{
	/* What is being added may be in the sum, or not. */
	return data_race(percpu_counter_sum_positive(count));
}

/* What all CPUs can see without adding up. */
static inline s64 gomap_rough_count(struct gomap *map)
{
	/* It is rough as it is: @grow_check allows for that. */
	return data_race(percpu_counter_read(&map->count));
}

static inline int gomap_compare_count(struct gomap *map, s64 entries)
{
	/* The rough count, and near @entries the sum. */
	return data_race(__percpu_counter_compare(&map->count, entries,
						  GOMAP_COUNT_BATCH));
}

/*
 * True if no entry may change any more. It is set under no lock, hence
 * READ_ONCE(): a writer asks in the RCU read-side section in which it changes
 * entries, and gomap_freeze() waits for those. Elsewhere the answer may be old:
 * it decides no more than what a call is told that changes no entry.
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

int gomap_core_init(void);
void gomap_core_exit(void);

extern struct workqueue_struct *gomap_workqueue;

#endif /* _GOMAP_MAP_H */
