// SPDX-License-Identifier: GPL-2.0-only
/*
 * Evacuation: the entries of one chain move to the next table.
 *
 * Every change of a table's size is made of this step: doubling, rebuilding at
 * the same size, and shrinking by any power of two. Chain i of the old table,
 * which has n heads, goes to
 *
 *   - chains i and i + n (and i + 2n, ...) of a larger table: the hash has one
 *     more bit (or several) that counts;
 *   - chain i of a table of the same size;
 *   - chain i mod m of a smaller table with m heads.
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
 * In growing, nobody reaches the new chains before the mark, as the way there
 * leads through the old chain. So their locks are not needed, and a doubling
 * writes the tags of a bucket once, when it has all its entries. In shrinking
 * several old chains share a new one, which is in use once the first of them is
 * evacuated: its lock is taken as well, after the old one's. That order is
 * followed everywhere, and nobody holds locks of two chains of one table.
 *
 * There the old chain is marked before the new one is unlocked. A clear doesn't
 * come for a key: it may have come to the new chain by another old one, and
 * deletes whatever is there. A lookup that still took the old chain, which stays
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

static bool shrinks(const struct move *move)
{
	return move->to->log2 < move->from->log2;
}

static u64 slot_hash(struct gomap *map, void *slot)
{
	struct gomap_entry *entry;

	if (map->is_u64_to_u64)
		return gomap_hash(map, slot, 8);
	if (!map->has_entries)
		return gomap_hash(map, slot, map->key_size);
	entry = gomap_entry_in(slot);
	return gomap_hash(map, entry->data, entry->key_len);
}

static struct gomap_bucket *destination(struct move *move, void *slot)
{
	/* The hash counts only where it has a bit more than the number. */
	if (move->to->log2 <= move->from->log2)
		return gomap_head_at(move->to, move->number & move->to->mask);
	return gomap_head_of(move->to, slot_hash(move->map, slot));
}

static void fill(struct move *move, struct gomap_bucket *bucket,
		 unsigned int number, void *slot, u8 tag)
{
	gomap_fill_begin();
	gomap_slot_copy(gomap_slot_at(move->map, bucket, number), slot,
			move->map->slot_stride, move->map->word_size);
	gomap_publish_tag(bucket, number, tag);
}

static void move_slot(struct move *move, void *slot, u8 tag)
{
	struct gomap_bucket *bucket = destination(move, slot), *next;
	u32 length = 1;
	u64 empty;

	while (!(empty = gomap_match_empty(bucket->tophash))) {
		next = gomap_next_bucket(move->to, bucket);
		length++;
		if (!next) {
			next = gomap_list_first(move->to, move->list);
			fill(move, next, 0, slot, tag);
			gomap_link(move->to, bucket, &move->list);
			gomap_note_chain(move->map, move->to, length);
			return;
		}
		bucket = next;
	}
	fill(move, bucket, gomap_first_slot(empty), slot, tag);
}

static void move_chain(struct move *move, struct gomap_bucket *bucket)
{
	unsigned int number;
	u64 used;

	for (; bucket; bucket = gomap_next_bucket(move->from, bucket)) {
		used = gomap_match_used(bucket->tophash);
		for (; used; used = gomap_drop_first(used)) {
			number = gomap_first_slot(used);
			move_slot(move,
				  gomap_slot_at(move->map, bucket, number),
				  gomap_get_tag(bucket->tophash, number));
		}
	}
}

/* The last bucket of a new chain that nobody can reach yet. */
struct tail {
	struct gomap_bucket *bucket;
	/* Its tags, to be written; slots in use; buckets of the chain. */
	u64 tophash;
	u32 used;
	u32 length;
};

static void tail_begin(struct tail *tail, struct move *move, u32 number)
{
	*tail = (struct tail){
		.bucket = gomap_head_at(move->to, number),
		.length = 1,
	};
}

static void tail_end(struct tail *tail)
{
	/*
	 * All tags at once, as ever, but no release: nobody comes here before
	 * the mark, and that is one.
	 */
	WRITE_ONCE(tail->bucket->tophash, tail->tophash);
}

static noinline void tail_extend(struct tail *tail, struct move *move)
{
	struct gomap_bucket *next = gomap_list_first(move->to, move->list);

	tail_end(tail);
	/* Empty as yet, but nobody comes here before the mark. */
	gomap_link(move->to, tail->bucket, &move->list);
	*tail = (struct tail){
		.bucket = next,
		.length = tail->length + 1,
	};
	gomap_note_chain(move->map, move->to, tail->length);
}

static __always_inline void tail_append(struct tail *tail, struct move *move,
					void *slot, u8 tag, const u32 stride,
					const u32 word_size)
{
	if (unlikely(tail->used == GOMAP_SLOTS))
		tail_extend(tail, move);
	gomap_slot_copy(tail->bucket->slots + tail->used * stride, slot,
			stride, word_size);
	tail->tophash |= (u64)tag << tail->used * 8;
	tail->used++;
}

/*
 * move_chain() for a table of twice the size, where chains i and i + n are. The
 * sizes are constants where there are words in the slots.
 */
static __always_inline void split(struct move *move,
				  struct gomap_bucket *bucket,
				  const u32 stride, const u32 word_size)
{
	const u32 log2 = move->from->log2;
	unsigned int number;
	struct tail tails[2];
	void *slot;
	u64 used, hash;

	tail_begin(&tails[0], move, move->number);
	tail_begin(&tails[1], move, move->number + (1U << log2));
	for (; bucket; bucket = gomap_next_bucket(move->from, bucket)) {
		used = gomap_match_used(bucket->tophash);
		for (; used; used = gomap_drop_first(used)) {
			number = gomap_first_slot(used);
			slot = bucket->slots + number * stride;
			hash = slot_hash(move->map, slot);
			tail_append(&tails[hash >> log2 & 1], move, slot,
				    gomap_get_tag(bucket->tophash, number),
				    stride, word_size);
		}
	}
	tail_end(&tails[0]);
	tail_end(&tails[1]);
}

static void split_chain(struct move *move, struct gomap_bucket *bucket)
{
	const struct gomap *map = move->map;

	if (map->slot_stride == 2 * sizeof(u64) && map->word_size == 8)
		split(move, bucket, 2 * sizeof(u64), 8);
	else
		split(move, bucket, map->slot_stride, map->word_size);
}

/*
 * Overflow buckets that the entries of a chain can need in the new table. In
 * empty chains, wherever they go: one less than they need buckets. In a chain
 * that is in use and may be full: as many as they need buckets.
 */
static u32 overflow_needed(struct move *move, struct gomap_bucket *bucket)
{
	u32 entries = 0, buckets;

	for (; bucket; bucket = gomap_next_bucket(move->from, bucket))
		entries += hweight64(gomap_match_used(bucket->tophash));
	buckets = DIV_ROUND_UP(entries, GOMAP_SLOTS);
	return buckets && !shrinks(move) ? buckets - 1 : buckets;
}

static void move_to_shared(struct move *move, struct gomap_bucket *head)
{
	struct gomap_bucket *shared;

	shared = gomap_head_at(move->to, move->number & move->to->mask);
	gomap_lock_nested(shared, &move->map->dep_map, SINGLE_DEPTH_NESTING);
	move_chain(move, head);
	/* Whoever has the lock next may delete what was copied. */
	gomap_mark_evacuated(head);
	gomap_unlock(shared, &move->map->dep_map);
}

static void move_to_own(struct move *move, struct gomap_bucket *head)
{
	if (move->to->log2 == move->from->log2 + 1)
		split_chain(move, head);
	else
		move_chain(move, head);
	gomap_mark_evacuated(head);
}

static void move_locked(struct move *move, struct gomap_bucket *head)
{
	if (shrinks(move))
		move_to_shared(move, head);
	else
		move_to_own(move, head);
	gomap_overflow_return(move->to, move->list);
}

/* -EAGAIN if the stock has to be filled. */
static int evacuate(struct move *move, struct gomap_stock *stock)
{
	struct gomap_bucket *head = gomap_head_at(move->from, move->number);
	int ret = 0;
	u32 needed;

	gomap_lock(head, &move->map->dep_map);
	if (gomap_held_lockseq(head) & GOMAP_EVACUATED)
		goto unlock;
	needed = overflow_needed(move, head);
	move->list = 0;
	if (needed) {
		move->list = gomap_overflow_take(move->to, needed, stock);
		if (!move->list) {
			ret = -EAGAIN;
			goto unlock;
		}
	}
	move_locked(move, head);
unlock:
	gomap_unlock(head, &move->map->dep_map);
	return ret;
}

int gomap_evacuate(struct gomap *map, struct gomap_table *from, u32 number,
		   gfp_t gfp)
{
	struct move move = {
		.map = map,
		.from = from,
		.to = rcu_dereference_check(from->next, true),
		.number = number,
	};
	struct gomap_stock stock = {};
	int ret;

	if (gomap_is_evacuated(gomap_head_at(from, number)))
		return 0;
	do {
		ret = evacuate(&move, &stock);
	} while (ret == -EAGAIN && !(ret = gomap_stock_fill(map, &stock, gfp)));
	gomap_stock_empty(&stock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(gomap_evacuate);
