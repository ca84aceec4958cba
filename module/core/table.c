// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables: allocation, release, and the overflow buckets. See table.h.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include "count.h"
#include "grow.h"
#include "kunit.h"
#include "memory.h"
#include "table.h"

#define GOMAP_PIECE_MIN SZ_512
#define GOMAP_PIECE_MAX SZ_32K
/* A bucket's number times the factor of set_division() has 63 bits. */
#define GOMAP_NUMBER_BITS 31

/*
 * A quarter of the heads' bytes, so that a table with few overflow buckets
 * wastes little. Then a size that buckets fill but for a sixteenth, unless
 * that is more than twice the heads.
 */
static u32 piece_bytes(u32 stride, u32 log2)
{
	u64 heads = (u64)stride << log2;
	u32 bytes = GOMAP_PIECE_MIN;

	while (bytes < GOMAP_PIECE_MAX &&
	       (bytes < stride || 4 * bytes < heads ||
		(bytes % stride > bytes / 16 && bytes < 2 * heads)))
		bytes *= 2;
	return bytes;
}

/*
 * x / d for x < 2^31 is x * ceil(2^k / d) >> k, with k = 31 + ceil(log2(d)):
 * the factor is too large by less than 1, so the product is by less than x,
 * which is less than 2^k / d. (Granlund and Montgomery, "Division by Invariant
 * Integers using Multiplication", 1994, theorem 4.2.)
 */
static void set_division(struct gomap_table *table)
{
	table->shift = GOMAP_NUMBER_BITS + order_base_2(table->per_block);
	table->factor = DIV64_U64_ROUND_UP(1ULL << table->shift,
					   table->per_block);
}

static void set_limits(struct gomap_table *table)
{
	s64 uncertain = GOMAP_COUNT_BATCH * num_possible_cpus();

	table->grow_above = gomap_grow_above(table->log2);
	table->grow_check = table->grow_above - uncertain;
	table->shrink_below = gomap_shrink_below(table->log2);
	table->shrink_check = table->shrink_below ?
			      table->shrink_below + uncertain : S64_MIN;
}

/* Limit for inserts into a table of 2^@log2 heads. */
static u32 insert_max(u32 log2)
{
	return (2U << log2) + GOMAP_OVERFLOW_FREE;
}

/* Inserts have stayed within their limit; moves may have taken more. */
u32 gomap_buckets_to_move(const struct gomap_table *table)
{
	return gomap_nr_heads(table) +
	       max(READ_ONCE(table->nr_taken), table->insert_max);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_buckets_to_move);

/* Limit for moves into it. */
static u32 move_max(u32 log2, u32 to_move)
{
	return min_t(u64, (u64)insert_max(log2) + to_move,
		     (1ULL << GOMAP_NUMBER_BITS) - (1U << log2));
}

static u32 blocks_for(const struct gomap *map, u32 log2, u32 overflow)
{
	u32 bytes = piece_bytes(map->bucket_stride, log2);

	return DIV_ROUND_UP((1U << log2) + overflow,
			    bytes / map->bucket_stride);
}

static u32 nodes_for(const struct gomap *map, u32 log2, u32 overflow)
{
	u32 bytes = piece_bytes(map->bucket_stride, log2);

	return DIV_ROUND_UP(blocks_for(map, log2, overflow),
			    bytes / sizeof(void *));
}

u64 gomap_pieces_bytes(const struct gomap *map, u32 log2, u32 overflow)
{
	u64 pieces = blocks_for(map, log2, overflow) +
		     nodes_for(map, log2, overflow);

	return pieces * piece_bytes(map->bucket_stride, log2);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_pieces_bytes);

int gomap_table_prepay(struct gomap_table *table, u32 overflow, bool exceed)
{
	u64 bytes = gomap_pieces_bytes(table->map, table->log2, overflow);
	int ret = gomap_budget_charge(table->map->budget, bytes);

	if (ret && !exceed)
		return ret;
	if (ret)
		gomap_budget_exceed(table->map->budget, bytes);
	table->credit = bytes;
	table->is_prepaid = true;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_prepay);

void gomap_table_end_credit(struct gomap_table *table)
{
	u64 credit;

	raw_spin_lock(&table->lock);
	credit = table->credit;
	table->credit = 0;
	raw_spin_unlock(&table->lock);
	gomap_budget_uncharge(table->map->budget, credit);
}

/* For a piece that isn't charged yet. */
static void take_credit(struct gomap_table *table)
{
	u64 bytes = min_t(u64, table->credit, table->piece_bytes);

	lockdep_assert_held(&table->lock);
	table->credit -= bytes;
	gomap_budget_exceed(table->map->budget, table->piece_bytes - bytes);
}

static void *alloc_exceeding(struct gomap *map, size_t bytes, gfp_t gfp)
{
	void *memory = gomap_alloc_uncharged(map, bytes, gfp);

	if (!IS_ERR(memory))
		gomap_budget_exceed(map->budget, gomap_bytes_taken(bytes));
	return memory;
}

struct gomap_table *gomap_table_alloc(struct gomap *map, u32 log2, u32 to_move,
				      bool exceed, gfp_t gfp)
{
	u32 bytes = piece_bytes(map->bucket_stride, log2);
	u32 max = move_max(log2, to_move);
	u32 nr_nodes = nodes_for(map, log2, max);
	struct gomap_table *table;
	size_t size = struct_size(table, nodes, nr_nodes);

	if (exceed)
		table = alloc_exceeding(map, size, gfp);
	else
		table = gomap_alloc(map, size, gfp);
	if (IS_ERR(table))
		return table;
	table->log2 = log2;
	table->mask = (1U << log2) - 1;
	table->bucket_stride = map->bucket_stride;
	table->per_block = bytes / map->bucket_stride;
	table->piece_bytes = bytes;
	table->node_shift = ilog2(bytes / sizeof(void *));
	table->node_mask = bytes / sizeof(void *) - 1;
	table->nr_nodes = nr_nodes;
	table->insert_max = insert_max(log2);
	table->move_max = max;
	table->longest_chain = 1;
	set_division(table);
	set_limits(table);
	atomic_set(&table->help_from, gomap_nr_heads(table));
	atomic_set(&table->left, gomap_nr_heads(table));
	raw_spin_lock_init(&table->lock);
	table->map = gomap_get(map);
	return table;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_alloc);

static size_t header_bytes(const struct gomap_table *table)
{
	return struct_size(table, nodes, table->nr_nodes);
}

u64 gomap_table_bytes(const struct gomap_table *table)
{
	/* Without the lock: the number at some moment. */
	return gomap_bytes_taken(header_bytes(table)) +
	       (u64)READ_ONCE(table->nr_pieces) * table->piece_bytes;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_bytes);

static void free_node(struct gomap_table *table, void **node)
{
	u32 i;

	for (i = 0; i <= table->node_mask; i++) {
		if (!node[i])
			continue;
		gomap_free(table->map, node[i], table->piece_bytes);
		cond_resched();
	}
	gomap_free(table->map, node, table->piece_bytes);
}

void gomap_table_free(struct gomap_table *table)
{
	struct gomap *map = table->map;
	u32 i;

	for (i = 0; i < table->nr_nodes; i++)
		if (table->nodes[i])
			free_node(table, table->nodes[i]);
	/* Of a table that was never attached, or a move that never ended. */
	gomap_budget_uncharge(map->budget, table->credit);
	gomap_free(map, table, header_bytes(table));
	gomap_put(map);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_free);

static void free_in_worker(struct work_struct *work)
{
	struct gomap_table *table = container_of(to_rcu_work(work),
						 struct gomap_table, free_work);

	struct gomap *map = gomap_get(table->map);
	u64 bytes = gomap_table_bytes(table);

	gomap_table_free(table);
	atomic_long_sub(bytes, &map->table_garbage);
	wake_up_var(&map->table_garbage);
	gomap_put(map);
}

void gomap_table_retire(struct gomap_table *table)
{
	gomap_note_garbage(table->map);
	atomic_long_add(gomap_table_bytes(table), &table->map->table_garbage);
	INIT_RCU_WORK(&table->free_work, free_in_worker);
	queue_rcu_work(gomap_free_workqueue, &table->free_work);
}

u64 gomap_table_overflow_buckets(const struct gomap_table *table)
{
	/*
	 * In this order: a returned bucket was taken earlier, in another
	 * critical section. So the store of nr_returned needs no release.
	 */
	u32 returned = smp_load_acquire(&table->nr_returned);

	return READ_ONCE(table->nr_taken) - returned;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_overflow_buckets);

/* Blocks and nodes */

static void *take_piece(struct gomap_stock *stock, u32 bytes)
{
	void **piece = stock->pieces;

	if (!piece || stock->bytes != bytes)
		return NULL;
	stock->pieces = *piece;
	*piece = NULL;
	return piece;
}

/* Put a piece into *@place, if it is empty. */
static bool fill_place(struct gomap_table *table, void **place,
		       struct gomap_stock *stock)
{
	void *piece;

	lockdep_assert_held(&table->lock);
	if (*place)
		return true;
	piece = take_piece(stock, table->piece_bytes);
	if (!piece) {
		stock->wanted++;
		stock->wanted_bytes = table->piece_bytes;
		return false;
	}
	if (stock->is_uncharged)
		take_credit(table);
	/* Readers come here after the release of a mark or a link. */
	WRITE_ONCE(*place, piece);
	/* gomap_table_bytes() may read it. */
	WRITE_ONCE(table->nr_pieces, table->nr_pieces + 1);
	return true;
}

/* Has another block asked for the node of @block already? */
static bool node_is_wanted(const struct gomap_table *table, u32 block,
			   const struct gomap_stock *stock)
{
	return stock->wanted &&
	       stock->wanted_block >> table->node_shift ==
	       block >> table->node_shift;
}

/*
 * Provide the block of bucket @number. The table keeps every piece that it
 * gets, even if another is missing. Calls go in the order of block numbers, so
 * no block and no node is asked for twice.
 */
static void fill_block(struct gomap_table *table, u32 number,
		       struct gomap_stock *stock)
{
	u32 block = gomap_block_of(table, number);
	void **node = (void **)&table->nodes[block >> table->node_shift];

	if (stock->wanted && stock->wanted_block == block)
		return;
	if (!*node && !node_is_wanted(table, block, stock))
		fill_place(table, node, stock);
	node = *node;
	if (!node)
		stock->wanted++;
	else if (fill_place(table, &node[block & table->node_mask], stock))
		return;
	stock->wanted_block = block;
}

/* The first bucket of the block after that of bucket @number. */
static u32 next_block(const struct gomap_table *table, u32 number)
{
	return (gomap_block_of(table, number) + 1) * table->per_block;
}

/* Provide the blocks of @nr consecutive buckets. */
static void fill_blocks(struct gomap_table *table, u32 number, u32 nr,
			struct gomap_stock *stock)
{
	u32 end = number + nr;

	while (number < end) {
		fill_block(table, number, stock);
		number = next_block(table, number);
	}
}

bool gomap_has_head(const struct gomap_table *table, u32 number)
{
	u32 block = gomap_block_of(table, number);
	void **node = table->nodes[block >> table->node_shift];

	return node && node[block & table->node_mask];
}
EXPORT_SYMBOL_IF_KUNIT(gomap_has_head);

/* Overflow buckets */

static u32 take_one(struct gomap_table *table)
{
	u32 link = table->returned;
	u32 number = table->nr_taken;

	/* gomap_table_overflow_buckets() may read both numbers. */
	if (link) {
		table->returned = gomap_bucket_at(table, link)->overflow;
		WRITE_ONCE(table->nr_returned, table->nr_returned - 1);
		return link;
	}
	WRITE_ONCE(table->nr_taken, number + 1);
	return gomap_nr_heads(table) + number;
}

static int take(struct gomap_table *table, u32 nr, u32 max, u32 *list,
		struct gomap_stock *stock)
{
	u32 in_use = table->nr_taken - table->nr_returned, link;
	u32 new = nr - min(nr, table->nr_returned);

	lockdep_assert_held(&table->lock);
	if (in_use + nr > max)
		return -ENOMEM;
	fill_blocks(table, gomap_nr_heads(table) + table->nr_taken, new, stock);
	if (stock->wanted)
		return -EAGAIN;
	while (nr--) {
		link = take_one(table);
		gomap_bucket_at(table, link)->overflow = *list;
		*list = link;
	}
	return 0;
}

int gomap_table_prepare(struct gomap_table *table, u32 first, u32 second,
			u32 nr, u32 *list, struct gomap_stock *stock)
{
	int ret;

	*list = 0;
	stock->wanted = 0;
	stock->wants_uncharged = table->is_prepaid;
	raw_spin_lock(&table->lock);
	fill_block(table, first, stock);
	fill_block(table, second, stock);
	/* This counts all missing pieces before it fails. */
	ret = take(table, nr, table->move_max, list, stock);
	raw_spin_unlock(&table->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_prepare);

int gomap_table_populate(struct gomap_table *table, gfp_t gfp)
{
	struct gomap_stock stock = {};
	u32 number = 0, list;
	int ret = 0;

	while (!ret && number < gomap_nr_heads(table)) {
		/* As for the other callers, which hold a chain. */
		local_bh_disable();
		ret = gomap_table_prepare(table, number, number, 0, &list,
					  &stock);
		local_bh_enable();
		if (!ret) {
			number = next_block(table, number);
			continue;
		}
		ret = gomap_stock_fill(table->map, &stock, gfp);
		if (gfpflags_allow_blocking(gfp)) {
			if (!ret && table->log2 && fatal_signal_pending(current))
				ret = -EINTR;
			cond_resched();
		}
	}
	gomap_stock_empty(table->map, &stock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_table_populate);

int gomap_overflow_take_for_insert(struct gomap_table *table, u32 *list,
				   struct gomap_stock *stock)
{
	int ret;

	*list = 0;
	stock->wanted = 0;
	stock->wants_uncharged = false;
	raw_spin_lock(&table->lock);
	ret = take(table, 1, table->insert_max, list, stock);
	raw_spin_unlock(&table->lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_overflow_take_for_insert);

void gomap_overflow_return(struct gomap_table *table, u32 list)
{
	struct gomap_bucket *bucket;
	u32 link;

	if (!list)
		return;
	raw_spin_lock(&table->lock);
	while (list) {
		link = list;
		bucket = gomap_bucket_at(table, link);
		list = bucket->overflow;
		bucket->overflow = table->returned;
		table->returned = link;
		/* Likewise, and after the lock was held for taking. */
		WRITE_ONCE(table->nr_returned, table->nr_returned + 1);
	}
	raw_spin_unlock(&table->lock);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_overflow_return);

void gomap_link(struct gomap_table *table, struct gomap_bucket *last, u32 *list)
{
	u32 link = *list;
	struct gomap_bucket *bucket = gomap_bucket_at(table, link);

	*list = bucket->overflow;
	bucket->overflow = 0;
	/*
	 * Pairs with gomap_next_bucket(): a reader that sees the link sees the
	 * contents of the bucket, and its block and node.
	 */
	smp_store_release(&last->overflow, link);
}
EXPORT_SYMBOL_IF_KUNIT(gomap_link);

/* Chains of one table grow under different locks. */
void gomap_note_chain(struct gomap *map, struct gomap_table *table, u32 length)
{
	/* A stale value will do: try_cmpxchg() reloads it. */
	u32 longest = READ_ONCE(table->longest_chain);

	if (unlikely(length > GOMAP_CHAIN_LONG))
		atomic_long_inc(&map->long_chains);

	while (length > longest &&
	       !try_cmpxchg(&table->longest_chain, &longest, length))
		;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_note_chain);

/* Pieces of another size or charge were for another table. They are of no use. */
int gomap_stock_fill(struct gomap *map, struct gomap_stock *stock, gfp_t gfp)
{
	void **piece;

	if (stock->bytes != stock->wanted_bytes ||
	    stock->is_uncharged != stock->wants_uncharged)
		gomap_stock_empty(map, stock);
	stock->bytes = stock->wanted_bytes;
	stock->is_uncharged = stock->wants_uncharged;
	for (; stock->wanted; stock->wanted--) {
		if (stock->is_uncharged)
			piece = gomap_alloc_uncharged(map, stock->bytes, gfp);
		else
			piece = gomap_alloc(map, stock->bytes, gfp);
		if (IS_ERR(piece))
			return PTR_ERR(piece);
		*piece = stock->pieces;
		stock->pieces = piece;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_stock_fill);

void gomap_stock_empty(struct gomap *map, struct gomap_stock *stock)
{
	void **piece;

	while ((piece = stock->pieces)) {
		stock->pieces = *piece;
		if (stock->is_uncharged)
			kfree(piece);
		else
			gomap_free(map, piece, stock->bytes);
	}
}
EXPORT_SYMBOL_IF_KUNIT(gomap_stock_empty);
