// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables: allocation, release, and the overflow area. See table.h.
 */
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include "grow.h"
#include "kunit.h"
#include "memory.h"
#include "table.h"

/*
 * The one can be had without effort; the other is worth some, and the page
 * allocator zeroes it without a pause.
 */
#define GOMAP_BLOCK_SMALL (PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)
#define GOMAP_BLOCK_LARGE SZ_512K

#define GOMAP_LEAF_BYTES (GOMAP_LEAF_CHUNKS * sizeof(void *))
/* So that a small table can overflow by some thousand buckets. */
#define GOMAP_LEAVES_MIN 32

static u32 nr_segments(const struct gomap_table *table)
{
	return 1U << (table->log2 - table->segment_shift);
}

static size_t segment_bytes(const struct gomap_table *table)
{
	return (size_t)table->bucket_stride << table->segment_shift;
}

/* Of the block that begins with segment @first. */
static size_t block_bytes(const struct gomap_table *table, u32 first)
{
	return min(table->per_block, nr_segments(table) - first) *
	       segment_bytes(table);
}

static size_t heads_bytes_taken(const struct gomap_table *table)
{
	u32 last = rounddown(nr_segments(table) - 1, table->per_block);
	u32 full = last / table->per_block;

	return full * gomap_block_bytes_taken(block_bytes(table, 0)) +
	       gomap_block_bytes_taken(block_bytes(table, last));
}

static size_t header_bytes(const struct gomap_table *table)
{
	return gomap_bytes_taken(struct_size(table, segments,
					     nr_segments(table) +
					     table->nr_leaves));
}

u64 gomap_table_bytes(const struct gomap_table *table)
{
	/* Without the lock: as many as there were at some moment. */
	size_t nr_chunks = READ_ONCE(table->nr_chunks);
	size_t nr_leaves = DIV_ROUND_UP(nr_chunks, GOMAP_LEAF_CHUNKS);

	return header_bytes(table) + heads_bytes_taken(table) +
	       nr_chunks * table->chunk_bytes + nr_leaves * GOMAP_LEAF_BYTES;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_bytes);

/* For a table of 2^@log2 heads by itself: two buckets for each, and more. */
static u32 leaves_for_inserts(const struct gomap *map, u32 log2)
{
	u64 chunks = (2ULL << log2) / map->chunk_buckets;

	return GOMAP_LEAVES_MIN + (chunks >> GOMAP_LEAF_SHIFT);
}

/*
 * For what comes from @table: a bucket for each that it has or can still get, its
 * heads among them. It has more of its own than inserts get if it has itself been
 * left for a smaller table.
 */
static u32 leaves_for_moves(const struct gomap_table *table)
{
	u32 heads = DIV_ROUND_UP(gomap_nr_heads(table),
				 table->chunk_buckets * GOMAP_LEAF_CHUNKS);
	/* Chunks that it gets from now on are within what inserts get. */
	u32 leaves = DIV_ROUND_UP(READ_ONCE(table->nr_chunks),
				  GOMAP_LEAF_CHUNKS);

	return heads + max(leaves, table->insert_leaves);
}

static void free_in_worker(struct work_struct *work)
{
	gomap_table_free(container_of(to_rcu_work(work), struct gomap_table,
				      free_work));
}

static void set_limits(struct gomap_table *table)
{
	/*
	 * CPUs that come later aren't counted with until the next table. While
	 * it is that of fewer CPUs, this one may be left that much late.
	 */
	s64 uncertain = GOMAP_COUNT_BATCH * num_online_cpus();

	table->grow_above = gomap_grow_above(table->log2);
	table->grow_check = table->grow_above - uncertain;
	table->shrink_below = gomap_shrink_below(table->log2);
	table->shrink_check = table->shrink_below ?
			      table->shrink_below + uncertain : S64_MIN;
}

static void free_blocks(struct gomap_table *table)
{
	u32 first;

	for (first = 0; first < nr_segments(table); first += table->per_block) {
		if (first)
			cond_resched();
		gomap_free_block(table->segments[first],
				 block_bytes(table, first));
	}
}

static int alloc_block(struct gomap *map, struct gomap_table *table,
		       u32 first, gfp_t gfp)
{
	size_t bytes = block_bytes(table, first), at;
	void *block = gomap_alloc_block(map, bytes, gfp);

	if (!block)
		return -ENOMEM;
	for (at = 0; at < bytes; at += segment_bytes(table))
		table->segments[first++] = block + at;
	return 0;
}

/*
 * A table for which there is no memory would be allocated block by block until
 * all others have lost theirs, and be given back: each time that growth is tried.
 */
static bool exceeds_memory(const struct gomap_table *table)
{
	long pages = (u64)segment_bytes(table) * nr_segments(table) >>
		     PAGE_SHIFT;

	return pages > si_mem_available() + get_nr_swap_pages();
}

/* Only what may sleep is given a table of more than one block. */
static int alloc_blocks(struct gomap *map, struct gomap_table *table, gfp_t gfp)
{
	u32 first = 0;

	if (exceeds_memory(table) || alloc_block(map, table, first, gfp))
		return -ENOMEM;
	for (;;) {
		first += table->per_block;
		if (first >= nr_segments(table))
			return 0;
		cond_resched();
		if (fatal_signal_pending(current) ||
		    alloc_block(map, table, first, gfp)) {
			free_blocks(table);
			return -ENOMEM;
		}
	}
}

/* The largest segments of which a block wastes no more than a sixteenth. */
static u32 max_segment_shift(u32 bucket_stride, u32 block)
{
	u32 shift = ilog2(block / bucket_stride);

	while (block % (bucket_stride << shift) > block / 16)
		shift--;
	return shift;
}

static struct gomap_table *alloc_header(struct gomap *map, u32 log2,
					const struct gomap_table *from,
					gfp_t gfp)
{
	u32 block = (size_t)map->bucket_stride << log2 < GOMAP_BLOCK_LARGE ?
		    GOMAP_BLOCK_SMALL : GOMAP_BLOCK_LARGE;
	u32 segment_shift = min(log2, max_segment_shift(map->bucket_stride,
							block));
	u32 nr_segments = 1U << (log2 - segment_shift);
	u32 insert_leaves = leaves_for_inserts(map, log2);
	u32 nr_leaves = insert_leaves + (from ? leaves_for_moves(from) : 0);
	struct gomap_table *table;

	/* So that a link has 32 bits. */
	nr_leaves = min(nr_leaves,
			U32_MAX >> (map->chunk_shift + GOMAP_LEAF_SHIFT));
	table = gomap_alloc_large(map, struct_size(table, segments,
						   nr_segments + nr_leaves),
				  gfp | __GFP_ZERO);
	if (!table)
		return NULL;
	table->log2 = log2;
	table->mask = (1U << log2) - 1;
	table->segment_shift = segment_shift;
	table->segment_mask = (1U << segment_shift) - 1;
	table->bucket_stride = map->bucket_stride;
	table->per_block = block / segment_bytes(table);
	table->nr_leaves = nr_leaves;
	table->insert_leaves = insert_leaves;
	table->leaves = (void ***)&table->segments[nr_segments];
	return table;
}

struct gomap_table *gomap_table_alloc(struct gomap *map, u32 log2,
				      const struct gomap_table *from, gfp_t gfp)
{
	struct gomap_table *table = alloc_header(map, log2, from, gfp);

	if (!table)
		return NULL;
	if (alloc_blocks(map, table, gfp)) {
		kvfree(table);
		return NULL;
	}
	table->chunk_shift = map->chunk_shift;
	table->chunk_buckets = map->chunk_buckets;
	table->chunk_bytes = map->chunk_bytes;
	table->longest_chain = 1;
	set_limits(table);
	atomic_set(&table->help_from, gomap_nr_heads(table));
	raw_spin_lock_init(&table->overflow_lock);
	INIT_RCU_WORK(&table->free_work, free_in_worker);
	return table;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_alloc);

void gomap_table_free(struct gomap_table *table)
{
	u32 i;

	for (i = 0; i < table->nr_chunks; i++) {
		kfree(table->leaves[i >> GOMAP_LEAF_SHIFT]
				   [i & (GOMAP_LEAF_CHUNKS - 1)]);
		cond_resched();
	}
	for (i = 0; i < table->nr_leaves && table->leaves[i]; i++) {
		kfree(table->leaves[i]);
		cond_resched();
	}
	free_blocks(table);
	kvfree(table);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_free);

void gomap_table_retire(struct gomap_table *table)
{
	queue_rcu_work(gomap_workqueue, &table->free_work);
}

u64 gomap_table_overflow_buckets(const struct gomap_table *table)
{
	/*
	 * In this order: what is returned was taken before, when the lock was
	 * held another time. So the number that is written needs no release.
	 */
	u32 returned = smp_load_acquire(&table->nr_returned);

	return READ_ONCE(table->nr_taken) - returned;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_overflow_buckets);

static u32 buckets_left(const struct gomap_table *table)
{
	return table->nr_returned + table->nr_chunks * table->chunk_buckets -
	       table->nr_taken;
}

/* Make the stock's chunk the table's, if there is a leaf for it. */
static bool add_chunk(struct gomap_table *table, struct gomap_stock *stock)
{
	u32 number = table->nr_chunks;
	u32 leaf = number >> GOMAP_LEAF_SHIFT;

	lockdep_assert_held(&table->overflow_lock);
	if (!stock->chunk || leaf >= table->nr_leaves)
		return false;
	if (!table->leaves[leaf]) {
		if (!stock->leaf) {
			stock->leaf_wanted = true;
			return false;
		}
		table->leaves[leaf] = stock->leaf;
		stock->leaf = NULL;
	}
	table->leaves[leaf][number & (GOMAP_LEAF_CHUNKS - 1)] = stock->chunk;
	stock->chunk = NULL;
	/* gomap_table_bytes() may read it. */
	WRITE_ONCE(table->nr_chunks, number + 1);
	return true;
}

static u32 take_one(struct gomap_table *table)
{
	u32 link = table->returned;
	u32 number = table->nr_taken;

	lockdep_assert_held(&table->overflow_lock);
	/* gomap_table_overflow_buckets() may read both numbers. */
	if (link) {
		table->returned = gomap_overflow_at(table, link)->overflow;
		WRITE_ONCE(table->nr_returned, table->nr_returned - 1);
		return link;
	}
	WRITE_ONCE(table->nr_taken, number + 1);
	return (number / table->chunk_buckets << table->chunk_shift |
		number % table->chunk_buckets) + 1;
}

static u32 take(struct gomap_table *table, u32 nr, struct gomap_stock *stock)
{
	u32 list = 0, link;

	lockdep_assert_held(&table->overflow_lock);
	if (buckets_left(table) < nr)
		add_chunk(table, stock);
	if (buckets_left(table) >= nr) {
		while (nr--) {
			link = take_one(table);
			gomap_overflow_at(table, link)->overflow = list;
			list = link;
		}
	}
	return list;
}

u32 gomap_overflow_take(struct gomap_table *table, u32 nr,
			struct gomap_stock *stock)
{
	u32 list;

	raw_spin_lock(&table->overflow_lock);
	list = take(table, nr, stock);
	raw_spin_unlock(&table->overflow_lock);
	return list;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_overflow_take);

static u32 insert_buckets(const struct gomap_table *table)
{
	return table->insert_leaves * GOMAP_LEAF_CHUNKS * table->chunk_buckets;
}

u32 gomap_overflow_take_for_insert(struct gomap_table *table,
				   struct gomap_stock *stock)
{
	u32 list = 0;

	raw_spin_lock(&table->overflow_lock);
	if (table->nr_taken - table->nr_returned < insert_buckets(table))
		list = take(table, 1, stock);
	raw_spin_unlock(&table->overflow_lock);
	return list;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_overflow_take_for_insert);

void gomap_overflow_return(struct gomap_table *table, u32 list)
{
	struct gomap_bucket *bucket;
	u32 link;

	if (!list)
		return;
	raw_spin_lock(&table->overflow_lock);
	while (list) {
		link = list;
		bucket = gomap_overflow_at(table, link);
		list = bucket->overflow;
		bucket->overflow = table->returned;
		table->returned = link;
		/* Likewise, and after the lock was held for taking. */
		WRITE_ONCE(table->nr_returned, table->nr_returned + 1);
	}
	raw_spin_unlock(&table->overflow_lock);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_overflow_return);

struct gomap_bucket *gomap_list_first(const struct gomap_table *table,
				      u32 list)
{
	return gomap_overflow_at(table, list);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_list_first);

void gomap_link(struct gomap_table *table, struct gomap_bucket *last, u32 *list)
{
	u32 link = *list;
	struct gomap_bucket *bucket = gomap_overflow_at(table, link);

	*list = bucket->overflow;
	bucket->overflow = 0;
	/*
	 * Pairs with gomap_next_bucket(): who sees the link sees the bucket
	 * with its first entry, and the chunk and the leaf that it is in.
	 */
	smp_store_release(&last->overflow, link);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_link);

/* Chains of one table get longer under different locks. */
void gomap_note_chain(struct gomap *map, struct gomap_table *table, u32 length)
{
	/* Any value that it had will do: try_cmpxchg() asks again. */
	u32 longest = READ_ONCE(table->longest_chain);

	if (unlikely(length > GOMAP_CHAIN_LONG))
		atomic_long_inc(&map->long_chains);

	while (length > longest &&
	       !try_cmpxchg(&table->longest_chain, &longest, length))
		;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_note_chain);

int gomap_stock_fill(struct gomap *map, struct gomap_stock *stock, gfp_t gfp)
{
	if (!stock->chunk) {
		stock->chunk = gomap_alloc(map, map->chunk_bytes, gfp);
		return stock->chunk ? 0 : -ENOMEM;
	}
	/* If a full stock didn't help, no other memory would. */
	if (gomap_stock_is_full(stock))
		return -ENOMEM;
	stock->leaf = gomap_alloc(map, GOMAP_LEAF_BYTES, gfp);
	return stock->leaf ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_stock_fill);

void gomap_stock_empty(struct gomap_stock *stock)
{
	kfree(stock->chunk);
	kfree(stock->leaf);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_stock_empty);
