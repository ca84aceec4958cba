/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table: 2^log2 head buckets, and an area of overflow buckets.
 *
 * The heads are one array, cut into segments of a power of two of them. As many
 * segments as fit, 7 of 72 KiB if buckets have 144 bytes, share a block of half
 * a megabyte; in tables smaller than that, a block of 32 KiB. To the page
 * allocator a full block is one object. Single pages it frees two thousand at a
 * time, under a lock: an array mapped from pages kept the CPU for 1.5 ms when it
 * was freed. And blocks lie in the direct map, which has large pages.
 *
 *   segments           block
 *   +---+             +--------+--------+-- - - --+--------+--+
 *   | 0 |------------>| seg. 0 | seg. 1 |         | seg. 6 |  |
 *   | 1 |--> ...      +--------+--------+-- - - --+--------+--+
 *   +---+
 *
 * Overflow buckets come in chunks of about a kilobyte, or four pages for the
 * largest buckets, as inserts need them, because their number isn't known
 * beforehand: by Poisson's law 20.9 % of the heads overflow at the load factor of
 * 6.5, and 0.6 % just after a doubling. A fixed share like Go's would either be
 * too small at the end or a waste at the beginning. A chunk is small enough for a
 * caller who can't sleep, mostly.
 *
 *   leaves          leaf, 64 chunks        chunk
 *   +---+          +---+                  +----------+----------+-- - -+
 *   | 0 |--------->| 0 |----------------->| bucket 0 | bucket 1 |      |
 *   | 1 |--> ...   | 1 |--> ...           +----------+----------+-- - -+
 *   +---+          +---+
 *
 * Links between buckets are numbers, not pointers, so that they take 4 bytes
 * and that a table contains no address: (chunk << chunk_shift | place) + 1, and
 * 0 is the end of a chain. The leaves have room for twice as many overflow
 * buckets as heads and a lot to spare in small tables. Where growth is so far
 * behind that they don't suffice, an insert waits for it if it may, and fails with
 * -ENOMEM if not. More leaves are there for what comes from the table before; why
 * that many is in grow.c.
 *
 * Overflow buckets are never unlinked; they go with the table. Some may be
 * taken for a chain and not be needed: those are given back, having been in no
 * chain.
 */
#ifndef _GOMAP_TABLE_H
#define _GOMAP_TABLE_H

#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include "bucket.h"
#include "map.h"

/* 2^28 heads have room for 1.7e9 entries. */
#define GOMAP_LOG2_MAX 28
/*
 * Random keys make no chain longer at the load factor of 6.5: the chance that 49
 * keys meet in one of 2^28 chains is 5e-18 (Poisson).
 */
#define GOMAP_CHAIN_LONG 6
#define GOMAP_LEAF_SHIFT 6
#define GOMAP_LEAF_CHUNKS (1U << GOMAP_LEAF_SHIFT)

struct gomap_table {
	/* The successor, from the start of the move. Under map->grow_lock. */
	struct gomap_table __rcu *next;
	/* Number of heads, less one; the same of a segment, and as a logarithm. */
	u32 mask;
	u32 segment_mask;
	u32 segment_shift;
	u32 bucket_stride;
	/* Each written once, before a link into it exists. */
	void ***leaves;
	u32 chunk_shift;
	u32 chunk_buckets;

	/*
	 * More entries than @grow_above: grow; fewer than @shrink_below:
	 * shrink. From @grow_check up and @shrink_check down, count exactly.
	 */
	s64 grow_above;
	s64 grow_check;
	s64 shrink_below;
	s64 shrink_check;

	/* Heads from this one up have been taken by writers to be evacuated. */
	atomic_t help_from ____cacheline_aligned_in_smp;
	/*
	 * Only raised, by cmpxchg, as each chain has a lock of its own; read
	 * under none, for what is told of a map.
	 */
	u32 longest_chain;
	u32 log2;

	/*
	 * Of the overflow area. Nests inside the locks of chains. The numbers
	 * (nr_*) are written under it, but also read without it, whole, for
	 * what is told of a map and to see if it is to be rebuilt: there they
	 * may be a little old.
	 */
	raw_spinlock_t overflow_lock;
	/* Overflow buckets given back, linked by @overflow; their number. */
	u32 returned;
	u32 nr_returned;
	/* Chunks there are, and buckets ever taken out of them. */
	u32 nr_chunks;
	u32 nr_taken;

	struct rcu_work free_work;
	u32 chunk_bytes;
	u32 nr_leaves;
	/* Inserts get no bucket if as many are in use as these have room for. */
	u32 insert_leaves;
	/* Segments that a block has. */
	u32 per_block;
	/* Of heads; after them the leaves. */
	void *segments[];
};

/*
 * Memory set aside outside of all locks for a chain that has to become longer.
 * Begin with {}, and when gomap_overflow_take() fails for want of it call
 * gomap_stock_fill(). The table needn't be the same by then.
 */
struct gomap_stock {
	void *chunk;
	void **leaf;
	bool leaf_wanted;
};

static inline u32 gomap_nr_heads(const struct gomap_table *table)
{
	return table->mask + 1;
}

/* @stride is that of @table, for who knows it as a constant. */
static __always_inline struct gomap_bucket *
gomap_head_by_stride(const struct gomap_table *table, u32 number, u32 stride)
{
	return table->segments[number >> table->segment_shift] +
	       (size_t)(number & table->segment_mask) * stride;
}

static inline struct gomap_bucket *
gomap_head_at(const struct gomap_table *table, u32 number)
{
	return gomap_head_by_stride(table, number, table->bucket_stride);
}

static inline struct gomap_bucket *
gomap_head_of(const struct gomap_table *table, u64 hash)
{
	return gomap_head_at(table, hash & table->mask);
}

static inline struct gomap_bucket *
gomap_overflow_at(const struct gomap_table *table, u32 link)
{
	u32 chunk = (link - 1) >> table->chunk_shift;
	u32 place = (link - 1) & ((1U << table->chunk_shift) - 1);
	void **leaf = table->leaves[chunk >> GOMAP_LEAF_SHIFT];

	return leaf[chunk & (GOMAP_LEAF_CHUNKS - 1)] +
	       (size_t)place * table->bucket_stride;
}

/* The bucket after @bucket in its chain, or NULL. */
static inline struct gomap_bucket *
gomap_next_bucket(const struct gomap_table *table,
		  const struct gomap_bucket *bucket)
{
	/* Pairs with gomap_link(): the bucket and the way to it are there. */
	u32 link = smp_load_acquire(&bucket->overflow);

	return link ? gomap_overflow_at(table, link) : NULL;
}

static inline void *gomap_slot_at(const struct gomap *map,
				  struct gomap_bucket *bucket,
				  unsigned int slot)
{
	return bucket->slots + slot * map->slot_stride;
}

/* Where inserts go that meet no unevacuated chain. Under rcu_read_lock(). */
static inline struct gomap_table *gomap_newest_table(const struct gomap *map)
{
	struct gomap_table *table = gomap_dereference(map->table), *next;

	while (table && (next = gomap_dereference(table->next)))
		table = next;
	return table;
}

/* A table of 2^@log2 heads, which is to follow @from, unless that is NULL. */
struct gomap_table *gomap_table_alloc(struct gomap *map, u32 log2,
				      const struct gomap_table *from, gfp_t gfp);
/* At once; may sleep, but not if it is small and has never been used. */
void gomap_table_free(struct gomap_table *table);
/* After a grace period; any context. */
void gomap_table_retire(struct gomap_table *table);
u64 gomap_table_bytes(const struct gomap_table *table);
u64 gomap_table_overflow_buckets(const struct gomap_table *table);

/*
 * Take @nr buckets for chains of @table, out of its area or of @stock. Returns
 * a list for gomap_link(), or 0 if @stock has to be filled first.
 */
u32 gomap_overflow_take(struct gomap_table *table, u32 nr,
			struct gomap_stock *stock);
/*
 * Take one for an insert, which leaves alone those that chains may need that are
 * to be moved here. 0 if no more are for inserts, too.
 */
u32 gomap_overflow_take_for_insert(struct gomap_table *table,
				   struct gomap_stock *stock);
/* Give back what is left of such a list. */
void gomap_overflow_return(struct gomap_table *table, u32 list);
/* To be filled before it is linked, unless nobody can reach the chain yet. */
struct gomap_bucket *gomap_list_first(const struct gomap_table *table,
				      u32 list);
/* Append the first bucket of *@list to the chain that ends at @last. */
void gomap_link(struct gomap_table *table, struct gomap_bucket *last,
		u32 *list);
/* A chain of @table has got @length buckets. */
void gomap_note_chain(struct gomap *map, struct gomap_table *table, u32 length);

/* If that wasn't enough, the table has no more buckets, or none for inserts. */
static inline bool gomap_stock_is_full(const struct gomap_stock *stock)
{
	return stock->chunk && (stock->leaf || !stock->leaf_wanted);
}

int gomap_stock_fill(struct gomap *map, struct gomap_stock *stock, gfp_t gfp);
void gomap_stock_empty(struct gomap_stock *stock);

#endif /* _GOMAP_TABLE_H */
