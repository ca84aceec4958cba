// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evacuation: the entries of one chain move to the next table.
 *
 * There are two kinds of move, and chain i of a table of n heads goes to
 *
 *   - chains i and i + n of a table of twice the size, as the hash has one more
 *     bit that counts: the chain is split;
 *   - chain i mod m of a table with m heads, which are n, to rebuild it, or half
 *     as many: it is appended, and two chains are merged.
 *
 * Other sizes take several moves. Both kinds append each entry to the last bucket
 * of a chain, which is kept for the length of the move, so a chain moves in time
 * linear in its entries and those of the chain that it is appended to. At most that
 * is GOMAP_CHAIN_MAX buckets and as many again. Memory is had outside of the lock,
 * all that the first count says is needed. The chain may get longer meanwhile; then
 * the next round gets the rest, as blocks stay with the table.
 *
 * Under the old chain's lock the entries are copied, then the old chain is
 * marked as evacuated. The copies are published by the mark:
 *
 *   CPU 0: evacuate                     CPU 1: lookup
 *
 *   copy to the new chain
 *   store-release EVACUATED             load-acquire lockseq
 *                                       EVACUATED: load table->next
 *                                       look in the new chain
 *
 * Whoever sees the mark sees the copies. Whoever does not finds the entries in
 * the old chain, which stays as it is: it isn't cleared, and its overflow
 * buckets stay linked, until a grace period after the last chain of the table
 * was evacuated. Go marks each slot before it copies it, which would let a
 * lookup miss a key that is there throughout; Go has no lookups meanwhile.
 *
 * A reader that is in the old chain while it is marked and the new chain then
 * changed gives an answer that was right when the mark was set, which was
 * during its call.
 *
 * Unless chains are merged, no reader or writer reaches the new chains before the
 * mark, as the way there leads through the old chain. So their locks are not
 * needed. When chains are merged, two old chains share a new one, which is in use
 * once the first of them is evacuated: its lock is taken as well, after the old
 * one's. That order is followed everywhere, and no task holds locks of two chains
 * of one table. The tags of a bucket are written once, when it has all entries
 * that this move brings.
 *
 * The old chain is marked before the shared new one is unlocked. A clear doesn't
 * come for a key: it may have come to the new chain by another old one, and
 * deletes all that is there. A lookup that still took the old chain, which stays
 * as it is, would find what was deleted before it began, and read an entry that
 * is freed without regard to it:
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
 * The last chain to be marked takes the table out of use: the one that evacuates
 * it, worker or writer, makes the successor the map's table and retires the old
 * one. Readers still in it find every chain evacuated and go on.
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
	/* Overflow buckets of @to, taken before anything is changed. */
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

/* Where the chain goes, or the half of it whose next bit of the hash is 0. */
static u32 first_head(const struct move *move)
{
	return move->number & move->to->mask;
}

/* Where the other half goes; of a chain that isn't split, the same. */
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
	/* Its tags, to be written; its empty slots, bit 7 each. */
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
	/* Empty as yet: what it gets is published by its tags. */
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

/* The sizes are constants where there are two words in a slot. */
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

	/* Readers of an unlocked chain count some of what changes meanwhile. */
	for (; bucket; bucket = gomap_next_bucket(table, bucket))
		entries += hweight64(gomap_match_used(READ_ONCE(bucket->tophash)));
	return entries;
}

/*
 * Overflow buckets that so many entries can need. In empty chains, in one or two:
 * one less than they need buckets. Behind a last bucket that may be full: as many
 * as they need buckets.
 */
static u32 overflow_needed(const struct move *move, u32 entries)
{
	u32 buckets = DIV_ROUND_UP(entries, GOMAP_SLOTS);

	return buckets && !merges(move) ? buckets - 1 : buckets;
}

/* Take all that the move needs. -EAGAIN if @stock has to be filled. */
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
 * True if it was the last chain, and the table is out of use. Under the chain's
 * lock, so that no task is preempted in between.
 */
static bool mark(struct move *move, struct gomap_bucket *head)
{
	struct gomap *map = move->map;

	gomap_mark_evacuated(head);
	/* Orders what other CPUs have moved before the new pointer. */
	if (!atomic_dec_and_test(&move->from->left))
		return false;
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

/* 1 if it was the last chain; -EAGAIN if the stock has to be filled. */
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
