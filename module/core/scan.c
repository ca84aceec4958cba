// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scan: exact iteration with a cursor that holds nothing.
 *
 * Guarantees
 * ==========
 *
 * A scan is a series of calls. Each begins with the cursor that the one before
 * returned, until one reports that it is done. For any concurrent changes
 * between the first call and the last,
 *
 * (A) a key that is in the map throughout is delivered exactly once;
 * (B) no key is delivered twice, unless it is deleted and inserted again;
 * (C) a key that is absent throughout, or deleted before the scan reaches it,
 *     is not delivered;
 * (D) every call moves on, past an entry or past a number of empty chains, if
 *     there is room for one entry. It never moves back, so a scan ends.
 *
 * Proof
 * =====
 *
 * Each key has a place in a fixed order. The place is its position, which is
 * its hash with the bits reversed (position.h), and a tie, which orders keys
 * of the same position: a second hash under another secret. Two keys with both
 * in common don't occur: 128 bits of two keyed hashes. The cursor is such a
 * place, and
 *
 *   (1) each key before the cursor has been delivered, or is none of (A);
 *   (2) no key at or after the cursor has been delivered.
 *
 * Both hold at the start, as no key is before the cursor. A step reads one
 * chain and advances the cursor from c to d, within the interval of that
 * chain. It delivers the entries in the chain with c <= place < d. If those
 * are all entries of the map with such places at one moment, (1) and (2) hold
 * again: (A) and (B), as the cursor never goes back; (C), as the moment is in
 * the scan. The cursor advances past the delivered entries, or to the end of
 * the interval: (D).
 *
 * It remains to show that at some moment the chain has all entries with c <=
 * place < d. A step starts in the current table, at the chain that covers c.
 * It goes on to the successor if the chain is evacuated, as a lookup does.
 *
 *   - An unevacuated chain has all entries of its interval; no writer puts one
 *     elsewhere. Its evacuation during our read doesn't matter: it stays as it
 *     was then (evacuate.c), and the moment is that of the mark.
 *   - In a larger successor, the chain that covers c has all entries of its
 *     interval, a part of the old one's: d is at most the end of that part.
 *   - In a smaller successor, the chain covers the interval of the old one and
 *     of other chains, perhaps not evacuated. It has all entries of the old
 *     chain's interval. d is at most the end of that interval; the step skips
 *     entries beyond it.
 *
 * So d is at most the end of the smallest interval on the way. Tag words are
 * snapshots; an entry that is there throughout is in all of them. In maps
 * without entries a step counts only if the sequence of the chain didn't
 * change (bucket.h). After some retries the step locks the chain.
 *
 * Order within a chain matters only if a buffer ends or begins in the middle
 * of one. Only such a step hashes keys. It sorts the first GOMAP_SCAN_SORTED
 * entries from the cursor on, so a chain is hashed once for so many, however
 * small the buffer. All other steps deliver the chain as it lies, with the end
 * of the interval as the next cursor.
 *
 * What the cursor reveals
 * =======================
 *
 * Nothing: it is the place under a permutation of 128 bits, which the map's
 * cursor_secret chooses: four rounds of Luby and Rackoff with SipHash as the
 * round function. A made-up cursor is some place, and as good as any. All
 * zeros is the start.
 */
#include <linux/cache.h>
#include <linux/export.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/prefetch.h>
#include "bucket.h"
#include "chain.h"
#include "entry.h"
#include "position.h"
#include "slot.h"

#define GOMAP_SCAN_TRIES 8
/*
 * A call begins no step after it has read so many buckets. A step reads the
 * buckets of one chain, twice at most.
 */
#define GOMAP_SCAN_BUDGET 256
/* Entries of a chain to deliver in order, from one read of it. */
#define GOMAP_SCAN_SORTED 16
/* Prefetch so many chains ahead. */
#define GOMAP_SCAN_AHEAD 4

/* A place in the order. */
struct place {
	u64 position;
	u64 tie;
};

/* A call of gomap_scan(). */
struct walk {
	struct gomap *map;
	struct gomap_scan *scan;
	/* The next place to deliver, and the last position of the shard. */
	struct place at;
	u64 last;
	/* Size of the entry that did not fit. */
	size_t needed;
	/* Buckets left to read. */
	int budget;
};

/* A chain, and the part of it that counts. */
struct chain {
	struct gomap_table *table;
	struct gomap_bucket *head;
	u32 seq;
	/* The last position that the step may cover. */
	u64 last;
	/* All of the chain's entries lie from the cursor to @last. */
	bool whole;
};

/* Four rounds, and back; each round's number is its key. */

static u64 mix(const struct gomap *map, u64 half, u64 round)
{
	return siphash_2u64(half, round, &map->cursor_secret);
}

static struct place unmask(const struct gomap *map, struct gomap_cursor cursor)
{
	struct place at = { cursor.position, cursor.tie };

	if (!at.position && !at.tie)
		return at;
	at.tie ^= mix(map, at.position, 3);
	at.position ^= mix(map, at.tie, 2);
	at.tie ^= mix(map, at.position, 1);
	at.position ^= mix(map, at.tie, 0);
	return at;
}

static struct gomap_cursor mask(const struct gomap *map, struct place at)
{
	at.position ^= mix(map, at.tie, 0);
	at.tie ^= mix(map, at.position, 1);
	at.position ^= mix(map, at.tie, 2);
	at.tie ^= mix(map, at.position, 3);
	return (struct gomap_cursor){ at.position, at.tie };
}

static u64 shard_start(u32 shard, u32 shards)
{
	return div_u64((u64)shard << 32, shards) << 32;
}

static bool before(struct place a, struct place b)
{
	return a.position < b.position ||
	       (a.position == b.position && a.tie < b.tie);
}

/*
 * Deliver the entry of a slot in the ABI's layout. False if the buffer has no
 * room for it.
 */

static void *take_room(struct walk *walk, size_t size)
{
	struct gomap_scan *scan = walk->scan;
	void *room = scan->buffer + scan->used;

	walk->needed = size;
	if (size > scan->size - scan->used)
		return NULL;
	scan->used += size;
	scan->count++;
	return room;
}

static void copy_pair(const struct walk *walk, struct gomap_entry *entry,
		      u8 *to)
{
	memcpy(to, entry->data, entry->key_len);
	gomap_entry_read_value(walk->map, entry, to + entry->key_len);
}

static bool deliver_entry(struct walk *walk, struct gomap_entry *entry)
{
	size_t len = entry->key_len + entry->value_len;
	struct gomap_record *record;
	void *room;

	if (!walk->map->flags) {
		room = take_room(walk, len);
		if (room)
			copy_pair(walk, entry, room);
		return room;
	}
	record = take_room(walk, gomap_record_size(len));
	if (!record)
		return false;
	record->key_len = entry->key_len;
	record->value_len = entry->value_len;
	copy_pair(walk, entry, record->data);
	memset(record->data + len, 0,
	       gomap_record_size(len) - sizeof(*record) - len);
	return true;
}

static bool deliver_pair(struct walk *walk, void *slot)
{
	const struct gomap *map = walk->map;
	void *room = take_room(walk, map->key_size + map->value_size);

	if (!room)
		return false;
	gomap_slot_read(room, slot, map->key_size, map->word_size);
	gomap_value_copy(room + map->key_size, slot + map->value_offset,
			 map->value_size, map->word_size);
	return true;
}

/* deliver_pair() for the most frequent layout. Slot reads: see slot.h. */
static __always_inline bool deliver_words(struct walk *walk, const u64 *slot)
{
	u64 *room = take_room(walk, 2 * sizeof(u64));

	if (!room)
		return false;
	put_unaligned(READ_ONCE(slot[0]), &room[0]);
	/* (I), pairs with (J) */
	put_unaligned(smp_load_acquire(&slot[1]), &room[1]);
	return true;
}

/*
 * NULL if the key was deleted since the tag was read, or if the slot has
 * another key's entry, not yet tagged: no lookup finds that entry yet. A tag
 * that is there after the read of the entry is that entry's, or a later one's.
 */
static struct gomap_entry *entry_in_use(const struct gomap *map,
					struct gomap_bucket *bucket,
					unsigned int number)
{
	struct gomap_entry *entry =
		gomap_entry_in(gomap_slot_at(map, bucket, number));

	smp_rmb(); /* pairs with (A), see entry.h */
	return gomap_get_tag(READ_ONCE(bucket->tophash), number) ? entry : NULL;
}

static __always_inline bool deliver(struct walk *walk,
				    struct gomap_bucket *bucket,
				    unsigned int number)
{
	const struct gomap *map = walk->map;
	struct gomap_entry *entry;

	if (map->is_u64_to_u64)
		return deliver_words(walk, gomap_slot_at(map, bucket, number));
	if (!map->has_entries)
		return deliver_pair(walk, gomap_slot_at(map, bucket, number));
	entry = entry_in_use(map, bucket, number);
	return !entry || deliver_entry(walk, entry);
}

/*
 * A key of the chain that may be the next to deliver: its entry, or its slot
 * and a copy of the key. The entry is read once: the slot may have another one
 * when this one is delivered.
 */
struct candidate {
	struct place place;
	struct gomap_entry *entry;
	void *slot;
	const void *key;
	size_t len;
	u64 copy[GOMAP_SLOT_MAX / sizeof(u64)];
};

/* False if the key is gone. set_tie() sets the tie, which is rarely needed. */
static bool set_candidate(const struct gomap *map, struct gomap_bucket *bucket,
			  unsigned int number, struct candidate *c)
{
	c->slot = gomap_slot_at(map, bucket, number);
	c->entry = NULL;
	if (map->has_entries) {
		c->entry = entry_in_use(map, bucket, number);
		if (!c->entry)
			return false;
		c->key = c->entry->data;
		c->len = c->entry->key_len;
	} else {
		c->key = c->copy;
		c->len = map->key_size;
		gomap_slot_read(c->copy, c->slot, c->len, map->word_size);
	}
	c->place.position = gomap_reverse(gomap_hash(map, c->key, c->len));
	return true;
}

static void set_tie(const struct gomap *map, struct candidate *c)
{
	c->place.tie = siphash(c->key, c->len, &map->tie_secret);
}

/* Scan order is not memory order, so no hardware prefetcher foresees it. */
static void prefetch_ahead(const struct chain *chain, u64 at)
{
	u64 ahead = at + GOMAP_SCAN_AHEAD * (gomap_span(chain->table) + 1);
	void *head = gomap_head_covering(chain->table, ahead);
	u32 i;

	for (i = 0; i < chain->table->bucket_stride; i += L1_CACHE_BYTES)
		prefetch(head + i);
}

/* The chain of the step; with gomap_is_evacuated()'s ordering. */
static bool find_chain(struct walk *walk, struct chain *chain)
{
	struct gomap_table *first = gomap_dereference(walk->map->table);
	u64 at = walk->at.position, own_last;
	struct gomap_table *table;

	lockdep_assert_no_hardirq();
	chain->last = walk->last;
	for (table = first; table; table = gomap_dereference(table->next)) {
		own_last = at | gomap_span(table);
		chain->last = min(chain->last, own_last);
		chain->table = table;
		chain->head = gomap_head_covering(table, at);
		/* (F), pairs with (C), (E), and gomap_mark_evacuated() */
		chain->seq = smp_load_acquire(&chain->head->lockseq);
		if (chain->seq & GOMAP_EVACUATED)
			continue;
		chain->whole = !walk->at.tie && !(at & gomap_span(table)) &&
			       chain->last == own_last;
		/* The heads of a successor may be missing. */
		if (chain->whole && table == first)
			prefetch_ahead(chain, at);
		return true;
	}
	return false;
}

static bool deliver_whole(struct walk *walk, const struct chain *chain)
{
	struct gomap_bucket *bucket;
	u64 used;

	for (bucket = chain->head; bucket;
	     bucket = gomap_next_bucket(chain->table, bucket)) {
		walk->budget--;
		/* (G), pairs with (B) */
		used = gomap_match_used(smp_load_acquire(&bucket->tophash));
		for (; used; used = gomap_drop_first(used))
			if (!deliver(walk, bucket, gomap_first_slot(used)))
				return false;
	}
	return true;
}

/* The first entries from the cursor to the end of the step, in order. */
struct sorted {
	struct {
		struct place place;
		struct gomap_entry *entry;
		void *slot;
	} found[GOMAP_SCAN_SORTED];
	u32 nr;
	/* More entries follow them. */
	bool more;
};

static bool is_sorted_out(struct sorted *sorted, struct place place)
{
	if (sorted->nr < GOMAP_SCAN_SORTED ||
	    before(place, sorted->found[GOMAP_SCAN_SORTED - 1].place))
		return false;
	sorted->more = true;
	return true;
}

static void sort_in(struct sorted *sorted, const struct candidate *c)
{
	u32 i;

	if (is_sorted_out(sorted, c->place))
		return;
	/* If all places are taken, the last one makes room. */
	if (sorted->nr == GOMAP_SCAN_SORTED)
		sorted->more = true;
	else
		sorted->nr++;
	for (i = sorted->nr - 1;
	     i && before(c->place, sorted->found[i - 1].place); i--)
		sorted->found[i] = sorted->found[i - 1];
	sorted->found[i].place = c->place;
	sorted->found[i].entry = c->entry;
	sorted->found[i].slot = c->slot;
}

static bool is_in_step(const struct walk *walk, const struct chain *chain,
		       struct candidate *c)
{
	if (c->place.position < walk->at.position ||
	    c->place.position > chain->last)
		return false;
	set_tie(walk->map, c);
	return !before(c->place, walk->at);
}

static void find_first(struct walk *walk, const struct chain *chain,
		       struct sorted *sorted)
{
	struct gomap_bucket *bucket;
	struct candidate c;
	u64 used;

	sorted->nr = 0;
	sorted->more = false;
	for (bucket = chain->head; bucket;
	     bucket = gomap_next_bucket(chain->table, bucket)) {
		walk->budget--;
		/* (G), pairs with (B) */
		used = gomap_match_used(smp_load_acquire(&bucket->tophash));
		for (; used; used = gomap_drop_first(used))
			if (set_candidate(walk->map, bucket,
					  gomap_first_slot(used), &c) &&
			    is_in_step(walk, chain, &c))
				sort_in(sorted, &c);
	}
}

/* Move the cursor to the end of the step. */
static void advance_to_end(struct walk *walk, const struct chain *chain)
{
	walk->at = (struct place){ chain->last + 1, 0 };
	walk->scan->done = chain->last == walk->last;
}

static void advance_past(struct walk *walk, struct place place)
{
	walk->at = place;
	if (!++walk->at.tie)
		walk->at.position++;
}

static int deliver_sorted(struct walk *walk, const struct chain *chain)
{
	struct sorted sorted;
	bool delivered;
	u32 i;

	find_first(walk, chain, &sorted);
	for (i = 0; i < sorted.nr; i++) {
		delivered = sorted.found[i].entry ?
			    deliver_entry(walk, sorted.found[i].entry) :
			    deliver_pair(walk, sorted.found[i].slot);
		if (!delivered)
			return -ENOSPC;
		advance_past(walk, sorted.found[i].place);
	}
	if (!sorted.more)
		advance_to_end(walk, chain);
	return 0;
}

/* One step of the proof above: 0, or -ENOSPC if the buffer is full. */
static int deliver_chain(struct walk *walk, const struct chain *chain)
{
	size_t used = walk->scan->used;
	u32 count = walk->scan->count;

	if (chain->whole) {
		if (deliver_whole(walk, chain)) {
			advance_to_end(walk, chain);
			return 0;
		}
		walk->scan->used = used;
		walk->scan->count = count;
	}
	return deliver_sorted(walk, chain);
}

/* A step without the lock. -EAGAIN if a writer interfered. */
static int try_step(struct walk *walk)
{
	struct gomap_scan scan = *walk->scan;
	struct place at = walk->at;
	struct chain chain;
	int ret;

	if (!find_chain(walk, &chain)) {
		walk->scan->done = true;
		return 0;
	}
	ret = deliver_chain(walk, &chain);
	if (walk->map->has_entries || gomap_read_valid(chain.head, chain.seq))
		return ret;
	*walk->scan = scan;
	walk->at = at;
	return -EAGAIN;
}

static int step_locked(struct walk *walk)
{
	struct lockdep_map *dep_map = &walk->map->dep_map;
	struct chain chain;
	int ret = -EAGAIN;

	find_chain(walk, &chain);
	gomap_lock(chain.head, dep_map);
	if (!(gomap_held_lockseq(chain.head) & GOMAP_EVACUATED))
		ret = deliver_chain(walk, &chain);
	gomap_unlock(chain.head, dep_map);
	return ret;
}

/* An entry changes by a word at most, and its key never: any step is good. */
static int step_entries(struct walk *walk)
{
	int ret;

	rcu_read_lock();
	ret = try_step(walk);
	rcu_read_unlock();
	return ret;
}

static int step(struct walk *walk)
{
	unsigned int tries;
	int ret;

	if (walk->map->has_entries)
		return step_entries(walk);
	for (tries = 0; tries < GOMAP_SCAN_TRIES; tries++) {
		preempt_disable();
		ret = try_step(walk);
		preempt_enable();
		if (ret != -EAGAIN)
			return ret;
	}
	do {
		rcu_read_lock();
		ret = step_locked(walk);
		rcu_read_unlock();
	} while (ret == -EAGAIN);
	return ret;
}

static int begin(struct walk *walk)
{
	struct gomap_scan *scan = walk->scan;
	u32 shards = scan->shards ?: 1;
	u64 start;

	if (shards > GOMAP_SHARDS_MAX || scan->shard >= shards)
		return -EINVAL;
	start = shard_start(scan->shard, shards);
	walk->last = shard_start(scan->shard + 1, shards) - 1;
	walk->at = unmask(walk->map, scan->cursor);
	if (walk->at.position < start)
		walk->at = (struct place){ start, 0 };
	scan->used = 0;
	scan->count = 0;
	scan->done = walk->at.position > walk->last;
	return 0;
}

/**
 * gomap_scan - deliver some entries of a map
 * @map: the map
 * @scan: start, part of the map, buffer, and progress
 *
 * Begin with a @scan->cursor of all zeros, and call again until @scan->done. A
 * call may deliver nothing before that.
 *
 * Context: Process or softirq context. A call copies @scan->size bytes. It
 * reads GOMAP_SCAN_BUDGET buckets and twice one chain more, 512 buckets at
 * most, each with eight keys. It hashes keys only in a chain in which the
 * buffer begins or ends. Concurrent changes can make it read a chain again,
 * GOMAP_SCAN_TRIES times, then under the lock; each read counts.
 *
 * Return: 0; -EMSGSIZE if even the first entry does not fit, with its size in
 * @scan->used; -EINVAL if there is no such shard.
 */
int gomap_scan(struct gomap *map, struct gomap_scan *scan)
{
	struct walk walk = {
		.map = map,
		.scan = scan,
		.budget = GOMAP_SCAN_BUDGET,
	};
	int ret;

	ret = begin(&walk);
	if (ret)
		return ret;
	while (!scan->done && walk.budget > 0 && !ret)
		ret = step(&walk);
	scan->cursor = mask(map, walk.at);
	if (ret && !scan->count) {
		scan->used = walk.needed;
		return -EMSGSIZE;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(gomap_scan);
