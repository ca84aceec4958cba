/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table: an array of buckets that gets its memory block by block.
 *
 * Buckets have numbers. The first 2^log2 are the heads of chains, the others are
 * overflow buckets. @overflow of a bucket is the number of the next one in its
 * chain; 0, which is always a head, ends the chain. So a link takes 4 bytes, and
 * a bucket contains no address.
 *
 *   nodes            node              block
 *   +---+           +---+             +----------+----------+-- -- --+--+
 *   | 0 |---------->| 0 |------------>| bucket 0 | bucket 1 |        |  |
 *   | 1 |--> ...    | 1 |--> ...      +----------+----------+-- -- --+--+
 *   +---+           +---+
 *
 * A block holds as many buckets as fit into 32 KiB, or less in small tables. The
 * page allocator gives that much without effort (PAGE_ALLOC_COSTLY_ORDER), and
 * zeroing it takes a microsecond or so. A node holds pointers to blocks and has
 * the size of one. The header has a pointer for each node, that is for each 128 MiB
 * of a large table: a page for tables of up to 64 GiB. So a table can be attached in
 * any context.
 *
 * A new table has no block. A head gets its block when the first chain moves into
 * it, an overflow bucket when it is taken. A reader comes to a head of a successor
 * only by the mark of an evacuated chain, and to an overflow bucket only by a link;
 * both are released after the block is there. All heads of @map->table have
 * their blocks.
 *
 * A table has a limit on the overflow buckets that inserts take: two for each
 * head, and GOMAP_OVERFLOW_FREE more. Inserts reach it only where no successor can
 * be had, and fail then: with random keys when there are 3.1 times the entries that
 * a large table should have, and more times in one of few heads.
 * Moves into the table may take more; grow.c says why.
 *
 * No overflow bucket is ever unlinked; all go with the table. A move takes as many
 * as it can need, and gives the rest back, which have been in no chain.
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
 * Random keys make no chain longer at the load factor of 6.5: the chance that 49
 * keys meet in one of 2^28 chains is 5e-18 (Poisson).
 */
#define GOMAP_CHAIN_LONG 6
/*
 * An insert that finds a chain of GOMAP_CHAIN_MAX buckets full fails. Random keys
 * don't come near it: at four times the load factor the chance that 513 keys meet in
 * one of 2^28 chains is below 1e-400 (Poisson). A merge may join two such chains, so
 * no chain is longer than twice as many buckets (grow.c).
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
	 * More entries than @grow_above: grow; fewer than @shrink_below: shrink.
	 * The first can be the case when all CPUs see @grow_check entries, the
	 * other when they see no more than @shrink_check.
	 */
	s64 grow_above;
	s64 grow_check;
	s64 shrink_below;
	s64 shrink_check;

	/* Heads from this one up have been taken by writers to be evacuated. */
	atomic_t help_from ____cacheline_aligned_in_smp;
	/* Chains that aren't evacuated. The last one to move retires the table. */
	atomic_t left;
	/*
	 * Holders of different chains raise it with cmpxchg. Statistics and
	 * check_merge() read it without a lock.
	 */
	u32 longest_chain;
	/* A merge would join chains that are too long. Under no lock. */
	bool collides;

	/*
	 * Of what follows. Nests inside the locks of chains. The numbers (nr_*)
	 * are written under it, but also read without it, whole, for what is told
	 * of a map and to see if it is to be rebuilt: there they may be a little
	 * old.
	 */
	raw_spinlock_t lock;
	/* Overflow buckets given back, linked by @overflow; their number. */
	u32 returned;
	u32 nr_returned;
	/* Overflow buckets ever taken, but for those taken again. */
	u32 nr_taken;
	/* Blocks and nodes. */
	u32 nr_pieces;

	/* Limits on the overflow buckets in use: for inserts, and for all. */
	u32 insert_max;
	u32 move_max;
	u32 piece_bytes;
	u32 nr_nodes;
	/* How many tables the map had before. Written before it is attached. */
	u32 serial;
	struct gomap *map;
	struct rcu_work free_work;
	/* Each written once, under @lock, as are the pointers in nodes. */
	void **nodes[];
};

/*
 * Memory had outside of all locks: blocks and nodes for a table. Begin with {}, and
 * when a function that takes from it fails with -EAGAIN call gomap_stock_fill() and
 * try again. The table needn't be the same by then.
 */
struct gomap_stock {
	/* Linked by their first word, which is 0 when they are taken. */
	void *pieces;
	/* Bytes of each. */
	u32 bytes;
	/* What the last failure was for: so many more, of so many bytes. */
	u32 wanted;
	u32 wanted_bytes;
	/* If any: the last block that is missing. */
	u32 wanted_block;
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

/* @stride is that of @table, for callers that know it as a constant. */
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
	/* Pairs with gomap_link(): the bucket and the way to it are there. */
	u32 link = smp_load_acquire(&bucket->overflow);

	return link ? gomap_bucket_at(table, link) : NULL;
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

/*
 * A table of 2^@log2 heads without a block, or an ERR_PTR(). It can have @to_move
 * overflow buckets more than inserts take.
 */
struct gomap_table *gomap_table_alloc(struct gomap *map, u32 log2, u32 to_move,
				      gfp_t gfp);
/*
 * What the successor of @table needs to have: a bucket for each that @table has or
 * can still get. It doesn't change while @table is the map's.
 */
u32 gomap_buckets_to_move(const struct gomap_table *table);
/* Blocks for all heads. -EINTR if a fatal signal came and @gfp may block. */
int gomap_table_populate(struct gomap_table *table, gfp_t gfp);
/* At once; may sleep, but not if it has no block. */
void gomap_table_free(struct gomap_table *table);
/* After a grace period; any context. */
void gomap_table_retire(struct gomap_table *table);
u64 gomap_table_bytes(const struct gomap_table *table);
/* What the heads of a table would take. */
u64 gomap_heads_bytes(const struct gomap *map, u32 log2);
u64 gomap_table_overflow_buckets(const struct gomap_table *table);
/* Is the block of head @number there? Not while moves go into @table. */
bool gomap_has_head(const struct gomap_table *table, u32 number);

/*
 * See to it that heads @first and @second can be used, and take @nr overflow buckets
 * for chains that move to @table; *@list is then a list for gomap_link(). -EAGAIN:
 * fill @stock; -ENOMEM: the table can have no more.
 */
int gomap_table_prepare(struct gomap_table *table, u32 first, u32 second,
			u32 nr, u32 *list, struct gomap_stock *stock);
/* Likewise take one overflow bucket for an insert. */
int gomap_overflow_take_for_insert(struct gomap_table *table, u32 *list,
				   struct gomap_stock *stock);
/* Give back what is left of such a list. */
void gomap_overflow_return(struct gomap_table *table, u32 list);
/* Append the first bucket of *@list to the chain that ends at @last. */
void gomap_link(struct gomap_table *table, struct gomap_bucket *last,
		u32 *list);
/* A chain of @table has got @length buckets. */
void gomap_note_chain(struct gomap *map, struct gomap_table *table, u32 length);

/* What the last -EAGAIN was for. 0 or -errno. */
int gomap_stock_fill(struct gomap *map, struct gomap_stock *stock, gfp_t gfp);
void gomap_stock_empty(struct gomap *map, struct gomap_stock *stock);

#endif /* _GOMAP_TABLE_H */
