// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evacuation: the entries of one chain move to the next table.
 *
 * There are two kinds of move. Chain i of a table of n heads goes to
 *
 *   - chains i and i + n of a table of twice the size, as the hash has one
 *     more significant bit: the chain is split;
 *   - chain i mod m of a table with m heads: m = n to rebuild the table, m =
 *     n/2 to shrink it. The chain is appended; with m = n/2, two chains are
 *     merged.
 *
 * Other sizes take several moves. Both kinds append each entry to the last
 * bucket of a chain, and remember that bucket during the move. So a chain
 * moves in time linear in its entries and those of the chain that it is
 * appended to: at most GOMAP_CHAIN_MAX buckets and as many again. Memory is
 * allocated outside of the lock, as much as the first count asks for. If the
 * chain gets longer meanwhile, the next round gets the rest, as blocks stay
 * with the table.
 *
 * Under the old chain's lock the entries are copied, then the old chain is
 * marked as evacuated. The mark publishes the copies:
 *
 *   CPU 0: evacuate                     CPU 1: lookup
 *
 *   copy to the new chain
 *   store-release EVACUATED             load-acquire lockseq
 *                                       EVACUATED: load table->next
 *                                       look in the new chain
 *
 * A lookup that sees the mark sees the copies. Any other lookup finds the
 * entries in the old chain. The old chain stays as it is: it isn't cleared,
 * and its overflow buckets stay linked, until a grace period after the last
 * chain of the table was evacuated. Go marks each slot before it copies it,
 * which would let a lookup miss a key that is there throughout; Go has no
 * concurrent lookups.
 *
 * A reader may be in the old chain while it is marked and the new chain then
 * changes. Its answer was right when the mark was set, which was during its
 * call.
 *
 * Unless chains are merged, no reader or writer reaches the new chains before
 * the mark, as the way there leads through the old chain. So the move doesn't
 * need their locks. In a merge, two old chains share a new one, which is in
 * use once the first of them is evacuated. So the move also takes its lock,
 * after the old chain's. All code follows that order, and no task holds locks
 * of two chains of one table. A move writes the tags of a bucket once, when it
 * has all entries of this move.
 *
 * The old chain is marked before the shared new one is unlocked. Otherwise a
 * clear, which follows no key, may reach the new chain by another old one and
 * delete all entries there. A lookup that still takes the unmarked old chain
 * would find entries deleted before it began, and read an entry already freed:
 *
 *   CPU 0: evacuate i        CPU 1: clear           CPU 2: lookup
 *
 *   copy e to m
 *   unlock m
 *                            lock m, remove e
 *                            free e after a
 *                            grace period
 *                                                   i isn't marked: e is there
 *   mark i                                          <- wrong
 *
 * The last mark takes the table out of use: the worker or writer that sets it
 * makes the successor the map's table and retires the old one. Readers still
 * in the old table find every chain evacuated and go on.
 */
#include <linux/bitops.h>
#include "bucket.h"
#include "entry.h"
#include "evacuate.h"
#include "kunit.h"
#include "slot.h"

/* One chain on the move. */
struct move {
	struct gomap *map;
	struct gomap_table *from;
	struct gomap_table *to;
	u32 number;
	/* Overflow buckets of @to, taken before any change. */
	u32 list;
};

static bool splits(const struct move *move)
{
	return move->to->log2 > move->from->log2;
}

static bool merges(const struct move *move)
{
	return move->to->log2 < move->from->log2;
}

/* The new chain; of a split, the one for a next hash bit of 0. */
static u32 first_head(const struct move *move)
{
	return move->number & move->to->mask;
}

/* The new chain for a next hash bit of 1; without a split, the same one. */
static u32 second_head(const struct move *move)
{
	return splits(move) ? move->number + gomap_nr_heads(move->from) :
			      first_head(move);
}

static __always_inline u64 slot_hash(struct gomap *map, void *slot)
{
	struct gomap_entry *entry;

	if (map->is_u64_to_u64)
		return gomap_hash(map, slot, 8);
	if (!map->has_entries)
		return gomap_hash(map, slot, map->key_size);
	entry = gomap_entry_in(slot);
	return gomap_hash(map, entry->data, entry->key_len);
}

/* The last bucket of a new chain. */
struct tail {
	struct gomap_bucket *bucket;
	/* Its tags, still to be written; its empty slots, bit 7 each. */
	u64 tophash;
	u64 empty;
	/* Buckets of the chain. */
	u32 length;
	bool extended;
};

static void tail_set_bucket(struct tail *tail, struct gomap_bucket *bucket)
{
	tail->bucket = bucket;
	tail->tophash = bucket->tophash;
	tail->empty = gomap_match_empty(tail->tophash);
	tail->length++;
}

static void tail_begin(struct tail *tail, struct move *move, u32 number)
{
	struct gomap_bucket *bucket = gomap_bucket_at(move->to, number), *next;

	*tail = (struct tail){};
	while ((next = gomap_next_bucket(move->to, bucket))) {
		bucket = next;
		tail->length++;
	}
	tail_set_bucket(tail, bucket);
}

static void tail_write_tags(struct tail *tail)
{
	/* (B), pairs with (G), where the chain is in use. */
	smp_store_release(&tail->bucket->tophash, tail->tophash);
}

static noinline void tail_extend(struct tail *tail, struct move *move)
{
	struct gomap_bucket *next = gomap_bucket_at(move->to, move->list);

	tail_write_tags(tail);
	/* Still empty: its tags publish its entries. */
	gomap_link(move->to, tail->bucket, &move->list);
	tail_set_bucket(tail, next);
	tail->extended = true;
}

static __always_inline void tail_append(struct tail *tail, struct move *move,
					void *slot, u8 tag, const u32 stride,
					const u32 word_size)
{
	unsigned int number;

	if (unlikely(!tail->empty))
		tail_extend(tail, move);
	number = gomap_first_slot(tail->empty);
	tail->empty = gomap_drop_first(tail->empty);
	gomap_slot_copy(tail->bucket->slots + number * stride, slot, stride,
			word_size);
	tail->tophash |= (u64)tag << number * 8;
}

static void tail_end(struct tail *tail, struct move *move)
{
	tail_write_tags(tail);
	if (unlikely(tail->extended))
		gomap_note_chain(move->map, move->to, tail->length);
}

/* The sizes are constants if a slot has two words. */
static __always_inline void move_entries(struct move *move,
					 struct gomap_bucket *bucket,
					 const bool split, const u32 stride,
					 const u32 word_size)
{
	const u32 log2 = move->from->log2;
	unsigned int number;
	struct tail tails[2];
	u64 used, bit = 0;
	void *slot;

	gomap_fill_begin();
	tail_begin(&tails[0], move, first_head(move));
	if (split)
		tail_begin(&tails[1], move, second_head(move));
	for (; bucket; bucket = gomap_next_bucket(move->from, bucket)) {
		used = gomap_match_used(bucket->tophash);
		for (; used; used = gomap_drop_first(used)) {
			number = gomap_first_slot(used);
			slot = bucket->slots + number * stride;
			if (split)
				bit = slot_hash(move->map, slot) >> log2 & 1;
			tail_append(&tails[bit], move, slot,
				    gomap_get_tag(bucket->tophash, number),
				    stride, word_size);
		}
	}
	tail_end(&tails[0], move);
	if (split)
		tail_end(&tails[1], move);
}

static void move_chain(struct move *move, struct gomap_bucket *head)
{
	const struct gomap *map = move->map;

	if (!splits(move))
		move_entries(move, head, false, map->slot_stride,
			     map->word_size);
	else if (map->slot_stride == 2 * sizeof(u64) && map->word_size == 8)
		move_entries(move, head, true, 2 * sizeof(u64), 8);
	else
		move_entries(move, head, true, map->slot_stride,
			     map->word_size);
}

u32 gomap_chain_entries(const struct gomap_table *table,
			struct gomap_bucket *bucket)
{
	u32 entries = 0;

	/* On an unlocked chain, concurrent changes may count or not. */
	for (; bucket; bucket = gomap_next_bucket(table, bucket))
		entries += hweight64(gomap_match_used(READ_ONCE(bucket->tophash)));
	return entries;
}

/*
 * Overflow buckets that @entries can need. In empty chains, one or two: one
 * less than their buckets. Behind a last bucket that may be full: as many as
 * their buckets.
 */
static u32 overflow_needed(const struct move *move, u32 entries)
{
	u32 buckets = DIV_ROUND_UP(entries, GOMAP_SLOTS);

	return buckets && !merges(move) ? buckets - 1 : buckets;
}

/* Take all buckets for the move. -EAGAIN: fill @stock. */
static int prepare(struct move *move, struct gomap_bucket *head,
		   struct gomap_stock *stock)
{
	u32 entries = gomap_chain_entries(move->from, head);

	return gomap_table_prepare(move->to, first_head(move),
				   second_head(move),
				   overflow_needed(move, entries), &move->list,
				   stock);
}

/*
 * True if it was the last chain and the table is out of use. Under the chain's
 * lock, so that no task is preempted in between.
 */
static bool mark(struct move *move, struct gomap_bucket *head)
{
	struct gomap *map = move->map;

	gomap_mark_evacuated(head);
	/* Orders the moves of other CPUs before the new pointer. */
	if (!atomic_dec_and_test(&move->from->left))
		return false;
	gomap_table_end_credit(move->to);
	raw_spin_lock(&map->grow_lock);
	rcu_assign_pointer(map->table, move->to);
	raw_spin_unlock(&map->grow_lock);
	return true;
}

static bool move_to_shared(struct move *move, struct gomap_bucket *head)
{
	struct gomap_bucket *shared = gomap_bucket_at(move->to,
						      first_head(move));
	bool last;

	gomap_lock_nested(shared, &move->map->dep_map, SINGLE_DEPTH_NESTING);
	move_chain(move, head);
	/* The next holder of the lock may delete what was copied. */
	last = mark(move, head);
	gomap_unlock(shared, &move->map->dep_map);
	return last;
}

static bool move_to_own(struct move *move, struct gomap_bucket *head)
{
	move_chain(move, head);
	return mark(move, head);
}

/* 1 if it was the last chain; -EAGAIN: fill @stock. */
static int move_locked(struct move *move, struct gomap_bucket *head,
		       struct gomap_stock *stock)
{
	bool last;
	int ret;

	if (gomap_held_lockseq(head) & GOMAP_EVACUATED)
		return 0;
	ret = prepare(move, head, stock);
	if (ret)
		return ret;
	last = merges(move) ? move_to_shared(move, head) :
			      move_to_own(move, head);
	gomap_overflow_return(move->to, move->list);
	return last;
}

int gomap_evacuate(struct gomap *map, struct gomap_table *from, u32 number,
		   struct gomap_stock *stock)
{
	struct move move = {
		.map = map,
		.from = from,
		.to = rcu_dereference_check(from->next, true),
		.number = number,
	};
	struct gomap_bucket *head = gomap_bucket_at(from, number);
	int ret;

	if (gomap_is_evacuated(head))
		return 0;
	gomap_lock(head, &map->dep_map);
	ret = move_locked(&move, head, stock);
	gomap_unlock(head, &map->dep_map);
	if (ret <= 0)
		return ret;
	gomap_table_retire(from);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_evacuate);

int gomap_evacuate_now(struct gomap *map, struct gomap_table *from, u32 number,
		       gfp_t gfp)
{
	struct gomap_stock stock = {};
	int ret;

	do {
		ret = gomap_evacuate(map, from, number, &stock);
	} while (ret == -EAGAIN && !(ret = gomap_stock_fill(map, &stock, gfp)));
	gomap_stock_empty(map, &stock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_evacuate_now);
