/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gomap: Go's map as a kernel object. The API for other modules.
 */
#ifndef _LINUX_GOMAP_H
#define _LINUX_GOMAP_H

#include <linux/align.h>
#include <linux/types.h>
#include <uapi/linux/gomap.h>

/**
 * DOC: gomap
 *
 * A map holds keys, each once, with a value each. Keys and values have a fixed
 * size or are of variable length; a value size of 0 makes a set.
 *
 * What holds at any time, on any CPU, while the map grows or shrinks:
 *
 * (A) A lookup finds a key that is in the map from the call to the return, and
 *     finds no key that is absent throughout. The value is one that was stored
 *     with the key during the call, whole.
 * (B) Operations on one key have one order, which agrees with real time:
 *     a call that begins after an insert has returned finds that key.
 * (C) A failed operation has changed nothing.
 *
 * What it costs. No chain has more than 2 * GOMAP_CHAIN_MAX buckets of eight keys,
 * and nearly all have one or two:
 *
 * (D) A lookup looks at one chain. It takes no lock, and waits for no other task,
 *     unless writers keep changing its chain: after some tries it locks the chain,
 *     as (E). A value of up to eight bytes that is overwritten makes no lookup start
 *     again, and no value makes gomap_contains() do so for a key of up to eight bytes.
 * (E) An operation that changes a key locks its chain. During a move, it also moves
 *     its own chain and one other chain. An insert moves one further chain each time
 *     it starts again. The lock of a chain is held to hash and copy the entries of
 *     one chain, whatever the size of the map; or to compare one long value, if other
 *     tasks have replaced that value eight times since the operation began. The lock
 *     is not fair: an operation may wait for others that want the same chain.
 * (F) The insert that makes the table too small attaches the next one, with
 *     whatever memory its @gfp can get. The table has no buckets yet: they come in
 *     blocks of 32 KiB or less when the first chain moves there, so an operation
 *     allocates and zeroes some blocks at most, for its own chain and one more. No
 *     map depends on a worker to grow. Where there is no memory for a block, an
 *     operation uses the old chain. An insert fails with -ENOMEM if its chain is
 *     full and gets no bucket. A table with n heads gives inserts 2n overflow buckets
 *     and GOMAP_OVERFLOW_FREE more. With random keys these suffice for 3.1 times the
 *     entries that a large table should have, and for more times in one of few heads.
 * (G) An insert fails with -EMLINK if its chain has GOMAP_CHAIN_MAX buckets full of
 *     keys whose hashes collide. With a secret hash and keys that are chosen without
 *     knowing it, that doesn't happen.
 *
 * max_entries is exact. In a map without max_entries, most operations write no cache
 * line that other CPUs write, except those of their buckets.
 *
 * Memory: what is replaced or deleted is freed after an RCU grace period. Until then it
 * counts as the map's, in gomap_stats() and against all limits. A caller that may sleep
 * waits for it before it is told that there is no memory.
 *
 * Every operation may be called from process and softirq context, with or
 * without bottom halves off, on PREEMPT_RT outside of raw spinlocks; not from
 * hard interrupts or NMIs, nor with interrupts off. Map memory is freed by RCU;
 * the caller needs no read-side section, as values are copied out.
 */

struct gomap;
struct gomap_budget;

/* In buckets of eight keys: what inserts fill; a merge may join two such chains. */
#define GOMAP_CHAIN_MAX 64
/* A table may have so many overflow buckets, however small it is. */
#define GOMAP_OVERFLOW_FREE 8

/*
 * For keys that nobody outside the kernel chooses or can time: a faster hash,
 * which gives no protection against keys that are made to collide. "make bench"
 * has both. Not for users' maps, whose flags are their own.
 */
#define GOMAP_HASH_FAST (1U << 31)

/**
 * struct gomap_params - what a map is to be like
 * @flags: GOMAP_VAR_KEY, GOMAP_VAR_VALUE and GOMAP_HASH_FAST, or 0
 * @key_size: bytes, 1 to GOMAP_KEY_SIZE_MAX; a maximum with GOMAP_VAR_KEY
 * @value_size: bytes, 0 to GOMAP_VALUE_SIZE_MAX; a maximum with GOMAP_VAR_VALUE
 * @max_entries: entries, up to GOMAP_MAX_ENTRIES_MAX; 0 is no limit
 * @max_bytes: the most that @bytes of struct gomap_stats may be; 0 is no limit,
 *	and so is any number that exceeds all memory
 * @reserve: entries to have and keep room for
 * @account: charge all memory of the map to the current task's memory cgroup
 * @budget: also takes each charge, for maps of users; the map keeps a reference.
 *	NULL for maps of other modules
 */
struct gomap_params {
	u32 flags;
	u32 key_size;
	u32 value_size;
	u64 max_entries;
	u64 max_bytes;
	u64 reserve;
	bool account;
	struct gomap_budget *budget;
};

/**
 * struct gomap_stats - what a map is like now
 * @entries: entries, exact while no insert or delete is under way
 * @buckets: head buckets of the newest table, 0 before the first insert
 * @overflow_buckets: overflow buckets in chains, of all tables
 * @bytes: memory in use for entries and tables, and of those that wait for RCU to be
 *	freed
 * @reserve: entries that the map keeps room for
 * @long_chains: how often a chain became longer than 6 buckets
 * @longest_chain: buckets of the longest chain of the newest table
 * @growing: entries are being moved to another table
 * @frozen: nothing may change any more
 */
struct gomap_stats {
	u64 entries;
	u64 buckets;
	u64 overflow_buckets;
	u64 bytes;
	u64 reserve;
	u64 long_chains;
	u32 longest_chain;
	bool growing;
	bool frozen;
};

struct gomap *gomap_create(const struct gomap_params *params);
void gomap_destroy(struct gomap *map);

int gomap_lookup(struct gomap *map, const void *key, size_t key_len,
		 void *value, size_t *value_len);
bool gomap_contains(struct gomap *map, const void *key, size_t key_len);
int gomap_insert(struct gomap *map, const void *key, size_t key_len,
		 const void *value, size_t value_len, u32 flags, gfp_t gfp);
int gomap_delete(struct gomap *map, const void *key, size_t key_len);

/**
 * struct gomap_item - one key of a batch
 * @key: the key
 * @value: its value, or where it goes
 * @key_len: bytes
 * @value_len: bytes; for lookups the room at @value, then the value's length
 * @result: 0 or -errno, as the call for one key would return
 */
struct gomap_item {
	const void *key;
	void *value;
	size_t key_len;
	size_t value_len;
	int result;
};

unsigned int gomap_lookup_batch(struct gomap *map, struct gomap_item *items,
				unsigned int nr, bool stop_at_failure);
unsigned int gomap_insert_batch(struct gomap *map, struct gomap_item *items,
				unsigned int nr, bool stop_at_failure,
				u32 flags, gfp_t gfp);
unsigned int gomap_delete_batch(struct gomap *map, struct gomap_item *items,
				unsigned int nr, bool stop_at_failure);

int gomap_swap(struct gomap *map, const void *key, size_t key_len,
	       const void *value, size_t value_len, void *old, size_t *old_len,
	       gfp_t gfp);
int gomap_take(struct gomap *map, const void *key, size_t key_len, void *value,
	       size_t *value_len);
int gomap_delete_equal(struct gomap *map, const void *key, size_t key_len,
		       const void *value, size_t value_len);
int gomap_compare_exchange(struct gomap *map, const void *key, size_t key_len,
			   const void *expected, size_t expected_len,
			   const void *value, size_t value_len, gfp_t gfp);
int gomap_fetch_add(struct gomap *map, const void *key, size_t key_len,
		    u64 delta, u64 *old, u32 flags, gfp_t gfp);
int gomap_lookup_or_insert(struct gomap *map, const void *key, size_t key_len,
			   const void *value, size_t value_len, void *existing,
			   size_t *existing_len, gfp_t gfp);

/**
 * struct gomap_cursor - how far a scan has come
 * @position: all zero at the start of a scan
 * @tie: likewise
 *
 * Opaque. A cursor holds nothing and can be kept, copied, used again, and
 * forgotten.
 */
struct gomap_cursor {
	u64 position;
	u64 tie;
};

/**
 * struct gomap_scan - one call of gomap_scan()
 * @cursor: where to begin; afterwards where to go on
 * @shard: with @shards, the part of the map to walk, 0 to @shards - 1
 * @shards: parts that the map is walked in, up to 65536; 0 or 1 for one
 * @buffer: where the entries go, in the format of the ABI's scan
 * @size: its size in bytes
 * @used: bytes of it that were filled
 * @count: entries in it
 * @done: nothing is left to deliver; the cursor must not be used any more
 */
struct gomap_scan {
	struct gomap_cursor cursor;
	u32 shard;
	u32 shards;
	void *buffer;
	size_t size;
	size_t used;
	u32 count;
	bool done;
};

int gomap_scan(struct gomap *map, struct gomap_scan *scan);

/* Bytes of a struct gomap_record with a key and a value of so many together. */
static inline size_t gomap_record_size(size_t len)
{
	return ALIGN(sizeof(struct gomap_record) + len, 8);
}

int gomap_clear(struct gomap *map);
void gomap_freeze(struct gomap *map);
int gomap_reserve(struct gomap *map, u64 entries);
int gomap_shrink(struct gomap *map);

u64 gomap_len(struct gomap *map);
void gomap_stats(struct gomap *map, struct gomap_stats *stats);

#endif /* _LINUX_GOMAP_H */
