/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table: an array of buckets that gets its memory block by block.
 *
 * Buckets have numbers. The first 2^log2 are the heads of chains, the others
 * are overflow buckets. @overflow is the number of the next bucket in the
 * chain; 0, which is always a head, ends the chain. So a link takes 4 bytes,
 * and a bucket contains no address.
 *
 *   nodes            node              block
 *   +---+           +---+             +----------+----------+-- -- --+--+
 *   | 0 |---------->| 0 |------------>| bucket 0 | bucket 1 |        |  |
 *   | 1 |--> ...    | 1 |--> ...      +----------+----------+-- -- --+--+
 *   +---+           +---+
 *
 * A block holds as many buckets as fit into 32 KiB, or less in small tables.
 * The page allocator gives that much without effort (PAGE_ALLOC_COSTLY_ORDER),
 * and zeroing it takes a microsecond or so. A node holds pointers to blocks
 * and has the size of a block. The header has a pointer for each node, one for
 * each 128 MiB of a large table: 4 KiB of pointers for 64 GiB. So a table can
 * be attached in any context.
 *
 * A new table has no block. A head gets its block when the first chain moves
 * into it, an overflow bucket when it is taken. A reader reaches a head of a
 * successor only by the mark of an evacuated chain, and an overflow bucket
 * only by a link. Both are released after the block is there. All heads of
 * @map->table have their blocks.
 *
 * A table limits the overflow buckets that inserts take: two for each head,
 * and GOMAP_OVERFLOW_FREE more. Inserts reach the limit, and fail, only if no
 * successor can be allocated. With random keys that takes 3.1 times the normal
 * entries of a large table, and more in a table of few heads. Moves into the
 * table may take more (grow.c).
 *
 * No overflow bucket is ever unlinked; all are freed with the table. A move
 * takes as many as it can need and gives the rest back, which have been in no
 * chain.
 */
#ifndef _GOMAP_TABLE_H
#define _GOMAP_TABLE_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "bucket.h"
#include "map.h"

/* 2^28 heads have room for 1.7e9 entries. */
#define GOMAP_LOG2_MAX 28
/*
 * Random keys make no chain longer at the load factor of 6.5: the chance that
 * 49 keys meet in one of 2^28 chains is 5e-18 (Poisson).
 */
#define GOMAP_CHAIN_LONG 6
/*
 * An insert that finds GOMAP_CHAIN_MAX full buckets in its chain fails. Random
 * keys don't come near it: at four times the load factor the chance that 513
 * keys meet in one of 2^28 chains is below 1e-400 (Poisson). A merge may join
 * two such chains, so a chain has at most twice as many buckets (grow.c).
 */

struct gomap_table {
	/* The successor, from the start of the move. Under map->grow_lock. */
	struct gomap_table __rcu *next;
	/* Number of heads, less one. */
	u32 mask;
	u32 bucket_stride;
	/* A bucket's block is its number, times @factor, shifted by @shift. */
	u32 factor;
	u32 shift;
	u32 per_block;
	u32 node_shift;
	/* Pointers of a node, less one. */
	u32 node_mask;
	u32 log2;

	/*
	 * Grow above @grow_above entries, shrink below @shrink_below. Growing
	 * needs a shared sum of at least @grow_check, shrinking one of at most
	 * @shrink_check.
	 */
	s64 grow_above;
	s64 grow_check;
	s64 shrink_below;
	s64 shrink_check;

	/* Writers have taken the heads from this one up, to evacuate them. */
	atomic_t help_from ____cacheline_aligned_in_smp;
	/* Chains not evacuated yet. The last one to move retires the table. */
	atomic_t left;
	/*
	 * Holders of different chains raise it with cmpxchg. Statistics and
	 * check_merge() read it without a lock.
	 */
	u32 longest_chain;
	/* A merge would make too long a chain. Under no lock. */
	bool collides;

	/*
	 * For the overflow buckets, blocks and nodes. Nests inside the locks
	 * of chains. The counters (nr_*) are written under it. Statistics and
	 * the check for a rebuild read them without it, whole, and tolerate
	 * old values.
	 */
	raw_spinlock_t lock;
	/* Overflow buckets given back, linked by @overflow; their number. */
	u32 returned;
	u32 nr_returned;
	/* Overflow buckets ever taken, not counting repeats. */
	u32 nr_taken;
	/* Number of blocks and nodes. */
	u32 nr_pieces;
	/*
	 * Bytes that are charged ahead for pieces that moves put here. @credit
	 * is under @lock, @is_prepaid is fixed before the attach. See
	 * gomap_table_prepay().
	 */
	u64 credit;
	bool is_prepaid;

	/* Limits on the overflow buckets in use: for inserts, and for all. */
	u32 insert_max;
	u32 move_max;
	u32 piece_bytes;
	u32 nr_nodes;
	/* Number of earlier tables of the map. Written before the attach. */
	u32 serial;
	struct gomap *map;
	struct rcu_work free_work;
	/* Each pointer, here and in nodes, is written once, under @lock. */
	void **nodes[];
};

/*
 * Blocks and nodes for a table, allocated outside of all locks. Begin with {}.
 * If a function that takes from it fails with -EAGAIN, call gomap_stock_fill()
 * and retry. The table may be another one by then.
 */
struct gomap_stock {
	/* Linked by their first word. Taking a piece sets the word to 0. */
	void *pieces;
	/* Bytes of each. */
	u32 bytes;
	/* The last failure lacked so many more pieces, of so many bytes. */
	u32 wanted;
	u32 wanted_bytes;
	/* With @wanted: the last missing block. */
	u32 wanted_block;
	/* The pieces, those that are wanted, are charged when a table gets them. */
	bool is_uncharged;
	bool wants_uncharged;
};

static inline u32 gomap_nr_heads(const struct gomap_table *table)
{
	return table->mask + 1;
}

/* Division by @per_block; see set_division(). */
static __always_inline u32 gomap_block_of(const struct gomap_table *table,
					  u32 number)
{
	return (u64)number * table->factor >> table->shift;
}

/* @stride is that of @table, for callers with a constant stride. */
static __always_inline struct gomap_bucket *
gomap_bucket_by_stride(const struct gomap_table *table, u32 number, u32 stride)
{
	u32 block = gomap_block_of(table, number);
	void **node = table->nodes[block >> table->node_shift];

	return node[block & table->node_mask] +
	       (size_t)(number - block * table->per_block) * stride;
}

static inline struct gomap_bucket *
gomap_bucket_at(const struct gomap_table *table, u32 number)
{
	return gomap_bucket_by_stride(table, number, table->bucket_stride);
}

static inline struct gomap_bucket *
gomap_head_of(const struct gomap_table *table, u64 hash)
{
	return gomap_bucket_at(table, hash & table->mask);
}

/* The bucket after @bucket in its chain, or NULL. */
static inline struct gomap_bucket *
gomap_next_bucket(const struct gomap_table *table,
		  const struct gomap_bucket *bucket)
{
	/* Pairs with gomap_link(): bucket, block and node are there. */
	u32 link = smp_load_acquire(&bucket->overflow);

	return link ? gomap_bucket_at(table, link) : NULL;
}

static inline void *gomap_slot_at(const struct gomap *map,
				  struct gomap_bucket *bucket,
				  unsigned int slot)
{
	return bucket->slots + slot * map->slot_stride;
}

/* For inserts that meet no unevacuated chain. Under rcu_read_lock(). */
static inline struct gomap_table *gomap_newest_table(const struct gomap *map)
{
	struct gomap_table *table = gomap_dereference(map->table), *next;

	while (table && (next = gomap_dereference(table->next)))
		table = next;
	return table;
}

/*
 * A table of 2^@log2 heads without a block, or an ERR_PTR(). Moves may take
 * @to_move overflow buckets more than inserts. With @exceed the table is charged
 * whatever the limits are.
 */
struct gomap_table *gomap_table_alloc(struct gomap *map, u32 log2, u32 to_move,
				      bool exceed, gfp_t gfp);
/*
 * Buckets that the successor of @table must provide: one for each that @table
 * has or can still get. Constant while @table is the map's.
 */
u32 gomap_buckets_to_move(const struct gomap_table *table);
/* Allocate all heads' blocks. -EINTR for a fatal signal if @gfp may block. */
int gomap_table_populate(struct gomap_table *table, gfp_t gfp);
/* Free at once. May sleep, unless the table has no block. */
void gomap_table_free(struct gomap_table *table);
/* Free after a grace period. Any context. */
void gomap_table_retire(struct gomap_table *table);
u64 gomap_table_bytes(const struct gomap_table *table);
/* Bytes of blocks and nodes for 2^@log2 heads and @overflow overflow buckets. */
u64 gomap_pieces_bytes(const struct gomap *map, u32 log2, u32 overflow);
/*
 * Charge what moves into @table will need with @overflow overflow buckets, before
 * a reader can find it. So a move that begins also ends, and no limit keeps a map
 * between two tables. If the moves need more, they exceed the limits. Returns 0 or
 * -errno; with @exceed it never fails. gomap_table_end_credit() gives the rest
 * back when all chains have moved. Any context.
 */
int gomap_table_prepay(struct gomap_table *table, u32 overflow, bool exceed);
void gomap_table_end_credit(struct gomap_table *table);
u64 gomap_table_overflow_buckets(const struct gomap_table *table);
/* Is the block of head @number there? Not while moves go into @table. */
bool gomap_has_head(const struct gomap_table *table, u32 number);

/*
 * Make heads @first and @second usable, and take @nr overflow buckets for
 * chains that move to @table. *@list becomes a list for gomap_link(). -EAGAIN:
 * fill @stock; -ENOMEM: the table can have no more.
 */
int gomap_table_prepare(struct gomap_table *table, u32 first, u32 second,
			u32 nr, u32 *list, struct gomap_stock *stock);
/* Take one overflow bucket for an insert, likewise. */
int gomap_overflow_take_for_insert(struct gomap_table *table, u32 *list,
				   struct gomap_stock *stock);
/* Give back the rest of such a list. */
void gomap_overflow_return(struct gomap_table *table, u32 list);
/* Append the first bucket of *@list to the chain that ends at @last. */
void gomap_link(struct gomap_table *table, struct gomap_bucket *last,
		u32 *list);
/* Record that a chain of @table has grown to @length buckets. */
void gomap_note_chain(struct gomap *map, struct gomap_table *table, u32 length);

/* Allocate what the last -EAGAIN lacked. 0 or -errno. */
int gomap_stock_fill(struct gomap *map, struct gomap_stock *stock, gfp_t gfp);
void gomap_stock_empty(struct gomap *map, struct gomap_stock *stock);

#endif /* _GOMAP_TABLE_H */
