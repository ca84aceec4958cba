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
 * A map holds keys and one value for each key. Keys and values have a fixed
 * size or a variable length. A value size of 0 makes a set.
 *
 * These hold at any time, on any CPU, while the map grows or shrinks:
 *
 * (A) A lookup finds a key that is in the map from the call to the return. It
 *     does not find a key that is absent throughout. The value is whole, and
 *     was the key's value at some moment of the call.
 * (B) Operations on one key have one order. It agrees with real time: a call
 *     that begins after an insert has returned finds that key.
 * (C) A failed operation has changed nothing.
 *
 * Costs. A chain has at most 2 * GOMAP_CHAIN_MAX buckets of eight keys. Nearly
 * all chains have one or two.
 *
 * (D) A lookup reads one chain. It takes no lock and waits for no other task.
 *     If writers keep changing its chain, it retries some times, then locks
 *     the chain as in (E). Overwriting a value of up to eight bytes makes no
 *     lookup retry. No overwrite makes gomap_contains() retry for a key of up
 *     to eight bytes.
 * (E) An operation that changes a key locks its chain. During a move, it also
 *     moves its own chain and one other chain. Each retry of an insert moves
 *     one further chain. The lock covers hashing and copying the entries of
 *     one chain, whatever the size of the map. It covers comparing one long
 *     value only if other tasks have replaced that value eight times since the
 *     operation began. The lock is not fair: an operation may wait for other
 *     tasks that want the same chain.
 * (F) The insert that makes the table too small attaches the next one, with
 *     the memory that its @gfp allows. The new table has no buckets yet. It
 *     gets them in blocks of 32 KiB or less, when the first chain moves there.
 *     So an operation allocates and zeroes a few blocks at most, for its own
 *     chain and one more. No map depends on a worker to grow. Without memory
 *     for a block, an operation uses the old chain. An insert fails with
 *     -ENOMEM if its chain is full and gets no bucket. A table with n heads
 *     gives inserts 2n + GOMAP_OVERFLOW_FREE overflow buckets. With random
 *     keys these suffice for 3.1 times the normal entries of a large table,
 *     and for more in a table of few heads.
 * (G) An insert fails with -EMLINK if its chain has GOMAP_CHAIN_MAX buckets
 *     full of keys with colliding hashes. This does not happen with a secret
 *     hash and keys chosen without knowledge of it.
 *
 * max_entries is exact. Without max_entries, most operations write no cache
 * line that other CPUs write, except those of their buckets.
 *
 * Memory: replaced and deleted memory is freed after an RCU grace period.
 * Until then it counts as the map's, in gomap_stats() and against all limits.
 * A caller that may sleep waits for it once before an allocation fails.
 *
 * Operations on keys, gomap_scan(), gomap_len(), gomap_stats() and
 * gomap_destroy() may be called from process and softirq context, with bottom
 * halves on or off, and on PREEMPT_RT outside of raw spinlocks. Do not call
 * them from hard interrupts or NMIs, nor with interrupts off. The other
 * functions need process context and may sleep. RCU frees map memory. The
 * caller needs no read-side section, as values are copied out.
 */

struct gomap;
struct gomap_budget;

/* Buckets that inserts fill in a chain. A merge may join two such chains. */
#define GOMAP_CHAIN_MAX 64
/* Overflow buckets that any table may have, however small it is. */
#define GOMAP_OVERFLOW_FREE 8

/*
 * A faster hash, with no protection against keys made to collide. Use it only
 * for keys that no user chooses or can time. Maps of users can't set it. "make
 * bench" measures both hashes.
 */
#define GOMAP_HASH_FAST (1U << 31)

/**
 * struct gomap_params - properties of a new map
 * @flags: GOMAP_VAR_KEY, GOMAP_VAR_VALUE and GOMAP_HASH_FAST, or 0
 * @key_size: bytes, 1 to GOMAP_KEY_SIZE_MAX; a maximum with GOMAP_VAR_KEY
 * @value_size: bytes, 0 to GOMAP_VALUE_SIZE_MAX; a maximum with
 *	GOMAP_VAR_VALUE
 * @max_entries: entries, up to GOMAP_MAX_ENTRIES_MAX; 0 is no limit
 * @max_bytes: limit for @bytes of struct gomap_stats; 0 is no limit, and so is
 *	any number that exceeds all memory. A map that shrinks may exceed it by
 *	half of its table until the larger table is freed
 * @reserve: entries to have and keep room for
 * @account: charge all memory of the map to the current task's memory cgroup
 * @budget: also takes each charge, for maps of users; the map keeps a
 *	reference. NULL for maps of other modules
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
 * struct gomap_stats - state of a map
 * @entries: entries, exact while no insert or delete is under way
 * @buckets: head buckets of the newest table; 0 if the map has no table yet
 * @overflow_buckets: overflow buckets in chains, of all tables
 * @bytes: memory of the map, its entries and tables, including memory that
 *	waits for RCU
 * @reserve: entries that the map keeps room for
 * @long_chains: how often a chain grew to more than 6 buckets
 * @longest_chain: buckets of the longest chain of the newest table
 * @growing: entries are being moved to another table
 * @frozen: the map is read-only for good
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
 * @value: its value, or a buffer for it
 * @key_len: bytes
 * @value_len: bytes; for lookups the size of @value, then the value's length
 * @result: 0 or -errno, as from the call for one key
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
 * struct gomap_cursor - progress of a scan
 * @position: all zero at the start of a scan
 * @tie: likewise
 *
 * Opaque. A cursor holds nothing. It can be kept, copied, used again, and
 * forgotten.
 */
struct gomap_cursor {
	u64 position;
	u64 tie;
};

/**
 * struct gomap_scan - one call of gomap_scan()
 * @cursor: start of this call; afterwards start of the next
 * @shard: with @shards, the part of the map to walk, 0 to @shards - 1
 * @shards: number of parts of the map, up to 65536; 0 or 1 for one
 * @buffer: receives the entries, in the format of the ABI's scan
 * @size: its size in bytes
 * @used: filled bytes of @buffer
 * @count: entries in @buffer
 * @done: no entry is left; the cursor must not be used any more
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

/* Bytes of a struct gomap_record; @len is that of key and value together. */
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
