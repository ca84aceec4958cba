/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bucket: eight slots, their tags, a lock and a sequence.
 *
 * Layout
 * ======
 *
 *   byte 0         8         12         16
 *        +---------+---------+----------+--------+--------+-- ... --+--------+
 *        | tophash | lockseq | overflow | slot 0 | slot 1 |         | slot 7 |
 *        +---------+---------+----------+--------+--------+-- ... --+--------+
 *
 * A slot is { key, padding, value, padding }, or the pointer to an entry in
 * maps that hold entries (entry.h). Buckets are multiples of 16 bytes at
 * addresses that are multiples of 16, so a header never straddles a cache
 * line: a lookup that finds no matching tag has waited for one line. Pairs, not
 * Go's keys-then-values: a hit at (8,8) touches 1.8 lines against 2.5, and took
 * 100 ns against 123 among a million (medians of 6 interleaved runs, UML 6.12).
 *
 * The tag of a slot is the top byte of its key's hash; 0 is an empty slot, so
 * a top byte of 0 counts as 1. Slot i has byte i of the word, by value and not
 * by address, so the byte order of the machine doesn't matter. The word is
 * only ever read and written whole: a byte stored under a reader's 64-bit load
 * would be a mixed-size race, which the memory model says nothing about.
 *
 * Chains
 * ======
 *
 * The buckets that a table begins with are the heads of chains; @overflow
 * links a bucket to the next of its chain (table.h says how). The head's
 * @lockseq covers its whole chain; an overflow bucket's is not used. Within a
 * table an entry never moves from slot to slot, and an overflow bucket stays in
 * its chain until the table is freed. A reader that walks a chain hence can't
 * stray, nor miss a key that is there throughout.
 *
 * The lock and the sequence
 * =========================
 *
 *     31                                      2  1  0
 *    +-----------------------------------------+--+--+
 *    |                sequence              |B | E| L|
 *    +-----------------------------------------+--+--+
 *
 *   L  a writer holds the chain. Writers wait for each other; readers don't
 *      look at this bit.
 *   E  evacuated: the entries are in the next table and no longer here. Never
 *      cleared (grow.c).
 *   B  the sequence's lowest bit: a value of more than a word is being overwritten
 *      in place. A value of up to a word takes one store, and no sequence (slot.h).
 *
 * The sequence tells a reader that what it copied out of a slot belongs
 * together. A reader loads @lockseq, matches a tag, compares the key, copies
 * the value, and loads @lockseq again. The copy is good if the sequence was
 * even and is the same. What the writers do, (A) to (F) being barriers; what they
 * do to a value in an entry, entry.h says:
 *
 *   insert        lock
 *                 (A)  smp_wmb
 *                 key, value
 *                 (B)  store-release tophash
 *                 unlock, sequence as it was
 *
 *   delete        lock
 *                 (B)  store-release tophash without the tag
 *                 (C)  store-release lockseq, sequence + 2
 *                 (D)  smp_wmb
 *                 zero the slot
 *                 unlock
 *
 *   overwrite     lock                          of more than a word
 *                 lockseq, sequence + 1
 *                 (D)  smp_wmb
 *                 value
 *                 (E)  unlock, store-release, sequence + 2
 *
 *   reader        (F)  load-acquire lockseq
 *                 (G)  load-acquire tophash
 *                 key, value
 *                 (H)  smp_rmb
 *                 lockseq again
 *
 * (B) pairs with (G): a tag is seen only with its key and value. So an insert
 * disturbs no reader of the other slots.
 *
 * (C) pairs with (F): who sees the raised sequence sees the tag gone. Raised
 * first, it would validate a reader that takes the new sequence, then the old
 * tag, and then the bytes of whatever key comes into the slot next, without
 * raising the sequence:
 *
 *   CPU 0: delete(k1), insert(k2)           CPU 1: lookup(k1)
 *
 *   sequence = 2                   <- wrong
 *                                           sequence is 2, tag matches
 *   clear the tag
 *   unlock; lock
 *   slot = half of k2
 *                                           slot is half k1, half k2
 *                                           sequence is 2: accepted
 *
 * In the right order the reader has sequence 0 if it saw the tag, and (A) and
 * (D) pair with (H): who saw one word of the new bytes sees sequence 2 and
 * starts again. (A) is needed although taking the lock is an acquire, because
 * the sequence may have been raised by another CPU: acquire orders the load of
 * a cmpxchg, and a third CPU may see the slot's new word before the sequence
 * that the load saw. The barrier orders our own store of that sequence, which
 * the cmpxchg made. On x86 all of these but the lock are compiler barriers.
 *
 * (E) pairs with (F): who sees the sequence even again sees the whole value.
 *
 * A reader that finds no key needs no second look at the sequence. Each tag
 * word is a snapshot of its bucket. If the key was in none of the snapshots of
 * the chain, it was absent when one of them was taken: it would otherwise have
 * moved from a bucket not yet seen to one seen already, and the only way to
 * move is to be deleted and inserted again.
 *
 * The sequence has 30 bits. A reader is deceived if one chain sees exactly a
 * multiple of 2^29 overwrites and deletes between its two loads: at 10 ns each,
 * five seconds inside the few instructions of a lookup. Lookups run with
 * preemption off for that reason.
 */
#ifndef _GOMAP_BUCKET_H
#define _GOMAP_BUCKET_H

#include <linux/bottom_half.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/types.h>
#include "../compat.h"

#define GOMAP_SLOTS 8

struct gomap_bucket {
	/* Written under the chain's lock. */
	u64 tophash;
	/* Of a head: see above. */
	u32 lockseq;
	/* In a chain written once, from 0, under its lock. */
	u32 overflow;
	u8 slots[];
};

static_assert(sizeof(struct gomap_bucket) == 16);

#define GOMAP_LOCKED 0x1U
#define GOMAP_EVACUATED 0x2U
#define GOMAP_BUSY 0x4U
#define GOMAP_SEQUENCE 0x4U

/* Tags */

#define GOMAP_BYTES(byte) (0x0101010101010101ULL * (byte))

static inline u8 gomap_tag(u64 hash)
{
	u8 top = hash >> 56;

	return top ?: 1;
}

/*
 * The bytes that are 0, as their bit 7, exactly: adding 0x7f carries into bit 7
 * from any other bit, and from no byte to the next. The shorter formula with a
 * subtraction (Hacker's Delight, 6-1) is right only up to the first such byte.
 * A wrong match above it may be an empty slot, and the zeros there are the key
 * of somebody who looks for zeros.
 */
static inline u64 gomap_zero_bytes(u64 word)
{
	const u64 low = GOMAP_BYTES(0x7f);

	return ~(((word & low) + low) | word | low);
}

/* The slots with tag @tag, the empty ones, and the ones in use; bit 7 each. */

static inline u64 gomap_match(u64 tophash, u8 tag)
{
	return gomap_zero_bytes(tophash ^ GOMAP_BYTES(tag));
}

static inline u64 gomap_match_empty(u64 tophash)
{
	return gomap_zero_bytes(tophash);
}

static inline u64 gomap_match_used(u64 tophash)
{
	return gomap_match_empty(tophash) ^ GOMAP_BYTES(0x80);
}

static inline unsigned int gomap_first_slot(u64 match)
{
	return __builtin_ctzll(match) / 8;
}

static inline u64 gomap_drop_first(u64 match)
{
	return match & (match - 1);
}

static inline u64 gomap_set_tag(u64 tophash, unsigned int slot, u8 tag)
{
	return (tophash & ~(0xffULL << slot * 8)) | (u64)tag << slot * 8;
}

static inline u8 gomap_get_tag(u64 tophash, unsigned int slot)
{
	return tophash >> slot * 8;
}

/* Lock and sequence, of head buckets */

/*
 * Spin for the chain, bottom halves off so that a softirq can be a writer, too.
 * On PREEMPT_RT that may sleep, hence first; preemption is then off as for any
 * raw spinlock, and nothing is allocated or freed until gomap_unlock().
 *
 * Sparse isn't told of the lock, as it can't follow gomap_lock_chain(), which
 * may return without it; lockdep is.
 */
static inline void gomap_lock_nested(struct gomap_bucket *head,
				     struct lockdep_map *dep_map,
				     unsigned int subclass)
{
	u32 old;

	lockdep_assert_no_hardirq();
	local_bh_disable();
	preempt_disable();
	lock_acquire(dep_map, subclass, 0, 0, 1, NULL, _THIS_IP_);
	for (;;) {
		/* A look, new each time; whether it holds, cmpxchg says. */
		old = READ_ONCE(head->lockseq);
		if (!(old & GOMAP_LOCKED) &&
		    try_cmpxchg_acquire(&head->lockseq, &old,
					old | GOMAP_LOCKED))
			break;
		cpu_relax();
	}
}

static inline void gomap_lock(struct gomap_bucket *head,
			      struct lockdep_map *dep_map)
{
	gomap_lock_nested(head, dep_map, 0);
}

/*
 * For the holder, the only one to change it. KCSAN counts a waiter's failed cmpxchg
 * as a write, so this read needs READ_ONCE().
 */
static inline u32 gomap_held_lockseq(const struct gomap_bucket *head)
{
	return READ_ONCE(head->lockseq);
}

/* Only the holder writes @lockseq, so a plain store releases. */
static inline void gomap_unlock(struct gomap_bucket *head,
				struct lockdep_map *dep_map)
{
	lock_release(dep_map, _THIS_IP_);
	/* Pairs with the acquire of the next holder; (E), pairs with (F). */
	smp_store_release(&head->lockseq, gomap_held_lockseq(head) & ~GOMAP_LOCKED);
	preempt_enable();
	local_bh_enable();
}

static inline bool gomap_is_evacuated(const struct gomap_bucket *head)
{
	/* Pairs with gomap_mark_evacuated(): the next table is there. */
	return smp_load_acquire(&head->lockseq) & GOMAP_EVACUATED;
}

static inline void gomap_mark_evacuated(struct gomap_bucket *head)
{
	/*
	 * Who sees the mark sees the entries in the next table. Pairs with the
	 * acquire in gomap_is_evacuated() and with (F).
	 */
	smp_store_release(&head->lockseq, gomap_held_lockseq(head) | GOMAP_EVACUATED);
}

static inline void gomap_overwrite_begin(struct gomap_bucket *head)
{
	/* Nobody else writes it, but readers, and who waits, look at it. */
	WRITE_ONCE(head->lockseq, gomap_held_lockseq(head) + GOMAP_SEQUENCE);
	smp_wmb(); /* (D), pairs with (H) */
}

static inline void gomap_overwrite_end(struct gomap_bucket *head)
{
	/* (E), pairs with (F). Still locked. */
	smp_store_release(&head->lockseq, gomap_held_lockseq(head) + GOMAP_SEQUENCE);
}

/* Publish slot @slot of @bucket, filled after gomap_fill_begin(). */
static inline void gomap_publish_tag(struct gomap_bucket *bucket,
				     unsigned int slot, u8 tag)
{
	/* (B), pairs with (G) */
	smp_store_release(&bucket->tophash,
			  gomap_set_tag(bucket->tophash, slot, tag));
}

static inline void gomap_fill_begin(void)
{
	smp_wmb(); /* (A), pairs with (H) */
}

/* Take the tag away; then the slot's bytes may change. */
static inline void gomap_retract_tag(struct gomap_bucket *head,
				     struct gomap_bucket *bucket,
				     unsigned int slot)
{
	/*
	 * A release, for the other tags in the word: they may be another CPU's
	 * work, whose slots a reader must see that takes the tags from us.
	 * (B), pairs with (G)
	 */
	smp_store_release(&bucket->tophash,
			  gomap_set_tag(bucket->tophash, slot, 0));
	/* (C), pairs with (F) */
	smp_store_release(&head->lockseq,
			  gomap_held_lockseq(head) + 2 * GOMAP_SEQUENCE);
	smp_wmb(); /* (D), pairs with (H) */
}

/* What a reader took from a chain whose head had @seq is one entry's. */
static inline bool gomap_read_valid(const struct gomap_bucket *head, u32 seq)
{
	smp_rmb(); /* (H), pairs with (A) and (D) */
	return !(seq & GOMAP_BUSY) &&
	       !((READ_ONCE(head->lockseq) ^ seq) & ~GOMAP_LOCKED);
}

#endif /* _GOMAP_BUCKET_H */
